//! Who may share a group or project with a group, and take that back.

use super::members::Hand;
use super::reason::{Reason, Verdict, deny_if, need};
use crate::types::{AccessLevel, SourceKind};

/// The two ends of a link that is to be made, as far as rights go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// What is shared.
    pub kind: SourceKind,
    /// The actor's level in the invited group, however come by; without administrators' rights.
    pub level_in_invited: AccessLevel,
    /// Whether the hierarchy of what is shared keeps links inside it.
    pub kept_inside: bool,
    /// Whether the invited group lies in that hierarchy.
    pub inside: bool,
}

/// Having a say in whom it is shared with at all: for maintainers of a project. Of a group nothing is said here.
pub fn administer_shares(hand: &Hand, kind: SourceKind) -> Verdict {
    need(kind == SourceKind::Group || hand.admin || hand.level >= AccessLevel::Maintainer)
}

/// Sharing it, with whomever. `locked`: the group of the project suspends the links of its projects.
///
/// The lock is told to maintainers, too, who may not share: GitLab looks at it first.
pub fn share(hand: &Hand, kind: SourceKind, locked: bool) -> Verdict {
    deny_if(kind == SourceKind::Project && locked, Reason::ShareLocked)?;
    need(hand.is_owner())
}

/// Sharing it with this group, which the actor sees. A project goes only to groups in which the actor has a role.
pub fn share_with(hand: &Hand, ends: &Ends) -> Verdict {
    let stranger = ends.kind == SourceKind::Project && !hand.admin && !ends.level_in_invited.grants();
    deny_if(stranger, Reason::NoRoleInGroup)?;
    deny_if(ends.kept_inside && !ends.inside, Reason::OutsideHierarchy)
}

/// Taking a link back: for owners; of a project also for its maintainers who own the invited group.
pub fn unshare(hand: &Hand, kind: SourceKind, owns_invited: bool) -> Verdict {
    administer_shares(hand, kind)?;
    match kind {
        SourceKind::Group => need(hand.is_owner()),
        SourceKind::Project => deny_if(!hand.is_owner() && !owns_invited, Reason::LinkOfOwners),
    }
}
