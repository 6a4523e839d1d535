//! What a caller names by something else than its number, or may not look up at all.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::users::{self, User};
use crate::domain::{Ctx, Result, standing};
use crate::graphql::loaders::{Key, Loader, Loaders};
use crate::types::{UserId, fold};

/// A user whom the caller asks for, and not one who is named in something that the caller sees.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UserNamed {
    /// By number.
    Id(UserId),
    /// By user name, whatever the case.
    Username(String),
}

/// A group by its full path, whatever the case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupAt(pub String);

/// A project by its full path, whatever the case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProjectAt(pub String);

impl Key for UserNamed {
    type Value = Arc<User>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.users_named
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let (mut ids, mut names) = (Vec::new(), Vec::new());
        for key in &keys {
            match key {
                Self::Id(id) => ids.push(*id),
                Self::Username(name) => names.push(name.clone()),
            }
        }
        let by_id = users::several(ctx, &ids).await?.into_iter();
        let by_name = users::by_usernames(ctx, names).await?.into_iter();
        let by_id: HashMap<_, _> = by_id.map(|user| (user.id, Arc::new(user))).collect();
        let by_name: HashMap<_, _> = by_name.map(|user| (fold(&user.username), Arc::new(user))).collect();
        Ok(named(keys, |key| match key {
            Self::Id(id) => by_id.get(id).cloned(),
            Self::Username(name) => by_name.get(&fold(name)).cloned(),
        }))
    }
}

impl Key for GroupAt {
    type Value = Arc<standing::Group>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.groups_at
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let found = standing::groups_at(ctx, keys.iter().map(|key| key.0.as_str())).await?;
        let found: HashMap<_, _> = found
            .into_iter()
            .map(|at| (fold(&at.full_path), Arc::new(at)))
            .collect();
        Ok(named(keys, |key| found.get(&fold(&key.0)).cloned()))
    }
}

impl Key for ProjectAt {
    type Value = Arc<standing::Project>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.projects_at
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let found = standing::projects_at(ctx, keys.iter().map(|key| key.0.as_str())).await?;
        let found: HashMap<_, _> = found
            .into_iter()
            .map(|at| (fold(&at.full_path), Arc::new(at)))
            .collect();
        Ok(named(keys, |key| found.get(&fold(&key.0)).cloned()))
    }
}

fn named<K: Key>(keys: Vec<K>, find: impl Fn(&K) -> Option<K::Value>) -> HashMap<K, K::Value> {
    let found = keys.into_iter().filter_map(|key| find(&key).map(|value| (key, value)));
    found.collect()
}
