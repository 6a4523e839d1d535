//! `path_redirects`: where a renamed project used to be.

use sea_orm::entity::prelude::*;

use crate::types::ProjectId;

/// Where a renamed project used to be. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "path_redirects")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub path_key: String,
    pub project_id: ProjectId,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
