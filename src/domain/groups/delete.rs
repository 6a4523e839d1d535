//! Removing groups.

use crate::db::Lock;
use crate::domain::members::facts::{Facts, seen};
use crate::domain::removal::{Doomed, remove};
use crate::domain::standing::{Group, Name, Standing};
use crate::domain::{Ctx, Error, Result, Thing, policy};
use crate::types::SourceKind;

/// Removes a group with everything in it: groups below, projects, members, invitations, requests, shares in both directions, custom roles and links
/// with a directory. Answers it as it was.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Group)`; `Forbidden` for others than owners.
pub async fn delete(ctx: &Ctx, name: &Name) -> Result<Group> {
    let (source, _) = seen(ctx, SourceKind::Group, name).await?;
    ctx.write(Lock::None, |ctx, tx| async move {
        let doomed = Doomed::hold(&tx, source).await?;
        let facts = Facts::load(&ctx, source).await?;
        policy::administer_group(&facts.hand)?;
        remove(&ctx, &tx, &doomed, &facts.scene()).await?;
        match facts.standing {
            Standing::Group(group) => Ok(*group),
            Standing::Project(_) => Err(Error::NotFound(Thing::Group)),
        }
    })
    .await
}
