//! Taking a group's access to a group or project back.

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;

use super::row::{source_column, table};
use super::{Key, Share, find, store};
use crate::db::Lock;
use crate::domain::error::require_unmodified;
use crate::domain::members::facts::Facts;
use crate::domain::policy;
use crate::domain::standing::{self, Name};
use crate::domain::{Ctx, Error, Optional as _, Result, Thing};
use crate::types::{AccessLevel, GroupId, NamespaceId, Source, SourceKind};

/// Removes the link between it and the group of that number; answers the link as it was.
///
/// # Errors
/// `NotFound` for what is shared, and `NotFound(Link)`; `Forbidden` for who does not maintain the project; `Outdated` for a link younger than
/// `unmodified_since`, whole seconds; `NotFound(Anything)` for who is no owner of the group; `Refused` with `LinkOfOwners`.
pub async fn delete(
    ctx: &Ctx,
    kind: SourceKind,
    name: &Name,
    group_id: i64,
    unmodified_since: Option<DateTime<Utc>>,
) -> Result<Share> {
    ctx.require_caller()?;
    let standing = standing::find(ctx, kind, name).await?;
    let (source, invited) = (standing.source(), GroupId(group_id));
    let lock = match End::load(ctx, invited).await? {
        Some(end) => Lock::Roots(standing.root(), end.root_id),
        None => Lock::Root(standing.root()),
    };
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::administer_shares(&facts.hand, kind)?;
        let share = find::between(&ctx, source, invited).await?;
        let end = End::load(&ctx, invited).await?;
        let (share, end) = share.zip(end).ok_or(Error::NotFound(Thing::Link))?;
        require_unmodified(unmodified_since, share.created_at)?;
        may_unshare(&ctx, &facts, invited).await?;
        store::delete(&ctx, &tx, &facts, &end.name, &share).await?;
        Ok(share)
    })
    .await
}

/// Who may not, though seeing the group, is told no more than that there is nothing here for them.
async fn may_unshare(ctx: &Ctx, facts: &Facts, invited: GroupId) -> Result<()> {
    let seen = standing::group(ctx, &Name::Id(invited.0)).await.optional()?;
    let owns_invited = seen.is_some_and(|group| group.level == AccessLevel::Owner);
    match policy::unshare(&facts.hand, facts.place.kind, owns_invited).map_err(Error::from) {
        Err(Error::Forbidden(_)) => Err(Error::NotFound(Thing::Anything)),
        verdict => verdict,
    }
}

/// The invited group, whoever sees it.
#[derive(FromQueryResult)]
struct End {
    root_id: NamespaceId,
    name: String,
}

impl End {
    async fn load(ctx: &Ctx, group: GroupId) -> Result<Option<Self>> {
        let mut sql = ctx.conn().sql();
        let group = sql.bind(group.0);
        sql.push(format!(
            "SELECT n.root_id, n.name FROM namespaces n WHERE n.id = {group} AND n.kind = 'group'"
        ));
        Ok(sql.one().await?)
    }
}

/// What is shared by a link, and the number of the invited group; it says nothing of who may know.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Link)`.
pub async fn whose(ctx: &Ctx, key: Key) -> Result<(Source, GroupId)> {
    #[derive(FromQueryResult)]
    struct Ends {
        source_id: i64,
        invited_group_id: GroupId,
    }
    ctx.require_caller()?;
    let mut sql = ctx.conn().sql();
    let (table, column, id) = (table(key.kind), source_column(key.kind), sql.bind(key.id.0));
    sql.push(format!(
        "SELECT s.{column} AS source_id, s.invited_group_id FROM {table} s WHERE s.id = {id}"
    ));
    match sql.one::<Ends>().await? {
        Some(ends) => Ok((Source::new(key.kind, ends.source_id), ends.invited_group_id)),
        None => standing::missing(ctx, Thing::Link).await,
    }
}
