//! Projects: lists of them, and making, changing and removing one. A single one comes from [`standing`](super::standing).

mod create;
mod delete;
mod find;
pub(in crate::domain) mod redirects;
mod update;
mod within;

use super::Position;
use super::keyset::{self, Key, Sort};
use super::members::Direction;
use super::standing::Project;
use crate::types::{AccessLevel, AncestorPath, GroupId, NamespaceId, Visibility};

pub use create::{NewProject, create};
pub use delete::delete;
pub(in crate::domain) use find::search;
pub use find::{count, page};
pub use redirects::moved;
pub use update::{ProjectChange, update};
pub use within::{Within, counts_within, within};

/// Where the projects of a list lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this very namespace, such as a user's own.
    Namespace(NamespaceId),
    /// Anywhere, and shared with this group.
    SharedWith(GroupId),
    /// In a group, or near it.
    Group {
        /// The group.
        id: GroupId,
        /// Its numbers from the top.
        path: AncestorPath,
        /// Also in the groups below it.
        include_subgroups: bool,
        /// Also projects elsewhere that are shared with it (and, where those count, with the groups below it).
        with_shared: bool,
        /// Also in the groups above it.
        include_ancestor_groups: bool,
    },
}

/// What narrows a list of projects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Where they lie.
    pub place: Option<Place>,
    /// Only these.
    pub ids: Option<Vec<i64>>,
    /// Only those with these full paths, whatever the case.
    pub full_paths: Option<Vec<String>>,
    /// Only those in which the actor has a level.
    pub membership: bool,
    /// Only those of which the actor is an owner, in whatever way.
    pub owned: bool,
    /// Only those in which the actor has this level or more.
    pub min_access_level: Option<AccessLevel>,
    /// A part of the name or path. Blank for all.
    pub search: Option<String>,
    /// Only these.
    pub visibility: Option<Visibility>,
    /// Only those with a higher number.
    pub id_after: Option<i64>,
    /// Only those with a lower number.
    pub id_before: Option<i64>,
    /// Only projects that are archived, of which there are none, or only those that are not.
    pub archived: Option<bool>,
}

/// What projects are sorted by. Ties are broken by number, in the same direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The number, which is also the order in which they were made; that of stars too, for there are none.
    Id(Direction),
    /// The name, whatever the case.
    Name(Direction),
    /// The last part of the path, whatever the case.
    Path(Direction),
    /// When it was last changed, which is also its last activity.
    Updated(Direction),
}

impl Default for Order {
    fn default() -> Self {
        Self::Id(Direction::Desc)
    }
}

impl Order {
    /// The word that a cursor carries, so that one of another order can be refused.
    pub fn word(self) -> String {
        format!("{self:?}")
    }

    fn sort(self) -> Sort {
        let (by, direction) = match self {
            Self::Id(direction) => (None, direction),
            Self::Name(direction) => (Some(Key::Text("v.name_key".to_owned())), direction),
            Self::Path(direction) => (Some(Key::Text("LOWER(v.path)".to_owned())), direction),
            Self::Updated(direction) => (Some(Key::Time("v.updated_at")), direction),
        };
        Sort {
            by,
            id: "v.id",
            direction,
            ties: direction,
        }
    }

    fn place(self, project: &Project) -> Position {
        let value = match self {
            Self::Id(_) => None,
            Self::Name(_) => Some(project.name_key.clone()),
            // As the databases fold it: their LOWER knows ASCII only, as paths do.
            Self::Path(_) => Some(project.path.to_ascii_lowercase()),
            Self::Updated(_) => Some(keyset::time_value(project.updated_at)),
        };
        Position {
            value,
            id: project.id.0,
        }
    }
}
