//! Lists of open requests, oldest first, and single ones.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;

use super::{AccessRequest, Filter};
use crate::db::Sql;
use crate::domain::keyset::{self, Shared, Sort};
use crate::domain::members::search::Search;
use crate::domain::members::{Direction, Of, managed};
use crate::domain::{Ctx, Error, Page, Position, Result, Thing, Window, standing, users};
use crate::types::{GroupId, MemberId, ProjectId, Source, SourceKind, UserId};

/// The columns of [`Row`].
const COLUMNS: &str = "m.id, m.source_kind, m.source_id, m.user_id, m.requested_at";

/// Row `m` of `members` is an open request; it has a user. Nothing is asked of the user here: SQLite would walk the index of all users for it.
const IS_OPEN: &str = "m.requested_at IS NOT NULL";

/// By number of the row.
const SORT: Sort = Sort {
    by: None,
    id: "m.id",
    direction: Direction::Asc,
    ties: Direction::Asc,
};

/// One page of the open requests for a group or project, for who administers its members.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for others.
pub async fn page(ctx: &Ctx, of: Of<'_>, window: &Window) -> Result<Page<AccessRequest>> {
    require_hand(ctx, of).await?;
    let mut sql = ctx.conn().sql();
    let select = select_of(&mut sql, of);
    let page = keyset::page(sql, &select, &SORT, window, Row::place).await?;
    whole(ctx, vec![page]).await.map(only)
}

/// How many there are; counting stops at `limit + 1`.
///
/// # Errors
/// As [`page`].
pub async fn count(ctx: &Ctx, of: Of<'_>, limit: u64) -> Result<u64> {
    require_hand(ctx, of).await?;
    let mut sql = ctx.conn().sql();
    let select = select_of(&mut sql, of);
    keyset::count(sql, &select, limit).await
}

/// The same page of each of the groups and projects, in their order; none where the actor does not administer the members. Four statements at most.
pub async fn pages(
    ctx: &Ctx,
    sources: &[Of<'_>],
    filter: &Filter,
    window: &Window,
) -> Result<Vec<Option<Page<AccessRequest>>>> {
    let (mut owners, mut pages) = (Vec::new(), Vec::new());
    for (kind, numbers) in by_kind(&managed(ctx, sources).await?) {
        let mut sql = ctx.conn().sql();
        pages.extend(match shared(&mut sql, kind, &numbers, filter) {
            Some(shared) => keyset::pages(sql, &shared, &SORT, window, Row::place).await?,
            None => vec![Page::empty(); numbers.len()],
        });
        owners.extend(numbers.into_iter().map(|number| Source::new(kind, number)));
    }
    let mut found: HashMap<_, _> = owners.into_iter().zip(whole(ctx, pages).await?).collect();
    Ok(sources.iter().map(|of| found.remove(&of.source())).collect())
}

/// How many requests there are for each, in their order; none where the actor does not administer the members. No count is higher than `limit + 1`.
pub async fn counts(ctx: &Ctx, sources: &[Of<'_>], filter: &Filter, limit: u64) -> Result<Vec<Option<u64>>> {
    let mut found = HashMap::new();
    for (kind, numbers) in by_kind(&managed(ctx, sources).await?) {
        let mut sql = ctx.conn().sql();
        let counts = match shared(&mut sql, kind, &numbers, filter) {
            Some(shared) => keyset::counts(sql, &shared, limit).await?,
            None => vec![0; numbers.len()],
        };
        found.extend(numbers.into_iter().map(|number| Source::new(kind, number)).zip(counts));
    }
    Ok(sources.iter().map(|of| found.get(&of.source()).copied()).collect())
}

/// One page of the actor's own open requests, for groups and projects that the actor still sees.
///
/// # Errors
/// `Unauthenticated`.
pub async fn own(ctx: &Ctx, window: &Window) -> Result<Page<AccessRequest>> {
    let mut sql = ctx.conn().sql();
    let select = select_own(&mut sql, ctx)?;
    let page = keyset::page(sql, &select, &SORT, window, Row::place).await?;
    whole(ctx, vec![page]).await.map(only)
}

/// How many there are; counting stops at `limit + 1`.
///
/// # Errors
/// As [`own`].
pub async fn count_own(ctx: &Ctx, limit: u64) -> Result<u64> {
    let mut sql = ctx.conn().sql();
    let select = select_own(&mut sql, ctx)?;
    keyset::count(sql, &select, limit).await
}

/// Those of the open requests that the actor sees, in no order: the actor's own, and those for what the actor administers the members of. Five statements
/// at most.
pub async fn by_ids(ctx: &Ctx, ids: &[MemberId]) -> Result<Vec<AccessRequest>> {
    let mut rows = rows(ctx, ids).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let of_kind = |kind| {
        rows.iter()
            .filter(move |row| row.source_kind == kind)
            .map(|row| row.source_id)
    };
    let groups: HashSet<_> = of_kind(SourceKind::Group).map(GroupId).collect();
    let projects: HashSet<_> = of_kind(SourceKind::Project).map(ProjectId).collect();
    let groups = standing::groups(ctx, groups).await?;
    let projects = standing::projects(ctx, projects).await?;
    let sources: Vec<_> = groups
        .iter()
        .map(Of::Group)
        .chain(projects.iter().map(Of::Project))
        .collect();
    let seen: HashSet<_> = sources.iter().map(|of| of.source()).collect();
    let managed = managed(ctx, &sources).await?;
    rows.retain(|row| {
        let is_own = ctx.actor.user_id() == Some(row.user_id) && seen.contains(&row.source());
        is_own || managed.contains(&row.source())
    });
    let rows = rows.into_iter().map(|row| (row.place(), row)).collect();
    let page = Page {
        items: rows,
        ..Page::empty()
    };
    Ok(whole(ctx, vec![page]).await.map(only)?.into_rows())
}

/// The open request of that row, whoever asks: for the verbs, which have judged that.
///
/// # Errors
/// `NotFound(Row)`.
pub(super) async fn stored(ctx: &Ctx, id: MemberId) -> Result<AccessRequest> {
    let rows = rows(ctx, &[id]).await?;
    let items = rows.into_iter().map(|row| (row.place(), row)).collect();
    let page = whole(ctx, vec![Page { items, ..Page::empty() }]).await.map(only)?;
    page.into_rows().pop().ok_or(Error::NotFound(Thing::Row))
}

async fn require_hand(ctx: &Ctx, of: Of<'_>) -> Result<()> {
    ctx.require_known()?;
    if managed(ctx, &[of]).await?.is_empty() {
        return Err(Error::Forbidden(None));
    }
    Ok(())
}

fn select_of(sql: &mut Sql<'_>, of: Of<'_>) -> String {
    let source = of.source();
    let (kind, id) = (sql.bind(source.kind() as i32), sql.bind(source.id()));
    format!("SELECT {COLUMNS} FROM members m WHERE m.source_kind = {kind} AND m.source_id = {id} AND {IS_OPEN}")
}

fn select_own(sql: &mut Sql<'_>, ctx: &Ctx) -> Result<String> {
    let user = sql.bind(ctx.require_caller()?.id.0);
    let of_kind = |kind: SourceKind| {
        let kind = kind as i32;
        format!("SELECT m.source_id FROM members m WHERE m.source_kind = {kind} AND m.user_id = {user} AND {IS_OPEN}")
    };
    let (groups, projects) = (of_kind(SourceKind::Group), of_kind(SourceKind::Project));
    let groups = standing::select_groups(sql, &ctx.actor, &format!("n.id IN ({groups})"));
    let projects = standing::select_projects(sql, &ctx.actor, &format!("p.id IN ({projects})"));
    Ok(format!(
        "SELECT {COLUMNS} FROM members m
          WHERE m.user_id = {user} AND {IS_OPEN}
            AND CASE m.source_kind WHEN 1 THEN m.source_id IN (SELECT seen.id FROM ({groups}) AS seen)
                                   ELSE m.source_id IN (SELECT seen.id FROM ({projects}) AS seen) END"
    ))
}

/// The groups, and the projects, among these.
fn by_kind(sources: &HashSet<Source>) -> Vec<(SourceKind, Vec<i64>)> {
    let of_kind = |kind: SourceKind| {
        let of_kind = sources.iter().filter(|source| source.kind() == kind);
        (kind, of_kind.map(|source| source.id()).collect::<Vec<_>>())
    };
    let kinds = [SourceKind::Group, SourceKind::Project].map(of_kind);
    kinds.into_iter().filter(|(_, numbers)| !numbers.is_empty()).collect()
}

/// The requests for each of many groups, or of many projects; none when nobody can match the search.
fn shared<'a>(sql: &mut Sql<'_>, kind: SourceKind, owners: &'a [i64], filter: &Filter) -> Option<Shared<'a>> {
    let matching = match filter.search.as_deref().map(str::trim) {
        None | Some("") => String::new(),
        Some(text) => {
            let matches = Search::parse(text)?.condition(sql, "s");
            format!(" AND EXISTS (SELECT 1 FROM users s WHERE s.id = m.user_id AND {matches})")
        }
    };
    let table = match kind {
        SourceKind::Group => "namespaces",
        SourceKind::Project => "projects",
    };
    let kind = kind as i32;
    Some(Shared {
        owners,
        from: format!(
            "{table} a JOIN members m ON m.source_kind = {kind} AND m.source_id = a.id WHERE {IS_OPEN}{matching}"
        ),
        columns: COLUMNS,
    })
}

async fn rows(ctx: &Ctx, ids: &[MemberId]) -> Result<Vec<Row>> {
    let mut sql = ctx.conn().sql();
    let which = sql.any_of("m.id", ids.iter().map(|id| id.0));
    sql.push(format!("SELECT {COLUMNS} FROM members m WHERE {which} AND {IS_OPEN}"));
    Ok(sql.all().await?)
}

/// The pages with who asks; who is gone by now is left out.
async fn whole(ctx: &Ctx, pages: Vec<Page<Row>>) -> Result<Vec<Page<AccessRequest>>> {
    let asking: HashSet<UserId> = pages
        .iter()
        .flat_map(|page| &page.items)
        .map(|(_, row)| row.user_id)
        .collect();
    let asking: Vec<_> = asking.into_iter().collect();
    let users = match asking.as_slice() {
        [] => Vec::new(),
        asking => users::by_ids(ctx, asking).await?,
    };
    let users: HashMap<_, _> = users.into_iter().map(|user| (user.id, user)).collect();
    let request = |row: Row| {
        Some(AccessRequest {
            id: row.id,
            source: row.source(),
            user: users.get(&row.user_id)?.clone(),
            requested_at: row.requested_at,
        })
    };
    Ok(pages.into_iter().map(|page| page.filter_map(request)).collect())
}

/// The one page of one.
fn only(pages: Vec<Page<AccessRequest>>) -> Page<AccessRequest> {
    pages.into_iter().next().unwrap_or_else(Page::empty)
}

#[derive(Clone, Debug, FromQueryResult)]
struct Row {
    id: MemberId,
    source_kind: SourceKind,
    source_id: i64,
    user_id: UserId,
    requested_at: DateTime<Utc>,
}

impl Row {
    fn source(&self) -> Source {
        Source::new(self.source_kind, self.source_id)
    }

    fn place(&self) -> Position {
        Position {
            value: None,
            id: self.id.0,
        }
    }
}
