//! What the mails say: one subject, one text and one page of HTML for each kind of notice, in `templates/`.

use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context, escape_formatter};

use super::letterhead::one_line;
use crate::domain::notices::{Letter, NotSent, Notice, Place};
use crate::types::SourceKind;

macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("templates/", $name)))),+]
    };
}

/// Values are escaped in those that end in `.html`.
const TEMPLATES: [(&str, &str); 17] = templates![
    "layout.html",
    "footer.txt",
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
];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(|out, state, value| match (state.auto_escape(), value.as_str()) {
        (AutoEscape::Html, Some(text)) if !value.is_safe() => Ok(out.write_str(&escape(text))?),
        _ => escape_formatter(out, state, value),
    });
    for (name, source) in TEMPLATES {
        environment
            .add_template(name, source)
            .expect("the templates are sound, as a test says");
    }
    environment
});

/// What HTML needs and no more, unlike the library's own: links stay links for whoever reads the source of a mail.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
        escaped
    })
}

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
        let about = about(&letter.notice, external_url);
        let common = context! { name => one_line(&letter.name), external_url, host, ..about };
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
            let role = role.as_deref().unwrap_or_else(|| access_level.label());
            context! { place => place(granted), role => one_line(role) }
        }
        Notice::ExpiryChanged {
            place: left,
            expires_at,
            ..
        } => context! { place => place(left), expires_at => expires_at.to_string() },
        Notice::ExpiryRemoved { place: kept, .. } => context! { place => place(kept) },
        Notice::Invited { place: to, .. }
        | Notice::InvitationReminder { place: to, .. }
        | Notice::InvitationAccepted { place: to, .. }
        | Notice::InvitationDeclined { place: to, .. } => context! { place => place(to) },
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
