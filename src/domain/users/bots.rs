//! The bots of projects have names that say where they work; who sees none of those places does not read them.

use std::collections::HashSet;

use sea_orm::FromQueryResult;

use super::User;
use crate::domain::{Ctx, Result, standing};
use crate::types::{GroupId, ProjectId, Source, SourceKind, UserId, UserType};

const HIDDEN: &str = "****";

#[derive(FromQueryResult)]
struct Place {
    user_id: UserId,
    source_kind: SourceKind,
    source_id: i64,
}

impl Place {
    fn source(&self) -> Source {
        Source::new(self.source_kind, self.source_id)
    }
}

/// Hides the names of bots of which the actor sees no group or project. Asks nothing when there is no such bot, else three statements at most.
pub(in crate::domain) async fn hide_names(ctx: &Ctx, users: impl Iterator<Item = &mut User>) -> Result<()> {
    let bots: Vec<&mut User> = users.filter(|user| user.user_type == UserType::ProjectBot).collect();
    if bots.is_empty() || ctx.actor.is_admin() {
        return Ok(());
    }
    let known = known_bots(ctx, bots.iter().map(|bot| bot.id)).await?;
    for bot in bots {
        if !known.contains(&bot.id) && Some(bot.id) != ctx.actor.user_id() {
            HIDDEN.clone_into(&mut bot.name);
            HIDDEN.clone_into(&mut bot.name_key);
        }
    }
    Ok(())
}

/// The bots of which the actor sees a group or project.
async fn known_bots(ctx: &Ctx, bots: impl Iterator<Item = UserId>) -> Result<HashSet<UserId>> {
    let mut sql = ctx.conn().sql();
    let which = sql.any_of("user_id", bots.map(|id| id.0));
    sql.push(format!(
        "SELECT user_id, source_kind, source_id FROM members WHERE {which} AND requested_at IS NULL"
    ));
    let places: Vec<Place> = sql.all().await?;
    let open = open_sources(ctx, &places).await?;
    Ok(places
        .iter()
        .filter(|place| open.contains(&place.source()))
        .map(|place| place.user_id)
        .collect())
}

async fn open_sources(ctx: &Ctx, places: &[Place]) -> Result<HashSet<Source>> {
    let of_kind = |kind| {
        places
            .iter()
            .filter(move |place| place.source_kind == kind)
            .map(|place| place.source_id)
    };
    let groups: HashSet<_> = of_kind(SourceKind::Group).map(GroupId).collect();
    let projects: HashSet<_> = of_kind(SourceKind::Project).map(ProjectId).collect();
    let mut open = HashSet::new();
    if !groups.is_empty() {
        let seen = standing::groups(ctx, groups).await?;
        open.extend(seen.iter().map(|group| Source::Group(group.id)));
    }
    if !projects.is_empty() {
        let seen = standing::projects(ctx, projects).await?;
        open.extend(seen.iter().map(|project| Source::Project(project.id)));
    }
    Ok(open)
}
