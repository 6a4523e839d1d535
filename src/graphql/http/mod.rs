//! GraphQL over HTTP, by the specification of that name: POST and GET, batches, persisted queries; and over what HTTP leads to, WebSocket and
//! streams of events. Reads the request, asks who sends it, lets the engine judge and run it, and writes the answer as the client likes it.

mod accept;
mod answer;
mod ask;
mod sse;
mod streaming;
mod ws;

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{ObjectType, SubscriptionType};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::any;
use futures_util::future::BoxFuture;
use serde_json::Value;

use self::accept::Format;
use self::ask::Asked;
pub use self::streaming::Streaming;
use self::streaming::ended;
use super::engine::{Admitted, Ask, Client, Engine, check_batch};
use super::error::{Refusal, code};
use crate::auth::throttle::Pace;

/// Where the graph is served.
pub const PATHS: [&str; 2] = ["/api/graphql", "/graphql"];

/// Where a browser is sent that opens one of [`PATHS`].
pub const EXPLORER: &str = "/-/graphql-explorer";

/// Tells who sends a request, by its headers.
pub type Authenticate = Arc<dyn for<'a> Fn(&'a Parts) -> BoxFuture<'a, Caller> + Send + Sync>;

/// Who sends a request.
pub struct Caller {
    /// What they may do, or why they may not even ask.
    pub client: Result<Client, Refusal>,
    /// How often they may ask.
    pub pace: Pace,
}

struct Graph<Q, M, S> {
    engine: Engine<Q, M, S>,
    authenticate: Authenticate,
    streaming: Streaming,
}

/// The routes of the graph.
pub fn router<Q, M, S>(engine: Engine<Q, M, S>, authenticate: Authenticate, streaming: Streaming) -> Router
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let graph = Arc::new(Graph {
        engine,
        authenticate,
        streaming,
    });
    let router = PATHS
        .into_iter()
        .fold(Router::new(), |router, path| router.route(path, any(serve::<Q, M, S>)));
    router.with_state(graph)
}

async fn serve<Q, M, S>(State(graph): State<Arc<Graph<Q, M, S>>>, request: Request) -> Response
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let (parts, body) = request.into_parts();
    let format = Format::wanted(&parts.headers);
    let read = match parts.method {
        Method::POST => ask::read(&parts, body, graph.engine.limits()).await,
        _ => Ok(Value::Null),
    };
    let Caller { client, pace } = (graph.authenticate)(&parts).await;
    let taken = pace.take(ask::operations(&read));
    let mut response = match &taken {
        Some(taken) if taken.is_too_much() => answer::refused(Refusal::rate_limited(taken.wait()), format),
        _ if ws::is_wanted(&parts) => ws::upgrade(Arc::clone(&graph), parts)
            .await
            .unwrap_or_else(|refusal| answer::refused(refusal, format)),
        _ => graph.answer(&parts, read, client, format).await,
    };
    if let Some(taken) = taken {
        response.headers_mut().extend(taken.headers());
    }
    response
}

impl<Q, M, S> Graph<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    async fn answer(
        &self,
        parts: &Parts,
        body: Result<Value, Refusal>,
        client: Result<Client, Refusal>,
        format: Format,
    ) -> Response {
        let methods = "GET, HEAD, POST, OPTIONS";
        let answered = match parts.method {
            Method::GET | Method::HEAD if accept::wants_page(&parts.headers) => {
                Ok(Redirect::to(EXPLORER).into_response())
            }
            Method::GET | Method::HEAD => self.get(parts, client, format).await,
            Method::POST => self.post(parts, body, client, format).await,
            Method::OPTIONS => Ok(allowing(StatusCode::NO_CONTENT.into_response(), methods)),
            _ => {
                let refusal = method_not_allowed("The graph is asked with GET or POST");
                Ok(allowing(answer::refused(refusal, format), methods))
            }
        };
        answered.unwrap_or_else(|refusal| answer::refused(refusal, format))
    }

    async fn get(&self, parts: &Parts, client: Result<Client, Refusal>, format: Format) -> Result<Response, Refusal> {
        let client = client?;
        self.run_one(ask::from_query(parts)?, &client, parts, format).await
    }

    async fn post(
        &self,
        parts: &Parts,
        body: Result<Value, Refusal>,
        client: Result<Client, Refusal>,
        format: Format,
    ) -> Result<Response, Refusal> {
        let body = body?;
        let client = client?;
        let asked = Asked::of(body, self.engine.limits())?;
        match asked.removing_deprecated(ask::removes_deprecated(parts)) {
            Asked::One(ask) => self.run_one(ask, &client, parts, format).await,
            Asked::Batch(_) if accept::prefers_events(&parts.headers) => {
                Err(Refusal::bad_request("A batch has no stream of events"))
            }
            Asked::Batch(asks) => {
                let admitted: Vec<_> = asks.into_iter().map(|ask| self.engine.admit(ask, &client)).collect();
                self.run_batch(admitted, parts, format).await
            }
        }
    }

    async fn run_one(&self, ask: Ask, client: &Client, parts: &Parts, format: Format) -> Result<Response, Refusal> {
        ask::check_query(&ask)?;
        let as_events = accept::prefers_events(&parts.headers);
        let admitted = match self.engine.admit(ask, client) {
            Err(refusal) if as_events && refusal.is_of_the_document() => return Ok(sse::refused(refusal)),
            admitted => admitted?,
        };
        if admitted.kind == OperationType::Mutation && parts.method != Method::POST {
            let refusal = method_not_allowed("A mutation is sent with POST");
            return Ok(allowing(answer::refused(refusal, format), "POST"));
        }
        if admitted.kind == OperationType::Subscription && accept::takes_events(&parts.headers) {
            let answers = self.engine.stream(admitted, request_id(parts));
            return Ok(sse::many(answers, &self.streaming));
        }
        refuse_subscription(&admitted)?;
        let answer = self.engine.run(admitted, request_id(parts)).await;
        Ok(if as_events {
            sse::one(answer)
        } else {
            answer::one(answer, format)
        })
    }

    /// One after another: a batch may write and then read what it wrote.
    async fn run_batch(
        &self,
        batch: Vec<Result<Admitted, Refusal>>,
        parts: &Parts,
        format: Format,
    ) -> Result<Response, Refusal> {
        check_batch(batch.iter().flatten())?;
        let mut answers = Vec::with_capacity(batch.len());
        for admitted in batch {
            let admitted = admitted.and_then(|admitted| refuse_subscription(&admitted).map(|()| admitted));
            answers.push(match admitted {
                Ok(admitted) => Ok(self.engine.run(admitted, request_id(parts)).await),
                Err(refusal) => Err(refusal),
            });
        }
        Ok(answer::batch(answers, format))
    }
}

fn refuse_subscription(admitted: &Admitted) -> Result<(), Refusal> {
    if admitted.kind == OperationType::Subscription {
        return Err(Refusal::bad_request(
            "A subscription needs a WebSocket (graphql-transport-ws) or a client that accepts text/event-stream",
        ));
    }
    Ok(())
}

fn method_not_allowed(message: &str) -> Refusal {
    Refusal::request(StatusCode::METHOD_NOT_ALLOWED, code::BAD_USER_INPUT, message)
}

fn allowing(mut response: Response, methods: &'static str) -> Response {
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

/// The name of this request in the log, set by the server before it routes.
pub(super) fn request_id(parts: &Parts) -> Option<&str> {
    parts.headers.get("x-request-id")?.to_str().ok()
}

#[cfg(test)]
mod tests;
