//! New tokens.

use axum::http::Method;
use serde_json::{Value, json};

use super::{asked, error, id, in_order, message, secret, world};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    an_administrator_makes_a_token_for_anybody,
    everybody_makes_tokens_of_few_scopes_for_themselves,
    a_token_that_cannot_be_is_not_made,
);

const OWN: &str = "/user/personal_access_tokens";

async fn an_administrator_makes_a_token_for_anybody(app: TestApp) {
    app.import(&world().json()).await;
    let root = app.token("root-api");
    let path = "/users/2/personal_access_tokens";
    let wanted = json!({"name": "new", "scopes": "read_api, read_user,read_api", "description": "what for"});
    let answer = root.post(path, &wanted).await.expect(201);
    assert_eq!(
        in_order(&answer.text()),
        "id name revoked created_at description scopes user_id last_used_at active expires_at token"
    );
    let told = answer.json();
    assert_eq!(told["scopes"], json!(["read_api", "read_user"]));
    assert_eq!(
        (
            &told["expires_at"],
            &told["user_id"],
            &told["active"],
            &told["description"]
        ),
        (&json!("2027-11-21"), &json!(2), &json!(true), &json!("what for"))
    );
    let new = secret(&told);
    assert!(new.starts_with("rst-") && new.len() >= 24, "{new}");
    assert_eq!(app.token(&new).get("/user").await.expect(200).json()["username"], "ann");
    let event = root
        .get("/audit_events?entity_type=User&entity_id=2")
        .await
        .expect(200)
        .json();
    assert_eq!(event[0]["event_name"], "personal_access_token_created");
    assert_eq!(
        event[0]["details"]["custom_message"],
        format!("Created personal access token with id {}", told["id"])
    );

    for (token, path, refused) in [
        (
            "ann-api",
            "/users/2/personal_access_tokens",
            message(403, "403 Forbidden"),
        ),
        (
            "ann-api",
            "/users/99/personal_access_tokens",
            message(403, "403 Forbidden"),
        ),
        (
            "root-api",
            "/users/99/personal_access_tokens",
            message(404, "404 User Not Found"),
        ),
        (
            "root-api",
            "/users/ann/personal_access_tokens",
            error(404, "404 Not Found"),
        ),
    ] {
        assert_eq!(
            asked(&app.token(token), Method::POST, path, &wanted).await,
            refused,
            "{token} {path}"
        );
    }
    let read_only = app.token("ann-read").post(path, &wanted).await.expect(403).json();
    assert_eq!(read_only["scope"], "api");
    app.anonymous().post(path, &wanted).await.expect(401);
    // Only administrators hold these, and they hold any.
    let sudo = json!({"name": "s", "scopes": ["sudo", "admin_mode", "api"]});
    assert_eq!(
        asked(&root, Method::POST, path, &sudo).await,
        error(400, "scopes does not have a valid value")
    );
    let told = root
        .post("/users/1/personal_access_tokens", &sudo)
        .await
        .expect(201)
        .json();
    app.token(&secret(&told)).get("/user?sudo=ann").await.expect(200);
}

async fn everybody_makes_tokens_of_few_scopes_for_themselves(app: TestApp) {
    app.import(&world().json()).await;
    for who in ["ann-api", "root-api"] {
        let client = app.token(who);
        let told = client
            .post(OWN, &json!({"name": "r", "scopes": ["k8s_proxy", "self_rotate"], "expires_at": "2027-01-02T23:00:00-05:00"}))
            .await
            .expect(201)
            .json();
        assert_eq!(told["expires_at"], "2027-01-02");
        assert_eq!(told["scopes"], json!(["k8s_proxy", "self_rotate"]));
        for scopes in [
            json!(["api"]),
            json!(["self_rotate", "read_api"]),
            json!("sudo"),
            json!("fly"),
        ] {
            assert_eq!(
                asked(&client, Method::POST, OWN, &json!({"name": "r", "scopes": scopes})).await,
                error(400, "scopes does not have a valid value"),
                "{who} {scopes}"
            );
        }
    }
    app.token("ann-self").post(OWN, &json!({})).await.expect(403);
    app.anonymous().post(OWN, &json!({})).await.expect(401);
}

async fn a_token_that_cannot_be_is_not_made(app: TestApp) {
    app.import(&world().json()).await;
    let before = id(&app, "%' OR '1' = '1").await;
    let root = app.token("root-api");
    let faulty: Vec<(Value, (u16, String))> = vec![
        (json!({}), error(400, "name is missing, scopes is missing")),
        (json!({"name": "a"}), error(400, "scopes is missing")),
        (json!({"scopes": "api"}), error(400, "name is missing")),
        (
            json!({"scopes": "api,fly"}),
            error(400, "name is missing, scopes does not have a valid value"),
        ),
        (
            json!({"name": ["a"], "scopes": "api", "expires_at": "2027-02-30"}),
            error(400, "name is invalid, expires_at is invalid"),
        ),
        (
            json!({"name": " ", "scopes": "api"}),
            message(422, "Name can't be blank"),
        ),
        (
            json!({"name": "a", "scopes": []}),
            message(422, "Scopes can't be blank"),
        ),
        (
            json!({"name": "a".repeat(256), "scopes": "api"}),
            message(422, "Name is too long (maximum is 255 characters)"),
        ),
        (
            json!({"name": "a", "scopes": "api", "description": "d".repeat(256)}),
            message(422, "Description is too long (maximum is 255 characters)"),
        ),
        (
            json!({"name": "a", "scopes": "api", "expires_at": "2027-11-22"}),
            message(422, "Expiration date must be before 2027-11-22"),
        ),
    ];
    for (body, refused) in faulty {
        for path in ["/users/2/personal_access_tokens", OWN] {
            // The narrower call knows fewer words.
            let body = json_with(&body, path);
            assert_eq!(asked(&root, Method::POST, path, &body).await, refused, "{path} {body}");
        }
    }
    assert_eq!(id(&app, "%' OR '1' = '1").await, before, "nothing was made");
    let told = root
        .post(
            "/users/2/personal_access_tokens",
            &json!({"name": "a", "scopes": "api", "expires_at": "2027-11-21"}),
        )
        .await;
    assert_eq!(told.expect(201).json()["expires_at"], "2027-11-21");
    let blank = json!({"name": "a", "scopes": "api", "expires_at": ""});
    let told = root.post("/users/2/personal_access_tokens", &blank).await;
    assert_eq!(told.expect(201).json()["expires_at"], "2027-11-21");
}

/// The same body with scopes that the call takes.
fn json_with(body: &Value, path: &str) -> Value {
    let mut body = body.clone();
    if path == OWN && body["scopes"] == "api" {
        body["scopes"] = "self_rotate".into();
    }
    body
}
