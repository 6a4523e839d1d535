//! Groups that links join to a group or project, as lists of groups. Links that have ended do not count.

use crate::db::Sql;
use crate::domain::groups::{self, Order};
use crate::domain::members::Of;
use crate::domain::standing::{self, Group, Project};
use crate::domain::{Ctx, Page, Result, Window, hierarchy, keyset};
use crate::types::{AccessLevel, GroupId, Visibility, fold};

/// Which groups.
#[derive(Clone, Copy, Debug)]
pub enum Linked<'a> {
    /// Those that have access to it.
    Into {
        /// What they have access to.
        of: Of<'a>,
        /// By links of its own.
        direct: bool,
        /// By links of groups above it.
        inherited: bool,
    },
    /// Those to which this group has been given access.
    OpenTo(&'a Group),
    /// The project's own group and those above it.
    Around {
        /// The project.
        project: &'a Project,
        /// Also those to which the project's own links give access.
        shared: Option<Shared>,
    },
    /// Those that the project may be shared with: the actor has a level there and maintains the project, and nothing is in the way but, perhaps, a
    /// rule about addresses.
    Locations(&'a Project),
}

/// Which groups a project is shared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shared {
    /// Only those that the actor sees; else all of them are named.
    pub visible_only: bool,
    /// Only by links of this level or more.
    pub min_access_level: Option<AccessLevel>,
}

/// What narrows such a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Not these.
    pub not_ids: Vec<i64>,
    /// Only these.
    pub visibility: Option<Visibility>,
    /// A part of the name or path; of the full path where a project may be shared. Blank for all.
    pub search: Option<String>,
    /// Only those in which the actor has this level or more, however come by; anonymous callers: ignored.
    pub min_access_level: Option<AccessLevel>,
}

/// One page of the groups that the actor sees, and of those that [`Shared`] names.
///
/// # Errors
/// `Invalid` for a position of another order.
pub async fn groups(
    ctx: &Ctx,
    linked: &Linked<'_>,
    filter: &Filter,
    order: Order,
    window: &Window,
) -> Result<Page<Group>> {
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, ctx, linked, filter);
    keyset::page(sql, &select, &order.sort(), window, |group| order.place(group)).await
}

/// How many there are; counting stops at `limit + 1`.
pub async fn count_groups(ctx: &Ctx, linked: &Linked<'_>, filter: &Filter, limit: u64) -> Result<u64> {
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, ctx, linked, filter);
    keyset::count(sql, &select, limit).await
}

fn select(sql: &mut Sql<'_>, ctx: &Ctx, linked: &Linked<'_>, filter: &Filter) -> String {
    let mut which = narrowed(sql, linked, filter);
    let select = match linked {
        Linked::Into { of, direct, inherited } => {
            which.push(let_into(sql, *of, *direct, *inherited));
            seen(sql, ctx, &which)
        }
        Linked::OpenTo(group) => {
            let (live, group) = (hierarchy::live_link(sql.dialect(), "s"), sql.bind(group.id.0));
            which.push(format!(
                "n.id IN (SELECT s.shared_group_id FROM group_shares s WHERE s.invited_group_id = {group} AND {live})"
            ));
            seen(sql, ctx, &which)
        }
        Linked::Around { project, shared } => around(sql, ctx, project, *shared, which),
        Linked::Locations(project) => {
            which.extend(locations(sql, ctx, project));
            seen(sql, ctx, &which)
        }
    };
    match filter.min_access_level.filter(|_| ctx.actor.user_id().is_some()) {
        Some(level) => format!("{select} AND g.level >= {}", level.number()),
        None => select,
    }
}

fn seen(sql: &mut Sql<'_>, ctx: &Ctx, which: &[String]) -> String {
    standing::select_groups(sql, &ctx.actor, &which.join(" AND "))
}

fn narrowed(sql: &mut Sql<'_>, linked: &Linked<'_>, filter: &Filter) -> Vec<String> {
    let mut all = vec!["TRUE".to_owned()];
    if !filter.not_ids.is_empty() {
        let skipped = sql.any_of("n.id", filter.not_ids.iter().copied());
        all.push(format!("NOT ({skipped})"));
    }
    if let Some(visibility) = filter.visibility {
        all.push(format!("n.visibility = '{}'", visibility.as_str()));
    }
    if let Some(text) = filter.search.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        all.push(match linked {
            Linked::Locations(_) => in_name_or_full_path(sql, text),
            _ => groups::search(sql, text, false),
        });
    }
    all
}

fn in_name_or_full_path(sql: &mut Sql<'_>, text: &str) -> String {
    let (dialect, text) = (sql.dialect(), sql.bind(fold(text)));
    let (name, path) = (
        dialect.contains("n.name_key", &text),
        dialect.contains("n.full_path_key", &text),
    );
    format!("({name} OR {path})")
}

/// Group `n` has access to it.
fn let_into(sql: &mut Sql<'_>, of: Of<'_>, direct: bool, inherited: bool) -> String {
    let live = hierarchy::live_link(sql.dialect(), "s");
    let mut ways = Vec::new();
    if let (Of::Project(project), true) = (of, direct) {
        let project = sql.bind(project.id.0);
        ways.push(format!(
            "SELECT s.invited_group_id FROM project_shares s WHERE s.project_id = {project} AND {live}"
        ));
    }
    let groups = chain(of).into_iter().filter(|group| match of {
        Of::Group(own) if own.id == *group => direct,
        _ => inherited,
    });
    let of_groups = sql.any_of("s.shared_group_id", groups.map(|group| group.0));
    ways.push(format!(
        "SELECT s.invited_group_id FROM group_shares s WHERE {of_groups} AND {live}"
    ));
    format!("n.id IN ({})", ways.join(" UNION "))
}

/// The groups whose links come down to it, itself included.
fn chain(of: Of<'_>) -> Vec<GroupId> {
    match of {
        Of::Group(group) => group.ancestor_path.groups().collect(),
        Of::Project(project) if project.group_id().is_some() => project.ancestor_path.groups().collect(),
        Of::Project(_) => Vec::new(),
    }
}

fn around(sql: &mut Sql<'_>, ctx: &Ctx, project: &Project, shared: Option<Shared>, mut which: Vec<String>) -> String {
    let above = sql.any_of("n.id", chain(Of::Project(project)).into_iter().map(|group| group.0));
    let Some(shared) = shared else {
        which.push(above);
        return seen(sql, ctx, &which);
    };
    let (live, project) = (hierarchy::live_link(sql.dialect(), "s"), sql.bind(project.id.0));
    let level = shared.min_access_level.map_or(0, AccessLevel::number);
    let linked = format!(
        "SELECT s.invited_group_id FROM project_shares s WHERE s.project_id = {project} AND s.access_level >= {level} AND {live}"
    );
    which.push(format!("(n.id IN ({linked}) OR {above})"));
    if shared.visible_only {
        seen(sql, ctx, &which)
    } else {
        standing::select_groups_and(sql, &ctx.actor, &which.join(" AND "), &format!("g.id IN ({linked})"))
    }
}

/// The project may be shared with group `n` by the actor.
fn locations(sql: &mut Sql<'_>, ctx: &Ctx, project: &Project) -> Vec<String> {
    if project.acting_level(&ctx.actor) < AccessLevel::Maintainer || project.share_with_group_lock {
        return vec!["FALSE".to_owned()];
    }
    let dialect = sql.dialect();
    let live = hierarchy::live_link(dialect, "s");
    let has_level = if ctx.actor.is_admin() {
        "TRUE".to_owned()
    } else {
        let below = dialect.within("c.ancestor_path", "reach.path");
        format!("n.id IN (SELECT c.id FROM reach JOIN namespaces c ON {below})")
    };
    let above = sql.any_of("n.id", chain(Of::Project(project)).into_iter().map(|group| group.0));
    let (project, root) = (sql.bind(project.id.0), sql.bind(project.root_id.0));
    vec![
        has_level,
        format!("NOT ({above})"),
        format!(
            "n.id NOT IN (SELECT s.invited_group_id FROM project_shares s WHERE s.project_id = {project} AND {live})"
        ),
        format!(
            "n.root_id = (SELECT CASE WHEN home.prevent_sharing_groups_outside_hierarchy THEN home.id ELSE n.root_id END
                            FROM namespaces home WHERE home.id = {root})"
        ),
    ]
}
