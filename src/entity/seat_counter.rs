//! `seat_counters`: how many billable users a top-level group has, by why and with which level.

use sea_orm::entity::prelude::*;

use crate::types::{AccessLevel, MemberState, MembershipType, NamespaceId};

/// How many billable users of one kind a top-level group has. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seat_counters")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub root_id: NamespaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub state: MemberState,
    #[sea_orm(primary_key, auto_increment = false)]
    pub membership_type: MembershipType,
    #[sea_orm(primary_key, auto_increment = false)]
    pub access_level: AccessLevel,
    pub users: i64,
}

impl ActiveModelBehavior for ActiveModel {}
