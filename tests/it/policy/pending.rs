//! What may be done about who waits. Of top-level groups only.

use futures_util::FutureExt as _;
use roster::domain::pending;
use roster::domain::standing;
use roster::domain::{Actor, Ctx, Error, Result, Window};
use roster::types::{MemberId, MemberState};

use super::{Ability, Place};

pub(super) const ABILITIES: [Ability; 6] = [
    Ability {
        words: "list who waits",
        attempt: |ctx, at| async move { plain(list(ctx, at).await) }.boxed(),
    },
    Ability {
        words: "approve who waits",
        attempt: |ctx, at| {
            async move {
                let row = waiting(&ctx, &at).await;
                plain(pending::approve(&ctx, &at.name, row).await.map(drop))
            }
            .boxed()
        },
    },
    Ability {
        words: "approve everybody who waits",
        attempt: |ctx, at| async move { plain(pending::approve_all(&ctx, &at.name).await.map(drop)) }.boxed(),
    },
    Ability {
        words: "have who waits count",
        attempt: |ctx, at| set(ctx, at.clone(), at.users.waiting, MemberState::Active).boxed(),
    },
    Ability {
        words: "have a guest wait",
        attempt: |ctx, at| set(ctx, at.clone(), at.users.guest, MemberState::Awaiting).boxed(),
    },
    Ability {
        words: "have an owner wait",
        attempt: |ctx, at| set(ctx, at.clone(), at.users.owner, MemberState::Awaiting).boxed(),
    },
];

async fn list(ctx: Ctx, at: Place) -> Result<()> {
    ctx.require_caller()?;
    let group = standing::group(&ctx, &at.name).await?;
    pending::page(&ctx, &group, &Window::first(1)).await.map(drop)
}

async fn set(ctx: Ctx, at: Place, user: i64, state: MemberState) -> Result<()> {
    plain(pending::set_state(&ctx, &at.name, user, state).await.map(drop))
}

/// The first row that waits there.
async fn waiting(ctx: &Ctx, at: &Place) -> MemberId {
    let system = ctx.acting_as(Actor::System);
    let group = standing::group(&system, &at.name).await.expect("a group");
    let page = pending::page(&system, &group, &Window::first(1)).await;
    page.expect("a list").into_rows().remove(0).id
}

/// REST says no more to who has no right there than to who names a subgroup.
fn plain(outcome: Result<()>) -> Result<()> {
    outcome.map_err(|error| match error {
        Error::Forbidden(None) => Error::NothingGiven,
        error => error,
    })
}
