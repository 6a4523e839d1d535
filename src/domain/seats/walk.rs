//! The SQL of a list of billable members: a walk of the summary inside one index, and the seats that it meets in full.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use sea_orm::{DbErr, FromQueryResult, QueryResult};

use super::order::Walk;
use super::{BillableMember, Filter, Order};
use crate::db::Sql;
use crate::domain::members::Direction;
use crate::domain::members::search::Search;
use crate::domain::users::User;
use crate::domain::{Actor, Ctx, Page, Position, Result, Window, hierarchy, users};
use crate::types::{AccessLevel, GroupId, MemberState, MembershipType, NamespaceId};

/// Who is looked for.
#[derive(Debug)]
pub(super) enum Sought {
    Everybody,
    Matching(Search),
    /// Nobody can match.
    Nobody,
}

impl Sought {
    pub(super) fn of(filter: &Filter) -> Self {
        match filter.search.as_deref().map(str::trim) {
            None | Some("") => Self::Everybody,
            Some(text) => Search::parse(text).map_or(Self::Nobody, Self::Matching),
        }
    }
}

/// Where seats are looked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope<'a> {
    /// In each of these top-level groups.
    Roots(&'a [NamespaceId]),
    /// Everywhere; a user's seat is that in the group with the lowest number.
    Instance,
}

impl Scope<'_> {
    /// Row `s` of `seats` belongs to it; in the group `a`, where there are groups.
    pub(super) const fn condition(self) -> &'static str {
        match self {
            Self::Roots(_) => "s.root_id = a.id",
            Self::Instance => {
                "NOT EXISTS (SELECT 1 FROM seats t WHERE t.user_id = s.user_id AND t.state = 0 AND t.root_id < s.root_id)"
            }
        }
    }
}

/// The part of a walk that is read.
pub(super) struct Part<'w> {
    window: &'w Window,
    reverse: bool,
    limit: u64,
    offset: u64,
    /// The rows of the whole list, where they are known and the walk comes from the end.
    total: Option<u64>,
}

impl<'w> Part<'w> {
    /// A numbered page behind the middle of a list is reached from its end.
    pub(super) fn of(window: &'w Window, total: Option<u64>) -> Self {
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
    pub(super) fn page<T>(&self, mut rows: Vec<(Position, T)>) -> Page<T> {
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

/// The states of the seats that are listed, as SQL has them.
pub(super) fn states(filter: &Filter) -> &'static [&'static str] {
    if filter.awaiting { &["0", "1"] } else { &["0"] }
}

/// What narrows row `s` of `seats`.
pub(super) fn conditions(sql: &mut Sql<'_>, filter: &Filter, sought: &Sought) -> String {
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

/// The seats in a part of each list, with their places, in the direction of the walk.
pub(super) async fn rows(
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
    let (limit, offset) = (sql.bind_count(part.limit), sql.bind_count(part.offset));
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
