//! Namespaces.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::namespaces;
use crate::domain::standing::Project;
use crate::types::NamespaceKind;

/// What a project lies in, or could lie in: a group, or the personal namespace of a user.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct Namespace {
    /// The group's number, or 1000000000 and the user's.
    id: i64,
    #[schema(example = "Tools")]
    name: String,
    #[schema(example = "tools")]
    path: String,
    /// `group` or `user`.
    #[schema(example = "group")]
    kind: &'static str,
    #[schema(example = "acme/tools")]
    full_path: String,
    parent_id: Option<i64>,
    avatar_url: Option<String>,
    #[schema(example = "https://roster.example/groups/acme/tools")]
    web_url: String,
}

/// A namespace with what its owners see.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct NamespaceDetail {
    #[serde(flatten)]
    namespace: Namespace,
    /// Those who have a membership in the group or one below it; for owners of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    members_count_with_descendants: Option<i64>,
    /// Projects in the group and below it; for owners of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    projects_count: Option<i64>,
}

fn web_url(kind: NamespaceKind, full_path: &str, external_url: &str) -> String {
    match kind {
        NamespaceKind::Group => format!("{external_url}/groups/{full_path}"),
        NamespaceKind::User => format!("{external_url}/{full_path}"),
    }
}

impl Namespace {
    pub(super) fn of(project: &Project, external_url: &str) -> Self {
        let full_path = project.namespace_full_path.clone();
        Self {
            id: project.namespace_id.0,
            name: project.namespace_name.clone(),
            path: project.namespace_path.clone(),
            kind: project.namespace_kind.as_str(),
            parent_id: project.namespace_parent_id.map(|id| id.0),
            avatar_url: None,
            web_url: web_url(project.namespace_kind, &full_path, external_url),
            full_path,
        }
    }
}

impl NamespaceDetail {
    pub(in crate::rest) fn new(found: namespaces::Namespace, external_url: &str) -> Self {
        Self {
            members_count_with_descendants: found.size.map(|size| size.members),
            projects_count: found.size.map(|size| size.projects),
            namespace: Namespace {
                id: found.id.0,
                name: found.name,
                path: found.path,
                kind: found.kind.as_str(),
                parent_id: found.parent_id.map(|id| id.0),
                avatar_url: None,
                web_url: web_url(found.kind, &found.full_path, external_url),
                full_path: found.full_path,
            },
        }
    }
}
