//! Taking an invitation back.

use chrono::{DateTime, Utc};

use super::update::pending;
use super::{Invitation, Named, State, find, store};
use crate::domain::error::require_unmodified;
use crate::domain::journal::Happening;
use crate::domain::members::facts::{Facts, seen};
use crate::domain::policy;
use crate::domain::standing::Name;
use crate::domain::{Ctx, Result};
use crate::types::SourceKind;

/// Takes a pending invitation back; its links lead nowhere from then on, and nobody is told. Answers the invitation as it was. With `unmodified_since` only
/// if the row was not changed since; whole seconds.
///
/// # Errors
/// `NotFound` for the source; `Forbidden`, `Refused`; `NotFound(Invitation)`; `Outdated`.
pub async fn revoke(
    ctx: &Ctx,
    kind: SourceKind,
    name: &Name,
    named: &Named,
    unmodified_since: Option<DateTime<Utc>>,
) -> Result<Invitation> {
    let (source, lock) = seen(ctx, kind, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::invite(&facts.hand, &facts.place)?;
        let present = pending(&ctx, &facts, named).await?;
        require_unmodified(unmodified_since, present.updated_at)?;
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
