//! Nobody reads a secret but who is told it, once.

use axum::http::Method;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use super::{id, secret, world};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(a_call_that_is_sent_again_tells_no_secret, a_secret_is_stored_nowhere);

/// Every place in which something of an answer or an event could be kept.
const KEPT: [&str; 7] = [
    "SELECT CAST(outcome AS TEXT) FROM idempotency_keys",
    "SELECT CAST(details AS TEXT) FROM audit_events",
    "SELECT CAST(payload AS TEXT) FROM outbox",
    "SELECT CAST(payload AS TEXT) FROM change_log",
    "SELECT name FROM personal_access_tokens",
    "SELECT COALESCE(description, '') FROM personal_access_tokens",
    "SELECT scopes FROM personal_access_tokens",
];

pub(crate) async fn assert_unknown(app: &TestApp, secrets: &[String]) {
    for sql in KEPT {
        let rows = app
            .db
            .conn()
            .query_all_raw(Statement::from_string(app.db.dialect().backend(), sql))
            .await
            .unwrap();
        for row in rows {
            let text: String = row.try_get_by_index(0).unwrap();
            for secret in secrets {
                assert!(
                    !text.contains(secret.as_str()) && !text.contains(&secret[4..]),
                    "{sql}: {text}"
                );
            }
        }
    }
}

async fn a_call_that_is_sent_again_tells_no_secret(app: TestApp) {
    app.import(&world().json()).await;
    let own = id(&app, "soon").await;
    let mut secrets = Vec::new();
    for (token, path, status) in [
        ("root-api", "/users/2/personal_access_tokens".to_owned(), 201),
        ("ann-api", "/user/personal_access_tokens".to_owned(), 201),
        ("ann-api", format!("/personal_access_tokens/{own}/rotate"), 200),
    ] {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", "k1"),
            ("x", "y"),
        ];
        let headers = if token == "ann-api" && status == 200 {
            [headers[0], ("idempotency-key", "k2"), headers[2]]
        } else {
            headers
        };
        let body = json!({"name": "again", "scopes": "self_rotate"}).to_string();
        let call = async || {
            app.token(token)
                .with(Method::POST, &path, &headers, body.clone())
                .await
                .expect(status)
                .json()
        };
        let first: Value = call().await;
        secrets.push(secret(&first));
        let again = call().await;
        assert_eq!(again["token"], Value::Null, "{path}");
        assert_eq!(again["id"], first["id"], "{path}");
        let keys = |told: &Value| told.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&again), keys(&first), "{path}");
        app.token(secrets.last().unwrap())
            .get("/personal_access_tokens/self")
            .await
            .expect(200);
    }
    assert_unknown(&app, &secrets).await;
}

async fn a_secret_is_stored_nowhere(app: TestApp) {
    app.import(&world().json()).await;
    let made = app
        .token("root-api")
        .post(
            "/users/2/personal_access_tokens",
            &json!({"name": "s", "scopes": "self_rotate"}),
        )
        .await
        .json();
    let rotated = app
        .token(&secret(&made))
        .post("/personal_access_tokens/self/rotate", &json!({}))
        .await
        .json();
    let secrets = [secret(&made), secret(&rotated)];
    assert_unknown(&app, &secrets).await;
    let list = app
        .token("root-api")
        .get("/personal_access_tokens?per_page=100")
        .await
        .text();
    assert!(secrets.iter().all(|secret| !list.contains(secret.as_str())));
    assert!(!list.contains("digest") && !list.contains("\"token\""));
}
