//! The graph as a stream of events, by the protocol `graphql-sse` in its mode of distinct connections: one operation a request, its answers
//! as `next`, and `complete` when there are no more.
//!
//! Whoever hangs up ends the work. Nothing is buffered: the next event is looked for when the connection takes more.

use std::convert::Infallible;

use async_graphql::Response as Executed;
use axum::body::Body as Bytes;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::timeout;

use super::answer::Body;
use super::{Streaming, ended};
use crate::graphql::error::Refusal;

/// Without its empty line of data a browser would not pass it on.
const COMPLETE: &str = "event: complete\ndata: \n\n";

/// A comment: it says nothing but that the server is there.
const ALIVE: &str = ":\n\n";

/// The answers to a subscription, until they or the server come to their end. A server that stops says no `complete`, so that clients come again.
pub(super) fn many(answers: impl Stream<Item = Executed> + Send + 'static, streaming: &Streaming) -> Response {
    let mut ending = streaming.ending.clone();
    let ping_every = streaming.ping_every;
    let events = stream::unfold(Some(Box::pin(answers)), move |answers| async move {
        let mut answers = answers?;
        match timeout(ping_every, answers.next()).await {
            Ok(Some(answer)) => Some((next(&answer.into()), Some(answers))),
            Ok(None) => Some((COMPLETE.to_owned(), None)),
            Err(_) => Some((ALIVE.to_owned(), Some(answers))),
        }
    });
    let events = events
        .map(Ok::<_, Infallible>)
        .take_until(async move { ended(&mut ending).await });
    with_headers(Bytes::from_stream(events).into_response())
}

/// The answer to a query or a mutation.
pub(super) fn one(answer: Executed) -> Response {
    whole(&answer.into())
}

/// A document that is refused, said in the stream: a client that reads events is told nothing by a status.
pub(super) fn refused(refusal: Refusal) -> Response {
    whole(&refusal.into())
}

fn whole(body: &Body) -> Response {
    with_headers((next(body) + COMPLETE).into_response())
}

fn next(body: &Body) -> String {
    let text = serde_json::to_string(body).expect("answers have texts for keys, and so are JSON");
    format!("event: next\ndata: {text}\n\n")
}

fn with_headers(mut response: Response) -> Response {
    const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
    let headers = response.headers_mut();
    let events = HeaderValue::from_static("text/event-stream; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, events);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.append(header::VARY, HeaderValue::from_static("Accept"));
    // A proxy that collects the answer first would tell nothing of it.
    headers.insert(BUFFERING, HeaderValue::from_static("no"));
    response
}
