//! What a call can answer: what was asked for, and every refusal with the form of its body.

use axum::http::Method;
use serde_json::{Value, json};
use utoipa::openapi::schema::{AdditionalProperties, AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, Header, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::examples::Example;
use crate::auth::Refusal;
use crate::rest::route::Endpoint;
use crate::rest::shape::Shape;

/// Every answer of a call, by its status.
pub(super) fn of(endpoint: &Endpoint, path: &str, example: &Example) -> Vec<(String, RefOr<Response>)> {
    let success = success(&endpoint.shape, example.answer.as_ref());
    let refusals = REFUSALS.iter().filter(|refusal| (refusal.applies)(endpoint, path));
    let refusals = refusals.map(|refusal| {
        let answer = Ref::from_response_name(refusal.name);
        (refusal.status.to_owned(), RefOr::Ref(answer))
    });
    let success = (endpoint.success().as_str().to_owned(), RefOr::T(success));
    std::iter::once(success).chain(refusals).collect()
}

fn success(shape: &Shape, example: Option<&Value>) -> Response {
    if shape.is_nothing() {
        return ResponseBuilder::new().description("Done.").build();
    }
    let content = ContentBuilder::new().schema(Some(shape.body()));
    let response = ResponseBuilder::new()
        .description(if shape.is_paged {
            "A page of the list."
        } else {
            "What was asked for."
        })
        .content("application/json", content.example(example.cloned()).build());
    let headers = if shape.is_paged { PAGE_HEADERS } else { &[] };
    let response = headers.iter().fold(response, |response, (name, about, example)| {
        response.header(*name, header(about, Some(example)))
    });
    response.build()
}

fn header(about: &str, example: Option<&str>) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(about))
        .example(example.map(|example| json!(example)))
        .build()
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

/// One way to be refused, which many calls share.
struct Shared {
    /// Of the component.
    name: &'static str,
    status: &'static str,
    about: &'static str,
    /// The forms that the body can have; none without one.
    forms: &'static [&'static str],
    /// A body as it comes.
    example: &'static str,
    /// Whether a call can answer it.
    applies: fn(&Endpoint, &str) -> bool,
}

const REFUSALS: [Shared; 17] = [
    Shared {
        name: "Moved",
        status: "301",
        about: "The project has another path now; `Location` says where it is.",
        forms: &[],
        example: "",
        applies: |endpoint, path| !endpoint.is_write() && path.starts_with("/projects/{id}"),
    },
    Shared {
        name: "NotModified",
        status: "304",
        about: "The client has it: `If-None-Match` names its `ETag`.",
        forms: &[],
        example: "",
        applies: |endpoint, _| !endpoint.is_write(),
    },
    Shared {
        name: "BadRequest",
        status: "400",
        about: "Parameters at fault, all of them; a rule of the call that is broken; or what would come of it breaks rules: the texts by field.",
        forms: &["Error", "Message", "Faults"],
        example: r#"{"error":"page is invalid, per_page has a value not allowed"}"#,
        applies: |_, _| true,
    },
    Shared {
        name: "Unauthorized",
        status: "401",
        about: "No token where one is needed, or one that is unknown, expired or revoked.",
        forms: &["Message", "TokenRefused"],
        example: r#"{"message":"401 Unauthorized"}"#,
        applies: |_, _| true,
    },
    Shared {
        name: "Forbidden",
        status: "403",
        about: "The token's scopes, its user or the user's role do not allow it.",
        forms: &["Message", "TokenRefused"],
        example: r#"{"message":"403 Forbidden"}"#,
        applies: |_, _| true,
    },
    Shared {
        name: "NotFound",
        status: "404",
        about: "Not there, or not visible to the caller; the two look alike. Where there is no such path or method at all: `error`.",
        forms: &["Message", "Error"],
        example: r#"{"message":"404 Group Not Found"}"#,
        applies: |_, _| true,
    },
    Shared {
        name: "NoSuchPages",
        status: "405",
        about: "The list has no such pages: another order, or too far in.",
        forms: &["Error"],
        example: r#"{"error":"Keyset pagination is not yet available for this type of request"}"#,
        applies: |endpoint, _| !endpoint.is_write() && endpoint.shape.is_paged,
    },
    Shared {
        name: "NotAllowed",
        status: "405",
        about: "The state of the group or project does not allow it: its members are locked, or it was called by an old path.",
        forms: &["Message"],
        example: r#"{"message":"405 Method Not Allowed"}"#,
        applies: |endpoint, _| endpoint.is_write(),
    },
    Shared {
        name: "TooSlow",
        status: "408",
        about: "The body did not come in time.",
        forms: &["Message"],
        example: r#"{"message":"408 Request Timeout"}"#,
        applies: |endpoint, _| endpoint.is_write(),
    },
    Shared {
        name: "Conflict",
        status: "409",
        about: "It is there already, or somebody else changes it at the moment.",
        forms: &["Message"],
        example: r#"{"message":"Member already exists"}"#,
        applies: |endpoint, _| endpoint.is_write(),
    },
    Shared {
        name: "Outdated",
        status: "412",
        about: "It was changed since the time of `If-Unmodified-Since`.",
        forms: &["Message"],
        example: r#"{"message":"412 Precondition Failed"}"#,
        applies: |endpoint, _| endpoint.method == Method::DELETE,
    },
    Shared {
        name: "TooLarge",
        status: "413",
        about: "The body is longer than a megabyte.",
        forms: &["Error"],
        example: r#"{"error":"413 Request Entity Too Large"}"#,
        applies: |endpoint, _| endpoint.is_write(),
    },
    Shared {
        name: "UnsupportedType",
        status: "415",
        about: "The body is neither JSON nor a form.",
        forms: &["Error"],
        example: r#"{"error":"The provided content-type 'text/xml' is not supported."}"#,
        applies: |endpoint, _| endpoint.is_write(),
    },
    Shared {
        name: "Unprocessable",
        status: "422",
        about: "The idempotency key stands for another call, or nothing can be done as things stand.",
        forms: &["Message"],
        example: r#"{"message":"422 Idempotency key reused"}"#,
        applies: |endpoint, _| endpoint.is_write(),
    },
    Shared {
        name: "TooManyRequests",
        status: "429",
        about: "Too often; `Retry-After` says how many seconds to wait. A plain text when the budget for all calls is used up, JSON when that of this very call is.",
        forms: &["Limited"],
        example: r#"{"message":{"error":"This endpoint has been requested too many times. Try again later."}}"#,
        applies: |_, _| true,
    },
    Shared {
        name: "OurFault",
        status: "500",
        about: "A fault of the service. The log knows more under the `X-Request-Id` of the answer.",
        forms: &["Message"],
        example: r#"{"message":"500 Internal Server Error"}"#,
        applies: |_, _| true,
    },
    Shared {
        name: "Busy",
        status: "503",
        about: "The service or its database is busy; `Retry-After` says how many seconds to wait.",
        forms: &["Message"],
        example: r#"{"message":"503 Service Unavailable"}"#,
        applies: |_, _| true,
    },
];

/// The refusals as components, by name.
pub(super) fn responses() -> impl Iterator<Item = (&'static str, Response)> {
    REFUSALS.iter().map(|refusal| (refusal.name, refusal.response()))
}

impl Shared {
    fn response(&self) -> Response {
        let mut response = ResponseBuilder::new().description(self.about);
        if !self.forms.is_empty() {
            let content = ContentBuilder::new().schema(Some(body(self.forms)));
            let example = serde_json::from_str(self.example).ok();
            response = response.content("application/json", content.example(example).build());
        }
        match self.status {
            "301" => {
                let text = ObjectBuilder::new().schema_type(Type::String);
                let text = ContentBuilder::new().schema(Some(text)).build();
                let location = header("Where it is now.", None);
                response
                    .content("text/plain", text)
                    .header("Location", location)
                    .build()
            }
            "429" => {
                let text = ObjectBuilder::new().schema_type(Type::String);
                let text = ContentBuilder::new()
                    .schema(Some(text))
                    .example(Some(json!("Retry later\n")));
                response
                    .content("text/plain", text.build())
                    .header("Retry-After", header("Seconds to wait.", Some("60")))
                    .build()
            }
            _ => response.build(),
        }
    }
}

fn body(forms: &[&str]) -> RefOr<Schema> {
    match forms {
        [only] => Ref::from_schema_name(*only).into(),
        forms => {
            let refer = |any: AnyOfBuilder, form: &&str| any.item(Ref::from_schema_name(*form));
            forms.iter().fold(AnyOfBuilder::new(), refer).into()
        }
    }
}

/// The forms of a refusal's body, by name.
pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let object = |about: &str| ObjectBuilder::new().schema_type(Type::Object).description(Some(about));
    let texts = ArrayBuilder::new().items(text());
    let by_field = object("The texts by field.").additional_properties(Some(AdditionalProperties::RefOr(texts.into())));
    let limited = object("Why.").property("error", text()).required("error");
    vec![
        (
            "Error",
            object("A refusal of the request as it was sent.")
                .property("error", text().description(Some("What is wrong, for people.")))
                .required("error")
                .into(),
        ),
        (
            "Message",
            object("A refusal of what was asked for.")
                .property("message", text().description(Some("What is wrong, for people.")))
                .required("message")
                .property("status", text().description(Some("`error`, where GitLab says so.")))
                .into(),
        ),
        (
            "Faults",
            object("What would come of it breaks rules.")
                .property("message", by_field)
                .required("message")
                .into(),
        ),
        (
            "TokenRefused",
            object("The token has ended, or is not for this.")
                .property(
                    "error",
                    text().enum_values(Some(["invalid_token", "insufficient_scope"])),
                )
                .required("error")
                .property(
                    "error_description",
                    text().examples([json!(Refusal::INSUFFICIENT_SCOPE)]),
                )
                .required("error_description")
                .property(
                    "scope",
                    text().description(Some("The scopes that would do, with blanks between.")),
                )
                .into(),
        ),
        (
            "Limited",
            object("Too often.")
                .property("message", limited)
                .required("message")
                .into(),
        ),
    ]
}
