//! The groups below groups: one page for each of many, in one statement.

use super::Order;
use super::find::search;
use crate::db::Sql;
use crate::domain::keyset::{self, Shared};
use crate::domain::standing::{self, Group};
use crate::domain::{Ctx, Page, Result, Window};
use crate::types::GroupId;

/// One page of the groups anywhere below each of `groups` that the actor sees, by name, in the order of `groups`. A blank search finds all.
///
/// # Errors
/// `Invalid` for a position of another order.
pub async fn descendants(
    ctx: &Ctx,
    groups: &[GroupId],
    search: Option<&str>,
    window: &Window,
) -> Result<Vec<Page<Group>>> {
    let (order, owners) = (Order::default(), numbers(groups));
    let mut sql = ctx.conn().sql();
    let shared = below(&mut sql, ctx, &owners, search);
    keyset::pages(sql, &shared, &order.sort(), window, |group| order.place(group)).await
}

/// How many groups there are below each of `groups`; no count is higher than `limit + 1`.
pub async fn descendant_counts(ctx: &Ctx, groups: &[GroupId], search: Option<&str>, limit: u64) -> Result<Vec<u64>> {
    let owners = numbers(groups);
    let mut sql = ctx.conn().sql();
    let shared = below(&mut sql, ctx, &owners, search);
    keyset::counts(sql, &shared, limit).await
}

fn numbers(groups: &[GroupId]) -> Vec<i64> {
    groups.iter().map(|group| group.0).collect()
}

fn below<'a>(sql: &mut Sql<'_>, ctx: &Ctx, owners: &'a [i64], text: Option<&str>) -> Shared<'a> {
    let dialect = sql.dialect();
    let above = sql.any_of("up.id", owners.iter().copied());
    let within = dialect.within("n.ancestor_path", "up.ancestor_path");
    let mut which = format!("EXISTS (SELECT 1 FROM namespaces up WHERE {above} AND {within})");
    if let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) {
        which = format!("{which} AND {}", search(sql, text, false));
    }
    let groups = standing::select_groups(sql, &ctx.actor, &which);
    let within = dialect.within("g.ancestor_path", "a.ancestor_path");
    Shared {
        owners,
        from: format!("namespaces a JOIN ({groups}) AS g ON {within} AND g.id <> a.id WHERE TRUE"),
        columns: "g.*",
    }
}
