//! The types of the graph: thin clothes around what the domain answers, one file a subject.

mod access_level;
mod access_request;
mod audit_event;
mod effective_access;
mod group;
mod invitation;
mod ldap;
mod member;
mod member_approval;
mod member_list;
mod node;
mod project;
mod role;
mod share;
mod user;

pub use access_level::{AccessLevel, AccessLevelEnum, MemberAccessLevel};
pub use access_request::AccessRequest;
pub use audit_event::AuditEvent;
pub use effective_access::{AccessGrant, AccessGrantKind, EffectiveAccess, GrantIgnoredReason};
pub use group::Group;
pub use invitation::{Invitation, InvitationInterface, InvitationSort, InvitationState};
pub use ldap::{LdapGroupLink, LdapSync, LdapSyncState};
pub use member::{GroupMember, GroupMemberPermissions, MemberInterface, ProjectMember};
pub use member_approval::MemberApproval;
pub use member_list::{GroupMemberRelation, MemberSort, MembershipState, ProjectMemberRelation};
pub use node::{MemberSource, Node};
pub use project::Project;
pub use role::MemberRole;
pub use share::{Share, ShareTarget};
pub use user::{CurrentUser, User, UserCore, UserState};
