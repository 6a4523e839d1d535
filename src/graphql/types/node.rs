//! What several types have in common.

use async_graphql::{ID, Interface};

use super::{
    AccessLevel, AccessRequest, AuditEvent, BillableMember, EffectiveAccess, Group, GroupMember, Invitation,
    InvitationSort, InvitationState, LdapGroupLink, MemberInterface, MemberRole, PersonalAccessToken, Project,
    ProjectMember, Share, UserCore,
};
use crate::domain::standing::Standing;
use crate::graphql::connection::{Connection, Nullable};
use crate::graphql::ids::UserGid;
use crate::graphql::keys::Asked;
use crate::graphql::scalars::Time;

/// Anything that has a global id, and that `node` finds again by it.
#[derive(Clone, Debug, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id, `gid://gitlab/<Model>/<number>`."))]
pub enum Node {
    /// A user.
    UserCore(UserCore),
    /// A group.
    Group(Group),
    /// A project.
    Project(Project),
    /// A membership in a group.
    GroupMember(GroupMember),
    /// A membership in a project.
    ProjectMember(ProjectMember),
    /// A custom role.
    MemberRole(MemberRole),
    /// An audit event.
    AuditEvent(AuditEvent),
    /// An invitation.
    Invitation(Invitation),
    /// An access request.
    AccessRequest(AccessRequest),
    /// A group or project that is shared with a group.
    Share(Share),
    /// A user who takes a seat.
    BillableMember(BillableMember),
    /// A link of a group with people of a directory.
    LdapGroupLink(LdapGroupLink),
    /// A token by which programs act as a user.
    PersonalAccessToken(PersonalAccessToken),
}

/// A group or a project: whatever can have members. Found only by who may see it.
#[derive(Clone, Debug, Interface)]
#[expect(clippy::duplicated_attributes, reason = "arguments of one type are no duplicates")]
#[graphql(
    field(name = "id", ty = "Option<ID>", desc = "Global id of the group or project."),
    field(name = "full_path", ty = "ID", desc = "Where it lies, such as `acme/tools`."),
    field(name = "name", ty = "Option<String>", desc = "Its own name."),
    field(name = "web_url", ty = "String", desc = "Address of its page."),
    field(
        name = "max_access_level",
        ty = "AccessLevel",
        desc = "Your own level in it, however you came by it; administrators are owners everywhere."
    ),
    field(
        name = "shared_with_groups",
        ty = "async_graphql::Result<Connection<Share>>",
        desc = "The groups that have access to it, of those that you may see: its own shares before those of groups above, older before younger.",
        arg(
            name = "search",
            ty = "Option<String>",
            desc = "A part of the name or path of the invited group."
        ),
        arg(
            name = "inherited",
            ty = "Option<bool>",
            default_with = "Some(false)",
            desc = "Also shares of groups above it that you may see."
        ),
        arg(
            name = "first",
            ty = "Option<i32>",
            desc = "Rows from the start; 100 when absent and at most."
        ),
        arg(name = "after", ty = "Option<String>", desc = "Only rows behind this cursor."),
        arg(
            name = "last",
            ty = "Option<i32>",
            desc = "Rows from the end, at most 100; not with `first`."
        ),
        arg(name = "before", ty = "Option<String>", desc = "Only rows before this cursor.")
    ),
    field(
        name = "audit_events",
        ty = "Nullable<Connection<AuditEvent>>",
        desc = "Who changed its members, newest first; what lies below it has events of its own. All of them for owners, maintainers of a project and \
                administrators, one's own acts for developers and maintainers; null for others.",
        arg(
            name = "created_after",
            ty = "Option<Time>",
            desc = "Only what happened then or later."
        ),
        arg(
            name = "created_before",
            ty = "Option<Time>",
            desc = "Only what happened then or earlier."
        ),
        arg(name = "user_id", ty = "Option<UserGid>", desc = "Only what this user did."),
        arg(
            name = "first",
            ty = "Option<i32>",
            desc = "Rows from the start; 100 when absent and at most."
        ),
        arg(name = "after", ty = "Option<String>", desc = "Only rows behind this cursor."),
        arg(
            name = "last",
            ty = "Option<i32>",
            desc = "Rows from the end, at most 100; not with `first`."
        ),
        arg(name = "before", ty = "Option<String>", desc = "Only rows before this cursor.")
    ),
    field(
        name = "invitations",
        ty = "Nullable<Connection<Invitation>>",
        desc = "The invitations to it that are not accepted, oldest number first; what lies below it has invitations of its own. Null for who does not \
                administer its members, and where a directory decides about them.",
        arg(
            name = "search",
            ty = "Option<String>",
            desc = "Only to this address: the whole of it, whatever the case."
        ),
        arg(
            name = "state",
            ty = "Option<InvitationState>",
            desc = "Only those in this state, accepted ones included; of declined and revoked ones nothing is left."
        ),
        arg(
            name = "sort",
            ty = "Option<InvitationSort>",
            desc = "The order; by number when absent."
        ),
        arg(
            name = "first",
            ty = "Option<i32>",
            desc = "Rows from the start; 100 when absent and at most."
        ),
        arg(name = "after", ty = "Option<String>", desc = "Only rows behind this cursor."),
        arg(
            name = "last",
            ty = "Option<i32>",
            desc = "Rows from the end, at most 100; not with `first`."
        ),
        arg(name = "before", ty = "Option<String>", desc = "Only rows before this cursor.")
    ),
    field(
        name = "access_requests",
        ty = "Nullable<Connection<AccessRequest>>",
        desc = "Who asks for access, oldest request first. Null for others than owners of a group, maintainers and owners of a project, custom roles that \
                manage members, and administrators; and where a directory decides about members.",
        arg(
            name = "search",
            ty = "Option<String>",
            desc = "Words that the name or the user name holds, each of them; or the whole public address."
        ),
        arg(
            name = "first",
            ty = "Option<i32>",
            desc = "Rows from the start; 100 when absent and at most."
        ),
        arg(name = "after", ty = "Option<String>", desc = "Only rows behind this cursor."),
        arg(
            name = "last",
            ty = "Option<i32>",
            desc = "Rows from the end, at most 100; not with `first`."
        ),
        arg(name = "before", ty = "Option<String>", desc = "Only rows before this cursor.")
    ),
    field(
        name = "effective_access",
        ty = "Nullable<EffectiveAccess>",
        desc = "Why a user has the level that they have in it. Null when there is no such user, and for others than those who may list its \
                members and the user in person.",
        arg(name = "user_id", ty = "UserGid", desc = "Whose.")
    )
)]
pub enum MemberSource {
    /// A group.
    Group(Group),
    /// A project.
    Project(Project),
}

impl From<Standing> for MemberSource {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Group(group) => Group::from(*group).into(),
            Standing::Project(project) => Project::from(*project).into(),
        }
    }
}

impl From<Asked> for MemberSource {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Group(group) => Group(group).into(),
            Asked::Project(project) => Project(project).into(),
        }
    }
}

impl From<MemberInterface> for Node {
    fn from(member: MemberInterface) -> Self {
        match member {
            MemberInterface::GroupMember(member) => Self::GroupMember(member),
            MemberInterface::ProjectMember(member) => Self::ProjectMember(member),
        }
    }
}
