//! Who waits: lists of many top-level groups.

use std::collections::HashMap;
use std::sync::Arc;

use super::{GroupOf, lots, share};
use crate::domain::pending::{self, Filter, Pending};
use crate::domain::{Ctx, Page, Result, Window};
use crate::graphql::loaders::{Key, Loader, Loaders};

/// One page of who waits in the hierarchy of a top-level group; no value where the actor does not administer its members.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PendingPage {
    /// In which.
    pub of: GroupOf,
    /// Which of them.
    pub filter: Filter,
    /// Which part.
    pub window: Window,
}

/// How many there are; counted to `limit` + 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PendingCount {
    /// In which.
    pub of: GroupOf,
    /// Which of them.
    pub filter: Filter,
    /// How far.
    pub limit: u64,
}

impl Key for PendingPage {
    type Value = Page<Arc<Pending>>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.pending_pages
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((filter, window), keys) in lots(keys, |key| (key.filter.clone(), key.window.clone())) {
            let groups: Vec<_> = keys.iter().map(|key| &*key.of.0).collect();
            let pages = pending::pages(ctx, &groups, &filter, &window).await?;
            let seen = keys.into_iter().zip(pages);
            found.extend(seen.filter_map(|(key, page)| Some((key, share(page?)))));
        }
        Ok(found)
    }
}

impl Key for PendingCount {
    type Value = u64;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.pending_counts
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((filter, limit), keys) in lots(keys, |key| (key.filter.clone(), key.limit)) {
            let groups: Vec<_> = keys.iter().map(|key| &*key.of.0).collect();
            let counts = pending::counts(ctx, &groups, &filter, limit).await?;
            let seen = keys.into_iter().zip(counts);
            found.extend(seen.filter_map(|(key, count)| Some((key, count?))));
        }
        Ok(found)
    }
}
