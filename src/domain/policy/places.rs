//! Who may make, change and remove groups and projects.

use super::members::Hand;
use super::reason::{Verdict, need};
use crate::types::AccessLevel;

/// Making a group at the top: for everybody but external users.
pub fn create_group(admin: bool, external: bool) -> Verdict {
    need(admin || !external)
}

/// Making a group in this one: for its maintainers and owners.
pub fn create_subgroup(hand: &Hand) -> Verdict {
    need(hand.admin || hand.level >= AccessLevel::Maintainer)
}

/// Changing and removing a group: for its owners.
pub fn administer_group(hand: &Hand) -> Verdict {
    need(hand.is_owner())
}

/// Making a project in this group: for its developers and up.
pub fn create_project(hand: &Hand) -> Verdict {
    need(hand.admin || hand.level >= AccessLevel::Developer)
}

/// Making a project in a personal namespace: for its owner, unless external.
pub fn create_personal_project(admin: bool, own: bool, external: bool) -> Verdict {
    need(admin || (own && !external))
}

/// Changing a project: for its maintainers and owners.
pub fn update_project(hand: &Hand) -> Verdict {
    need(hand.admin || hand.level >= AccessLevel::Maintainer)
}

/// Removing a project: for its owners.
pub fn delete_project(hand: &Hand) -> Verdict {
    need(hand.is_owner())
}
