//! What operations on a socket answer.

use super::*;

#[tokio::test]
async fn a_query_and_a_mutation_answer_once_and_are_complete_on_both_paths() {
    let app = App::new();
    for path in PATHS {
        let (mut socket, _) = app.upgrade(path, &[TRANSPORT]).await;
        socket.says(json!({"type": "connection_init"})).await;
        assert_eq!(socket.hears().await, json!({"type": "connection_ack"}));
        socket
            .says(json!({"id": "q", "type": "subscribe", "payload": {
                "query": "query A($n: Int!) { double(n: $n) } query B { hello }",
                "operationName": "A",
                "variables": {"n": 21},
            }}))
            .await;
        let cost = json!({"cost": {"requested": 1, "limit": 200}});
        assert_eq!(
            socket.hears().await,
            json!({"id": "q", "type": "next", "payload": {"data": {"double": 42}, "extensions": cost}})
        );
        assert_eq!(socket.hears().await, json!({"id": "q", "type": "complete"}));
        // The id is free again.
        socket.subscribes("q", "mutation { count }").await;
        assert!(socket.hears().await["payload"]["data"]["count"].is_number());
        assert_eq!(socket.hears().await["type"], "complete");
    }
}

#[tokio::test]
async fn the_token_may_be_in_the_headers_of_the_upgrade_or_in_the_greeting_which_wins() {
    let app = App::new();
    let (mut socket, _) = app
        .upgrade("/api/graphql", &[TRANSPORT, ("private-token", "root")])
        .await;
    socket.says(json!({"type": "connection_init"})).await;
    socket.hears().await;
    socket.subscribes("1", "{ spent }").await;
    assert_eq!(socket.hears().await["payload"]["data"]["spent"], json!([1, 300]));
    let (mut socket, _) = app
        .upgrade("/api/graphql", &[TRANSPORT, ("private-token", "dead")])
        .await;
    socket
        .says(json!({"type": "connection_init", "payload": {"private-token": "ann"}}))
        .await;
    socket.hears().await;
    socket.subscribes("1", "{ spent }").await;
    assert_eq!(socket.hears().await["payload"]["data"]["spent"], json!([1, 250]));
}

#[tokio::test]
async fn a_fault_of_the_document_is_an_error_with_its_code() {
    let app = App::new();
    let mut socket = app.greeted("").await;
    for (text, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!) { double(n: $n) }", "BAD_USER_INPUT"),
        ("query A { hello } query B { hello }", "BAD_USER_INPUT"),
        ("{ ...A } fragment A on Query { ...A }", "QUERY_TOO_COMPLEX"),
        ("{ panics }", "INTERNAL"),
    ] {
        socket.subscribes("1", text).await;
        assert_eq!(socket.hears_errors("1").await[0]["extensions"]["code"], code, "{text}");
    }
    socket.subscribes("1", &format!("{{ {} }}", "hello ".repeat(201))).await;
    let extensions = json!({"code": "QUERY_TOO_COMPLEX", "cost": {"requested": 201, "limit": 200}});
    assert_eq!(socket.hears_errors("1").await[0]["extensions"], extensions);
    let persisted = json!({"persistedQuery": {"version": 1, "sha256Hash": "00"}});
    socket
        .says(json!({"id": "1", "type": "subscribe", "payload": {"extensions": persisted}}))
        .await;
    let code = &socket.hears_errors("1").await[0]["extensions"]["code"];
    assert_eq!(code, "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn a_fault_of_the_execution_keeps_the_data_and_carries_an_id() {
    let app = App::new();
    let (mut socket, _) = app.upgrade("/graphql", &[TRANSPORT, ("x-request-id", "01H")]).await;
    socket.says(json!({"type": "connection_init"})).await;
    socket.hears().await;
    for number in 1..3 {
        socket.subscribes("1", "{ hello broken }").await;
        let heard = socket.hears().await;
        assert_eq!(heard["type"], "next");
        assert_eq!(heard["payload"]["data"], json!({"hello": "world", "broken": null}));
        assert_eq!(
            heard["payload"]["errors"][0]["extensions"],
            json!({"code": "INTERNAL", "requestId": format!("01H-{number}")})
        );
        assert_eq!(socket.hears().await["type"], "complete");
    }
}

#[tokio::test]
async fn a_token_that_may_only_read_runs_no_mutation_on_a_socket() {
    let app = App::new();
    let mut socket = app.greeted("reader").await;
    socket.subscribes("1", "mutation { count }").await;
    assert_eq!(
        socket.hears_errors("1").await[0]["extensions"]["code"],
        "INSUFFICIENT_SCOPE"
    );
    assert_eq!(app.witness.runs.load(Ordering::SeqCst), 0);
    socket.subscribes("1", "subscription { numbers(count: 1) }").await;
    assert_eq!(socket.hears().await["payload"]["data"]["numbers"], "0");
    let mut socket = app.greeted("stranger").await;
    socket.subscribes("1", "subscription { numbers(count: 1) }").await;
    assert_eq!(
        socket.hears_errors("1").await[0]["extensions"]["code"],
        "INSUFFICIENT_SCOPE"
    );
}

#[tokio::test]
async fn one_operation_more_than_a_socket_may_have_is_an_error_and_the_others_go_on() {
    let app = App::new();
    let mut socket = app.greeted("").await;
    for id in ["1", "2", "3"] {
        socket.subscribes(id, "subscription { silent }").await;
    }
    socket.subscribes("4", "{ hello }").await;
    assert_eq!(socket.hears_errors("4").await[0]["extensions"]["code"], "RATE_LIMITED");
    socket.says(json!({"id": "2", "type": "complete"})).await;
    socket.subscribes("4", "{ hello }").await;
    assert_eq!(socket.hears().await["payload"]["data"]["hello"], "world");
}

#[tokio::test]
async fn every_operation_is_counted_and_above_the_limit_is_an_error_that_says_when_to_come_back() {
    let app = App::new();
    let limited = [TRANSPORT, ("private-token", "limited")];
    let (mut socket, handshake) = app.upgrade("/graphql", &limited).await;
    assert_eq!(handshake.headers()["ratelimit-observed"], "1");
    socket.says(json!({"type": "connection_init"})).await;
    socket.hears().await;
    for _ in 0..4 {
        socket.subscribes("1", "{ hello }").await;
        assert_eq!(socket.hears().await["type"], "next");
        assert_eq!(socket.hears().await["type"], "complete");
    }
    socket.subscribes("1", "{ hello }").await;
    let extensions = json!({"code": "RATE_LIMITED", "retryAfter": 3600});
    assert_eq!(socket.hears_errors("1").await[0]["extensions"], extensions);
}

#[tokio::test]
async fn operations_wait_for_no_room() {
    let app = App::new();
    let mut socket = app.greeted("").await;
    let _all = app.room.try_acquire_many(10).unwrap();
    socket.subscribes("1", "{ hello }").await;
    assert_eq!(socket.hears_errors("1").await[0]["extensions"]["code"], "UNAVAILABLE");
    socket.subscribes("1", "subscription { numbers(count: 1) }").await;
    assert_eq!(socket.hears().await["type"], "next");
}

#[tokio::test]
async fn a_subscription_answers_in_order_and_is_complete() {
    let app = App::new();
    let mut socket = app.greeted("").await;
    socket.subscribes("1", "subscription { numbers(count: 100) }").await;
    for number in 0..100 {
        let heard = socket.hears().await;
        assert_eq!((&heard["id"], &heard["type"]), (&json!("1"), &json!("next")));
        assert_eq!(heard["payload"]["data"]["numbers"], number.to_string());
        assert_eq!(heard["payload"]["extensions"]["cost"]["requested"], 1);
    }
    assert_eq!(socket.hears().await, json!({"id": "1", "type": "complete"}));
}

#[tokio::test]
async fn a_subscription_whose_right_is_lost_ends_with_an_error() {
    let app = App::new();
    let mut socket = app.greeted("").await;
    socket.subscribes("1", "subscription { lost }").await;
    assert_eq!(socket.hears().await["payload"]["data"]["lost"], 1);
    let errors = socket.hears_errors("1").await;
    assert_eq!(errors[0]["extensions"]["code"], "RESOURCE_NOT_AVAILABLE");
    // Nothing comes after it, and the id is free.
    socket.subscribes("1", "subscription { refused }").await;
    let errors = socket.hears_errors("1").await;
    assert_eq!(errors[0]["message"], "hidden");
}

#[tokio::test]
async fn a_panic_in_a_subscription_is_an_internal_error_and_the_socket_lives_on() {
    let app = App::new();
    let mut socket = app.greeted("").await;
    socket.subscribes("1", "subscription { panicking }").await;
    assert_eq!(socket.hears().await["payload"]["data"]["panicking"], 1);
    let errors = socket.hears_errors("1").await;
    assert_eq!(errors[0]["message"], "Internal server error");
    socket.subscribes("1", "{ hello }").await;
    assert_eq!(socket.hears().await["type"], "next");
}

#[tokio::test]
async fn an_event_that_takes_too_long_is_given_up_and_a_wait_for_one_is_not() {
    let limits = Limits {
        time: Duration::from_millis(50),
        ..Limits::default()
    };
    let app = App::with(limits, Introspection::On);
    let mut socket = app.greeted("").await;
    socket.subscribes("silent", "subscription { silent }").await;
    socket.subscribes("stuck", "subscription { stuck { value } }").await;
    let errors = socket.hears_errors("stuck").await;
    assert_eq!(errors[0]["extensions"]["code"], "TIMEOUT");
    // The silent one has waited for longer by now.
    socket.subscribes("numbers", "subscription { numbers(count: 1) }").await;
    assert_eq!(socket.hears().await["id"], "numbers");
}

#[tokio::test]
async fn complete_ends_the_work_and_what_is_unknown_is_ignored() {
    let app = App::new();
    let mut socket = app.greeted("").await;
    socket.subscribes("1", "subscription { silent }").await;
    app.witness.started.notified().await;
    for id in ["1", "1", "nobody"] {
        socket.says(json!({"id": id, "type": "complete"})).await;
    }
    app.witness.finished.notified().await;
    socket.subscribes("1", "{ hello }").await;
    assert_eq!(socket.hears().await["type"], "next");
}

#[tokio::test]
async fn a_mutation_whose_client_does_not_wait_runs_to_its_end_and_says_nothing() {
    let app = App::new();
    let mut socket = app.greeted("").await;
    socket.subscribes("1", "mutation { slow }").await;
    app.witness.started.notified().await;
    socket.says(json!({"id": "1", "type": "complete"})).await;
    socket.subscribes("2", "mutation { slow }").await;
    app.witness.started.notified().await;
    app.witness.go_on.notify_one();
    app.witness.finished.notified().await;
    app.witness.go_on.notify_one();
    assert_eq!(socket.hears().await["id"], "2");
    assert_eq!(socket.hears().await, json!({"id": "2", "type": "complete"}));
    drop(socket);
}

#[tokio::test]
async fn nothing_is_looked_for_that_the_client_does_not_take_and_the_socket_is_dropped() {
    let app = App::of_streams(|streaming| streaming.write_time = Duration::from_millis(100));
    let mut socket = app.greeted("").await;
    // Far more than what fits between the two ends of a connection.
    let document = "subscription { numbers(count: 1000, length: 100000) }";
    socket.subscribes("1", document).await;
    app.witness.finished.notified().await;
    let pulled = app.witness.pulled.load(Ordering::SeqCst);
    assert!(pulled < 500, "{pulled} events were looked for");
}

#[tokio::test]
async fn a_ping_is_answered_with_its_payload_even_before_the_greeting() {
    let mut socket = App::new().open().await;
    socket.says(json!({"type": "ping", "payload": {"n": 1}})).await;
    assert_eq!(socket.hears().await, json!({"type": "pong", "payload": {"n": 1}}));
    socket.says(json!({"type": "pong"})).await;
    socket.says(json!({"type": "ping"})).await;
    assert_eq!(socket.hears().await, json!({"type": "pong"}));
}
