//! Changing projects.

use sea_orm::ActiveModelTrait as _;
use sea_orm::ActiveValue::{Set, Unchanged};
use serde_json::json;

use super::create::{name_faults, wider_than_namespace};
use super::redirects;
use crate::db::WriteTx;
use crate::domain::journal::{self, PlaceField, PlaceHappening, Scene};
use crate::domain::members::facts::{Facts, seen};
use crate::domain::paths::{self, Height};
use crate::domain::standing::{self, Name, Project, Standing};
use crate::domain::{Ctx, Error, Fault, Result, Thing, policy};
use crate::entity::project;
use crate::types::{NamespaceId, SourceKind, Visibility, fold};

/// What of a project is to be another; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectChange {
    /// Its own name.
    pub name: Option<String>,
    /// The last part of its full path.
    pub path: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Who sees it without a role in it.
    pub visibility: Option<Visibility>,
    /// Whether access may be asked for.
    pub request_access_enabled: Option<bool>,
}

/// Changes a project; its old path leads to it until another project takes that. Answers it as it now is.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Project)`; `Forbidden` for others than maintainers and owners; `NothingGiven`; `Faulty` with everything that is wrong.
pub async fn update(ctx: &Ctx, name: &Name, change: &ProjectChange) -> Result<Project> {
    let (source, lock) = seen(ctx, SourceKind::Project, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::update_project(&facts.hand)?;
        let Standing::Project(project) = &facts.standing else {
            return Err(Error::NotFound(Thing::Project));
        };
        if *change == ProjectChange::default() {
            return Err(Error::NothingGiven);
        }
        let wanted = change.wanted(project);
        let faults = faults(&ctx, project, &wanted).await?;
        if !faults.is_empty() {
            return Err(Error::Faulty(faults));
        }
        store(&ctx, &tx, project, &wanted, facts.scene()).await?;
        standing::project(&ctx, &Name::Id(project.id.0)).await
    })
    .await
}

impl ProjectChange {
    /// The project as it is to be.
    fn wanted(&self, project: &Project) -> Project {
        let mut wanted = project.clone();
        let change = self.clone();
        wanted.name = change.name.unwrap_or(wanted.name);
        wanted.path = change.path.unwrap_or(wanted.path);
        wanted.description = change.description.unwrap_or(wanted.description);
        wanted.visibility = change.visibility.unwrap_or(wanted.visibility);
        wanted.request_access_enabled = change.request_access_enabled.unwrap_or(wanted.request_access_enabled);
        wanted.full_path = paths::with_last(&project.full_path, &project.path, &wanted.path);
        wanted.full_name = paths::with_last(&project.full_name, &project.name, &wanted.name);
        wanted
    }
}

async fn faults(ctx: &Ctx, project: &Project, wanted: &Project) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    if wanted.name != project.name {
        faults.extend(paths::name_fault(&wanted.name));
        faults.extend(name_faults(ctx, project.namespace_id, Some(project.id), &wanted.name).await?);
    }
    if wanted.path != project.path {
        faults.extend(paths::path_fault("path", &wanted.path, Height::Below));
        if paths::is_moved(&project.full_path, &wanted.full_path) && paths::is_taken(ctx, &wanted.full_path).await? {
            faults.push(paths::taken("path"));
        }
    }
    if wanted.visibility != project.visibility {
        let namespace = visibility_of(ctx, project.namespace_id).await?;
        faults.extend(wider_than_namespace(wanted.visibility, namespace));
    }
    Ok(faults)
}

async fn visibility_of(ctx: &Ctx, namespace: NamespaceId) -> Result<Visibility> {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        visibility: Visibility,
    }
    let mut sql = ctx.conn().sql();
    let namespace = sql.bind(namespace.0);
    sql.push(format!(
        "SELECT n.visibility FROM namespaces n WHERE n.id = {namespace}"
    ));
    let row: Row = sql.one().await?.ok_or(Error::NotFound(Thing::Project))?;
    Ok(row.visibility)
}

async fn store(ctx: &Ctx, tx: &WriteTx, project: &Project, wanted: &Project, scene: Scene) -> Result<()> {
    let changes = changes(project, wanted);
    if changes.is_empty() && project.description == wanted.description {
        return Ok(());
    }
    let is_moved = paths::is_moved(&project.full_path, &wanted.full_path);
    if is_moved {
        redirects::leave_one(tx, project.id).await?;
    }
    let row = project::ActiveModel {
        id: Unchanged(project.id),
        path: Set(wanted.path.clone()),
        full_path: Set(wanted.full_path.clone()),
        full_path_key: Set(fold(&wanted.full_path)),
        name: Set(wanted.name.clone()),
        name_key: Set(fold(&wanted.name)),
        full_name: Set(wanted.full_name.clone()),
        description: Set(wanted.description.clone()),
        visibility: Set(wanted.visibility),
        request_access_enabled: Set(wanted.request_access_enabled),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    row.update(&tx.conn()).await.map_err(paths::already_taken)?;
    if is_moved {
        redirects::take_over_one(tx, project.id).await?;
    }
    let scene = Scene {
        full_path: wanted.full_path.clone(),
        ..scene
    };
    journal::record_changes(ctx, tx, &scene, changes).await
}

/// What is to be told of it.
fn changes(project: &Project, wanted: &Project) -> Vec<PlaceHappening> {
    journal::place_changes([
        (PlaceField::Name, json!(project.name), json!(wanted.name)),
        (PlaceField::Path, json!(project.path), json!(wanted.path)),
        (
            PlaceField::Visibility,
            json!(project.visibility.as_str()),
            json!(wanted.visibility.as_str()),
        ),
        (
            PlaceField::RequestAccess,
            json!(project.request_access_enabled),
            json!(wanted.request_access_enabled),
        ),
    ])
}
