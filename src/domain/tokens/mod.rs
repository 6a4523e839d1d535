//! Personal access tokens: who shows one, who acts as somebody else; and how they are listed, made, exchanged and taken back.

mod again;
mod authenticate;
mod create;
mod find;
mod hold;
mod revoke;
mod rotate;
mod uses;

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};

use super::members::Direction;
use super::{Ctx, Result};
use crate::types::{Scopes, TokenId, UserId};

pub use again::Shower;
pub(in crate::domain) use again::again;
pub use authenticate::{SudoRefusal, authenticate, show, sudo};
pub use create::{For, New, OWN_SCOPES, create};
pub use find::{by_ids, count, get, page};
pub use revoke::{revoke, revoke_family};
pub use rotate::rotate;
pub use uses::{record_uses, used};

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
    /// Whether it works: it was not taken back, and its last day has not come.
    pub active: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The day on which it stops working.
    pub expires_at: Option<NaiveDate>,
    /// When it was last shown, to the minute or so.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Where it was last shown from, newest first, five at most.
    pub last_used_ips: Vec<String>,
}

/// How a call names a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one that the request shows, whosever it is.
    Shown,
    /// By its number.
    Id(TokenId),
}

impl Which {
    fn id(self, ctx: &Ctx) -> Result<TokenId> {
        match self {
            Self::Shown => Ok(ctx.require_caller()?.token),
            Self::Id(id) => Ok(id),
        }
    }
}

/// Which tokens are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whose; without one the actor's own, and to administrators everybody's.
    pub user: Option<UserId>,
    /// Only those that were taken back, or that were not.
    pub revoked: Option<bool>,
    /// Only those that work, or that do not.
    pub active: Option<bool>,
    /// A part of the name, whatever the case; blank for all.
    pub search: Option<String>,
    /// Only those made then or later.
    pub created_after: Option<DateTime<Utc>>,
    /// Only those made then or earlier.
    pub created_before: Option<DateTime<Utc>>,
    /// Only those last shown then or later.
    pub last_used_after: Option<DateTime<Utc>>,
    /// Only those last shown then or earlier.
    pub last_used_before: Option<DateTime<Utc>>,
    /// Only those that end on that day or later.
    pub expires_after: Option<NaiveDate>,
    /// Only those that end before that day.
    pub expires_before: Option<NaiveDate>,
}

/// What tokens are sorted by. Ties are broken by number, in the same direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The number.
    Id(Direction),
    /// When it was made.
    Created(Direction),
    /// The name, whatever the case.
    Name(Direction),
    /// The day on which it stops working; those that never do last in rising order.
    Expires(Direction),
    /// When it was last shown; those that never were last in rising order. For numbered pages.
    LastUsed(Direction),
}

impl Default for Order {
    fn default() -> Self {
        Self::Id(Direction::Asc)
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
