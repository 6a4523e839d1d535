//! The codes that the graph's errors carry, and what a client sees of each fault.
//! What the developer must mend is named plainly; what is our own fault shows nothing but the request's id.

use std::borrow::Cow;

use async_graphql::{Error, ErrorExtensions, Pos, ServerError, Value};
use axum::http::StatusCode;

use super::limits::Cost;
use crate::domain;

/// `extensions.code` of every top-level error.
pub mod code {
    /// The text is no GraphQL document.
    pub const GRAPHQL_PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
    /// The document does not fit the schema.
    pub const GRAPHQL_VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";
    /// A request's parameter, a variable or an argument has a value that cannot be taken.
    pub const BAD_USER_INPUT: &str = "BAD_USER_INPUT";
    /// The token is unknown or dead, or its user may not call.
    pub const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
    /// The token's scopes do not allow the operation.
    pub const INSUFFICIENT_SCOPE: &str = "INSUFFICIENT_SCOPE";
    /// What is asked for is hidden, missing, or not the caller's to change.
    pub const RESOURCE_NOT_AVAILABLE: &str = "RESOURCE_NOT_AVAILABLE";
    /// No document is stored under the hash; the client sends it again with its text.
    pub const PERSISTED_QUERY_NOT_FOUND: &str = "PERSISTED_QUERY_NOT_FOUND";
    /// A limit other than the size of the text is exceeded.
    pub const QUERY_TOO_COMPLEX: &str = "QUERY_TOO_COMPLEX";
    /// The text or the body is too long.
    pub const QUERY_TOO_LARGE: &str = "QUERY_TOO_LARGE";
    /// Too many requests; `retryAfter` says when to come back, in seconds.
    pub const RATE_LIMITED: &str = "RATE_LIMITED";
    /// The operation took too long.
    pub const TIMEOUT: &str = "TIMEOUT";
    /// The service cannot answer now.
    pub const UNAVAILABLE: &str = "UNAVAILABLE";
    /// Our own fault.
    pub const INTERNAL: &str = "INTERNAL";
}

/// The text for what is hidden and what is missing alike, as GitLab words it.
pub const NOT_AVAILABLE: &str = "The resource that you are attempting to access does not exist or you don't have \
                                 permission to perform this action";

const INTERNAL_TEXT: &str = "Internal server error";

/// A document with a thousand faults is told of the first ones only.
const MOST_ERRORS: usize = 20;

/// An error for a resolver to return, with its code.
pub fn coded(code: &str, message: impl Into<String>) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}

/// An error of a document or a request, outside of any resolver.
pub fn server_error(code: &str, message: impl Into<String>, pos: Option<Pos>) -> ServerError {
    let mut error = ServerError::new(message, pos);
    error.extensions.get_or_insert_default().set("code", code);
    error
}

/// The code and the text of what the domain refused. Hidden, missing and not allowed look alike.
pub fn of_domain(error: &domain::Error) -> (&'static str, Cow<'_, str>) {
    let (code, text) = match error {
        domain::Error::Refused(_)
        | domain::Error::Faulty(_)
        | domain::Error::AboveOwn(_)
        | domain::Error::Items(_)
        | domain::Error::Parameter(_)
        | domain::Error::Taken(_)
        | domain::Error::Unprocessable(_)
        | domain::Error::Outdated
        | domain::Error::NotAccepted(_)
        | domain::Error::NothingGiven
        | domain::Error::KeyReused => {
            return (code::BAD_USER_INPUT, error.to_string().into());
        }
        domain::Error::Limited(_) => return (code::RATE_LIMITED, error.to_string().into()),
        domain::Error::Unauthenticated => (code::UNAUTHENTICATED, "You must be signed in to do this"),
        domain::Error::NotFound(_) | domain::Error::NotTopLevel | domain::Error::Forbidden(_) => {
            (code::RESOURCE_NOT_AVAILABLE, NOT_AVAILABLE)
        }
        domain::Error::Invalid(text) | domain::Error::Conflict(text) => (code::BAD_USER_INPUT, text.as_str()),
        domain::Error::Unavailable(_) => (code::UNAVAILABLE, "The service cannot answer now; try again"),
        domain::Error::Timeout => (code::TIMEOUT, "The operation took too long"),
        domain::Error::Internal(_) => (code::INTERNAL, INTERNAL_TEXT),
    };
    (code, text.into())
}

/// Which HTTP status a refusal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalStatus {
    /// The request was well-formed, its document was not: 400, and 200 for clients that know only `application/json`.
    Document,
    /// This one, whatever the client accepts.
    Always(StatusCode),
}

/// An answer given before anything was executed; it has no `data`.
#[derive(Debug)]
pub struct Refusal {
    /// What is wrong; at least one.
    pub errors: Vec<ServerError>,
    /// How HTTP says it.
    pub status: RefusalStatus,
    /// The cost of the operation, where it was known.
    pub cost: Option<Cost>,
}

impl Refusal {
    /// A document that does not parse, validate, or fit its variables.
    pub fn document(error: ServerError) -> Self {
        Self {
            errors: vec![error],
            status: RefusalStatus::Document,
            cost: None,
        }
    }

    /// What the domain refused before anything ran.
    pub fn of_domain(error: &domain::Error) -> Self {
        let status = match error {
            domain::Error::Unavailable(_) | domain::Error::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let (code, text) = of_domain(error);
        Self::request(status, code, text)
    }

    /// A request that is refused with this status whatever the client accepts.
    pub fn request(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            errors: vec![server_error(code, message, None)],
            status: RefusalStatus::Always(status),
            cost: None,
        }
    }

    /// A parameter of the request that cannot be taken: 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::request(StatusCode::BAD_REQUEST, code::BAD_USER_INPUT, message)
    }

    /// A limit of the document is exceeded: 400.
    pub fn too_complex(message: impl Into<String>) -> Self {
        Self::request(StatusCode::BAD_REQUEST, code::QUERY_TOO_COMPLEX, message)
    }

    /// The text or the body is longer than `limit` bytes: 413.
    pub fn too_large(what: &str, limit: usize) -> Self {
        Self::request(
            StatusCode::PAYLOAD_TOO_LARGE,
            code::QUERY_TOO_LARGE,
            format!("{what} is longer than {limit} bytes"),
        )
    }

    /// The caller's token is dead, or its user may not call.
    pub fn unauthenticated(status: StatusCode, message: impl Into<String>) -> Self {
        Self::request(status, code::UNAUTHENTICATED, message)
    }

    /// Too many requests: 429, and how many seconds to wait.
    pub fn rate_limited(wait: i64) -> Self {
        let mut refusal = Self::request(StatusCode::TOO_MANY_REQUESTS, code::RATE_LIMITED, "Retry later");
        for error in &mut refusal.errors {
            error.extensions.get_or_insert_default().set("retryAfter", wait);
        }
        refusal
    }

    /// The same with another code.
    #[must_use]
    pub fn coded(mut self, code: &str) -> Self {
        for error in &mut self.errors {
            error.extensions.get_or_insert_default().set("code", code);
        }
        self
    }

    /// Whether it is the service that could not do its part.
    pub fn is_of_the_server(&self) -> bool {
        matches!(self.status, RefusalStatus::Always(status) if status.is_server_error())
    }

    /// Whether it is the document that is at fault, with its operation, its variables and its cost.
    pub fn is_of_the_document(&self) -> bool {
        matches!(
            self.status,
            RefusalStatus::Document | RefusalStatus::Always(StatusCode::BAD_REQUEST)
        )
    }

    /// The errors alone, for transports that send nothing beside them; the first tells the cost.
    pub fn with_cost_in_errors(mut self) -> Vec<ServerError> {
        if let (Some(cost), Some(error)) = (self.cost, self.errors.first_mut()) {
            error.extensions.get_or_insert_default().set("cost", Value::from(cost));
        }
        self.errors
    }

    /// The token's scopes do not allow the operation: 403.
    pub fn insufficient_scope() -> Self {
        Self::request(
            StatusCode::FORBIDDEN,
            code::INSUFFICIENT_SCOPE,
            "The request requires higher privileges than provided by the access token.",
        )
    }
}

impl From<async_graphql::parser::Error> for Refusal {
    /// The parser's text repeats the line of the document, which may be all of it: only what was expected is kept.
    fn from(fault: async_graphql::parser::Error) -> Self {
        let text = fault.to_string();
        let reason = text.rsplit("= ").next().unwrap_or_default().trim();
        let mut error = server_error(code::GRAPHQL_PARSE_FAILED, format!("Syntax error: {reason}"), None);
        error.locations = fault.positions().collect();
        Self::document(error)
    }
}

/// How the errors of an answer are shown to one caller.
#[derive(Debug, Clone, Copy)]
pub struct Presentation<'a> {
    /// Names this request in the log.
    pub request_id: Option<&'a str>,
    /// Whether texts may name fields that the caller did not; not for callers who may not see the schema.
    pub suggestions: bool,
}

impl Presentation<'_> {
    /// Gives every error its code, hides what is our own fault behind the request's id, and logs it.
    pub fn apply(self, errors: &mut Vec<ServerError>) {
        errors.truncate(MOST_ERRORS);
        for error in errors {
            self.present(error);
        }
    }

    fn present(self, error: &mut ServerError) {
        let (code, text) = code_and_text(error);
        if code == code::INTERNAL || code == code::UNAVAILABLE {
            self.log(error);
        }
        if code == code::INTERNAL {
            error.extensions = None;
            if let Some(id) = self.request_id {
                error.extensions.get_or_insert_default().set("requestId", id);
            }
        }
        if let Some(domain::Error::Limited(seconds)) = error.source::<domain::Error>() {
            let seconds = *seconds;
            error.extensions.get_or_insert_default().set("retryAfter", seconds);
        }
        error.message = text;
        if !self.suggestions
            && let Some(end) = error.message.find(" Did you mean")
        {
            error.message.truncate(end);
        }
        error.extensions.get_or_insert_default().set("code", code);
    }

    fn log(self, error: &ServerError) {
        let request_id = self.request_id;
        let source = error.source::<domain::Error>();
        if let Some(domain::Error::Internal(cause) | domain::Error::Unavailable(cause)) = source {
            tracing::error!(request_id, path = ?error.path, "a resolver failed: {cause}");
        } else {
            tracing::error!(request_id, path = ?error.path, "a resolver failed: {}", error.message);
        }
    }
}

/// The error's own code, or that of the domain's error inside it. Without either it is the library's: before execution
/// there is no path and the document is at fault, inside it an argument did not parse. Anything else is ours.
fn code_and_text(error: &ServerError) -> (String, String) {
    if let Some(Value::String(code)) = error.extensions.as_ref().and_then(|values| values.get("code")) {
        let text = if code == code::INTERNAL {
            INTERNAL_TEXT
        } else {
            &error.message
        };
        return (code.clone(), text.to_owned());
    }
    let (code, text) = if let Some(refused) = error.source::<domain::Error>() {
        of_domain(refused)
    } else if error.path.is_empty() {
        (code::GRAPHQL_VALIDATION_FAILED, error.message.as_str().into())
    } else if is_input_fault(&error.message) {
        (code::BAD_USER_INPUT, error.message.as_str().into())
    } else {
        (code::INTERNAL, INTERNAL_TEXT.into())
    };
    (code.to_owned(), text.into_owned())
}

fn is_input_fault(message: &str) -> bool {
    [
        "Failed to parse ",
        "Expected input type ",
        "Invalid value for argument ",
    ]
    .iter()
    .any(|start| message.starts_with(start))
}

#[cfg(test)]
mod tests {
    use async_graphql::PathSegment;

    use super::*;

    fn shown(mut error: ServerError, suggestions: bool) -> serde_json::Value {
        error.locations.clear();
        let mut errors = vec![error];
        Presentation {
            request_id: Some("r1"),
            suggestions,
        }
        .apply(&mut errors);
        serde_json::to_value(&errors[0]).unwrap()
    }

    fn in_a_resolver(error: Error) -> ServerError {
        let mut error = error.into_server_error(Pos::default());
        error.path = vec![PathSegment::Field("group".to_owned())];
        error
    }

    #[test]
    fn an_internal_error_shows_nothing_but_the_request_id() {
        let shown = shown(in_a_resolver(coded(code::INTERNAL, "password=hunter2")), true);
        assert_eq!(
            shown,
            serde_json::json!({
                "message": "Internal server error",
                "path": ["group"],
                "extensions": {"code": "INTERNAL", "requestId": "r1"},
            })
        );
    }

    #[test]
    fn what_the_domain_refuses_has_a_code() {
        let shown = |error: domain::Error| shown(in_a_resolver(error.into()), true);
        for hidden in [
            domain::Error::NotFound(domain::Thing::Group),
            domain::Error::Forbidden(Some("because")),
        ] {
            let shown = shown(hidden);
            assert_eq!(shown["message"], NOT_AVAILABLE);
            assert_eq!(shown["extensions"]["code"], "RESOURCE_NOT_AVAILABLE");
        }
        let invalid = shown(domain::Error::Invalid("first is negative".to_owned()));
        assert_eq!(invalid["message"], "first is negative");
        assert_eq!(invalid["extensions"]["code"], "BAD_USER_INPUT");
        assert_eq!(shown(domain::Error::Timeout)["extensions"]["code"], "TIMEOUT");
    }

    #[test]
    fn a_resolver_error_without_a_code_is_internal() {
        let shown = shown(in_a_resolver(Error::new("relation \"users\" does not exist")), true);
        assert_eq!(shown["message"], "Internal server error");
        assert_eq!(shown["extensions"]["code"], "INTERNAL");
    }

    #[test]
    fn an_argument_that_does_not_parse_is_bad_user_input() {
        let shown = shown(
            in_a_resolver(Error::new("Failed to parse \"GroupID\": no such kind")),
            true,
        );
        assert_eq!(shown["extensions"]["code"], "BAD_USER_INPUT");
    }

    #[test]
    fn suggestions_are_cut_off_for_those_who_may_not_see_the_schema() {
        let fault = ServerError::new("Unknown field \"x\" on type \"Q\". Did you mean \"y\"?", None);
        assert_eq!(
            shown(fault.clone(), false)["message"],
            "Unknown field \"x\" on type \"Q\"."
        );
        assert_eq!(
            shown(fault, true)["message"],
            "Unknown field \"x\" on type \"Q\". Did you mean \"y\"?"
        );
    }

    #[test]
    fn a_syntax_error_does_not_repeat_the_document() {
        let text = format!("{{ {} ( }}", "a ".repeat(5_000));
        let refusal = Refusal::from(async_graphql::parser::parse_query(&text).unwrap_err());
        assert!(refusal.errors[0].message.len() < 200, "{}", refusal.errors[0].message);
        assert!(refusal.errors[0].message.starts_with("Syntax error: expected"));
        assert_eq!(refusal.errors[0].locations.len(), 1);
    }
}
