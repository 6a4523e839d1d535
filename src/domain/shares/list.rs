//! Lists of links for many groups and projects at once. A link is seen by who sees both of its ends; those that have ended do not count.

use std::collections::HashMap;

use super::Share;
use super::row::{ABOVE, COLUMNS, OWN, ROLE, links, source_column, table};
use crate::db::Sql;
use crate::domain::keyset::{self, Key, Shared, Sort};
use crate::domain::members::{Direction, Of};
use crate::domain::{Ctx, Page, Position, Result, Window, groups, hierarchy, projects, standing};
use crate::types::{Source, SourceKind};

/// Which links of a group or project.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum List {
    /// Those that give groups access to it; with `inherited` also those of groups above it.
    Invited {
        /// Also those of groups above it.
        inherited: bool,
        /// A part of the name or path of the invited group. Blank for all.
        search: Option<String>,
    },
    /// Those that give the group access to groups. A project has none.
    Groups {
        /// A part of the name or path of the other group. Blank for all.
        search: Option<String>,
    },
    /// Those that give the group access to projects. A project has none.
    Projects {
        /// A part of the name or path of the project. Blank for all.
        search: Option<String>,
    },
}

/// One page of the links of each of the groups and projects, in their order: a source's own before those from above, older before younger. One
/// statement for all groups, and one for all projects.
///
/// # Errors
/// `Invalid` for a position of another order.
pub async fn pages(ctx: &Ctx, sources: &[Of<'_>], list: &List, window: &Window) -> Result<Vec<Page<Share>>> {
    let mut found = HashMap::new();
    for (kind, owners) in by_kind(ctx, sources, list) {
        let mut sql = ctx.conn().sql();
        let shared = shared(&mut sql, ctx, kind, &owners, list);
        let pages = keyset::pages(sql, &shared, &own_first(), window, place).await?;
        found.extend(owners.iter().map(|id| Source::new(kind, *id)).zip(pages));
    }
    let page = |of: &Of<'_>| found.get(&of.source()).cloned().unwrap_or_else(Page::empty);
    Ok(sources.iter().map(page).collect())
}

/// How many there are of each, in their order; no count is higher than `limit + 1`.
pub async fn counts(ctx: &Ctx, sources: &[Of<'_>], list: &List, limit: u64) -> Result<Vec<u64>> {
    let mut found = HashMap::new();
    for (kind, owners) in by_kind(ctx, sources, list) {
        let mut sql = ctx.conn().sql();
        let shared = shared(&mut sql, ctx, kind, &owners, list);
        let counts = keyset::counts(sql, &shared, limit).await?;
        found.extend(owners.iter().map(|id| Source::new(kind, *id)).zip(counts));
    }
    let count = |of: &Of<'_>| found.get(&of.source()).copied().unwrap_or_default();
    Ok(sources.iter().map(count).collect())
}

/// The numbers of those that the actor sees and that can have such links.
fn by_kind(ctx: &Ctx, sources: &[Of<'_>], list: &List) -> Vec<(SourceKind, Vec<i64>)> {
    let kinds: &[SourceKind] = match list {
        List::Invited { .. } => &[SourceKind::Group, SourceKind::Project],
        List::Groups { .. } | List::Projects { .. } => &[SourceKind::Group],
    };
    kinds
        .iter()
        .copied()
        .map(|kind| {
            let seen = sources.iter().filter(|of| of.seen_by(&ctx.actor));
            let of_kind = seen.map(|of| of.source()).filter(|source| source.kind() == kind);
            (kind, of_kind.map(Source::id).collect::<Vec<_>>())
        })
        .filter(|(_, owners)| !owners.is_empty())
        .collect()
}

/// Numbers of links to groups and to projects may be the same, but no list has both kinds in one half.
fn own_first() -> Sort {
    Sort {
        by: Some(Key::Text("l.nearness".to_owned())),
        id: "l.id",
        direction: Direction::Asc,
        ties: Direction::Asc,
    }
}

fn place(share: &Share) -> Position {
    let nearness = if share.inherited { ABOVE } else { OWN };
    Position {
        value: Some(nearness.to_owned()),
        id: share.id.0,
    }
}

fn shared<'a>(sql: &mut Sql<'_>, ctx: &Ctx, kind: SourceKind, owners: &'a [i64], list: &List) -> Shared<'a> {
    let seen = match list {
        List::Invited { inherited, search } => invited(sql, ctx, kind, owners, *inherited, search.as_deref()),
        List::Groups { search } => {
            let (links, theirs) = given(sql, SourceKind::Group, owners, "n.id");
            let which = narrowed(theirs, groups_named(sql, search.as_deref()));
            let groups = standing::select_groups(sql, &ctx.actor, &which);
            format!("({links}) AS l ON l.owner_id = a.id JOIN ({groups}) AS o ON o.id = l.source_id {ROLE} WHERE TRUE")
        }
        List::Projects { search } => {
            let (links, theirs) = given(sql, SourceKind::Project, owners, "p.id");
            let named = search.as_deref().and_then(|text| projects::search(sql, text));
            let projects = standing::select_projects(sql, &ctx.actor, &narrowed(theirs, named));
            format!(
                "({links}) AS l ON l.owner_id = a.id JOIN ({projects}) AS o ON o.id = l.source_id {ROLE} WHERE TRUE"
            )
        }
    };
    Shared {
        owners,
        from: format!("{} a JOIN {seen}", owner_table(kind)),
        columns: COLUMNS,
    }
}

const fn owner_table(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Group => "namespaces",
        SourceKind::Project => "projects",
    }
}

/// The links that let groups into the owners, with the groups.
fn invited(
    sql: &mut Sql<'_>,
    ctx: &Ctx,
    kind: SourceKind,
    owners: &[i64],
    inherited: bool,
    search: Option<&str>,
) -> String {
    let mut all = own(sql, kind, owners);
    let mut source_seen = "TRUE".to_owned();
    if inherited {
        let above = above(sql, kind, owners);
        all = format!("{all} UNION ALL {above}");
        let which = format!("n.id IN (SELECT q.source_id FROM ({above}) AS q)");
        let sources = standing::select_groups(sql, &ctx.actor, &which);
        source_seen = format!(
            "CASE WHEN l.nearness = '{OWN}' THEN TRUE ELSE l.source_id IN (SELECT v.id FROM ({sources}) AS v) END"
        );
    }
    let theirs = format!("n.id IN (SELECT q.invited_group_id FROM ({all}) AS q)");
    let which = narrowed(theirs, groups_named(sql, search));
    let groups = standing::select_groups(sql, &ctx.actor, &which);
    format!(
        "({all}) AS l ON l.owner_id = a.id JOIN ({groups}) AS o ON o.id = l.invited_group_id {ROLE} WHERE {source_seen}"
    )
}

fn own(sql: &mut Sql<'_>, kind: SourceKind, owners: &[i64]) -> String {
    let (table, owner) = (table(kind), format!("s.{}", source_column(kind)));
    let live = hierarchy::live_link(sql.dialect(), "s");
    let of_owners = sql.any_of(&owner, owners.iter().copied());
    links(kind, &owner, OWN, &format!("{table} s WHERE {of_owners} AND {live}"))
}

/// Those of the groups above the owners.
fn above(sql: &mut Sql<'_>, kind: SourceKind, owners: &[i64]) -> String {
    let (dialect, table) = (sql.dialect(), owner_table(kind));
    let (up, live) = (
        dialect.path_ids("x.ancestor_path", "up"),
        hierarchy::live_link(dialect, "s"),
    );
    let of_owners = sql.any_of("x.id", owners.iter().copied());
    // The path of a project ends with its group, that of a group with itself.
    let higher = match kind {
        SourceKind::Group => "up.value <> x.id",
        SourceKind::Project => "TRUE",
    };
    let from = format!(
        "{table} x CROSS JOIN {up} CROSS JOIN group_shares s
          WHERE {of_owners} AND s.shared_group_id = up.value AND {higher} AND {live}"
    );
    links(SourceKind::Group, "x.id", ABOVE, &from)
}

/// The links that let the owners into groups, or into projects; and the condition that `number` is that of one of these.
fn given(sql: &mut Sql<'_>, kind: SourceKind, owners: &[i64], number: &str) -> (String, String) {
    let live = hierarchy::live_link(sql.dialect(), "s");
    let of_owners = sql.any_of("s.invited_group_id", owners.iter().copied());
    let from = format!("{} s WHERE {of_owners} AND {live}", table(kind));
    let links = links(kind, "s.invited_group_id", OWN, &from);
    let theirs = format!("{number} IN (SELECT q.source_id FROM ({links}) AS q)");
    (links, theirs)
}

fn groups_named(sql: &mut Sql<'_>, search: Option<&str>) -> Option<String> {
    let text = search.map(str::trim).filter(|text| !text.is_empty())?;
    Some(groups::search(sql, text, false))
}

fn narrowed(which: String, named: Option<String>) -> String {
    match named {
        Some(named) => format!("{which} AND {named}"),
        None => which,
    }
}
