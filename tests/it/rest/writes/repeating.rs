//! `Idempotency-Key`.

use std::sync::Arc;

use axum::http::Method;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Outcome, Stage, message};
use crate::support::world::World;
use crate::support::{TestApp, now, on_both_databases};

on_both_databases!(
    a_call_that_is_sent_again_is_done_once,
    a_key_stands_for_one_call_of_one_caller,
    a_refusal_is_not_remembered,
    two_at_once_are_one,
    a_key_that_is_none_is_refused,
    a_key_is_forgotten_after_a_day,
);

async fn keyed(stage: &Stage, by: &str, method: Method, path: &str, key: &str, body: Value) -> Outcome {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    let answer = stage.by(by).with(method, path, &headers, body.to_string()).await;
    (answer.status.as_u16(), answer.text())
}

fn world() -> World {
    World::new()
        .user("bob", |user| user)
        .user("cid", |user| user)
        .group("acme", |group| {
            group.owner("ann").owner("zoe").developer("dan").developer("eve")
        })
}

async fn a_call_that_is_sent_again_is_done_once(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let (dan, eve) = (stage.member("/groups/acme", "dan"), stage.member("/groups/acme", "eve"));
    for (method, path, body, status) in [
        (
            Method::POST,
            "/groups/acme/members",
            json!({"username": "bob", "access_level": 30}),
            201,
        ),
        (
            Method::POST,
            "/groups/acme/members",
            json!({"username": "cid,ann", "access_level": 77}),
            201,
        ),
        (
            Method::PUT,
            dan.as_str(),
            json!({"access_level": 20, "expires_at": "2030-01-01"}),
            200,
        ),
        (Method::DELETE, eve.as_str(), json!({"skip_subresources": true}), 204),
    ] {
        let key = format!("key-{method}-{status}-{}", body.to_string().len());
        let first = keyed(&stage, "ann", method.clone(), path, &key, body.clone()).await;
        assert_eq!(first.0, status, "{}", first.1);
        let traces = stage.traces().await;
        for _ in 0..2 {
            let again = keyed(&stage, "ann", method.clone(), path, &key, body.clone()).await;
            assert_eq!(again, first, "{method}");
        }
        assert_eq!(stage.traces().await, traces, "{method}");
    }
    assert_eq!(stage.delete("ann", &dan).await.0, 204);
    let body = json!({"access_level": 20, "expires_at": "2030-01-01"});
    let key = format!("key-PUT-200-{}", body.to_string().len());
    assert_eq!(
        keyed(&stage, "ann", Method::PUT, &dan, &key, body).await.0,
        200,
        "as it was, though he is gone"
    );
}

async fn a_key_stands_for_one_call_of_one_caller(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let reused = message(422, "422 Idempotency key reused");
    let path = "/groups/acme/members";
    let body = json!({"username": "bob", "access_level": 30});
    assert_eq!(keyed(&stage, "ann", Method::POST, path, "k", body.clone()).await.0, 201);
    let dan = stage.member("/groups/acme", "dan");
    let before = stage.traces().await;
    for (method, path, body) in [
        (Method::POST, path, json!({"username": "bob", "access_level": 20})),
        (Method::POST, path, json!({"username": "cid", "access_level": 30})),
        (Method::POST, "/groups/acme2/members", body.clone()),
        (Method::PUT, dan.as_str(), json!({"access_level": 20})),
        (Method::DELETE, dan.as_str(), json!({})),
    ] {
        assert_eq!(
            keyed(&stage, "ann", method, path, "k", body.clone()).await,
            reused,
            "{path} {body}"
        );
    }
    assert_eq!(stage.traces().await, before);
    let sudo = [
        ("content-type", "application/json"),
        ("idempotency-key", "k"),
        ("sudo", "ann"),
    ];
    let as_ann = stage.by("root").with(Method::POST, path, &sudo, body.to_string()).await;
    assert_eq!(as_ann.status, 201, "the key is that of who is acted as");
    let other = keyed(
        &stage,
        "zoe",
        Method::POST,
        path,
        "k",
        json!({"username": "cid", "access_level": 20}),
    )
    .await;
    assert_eq!(other.0, 201, "another caller's key is another");
}

async fn a_refusal_is_not_remembered(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let before = stage.traces().await;
    let path = "/groups/acme/members";
    for (body, status) in [
        (json!({"username": "dan", "access_level": 30}), 409),
        (json!({"username": "nobody", "access_level": 30}), 404),
        (json!({"username": "bob", "access_level": 77}), 400),
        (json!({"username": "bob"}), 400),
    ] {
        assert_eq!(keyed(&stage, "ann", Method::POST, path, "k", body).await.0, status);
    }
    assert_eq!(
        keyed(
            &stage,
            "dan",
            Method::POST,
            path,
            "k",
            json!({"username": "bob", "access_level": 10})
        )
        .await
        .0,
        403
    );
    assert_eq!(stage.traces().await, before);
    let body = json!({"username": "bob", "access_level": 30});
    assert_eq!(
        keyed(&stage, "ann", Method::POST, path, "k", body).await.0,
        201,
        "the key is free"
    );
}

async fn two_at_once_are_one(app: TestApp) {
    let stage = Arc::new(Stage::new(app, &world()).await);
    let calls = (0..6).map(|_| {
        let stage = Arc::clone(&stage);
        tokio::spawn(async move {
            let body = json!({"username": "bob", "access_level": 30});
            keyed(&stage, "ann", Method::POST, "/groups/acme/members", "at-once", body).await
        })
    });
    let mut outcomes = vec![];
    for call in calls.collect::<Vec<_>>() {
        outcomes.push(call.await.unwrap());
    }
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome == &outcomes[0] && outcome.0 == 201),
        "{outcomes:?}"
    );
    assert_eq!(stage.count("audit_events").await, 1);
}

async fn a_key_that_is_none_is_refused(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let before = stage.traces().await;
    let long = "x".repeat(256);
    let body = json!({"username": "bob", "access_level": 30});
    for key in ["", "a b", "a\tb", long.as_str()] {
        let outcome = keyed(&stage, "ann", Method::POST, "/groups/acme/members", key, body.clone()).await;
        let text = "400 Bad request - Idempotency-Key must have 1 to 255 visible characters";
        assert_eq!(outcome, message(400, text), "{key}");
    }
    assert_eq!(
        keyed(&stage, "nobody", Method::POST, "/groups/acme/members", "", body)
            .await
            .0,
        401
    );
    assert_eq!(stage.traces().await, before);
    let reading = [("idempotency-key", "")];
    assert_eq!(
        stage
            .by("ann")
            .with(Method::GET, "/groups/acme/members", &reading, "")
            .await
            .status,
        200
    );
}

async fn a_key_is_forgotten_after_a_day(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let dan = stage.member("/groups/acme", "dan");
    let put = async |level: i64| {
        keyed(&stage, "ann", Method::PUT, &dan, "k", json!({"access_level": level}))
            .await
            .0
    };
    assert_eq!(put(20).await, 200);
    assert_eq!(put(10).await, 422);
    stage.app.clock.set(now() + TimeDelta::hours(24));
    assert_eq!(put(10).await, 200);
}
