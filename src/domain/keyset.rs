//! A window into a sorted list, as SQL: the range, the order and the limit that follow a `SELECT`.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{DbErr, FromQueryResult, QueryResult};

use super::members::Direction;
use super::{Error, Page, Position, Result, Window};
use crate::db::Sql;

/// What the rows of a statement are sorted by: a value, if there is one, and then their number.
#[derive(Clone, Debug)]
pub(super) struct Sort {
    /// The expression of the value.
    pub by: Option<Key>,
    /// The column of the number.
    pub id: &'static str,
    /// Which way the value goes.
    pub direction: Direction,
    /// Which way the number goes among equal values, and where there is no value.
    pub ties: Direction,
}

/// An expression that rows are sorted by; never null.
#[derive(Clone, Debug)]
pub(super) enum Key {
    /// Text.
    Text(String),
    /// A point in time.
    Time(&'static str),
}

/// The page of `select`, a statement that ends in a `WHERE`; `place` tells where in the order a row stands.
pub(super) async fn page<T: FromQueryResult>(
    mut sql: Sql<'_>,
    select: &str,
    sort: &Sort,
    window: &Window,
    place: impl Fn(&T) -> Position,
) -> Result<Page<T>> {
    let range = sort.range(&mut sql, window)?;
    let tail = sort.tail(&mut sql, window);
    sql.push(select).push(range).push(tail);
    let rows = sql.all().await?;
    let placed = rows.into_iter().map(|row| (place(&row), row)).collect();
    Ok(Page::from_rows(placed, window))
}

/// How many rows `select` has; counting stops at `limit + 1`.
pub(super) async fn count(mut sql: Sql<'_>, select: &str, limit: u64) -> Result<u64> {
    let limit = sql.bind_count(limit.saturating_add(1));
    sql.push(format!("SELECT COUNT(*) FROM ({select} LIMIT {limit}) AS counted"));
    Ok(u64::try_from(sql.number().await?).unwrap_or_default())
}

/// What many owners have of something each: groups that lie below groups, rows of users.
#[derive(Clone, Debug)]
pub(super) struct Shared<'a> {
    /// The numbers of the owners.
    pub owners: &'a [i64],
    /// What stands behind `FROM`, up to a `WHERE` with conditions; the owners are called `a`.
    pub from: String,
    /// The columns of what they have.
    pub columns: &'a str,
}

/// A row, and whose it is.
struct Owned<T> {
    owner: i64,
    row: T,
}

impl<T: FromQueryResult> FromQueryResult for Owned<T> {
    fn from_query_result(row: &QueryResult, prefix: &str) -> std::result::Result<Self, DbErr> {
        Ok(Self {
            owner: row.try_get(prefix, "owner_number")?,
            row: T::from_query_result(row, prefix)?,
        })
    }
}

/// The same page for each of the owners, in their order, by one statement.
pub(super) async fn pages<T: FromQueryResult>(
    mut sql: Sql<'_>,
    shared: &Shared<'_>,
    sort: &Sort,
    window: &Window,
    place: impl Fn(&T) -> Position,
) -> Result<Vec<Page<T>>> {
    let range = sort.range(&mut sql, window)?;
    let order = sort.order(window.is_backward());
    let limit = sql.bind_count(window.limit().saturating_add(1));
    let owners = sql.any_of("a.id", shared.owners.iter().copied());
    let Shared { from, columns, .. } = shared;
    sql.push(format!(
        "SELECT numbered.* FROM (
           SELECT {columns}, a.id AS owner_number, ROW_NUMBER() OVER (PARTITION BY a.id ORDER BY {order}) AS row_place
             FROM {from} AND {owners}{range}) AS numbered
          WHERE numbered.row_place <= {limit} ORDER BY numbered.row_place"
    ));
    let mut found: HashMap<i64, Vec<(Position, T)>> = HashMap::new();
    for Owned { owner, row } in sql.all::<Owned<T>>().await? {
        found.entry(owner).or_default().push((place(&row), row));
    }
    let page = |owner| Page::from_rows(found.remove(owner).unwrap_or_default(), window);
    Ok(shared.owners.iter().map(page).collect())
}

/// How much each of the owners has, in their order, by one statement; no count is higher than `limit + 1`.
pub(super) async fn counts(mut sql: Sql<'_>, shared: &Shared<'_>, limit: u64) -> Result<Vec<u64>> {
    #[derive(FromQueryResult)]
    struct Count {
        owner_number: i64,
        total: i64,
    }
    let owners = sql.any_of("a.id", shared.owners.iter().copied());
    let from = &shared.from;
    sql.push(format!(
        "SELECT a.id AS owner_number, COUNT(*) AS total FROM {from} AND {owners} GROUP BY a.id"
    ));
    let counts = sql.all::<Count>().await?;
    let found: HashMap<i64, i64> = counts
        .into_iter()
        .map(|count| (count.owner_number, count.total))
        .collect();
    let count = |owner| u64::try_from(found.get(owner).copied().unwrap_or_default()).unwrap_or_default();
    Ok(shared
        .owners
        .iter()
        .map(|owner| count(owner).min(limit.saturating_add(1)))
        .collect())
}

/// A time as a position holds it: text that sorts like the time.
pub(super) fn time_value(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

impl Sort {
    fn range(&self, sql: &mut Sql<'_>, window: &Window) -> Result<String> {
        let after = window.after().map(|place| self.beyond(sql, place, false)).transpose()?;
        let before = window.before().map(|place| self.beyond(sql, place, true)).transpose()?;
        Ok([after, before].into_iter().flatten().collect())
    }

    /// The rows behind `place`, or before it when `reverse` is set. The first half alone is a range of an index.
    fn beyond(&self, sql: &mut Sql<'_>, place: &Position, reverse: bool) -> Result<String> {
        let id = sql.bind(place.id);
        let ties = format!("{} {} {id}", self.id, comparison(self.ties, reverse));
        let Some(key) = &self.by else {
            return Ok(format!(" AND {ties}"));
        };
        let value = key.bind(sql, place)?;
        let (column, beyond) = (key.expression(), comparison(self.direction, reverse));
        Ok(format!(
            " AND {column} {beyond}= {value} AND ({column} {beyond} {value} OR {ties})"
        ))
    }

    fn order(&self, reverse: bool) -> String {
        let ties = format!("{} {}", self.id, word(self.ties, reverse));
        match &self.by {
            Some(key) => format!("{} {}, {ties}", key.expression(), word(self.direction, reverse)),
            None => ties,
        }
    }

    fn tail(&self, sql: &mut Sql<'_>, window: &Window) -> String {
        let order = self.order(window.is_backward());
        // One row more than asked for tells whether there are more.
        let limit = sql.bind_count(window.limit().saturating_add(1));
        let offset = match window.offset() {
            0 => String::new(),
            rows => format!(" OFFSET {}", sql.bind_count(rows)),
        };
        format!(" ORDER BY {order} LIMIT {limit}{offset}")
    }
}

impl Key {
    fn expression(&self) -> &str {
        match self {
            Self::Text(expression) => expression,
            Self::Time(column) => column,
        }
    }

    fn bind(&self, sql: &mut Sql<'_>, place: &Position) -> Result<String> {
        let foreign = || Error::Invalid("the cursor belongs to another list".to_owned());
        let value = place.value.as_deref().ok_or_else(foreign)?;
        Ok(match self {
            Self::Text(_) => sql.bind(value),
            Self::Time(_) => sql.bind(value.parse::<DateTime<Utc>>().map_err(|_| foreign())?),
        })
    }
}

fn is_ascending(direction: Direction, reverse: bool) -> bool {
    (direction == Direction::Asc) != reverse
}

fn comparison(direction: Direction, reverse: bool) -> &'static str {
    if is_ascending(direction, reverse) { ">" } else { "<" }
}

fn word(direction: Direction, reverse: bool) -> &'static str {
    if is_ascending(direction, reverse) {
        "ASC"
    } else {
        "DESC"
    }
}
