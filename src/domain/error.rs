//! What can go wrong, in the domain's own words. Each face has one table that turns these into its statuses and codes.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};
use sea_orm::DbErr;

use super::members::Problem;
use super::policy::{Code, Reason, Refusal};

/// What was looked for and is not there, or not for this caller: the two must look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A group.
    Group,
    /// A project.
    Project,
    /// A user.
    User,
    /// A namespace.
    Namespace,
    /// The namespace that something is to lie in.
    Home,
    /// A row looked up by its key inside something that is visible: a member, an audit event.
    Row,
    /// An invitation, looked up by its address.
    Invitation,
    /// A membership, an invitation or a request, looked up by its own number.
    Membership,
    /// An invitation, looked up by the token of its link.
    InvitationLink,
    /// The link between what is shared and an invited group.
    Link,
    /// A personal access token.
    Token,
    /// A custom role.
    MemberRole,
    /// A link of a group with people of a directory.
    LdapLink,
    /// Any such link at all.
    LdapLinks,
    /// What it is stays unsaid: so it looks to whoever may not share.
    Anything,
}

/// Why whoever has the link of an invitation cannot accept it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAccepted {
    /// The invited address is none of the caller's.
    NotYours,
    /// The caller is a direct member already.
    AlreadyMember,
    /// The membership would have ended before today.
    Ended,
    /// Members of the group's projects may not be added one by one.
    MembershipLocked,
    /// The caller has a higher level in a group above.
    BelowInherited,
    /// The hierarchy takes only addresses of other domains by now.
    OutsideDomains,
}

impl NotAccepted {
    /// The code for programs.
    pub const fn code(self) -> Code {
        match self {
            Self::NotYours | Self::OutsideDomains => Code::Forbidden,
            Self::AlreadyMember => Code::AlreadyMember,
            Self::Ended => Code::ExpiresInPast,
            Self::MembershipLocked => Code::MembershipLocked,
            Self::BelowInherited => Code::InheritedHigherAccess,
        }
    }
}

/// Why a domain function did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// It needs a caller, and there is none.
    #[error("a signed-in user is needed")]
    Unauthenticated,
    /// Hidden or missing.
    #[error("not found: {0:?}")]
    NotFound(Thing),
    /// Seen, but not allowed; with GitLab's reason where it gives one.
    #[error("forbidden")]
    Forbidden(Option<&'static str>),
    /// A group that does not lie at the top; seats are counted there.
    #[error("not a top-level group")]
    NotTopLevel,
    /// Allowed there, but not this; the reason is for the caller to know.
    #[error("{}", .0.text())]
    Refused(Reason),
    /// The row that would come of it breaks rules.
    #[error("{}", sentences(.0))]
    Faulty(Vec<Fault>),
    /// The level or the custom role is not the caller's to give to this user, a newcomer.
    #[error("{_0}: {text}", text = Reason::LevelAboveOwn.text())]
    AboveOwn(String),
    /// The invitation is there, but not for this caller to accept now.
    #[error("The invitation could not be accepted.")]
    NotAccepted(NotAccepted),
    /// A change that names nothing to change.
    #[error("nothing to change is given")]
    NothingGiven,
    /// Items of a call that is done as a whole or not at all are at fault.
    #[error("{}", .0.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join(", "))]
    Items(Vec<Problem>),
    /// It was changed after the caller looked at it.
    #[error("changed meanwhile")]
    Outdated,
    /// The idempotency key stands for another call.
    #[error("the idempotency key was used for something else")]
    KeyReused,
    /// The input breaks a rule; the text names the parameter.
    #[error("{0}")]
    Invalid(String),
    /// A parameter has a value that it cannot have here.
    #[error("{}", .0.sentence())]
    Parameter(Fault),
    /// What is wanted is somebody else's already.
    #[error("{}", .0.sentence())]
    Taken(Fault),
    /// What is wanted is understood, and cannot be.
    #[error("{}", .0.sentence())]
    Unprocessable(Fault),
    /// The state of things forbids it.
    #[error("{0}")]
    Conflict(String),
    /// Asked for too often; worth another try after so many seconds.
    #[error("This endpoint has been requested too many times. Try again later.")]
    Limited(u32),
    /// The database is gone or overloaded; worth another try.
    #[error("the database cannot be reached")]
    Unavailable(Arc<DbErr>),
    /// A statement ran longer than it may.
    #[error("the request took too long")]
    Timeout,
    /// A fault of ours; the cause goes to the log and to nobody else.
    #[error("internal error")]
    Internal(Arc<DbErr>),
}

/// What is wrong with one field of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field, by GitLab's name for it: `access_level`.
    pub field: &'static str,
    /// What about it, as GitLab says it: `is not included in the list`.
    pub text: String,
    /// The code for programs.
    pub code: Code,
}

impl Fault {
    /// A fault of a field.
    pub fn new(field: &'static str, text: impl Into<String>, code: Code) -> Self {
        let text = text.into();
        Self { field, text, code }
    }

    /// The fault as a sentence: `Access level is not included in the list`.
    pub fn sentence(&self) -> String {
        let words = match self.field {
            "access_level" => "Access level",
            "expires_at" => "Expires at",
            "user_id" => "User",
            "group_access" => "Group access",
            "member_role_id" | "member_role" => "Member role",
            "member_namespace" => "Member namespace",
            "user" => "The member's email address",
            "invite_email" => "Invite email",
            "email" => "Email",
            "username" => "Username",
            "public_email" => "Public email",
            "token_description" => "Description",
            "token_scopes" => "Scopes",
            "expiration" => "Expiration date",
            "cn" => "Cn",
            "filter" => "Filter",
            "provider" => "Provider",
            "name" | "token_name" => "Name",
            "path" => "Path",
            "visibility_level" => "Visibility level",
            "namespace" => "Namespace",
            "project_namespace.name" => "Project namespace name",
            "allowed_email_domains" => "Allowed email domains",
            // About the whole of it: the text is a sentence by itself.
            "base" => return self.text.clone(),
            field => field,
        };
        format!("{words} {}", self.text)
    }
}

/// Several sentences as English lists them: `a`, `a and b`, `a, b, and c`.
pub fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first, second] => format!("{first} and {second}"),
        [firsts @ .., last] => format!("{}, and {last}", firsts.join(", ")),
    }
}

fn sentences(faults: &[Fault]) -> String {
    listed(&faults.iter().map(Fault::sentence).collect::<Vec<_>>())
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoRight => Self::Forbidden(None),
            Refusal::Because(reason) => Self::Refused(reason),
        }
    }
}

/// Refuses what is done on the condition that a row was not changed since; a header has whole seconds only.
///
/// # Errors
/// `Outdated`
pub(in crate::domain) fn require_unmodified(since: Option<DateTime<Utc>>, changed_at: DateTime<Utc>) -> Result<()> {
    match since {
        Some(since) if since < changed_at.trunc_subsecs(0) => Err(Error::Outdated),
        _ => Ok(()),
    }
}

/// What every domain function answers.
pub type Result<T> = std::result::Result<T, Error>;

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable(Arc::new(error)),
            DbErr::Exec(cause) | DbErr::Query(cause) => match sqlstate(cause).as_deref() {
                // Cancelled by the statement or the lock time-out.
                Some("57014" | "55P03") => Self::Timeout,
                // The server is shutting down or starting up, or has no connection left.
                Some(code) if code.starts_with("57P") || code.starts_with("53") || code.starts_with("08") => {
                    Self::Unavailable(Arc::new(error))
                }
                // SQLite: another process holds the file.
                Some("5") => Self::Unavailable(Arc::new(error)),
                None if is_io(cause) => Self::Unavailable(Arc::new(error)),
                _ => Self::Internal(Arc::new(error)),
            },
            _ => Self::Internal(Arc::new(error)),
        }
    }
}

fn sqlstate(cause: &sea_orm::RuntimeErr) -> Option<String> {
    let sea_orm::RuntimeErr::SqlxError(cause) = cause else {
        return None;
    };
    cause.as_database_error()?.code().map(std::borrow::Cow::into_owned)
}

fn is_io(cause: &sea_orm::RuntimeErr) -> bool {
    let sea_orm::RuntimeErr::SqlxError(cause) = cause else {
        return false;
    };
    matches!(
        **cause,
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed
    )
}

/// Absence as `None`, for faces in which a hidden thing is a null.
pub trait Optional<T> {
    /// Turns "not found" into `None`; every other error stays one.
    fn optional(self) -> Result<Option<T>>;
}

impl<T> Optional<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
