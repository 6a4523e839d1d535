//! Tokens are taken back.

use axum::http::Method;
use serde_json::json;

use super::{asked, id, message, world};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_token_is_revoked_by_its_owner_and_administrators,
    every_token_revokes_itself,
);

async fn a_token_is_revoked_by_its_owner_and_administrators(app: TestApp) {
    app.import(&world().json()).await;
    let (own, other) = (id(&app, "ann-read").await, id(&app, "bob-api").await);
    let revoke = async |token: &str, id: &str| {
        let path = format!("/personal_access_tokens/{id}");
        asked(&app.token(token), Method::DELETE, &path, &json!({})).await
    };
    assert_eq!(
        revoke("ann-api", &other.to_string()).await,
        message(400, "400 Bad request - Not permitted to revoke")
    );
    for (token, id) in [
        ("ann-api", "9999"),
        ("ann-api", "x"),
        ("root-api", "9999"),
        ("root-api", "0"),
    ] {
        assert_eq!(revoke(token, id).await, message(404, "404 Not found"), "{token} {id}");
    }
    assert_eq!(revoke("ann-self", &own.to_string()).await.0, 403);
    app.anonymous()
        .delete(&format!("/personal_access_tokens/{own}"))
        .await
        .expect(401);
    app.token("ann-read").get("/user").await.expect(200);

    assert_eq!(revoke("ann-api", &own.to_string()).await, (204, String::new()));
    app.token("ann-read").get("/user").await.expect(401);
    let before = crate::graph::traces(&app).await;
    assert_eq!(revoke("ann-api", &own.to_string()).await.0, 204, "twice is once");
    assert_eq!(crate::graph::traces(&app).await, before);
    assert_eq!(revoke("root-api", &other.to_string()).await.0, 204);
    app.token("bob-api").get("/user").await.expect(401);
}

async fn every_token_revokes_itself(app: TestApp) {
    app.import(&world().json()).await;
    for token in ["ann-read", "ann-user", "ann-self", "ann-k8s", "ann-api"] {
        let own = app
            .token(token)
            .delete("/personal_access_tokens/self")
            .await
            .expect(204);
        assert_eq!(own.text(), "");
        app.token(token).get("/personal_access_tokens/self").await.expect(401);
    }
    app.token("soon").get("/user").await.expect(200);
    app.anonymous().delete("/personal_access_tokens/self").await.expect(401);
}
