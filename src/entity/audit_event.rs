//! `audit_events`: who changed what, written in the transaction of the change.

use sea_orm::entity::prelude::*;

use crate::types::{AuditEventId, NamespaceId, UserId};

/// Who changed what, written in the transaction of the change. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: AuditEventId,
    pub root_id: Option<NamespaceId>,
    pub entity_type: String,
    pub entity_id: i64,
    pub entity_path: String,
    pub author_id: Option<UserId>,
    pub author_name: String,
    pub event_name: String,
    pub target_id: Option<i64>,
    pub door: String,
    pub request_id: Option<String>,
    pub ip_address: Option<String>,
    pub details: Json,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
