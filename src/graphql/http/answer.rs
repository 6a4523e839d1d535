//! Answers as bytes, with the status that fits the form the client takes.

use std::collections::BTreeMap;

use async_graphql::{Response as Executed, ServerError, Value};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::accept::Format;
use crate::graphql::error::{Refusal, RefusalStatus, code};

/// An answer in JSON. One that was refused before execution has no `data`.
#[derive(Debug, Serialize)]
pub(super) struct Body {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ServerError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: BTreeMap<String, Value>,
}

/// The answer to one operation that was run.
pub(super) fn one(executed: Executed, format: Format) -> Response {
    let status = status_of(&executed, format);
    let headers = executed.http_headers.clone();
    let mut response = respond(status, &Body::from(executed), format);
    response.headers_mut().extend(headers);
    response
}

/// The answer to a request that was not run.
pub(super) fn refused(refusal: Refusal, format: Format) -> Response {
    let status = match (refusal.status, format) {
        (RefusalStatus::Always(status), _) => status,
        (RefusalStatus::Document, Format::GraphqlResponse) => StatusCode::BAD_REQUEST,
        (RefusalStatus::Document, Format::Json) => StatusCode::OK,
    };
    respond(status, &Body::from(refusal), format)
}

/// The answers to a batch, in its order.
pub(super) fn batch(answers: Vec<Result<Executed, Refusal>>, format: Format) -> Response {
    let bodies: Vec<Body> = answers
        .into_iter()
        .map(|answer| answer.map_or_else(Body::from, Body::from))
        .collect();
    respond(StatusCode::OK, &bodies, format)
}

fn status_of(executed: &Executed, format: Format) -> StatusCode {
    if was_executed(executed) {
        StatusCode::OK
    } else if executed.errors.iter().any(|error| has_code(error, code::TIMEOUT)) {
        StatusCode::SERVICE_UNAVAILABLE
    } else if executed.errors.iter().any(|error| has_code(error, code::INTERNAL)) {
        StatusCode::INTERNAL_SERVER_ERROR
    } else if format == Format::GraphqlResponse {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    }
}

/// An error of the execution knows its path; one of the validation does not.
pub(super) fn was_executed(executed: &Executed) -> bool {
    executed.data != Value::Null || executed.errors.iter().any(|error| !error.path.is_empty())
}

fn has_code(error: &ServerError, code: &str) -> bool {
    let given = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    matches!(given, Some(Value::String(given)) if given == code)
}

impl From<Executed> for Body {
    fn from(executed: Executed) -> Self {
        let data = was_executed(&executed).then_some(executed.data);
        Self {
            errors: executed.errors,
            data,
            extensions: executed.extensions,
        }
    }
}

impl From<Refusal> for Body {
    fn from(refusal: Refusal) -> Self {
        let cost = refusal.cost.map(|cost| ("cost".to_owned(), cost.into()));
        Self {
            errors: refusal.errors,
            data: None,
            extensions: cost.into_iter().collect(),
        }
    }
}

fn respond(status: StatusCode, body: &impl Serialize, format: Format) -> Response {
    let Ok(bytes) = serde_json::to_vec(body) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = (status, bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    // A token in `PRIVATE-TOKEN` means nothing to a shared cache.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.append(header::VARY, HeaderValue::from_static("Accept"));
    response
}
