//! The graph as a stream of events, by the protocol `graphql-sse` in its mode of distinct connections: one operation a request, its answers
//! as `next`, and `complete` when there are no more.
//!
//! Whoever hangs up ends the work. Nothing is buffered: the next event is looked for when the connection takes more.

use std::convert::Infallible;

use async_graphql::Response as Executed;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, StreamExt as _, stream};

use super::answer::Body;
use super::{Streaming, ended};
use crate::graphql::error::Refusal;

/// The answers to a subscription, until they or the server come to their end. A server that stops says no `complete`, so that clients come again.
pub(super) fn many(answers: impl Stream<Item = Executed> + Send + 'static, streaming: &Streaming) -> Response {
    let mut ending = streaming.ending.clone();
    let events = answers
        .map(|answer| next(answer.into()))
        .chain(stream::once(async { complete() }))
        .map(Ok::<_, Infallible>)
        .take_until(async move { ended(&mut ending).await });
    let alive = KeepAlive::new().interval(streaming.ping_every);
    with_headers(Sse::new(events).keep_alive(alive).into_response())
}

/// The answer to a query or a mutation.
pub(super) fn one(answer: Executed) -> Response {
    whole(answer.into())
}

/// A document that is refused, said in the stream: a client that reads events is told nothing by a status.
pub(super) fn refused(refusal: Refusal) -> Response {
    whole(refusal.into())
}

fn whole(body: Body) -> Response {
    let events = stream::iter([next(body), complete()]).map(Ok::<_, Infallible>);
    with_headers(Sse::new(events).into_response())
}

fn next(body: Body) -> Event {
    let text = serde_json::to_string(&body).expect("answers have texts for keys, and so are JSON");
    Event::default().event("next").data(text)
}

fn complete() -> Event {
    // Without a line of data a browser would not pass it on.
    Event::default().event("complete").data("")
}

fn with_headers(mut response: Response) -> Response {
    const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.append(header::VARY, HeaderValue::from_static("Accept"));
    // A proxy that collects the answer first would tell nothing of it.
    headers.insert(BUFFERING, HeaderValue::from_static("no"));
    response
}
