//! Who waits in the hierarchy of a top-level group: memberships and requests that an owner has not approved, and invitations that nobody has answered.
//!
//! What waits gives no access and takes no seat. A row waits from the start where the seats are taken, or because somebody had it wait.

mod approve;
mod find;
mod set_state;
mod store;

use chrono::{DateTime, NaiveDate, Utc};

use super::members::facts::Facts;
use super::members::{self, Member, Role};
use super::users::User;
use super::{Ctx, Error, Result};
use crate::types::{AccessLevel, MemberId, MemberState, Source};

pub use approve::{Approved, approve, approve_all, approve_all_shown, approve_one};
pub(in crate::domain) use find::waiting;
pub use find::{count, counts, page, pages};
pub use set_state::{set_state, set_state_shown};

/// Somebody who waits: one entry a user or address, however many rows of theirs wait.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The number of the row that stands for all: the first that awaits approval, else the first.
    pub id: MemberId,
    /// The group or project of that row.
    pub source: Source,
    /// Who it is.
    pub who: Who,
    /// The level that the row gives.
    pub access_level: AccessLevel,
    /// The custom role that the row gives.
    pub role: Option<Role>,
    /// Whether the row awaits an owner's approval; an invitation need not.
    pub state: MemberState,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When the row was last changed.
    pub updated_at: DateTime<Utc>,
    /// The day on which the membership ends.
    pub expires_at: Option<NaiveDate>,
    /// Who made the row.
    pub created_by: Option<User>,
}

/// Who waits.
#[derive(Clone, Debug)]
pub enum Who {
    /// A user, to be approved.
    User(User),
    /// An invited address, in lower case.
    Address(String),
}

/// How many wait in the hierarchy of a top-level group, each once however many rows of theirs wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Users, for approval.
    pub users: u64,
    /// Invited addresses, for approval or for an answer.
    pub addresses: u64,
}

/// What narrows a list of who waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Words in the name or the user name, or the whole public address; of an invited address words in it. Blank for all.
    pub search: Option<String>,
}

/// The refusal of what only top-level groups have.
fn require_top_level(facts: &Facts) -> Result<()> {
    if facts.is_top_level_group() {
        Ok(())
    } else {
        Err(Error::Forbidden(None))
    }
}

/// The memberships among the rows as they are stored, by number.
async fn stored(ctx: &Ctx, rows: &[MemberId]) -> Result<Vec<Member>> {
    let mut members = members::by_row(ctx, rows).await?;
    members.sort_by_key(|member| member.id);
    Ok(members)
}
