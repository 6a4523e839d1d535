//! What is wrapped around every request: its id, the headers of every answer, CORS, one line in the log, and the metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument as _;

use super::face::Face;
use crate::db::{Counter, Counts};

/// The header that carries the id of a request. A face finds it among the request's own headers.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const META: HeaderName = HeaderName::from_static("x-gitlab-meta");
const RUNTIME: HeaderName = HeaderName::from_static("x-runtime");

/// What a page of another origin may read of an answer.
const EXPOSED: &str = "Link, X-Total, X-Total-Pages, X-Per-Page, X-Page, X-Next-Page, X-Prev-Page, X-NEXT-CURSOR, X-PREV-CURSOR, \
     X-Request-Id, X-Gitlab-Meta, X-Runtime, X-Roster-Seq, ETag, Retry-After, RateLimit-Name, RateLimit-Limit, \
     RateLimit-Observed, RateLimit-Remaining, RateLimit-Reset, RateLimit-ResetTime";
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
/// Seconds for which a browser need not ask again.
const PREFLIGHT_AGE: &str = "7200";

/// Longer paths are cut in the log.
const LOGGED_PATH: usize = 300;

/// Gives every request of this process an id that no other one has, on this replica or another.
#[derive(Debug)]
pub(super) struct RequestIds {
    process: u64,
    next: AtomicU32,
}

impl RequestIds {
    /// Ids that begin with `process`, a random number drawn once at start.
    pub(super) fn new(process: u64) -> Self {
        Self {
            process,
            next: AtomicU32::new(0),
        }
    }

    fn next(&self) -> String {
        format!("{:016x}{:08x}", self.process, self.next.fetch_add(1, Ordering::Relaxed))
    }
}

/// The outermost layer: whatever is inside, the answer has its headers and the log its line.
pub(super) async fn around(State(ids): State<Arc<RequestIds>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = ids.next();
    let id_value = HeaderValue::try_from(&id).unwrap_or_else(|_| HeaderValue::from_static("none"));
    // A client's own id is not believed: it could be another's.
    request.headers_mut().insert(REQUEST_ID, id_value.clone());
    let asked = Asked::of(&request);
    // Who calls the router from within, as tests do, counts along.
    let counter = Counter::current().unwrap_or_default();
    let span = tracing::info_span!("request", request_id = %id);

    let mut response = if asked.is_preflight {
        preflight(request.headers())
    } else {
        counter.scope(next.run(request)).instrument(span).await
    };

    let took = started.elapsed();
    stamp(response.headers_mut(), id_value, &id, took);
    if asked.from_elsewhere {
        share(response.headers_mut());
    }
    asked.record(&id, response.status(), took, counter.counts());
    response
}

/// What must be known of a request after it is gone.
struct Asked {
    method: Method,
    path: String,
    face: Face,
    /// A page of some origin asks, at an address that pages may ask.
    from_elsewhere: bool,
    is_preflight: bool,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let path = request.uri().path();
        let face = Face::of(path);
        let headers = request.headers();
        let from_elsewhere = face.is_api() && headers.contains_key(ORIGIN);
        Self {
            method: request.method().clone(),
            path: loggable(path),
            face,
            from_elsewhere,
            is_preflight: from_elsewhere
                && request.method() == Method::OPTIONS
                && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD),
        }
    }

    fn record(&self, id: &str, status: StatusCode, took: Duration, counts: Counts) {
        let method = known_method(&self.method);
        let labels = [
            ("face", self.face.as_str().to_owned()),
            ("method", method.to_owned()),
            ("status", status.as_str().to_owned()),
        ];
        metrics::counter!("roster_http_requests_total", &labels).increment(1);
        metrics::histogram!("roster_http_request_duration_seconds", "face" => self.face.as_str())
            .record(took.as_secs_f64());

        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    request_id = id,
                    method,
                    path = self.path,
                    status = status.as_u16(),
                    duration_ms = millis(took),
                    sql_statements = counts.statements,
                    sql_rows = counts.rows,
                    sql_ms = millis(Duration::from_micros(counts.micros)),
                    "{method} {} {}",
                    self.path,
                    status.as_u16(),
                )
            };
        }
        // Probes come every few seconds and would drown the rest.
        if self.face == Face::Operations {
            line!(debug);
        } else {
            line!(info);
        }
    }
}

/// Milliseconds, to the microsecond.
fn millis(duration: Duration) -> f64 {
    let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    Duration::from_millis(micros).as_secs_f64()
}

/// Metrics must not grow with what clients make up.
fn known_method(method: &Method) -> &'static str {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method.as_str())
        .unwrap_or("OTHER")
}

/// The path without what a log must not hold: mail addresses, and the tokens of invitations, also in a link that was copied badly.
fn loggable(path: &str) -> String {
    let mut below_invites = false;
    let segments: Vec<&str> = path
        .split('/')
        .map(|segment| {
            if below_invites && !matches!(segment, "" | "accept" | "decline") {
                return ":token";
            }
            below_invites |= segment.eq_ignore_ascii_case("invites") && !Face::of(path).is_api();
            let is_address = segment.contains('@') || segment.contains("%40");
            if is_address { "[hidden]" } else { segment }
        })
        .collect();
    let mut path = segments.join("/");
    if let Some((cut, _)) = path.char_indices().nth(LOGGED_PATH) {
        path.truncate(cut);
        path.push('…');
    }
    path
}

fn stamp(headers: &mut HeaderMap, id_value: HeaderValue, id: &str, took: Duration) {
    let meta = format!(r#"{{"correlation_id":"{id}","version":"1"}}"#);
    if let Ok(meta) = HeaderValue::try_from(meta) {
        headers.insert(META, meta);
    }
    if let Ok(seconds) = HeaderValue::try_from(format!("{:.6}", took.as_secs_f64())) {
        headers.insert(RUNTIME, seconds);
    }
    headers.insert(REQUEST_ID, id_value);
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.append(VARY, HeaderValue::from_static("Origin"));
}

/// Any page may read the answer: without cookies there is nothing that a browser would add on its own.
fn share(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
}

fn preflight(asked: &HeaderMap) -> Response {
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_AGE));
    if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    fn app() -> Router {
        Router::new()
            .route(
                "/api/v4/echo",
                get(async |headers: HeaderMap| headers[REQUEST_ID].to_str().unwrap().to_owned()),
            )
            .route("/-/health", get(async || "fine"))
            .layer(axum::middleware::from_fn_with_state(
                Arc::new(RequestIds::new(7)),
                around,
            ))
    }

    async fn ask(method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        app().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    fn header<'a>(response: &'a Response, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[tokio::test]
    async fn every_answer_has_the_headers_of_every_answer_even_of_an_unknown_path() {
        for path in ["/api/v4/echo", "/api/v4/nothing", "/nowhere"] {
            let response = ask("GET", path, &[]).await;
            assert_eq!(header(&response, "x-request-id"), "000000000000000700000000");
            assert_eq!(
                header(&response, "x-gitlab-meta"),
                r#"{"correlation_id":"000000000000000700000000","version":"1"}"#
            );
            assert!(header(&response, "x-runtime").parse::<f64>().is_ok());
            assert_eq!(header(&response, "x-frame-options"), "SAMEORIGIN");
            assert_eq!(header(&response, "x-content-type-options"), "nosniff");
            assert_eq!(header(&response, "vary"), "Origin");
            assert_eq!(header(&response, "access-control-allow-origin"), "");
        }
    }

    #[tokio::test]
    async fn the_id_is_ours_is_unique_and_reaches_the_handler() {
        let app = app();
        let mut ids = Vec::new();
        for _ in 0..2 {
            let request = Request::builder().uri("/api/v4/echo").header("X-Request-Id", "theirs");
            let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let id = header(&response, "x-request-id").to_owned();
            let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
            assert_eq!(body, id);
            ids.push(id);
        }
        assert_ne!(ids[0], ids[1]);
        assert!(!ids.contains(&"theirs".to_owned()));
    }

    #[tokio::test]
    async fn any_origin_may_read_an_answer_of_the_api_errors_too() {
        for path in ["/api/v4/echo", "/api/v4/nothing", "/api/graphql", "/graphql"] {
            let response = ask("GET", path, &[("Origin", "https://example.com")]).await;
            assert_eq!(header(&response, "access-control-allow-origin"), "*");
            assert_eq!(header(&response, "access-control-allow-credentials"), "");
            assert!(header(&response, "access-control-expose-headers").contains("X-Next-Page"));
        }
    }

    #[tokio::test]
    async fn no_page_may_read_the_operations() {
        let response = ask("GET", "/-/health", &[("Origin", "https://example.com")]).await;
        assert_eq!(header(&response, "access-control-allow-origin"), "");
    }

    #[tokio::test]
    async fn a_preflight_is_answered_for_any_method_any_header_and_any_path() {
        for path in ["/api/v4/echo", "/api/v4/nothing", "/api/graphql"] {
            let asked = [
                ("Origin", "https://example.com"),
                ("Access-Control-Request-Method", "DELETE"),
                ("Access-Control-Request-Headers", "private-token, sudo"),
            ];
            let response = ask("OPTIONS", path, &asked).await;
            assert_eq!(response.status(), 200);
            assert_eq!(header(&response, "access-control-allow-origin"), "*");
            assert!(header(&response, "access-control-allow-methods").contains("DELETE"));
            assert_eq!(header(&response, "access-control-allow-headers"), "private-token, sudo");
        }
    }

    #[tokio::test]
    async fn options_without_a_preflight_reach_the_route() {
        let response = ask("OPTIONS", "/api/v4/echo", &[("Origin", "https://example.com")]).await;
        assert_eq!(response.status(), 405);
    }

    #[test]
    fn a_logged_path_holds_no_mail_address_and_no_token_and_is_short() {
        assert_eq!(
            loggable("/api/v4/groups/acme%2Ftools/invitations/ann%40example.com"),
            "/api/v4/groups/acme%2Ftools/invitations/[hidden]"
        );
        assert_eq!(loggable("/-/invites/s3cret"), "/-/invites/:token");
        assert_eq!(loggable("/-/invites/s3cret/accept"), "/-/invites/:token/accept");
        assert_eq!(loggable("//-/Invites//s3cret/x/"), "//-/Invites//:token/:token/");
        assert_eq!(
            loggable("/api/v4/groups/invites/members"),
            "/api/v4/groups/invites/members"
        );
        assert_eq!(loggable(&"/é".repeat(400)).chars().count(), LOGGED_PATH + 1);
    }

    #[test]
    fn a_made_up_method_has_no_metric_of_its_own() {
        assert_eq!(known_method(&Method::PATCH), "PATCH");
        assert_eq!(known_method(&Method::from_bytes(b"BREW").unwrap()), "OTHER");
    }
}
