//! What is left behind when an account is made, opened or shut.

use serde_json::json;

use super::{Entity, Target, Told, store};
use crate::db::{Touched, WriteTx};
use crate::domain::policy::Act;
use crate::domain::{Ctx, Result};
use crate::types::{UserId, UserState};

impl Act {
    const fn event_name(self) -> &'static str {
        match self {
            Self::Block => "user_blocked",
            Self::Unblock => "user_unblocked",
            Self::Ban => "user_banned",
            Self::Unban => "user_unbanned",
            Self::Activate => "user_activate",
            Self::Deactivate => "user_deactivate",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::Block => "Blocked user",
            Self::Unblock => "Unblocked user",
            Self::Ban => "Banned user",
            Self::Unban => "Unbanned user",
            Self::Activate => "Activated user",
            Self::Deactivate => "Deactivated user",
        }
    }
}

/// Writes the audit event, which belongs to the user and to no hierarchy, and has the seats counted anew wherever the user takes one.
pub async fn record_account(
    ctx: &Ctx,
    tx: &WriteTx,
    act: Act,
    (user, username): (UserId, &str),
    (from, to): (UserState, UserState),
) -> Result<()> {
    tx.touch(Touched::Account(user));
    let told = Told {
        name: act.event_name(),
        target: Target {
            kind: "User",
            id: Some(user.0),
            name: username,
        },
        message: act.message().to_owned(),
        keys: json!({}),
        details: json!({"change": "state", "from": from.as_str(), "to": to.as_str()}),
    };
    let entity = Entity {
        root: None,
        kind: "User",
        id: user.0,
        path: username,
    };
    store(tx, vec![told.into_event(ctx, tx, entity)]).await
}

/// Writes the audit event of a new account, which belongs to the user and to no hierarchy.
pub async fn record_new_account(ctx: &Ctx, tx: &WriteTx, user: UserId, username: &str) -> Result<()> {
    let told = Told {
        name: "user_created",
        target: Target {
            kind: "User",
            id: Some(user.0),
            name: username,
        },
        message: format!("User {username} created"),
        keys: json!({}),
        details: json!({"add": "user"}),
    };
    let entity = Entity {
        root: None,
        kind: "User",
        id: user.0,
        path: username,
    };
    store(tx, vec![told.into_event(ctx, tx, entity)]).await
}
