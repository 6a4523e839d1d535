//! Links that give a group access to a group or project.

mod create;
mod cut;
mod delete;
mod expire;
mod find;
mod groups;
mod list;
mod row;
mod store;

use chrono::{DateTime, NaiveDate, Utc};

use super::journal::Grant;
use super::members::Role;
use super::standing::Group;
use crate::types::{AccessLevel, GroupId, ShareId, Source, SourceKind};

pub use create::{NewShare, create};
pub(super) use cut::cut_off;
pub use delete::{delete, whose};
pub(super) use expire::expire_in;
pub use find::{by_keys, of_group, of_projects};
pub use groups::{Filter, Linked, Shared, count_groups, groups};
pub use list::{List, counts, pages};

/// A link: it gives a group access to a group or project.
#[derive(Clone, Debug)]
pub struct Share {
    /// Its number among links to groups, or among links to projects.
    pub id: ShareId,
    /// The group or project that is shared.
    pub source: Source,
    /// The group that is let in.
    pub invited: GroupId,
    /// The level that nobody gets beyond by this link.
    pub access_level: AccessLevel,
    /// The custom role that it gives.
    pub role: Option<Role>,
    /// The day on which it no longer counts.
    pub expires_at: Option<NaiveDate>,
    /// When it was made; a link is never changed.
    pub created_at: DateTime<Utc>,
    /// Whether it belongs to a group above the one that was asked about.
    pub inherited: bool,
}

/// Which link: the two kinds have numbers of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Whether a group or a project is shared by it.
    pub kind: SourceKind,
    /// Its number.
    pub id: ShareId,
}

/// A link, and the group that it lets in as the actor sees it.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The link.
    pub share: Share,
    /// The group.
    pub group: Group,
}

impl Share {
    /// What it gives at most, as events tell of it.
    fn grant(&self) -> Grant {
        Grant {
            level: self.access_level,
            role: self.role.as_ref().map(|role| (role.id, role.name.clone())),
            expires_at: self.expires_at,
        }
    }

    /// Whether it no longer counts on that day.
    fn has_ended(&self, today: NaiveDate) -> bool {
        self.expires_at.is_some_and(|day| day <= today)
    }

    /// What tells it from all others.
    pub const fn key(&self) -> Key {
        Key {
            kind: self.source.kind(),
            id: self.id,
        }
    }
}
