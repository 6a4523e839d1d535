//! Personal access tokens, without their secrets.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::UserCore;
use crate::domain::Result;
use crate::domain::members::Direction;
use crate::domain::tokens::{self, Filter, Order, Token};
use crate::graphql::connection::{Border, Connection, List, Nullable, Paging, connect};
use crate::graphql::ids::Model;
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::{Date, Time};
use crate::types::TokenId;

/// A personal access token.
#[derive(Clone, Debug)]
pub struct PersonalAccessToken(pub Arc<Token>);

impl PersonalAccessToken {
    /// The token of that number.
    ///
    /// # Errors
    /// `NotFound` when there is none that the caller may see.
    pub async fn find(ctx: &Context<'_>, id: TokenId) -> Result<Self> {
        loaders(ctx).find(id).await.map(Self)
    }
}

/// What tokens are sorted by; ties are broken by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum PersonalAccessTokenSort {
    /// The oldest first.
    CreatedAsc,
    /// The newest first.
    CreatedDesc,
    /// From A to Z, whatever the case.
    NameAsc,
    /// From Z to A, whatever the case.
    NameDesc,
    /// Those that end first come first; those that never do come last.
    ExpiresAtAsc,
    /// Those that never end come first.
    ExpiresAtDesc,
}

impl From<PersonalAccessTokenSort> for Order {
    fn from(sort: PersonalAccessTokenSort) -> Self {
        match sort {
            PersonalAccessTokenSort::CreatedAsc => Self::Created(Direction::Asc),
            PersonalAccessTokenSort::CreatedDesc => Self::Created(Direction::Desc),
            PersonalAccessTokenSort::NameAsc => Self::Name(Direction::Asc),
            PersonalAccessTokenSort::NameDesc => Self::Name(Direction::Desc),
            PersonalAccessTokenSort::ExpiresAtAsc => Self::Expires(Direction::Asc),
            PersonalAccessTokenSort::ExpiresAtDesc => Self::Expires(Direction::Desc),
        }
    }
}

impl From<Token> for PersonalAccessToken {
    fn from(token: Token) -> Self {
        Self(Arc::new(token))
    }
}

/// A token by which programs act as a user. The secret itself is told once, when it is made. Seen by its user and administrators.
#[Object]
impl PersonalAccessToken {
    /// Global id, `gid://gitlab/PersonalAccessToken/1`.
    pub(super) async fn id(&self) -> ID {
        Model::PersonalAccessToken.id(self.0.id)
    }

    /// The user as whom it acts.
    async fn user(&self, ctx: &Context<'_>) -> Nullable<UserCore> {
        loaders(ctx).find(self.0.user_id).await.map(UserCore::Alone).or_null()
    }

    /// What its user calls it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is for; null when nothing was said.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// What it opens, such as `api` or `read_api`.
    async fn scopes(&self) -> Vec<&'static str> {
        self.0.scopes.0.iter().map(|scope| scope.as_str()).collect()
    }

    /// Whether it works: it is neither revoked nor expired.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// Whether it was taken back, or exchanged for another.
    async fn revoked(&self) -> bool {
        self.0.revoked
    }

    /// When it was made.
    async fn created_at(&self) -> Time {
        Time::At(self.0.created_at)
    }

    /// The day, UTC, from which it is refused; null for never.
    async fn expires_at(&self) -> Option<Date> {
        self.0.expires_at.map(Date)
    }

    /// When it was last used, written down once a minute at most; null when it never was.
    async fn last_used_at(&self) -> Option<Time> {
        self.0.last_used_at.map(Time::At)
    }

    /// The addresses that it was last used from, newest first, five at most.
    async fn last_used_ips(&self) -> &[String] {
        &self.0.last_used_ips
    }
}

/// One's own tokens.
pub(super) async fn own(ctx: &Context<'_>, paging: &Paging) -> Nullable<Connection<PersonalAccessToken>> {
    let filter = Filter {
        user: loaders(ctx).ctx().actor.user_id(),
        ..Filter::default()
    };
    list(ctx, &filter, Order::default(), paging).await
}

/// The tokens that the caller may see and the filter lets through.
pub(crate) async fn list(
    ctx: &Context<'_>,
    filter: &Filter,
    order: Order,
    paging: &Paging,
) -> Nullable<Connection<PersonalAccessToken>> {
    let domain = &loaders(ctx).ctx();
    let rows = List {
        sort: format!("{order:?}"),
        page: async |window| tokens::page(domain, filter, order, &window).await,
        count: async |limit| tokens::count(domain, filter, limit).await,
    };
    connect(ctx, paging, rows, PersonalAccessToken::from).await.or_null()
}
