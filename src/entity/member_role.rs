//! `member_roles`: a custom role of a top-level group.

use sea_orm::entity::prelude::*;

use crate::types::{AccessLevel, GroupId, MemberRoleId, Permissions};

/// A custom role of a top-level group. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member_roles")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: MemberRoleId,
    pub group_id: GroupId,
    pub name: String,
    pub name_key: String,
    pub description: Option<String>,
    pub base_access_level: AccessLevel,
    pub permissions: Permissions,
    pub occupies_seat: bool,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
