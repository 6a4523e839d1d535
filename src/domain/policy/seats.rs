//! Who may take a user out of a hierarchy.

use super::members::{Hand, Place, is_bot, manage};
use super::reason::{Reason, Verdict, deny_if};
use crate::types::{AccessLevel, UserType};

/// A user who has rows in a hierarchy, all of which are to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seated {
    /// The highest level among the memberships.
    pub level: AccessLevel,
    /// What kind of account.
    pub user_type: UserType,
    /// Whether the top-level group would be left without an owner that counts.
    pub last_owner: bool,
    /// Whether a directory decides about one of the groups.
    pub ldap_synced: bool,
}

/// Having a say in who takes a seat at all. Where a directory decides who is a member nobody has.
pub fn administer_seats(hand: &Hand, place: &Place) -> Verdict {
    manage(hand, place)?;
    deny_if(place.ldap_synced, Reason::LdapSynced)
}

/// Taking everything away that the user has in the hierarchy. It is all or nothing, also for who is meant in person.
pub fn vacate(hand: &Hand, place: &Place, seated: &Seated) -> Verdict {
    administer_seats(hand, place)?;
    deny_if(seated.ldap_synced, Reason::LdapSynced)?;
    deny_if(is_bot(seated.user_type), Reason::Bot)?;
    deny_if(seated.level > hand.manages_up_to(place), Reason::MemberAboveOwn)?;
    deny_if(seated.last_owner, Reason::LastOwnerGoes)
}
