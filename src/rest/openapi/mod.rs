//! The OpenAPI document, built from the same table that requests are routed by.

mod answers;
mod examples;
mod operation;
mod parameters;
mod tags;

use std::sync::LazyLock;

use axum::http::StatusCode;
use utoipa::openapi::path::PathItem;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApiBuilder, OpenApiVersion, PathsBuilder, Server,
};

use super::answer::Answer;
use super::entities::Version;
use super::route::{Call, Endpoint};
use super::shape::Shape;

/// The OpenAPI 3.1 document of every call, as indented JSON.
pub fn openapi() -> String {
    DOCUMENT.clone()
}

static DOCUMENT: LazyLock<String> = LazyLock::new(|| document(&super::endpoints()));

/// The call that answers the document.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let answer = async |_: Call<()>| Ok(Answer::json(StatusCode::OK, DOCUMENT.clone().into_bytes()));
    vec![Endpoint::get(
        "/openapi.json",
        "Get this document",
        Shape::any(),
        answer,
    )]
}

const ABOUT: &str = "The membership calls of GitLab's REST API, and those on users, groups and projects around them.\n\n\
     Every GET can be a HEAD. Parameters come in the query or in a form body; those of other methods in a JSON body, too. A number or a boolean may be \
     written as a text, and a blank one counts as not given. Numbers of groups and projects can be full paths, `/` written `%2F`.\n\n\
     Times are UTC with three decimals. What is hidden from a caller and what is missing look alike.";

fn document(endpoints: &[Endpoint]) -> String {
    let paths = endpoints.iter().fold(PathsBuilder::new(), |paths, endpoint| {
        let item = PathItem::new(operation::method(endpoint), operation::operation(endpoint));
        paths.path(operation::path(endpoint), item)
    });
    let parts = endpoints.iter().flat_map(|endpoint| endpoint.shape.parts.clone());
    let components = ComponentsBuilder::new()
        .schemas_from_iter(parts)
        .schemas_from_iter(answers::schemas())
        .responses_from_iter(answers::responses())
        .security_scheme(
            "token",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
                "PRIVATE-TOKEN",
                "A personal access token.",
            ))),
        )
        .security_scheme(
            "bearer",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("The same token, as OAuth writes it."))
                    .build(),
            ),
        );
    let info = InfoBuilder::new()
        .title("roster")
        .version(Version::CURRENT.version)
        .description(Some(ABOUT))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").build()));
    let document = OpenApiBuilder::new()
        .openapi(OpenApiVersion::Version31)
        .info(info.build())
        .servers(Some([Server::new(super::ROOT)]))
        .tags(Some(tags::tags()))
        .paths(paths)
        .components(Some(components.build()))
        .build();
    document.to_pretty_json().unwrap_or_default()
}

#[cfg(test)]
mod tests;
