//! What others must hear once a change is committed.
//!
//! A write queues a [`Notice`] in its own transaction ([`queue`]): rolled back with it, and never lost after it. A notice carries what its mail
//! says, so that delivery needs no rights and tells what was true when the change was made. Only the address is looked up at delivery.

mod deliver;
mod queue;
mod tidy;

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::App;
use super::standing::{Group, Project};
use crate::types::{AccessLevel, MemberId, Secret, Source, UserId};

pub use deliver::{Attempt, Outcome, deliver};
pub use queue::queue;
pub use tidy::tidy;

/// Something that somebody is told by mail. One variant a kind of mail: its name is the column `kind` of the outbox, what it holds is `payload`.
///
/// Rows outlive the program that wrote them: a field is added with a default, and a variant that was ever queued keeps its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "payload", rename_all = "snake_case")]
pub enum Notice {
    /// Somebody was given access, also through a request, or another level. Not for rows that a directory keeps (LDAP).
    AccessGranted {
        /// Who is told.
        user: UserId,
        /// Where.
        place: Place,
        /// The level of the row.
        #[serde(with = "level")]
        access_level: AccessLevel,
        /// The name of the custom role, if it is one.
        role: Option<String>,
    },
    /// The membership of a group ends on another day than before. Nobody is told about projects.
    ExpiryChanged {
        /// Who is told.
        user: UserId,
        /// Which group.
        place: Place,
        /// The day on which it ends.
        expires_at: NaiveDate,
    },
    /// The membership of a group no longer ends. Nobody is told about projects.
    ExpiryRemoved {
        /// Who is told.
        user: UserId,
        /// Which group.
        place: Place,
    },
    /// Somebody is invited, for the first time or once more. The link is made when the mail is sent.
    Invited {
        /// Which invitation.
        invitation: MemberId,
        /// The name of whoever invites.
        inviter: Option<String>,
        /// Where to.
        place: Place,
        /// The level that it gives.
        #[serde(with = "level")]
        access_level: AccessLevel,
        /// The name of the custom role, if it is one.
        role: Option<String>,
    },
    /// An invitation has not been answered for some days. It carries a link of its own.
    InvitationReminder {
        /// Which invitation.
        invitation: MemberId,
        /// The name of whoever invites.
        inviter: String,
        /// Where to.
        place: Place,
        /// The level that it gives.
        #[serde(with = "level")]
        access_level: AccessLevel,
        /// The name of the custom role, if it is one.
        role: Option<String>,
        /// The how manieth reminder: 1, 2 or 3.
        nth: u8,
        /// Days since the invitation was made.
        age: i64,
    },
    /// Somebody has come who was invited.
    InvitationAccepted {
        /// Who is told: whoever invited.
        user: UserId,
        /// The address that was invited.
        address: String,
        /// The name of the new member.
        member: String,
        /// Where to.
        place: Place,
    },
    /// Somebody does not want to come who was invited.
    InvitationDeclined {
        /// Who is told: whoever invited.
        user: UserId,
        /// The address that was invited.
        address: String,
        /// Where to.
        place: Place,
    },
    /// Somebody asks for access. Up to ten of those who may give it are told, each by a notice of their own.
    AccessRequested {
        /// Who is told.
        user: UserId,
        /// Where.
        place: Place,
        /// The name of who asks.
        requester_name: String,
        /// The user name of who asks.
        requester_username: String,
        /// The level that is asked for.
        #[serde(with = "level")]
        access_level: AccessLevel,
    },
    /// A request for access was denied by somebody else.
    AccessDenied {
        /// Who is told: who asked.
        user: UserId,
        /// Where.
        place: Place,
        /// Whether the place is not named, for who asked did not see it when the request was denied.
        hidden: bool,
    },
    // A new kind of mail: a variant here, its recipient in `Notice::recipient`, its templates in `mail/`.
}

/// A group or project as a mail names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Which one it is.
    pub source: Source,
    /// `Acme / Tools`
    pub full_name: String,
    /// `acme/tools`
    pub full_path: String,
}

impl From<&Group> for Place {
    fn from(group: &Group) -> Self {
        Self {
            source: Source::Group(group.id),
            full_name: group.full_name.clone(),
            full_path: group.full_path.clone(),
        }
    }
}

impl From<&Project> for Place {
    fn from(project: &Project) -> Self {
        Self {
            source: Source::Project(project.id),
            full_name: project.full_name.clone(),
            full_path: project.full_path.clone(),
        }
    }
}

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// A user, at the primary address.
    User(UserId),
    /// Whoever reads the mail of the address that is invited.
    Invitation(MemberId),
}

impl Notice {
    /// Who is told.
    pub fn recipient(&self) -> Recipient {
        match self {
            Self::AccessGranted { user, .. }
            | Self::ExpiryChanged { user, .. }
            | Self::ExpiryRemoved { user, .. }
            | Self::InvitationAccepted { user, .. }
            | Self::InvitationDeclined { user, .. }
            | Self::AccessRequested { user, .. }
            | Self::AccessDenied { user, .. } => Recipient::User(*user),
            Self::Invited { invitation, .. } | Self::InvitationReminder { invitation, .. } => {
                Recipient::Invitation(*invitation)
            }
        }
    }
}

/// A notice on its way: what a [`Mailer`] makes a message of.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The number of its row. The same letter may come a second time, and can be told by it.
    pub id: i64,
    /// What kind of notice, for the log.
    pub kind: String,
    /// What it says.
    pub notice: Notice,
    /// The name of whoever it is for; nobody knows that of an address that is invited.
    pub name: Option<String>,
    /// The address, as it is now.
    pub address: String,
    /// When the change was made.
    pub queued_at: DateTime<Utc>,
    /// The way to the invitation, if the letter is about one. It was made for this try and stands nowhere else.
    pub link: Option<Link>,
}

/// A link to an invitation.
#[derive(Clone, Debug)]
pub struct Link {
    /// What the address ends with.
    pub token: Secret,
    /// The day on which invitation and membership end, as it is now.
    pub expires_at: Option<NaiveDate>,
}

/// Takes letters and sees that they arrive.
pub trait Mailer: fmt::Debug + Send + Sync {
    /// Sends one message. It is tried again later unless the answer is `Ok`.
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), NotSent>>;
}

/// Why a message did not leave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotSent(pub String);

/// Waits until a change of this process owes somebody mail. What other replicas owe is only found by looking.
pub async fn owed(app: &App) {
    app.db.mail_owed().await;
}

/// A user `alias` gets mail: a person who may sign in. Blocked, banned and sleeping accounts get none, and nor do bots and service accounts.
pub(in crate::domain) fn is_told(alias: &str) -> String {
    format!("{alias}.user_type = 'human' AND {alias}.state = 'active'")
}

/// A level as its number.
mod level {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::types::AccessLevel;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    pub(super) fn serialize<S: Serializer>(level: &AccessLevel, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i32(level.number())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<AccessLevel, D::Error> {
        let number = i64::deserialize(from)?;
        AccessLevel::from_number(number).ok_or_else(|| D::Error::custom(format!("{number} is no access level")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::types::GroupId;

    #[test]
    fn a_notice_is_stored_as_a_kind_and_what_its_mail_says() {
        let notice = Notice::AccessGranted {
            user: UserId(7),
            place: Place {
                source: Source::Group(GroupId(3)),
                full_name: "Acme / Tools".to_owned(),
                full_path: "acme/tools".to_owned(),
            },
            access_level: AccessLevel::Developer,
            role: Some("Auditor".to_owned()),
        };
        let stored = json!({
            "kind": "access_granted",
            "payload": {
                "user": 7,
                "place": {"source": {"kind": "group", "id": 3}, "full_name": "Acme / Tools", "full_path": "acme/tools"},
                "access_level": 30,
                "role": "Auditor",
            },
        });
        assert_eq!(serde_json::to_value(&notice).unwrap(), stored);
        assert_eq!(serde_json::from_value::<Notice>(stored).unwrap(), notice);
    }
}
