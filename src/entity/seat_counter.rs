//! `seat_counters`: how many billable users a top-level group has.

use sea_orm::entity::prelude::*;

use crate::types::NamespaceId;

/// How many billable users a top-level group has. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seat_counters")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub root_id: NamespaceId,
    pub billable: i64,
}

impl ActiveModelBehavior for ActiveModel {}
