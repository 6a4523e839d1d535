//! `user_identities`: how a user is known at a SAML provider or in a directory.

use sea_orm::entity::prelude::*;

use crate::types::UserId;

/// How a user is known at a SAML provider or in a directory. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_identities")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub user_id: UserId,
    pub provider: String,
    pub extern_uid: String,
    pub extern_uid_norm: String,
    pub saml_provider_id: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
