//! Storing what was decided about an invitation: the row, its audit event, its entry of the change log, and the mail it owes.

use sea_orm::ActiveValue::{NotSet, Set, Unchanged};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _};

use super::invite::Present;
use crate::db::WriteTx;
use crate::domain::journal::{self, Grant, Happening, Subject};
use crate::domain::members::facts::Facts;
use crate::domain::members::store::{Wanted, already_there, newcomers_state};
use crate::domain::notices::{self, Notice};
use crate::domain::{Ctx, Result};
use crate::entity::member;
use crate::types::MemberId;

/// Makes an invitation of an address, in lower case, that has no row there.
pub(super) async fn create(ctx: &Ctx, tx: &WriteTx, facts: &Facts, address: &str, wanted: &Wanted) -> Result<MemberId> {
    let source = facts.standing.source();
    let row = member::ActiveModel {
        source_kind: Set(source.kind()),
        source_id: Set(source.id()),
        user_id: Set(None),
        access_level: Set(wanted.level),
        state: Set(newcomers_state(ctx, facts).await?),
        requested_at: Set(None),
        expires_at: Set(wanted.expires_at),
        member_role_id: Set(wanted.role.as_ref().map(|(id, _)| *id)),
        ldap: Set(false),
        r#override: Set(false),
        created_by_id: Set(ctx.actor.user_id()),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        invite_email: Set(Some(address.to_owned())),
        email_norm: Set(Some(address.to_owned())),
        invite_source: Set(wanted.invite_source.clone()),
        accepted_at: Set(None),
        last_sent_at: Set(Some(tx.now())),
        send_count: Set(1),
        reminders_sent: Set(0),
        ..Default::default()
    };
    let row = row.insert(&tx.conn()).await.map_err(already_there)?;
    let subject = subject(row.id, wanted.grant());
    journal::record(ctx, tx, &Happening::Created, &facts.scene(), &subject).await?;
    let inviter = ctx.actor.caller().map(|caller| caller.name.clone());
    notices::queue(tx, &[mail(row.id, inviter, facts, wanted.grant())]).await?;
    Ok(row.id)
}

/// Changes what an invitation gives; does nothing when it gives that already. Nobody is told.
pub(super) async fn change(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    present: &Present,
    wanted: &Wanted,
) -> Result<MemberId> {
    if present.grant() == wanted.grant() {
        return Ok(present.id);
    }
    let row = member::ActiveModel {
        id: Unchanged(present.id),
        access_level: Set(wanted.level),
        expires_at: Set(wanted.expires_at),
        member_role_id: Set(wanted.role.as_ref().map(|(id, _)| *id)),
        updated_at: Set(tx.now()),
        invite_source: match &wanted.invite_source {
            Some(way) => Set(Some(way.clone())),
            None => NotSet,
        },
        ..Default::default()
    };
    row.update(&tx.conn()).await?;
    let happening = Happening::Updated(present.grant());
    let subject = subject(present.id, wanted.grant());
    journal::record(ctx, tx, &happening, &facts.scene(), &subject).await?;
    Ok(present.id)
}

/// Takes an invitation away, and its links with it.
pub(super) async fn delete(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    present: &Present,
    happening: &Happening,
) -> Result<()> {
    member::Entity::delete_by_id(present.id).exec(&tx.conn()).await?;
    let subject = subject(present.id, present.grant());
    journal::record(ctx, tx, happening, &facts.scene(), &subject).await
}

/// The mail with the link.
pub(super) fn mail(invitation: MemberId, inviter: Option<String>, facts: &Facts, grant: Grant) -> Notice {
    Notice::Invited {
        invitation,
        inviter,
        place: facts.mail_place(),
        access_level: grant.level,
        role: grant.role.map(|(_, name)| name),
    }
}

fn subject(row: MemberId, grant: Grant) -> Subject {
    Subject { row, user: None, grant }
}
