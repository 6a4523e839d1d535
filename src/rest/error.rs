//! The one table in which a refusal becomes a status and a body.

use axum::http::header::{LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use tokio::task::JoinError;

use super::answer::Answer;
use crate::auth;
use crate::domain::policy::Reason;
use crate::domain::{Error, Fault, NotAccepted, Thing, invitations};
use crate::types::SourceKind;

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub enum Refusal {
    /// A call to the version of the API that is gone.
    Version3,
    /// No such path, or no such method on it.
    NoRoute,
    /// The body did not arrive whole.
    Unreadable,
    /// The body is longer than any call needs.
    TooLarge,
    /// The body says that it is JSON, and is not.
    MalformedJson,
    /// The body is of a type that is not read.
    UnsupportedType(String),
    /// The token, the scope or the user does not let in.
    Auth(auth::Refusal),
    /// Faults of parameters, joined.
    Parameters(String),
    /// Pages by key are not there for what was asked.
    NoKeyset,
    /// A numbered page too far in, of a list of these.
    OffsetTooLarge(&'static str),
    /// The domain refuses.
    Domain(Error),
    /// What is wrong with a new group, which is told in one text.
    NotSaved(Vec<Fault>),
    /// The project is found at this address now.
    Moved(String),
    /// The project is found elsewhere now, and only reading leads there.
    NotForMoved,
    /// A rule of the call is broken: which.
    BadRequest(&'static str),
    /// What is wanted cannot be: why.
    Unfit(String),
    /// The call is not for this group, this caller, or this kind of instance: which of these stays unsaid.
    NotHere,
    /// A fault of ours: an entity that cannot be written as JSON, work that broke off.
    Internal(String),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl From<auth::Refusal> for Refusal {
    fn from(refusal: auth::Refusal) -> Self {
        Self::Auth(refusal)
    }
}

/// What the API says to a refusal, for the pages beside it, which say it their own way.
#[derive(Debug)]
pub struct Said {
    /// The status.
    pub status: StatusCode,
    /// What goes with it.
    pub headers: HeaderMap,
    /// The body.
    pub body: Value,
}

impl Said {
    /// The words for people in the body.
    pub fn message(&self) -> &str {
        let keys = ["message", "error_description", "error"];
        keys.iter().find_map(|key| self.body[key].as_str()).unwrap_or_default()
    }
}

impl Refusal {
    /// That of work that broke off.
    pub fn lost(fault: &JoinError) -> Self {
        Self::Internal(fault.to_string())
    }

    /// What the API says to it; what is our own fault is logged here, once, with the request's id.
    pub fn said(self, request_id: &str) -> Said {
        let (status, headers, body) = self.answer(request_id).into_parts();
        Said {
            status,
            headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        }
    }

    /// The answer; what is our own fault is logged here, once, with the request's id.
    pub(super) fn answer(self, request_id: &str) -> Answer {
        match self {
            Self::Version3 => error(StatusCode::GONE, "API V3 is no longer supported. Use API V4 instead."),
            Self::NoRoute => error(StatusCode::NOT_FOUND, "404 Not Found"),
            Self::Unreadable | Self::NotHere => message(StatusCode::BAD_REQUEST, "400 Bad request"),
            Self::TooLarge => error(StatusCode::PAYLOAD_TOO_LARGE, "413 Request Entity Too Large"),
            Self::MalformedJson => error(StatusCode::BAD_REQUEST, "The body is not valid application/json."),
            Self::UnsupportedType(media) => error(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                &format!("The provided content-type '{media}' is not supported."),
            ),
            Self::Auth(refusal) => of_auth(refusal),
            Self::Parameters(faults) => error(StatusCode::BAD_REQUEST, &faults),
            Self::NoKeyset => error(
                StatusCode::METHOD_NOT_ALLOWED,
                "Keyset pagination is not yet available for this type of request",
            ),
            Self::OffsetTooLarge(of) => error(
                StatusCode::METHOD_NOT_ALLOWED,
                &format!(
                    "Offset pagination has a maximum allowed offset of 50000 for requests that return objects of type {of}. \
                     Remaining records can be retrieved using keyset pagination."
                ),
            ),
            Self::Domain(fault) => of_domain(&fault, request_id),
            Self::NotSaved(faults) => message(
                StatusCode::BAD_REQUEST,
                &format!("Failed to save group {}", ByField::of(&faults).as_ruby()),
            ),
            Self::Moved(address) => moved(&address),
            Self::NotForMoved => message(
                StatusCode::METHOD_NOT_ALLOWED,
                "Non GET methods are not allowed for moved projects",
            ),
            Self::BadRequest(reason) => message(StatusCode::BAD_REQUEST, &format!("400 Bad request - {reason}")),
            Self::Unfit(text) => message(StatusCode::BAD_REQUEST, &text),
            Self::Internal(cause) => internal(&cause, request_id),
        }
    }
}

fn of_auth(refusal: auth::Refusal) -> Answer {
    match refusal {
        auth::Refusal::Unauthenticated => message(StatusCode::UNAUTHORIZED, "401 Unauthorized"),
        auth::Refusal::InvalidToken(text) => {
            let challenge = format!(
                "Bearer realm=\"Protected by OAuth 2.0\", error=\"invalid_token\", error_description=\"{text}\""
            );
            let challenge = HeaderValue::try_from(challenge).ok();
            json(
                StatusCode::UNAUTHORIZED,
                &json!({ "error": "invalid_token", "error_description": text }),
            )
            .with(challenge.map(|value| (WWW_AUTHENTICATE, value)).into_iter().collect())
        }
        auth::Refusal::Forbidden(reason) => message(StatusCode::FORBIDDEN, &format!("403 Forbidden - {reason}")),
        auth::Refusal::InsufficientScope(scopes) => json(
            StatusCode::FORBIDDEN,
            &json!({
                "error": "insufficient_scope",
                "error_description": auth::Refusal::INSUFFICIENT_SCOPE,
                "scope": scopes,
            }),
        ),
        auth::Refusal::NoSuchUser(text) => message(StatusCode::NOT_FOUND, &format!("404 {text}")),
    }
}

fn of_domain(fault: &Error, request_id: &str) -> Answer {
    match fault {
        Error::Unauthenticated => message(StatusCode::UNAUTHORIZED, "401 Unauthorized"),
        Error::NotFound(Thing::Home) => json(
            StatusCode::BAD_REQUEST,
            &json!({ "message": { "namespace": ["is not valid"] } }),
        ),
        Error::NotFound(thing) => message(StatusCode::NOT_FOUND, missing(*thing)),
        Error::Forbidden(None) => message(StatusCode::FORBIDDEN, "403 Forbidden"),
        Error::Forbidden(Some(reason)) => message(StatusCode::FORBIDDEN, &format!("403 Forbidden - {reason}")),
        Error::Refused(reason) => refused(*reason),
        Error::Faulty(faults) => faulty(faults),
        Error::AboveOwn(_) => json(
            StatusCode::BAD_REQUEST,
            &json!({ "message": fault.to_string(), "status": "error" }),
        ),
        Error::NotAccepted(NotAccepted::NotYours) => message(StatusCode::FORBIDDEN, &fault.to_string()),
        Error::NotAccepted(_) | Error::Taken(_) => message(StatusCode::CONFLICT, &fault.to_string()),
        Error::NothingGiven | Error::NotTopLevel => message(StatusCode::BAD_REQUEST, "400 Bad request"),
        Error::Items(_) => message(StatusCode::BAD_REQUEST, &fault.to_string()),
        Error::Outdated => message(StatusCode::PRECONDITION_FAILED, "412 Precondition Failed"),
        Error::KeyReused => message(StatusCode::UNPROCESSABLE_ENTITY, "422 Idempotency key reused"),
        Error::Parameter(_) => error(StatusCode::BAD_REQUEST, &fault.to_string()),
        Error::Unprocessable(_) => message(StatusCode::UNPROCESSABLE_ENTITY, &fault.to_string()),
        Error::Invalid(text) => error(StatusCode::BAD_REQUEST, text),
        Error::Conflict(text) => message(StatusCode::CONFLICT, text),
        Error::Limited(seconds) => {
            let wait = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from(*seconds))]);
            let said = json!({ "message": { "error": fault.to_string() } });
            json(StatusCode::TOO_MANY_REQUESTS, &said).with(wait)
        }
        Error::Unavailable(_) | Error::Timeout => {
            tracing::warn!(request.id = request_id, "a request found the database busy: {fault:?}");
            unavailable()
        }
        Error::Internal(cause) => internal(&cause.to_string(), request_id),
    }
}

fn refused(reason: Reason) -> Answer {
    match reason {
        Reason::AlreadyMember => message(StatusCode::CONFLICT, reason.text()),
        Reason::MembershipLocked => message(StatusCode::METHOD_NOT_ALLOWED, "405 Method Not Allowed"),
        Reason::TokenRevoked => message(StatusCode::BAD_REQUEST, &format!("400 Bad request - {}", reason.text())),
        Reason::ShareLocked | Reason::RoleInUse => message(StatusCode::BAD_REQUEST, reason.text()),
        Reason::NoSuchGroup(SourceKind::Group) => message(StatusCode::NOT_FOUND, missing(Thing::Group)),
        Reason::NoSuchGroup(SourceKind::Project) | Reason::NoRoleInGroup | Reason::OutsideHierarchy => {
            message(StatusCode::NOT_FOUND, missing(Thing::Anything))
        }
        Reason::WithItself(_) | Reason::AlreadyShared(_) | Reason::OutsideDomains => {
            message(StatusCode::CONFLICT, reason.text())
        }
        Reason::Account(reason) if reason.is_of_the_call() => {
            message(StatusCode::FORBIDDEN, &format!("403 Forbidden - {}", reason.text()))
        }
        Reason::Account(reason) => message(StatusCode::FORBIDDEN, reason.text()),
        Reason::LinkOfOwners => message(StatusCode::FORBIDDEN, "Forbidden"),
        Reason::NoSuchUser => message(StatusCode::NOT_FOUND, missing(Thing::User)),
        Reason::NothingToSet
        | Reason::LastOwnerWaits
        | Reason::WaitsByOwnHand
        | Reason::ApprovedByOwners
        | Reason::WaitsAboveOwn => message(StatusCode::UNPROCESSABLE_ENTITY, reason.text()),
        _ => message(StatusCode::FORBIDDEN, "403 Forbidden"),
    }
}

/// Every text about a field, in a list below its name; the fields in the order in which they were found at fault.
struct ByField<'a>(Vec<(&'a str, Vec<&'a str>)>);

impl<'a> ByField<'a> {
    fn of(faults: &'a [Fault]) -> Self {
        let mut fields: Vec<(&str, Vec<&str>)> = Vec::new();
        for fault in faults {
            match fields.iter_mut().find(|(field, _)| *field == fault.field) {
                Some((_, texts)) => texts.push(&fault.text),
                None => fields.push((fault.field, vec![&fault.text])),
            }
        }
        Self(fields)
    }

    /// As Ruby shows such a thing: `{:path=>["is bad"]}`.
    fn as_ruby(&self) -> String {
        let shown = self.0.iter().map(|(field, texts)| {
            let texts: Vec<_> = texts.iter().map(|text| Value::from(*text).to_string()).collect();
            format!(":{field}=>[{}]", texts.join(", "))
        });
        format!("{{{}}}", shown.collect::<Vec<_>>().join(", "))
    }
}

impl Serialize for ByField<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(field, texts)| (field, texts)))
    }
}

fn faulty(faults: &[Fault]) -> Answer {
    #[derive(Serialize)]
    struct Faulty<'a> {
        message: ByField<'a>,
    }
    let message = ByField::of(faults);
    let body = serde_json::to_vec(&Faulty { message }).unwrap_or_default();
    Answer::json(StatusCode::BAD_REQUEST, body)
}

fn moved(address: &str) -> Answer {
    let text = format!("This resource has been moved permanently to {address}");
    let location = HeaderValue::try_from(address).ok();
    let headers = location.map(|address| (LOCATION, address)).into_iter().collect();
    Answer::text(StatusCode::MOVED_PERMANENTLY, &text).with(headers)
}

const fn missing(thing: Thing) -> &'static str {
    match thing {
        Thing::Group => "404 Group Not Found",
        Thing::Project => "404 Project Not Found",
        Thing::User => "404 User Not Found",
        Thing::Namespace | Thing::Home => "404 Namespace Not Found",
        Thing::Row => "404 Not found",
        Thing::Invitation | Thing::Membership | Thing::Token => "404 Not Found",
        Thing::InvitationLink => invitations::NO_SUCH_LINK,
        Thing::Link => "404 Group Link Not Found",
        Thing::MemberRole => "404 Member Role Not Found",
        Thing::LdapLink => "Linked LDAP group not found",
        Thing::LdapLinks => "No linked LDAP groups found",
        Thing::Anything => "Not Found",
    }
}

fn unavailable() -> Answer {
    let wait = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("1"))]);
    message(StatusCode::SERVICE_UNAVAILABLE, "503 Service Unavailable").with(wait)
}

fn internal(cause: &str, request_id: &str) -> Answer {
    tracing::error!(request.id = request_id, "a request failed: {cause}");
    message(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error")
}

fn message(status: StatusCode, text: &str) -> Answer {
    json(status, &json!({ "message": text }))
}

fn error(status: StatusCode, text: &str) -> Answer {
    json(status, &json!({ "error": text }))
}

fn json(status: StatusCode, body: &Value) -> Answer {
    Answer::json(status, body.to_string().into_bytes())
}
