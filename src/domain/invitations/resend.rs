//! Sending an invitation's mail once more.

use sea_orm::ActiveModelTrait as _;
use sea_orm::ActiveValue::{Set, Unchanged};

use super::update::pending;
use super::{Invitation, Named, find, store};
use crate::domain::members::facts::{Facts, seen};
use crate::domain::notices;
use crate::domain::policy::{self, Code};
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Fault, Result};
use crate::entity::member;
use crate::types::SourceKind;

/// Sends the mail of a pending invitation once more, in the name of whoever asks for it, with a link of its own. Earlier links stay good.
///
/// # Errors
/// `NotFound` for the source; `Forbidden`, `Refused`; `NotFound(Invitation)`; `Faulty` when its time is over.
pub async fn resend(ctx: &Ctx, kind: SourceKind, name: &Name, named: &Named) -> Result<Invitation> {
    let (source, lock) = seen(ctx, kind, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::invite(&facts.hand, &facts.place)?;
        let present = pending(&ctx, &facts, named).await?;
        policy::update_invitation(&facts.hand, &facts.place, present.access_level)?;
        if present.expires_at.is_some_and(|day| day < facts.today) {
            let ended = Fault::new("expires_at", "cannot be a date in the past", Code::ExpiresInPast);
            return Err(Error::Faulty(vec![ended]));
        }
        let invitation = find::by_id(&ctx, present.id).await?;
        let row = member::ActiveModel {
            id: Unchanged(present.id),
            last_sent_at: Set(Some(tx.now())),
            send_count: Set(invitation.send_count.saturating_add(1)),
            ..Default::default()
        };
        row.update(&tx.conn()).await?;
        let inviter = ctx.actor.caller().map(|caller| caller.name.clone());
        notices::queue(&tx, &[store::mail(present.id, inviter, &facts, present.grant())]).await?;
        find::by_id(&ctx, present.id).await
    })
    .await
}
