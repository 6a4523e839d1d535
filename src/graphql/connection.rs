//! Relay connections: one shape for every list of the graph.
//!
//! A resolver looks ahead: rows are read only when some are selected, and are counted only when the count is.

use std::borrow::Cow;
use std::future::{Future, ready};
use std::sync::Arc;

use async_graphql::{Context, Object, OutputType, SimpleObject, TypeName, Value};

use super::cursor;
use crate::domain::{Error, Page, Position, Result, Window};

/// Rows a page when none are named, and at most.
const PAGE_SIZE: u64 = 100;

/// Counts as no limit at all, and fits into every column.
const UNLIMITED: u64 = i32::MAX as u64;

/// One page of a list.
#[derive(Debug)]
pub struct Connection<N> {
    edges: Vec<Edge<N>>,
    has_next: bool,
    has_previous: bool,
    /// Counted as far as the furthest `count` of the document asks.
    count: u64,
}

/// One row of a list with its place.
#[derive(Debug)]
pub struct Edge<N> {
    sort: Arc<str>,
    place: Position,
    node: N,
}

/// Where a page lies in its list.
#[derive(Debug, SimpleObject)]
#[graphql(shareable)]
pub struct PageInfo {
    /// Whether rows follow the page.
    has_next_page: bool,
    /// Whether rows come before the page.
    has_previous_page: bool,
    /// Cursor of the first row of the page; null when it has none.
    start_cursor: Option<String>,
    /// Cursor of the last row of the page; null when it has none.
    end_cursor: Option<String>,
}

impl<N: OutputType> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }
}

impl<N: OutputType> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

/// One page of a list. Nothing that you may not see is in it.
#[Object(name_type)]
impl<N: OutputType + 'static> Connection<N> {
    /// How many rows the whole list has, whatever the page; counted only when it is selected.
    fn count(
        &self,
        #[graphql(desc = "Where to stop counting: the answer is at most one more than this. Absent: count all.")] limit: Option<i32>,
    ) -> Result<u64> {
        Ok(self.count.min(count_limit(limit)?.saturating_add(1)))
    }

    /// The rows of the page.
    fn nodes(&self) -> Vec<&N> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// The rows of the page, each with its cursor.
    fn edges(&self) -> &[Edge<N>] {
        &self.edges
    }

    /// Where the page lies in the list.
    fn page_info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: self.edges.first().map(Edge::encode),
            end_cursor: self.edges.last().map(Edge::encode),
        }
    }
}

/// A row of a list and its place in it.
#[Object(name_type)]
impl<N: OutputType + 'static> Edge<N> {
    /// The place of the row, for `after` and `before`; opaque, and good for this sort order only.
    fn cursor(&self) -> String {
        self.encode()
    }

    /// The row.
    fn node(&self) -> &N {
        &self.node
    }
}

impl<N> Edge<N> {
    fn encode(&self) -> String {
        cursor::encode(&self.sort, &self.place)
    }
}

/// The four arguments that every connection takes.
#[derive(Clone, Debug, Default)]
pub struct Paging {
    /// Rows from the start.
    pub first: Option<i32>,
    /// Only rows behind this cursor.
    pub after: Option<String>,
    /// Rows from the end.
    pub last: Option<i32>,
    /// Only rows before this cursor.
    pub before: Option<String>,
}

impl Paging {
    /// The part of a list sorted by `sort` that is asked for.
    ///
    /// # Errors
    /// `Invalid` for a negative number, both `first` and `last`, or a cursor that is not of such a list.
    pub fn window(&self, sort: &str) -> Result<Window> {
        let limit = match (self.first, self.last) {
            (Some(_), Some(_)) => return Err(Error::Invalid("first and last cannot be combined".to_owned())),
            (first, last) => rows("first", first)?.or(rows("last", last)?).unwrap_or(PAGE_SIZE),
        };
        let place = |name, cursor: &Option<String>| {
            let cursor = cursor.as_deref().filter(|cursor| !cursor.is_empty());
            cursor.map(|cursor| cursor::decode(name, sort, cursor)).transpose()
        };
        Ok(Window::Keyset {
            limit: limit.min(PAGE_SIZE),
            after: place("after", &self.after)?,
            before: place("before", &self.before)?,
            backward: self.last.is_some(),
        })
    }
}

fn rows(name: &str, number: Option<i32>) -> Result<Option<u64>> {
    let negative = |_| Error::Invalid(format!("{name} must not be negative"));
    number.map(|number| u64::try_from(number).map_err(negative)).transpose()
}

fn count_limit(limit: Option<i32>) -> Result<u64> {
    Ok(rows("limit", limit)?.unwrap_or(UNLIMITED))
}

/// A list that a connection can show.
pub struct List<P, C> {
    /// The word of its order.
    pub sort: String,
    /// Reads a page of it.
    pub page: P,
    /// Counts it up to a limit.
    pub count: C,
}

/// Reads what the document selects of a list: a page, a count, both or neither.
///
/// # Errors
/// `Invalid` as [`Paging::window`]; else those of the list.
pub async fn connect<T, N, PageOf, Pages, CountOf, Counts>(
    ctx: &Context<'_>,
    paging: &Paging,
    list: List<PageOf, CountOf>,
    node: impl Fn(T) -> N,
) -> Result<Connection<N>>
where
    PageOf: FnOnce(Window) -> Pages,
    Pages: Future<Output = Result<Page<T>>>,
    CountOf: FnOnce(u64) -> Counts,
    Counts: Future<Output = Result<u64>>,
{
    let window = paging.window(&list.sort)?;
    let selected = Selected::below(ctx)?;
    let page = async {
        if selected.rows {
            (list.page)(window).await
        } else {
            Ok(Page::empty())
        }
    };
    let count = async {
        match selected.count_to {
            Some(limit) => (list.count)(limit).await,
            None => Ok(0),
        }
    };
    let (page, count) = futures_util::try_join!(page, count)?;
    let sort: Arc<str> = list.sort.into();
    let edge = |(place, row)| Edge {
        sort: Arc::clone(&sort),
        place,
        node: node(row),
    };
    Ok(Connection {
        edges: page.items.into_iter().map(edge).collect(),
        has_next: page.has_next,
        has_previous: page.has_previous,
        count,
    })
}

/// The same of a short list that is read as a whole: names, numbers and rows, sorted by name and then by number.
///
/// # Errors
/// As [`connect`].
pub async fn connect_whole<T, N>(
    ctx: &Context<'_>,
    paging: &Paging,
    sort: &str,
    rows: impl Future<Output = Result<Vec<(String, i64, T)>>>,
    node: impl Fn(T) -> N,
) -> Result<Connection<N>> {
    let mut rows = rows.await?;
    rows.sort_by(|(name, id, _), (other_name, other_id, _)| (name, id).cmp(&(other_name, other_id)));
    let total = rows.len() as u64;
    let placed = rows
        .into_iter()
        .map(|(name, id, row)| (Position { value: Some(name), id }, row))
        .collect();
    let by_name = |a: &Position, b: &Position| (&a.value, a.id).cmp(&(&b.value, b.id));
    let list = List {
        sort: sort.to_owned(),
        page: |window: Window| ready(Ok(Page::cut(placed, &window, by_name))),
        count: |_| ready(Ok(total)),
    };
    connect(ctx, paging, list, node).await
}

/// What the document selects of a connection.
struct Selected {
    rows: bool,
    count_to: Option<u64>,
}

impl Selected {
    fn below(ctx: &Context<'_>) -> Result<Self> {
        let ahead = ctx.look_ahead();
        let mut count_to = None;
        for field in ahead.field("count").selection_fields() {
            // Arguments that do not parse are reported by the field itself.
            let arguments = field.arguments().unwrap_or_default();
            let limit = arguments.into_iter().find(|(name, _)| name == "limit");
            let limit = match limit {
                Some((_, Value::Number(limit))) => limit.as_i64().and_then(|limit| i32::try_from(limit).ok()),
                _ => None,
            };
            count_to = count_to.max(Some(count_limit(limit)?));
        }
        Ok(Self {
            rows: ["nodes", "edges", "pageInfo"]
                .iter()
                .any(|name| ahead.field(name).exists()),
            count_to,
        })
    }
}

/// The value of a field that can be null. A fault becomes an error and a null of this field alone.
pub type Nullable<T> = Option<Result<T>>;

/// What a hidden thing looks like in the graph: null, and no error.
pub trait Border<T> {
    /// `None` for what is missing, hidden, or not this caller's to list; other errors stay.
    fn or_null(self) -> Nullable<T>;
}

impl<T> Border<T> for Result<T> {
    fn or_null(self) -> Nullable<T> {
        match self {
            Err(Error::Unauthenticated | Error::Forbidden(_) | Error::NotTopLevel | Error::NotFound(_)) => None,
            found => Some(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Position {
        Position {
            value: Some("ann \"a\" \u{e4}".to_owned()),
            id: -7,
        }
    }

    fn refused(paging: &Paging) -> String {
        match paging.window("Name(Asc)") {
            Err(Error::Invalid(text)) => text,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_cursor_of_another_order_is_refused() {
        let after = Some(cursor::encode("Name(Desc)", &place()));
        let paging = Paging {
            after,
            ..Paging::default()
        };
        assert_eq!(refused(&paging), "after is a cursor of another sort order");
    }

    #[test]
    fn a_cursor_that_differs_in_one_character_is_refused() {
        let cursor = cursor::encode("Name(Asc)", &place());
        for index in 0..cursor.len() {
            let mut forged = cursor.clone().into_bytes();
            forged[index] = if forged[index] == b'A' { b'B' } else { b'A' };
            let before = String::from_utf8(forged).ok();
            let paging = Paging {
                before,
                ..Paging::default()
            };
            assert_eq!(refused(&paging), "before is no cursor of this list");
        }
        for forged in ["x", "WyJOYW1lKEFzYykiLDEsbnVsbF0", "%%%", "null"] {
            let after = Some(forged.to_owned());
            let paging = Paging {
                after,
                ..Paging::default()
            };
            assert_eq!(refused(&paging), "after is no cursor of this list");
        }
    }

    #[test]
    fn a_page_has_a_hundred_rows_unless_fewer_are_asked_for() {
        let limit = |first, last| {
            let paging = Paging {
                first,
                last,
                ..Paging::default()
            };
            paging
                .window("Id")
                .map(|window| (window.limit(), window.is_backward()))
                .ok()
        };
        assert_eq!(limit(None, None), Some((100, false)));
        assert_eq!(limit(Some(101), None), Some((100, false)));
        assert_eq!(limit(Some(0), None), Some((0, false)));
        assert_eq!(limit(None, Some(3)), Some((3, true)));
        assert_eq!(limit(Some(1), Some(1)), None);
    }

    #[test]
    fn a_negative_number_of_rows_is_refused_by_its_name() {
        let first = Paging {
            first: Some(-1),
            ..Paging::default()
        };
        let last = Paging {
            last: Some(-1),
            ..Paging::default()
        };
        assert_eq!(refused(&first), "first must not be negative");
        assert_eq!(refused(&last), "last must not be negative");
    }
}
