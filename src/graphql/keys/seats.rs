//! Seats: lists of many top-level groups, and single ones.

use std::collections::HashMap;
use std::sync::Arc;

use super::{GroupOf, lots, share};
use crate::domain::seats::{self, BillableMember, Filter, Order, Seat, Usage};
use crate::domain::{Ctx, Page, Result, Window};
use crate::graphql::loaders::{Key, Loader, Loaders};

/// The seat of a user in a top-level group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeatOf(pub Seat);

/// One page of the billable members of a top-level group; no value for others than its owners and administrators.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SeatPage {
    /// Whose.
    pub group: GroupOf,
    /// Which of them.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// Which part.
    pub window: Window,
}

/// How many there are; counted to `limit` + 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SeatCount {
    /// Whose.
    pub group: GroupOf,
    /// Which of them.
    pub filter: Filter,
    /// How far.
    pub limit: u64,
}

/// How many seats a top-level group takes; no value for others than its owners and administrators.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SeatUsageOf(pub GroupOf);

impl Key for SeatOf {
    type Value = Arc<BillableMember>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.seats
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let seats: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = seats::by_seats(ctx, &seats).await?.into_iter();
        Ok(found.map(|member| (Self(member.seat()), Arc::new(member))).collect())
    }
}

impl Key for SeatPage {
    type Value = Page<Arc<BillableMember>>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.seat_pages
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((filter, order, window), keys) in lots(keys, |key| (key.filter.clone(), key.order, key.window.clone())) {
            let groups: Vec<_> = keys.iter().map(|key| &*key.group.0).collect();
            let pages = seats::pages(ctx, &groups, &filter, order, &window).await?;
            let seen = keys.into_iter().zip(pages);
            found.extend(seen.filter_map(|(key, page)| Some((key, share(page?)))));
        }
        Ok(found)
    }
}

impl Key for SeatCount {
    type Value = u64;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.seat_counts
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((filter, limit), keys) in lots(keys, |key| (key.filter.clone(), key.limit)) {
            let groups: Vec<_> = keys.iter().map(|key| &*key.group.0).collect();
            let counts = seats::counts(ctx, &groups, &filter, limit).await?;
            let seen = keys.into_iter().zip(counts);
            found.extend(seen.filter_map(|(key, count)| Some((key, count?))));
        }
        Ok(found)
    }
}

impl Key for SeatUsageOf {
    type Value = Arc<Usage>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.seat_usages
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let groups: Vec<_> = keys.iter().map(|key| &*key.0.0).collect();
        let usages = seats::usages(ctx, &groups).await?;
        let seen = keys.into_iter().zip(usages);
        Ok(seen.filter_map(|(key, usage)| Some((key, Arc::new(usage?)))).collect())
    }
}
