//! Lists of users, and single ones.

use super::{Filter, Order, User, hide_bot_names};
use crate::db::Sql;
use crate::domain::keyset::{self, Key, Sort};
use crate::domain::members::Direction;
use crate::domain::members::search::SHORT;
use crate::domain::{Actor, Ctx, Error, Page, Position, Result, Thing, Window, hierarchy};
use crate::types::{UserId, fold, normal_identity};

/// One page of the users. Only administrators see blocked and banned ones.
///
/// # Errors
/// `Forbidden` for anonymous callers who do not ask for user names, and for others than administrators who ask for an identity; `Invalid` for a
/// position of another order.
pub async fn page(ctx: &Ctx, filter: &Filter, order: Order, window: &Window) -> Result<Page<User>> {
    authorize(&ctx.actor, filter)?;
    let term = Term::of(filter);
    let mut sql = ctx.conn().sql();
    let select = select_listed(&mut sql, &ctx.actor, filter, term.as_ref());
    let sort = order.sort(&mut sql, term.as_ref());
    let mut page = keyset::page(sql, &select, &sort, window, |user| order.place(user, term.as_ref())).await?;
    hide_bot_names(ctx, page.items.iter_mut().map(|(_, user)| user)).await?;
    Ok(page)
}

/// How many users there are; counting stops at `limit + 1`.
///
/// # Errors
/// As [`page`].
pub async fn count(ctx: &Ctx, filter: &Filter, limit: u64) -> Result<u64> {
    authorize(&ctx.actor, filter)?;
    let mut sql = ctx.conn().sql();
    let select = select_listed(&mut sql, &ctx.actor, filter, Term::of(filter).as_ref());
    keyset::count(sql, &select, limit).await
}

/// The user of that number, blocked or not.
///
/// # Errors
/// `Forbidden` for anonymous callers; `NotFound(User)`.
pub async fn get(ctx: &Ctx, id: UserId) -> Result<User> {
    if matches!(ctx.actor, Actor::Anonymous) {
        return Err(Error::Forbidden(Some("Not authorized!")));
    }
    let found = by_ids(ctx, &[id]).await?.pop();
    found.ok_or(Error::NotFound(Thing::User))
}

/// Those of the users of these numbers that there are, blocked or not, in no order; none for anonymous callers.
pub async fn several(ctx: &Ctx, ids: &[UserId]) -> Result<Vec<User>> {
    match ctx.actor {
        Actor::Anonymous => Ok(Vec::new()),
        _ if ids.is_empty() => Ok(Vec::new()),
        _ => by_ids(ctx, ids).await,
    }
}

/// Those of the users that there are, in no order, for a face that shows who is named in something that the actor sees.
pub async fn by_ids(ctx: &Ctx, ids: &[UserId]) -> Result<Vec<User>> {
    let mut sql = ctx.conn().sql();
    let columns = columns(&mut sql, &ctx.actor);
    let which = sql.any_of("u.id", ids.iter().map(|id| id.0));
    sql.push(format!("SELECT {columns} FROM users u WHERE {which}"));
    let mut users: Vec<User> = sql.all().await?;
    hide_bot_names(ctx, users.iter_mut()).await?;
    Ok(users)
}

/// The user of that name, whatever the case, as the list would show it.
///
/// # Errors
/// `NotFound(User)`.
pub async fn by_username(ctx: &Ctx, username: &str) -> Result<User> {
    let mut found = by_usernames(ctx, vec![username.to_owned()]).await?;
    found.pop().ok_or(Error::NotFound(Thing::User))
}

/// Those of the users of these names, whatever the case, that the list would show, in no order.
pub async fn by_usernames(ctx: &Ctx, usernames: Vec<String>) -> Result<Vec<User>> {
    if usernames.is_empty() {
        return Ok(Vec::new());
    }
    let window = Window::first(usernames.len() as u64);
    let filter = Filter {
        usernames: Some(usernames),
        ..Filter::default()
    };
    let found = page(ctx, &filter, Order::default(), &window).await?;
    Ok(found.into_rows())
}

fn authorize(actor: &Actor, filter: &Filter) -> Result<()> {
    if matches!(actor, Actor::Anonymous) && filter.usernames.is_none() {
        return Err(Error::Forbidden(Some("Not authorized to access /api/v4/users")));
    }
    if filter.identity.is_some() && !actor.is_admin() {
        return Err(Error::Forbidden(None));
    }
    Ok(())
}

/// The columns of [`User`]; the primary address only where the actor may see it.
pub(super) fn columns(sql: &mut Sql<'_>, actor: &Actor) -> String {
    let email = match actor.user_id() {
        _ if actor.is_admin() => "u.email".to_owned(),
        Some(user) => format!("CASE WHEN u.id = {} THEN u.email END", sql.bind(user.0)),
        None => "CAST(NULL AS TEXT)".to_owned(),
    };
    columns_with(&email)
}

/// The columns of [`User`], with this as the address that the actor may see.
pub(in crate::domain) fn columns_with(email: &str) -> String {
    format!(
        "u.id, u.username, u.name, u.name_key, u.public_email, {email} AS email, u.state, u.user_type, u.admin, u.external,
         u.enterprise_group_id, u.created_at, u.updated_at, u.last_sign_in_at, u.last_activity_on"
    )
}

fn select_listed(sql: &mut Sql<'_>, actor: &Actor, filter: &Filter, term: Option<&Term>) -> String {
    let columns = columns(sql, actor);
    let which = conditions(sql, actor, filter, term).join(" AND ");
    format!("SELECT {columns} FROM users u WHERE {which}")
}

fn conditions(sql: &mut Sql<'_>, actor: &Actor, filter: &Filter, term: Option<&Term>) -> Vec<String> {
    let mut all = vec!["TRUE".to_owned()];
    if let Some(ids) = &filter.ids {
        all.push(sql.any_of("u.id", ids.iter().copied()));
    }
    if let Some(names) = &filter.usernames {
        let folded: Vec<_> = names.iter().map(|name| fold(name)).collect();
        all.push(sql.any_word("u.username_key", &folded));
    }
    if let Some(address) = &filter.public_email {
        all.push(format!("u.public_email_norm = {}", sql.bind(fold(address))));
    }
    if let Some(term) = term {
        all.push(term.matches(sql, actor.is_admin()));
    }
    all.extend(by_account(filter).map(str::to_owned));
    if actor.is_admin() {
        all.extend(for_administrators(sql, filter));
    } else {
        all.push("u.state NOT IN ('blocked', 'ldap_blocked', 'banned')".to_owned());
    }
    all
}

/// What the filter says about the state and kind of the account.
fn by_account(filter: &Filter) -> impl Iterator<Item = &'static str> {
    [
        (filter.active, "u.state = 'active' AND u.user_type <> 'ghost'"),
        (filter.blocked, "u.state IN ('blocked', 'ldap_blocked')"),
        (filter.external, "u.external"),
        (filter.humans, "u.user_type = 'human'"),
        (filter.exclude_active, "u.state <> 'active'"),
        (filter.exclude_external, "NOT u.external"),
        (filter.exclude_humans, "u.user_type <> 'human'"),
        (filter.exclude_internal, "u.user_type <> 'ghost'"),
        (filter.without_project_bots, "u.user_type <> 'project_bot'"),
    ]
    .into_iter()
    .filter_map(|(asked, condition)| asked.then_some(condition))
}

fn for_administrators(sql: &mut Sql<'_>, filter: &Filter) -> Vec<String> {
    let mut all = Vec::new();
    if filter.admins {
        all.push("u.admin".to_owned());
    }
    if let Some(time) = filter.created_after {
        all.push(format!("u.created_at >= {}", sql.bind(time)));
    }
    if let Some(time) = filter.created_before {
        all.push(format!("u.created_at <= {}", sql.bind(time)));
    }
    if filter.without_projects {
        all.push(in_no_project(sql));
    }
    if let Some((provider, subject)) = &filter.identity {
        let (provider, subject) = (
            sql.bind(provider.as_str()),
            sql.bind(normal_identity(provider, subject)),
        );
        all.push(format!(
            "u.id IN (SELECT i.user_id FROM user_identities i WHERE i.provider = {provider} AND i.extern_uid_norm = {subject})"
        ));
    }
    all
}

/// The user has no level in any project: by the namespace, by a row, by a group, by a link of a group, by a link of a project.
fn in_no_project(sql: &mut Sql<'_>) -> String {
    let dialect = sql.dialect();
    let (grants, link) = (hierarchy::grants(dialect, "m"), hierarchy::live_link(dialect, "s"));
    let in_group = dialect.within("p.ancestor_path", "g.ancestor_path");
    let below = dialect.within("l.ancestor_path", "g.ancestor_path");
    let through_link = |ways: &str| {
        format!(
            "NOT EXISTS (SELECT 1 FROM members m {ways} WHERE m.source_kind = 1 AND m.user_id = u.id AND {grants} AND {link})"
        )
    };
    [
        "NOT EXISTS (SELECT 1 FROM namespaces n JOIN projects p ON p.namespace_id = n.id WHERE n.owner_id = u.id)"
            .to_owned(),
        format!("NOT EXISTS (SELECT 1 FROM members m WHERE m.source_kind = 2 AND m.user_id = u.id AND {grants})"),
        format!(
            "NOT EXISTS (SELECT 1 FROM members m JOIN namespaces g ON g.id = m.source_id JOIN projects p ON {in_group}
                          WHERE m.source_kind = 1 AND m.user_id = u.id AND {grants})"
        ),
        through_link(&format!(
            "JOIN group_shares s ON s.invited_group_id = m.source_id JOIN namespaces g ON g.id = s.shared_group_id
             JOIN projects p ON {in_group}"
        )),
        through_link(&format!(
            "JOIN namespaces g ON g.id = m.source_id JOIN namespaces l ON {below}
             JOIN project_shares s ON s.invited_group_id = l.id JOIN projects p ON p.id = s.project_id
             JOIN namespaces own ON own.id = p.namespace_id AND NOT own.share_with_group_lock"
        )),
    ]
    .join(" AND ")
}

/// What is searched for, folded.
struct Term(String);

impl Term {
    fn of(filter: &Filter) -> Option<Self> {
        let text = filter.search.as_deref()?.trim();
        let term = text.strip_prefix('@').unwrap_or(text);
        (!text.is_empty()).then(|| Self(fold(term)))
    }

    fn matches(&self, sql: &mut Sql<'_>, by_primary_address: bool) -> String {
        if self.0.is_empty() {
            return "FALSE".to_owned();
        }
        let term = sql.bind(self.0.as_str());
        let mut ways = if self.0.chars().count() < SHORT {
            vec![format!("u.name_key = {term}"), format!("u.username_key = {term}")]
        } else {
            let dialect = sql.dialect();
            vec![
                dialect.contains("u.name_key", &term),
                dialect.contains("u.username_key", &term),
            ]
        };
        ways.push(format!("u.public_email_norm = {term}"));
        if by_primary_address {
            ways.push(format!("u.email_norm = {term}"));
        }
        format!("({})", ways.join(" OR "))
    }

    /// How well a user matches, as one digit; lower is better.
    fn rank_in_sql(&self, sql: &mut Sql<'_>) -> String {
        let term = sql.bind(self.0.as_str());
        format!(
            "CASE WHEN u.public_email_norm = {term} THEN '0' WHEN u.username_key = {term} THEN '1'
                  WHEN u.name_key = {term} THEN '2' ELSE '3' END"
        )
    }

    fn rank(&self, user: &User) -> char {
        if user.public_email.as_deref().map(fold).as_ref() == Some(&self.0) {
            '0'
        } else if fold(&user.username) == self.0 {
            '1'
        } else if user.name_key == self.0 {
            '2'
        } else {
            '3'
        }
    }
}

impl Order {
    fn sort(self, sql: &mut Sql<'_>, term: Option<&Term>) -> Sort {
        let (by, direction) = match self {
            Self::Id(direction) => (None, direction),
            Self::Name(direction) => (Some(Key::Text("u.name_key".to_owned())), direction),
            Self::Username(direction) => (Some(Key::Text("u.username_key".to_owned())), direction),
            Self::Created(direction) => (Some(Key::Time("u.created_at")), direction),
            Self::Updated(direction) => (Some(Key::Time("u.updated_at")), direction),
            Self::Match => {
                let rank = term.map_or("'3'".to_owned(), |term| term.rank_in_sql(sql));
                (Some(Key::Text(format!("({rank} || u.name_key)"))), Direction::Asc)
            }
        };
        Sort {
            by,
            id: "u.id",
            direction,
            ties: direction,
        }
    }

    fn place(self, user: &User, term: Option<&Term>) -> Position {
        let value = match self {
            Self::Id(_) => None,
            Self::Name(_) => Some(user.name_key.clone()),
            Self::Username(_) => Some(fold(&user.username)),
            Self::Created(_) => Some(keyset::time_value(user.created_at)),
            Self::Updated(_) => Some(keyset::time_value(user.updated_at)),
            Self::Match => {
                let rank = term.map_or('3', |term| term.rank(user));
                Some(format!("{rank}{}", user.name_key))
            }
        };
        Position { value, id: user.id.0 }
    }
}
