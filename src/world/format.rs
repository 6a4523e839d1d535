//! The rows of a world file, as both directions see them. An unknown key is a fault.
//!
//! A key that may be left out is an `Option` or has a `default`; an export leaves it out where it says nothing.

#![expect(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "the keys are the format's"
)]

use serde::{Deserialize, Serialize};

use super::value::{Day, Level, Name, Number, Permission, Text, Time, Word};
use crate::types::{MemberState, Scope, UserState, UserType, Visibility};

/// The one version of the format.
pub(super) const VERSION: i64 = 1;

/// An account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Number>,
    pub(super) username: Name,
    pub(super) name: Name,
    pub(super) email: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) public_email: Option<Name>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) state: Word<UserState>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) user_type: Word<UserType>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) admin: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) external: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enterprise_group: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_by: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) updated_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_sign_in_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_activity_on: Option<Day>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) saml_identities: Vec<SamlIdentity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ldap_identity: Option<LdapIdentity>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) tokens: Vec<Token>,
}

/// Who the user is at the SAML provider of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SamlIdentity {
    pub(super) group: Name,
    pub(super) extern_uid: Name,
}

/// Who the user is in a directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LdapIdentity {
    pub(super) provider: Name,
    pub(super) dn: Name,
}

/// A personal access token; only ever read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Token {
    pub(super) token: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Text>,
    #[serde(default = "everything")]
    pub(super) scopes: Vec<Word<Scope>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<Day>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) revoked: bool,
}

/// A group; the path says where it lies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Number>,
    pub(super) path: Name,
    pub(super) name: Name,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) description: Text,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) visibility: Word<Visibility>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) seats: Seats,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) settings: GroupSettings,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) saml_provider_id: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) updated_at: Option<Time>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) ldap_links: Vec<LdapLink>,
}

/// A directory group, or a filter, whose people become members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LdapLink {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Number>,
    pub(super) provider: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cn: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) filter: Option<Name>,
    pub(super) access_level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) member_role: Option<Name>,
}

/// A project of a group or of a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Project {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Number>,
    pub(super) path: Name,
    pub(super) name: Name,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) description: Text,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) visibility: Word<Visibility>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) settings: ProjectSettings,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) creator: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) updated_at: Option<Time>,
}

/// A custom role of a top-level group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MemberRole {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Number>,
    pub(super) group: Name,
    pub(super) name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Text>,
    pub(super) base_access_level: Level,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) permissions: Vec<Permission>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<Time>,
}

/// A membership.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) project: Option<Name>,
    pub(super) user: Name,
    pub(super) access_level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) member_role: Option<Name>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) state: Word<MemberState>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) ldap: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) r#override: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_by: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) updated_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invite_email: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invite_source: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) accepted_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_sent_at: Option<Time>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) send_count: u16,
}

/// An invitation that nobody has accepted yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invitation {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) project: Option<Name>,
    pub(super) email: Name,
    pub(super) access_level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) member_role: Option<Name>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) state: Word<MemberState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_by: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) updated_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invite_source: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_sent_at: Option<Time>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) send_count: u16,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) reminders_sent: u16,
}

/// Somebody asks to be let in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccessRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) project: Option<Name>,
    pub(super) user: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requested_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) updated_at: Option<Time>,
}

/// A group is let into a group or project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Share {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) project: Option<Name>,
    pub(super) with: Name,
    pub(super) access_level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) member_role: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<Time>,
}

/// How a top-level group counts its seats.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Seats {
    pub(super) exclude_guests: bool,
    pub(super) cap: Option<u32>,
}

/// What a group allows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct GroupSettings {
    pub(super) request_access_enabled: bool,
    pub(super) membership_lock: bool,
    pub(super) share_with_group_lock: bool,
    pub(super) prevent_sharing_groups_outside_hierarchy: bool,
    pub(super) allowed_email_domains: Vec<Name>,
}

impl Default for GroupSettings {
    fn default() -> Self {
        Self {
            request_access_enabled: true,
            membership_lock: false,
            share_with_group_lock: false,
            prevent_sharing_groups_outside_hierarchy: false,
            allowed_email_domains: Vec::new(),
        }
    }
}

/// What a project allows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ProjectSettings {
    pub(super) request_access_enabled: bool,
}

impl Default for ProjectSettings {
    fn default() -> Self {
        Self {
            request_access_enabled: true,
        }
    }
}

/// The scope of a token that names none.
fn everything() -> Vec<Word<Scope>> {
    vec![Word::default()]
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
