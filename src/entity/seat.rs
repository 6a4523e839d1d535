//! `seats`: one billable user of a top-level group.

use sea_orm::entity::prelude::*;

use crate::types::{AccessLevel, NamespaceId, UserId};

/// One billable user of a top-level group. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seats")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub root_id: NamespaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    pub group_rows: i32,
    pub project_rows: i32,
    pub group_invite_rows: i32,
    pub project_invite_rows: i32,
    pub highest_access_level: AccessLevel,
    pub first_joined_at: DateTimeUtc,
    pub name_key: String,
    pub last_activity_on: Option<Date>,
    pub last_sign_in_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
