//! Groups: lists of them, and making, changing and removing one. A single one comes from [`standing`](super::standing).

mod abilities;
mod below;
mod create;
mod delete;
mod find;
mod settings;
mod update;

use super::keyset::{Key, Sort};
use super::members::Direction;
use super::standing::Group;
use super::{Actor, Position};
use crate::types::{AccessLevel, AncestorPath, GroupId, Visibility};

pub use abilities::{Abilities, abilities};
pub use below::{descendant_counts, descendants};
pub use create::{NewGroup, create};
pub use delete::delete;
pub(in crate::domain) use find::search;
pub use find::{count, page};
pub use settings::Settings;
pub use update::{GroupChange, update};

/// The row of `counters` that gives groups their numbers.
const GROUPS: &str = "groups";

/// How wide a list of groups is to begin with. Anonymous callers have no roles: to them every scope is what is public.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Every group that the actor sees.
    #[default]
    Visible,
    /// The groups in which, or in a project of which, the actor has a role, and all groups above them: those are named in the list although
    /// they may be closed to the actor.
    Roles,
    /// The two together.
    Available,
}

impl Scope {
    /// The scope of GitLab's `all_available` parameter, which may be absent.
    pub fn of_parameter(actor: &Actor, all_available: Option<bool>) -> Self {
        match all_available {
            None if actor.is_admin() => Self::Visible,
            Some(true) => Self::Available,
            None | Some(false) => Self::Roles,
        }
    }
}

/// What narrows a list of groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// How wide it is to begin with.
    pub scope: Scope,
    /// Only these.
    pub ids: Option<Vec<i64>>,
    /// Not these.
    pub not_ids: Vec<i64>,
    /// Only those directly in this group.
    pub parent: Option<GroupId>,
    /// Only those anywhere below this one.
    pub below: Option<AncestorPath>,
    /// Only those at the top.
    pub top_level: bool,
    /// Only those of which the actor is an owner by a row of their own.
    pub owned: bool,
    /// Only those in which the actor has this level or more, by a row of their own or of a group above; anonymous callers: ignored.
    pub min_access_level: Option<AccessLevel>,
    /// A part of the name or path and, unless the list is one below a group, of the full ones. Blank for all.
    pub search: Option<String>,
    /// Only these.
    pub visibility: Option<Visibility>,
}

/// What groups are sorted by. Ties are broken by number, ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The number.
    Id(Direction),
    /// The name, whatever the case.
    Name(Direction),
    /// The last part of the path, whatever the case.
    Path(Direction),
}

impl Default for Order {
    fn default() -> Self {
        Self::Name(Direction::Asc)
    }
}

impl Order {
    /// The word that a cursor carries, so that one of another order can be refused.
    pub fn word(self) -> String {
        format!("{self:?}")
    }

    pub(in crate::domain) fn sort(self) -> Sort {
        let (by, direction, ties) = match self {
            Self::Id(direction) => (None, direction, direction),
            Self::Name(direction) => (Some("g.name_key"), direction, Direction::Asc),
            Self::Path(direction) => (Some("LOWER(g.path)"), direction, Direction::Asc),
        };
        Sort {
            by: by.map(|expression| Key::Text(expression.to_owned())),
            id: "g.id",
            direction,
            ties,
        }
    }

    pub(in crate::domain) fn place(self, group: &Group) -> Position {
        let value = match self {
            Self::Id(_) => None,
            Self::Name(_) => Some(group.name_key.clone()),
            // As the databases fold it: their LOWER knows ASCII only, as paths do.
            Self::Path(_) => Some(group.path.to_ascii_lowercase()),
        };
        Position { value, id: group.id.0 }
    }
}
