//! The list of groups.

use super::{Filter, Order, Scope};
use crate::db::{Dialect, Sql};
use crate::domain::standing::{self, Group};
use crate::domain::{Actor, Ctx, Page, Result, Window, hierarchy, keyset};
use crate::types::{UserId, fold};

/// One page of the groups.
///
/// # Errors
/// `Invalid` for a position of another order.
pub async fn page(ctx: &Ctx, filter: &Filter, order: Order, window: &Window) -> Result<Page<Group>> {
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, &ctx.actor, filter);
    keyset::page(sql, &select, &order.sort(), window, |group| order.place(group)).await
}

/// How many groups there are; counting stops at `limit + 1`.
pub async fn count(ctx: &Ctx, filter: &Filter, limit: u64) -> Result<u64> {
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, &ctx.actor, filter);
    keyset::count(sql, &select, limit).await
}

fn select(sql: &mut Sql<'_>, actor: &Actor, filter: &Filter) -> String {
    let which = conditions(sql, actor.user_id(), filter);
    let own = groups_with_a_role(sql.dialect());
    match (actor.user_id(), filter.scope) {
        (None, _) | (_, Scope::Visible) => standing::select_groups(sql, actor, &which),
        // Whatever is on this list may be named; sight adds nothing to it.
        (Some(_), Scope::Roles) => {
            standing::select_groups_and(sql, actor, &format!("{which} AND n.id IN ({own})"), "TRUE")
        }
        (Some(_), Scope::Available) => standing::select_groups_and(sql, actor, &which, &format!("g.id IN ({own})")),
    }
}

/// The numbers of the groups in which the user has a role, in a project of them too, and of all groups above; needs the reach of the user.
fn groups_with_a_role(dialect: &Dialect) -> String {
    let below = dialect.within("c.ancestor_path", "reach.path");
    let (above_group, above_project) = (dialect.path_ids("reach.path", "up"), dialect.path_ids("r.path", "up"));
    format!(
        "SELECT c.id FROM reach JOIN namespaces c ON {below}
         UNION SELECT up.value FROM reach, {above_group}
         UNION SELECT up.value FROM (SELECT DISTINCT path FROM role_projects) AS r, {above_project}"
    )
}

fn conditions(sql: &mut Sql<'_>, user: Option<UserId>, filter: &Filter) -> String {
    let mut all = vec!["TRUE".to_owned()];
    if let Some(ids) = &filter.ids {
        all.push(sql.any_of("n.id", ids.iter().copied()));
    }
    if !filter.not_ids.is_empty() {
        let skipped = sql.any_of("n.id", filter.not_ids.iter().copied());
        all.push(format!("NOT ({skipped})"));
    }
    if let Some(parent) = filter.parent {
        all.push(format!("n.parent_id = {}", sql.bind(parent.0)));
    }
    if let Some(path) = &filter.below {
        let (from, to) = (sql.bind(path.0.clone()), sql.bind(path.end()));
        all.push(format!("n.ancestor_path > {from} AND n.ancestor_path < {to}"));
    }
    if filter.top_level {
        all.push("n.parent_id IS NULL".to_owned());
    }
    if let Some(visibility) = filter.visibility {
        all.push(format!("n.visibility = '{}'", visibility.as_str()));
    }
    if let Some(text) = filter.search.as_deref().filter(|text| !text.trim().is_empty()) {
        let whole = filter.parent.is_none() && filter.below.is_none();
        all.push(search(sql, text.trim(), whole));
    }
    if filter.owned {
        all.push(user.map_or("FALSE".to_owned(), |user| owned(sql, user)));
    }
    if let (Some(level), Some(user)) = (filter.min_access_level, user) {
        all.push(at_least(sql, user, level.number()));
    }
    all.join(" AND ")
}

pub(in crate::domain) fn search(sql: &mut Sql<'_>, text: &str, whole: bool) -> String {
    let dialect = sql.dialect();
    let folded = sql.bind(fold(text));
    let mut places = vec![
        dialect.contains("n.name_key", &folded),
        dialect.contains("LOWER(n.path)", &folded),
    ];
    if whole {
        places.push(dialect.contains("n.full_path_key", &folded));
        // There is no folded full name; LOWER knows ASCII only on both databases, so the text is folded likewise.
        let ascii = sql.bind(text.to_ascii_lowercase());
        places.push(dialect.contains("LOWER(n.full_name)", &ascii));
    }
    format!("({})", places.join(" OR "))
}

fn owned(sql: &mut Sql<'_>, user: UserId) -> String {
    let grants = hierarchy::grants(sql.dialect(), "m");
    let user = sql.bind(user.0);
    format!(
        "n.id IN (SELECT m.source_id FROM members m
                   WHERE m.source_kind = 1 AND m.user_id = {user} AND m.access_level = 50 AND {grants})"
    )
}

fn at_least(sql: &mut Sql<'_>, user: UserId, level: i32) -> String {
    let dialect = sql.dialect();
    let (grants, below) = (
        hierarchy::grants(dialect, "m"),
        dialect.within("c.ancestor_path", "a.ancestor_path"),
    );
    let user = sql.bind(user.0);
    format!(
        "n.id IN (SELECT c.id FROM members m JOIN namespaces a ON a.id = m.source_id JOIN namespaces c ON {below}
                   WHERE m.source_kind = 1 AND m.user_id = {user} AND m.access_level >= {level} AND {grants})"
    )
}
