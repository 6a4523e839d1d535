//! `seat_ledgers`: the top-level groups whose seats are kept.

use sea_orm::entity::prelude::*;

use crate::types::NamespaceId;

/// A top-level group whose seats are kept, once they are complete. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seat_ledgers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub root_id: NamespaceId,
    pub complete: bool,
}

impl ActiveModelBehavior for ActiveModel {}
