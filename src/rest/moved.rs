//! Old paths of renamed projects: whoever asks by one is told where the project is now.

use axum::http::Method;
use axum::http::request::Parts;

use super::ROOT;
use super::error::Refusal;
use super::params::name_of;
use super::route::Endpoint;
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Thing, projects};

/// The calls that are about a project.
const OF_PROJECTS: &str = "/projects/{id}";

/// The full path by which a request names the project that it is about; none when it names it by number, or is about something else.
pub(super) fn path(endpoint: &Endpoint, captured: &[(&str, String)]) -> Option<String> {
    if !endpoint.pattern.starts_with(OF_PROJECTS) {
        return None;
    }
    let (_, id) = captured.iter().find(|(name, _)| *name == "id")?;
    match name_of(id) {
        Name::Path(path) => Some(path),
        Name::Id(_) => None,
    }
}

/// What a refusal becomes when the project is not there, for it has moved.
pub(super) async fn instead(ctx: &Ctx, path: &str, parts: &Parts, refusal: Refusal) -> Refusal {
    if !matches!(refusal, Refusal::Domain(Error::NotFound(Thing::Project))) {
        return refusal;
    }
    let project = match projects::moved(ctx, path).await {
        Ok(Some(project)) => project,
        Ok(None) => return refusal,
        Err(error) => return error.into(),
    };
    if parts.method != Method::GET {
        return Refusal::NotForMoved;
    }
    let asked = parts.uri.path();
    let below = asked.strip_prefix(ROOT).unwrap_or(asked);
    let rest = below
        .splitn(4, '/')
        .nth(3)
        .map(|rest| format!("/{rest}"))
        .unwrap_or_default();
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Refusal::Moved(format!(
        "{}{ROOT}/projects/{project}{rest}{query}",
        ctx.app.external_url
    ))
}
