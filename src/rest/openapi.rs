//! The OpenAPI document, built from the same table that requests are routed by.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn, ParameterStyle, PathItem};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, HeaderBuilder, HttpMethod, InfoBuilder, LicenseBuilder, OpenApiBuilder,
    OpenApiVersion, PathsBuilder, Ref, RefOr, Required, Response, ResponseBuilder, SecurityRequirement, Server,
};

use super::answer::Answer;
use super::entities::Version;
use super::params::{Declared, Kind};
use super::route::{Call, Endpoint};
use super::shape::Shape;
use crate::auth::Need;

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

fn document(endpoints: &[Endpoint]) -> String {
    let paths = endpoints.iter().fold(PathsBuilder::new(), |paths, endpoint| {
        paths.path(path(endpoint), PathItem::new(method(endpoint), operation(endpoint)))
    });
    let parts = endpoints.iter().flat_map(|endpoint| endpoint.shape.parts.clone());
    let components = ComponentsBuilder::new()
        .schemas_from_iter(parts)
        .responses_from_iter(REFUSALS.map(|(name, about, example)| (name, refusal(about, example))))
        .security_scheme(
            "token",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("PRIVATE-TOKEN"))),
        )
        .security_scheme(
            "bearer",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        );
    let info = InfoBuilder::new()
        .title("roster")
        .version(Version::CURRENT.version)
        .description(Some(
            "The membership calls of GitLab's REST API. Every GET can be a HEAD. Parameters come in the query or in a form body; those \
             of other methods in a JSON body, too.",
        ))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").build()));
    let document = OpenApiBuilder::new()
        .openapi(OpenApiVersion::Version31)
        .info(info.build())
        .servers(Some([Server::new(super::ROOT)]))
        .paths(paths)
        .components(Some(components.build()))
        .build();
    document.to_pretty_json().unwrap_or_default()
}

fn method(endpoint: &Endpoint) -> HttpMethod {
    match endpoint.method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::PATCH => HttpMethod::Patch,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

/// The pattern as OpenAPI writes it.
fn path(endpoint: &Endpoint) -> String {
    endpoint.pattern.replace(":number}", "}")
}

fn operation(endpoint: &Endpoint) -> OperationBuilder {
    let path = path(endpoint);
    let id: Vec<_> = path
        .split(['/', '{', '}', '.'])
        .filter(|part| !part.is_empty())
        .collect();
    let tag = id.first().copied().unwrap_or_default().to_owned();
    let (in_body, elsewhere): (Vec<_>, Vec<_>) = endpoint
        .declared
        .iter()
        .partition(|declared| has_body(endpoint) && !is_in_path(declared, &path));
    let parameters = elsewhere.into_iter().map(|declared| parameter(declared, &path));
    let parameters = parameters.chain(of_headers(endpoint));
    let method = endpoint.method.as_str().to_ascii_lowercase();
    let operation = OperationBuilder::new()
        .operation_id(Some(format!("{method}_{}", id.join("_"))))
        .tag(tag)
        .summary(Some(endpoint.summary.as_str()))
        .description(Some(scopes(endpoint.need)))
        .parameters(Some(parameters))
        .securities(Some(securities(endpoint.needs_user)))
        .request_body((!in_body.is_empty()).then(|| request_body(&in_body)))
        .response(endpoint.success().as_str(), success(&endpoint.shape));
    refusals(endpoint, &path)
        .into_iter()
        .fold(operation, |operation, (status, name)| {
            operation.response(status, Ref::from_response_name(name))
        })
}

/// Whether the parameters are described as a body: those of DELETE come in the query as a rule.
fn has_body(endpoint: &Endpoint) -> bool {
    endpoint.is_write() && endpoint.method != Method::DELETE
}

fn is_in_path(declared: &Declared, path: &str) -> bool {
    path.contains(&format!("{{{}}}", declared.name))
}

/// The body, as JSON or as a form.
fn request_body(declared: &[&Declared]) -> RequestBody {
    let object = declared.iter().fold(ObjectBuilder::new(), |object, declared| {
        let object = object.property(declared.name, described(declared));
        if declared.required {
            object.required(declared.name)
        } else {
            object
        }
    });
    let schema = RefOr::T(Schema::from(object.build()));
    let content = || ContentBuilder::new().schema(Some(schema.clone())).build();
    let is_required = declared.iter().any(|declared| declared.required);
    RequestBodyBuilder::new()
        .content("application/json", content())
        .content("application/x-www-form-urlencoded", content())
        .required(Some(if is_required { Required::True } else { Required::False }))
        .build()
}

/// The headers that change what a call does.
fn of_headers(endpoint: &Endpoint) -> Vec<ParameterBuilder> {
    let header = |name: &str, about: &str| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(about))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
    };
    let mut headers = vec![];
    if endpoint.is_write() {
        let about = "1 to 255 visible characters: a call that is sent again with the same key is done once, and answered alike for 24 hours.";
        headers.push(header("Idempotency-Key", about));
    }
    if endpoint.method == Method::DELETE {
        let about = "Only if it was not changed since. A date that cannot be read is ignored.";
        headers.push(header("If-Unmodified-Since", about));
    }
    headers
}

fn scopes(need: Need) -> String {
    let words: Vec<_> = need.scopes().iter().map(|scope| format!("`{scope}`")).collect();
    if words.is_empty() {
        return "A token of any scope will do.".to_owned();
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

fn parameter(declared: &Declared, path: &str) -> ParameterBuilder {
    let is_list = matches!(declared.kind, Kind::Integers | Kind::Texts | Kind::Words(_));
    let in_path = is_in_path(declared, path);
    let name = if is_list {
        format!("{}[]", declared.name)
    } else {
        declared.name.to_owned()
    };
    let (place, required) = if in_path {
        (ParameterIn::Path, Required::True)
    } else if declared.required {
        (ParameterIn::Query, Required::True)
    } else {
        (ParameterIn::Query, Required::False)
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(declared.about))
        .style(is_list.then_some(ParameterStyle::Form))
        .explode(is_list.then_some(true))
        .schema(Some(schema(declared)))
        .example(in_path.then(|| example(declared)))
}

fn schema(declared: &Declared) -> RefOr<Schema> {
    schema_of(declared, None)
}

/// The schema of one value of a body, with what it means.
fn described(declared: &Declared) -> RefOr<Schema> {
    schema_of(declared, Some(declared.about))
}

fn schema_of(declared: &Declared, about: Option<&str>) -> RefOr<Schema> {
    let plain = |kind| {
        ObjectBuilder::new()
            .schema_type(kind)
            .default(declared.default.clone())
            .description(about)
    };
    let format = |known| Some(SchemaFormat::KnownFormat(known));
    match &declared.kind {
        Kind::Integer => plain(Type::Integer).format(format(KnownFormat::Int64)).into(),
        Kind::Boolean => plain(Type::Boolean).into(),
        Kind::Text => plain(Type::String).into(),
        Kind::Word(words) => plain(Type::String).enum_values(Some(words.clone())).into(),
        Kind::Names => {
            let either = SchemaType::from_iter([Type::Integer, Type::String]);
            ObjectBuilder::new().schema_type(either).description(about).into()
        }
        Kind::Texts => {
            let item = ObjectBuilder::new().schema_type(Type::String);
            ArrayBuilder::new().items(item).description(about).into()
        }
        Kind::Time => plain(Type::String).format(format(KnownFormat::DateTime)).into(),
        Kind::Date => plain(Type::String).format(format(KnownFormat::Date)).into(),
        Kind::Words(words) => {
            let item = ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(words.clone()));
            ArrayBuilder::new().items(item).description(about).into()
        }
        Kind::Integers => {
            let item = ObjectBuilder::new()
                .schema_type(Type::Integer)
                .format(format(KnownFormat::Int64));
            ArrayBuilder::new().items(item).description(about).into()
        }
    }
}

fn example(declared: &Declared) -> Value {
    match declared.kind {
        Kind::Integer => json!(42),
        _ if declared.name == "email" => json!("new@example.com"),
        _ => json!("acme/tools"),
    }
}

fn success(shape: &Shape) -> ResponseBuilder {
    if shape.is_nothing() {
        return ResponseBuilder::new().description("Done.");
    }
    let content = ContentBuilder::new().schema(Some(shape.body()));
    let response = ResponseBuilder::new()
        .description(if shape.is_paged {
            "A page of the list."
        } else {
            "What was asked for."
        })
        .content("application/json", content.build());
    let headers = if shape.is_paged { PAGE_HEADERS } else { &[] };
    headers.iter().fold(response, |response, (name, about, example)| {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let header = HeaderBuilder::new().schema(Some(schema));
        response.header(
            *name,
            header.description(Some(*about)).example(Some(json!(example))).build(),
        )
    })
}

const PAGE_HEADERS: &[(&str, &str, &str)] = &[
    (
        "Link",
        "The other pages: `prev`, `next`, `first`, `last`.",
        "<https://roster.example/api/v4/groups/7/members?id=7&page=2&per_page=20>; rel=\"next\"",
    ),
    ("X-Page", "Number of this page.", "1"),
    ("X-Per-Page", "Entries a page.", "20"),
    ("X-Next-Page", "Number of the next page, or blank.", "2"),
    ("X-Prev-Page", "Number of the page before, or blank.", ""),
    ("X-Total", "Entries of the whole list; left out above 10,000.", "57"),
    (
        "X-Total-Pages",
        "Pages of the whole list; left out above 10,000 entries.",
        "3",
    ),
];

/// The refusals by name, with what they mean and what they look like.
const REFUSALS: [(&str, &str, &str); 13] = [
    ("Moved", "The project was renamed: `Location` says where it is now.", ""),
    (
        "NotForMoved",
        "The project was renamed, and only GET leads on from its old path.",
        r#"{"message":"Non GET methods are not allowed for moved projects"}"#,
    ),
    (
        "NotModified",
        "The client has it: `If-None-Match` names its `ETag`.",
        "",
    ),
    (
        "BadParameters",
        "Parameters at fault, all of them.",
        r#"{"error":"page is invalid, per_page has a value not allowed"}"#,
    ),
    (
        "Unauthorized",
        "No token where one is needed, or one that is unknown, expired or revoked.",
        r#"{"message":"401 Unauthorized"}"#,
    ),
    (
        "Forbidden",
        "The token's scopes, its user or the user's role do not allow it.",
        r#"{"message":"403 Forbidden"}"#,
    ),
    (
        "NotFound",
        "Not there, or not visible to the caller; the two look alike.",
        r#"{"message":"404 Group Not Found"}"#,
    ),
    (
        "NoSuchPages",
        "The list has no such pages: another order, or too far in.",
        r#"{"error":"Keyset pagination is not yet available for this type of request"}"#,
    ),
    (
        "BadInput",
        "Parameters at fault, all of them; or what would come of them breaks rules: the texts by field.",
        r#"{"message":{"access_level":["is not included in the list"]}}"#,
    ),
    (
        "Locked",
        "The state of the group does not allow it.",
        r#"{"message":"405 Method Not Allowed"}"#,
    ),
    (
        "Conflict",
        "It is there already.",
        r#"{"message":"Member already exists"}"#,
    ),
    (
        "Outdated",
        "It was changed since the time of `If-Unmodified-Since`.",
        r#"{"message":"412 Precondition Failed"}"#,
    ),
    (
        "KeyReused",
        "The key stands for another call.",
        r#"{"message":"422 Idempotency key reused"}"#,
    ),
];

fn refusal(about: &str, example: &str) -> Response {
    let response = ResponseBuilder::new().description(about);
    match serde_json::from_str::<Value>(example) {
        Ok(example) => {
            let object = ObjectBuilder::new().schema_type(Type::Object);
            let content = ContentBuilder::new().schema(Some(object)).example(Some(example));
            response.content("application/json", content.build()).build()
        }
        Err(_) => response.build(),
    }
}

/// Which refusals a call can answer.
fn refusals(endpoint: &Endpoint, path: &str) -> Vec<(&'static str, &'static str)> {
    let names: BTreeSet<_> = endpoint.declared.iter().map(|declared| declared.name).collect();
    let (is_write, adds) = (endpoint.is_write(), endpoint.method == Method::POST);
    let (removes, moves) = (endpoint.method == Method::DELETE, path.starts_with("/projects/{id}"));
    [
        ("304", "NotModified", !is_write),
        ("400", "BadParameters", !is_write && !names.is_empty()),
        ("400", "BadInput", is_write),
        ("401", "Unauthorized", true),
        ("403", "Forbidden", true),
        ("404", "NotFound", path.contains('{') || names.contains("parent_id")),
        ("301", "Moved", !is_write && moves),
        ("405", "NotForMoved", is_write && moves),
        ("405", "NoSuchPages", names.contains("pagination")),
        ("405", "Locked", adds && names.contains("username")),
        (
            "409",
            "Conflict",
            adds && (names.contains("username") || names.contains("group_access")),
        ),
        ("412", "Outdated", removes),
        ("422", "KeyReused", is_write),
    ]
    .into_iter()
    .filter_map(|(status, name, applies)| applies.then_some((status, name)))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere_and_every_call_has_a_name_of_its_own() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        let mut names = BTreeSet::new();
        let paths = document["paths"].as_object().unwrap();
        for operation in paths
            .values()
            .filter_map(Value::as_object)
            .flat_map(|path| path.values())
        {
            assert!(names.insert(operation["operationId"].to_string()), "{operation}");
        }
        assert_eq!(names.len(), super::super::endpoints().len());
        for reference in references(&document) {
            let pointer = reference.trim_start_matches('#');
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn no_two_shapes_share_a_name() {
        let mut known = std::collections::BTreeMap::new();
        for (name, schema) in super::super::endpoints()
            .into_iter()
            .flat_map(|endpoint| endpoint.shape.parts)
        {
            let schema = serde_json::to_value(schema).unwrap();
            assert_eq!(
                known.entry(name.clone()).or_insert_with(|| schema.clone()),
                &schema,
                "{name}"
            );
        }
    }

    fn references(value: &Value) -> Vec<String> {
        match value {
            Value::Object(members) => members
                .iter()
                .flat_map(|(name, value)| match value {
                    Value::String(target) if name == "$ref" => vec![target.clone()],
                    value => references(value),
                })
                .collect(),
            Value::Array(items) => items.iter().flat_map(references).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn every_value_in_a_path_is_declared_as_a_parameter() {
        for endpoint in super::super::endpoints() {
            let path = path(&endpoint);
            for segment in path.split('/').filter(|segment| segment.starts_with('{')) {
                let name = segment.trim_matches(['{', '}']);
                let declared = endpoint.declared.iter().any(|declared| declared.name == name);
                assert!(declared, "{path}");
            }
        }
    }
}
