//! Who waits for an owner's approval, or for an answer to an invitation.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::pending::{Pending, Who};
use crate::types::MemberState;

/// Somebody who waits in the hierarchy of a group: a user, or an invited address.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct PendingMember {
    /// Number of the membership or invitation.
    id: i64,
    /// Not of an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Not of an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ann")]
    username: Option<String>,
    /// The address that everybody may see, or the invited one.
    email: Option<String>,
    /// Not of an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    web_url: Option<String>,
    /// Whether it is an invited address.
    invited: bool,
    avatar_url: Option<String>,
    /// Whether an owner's approval is there already, or not needed: of invitations only.
    approved: bool,
}

impl PendingMember {
    pub(in crate::rest) fn new(pending: Pending, external_url: &str) -> Self {
        let (id, approved) = (pending.id.0, pending.state == MemberState::Active);
        match pending.who {
            Who::User(user) => Self {
                id,
                name: Some(user.name),
                email: user.public_email,
                web_url: Some(format!("{external_url}/{}", user.username)),
                username: Some(user.username),
                invited: false,
                avatar_url: None,
                approved,
            },
            Who::Address(address) => Self {
                id,
                name: None,
                username: None,
                email: Some(address),
                web_url: None,
                invited: true,
                avatar_url: None,
                approved,
            },
        }
    }
}

/// That it was done.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct Success {
    /// Always true.
    success: bool,
}

impl Success {
    pub(in crate::rest) const fn new() -> Self {
        Self { success: true }
    }
}
