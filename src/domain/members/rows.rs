//! The statements of the finder: which rows lie on which leg, and the people and roles that the chosen ones show.
//!
//! `CROSS JOIN` holds SQLite, which has no statistics to go by, to the order as written; PostgreSQL chooses freely. A `+` before a column keeps
//! both from an index that begins with it.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;

use super::choose::{Candidate, Life, ShownRole};
use super::conditions;
use super::search::Search;
use super::ways::Way;
use super::{Filter, Member, Of, Order, Role};
use crate::db::Sql;
use crate::domain::users::User;
use crate::domain::{Ctx, Position, Result, Window, hierarchy};
use crate::types::{AccessLevel, MemberId, MemberRoleId, MemberState, NamespaceId, Source, UserId};

/// A source whose rows count, for one of the asked sources.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub(super) src: usize,
    pub(super) way: usize,
    pub(super) listed: bool,
    pub(super) rows_of: Source,
    pub(super) min_level: AccessLevel,
    /// The topmost namespace of the asked source.
    pub(super) root: NamespaceId,
    /// The SAML provider of the asked group, when this actor may see identities there.
    pub(super) saml_provider: Option<i64>,
}

/// What a walk goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The number of the row.
    Row,
    /// The number of the user.
    User,
}

impl Key {
    fn column(self) -> &'static str {
        match self {
            Self::Row => "id",
            Self::User => "user_id",
        }
    }
}

/// The legs of the ways into each source.
pub(super) fn legs(ctx: &Ctx, sources: &[Of<'_>], ways: &[Vec<Way>]) -> Vec<Leg> {
    let mut legs = Vec::new();
    for (src, (of, ways)) in sources.iter().zip(ways).enumerate() {
        let saml_provider = match of {
            Of::Group(group) if group.is_top_level() && group.owned_by(&ctx.actor) => group.saml_provider_id,
            _ => None,
        };
        legs.extend(ways.iter().enumerate().map(|(index, way)| Leg {
            src,
            way: index,
            listed: way.listed,
            rows_of: way.rows_of,
            min_level: way.min_level,
            root: of.root(),
            saml_provider,
        }));
    }
    legs
}

/// A row on a leg: what choosing needs, and what an entry shows of it. Narrow, for a user can have many and only one is shown; people and
/// roles are read apart, each once.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Row {
    leg_src: i64,
    leg_way: i64,
    id: MemberId,
    pub(super) user_id: UserId,
    access_level: AccessLevel,
    state: MemberState,
    pub(super) expires_at: Option<NaiveDate>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    member_role_id: Option<MemberRoleId>,
    created_by_id: Option<UserId>,
    ldap: bool,
    overridden: bool,
    invite_email: Option<String>,
}

/// A row with what its user is sorted by.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct SortRow {
    #[sea_orm(nested)]
    pub(super) row: Row,
    pub(super) name_key: String,
    username: String,
    public_email: Option<String>,
    last_activity_on: Option<NaiveDate>,
}

/// The row that is chosen for a user, and the level it is shown with.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) row: Row,
    pub(super) shown: ShownRole,
    pub(super) level: AccessLevel,
}

pub(super) const ROW: &str =
    "leg.src AS leg_src, leg.way AS leg_way, m.id, m.user_id, m.access_level, m.state, m.expires_at, m.created_at,
    m.updated_at, m.member_role_id, m.created_by_id, m.ldap, m.override AS overridden, m.invite_email";

/// What a [`SortRow`] has of row `u` of `users`.
pub(super) const SORTED_BY: &str = "u.name_key, u.username, u.public_email, u.last_activity_on";

/// The columns of a leg as a table.
pub(super) const LEG: [&str; 8] = [
    "src",
    "way",
    "listed",
    "kind",
    "id",
    "min_level",
    "root",
    "saml_provider",
];

const USER: [&str; 15] = [
    "id",
    "username",
    "name",
    "name_key",
    "public_email",
    "email",
    "state",
    "user_type",
    "admin",
    "external",
    "enterprise_group_id",
    "created_at",
    "updated_at",
    "last_sign_in_at",
    "last_activity_on",
];

const ROLE: [&str; 7] = [
    "id",
    "group_id",
    "name",
    "description",
    "base_access_level",
    "permissions",
    "created_at",
];

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// Keys below this lie before it.
    pub(super) from: i64,
    /// So many of those from there on are passed over.
    pub(super) skip: u64,
}

impl Start {
    /// At the beginning, with all that lies before the window to be passed over.
    pub(super) fn of(window: &Window) -> Self {
        Self {
            from: 0,
            skip: window.offset(),
        }
    }
}

/// One page and the row behind it, by `key`, of each source: every row of the users that are on it.
pub(super) async fn walk(
    ctx: &Ctx,
    legs: &[Leg],
    search: Option<&Search>,
    filter: &Filter,
    key: Key,
    window: &Window,
    start: Start,
) -> Result<Vec<Row>> {
    let mut sql = ctx.conn().sql();
    let table = leg_table(&mut sql, legs);
    let column = key.column();
    let matches = conditions::of_rows(&mut sql, "x", search, filter, true);
    let mut terms = vec![matches];
    for (position, sign) in [(window.after(), '>'), (window.before(), '<')] {
        if let Some(position) = position {
            let id = sql.bind(position.id);
            terms.push(format!("x.{column} {sign} {id}"));
        }
    }
    if start.from > 0 {
        let from = sql.bind(start.from);
        terms.push(format!("x.{column} >= {from}"));
    }
    let matches = terms.join(" AND ");
    let direction = if window.is_backward() { "DESC" } else { "ASC" };
    let page = match legs {
        [only] => page_of_one(&mut sql, only, column, direction, &matches, start.skip, window.limit()),
        _ => page_of_several(&mut sql, column, direction, &matches, start.skip, window.limit()),
    };
    let live = hierarchy::live(sql.dialect(), "m");
    sql.push(format!(
        "WITH leg AS ({table}), page AS ({page})
         SELECT {ROW}
           FROM page CROSS JOIN leg CROSS JOIN members m
          WHERE leg.src = page.src
            AND m.source_kind = leg.kind AND m.source_id = leg.id AND m.{column} = page.value
            AND m.access_level >= leg.min_level AND {live}"
    ));
    Ok(sql.all().await?)
}

/// The places of a page, and the one behind it, on one leg: nobody is on it twice, so that the index alone is read, in its order.
fn page_of_one(
    sql: &mut Sql<'_>,
    leg: &Leg,
    column: &str,
    direction: &str,
    matches: &str,
    skip: u64,
    limit: u64,
) -> String {
    let (kind, id) = (sql.bind(leg.rows_of.kind() as i32), sql.bind(leg.rows_of.id()));
    let level = sql.bind(leg.min_level.number());
    let (limit, skip) = (sql.bind(clamp(limit.saturating_add(1))), sql.bind(clamp(skip)));
    format!(
        "SELECT leg.src, x.{column} AS value FROM members x CROSS JOIN leg
          WHERE x.source_kind = {kind} AND x.source_id = {id} AND +x.access_level >= {level} AND leg.listed = 1 AND {matches}
          ORDER BY x.{column} {direction} LIMIT {limit} OFFSET {skip}"
    )
}

/// The same on several legs, for each source: the first of each leg, and then the first of all of them.
fn page_of_several(sql: &mut Sql<'_>, column: &str, direction: &str, matches: &str, skip: u64, limit: u64) -> String {
    let last = skip.saturating_add(limit).saturating_add(1);
    let (first, last) = (sql.bind(clamp(skip)), sql.bind(clamp(last)));
    let next = format!(
        "SELECT x.{column} FROM members x
          WHERE x.source_kind = leg.kind AND x.source_id = leg.id AND +x.access_level >= leg.min_level AND {matches}
          ORDER BY x.{column} {direction} LIMIT {last}"
    );
    let next = sql.dialect().lateral(&next, column, "pick");
    format!(
        "SELECT numbered.src, numbered.value FROM (
           SELECT once.src, once.value, ROW_NUMBER() OVER (PARTITION BY once.src ORDER BY once.value {direction}) AS place
             FROM (SELECT DISTINCT leg.src, pick.value FROM leg {next} WHERE leg.listed = 1) AS once) AS numbered
          WHERE numbered.place > {first} AND numbered.place <= {last}"
    )
}

/// Every row of the given users, each for the source it is wanted for.
pub(super) async fn of_users(ctx: &Ctx, legs: &[Leg], users: &[(usize, i64)]) -> Result<Vec<Row>> {
    let mut sql = ctx.conn().sql();
    let table = leg_table(&mut sql, legs);
    let users: Vec<_> = users
        .iter()
        .map(|(src, user)| vec![number(*src), Some(*user)])
        .collect();
    let page = sql.table(&["src", "user_id"], &users);
    let live = hierarchy::live(sql.dialect(), "m");
    sql.push(format!(
        "WITH leg AS ({table})
         SELECT {ROW}
           FROM {page} AS page CROSS JOIN leg CROSS JOIN members m
          WHERE leg.src = page.src
            AND m.source_kind = leg.kind AND m.source_id = leg.id AND m.user_id = page.user_id
            AND m.access_level >= leg.min_level AND {live}"
    ));
    Ok(sql.all().await?)
}

/// The direct rows of the given users, those too whose time is over.
pub(super) async fn written(ctx: &Ctx, legs: &[Leg], users: &[i64]) -> Result<Vec<Row>> {
    let mut sql = ctx.conn().sql();
    let table = leg_table(&mut sql, legs);
    let users = sql.any_of("m.user_id", users.iter().copied());
    sql.push(format!(
        "WITH leg AS ({table})
         SELECT {ROW} FROM leg CROSS JOIN members m
          WHERE m.source_kind = leg.kind AND m.source_id = leg.id AND m.requested_at IS NULL AND {users}"
    ));
    Ok(sql.all().await?)
}

/// Every row of everybody who matches.
pub(super) async fn all(ctx: &Ctx, legs: &[Leg], search: Option<&Search>, filter: &Filter) -> Result<Vec<SortRow>> {
    let mut sql = ctx.conn().sql();
    let table = leg_table(&mut sql, legs);
    let matches = conditions::of_rows(&mut sql, "m", search, filter, false);
    sql.push(format!(
        "WITH leg AS ({table})
         SELECT {ROW}, {SORTED_BY}
           FROM leg CROSS JOIN members m CROSS JOIN users u
          WHERE m.source_kind = leg.kind AND m.source_id = leg.id AND u.id = m.user_id AND m.access_level >= leg.min_level AND {matches}"
    ));
    Ok(sql.all().await?)
}

/// How many users have a listed row of each source; no count is higher than `limit` + 1.
pub(super) async fn counts(
    ctx: &Ctx,
    legs: &[Leg],
    search: Option<&Search>,
    filter: &Filter,
    sources: usize,
    limit: u64,
) -> Result<Vec<u64>> {
    #[derive(FromQueryResult)]
    struct Count {
        src: i64,
        total: i64,
    }
    let mut sql = ctx.conn().sql();
    let table = leg_table(&mut sql, legs);
    let matches = conditions::of_rows(&mut sql, "m", search, filter, true);
    // One source is counted no further than to its limit; of many, each is counted to its end.
    let stop = if sources == 1 {
        format!("LIMIT {}", sql.bind(clamp(limit.saturating_add(1))))
    } else {
        String::new()
    };
    sql.push(format!(
        "WITH leg AS ({table})
         SELECT counted.src, COUNT(*) AS total FROM (
           SELECT DISTINCT leg.src, m.user_id FROM leg CROSS JOIN members m
            WHERE m.source_kind = leg.kind AND m.source_id = leg.id
              AND leg.listed = 1 AND +m.access_level >= leg.min_level AND {matches} {stop}) AS counted
          GROUP BY counted.src"
    ));
    let mut counts = vec![0; sources];
    for count in sql.all::<Count>().await? {
        let total = u64::try_from(count.total).unwrap_or_default();
        counts[usize::try_from(count.src).unwrap_or_default()] = total.min(limit.saturating_add(1));
    }
    Ok(counts)
}

/// Those of the users who match.
pub(super) async fn users(
    ctx: &Ctx,
    ids: impl IntoIterator<Item = i64>,
    search: Option<&Search>,
    filter: &Filter,
) -> Result<Vec<User>> {
    let mut sql = ctx.conn().sql();
    let wanted = sql.any_of("u.id", ids);
    let mut matches = vec![wanted];
    matches.extend(conditions::of_users(&mut sql, "u.id", search, filter));
    let matches = matches.join(" AND ");
    let columns = USER.map(|column| format!("u.{column}")).join(", ");
    sql.push(format!("SELECT {columns} FROM users u WHERE {matches}"));
    Ok(sql.all().await?)
}

/// The people whom entries show, with those who made the rows.
pub(in crate::domain) async fn people(
    ctx: &Ctx,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<HashMap<UserId, User>> {
    let ids: Vec<i64> = ids.into_iter().map(|id| id.0).collect();
    let found = users(ctx, ids, None, &Filter::default()).await?;
    Ok(found.into_iter().map(|user| (user.id, user)).collect())
}

/// The custom roles of some rows; nothing is asked when no row has one.
pub(in crate::domain) async fn roles(ctx: &Ctx, ids: BTreeSet<MemberRoleId>) -> Result<HashMap<MemberRoleId, Role>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = ctx.conn().sql();
    let wanted = sql.any_of("r.id", ids.into_iter().map(|id| id.0));
    let columns = ROLE.map(|column| format!("r.{column}")).join(", ");
    sql.push(format!("SELECT {columns} FROM member_roles r WHERE {wanted}"));
    Ok(sql
        .all::<Role>()
        .await?
        .into_iter()
        .map(|role| (role.id, role))
        .collect())
}

pub(super) fn leg_table(sql: &mut Sql<'_>, legs: &[Leg]) -> String {
    let rows: Vec<_> = legs.iter().map(Leg::cells).collect();
    let table = sql.table(&LEG, &rows);
    format!("SELECT * FROM {table} AS legs")
}

pub(super) fn number(index: usize) -> Option<i64> {
    i64::try_from(index).ok()
}

pub(super) fn clamp(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Leg {
    /// The cells of [`LEG`].
    pub(super) fn cells(&self) -> Vec<Option<i64>> {
        vec![
            number(self.src),
            number(self.way),
            Some(i64::from(self.listed)),
            Some(self.rows_of.kind() as i64),
            Some(self.rows_of.id()),
            Some(i64::from(self.min_level.number())),
            Some(self.root.0),
            self.saml_provider,
        ]
    }
}

impl Row {
    /// Its number.
    pub(super) fn number(&self) -> i64 {
        self.id.0
    }

    /// The asked source, as a place in the list of sources.
    pub(super) fn src(&self) -> usize {
        usize::try_from(self.leg_src).unwrap_or_default()
    }

    /// The way, as a place in the source's list of ways.
    pub(super) fn way(&self) -> usize {
        usize::try_from(self.leg_way).unwrap_or_default()
    }

    pub(super) fn candidate<'a>(&self, ways: &'a [Way]) -> Candidate<'a> {
        Candidate {
            way: &ways[self.way()],
            id: self.id.0,
            row_level: self.access_level,
            row_role: self.member_role_id,
            life: Life::Live,
            state: self.state,
            expires_at: self.expires_at,
            created_at: self.created_at,
        }
    }

    /// Whether the entry that shows this row with `level` is wanted.
    pub(super) fn passes(&self, filter: &Filter, level: AccessLevel) -> bool {
        filter
            .rows_or_users
            .as_ref()
            .is_none_or(|(rows, users)| rows.contains(&self.id.0) || users.contains(&self.user_id.0))
            && filter.states.as_ref().is_none_or(|states| states.contains(&self.state))
            && filter.levels.as_ref().is_none_or(|levels| levels.contains(&level))
            && filter.min_level.is_none_or(|least| level >= least)
            && filter.role.is_none_or(|role| self.member_role_id == Some(role))
            && filter
                .expires_before
                .is_none_or(|day| self.expires_at.is_some_and(|end| end < day))
            && filter.overridden.is_none_or(|overridden| self.overridden == overridden)
    }
}

impl SortRow {
    /// Where the entry stands in an order.
    pub(super) fn place(&self, order: Order, level: AccessLevel, search: Option<&Search>) -> Position {
        place(
            order,
            &Sortable {
                row: self.row.id.0,
                user: self.row.user_id.0,
                level,
                name_key: &self.name_key,
                username: &self.username,
                public_email: self.public_email.as_deref(),
                created_at: self.row.created_at,
                updated_at: self.row.updated_at,
                expires_at: self.row.expires_at,
                last_activity_on: self.last_activity_on,
            },
            search,
        )
    }
}

impl Member {
    /// Where the entry stands in an order.
    pub(super) fn place(&self, order: Order, search: Option<&Search>) -> Position {
        place(
            order,
            &Sortable {
                row: self.id.map_or(0, |id| id.0),
                user: self.user.id.0,
                level: self.access_level,
                name_key: &self.user.name_key,
                username: &self.user.username,
                public_email: self.user.public_email.as_deref(),
                created_at: self.created_at,
                updated_at: self.updated_at,
                expires_at: self.expires_at,
                last_activity_on: self.user.last_activity_on,
            },
            search,
        )
    }
}

struct Sortable<'a> {
    row: i64,
    user: i64,
    level: AccessLevel,
    name_key: &'a str,
    username: &'a str,
    public_email: Option<&'a str>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    expires_at: Option<NaiveDate>,
    last_activity_on: Option<NaiveDate>,
}

fn place(order: Order, entry: &Sortable<'_>, search: Option<&Search>) -> Position {
    let time = |at: DateTime<Utc>| Some(at.format("%Y-%m-%dT%H:%M:%S%.6f").to_string());
    let day = |day: Option<NaiveDate>| day.map(|day| day.format("%Y-%m-%d").to_string());
    let value = match order {
        Order::Row => {
            return Position {
                value: None,
                id: entry.row,
            };
        }
        Order::User => None,
        Order::Match => {
            let rank = search.map_or('3', |search| {
                search.rank(entry.public_email, entry.username, entry.name_key)
            });
            Some(format!("{rank}{}", entry.name_key))
        }
        Order::AccessLevel(_) => Some(format!("{:02}", entry.level.number())),
        Order::Name(_) => Some(entry.name_key.to_owned()),
        Order::Created(_) => time(entry.created_at),
        Order::Updated(_) => time(entry.updated_at),
        Order::LastActivity(_) => day(entry.last_activity_on),
        Order::Expires(_) => day(entry.expires_at),
    };
    Position { value, id: entry.user }
}

impl Entry {
    /// Everybody whom the entry shows.
    pub(super) fn people(&self) -> impl Iterator<Item = UserId> {
        [Some(self.row.user_id), self.row.created_by_id].into_iter().flatten()
    }

    /// The custom role that the entry shows of its row.
    pub(super) fn role_id(&self) -> Option<MemberRoleId> {
        self.row.member_role_id.filter(|_| self.shown == ShownRole::OfRow)
    }

    /// The member, dressed with the people and roles that were read for it. `None` for a user who has gone meanwhile.
    pub(super) fn into_member(
        self,
        ctx: &Ctx,
        of: Of<'_>,
        way: &Way,
        people: &HashMap<UserId, User>,
        roles: &HashMap<MemberRoleId, Role>,
    ) -> Option<Member> {
        let role = match self.shown {
            ShownRole::OfRow => self.row.member_role_id.and_then(|id| roles.get(&id).cloned()),
            ShownRole::OfLink => way.link.as_ref().and_then(|link| link.role.clone()),
            ShownRole::None => None,
        };
        let creator_seen = way.link.as_ref().is_none_or(|link| link.group_seen);
        let administers = match of {
            Of::Group(group) => group.owned_by(&ctx.actor),
            Of::Project(project) => ctx.actor.is_admin() || project.level >= AccessLevel::Maintainer,
        };
        let creator = self.row.created_by_id.filter(|_| creator_seen);
        Some(Member {
            id: Some(self.row.id),
            source: way.rows_of,
            source_root: way.rows_root,
            relation: way.relation,
            user: people.get(&self.row.user_id)?.clone(),
            access_level: self.level,
            state: self.row.state,
            created_at: self.row.created_at,
            updated_at: self.row.updated_at,
            expires_at: self.row.expires_at,
            created_by: creator.and_then(|id| people.get(&id).cloned()),
            role,
            ldap: self.row.ldap,
            overridden: self.row.overridden,
            invite_email: self.row.invite_email.filter(|_| administers),
            saml_provider: way.saml_provider,
            saml_identity: None,
        })
    }
}
