//! Changing an invitation.

use super::invite::Present;
use super::{Invitation, Named, find, store};
use crate::domain::members::MemberChange;
use crate::domain::members::facts::{Facts, seen};
use crate::domain::members::store::Wanted;
use crate::domain::members::validate::{self, Draft};
use crate::domain::policy;
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Result, Thing};
use crate::types::{AccessLevel, SourceKind, fold};

/// Changes what a pending invitation gives.
///
/// # Errors
/// `NotFound` for the source; `Forbidden`, `Refused`; `NotFound(Invitation)`; `NothingGiven`; `Faulty`.
pub async fn update(
    ctx: &Ctx,
    kind: SourceKind,
    name: &Name,
    named: &Named,
    change: &MemberChange,
) -> Result<Invitation> {
    let (source, lock) = seen(ctx, kind, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::invite(&facts.hand, &facts.place)?;
        let present = pending(&ctx, &facts, named).await?;
        if *change == MemberChange::default() {
            return Err(Error::NothingGiven);
        }
        let wanted = wanted(&ctx, &facts, &present, change).await?;
        store::change(&ctx, &tx, &facts, &present, &wanted).await?;
        find::by_id(&ctx, present.id).await
    })
    .await
}

/// The pending invitation of that name.
///
/// # Errors
/// `NotFound(Invitation)`
pub(super) async fn pending(ctx: &Ctx, facts: &Facts, named: &Named) -> Result<Present> {
    let source = facts.standing.source();
    let found = match named {
        Named::Address(address) => super::present(ctx, source, &[fold(address)].into()).await?.pop(),
        Named::Id(id) => find::present(ctx, *id)
            .await?
            .filter(|present| present.source() == source),
    };
    let pending = found.filter(|present| present.user_id.is_none());
    pending.ok_or(Error::NotFound(Thing::Invitation))
}

async fn wanted(ctx: &Ctx, facts: &Facts, present: &Present, change: &MemberChange) -> Result<Wanted> {
    let held = present.grant();
    policy::update_invitation(&facts.hand, &facts.place, held.level)?;
    match change.access_level.and_then(AccessLevel::from_number) {
        // What the invitation gives already, and less, anybody may give who may change it.
        Some(level) if level > held.level => policy::give(&facts.hand, &facts.place, level, None)?,
        _ => {}
    }
    let faults = |draft: &Draft<'_>| validate::faults_of_invitation(facts, &present.email_norm, draft);
    change.wanted(ctx, facts, &held, faults).await
}
