//! Where an actor stands: the groups and projects as this actor sees them, each with the actor's level in it.
//!
//! One statement, for one source or for many. Whatever the actor may not see does not come out of here, so that hidden and missing look alike.

mod several;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;

use super::members::Of;
use super::{Actor, Ctx, Error, Result, Thing, hierarchy};
use crate::db::Sql;
use crate::types::{
    AccessLevel, AncestorPath, GroupId, NamespaceId, NamespaceKind, ProjectId, Source, SourceKind, UserId, Visibility,
    Words, fold,
};

pub(in crate::domain) use several::several;

/// A group as an actor sees it.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting or a fact of its own")]
pub struct Group {
    /// Its number.
    pub id: GroupId,
    /// The group above.
    pub parent_id: Option<GroupId>,
    /// The topmost group of the hierarchy.
    pub root_id: GroupId,
    /// Numbers from the top down to it.
    pub ancestor_path: AncestorPath,
    /// Last part of the full path.
    pub path: String,
    /// `acme/tools`
    pub full_path: String,
    /// Its own name.
    pub name: String,
    /// Its name as it sorts: folded.
    pub name_key: String,
    /// `Acme / Tools`
    pub full_name: String,
    /// Free text.
    pub description: String,
    /// Who sees it without a role in it.
    pub visibility: Visibility,
    /// Whether access may be asked for.
    pub request_access_enabled: bool,
    /// Whether members of its projects may not be added one by one.
    pub membership_lock: bool,
    /// Whether links of its own projects are suspended.
    pub share_with_group_lock: bool,
    /// Whether links must stay inside the hierarchy.
    pub prevent_sharing_groups_outside_hierarchy: bool,
    /// Domains that members' addresses must have; empty for any.
    pub allowed_email_domains: Words,
    /// Whether guests take no seat.
    pub exclude_guests: bool,
    /// Seats at most.
    pub seat_cap: Option<i64>,
    /// The group's own SAML provider.
    pub saml_provider_id: Option<i64>,
    /// The SAML provider of the topmost group of the hierarchy.
    pub root_saml_provider_id: Option<i64>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// The actor's level in it (G-level), without administrators' rights.
    pub level: AccessLevel,
    /// Whether the actor has a minimal-access row on this very group.
    pub minimal: bool,
    /// Whether the actor has a level in a project in it or below it; only looked at when nothing else opens the group.
    pub through_project: bool,
}

/// A project as an actor sees it.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting or a fact of its own")]
pub struct Project {
    /// Its number.
    pub id: ProjectId,
    /// The group or personal namespace it lies in.
    pub namespace_id: NamespaceId,
    /// The topmost namespace of the hierarchy.
    pub root_id: NamespaceId,
    /// Numbers from the top down to its namespace.
    pub ancestor_path: AncestorPath,
    /// Last part of the full path.
    pub path: String,
    /// `acme/tools/cli`
    pub full_path: String,
    /// Its own name.
    pub name: String,
    /// Its name as it sorts: folded.
    pub name_key: String,
    /// `Acme / Tools / CLI`
    pub full_name: String,
    /// Free text.
    pub description: String,
    /// Who sees it without a role in it.
    pub visibility: Visibility,
    /// Whether access may be asked for.
    pub request_access_enabled: bool,
    /// Who made it.
    pub creator_id: Option<UserId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Whether it lies in a group's or in a user's namespace.
    pub namespace_kind: NamespaceKind,
    /// Name of the namespace.
    pub namespace_name: String,
    /// Last part of the namespace's full path.
    pub namespace_path: String,
    /// Full path of the namespace.
    pub namespace_full_path: String,
    /// The namespace above the namespace.
    pub namespace_parent_id: Option<NamespaceId>,
    /// The user whose namespace it lies in.
    pub namespace_owner_id: Option<UserId>,
    /// Whether its own group suspends its links.
    pub share_with_group_lock: bool,
    /// Whether its own group forbids adding members one by one.
    pub membership_lock: bool,
    /// The SAML provider of the topmost group of the hierarchy.
    pub root_saml_provider_id: Option<i64>,
    /// The actor's level in it (P-level), without administrators' rights.
    pub level: AccessLevel,
    /// The actor's level in its group.
    pub group_level: AccessLevel,
    /// Whether the actor has a minimal-access row on its very group.
    pub group_minimal: bool,
}

impl Group {
    /// Whether the actor sees it for another reason than a project in it.
    pub fn open_to(&self, actor: &Actor) -> bool {
        actor.is_admin() || self.level.grants() || is_open_to_everybody(self.visibility, actor)
    }

    /// Whether the actor sees it at all. Whoever is invited may hold one that they do not.
    pub fn seen_by(&self, actor: &Actor) -> bool {
        self.open_to(actor) || self.through_project
    }

    /// The level at which the actor acts in it: administrators are owners everywhere.
    pub fn acting_level(&self, actor: &Actor) -> AccessLevel {
        match self.level {
            _ if actor.is_admin() => AccessLevel::Owner,
            AccessLevel::NoAccess if self.minimal => AccessLevel::MinimalAccess,
            level => level,
        }
    }

    /// Whether the actor belongs to it: sees the members of the private groups it is shared with.
    pub fn insider(&self, actor: &Actor) -> bool {
        actor.is_admin() || self.level.grants() || self.minimal
    }

    /// Whether the actor is an owner of it, or an administrator.
    pub fn owned_by(&self, actor: &Actor) -> bool {
        actor.is_admin() || self.level == AccessLevel::Owner
    }

    /// Whether nothing lies above it.
    pub fn is_top_level(&self) -> bool {
        self.parent_id.is_none()
    }
}

impl Project {
    /// The group it lies in, unless that is a personal namespace.
    pub fn group_id(&self) -> Option<GroupId> {
        (self.namespace_kind == NamespaceKind::Group).then_some(GroupId(self.namespace_id.0))
    }

    /// Whether the actor sees it. Whoever is invited may hold one that they do not.
    pub fn seen_by(&self, actor: &Actor) -> bool {
        actor.is_admin() || self.level.grants() || is_open_to_everybody(self.visibility, actor)
    }

    /// The level at which the actor acts in it: administrators are owners everywhere.
    pub fn acting_level(&self, actor: &Actor) -> AccessLevel {
        if actor.is_admin() {
            AccessLevel::Owner
        } else {
            self.level
        }
    }

    /// Whether the actor belongs to its group.
    pub fn group_insider(&self, actor: &Actor) -> bool {
        actor.is_admin() || self.group_level.grants() || self.group_minimal
    }

    /// Whether the actor is an owner of it, or an administrator.
    pub fn owned_by(&self, actor: &Actor) -> bool {
        actor.is_admin() || self.level == AccessLevel::Owner
    }
}

/// How a caller names a group or project.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// By number.
    Id(i64),
    /// By full path, whatever the case.
    Path(String),
}

/// A group or a project as an actor sees it.
#[derive(Clone, Debug)]
pub enum Standing {
    /// A group.
    Group(Box<Group>),
    /// A project.
    Project(Box<Project>),
}

impl Standing {
    /// What lists of members take.
    pub fn of(&self) -> Of<'_> {
        match self {
            Self::Group(group) => Of::Group(group),
            Self::Project(project) => Of::Project(project),
        }
    }

    /// Its number and kind.
    pub fn source(&self) -> Source {
        self.of().source()
    }

    /// The topmost namespace of its hierarchy.
    pub fn root(&self) -> NamespaceId {
        match self {
            Self::Group(group) => NamespaceId::of_group(group.root_id),
            Self::Project(project) => project.root_id,
        }
    }

    /// Numbers from the top down to it; of a project to its namespace.
    pub fn ancestor_path(&self) -> &AncestorPath {
        match self {
            Self::Group(group) => &group.ancestor_path,
            Self::Project(project) => &project.ancestor_path,
        }
    }

    /// `acme/tools`
    pub fn full_path(&self) -> &str {
        match self {
            Self::Group(group) => &group.full_path,
            Self::Project(project) => &project.full_path,
        }
    }

    /// Its own name.
    pub fn name(&self) -> &str {
        match self {
            Self::Group(group) => &group.name,
            Self::Project(project) => &project.name,
        }
    }

    /// `Acme / Tools`
    pub fn full_name(&self) -> &str {
        match self {
            Self::Group(group) => &group.full_name,
            Self::Project(project) => &project.full_name,
        }
    }

    /// The actor's level in it, without administrators' rights.
    pub fn level(&self) -> AccessLevel {
        match self {
            Self::Group(group) => group.level,
            Self::Project(project) => project.level,
        }
    }
}

/// The group or project of that name.
///
/// # Errors
/// `NotFound(Group)` or `NotFound(Project)` when there is none that the actor sees.
pub async fn find(ctx: &Ctx, kind: SourceKind, name: &Name) -> Result<Standing> {
    Ok(match kind {
        SourceKind::Group => Standing::Group(Box::new(group(ctx, name).await?)),
        SourceKind::Project => Standing::Project(Box::new(project(ctx, name).await?)),
    })
}

/// The group or project at that full path.
///
/// # Errors
/// `NotFound` when there is none that the actor sees.
pub async fn at_path(ctx: &Ctx, path: &str) -> Result<Standing> {
    let name = Name::Path(path.to_owned());
    match find(ctx, SourceKind::Group, &name).await {
        Err(Error::NotFound(_)) => find(ctx, SourceKind::Project, &name).await,
        found => found,
    }
}

/// The group of that name.
///
/// # Errors
/// `NotFound(Group)` when there is none that the actor sees.
pub async fn group(ctx: &Ctx, name: &Name) -> Result<Group> {
    let mut sql = ctx.conn().sql();
    let which = match name {
        Name::Id(id) => format!("n.id = {}", sql.bind(*id)),
        Name::Path(path) => format!("n.full_path_key = {}", sql.bind(fold(path))),
    };
    let select = select_groups(&mut sql, &ctx.actor, &which);
    sql.push(select);
    sql.one().await?.ok_or(Error::NotFound(Thing::Group))
}

/// What is said of a row that is not there, after as many statements as of one that lies in a group which the actor does not see.
pub(in crate::domain) async fn missing<T>(ctx: &Ctx, thing: Thing) -> Result<T> {
    match group(ctx, &Name::Id(0)).await {
        Ok(_) | Err(Error::NotFound(_)) => Err(Error::NotFound(thing)),
        Err(fault) => Err(fault),
    }
}

/// The project of that name.
///
/// # Errors
/// `NotFound(Project)` when there is none that the actor sees.
pub async fn project(ctx: &Ctx, name: &Name) -> Result<Project> {
    let mut sql = ctx.conn().sql();
    let which = match name {
        Name::Id(id) => format!("p.id = {}", sql.bind(*id)),
        Name::Path(path) => format!("p.full_path_key = {}", sql.bind(fold(path))),
    };
    let select = select_projects(&mut sql, &ctx.actor, &which);
    sql.push(select);
    sql.one().await?.ok_or(Error::NotFound(Thing::Project))
}

/// Those of the groups that the actor sees, in no order.
pub async fn groups(ctx: &Ctx, ids: impl IntoIterator<Item = GroupId>) -> Result<Vec<Group>> {
    let mut sql = ctx.conn().sql();
    let which = sql.any_of("n.id", ids.into_iter().map(|id| id.0));
    let select = select_groups(&mut sql, &ctx.actor, &which);
    sql.push(select);
    Ok(sql.all().await?)
}

/// Those of the projects that the actor sees, in no order.
pub async fn projects(ctx: &Ctx, ids: impl IntoIterator<Item = ProjectId>) -> Result<Vec<Project>> {
    let mut sql = ctx.conn().sql();
    let which = sql.any_of("p.id", ids.into_iter().map(|id| id.0));
    let select = select_projects(&mut sql, &ctx.actor, &which);
    sql.push(select);
    Ok(sql.all().await?)
}

/// Those of the groups at these full paths, whatever the case, that the actor sees, in no order.
pub async fn groups_at(ctx: &Ctx, paths: impl IntoIterator<Item = &str>) -> Result<Vec<Group>> {
    let paths: Vec<_> = paths.into_iter().map(fold).collect();
    let mut sql = ctx.conn().sql();
    let which = sql.any_word("n.full_path_key", &paths);
    let select = select_groups(&mut sql, &ctx.actor, &which);
    sql.push(select);
    Ok(sql.all().await?)
}

/// Those of the projects at these full paths, whatever the case, that the actor sees, in no order.
pub async fn projects_at(ctx: &Ctx, paths: impl IntoIterator<Item = &str>) -> Result<Vec<Project>> {
    let paths: Vec<_> = paths.into_iter().map(fold).collect();
    let mut sql = ctx.conn().sql();
    let which = sql.any_word("p.full_path_key", &paths);
    let select = select_projects(&mut sql, &ctx.actor, &which);
    sql.push(select);
    Ok(sql.all().await?)
}

/// Those of the groups that the actor sees, and those that only a minimal-access row opens: to see the members of a group that another one is shared
/// with, that is enough, and for nothing else.
pub(super) async fn groups_open_by_any_row(
    ctx: &Ctx,
    ids: impl IntoIterator<Item = GroupId>,
) -> Result<HashMap<GroupId, Opening>> {
    let mut sql = ctx.conn().sql();
    let which = sql.any_of("n.id", ids.into_iter().map(|id| id.0));
    let rows = group_rows(&mut sql, &ctx.actor, &which);
    let visible = match ctx.actor {
        Actor::User(_) => format!("{} OR g.minimal", visible_group(&ctx.actor)),
        Actor::Anonymous | Actor::System => visible_group(&ctx.actor),
    };
    sql.push(format!("{rows} WHERE {visible}"));
    let groups: Vec<Group> = sql.all().await?;
    let opening = |group: Group| {
        let seen = group.open_to(&ctx.actor) || group.through_project;
        let opening = if seen { Opening::Seen } else { Opening::MinimalRow };
        (group.id, opening)
    };
    Ok(groups.into_iter().map(opening).collect())
}

/// What opens a group to an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// The actor sees it.
    Seen,
    /// Nothing but a minimal-access row.
    MinimalRow,
}

/// A `SELECT` of [`Group`] rows for which `which`, a condition on `namespaces n`, holds and which the actor sees. The rows are called `g`, so
/// that conditions and an order can follow.
pub(super) fn select_groups(sql: &mut Sql<'_>, actor: &Actor, which: &str) -> String {
    let rows = group_rows(sql, actor, which);
    format!("{rows} WHERE ({})", visible_group(actor))
}

/// As [`select_groups`], and also the groups for which `named`, a condition on `g` in the reach of a signed-in user, holds: a list names the
/// groups above one's own although they stay closed.
pub(super) fn select_groups_and(sql: &mut Sql<'_>, actor: &Actor, which: &str, named: &str) -> String {
    let rows = group_rows(sql, actor, which);
    format!("{rows} WHERE ({} OR {named})", visible_group(actor))
}

/// What a row of [`Group`] has from the tables.
const GROUP_COLUMNS: &str =
    "n.*, (SELECT r.saml_provider_id FROM namespaces r WHERE r.id = n.root_id) AS root_saml_provider_id";

/// The rows of [`select_groups`] without its last word on who sees them.
fn group_rows(sql: &mut Sql<'_>, actor: &Actor, which: &str) -> String {
    let dialect = sql.dialect();
    let Some(user) = actor.user_id() else {
        return format!(
            "SELECT g.* FROM (SELECT {GROUP_COLUMNS}, 0 AS level, FALSE AS minimal, FALSE AS through_project
               FROM namespaces n WHERE n.kind = 'group' AND {which}) AS g"
        );
    };
    let (reach, role_projects) = (hierarchy::reach(sql, user), hierarchy::role_projects(sql, user));
    let live = hierarchy::live(dialect, "m");
    let level = hierarchy::group_level(dialect, "n.ancestor_path");
    let below = dialect.within("role_projects.path", "x.ancestor_path");
    let user = sql.bind(user.0);
    let open = open_to_everybody(actor, "x");
    format!(
        "WITH {reach}, {role_projects}
         SELECT g.* FROM (
           SELECT x.*, CASE WHEN x.level > 0 OR {open} THEN FALSE
                            ELSE EXISTS (SELECT 1 FROM role_projects WHERE {below}) END AS through_project
             FROM (SELECT {GROUP_COLUMNS}, {level} AS level,
                          EXISTS (SELECT 1 FROM members m WHERE m.source_kind = 1 AND m.source_id = n.id AND m.user_id = {user}
                                     AND m.access_level = 5 AND m.state = 0 AND {live}) AS minimal
                     FROM namespaces n WHERE n.kind = 'group' AND {which}) AS x) AS g"
    )
}

/// The actor sees row `g` of [`group_rows`].
fn visible_group(actor: &Actor) -> String {
    match actor {
        _ if actor.is_admin() => "TRUE".to_owned(),
        Actor::User(_) => format!(
            "CASE WHEN {} THEN TRUE ELSE g.level > 0 OR g.through_project END",
            open_to_everybody(actor, "g")
        ),
        Actor::Anonymous | Actor::System => open_to_everybody(actor, "g"),
    }
}

/// A `SELECT` of [`Project`] rows for which `which`, a condition on `projects p` and its namespace `n`, holds and which the actor sees. The rows
/// are called `v`, so that conditions and an order can follow.
pub(super) fn select_projects(sql: &mut Sql<'_>, actor: &Actor, which: &str) -> String {
    let dialect = sql.dialect();
    let columns = "p.*, n.kind AS namespace_kind, n.name AS namespace_name, n.path AS namespace_path,
                   n.full_path AS namespace_full_path, n.parent_id AS namespace_parent_id, n.owner_id AS namespace_owner_id,
                   n.share_with_group_lock, n.membership_lock,
                   (SELECT r.saml_provider_id FROM namespaces r WHERE r.id = n.root_id) AS root_saml_provider_id";
    let Some(user) = actor.user_id() else {
        let visible = if actor.is_admin() {
            "TRUE"
        } else {
            "p.visibility = 'public'"
        };
        return format!(
            "SELECT v.* FROM (SELECT {columns}, 0 AS level, 0 AS group_level, FALSE AS group_minimal
               FROM projects p JOIN namespaces n ON n.id = p.namespace_id WHERE {which} AND {visible}) AS v WHERE TRUE"
        );
    };
    let reach = hierarchy::reach(sql, user);
    let level = hierarchy::project_level(sql, "p", user);
    let group_level = hierarchy::group_level(dialect, "p.ancestor_path");
    let live = hierarchy::live(dialect, "m");
    let user = sql.bind(user.0);
    let visible = if actor.is_admin() {
        "TRUE".to_owned()
    } else {
        // A plain OR would be right, but SQLite takes it apart into one look-up a branch, and loses rows when the condition before it has an OR
        // of its own.
        format!(
            "CASE WHEN {} THEN TRUE ELSE v.level > 0 END",
            open_to_everybody(actor, "v")
        )
    };
    format!(
        "WITH {reach}
         SELECT v.* FROM (
           SELECT {columns}, {level} AS level, {group_level} AS group_level,
                  EXISTS (SELECT 1 FROM members m WHERE m.source_kind = 1 AND m.source_id = p.namespace_id AND m.user_id = {user}
                             AND m.access_level = 5 AND m.state = 0 AND {live}) AS group_minimal
             FROM projects p JOIN namespaces n ON n.id = p.namespace_id WHERE {which}) AS v
          WHERE {visible}"
    )
}

/// What is of this visibility is open to an actor like this one without a role.
fn is_open_to_everybody(visibility: Visibility, actor: &Actor) -> bool {
    match visibility {
        Visibility::Public => true,
        Visibility::Internal => actor.sees_internal(),
        Visibility::Private => false,
    }
}

/// Row `alias` is open to an actor like this one without a role.
fn open_to_everybody(actor: &Actor, alias: &str) -> String {
    if actor.sees_internal() {
        format!("{alias}.visibility IN ('public', 'internal')")
    } else {
        format!("{alias}.visibility = 'public'")
    }
}
