//! Changing an invitation.

use super::invite::Present;
use super::{Invitation, Named, find, store};
use crate::domain::members::facts::{Facts, RoleFacts, seen};
use crate::domain::members::store::Wanted;
use crate::domain::members::validate::{self, Draft};
use crate::domain::members::{MemberChange, no_such_role};
use crate::domain::policy;
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Result, Thing};
use crate::types::{AccessLevel, Patch, SourceKind, fold};

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
    let number = change.access_level.unwrap_or_else(|| i64::from(held.level.number()));
    match AccessLevel::from_number(number) {
        // What the invitation gives already, and less, anybody may give who may change it.
        Some(level) if level > held.level => policy::give(&facts.hand, &facts.place, level, None)?,
        _ => {}
    }
    let role = match change.member_role_id {
        Patch::Clear => None,
        Patch::Keep => held.role.as_ref().map(|(id, _)| id.0),
        Patch::Set(id) => Some(id),
    };
    let role = match role {
        Some(id) => Some(role_at_home(ctx, facts, id).await?),
        None => None,
    };
    if let (Some(role), Patch::Set(_)) = (&role, change.member_role_id) {
        policy::give_role(&facts.hand, &role.permissions.0)?;
    }
    let draft = Draft {
        level: number,
        role: role.as_ref(),
        keeps_role: change.member_role_id == Patch::Keep,
        present: Some(held.level),
        expires_at: change.expires_at.value().copied(),
        is_new: false,
        by_admin: facts.hand.admin,
    };
    let faults = validate::faults_of_invitation(facts, &present.email_norm, &draft);
    match AccessLevel::from_number(number) {
        Some(level) if faults.is_empty() => Ok(Wanted {
            level,
            role: role.map(|role| (role.id, role.name)),
            expires_at: change.expires_at.apply(held.expires_at),
            invite_source: None,
        }),
        _ => Err(Error::Faulty(faults)),
    }
}

/// The custom role of that number, if it can be given there.
async fn role_at_home(ctx: &Ctx, facts: &Facts, id: i64) -> Result<RoleFacts> {
    let role = Facts::role(ctx, id).await?;
    let role = role.filter(|role| role.is_of(facts.standing.root()));
    role.ok_or_else(|| Error::Faulty(vec![no_such_role()]))
}
