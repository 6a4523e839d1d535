//! Personal access tokens by number.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::tokens::{self, Token};
use crate::domain::{Ctx, Result};
use crate::graphql::loaders::{Key, Loader, Loaders};
use crate::types::TokenId;

impl Key for TokenId {
    type Value = Arc<Token>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.tokens
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let found = tokens::by_ids(ctx, &keys).await?.into_iter();
        Ok(found.map(|token| (token.id, Arc::new(token))).collect())
    }
}
