//! Lists of custom roles, and single ones.

use sea_orm::FromQueryResult;

use super::{Filter, Role};
use crate::db::Sql;
use crate::domain::keyset::{self, Key, Sort};
use crate::domain::members::Direction;
use crate::domain::standing::{self, Group};
use crate::domain::{Actor, Ctx, Error, Page, Position, Result, Thing, Window, hierarchy};
use crate::types::{AccessLevel, GroupId, MemberRoleId, Permissions};

/// One page of the custom roles of all top-level groups that the actor owns, by name; ties by number.
///
/// # Errors
/// `Invalid` for a position of another order.
pub async fn page(ctx: &Ctx, filter: &Filter, window: &Window) -> Result<Page<Role>> {
    let sort = Sort {
        by: Some(Key::Text("r.name_key".to_owned())),
        id: "r.id",
        direction: Direction::Asc,
        ties: Direction::Asc,
    };
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, &ctx.actor, filter);
    let page = keyset::page(sql, &select, &sort, window, Row::place).await?;
    Ok(page.map(Role::from))
}

/// How many there are; counting stops at `limit + 1`.
pub async fn count(ctx: &Ctx, filter: &Filter, limit: u64) -> Result<u64> {
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, &ctx.actor, filter);
    keyset::count(sql, &select, limit).await
}

/// Those of the roles that the actor administers, in no order.
pub async fn by_ids(ctx: &Ctx, ids: &[MemberRoleId]) -> Result<Vec<Role>> {
    let filter = Filter {
        ids: Some(ids.iter().map(|id| id.0).collect()),
        ..Filter::default()
    };
    all(ctx, &filter).await
}

/// Every role of a group, by name; none in a group that is not at the top.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for others than owners.
pub async fn of_group(ctx: &Ctx, group: &Group) -> Result<Vec<Role>> {
    ctx.require_known()?;
    if !group.owned_by(&ctx.actor) {
        return Err(Error::Forbidden(None));
    }
    let filter = Filter {
        groups: Some(vec![group.id.0]),
        ..Filter::default()
    };
    all(ctx, &filter).await
}

/// The roles that may be given in each of `groups`, those of its top-level group, by name; `None` for a group that the actor does not own. Who
/// owns a subgroup alone gives none.
pub async fn of_groups(ctx: &Ctx, groups: &[&Group]) -> Result<Vec<Option<Vec<Role>>>> {
    let owned = |group: &Group| group.owned_by(&ctx.actor);
    let filter = Filter {
        groups: Some(
            groups
                .iter()
                .filter(|group| owned(group))
                .map(|group| group.root_id.0)
                .collect(),
        ),
        ..Filter::default()
    };
    let roles = all(ctx, &filter).await?;
    let of = |group: &Group| {
        roles
            .iter()
            .filter(|role| role.group_id == group.root_id)
            .cloned()
            .collect()
    };
    Ok(groups.iter().map(|group| owned(group).then(|| of(group))).collect())
}

/// The group that a role belongs to: for a face that names a role by its number and then has something done to it, which authorizes itself.
///
/// # Errors
/// `Unauthenticated`; `NotFound(MemberRole)` when there is none.
pub async fn whose(ctx: &Ctx, role: MemberRoleId) -> Result<GroupId> {
    ctx.require_caller()?;
    let mut sql = ctx.conn().sql();
    let role = sql.bind(role.0);
    sql.push(format!(
        "SELECT r.group_id AS number FROM member_roles r WHERE r.id = {role}"
    ));
    match sql.one::<Number>().await? {
        Some(found) => Ok(found.number),
        None => standing::missing(ctx, Thing::MemberRole).await,
    }
}

#[derive(FromQueryResult)]
struct Number {
    number: GroupId,
}

/// A group has ten roles at most, and ids are named one by one: such lists are short.
pub(super) async fn all(ctx: &Ctx, filter: &Filter) -> Result<Vec<Role>> {
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, &ctx.actor, filter);
    sql.push(select).push(" ORDER BY r.name_key, r.id");
    let rows: Vec<Row> = sql.all().await?;
    Ok(rows.into_iter().map(Role::from).collect())
}

fn select(sql: &mut Sql<'_>, actor: &Actor, filter: &Filter) -> String {
    let mut which = vec!["TRUE".to_owned()];
    if let Some(groups) = &filter.groups {
        which.push(sql.any_of("r.group_id", groups.iter().copied()));
    }
    if let Some(ids) = &filter.ids {
        which.push(sql.any_of("r.id", ids.iter().copied()));
    }
    let mut with = String::new();
    match actor.user_id() {
        _ if actor.is_admin() => {}
        Some(user) => {
            with = format!("WITH {} ", hierarchy::reach(sql, user));
            let level = hierarchy::group_level(sql.dialect(), "n.ancestor_path");
            which.push(format!("{level} = {}", AccessLevel::Owner.number()));
        }
        None => which.push("FALSE".to_owned()),
    }
    format!(
        "{with}SELECT r.id, r.group_id, r.name, r.name_key, r.description, r.base_access_level, r.permissions, r.created_at
           FROM member_roles r JOIN namespaces n ON n.id = r.group_id WHERE {}",
        which.join(" AND ")
    )
}

#[derive(FromQueryResult)]
struct Row {
    id: MemberRoleId,
    group_id: GroupId,
    name: String,
    name_key: String,
    description: Option<String>,
    base_access_level: AccessLevel,
    permissions: Permissions,
    created_at: chrono::DateTime<chrono::Utc>,
}

impl Row {
    fn place(&self) -> Position {
        Position {
            value: Some(self.name_key.clone()),
            id: self.id.0,
        }
    }
}

impl From<Row> for Role {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            group_id: row.group_id,
            name: row.name,
            description: row.description,
            base_access_level: row.base_access_level,
            permissions: row.permissions,
            created_at: row.created_at,
        }
    }
}
