//! Personal access tokens.

use chrono::NaiveDate;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::Time;
use crate::domain::tokens;
use crate::types::Secret;

/// What every answer says of a personal access token.
#[derive(Debug, Serialize, ToSchema)]
struct TokenCore {
    #[schema(example = 7)]
    id: i64,
    #[schema(example = "laptop")]
    name: String,
    revoked: bool,
    created_at: Time,
    description: Option<String>,
    #[schema(example = json!(["read_api"]))]
    scopes: Vec<&'static str>,
    #[schema(example = 42)]
    user_id: i64,
    /// When it was last used, to the minute or so.
    last_used_at: Option<Time>,
    /// Whether it is neither revoked nor expired.
    active: bool,
    /// The day from which it is refused.
    expires_at: Option<NaiveDate>,
}

/// A personal access token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct PersonalAccessToken {
    #[serde(flatten)]
    core: TokenCore,
    /// Where it was last used from, newest first, five at most.
    #[schema(example = json!(["192.0.2.7"]))]
    last_used_ips: Vec<String>,
}

/// A new personal access token.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct NewToken {
    #[serde(flatten)]
    core: TokenCore,
    /// The secret, told this once; null when the call is sent again under its `Idempotency-Key`.
    #[schema(value_type = Option<String>, example = "rst-…")]
    token: Option<Told>,
}

/// A secret on its way into an answer.
#[derive(Debug)]
struct Told(Secret);

impl Serialize for Told {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.reveal())
    }
}

impl From<tokens::Token> for TokenCore {
    fn from(token: tokens::Token) -> Self {
        Self {
            id: token.id.0,
            name: token.name,
            revoked: token.revoked,
            created_at: token.created_at.into(),
            description: token.description,
            scopes: token.scopes.0.iter().map(|scope| scope.as_str()).collect(),
            user_id: token.user_id.0,
            last_used_at: token.last_used_at.map(Time),
            active: token.active,
            expires_at: token.expires_at,
        }
    }
}

impl From<tokens::Token> for PersonalAccessToken {
    fn from(mut token: tokens::Token) -> Self {
        Self {
            last_used_ips: std::mem::take(&mut token.last_used_ips),
            core: token.into(),
        }
    }
}

impl NewToken {
    pub(in crate::rest) fn new(token: tokens::Token, secret: Option<Secret>) -> Self {
        Self {
            core: token.into(),
            token: secret.map(Told),
        }
    }
}
