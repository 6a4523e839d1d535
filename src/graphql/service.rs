//! The graph joined to the rest: the schema behind its engine, and a caller for each request.

use std::sync::Arc;

use async_graphql::Request;
use axum::Router;
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::engine::{Client, Engine, Introspection};
use super::error::Refusal;
use super::http::{Authenticate, Caller, Streaming};
use super::limits::Limits;
use super::{equip, error, http, schema};
use crate::auth::throttle::{Pace, Payer, Throttle};
use crate::auth::{self, Credentials, Identity, Parameters};
use crate::domain::{self, App, Ctx, Door, Origin};

/// The routes of the graph.
///
/// # Panics
/// When the schema prints what its own parser cannot read; a test would have seen it.
pub fn router(
    app: Arc<App>,
    throttle: Arc<Throttle>,
    introspection: Introspection,
    limits: Limits,
    streaming: Streaming,
) -> Router {
    let engine = Engine::new(schema(), limits, introspection).expect("the schema reads its own text");
    let authenticate: Authenticate = Arc::new(move |parts| {
        let (app, throttle) = (Arc::clone(&app), Arc::clone(&throttle));
        Box::pin(async move { caller(app, throttle, parts).await })
    });
    http::router(engine, authenticate, streaming)
}

async fn caller(app: Arc<App>, throttle: Arc<Throttle>, parts: &Parts) -> Caller {
    let credentials = Credentials::from_request(&parts.headers, Parameters::default(), Parameters::default())
        .shown_from(auth::peer(&parts.extensions));
    let identity = auth::identify(&app, &credentials).await;
    let payer = Payer::of(identity.as_ref().ok(), &parts.extensions);
    let pace = Pace::new(throttle, payer);
    let client = client(app, parts, identity, pace.clone());
    Caller { client, pace }
}

fn client(app: Arc<App>, parts: &Parts, identity: domain::Result<Identity>, pace: Pace) -> Result<Client, Refusal> {
    let identity = identity.map_err(|error| {
        tracing::error!(cause = ?error, "cannot tell who is asking: {error}");
        Refusal::of_domain(&error)
    })?;
    let actor = identity.actor.map_err(refused)?;
    let origin = Origin {
        ip_address: auth::peer(&parts.extensions),
        ..Origin::new(Door::Graphql, http::request_id(parts).unwrap_or_default())
    };
    let ctx = Ctx::new(app, actor.clone(), origin);
    Ok(Client::of(&actor, move |request: Request| {
        equip(request.data(pace.clone()), ctx.clone())
    }))
}

/// What `auth` refuses, in the graph's words.
fn refused(refusal: auth::Refusal) -> Refusal {
    match refusal {
        auth::Refusal::Unauthenticated | auth::Refusal::InvalidToken(_) => {
            Refusal::unauthenticated(StatusCode::UNAUTHORIZED, "Invalid token")
        }
        auth::Refusal::Forbidden(text) => Refusal::unauthenticated(StatusCode::FORBIDDEN, text),
        auth::Refusal::InsufficientScope(_) => Refusal::insufficient_scope(),
        auth::Refusal::NoSuchUser(text) => {
            Refusal::request(StatusCode::NOT_FOUND, error::code::RESOURCE_NOT_AVAILABLE, text)
        }
    }
}
