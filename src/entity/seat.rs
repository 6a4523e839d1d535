//! `seats`: one billable user of a top-level group.

use sea_orm::entity::prelude::*;

use crate::types::{AccessLevel, MemberState, MembershipType, NamespaceId, UserId};

/// One billable user of a top-level group. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seats")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub root_id: NamespaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    pub state: MemberState,
    pub membership_type: MembershipType,
    pub access_level: AccessLevel,
    pub first_joined_at: DateTimeUtc,
    pub name_key: String,
    pub last_activity_on: Date,
    pub newest_sign_in_at: DateTimeUtc,
    pub oldest_sign_in_at: DateTimeUtc,
    pub recheck_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}
