//! Somebody who calls the product: through its router, in memory.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use roster::db::Counter;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// A caller with or without a token. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    router: Router,
    token: Option<String>,
}

impl Client {
    pub(super) fn new(router: Router, token: Option<&str>) -> Self {
        Self {
            router,
            token: token.map(ToOwned::to_owned),
        }
    }

    /// `path` is what follows `/api/v4`.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.rest(Method::GET, path).await
    }

    pub(crate) async fn head(&self, path: &str) -> Answer {
        self.rest(Method::HEAD, path).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.rest(Method::DELETE, path).await
    }

    /// Any method, with a JSON body.
    pub(crate) async fn call(&self, method: Method, path: &str, body: &Value) -> Answer {
        let json = ("content-type", "application/json");
        self.with(method, path, &[json], body.to_string()).await
    }

    /// Any method, with headers and a body of any type.
    pub(crate) async fn with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v4{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).expect("a request")).await
    }

    async fn rest(&self, method: Method, path: &str) -> Answer {
        let request = Request::builder().method(method).uri(format!("/api/v4{path}"));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// A document for the graph.
    pub(crate) async fn graphql(&self, document: &str, variables: Value) -> Answer {
        let request = Request::builder().method(Method::POST).uri("/api/graphql");
        self.send(json_body(request, &json!({"query": document, "variables": variables})))
            .await
    }

    /// What the graph answers to a document that must succeed.
    pub(crate) async fn query(&self, document: &str, variables: Value) -> Value {
        let answer = self.graphql(document, variables).await.json();
        assert!(answer.get("errors").is_none(), "{document}: {}", answer["errors"]);
        answer["data"].clone()
    }

    /// Any request, with the token of this caller; what it asked of the database is counted.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        if let Some(token) = &self.token {
            let token = token.parse().expect("a token fits a header");
            request.headers_mut().insert("private-token", token);
        }
        let counter = Counter::default();
        let work = async {
            Answer::read(
                self.router
                    .clone()
                    .oneshot(request)
                    .await
                    .expect("a router does not fail"),
            )
            .await
        };
        let mut answer = counter.scope(work).await;
        answer.statements = counter.counts().statements;
        answer
    }
}

fn json_body(request: axum::http::request::Builder, body: &Value) -> Request<Body> {
    let request = request.header(header::CONTENT_TYPE, "application/json");
    request.body(Body::from(body.to_string())).expect("a request")
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// How many statements the answer cost.
    pub(crate) statements: u64,
    body: Vec<u8>,
}

impl Answer {
    async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body that ends");
        Self {
            status: parts.status,
            headers: parts.headers,
            statements: 0,
            body: body.to_vec(),
        }
    }

    /// Panics unless the status is `expected`; shows the body then.
    pub(crate) fn expect(self, expected: u16) -> Self {
        assert_eq!(self.status.as_u16(), expected, "{}", self.text());
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|fault| panic!("{fault}: {}", self.text()))
    }

    /// A header's value; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> String {
        let value = self
            .headers
            .get(name)
            .map(|value| value.to_str().expect("a header in ASCII"));
        value.unwrap_or_default().to_owned()
    }
}
