//! When a token was used, and from where.

use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use roster::domain::tokens;
use serde_json::{Value, json};

use super::world;
use crate::support::{Client, TestApp, on_both_databases};

on_both_databases!(
    a_use_is_written_down_once_a_minute_with_the_newest_five_addresses,
    a_request_does_not_pay_for_the_note,
    who_is_not_let_in_uses_nothing,
);

async fn from(client: &Client, address: &str) {
    let mut request = Request::builder().uri("/api/v4/user").body(Body::empty()).unwrap();
    let peer: std::net::SocketAddr = address.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    client.send(request).await.expect(200);
}

async fn seen(app: &TestApp) -> Value {
    let list = app.admin().get("/personal_access_tokens?search=ann-read").await.json();
    json!([list[0]["last_used_at"], list[0]["last_used_ips"]])
}

async fn a_use_is_written_down_once_a_minute_with_the_newest_five_addresses(app: TestApp) {
    app.import(&world().json()).await;
    let ann = app.token("ann-read");
    assert_eq!(seen(&app).await, json!([null, []]));
    from(&ann, "10.0.0.1:1").await;
    from(&ann, "[::ffff:10.0.0.2]:2").await;
    assert_eq!(
        seen(&app).await,
        json!([null, []]),
        "it is written down beside the request"
    );
    // root's own is the other one.
    assert_eq!(tokens::record_uses(&app.system()).await.unwrap(), 2);
    let first = json!(["2026-11-21T12:00:00.000Z", ["10.0.0.2"]]);
    assert_eq!(seen(&app).await, first);

    app.later(Duration::from_secs(59));
    from(&ann, "10.0.0.3:1").await;
    assert_eq!(tokens::record_uses(&app.system()).await.unwrap(), 0);
    assert_eq!(seen(&app).await, first, "a minute is not over");
    for last in 3..9 {
        app.later(Duration::from_mins(1));
        from(&ann, &format!("10.0.0.{last}:1")).await;
        tokens::record_uses(&app.system()).await.unwrap();
    }
    assert_eq!(
        seen(&app).await,
        json!([
            "2026-11-21T12:06:59.000Z",
            ["10.0.0.8", "10.0.0.7", "10.0.0.6", "10.0.0.5", "10.0.0.4"]
        ])
    );
    // Of two replicas that saw it, one writes it down.
    app.later(Duration::from_mins(1));
    let replica = app.replica().await;
    from(&ann, "10.0.0.9:1").await;
    from(&TestApp::at(&replica, "ann-read"), "10.0.0.10:1").await;
    let system = roster::domain::Ctx::new(
        replica,
        roster::domain::Actor::System,
        roster::domain::Origin::new(roster::domain::Door::System, "test"),
    );
    assert_eq!(tokens::record_uses(&system).await.unwrap(), 1);
    tokens::record_uses(&app.system()).await.unwrap();
    assert_eq!(seen(&app).await[1][0], "10.0.0.10");
}

async fn a_request_does_not_pay_for_the_note(app: TestApp) {
    app.import(&world().json()).await;
    let first = app.token("ann-api").get("/user").await.expect(200).statements;
    tokens::record_uses(&app.system()).await.unwrap();
    assert_eq!(app.token("ann-api").get("/user").await.expect(200).statements, first);
}

async fn who_is_not_let_in_uses_nothing(app: TestApp) {
    app.import(&world().user("bea", |user| user.set("state", "blocked")).json())
        .await;
    for (token, status) in [("old", 401), ("Äpfel", 401), ("bea-api", 403), ("nonsense", 401)] {
        let path = format!("/user?private_token={}", urlencoded(token));
        app.anonymous().get(&path).await.expect(status);
    }
    assert_eq!(tokens::record_uses(&app.system()).await.unwrap(), 0);
}

fn urlencoded(token: &str) -> String {
    token.replace('Ä', "%C3%84")
}
