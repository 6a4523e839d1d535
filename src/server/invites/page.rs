//! What the page says, and what keeps it to itself.

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use minijinja::{Environment, Value, context};
use sha2::{Digest as _, Sha256};

use crate::auth;
use crate::domain::invitations::Offer;
use crate::domain::{Error, NotAccepted, Thing};
use crate::markup;
use crate::rest::Refusal;

/// What one can do about a fault of ours.
pub(super) const TRY_AGAIN: &str = "Please try again in a moment.";

const STYLE: &str = include_str!("page.css");

const TEMPLATES: [(&str, &str); 4] = [
    ("page.html", include_str!("page.html")),
    ("offer.html", include_str!("offer.html")),
    ("decline.html", include_str!("decline.html")),
    ("fault.html", include_str!("fault.html")),
];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| markup::environment(&TEMPLATES));

/// Nothing is loaded but the one style that is in the page; its forms lead to this host.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
});

/// Keeps the address, which is a secret, from everybody else: from caches, from whatever the page could lead to, from search engines.
pub(super) fn protect(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    headers.insert(
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex, nofollow"),
    );
}

/// What a page is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Heading {
    /// An invitation that can be answered.
    Offer,
    /// It was accepted just now.
    Accepted,
    /// It was declined just now.
    Declined,
    /// There is none, or no longer.
    Gone,
    /// Something else is in the way.
    #[default]
    Failed,
}

/// What is in the way.
pub(super) struct Fault<'a> {
    /// As a program is told it.
    pub(super) message: &'a str,
    /// What to do about it.
    pub(super) hint: Option<&'static str>,
    /// Whether the token that was typed is what is wrong.
    pub(super) of_token: bool,
}

/// One page.
#[derive(Default)]
pub(super) struct Page<'a> {
    pub(super) heading: Heading,
    pub(super) offer: Option<&'a Offer>,
    pub(super) fault: Option<&'a Fault<'a>>,
    /// What went well.
    pub(super) done: Option<&'a str>,
    /// From the page's own address to those of its forms.
    pub(super) below: &'a str,
    /// Whether the form to decline comes first.
    pub(super) is_declining: bool,
}

/// The page as an answer with this status.
pub(super) fn render(status: StatusCode, page: &Page<'_>) -> Response {
    let template = ENVIRONMENT.get_template("page.html");
    match template.and_then(|template| template.render(values(page))) {
        Ok(html) => (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(error) => {
            tracing::error!(%error, "the page of an invitation cannot be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn values(page: &Page<'_>) -> Value {
    let offer = page.offer.map(|offer| {
        context! {
            kind => offer.noun(),
            full_name => &offer.full_name,
            full_path => &offer.full_path,
            role => &offer.role,
            email => &offer.email,
            invited_by => &offer.invited_by,
            expires_at => offer.expires_at.map(|day| day.to_string()),
            is_member => offer.is_member,
        }
    });
    let fault = page.fault.map(|fault| {
        context! { message => fault.message, hint => fault.hint, of_token => fault.of_token }
    });
    context! {
        style => STYLE,
        heading => heading(page),
        offer,
        fault,
        done => page.done,
        below => page.below,
        is_declining => page.is_declining,
    }
}

fn heading(page: &Page<'_>) -> String {
    match (page.heading, page.offer) {
        (Heading::Offer, Some(offer)) if page.is_declining => {
            format!("Decline the invitation to {}?", offer.full_name)
        }
        (Heading::Offer, Some(offer)) => match &offer.invited_by {
            Some(inviter) => format!("{inviter} invited you to join {}", offer.full_name),
            None => format!("You are invited to join {}", offer.full_name),
        },
        (Heading::Accepted, _) => "Welcome!".to_owned(),
        (Heading::Declined, _) => "Invitation declined".to_owned(),
        (Heading::Gone, _) => "This invitation cannot be found".to_owned(),
        (Heading::Failed | Heading::Offer, _) => "That did not work".to_owned(),
    }
}

/// What a person can do about a refusal.
pub(super) struct Advice {
    /// The page to show: that of the invitation, as long as there is still something to answer.
    pub(super) heading: Heading,
    /// Whether the token that was shown is what is wrong.
    pub(super) of_token: bool,
    /// In words.
    pub(super) hint: Option<&'static str>,
}

/// What a person can do about it.
pub(super) fn advice(refusal: &Refusal) -> Advice {
    let (heading, of_token, hint) = match refusal {
        Refusal::Auth(auth::Refusal::Unauthenticated) | Refusal::Domain(Error::Unauthenticated) => (
            Heading::Offer,
            true,
            Some("Enter a personal access token of your account."),
        ),
        Refusal::Auth(auth::Refusal::InsufficientScope(_)) => {
            (Heading::Offer, true, Some("Enter one with the scope api."))
        }
        Refusal::Auth(_) => (Heading::Offer, true, None),
        Refusal::Domain(Error::NotAccepted(NotAccepted::NotYours)) => (
            Heading::Offer,
            true,
            Some("The account of this token has not the address that was invited."),
        ),
        Refusal::Domain(Error::NotAccepted(reason)) => (Heading::Offer, false, Some(reason_of(*reason))),
        Refusal::Domain(Error::NotFound(Thing::InvitationLink)) => (
            Heading::Gone,
            false,
            Some("It was answered or withdrawn, or its time is over. Whoever invited you can send a new one."),
        ),
        Refusal::Domain(Error::Unavailable(_) | Error::Timeout | Error::Internal(_)) | Refusal::Internal(_) => {
            (Heading::Failed, false, Some(TRY_AGAIN))
        }
        _ => (Heading::Failed, false, None),
    };
    Advice {
        heading,
        of_token,
        hint,
    }
}

/// A program is told the same for all of these; people may know.
const fn reason_of(reason: NotAccepted) -> &'static str {
    match reason {
        NotAccepted::NotYours => "It is for another address.",
        NotAccepted::AlreadyMember => "You are a member there already.",
        NotAccepted::Ended => "Its time is over.",
        NotAccepted::MembershipLocked => "Nobody can be added to the projects of this group at present.",
        NotAccepted::BelowInherited => "You have a higher role there already, by a group above.",
        NotAccepted::OutsideDomains => "Addresses of this domain are no longer admitted there.",
    }
}
