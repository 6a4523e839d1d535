//! Invitations: lists of many groups and projects, and single ones.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Asked, lots, share};
use crate::domain::invitations::{self, Filter, Invitation, Order};
use crate::domain::{Ctx, Page, Result, Window};
use crate::graphql::loaders::{Key, Loader, Loaders};
use crate::types::MemberId;

/// An invitation by the number of its row, and where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InvitationOf(pub MemberId);

/// One page of the invitations to a group or project; no value where the actor does not administer the members.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InvitationPage {
    /// Where to.
    pub asked: Asked,
    /// Which of them.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// Which part.
    pub window: Window,
}

/// How many there are; counted to `limit` + 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InvitationCount {
    /// Where to.
    pub asked: Asked,
    /// Which of them.
    pub filter: Filter,
    /// How far.
    pub limit: u64,
}

impl Key for InvitationOf {
    type Value = (Arc<Invitation>, Asked);

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.invitations
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = invitations::by_ids(ctx, &ids).await?.into_iter();
        let placed =
            |(invitation, home): (Invitation, _)| (Self(invitation.id), (Arc::new(invitation), Asked::from(home)));
        Ok(found.map(placed).collect())
    }
}

impl Key for InvitationPage {
    type Value = Page<Arc<Invitation>>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.invitation_pages
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((filter, order, window), keys) in lots(keys, |key| (key.filter.clone(), key.order, key.window.clone())) {
            let sources: Vec<_> = keys.iter().map(|key| key.asked.of()).collect();
            let pages = invitations::pages(ctx, &sources, &filter, order, &window).await?;
            let seen = keys.into_iter().zip(pages);
            found.extend(seen.filter_map(|(key, page)| Some((key, share(page?)))));
        }
        Ok(found)
    }
}

impl Key for InvitationCount {
    type Value = u64;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.invitation_counts
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((filter, limit), keys) in lots(keys, |key| (key.filter.clone(), key.limit)) {
            let sources: Vec<_> = keys.iter().map(|key| key.asked.of()).collect();
            let counts = invitations::counts(ctx, &sources, &filter, limit).await?;
            let seen = keys.into_iter().zip(counts);
            found.extend(seen.filter_map(|(key, count)| Some((key, count?))));
        }
        Ok(found)
    }
}
