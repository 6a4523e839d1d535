//! Who may make custom roles and take them away.

use super::members::Hand;
use super::reason::{Verdict, need};

/// Administering the custom roles of a group: its owners.
pub fn administer_roles(hand: &Hand) -> Verdict {
    need(hand.is_owner())
}
