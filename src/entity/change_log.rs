//! `change_log`: what subscribers hear, numbered without a gap within each root.

use sea_orm::entity::prelude::*;

use crate::types::{AncestorPath, MemberId, NamespaceId, SourceKind, UserId};

/// What subscribers hear, numbered without a gap within each root. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "change_log")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub root_id: NamespaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub kind: String,
    pub source_kind: SourceKind,
    pub source_id: i64,
    pub ancestor_path: AncestorPath,
    pub member_id: Option<MemberId>,
    pub user_id: Option<UserId>,
    pub actor_id: Option<UserId>,
    pub payload: Json,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
