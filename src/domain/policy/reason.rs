//! Why something is refused, in words that both faces can use.

use super::accounts::AccountReason;
use crate::types::SourceKind;

/// What a client's program can tell faults apart by: the graph's `UserErrorCode`, one for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// A text that is needed is not there.
    Blank,
    /// A value has the wrong form.
    Invalid,
    /// A name, path or link is in use already.
    Taken,
    /// Something named in the input is not there, or hidden.
    NotFound,
    /// Allowed on the source, but not for this row.
    Forbidden,
    /// Allowed on the source, but not with this level, or not for a member of this level.
    AccessLevelNotAllowed,
    /// The end is before today.
    ExpiresInPast,
    /// Is a member there already.
    AlreadyMember,
    /// Is invited there already.
    AlreadyInvited,
    /// Has a higher level from above.
    InheritedHigherAccess,
    /// The last owner of a group.
    LastOwner,
    /// Membership or sharing is locked.
    MembershipLocked,
    /// The directory decides.
    LdapManaged,
    /// The directory did not make the row, so nothing can be overridden.
    NotOverridable,
    /// No seat is left.
    NoSeats,
    /// Waits for an administrator.
    AwaitingApproval,
    /// More items than one call may have, or more custom roles than one hierarchy.
    TooMany,
    /// Somebody else was faster.
    Conflict,
    /// The key was used for something else.
    IdempotencyKeyReused,
}

/// Why a call is refused although the caller may do such things there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A direct row is there already.
    AlreadyMember,
    /// The group would be left without an owner that counts.
    LastOwner,
    /// The row of a bot is the bot's maker's affair.
    Bot,
    /// The owner of a personal namespace is a member of its projects for good.
    PersonalOwner,
    /// Only the directory adds and removes here.
    LdapSynced,
    /// The directory made the row, and it is not overridden.
    LdapRow,
    /// The directory did not make the row.
    NotLdapRow,
    /// The level is higher than the caller's, or Planner, which only owners and Planners give.
    LevelAboveOwn,
    /// The member has a higher level than the caller may manage.
    MemberAboveOwn,
    /// The custom role can do things that the caller cannot.
    RoleAboveOwn,
    /// Members of the group's projects may not be added one by one.
    MembershipLocked,
    /// The same, of access that is asked for.
    RequestsLocked,
    /// Whoever asks for access has some, or a membership that gives none for now.
    HasAccess,
    /// Whoever asks for access to a project asks for access to its group already.
    AsksGroup,
    /// The group of the project suspends the links of its projects.
    ShareLocked,
    /// The group that a group or project is to be shared with is not there, or hidden.
    NoSuchGroup(SourceKind),
    /// The group that a project is to be shared with is one in which the caller has no role.
    NoRoleInGroup,
    /// Groups and projects of the hierarchy are shared inside it only.
    OutsideHierarchy,
    /// A group with itself, or a project with a group that it lies in.
    WithItself(SourceKind),
    /// A link between the two is there already.
    AlreadyShared(SourceKind),
    /// Members of the invited group may have addresses that the hierarchy does not take.
    OutsideDomains,
    /// The link of a project is for its owners to remove, and for owners of the invited group.
    LinkOfOwners,
    /// There is nothing in the hierarchy that could change its state.
    NothingToSet,
    /// The user whose state is to be set is not there.
    NoSuchUser,
    /// The top-level group would be left without an owner that counts, for the last one would wait.
    LastOwnerWaits,
    /// Nobody has themselves wait.
    WaitsByOwnHand,
    /// Only owners approve who waits.
    ApprovedByOwners,
    /// The member who is to wait has a higher level than the caller may manage.
    WaitsAboveOwn,
    /// The user whose rows are to go has none in the hierarchy, or is not there.
    NoMember,
    /// The top-level group would be left without an owner that counts, for all rows of the last one would go.
    LastOwnerGoes,
    /// Somebody has the custom role, or is invited with it.
    RoleInUse,
    /// The token was taken back, or exchanged for another, before.
    TokenRevoked,
    /// The account is not one to which that is done.
    Account(AccountReason),
}

impl Reason {
    /// The code for programs.
    pub const fn code(self) -> Code {
        match self {
            Self::AlreadyMember | Self::HasAccess => Code::AlreadyMember,
            Self::AsksGroup => Code::AlreadyInvited,
            Self::LastOwner | Self::LastOwnerWaits | Self::LastOwnerGoes => Code::LastOwner,
            Self::Account(reason) => reason.code(),
            Self::Bot
            | Self::PersonalOwner
            | Self::NoRoleInGroup
            | Self::OutsideHierarchy
            | Self::OutsideDomains
            | Self::LinkOfOwners
            | Self::WaitsByOwnHand
            | Self::ApprovedByOwners
            | Self::RoleInUse => Code::Forbidden,
            Self::LdapSynced | Self::LdapRow => Code::LdapManaged,
            Self::NotLdapRow => Code::NotOverridable,
            Self::LevelAboveOwn | Self::MemberAboveOwn | Self::RoleAboveOwn | Self::WaitsAboveOwn => {
                Code::AccessLevelNotAllowed
            }
            Self::MembershipLocked | Self::RequestsLocked | Self::ShareLocked => Code::MembershipLocked,
            Self::NoSuchGroup(_) | Self::NoSuchUser | Self::NothingToSet | Self::NoMember => Code::NotFound,
            Self::WithItself(_) => Code::Invalid,
            Self::TokenRevoked => Code::Conflict,
            Self::AlreadyShared(_) => Code::Taken,
        }
    }

    /// The text for people: GitLab's where it has one.
    pub const fn text(self) -> &'static str {
        match self {
            Self::AlreadyMember => "Member already exists",
            Self::LastOwner => "The last owner of a group can be neither changed nor removed",
            Self::Bot => "The membership of a bot can be neither changed nor removed",
            Self::PersonalOwner => {
                "The owner of a personal namespace can be neither changed nor removed in its projects"
            }
            Self::LdapSynced => "Members of this group are added and removed by LDAP",
            Self::LdapRow => "The membership is managed by LDAP: override it first",
            Self::NotLdapRow => "The membership is not managed by LDAP",
            Self::LevelAboveOwn => "the member access level can't be higher than the current user's one",
            Self::MemberAboveOwn => "The member has a higher access level than you may manage",
            Self::RoleAboveOwn => "The custom role has permissions that you do not have",
            Self::MembershipLocked | Self::RequestsLocked => "Membership is locked for this group",
            Self::HasAccess => "You are a member already",
            Self::AsksGroup => "You have asked for access to the group of the project already",
            Self::ShareLocked => "The project sharing with group is disabled",
            Self::NoSuchGroup(_) => "Group not found",
            Self::NoRoleInGroup => "A project can only be shared with a group in which you have a role",
            Self::OutsideHierarchy => "Sharing with groups outside of the hierarchy is prevented",
            Self::WithItself(SourceKind::Group) => "Group cannot be shared with itself.",
            Self::WithItself(SourceKind::Project) => {
                "Project cannot be shared with the group it is in or one of its ancestors."
            }
            Self::AlreadyShared(SourceKind::Group) => "Shared group The group has already been shared with this group",
            Self::AlreadyShared(SourceKind::Project) => "Project already shared with this group",
            Self::OutsideDomains => {
                "Group Invited group allowed email domains must contain a subset of the allowed email domains of the root ancestor group. \
                 Go to the group's 'Settings &gt; General' page and check 'Restrict membership by email domain'."
            }
            Self::Account(reason) => reason.text(),
            Self::TokenRevoked => "Token already revoked",
            Self::RoleInUse => {
                "Role is assigned to one or more group members. Remove role from all group members, then delete role."
            }
            Self::LinkOfOwners => "Only owners of the project or of the invited group can remove the link",
            Self::NothingToSet => "No memberships found",
            Self::NoSuchUser => "User not found",
            Self::LastOwnerWaits => "The last owner cannot be set to awaiting",
            Self::WaitsByOwnHand => "You cannot set yourself to awaiting",
            Self::ApprovedByOwners => "You do not have permission to approve a member",
            Self::WaitsAboveOwn => "You do not have permission to set a member awaiting",
            Self::NoMember => "No member found for the given user_id",
            Self::LastOwnerGoes => "The last owner cannot be removed",
        }
    }

    /// The text about one of several that were to be added: GitLab says no more than this.
    pub const fn of_item(self) -> &'static str {
        match self {
            Self::LastOwner | Self::Bot | Self::PersonalOwner | Self::LdapRow | Self::MemberAboveOwn => {
                "not authorized to update member"
            }
            Self::LdapSynced => "not authorized to create member",
            Self::LevelAboveOwn | Self::RoleAboveOwn => Self::LevelAboveOwn.text(),
            _ => self.text(),
        }
    }

    /// The field that it is about, by GitLab's name for it.
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::LevelAboveOwn => Some("access_level"),
            Self::RoleAboveOwn => Some("member_role_id"),
            Self::Account(AccountReason::NotByHand) => Some("state"),
            Self::NoSuchGroup(_)
            | Self::NoRoleInGroup
            | Self::OutsideHierarchy
            | Self::WithItself(_)
            | Self::AlreadyShared(_)
            | Self::OutsideDomains => Some("group_id"),
            _ => None,
        }
    }
}

/// What a policy says no with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The actor has no such right there at all.
    NoRight,
    /// The actor has it, but not for this.
    Because(Reason),
}

/// What a policy answers.
pub type Verdict = Result<(), Refusal>;

/// The right itself.
pub(super) const fn need(right: bool) -> Verdict {
    if right { Ok(()) } else { Err(Refusal::NoRight) }
}

/// What no right can do.
pub(super) const fn deny_if(fact: bool, reason: Reason) -> Verdict {
    if fact { Err(Refusal::Because(reason)) } else { Ok(()) }
}
