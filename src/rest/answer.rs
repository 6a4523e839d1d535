//! What a call answers: status, headers and JSON, and how a client that has it already is told so.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::error::Refusal;
use crate::domain::retries::Outcome;

const REVALIDATE: HeaderValue = HeaderValue::from_static("max-age=0, private, must-revalidate");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain");

/// An answer of the API.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    /// What is stored in place of the body when the call may be sent again.
    kept: Option<Vec<u8>>,
}

impl Answer {
    /// 200 with one entity, or a list of them.
    pub(super) fn ok(entity: &impl Serialize) -> Result<Self, Refusal> {
        Self::of(StatusCode::OK, entity)
    }

    /// 201 with what was made.
    pub(super) fn created(entity: &impl Serialize) -> Result<Self, Refusal> {
        Self::of(StatusCode::CREATED, entity)
    }

    /// 202: it will be done.
    pub(super) fn accepted(entity: &impl Serialize) -> Result<Self, Refusal> {
        Self::of(StatusCode::ACCEPTED, entity)
    }

    /// 204: done, and nothing to show.
    pub(super) fn done() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    fn of(status: StatusCode, entity: &impl Serialize) -> Result<Self, Refusal> {
        let body = serde_json::to_vec(entity).map_err(|fault| Refusal::Internal(fault.to_string()))?;
        Ok(Self::json(status, body))
    }

    /// JSON that is there already.
    pub(super) fn json(status: StatusCode, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Some(body),
            kept: None,
        }
    }

    /// A text for people.
    pub(super) fn text(status: StatusCode, text: &str) -> Self {
        Self {
            status,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, TEXT)]),
            body: Some(text.as_bytes().to_vec()),
            kept: None,
        }
    }

    /// No body.
    pub(super) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: None,
            kept: None,
        }
    }

    /// Status, headers and body; no body is an empty one.
    pub(super) fn into_parts(self) -> (StatusCode, HeaderMap, Vec<u8>) {
        (self.status, self.headers, self.body.unwrap_or_default())
    }

    /// The same answer, of which only this is stored when the call may be sent again: the body tells a secret, once.
    pub(super) fn keeping(mut self, entity: &impl Serialize) -> Result<Self, Refusal> {
        self.kept = Some(serde_json::to_vec(entity).map_err(|fault| Refusal::Internal(fault.to_string()))?);
        Ok(self)
    }

    /// Status and body, to be told and to be stored; headers are made anew.
    pub(super) fn stored(&self) -> Outcome {
        let with =
            |body: Option<&[u8]>| json!({ "status": self.status.as_u16(), "body": body.map(String::from_utf8_lossy) });
        let told = with(self.body.as_deref());
        match self.kept.as_deref() {
            Some(kept) => Outcome::Once {
                told,
                stored: with(Some(kept)),
            },
            None => Outcome::Done(told),
        }
    }

    /// An answer that was stored.
    pub(super) fn restored(stored: &Value) -> Result<Self, Refusal> {
        let status = stored["status"].as_u64().and_then(|status| u16::try_from(status).ok());
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        let status = status.ok_or_else(|| Refusal::Internal("a stored answer has no status".to_owned()))?;
        Ok(match stored["body"].as_str() {
            Some(body) => Self::json(status, body.as_bytes().to_vec()),
            None => Self::empty(status),
        })
    }

    /// The same answer with these headers.
    #[must_use]
    pub(super) fn with(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }

    /// The response to a request with this method and these headers.
    pub(super) fn into_response(mut self, method: &Method, asked: &HeaderMap) -> Response {
        let is_content = self.status == StatusCode::OK || self.status == StatusCode::CREATED;
        let tag = self.body.as_deref().filter(|_| is_content).and_then(tag);
        self.headers
            .insert(CACHE_CONTROL, if tag.is_some() { REVALIDATE } else { NO_CACHE });
        if let Some(tag) = tag {
            if matches!(*method, Method::GET | Method::HEAD) && has(asked, &tag) {
                self.status = StatusCode::NOT_MODIFIED;
                self.body = None;
            }
            self.headers.insert(ETAG, tag);
        }
        if self.body.is_some() && !self.headers.contains_key(CONTENT_TYPE) {
            self.headers.insert(CONTENT_TYPE, JSON);
        }
        let body = self.body.map_or_else(Body::empty, Body::from);
        (self.status, self.headers, body).into_response()
    }
}

/// A weak tag: the body's meaning is the same wherever its bytes are.
fn tag(body: &[u8]) -> Option<HeaderValue> {
    let digest = Sha256::digest(body);
    let half = u128::from_be_bytes(*digest.first_chunk()?);
    HeaderValue::try_from(format!("W/\"{half:032x}\"")).ok()
}

/// Whether the client has what the tag stands for.
fn has(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let Ok(tag) = tag.to_str() else {
        return false;
    };
    asked
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim() == "*" || opaque(known) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respond(method: &Method, known: Option<&HeaderValue>) -> Response {
        let mut asked = HeaderMap::new();
        if let Some(known) = known {
            asked.insert(IF_NONE_MATCH, known.clone());
        }
        Answer::ok(&[1, 2]).unwrap().into_response(method, &asked)
    }

    #[test]
    fn a_client_that_has_the_body_already_is_told_so() {
        let first = respond(&Method::GET, None);
        assert_eq!(first.status(), 200);
        assert_eq!(first.headers()[CACHE_CONTROL], "max-age=0, private, must-revalidate");
        assert_eq!(first.headers()[CONTENT_TYPE], "application/json");
        let tag = &first.headers()[ETAG];
        assert!(tag.to_str().unwrap().starts_with("W/\""));

        let again = respond(&Method::GET, Some(tag));
        assert_eq!(again.status(), 304);
        assert_eq!(&again.headers()[ETAG], tag);
        assert!(!again.headers().contains_key(CONTENT_TYPE));
    }

    #[test]
    fn another_tag_or_a_write_gets_the_whole_answer() {
        let tag = respond(&Method::GET, None).headers()[ETAG].clone();
        assert_eq!(respond(&Method::POST, Some(&tag)).status(), 200);
        let other = HeaderValue::from_static("W/\"0\", \"1\"");
        assert_eq!(respond(&Method::GET, Some(&other)).status(), 200);
    }

    #[test]
    fn a_refusal_has_no_tag() {
        let refusal = Answer::json(StatusCode::FORBIDDEN, b"{}".to_vec());
        let response = refusal.into_response(&Method::GET, &HeaderMap::new());
        assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
        assert!(!response.headers().contains_key(ETAG));
    }
}
