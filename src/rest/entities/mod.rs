//! The objects of the API as clients see them: fields in GitLab's order, absent and null told apart.

mod access_requester;
mod audit_event;
mod billable_member;
mod billable_membership;
mod group;
mod invitation;
mod ldap_link;
mod member;
mod member_role;
mod namespace;
mod pending_member;
mod personal_access_token;
mod project;
mod several;
mod share;
mod time;
mod user;
mod version;

pub(super) use access_requester::AccessRequester;
pub(super) use audit_event::AuditEvent;
pub(super) use billable_member::BillableMember;
pub(super) use billable_membership::BillableMembership;
pub(super) use group::{Group, GroupDetail, Projects, ShortGroup};
pub(super) use invitation::{Invitation, Invited};
pub(super) use ldap_link::LdapLink;
pub(super) use member::Member;
pub(super) use member_role::MemberRole;
pub(super) use namespace::NamespaceDetail;
pub(super) use pending_member::{PendingMember, Success};
pub(super) use personal_access_token::{NewToken, PersonalAccessToken};
pub(super) use project::{Permissions, Project, ProjectDetail, SimpleProject};
pub(super) use several::Several;
pub(super) use share::{GroupShare, ProjectLink, ProjectShare};
pub(super) use time::Time;
pub(super) use user::{AdminUser, BasicUser, OwnUser, User, UserDetail};
pub(super) use version::Version;
