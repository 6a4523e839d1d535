//! Personal access tokens: who shows one, who acts as somebody else, and new ones.

mod authenticate;
mod create;

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};

use crate::types::{Scopes, TokenId, UserId};

pub use authenticate::{SudoRefusal, authenticate, sudo};
pub use create::{New, create};

/// A token, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its number.
    pub id: TokenId,
    /// Whose it is.
    pub user_id: UserId,
    /// What the user calls it.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// What it is for.
    pub scopes: Scopes,
    /// Whether it was taken back.
    pub revoked: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The day on which it stops working.
    pub expires_at: Option<NaiveDate>,
    /// When it was last shown, to the minute or so.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Where it was last shown from, newest first, five at most.
    pub last_used_ips: Vec<String>,
}

impl Token {
    /// Whether it works on that day.
    pub fn is_active(&self, today: NaiveDate) -> bool {
        !self.revoked && self.expires_at.is_none_or(|day| day > today)
    }
}

/// Why a token lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such token.
    Unknown,
    /// Its last day is over; said of revoked ones too.
    Expired,
    /// It was taken back.
    Revoked,
    /// Its user is blocked or banned.
    Blocked,
    /// Its user has not been let in yet.
    PendingApproval,
    /// Its user is asleep.
    Deactivated,
    /// Its user is the stand-in for deleted users.
    Internal,
}

impl Refusal {
    /// GitLab's words for it.
    pub fn text(self, external_url: &str) -> Cow<'static, str> {
        let text = match self {
            Self::Unknown => "Unauthorized",
            Self::Expired => "Token is expired. You can either do re-authorization or token refresh.",
            Self::Revoked => "Token was revoked. You have to re-authorize from the user.",
            Self::Blocked => "Your account has been blocked.",
            Self::PendingApproval => "Your account is pending approval from your administrator and hence blocked.",
            Self::Deactivated => {
                return Cow::Owned(format!(
                    "Your account has been deactivated by your administrator. Please log back in from a web browser to reactivate your \
                     account at {external_url}"
                ));
            }
            Self::Internal => "This action cannot be performed by internal users",
        };
        Cow::Borrowed(text)
    }

    /// Whether the token itself is no good, rather than its user.
    pub const fn is_about_the_token(self) -> bool {
        matches!(self, Self::Unknown | Self::Expired | Self::Revoked)
    }
}
