//! `ldap_group_links`: a directory group or filter whose people become members.

use sea_orm::entity::prelude::*;

use crate::types::{AccessLevel, GroupId, LdapGroupLinkId, MemberRoleId};

/// A directory group or filter whose people become members. The columns are described in the migration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ldap_group_links")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: LdapGroupLinkId,
    pub group_id: GroupId,
    pub provider: String,
    pub cn: Option<String>,
    pub filter: Option<String>,
    pub access_level: AccessLevel,
    pub member_role_id: Option<MemberRoleId>,
}

impl ActiveModelBehavior for ActiveModel {}
