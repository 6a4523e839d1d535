//! Lists of namespaces, and single ones.

use std::collections::HashMap;

use sea_orm::FromQueryResult;

use super::{Filter, Namespace, Size};
use crate::db::Sql;
use crate::domain::keyset::{self, Sort};
use crate::domain::members::Direction;
use crate::domain::standing::{self, Name};
use crate::domain::{Ctx, Error, Page, Position, Result, Thing, Window, hierarchy};
use crate::types::{GroupId, NamespaceId, NamespaceKind, UserId, fold};

/// By number: groups first.
const SORT: Sort = Sort {
    by: None,
    id: "n.id",
    direction: Direction::Asc,
    ties: Direction::Asc,
};

const COLUMNS: &str = "n.id, n.kind, n.name, n.path, n.full_path, n.parent_id, n.owner_id";

/// One page of one's own namespace and those of the groups in which one has a row; to administrators of all. Four statements at most.
///
/// # Errors
/// `Unauthenticated`
pub async fn page(ctx: &Ctx, filter: &Filter, window: &Window) -> Result<Page<Namespace>> {
    let user = ctx.require_caller()?.id;
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, ctx, user, filter);
    let place = |row: &Row| Position {
        value: None,
        id: row.id.0,
    };
    let page = keyset::page(sql, &select, &SORT, window, place).await?;
    let groups = page.items.iter().map(|(_, row)| row);
    let groups = groups.filter_map(Row::group).collect::<Vec<_>>();
    let owned = standing::groups(ctx, groups).await?;
    let owned = owned
        .iter()
        .filter(|group| group.owned_by(&ctx.actor))
        .map(|group| group.id);
    let mut sizes = sizes(ctx, owned.collect()).await?;
    Ok(page.map(|row| {
        let size = sizes.remove(&row.id);
        row.with(size)
    }))
}

/// How many there are; counting stops at `limit + 1`.
///
/// # Errors
/// As [`page`].
pub async fn count(ctx: &Ctx, filter: &Filter, limit: u64) -> Result<u64> {
    let user = ctx.require_caller()?.id;
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, ctx, user, filter);
    keyset::count(sql, &select, limit).await
}

/// One's own namespace, or that of a group in which one has a role; for administrators any.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Namespace)`.
pub async fn get(ctx: &Ctx, name: &Name) -> Result<Namespace> {
    let user = ctx.require_caller()?.id;
    let mut sql = ctx.conn().sql();
    let which = match name {
        Name::Id(id) => format!("n.id = {}", sql.bind(*id)),
        Name::Path(path) => format!("n.full_path_key = {}", sql.bind(fold(path))),
    };
    sql.push(format!("SELECT {COLUMNS} FROM namespaces n WHERE {which}"));
    let row: Option<Row> = sql.one().await?;
    let Some(row) = row else {
        return standing::missing(ctx, Thing::Namespace).await;
    };
    let Some(group) = row.group() else {
        let is_open = row.owner_id == Some(user) || ctx.actor.is_admin();
        if is_open {
            return Ok(row.with(None));
        }
        return standing::missing(ctx, Thing::Namespace).await;
    };
    let seen = standing::groups(ctx, [group]).await?.pop();
    let seen = seen.filter(|group| group.insider(&ctx.actor));
    let seen = seen.ok_or(Error::NotFound(Thing::Namespace))?;
    let size = if seen.owned_by(&ctx.actor) {
        sizes(ctx, vec![group]).await?.remove(&row.id)
    } else {
        None
    };
    Ok(row.with(size))
}

#[derive(FromQueryResult)]
struct Row {
    id: NamespaceId,
    kind: NamespaceKind,
    name: String,
    path: String,
    full_path: String,
    parent_id: Option<NamespaceId>,
    owner_id: Option<UserId>,
}

impl Row {
    fn group(&self) -> Option<GroupId> {
        (self.kind == NamespaceKind::Group).then_some(GroupId(self.id.0))
    }

    fn with(self, size: Option<Size>) -> Namespace {
        Namespace {
            id: self.id,
            kind: self.kind,
            name: self.name,
            path: self.path,
            full_path: self.full_path,
            parent_id: self.parent_id,
            size,
        }
    }
}

fn select(sql: &mut Sql<'_>, ctx: &Ctx, user: UserId, filter: &Filter) -> String {
    let dialect = sql.dialect();
    let mut all = vec!["TRUE".to_owned()];
    if !ctx.actor.is_admin() || filter.owned {
        let grants = hierarchy::grants(dialect, "m");
        let owned = if filter.owned { " AND m.access_level = 50" } else { "" };
        let user = sql.bind(user.0);
        all.push(format!(
            "(n.owner_id = {user} OR n.id IN (SELECT m.source_id FROM members m
                                               WHERE m.source_kind = 1 AND m.user_id = {user} AND {grants}{owned}))"
        ));
    }
    if filter.top_level {
        all.push("n.parent_id IS NULL".to_owned());
    }
    let text = filter.search.as_deref().unwrap_or_default().trim();
    if !text.is_empty() {
        let text = sql.bind(fold(text));
        // A path has letters of ASCII only.
        let mut places = vec![
            dialect.contains("n.name_key", &text),
            dialect.contains("LOWER(n.path)", &text),
        ];
        if filter.in_full_path {
            places.push(dialect.contains("n.full_path_key", &text));
        }
        all.push(format!("({})", places.join(" OR ")));
    }
    format!("SELECT {COLUMNS} FROM namespaces n WHERE {}", all.join(" AND "))
}

/// How much is in each of the groups and all below: one statement.
async fn sizes(ctx: &Ctx, groups: Vec<GroupId>) -> Result<HashMap<NamespaceId, Size>> {
    #[derive(FromQueryResult)]
    struct Sized {
        id: NamespaceId,
        #[sea_orm(nested)]
        size: Size,
    }
    if groups.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = ctx.conn().sql();
    let dialect = sql.dialect();
    let (grants, below) = (
        hierarchy::grants(dialect, "m"),
        dialect.within("g.ancestor_path", "n.ancestor_path"),
    );
    let inside = dialect.within("p.ancestor_path", "n.ancestor_path");
    let which = sql.any_of("n.id", groups.iter().map(|group| group.0));
    sql.push(format!(
        "SELECT n.id,
                (SELECT COUNT(DISTINCT m.user_id) FROM namespaces g JOIN members m ON m.source_kind = 1 AND m.source_id = g.id
                  WHERE {below} AND {grants}) AS members,
                (SELECT COUNT(*) FROM projects p WHERE {inside}) AS projects
           FROM namespaces n WHERE {which}"
    ));
    let sized: Vec<Sized> = sql.all().await?;
    Ok(sized.into_iter().map(|sized| (sized.id, sized.size)).collect())
}
