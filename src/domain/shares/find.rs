//! Which links there are, as an actor sees them: those to hidden groups are left out.

use std::collections::{HashMap, HashSet};

use super::row::{COLUMNS, OWN, ROLE, links, source_column, table};
use super::{Invited, Key, Share};
use crate::db::Sql;
use crate::domain::standing::{self, Group, Project};
use crate::domain::{Ctx, Result, hierarchy};
use crate::types::{GroupId, ProjectId, Source, SourceKind};

/// The groups that have access to a group by a link of its own, oldest link first.
pub async fn of_group(ctx: &Ctx, group: &Group) -> Result<Vec<Invited>> {
    let shares = in_force(ctx, SourceKind::Group, source_column(SourceKind::Group), [group.id.0]).await?;
    seen(ctx, shares).await
}

/// The groups that have access to each of the projects by a link of its own, oldest link first.
pub async fn of_projects(ctx: &Ctx, projects: &[Project]) -> Result<HashMap<ProjectId, Vec<Invited>>> {
    if projects.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = projects.iter().map(|project| project.id.0);
    let found = in_force(ctx, SourceKind::Project, source_column(SourceKind::Project), ids).await?;
    let mut shares: HashMap<_, Vec<_>> = HashMap::new();
    for invited in seen(ctx, found).await? {
        shares
            .entry(ProjectId(invited.share.source.id()))
            .or_default()
            .push(invited);
    }
    Ok(shares)
}

/// Those of the links in force that the actor sees: both what is shared, and the group that is let in. Four statements at most.
pub async fn by_keys(ctx: &Ctx, keys: &[Key]) -> Result<Vec<Share>> {
    let mut found = Vec::new();
    for kind in [SourceKind::Group, SourceKind::Project] {
        let ids: Vec<_> = keys.iter().filter(|key| key.kind == kind).map(|key| key.id.0).collect();
        if !ids.is_empty() {
            found.extend(in_force(ctx, kind, "id", ids).await?);
        }
    }
    if found.is_empty() {
        return Ok(found);
    }
    let mut groups: HashSet<GroupId> = found.iter().map(|share| share.invited).collect();
    let mut projects = HashSet::new();
    for share in &found {
        match share.source {
            Source::Group(group) => drop(groups.insert(group)),
            Source::Project(project) => drop(projects.insert(project)),
        }
    }
    let mut seen: HashSet<Source> = standing::groups(ctx, groups)
        .await?
        .iter()
        .map(|group| Source::Group(group.id))
        .collect();
    if !projects.is_empty() {
        let projects = standing::projects(ctx, projects).await?;
        seen.extend(projects.iter().map(|project| Source::Project(project.id)));
    }
    found.retain(|share| seen.contains(&share.source) && seen.contains(&Source::Group(share.invited)));
    Ok(found)
}

/// The link between the two, whoever asks, and be it one that has ended.
pub(super) async fn between(ctx: &Ctx, source: Source, invited: GroupId) -> Result<Option<Share>> {
    let mut sql = ctx.conn().sql();
    let (source_id, invited) = (sql.bind(source.id()), sql.bind(invited.0));
    let which = format!(
        "s.{} = {source_id} AND s.invited_group_id = {invited}",
        source_column(source.kind())
    );
    push_select(&mut sql, source.kind(), &which);
    Ok(sql.one().await?)
}

/// Links of one kind whose `column` has one of these numbers, by their own number.
async fn in_force(
    ctx: &Ctx,
    kind: SourceKind,
    column: &str,
    numbers: impl IntoIterator<Item = i64>,
) -> Result<Vec<Share>> {
    let mut sql = ctx.conn().sql();
    let which = sql.any_of(&format!("s.{column}"), numbers);
    let live = hierarchy::live_link(sql.dialect(), "s");
    push_select(&mut sql, kind, &format!("{which} AND {live}"));
    Ok(sql.all().await?)
}

fn push_select(sql: &mut Sql<'_>, kind: SourceKind, which: &str) {
    let from = format!("{} s WHERE {which}", table(kind));
    let links = links(kind, "0", OWN, &from);
    sql.push(format!("SELECT {COLUMNS} FROM ({links}) AS l {ROLE} ORDER BY l.id"));
}

/// The links with their groups.
async fn seen(ctx: &Ctx, shares: Vec<Share>) -> Result<Vec<Invited>> {
    if shares.is_empty() {
        return Ok(Vec::new());
    }
    let groups = standing::groups(ctx, shares.iter().map(|share| share.invited)).await?;
    let groups: HashMap<_, _> = groups.into_iter().map(|group| (group.id, group)).collect();
    let invited = |share: Share| {
        let group = groups.get(&share.invited)?.clone();
        Some(Invited { share, group })
    };
    Ok(shares.into_iter().filter_map(invited).collect())
}
