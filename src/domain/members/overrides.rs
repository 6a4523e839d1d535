//! Freeing a member's level from the directory, and binding it again.

use super::facts::{Facts, seen};
use super::{Member, find, store};
use crate::domain::policy::{self, Reason};
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Result};
use crate::types::SourceKind;

/// Frees the level of a direct member of a synced group from the directory (true), or binds it again; the level stays until the next
/// synchronisation. What is so already stays so.
///
/// # Errors
/// `NotFound` for the source; `Forbidden` for others than owners of a synced group; `NotFound(Row)` for who is no direct member;
/// `Refused(NotLdapRow)`.
pub async fn set_override(ctx: &Ctx, kind: SourceKind, name: &Name, user: i64, overridden: bool) -> Result<Member> {
    let (source, lock) = seen(ctx, kind, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::set_override(&facts.hand, &facts.place)?;
        let (person, held) = facts.member(&ctx, user).await?;
        if !held.ldap {
            return Err(Error::Refused(Reason::NotLdapRow));
        }
        store::set_override(&ctx, &tx, &facts, &person, &held, overridden).await?;
        find::written_one(&ctx, &facts.standing, person.user_id.0).await
    })
    .await
}
