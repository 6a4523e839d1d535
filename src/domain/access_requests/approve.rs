//! Making a member of somebody who asks.

use super::{AccessRequest, find, open};
use crate::domain::members::facts::{Facts, Person, seen};
use crate::domain::members::store::{self, Wanted};
use crate::domain::members::validate::{self, Draft};
use crate::domain::members::{self, Member};
use crate::domain::policy::{self, Code};
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Fault, Result};
use crate::types::{AccessLevel, SourceKind};

/// A request, and what came of it.
#[derive(Clone, Debug)]
pub struct Approved {
    /// The request as it was.
    pub request: AccessRequest,
    /// The member.
    pub member: Member,
}

/// Makes a member of the user of that number, who asks for access. The row stays the same one.
///
/// # Errors
/// `NotFound` for the source, and `NotFound(Row)` for who has no open request there; `Forbidden`; `Refused` with `LdapSynced`, `RequestsLocked`, or
/// `LevelAboveOwn`; `Faulty`.
pub async fn approve(ctx: &Ctx, kind: SourceKind, name: &Name, user: i64, level: AccessLevel) -> Result<Approved> {
    let (source, lock) = seen(ctx, kind, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        let (person, held) = open(&ctx, &facts, user).await?;
        policy::approve(&facts.hand, &facts.place)?;
        policy::give(&facts.hand, &facts.place, level, None)?;
        let faults = faults(&facts, &person, level);
        if !faults.is_empty() {
            return Err(Error::Faulty(faults));
        }
        let request = find::stored(&ctx, held.id).await?;
        let wanted = Wanted {
            level,
            role: None,
            expires_at: None,
            invite_source: None,
        };
        store::raise(&ctx, &tx, &facts, &person, &held, &wanted).await?;
        let member = members::written_one(&ctx, &facts.standing, user).await?;
        Ok(Approved { request, member })
    })
    .await
}

fn faults(facts: &Facts, person: &Person, level: AccessLevel) -> Vec<Fault> {
    // Nobody asks for less than a guest's access, not even where minimal access can be given.
    if !level.grants() {
        return vec![Fault::new("access_level", "is not included in the list", Code::Invalid)];
    }
    let draft = Draft {
        level: level.number().into(),
        role: None,
        keeps_role: false,
        present: None,
        expires_at: None,
        is_new: true,
        by_admin: facts.hand.admin,
    };
    validate::faults(facts, person, &draft)
}
