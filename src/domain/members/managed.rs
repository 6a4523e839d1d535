//! Whose members an actor administers: for many groups and projects at once.

use std::collections::HashSet;

use sea_orm::FromQueryResult;

use super::Of;
use crate::domain::{Ctx, Result, hierarchy};
use crate::types::{AccessLevel, GroupId, Source};

/// Those of the sources whose members, invitations and access requests the actor administers, if not all of them: a group's as its owner or by a
/// custom role with `admin_group_member` on it or above it, a project's as its maintainer or owner, all as an administrator. Nobody administers by hand
/// what a directory decides about. At most one statement.
pub async fn managed(ctx: &Ctx, sources: &[Of<'_>]) -> Result<HashSet<Source>> {
    let mut managed = HashSet::new();
    let (mut owned, mut other) = (Vec::new(), Vec::new());
    for of in sources {
        match of {
            Of::Group(group) if group.owned_by(&ctx.actor) => owned.push(group.id),
            Of::Group(group) if group.level.grants() => other.push(group.id),
            Of::Project(project) if project.acting_level(&ctx.actor) >= AccessLevel::Maintainer => {
                managed.insert(of.source());
            }
            Of::Group(_) | Of::Project(_) => {}
        }
    }
    if !owned.is_empty() || !other.is_empty() {
        managed.extend(by_hand(ctx, &owned, &other).await?.into_iter().map(Source::Group));
    }
    Ok(managed)
}

/// Of the groups that the actor owns those that no directory decides about, and of the others those in which a custom role does as well.
async fn by_hand(ctx: &Ctx, owned: &[GroupId], other: &[GroupId]) -> Result<Vec<GroupId>> {
    #[derive(FromQueryResult)]
    struct Managed {
        id: GroupId,
    }
    let mut sql = ctx.conn().sql();
    let asked = sql.any_of("g.id", owned.iter().chain(other).map(|group| group.0));
    let owned = sql.any_of("g.id", owned.iter().map(|group| group.0));
    let actor = sql.bind(ctx.actor.user_id().map(|user| user.0));
    let dialect = sql.dialect();
    let grants = hierarchy::grants(dialect, "m");
    let permits = dialect.contains("CAST(r.permissions AS TEXT)", "'\"admin_group_member\"'");
    let reaches = dialect.within("g.ancestor_path", "n.ancestor_path");
    sql.push(format!(
        "SELECT g.id FROM namespaces g
          WHERE {asked} AND NOT EXISTS (SELECT 1 FROM ldap_group_links l WHERE l.group_id = g.id)
            AND CASE WHEN {owned} THEN TRUE
                     ELSE EXISTS (SELECT 1 FROM members m JOIN member_roles r ON r.id = m.member_role_id JOIN namespaces n ON n.id = m.source_id
                                   WHERE m.source_kind = 1 AND m.user_id = {actor} AND {grants} AND {permits} AND {reaches}) END"
    ));
    let managed: Vec<Managed> = sql.all().await?;
    Ok(managed.into_iter().map(|group| group.id).collect())
}
