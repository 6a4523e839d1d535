//! Access requests: lists of many groups and projects, and single ones.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Asked, lots, share};
use crate::domain::access_requests::{self, AccessRequest, Filter};
use crate::domain::{Ctx, Page, Result, Window};
use crate::graphql::loaders::{Key, Loader, Loaders};
use crate::types::MemberId;

/// An open access request by the number of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestOf(pub MemberId);

/// One page of the open access requests for a group or project; no value where the actor does not administer the members.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestPage {
    /// For which.
    pub asked: Asked,
    /// Which of them.
    pub filter: Filter,
    /// Which part.
    pub window: Window,
}

/// How many there are; counted to `limit` + 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestCount {
    /// For which.
    pub asked: Asked,
    /// Which of them.
    pub filter: Filter,
    /// How far.
    pub limit: u64,
}

impl Key for RequestOf {
    type Value = Arc<AccessRequest>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.requests
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let requests = access_requests::by_ids(ctx, &ids).await?;
        Ok(requests
            .into_iter()
            .map(|request| (Self(request.id), Arc::new(request)))
            .collect())
    }
}

impl Key for RequestPage {
    type Value = Page<Arc<AccessRequest>>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.request_pages
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((filter, window), keys) in lots(keys, |key| (key.filter.clone(), key.window.clone())) {
            let sources: Vec<_> = keys.iter().map(|key| key.asked.of()).collect();
            let pages = access_requests::pages(ctx, &sources, &filter, &window).await?;
            let seen = keys.into_iter().zip(pages);
            found.extend(seen.filter_map(|(key, page)| Some((key, share(page?)))));
        }
        Ok(found)
    }
}

impl Key for RequestCount {
    type Value = u64;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.request_counts
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((filter, limit), keys) in lots(keys, |key| (key.filter.clone(), key.limit)) {
            let sources: Vec<_> = keys.iter().map(|key| key.asked.of()).collect();
            let counts = access_requests::counts(ctx, &sources, &filter, limit).await?;
            let seen = keys.into_iter().zip(counts);
            found.extend(seen.filter_map(|(key, count)| Some((key, count?))));
        }
        Ok(found)
    }
}
