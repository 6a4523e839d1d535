//! What stands behind seats: why they are taken, and the memberships of who takes them.

use std::collections::HashMap;
use std::sync::Arc;

use super::{lots, share};
use crate::domain::members::Member;
use crate::domain::seats::{self, Ground, Seat};
use crate::domain::{Ctx, Page, Result, Window};
use crate::graphql::loaders::{Key, Loader, Loaders};

/// Why a user takes a seat in a top-level group; no value for others than its owners and administrators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeatReasons(pub Seat);

/// One page of the rows that a user has in the hierarchy of a top-level group; no value where the actor does not administer the members.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SeatMemberPage {
    /// Whose, and where.
    pub seat: Seat,
    /// Which part.
    pub window: Window,
}

/// How many there are; counted to `limit` + 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeatMemberCount {
    /// Whose, and where.
    pub seat: Seat,
    /// How far.
    pub limit: u64,
}

impl Key for SeatReasons {
    type Value = Arc<Vec<Ground>>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.seat_reasons
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let asked: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = keys.into_iter().zip(seats::reasons(ctx, &asked).await?);
        Ok(found
            .filter_map(|(key, grounds)| Some((key, Arc::new(grounds?))))
            .collect())
    }
}

impl Key for SeatMemberPage {
    type Value = Page<Arc<Member>>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.seat_member_pages
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for (window, keys) in lots(keys, |key| key.window.clone()) {
            let asked: Vec<_> = keys.iter().map(|key| key.seat).collect();
            let pages = seats::membership_pages(ctx, &asked, &window).await?;
            let seen = keys.into_iter().zip(pages);
            found.extend(seen.filter_map(|(key, page)| Some((key, share(page?)))));
        }
        Ok(found)
    }
}

impl Key for SeatMemberCount {
    type Value = u64;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.seat_member_counts
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for (limit, keys) in lots(keys, |key| key.limit) {
            let asked: Vec<_> = keys.iter().map(|key| key.seat).collect();
            let counts = seats::membership_counts(ctx, &asked, limit).await?;
            let seen = keys.into_iter().zip(counts);
            found.extend(seen.filter_map(|(key, count)| Some((key, count?))));
        }
        Ok(found)
    }
}
