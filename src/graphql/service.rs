//! The graph joined to the rest: the schema behind its engine, and a caller for each request.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Request;
use axum::Router;
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::engine::{Client, Engine, Introspection};
use super::error::Refusal;
use super::http::Authenticate;
use super::limits::Limits;
use super::{equip, error, http, schema};
use crate::auth::{self, Credentials, Parameters};
use crate::domain::{App, Ctx, Door, Origin};

/// The routes of the graph; an operation may take `time`.
///
/// # Panics
/// When the schema prints what its own parser cannot read; a test would have seen it.
pub fn router(app: Arc<App>, introspection: Introspection, time: Duration) -> Router {
    let limits = Limits {
        time,
        ..Limits::default()
    };
    let engine = Engine::new(schema(), limits, introspection).expect("the schema reads its own text");
    let authenticate: Authenticate = Arc::new(move |parts| {
        let app = Arc::clone(&app);
        Box::pin(async move { client(app, parts).await })
    });
    http::router(engine, authenticate)
}

async fn client(app: Arc<App>, parts: &Parts) -> Result<Client, Refusal> {
    let credentials = Credentials::from_request(&parts.headers, Parameters::default(), Parameters::default())
        .shown_from(auth::peer(&parts.extensions));
    let identified = auth::identify(&app, &credentials).await.map_err(|error| {
        tracing::error!(cause = ?error, "cannot tell who is asking: {error}");
        Refusal::of_domain(&error)
    })?;
    let actor = identified.map_err(refused)?;
    let origin = Origin {
        ip_address: auth::peer(&parts.extensions),
        ..Origin::new(Door::Graphql, http::request_id(parts).unwrap_or_default())
    };
    let ctx = Ctx::new(app, actor.clone(), origin);
    Ok(Client::of(&actor, move |request: Request| equip(request, ctx.clone())))
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
