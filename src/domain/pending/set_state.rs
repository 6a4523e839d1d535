//! Having a member wait, and letting one count again.

use super::store::{self, Whose};
use super::{require_top_level, stored};
use crate::domain::members::facts::{Facts, Whom, seen};
use crate::domain::members::{Member, Of, managed};
use crate::domain::policy::{self, Reason, Suspended};
use crate::domain::standing::{self, Name};
use crate::domain::{Ctx, Error, Optional as _, Result, Thing, users};
use crate::types::{AccessLevel, MemberId, MemberState, SourceKind, UserId};

/// Has everything that a user has in the hierarchy of a top-level group wait, or count; answers the rows that were in the other state.
///
/// # Errors
/// `Unauthenticated`; `NotFound(User)`, or `Refused(NoSuchUser)` for who could set states there; `NotFound` for the group; `Forbidden` for who does not
/// administer the members of a top-level group; `Refused` with `LdapSynced`, `ApprovedByOwners`, `LastOwnerWaits`, `WaitsByOwnHand`, `WaitsAboveOwn` or
/// `NothingToSet`.
pub async fn set_state(ctx: &Ctx, name: &Name, user: i64, state: MemberState) -> Result<Vec<MemberId>> {
    ctx.require_known()?;
    let user = UserId(user);
    if users::by_ids(ctx, &[user]).await?.is_empty() {
        return Err(nobody(ctx, name).await?);
    }
    let (source, lock) = seen(ctx, SourceKind::Group, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        require_top_level(&facts)?;
        let rows = store::rows(&ctx, &facts, &Whose::User(user), state).await?;
        match state {
            MemberState::Active => policy::set_active(&facts.hand, &facts.place)?,
            MemberState::Awaiting => {
                let suspended = suspended(&ctx, &facts, user, store::highest(&rows)).await?;
                policy::set_awaiting(&facts.hand, &facts.place, &suspended)?;
            }
        }
        store::set(&ctx, &tx, &facts, rows, state).await
    })
    .await
}

/// The same, for who wants to see them: answers the memberships as they now are.
///
/// # Errors
/// As [`set_state`].
pub async fn set_state_shown(ctx: &Ctx, name: &Name, user: i64, state: MemberState) -> Result<Vec<Member>> {
    let (_, lock) = seen(ctx, SourceKind::Group, name).await?;
    ctx.write(lock, |ctx, _| async move {
        let rows = set_state(&ctx, name, user, state).await?;
        stored(&ctx, &rows).await
    })
    .await
}

/// Whoever can do nothing there is not told what is wrong with the input.
async fn nobody(ctx: &Ctx, name: &Name) -> Result<Error> {
    let group = standing::group(ctx, name).await.optional()?;
    let may = match group.as_ref().filter(|group| group.is_top_level()) {
        Some(group) => !managed(ctx, &[Of::Group(group)]).await?.is_empty(),
        None => false,
    };
    Ok(if may {
        Error::Refused(Reason::NoSuchUser)
    } else {
        Error::NotFound(Thing::User)
    })
}

async fn suspended(ctx: &Ctx, facts: &Facts, user: UserId, level: AccessLevel) -> Result<Suspended> {
    let person = facts.people(ctx, &[Whom::Id(user.0)]).await?.pop();
    let last_owner = person.is_some_and(|person| {
        let held = person.held();
        held.is_some_and(|held| facts.target(ctx, &person, &held).last_owner)
    });
    Ok(Suspended {
        level,
        is_self: ctx.actor.user_id() == Some(user),
        last_owner,
    })
}
