//! Namespaces: groups and personal ones alike, for clients that ask where something can be put.

mod find;

use sea_orm::FromQueryResult;

use crate::types::{NamespaceId, NamespaceKind};

pub use find::{count, get, page};

/// A namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// Its number: the group's, or 1,000,000,000 and the user's.
    pub id: NamespaceId,
    /// Whose it is: a group's or a user's.
    pub kind: NamespaceKind,
    /// Its own name.
    pub name: String,
    /// Last part of the full path.
    pub path: String,
    /// `acme/tools`
    pub full_path: String,
    /// The group above.
    pub parent_id: Option<NamespaceId>,
    /// How much is in it; of groups, for their owners.
    pub size: Option<Size>,
}

/// How much is in a group and all below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Size {
    /// People and bots with a membership in one of the groups, each once.
    pub members: i64,
    /// Projects.
    pub projects: i64,
}

/// Which namespaces are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A part of the name or the path, whatever the case; blank for all.
    pub search: Option<String>,
    /// Whether a part of the full path will do as well.
    pub in_full_path: bool,
    /// Only one's own and the groups that one owns by a row, for administrators too.
    pub owned: bool,
    /// Only those that lie in no other.
    pub top_level: bool,
}
