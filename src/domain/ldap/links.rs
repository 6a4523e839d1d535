//! Which links there are, for those who administer the group they belong to.

use std::collections::{HashMap, HashSet};

use sea_orm::{DbErr, FromQueryResult, QueryResult};

use super::Link;
use crate::domain::keyset::{self, Shared, Sort};
use crate::domain::members::{Direction, Role};
use crate::domain::standing::{self, Group, Name};
use crate::domain::{Ctx, Error, Page, Position, Result, Thing, Window};
use crate::types::{GroupId, LdapGroupLinkId};

/// What [`Link`] reads of a link `l` and its custom role `r`.
const COLUMNS: &str = "l.id, l.group_id, l.provider, l.cn, l.filter, l.access_level,
        r.id AS role_id, r.group_id AS role_group_id, r.name AS role_name, r.description AS role_description,
        r.base_access_level AS role_base_access_level, r.permissions AS role_permissions, r.created_at AS role_created_at";

/// Where the role comes from.
const ROLE: &str = "LEFT JOIN member_roles r ON r.id = l.member_role_id";

/// By number.
const SORT: Sort = Sort {
    by: None,
    id: "l.id",
    direction: Direction::Asc,
    ties: Direction::Asc,
};

/// Every link of a group, by number.
///
/// # Errors
/// `Unauthenticated`; `NotFound` for the group; `Forbidden` for others than owners.
pub async fn links(ctx: &Ctx, name: &Name) -> Result<Vec<Link>> {
    ctx.require_known()?;
    let group = standing::group(ctx, name).await?;
    if !group.owned_by(&ctx.actor) {
        return Err(Error::Forbidden(None));
    }
    of_group(ctx, group.id).await
}

/// Every link of each of the groups, by number, as GitLab shows them with a group to whoever sees it; groups without links are left out. One statement.
pub async fn of_groups(ctx: &Ctx, groups: &[&Group]) -> Result<HashMap<GroupId, Vec<Link>>> {
    let mut found: HashMap<_, Vec<Link>> = HashMap::new();
    if groups.is_empty() {
        return Ok(found);
    }
    let mut sql = ctx.conn().sql();
    let which = sql.any_of("l.group_id", groups.iter().map(|group| group.id.0));
    sql.push(format!(
        "SELECT {COLUMNS} FROM ldap_group_links l {ROLE} WHERE {which} ORDER BY l.id"
    ));
    for link in sql.all::<Link>().await? {
        found.entry(link.group).or_default().push(link);
    }
    Ok(found)
}

/// The same page of the links of each of the groups, in their order; none of a group that the actor does not own. One statement.
pub async fn pages(ctx: &Ctx, groups: &[&Group], window: &Window) -> Result<Vec<Option<Page<Link>>>> {
    let owners = owned(ctx, groups);
    if owners.is_empty() {
        return Ok(groups.iter().map(|_| None).collect());
    }
    let sql = ctx.conn().sql();
    let pages = keyset::pages(sql, &shared(&owners), &SORT, window, place).await?;
    let mut found: HashMap<_, _> = owners.into_iter().zip(pages).collect();
    Ok(groups.iter().map(|group| found.remove(&group.id.0)).collect())
}

/// How many there are of each, in their order; none of a group that the actor does not own. No count is higher than `limit + 1`.
pub async fn counts(ctx: &Ctx, groups: &[&Group], limit: u64) -> Result<Vec<Option<u64>>> {
    let owners = owned(ctx, groups);
    if owners.is_empty() {
        return Ok(groups.iter().map(|_| None).collect());
    }
    let sql = ctx.conn().sql();
    let counts = keyset::counts(sql, &shared(&owners), limit).await?;
    let found: HashMap<_, _> = owners.into_iter().zip(counts).collect();
    Ok(groups.iter().map(|group| found.get(&group.id.0).copied()).collect())
}

/// Those of the links whose group the actor owns, in no order. Two statements at most.
pub async fn by_ids(ctx: &Ctx, ids: &[LdapGroupLinkId]) -> Result<Vec<Link>> {
    let mut sql = ctx.conn().sql();
    let which = sql.any_of("l.id", ids.iter().map(|id| id.0));
    sql.push(format!("SELECT {COLUMNS} FROM ldap_group_links l {ROLE} WHERE {which}"));
    let mut links: Vec<Link> = sql.all().await?;
    if links.is_empty() {
        return Ok(links);
    }
    let groups: HashSet<_> = links.iter().map(|link| link.group).collect();
    let seen = standing::groups(ctx, groups).await?;
    let owned: HashSet<_> = seen
        .iter()
        .filter(|group| group.owned_by(&ctx.actor))
        .map(|group| group.id)
        .collect();
    links.retain(|link| owned.contains(&link.group));
    Ok(links)
}

/// The group of a link; it says nothing of who may know.
///
/// # Errors
/// `Unauthenticated`; `NotFound(LdapLink)`.
pub async fn whose(ctx: &Ctx, id: LdapGroupLinkId) -> Result<GroupId> {
    #[derive(FromQueryResult)]
    struct Owner {
        group_id: GroupId,
    }
    ctx.require_caller()?;
    let mut sql = ctx.conn().sql();
    let id = sql.bind(id.0);
    sql.push(format!("SELECT l.group_id FROM ldap_group_links l WHERE l.id = {id}"));
    match sql.one::<Owner>().await? {
        Some(owner) => Ok(owner.group_id),
        None => standing::missing(ctx, Thing::LdapLink).await,
    }
}

/// Every link of a group, by number, whoever asks.
pub(super) async fn of_group(ctx: &Ctx, group: GroupId) -> Result<Vec<Link>> {
    let mut sql = ctx.conn().sql();
    let group = sql.bind(group.0);
    sql.push(format!(
        "SELECT {COLUMNS} FROM ldap_group_links l {ROLE} WHERE l.group_id = {group} ORDER BY l.id"
    ));
    Ok(sql.all().await?)
}

fn owned(ctx: &Ctx, groups: &[&Group]) -> Vec<i64> {
    let owned = groups.iter().filter(|group| group.owned_by(&ctx.actor));
    owned.map(|group| group.id.0).collect()
}

fn shared(owners: &[i64]) -> Shared<'_> {
    Shared {
        owners,
        from: format!("namespaces a JOIN ldap_group_links l ON l.group_id = a.id {ROLE} WHERE TRUE"),
        columns: COLUMNS,
    }
}

fn place(link: &Link) -> Position {
    Position {
        value: None,
        id: link.id.0,
    }
}

impl FromQueryResult for Link {
    fn from_query_result(row: &QueryResult, prefix: &str) -> std::result::Result<Self, DbErr> {
        Ok(Self {
            id: row.try_get(prefix, "id")?,
            group: row.try_get(prefix, "group_id")?,
            provider: row.try_get(prefix, "provider")?,
            cn: row.try_get(prefix, "cn")?,
            filter: row.try_get(prefix, "filter")?,
            access_level: row.try_get(prefix, "access_level")?,
            role: Option::<Role>::from_query_result(row, "role_")?,
        })
    }
}
