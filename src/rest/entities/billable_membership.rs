//! A membership of who takes a seat, as those see it who administer the members of the top-level group.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;
use crate::domain::seats::Membership;
use crate::types::SourceKind;

/// A membership of a user who takes a seat.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct BillableMembership {
    id: i64,
    /// Number of the group or project. The two kinds are numbered apart: the address tells them.
    source_id: i64,
    #[schema(example = "Acme / Tools / CLI")]
    source_full_name: String,
    /// Where the members of the group or project are shown.
    #[schema(example = "https://roster.example/acme/tools/cli/-/project_members")]
    source_members_url: String,
    created_at: Time,
    /// The day from which on the membership no longer counts.
    expires_at: Option<NaiveDate>,
    access_level: MembershipLevel,
}

/// The level of a membership.
#[derive(Debug, Serialize, ToSchema)]
struct MembershipLevel {
    /// The name of the custom role, or of the level.
    #[schema(example = "Developer")]
    string_value: String,
    /// 5, 10, 15, 20, 30, 40 or 50: the membership's own, whatever a link gives.
    #[schema(example = 30)]
    integer_value: i32,
    custom_role: Option<MembershipRole>,
}

/// A custom role by its name.
#[derive(Debug, Serialize, ToSchema)]
struct MembershipRole {
    id: i64,
    name: String,
}

impl BillableMembership {
    pub(in crate::rest) fn new(membership: Membership, external_url: &str) -> Self {
        let (source, level) = (membership.source(), membership.access_level);
        let path = &membership.full_path;
        let role = membership.role().map(|(id, name)| MembershipRole {
            id: id.0,
            name: name.to_owned(),
        });
        Self {
            id: membership.id.0,
            source_id: source.id(),
            source_members_url: match source.kind() {
                SourceKind::Group => format!("{external_url}/groups/{path}/-/group_members"),
                SourceKind::Project => format!("{external_url}/{path}/-/project_members"),
            },
            source_full_name: membership.full_name,
            created_at: membership.created_at.into(),
            expires_at: membership.expires_at,
            access_level: MembershipLevel {
                string_value: role
                    .as_ref()
                    .map_or_else(|| level.label().to_owned(), |role| role.name.clone()),
                integer_value: level.number(),
                custom_role: role,
            },
        }
    }
}
