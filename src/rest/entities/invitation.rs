//! Invitations, and what became of a call that makes them.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Time;
use crate::domain::invitations;
use crate::domain::listed;
use crate::domain::members::{Added, Whom};

/// An invitation that is not accepted.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct Invitation {
    /// The level of the membership.
    #[schema(example = 30)]
    access_level: i32,
    created_at: Time,
    /// The day from which on the membership does not count.
    expires_at: Option<NaiveDate>,
    /// The invited address, in lower case.
    #[schema(example = "new@example.com")]
    invite_email: String,
    /// Name of the user who accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    /// Name of whoever invited.
    created_by_name: Option<String>,
    /// Number of the row, and of the membership that becomes of it.
    id: i64,
    /// `created_at` by its older name.
    invited_at: Time,
    /// `invite_email` by the name that clients know it by.
    email: String,
}

impl From<invitations::Invitation> for Invitation {
    fn from(invitation: invitations::Invitation) -> Self {
        Self {
            access_level: invitation.access_level.number(),
            created_at: invitation.created_at.into(),
            expires_at: invitation.expires_at,
            invite_email: invitation.email.clone(),
            user_name: invitation.user.map(|user| user.name),
            created_by_name: invitation.created_by.map(|user| user.name),
            id: invitation.id.0,
            invited_at: invitation.created_at.into(),
            email: invitation.email,
        }
    }
}

/// What became of an invitation of several people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvitedPeople)]
pub(in crate::rest) struct Invited {
    /// `success`, or `error` when one of them failed; the others are invited all the same.
    #[schema(example = "success")]
    status: &'static str,
    /// Who failed and why, by address as it was sent or by user name; a text when nobody was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Value>,
    /// Why nobody was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl Invited {
    /// Each was tried.
    pub(in crate::rest) fn tried(whom: &[Whom], added: &[Added]) -> Self {
        let mut failed = Map::new();
        for one in added {
            let Err(problems) = &one.outcome else { continue };
            let key = match whom.get(one.index) {
                Some(Whom::Email(address)) => address,
                _ => &one.name,
            };
            let texts: Vec<_> = problems.iter().map(|problem| problem.message.clone()).collect();
            failed.insert(key.clone(), listed(&texts).into());
        }
        let (status, message) = if failed.is_empty() {
            ("success", None)
        } else {
            ("error", Some(Value::Object(failed)))
        };
        Self {
            status,
            message,
            reason: None,
        }
    }

    /// Nobody was tried.
    pub(in crate::rest) fn refused(message: String, reason: &'static str) -> Self {
        Self {
            status: "error",
            message: Some(message.into()),
            reason: Some(reason),
        }
    }
}
