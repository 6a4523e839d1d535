//! One operation a request, and one answer.

use super::*;

#[tokio::test]
async fn a_query_is_answered_with_its_cost_on_both_paths() {
    let app = App::new();
    for path in PATHS {
        let request = Request::post(path).header("content-type", "application/json");
        let answer = app
            .send(request.body(Body::from(query("{ hello }").to_string())).unwrap())
            .await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.json,
            json!({ "data": {"hello": "world"}, "extensions": {"cost": {"requested": 1, "limit": 200}} })
        );
    }
}

#[tokio::test]
async fn resolvers_are_told_the_cost_and_the_callers_limit() {
    let app = App::new();
    assert_eq!(
        app.post(query("{ spent hello }")).await.json["data"]["spent"],
        json!([2, 200])
    );
    assert_eq!(
        app.post_as("ann", query("{ spent }")).await.json["data"]["spent"],
        json!([1, 250])
    );
    assert_eq!(
        app.post_as("root", query("{ spent }")).await.json["data"]["spent"],
        json!([1, 300])
    );
}

#[tokio::test]
async fn the_answer_has_the_media_type_that_was_asked_for() {
    let app = App::new();
    let answer = app.post(query("{ hello }")).await;
    assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
    let answer = app.post_modern(query("{ hello }")).await;
    assert_eq!(
        answer.headers["content-type"],
        "application/graphql-response+json; charset=utf-8"
    );
    assert_eq!(answer.headers["cache-control"], "private, no-store");
}

#[tokio::test]
async fn faults_of_the_document_are_400_without_data_for_those_who_accept_it() {
    let app = App::new();
    for (text, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!) { double(n: $n) }", "BAD_USER_INPUT"),
        ("query A { hello } query B { hello }", "BAD_USER_INPUT"),
    ] {
        let modern = app.post_modern(query(text)).await;
        assert_eq!((modern.status, modern.code()), (400, &json!(code)), "{text}");
        assert_eq!(modern.json.get("data"), None, "{text}");
        let older = app.post(query(text)).await;
        assert_eq!((older.status, older.code()), (200, &json!(code)), "{text}");
        assert_eq!(older.json.get("data"), None, "{text}");
    }
}

#[tokio::test]
async fn a_fault_of_the_execution_keeps_the_data() {
    let app = App::new();
    let answer = app.post_modern(query("{ hello broken }")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json["data"], json!({"hello": "world", "broken": null}));
    assert_eq!(answer.code(), "INTERNAL");
    assert_eq!(answer.json["errors"][0]["message"], "Internal server error");
}

#[tokio::test]
async fn an_internal_error_carries_the_request_id() {
    let app = App::new();
    let body = query("{ broken }");
    let request = post(&body)
        .header("x-request-id", "01H")
        .body(Body::from(body.to_string()))
        .unwrap();
    let answer = app.send(request).await;
    assert_eq!(
        answer.json["errors"][0]["extensions"],
        json!({"code": "INTERNAL", "requestId": "01H"})
    );
}

#[tokio::test]
async fn a_panic_in_a_resolver_is_an_internal_error() {
    let app = App::new();
    let answer = app.post(query("{ panics }")).await;
    assert_eq!((answer.status, answer.code()), (500, &json!("INTERNAL")));
    assert_eq!(answer.json["errors"][0]["message"], "Internal server error");
    assert_eq!(app.post(query("{ hello }")).await.status, 200);
}

#[tokio::test]
async fn an_operation_that_takes_too_long_is_given_up() {
    let app = App::with(
        Limits {
            time: Duration::ZERO,
            ..Limits::default()
        },
        Introspection::On,
    );
    let answer = app.post(query("{ endless }")).await;
    assert_eq!((answer.status, answer.code()), (503, &json!("TIMEOUT")));
}

#[tokio::test]
async fn only_json_bodies_are_read() {
    let app = App::new();
    let body = || Body::from(query("{ hello }").to_string());
    let request = Request::post("/api/graphql").body(body()).unwrap();
    assert_eq!(app.send(request).await.status, 415);
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=utf-16",
    ] {
        let request = Request::post("/api/graphql")
            .header("content-type", content_type)
            .body(body())
            .unwrap();
        assert_eq!(app.send(request).await.status, 415, "{content_type}");
    }
    let request = Request::post("/api/graphql").header("content-type", "application/json; charset=UTF-8");
    assert_eq!(app.send(request.body(body()).unwrap()).await.status, 200);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_by_its_fault() {
    let app = App::new();
    let send = async |bytes: Vec<u8>| app.send(post(&Value::Null).body(Body::from(bytes)).unwrap()).await;
    for bytes in [
        &b""[..],
        b"{\"query\"",
        b"\"{ hello }\"",
        b"{\"query\":\"\xff\xfe\"}",
        b"{}",
        b"{\"query\":7}",
        b"{\"query\":\"{ hello }\",\"variables\":[]}",
        b"{\"query\":\"{ hello }\",\"variables\":\"{}\"}",
        b"{\"query\":\"{ hello }\",\"operationName\":{}}",
        b"{\"query\":\"{ hello }\",\"extensions\":0}",
    ] {
        let answer = send(bytes.to_vec()).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, &json!("BAD_USER_INPUT")),
            "{bytes:?}"
        );
    }
    let answer = send(format!("{{\"query\":\"#{}\"}}", "x".repeat(1_000_000)).into_bytes()).await;
    assert_eq!((answer.status, answer.code()), (413, &json!("QUERY_TOO_LARGE")));
    let deep = format!(
        "{{\"query\":\"{{ hello }}\",\"variables\":{{\"x\":{}",
        "[".repeat(30_000)
    );
    assert_eq!(send(deep.into_bytes()).await.status, 400);
}

#[tokio::test]
async fn get_runs_queries_with_their_variables() {
    let app = App::new();
    let answer = app
        .get(
            "query=query(%24n:Int!)%7Bdouble(n:%24n)%7D&variables=%7B%22n%22:21%7D",
            "*/*",
        )
        .await;
    assert_eq!((answer.status, &answer.json["data"]["double"]), (200, &json!(42)));
    assert_eq!(app.get("", "*/*").await.status, 400);
    assert_eq!(app.get("query=%7Bhello%7D&variables=%5B%5D", "*/*").await.status, 400);
    assert_eq!(app.get("query=%7Bhello%7D&variables=%7B", "*/*").await.status, 400);
}

#[tokio::test]
async fn a_mutation_by_get_is_refused_and_not_run() {
    let app = App::new();
    for accept in ["*/*", GRAPHQL_RESPONSE] {
        let answer = app.get("query=mutation%7Bcount%7D", accept).await;
        assert_eq!(
            (answer.status, &answer.headers["allow"]),
            (405, &HeaderValue::from_static("POST"))
        );
    }
    assert_eq!(app.witness.runs.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_browser_is_sent_to_the_explorer() {
    let app = App::new();
    let answer = app.get("", "text/html,application/xhtml+xml,*/*;q=0.8").await;
    assert_eq!(
        (answer.status, &answer.headers["location"]),
        (303, &HeaderValue::from_static(EXPLORER))
    );
}

#[tokio::test]
async fn other_methods_are_told_what_is_allowed() {
    let app = App::new();
    let send = async |method: Method| {
        app.send(
            Request::builder()
                .method(method)
                .uri("/graphql")
                .body(Body::empty())
                .unwrap(),
        )
        .await
    };
    for (method, status) in [
        (Method::PUT, 405),
        (Method::DELETE, 405),
        (Method::PATCH, 405),
        (Method::OPTIONS, 204),
    ] {
        let answer = send(method.clone()).await;
        assert_eq!(answer.status, status, "{method}");
        assert_eq!(answer.headers["allow"], "GET, HEAD, POST, OPTIONS");
    }
}

#[tokio::test]
async fn a_dead_token_is_refused_whatever_is_asked() {
    let app = App::new();
    for text in ["{ hello }", "{ nothing }", "{"] {
        let answer = app.post_as("dead", query(text)).await;
        assert_eq!(answer.status, 401);
        let error = json!({ "message": "Invalid token", "extensions": {"code": "UNAUTHENTICATED"} });
        assert_eq!(answer.json, json!({ "errors": [error] }));
    }
    let answer = app.post_as("blocked", query("{ hello }")).await;
    assert_eq!((answer.status, answer.code()), (403, &json!("UNAUTHENTICATED")));
}

#[tokio::test]
async fn a_token_that_may_only_read_runs_no_mutation() {
    let app = App::new();
    let answer = app.post_as("reader", query("mutation { count }")).await;
    assert_eq!((answer.status, answer.code()), (403, &json!("INSUFFICIENT_SCOPE")));
    assert_eq!(app.witness.runs.load(Ordering::SeqCst), 0);
    assert_eq!(app.post_as("reader", query("{ hello }")).await.status, 200);
    let answer = app.post_as("stranger", query("{ hello }")).await;
    assert_eq!((answer.status, answer.code()), (403, &json!("INSUFFICIENT_SCOPE")));
}

#[tokio::test]
async fn a_mutation_is_finished_when_the_client_hangs_up() {
    let app = App::new();
    let body = query("mutation { slow }");
    let request = post(&body).body(Body::from(body.to_string())).unwrap();
    let client = tokio::spawn(app.router.clone().oneshot(request));
    app.witness.started.notified().await;
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    app.witness.go_on.notify_one();
    app.witness.finished.notified().await;
}
