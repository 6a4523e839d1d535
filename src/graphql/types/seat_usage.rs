//! How many seats a top-level group takes.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use super::{AccessLevelEnum, BillableMembershipType};
use crate::domain::seats::Usage;
use crate::domain::standing;
use crate::graphql::connection::{Border, Nullable};
use crate::graphql::keys::{GroupOf, SeatUsageOf};
use crate::graphql::loaders::loaders;

/// How many seats a top-level group takes.
#[derive(Clone, Debug)]
pub struct SeatUsage(Arc<Usage>);

/// How many of the users who take a seat are of one kind.
#[derive(Clone, Debug, SimpleObject)]
pub struct SeatBucket {
    /// Those who take a seat in this way; null where users are told apart by level.
    membership_type: Option<BillableMembershipType>,
    /// Those with this as their highest level; null where users are told apart by membership.
    access_level: Option<AccessLevelEnum>,
    /// How many users.
    count: u64,
}

/// How many seats a top-level group takes. Seen by its owners and administrators.
#[Object]
impl SeatUsage {
    /// Users who take a seat.
    async fn in_use(&self) -> u64 {
        self.0.in_use()
    }

    /// Seats at most; null without a limit.
    async fn cap(&self) -> Option<u64> {
        self.0.cap
    }

    /// Users with memberships in the hierarchy that wait for approval.
    async fn awaiting(&self) -> u64 {
        self.0.pending.users
    }

    /// Addresses with invitations in the hierarchy that nobody has accepted yet.
    async fn pending_invitations(&self) -> u64 {
        self.0.pending.addresses
    }

    /// The users who take a seat, by why: the first that applies to each. Kinds that nobody is of are left out.
    async fn by_membership_type(&self) -> Vec<SeatBucket> {
        let kinds = self.0.by_membership_type().into_iter();
        kinds
            .map(|(kind, count)| SeatBucket {
                membership_type: Some(kind.into()),
                access_level: None,
                count,
            })
            .collect()
    }

    /// The users who take a seat, by their highest level; by a share at most that of the share. Levels that nobody has are left out.
    async fn by_access_level(&self) -> Vec<SeatBucket> {
        let levels = self.0.by_access_level().into_iter();
        levels
            .map(|(level, count)| SeatBucket {
                membership_type: None,
                access_level: Some(level.into()),
                count,
            })
            .collect()
    }
}

/// The seats of a group.
pub(super) async fn of(ctx: &Context<'_>, group: &Arc<standing::Group>) -> Nullable<SeatUsage> {
    let of = SeatUsageOf(GroupOf(Arc::clone(group)));
    loaders(ctx).find(of).await.map(SeatUsage).or_null()
}
