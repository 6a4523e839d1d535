//! The types of the graph: thin clothes around what the domain answers, one file a subject.

mod access_level;
mod access_request;
mod audit_event;
mod billable_member;
mod effective_access;
mod group;
mod invitation;
mod member;
mod member_approval;
mod member_list;
mod node;
mod pending_member;
mod project;
mod role;
mod seat_preview;
mod seat_usage;
mod share;
mod user;

pub use access_level::{AccessLevel, AccessLevelEnum, MemberAccessLevel};
pub use access_request::AccessRequest;
pub use audit_event::AuditEvent;
pub use billable_member::{BillableMember, BillableMemberSort, BillableMembershipType};
pub use effective_access::{AccessGrant, AccessGrantKind, EffectiveAccess, GrantIgnoredReason};
pub use group::Group;
pub use invitation::{Invitation, InvitationInterface, InvitationSort, InvitationState};
pub use member::{GroupMember, GroupMemberPermissions, MemberInterface, ProjectMember};
pub use member_approval::MemberApproval;
pub use member_list::{GroupMemberRelation, MemberSort, MembershipState, ProjectMemberRelation};
pub use node::{MemberSource, Node};
pub use pending_member::{PendingGroupMember, PendingMemberInterface, PendingProjectMember};
pub use project::Project;
pub use role::MemberRole;
pub use seat_preview::{PreviewBillableUserChange, SeatChangeInput, SeatPreview, SubscriptionsUserRole};
pub use seat_usage::{SeatBucket, SeatUsage};
pub use share::{Share, ShareTarget};
pub use user::{CurrentUser, User, UserCore, UserState};
