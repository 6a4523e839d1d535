//! Invitations: memberships of people who are known by nothing but an address.
//!
//! An invitation is a row of `members` without a user. Accepting fills in the user, so that the row keeps its number, its level and its end. What mails
//! carry is a link with a token, of which only the digest is stored ([`links`]).

mod accept;
mod address;
mod decline;
mod find;
mod invite;
pub(in crate::domain) mod links;
mod offer;
mod remind;
mod resend;
mod revoke;
mod store;
mod tidy;
mod update;

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::members::{Direction, Role};
use crate::domain::users::User;
use crate::types::{AccessLevel, MemberId, Source};

pub use accept::{Accepted, accept};
pub(in crate::domain) use accept::{accept_all, to_addresses};
pub use address::is_address;
pub(in crate::domain) use address::is_disguised;
pub use decline::{Declined, decline};
pub(in crate::domain) use find::read;
pub use find::{by_ids, count, count_mine, counts, home, mine, page, pages};
pub(in crate::domain) use invite::{Invited, daily, invite, present, taken};
pub use offer::{Offer, offer};
pub use remind::remind;
pub use resend::resend;
pub use revoke::revoke;
pub use tidy::tidy;
pub use update::update;

/// What whoever shows a token is told that leads nowhere, or no more.
pub const NO_SUCH_LINK: &str = "The invitation can not be found with the provided invite token.";

/// An invitation, as those see it who administer the members of its group or project, and whom it invites.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The number of its row: that of the membership which becomes of it.
    pub id: MemberId,
    /// Where to.
    pub source: Source,
    /// The invited address, in lower case.
    pub email: String,
    /// Whether it was answered.
    pub state: State,
    /// The level that it gives.
    pub access_level: AccessLevel,
    /// The custom role that it gives.
    pub role: Option<Role>,
    /// Whether the membership will have to wait for a seat.
    pub awaiting: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// The day on which the membership ends, whether there is one by then or not.
    pub expires_at: Option<NaiveDate>,
    /// Who invited.
    pub created_by: Option<User>,
    /// When a mail with a link was last sent, or handed over to be.
    pub last_sent_at: Option<DateTime<Utc>>,
    /// How many mails with a link were sent or handed over to be, reminders among them.
    pub send_count: i32,
    /// Who accepted it.
    pub user: Option<User>,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It can be answered.
    Pending,
    /// It is a membership now.
    Accepted,
    /// Whom it invited said no; it is gone.
    Declined,
    /// It was not answered in time; it goes with the next tidying.
    Expired,
    /// It was taken back; it is gone.
    Revoked,
}

/// How a call names an invitation to a group or project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By its address, whatever the case.
    Address(String),
    /// By its number.
    Id(MemberId),
}

/// Which invitations are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The whole address, whatever the case; blank for all.
    pub search: Option<String>,
    /// Only those in this state; without one all that are not accepted.
    pub state: Option<State>,
}

/// What invitations are sorted by. Ties are broken by number, in the same direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The number.
    Id(Direction),
    /// When it was made.
    Created(Direction),
    /// The address.
    Email(Direction),
    /// The end; without one last in rising order.
    ExpiresAt(Direction),
}

impl Default for Order {
    fn default() -> Self {
        Self::Id(Direction::Asc)
    }
}
