//! The orders that a list of billable members can have. Each is the walk of one index.

use chrono::{DateTime, NaiveDate, Utc};

use crate::db::Sql;
use crate::domain::members::Direction;
use crate::domain::{Error, Position, Result};

/// What billable members are sorted by. Ties are broken by the number of the user, ascending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// The number of the user.
    #[default]
    User,
    /// The name, whatever the case.
    Name(Direction),
    /// The newest sign-in; who never signed in comes last either way.
    LastSignIn(Direction),
    /// The newest day with activity; who has none comes last when the newest come first. The oldest first is that order from its end.
    LastActivity(Direction),
    /// The highest level.
    AccessLevel(Direction),
    /// When the user first joined.
    FirstJoined(Direction),
}

/// The type of a column that is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A text.
    Text,
    /// A point in time.
    Time,
    /// A day.
    Day,
    /// A number.
    Number,
}

/// A walk: its column, which way, and which way among equals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    pub(super) column: Option<(&'static str, Key)>,
    pub(super) descending: bool,
    pub(super) ties_descending: bool,
}

impl Order {
    /// The word that a cursor carries, so that one of another order can be refused.
    pub fn word(self) -> String {
        format!("{self:?}")
    }

    pub(super) fn walk(self, reverse: bool) -> Walk {
        let (column, direction, ties) = match self {
            Self::User => (None, Direction::Asc, Direction::Asc),
            Self::Name(direction) => (Some(("name_key", Key::Text)), direction, Direction::Asc),
            Self::LastSignIn(Direction::Asc) => {
                (Some(("oldest_sign_in_at", Key::Time)), Direction::Asc, Direction::Asc)
            }
            Self::LastSignIn(direction) => (Some(("newest_sign_in_at", Key::Time)), direction, Direction::Asc),
            Self::LastActivity(direction) => (
                Some(("last_activity_on", Key::Day)),
                direction,
                match direction {
                    Direction::Asc => Direction::Desc,
                    Direction::Desc => Direction::Asc,
                },
            ),
            Self::AccessLevel(direction) => (Some(("access_level", Key::Number)), direction, Direction::Asc),
            Self::FirstJoined(direction) => (Some(("first_joined_at", Key::Time)), direction, Direction::Asc),
        };
        Walk {
            column,
            descending: (direction == Direction::Desc) != reverse,
            ties_descending: (ties == Direction::Desc) != reverse,
        }
    }
}

impl Key {
    /// The value of a position, bound.
    pub(super) fn bind(self, sql: &mut Sql<'_>, place: &Position) -> Result<String> {
        let foreign = || Error::Invalid("the cursor belongs to another list".to_owned());
        let value = place.value.as_deref().ok_or_else(foreign)?;
        Ok(match self {
            Self::Text => sql.bind(value),
            Self::Time => sql.bind(value.parse::<DateTime<Utc>>().map_err(|_| foreign())?),
            Self::Day => sql.bind(value.parse::<NaiveDate>().map_err(|_| foreign())?),
            Self::Number => sql.bind(value.parse::<i32>().map_err(|_| foreign())?),
        })
    }
}
