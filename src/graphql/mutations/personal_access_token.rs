//! Personal access tokens.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::told::{Done, Told, tell};
use crate::domain;
use crate::domain::tokens::{self, For, New, Token, Which};
use crate::graphql::connection::Nullable;
use crate::graphql::ids::{TokenGid, UserGid};
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::Date;
use crate::graphql::types::PersonalAccessToken;
use crate::types::Secret;

/// What token to make.
#[derive(Clone, Debug, InputObject)]
pub(super) struct PersonalAccessTokenCreateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// Whose it will be; your own when absent. Others' are for administrators to make.
    user_id: Option<UserGid>,
    /// What it is called in lists, 255 characters at most.
    name: String,
    /// What it opens, at least one. Without an administrator's rights `k8s_proxy` and `self_rotate` only; `sudo` and `admin_mode` for administrators.
    scopes: Vec<String>,
    /// What it is for, 255 characters at most.
    description: Option<String>,
    /// The day, UTC, from which it is refused; absent: 365 days ahead, which is the latest.
    expires_at: Option<Date>,
}

/// Which token it is about.
#[derive(Clone, Debug, InputObject)]
pub(super) struct PersonalAccessTokenIdInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The token.
    id: TokenGid,
}

/// What became of one token.
#[derive(Clone, SimpleObject)]
struct PersonalAccessTokenPayload {
    #[graphql(flatten)]
    told: Told,
    /// The token: the new one, or the one that was revoked. Null when nothing was done.
    personal_access_token: Option<PersonalAccessToken>,
    /// The secret of a new token, told this once; under a key of `@idempotent` it is null when the mutation is sent again. Null for a revoked one.
    token: Option<String>,
}

/// Personal access tokens.
#[derive(Debug, Default)]
pub(super) struct PersonalAccessTokens;

#[Object]
impl PersonalAccessTokens {
    /// Makes a token, and tells its secret once: for oneself, or, by administrators, for anybody.
    async fn personal_access_token_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What token to make.")] input: PersonalAccessTokenCreateInput,
    ) -> Nullable<PersonalAccessTokenPayload> {
        let new = New {
            owner: For::Whomever(input.user_id.map(|id| id.0)),
            name: input.name,
            description: input.description,
            scopes: input.scopes,
            expires_at: input.expires_at.map(|Date(day)| day),
        };
        let work = async {
            let made = tokens::create(&loaders(ctx).ctx(), new).await;
            done(ctx, made.map(|(token, secret)| (token, Some(secret))), "userId")
        };
        Some(
            tell(ctx, input.client_mutation_id, work)
                .await
                .map(PersonalAccessTokenPayload::from),
        )
    }

    /// Takes a token back and makes a new one with its name, description and scopes, whose secret is told once: your own, or, by administrators, anybody's.
    async fn personal_access_token_rotate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token to exchange.")] input: PersonalAccessTokenIdInput,
        #[graphql(
            desc = "The day, UTC, from which the new token is refused, at most 365 days ahead; absent: a week ahead."
        )]
        expires_at: Option<Date>,
    ) -> Nullable<PersonalAccessTokenPayload> {
        let (which, day) = (Which::Id(input.id.0), expires_at.map(|Date(day)| day));
        let work = async {
            let rotated = tokens::rotate(&loaders(ctx).ctx(), which, day).await;
            done(ctx, rotated.map(|(token, secret)| (token, Some(secret))), "id")
        };
        Some(
            tell(ctx, input.client_mutation_id, work)
                .await
                .map(PersonalAccessTokenPayload::from),
        )
    }

    /// Takes a token back; one that is revoked stays so. Your own, or, by administrators, anybody's.
    async fn personal_access_token_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token to take back.")] input: PersonalAccessTokenIdInput,
    ) -> Nullable<PersonalAccessTokenPayload> {
        let which = Which::Id(input.id.0);
        let work = async {
            let revoked = tokens::revoke(&loaders(ctx).ctx(), which).await;
            done(ctx, revoked.map(|token| (token, None)), "id")
        };
        Some(
            tell(ctx, input.client_mutation_id, work)
                .await
                .map(PersonalAccessTokenPayload::from),
        )
    }
}

/// What the domain did. A secret that it told is noted, so that the answer is not stored with it.
fn done(
    ctx: &Context<'_>,
    made: domain::Result<(Token, Option<Secret>)>,
    about: &str,
) -> domain::Result<Done<(Token, Option<Secret>)>> {
    if let Ok((_, Some(secret))) = &made {
        loaders(ctx).note_secret(secret.clone());
    }
    Done::of(made, |_| vec![about.to_owned()])
}

impl From<(Told, Option<(Token, Option<Secret>)>)> for PersonalAccessTokenPayload {
    fn from((told, made): (Told, Option<(Token, Option<Secret>)>)) -> Self {
        let (token, secret) = made.unzip();
        Self {
            told,
            personal_access_token: token.map(PersonalAccessToken::from),
            token: secret.flatten().map(|secret| secret.reveal().to_owned()),
        }
    }
}
