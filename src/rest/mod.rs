//! `/api/v4`: the calls of GitLab's REST API, for the clients that speak it.
//!
//! A request is judged in one order (`contract`: rate limit, body, route, token, scope, user, parameters, source, rights), so that what is hidden and what is
//! missing answer alike.

mod access_requests;
mod answer;
mod audit_events;
mod billable_members;
mod entities;
mod error;
#[cfg(test)]
mod fuzz;
mod groups;
mod input;
mod invitations;
mod ldap;
mod member_roles;
mod members;
mod moved;
mod multipart;
mod namespaces;
mod openapi;
mod page;
mod params;
mod pending;
mod personal_access_tokens;
mod projects;
mod repeat;
mod route;
mod shape;
mod shares;
mod users;
mod version;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, IF_UNMODIFIED_SINCE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use serde_json::Value;

use crate::auth::throttle::{Pace, Payer, Taken, Throttle};
use crate::auth::{self, Credentials, Identity, Parameters};
use crate::domain::{self, Actor, App, Ctx, Door, Error, Origin};
use answer::Answer;
use input::Values;
use route::{Asked, Endpoint, Found};

pub use error::{Refusal, Said};
pub use openapi::openapi;

const ROOT: &str = "/api/v4";

/// Everything below `/api`.
pub fn router(app: Arc<App>, throttle: Arc<Throttle>) -> Router {
    let api = Arc::new(Api {
        app,
        throttle,
        endpoints: endpoints(),
    });
    let version_3 = any(async |request: Request| {
        let (parts, _) = request.into_parts();
        respond(&parts, Err(Refusal::Version3))
    });
    Router::new()
        .route("/api/v3", version_3.clone())
        .route("/api/v3/{*path}", version_3)
        .route(ROOT, any(serve))
        .route("/api/v4/", any(serve))
        .route("/api/v4/{*path}", any(serve))
        .with_state(api)
}

/// What all requests share.
struct Api {
    app: Arc<App>,
    throttle: Arc<Throttle>,
    endpoints: Vec<Endpoint>,
}

fn endpoints() -> Vec<Endpoint> {
    [
        pending::endpoints(),
        members::endpoints(),
        member_roles::endpoints(),
        invitations::endpoints(),
        access_requests::endpoints(),
        ldap::endpoints(),
        audit_events::endpoints(),
        billable_members::endpoints(),
        groups::endpoints(),
        projects::endpoints(),
        shares::endpoints(),
        users::endpoints(),
        namespaces::endpoints(),
        personal_access_tokens::endpoints(),
        version::endpoints(),
        openapi::endpoints(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

async fn serve(State(api): State<Arc<Api>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query();
    let read = input::read(&parts.method, query, &parts.headers, body).await;
    let shown = match &read {
        Ok(values) => credentials(&parts.headers, values),
        // A body that cannot be read shows no token.
        Err(_) => credentials(&parts.headers, &input::pairs(query.unwrap_or_default())),
    };
    let shown = shown.shown_from(auth::peer(&parts.extensions));
    let identity = auth::identify(&api.app, &shown).await;
    let payer = Payer::of(identity.as_ref().ok(), &parts.extensions);
    let pace = Pace::new(Arc::clone(&api.throttle), payer);
    let taken = pace.take(1);
    let mut response = if taken.as_ref().is_some_and(Taken::is_too_much) {
        too_many_requests()
    } else {
        let outcome = match read {
            Ok(values) => judge(&api, &parts, values, (shown, identity), pace).await,
            Err(refusal) => Err(refusal),
        };
        respond(&parts, outcome)
    };
    if let Some(taken) = taken {
        response.headers_mut().extend(taken.headers());
    }
    response
}

/// What whoever has used up the budget for all calls is told, in whatever form they asked.
fn too_many_requests() -> Response {
    let headers = [(CONTENT_TYPE, "text/plain"), (CACHE_CONTROL, "no-cache")];
    (StatusCode::TOO_MANY_REQUESTS, headers, "Retry later\n").into_response()
}

async fn judge(
    api: &Api,
    parts: &Parts,
    mut values: Values,
    (shown, identity): (Credentials, domain::Result<Identity>),
    pace: Pace,
) -> Result<Answer, Refusal> {
    let path = parts.uri.path();
    let below = path.strip_prefix(ROOT).unwrap_or(path);
    let (endpoint, captured) = match route::find(&api.endpoints, &parts.method, below)? {
        Found::Call(endpoint, captured) => (endpoint, captured),
        Found::Options(methods) => return Ok(options(&methods)),
    };
    if let Some(count) = endpoint.counted {
        count(&pace)?;
    }
    let origin = Origin {
        ip_address: auth::peer(&parts.extensions),
        ..Origin::new(Door::Rest, request_id(&parts.headers))
    };
    let actor = match identity?.actor {
        Ok(actor) => actor,
        Err(refusal) => {
            if endpoint.betrays && matches!(refusal, auth::Refusal::InvalidToken(_)) {
                let ctx = Ctx::new(Arc::clone(&api.app), Actor::Anonymous, origin);
                let told = domain::to_the_end(async move { auth::betrayed(&ctx, &shown).await });
                told.await.map_err(|lost| Refusal::lost(&lost))??;
            }
            return Err(refusal.into());
        }
    };
    auth::allows(&actor, endpoint.need)?;
    if endpoint.needs_user && actor.caller().is_none() {
        return Err(Error::Unauthenticated.into());
    }
    let by_path = moved::path(endpoint, &captured);
    let captured = captured
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)));
    values.extend(captured);
    let ctx = Ctx::new(api.app.clone(), actor, origin);
    let asked = Asked {
        ctx: ctx.clone(),
        pace,
        values,
        path: path.to_owned(),
        unmodified_since: unmodified_since(&parts.headers),
    };
    let outcome = answer(endpoint, asked, parts).await;
    match (outcome, by_path) {
        (Err(refusal), Some(path)) => Err(moved::instead(&ctx, &path, parts, refusal).await),
        (outcome, _) => outcome,
    }
}

async fn answer(endpoint: &Endpoint, asked: Asked, parts: &Parts) -> Result<Answer, Refusal> {
    let run = endpoint.runner();
    if !endpoint.is_write() {
        return run(asked).await;
    }
    let work = match repeat::key(&parts.headers)? {
        Some(key) => repeat::once(key, endpoint, asked).boxed(),
        None => run(asked),
    };
    let done = domain::to_the_end(work).await;
    done.unwrap_or_else(|lost| Err(Refusal::Internal(lost.to_string())))
}

/// What the headers and the body of a request show of who is asking, for the pages beside the API: a form or JSON, as everywhere.
pub async fn shown(parts: &Parts, body: Body) -> Result<Credentials, Refusal> {
    let values = input::read(&parts.method, None, &parts.headers, body).await?;
    let shown = credentials(&parts.headers, &values);
    Ok(shown.shown_from(auth::peer(&parts.extensions)))
}

/// What cannot be read counts as not given.
fn unmodified_since(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    params::moment(headers.get(IF_UNMODIFIED_SINCE)?.to_str().ok()?)
}

/// A list or an object is no token and nobody's name, but it was shown: it must not count as nothing.
fn credentials(headers: &HeaderMap, values: &Values) -> Credentials {
    let text = |name: &str| match values.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.replace('\0', "\u{fffd}")),
        Some(other) => Some(other.to_string()),
    };
    let (private_token, sudo) = (text("private_token"), text("sudo"));
    let shown = Parameters {
        private_token: private_token.as_deref(),
        sudo: sudo.as_deref(),
    };
    Credentials::from_request(headers, Parameters::default(), shown)
}

fn options(methods: &str) -> Answer {
    let allow = HeaderValue::try_from(methods).ok();
    Answer::done().with(allow.map(|methods| (ALLOW, methods)).into_iter().collect())
}

fn respond(parts: &Parts, outcome: Result<Answer, Refusal>) -> Response {
    let answer = outcome.unwrap_or_else(|refusal| refusal.answer(request_id(&parts.headers)));
    answer.into_response(&parts.method, &parts.headers)
}

/// The name of this request in the log, set by the server before it routes.
fn request_id(headers: &HeaderMap) -> &str {
    headers
        .get("x-request-id")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
