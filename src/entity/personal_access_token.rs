//! `personal_access_tokens`: a token, of which only the digest is kept.

use sea_orm::entity::prelude::*;

use crate::types::{TokenId, UserId, Words};

/// A token, of which only the digest is kept. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "personal_access_tokens")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: TokenId,
    pub user_id: UserId,
    pub name: String,
    pub name_key: String,
    pub description: Option<String>,
    pub digest: Vec<u8>,
    pub scopes: String,
    pub revoked: bool,
    pub rotated_from_id: Option<TokenId>,
    pub created_at: DateTimeUtc,
    pub expires_at: Option<Date>,
    pub last_used_at: Option<DateTimeUtc>,
    pub last_used_ips: Words,
}

impl ActiveModelBehavior for ActiveModel {}
