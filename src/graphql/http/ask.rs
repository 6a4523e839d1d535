//! The operations in a request: of a body, one or a batch; of a query string, one.
//! Only `application/json` is read, so that a page of another origin cannot send one without asking first.

use async_graphql::Variables;
use async_graphql::indexmap::IndexMap;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::graphql::engine::Ask;
use crate::graphql::error::{Refusal, code};
use crate::graphql::limits::Limits;

/// What a body asks for.
#[derive(Debug)]
pub(super) enum Asked {
    One(Ask),
    Batch(Vec<Ask>),
}

/// The parameters of a query string; the last two are JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

/// The JSON of a body: 415 for another type, 413 when it is too long, 400 when it is no JSON.
pub(super) async fn read(parts: &Parts, body: Body, limits: &Limits) -> Result<Value, Refusal> {
    check_content_type(parts)?;
    let bytes = read_bytes(body, limits.text_bytes).await?;
    serde_json::from_slice(&bytes).map_err(|fault| Refusal::bad_request(format!("The body is no JSON: {fault}")))
}

/// How many operations a request is counted as: a batch by its length, whatever else is asked as one.
pub(super) fn operations(body: &Result<Value, Refusal>) -> u32 {
    match body {
        Ok(Value::Array(batch)) => u32::try_from(batch.len()).unwrap_or(u32::MAX).max(1),
        _ => 1,
    }
}

/// The operation in a query string.
pub(super) fn from_query(parts: &Parts) -> Result<Ask, Refusal> {
    let Query(given) = Query::<Parameters>::try_from_uri(&parts.uri)
        .map_err(|fault| Refusal::bad_request(format!("The query string cannot be read: {fault}")))?;
    let json = |name: &str, text: Option<String>| match text.filter(|text| !text.is_empty()) {
        Some(text) => serde_json::from_str(&text).map_err(|fault| Refusal::bad_request(format!("{name}: {fault}"))),
        None => Ok(Value::Null),
    };
    Ok(Ask {
        query: given.query,
        operation_name: given.operation_name.filter(|name| !name.is_empty()),
        variables: variables(json("variables", given.variables)?)?,
        extensions: extensions(json("extensions", given.extensions)?)?,
        remove_deprecated: removes_deprecated(parts),
    })
}

/// Whether the address asks for the schema without what is deprecated.
pub(super) fn removes_deprecated(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    query.split('&').any(|parameter| parameter == "remove_deprecated=true")
}

impl Asked {
    /// Asks all of it for the schema without what is deprecated.
    pub(super) fn removing_deprecated(mut self, removes: bool) -> Self {
        match &mut self {
            Self::One(ask) => ask.remove_deprecated = removes,
            Self::Batch(asks) => asks.iter_mut().for_each(|ask| ask.remove_deprecated = removes),
        }
        self
    }

    /// Takes a body apart; 400 for what is no operation, and for a batch that is empty or too long.
    pub(super) fn of(body: Value, limits: &Limits) -> Result<Self, Refusal> {
        match body {
            Value::Object(object) => from_object(object).map(Self::One),
            Value::Array(items) if items.is_empty() => Err(Refusal::bad_request("The batch is empty")),
            Value::Array(items) if items.len() > limits.batch => Err(Refusal::bad_request(format!(
                "A batch has at most {} operations",
                limits.batch
            ))),
            Value::Array(items) => items
                .into_iter()
                .map(from_item)
                .collect::<Result<_, _>>()
                .map(Self::Batch),
            _ => Err(Refusal::bad_request(
                "The body is neither an operation nor a batch of them",
            )),
        }
    }
}

fn from_item(item: Value) -> Result<Ask, Refusal> {
    match item {
        Value::Object(object) => from_object(object),
        _ => Err(Refusal::bad_request("The batch holds something that is no operation")),
    }
}

/// The operation in an object with `query`, `operationName`, `variables` and `extensions`.
pub(super) fn from_object(mut object: Map<String, Value>) -> Result<Ask, Refusal> {
    let mut take = |name| object.remove(name).unwrap_or_default();
    Ok(Ask {
        query: text("query", take("query"))?,
        operation_name: text("operationName", take("operationName"))?.filter(|name| !name.is_empty()),
        variables: variables(take("variables"))?,
        extensions: extensions(take("extensions"))?,
        remove_deprecated: false,
    })
}

/// Refuses an operation with neither a document nor the hash of one.
pub(super) fn check_query(ask: &Ask) -> Result<(), Refusal> {
    if ask.query.is_some() || ask.extensions.contains_key("persistedQuery") {
        return Ok(());
    }
    Err(Refusal::bad_request("The request has no query"))
}

fn text(name: &str, value: Value) -> Result<Option<String>, Refusal> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(Refusal::bad_request(format!("{name} must be a string"))),
    }
}

fn variables(value: Value) -> Result<Variables, Refusal> {
    serde_json::from_value(value).map_err(|_| Refusal::bad_request("variables must be an object"))
}

fn extensions(value: Value) -> Result<IndexMap<async_graphql::Name, async_graphql::Value>, Refusal> {
    match async_graphql::Value::from_json(value) {
        Ok(async_graphql::Value::Null) => Ok(IndexMap::new()),
        Ok(async_graphql::Value::Object(extensions)) => Ok(extensions),
        _ => Err(Refusal::bad_request("extensions must be an object")),
    }
}

async fn read_bytes(body: Body, limit: usize) -> Result<Bytes, Refusal> {
    to_bytes(body, limit).await.map_err(|fault| {
        if is_too_long(&fault) {
            Refusal::too_large("The body", limit)
        } else {
            Refusal::bad_request("The body could not be read")
        }
    })
}

fn is_too_long(fault: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(fault);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn check_content_type(parts: &Parts) -> Result<(), Refusal> {
    let given = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if given.is_some_and(is_json) {
        return Ok(());
    }
    Err(Refusal::request(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        code::BAD_USER_INPUT,
        "The body must be application/json",
    ))
}

/// `application/json`, in UTF-8 when a character set is named.
fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let is_type = parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    is_type
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_in_utf_8_is_json() {
        for content_type in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
        ] {
            assert!(is_json(content_type), "{content_type}");
        }
        for content_type in [
            "text/plain",
            "application/jsonp",
            "application/json; charset=utf-16",
            "",
            "application/graphql",
        ] {
            assert!(!is_json(content_type), "{content_type}");
        }
    }
}
