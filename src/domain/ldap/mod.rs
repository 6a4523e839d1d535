//! Groups whose members come from a directory: the links that name them, and the synchronisation.

mod apply;
mod claim;
mod decide;
mod link;
mod links;
mod queue;
mod request;
mod status;
mod sync;
mod unlink;

use std::fmt;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;

use super::members::Role;
use crate::types::{AccessLevel, GroupId, LdapGroupLinkId, SyncState, UserId};

pub use claim::{Claim, claim_next, fail, give_back};
pub use link::{NewLink, link};
pub use links::{by_ids, counts, links, of_groups, pages, whose};
pub use queue::queue;
pub use request::request;
pub use status::statuses;
pub use sync::{Outcome, sync};
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

    /// Whom it names, and what they get.
    fn terms(&self) -> impl PartialEq + '_ {
        let role = self.role.as_ref().map(|role| role.id);
        (self.id, &self.cn, &self.filter, self.access_level, role)
    }
}

/// How far the synchronisation of a group is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What is under way, or came of the last one.
    pub state: SyncState,
    /// When the last one ended, well or not.
    pub last_finished_at: Option<DateTime<Utc>>,
    /// Why the last one failed; none when it did not.
    pub last_error: Option<String>,
}

/// What a synchronisation did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Who became members, waiting ones too.
    pub added: usize,
    /// Whose rows give something else now, or are the directory's from now on.
    pub changed: usize,
    /// Whose rows are gone.
    pub removed: usize,
    /// Who stayed only as the last owner of the group.
    pub spared: Vec<UserId>,
}

impl Report {
    /// Rows that are not as they were.
    pub fn rows(&self) -> usize {
        self.added + self.changed + self.removed
    }
}

/// Whom a directory is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The members of its groups of this common name.
    Cn(String),
    /// Whoever matches this filter.
    Filter(String),
}

/// A directory of people.
pub trait Directory: fmt::Debug + Send + Sync {
    /// The name by which links and identities know it.
    fn provider(&self) -> &str;

    /// The distinguished names of those who are asked for, in the order of the questions; a group that is not there has none. All of it, or an error.
    fn people(&self, asked: Vec<Asked>) -> BoxFuture<'_, Result<Vec<Vec<String>>, Unread>>;
}

/// Why a directory could not be read to the end. The text is for the owners of the group, and says nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unread(pub String);
