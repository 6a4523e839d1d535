//! Groups, as in lists and in full.

use serde::Serialize;
use utoipa::ToSchema;

use super::{GroupShare, LdapLink, Project, Time};
use crate::domain::ldap::Link;
use crate::domain::standing;

/// A group, as in lists.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the API")]
pub(in crate::rest) struct Group {
    #[schema(example = 7)]
    id: i64,
    #[schema(example = "https://roster.example/groups/acme/tools")]
    web_url: String,
    #[schema(example = "Tools")]
    name: String,
    #[schema(example = "tools")]
    path: String,
    description: String,
    /// `private`, `internal` or `public`.
    #[schema(example = "private")]
    visibility: &'static str,
    /// Whether projects of the group may not be shared, and links they have do not count.
    share_with_group_lock: bool,
    require_two_factor_authentication: bool,
    two_factor_grace_period: u32,
    project_creation_level: &'static str,
    auto_devops_enabled: Option<bool>,
    subgroup_creation_level: &'static str,
    emails_disabled: bool,
    emails_enabled: bool,
    mentions_disabled: Option<bool>,
    lfs_enabled: bool,
    archived: bool,
    default_branch: Option<String>,
    default_branch_protection: u32,
    avatar_url: Option<String>,
    request_access_enabled: bool,
    #[schema(example = "Acme / Tools")]
    full_name: String,
    #[schema(example = "acme/tools")]
    full_path: String,
    created_at: Time,
    /// Null at the top.
    parent_id: Option<i64>,
    organization_id: u32,
    shared_runners_setting: &'static str,
    marked_for_deletion_on: Option<String>,
    ldap_cn: Option<String>,
    ldap_access: Option<i32>,
    /// The people of a directory who are members of the group; absent when none are linked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ldap_group_links: Vec<LdapLink>,
}

/// A group in short.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct ShortGroup {
    #[schema(example = 7)]
    id: i64,
    #[schema(example = "https://roster.example/groups/acme/tools")]
    web_url: String,
    #[schema(example = "Tools")]
    name: String,
    avatar_url: Option<String>,
    #[schema(example = "Acme / Tools")]
    full_name: String,
    #[schema(example = "acme/tools")]
    full_path: String,
}

/// A group in full.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::option_option, reason = "a field can be absent, or be there and null")]
pub(in crate::rest) struct GroupDetail {
    #[serde(flatten)]
    group: Group,
    /// The groups that have access to this one and that the caller sees.
    shared_with_groups: Vec<GroupShare>,
    /// Only at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    prevent_sharing_groups_outside_hierarchy: Option<bool>,
    membership_lock: bool,
    /// `a.example,b.example`; only for owners.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    allowed_email_domains_list: Option<Option<String>>,
    /// The first hundred projects in the group; left out with `with_projects=false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    projects: Option<Vec<Project>>,
    /// The first hundred projects that the group has been given access to; left out with `with_projects=false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_projects: Option<Vec<Project>>,
}

/// What a group has access to beside its members: its own projects, and those shared with it.
#[derive(Debug)]
pub(in crate::rest) struct Projects {
    pub(in crate::rest) own: Vec<Project>,
    pub(in crate::rest) shared: Vec<Project>,
}

impl ShortGroup {
    pub(in crate::rest) fn new(group: standing::Group, external_url: &str) -> Self {
        Self {
            id: group.id.0,
            web_url: format!("{external_url}/groups/{}", group.full_path),
            name: group.name,
            avatar_url: None,
            full_name: group.full_name,
            full_path: group.full_path,
        }
    }
}

impl Group {
    pub(in crate::rest) fn new(group: standing::Group, links: Vec<Link>, external_url: &str) -> Self {
        Self {
            id: group.id.0,
            web_url: format!("{external_url}/groups/{}", group.full_path),
            name: group.name,
            path: group.path,
            description: group.description,
            visibility: group.visibility.as_str(),
            share_with_group_lock: group.share_with_group_lock,
            require_two_factor_authentication: false,
            two_factor_grace_period: 48,
            project_creation_level: "developer",
            auto_devops_enabled: None,
            subgroup_creation_level: "maintainer",
            emails_disabled: false,
            emails_enabled: true,
            mentions_disabled: None,
            lfs_enabled: true,
            archived: false,
            default_branch: None,
            default_branch_protection: 2,
            avatar_url: None,
            request_access_enabled: group.request_access_enabled,
            full_name: group.full_name,
            full_path: group.full_path,
            created_at: group.created_at.into(),
            parent_id: group.parent_id.map(|id| id.0),
            organization_id: 1,
            shared_runners_setting: "enabled",
            marked_for_deletion_on: None,
            ldap_cn: None,
            ldap_access: None,
            ldap_group_links: links.into_iter().map(LdapLink::from).collect(),
        }
    }
}

impl GroupDetail {
    /// `owned`: whether the caller is an owner.
    pub(in crate::rest) fn new(
        group: standing::Group,
        links: Vec<Link>,
        owned: bool,
        shared_with_groups: Vec<GroupShare>,
        projects: Option<Projects>,
        external_url: &str,
    ) -> Self {
        let domains = &group.allowed_email_domains.0;
        let (projects, shared_projects) = projects.map(|all| (all.own, all.shared)).unzip();
        Self {
            shared_with_groups,
            prevent_sharing_groups_outside_hierarchy: group
                .is_top_level()
                .then_some(group.prevent_sharing_groups_outside_hierarchy),
            membership_lock: group.membership_lock,
            allowed_email_domains_list: owned.then(|| (!domains.is_empty()).then(|| domains.join(","))),
            projects,
            shared_projects,
            group: Group::new(group, links, external_url),
        }
    }
}
