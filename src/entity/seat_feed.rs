//! `seat_feeds`: a group whose members take seats elsewhere because of a link.

use sea_orm::entity::prelude::*;

use crate::types::{AccessLevel, GroupId, NamespaceId, ShareId};

/// A group whose members take seats in a top-level group because of a link. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seat_feeds")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub root_id: NamespaceId,
    pub group_id: GroupId,
    pub group_share_id: Option<ShareId>,
    pub project_share_id: Option<ShareId>,
    pub access_level: AccessLevel,
    pub expires_at: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}
