//! `invitation_tokens`: a link to an invitation.

use sea_orm::entity::prelude::*;

use crate::types::MemberId;

/// A link to an invitation. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Vec<u8>,
    pub member_id: MemberId,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
