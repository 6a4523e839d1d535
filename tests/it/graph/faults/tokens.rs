//! Tokens that cannot be made or exchanged.

use serde_json::json;

use crate::graph::tokens::{CREATE, REVOKE, ROTATE, gid};
use crate::graph::{done, faults, refused, traces, user_id};
use crate::support::{TestApp, on_both_databases};
use crate::tokens::world;

on_both_databases!(
    each_fault_of_a_token_has_its_code_and_place,
    anothers_token_looks_like_none,
);

async fn each_fault_of_a_token_has_its_code_and_place(app: TestApp) {
    app.import(&world().json()).await;
    let before = traces(&app).await;
    let ann = user_id(&app, "ann").await;
    let listed = "scopes does not have a valid value";
    for (who, more, expected) in [
        (
            "root",
            json!({"name": " "}),
            json!(["BLANK", "Name can't be blank", ["name"]]),
        ),
        (
            "root",
            json!({"name": "n".repeat(256)}),
            json!(["INVALID", "Name is too long (maximum is 255 characters)", ["name"]]),
        ),
        (
            "root",
            json!({"description": "d".repeat(256)}),
            json!([
                "INVALID",
                "Description is too long (maximum is 255 characters)",
                ["description"]
            ]),
        ),
        (
            "root",
            json!({"scopes": []}),
            json!(["BLANK", "Scopes can't be blank", ["scopes"]]),
        ),
        (
            "root",
            json!({"scopes": ["api", "fly"]}),
            json!(["INVALID", listed, ["scopes"]]),
        ),
        (
            "root",
            json!({"scopes": ["sudo"]}),
            json!(["INVALID", listed, ["scopes"]]),
        ),
        (
            "ann",
            json!({"scopes": ["api"]}),
            json!(["INVALID", listed, ["scopes"]]),
        ),
        (
            "ann",
            json!({"scopes": ["self_rotate", "admin_mode"]}),
            json!(["INVALID", listed, ["scopes"]]),
        ),
        (
            "root",
            json!({"expiresAt": "2027-11-22"}),
            json!(["INVALID", "Expiration date must be before 2027-11-22", ["expiresAt"]]),
        ),
        (
            "root",
            json!({"userId": "gid://gitlab/User/999"}),
            json!(["NOT_FOUND", "User not found", ["userId"]]),
        ),
    ] {
        let mut input = json!({"name": "n", "scopes": ["self_rotate"], "userId": ann});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let told = done(&app.token(&format!("{who}-api")), CREATE, input).await;
        assert_eq!(faults(&told), json!([expected]), "{more}");
        assert!(
            told["token"].is_null() && told["personalAccessToken"].is_null(),
            "{told}"
        );
    }
    assert_eq!(traces(&app).await, before);
}

async fn anothers_token_looks_like_none(app: TestApp) {
    app.import(&world().json()).await;
    let before = traces(&app).await;
    let ann = app.token("ann-api");
    for id in [
        gid(&app, "bob-api").await,
        "gid://gitlab/PersonalAccessToken/9999".to_owned(),
    ] {
        for document in [ROTATE, REVOKE] {
            assert_eq!(
                refused(&ann, document, json!({ "id": id })).await,
                "RESOURCE_NOT_AVAILABLE"
            );
        }
    }
    let bobs = json!({"name": "n", "scopes": ["self_rotate"], "userId": user_id(&app, "bob").await});
    assert_eq!(refused(&ann, CREATE, bobs).await, "RESOURCE_NOT_AVAILABLE");
    let answer = ann
        .graphql(REVOKE, json!({"input": {"id": "gid://gitlab/User/1"}}))
        .await
        .json();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert_eq!(traces(&app).await, before);
}
