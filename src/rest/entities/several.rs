//! What became of a call for several users.

use serde::Serialize;
use utoipa::ToSchema;

/// What became of a call for several users.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AddedMembers)]
pub(in crate::rest) struct Several {
    /// `success`, or `error` when one of them failed; the others are members all the same.
    #[schema(example = "success")]
    status: &'static str,
    /// Who failed, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Why nobody was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl Several {
    /// All are members.
    pub(in crate::rest) fn success() -> Self {
        Self {
            status: "success",
            message: None,
            reason: None,
        }
    }

    /// Some failed.
    pub(in crate::rest) fn error(message: String) -> Self {
        Self {
            status: "error",
            message: Some(message),
            reason: None,
        }
    }

    /// Nobody was tried: there would be more invitations than this on one day.
    pub(in crate::rest) fn over_daily_limit(most: u64) -> Self {
        Self::refused(
            &format!("Invite limit of {most} per day exceeded."),
            "too_many_invites_error",
        )
    }

    /// Nobody was tried.
    pub(in crate::rest) fn refused(message: &str, reason: &'static str) -> Self {
        Self {
            reason: Some(reason),
            ..Self::error(message.to_owned())
        }
    }
}
