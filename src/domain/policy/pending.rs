//! Who may see who waits, let them in, and have members wait.
//!
//! Where a directory decides who is a member, nobody does any of it by hand.

use super::members::{Hand, Place, manage};
use super::reason::{Reason, Verdict, deny_if, need};
use crate::types::AccessLevel;

/// The user who is to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspended {
    /// The highest level among what would wait from then on.
    pub level: AccessLevel,
    /// Whether it is the actor in person.
    pub is_self: bool,
    /// Whether the top-level group would be left without an owner that counts.
    pub last_owner: bool,
}

/// Approving who waits in a hierarchy.
pub fn activate(hand: &Hand, place: &Place) -> Verdict {
    need(hand.is_owner())?;
    deny_if(place.ldap_synced, Reason::LdapSynced)
}

/// Making one user's memberships count again. Whoever else manages members is told that it takes an owner.
pub fn set_active(hand: &Hand, place: &Place) -> Verdict {
    administer(hand, *place)?;
    deny_if(!hand.is_owner(), Reason::ApprovedByOwners)
}

/// Having one user wait.
pub fn set_awaiting(hand: &Hand, place: &Place, suspended: &Suspended) -> Verdict {
    administer(hand, *place)?;
    deny_if(suspended.last_owner, Reason::LastOwnerWaits)?;
    deny_if(suspended.is_self, Reason::WaitsByOwnHand)?;
    deny_if(suspended.level > hand.manages_up_to(place), Reason::WaitsAboveOwn)
}

fn administer(hand: &Hand, place: Place) -> Verdict {
    manage(hand, &place)?;
    deny_if(place.ldap_synced, Reason::LdapSynced)
}
