//! Removing groups.

use chrono::{DateTime, Utc};

use crate::db::Lock;
use crate::domain::error::require_unmodified;
use crate::domain::members::facts::{Facts, seen};
use crate::domain::removal::{Doomed, remove};
use crate::domain::standing::{Group, Name, Standing};
use crate::domain::{Ctx, Error, Result, Thing, policy};
use crate::types::SourceKind;

/// Removes a group with everything in it: groups below, projects, members, invitations, requests, shares in both directions, custom roles and links
/// with a directory. Answers it as it was.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Group)`; `Forbidden` for others than owners; `Outdated` for one changed after `unmodified_since`, whole seconds.
pub async fn delete(ctx: &Ctx, name: &Name, unmodified_since: Option<DateTime<Utc>>) -> Result<Group> {
    let (source, _) = seen(ctx, SourceKind::Group, name).await?;
    ctx.write(Lock::None, |ctx, tx| async move {
        let doomed = Doomed::hold(&tx, source).await?;
        let facts = Facts::load(&ctx, source).await?;
        policy::administer_group(&facts.hand)?;
        let scene = facts.scene();
        let Standing::Group(group) = facts.standing else {
            return Err(Error::NotFound(Thing::Group));
        };
        require_unmodified(unmodified_since, group.updated_at)?;
        remove(&ctx, &tx, &doomed, &scene).await?;
        Ok(*group)
    })
    .await
}
