//! Why somebody takes a seat.

use sea_orm::entity::prelude::*;

/// By which kind of membership a user takes a seat in a top-level group: the first that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i32", db_type = "Integer")]
#[repr(i32)]
pub enum MembershipType {
    /// 1: by a row of the top-level group or of a group below it.
    #[sea_orm(num_value = 1)]
    GroupMember = 1,
    /// 2: by a row of a project.
    #[sea_orm(num_value = 2)]
    ProjectMember = 2,
    /// 3: by a row of a group that one of the groups is shared with, or above that.
    #[sea_orm(num_value = 3)]
    GroupInvite = 3,
    /// 4: by a row of a group that one of the projects is shared with, or above that.
    #[sea_orm(num_value = 4)]
    ProjectInvite = 4,
}

impl MembershipType {
    /// `group_member`, `project_member`, `group_invite` or `project_invite`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GroupMember => "group_member",
            Self::ProjectMember => "project_member",
            Self::GroupInvite => "group_invite",
            Self::ProjectInvite => "project_invite",
        }
    }

    /// Whether the membership is one of the hierarchy itself, and so can be removed there.
    pub const fn is_own(self) -> bool {
        matches!(self, Self::GroupMember | Self::ProjectMember)
    }
}
