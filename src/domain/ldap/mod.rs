//! Groups whose members come from a directory: the links that name them, and the synchronisation.

mod link;
mod links;
mod unlink;

use super::members::Role;
use crate::types::{AccessLevel, GroupId, LdapGroupLinkId};

pub use link::{NewLink, link};
pub use links::{by_ids, counts, links, pages, whose};
pub use unlink::{Which, unlink};

/// A group of the directory, or a filter, whose people are members of a group.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its number.
    pub id: LdapGroupLinkId,
    /// The group whose members they are.
    pub group: GroupId,
    /// The name of the directory: `ldapmain`.
    pub provider: String,
    /// The common name of the directory's group; none for a filter.
    pub cn: Option<String>,
    /// The filter; none for a group of the directory.
    pub filter: Option<String>,
    /// The level that it gives.
    pub access_level: AccessLevel,
    /// The custom role that it gives.
    pub role: Option<Role>,
}

impl Link {
    /// The name or the filter: how people tell it from others.
    pub fn words(&self) -> &str {
        self.cn.as_deref().or(self.filter.as_deref()).unwrap_or_default()
    }
}
