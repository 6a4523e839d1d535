//! Who may add, change and remove members.

use super::reason::{Reason, Verdict, deny_if, need};
use crate::types::{AccessLevel, SourceKind, UserType};

/// Who acts, as far as it matters at one group or project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hand {
    /// Whether everything is open: an administrator, or roster itself.
    pub admin: bool,
    /// The level there, however come by; without administrators' rights.
    pub level: AccessLevel,
    /// The base level of a custom role in the group or above it that may manage members; groups only.
    pub manages_to: Option<AccessLevel>,
    /// What the actor's custom roles there permit.
    pub permissions: Vec<String>,
}

/// The group or project it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which of the two.
    pub kind: SourceKind,
    /// Whether a directory decides who is a member.
    pub ldap_synced: bool,
    /// Whether the project's own group forbids adding members one by one.
    pub membership_lock: bool,
}

/// The member it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Target {
    /// The level of the row.
    pub level: AccessLevel,
    /// What kind of account.
    pub user_type: UserType,
    /// Whether it is the actor in person.
    pub is_self: bool,
    /// Whether no owner that counts would be left without the row.
    pub last_owner: bool,
    /// Whether the directory made the row.
    pub ldap: bool,
    /// Whether the row is freed from the directory.
    pub overridden: bool,
    /// Whether it is a member by owning the namespace, without a row.
    pub personal_owner: bool,
}

impl Hand {
    /// Whether the actor acts as an owner.
    pub fn is_owner(&self) -> bool {
        self.admin || self.level == AccessLevel::Owner
    }

    /// Administers the members there, if not all of them.
    pub(super) fn manages(&self, place: Place) -> bool {
        match place.kind {
            SourceKind::Group => self.is_owner() || self.manages_to.is_some(),
            SourceKind::Project => self.admin || self.level >= AccessLevel::Maintainer,
        }
    }

    /// The highest level of a member whom the actor manages.
    pub fn manages_up_to(&self, place: &Place) -> AccessLevel {
        match (place.kind, self.manages_to) {
            _ if self.is_owner() => AccessLevel::Owner,
            (SourceKind::Group, Some(base)) => base,
            _ => self.level,
        }
    }

    fn manages_whom(&self, place: Place, target: &Target) -> Verdict {
        deny_if(target.level > self.manages_up_to(&place), Reason::MemberAboveOwn)
    }
}

/// Administering members there at all.
pub fn manage(hand: &Hand, place: &Place) -> Verdict {
    need(hand.manages(*place))
}

/// Adding a member of this kind.
///
/// A synced group takes nobody by hand but service accounts, and those from its owners.
pub fn add(hand: &Hand, place: &Place, user_type: UserType) -> Verdict {
    need(hand.manages(*place))?;
    let by_hand = user_type == UserType::ServiceAccount && hand.is_owner();
    deny_if(place.ldap_synced && !by_hand, Reason::LdapSynced)
}

/// Giving the level to a member who has `present` there already, or to a new one.
pub fn give(hand: &Hand, place: &Place, level: AccessLevel, present: Option<AccessLevel>) -> Verdict {
    let own = hand.manages_up_to(place);
    let allowed = match level {
        _ if hand.admin => true,
        // Only owners of a project make owners of it, and it is they who hold that level.
        AccessLevel::Planner => hand.is_owner() || hand.level == AccessLevel::Planner,
        level => level <= own || present.is_some_and(|present| level <= present),
    };
    deny_if(!allowed, Reason::LevelAboveOwn)
}

/// Giving a custom role: only who can do all that it permits.
pub fn give_role(hand: &Hand, permissions: &[String]) -> Verdict {
    let has = |permission: &String| hand.permissions.contains(permission);
    deny_if(!hand.is_owner() && !permissions.iter().all(has), Reason::RoleAboveOwn)
}

/// Changing a member's row. Giving the level is asked apart.
pub fn update(hand: &Hand, place: &Place, target: &Target) -> Verdict {
    need(hand.manages(*place))?;
    deny_if(target.personal_owner, Reason::PersonalOwner)?;
    deny_if(is_bot(target.user_type), Reason::Bot)?;
    deny_if(target.last_owner, Reason::LastOwner)?;
    deny_if(target.ldap && !target.overridden, Reason::LdapRow)?;
    hand.manages_whom(*place, target)
}

/// Removing a member. Everybody may leave.
pub fn remove(hand: &Hand, place: &Place, target: &Target) -> Verdict {
    need(target.is_self || hand.manages(*place))?;
    deny_if(target.personal_owner, Reason::PersonalOwner)?;
    deny_if(is_bot(target.user_type), Reason::Bot)?;
    deny_if(target.last_owner, Reason::LastOwner)?;
    if target.is_self {
        return Ok(());
    }
    let by_hand = target.user_type == UserType::ServiceAccount && hand.is_owner();
    deny_if(place.ldap_synced && !by_hand, Reason::LdapSynced)?;
    hand.manages_whom(*place, target)
}

/// Freeing a row from the directory, or binding it again: for owners of synced groups.
pub fn set_override(hand: &Hand, place: &Place) -> Verdict {
    need(place.kind == SourceKind::Group && place.ldap_synced && hand.is_owner())
}

/// Bots come and go with the token they belong to. A service account is a member like any other.
pub(super) const fn is_bot(user_type: UserType) -> bool {
    matches!(user_type, UserType::ProjectBot | UserType::GroupBot)
}
