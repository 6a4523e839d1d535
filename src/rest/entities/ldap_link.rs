//! Links of groups with people of a directory.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::ldap::Link;

/// A group of a directory, or a filter, whose people are members of a group.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct LdapLink {
    /// The common name of the directory's group; null for a filter.
    #[schema(example = "developers")]
    cn: Option<String>,
    /// The level that it gives.
    #[schema(example = 30)]
    group_access: i32,
    /// The name of the directory.
    #[schema(example = "ldapmain")]
    provider: String,
    /// The filter; null for a group of the directory.
    filter: Option<String>,
    /// The custom role that it gives.
    member_role_id: Option<i64>,
}

impl From<Link> for LdapLink {
    fn from(link: Link) -> Self {
        Self {
            cn: link.cn,
            group_access: link.access_level.number(),
            provider: link.provider,
            filter: link.filter,
            member_role_id: link.role.map(|role| role.id.0),
        }
    }
}
