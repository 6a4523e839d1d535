//! Taking an invitation back.

use chrono::{DateTime, SubsecRound as _, Utc};

use super::update::pending;
use super::{Invitation, Named, State, find, store};
use crate::domain::journal::Happening;
use crate::domain::members::facts::{Facts, seen};
use crate::domain::policy;
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Result};
use crate::types::SourceKind;

/// On what condition an invitation is taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revocation {
    /// Only if the row was not changed since; whole seconds.
    pub unmodified_since: Option<DateTime<Utc>>,
}

/// Takes a pending invitation back; its links lead nowhere from then on, and nobody is told. Answers the invitation as it was.
///
/// # Errors
/// `NotFound` for the source; `Forbidden`, `Refused`; `NotFound(Invitation)`; `Outdated`.
pub async fn revoke(
    ctx: &Ctx,
    kind: SourceKind,
    name: &Name,
    named: &Named,
    revocation: &Revocation,
) -> Result<Invitation> {
    let (source, lock) = seen(ctx, kind, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::invite(&facts.hand, &facts.place)?;
        let present = pending(&ctx, &facts, named).await?;
        // A header has no parts of a second.
        let changed_at = present.updated_at.trunc_subsecs(0);
        if revocation.unmodified_since.is_some_and(|since| since < changed_at) {
            return Err(Error::Outdated);
        }
        policy::update_invitation(&facts.hand, &facts.place, present.access_level)?;
        let invitation = find::by_id(&ctx, present.id).await?;
        store::delete(&ctx, &tx, &facts, &present, &Happening::Destroyed).await?;
        Ok(Invitation {
            state: State::Revoked,
            ..invitation
        })
    })
    .await
}
