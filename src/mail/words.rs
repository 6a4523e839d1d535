//! What the mails say: one subject, one text and one page of HTML for each kind of notice, in `templates/`.

use std::sync::LazyLock;

use minijinja::{Environment, Value, context};

use super::letterhead::one_line;
use crate::domain::notices::{Letter, Link, NotSent, Notice, Place};
use crate::markup;
use crate::types::{AccessLevel, SourceKind};

macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("templates/", $name)))),+]
    };
}

const TEMPLATES: [(&str, &str); 32] = templates![
    "layout.html",
    "button.html",
    "footer.txt",
    "invitation.html",
    "invitation_footer.txt",
    "access_granted.subject",
    "access_granted.txt",
    "access_granted.html",
    "expiry_changed.subject",
    "expiry_changed.txt",
    "expiry_changed.html",
    "expiry_removed.subject",
    "expiry_removed.txt",
    "expiry_removed.html",
    "access_requested.subject",
    "access_requested.txt",
    "access_requested.html",
    "access_denied.subject",
    "access_denied.txt",
    "access_denied.html",
    "invited.subject",
    "invited.txt",
    "invited.html",
    "invitation_reminder.subject",
    "invitation_reminder.txt",
    "invitation_reminder.html",
    "invitation_accepted.subject",
    "invitation_accepted.txt",
    "invitation_accepted.html",
    "invitation_declined.subject",
    "invitation_declined.txt",
    "invitation_declined.html",
];

/// What the mails call the product.
const PRODUCT: &str = "roster";

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| markup::environment(&TEMPLATES));

/// A mail without its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub subject: String,
    /// For programs that show no HTML.
    pub text: String,
    /// For those that do.
    pub html: String,
}

impl Words {
    pub(super) fn of(letter: &Letter, external_url: &str, host: &str) -> Result<Self, NotSent> {
        let about = context! { ..about(&letter.notice, external_url), ..links(letter.link.as_ref(), external_url) };
        let name = letter.name.as_deref().map(one_line);
        let common =
            context! { name, address => one_line(&letter.address), product => PRODUCT, external_url, host, ..about };
        let subject = one_line(&render(&letter.kind, "subject", common.clone())?);
        let common = context! { subject => subject.clone(), ..common };
        Ok(Self {
            text: render(&letter.kind, "txt", common.clone())?,
            html: render(&letter.kind, "html", common)?,
            subject,
        })
    }
}

/// What the templates of a kind of notice are given.
fn about(notice: &Notice, external_url: &str) -> Value {
    let place = |place: &Place| named(place, external_url);
    match notice {
        Notice::AccessGranted {
            place: granted,
            access_level,
            role,
            ..
        } => {
            context! { place => place(granted), role => role_name(role.as_deref(), *access_level) }
        }
        Notice::ExpiryChanged {
            place: left,
            expires_at,
            ..
        } => context! { place => place(left), expires_at => expires_at.to_string() },
        Notice::ExpiryRemoved { place: kept, .. } => context! { place => place(kept) },
        Notice::Invited {
            inviter,
            place: offered,
            access_level,
            role,
            ..
        } => context! {
            inviter => inviter.as_deref().map(one_line),
            place => place(offered),
            role => role_name(role.as_deref(), *access_level),
        },
        Notice::InvitationReminder {
            inviter,
            place: offered,
            access_level,
            role,
            nth,
            age,
            ..
        } => context! {
            inviter => one_line(inviter),
            place => place(offered),
            role => role_name(role.as_deref(), *access_level).to_lowercase(),
            nth,
            age,
        },
        Notice::InvitationAccepted {
            address,
            member,
            place: joined,
            ..
        } => context! { invited => one_line(address), member => one_line(member), place => place(joined) },
        Notice::InvitationDeclined {
            address,
            place: refused,
            ..
        } => context! { invited => one_line(address), place => place(refused) },
        Notice::AccessRequested {
            place: asked,
            requester_name,
            requester_username,
            access_level,
            ..
        } => context! {
            place => place(asked),
            requester => context! { name => one_line(requester_name), url => format!("{external_url}/{requester_username}") },
            role => access_level.label(),
        },
        Notice::AccessDenied {
            place: asked, hidden, ..
        } => context! { place => place(asked), hidden => *hidden },
    }
}

fn role_name(role: Option<&str>, level: AccessLevel) -> String {
    one_line(role.unwrap_or_else(|| level.label()))
}

/// Where the link of an invitation leads.
fn links(link: Option<&Link>, external_url: &str) -> Value {
    let Some(Link { token, expires_at }) = link else {
        return context! {};
    };
    let link = format!("{external_url}/-/invites/{}", token.reveal());
    context! {
        decline_link => format!("{link}/decline"),
        link,
        expires_at => expires_at.map(|day| day.to_string()),
    }
}

fn named(place: &Place, external_url: &str) -> Value {
    let (kind, below) = match place.source.kind() {
        SourceKind::Group => ("group", "groups/"),
        SourceKind::Project => ("project", ""),
    };
    let url = format!("{external_url}/{below}{}", place.full_path);
    context! {
        kind,
        full_name => one_line(&place.full_name),
        members_url => format!("{url}/-/{kind}_members"),
        url,
    }
}

fn render(kind: &str, part: &str, values: Value) -> Result<String, NotSent> {
    let template = ENVIRONMENT.get_template(&format!("{kind}.{part}"));
    template
        .and_then(|template| template.render(values))
        .map_err(|error| NotSent(format!("the template {kind}.{part}: {error}")))
}

#[cfg(test)]
mod tests;
