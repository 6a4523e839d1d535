//! Tokens are exchanged for new ones.

use std::sync::Arc;

use axum::http::Method;
use serde_json::json;

use super::{asked, id, message, secret, world};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_token_is_exchanged_for_one_that_is_alike,
    who_may_rotate_a_token,
    the_token_of_the_request_is_exchanged_with_the_scope_for_it,
    a_revoked_token_that_is_exchanged_again_takes_back_all_that_came_of_it,
    two_who_rotate_at_once_get_one_token,
    a_theft_that_is_noticed_during_a_rotation_leaves_no_token,
);

const REVOKED: &str = "400 Bad request - Token already revoked";

async fn a_token_is_exchanged_for_one_that_is_alike(app: TestApp) {
    app.import(&world().json()).await;
    let ann = app.token("ann-api");
    let old = id(&app, "soon").await;
    let path = format!("/personal_access_tokens/{old}/rotate");
    let told = ann.post(&path, &json!({})).await.expect(200).json();
    assert_ne!(told["id"], old);
    for (key, value) in [
        ("name", json!("soon")),
        ("description", json!("for the lamp")),
        ("scopes", json!(["api"])),
        ("user_id", json!(2)),
        ("expires_at", json!("2026-11-28")),
        ("active", json!(true)),
        ("revoked", json!(false)),
    ] {
        assert_eq!(told[key], value, "{key}");
    }
    assert!(told.get("last_used_ips").is_none());
    app.token(&secret(&told)).get("/user").await.expect(200);
    assert_eq!(
        app.token("soon").get("/user").await.expect(401).json()["error"],
        "invalid_token"
    );
    let gone = ann
        .get(&format!("/personal_access_tokens/{old}"))
        .await
        .expect(200)
        .json();
    assert_eq!((&gone["revoked"], &gone["active"]), (&json!(true), &json!(false)));
    assert_eq!(
        asked(&ann, Method::POST, &path, &json!({})).await,
        message(400, REVOKED)
    );
    let events = app
        .admin()
        .get("/audit_events?entity_type=User&entity_id=2")
        .await
        .json();
    assert_eq!(events[0]["event_name"], "personal_access_token_rotated");

    let path = format!("/personal_access_tokens/{}/rotate", told["id"]);
    let late = json!({"expires_at": "2027-11-22"});
    let refused = message(400, "Expiration date must be before 2027-11-22");
    assert_eq!(asked(&ann, Method::POST, &path, &late).await, refused);
    let told = ann
        .post(&path, &json!({"expires_at": "2027-11-21"}))
        .await
        .expect(200)
        .json();
    assert_eq!(told["expires_at"], "2027-11-21");
}

async fn who_may_rotate_a_token(app: TestApp) {
    app.import(&world().json()).await;
    let (own, other) = (id(&app, "soon").await, id(&app, "bob-api").await);
    let rotate = async |token: &str, id: &str| {
        let path = format!("/personal_access_tokens/{id}/rotate");
        asked(&app.token(token), Method::POST, &path, &json!({})).await
    };
    for id in [other.to_string().as_str(), "9999", "x"] {
        assert_eq!(rotate("ann-api", id).await, message(401, "401 Unauthorized"), "{id}");
    }
    assert_eq!(rotate("root-api", "9999").await, message(404, "404 Not Found"));
    for token in ["ann-read", "ann-self"] {
        assert_eq!(rotate(token, &own.to_string()).await.0, 403, "{token}");
    }
    app.anonymous()
        .post(&format!("/personal_access_tokens/{own}/rotate"), &json!({}))
        .await
        .expect(401);
    assert_eq!(rotate("root-api", &other.to_string()).await.0, 200);
    app.token("bob-api").get("/user").await.expect(401);
}

async fn the_token_of_the_request_is_exchanged_with_the_scope_for_it(app: TestApp) {
    app.import(&world().json()).await;
    let path = "/personal_access_tokens/self/rotate";
    for token in ["ann-read", "ann-user", "ann-k8s"] {
        let refused = app.token(token).post(path, &json!({})).await.expect(403).json();
        assert_eq!(refused["scope"], "api self_rotate", "{token}");
    }
    app.anonymous().post(path, &json!({})).await.expect(401);
    for token in ["ann-self", "ann-api"] {
        let told = app.token(token).post(path, &json!({})).await.expect(200).json();
        assert_eq!(told["name"], token);
        app.token(token).get("/personal_access_tokens/self").await.expect(401);
        let again = app
            .token(&secret(&told))
            .post(path, &json!({"expires_at": "2027-01-01"}))
            .await;
        assert_eq!(again.expect(200).json()["expires_at"], "2027-01-01");
    }
}

async fn a_revoked_token_that_is_exchanged_again_takes_back_all_that_came_of_it(app: TestApp) {
    app.import(&world().json()).await;
    let path = "/personal_access_tokens/self/rotate";
    let mut family = vec!["ann-self".to_owned()];
    for _ in 0..3 {
        let told = app
            .token(family.last().unwrap())
            .post(path, &json!({}))
            .await
            .expect(200)
            .json();
        family.push(secret(&told));
    }
    let own = "/personal_access_tokens/self";
    // Elsewhere a revoked token is only refused.
    for (method, path) in [
        (Method::GET, own),
        (Method::DELETE, own),
        (Method::POST, "/user/personal_access_tokens"),
    ] {
        app.token("ann-self").call(method, path, &json!({})).await.expect(401);
    }
    app.token("ann-self").get(path).await.expect(404);
    app.token(&family[3]).get(own).await.expect(200);
    let refused = app.token(&family[1]).post(path, &json!({})).await.expect(401);
    assert_eq!(
        refused.json(),
        json!({
            "error": "invalid_token",
            "error_description": "Token was revoked. You have to re-authorize from the user.",
        })
    );
    for token in &family {
        app.token(token).get(own).await.expect(401);
    }
    for token in ["ann-api", "ann-read", "bob-api"] {
        app.token(token).get(own).await.expect(200);
    }
    let events = app
        .admin()
        .get("/audit_events?entity_type=User&entity_id=2")
        .await
        .json();
    assert_eq!(events[0]["event_name"], "personal_access_token_revoked");
    assert_eq!(events[0]["author_id"], -1);
    // Once is enough, and a token that is only expired tells of no theft.
    let before = crate::graph::traces(&app).await;
    app.token("ann-self").post(path, &json!({})).await.expect(401);
    app.token("old").post(path, &json!({})).await.expect(401);
    app.token("nonsense").post(path, &json!({})).await.expect(401);
    assert_eq!(crate::graph::traces(&app).await, before);
}

async fn two_who_rotate_at_once_get_one_token(app: TestApp) {
    app.import(&world().json()).await;
    let replicas = [app.replica().await, app.replica().await];
    let mut token = "ann-api".to_owned();
    for round in 0..8 {
        let number = id(&app, "ann-api").await;
        let path = if round % 2 == 0 {
            "/personal_access_tokens/self/rotate".to_owned()
        } else {
            format!("/personal_access_tokens/{number}/rotate")
        };
        let clients = replicas.each_ref().map(|replica| TestApp::at(replica, &token));
        let tried = clients.each_ref().map(|client| async {
            let answer = client.post(&path, &json!({})).await;
            (answer.status.as_u16(), answer.text())
        });
        let [a, b] = tried;
        let (a, b) = tokio::join!(a, b);
        let (won, lost) = if a.0 == 200 { (a, b) } else { (b, a) };
        assert_eq!(won.0, 200, "{}", won.1);
        let alive = "SELECT COUNT(*) FROM personal_access_tokens WHERE name = 'ann-api' AND NOT revoked";
        // Who comes so late as to be refused at the door has noticed a theft, if it was this door.
        if lost.0 == 401 {
            assert!(lost.1.contains("invalid_token"), "{}", lost.1);
            if round % 2 == 0 {
                assert_eq!(crate::graph::number(&app, alive).await, 0);
                return;
            }
        } else {
            assert_eq!(lost, message(400, REVOKED));
        }
        assert_eq!(crate::graph::number(&app, alive).await, 1);
        token = secret(&serde_json::from_str(&won.1).unwrap());
    }
}

/// Whichever comes first: the newest token of the family does not outlive the family.
async fn a_theft_that_is_noticed_during_a_rotation_leaves_no_token(app: TestApp) {
    app.import(&world().json()).await;
    let replicas = [app.replica().await, app.replica().await];
    let root = app.token("root-api");
    let path = "/personal_access_tokens/self/rotate";
    for round in 0..6 {
        let name = format!("round{round}");
        let made = root
            .post(
                "/users/2/personal_access_tokens",
                &json!({"name": name, "scopes": "self_rotate"}),
            )
            .await
            .expect(201)
            .json();
        let first = secret(&made);
        let mut last = first.clone();
        for _ in 0..2 {
            last = secret(&app.token(&last).post(path, &json!({})).await.expect(200).json());
        }
        let (thief, owner) = (TestApp::at(&replicas[0], &first), TestApp::at(&replicas[1], &last));
        let nothing = Arc::new(json!({}));
        let (noticed, rotated) = tokio::join!(thief.post(path, &nothing), owner.post(path, &nothing));
        assert_eq!(noticed.status, 401);
        assert!([200, 400, 401].contains(&rotated.status.as_u16()), "{}", rotated.text());
        let alive = format!("SELECT COUNT(*) FROM personal_access_tokens WHERE name = '{name}' AND NOT revoked");
        assert_eq!(
            crate::graph::number(&app, &alive).await,
            0,
            "round {round}: {}",
            rotated.text()
        );
    }
}
