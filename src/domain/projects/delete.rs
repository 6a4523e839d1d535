//! Removing projects.

use chrono::{DateTime, Utc};

use crate::db::Lock;
use crate::domain::error::require_unmodified;
use crate::domain::members::facts::{Facts, seen};
use crate::domain::removal::{Doomed, remove};
use crate::domain::standing::{Name, Project, Standing};
use crate::domain::{Ctx, Error, Result, Thing, policy};
use crate::types::SourceKind;

/// Removes a project with everything in it: members, invitations, requests and shares. Answers it as it was.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Project)`; `Forbidden` for others than owners; `Outdated` for one changed after `unmodified_since`, whole seconds.
pub async fn delete(ctx: &Ctx, name: &Name, unmodified_since: Option<DateTime<Utc>>) -> Result<Project> {
    let (source, _) = seen(ctx, SourceKind::Project, name).await?;
    ctx.write(Lock::None, |ctx, tx| async move {
        let doomed = Doomed::hold(&tx, source).await?;
        let facts = Facts::load(&ctx, source).await?;
        policy::delete_project(&facts.hand)?;
        let scene = facts.scene();
        let Standing::Project(project) = facts.standing else {
            return Err(Error::NotFound(Thing::Project));
        };
        require_unmodified(unmodified_since, project.updated_at)?;
        remove(&ctx, &tx, &doomed, &scene).await?;
        Ok(*project)
    })
    .await
}
