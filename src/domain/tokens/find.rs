//! Lists of tokens, and single ones; never their secrets.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;

use super::{Filter, Order, Token, Which};
use crate::db::{Dialect, Sql};
use crate::domain::keyset::{self, Key, Sort};
use crate::domain::{Actor, Ctx, Error, Page, Position, Result, Thing, Window, users};
use crate::types::{Scopes, TokenId, UserId, Words, fold};

/// One page of tokens: one's own; to administrators those of the filter's user, or else everybody's.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for others than administrators who ask for somebody else's; `NotFound(Token)` when there is no such user.
pub async fn page(ctx: &Ctx, filter: &Filter, order: Order, window: &Window) -> Result<Page<Token>> {
    let owner = owner(ctx, filter.user).await?;
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, owner, filter);
    let sort = order.sort(sql.dialect());
    let page = keyset::page(sql, &select, &sort, window, |row: &Row| order.place(row)).await?;
    Ok(page.map(Token::from))
}

/// How many there are; counting stops at `limit + 1`.
///
/// # Errors
/// As [`page`].
pub async fn count(ctx: &Ctx, filter: &Filter, limit: u64) -> Result<u64> {
    let owner = owner(ctx, filter.user).await?;
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, owner, filter);
    keyset::count(sql, &select, limit).await
}

/// One token: one's own, or anybody's for administrators.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Token)`.
pub async fn get(ctx: &Ctx, which: Which) -> Result<Token> {
    let id = which.id(ctx)?;
    let found = match which {
        // With sudo it belongs to the administrator, and not to who is acted as.
        Which::Shown => read(ctx, &[id]).await?.pop(),
        Which::Id(_) => by_ids(ctx, &[id]).await?.pop(),
    };
    found.ok_or(Error::NotFound(Thing::Token))
}

/// Those of the tokens that there are and that the actor may see, in no order.
pub async fn by_ids(ctx: &Ctx, ids: &[TokenId]) -> Result<Vec<Token>> {
    let mut tokens = read(ctx, ids).await?;
    tokens.retain(|token| is_open(&ctx.actor, token.user_id));
    Ok(tokens)
}

/// Whether the actor may see, rotate and revoke the tokens of that user.
pub(super) fn is_open(actor: &Actor, owner: UserId) -> bool {
    actor.is_admin() || actor.user_id() == Some(owner)
}

/// Those of the tokens that there are, whoever asks.
pub(super) async fn read(ctx: &Ctx, ids: &[TokenId]) -> Result<Vec<Token>> {
    let mut sql = ctx.conn().sql();
    let which = sql.any_of("t.id", ids.iter().map(|id| id.0));
    let select = select_that(sql.dialect(), &which);
    sql.push(select);
    let rows: Vec<Row> = sql.all().await?;
    Ok(rows.into_iter().map(Token::from).collect())
}

/// Whose tokens are listed; none for everybody's.
async fn owner(ctx: &Ctx, asked: Option<UserId>) -> Result<Option<UserId>> {
    if !ctx.actor.is_admin() {
        let own = ctx.require_caller()?.id;
        let is_own = asked.is_none_or(|asked| asked == own);
        return if is_own {
            Ok(Some(own))
        } else {
            Err(Error::Forbidden(None))
        };
    }
    match asked {
        Some(user) if users::by_ids(ctx, &[user]).await?.is_empty() => Err(Error::NotFound(Thing::Token)),
        asked => Ok(asked),
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: TokenId,
    user_id: UserId,
    name: String,
    name_key: String,
    description: Option<String>,
    scopes: String,
    revoked: bool,
    active: bool,
    created_at: DateTime<Utc>,
    expires_at: Option<NaiveDate>,
    last_used_at: Option<DateTime<Utc>>,
    last_used_ips: Words,
}

impl From<Row> for Token {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            name: row.name,
            description: row.description,
            scopes: Scopes::parse(&row.scopes),
            revoked: row.revoked,
            active: row.active,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            last_used_ips: row.last_used_ips.0,
        }
    }
}

/// Whether token `t` works.
fn active(dialect: &Dialect) -> String {
    let today = dialect.today();
    format!("(NOT t.revoked AND (t.expires_at IS NULL OR t.expires_at > {today}))")
}

fn select_that(dialect: &Dialect, which: &str) -> String {
    let active = active(dialect);
    format!(
        "SELECT t.id, t.user_id, t.name, t.name_key, t.description, t.scopes, t.revoked, {active} AS active, t.created_at, t.expires_at,
                t.last_used_at, t.last_used_ips
           FROM personal_access_tokens t WHERE {which}"
    )
}

fn select(sql: &mut Sql<'_>, owner: Option<UserId>, filter: &Filter) -> String {
    let mut all = vec!["TRUE".to_owned()];
    if let Some(owner) = owner {
        all.push(format!("t.user_id = {}", sql.bind(owner.0)));
    }
    if let Some(revoked) = filter.revoked {
        all.push(if revoked { "t.revoked" } else { "NOT t.revoked" }.to_owned());
    }
    if let Some(is_active) = filter.active {
        let active = active(sql.dialect());
        all.push(if is_active { active } else { format!("NOT {active}") });
    }
    let term = filter.search.as_deref().unwrap_or_default();
    if !term.is_empty() {
        let term = sql.bind(fold(term));
        all.push(sql.dialect().contains("t.name_key", &term));
    }
    for (condition, time) in [
        ("t.created_at >=", filter.created_after),
        ("t.created_at <=", filter.created_before),
        ("t.last_used_at >=", filter.last_used_after),
        ("t.last_used_at <=", filter.last_used_before),
    ] {
        all.extend(time.map(|time| format!("{condition} {}", sql.bind(time))));
    }
    for (condition, day) in [
        ("t.expires_at >=", filter.expires_after),
        ("t.expires_at <", filter.expires_before),
    ] {
        all.extend(day.map(|day| format!("{condition} {}", sql.bind(day))));
    }
    select_that(sql.dialect(), &all.join(" AND "))
}

/// Stands behind every day and every time that there is.
const NEVER: &str = "9999-12-31";

impl Order {
    fn sort(self, dialect: &Dialect) -> Sort {
        let text = |expression: String| Some(Key::Text(expression));
        let (by, direction) = match self {
            Self::Id(direction) => (None, direction),
            Self::Created(direction) => (Some(Key::Time("t.created_at")), direction),
            Self::Name(direction) => (text("t.name_key".to_owned()), direction),
            Self::Expires(direction) => (
                text(format!("COALESCE(CAST(t.expires_at AS TEXT), '{NEVER}')")),
                direction,
            ),
            Self::LastUsed(direction) => {
                let never = dialect.time(&format!("{NEVER}T00:00:00+00:00"));
                (text(format!("COALESCE(t.last_used_at, {never})")), direction)
            }
        };
        Sort {
            by,
            id: "t.id",
            direction,
            ties: direction,
        }
    }

    fn place(self, row: &Row) -> Position {
        let value = match self {
            Self::Created(_) => Some(keyset::time_value(row.created_at)),
            Self::Name(_) => Some(row.name_key.clone()),
            Self::Expires(_) => Some(row.expires_at.map_or_else(|| NEVER.to_owned(), |day| day.to_string())),
            // No cursor leads into the last one: it has numbered pages only.
            Self::Id(_) | Self::LastUsed(_) => None,
        };
        Position { value, id: row.id.0 }
    }
}
