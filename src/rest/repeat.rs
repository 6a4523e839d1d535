//! `Idempotency-Key`: a call that is sent again is answered as it was the first time, and done once.

use axum::http::HeaderMap;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::answer::Answer;
use super::error::Refusal;
use super::input::Values;
use super::route::{Asked, Endpoint};
use crate::domain::retries::{self, Key};

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The key of a request, if it has one.
///
/// # Errors
/// `BadRequest` for a text that is no key, and for several.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<Key>, Refusal> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(first) = given.next() else {
        return Ok(None);
    };
    let text = first.to_str().ok().filter(|_| given.next().is_none());
    text.and_then(Key::parse).map(Some).ok_or(Refusal::BadRequest(
        "Idempotency-Key must have 1 to 255 visible characters",
    ))
}

/// Does what was asked, unless it is done already. A refusal leaves nothing behind.
pub(super) fn once(
    key: Key,
    endpoint: &Endpoint,
    asked: Asked,
) -> impl Future<Output = Result<Answer, Refusal>> + Send + 'static {
    let run = endpoint.runner();
    let fingerprint = fingerprint(endpoint, &asked.values);
    async move {
        let ctx = asked.ctx.clone();
        let work = |ctx| async move {
            let answer = run(Asked { ctx, ..asked }).await?;
            Ok(answer.stored())
        };
        Answer::restored(&retries::once::<Refusal, _, _>(&ctx, &key, &fingerprint, work).await?)
    }
}

/// Tells one call from another: its method, its path and its parameters, whatever their order; not who shows which token for it.
fn fingerprint(endpoint: &Endpoint, values: &Values) -> Vec<u8> {
    let mut values = values.clone();
    values.remove("private_token");
    values.remove("sudo");
    let whole = json!([endpoint.method.as_str(), endpoint.pattern, values]);
    Sha256::digest(whole.to_string()).to_vec()
}
