//! `namespaces`: a group, or the personal namespace of a user.

#![expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]

use sea_orm::entity::prelude::*;

use crate::types::{AncestorPath, NamespaceId, NamespaceKind, UserId, Visibility, Words};

/// A group, or the personal namespace of a user. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "namespaces")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NamespaceId,
    pub kind: NamespaceKind,
    pub owner_id: Option<UserId>,
    pub parent_id: Option<NamespaceId>,
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
    pub membership_lock: bool,
    pub share_with_group_lock: bool,
    pub prevent_sharing_groups_outside_hierarchy: bool,
    pub allowed_email_domains: Words,
    pub exclude_guests: bool,
    pub seat_cap: Option<i64>,
    pub saml_provider_id: Option<i64>,
    pub ldap_sync_state: String,
    pub ldap_sync_error: Option<String>,
    pub ldap_sync_started_at: Option<DateTimeUtc>,
    pub ldap_sync_finished_at: Option<DateTimeUtc>,
    pub seq: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
