//! Numbers that cannot be mixed up.

use std::fmt;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, DeriveValueType)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// Number of a user.
    UserId,
    /// Number of a group, which is also the number of its namespace.
    GroupId,
    /// Number of a namespace: a group's own, or a personal one's.
    NamespaceId,
    /// Number of a project.
    ProjectId,
    /// Number of a membership row: a member, an invitation or an access request.
    MemberId,
    /// Number of a custom role.
    MemberRoleId,
    /// Number of a link between a group or project and an invited group; the two kinds have separate numbers.
    ShareId,
    /// Number of an LDAP link of a group.
    LdapGroupLinkId,
    /// Number of a personal access token.
    TokenId,
    /// Number of an audit event.
    AuditEventId,
}

/// What is added to a user's number to make the number of the personal namespace.
const PERSONAL: i64 = 1_000_000_000;

impl NamespaceId {
    /// The namespace of a group.
    pub const fn of_group(group: GroupId) -> Self {
        Self(group.0)
    }

    /// The personal namespace of a user.
    pub const fn personal(user: UserId) -> Self {
        Self(PERSONAL + user.0)
    }

    /// Whether it is a group's.
    pub const fn is_group(self) -> bool {
        self.0 <= GroupId::MAX.0
    }
}

impl GroupId {
    /// The highest number a group may have; personal namespaces begin behind it.
    pub const MAX: Self = Self(PERSONAL);
}
