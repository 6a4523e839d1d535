//! One call as an operation of the document.

use axum::http::Method;
use serde_json::{Value, json};
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, HttpMethod, RefOr, Required, SecurityRequirement};

use super::examples::{self, Example};
use super::parameters::{described, is_in_path, parameter};
use super::{answers, tags};
use crate::auth::Need;
use crate::rest::params::Declared;
use crate::rest::route::Endpoint;

/// The method as OpenAPI names it.
pub(super) fn method(endpoint: &Endpoint) -> HttpMethod {
    match endpoint.method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::PATCH => HttpMethod::Patch,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

/// The pattern as OpenAPI writes it.
pub(super) fn path(endpoint: &Endpoint) -> String {
    endpoint.pattern.replace(":number}", "}")
}

/// The name of the operation: `get_groups_id_members`.
pub(super) fn name(endpoint: &Endpoint) -> String {
    let path = path(endpoint);
    let words: Vec<_> = path
        .split(['/', '{', '}', '.'])
        .filter(|word| !word.is_empty())
        .collect();
    format!("{}_{}", endpoint.method.as_str().to_ascii_lowercase(), words.join("_"))
}

/// The call with all that it takes and answers.
pub(super) fn operation(endpoint: &Endpoint) -> OperationBuilder {
    let (path, name) = (path(endpoint), name(endpoint));
    let example = examples::of(&name);
    let (in_body, elsewhere): (Vec<_>, Vec<_>) = endpoint
        .declared
        .iter()
        .partition(|declared| has_body(endpoint) && !is_in_path(declared, &path));
    let parameters = elsewhere
        .into_iter()
        .map(|declared| parameter(declared, &path, example.value_in_path(declared.name)));
    let parameters = parameters.chain(of_headers(endpoint));
    let operation = OperationBuilder::new()
        .tag(tags::tag(&path).unwrap_or_default())
        .summary(Some(endpoint.summary.as_str()))
        .description(Some(scopes(endpoint.need)))
        .parameters(Some(parameters))
        .securities(Some(securities(endpoint.needs_user)))
        .request_body((!in_body.is_empty()).then(|| request_body(&in_body, example)))
        .operation_id(Some(name));
    answers::of(endpoint, &path, example)
        .into_iter()
        .fold(operation, |operation, (status, answer)| {
            operation.response(status, answer)
        })
}

/// Whether the parameters are described as a body: those of DELETE come in the query as a rule.
fn has_body(endpoint: &Endpoint) -> bool {
    endpoint.is_write() && endpoint.method != Method::DELETE
}

/// The body, as JSON or as a form.
fn request_body(declared: &[&Declared], example: &Example) -> RequestBody {
    let object = declared.iter().fold(ObjectBuilder::new(), |object, declared| {
        let object = object.property(declared.name, described(declared));
        if declared.required {
            object.required(declared.name)
        } else {
            object
        }
    });
    let schema = RefOr::T(Schema::from(object.build()));
    let content = |example: Option<Value>| {
        let content = ContentBuilder::new().schema(Some(schema.clone()));
        content.example(example).build()
    };
    let is_required = declared.iter().any(|declared| declared.required);
    RequestBodyBuilder::new()
        .content("application/json", content(example.body.clone()))
        .content("application/x-www-form-urlencoded", content(None))
        .required(Some(if is_required { Required::True } else { Required::False }))
        .build()
}

/// The headers that change what a call does.
fn of_headers(endpoint: &Endpoint) -> Vec<ParameterBuilder> {
    let header = |name: &str, about: &str, schema: ObjectBuilder| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(about))
            .schema(Some(schema.schema_type(Type::String)))
    };
    let mut headers = vec![];
    if endpoint.is_write() {
        let about = "1 to 255 visible characters: a call that is sent again with the same key is done once, and answered alike for 24 hours.";
        let schema = ObjectBuilder::new().pattern(Some("^[!-~]{1,255}$"));
        headers.push(header("Idempotency-Key", about, schema));
    }
    if endpoint.method == Method::DELETE {
        let about = "Only if it was not changed since. A date that cannot be read is ignored.";
        let schema = ObjectBuilder::new().examples([json!("Sat, 21 Nov 2026 12:00:00 GMT")]);
        headers.push(header("If-Unmodified-Since", about, schema));
    }
    headers
}

fn scopes(need: Need) -> String {
    let words: Vec<_> = need.scopes().iter().map(|scope| format!("`{scope}`")).collect();
    if words.is_empty() {
        return "Any token does, whatever it is for.".to_owned();
    }
    format!("A token needs one of the scopes {}.", words.join(", "))
}

fn securities(needs_user: bool) -> Vec<SecurityRequirement> {
    let none: [&str; 0] = [];
    let mut all = vec![
        SecurityRequirement::new("token", none),
        SecurityRequirement::new("bearer", none),
    ];
    if !needs_user {
        all.push(SecurityRequirement::default());
    }
    all
}
