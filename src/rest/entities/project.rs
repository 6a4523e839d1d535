//! Projects, from the simple form to the detail of one.

use serde::Serialize;
use utoipa::ToSchema;

use super::namespace::Namespace;
use super::{BasicUser, ProjectShare, Time};
use crate::domain::standing;
use crate::types::AccessLevel;

/// A project with the fields that everybody needs.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct SimpleProject {
    #[schema(example = 19)]
    id: i64,
    description: String,
    #[schema(example = "CLI")]
    name: String,
    #[schema(example = "Acme / Tools / CLI")]
    name_with_namespace: String,
    #[schema(example = "cli")]
    path: String,
    #[schema(example = "acme/tools/cli")]
    path_with_namespace: String,
    created_at: Time,
    default_branch: &'static str,
    tag_list: Vec<String>,
    topics: Vec<String>,
    #[schema(example = "git@roster.example:acme/tools/cli.git")]
    ssh_url_to_repo: String,
    #[schema(example = "https://roster.example/acme/tools/cli.git")]
    http_url_to_repo: String,
    #[schema(example = "https://roster.example/acme/tools/cli")]
    web_url: String,
    readme_url: Option<String>,
    forks_count: u32,
    avatar_url: Option<String>,
    star_count: u32,
    last_activity_at: Time,
    /// `private`, `internal` or `public`.
    #[schema(example = "private")]
    visibility: &'static str,
    namespace: Namespace,
}

/// A project.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct Project {
    #[serde(flatten)]
    simple: SimpleProject,
    #[serde(rename = "_links")]
    links: Links,
    marked_for_deletion_at: Option<String>,
    marked_for_deletion_on: Option<String>,
    archived: bool,
    /// Only of a project in a personal namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<BasicUser>,
    creator_id: Option<i64>,
    import_status: &'static str,
    /// The groups that have access to this project and that the caller sees.
    shared_with_groups: Vec<ProjectShare>,
    request_access_enabled: bool,
    updated_at: Time,
}

/// Where more is to be found.
#[derive(Debug, Serialize, ToSchema)]
struct Links {
    #[serde(rename = "self")]
    #[schema(example = "https://roster.example/api/v4/projects/19")]
    own: String,
    #[schema(example = "https://roster.example/api/v4/projects/19/members")]
    members: String,
}

/// A project in full.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct ProjectDetail {
    #[serde(flatten)]
    pub(in crate::rest) project: Project,
    pub(in crate::rest) permissions: Permissions,
}

/// The caller's own rows.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct Permissions {
    /// The row of the project itself.
    project_access: Option<Access>,
    /// The highest row in the group or above it.
    group_access: Option<Access>,
}

/// One row's level.
#[derive(Debug, Serialize, ToSchema)]
struct Access {
    #[schema(example = 40)]
    access_level: i32,
    notification_level: u32,
}

impl SimpleProject {
    pub(in crate::rest) fn new(project: standing::Project, external_url: &str) -> Self {
        let host = external_url.split_once("://").map_or(external_url, |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or_default();
        let web_url = format!("{external_url}/{}", project.full_path);
        Self {
            id: project.id.0,
            namespace: Namespace::of(&project, external_url),
            ssh_url_to_repo: format!("git@{host}:{}.git", project.full_path),
            http_url_to_repo: format!("{web_url}.git"),
            web_url,
            description: project.description,
            name: project.name,
            name_with_namespace: project.full_name,
            path: project.path,
            path_with_namespace: project.full_path,
            created_at: project.created_at.into(),
            default_branch: "main",
            tag_list: Vec::new(),
            topics: Vec::new(),
            readme_url: None,
            forks_count: 0,
            avatar_url: None,
            star_count: 0,
            last_activity_at: project.updated_at.into(),
            visibility: project.visibility.as_str(),
        }
    }
}

impl Project {
    pub(in crate::rest) fn new(
        project: standing::Project,
        owner: Option<BasicUser>,
        shares: Vec<ProjectShare>,
        external_url: &str,
    ) -> Self {
        let own = format!("{external_url}/api/v4/projects/{}", project.id.0);
        Self {
            links: Links {
                members: format!("{own}/members"),
                own,
            },
            marked_for_deletion_at: None,
            marked_for_deletion_on: None,
            archived: false,
            owner,
            creator_id: project.creator_id.map(|id| id.0),
            import_status: "none",
            shared_with_groups: shares,
            request_access_enabled: project.request_access_enabled,
            updated_at: project.updated_at.into(),
            simple: SimpleProject::new(project, external_url),
        }
    }
}

impl Permissions {
    pub(in crate::rest) fn new(project: Option<AccessLevel>, group: Option<AccessLevel>) -> Self {
        let access = |level: AccessLevel| Access {
            access_level: level.number(),
            notification_level: 3,
        };
        Self {
            project_access: project.map(access),
            group_access: group.map(access),
        }
    }
}
