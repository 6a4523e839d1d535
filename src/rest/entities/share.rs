//! Groups that a group or project is shared with.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::shares::Share;

/// A group that a project is shared with.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct ProjectShare {
    /// Number of the invited group.
    group_id: i64,
    group_name: String,
    #[schema(example = "acme/tools")]
    group_full_path: String,
    /// The level that nobody gets beyond by this way.
    #[schema(example = 30)]
    group_access_level: i32,
    /// The day from which on the share no longer counts.
    expires_at: Option<NaiveDate>,
}

/// A group that a group is shared with.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct GroupShare {
    #[serde(flatten)]
    share: ProjectShare,
    /// The custom role that the share gives.
    member_role_id: Option<i64>,
}

impl From<Share> for ProjectShare {
    fn from(share: Share) -> Self {
        Self {
            group_id: share.invited.id.0,
            group_name: share.invited.name,
            group_full_path: share.invited.full_path,
            group_access_level: share.access_level.number(),
            expires_at: share.expires_at,
        }
    }
}

impl From<Share> for GroupShare {
    fn from(share: Share) -> Self {
        Self {
            member_role_id: share.member_role_id.map(|id| id.0),
            share: share.into(),
        }
    }
}
