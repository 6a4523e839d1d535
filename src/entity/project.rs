//! `projects`: a project in a group or a personal namespace.

use sea_orm::entity::prelude::*;

use crate::types::{AncestorPath, NamespaceId, ProjectId, UserId, Visibility};

/// A project in a group or a personal namespace. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "projects")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ProjectId,
    pub namespace_id: NamespaceId,
    pub root_id: NamespaceId,
    pub ancestor_path: AncestorPath,
    pub path: String,
    pub full_path: String,
    pub full_path_key: String,
    pub name: String,
    pub name_key: String,
    pub full_name: String,
    pub description: String,
    pub visibility: Visibility,
    pub request_access_enabled: bool,
    pub creator_id: Option<UserId>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
