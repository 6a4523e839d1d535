//! Lists of words that one column holds; the permissions of custom roles among them.

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

/// Every permission that a custom role may hold, in the order in which a role object shows them.
pub const PERMISSIONS: [&str; 30] = [
    "admin_cicd_variables",
    "admin_compliance_framework",
    "admin_group_member",
    "admin_integrations",
    "admin_merge_request",
    "admin_protected_branch",
    "admin_protected_environments",
    "admin_push_rules",
    "admin_runners",
    "admin_security_attributes",
    "admin_terraform_state",
    "admin_vulnerability",
    "admin_web_hook",
    "apply_security_scan_profiles",
    "archive_project",
    "manage_deploy_tokens",
    "manage_group_access_tokens",
    "manage_merge_request_settings",
    "manage_project_access_tokens",
    "manage_security_policy_link",
    "read_code",
    "read_compliance_dashboard",
    "read_crm_contact",
    "read_dependency",
    "read_runners",
    "read_security_attribute",
    "read_security_scan_profiles",
    "read_vulnerability",
    "remove_group",
    "remove_project",
];

/// A list of words in one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Words(pub Vec<String>);

/// The permissions a role holds: names out of [`PERMISSIONS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Permissions(pub Vec<String>);

impl Permissions {
    /// Whether `permission` is held.
    pub fn has(&self, permission: &str) -> bool {
        self.0.iter().any(|held| held == permission)
    }
}
