//! `group_shares`: a group that another group is let into.

use sea_orm::entity::prelude::*;

use crate::types::{AccessLevel, GroupId, MemberRoleId, ShareId};

/// A group that another group is let into. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "group_shares")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ShareId,
    pub shared_group_id: GroupId,
    pub invited_group_id: GroupId,
    pub access_level: AccessLevel,
    pub member_role_id: Option<MemberRoleId>,
    pub expires_at: Option<Date>,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
