//! A statement under construction: text and values side by side, the same text for both databases wherever they agree.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};

use super::{Conn, Dialect, counter};

/// A statement for one connection. `bind` puts a value in and answers its placeholder, so that text reads in order:
///
/// ```ignore
/// let user = sql.bind(user_id);
/// sql.push(format!("SELECT id FROM members WHERE user_id = {user}"));
/// ```
#[derive(Debug)]
pub struct Sql<'a> {
    conn: Conn<'a>,
    text: String,
    values: Vec<Value>,
}

/// What a column of [`Sql::records`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A whole number.
    Number,
    /// A text.
    Text,
    /// A JSON document, given as text.
    Json,
}

impl<'a> Sql<'a> {
    pub(super) fn new(conn: Conn<'a>) -> Self {
        Self {
            conn,
            text: String::new(),
            values: Vec::new(),
        }
    }

    /// The dialect to write in.
    pub fn dialect(&self) -> &'a Dialect {
        self.conn.dialect
    }

    /// Adds text.
    pub fn push(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.text.push_str(text.as_ref());
        self
    }

    /// Adds a value and answers the placeholder that stands for it.
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Binds a number of rows; one that is higher than the databases know is the highest that they do.
    pub fn bind_count(&mut self, rows: u64) -> String {
        self.bind(i64::try_from(rows).unwrap_or(i64::MAX))
    }

    /// `column` is one of `ids`. One placeholder however many there are: a text for each length would thrash the statement cache.
    pub fn any_of(&mut self, column: &str, ids: impl IntoIterator<Item = i64>) -> String {
        let list = self.bind_json(&ids.into_iter().collect::<Vec<_>>());
        if self.dialect().is_postgres() {
            format!(
                "{column} IN (SELECT CAST(j.value AS BIGINT) FROM JSONB_ARRAY_ELEMENTS_TEXT(CAST({list} AS JSONB)) AS j(value))"
            )
        } else {
            format!("{column} IN (SELECT value FROM JSON_EACH({list}))")
        }
    }

    /// `column` is one of `words`.
    pub fn any_word(&mut self, column: &str, words: &[String]) -> String {
        let list = self.bind_json(words);
        if self.dialect().is_postgres() {
            format!("{column} IN (SELECT j.value FROM JSONB_ARRAY_ELEMENTS_TEXT(CAST({list} AS JSONB)) AS j(value))")
        } else {
            format!("{column} IN (SELECT value FROM JSON_EACH({list}))")
        }
    }

    fn bind_json<T: serde::Serialize + ?Sized>(&mut self, list: &T) -> String {
        self.bind(serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned()))
    }

    /// A table of numbers, one row an entry of `rows`, with `columns` as names: goes into a `WITH` or a `FROM`.
    pub fn table(&mut self, columns: &[&str], rows: &[Vec<Option<i64>>]) -> String {
        let list = self.bind_json(rows);
        let cell = |index: usize, name: &str| {
            if self.dialect().is_postgres() {
                format!("CAST(j.row ->> {index} AS BIGINT) AS {name}")
            } else {
                format!("j.value ->> {index} AS {name}")
            }
        };
        let cells: Vec<_> = columns
            .iter()
            .enumerate()
            .map(|(index, name)| cell(index, name))
            .collect();
        if self.dialect().is_postgres() {
            format!(
                "(SELECT {} FROM JSONB_ARRAY_ELEMENTS(CAST({list} AS JSONB)) AS j(row))",
                cells.join(", ")
            )
        } else {
            format!("(SELECT {} FROM JSON_EACH({list}) AS j)", cells.join(", "))
        }
    }

    /// A table of cells of any kind, one row an entry of `rows`, which are lists; the column `place` counts them. Goes into a `WITH` or a `FROM`.
    pub fn records(&mut self, columns: &[(&str, Cell)], rows: &[serde_json::Value]) -> String {
        let list = self.bind_json(rows);
        let postgres = self.dialect().is_postgres();
        let cell = |(index, (name, cell)): (usize, &(&str, Cell))| match (cell, postgres) {
            (Cell::Number, true) => format!("CAST(j.row ->> {index} AS BIGINT) AS {name}"),
            (Cell::Json, true) => format!("CAST(j.row ->> {index} AS JSONB) AS {name}"),
            (Cell::Text, true) => format!("j.row ->> {index} AS {name}"),
            (_, false) => format!("j.value ->> {index} AS {name}"),
        };
        let cells: Vec<_> = columns.iter().enumerate().map(cell).collect();
        let cells = cells.join(", ");
        if postgres {
            format!(
                "(SELECT {cells}, j.place FROM JSONB_ARRAY_ELEMENTS(CAST({list} AS JSONB)) WITH ORDINALITY AS j(row, place))"
            )
        } else {
            format!("(SELECT {cells}, j.key AS place FROM JSON_EACH({list}) AS j)")
        }
    }

    /// The rows, read into `T`.
    pub async fn all<T: FromQueryResult>(self) -> Result<Vec<T>, DbErr> {
        let conn = self.conn;
        let rows = conn.query_all_raw(self.into_statement()).await?;
        counter::rows(rows.len());
        rows.iter().map(|row| T::from_query_result(row, "")).collect()
    }

    /// The first row, if there is one.
    pub async fn one<T: FromQueryResult>(self) -> Result<Option<T>, DbErr> {
        let conn = self.conn;
        let row = conn.query_one_raw(self.into_statement()).await?;
        counter::rows(usize::from(row.is_some()));
        row.map(|row| T::from_query_result(&row, "")).transpose()
    }

    /// One number out of a row that is always there, such as a count.
    pub async fn number(self) -> Result<i64, DbErr> {
        let conn = self.conn;
        let row = conn.query_one_raw(self.into_statement()).await?;
        counter::rows(1);
        row.map_or(Ok(0), |row| row.try_get_by_index(0))
    }

    /// How many rows the statement changed.
    pub async fn run(self) -> Result<u64, DbErr> {
        let conn = self.conn;
        conn.execute_raw(self.into_statement())
            .await
            .map(|done| done.rows_affected())
    }

    fn into_statement(self) -> Statement {
        Statement::from_sql_and_values(self.conn.dialect.backend(), self.text, self.values)
    }
}
