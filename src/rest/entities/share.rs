//! Groups that a group or project is shared with.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::shares::{Invited, Share};

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

/// The link that shares a project with a group.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct ProjectLink {
    /// Its number.
    id: i64,
    #[schema(example = 19)]
    project_id: i64,
    /// Number of the invited group.
    group_id: i64,
    /// The level that nobody gets beyond by this way.
    #[schema(example = 30)]
    group_access: i32,
    /// The day from which on the share no longer counts.
    expires_at: Option<NaiveDate>,
    /// The custom role that the share gives.
    member_role_id: Option<i64>,
}

impl From<Invited> for ProjectShare {
    fn from(Invited { share, group }: Invited) -> Self {
        Self {
            group_id: group.id.0,
            group_name: group.name,
            group_full_path: group.full_path,
            group_access_level: share.access_level.number(),
            expires_at: share.expires_at,
        }
    }
}

impl From<Invited> for GroupShare {
    fn from(invited: Invited) -> Self {
        Self {
            member_role_id: invited.share.role.as_ref().map(|role| role.id.0),
            share: invited.into(),
        }
    }
}

impl From<Share> for ProjectLink {
    fn from(share: Share) -> Self {
        Self {
            id: share.id.0,
            project_id: share.source.id(),
            group_id: share.invited.0,
            group_access: share.access_level.number(),
            expires_at: share.expires_at,
            member_role_id: share.role.map(|role| role.id.0),
        }
    }
}
