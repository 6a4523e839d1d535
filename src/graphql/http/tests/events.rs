//! The protocol `graphql-sse`, in its mode of distinct connections.

use axum::http::HeaderMap;

use super::*;

const EVENTS: &str = "text/event-stream";

struct Streamed {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Streamed {
    /// The data of every `next`; the stream must end with `complete`.
    fn answers(&self) -> Vec<Value> {
        let text = self.text.strip_suffix("event: complete\ndata: \n\n");
        let text = text.unwrap_or_else(|| panic!("not complete: {:?}", self.text));
        let event = |block: &str| {
            let data = block.strip_prefix("event: next\ndata: ").unwrap();
            serde_json::from_str(data).unwrap()
        };
        text.split_terminator("\n\n").map(event).collect()
    }
}

impl App {
    async fn streams(&self, request: Request<Body>) -> Streamed {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = tokio::time::timeout(AGES, body.collect())
            .await
            .expect("the stream ends");
        Streamed {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(bytes.unwrap().to_bytes().to_vec()).unwrap(),
        }
    }

    async fn post_for_events(&self, document: &str) -> Streamed {
        self.streams(asking(document, EVENTS)).await
    }

    async fn get_for_events(&self, query: &str) -> Streamed {
        let request = Request::get(format!("/graphql?query={query}")).header("accept", EVENTS);
        self.streams(request.body(Body::empty()).unwrap()).await
    }
}

fn asking(document: &str, accept: &str) -> Request<Body> {
    let body = query(document);
    post(&body)
        .header("accept", accept)
        .body(Body::from(body.to_string()))
        .unwrap()
}

#[tokio::test]
async fn a_query_a_mutation_and_a_subscription_are_streams_by_post() {
    let app = App::new();
    let answer = app.post_for_events("{ hello }").await;
    assert_eq!(answer.status, 200);
    for (name, value) in [
        ("content-type", "text/event-stream; charset=utf-8"),
        ("cache-control", "private, no-store"),
        ("x-accel-buffering", "no"),
    ] {
        assert_eq!(answer.headers[name], value);
    }
    let cost = json!({"cost": {"requested": 1, "limit": 200}});
    assert_eq!(
        answer.answers(),
        [json!({"data": {"hello": "world"}, "extensions": cost})]
    );
    let answers = app.post_for_events("mutation { count }").await.answers();
    assert_eq!(answers[0]["data"]["count"], 1);
    let answers = app
        .post_for_events("subscription { numbers(count: 3) }")
        .await
        .answers();
    let numbers: Vec<_> = answers.iter().map(|answer| &answer["data"]["numbers"]).collect();
    assert_eq!(numbers, ["0", "1", "2"]);
}

#[tokio::test]
async fn a_query_and_a_subscription_are_streams_by_get_and_a_mutation_is_405() {
    let app = App::new();
    let answers = app.get_for_events("%7Bhello%7D").await.answers();
    assert_eq!(answers[0]["data"]["hello"], "world");
    let answers = app.get_for_events("subscription%7Bnumbers(count:2)%7D").await.answers();
    assert_eq!(answers.len(), 2);
    let answer = app.get_for_events("mutation%7Bcount%7D").await;
    assert_eq!((answer.status, answer.headers["allow"].as_bytes()), (405, &b"POST"[..]));
    assert_eq!(app.witness.runs.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_subscription_listens_to_its_one_field_wherever_it_stands() {
    let app = App::new();
    for text in [
        "subscription { ...A } fragment A on Subscription { numbers(count: 2) }",
        "subscription { ... on Subscription { numbers(count: 2) } }",
        "subscription { ...A numbers(count: 2) } fragment A on Subscription { ... { numbers(count: 2) } }",
        "query Q { hello } subscription { ...A } fragment A on Subscription { numbers(count: 2) }",
    ] {
        let named = text.replace("subscription {", "subscription S {");
        let body = json!({ "query": named, "operationName": "S" });
        let request = post(&body).header("accept", EVENTS);
        let answers = app
            .streams(request.body(Body::from(body.to_string())).unwrap())
            .await
            .answers();
        let numbers: Vec<_> = answers.iter().map(|answer| &answer["data"]).collect();
        assert_eq!(numbers, [&json!({"numbers": "0"}), &json!({"numbers": "1"})], "{text}");
    }
    for (text, fault) in [
        (
            "subscription { numbers(count: 1) silent }",
            "A subscription must select only one top level field",
        ),
        (
            "subscription { ...A silent } fragment A on Subscription { numbers(count: 1) }",
            "A subscription must select only one top level field",
        ),
        (
            "subscription { numbers(count: 1) ...A } fragment A on Subscription { numbers(count: 2) }",
            "A subscription must select only one top level field",
        ),
        (
            "subscription { __typename }",
            "A subscription must not select an introspection top level field",
        ),
        (
            "subscription { silent @skip(if: true) }",
            "A subscription must not use @skip or @include in its top level selection",
        ),
    ] {
        let answers = app.post_for_events(text).await.answers();
        let error = &answers[0]["errors"][0];
        assert_eq!((answers.len(), error["message"].as_str()), (1, Some(fault)), "{text}");
        assert_eq!(error["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{text}");
    }
}

#[tokio::test]
async fn a_fault_of_the_document_is_told_in_the_stream() {
    let app = App::new();
    for (text, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!) { double(n: $n) }", "BAD_USER_INPUT"),
        ("{ ...A } fragment A on Query { ...A }", "QUERY_TOO_COMPLEX"),
    ] {
        let answer = app.post_for_events(text).await;
        assert_eq!(answer.status, 200, "{text}");
        let answers = answer.answers();
        assert_eq!(answers.len(), 1, "{text}");
        assert_eq!(answers[0]["errors"][0]["extensions"]["code"], code, "{text}");
        assert_eq!(answers[0].get("data"), None, "{text}");
    }
}

#[tokio::test]
async fn a_fault_of_the_request_is_told_by_the_status() {
    let app = App::new();
    let request = |token: &str, content_type: &str, body: String| {
        let request = Request::post("/api/graphql")
            .header("accept", EVENTS)
            .header("content-type", content_type)
            .header("private-token", token);
        request.body(Body::from(body)).unwrap()
    };
    let hello = || query("{ hello }").to_string();
    let json = "application/json";
    for (request, status) in [
        (request("dead", json, hello()), 401),
        (request("blocked", json, hello()), 403),
        (request("stranger", json, hello()), 403),
        (request("reader", json, query("mutation { count }").to_string()), 403),
        (request("ann", "text/plain", hello()), 415),
        (request("ann", json, "x".repeat(70_000)), 413),
        (request("ann", json, "{".to_owned()), 400),
        (request("ann", json, "{}".to_owned()), 400),
        (request("ann", json, "[]".to_owned()), 400),
        (request("ann", json, json!([query("{ hello }")]).to_string()), 400),
    ] {
        let answer = app.streams(request).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
    }
}

#[tokio::test]
async fn a_stream_that_fails_tells_why_and_is_complete() {
    let app = App::new();
    let answers = app.post_for_events("subscription { lost }").await.answers();
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[1]["errors"][0]["extensions"]["code"], "RESOURCE_NOT_AVAILABLE");
    let answers = app.post_for_events("subscription { panicking }").await.answers();
    assert_eq!(answers[1]["errors"][0]["extensions"]["code"], "INTERNAL");
}

#[tokio::test]
async fn a_client_that_takes_both_gets_a_stream_only_of_subscriptions() {
    let app = App::new();
    let both = "application/graphql-response+json, application/json, text/event-stream";
    let answer = app.streams(asking("{ hello }", both)).await;
    assert_eq!(
        answer.headers["content-type"],
        "application/graphql-response+json; charset=utf-8"
    );
    let answer = app.streams(asking("subscription { numbers(count: 1) }", both)).await;
    assert_eq!(answer.answers().len(), 1);
}

#[tokio::test]
async fn a_subscription_without_a_stream_is_refused_and_told_of_both_ways() {
    let app = App::new();
    let document = "subscription { numbers(count: 1) }";
    let answer = app.post(query(document)).await;
    assert_eq!((answer.status, answer.code()), (400, &json!("BAD_USER_INPUT")));
    let message = answer.json["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("WebSocket") && message.contains("text/event-stream"),
        "{message}"
    );
    assert_eq!(app.get("query=subscription%7Bsilent%7D", "*/*").await.status, 400);
    assert_eq!(app.post(json!([query(document)])).await.json[0]["data"], Value::Null);
}

#[tokio::test]
async fn whoever_hangs_up_ends_the_work() {
    let app = App::new();
    let request = asking("subscription { silent }", EVENTS);
    let response = app.router.clone().oneshot(request).await.unwrap();
    let mut body = response.into_body();
    tokio::select! {
        frame = body.frame() => panic!("{frame:?}"),
        () = app.witness.started.notified() => {}
    }
    drop(body);
    app.witness.finished.notified().await;
}

#[tokio::test]
async fn a_stream_without_events_shows_that_it_is_alive() {
    let app = App::streaming(Limits::default(), Introspection::On, |streaming| {
        streaming.ping_every = Duration::from_millis(10);
    });
    let request = asking("subscription { silent }", EVENTS);
    let mut body = app.router.clone().oneshot(request).await.unwrap().into_body();
    for _ in 0..2 {
        let frame = body.frame().await.unwrap().unwrap();
        let text = frame.into_data().unwrap();
        assert!(text.starts_with(b":"), "a comment: {text:?}");
    }
}

#[tokio::test]
async fn a_server_that_stops_ends_the_stream_and_does_not_call_it_complete() {
    let app = App::new();
    let streaming = tokio::spawn(app.router.clone().oneshot(asking("subscription { silent }", EVENTS)));
    let body = streaming.await.unwrap().unwrap().into_body();
    let reading = tokio::spawn(body.collect());
    app.witness.started.notified().await;
    app.ending.send_replace(true);
    let rest = reading.await.unwrap().unwrap().to_bytes();
    assert_eq!(rest, "");
    app.witness.finished.notified().await;
}
