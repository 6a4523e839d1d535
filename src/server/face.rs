//! Which part of the server an address belongs to, and how that part words a refusal of the edge.

use axum::Json;
use axum::http::header::{ACCEPT, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::invites;
use super::request::REQUEST_ID;

/// A part of the server, by its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    /// `/api/v4` and whatever else is below `/api`.
    Rest,
    /// The graph.
    Graph,
    /// Health and metrics.
    Operations,
    /// Pages for people.
    Pages,
}

impl Face {
    /// The part that `path` belongs to.
    pub(super) fn of(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "/api/graphql" | "/graphql" => Self::Graph,
            "/-/health" | "/-/liveness" | "/-/readiness" | "/-/metrics" => Self::Operations,
            path if path.starts_with("/api/") => Self::Rest,
            _ => Self::Pages,
        }
    }

    /// The word for it in metrics.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Graph => "graphql",
            Self::Operations => "operations",
            Self::Pages => "pages",
        }
    }

    /// Whether programs are at home there, pages of other origins included.
    pub(super) fn is_api(self) -> bool {
        matches!(self, Self::Rest | Self::Graph)
    }
}

/// Why the edge answered in place of a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// As many requests are worked on as may be.
    Busy,
    /// The body did not come in time.
    BodyTooSlow,
    /// The body ended before its end.
    BodyBroken,
    /// The answer took too long.
    TooLong,
    /// The work panicked.
    Panicked,
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Self::Busy | Self::TooLong => StatusCode::SERVICE_UNAVAILABLE,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BodyBroken => StatusCode::BAD_REQUEST,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Busy => "503 Service Unavailable",
            Self::TooLong => "503 Service Unavailable - The request took too long",
            Self::BodyTooSlow => "408 Request Timeout",
            Self::BodyBroken => "400 Bad request - The body is not complete",
            Self::Panicked => "500 Internal Server Error",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Busy => "UNAVAILABLE",
            Self::TooLong | Self::BodyTooSlow => "TIMEOUT",
            Self::BodyBroken => "BAD_USER_INPUT",
            Self::Panicked => "INTERNAL",
        }
    }

    /// The answer to a request with the headers `asked`, in the words of its face.
    pub(super) fn answer(self, face: Face, asked: &HeaderMap) -> Response {
        let mut response = match face {
            Face::Graph => self.for_the_graph(asked),
            Face::Pages if invites::wants_page(asked) => invites::refused(self.status(), self.message()),
            _ => (self.status(), Json(json!({"message": self.message()}))).into_response(),
        };
        let headers = response.headers_mut();
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self == Self::BodyTooSlow {
            // The rest of the body may still come, and would be read as the next request.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    fn for_the_graph(self, asked: &HeaderMap) -> Response {
        let text = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let id = text(REQUEST_ID).unwrap_or_default();
        let error = json!({"message": self.message(), "extensions": {"code": self.code(), "requestId": id}});
        let mut response = (self.status(), Json(json!({"errors": [error]}))).into_response();
        let media_type = "application/graphql-response+json";
        if text(ACCEPT).is_some_and(|accepted| accepted.contains(media_type)) {
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_belongs_to_a_part() {
        assert_eq!(Face::of("/api/v4/groups/graphql"), Face::Rest);
        assert_eq!(Face::of("/api/graphql"), Face::Graph);
        assert_eq!(Face::of("/graphql/"), Face::Graph);
        assert_eq!(Face::of("/-/metrics"), Face::Operations);
        assert_eq!(Face::of("/-/graphql-explorer"), Face::Pages);
        assert_eq!(Face::of("/"), Face::Pages);
    }

    #[tokio::test]
    async fn a_person_gets_a_page_and_a_program_json() {
        let person = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("text/html, */*;q=0.5"))]);
        for (asked, content_type) in [
            (person, "text/html; charset=utf-8"),
            (HeaderMap::new(), "application/json"),
        ] {
            let response = Refusal::Busy.answer(Face::Pages, &asked);
            assert_eq!(response.status(), 503);
            assert_eq!(response.headers()[CONTENT_TYPE], content_type);
            assert_eq!(response.headers()[RETRY_AFTER], "1");
            let body = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
            let body = String::from_utf8(body.to_vec()).unwrap();
            assert!(body.contains("503 Service Unavailable"), "{body}");
        }
    }

    #[tokio::test]
    async fn the_graph_hears_a_refusal_in_its_own_words() {
        let asked = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/graphql-response+json")),
            (REQUEST_ID, HeaderValue::from_static("abc")),
        ]);
        let response = Refusal::TooLong.answer(Face::Graph, &asked);
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/graphql-response+json");
        let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            body["errors"][0]["extensions"],
            json!({"code": "TIMEOUT", "requestId": "abc"})
        );
    }
}
