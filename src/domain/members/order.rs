//! The orders that a list of members can have.

use std::cmp::Ordering;

use crate::domain::Position;

/// Lowest first or highest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Lowest, oldest, A first.
    Asc,
    /// Highest, newest, Z first.
    Desc,
}

/// What members are sorted by. Ties are broken by the number of the user, ascending; nulls come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The number of the row; the order of direct lists.
    Row,
    /// The number of the user; the order of effective lists.
    User,
    /// How well the user matches the search: public address, user name, name, the rest; then by name.
    Match,
    /// The level shown.
    AccessLevel(Direction),
    /// The user's name.
    Name(Direction),
    /// When the row was made.
    Created(Direction),
    /// When the row was last changed.
    Updated(Direction),
    /// The user's newest day with activity.
    LastActivity(Direction),
    /// The end of the membership.
    Expires(Direction),
}

impl Order {
    /// The word that a cursor carries, so that one of another order can be refused.
    pub fn word(self) -> String {
        format!("{self:?}")
    }

    fn direction(self) -> Direction {
        match self {
            Self::Row | Self::User | Self::Match => Direction::Asc,
            Self::AccessLevel(direction)
            | Self::Name(direction)
            | Self::Created(direction)
            | Self::Updated(direction)
            | Self::LastActivity(direction)
            | Self::Expires(direction) => direction,
        }
    }

    /// Compares two places of this order.
    pub fn compare(self, a: &Position, b: &Position) -> Ordering {
        let by_value = match (&a.value, &b.value) {
            (Some(a), Some(b)) => match self.direction() {
                Direction::Asc => a.cmp(b),
                Direction::Desc => b.cmp(a),
            },
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        by_value.then(a.id.cmp(&b.id))
    }
}
