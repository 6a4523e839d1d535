//! The list of projects.

use super::{Filter, Order, Place};
use crate::db::Sql;
use crate::domain::standing::{self, Project};
use crate::domain::{Actor, Ctx, Page, Result, Window, hierarchy, keyset};
use crate::types::{AccessLevel, AncestorPath, GroupId, UserId, fold};

/// One page of the projects.
///
/// # Errors
/// `Invalid` for a position of another order.
pub async fn page(ctx: &Ctx, filter: &Filter, order: Order, window: &Window) -> Result<Page<Project>> {
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, &ctx.actor, filter);
    keyset::page(sql, &select, &order.sort(), window, |project| order.place(project)).await
}

/// How many projects there are; counting stops at `limit + 1`.
pub async fn count(ctx: &Ctx, filter: &Filter, limit: u64) -> Result<u64> {
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, &ctx.actor, filter);
    keyset::count(sql, &select, limit).await
}

fn select(sql: &mut Sql<'_>, actor: &Actor, filter: &Filter) -> String {
    let which = conditions(sql, actor.user_id(), filter);
    standing::select_projects(sql, actor, &which)
}

fn conditions(sql: &mut Sql<'_>, user: Option<UserId>, filter: &Filter) -> String {
    let mut all = vec!["TRUE".to_owned()];
    if let Some(place) = &filter.place {
        all.push(lies_in(sql, place));
    }
    if let Some(ids) = &filter.ids {
        all.push(sql.any_of("p.id", ids.iter().copied()));
    }
    if let Some(paths) = &filter.full_paths {
        let folded: Vec<_> = paths.iter().map(|path| fold(path)).collect();
        all.push(sql.any_word("p.full_path_key", &folded));
    }
    if let Some(level) = lowest_level(filter) {
        all.push(user.map_or("FALSE".to_owned(), |user| at_least(sql, user, level)));
    }
    if let Some(text) = filter.search.as_deref() {
        all.extend(search(sql, text));
    }
    if let Some(visibility) = filter.visibility {
        all.push(format!("p.visibility = '{}'", visibility.as_str()));
    }
    if let Some(id) = filter.id_after {
        all.push(format!("p.id > {}", sql.bind(id)));
    }
    if let Some(id) = filter.id_before {
        all.push(format!("p.id < {}", sql.bind(id)));
    }
    if filter.archived == Some(true) {
        all.push("FALSE".to_owned());
    }
    all.join(" AND ")
}

/// Nothing for a blank text.
pub(in crate::domain) fn search(sql: &mut Sql<'_>, text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let dialect = sql.dialect();
    let folded = sql.bind(fold(text));
    let (name, path) = (
        dialect.contains("p.name_key", &folded),
        dialect.contains("LOWER(p.path)", &folded),
    );
    Some(format!("({name} OR {path})"))
}

fn lies_in(sql: &mut Sql<'_>, place: &Place) -> String {
    let (id, path, include_subgroups, with_shared, include_ancestor_groups) = match place {
        Place::Namespace(id) => return format!("p.namespace_id = {}", sql.bind(id.0)),
        Place::SharedWith(id) => return linked(sql, *id),
        Place::Group {
            id,
            path,
            include_subgroups,
            with_shared,
            include_ancestor_groups,
        } => (*id, path, *include_subgroups, *with_shared, *include_ancestor_groups),
    };
    let mut ways = vec![if include_subgroups {
        range(sql, "p.ancestor_path", path)
    } else {
        format!("p.namespace_id = {}", sql.bind(id.0))
    }];
    if include_ancestor_groups {
        ways.push(sql.any_of("p.namespace_id", path.groups().map(|group| group.0)));
    }
    if with_shared {
        ways.push(shared_with(sql, id, path, include_subgroups));
    }
    format!("({})", ways.join(" OR "))
}

fn range(sql: &mut Sql<'_>, column: &str, path: &AncestorPath) -> String {
    let (from, to) = (sql.bind(path.0.clone()), sql.bind(path.end()));
    format!("({column} >= {from} AND {column} < {to})")
}

fn shared_with(sql: &mut Sql<'_>, id: GroupId, path: &AncestorPath, include_subgroups: bool) -> String {
    if !include_subgroups {
        return linked(sql, id);
    }
    let link = hierarchy::live_link(sql.dialect(), "s");
    let below = range(sql, "i.ancestor_path", path);
    let invited = format!("s.invited_group_id IN (SELECT i.id FROM namespaces i WHERE {below})");
    format!("p.id IN (SELECT s.project_id FROM project_shares s WHERE {invited} AND {link})")
}

/// A link in force lets the group into project `p`.
fn linked(sql: &mut Sql<'_>, group: GroupId) -> String {
    let (link, group) = (hierarchy::live_link(sql.dialect(), "s"), sql.bind(group.0));
    format!("p.id IN (SELECT s.project_id FROM project_shares s WHERE s.invited_group_id = {group} AND {link})")
}

/// The level that the filter asks of the actor, if it asks for any.
fn lowest_level(filter: &Filter) -> Option<AccessLevel> {
    let asked = [
        filter.membership.then_some(AccessLevel::Guest),
        filter.owned.then_some(AccessLevel::Owner),
        filter.min_access_level,
    ];
    asked.into_iter().flatten().max()
}

/// From the user's side: the few projects in which there is a level, instead of a look at every project.
fn at_least(sql: &mut Sql<'_>, user: UserId, level: AccessLevel) -> String {
    let role_projects = hierarchy::role_projects(sql, user);
    format!(
        "p.id IN (WITH {role_projects} SELECT r.id FROM role_projects r WHERE r.level >= {})",
        level.number()
    )
}
