//! The projects in groups: one page for each of many, in one statement.

use super::Order;
use super::find::search;
use crate::db::Sql;
use crate::domain::keyset::{self, Shared};
use crate::domain::standing::{self, Project};
use crate::domain::{Ctx, Page, Result, Window};
use crate::types::GroupId;

/// Which projects of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Within {
    /// A part of the name or path. Blank for all.
    pub search: Option<String>,
    /// Also those in the groups below.
    pub subgroups: bool,
}

/// One page of the projects in each of `groups` that the actor sees, newest first, in the order of `groups`.
///
/// # Errors
/// `Invalid` for a position of another order.
pub async fn within(ctx: &Ctx, groups: &[GroupId], filter: &Within, window: &Window) -> Result<Vec<Page<Project>>> {
    let (order, owners) = (Order::default(), numbers(groups));
    let mut sql = ctx.conn().sql();
    let shared = inside(&mut sql, ctx, &owners, filter);
    keyset::pages(sql, &shared, &order.sort(), window, |project| order.place(project)).await
}

/// How many projects there are in each of `groups`; no count is higher than `limit + 1`.
pub async fn counts_within(ctx: &Ctx, groups: &[GroupId], filter: &Within, limit: u64) -> Result<Vec<u64>> {
    let owners = numbers(groups);
    let mut sql = ctx.conn().sql();
    let shared = inside(&mut sql, ctx, &owners, filter);
    keyset::counts(sql, &shared, limit).await
}

fn numbers(groups: &[GroupId]) -> Vec<i64> {
    groups.iter().map(|group| group.0).collect()
}

fn inside<'a>(sql: &mut Sql<'_>, ctx: &Ctx, owners: &'a [i64], filter: &Within) -> Shared<'a> {
    let dialect = sql.dialect();
    let (mut which, joined) = if filter.subgroups {
        let above = sql.any_of("up.id", owners.iter().copied());
        let within = dialect.within("p.ancestor_path", "up.ancestor_path");
        (
            format!("EXISTS (SELECT 1 FROM namespaces up WHERE {above} AND {within})"),
            dialect.within("v.ancestor_path", "a.ancestor_path"),
        )
    } else {
        let inside = sql.any_of("p.namespace_id", owners.iter().copied());
        (inside, "v.namespace_id = a.id".to_owned())
    };
    if let Some(matches) = filter.search.as_deref().and_then(|text| search(sql, text)) {
        which = format!("{which} AND {matches}");
    }
    let projects = standing::select_projects(sql, &ctx.actor, &which);
    Shared {
        owners,
        from: format!("namespaces a JOIN ({projects}) AS v ON {joined} WHERE TRUE"),
        columns: "v.*",
    }
}
