//! Declining an invitation.

use super::offer::{as_seen, follow, with_rights};
use super::{Invitation, Offer, State, find, store};
use crate::db::Lock;
use crate::domain::journal::Happening;
use crate::domain::members::facts::Facts;
use crate::domain::notices::{self, Notice};
use crate::domain::standing::Standing;
use crate::domain::{Ctx, Error, Result, Thing};
use crate::types::SourceKind;

/// What became of an invitation that was declined.
#[derive(Clone, Debug)]
pub struct Declined {
    /// The invitation as it was.
    pub invitation: Invitation,
    /// What it offered.
    pub offer: Offer,
    /// Where to, as the caller sees it, who may see nothing of it.
    pub standing: Standing,
}

/// Declines the invitation behind the link with that token, for whoever has it; the inviter is told.
///
/// # Errors
/// `NotFound(InvitationLink)` when the link leads nowhere, or no more.
pub async fn decline(ctx: &Ctx, token: &str) -> Result<Declined> {
    let (_, standing) = follow(ctx, token).await?;
    ctx.write(Lock::Root(standing.root()), |ctx, tx| async move {
        let (before, _) = follow(&ctx, token).await?;
        let facts = Facts::load(&with_rights(&ctx), before.source).await?;
        let present = find::present(&ctx, before.id).await?;
        let present = present.ok_or(Error::NotFound(Thing::InvitationLink))?;
        store::delete(&ctx, &tx, &facts, &present, &Happening::Declined).await?;
        let told = present.created_by_id.map(|inviter| Notice::InvitationDeclined {
            user: inviter,
            address: present.email_norm.clone(),
            place: facts.mail_place(),
        });
        notices::queue(&tx, &told.into_iter().collect::<Vec<_>>()).await?;
        Ok(Declined {
            offer: Offer::of(&before, &facts.standing, false),
            invitation: Invitation {
                state: State::Declined,
                ..before
            },
            standing: as_seen(&ctx, facts.standing).await?,
        })
    })
    .await
}

impl Declined {
    /// `You have declined the invitation to join group Tools.`; a project by its full name.
    pub fn message(&self) -> String {
        let Offer { name, full_name, .. } = &self.offer;
        let name = match self.offer.source.kind() {
            SourceKind::Group => name,
            SourceKind::Project => full_name,
        };
        format!("You have declined the invitation to join {} {name}.", self.offer.noun())
    }
}
