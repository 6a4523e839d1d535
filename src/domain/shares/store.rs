//! Storing a link, or its end, with its audit event and its entry of the change log.

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ActiveModelTrait as _, DbErr, SqlErr};

use super::row::table;
use super::{NewShare, Share};
use crate::db::WriteTx;
use crate::domain::journal::{self, Grant, Link, LinkHappening};
use crate::domain::members::facts::{Facts, RoleFacts};
use crate::domain::policy::Reason;
use crate::domain::standing::{Group, Standing};
use crate::domain::{Actor, Ctx, Error, Result};
use crate::entity::{group_share, project_share};
use crate::types::{GroupId, Source};

/// Makes the link.
pub(super) async fn create(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    invited: &Group,
    new: &NewShare,
    role: Option<&RoleFacts>,
) -> Result<()> {
    let source = facts.standing.source();
    let member_role_id = Set(role.map(|role| role.id));
    let (access_level, expires_at) = (Set(new.access_level), Set(new.expires_at));
    let (invited_group_id, created_at) = (Set(invited.id), Set(tx.now()));
    let already = |error| already_there(error, source);
    match source {
        Source::Group(group) => {
            let row = group_share::ActiveModel {
                id: NotSet,
                shared_group_id: Set(group),
                invited_group_id,
                access_level,
                member_role_id,
                expires_at,
                created_at,
            };
            row.insert(&tx.conn()).await.map_err(already)?;
        }
        Source::Project(project) => {
            let row = project_share::ActiveModel {
                id: NotSet,
                project_id: Set(project),
                invited_group_id,
                access_level,
                member_role_id,
                expires_at,
                created_at,
            };
            row.insert(&tx.conn()).await.map_err(already)?;
        }
    }
    let grant = Grant {
        level: new.access_level,
        role: role.map(|role| (role.id, role.name.clone())),
        expires_at: new.expires_at,
    };
    record(
        ctx,
        tx,
        LinkHappening::Created,
        facts,
        (invited.id, &invited.name),
        grant,
    )
    .await
}

/// Takes the link away. `invited`: the name of the group that it lets in.
pub(super) async fn delete(ctx: &Ctx, tx: &WriteTx, facts: &Facts, invited: &str, share: &Share) -> Result<()> {
    remove(tx, share).await?;
    let happening = LinkHappening::Deleted;
    record(ctx, tx, happening, facts, (share.invited, invited), share.grant()).await
}

/// Takes away a link that has ended, as the sweep would, before another one takes its place.
pub(super) async fn clear_expired(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    invited: &Group,
    share: &Share,
) -> Result<()> {
    remove(tx, share).await?;
    let (system, happening) = (ctx.acting_as(Actor::System), LinkHappening::Expired);
    record(
        &system,
        tx,
        happening,
        facts,
        (invited.id, &invited.name),
        share.grant(),
    )
    .await
}

async fn remove(tx: &WriteTx, share: &Share) -> Result<()> {
    let mut sql = tx.conn().sql();
    let id = sql.bind(share.id.0);
    sql.push(format!("DELETE FROM {} WHERE id = {id}", table(share.source.kind())));
    sql.run().await?;
    Ok(())
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    happening: LinkHappening,
    facts: &Facts,
    (invited, invited_name): (GroupId, &str),
    grant: Grant,
) -> Result<()> {
    let source_name = match &facts.standing {
        Standing::Group(group) => &group.name,
        Standing::Project(project) => &project.name,
    };
    let link = Link {
        source_name: source_name.clone(),
        invited,
        invited_name: invited_name.to_owned(),
        grant,
    };
    journal::record_links(ctx, tx, happening, &[(facts.scene(), link)]).await
}

/// Nobody can come in between while the hierarchy is held, but an import is not held up by that.
fn already_there(error: DbErr, source: Source) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Refused(Reason::AlreadyShared(source.kind())),
        _ => error.into(),
    }
}
