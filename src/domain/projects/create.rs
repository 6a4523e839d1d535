//! Making projects.

use sea_orm::ActiveModelTrait as _;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::FromQueryResult;

use super::redirects;
use crate::db::{Lock, WriteTx};
use crate::domain::journal::{self, PlaceHappening, Scene};
use crate::domain::members::facts::Facts;
use crate::domain::paths::{self, Height};
use crate::domain::policy::{self, Code};
use crate::domain::standing::{self, Name, Project};
use crate::domain::{Ctx, Error, Fault, Optional as _, Result, Thing};
use crate::entity::project;
use crate::types::{
    AncestorPath, GroupId, NamespaceId, NamespaceKind, ProjectId, Source, UserId, UserState, Visibility, fold,
};

/// A project that is to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewProject {
    /// Its own name; none: the path.
    pub name: Option<String>,
    /// The last part of its full path; none: made of the name.
    pub path: Option<String>,
    /// The group or personal namespace that it is to lie in; none: the actor's own.
    pub namespace: Option<Name>,
    /// Free text.
    pub description: Option<String>,
    /// Who sees it without a role in it; private when nothing is said.
    pub visibility: Option<Visibility>,
    /// Whether access may be asked for; yes when nothing is said.
    pub request_access_enabled: Option<bool>,
}

/// Makes a project. It has no members of its own.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Home)` for a namespace that the actor may not use, hidden or missing ones alike; `Faulty` with everything else that is wrong.
pub async fn create(ctx: &Ctx, new: &NewProject) -> Result<Project> {
    let own = NamespaceId::personal(ctx.require_caller()?.id);
    let namespace = new.namespace.clone().unwrap_or(Name::Id(own.0));
    let home = Home::find(ctx, &namespace).await?;
    may_use(ctx, &home).await?;
    ctx.write(Lock::Root(home.root_id), |ctx, tx| {
        let home = home.id;
        async move {
            let home = Home::find(&ctx, &Name::Id(home.0)).await?;
            may_use(&ctx, &home).await?;
            store(&ctx, &tx, new, &home).await
        }
    })
    .await
}

async fn store(ctx: &Ctx, tx: &WriteTx, new: &NewProject, home: &Home) -> Result<Project> {
    let (name, path) = new.names()?;
    let visibility = new.visibility.unwrap_or(Visibility::Private);
    let full_path = format!("{}/{path}", home.full_path);
    let mut faults: Vec<_> = paths::name_fault(&name).into_iter().collect();
    faults.extend(name_faults(ctx, home.id, None, &name).await?);
    faults.extend(paths::path_fault("path", &path, Height::Below));
    if paths::is_taken(ctx, &full_path).await? {
        faults.push(paths::taken("path"));
    }
    faults.extend(wider_than_namespace(visibility, home.visibility));
    if !faults.is_empty() {
        return Err(Error::Faulty(faults));
    }
    let row = project::ActiveModel {
        id: NotSet,
        namespace_id: Set(home.id),
        root_id: Set(home.root_id),
        ancestor_path: Set(home.ancestor_path.clone()),
        path: Set(path),
        full_path_key: Set(fold(&full_path)),
        full_path: Set(full_path.clone()),
        full_name: Set(format!("{} / {name}", home.full_name)),
        name_key: Set(fold(&name)),
        name: Set(name),
        description: Set(new.description.clone().unwrap_or_default()),
        visibility: Set(visibility),
        request_access_enabled: Set(new.request_access_enabled.unwrap_or(true)),
        creator_id: Set(ctx.actor.user_id()),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
    };
    let id = row.insert(&tx.conn()).await.map_err(paths::already_taken)?.id;
    redirects::take_over_one(tx, id).await?;
    let scene = Scene {
        source: Source::Project(id),
        full_path,
        root: home.root_id,
        ancestor_path: home.ancestor_path.clone(),
    };
    journal::record_places(ctx, tx, &[(PlaceHappening::Created, scene)]).await?;
    standing::project(ctx, &Name::Id(id.0)).await
}

/// Whether the name is another project's of the namespace already, as GitLab tells it: twice.
pub(super) async fn name_faults(
    ctx: &Ctx,
    namespace: NamespaceId,
    own: Option<ProjectId>,
    name: &str,
) -> Result<Vec<Fault>> {
    let mut sql = ctx.conn().sql();
    let (namespace, name) = (sql.bind(namespace.0), sql.bind(name));
    let own = sql.bind(own.map_or(0, |project| project.0));
    sql.push(format!(
        "SELECT COUNT(*) FROM projects p WHERE p.namespace_id = {namespace} AND p.name = {name} AND p.id <> {own}"
    ));
    let is_taken = sql.number().await? > 0;
    let faults = is_taken.then(|| vec![paths::taken("project_namespace.name"), paths::taken("name")]);
    Ok(faults.unwrap_or_default())
}

/// A project is no wider than its group.
pub(super) fn wider_than_namespace(visibility: Visibility, namespace: Visibility) -> Option<Fault> {
    (visibility > namespace).then(|| {
        let text = format!(
            "{} is not allowed in a {} namespace.",
            visibility.as_str(),
            namespace.as_str()
        );
        Fault::new("visibility_level", text, Code::Invalid)
    })
}

/// The namespace that a project is to lie in, and how the actor's account stands by now.
#[derive(FromQueryResult)]
struct Home {
    id: NamespaceId,
    kind: NamespaceKind,
    owner_id: Option<UserId>,
    root_id: NamespaceId,
    ancestor_path: AncestorPath,
    full_path: String,
    full_name: String,
    visibility: Visibility,
    actor_state: UserState,
    actor_admin: bool,
    actor_external: bool,
}

impl Home {
    async fn find(ctx: &Ctx, name: &Name) -> Result<Self> {
        let mut sql = ctx.conn().sql();
        let which = match name {
            Name::Id(id) => format!("n.id = {}", sql.bind(*id)),
            Name::Path(path) => format!("n.full_path_key = {}", sql.bind(fold(path))),
        };
        let actor = sql.bind(ctx.require_caller()?.id.0);
        sql.push(format!(
            "SELECT n.id, n.kind, n.owner_id, n.root_id, n.ancestor_path, n.full_path, n.full_name, n.visibility,
                    a.state AS actor_state, a.admin AS actor_admin, a.external AS actor_external
               FROM namespaces n CROSS JOIN users a WHERE {which} AND a.id = {actor}"
        ));
        match sql.one().await? {
            Some(home) => Ok(home),
            None => standing::missing(ctx, Thing::Home).await,
        }
    }
}

/// One that the actor does not see and one that is closed to them are the same.
async fn may_use(ctx: &Ctx, home: &Home) -> Result<()> {
    if home.actor_state != UserState::Active {
        return Err(Error::Forbidden(None));
    }
    let verdict = match home.kind {
        NamespaceKind::Group => {
            let group = Source::Group(GroupId(home.id.0));
            let facts = Facts::load(ctx, group).await.optional()?.ok_or(UNUSABLE)?;
            policy::create_project(&facts.hand)
        }
        NamespaceKind::User => {
            let own = home.owner_id == ctx.actor.user_id();
            policy::create_personal_project(home.actor_admin, own, home.actor_external)
        }
    };
    verdict.map_err(|_| UNUSABLE)
}

const UNUSABLE: Error = Error::NotFound(Thing::Home);

impl NewProject {
    /// The name and the path, each made of the other where it is not given.
    fn names(&self) -> Result<(String, String)> {
        match (&self.name, &self.path) {
            (Some(name), Some(path)) => Ok((name.clone(), path.clone())),
            (Some(name), None) => Ok((name.clone(), path_of(name))),
            (None, Some(path)) => Ok((path.clone(), path.clone())),
            (None, None) => {
                let text = "name, path are missing, at least one parameter must be provided";
                Err(Error::Faulty(vec![Fault::new("base", text, Code::Blank)]))
            }
        }
    }
}

/// The name in lower case, with a dash for whatever no path may have.
fn path_of(name: &str) -> String {
    let is_kept = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words: Vec<_> = name
        .split(|letter| !is_kept(letter))
        .filter(|word| !word.is_empty())
        .collect();
    words.join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_made_of_a_name() {
        for (name, path) in [
            ("My Tool", "my-tool"),
            ("  CLI & more!  ", "cli-more"),
            ("a_b.c--d", "a_b-c-d"),
            ("日本", ""),
        ] {
            assert_eq!(path_of(name), path);
        }
    }
}
