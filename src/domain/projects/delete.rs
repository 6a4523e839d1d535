//! Removing projects.

use crate::db::Lock;
use crate::domain::members::facts::{Facts, seen};
use crate::domain::removal::{Doomed, remove};
use crate::domain::standing::{Name, Project, Standing};
use crate::domain::{Ctx, Error, Result, Thing, policy};
use crate::types::SourceKind;

/// Removes a project with everything in it: members, invitations, requests and shares. Answers it as it was.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Project)`; `Forbidden` for others than owners.
pub async fn delete(ctx: &Ctx, name: &Name) -> Result<Project> {
    let (source, _) = seen(ctx, SourceKind::Project, name).await?;
    ctx.write(Lock::None, |ctx, tx| async move {
        let doomed = Doomed::hold(&tx, source).await?;
        let facts = Facts::load(&ctx, source).await?;
        policy::delete_project(&facts.hand)?;
        remove(&ctx, &tx, &doomed, &facts.scene()).await?;
        match facts.standing {
            Standing::Project(project) => Ok(*project),
            Standing::Group(_) => Err(Error::NotFound(Thing::Project)),
        }
    })
    .await
}
