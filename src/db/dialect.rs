//! What SQLite and PostgreSQL spell differently in a query, each behind a name.

use sea_orm::DbBackend;

use crate::clock::Clock;

/// The database's spelling, and whose "today" counts.
#[derive(Clone, Debug)]
pub struct Dialect {
    backend: DbBackend,
    clock: Clock,
}

impl Dialect {
    pub(super) fn new(backend: DbBackend, clock: Clock) -> Self {
        Self { backend, clock }
    }

    /// SQLite or PostgreSQL.
    pub fn backend(&self) -> DbBackend {
        self.backend
    }

    /// Whether it is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.backend == DbBackend::Postgres
    }

    /// Today, UTC. It is the database's own clock, so that a replica whose clock is wrong lets nobody in.
    pub fn today(&self) -> String {
        match (self.clock.pinned_today(), self.is_postgres()) {
            (Some(date), true) => format!("DATE '{date}'"),
            (Some(date), false) => format!("'{date}'"),
            // Sessions are set to UTC when they connect.
            (None, _) => "CURRENT_DATE".to_owned(),
        }
    }

    /// The day so many days before today, to be compared with days, and with times: these are before it, or not before its beginning.
    pub fn days_ago(&self, days: i64) -> String {
        let today = self.today();
        if self.is_postgres() {
            format!("({today} - {days})")
        } else {
            format!("DATE({today}, '-{days} days')")
        }
    }

    /// Now. It is the database's own clock, so that replicas agree on it.
    pub fn now(&self) -> String {
        self.from_now("0")
    }

    /// So many seconds from now, or before it: `seconds` is a whole number or its placeholder.
    pub fn from_now(&self, seconds: &str) -> String {
        let pinned = self.clock.pinned().map(|time| time.to_rfc3339());
        if self.is_postgres() {
            let now = pinned.map_or_else(
                || "CURRENT_TIMESTAMP".to_owned(),
                |time| format!("TIMESTAMPTZ '{time}'"),
            );
            format!("({now} + CAST({seconds} AS BIGINT) * INTERVAL '1 second')")
        } else {
            let now = pinned.as_deref().unwrap_or("now");
            // Times are texts there, and compared as such: always with milliseconds, as here.
            format!("STRFTIME('%Y-%m-%dT%H:%M:%f+00:00', '{now}', {seconds} || ' seconds')")
        }
    }

    /// A day as a value: `2026-11-21`.
    pub fn day(&self, day: &str) -> String {
        let word = if self.is_postgres() { "DATE " } else { "" };
        format!("{word}'{day}'")
    }

    /// A point in time as a value: `2026-11-21T00:00:00+00:00`.
    pub fn time(&self, time: &str) -> String {
        let word = if self.is_postgres() { "TIMESTAMPTZ " } else { "" };
        format!("{word}'{time}'")
    }

    /// Has the rows of the table `alias` locked until the end of the transaction; goes to the end of a `SELECT`. On SQLite the whole file is.
    pub fn for_update(&self, alias: &str) -> String {
        if self.is_postgres() {
            format!(" FOR UPDATE OF {alias}")
        } else {
            String::new()
        }
    }

    /// The lower of two numbers.
    pub fn least(&self, a: &str, b: &str) -> String {
        if self.is_postgres() {
            format!("LEAST({a}, {b})")
        } else {
            format!("MIN({a}, {b})")
        }
    }

    /// Whether the text `part` occurs in the text `whole`.
    pub fn contains(&self, whole: &str, part: &str) -> String {
        if self.is_postgres() {
            format!("STRPOS({whole}, {part}) > 0")
        } else {
            format!("INSTR({whole}, {part}) > 0")
        }
    }

    /// The numbers of an ancestor path as a table called `alias` with the column `value`, to stand in a `FROM` behind the table that has the
    /// path. A plain function and not a subquery, because only that may look at its neighbours on both databases.
    pub fn path_ids(&self, path: &str, alias: &str) -> String {
        if self.is_postgres() {
            format!("UNNEST(CAST(STRING_TO_ARRAY(RTRIM({path}, '/'), '/') AS BIGINT[])) AS {alias}(value)")
        } else {
            format!("JSON_EACH('[' || REPLACE(RTRIM({path}, '/'), '/', ',') || ']') AS {alias}")
        }
    }

    /// Joins, to each row of what stands before it in a `FROM`, the numbers that `inner` selects for that row: they are `alias.value`.
    pub fn lateral(&self, inner: &str, column: &str, alias: &str) -> String {
        if self.is_postgres() {
            format!("CROSS JOIN LATERAL (SELECT p.{column} AS value FROM ({inner}) AS p) AS {alias}")
        } else {
            // SQLite knows no LATERAL, but the argument of a table-valued function may look to its left.
            format!("JOIN JSON_EACH((SELECT JSON_GROUP_ARRAY(p.{column}) FROM ({inner}) AS p)) AS {alias}")
        }
    }

    /// `path` lies in `ancestor` or below: a range of an index, unlike `LIKE`.
    pub fn within(&self, path: &str, ancestor: &str) -> String {
        // '0' follows '/', so "1/7/" to "1/70" is everything below 1/7/.
        format!("({path} >= {ancestor} AND {path} < RTRIM({ancestor}, '/') || '0')")
    }
}
