//! What may be done with custom roles; only groups have some.

use futures_util::FutureExt as _;
use roster::domain::roles::{self, NewRole};
use roster::domain::{Ctx, Result, standing};
use roster::types::{AccessLevel, Permissions};

use super::{Ability, Place};

pub(super) const ABILITIES: [Ability; 3] = [
    Ability {
        words: "list its custom roles",
        attempt: |ctx, at| list(ctx, at).boxed(),
    },
    Ability {
        words: "make a custom role",
        attempt: |ctx, at| make(ctx, at).boxed(),
    },
    Ability {
        words: "remove a custom role",
        attempt: |ctx, at| remove(ctx, at).boxed(),
    },
];

async fn list(ctx: Ctx, at: Place) -> Result<()> {
    ctx.require_caller()?;
    let group = standing::group(&ctx, &at.name).await?;
    roles::of_group(&ctx, &group).await.map(drop)
}

async fn make(ctx: Ctx, at: Place) -> Result<()> {
    let new = NewRole {
        name: None,
        description: None,
        base_access_level: AccessLevel::Guest,
        permissions: Permissions(vec!["read_code".to_owned()]),
    };
    roles::create(&ctx, &at.name, &new).await.map(drop)
}

async fn remove(ctx: Ctx, at: Place) -> Result<()> {
    // Nobody has the role that is there to be given.
    roles::delete(&ctx, &at.name, at.users.role).await.map(drop)
}
