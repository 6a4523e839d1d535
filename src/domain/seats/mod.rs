//! Seats: who counts as billable in a top-level group.
//!
//! [`rows`] says who does, [`ledger`] keeps a summary of it in the transaction of every change, and everything else reads that.

mod estimate;
mod feeds;
mod find;
mod ledger;
mod memberships;
mod order;
mod preview;
mod reasons;
mod remove;
mod rows;
mod usage;
mod verify;
mod walk;

use chrono::{DateTime, Utc};

use super::users::User;
use crate::types::{AccessLevel, GroupId, MemberState, MembershipType, NamespaceId, UserId};

pub use estimate::{Estimate, Guests, estimate};
pub(in crate::domain) use find::require_owner;
pub use find::{by_seats, count, count_everywhere, counts, page, page_everywhere, pages, using};
pub(in crate::domain) use ledger::{hold_for_removal as hold, settle};
pub use memberships::{Membership, Memberships, Rows, counts as membership_counts, pages as membership_pages};
pub use order::{Key, Order};
pub use preview::{Change, NAMED, Preview, preview};
pub use reasons::{Ground, reasons};
pub use remove::{Removed, remove, remove_shown};
pub use usage::{Usage, has_active_row, usages};
pub(in crate::domain) use usage::{counted, in_use};
pub use verify::{Finding, Report, keep_all, verify};

/// A user who takes a seat in a top-level group.
#[derive(Clone, Debug)]
pub struct BillableMember {
    /// The top-level group.
    pub root: GroupId,
    /// The user; the address is the public one, or the primary one where the actor may see it.
    pub user: User,
    /// Why: the first that applies.
    pub membership_type: MembershipType,
    /// Whether the seat is taken, or would be, if what waits were active.
    pub state: MemberState,
    /// The user's highest level over the rows that make the user billable; by a link at most the link's.
    pub access_level: AccessLevel,
    /// When the earliest of these rows was made.
    pub first_joined_at: DateTime<Utc>,
    /// Whether the group would be left without an owner that counts.
    pub is_last_owner: bool,
}

impl BillableMember {
    /// The seat that it is.
    pub const fn seat(&self) -> Seat {
        (NamespaceId::of_group(self.root), self.user.id)
    }

    /// Whether removing the user from the group frees the seat, or at least takes the rows away: whether there are rows in the hierarchy.
    pub const fn is_removable(&self) -> bool {
        self.membership_type.is_own()
    }
}

/// What narrows a list of billable members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Words in the name or the user name, or the whole public address; words shorter than three characters only as the whole of a name. Blank for all.
    pub search: Option<String>,
    /// Those too who would take a seat, if what waits were active.
    pub awaiting: bool,
    /// Only these users.
    pub users: Option<Vec<UserId>>,
}

/// A seat by its name: the top-level group and the user.
pub type Seat = (NamespaceId, UserId);
