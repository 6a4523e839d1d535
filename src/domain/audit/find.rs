//! Lists of events, newest number first, and single ones.

use std::collections::HashMap;

use super::{About, Event, Filter, Sight};
use crate::db::Sql;
use crate::domain::keyset::{self, Shared, Sort};
use crate::domain::members::{Direction, Of};
use crate::domain::{Ctx, Error, Page, Position, Result, Thing, Window, journal, standing};
use crate::types::{AuditEventId, Source, SourceKind};

/// The columns of [`Event`].
const COLUMNS: &str =
    "e.id, e.entity_type, e.entity_id, e.entity_path, e.author_id, e.author_name, e.event_name, e.target_id, e.door,
                       e.request_id, e.ip_address, e.details, e.created_at";

const NEWEST_FIRST: Sort = Sort {
    by: None,
    id: "e.id",
    direction: Direction::Desc,
    ties: Direction::Desc,
};

/// One page of the events of a group or project itself, not of what lies below.
///
/// # Errors
/// `Forbidden` for who sees none of them.
pub async fn page(ctx: &Ctx, of: Of<'_>, filter: &Filter, window: &Window) -> Result<Page<Event>> {
    let mut sql = ctx.conn().sql();
    let select = select_of(&mut sql, ctx, of, filter)?;
    keyset::page(sql, &select, &NEWEST_FIRST, window, place).await
}

/// How many there are; counting stops at `limit + 1`.
///
/// # Errors
/// As [`page`].
pub async fn count(ctx: &Ctx, of: Of<'_>, filter: &Filter, limit: u64) -> Result<u64> {
    let mut sql = ctx.conn().sql();
    let select = select_of(&mut sql, ctx, of, filter)?;
    keyset::count(sql, &select, limit).await
}

/// The same page of each of the groups and projects, in their order; none where the actor sees no events. One statement for all groups, and one
/// for all projects.
pub async fn pages(
    ctx: &Ctx,
    sources: &[Of<'_>],
    filter: &Filter,
    window: &Window,
) -> Result<Vec<Option<Page<Event>>>> {
    let mut found = HashMap::new();
    for (kind, seen) in by_kind(ctx, sources) {
        let mut sql = ctx.conn().sql();
        let owners: Vec<i64> = seen.iter().map(|(id, _)| *id).collect();
        let shared = shared(&mut sql, kind, &seen, &owners, filter);
        let pages = keyset::pages(sql, &shared, &NEWEST_FIRST, window, place).await?;
        found.extend(owners.iter().map(|id| Source::new(kind, *id)).zip(pages));
    }
    Ok(sources.iter().map(|of| found.get(&of.source()).cloned()).collect())
}

/// How many events each has, in their order; none where the actor sees no events. No count is higher than `limit + 1`.
pub async fn counts(ctx: &Ctx, sources: &[Of<'_>], filter: &Filter, limit: u64) -> Result<Vec<Option<u64>>> {
    let mut found = HashMap::new();
    for (kind, seen) in by_kind(ctx, sources) {
        let mut sql = ctx.conn().sql();
        let owners: Vec<i64> = seen.iter().map(|(id, _)| *id).collect();
        let shared = shared(&mut sql, kind, &seen, &owners, filter);
        let counts = keyset::counts(sql, &shared, limit).await?;
        found.extend(owners.iter().map(|id| Source::new(kind, *id)).zip(counts));
    }
    Ok(sources.iter().map(|of| found.get(&of.source()).copied()).collect())
}

/// One event of a group or project.
///
/// # Errors
/// `Forbidden` for who sees none of them; `NotFound(Row)` for what is not in the actor's list.
pub async fn single(ctx: &Ctx, of: Of<'_>, id: i64) -> Result<Event> {
    let mut sql = ctx.conn().sql();
    let select = select_of(&mut sql, ctx, of, &Filter::default())?;
    let id = sql.bind(id);
    sql.push(format!("{select} AND e.id = {id}"));
    sql.one().await?.ok_or(Error::NotFound(Thing::Row))
}

/// One page of all events, or of those of one kind of thing, or of one thing.
///
/// # Errors
/// `Forbidden` for others than administrators.
pub async fn everywhere(ctx: &Ctx, about: &About, filter: &Filter, window: &Window) -> Result<Page<Event>> {
    let mut sql = ctx.conn().sql();
    let select = select_everywhere(&mut sql, ctx, about, filter)?;
    keyset::page(sql, &select, &NEWEST_FIRST, window, place).await
}

/// How many there are; counting stops at `limit + 1`.
///
/// # Errors
/// As [`everywhere`].
pub async fn count_everywhere(ctx: &Ctx, about: &About, filter: &Filter, limit: u64) -> Result<u64> {
    let mut sql = ctx.conn().sql();
    let select = select_everywhere(&mut sql, ctx, about, filter)?;
    keyset::count(sql, &select, limit).await
}

/// Those of the events that the actor sees, in no order. Three statements at most.
pub async fn by_ids(ctx: &Ctx, ids: &[AuditEventId]) -> Result<Vec<Event>> {
    let mut sql = ctx.conn().sql();
    let which = sql.any_of("e.id", ids.iter().map(|id| id.0));
    sql.push(format!("SELECT {COLUMNS} FROM audit_events e WHERE {which}"));
    let mut events: Vec<Event> = sql.all().await?;
    if ctx.actor.is_admin() || events.is_empty() {
        return Ok(events);
    }
    let sources: Vec<Source> = events.iter().filter_map(Event::source).collect();
    let mut sights = HashMap::new();
    let groups = sources.iter().filter_map(|source| match source {
        Source::Group(id) => Some(*id),
        Source::Project(_) => None,
    });
    for group in &standing::groups(ctx, groups).await? {
        let of = Of::Group(group);
        sights.insert(of.source(), Sight::of(&ctx.actor, of));
    }
    let projects = sources.iter().filter_map(|source| match source {
        Source::Group(_) => None,
        Source::Project(id) => Some(*id),
    });
    for project in &standing::projects(ctx, projects).await? {
        let of = Of::Project(project);
        sights.insert(of.source(), Sight::of(&ctx.actor, of));
    }
    events.retain(|event| match event.source().and_then(|source| sights.get(&source)) {
        Some(Sight::Everything) => true,
        Some(Sight::Own(user)) => event.author_id == Some(*user),
        Some(Sight::Nothing) | None => false,
    });
    Ok(events)
}

fn place(event: &Event) -> Position {
    Position {
        value: None,
        id: event.id.0,
    }
}

fn select_of(sql: &mut Sql<'_>, ctx: &Ctx, of: Of<'_>, filter: &Filter) -> Result<String> {
    let mut all = match Sight::of(&ctx.actor, of) {
        Sight::Nothing => return Err(Error::Forbidden(None)),
        Sight::Own(user) => vec![format!("e.author_id = {}", sql.bind(user.0))],
        Sight::Everything => Vec::new(),
    };
    let source = of.source();
    let (kind, id) = (sql.bind(journal::entity_type(source.kind())), sql.bind(source.id()));
    all.push(format!("e.entity_type = {kind} AND e.entity_id = {id}"));
    all.extend(narrowed(sql, filter));
    Ok(select(&all))
}

fn select_everywhere(sql: &mut Sql<'_>, ctx: &Ctx, about: &About, filter: &Filter) -> Result<String> {
    if !ctx.actor.is_admin() {
        return Err(Error::Forbidden(None));
    }
    let mut all = vec!["TRUE".to_owned()];
    if let Some(kind) = about.entity_type {
        all.push(format!("e.entity_type = {}", sql.bind(kind)));
    }
    if let Some(id) = about.entity_id {
        all.push(format!("e.entity_id = {}", sql.bind(id)));
    }
    all.extend(narrowed(sql, filter));
    Ok(select(&all))
}

fn select(conditions: &[String]) -> String {
    let which = conditions.join(" AND ");
    format!("SELECT {COLUMNS} FROM audit_events e WHERE {which}")
}

fn narrowed(sql: &mut Sql<'_>, filter: &Filter) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(time) = filter.created_after {
        all.push(format!("e.created_at >= {}", sql.bind(time)));
    }
    if let Some(time) = filter.created_before {
        all.push(format!("e.created_at <= {}", sql.bind(time)));
    }
    if let Some(author) = filter.author {
        all.push(format!("e.author_id = {}", sql.bind(author)));
    }
    all
}

/// The groups, and the projects, of which the actor sees events.
fn by_kind(ctx: &Ctx, sources: &[Of<'_>]) -> Vec<(SourceKind, Vec<(i64, Sight)>)> {
    [SourceKind::Group, SourceKind::Project]
        .into_iter()
        .map(|kind| {
            let seen = sources
                .iter()
                .filter(|of| of.source().kind() == kind)
                .map(|of| (of.source().id(), Sight::of(&ctx.actor, *of)))
                .filter(|(_, sight)| *sight != Sight::Nothing);
            (kind, seen.collect::<Vec<_>>())
        })
        .filter(|(_, seen)| !seen.is_empty())
        .collect()
}

fn shared<'a>(
    sql: &mut Sql<'_>,
    kind: SourceKind,
    seen: &[(i64, Sight)],
    owners: &'a [i64],
    filter: &Filter,
) -> Shared<'a> {
    let table = match kind {
        SourceKind::Group => "namespaces",
        SourceKind::Project => "projects",
    };
    let word = sql.bind(journal::entity_type(kind));
    let whole = seen.iter().filter(|(_, sight)| *sight == Sight::Everything);
    let whole = sql.any_of("a.id", whole.map(|(id, _)| *id));
    let own = seen.iter().find_map(|(_, sight)| match sight {
        Sight::Own(user) => Some(user.0),
        Sight::Nothing | Sight::Everything => None,
    });
    let own = sql.bind(own);
    let conditions: String = narrowed(sql, filter)
        .iter()
        .fold(String::new(), |text, condition| text + " AND " + condition);
    Shared {
        owners,
        from: format!(
            "{table} a JOIN audit_events e ON e.entity_type = {word} AND e.entity_id = a.id
              WHERE ({whole} OR e.author_id = {own}){conditions}"
        ),
        columns: COLUMNS,
    }
}
