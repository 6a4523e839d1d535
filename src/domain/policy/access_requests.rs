//! Who may ask for access, and who may answer.

use super::members::{Hand, Place, manage};
use super::reason::{Reason, Verdict, deny_if, need};

/// Who asks, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Asking {
    /// Whether the group or project takes requests, and who asks sees it for another reason than a project in it.
    pub open: bool,
    /// Whether who asks is an administrator, who has all access without asking.
    pub admin: bool,
    /// Whether who asks has a level there, or a row of any kind that is no request: a minimal one, one that waits, one that has ended.
    pub member: bool,
    /// Whether the project's own group forbids adding members one by one.
    pub membership_lock: bool,
    /// Whether who asks has an open request for the project's own group.
    pub asks_group: bool,
}

/// Asking for access oneself.
///
/// A directory does not forbid it: it is asked in vain, until the directory names who asks.
pub fn ask(asking: &Asking) -> Verdict {
    deny_if(asking.member, Reason::HasAccess)?;
    need(asking.open && !asking.admin)?;
    deny_if(asking.membership_lock, Reason::RequestsLocked)?;
    deny_if(asking.asks_group, Reason::AsksGroup)
}

/// Making a member of somebody who asks. Giving the level is asked apart.
pub fn approve(hand: &Hand, place: &Place) -> Verdict {
    manage(hand, place)?;
    deny_if(place.ldap_synced, Reason::LdapSynced)?;
    deny_if(place.membership_lock, Reason::RequestsLocked)
}

/// Denying a request, or withdrawing it: everybody may withdraw.
pub fn deny(hand: &Hand, place: &Place, is_self: bool) -> Verdict {
    if is_self {
        return Ok(());
    }
    manage(hand, place)?;
    deny_if(place.ldap_synced, Reason::LdapSynced)
}
