//! `users`: an account.

use sea_orm::entity::prelude::*;

use crate::types::{GroupId, UserId, UserState, UserType};

/// An account. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: UserId,
    pub username: String,
    pub username_key: String,
    pub name: String,
    pub name_key: String,
    pub email: String,
    pub email_norm: String,
    pub public_email: Option<String>,
    pub public_email_norm: Option<String>,
    pub state: UserState,
    pub user_type: UserType,
    pub admin: bool,
    pub external: bool,
    pub note: Option<String>,
    pub created_by_id: Option<UserId>,
    pub enterprise_group_id: Option<GroupId>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub last_sign_in_at: Option<DateTimeUtc>,
    pub last_activity_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}
