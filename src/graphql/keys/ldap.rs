//! Groups whose members come from a directory: their links, and how far the synchronisation is.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Asked, lots, share};
use crate::domain::ldap::{self, Link, Status};
use crate::domain::members::Of;
use crate::domain::standing::Group;
use crate::domain::{Ctx, Page, Result, Window};
use crate::graphql::loaders::{Key, Loader, Loaders};
use crate::types::LdapGroupLinkId;

/// One page of the directory links of a group; no value where the actor does not own it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LdapLinkPage {
    /// Whose.
    pub asked: Asked,
    /// Which part.
    pub window: Window,
}

/// How many there are; counted to `limit` + 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LdapLinkCount {
    /// Whose.
    pub asked: Asked,
    /// How far.
    pub limit: u64,
}

/// How far the synchronisation of a group is; no value for a group without links, and where the actor does not own it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LdapStatus(pub Asked);

impl Key for LdapGroupLinkId {
    type Value = Arc<Link>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.ldap_links
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let links = ldap::by_ids(ctx, &keys).await?;
        Ok(links.into_iter().map(|link| (link.id, Arc::new(link))).collect())
    }
}

impl Key for LdapLinkPage {
    type Value = Page<Arc<Link>>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.ldap_link_pages
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for (window, keys) in lots(keys, |key| key.window.clone()) {
            let pages = ldap::pages(ctx, &groups(keys.iter().map(|key| &key.asked)), &window).await?;
            let owned = keys.into_iter().zip(pages);
            found.extend(owned.filter_map(|(key, page)| Some((key, share(page?)))));
        }
        Ok(found)
    }
}

impl Key for LdapLinkCount {
    type Value = u64;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.ldap_link_counts
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for (limit, keys) in lots(keys, |key| key.limit) {
            let counts = ldap::counts(ctx, &groups(keys.iter().map(|key| &key.asked)), limit).await?;
            let owned = keys.into_iter().zip(counts);
            found.extend(owned.filter_map(|(key, count)| Some((key, count?))));
        }
        Ok(found)
    }
}

impl Key for LdapStatus {
    type Value = Status;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.ldap_statuses
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let statuses = ldap::statuses(ctx, &groups(keys.iter().map(|key| &key.0))).await?;
        let owned = keys.into_iter().zip(statuses);
        Ok(owned.filter_map(|(key, status)| Some((key, status?))).collect())
    }
}

/// The groups that are asked about, in their order; projects have no links, and no field that asks for them.
fn groups<'a>(asked: impl Iterator<Item = &'a Asked>) -> Vec<&'a Group> {
    let group = |asked: &'a Asked| match asked.of() {
        Of::Group(group) => Some(group),
        Of::Project(_) => None,
    };
    asked.filter_map(group).collect()
}
