//! Who may say which people of a directory are members.

use super::members::Hand;
use super::reason::{Verdict, need};

/// Seeing, making and removing the directory links of a group, and having it synchronised: for its owners, synced or not.
pub fn administer_links(hand: &Hand) -> Verdict {
    need(hand.is_owner())
}
