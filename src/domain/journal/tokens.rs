//! What is left behind when a token is made, exchanged or taken back; nothing of the secret.

use serde_json::json;

use super::{Entity, Target, Told, store};
use crate::db::WriteTx;
use crate::domain::{Actor, Ctx, Result};
use crate::types::{TokenId, UserId};

/// What happened to a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenAct {
    /// It was made.
    Created,
    /// It was exchanged for this one.
    Rotated(TokenId),
    /// It was taken back.
    Revoked,
}

impl TokenAct {
    const fn event_name(self) -> &'static str {
        match self {
            Self::Created => "personal_access_token_created",
            Self::Rotated(_) => "personal_access_token_rotated",
            Self::Revoked => "personal_access_token_revoked",
        }
    }

    fn message(self, token: TokenId) -> String {
        match self {
            Self::Created => format!("Created personal access token with id {token}"),
            Self::Rotated(new) => format!("Rotated personal access token with id {token}, new token with id {new}"),
            Self::Revoked => format!("Revoked personal access token with id {token}"),
        }
    }
}

/// Writes the audit event, which belongs to the owner of the token and to no hierarchy. Who shows nothing but a dead token is nobody: then it is the
/// system that takes back what came of it.
pub async fn record_token(
    ctx: &Ctx,
    tx: &WriteTx,
    act: TokenAct,
    (user, username): (UserId, &str),
    token: TokenId,
) -> Result<()> {
    let ctx = match &ctx.actor {
        Actor::Anonymous => &ctx.acting_as(Actor::System),
        _ => ctx,
    };
    let told = Told {
        name: act.event_name(),
        target: Target {
            kind: "User",
            id: Some(user.0),
            name: username,
        },
        message: act.message(token),
        keys: json!({ "personal_access_token_id": token }),
        details: json!({}),
    };
    let entity = Entity {
        root: None,
        kind: "User",
        id: user.0,
        path: username,
    };
    store(tx, vec![told.into_event(ctx, tx, entity)]).await
}
