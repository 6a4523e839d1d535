//! Access requests: rows of `members` that give nothing until somebody who may says yes.
//!
//! They are judged by the same facts as members and stored by the same hand.

mod approve;
mod ask;
mod deny;
mod find;

use chrono::{DateTime, Utc};

use super::members::facts::{Facts, Held, Person, Whom};
use super::users::User;
use super::{Ctx, Error, Result, Thing};
use crate::types::{MemberId, Source};

pub use approve::{Approved, approve};
pub use ask::ask;
pub use deny::deny;
pub use find::{by_ids, count, count_own, counts, own, page, pages};

/// Somebody's open request for access to a group or project.
#[derive(Clone, Debug)]
pub struct AccessRequest {
    /// The number of the row; the membership that comes of it keeps it.
    pub id: MemberId,
    /// The group or project.
    pub source: Source,
    /// Who asks. The primary address is in it for administrators and for whoever asks.
    pub user: User,
    /// Since when.
    pub requested_at: DateTime<Utc>,
}

/// What narrows a list of requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Words in the name or the user name, or the whole public address; blank for all.
    pub search: Option<String>,
}

/// The open request of the user of that number.
///
/// # Errors
/// `NotFound(Row)` when there is none, be the user a member or nobody.
async fn open(ctx: &Ctx, facts: &Facts, user: i64) -> Result<(Person, Held)> {
    let person = facts.people(ctx, &[Whom::Id(user)]).await?.pop();
    let open = person.and_then(|person| {
        let held = person.held().filter(|held| held.requested)?;
        Some((person, held))
    });
    open.ok_or(Error::NotFound(Thing::Row))
}
