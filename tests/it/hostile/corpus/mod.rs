//! Requests that somebody would send who wants the graph to work hard, to fall over, or to say too much.

mod fields;
mod fragments;
mod requests;
mod texts;
mod values;

use serde_json::{Value, json};

/// Bytes that a body may have.
pub(crate) const BODY: usize = 64 * 1024;

/// One request and what is to come of it, for a caller without a token who accepts `application/graphql-response+json`.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) method: &'static str,
    pub(crate) uri: String,
    pub(crate) body: Vec<u8>,
    pub(crate) outcome: Outcome,
}

/// What comes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// 200, with `data`.
    Answered,
    /// This status, and this code in the first error; no `data`.
    Refused(u16, &'static str),
    /// A batch, which is always 200: the code of its first error.
    Batch(&'static str),
}

pub(crate) const TOO_COMPLEX: Outcome = Outcome::Refused(400, "QUERY_TOO_COMPLEX");
pub(crate) const INVALID: Outcome = Outcome::Refused(400, "GRAPHQL_VALIDATION_FAILED");
pub(crate) const UNPARSED: Outcome = Outcome::Refused(400, "GRAPHQL_PARSE_FAILED");
pub(crate) const BAD_INPUT: Outcome = Outcome::Refused(400, "BAD_USER_INPUT");
pub(crate) const TOO_LARGE: Outcome = Outcome::Refused(413, "QUERY_TOO_LARGE");

/// Every case.
pub(crate) fn all() -> Vec<Case> {
    [
        texts::all(),
        fragments::all(),
        fields::all(),
        values::all(),
        requests::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A document alone.
fn document(name: impl Into<String>, text: impl Into<String>, outcome: Outcome) -> Case {
    given(name, text, json!({}), outcome)
}

/// A document with variables.
#[expect(clippy::needless_pass_by_value, reason = "they are written where they are given")]
fn given(name: impl Into<String>, text: impl Into<String>, variables: Value, outcome: Outcome) -> Case {
    let body = json!({ "query": text.into(), "variables": variables });
    posted(name, body.to_string(), outcome)
}

/// Any body.
fn posted(name: impl Into<String>, body: impl Into<Vec<u8>>, outcome: Outcome) -> Case {
    Case {
        name: name.into(),
        method: "POST",
        uri: "/api/graphql".to_owned(),
        body: body.into(),
        outcome,
    }
}

/// `count` texts made of their numbers, one after the other.
fn many(count: usize, make: impl Fn(usize) -> String) -> String {
    (0..count).map(make).collect::<Vec<_>>().join(" ")
}

/// As often as fits into `bytes`.
fn filling(text: &str, bytes: usize) -> String {
    text.repeat(bytes / text.len())
}
