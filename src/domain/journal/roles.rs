//! What is left behind when a custom role is made or removed.

use serde_json::json;

use super::{Scene, Target, Told, store};
use crate::db::WriteTx;
use crate::domain::members::Role;
use crate::domain::{Ctx, Result};

/// What happened to a custom role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleHappening {
    /// It was made.
    Created,
    /// It was removed.
    Deleted,
}

impl RoleHappening {
    const fn event_name(self) -> &'static str {
        match self {
            Self::Created => "member_role_created",
            Self::Deleted => "member_role_deleted",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::Created => "Member role was created",
            Self::Deleted => "Member role was deleted",
        }
    }
}

/// Writes the audit event. No membership changed by it, so that subscribers hear nothing.
pub async fn record_role(ctx: &Ctx, tx: &WriteTx, happening: RoleHappening, scene: &Scene, role: &Role) -> Result<()> {
    let told = Told {
        name: happening.event_name(),
        target: Target {
            kind: "MemberRole",
            id: Some(role.id.0),
            name: &role.name,
        },
        message: happening.message().to_owned(),
        keys: json!({"member_role_id": role.id}),
        // GitLab tells of a role in more than its name.
        details: json!({"target_details": {
            "name": role.name,
            "description": role.description,
            "abilities": role.permissions.0.join(", "),
        }}),
    };
    store(tx, vec![told.into_event(ctx, tx, scene)]).await
}
