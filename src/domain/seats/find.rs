//! Lists of billable members: pages of one, of several, of all, and how many there are.

use std::collections::{HashMap, HashSet};

use sea_orm::FromQueryResult;

use super::walk::{Part, Scope, Sought, conditions, rows, states};
use super::{BillableMember, Filter, Order, Seat, Usage, ledger, usage};
use crate::domain::standing::Group;
use crate::domain::{Ctx, Error, Page, Position, Result, Window, standing};
use crate::types::{GroupId, NamespaceId, UserId};

/// One page of the billable members of a top-level group. Two statements.
///
/// # Errors
/// `Unauthenticated`; `NotTopLevel`; `Forbidden` for others than owners and administrators; `Invalid` for a position of another order.
pub async fn page(
    ctx: &Ctx,
    group: &Group,
    filter: &Filter,
    order: Order,
    window: &Window,
) -> Result<Page<BillableMember>> {
    require_owner(ctx, group)?;
    let root = NamespaceId::of_group(group.id);
    let is_plain = matches!(Sought::of(filter), Sought::Everybody) && filter.users.is_none() && !filter.awaiting;
    let total = match window.offset() {
        offset if offset > 0 && is_plain => usage::counted(ctx, &[root])
            .await?
            .pop()
            .map(|usage: Usage| usage.in_use()),
        _ => None,
    };
    let part = Part::of(window, total);
    let page = read(ctx, &[root], filter, order, &part).await?.remove(&root);
    Ok(part.page(page.unwrap_or_default()))
}

/// The same page of each of the groups, in their order; none of a group that is not at the top, or that the actor does not own. Two statements.
///
/// # Errors
/// `Invalid` for a position of another order.
pub async fn pages(
    ctx: &Ctx,
    groups: &[&Group],
    filter: &Filter,
    order: Order,
    window: &Window,
) -> Result<Vec<Option<Page<BillableMember>>>> {
    let roots = owned(ctx, groups);
    let part = Part::of(window, None);
    let mut found = read(ctx, &roots, filter, order, &part).await?;
    Ok(groups
        .iter()
        .map(|group| NamespaceId::of_group(group.id))
        .map(|root| {
            roots
                .contains(&root)
                .then(|| part.page(found.remove(&root).unwrap_or_default()))
        })
        .collect())
}

/// The rows of a part of each list, with their places, in the direction of the walk.
async fn read(
    ctx: &Ctx,
    roots: &[NamespaceId],
    filter: &Filter,
    order: Order,
    part: &Part<'_>,
) -> Result<HashMap<NamespaceId, Vec<(Position, BillableMember)>>> {
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    let sought = Sought::of(filter);
    if roots.is_empty() || matches!(sought, Sought::Nobody) {
        return Ok(found);
    }
    ledger::keep(ctx, roots).await?;
    for (place, member) in rows(ctx, Scope::Roots(roots), filter, &sought, order, part).await? {
        found
            .entry(NamespaceId::of_group(member.root))
            .or_default()
            .push((place, member));
    }
    Ok(found)
}

/// One page of everybody who takes a seat anywhere, each once: in the top-level group with the lowest number. Orders but that by user sort all of them.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for others than administrators; `Invalid` for a position of another order.
pub async fn page_everywhere(
    ctx: &Ctx,
    filter: &Filter,
    order: Order,
    window: &Window,
) -> Result<Page<BillableMember>> {
    ctx.require_admin()?;
    ledger::keep_everywhere(ctx).await?;
    let sought = Sought::of(filter);
    let part = Part::of(window, None);
    let rows = match sought {
        Sought::Nobody => Vec::new(),
        sought => rows(ctx, Scope::Instance, filter, &sought, order, &part).await?,
    };
    Ok(part.page(rows))
}

/// How many there are; counting stops at `limit + 1`.
///
/// # Errors
/// As [`page_everywhere`].
pub async fn count_everywhere(ctx: &Ctx, filter: &Filter, limit: u64) -> Result<u64> {
    ctx.require_admin()?;
    ledger::keep_everywhere(ctx).await?;
    let mut sql = ctx.conn().sql();
    let which = conditions(&mut sql, filter, &Sought::of(filter));
    let scope = Scope::Instance.condition();
    let limit = sql.bind_count(limit.saturating_add(1));
    sql.push(format!(
        "SELECT COUNT(*) FROM (SELECT s.user_id FROM seats s WHERE s.state = 0 AND {scope}{which} LIMIT {limit}) AS counted"
    ));
    Ok(u64::try_from(sql.number().await?).unwrap_or_default())
}

/// Those of the groups whose billable members the actor may list.
fn owned(ctx: &Ctx, groups: &[&Group]) -> Vec<NamespaceId> {
    let may = |group: &&&Group| require_owner(ctx, group).is_ok();
    groups
        .iter()
        .filter(may)
        .map(|group| NamespaceId::of_group(group.id))
        .collect()
}

/// How many there are; counting stops at `limit + 1`. Without a search it is a look at the counters.
///
/// # Errors
/// As [`page`].
pub async fn count(ctx: &Ctx, group: &Group, filter: &Filter, limit: u64) -> Result<u64> {
    require_owner(ctx, group)?;
    let counted = counts(ctx, &[group], filter, limit).await?;
    Ok(counted.into_iter().flatten().sum())
}

/// How many there are of each of the groups, in their order; none of a group that is not at the top, or that the actor does not own. No count is higher
/// than `limit + 1`. At most three statements.
pub async fn counts(ctx: &Ctx, groups: &[&Group], filter: &Filter, limit: u64) -> Result<Vec<Option<u64>>> {
    let roots = owned(ctx, groups);
    let sought = Sought::of(filter);
    let counts: HashMap<_, _> = if matches!(sought, Sought::Everybody) && filter.users.is_none() {
        let usages = usage::counted(ctx, &roots).await?.into_iter();
        let waiting = |usage: &Usage| if filter.awaiting { usage.waiting() } else { 0 };
        let counts = usages.map(|usage| usage.in_use() + waiting(&usage));
        roots.iter().copied().zip(counts).collect()
    } else {
        ledger::keep(ctx, &roots).await?;
        counted(ctx, &roots, filter, &sought, limit).await?
    };
    let count = |group: &&Group| counts.get(&NamespaceId::of_group(group.id)).copied();
    Ok(groups
        .iter()
        .map(|group| Some(count(group)?.min(limit.saturating_add(1))))
        .collect())
}

async fn counted(
    ctx: &Ctx,
    roots: &[NamespaceId],
    filter: &Filter,
    sought: &Sought,
    limit: u64,
) -> Result<HashMap<NamespaceId, u64>> {
    #[derive(FromQueryResult)]
    struct Counted {
        id: NamespaceId,
        users: i64,
    }
    let mut sql = ctx.conn().sql();
    let which = conditions(&mut sql, filter, sought);
    let states = states(filter).join(", ");
    let limit = sql.bind_count(limit.saturating_add(1));
    let roots = sql.any_of("a.id", roots.iter().map(|root| root.0));
    sql.push(format!(
        "SELECT a.id, (SELECT COUNT(*) FROM (SELECT s.user_id FROM seats s
                                              WHERE s.root_id = a.id AND s.state IN ({states}){which} LIMIT {limit}) AS counted) AS users
           FROM namespaces a WHERE {roots}"
    ));
    let counted: Vec<Counted> = sql.all().await?;
    let count = |row: Counted| (row.id, u64::try_from(row.users).unwrap_or_default());
    Ok(counted.into_iter().map(count).collect())
}

/// Those of the seats, taken or not yet, that the actor may see, in no order. Three statements.
pub async fn by_seats(ctx: &Ctx, seats: &[Seat]) -> Result<Vec<BillableMember>> {
    let groups: HashSet<_> = seats.iter().map(|(root, _)| GroupId(root.0)).collect();
    let groups = standing::groups(ctx, groups).await?;
    let groups: Vec<_> = groups.iter().collect();
    let filter = Filter {
        awaiting: true,
        users: Some(seats.iter().map(|(_, user)| *user).collect()),
        ..Filter::default()
    };
    let all = Window::first(seats.len() as u64);
    let pages = pages(ctx, &groups, &filter, Order::User, &all).await?;
    let members = pages.into_iter().flatten().flat_map(Page::into_rows);
    Ok(members.filter(|member| seats.contains(&member.seat())).collect())
}

/// Which of the users take a seat in which of the top-level groups: the pairs among `pairs` that do, whoever asks. Two statements.
pub async fn using(ctx: &Ctx, pairs: &[Seat]) -> Result<HashSet<Seat>> {
    #[derive(FromQueryResult)]
    struct Taken {
        root_id: NamespaceId,
        user_id: UserId,
    }
    if pairs.is_empty() {
        return Ok(HashSet::new());
    }
    let roots: HashSet<_> = pairs.iter().map(|(root, _)| *root).collect();
    let roots: Vec<_> = roots.into_iter().filter(|root| root.is_group()).collect();
    ledger::keep(ctx, &roots).await?;
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(root, user)| vec![Some(root.0), Some(user.0)])
        .collect();
    let mut sql = ctx.conn().sql();
    let asked = sql.table(&["root_id", "user_id"], &pairs);
    sql.push(format!(
        "SELECT s.root_id, s.user_id FROM {asked} AS asked JOIN seats s ON s.root_id = asked.root_id AND s.user_id = asked.user_id WHERE s.state = 0"
    ));
    let taken: Vec<Taken> = sql.all().await?;
    Ok(taken.into_iter().map(|seat| (seat.root_id, seat.user_id)).collect())
}

/// The refusal of everybody but owners of a top-level group and administrators.
pub(in crate::domain) fn require_owner(ctx: &Ctx, group: &Group) -> Result<()> {
    ctx.require_known()?;
    if !group.is_top_level() {
        return Err(Error::NotTopLevel);
    }
    if !group.owned_by(&ctx.actor) {
        return Err(Error::Forbidden(None));
    }
    Ok(())
}
