//! The words of the trade: levels, states, sources, paths, typed numbers.
//!
//! Plain values without behaviour of their own; they may know how a database column holds them, and nothing else of ours.

mod access_level;
mod dn;
mod id;
mod patch;
mod path;
mod role;
mod scope;
mod seat;
mod secret;
mod source;
mod state;
mod version;

pub use access_level::AccessLevel;
pub use dn::{GROUP_SAML, normal_dn, normal_identity};
pub use id::{
    AuditEventId, GroupId, LdapGroupLinkId, MemberId, MemberRoleId, NamespaceId, ProjectId, ShareId, TokenId, UserId,
};
pub use patch::Patch;
pub use path::{AncestorPath, fold};
pub use role::{PERMISSIONS, Permissions, Words};
pub use scope::{Scope, Scopes};
pub use seat::MembershipType;
pub use secret::{Secret, digest};
pub use source::{Source, SourceKind};
pub use state::{MemberState, NamespaceKind, SyncState, UserState, UserType, Visibility};
pub use version::{GITLAB_VERSION, REVISION};
