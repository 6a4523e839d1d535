//! Which links there are, as an actor sees them: those to hidden groups are left out.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::FromQueryResult;

use super::Share;
use crate::domain::standing::{self, Group, Project};
use crate::domain::{Ctx, Result, hierarchy};
use crate::types::{AccessLevel, GroupId, MemberRoleId, ProjectId, ShareId};

#[derive(FromQueryResult)]
struct Row {
    id: ShareId,
    source_id: i64,
    invited_group_id: GroupId,
    access_level: AccessLevel,
    member_role_id: Option<MemberRoleId>,
    expires_at: Option<NaiveDate>,
}

/// The groups that have access to a group by a link of its own, oldest link first.
pub async fn of_group(ctx: &Ctx, group: &Group) -> Result<Vec<Share>> {
    let rows = rows(ctx, "group_shares", "shared_group_id", [group.id.0]).await?;
    Ok(seen(ctx, rows).await?.into_iter().map(|(_, share)| share).collect())
}

/// The groups that have access to each of the projects by a link of its own, oldest link first.
pub async fn of_projects(ctx: &Ctx, projects: &[Project]) -> Result<HashMap<ProjectId, Vec<Share>>> {
    if projects.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = projects.iter().map(|project| project.id.0);
    let rows = rows(ctx, "project_shares", "project_id", ids).await?;
    let mut shares: HashMap<_, Vec<_>> = HashMap::new();
    for (project, share) in seen(ctx, rows).await? {
        shares.entry(ProjectId(project)).or_default().push(share);
    }
    Ok(shares)
}

/// The numbers of the projects that a group has access to by a link of theirs; whether the actor sees them is another question.
pub async fn projects_open_to(ctx: &Ctx, group: &Group) -> Result<Vec<i64>> {
    let mut sql = ctx.conn().sql();
    let (group, link) = (sql.bind(group.id.0), hierarchy::live_link(sql.dialect(), "s"));
    sql.push(format!(
        "SELECT s.project_id AS id FROM project_shares s WHERE s.invited_group_id = {group} AND {link}"
    ));
    Ok(sql.all::<Number>().await?.into_iter().map(|row| row.id).collect())
}

#[derive(FromQueryResult)]
struct Number {
    id: i64,
}

async fn rows(ctx: &Ctx, table: &str, column: &str, sources: impl IntoIterator<Item = i64>) -> Result<Vec<Row>> {
    let mut sql = ctx.conn().sql();
    let which = sql.any_of(&format!("s.{column}"), sources);
    let link = hierarchy::live_link(sql.dialect(), "s");
    sql.push(format!(
        "SELECT s.id, s.{column} AS source_id, s.invited_group_id, s.access_level, s.member_role_id, s.expires_at
           FROM {table} s WHERE {which} AND {link} ORDER BY s.id"
    ));
    Ok(sql.all().await?)
}

/// The links with their groups, each behind the number of the source that it belongs to.
async fn seen(ctx: &Ctx, rows: Vec<Row>) -> Result<Vec<(i64, Share)>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let groups = standing::groups(ctx, rows.iter().map(|row| row.invited_group_id)).await?;
    let groups: HashMap<_, _> = groups.into_iter().map(|group| (group.id, group)).collect();
    let share = |row: Row| {
        let share = Share {
            id: row.id,
            invited: groups.get(&row.invited_group_id)?.clone(),
            access_level: row.access_level,
            member_role_id: row.member_role_id,
            expires_at: row.expires_at,
        };
        Some((row.source_id, share))
    };
    Ok(rows.into_iter().filter_map(share).collect())
}
