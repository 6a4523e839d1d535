//! One kind of page for both faces: REST's numbered pages and the graph's cursors are windows into the same total order.

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// A numbered page. `page` counts from 1.
    Offset {
        /// Number of the page.
        page: u64,
        /// Rows a page, 1 to 100.
        per_page: u64,
    },
    /// The rows after or before a position.
    Keyset {
        /// Rows at most, 0 to 100.
        limit: u64,
        /// Only rows behind this one.
        after: Option<Position>,
        /// Only rows before this one.
        before: Option<Position>,
        /// Take the rows from the end of the list; they still come in the list's order.
        backward: bool,
    },
}

impl Window {
    /// The first `limit` rows.
    pub const fn first(limit: u64) -> Self {
        Self::Keyset {
            limit,
            after: None,
            before: None,
            backward: false,
        }
    }

    /// Rows at most.
    pub const fn limit(&self) -> u64 {
        match self {
            Self::Offset { per_page, .. } => *per_page,
            Self::Keyset { limit, .. } => *limit,
        }
    }

    /// Rows to pass over.
    pub const fn offset(&self) -> u64 {
        match self {
            Self::Offset { page, per_page } => page.saturating_sub(1).saturating_mul(*per_page),
            Self::Keyset { .. } => 0,
        }
    }

    /// Whether the rows are taken from the end.
    pub const fn is_backward(&self) -> bool {
        matches!(self, Self::Keyset { backward: true, .. })
    }

    /// The position behind which rows count.
    pub const fn after(&self) -> Option<&Position> {
        match self {
            Self::Keyset { after, .. } => after.as_ref(),
            Self::Offset { .. } => None,
        }
    }

    /// The position before which rows count.
    pub const fn before(&self) -> Option<&Position> {
        match self {
            Self::Keyset { before, .. } => before.as_ref(),
            Self::Offset { .. } => None,
        }
    }
}

/// A place in an order: the value the list is sorted by, and the number that breaks ties.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Position {
    /// The sort value as text that sorts like the value; none for an order by number alone, or for a null.
    pub value: Option<String>,
    /// The number.
    pub id: i64,
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows, in the list's order, each with its place.
    pub items: Vec<(Position, T)>,
    /// Whether rows follow.
    pub has_next: bool,
    /// Whether rows come before.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// A list without rows.
    pub const fn empty() -> Self {
        Self {
            items: Vec::new(),
            has_next: false,
            has_previous: false,
        }
    }

    /// The page out of `limit + 1` rows that were read in the window's own direction.
    pub fn from_rows(mut rows: Vec<(Position, T)>, window: &Window) -> Self {
        let limit = usize::try_from(window.limit()).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        if window.is_backward() {
            rows.reverse();
            return Self {
                items: rows,
                has_next: window.before().is_some(),
                has_previous: more,
            };
        }
        let has_previous = window.after().is_some() || window.offset() > 0;
        Self {
            items: rows,
            has_next: more,
            has_previous,
        }
    }

    /// Cuts the window out of the whole list, sorted as `Position`s are by `order`.
    pub fn cut(
        rows: Vec<(Position, T)>,
        window: &Window,
        order: impl Fn(&Position, &Position) -> std::cmp::Ordering,
    ) -> Self {
        let mut rows: Vec<_> = rows
            .into_iter()
            .filter(|(place, _)| window.after().is_none_or(|after| order(place, after).is_gt()))
            .filter(|(place, _)| window.before().is_none_or(|before| order(place, before).is_lt()))
            .collect();
        if window.is_backward() {
            rows.reverse();
        }
        let offset = usize::try_from(window.offset()).unwrap_or(usize::MAX).min(rows.len());
        rows.drain(..offset);
        Self::from_rows(rows, window)
    }

    /// The same page of something else.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(|(place, item)| (place, f(item))).collect(),
            has_next: self.has_next,
            has_previous: self.has_previous,
        }
    }

    /// The same page of something else, without the rows of which there is none.
    pub fn filter_map<U>(self, mut f: impl FnMut(T) -> Option<U>) -> Page<U> {
        let items = self.items.into_iter();
        Page {
            items: items.filter_map(|(place, item)| Some((place, f(item)?))).collect(),
            has_next: self.has_next,
            has_previous: self.has_previous,
        }
    }

    /// The rows without their places.
    pub fn into_rows(self) -> Vec<T> {
        self.items.into_iter().map(|(_, item)| item).collect()
    }
}

/// Lists longer than this are not counted to the end.
pub const COUNT_LIMIT: u64 = 10_000;
