//! Lists of words that one column holds; the permissions of custom roles among them.

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use super::AccessLevel;

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
    /// Those of [`PERMISSIONS`] for which `is_held` says so, in its order.
    pub fn such_that(mut is_held: impl FnMut(&'static str) -> bool) -> Self {
        let held = PERMISSIONS.into_iter().filter(|permission| is_held(permission));
        Self(held.map(str::to_owned).collect())
    }

    /// Whether a role that adds them to `base` takes a seat where plain guests take none: to read code alone takes none.
    pub fn occupy_seat(&self, base: AccessLevel) -> bool {
        base > AccessLevel::Guest || self.0.iter().any(|held| held != "read_code")
    }

    /// Whether `permission` is held.
    pub fn has(&self, permission: &str) -> bool {
        self.0.iter().any(|held| held == permission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_takes_a_seat_by_its_level_or_by_more_than_reading_code() {
        for (base, permissions, occupies) in [
            (AccessLevel::MinimalAccess, &["read_code"][..], false),
            (AccessLevel::MinimalAccess, &["read_dependency"], true),
            (AccessLevel::Guest, &["read_code"], false),
            (AccessLevel::Guest, &["read_code", "remove_project"], true),
            (AccessLevel::Planner, &["read_code"], true),
            (AccessLevel::Maintainer, &["read_code"], true),
        ] {
            let held = Permissions::such_that(|permission| permissions.contains(&permission));
            assert_eq!(held.0, permissions);
            assert_eq!(held.occupy_seat(base), occupies, "{base:?} {permissions:?}");
        }
    }
}
