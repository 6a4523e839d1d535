//! Making, changing and removing projects.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::input::visibility;
use super::told::{Done, Told, tell};
use crate::domain::projects::{self, NewProject, ProjectChange};
use crate::domain::standing::{self, Name};
use crate::graphql::connection::Nullable;
use crate::graphql::loaders::loaders;
use crate::graphql::types::Project;

/// What project to make.
#[derive(Clone, Debug, InputObject)]
pub(super) struct ProjectCreateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// Its own name, unique in its namespace; 1 to 255 characters. Absent: the path.
    name: Option<String>,
    /// The last part of its full path: 2 to 255 letters, digits, and single dots, dashes and underscores between them. Absent: the name in lower case
    /// with dashes.
    path: Option<String>,
    /// Full path of the group, or of the user's own namespace, that it is to lie in, whatever the case. Absent: your own namespace.
    namespace_path: Option<ID>,
    /// Who sees it without a role in it: `private` (the default), `internal` or `public`, no wider than its group.
    visibility: Option<String>,
    /// Free text.
    description: Option<String>,
}

/// What of a project is to be another. What is absent or null stays as it is.
#[derive(Clone, Debug, InputObject)]
pub(super) struct ProjectUpdateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// Full path of the project, whatever the case.
    full_path: ID,
    /// Its own name, unique in its namespace; 1 to 255 characters.
    name: Option<String>,
    /// The last part of its full path: 2 to 255 letters, digits, and single dots, dashes and underscores between them. In the REST API the old one leads to
    /// the project until another takes it.
    path: Option<String>,
    /// Who sees it without a role in it: `private`, `internal` or `public`, no wider than its group.
    visibility: Option<String>,
    /// Free text.
    description: Option<String>,
    /// Whether access may be asked for.
    request_access_enabled: Option<bool>,
}

/// Which project to remove.
#[derive(Clone, Debug, InputObject)]
pub(super) struct ProjectDeleteInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// Full path of the project, whatever the case.
    full_path: ID,
}

/// What became of one project.
#[derive(Clone, Debug, SimpleObject)]
struct ProjectPayload {
    #[graphql(flatten)]
    told: Told,
    /// The project: as it now is, or, once removed, as it was, with nothing in it. Null when nothing was done.
    project: Option<Project>,
}

/// Making, changing and removing projects.
#[derive(Debug, Default)]
pub(super) struct Projects;

#[Object]
impl Projects {
    /// Makes a project, which has no members of its own. In your own namespace, unless you are external; in a group for its developers and up; for
    /// administrators everywhere.
    async fn project_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What project to make.")] input: ProjectCreateInput,
    ) -> Nullable<ProjectPayload> {
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let made = async {
                let new = NewProject {
                    name: input.name,
                    path: input.path,
                    namespace: input.namespace_path.map(|path| Name::Path(path.0)),
                    description: input.description,
                    visibility: visibility(input.visibility.as_deref())?,
                    request_access_enabled: None,
                };
                projects::create(ctx, &new).await
            };
            Done::of(made.await, |_| vec![])
        };
        Some(
            tell(ctx, input.client_mutation_id, work)
                .await
                .map(ProjectPayload::from),
        )
    }

    /// Changes a project. For its maintainers and owners, and administrators.
    async fn project_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What of a project is to be another.")] input: ProjectUpdateInput,
    ) -> Nullable<ProjectPayload> {
        let project = Name::Path(input.full_path.0);
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let changed = async {
                let change = ProjectChange {
                    name: input.name,
                    path: input.path,
                    description: input.description,
                    visibility: visibility(input.visibility.as_deref())?,
                    request_access_enabled: input.request_access_enabled,
                };
                projects::update(ctx, &project, &change).await
            };
            Done::of(changed.await, |_| vec!["fullPath".to_owned()])
        };
        Some(
            tell(ctx, input.client_mutation_id, work)
                .await
                .map(ProjectPayload::from),
        )
    }

    /// Removes a project at once with everything in it: members, invitations, requests and shares. For its owners and administrators.
    async fn project_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which project to remove.")] input: ProjectDeleteInput,
    ) -> Nullable<ProjectPayload> {
        let project = Name::Path(input.full_path.0);
        let work = async {
            let gone = projects::delete(&loaders(ctx).ctx(), &project, None).await;
            Done::of(gone, |_| vec!["fullPath".to_owned()])
        };
        Some(
            tell(ctx, input.client_mutation_id, work)
                .await
                .map(ProjectPayload::from),
        )
    }
}

impl From<(Told, Option<standing::Project>)> for ProjectPayload {
    fn from((told, project): (Told, Option<standing::Project>)) -> Self {
        let project = project.map(Project::from);
        Self { told, project }
    }
}
