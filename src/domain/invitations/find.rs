//! Lists of invitations, and single ones.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;

use super::invite::{self, Present};
use super::offer::with_rights;
use super::{Filter, Invitation, Order, State};
use crate::db::{Dialect, Sql};
use crate::domain::keyset::{self, Key, Shared, Sort};
use crate::domain::members::{self, Of};
use crate::domain::standing::{self, Standing};
use crate::domain::{Ctx, Error, Page, Position, Result, Thing, Window};
use crate::types::{AccessLevel, MemberId, MemberRoleId, MemberState, Source, SourceKind, UserId, fold};

/// One page of the invitations to a group or project itself, not to what lies above or below.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for who does not administer the members there; `Invalid` for a position of another order.
pub async fn page(ctx: &Ctx, of: Of<'_>, filter: &Filter, order: Order, window: &Window) -> Result<Page<Invitation>> {
    may_list(ctx, of).await?;
    let mut sql = ctx.conn().sql();
    let select = select_of(&mut sql, of.source(), filter);
    let page = keyset::page(sql, &select, &order.sort(), window, |row| order.place(row)).await?;
    Ok(whole(ctx, vec![page]).await?.pop().unwrap_or_else(Page::empty))
}

/// How many there are; counting stops at `limit + 1`.
///
/// # Errors
/// As [`page`].
pub async fn count(ctx: &Ctx, of: Of<'_>, filter: &Filter, limit: u64) -> Result<u64> {
    may_list(ctx, of).await?;
    let mut sql = ctx.conn().sql();
    let select = select_of(&mut sql, of.source(), filter);
    keyset::count(sql, &select, limit).await
}

/// The same page of each of the groups and projects, in their order; none where the actor does not administer the members. A fixed number of statements.
///
/// # Errors
/// `Invalid` for a position of another order.
pub async fn pages(
    ctx: &Ctx,
    sources: &[Of<'_>],
    filter: &Filter,
    order: Order,
    window: &Window,
) -> Result<Vec<Option<Page<Invitation>>>> {
    let managed = members::managed(ctx, sources).await?;
    let (mut places, mut found) = (Vec::new(), Vec::new());
    for kind in [SourceKind::Group, SourceKind::Project] {
        let owners = of_kind(sources, kind, &managed);
        if owners.is_empty() {
            continue;
        }
        let mut sql = ctx.conn().sql();
        let columns = columns(sql.dialect());
        let shared = shared(&mut sql, kind, &owners, filter, &columns);
        found.extend(keyset::pages(sql, &shared, &order.sort(), window, |row| order.place(row)).await?);
        places.extend(owners.iter().map(|id| Source::new(kind, *id)));
    }
    let mut found: HashMap<_, _> = places.into_iter().zip(whole(ctx, found).await?).collect();
    Ok(sources.iter().map(|of| found.remove(&of.source())).collect())
}

/// How many each has, in their order; none where the actor does not administer the members. No count is higher than `limit + 1`.
pub async fn counts(ctx: &Ctx, sources: &[Of<'_>], filter: &Filter, limit: u64) -> Result<Vec<Option<u64>>> {
    let managed = members::managed(ctx, sources).await?;
    let mut found = HashMap::new();
    for kind in [SourceKind::Group, SourceKind::Project] {
        let owners = of_kind(sources, kind, &managed);
        if owners.is_empty() {
            continue;
        }
        let mut sql = ctx.conn().sql();
        let shared = shared(&mut sql, kind, &owners, filter, "m.id");
        let counts = keyset::counts(sql, &shared, limit).await?;
        found.extend(owners.iter().map(|id| Source::new(kind, *id)).zip(counts));
    }
    Ok(sources.iter().map(|of| found.get(&of.source()).copied()).collect())
}

/// One page of the invitations to the actor's own addresses that are not accepted, oldest first, each with where to: whoever is invited may know that.
///
/// # Errors
/// `Unauthenticated` for anonymous callers.
pub async fn mine(ctx: &Ctx, window: &Window) -> Result<Page<(Invitation, Standing)>> {
    let mut sql = ctx.conn().sql();
    let select = select_mine(&mut sql, ctx.require_caller()?.id);
    let order = Order::default();
    let page = keyset::page(sql, &select, &order.sort(), window, |row| order.place(row)).await?;
    let page = whole(ctx, vec![page]).await?.pop().unwrap_or_else(Page::empty);
    let sources = page.items.iter().map(|(_, invitation)| invitation.source);
    let homes = homes_or_names(ctx, &sources.collect()).await?;
    Ok(page.filter_map(|invitation| {
        let home = homes.get(&invitation.source)?.clone();
        Some((invitation, home))
    }))
}

/// How many there are; counting stops at `limit + 1`.
///
/// # Errors
/// As [`mine`].
pub async fn count_mine(ctx: &Ctx, limit: u64) -> Result<u64> {
    let mut sql = ctx.conn().sql();
    let select = select_mine(&mut sql, ctx.require_caller()?.id);
    keyset::count(sql, &select, limit).await
}

/// Those of the invitations that the actor sees, each with where to, in no order: where the actor administers the members, and the actor's own.
pub async fn by_ids(ctx: &Ctx, ids: &[MemberId]) -> Result<Vec<(Invitation, Standing)>> {
    let invitations = read(ctx, ids).await?;
    let own = own(ctx, ids).await?;
    let sources = invitations.iter().map(|invitation| invitation.source);
    let homes = homes_or_names(ctx, &sources.collect()).await?;
    let of: Vec<_> = homes.values().map(Standing::of).collect();
    let managed = members::managed(ctx, &of).await?;
    let at_home = |invitation: Invitation| {
        let is_shown = managed.contains(&invitation.source) || own.contains(&invitation.id);
        let home = homes.get(&invitation.source).filter(|_| is_shown)?.clone();
        Some((invitation, home))
    };
    Ok(invitations.into_iter().filter_map(at_home).collect())
}

/// Where an invitation leads: for a face that names one by its number and then has something done to it, which authorizes itself.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Invitation)` when there is none.
pub async fn home(ctx: &Ctx, id: MemberId) -> Result<Source> {
    ctx.require_caller()?;
    match present(ctx, id).await? {
        Some(present) => Ok(present.source()),
        None => standing::missing(ctx, Thing::Invitation).await,
    }
}

/// The invitation of that number, whoever asks.
///
/// # Errors
/// `NotFound(Invitation)`
pub(super) async fn by_id(ctx: &Ctx, id: MemberId) -> Result<Invitation> {
    read(ctx, &[id]).await?.pop().ok_or(Error::NotFound(Thing::Invitation))
}

/// The same, for who decides about its row.
pub(super) async fn present(ctx: &Ctx, id: MemberId) -> Result<Option<Present>> {
    let mut sql = ctx.conn().sql();
    let (columns, id) = (invite::COLUMNS, sql.bind(id.0));
    sql.push(format!(
        "SELECT {columns} FROM members m LEFT JOIN member_roles r ON r.id = m.member_role_id
          WHERE m.id = {id} AND m.invite_email IS NOT NULL"
    ));
    Ok(sql.one().await?)
}

/// Those of these numbers, whoever asks: what a write answers with.
pub(in crate::domain) async fn read(ctx: &Ctx, ids: &[MemberId]) -> Result<Vec<Invitation>> {
    let mut sql = ctx.conn().sql();
    let columns = columns(sql.dialect());
    let which = sql.any_of("m.id", ids.iter().map(|id| id.0));
    sql.push(format!(
        "SELECT {columns} FROM members m WHERE {which} AND m.invite_email IS NOT NULL"
    ));
    let rows: Vec<Row> = sql.all().await?;
    let nowhere = |row| (Position { value: None, id: 0 }, row);
    let page = Page {
        items: rows.into_iter().map(nowhere).collect(),
        ..Page::empty()
    };
    let pages = whole(ctx, vec![page]).await?;
    Ok(pages.into_iter().flat_map(Page::into_rows).collect())
}

async fn may_list(ctx: &Ctx, of: Of<'_>) -> Result<()> {
    if !ctx.actor.is_admin() {
        ctx.require_caller()?;
    }
    let managed = members::managed(ctx, &[of]).await?;
    if managed.is_empty() {
        Err(Error::Forbidden(None))
    } else {
        Ok(())
    }
}

fn of_kind(sources: &[Of<'_>], kind: SourceKind, managed: &HashSet<Source>) -> Vec<i64> {
    let here = sources.iter().map(|of| of.source());
    here.filter(|source| source.kind() == kind && managed.contains(source))
        .map(Source::id)
        .collect()
}

/// The groups and projects as the actor sees them, and those that the actor does not see as nobody in them would.
async fn homes_or_names(ctx: &Ctx, sources: &BTreeSet<Source>) -> Result<HashMap<Source, Standing>> {
    let mut all = standing::several(ctx, sources.iter().copied()).await?;
    let unseen = sources.iter().copied().filter(|source| !all.contains_key(source));
    let named = standing::several(&with_rights(ctx), unseen.collect::<Vec<_>>()).await?;
    all.extend(named);
    Ok(all)
}

/// Which of the invitations are addressed to the actor, or were accepted by the actor.
async fn own(ctx: &Ctx, ids: &[MemberId]) -> Result<HashSet<MemberId>> {
    #[derive(FromQueryResult)]
    struct Own {
        id: MemberId,
    }
    let Some(user) = ctx.actor.user_id() else {
        return Ok(HashSet::new());
    };
    let mut sql = ctx.conn().sql();
    let which = sql.any_of("m.id", ids.iter().map(|id| id.0));
    let (addressed, user) = (addressed_to(&mut sql, user), sql.bind(user.0));
    sql.push(format!(
        "SELECT m.id FROM members m
          WHERE {which} AND m.invite_email IS NOT NULL AND (m.user_id = {user} OR (m.user_id IS NULL AND {addressed}))"
    ));
    let own: Vec<Own> = sql.all().await?;
    Ok(own.into_iter().map(|row| row.id).collect())
}

#[derive(FromQueryResult)]
struct Row {
    id: MemberId,
    source_kind: SourceKind,
    source_id: i64,
    invite_email: String,
    user_id: Option<UserId>,
    access_level: AccessLevel,
    state: MemberState,
    ended: bool,
    expires_at: Option<NaiveDate>,
    member_role_id: Option<MemberRoleId>,
    created_by_id: Option<UserId>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    last_sent_at: Option<DateTime<Utc>>,
    send_count: i32,
}

fn columns(dialect: &Dialect) -> String {
    let ended = ended(dialect);
    format!(
        "m.id, m.source_kind, m.source_id, m.invite_email, m.user_id, m.access_level, m.state, {ended} AS ended, m.expires_at,
         m.member_role_id, m.created_by_id, m.created_at, m.updated_at, m.last_sent_at, m.send_count"
    )
}

/// The time of row `m` was over before today: on its last day it can still be accepted.
fn ended(dialect: &Dialect) -> String {
    format!("(m.expires_at IS NOT NULL AND m.expires_at < {})", dialect.today())
}

fn select_of(sql: &mut Sql<'_>, source: Source, filter: &Filter) -> String {
    let columns = columns(sql.dialect());
    let (kind, id) = (sql.bind(source.kind() as i32), sql.bind(source.id()));
    let which = narrowed(sql, filter);
    format!("SELECT {columns} FROM members m WHERE m.source_kind = {kind} AND m.source_id = {id} AND {which}")
}

fn select_mine(sql: &mut Sql<'_>, user: UserId) -> String {
    let columns = columns(sql.dialect());
    let (which, addressed) = (narrowed(sql, &Filter::default()), addressed_to(sql, user));
    format!("SELECT {columns} FROM members m WHERE {addressed} AND {which}")
}

/// The address of row `m` is one of the user's.
fn addressed_to(sql: &mut Sql<'_>, user: UserId) -> String {
    let user = sql.bind(user.0);
    format!(
        "m.email_norm IN (SELECT u.email_norm FROM users u WHERE u.id = {user}
                          UNION SELECT u.public_email_norm FROM users u WHERE u.id = {user} AND u.public_email_norm IS NOT NULL)"
    )
}

fn shared<'a>(sql: &mut Sql<'_>, kind: SourceKind, owners: &'a [i64], filter: &Filter, columns: &'a str) -> Shared<'a> {
    let table = match kind {
        SourceKind::Group => "namespaces",
        SourceKind::Project => "projects",
    };
    let which = narrowed(sql, filter);
    Shared {
        owners,
        from: format!(
            "{table} a JOIN members m ON m.source_kind = {} AND m.source_id = a.id WHERE {which}",
            kind as i32
        ),
        columns,
    }
}

fn narrowed(sql: &mut Sql<'_>, filter: &Filter) -> String {
    let ended = ended(sql.dialect());
    let state = match filter.state {
        None => "m.user_id IS NULL".to_owned(),
        Some(State::Pending) => format!("m.user_id IS NULL AND NOT {ended}"),
        Some(State::Expired) => format!("m.user_id IS NULL AND {ended}"),
        Some(State::Accepted) => "m.user_id IS NOT NULL".to_owned(),
        // Nothing is left of these.
        Some(State::Declined | State::Revoked) => "FALSE".to_owned(),
    };
    let mut which = format!("m.invite_email IS NOT NULL AND {state}");
    if let Some(address) = filter.search.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        which = format!("{which} AND m.email_norm = {}", sql.bind(fold(address)));
    }
    which
}

/// The invitations of some pages, with their people and roles: two statements at most.
async fn whole(ctx: &Ctx, pages: Vec<Page<Row>>) -> Result<Vec<Page<Invitation>>> {
    let rows = || pages.iter().flat_map(|page| &page.items).map(|(_, row)| row);
    let people: BTreeSet<_> = rows()
        .flat_map(|row| [row.created_by_id, row.user_id])
        .flatten()
        .collect();
    let people = if people.is_empty() {
        HashMap::new()
    } else {
        members::people(ctx, people).await?
    };
    let roles = members::roles(ctx, rows().filter_map(|row| row.member_role_id).collect()).await?;
    let person = |id: Option<UserId>| {
        let mut user = people.get(&id?)?.clone();
        user.email = None;
        Some(user)
    };
    let whole = |row: Row| Invitation {
        id: row.id,
        source: Source::new(row.source_kind, row.source_id),
        email: row.invite_email,
        state: match row.user_id {
            Some(_) => State::Accepted,
            None if row.ended => State::Expired,
            None => State::Pending,
        },
        access_level: row.access_level,
        role: row.member_role_id.and_then(|id| roles.get(&id).cloned()),
        awaiting: row.state == MemberState::Awaiting,
        created_at: row.created_at,
        updated_at: row.updated_at,
        expires_at: row.expires_at,
        created_by: person(row.created_by_id),
        last_sent_at: row.last_sent_at,
        send_count: row.send_count,
        user: person(row.user_id),
    };
    Ok(pages.into_iter().map(|page| page.map(&whole)).collect())
}

impl Order {
    fn sort(self) -> Sort {
        let (by, direction) = match self {
            Self::Id(direction) => (None, direction),
            Self::Created(direction) => (Some(Key::Time("m.created_at")), direction),
            Self::Email(direction) => (Some(Key::Text("m.email_norm".to_owned())), direction),
            Self::ExpiresAt(direction) => {
                let day = format!("COALESCE(CAST(m.expires_at AS TEXT), '{WITHOUT_END}')");
                (Some(Key::Text(day)), direction)
            }
        };
        Sort {
            by,
            id: "m.id",
            direction,
            ties: direction,
        }
    }

    fn place(self, row: &Row) -> Position {
        let value = match self {
            Self::Id(_) => None,
            Self::Created(_) => Some(keyset::time_value(row.created_at)),
            Self::Email(_) => Some(fold(&row.invite_email)),
            Self::ExpiresAt(_) => {
                let day = row.expires_at.map(|day| day.to_string());
                Some(day.unwrap_or_else(|| WITHOUT_END.to_owned()))
            }
        };
        Position { value, id: row.id.0 }
    }

    /// The word that a cursor carries, so that one of another order can be refused.
    pub fn word(self) -> String {
        format!("{self:?}")
    }
}

/// Later than any day.
const WITHOUT_END: &str = "9999-99-99";
