//! Lists of billable members: walks of the summary, each inside one index.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use sea_orm::{DbErr, FromQueryResult, QueryResult};

use super::order::Walk;
use super::{BillableMember, Filter, Order, Seat, Usage, ledger, usage};
use crate::db::Sql;
use crate::domain::members::Direction;
use crate::domain::members::search::Search;
use crate::domain::standing::Group;
use crate::domain::users::User;
use crate::domain::{Actor, Ctx, Error, Page, Position, Result, Window, hierarchy, standing, users};
use crate::types::{AccessLevel, GroupId, MemberState, MembershipType, NamespaceId, UserId};

/// One page of the billable members of a top-level group. Two statements.
///
/// # Errors
/// `Unauthenticated`; `NotTopLevel`; `Forbidden` for others than owners and administrators; `Invalid` for a position of another order.
pub async fn page(
    ctx: &Ctx,
    group: &Group,
    filter: &Filter,
    order: Order,
    window: &Window,
) -> Result<Page<BillableMember>> {
    require_owner(ctx, group)?;
    let root = NamespaceId::of_group(group.id);
    let is_plain = matches!(Sought::of(filter), Sought::Everybody) && filter.users.is_none() && !filter.awaiting;
    let total = match window.offset() {
        offset if offset > 0 && is_plain => usage::counted(ctx, &[root])
            .await?
            .pop()
            .map(|usage: Usage| usage.in_use()),
        _ => None,
    };
    let part = Part::of(window, total);
    let page = read(ctx, &[root], filter, order, &part).await?.remove(&root);
    Ok(part.page(page.unwrap_or_default()))
}

/// The same page of each of the groups, in their order; none of a group that is not at the top, or that the actor does not own. Two statements.
///
/// # Errors
/// `Invalid` for a position of another order.
pub async fn pages(
    ctx: &Ctx,
    groups: &[&Group],
    filter: &Filter,
    order: Order,
    window: &Window,
) -> Result<Vec<Option<Page<BillableMember>>>> {
    let roots = owned(ctx, groups);
    let part = Part::of(window, None);
    let mut found = read(ctx, &roots, filter, order, &part).await?;
    Ok(groups
        .iter()
        .map(|group| NamespaceId::of_group(group.id))
        .map(|root| {
            roots
                .contains(&root)
                .then(|| part.page(found.remove(&root).unwrap_or_default()))
        })
        .collect())
}

/// The rows of a part of each list, with their places, in the direction of the walk.
async fn read(
    ctx: &Ctx,
    roots: &[NamespaceId],
    filter: &Filter,
    order: Order,
    part: &Part<'_>,
) -> Result<HashMap<NamespaceId, Vec<(Position, BillableMember)>>> {
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    let sought = Sought::of(filter);
    if roots.is_empty() || matches!(sought, Sought::Nobody) {
        return Ok(found);
    }
    ledger::keep(ctx, roots).await?;
    for (place, member) in rows(ctx, Scope::Roots(roots), filter, &sought, order, part).await? {
        found
            .entry(NamespaceId::of_group(member.root))
            .or_default()
            .push((place, member));
    }
    Ok(found)
}

async fn rows(
    ctx: &Ctx,
    scope: Scope<'_>,
    filter: &Filter,
    sought: &Sought,
    order: Order,
    part: &Part<'_>,
) -> Result<Vec<(Position, BillableMember)>> {
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, &ctx.actor, scope, filter, sought, order, part)?;
    sql.push(select);
    let rows: Vec<Row> = sql.all().await?;
    Ok(rows.into_iter().map(|row| row.placed(order)).collect())
}

/// One page of everybody who takes a seat anywhere, each once: in the top-level group with the lowest number. Orders but that by user sort all of them.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for others than administrators; `Invalid` for a position of another order.
pub async fn page_everywhere(
    ctx: &Ctx,
    filter: &Filter,
    order: Order,
    window: &Window,
) -> Result<Page<BillableMember>> {
    require_administrator(ctx)?;
    ledger::keep_everywhere(ctx).await?;
    let sought = Sought::of(filter);
    let part = Part::of(window, None);
    let rows = match sought {
        Sought::Nobody => Vec::new(),
        sought => rows(ctx, Scope::Instance, filter, &sought, order, &part).await?,
    };
    Ok(part.page(rows))
}

/// How many there are; counting stops at `limit + 1`.
///
/// # Errors
/// As [`page_everywhere`].
pub async fn count_everywhere(ctx: &Ctx, filter: &Filter, limit: u64) -> Result<u64> {
    require_administrator(ctx)?;
    ledger::keep_everywhere(ctx).await?;
    let mut sql = ctx.conn().sql();
    let which = conditions(&mut sql, filter, &Sought::of(filter));
    let scope = Scope::Instance.condition();
    let limit = sql.bind(number(limit.saturating_add(1)));
    sql.push(format!(
        "SELECT COUNT(*) FROM (SELECT s.user_id FROM seats s WHERE s.state = 0 AND {scope}{which} LIMIT {limit}) AS counted"
    ));
    Ok(u64::try_from(sql.number().await?).unwrap_or_default())
}

fn require_administrator(ctx: &Ctx) -> Result<()> {
    match ctx.actor {
        Actor::Anonymous => Err(Error::Unauthenticated),
        _ if ctx.actor.is_admin() => Ok(()),
        _ => Err(Error::Forbidden(None)),
    }
}

/// Those of the groups whose billable members the actor may list.
fn owned(ctx: &Ctx, groups: &[&Group]) -> Vec<NamespaceId> {
    let may = |group: &&&Group| require_owner(ctx, group).is_ok();
    groups
        .iter()
        .filter(may)
        .map(|group| NamespaceId::of_group(group.id))
        .collect()
}

/// How many there are; counting stops at `limit + 1`. Without a search it is a look at the counters.
///
/// # Errors
/// As [`page`].
pub async fn count(ctx: &Ctx, group: &Group, filter: &Filter, limit: u64) -> Result<u64> {
    require_owner(ctx, group)?;
    let counted = counts(ctx, &[group], filter, limit).await?;
    Ok(counted.into_iter().flatten().sum())
}

/// How many there are of each of the groups, in their order; none of a group that is not at the top, or that the actor does not own. No count is higher
/// than `limit + 1`. At most three statements.
pub async fn counts(ctx: &Ctx, groups: &[&Group], filter: &Filter, limit: u64) -> Result<Vec<Option<u64>>> {
    let roots = owned(ctx, groups);
    let sought = Sought::of(filter);
    let counts: HashMap<_, _> = if matches!(sought, Sought::Everybody) && filter.users.is_none() {
        let usages = usage::counted(ctx, &roots).await?.into_iter();
        let waiting = |usage: &Usage| if filter.awaiting { usage.waiting() } else { 0 };
        let counts = usages.map(|usage| usage.in_use() + waiting(&usage));
        roots.iter().copied().zip(counts).collect()
    } else {
        ledger::keep(ctx, &roots).await?;
        counted(ctx, &roots, filter, &sought, limit).await?
    };
    let count = |group: &&Group| counts.get(&NamespaceId::of_group(group.id)).copied();
    Ok(groups
        .iter()
        .map(|group| Some(count(group)?.min(limit.saturating_add(1))))
        .collect())
}

async fn counted(
    ctx: &Ctx,
    roots: &[NamespaceId],
    filter: &Filter,
    sought: &Sought,
    limit: u64,
) -> Result<HashMap<NamespaceId, u64>> {
    #[derive(FromQueryResult)]
    struct Counted {
        id: NamespaceId,
        users: i64,
    }
    let mut sql = ctx.conn().sql();
    let which = conditions(&mut sql, filter, sought);
    let states = states(filter).join(", ");
    let limit = sql.bind(number(limit.saturating_add(1)));
    let roots = sql.any_of("a.id", roots.iter().map(|root| root.0));
    sql.push(format!(
        "SELECT a.id, (SELECT COUNT(*) FROM (SELECT s.user_id FROM seats s
                                              WHERE s.root_id = a.id AND s.state IN ({states}){which} LIMIT {limit}) AS counted) AS users
           FROM namespaces a WHERE {roots}"
    ));
    let counted: Vec<Counted> = sql.all().await?;
    let count = |row: Counted| (row.id, u64::try_from(row.users).unwrap_or_default());
    Ok(counted.into_iter().map(count).collect())
}

/// Those of the seats, taken or not yet, that the actor may see, in no order. Three statements.
pub async fn by_seats(ctx: &Ctx, seats: &[Seat]) -> Result<Vec<BillableMember>> {
    let groups: HashSet<_> = seats.iter().map(|(root, _)| GroupId(root.0)).collect();
    let groups = standing::groups(ctx, groups).await?;
    let groups: Vec<_> = groups.iter().collect();
    let filter = Filter {
        awaiting: true,
        users: Some(seats.iter().map(|(_, user)| *user).collect()),
        ..Filter::default()
    };
    let all = Window::first(seats.len() as u64);
    let pages = pages(ctx, &groups, &filter, Order::User, &all).await?;
    let members = pages.into_iter().flatten().flat_map(Page::into_rows);
    Ok(members.filter(|member| seats.contains(&member.seat())).collect())
}

/// Which of the users take a seat in which of the top-level groups: the pairs among `pairs` that do, whoever asks. Two statements.
pub async fn using(ctx: &Ctx, pairs: &[Seat]) -> Result<HashSet<Seat>> {
    #[derive(FromQueryResult)]
    struct Taken {
        root_id: NamespaceId,
        user_id: UserId,
    }
    if pairs.is_empty() {
        return Ok(HashSet::new());
    }
    let roots: HashSet<_> = pairs.iter().map(|(root, _)| *root).collect();
    let roots: Vec<_> = roots.into_iter().filter(|root| root.is_group()).collect();
    ledger::keep(ctx, &roots).await?;
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(root, user)| vec![Some(root.0), Some(user.0)])
        .collect();
    let mut sql = ctx.conn().sql();
    let asked = sql.table(&["root_id", "user_id"], &pairs);
    sql.push(format!(
        "SELECT s.root_id, s.user_id FROM {asked} AS asked JOIN seats s ON s.root_id = asked.root_id AND s.user_id = asked.user_id WHERE s.state = 0"
    ));
    let taken: Vec<Taken> = sql.all().await?;
    Ok(taken.into_iter().map(|seat| (seat.root_id, seat.user_id)).collect())
}

/// The refusal of everybody but owners of a top-level group and administrators.
pub(super) fn require_owner(ctx: &Ctx, group: &Group) -> Result<()> {
    if matches!(ctx.actor, Actor::Anonymous) {
        return Err(Error::Unauthenticated);
    }
    if !group.is_top_level() {
        return Err(Error::NotTopLevel);
    }
    if !group.owned_by(&ctx.actor) {
        return Err(Error::Forbidden(None));
    }
    Ok(())
}

/// Who is looked for.
#[derive(Debug)]
enum Sought {
    Everybody,
    Matching(Search),
    /// Nobody can match.
    Nobody,
}

impl Sought {
    fn of(filter: &Filter) -> Self {
        match filter.search.as_deref().map(str::trim) {
            None | Some("") => Self::Everybody,
            Some(text) => Search::parse(text).map_or(Self::Nobody, Self::Matching),
        }
    }
}

/// Where seats are looked for.
#[derive(Clone, Copy, Debug)]
enum Scope<'a> {
    /// In each of these top-level groups.
    Roots(&'a [NamespaceId]),
    /// Everywhere; a user's seat is that in the group with the lowest number.
    Instance,
}

impl Scope<'_> {
    /// Row `s` of `seats` belongs to it; in the group `a`, where there are groups.
    const fn condition(self) -> &'static str {
        match self {
            Self::Roots(_) => "s.root_id = a.id",
            Self::Instance => {
                "NOT EXISTS (SELECT 1 FROM seats t WHERE t.user_id = s.user_id AND t.state = 0 AND t.root_id < s.root_id)"
            }
        }
    }
}

/// The part of a walk that is read.
struct Part<'w> {
    window: &'w Window,
    reverse: bool,
    limit: u64,
    offset: u64,
    /// The rows of the whole list, where they are known and the walk comes from the end.
    total: Option<u64>,
}

impl<'w> Part<'w> {
    /// A numbered page behind the middle of a list is reached from its end.
    fn of(window: &'w Window, total: Option<u64>) -> Self {
        let (limit, offset) = (window.limit(), window.offset());
        if let Some(total) = total.filter(|total| offset > total / 2) {
            let end = total.min(offset.saturating_add(limit));
            return Self {
                window,
                reverse: true,
                limit: end.saturating_sub(offset),
                offset: total - end,
                total: Some(total),
            };
        }
        Self {
            window,
            reverse: window.is_backward(),
            // One row more than asked for tells whether there are more.
            limit: limit.saturating_add(1),
            offset,
            total: None,
        }
    }

    /// The page out of the rows that were read.
    fn page<T>(&self, mut rows: Vec<(Position, T)>) -> Page<T> {
        let Some(total) = self.total else {
            return Page::from_rows(rows, self.window);
        };
        rows.reverse();
        Page {
            has_next: self.window.offset().saturating_add(rows.len() as u64) < total,
            has_previous: true,
            items: rows,
        }
    }
}

fn states(filter: &Filter) -> &'static [&'static str] {
    if filter.awaiting { &["0", "1"] } else { &["0"] }
}

fn conditions(sql: &mut Sql<'_>, filter: &Filter, sought: &Sought) -> String {
    let sought = match sought {
        Sought::Everybody => String::new(),
        Sought::Matching(search) => {
            let matches = search.condition_of_parts(sql, "x");
            format!(" AND EXISTS (SELECT 1 FROM users x WHERE x.id = s.user_id AND {matches})")
        }
        Sought::Nobody => " AND FALSE".to_owned(),
    };
    let users = filter.users.as_ref().map(|users| {
        let which = sql.any_of("s.user_id", users.iter().map(|user| user.0));
        format!(" AND {which}")
    });
    sought + &users.unwrap_or_default()
}

/// The rows of a part of each list, each with its user: a leg for each stretch of an index, and the first of all legs.
fn select(
    sql: &mut Sql<'_>,
    actor: &Actor,
    scope: Scope<'_>,
    filter: &Filter,
    sought: &Sought,
    order: Order,
    part: &Part<'_>,
) -> Result<String> {
    let walk = order.walk(part.reverse);
    let which = conditions(sql, filter, sought);
    let (from, until) = if part.reverse {
        (part.window.before(), part.window.after())
    } else {
        (part.window.after(), part.window.before())
    };
    let stretches = stretches(sql, walk, from)?;
    let until = until
        .map(|place| short_of(sql, walk, place))
        .transpose()?
        .unwrap_or_default();
    let (limit, offset) = (sql.bind(number(part.limit)), sql.bind(number(part.offset)));
    let (sorted, here) = (walk.order("s"), scope.condition());
    let legs: Vec<_> = states(filter)
        .iter()
        .flat_map(|state| stretches.iter().map(move |stretch| (state, stretch)))
        .map(|(state, stretch)| {
            format!(
                "SELECT s.* FROM seats s WHERE {here} AND s.state = {state}{stretch}{until}{which} ORDER BY {sorted} LIMIT {limit}"
            )
        })
        .collect();
    let first = match legs.as_slice() {
        // Numbered pages have one leg.
        [leg] => format!("{leg} OFFSET {offset}"),
        legs => {
            let legs: Vec<_> = legs.iter().map(|leg| format!("SELECT * FROM ({leg}) AS leg")).collect();
            format!(
                "SELECT * FROM ({}) AS s ORDER BY {sorted} LIMIT {limit}",
                legs.join(" UNION ALL ")
            )
        }
    };
    Ok(whole(sql, actor, scope, &first, &sorted))
}

/// The stretches of the index behind a place: what is left of its equals, and what comes after them.
fn stretches(sql: &mut Sql<'_>, walk: Walk, from: Option<&Position>) -> Result<Vec<String>> {
    let Some(place) = from else {
        return Ok(vec![String::new()]);
    };
    let id = sql.bind(place.id);
    let ties = format!("s.user_id {} {id}", if walk.ties_descending { "<" } else { ">" });
    let Some((column, key)) = walk.column else {
        return Ok(vec![format!(" AND {ties}")]);
    };
    let value = key.bind(sql, place)?;
    let beyond = if walk.descending { "<" } else { ">" };
    Ok(vec![
        format!(" AND s.{column} = {value} AND {ties}"),
        format!(" AND s.{column} {beyond} {value}"),
    ])
}

/// Row `s` comes before a place of the walk.
fn short_of(sql: &mut Sql<'_>, walk: Walk, place: &Position) -> Result<String> {
    let back = Walk {
        descending: !walk.descending,
        ties_descending: !walk.ties_descending,
        ..walk
    };
    let stretches = stretches(sql, back, Some(place))?;
    let stretches: Vec<_> = stretches.iter().map(|stretch| format!("(TRUE{stretch})")).collect();
    Ok(format!(" AND ({})", stretches.join(" OR ")))
}

impl Walk {
    fn order(self, alias: &str) -> String {
        let word = |descending| if descending { "DESC" } else { "ASC" };
        let ties = format!("{alias}.user_id {}", word(self.ties_descending));
        match self.column {
            Some((column, _)) => format!("{alias}.{column} {}, {ties}", word(self.descending)),
            None => ties,
        }
    }
}

/// The seats that `first` chooses, with everything that is told of them, in the order of the walk.
fn whole(sql: &mut Sql<'_>, actor: &Actor, scope: Scope<'_>, first: &str, order: &str) -> String {
    let dialect = sql.dialect();
    let columns = users::columns_with(if actor.is_admin() {
        "u.email"
    } else {
        // Whoever reads this owns the group.
        "CASE WHEN u.enterprise_group_id = s.root_id THEN u.email ELSE u.public_email END"
    });
    let (live, last_owner) = (hierarchy::live(dialect, "m"), hierarchy::last_owner(dialect, "m", "u"));
    let from = match scope {
        Scope::Instance => format!("({first}) AS s JOIN users u ON u.id = s.user_id"),
        Scope::Roots(roots) => {
            let chosen = dialect.lateral(first, "user_id", "c");
            let roots = sql.any_of("a.id", roots.iter().map(|root| root.0));
            format!(
                "namespaces a {chosen} JOIN seats s ON s.root_id = a.id AND s.user_id = c.value JOIN users u ON u.id = c.value WHERE {roots}"
            )
        }
    };
    format!(
        "SELECT {columns}, s.root_id, s.state AS seat_state, s.membership_type, s.access_level, s.first_joined_at,
                s.last_activity_on AS activity_key, s.newest_sign_in_at, s.oldest_sign_in_at,
                EXISTS (SELECT 1 FROM members m
                         WHERE m.source_kind = 1 AND m.source_id = s.root_id AND m.user_id = u.id AND {live} AND {last_owner}) AS is_last_owner
           FROM {from} ORDER BY {order}"
    )
}

struct Row {
    user: User,
    seat: SeatRow,
}

#[derive(FromQueryResult)]
struct SeatRow {
    root_id: GroupId,
    seat_state: MemberState,
    membership_type: MembershipType,
    access_level: AccessLevel,
    first_joined_at: DateTime<Utc>,
    activity_key: NaiveDate,
    newest_sign_in_at: DateTime<Utc>,
    oldest_sign_in_at: DateTime<Utc>,
    is_last_owner: bool,
}

impl FromQueryResult for Row {
    fn from_query_result(row: &QueryResult, prefix: &str) -> std::result::Result<Self, DbErr> {
        Ok(Self {
            user: User::from_query_result(row, prefix)?,
            seat: SeatRow::from_query_result(row, prefix)?,
        })
    }
}

impl Row {
    fn placed(self, order: Order) -> (Position, BillableMember) {
        let Self { user, seat } = self;
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let value = match order {
            Order::User => None,
            Order::Name(_) => Some(user.name_key.clone()),
            Order::LastSignIn(Direction::Asc) => Some(time(seat.oldest_sign_in_at)),
            Order::LastSignIn(_) => Some(time(seat.newest_sign_in_at)),
            Order::LastActivity(_) => Some(seat.activity_key.to_string()),
            Order::AccessLevel(_) => Some(seat.access_level.number().to_string()),
            Order::FirstJoined(_) => Some(time(seat.first_joined_at)),
        };
        let place = Position { value, id: user.id.0 };
        let member = BillableMember {
            root: seat.root_id,
            user,
            membership_type: seat.membership_type,
            state: seat.seat_state,
            access_level: seat.access_level,
            first_joined_at: seat.first_joined_at,
            is_last_owner: seat.is_last_owner,
        };
        (place, member)
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
