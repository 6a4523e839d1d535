mod documents;
mod events;
mod requests;
mod schema;
mod sockets;

use std::num::NonZeroU32;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_graphql::Schema;
use axum::body::Body;
use axum::http::Request;
use chrono::DateTime;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

use self::schema::{Mutation, Query, Subscription, Witness};
use super::*;
use crate::auth::throttle::{Payer, Throttle};
use crate::clock::Clock;
use crate::config::{Rate, Settings};
use crate::graphql::engine::{Introspection, Tier};
use crate::graphql::limits::Limits;

/// Longer than any test may take.
const AGES: Duration = Duration::from_secs(60);
const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

/// Token `dead` is refused, `blocked` forbidden, `reader` may only read, `stranger` not even that, `root` is an administrator;
/// `mortal` lives until the witness says otherwise, and `limited` may call five times.
fn authenticate(witness: Arc<Witness>) -> Authenticate {
    let limited = Settings {
        rate_limit_api_anonymous: Some(Rate {
            calls: NonZeroU32::new(5).unwrap(),
            seconds: NonZeroU32::new(3600).unwrap(),
        }),
        ..Settings::default()
    };
    let unlimited = Arc::new(Throttle::new(&Settings::default(), Clock::default()));
    let limited = Arc::new(Throttle::new(&limited, Clock::fixed(DateTime::UNIX_EPOCH)));
    Arc::new(move |parts| {
        let token = parts.headers.get("private-token").and_then(|token| token.to_str().ok());
        let refuse = |status, message| Err(Refusal::unauthenticated(status, message));
        let allowed = match token {
            None => Ok((Tier::Anonymous, true, true)),
            Some("dead") => refuse(StatusCode::UNAUTHORIZED, "Invalid token"),
            Some("mortal") if witness.dead.load(Ordering::SeqCst) => refuse(StatusCode::UNAUTHORIZED, "Invalid token"),
            Some("blocked") => refuse(StatusCode::FORBIDDEN, "Your account has been blocked."),
            Some("reader") => Ok((Tier::User, true, false)),
            Some("root") => Ok((Tier::Admin, true, true)),
            Some("stranger") => Ok((Tier::User, false, false)),
            Some(_) => Ok((Tier::User, true, true)),
        };
        let client = allowed.map(|(tier, may_read, may_write)| Client {
            tier,
            may_read,
            may_write,
            equip: Box::new(|request| request),
        });
        let throttle = if token == Some("limited") { &limited } else { &unlimited };
        let pace = Pace::new(Arc::clone(throttle), Payer::Address(None));
        Box::pin(async move { Caller { client, pace } })
    })
}

struct App {
    router: Router,
    witness: Arc<Witness>,
    ending: watch::Sender<bool>,
    room: Arc<Semaphore>,
}

struct Answered {
    status: u16,
    headers: axum::http::HeaderMap,
    json: Value,
}

impl Answered {
    fn code(&self) -> &Value {
        &self.json["errors"][0]["extensions"]["code"]
    }
}

impl App {
    fn new() -> Self {
        Self::with(Limits::default(), Introspection::On)
    }

    fn with(limits: Limits, introspection: Introspection) -> Self {
        Self::streaming(limits, introspection, |_| {})
    }

    fn streaming(limits: Limits, introspection: Introspection, change: impl FnOnce(&mut Streaming)) -> Self {
        let witness = Arc::new(Witness::default());
        let schema = Schema::build(Query, Mutation, Subscription)
            .data(Arc::clone(&witness))
            .finish();
        let engine = Engine::new(schema, limits, introspection).unwrap();
        let ending = watch::Sender::new(false);
        let room = Arc::new(Semaphore::new(10));
        let mut streaming = Streaming {
            operations: 3,
            init_time: AGES,
            ping_every: AGES,
            write_time: AGES,
            ending: ending.subscribe(),
            room: Arc::clone(&room),
        };
        change(&mut streaming);
        Self {
            router: router(engine, authenticate(Arc::clone(&witness)), streaming),
            witness,
            ending,
            room,
        }
    }

    async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answered {
            status: parts.status.as_u16(),
            headers: parts.headers,
            json,
        }
    }

    async fn post(&self, body: Value) -> Answered {
        self.send(post(&body).body(Body::from(body.to_string())).unwrap()).await
    }

    async fn post_as(&self, token: &str, body: Value) -> Answered {
        self.send(
            post(&body)
                .header("PRIVATE-TOKEN", token)
                .body(Body::from(body.to_string()))
                .unwrap(),
        )
        .await
    }

    async fn post_modern(&self, body: Value) -> Answered {
        self.send(
            post(&body)
                .header("accept", GRAPHQL_RESPONSE)
                .body(Body::from(body.to_string()))
                .unwrap(),
        )
        .await
    }

    async fn get(&self, query: &str, accept: &str) -> Answered {
        let uri = format!("/api/graphql?{query}");
        self.send(Request::get(uri).header("accept", accept).body(Body::empty()).unwrap())
            .await
    }
}

fn post(_: &Value) -> axum::http::request::Builder {
    Request::post("/api/graphql").header("content-type", "application/json")
}

/// `a0: hello a1: hello …`
fn aliases(count: usize) -> String {
    (0..count).fold(String::new(), |text, n| text + &format!("a{n}: hello "))
}

fn query(text: &str) -> Value {
    json!({ "query": text })
}
