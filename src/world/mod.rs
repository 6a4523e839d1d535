//! The third door: a whole organisation in from a world file, and out into one.
//!
//! Rows are loaded in bulk, past the rules of the domain, so this module checks their shape by itself.

mod directory;
mod error;
mod export;
mod format;
mod import;
mod scan;
mod survey;
#[cfg(test)]
mod tests;
mod value;

use std::fmt;

pub use error::{ExportError, Fault, ImportError};
pub use export::export;
pub use import::{Watcher, import};

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows of the file's lists that are stored.
    pub done: u64,
    /// All of them; 0 while the file is still being read.
    pub total: u64,
}

/// How many rows of each list a world file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// People and bots.
    pub users: u64,
    /// Groups at every level.
    pub groups: u64,
    /// Projects.
    pub projects: u64,
    /// Custom roles.
    pub member_roles: u64,
    /// Memberships, without invitations and requests.
    pub members: u64,
    /// Invitations that nobody has accepted yet.
    pub invitations: u64,
    /// Open access requests.
    pub access_requests: u64,
    /// Links of groups and projects to invited groups.
    pub shares: u64,
}

impl Counts {
    /// All rows together.
    pub fn total(&self) -> u64 {
        self.named().iter().map(|(_, _, count)| count).sum()
    }

    fn named(&self) -> [(&'static str, &'static str, u64); 8] {
        [
            ("user", "users", self.users),
            ("group", "groups", self.groups),
            ("project", "projects", self.projects),
            ("role", "roles", self.member_roles),
            ("membership", "memberships", self.members),
            ("invitation", "invitations", self.invitations),
            ("access request", "access requests", self.access_requests),
            ("share", "shares", self.shares),
        ]
    }
}

/// `1,510 users, 782 groups, 1 project`: what there is none of is left out.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (one, many, count) in self.named() {
            if count > 0 {
                let noun = if count == 1 { one } else { many };
                write!(f, "{separator}{} {noun}", Grouped(count))?;
                separator = ", ";
            }
        }
        if separator.is_empty() {
            f.write_str("nothing")
        } else {
            Ok(())
        }
    }
}

/// A number with a comma before every third digit.
struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1000 {
            write!(f, "{}", self.0)
        } else {
            write!(f, "{},{:03}", Self(self.0 / 1000), self.0 % 1000)
        }
    }
}
