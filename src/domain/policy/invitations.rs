//! Who may invite, and change and take back invitations.

use super::members::{Hand, Place};
use super::reason::{Reason, Verdict, deny_if, need};
use crate::types::AccessLevel;

/// Inviting, and seeing who is invited. Where a directory decides who is a member, nobody does.
pub fn invite(hand: &Hand, place: &Place) -> Verdict {
    need(hand.manages(*place))?;
    deny_if(place.ldap_synced, Reason::LdapSynced)
}

/// Changing or taking back an invitation that gives this level. Giving another is asked apart.
pub fn update_invitation(hand: &Hand, place: &Place, level: AccessLevel) -> Verdict {
    invite(hand, place)?;
    deny_if(level > hand.manages_up_to(place), Reason::MemberAboveOwn)
}
