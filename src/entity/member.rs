//! `members`: a membership, an invitation (no user yet) or an access request (`requested_at` set).

use sea_orm::entity::prelude::*;

use crate::types::{AccessLevel, MemberId, MemberRoleId, MemberState, SourceKind, UserId};

/// A membership, an invitation (no user yet) or an access request (`requested_at` set). The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "members")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: MemberId,
    pub source_kind: SourceKind,
    pub source_id: i64,
    pub user_id: Option<UserId>,
    pub access_level: AccessLevel,
    pub state: MemberState,
    pub requested_at: Option<DateTimeUtc>,
    pub expires_at: Option<Date>,
    pub member_role_id: Option<MemberRoleId>,
    pub ldap: bool,
    pub r#override: bool,
    pub created_by_id: Option<UserId>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub invite_email: Option<String>,
    pub email_norm: Option<String>,
    pub invite_source: Option<String>,
    pub accepted_at: Option<DateTimeUtc>,
    pub last_sent_at: Option<DateTimeUtc>,
    pub send_count: i32,
    pub reminders_sent: i32,
}

impl ActiveModelBehavior for ActiveModel {}
