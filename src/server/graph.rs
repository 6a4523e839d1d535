//! The graph put together: its schema behind its limits, and who is asking it.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::request::REQUEST_ID;
use crate::auth::{self, Credentials, Parameters};
use crate::config::{self, Settings};
use crate::domain::{self, App, Ctx};
use crate::graphql::engine::{Client, Engine, Introspection};
use crate::graphql::error::{Refusal, code, of_domain};
use crate::graphql::limits::Limits;
use crate::graphql::{self, http};

/// The routes of the graph.
pub(super) fn router(app: &Arc<App>, settings: &Settings) -> Router {
    let limits = Limits {
        time: settings.request_timeout,
        ..Limits::default()
    };
    let introspection = match settings.graphql_introspection {
        config::Introspection::Off => Introspection::Off,
        config::Introspection::Authenticated => Introspection::Authenticated,
        config::Introspection::On => Introspection::On,
    };
    let engine = Engine::new(graphql::schema(), limits, introspection)
        .expect("the schema's own text parses, as the test of schema.graphql says");
    let app = Arc::clone(app);
    http::router(engine, Arc::new(move |parts| Box::pin(client(Arc::clone(&app), parts))))
}

/// Who sends a request, with what the resolvers of that request need.
async fn client(app: Arc<App>, parts: &Parts) -> Result<Client, Refusal> {
    let shown = Credentials::from_request(&parts.headers, Parameters::default(), Parameters::default());
    let identified = auth::identify(&app, &shown).await.map_err(|error| unknown(&error))?;
    let actor = identified.map_err(refused)?;
    let request_id = parts.headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let ctx = Ctx {
        app,
        actor: actor.clone(),
        request_id: request_id.unwrap_or_default().into(),
    };
    Ok(Client::of(&actor, move |request| graphql::equip(request, ctx.clone())))
}

fn refused(refusal: auth::Refusal) -> Refusal {
    match refusal {
        auth::Refusal::Unauthenticated | auth::Refusal::InvalidToken(_) => {
            Refusal::unauthenticated(StatusCode::UNAUTHORIZED, "Invalid token")
        }
        auth::Refusal::Forbidden(reason) => Refusal::unauthenticated(StatusCode::FORBIDDEN, reason),
        auth::Refusal::InsufficientScope(_) => Refusal::insufficient_scope(),
        auth::Refusal::NoSuchUser(text) => Refusal::request(StatusCode::NOT_FOUND, code::RESOURCE_NOT_AVAILABLE, text),
    }
}

/// Nobody could find out who is asking.
fn unknown(error: &domain::Error) -> Refusal {
    let (code, text) = of_domain(error);
    let status = match error {
        domain::Error::Unavailable(_) | domain::Error::Timeout => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    tracing::error!(cause = ?error, "cannot tell who is asking: {error}");
    Refusal::request(status, code, text)
}
