//! What Terraform and glab send, in the order in which they send it.

use axum::http::Method;
use serde_json::json;

use super::Stage;
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(terraform_keeps_a_membership, glab_adds_a_member);

fn world() -> World {
    World::new()
        .user("bob", |user| user)
        .group("acme", |group| group.owner("ann").developer("dan"))
        .group("acme/tools", |group| group.developer("dan"))
        .project("acme/tools/cli", |project| project.developer("dan"))
}

async fn terraform_keeps_a_membership(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let ann = stage.by("ann");
    let json = [("content-type", "application/json"), ("accept", "application/json")];
    for source in ["/projects/acme%2Ftools%2Fcli", "/groups/acme%2Ftools"] {
        for who in ["bob", "dan"] {
            let (number, path) = (stage.number_of(who), stage.member(source, who));
            let body = json!({"user_id": number, "access_level": 30, "expires_at": "2035-01-02"}).to_string();
            let created = ann.with(Method::POST, &format!("{source}/members"), &json, body).await;
            if who == "dan" {
                created.expect(409);
                let body = json!({"access_level": 30, "expires_at": "2035-01-02"}).to_string();
                ann.with(Method::PUT, &path, &json, body).await.expect(200);
            } else {
                created.expect(201);
            }
            let state = ann.get(&path).await.expect(200).json();
            assert_eq!(
                (&state["access_level"], &state["expires_at"]),
                (&json!(30), &json!("2035-01-02"))
            );
            let body = json!({"access_level": 40, "expires_at": ""}).to_string();
            let updated = ann.with(Method::PUT, &path, &json, body).await.expect(200).json();
            assert_eq!(
                (&updated["access_level"], &updated["expires_at"]),
                (&json!(40), &json!(null))
            );
            assert_eq!(ann.get(&path).await.expect(200).json(), updated, "no drift");
            let removed = ann
                .delete(&format!("{path}?skip_subresources=false&unassign_issuables=false"))
                .await;
            assert_eq!((removed.status.as_u16(), removed.text()), (204, String::new()));
            ann.get(&path).await.expect(404);
        }
    }
}

async fn glab_adds_a_member(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let found = stage.by("ann").get("/users?username=bob").await.expect(200).json();
    let number = found[0]["id"].clone();
    let json = [("content-type", "application/json; charset=utf-8")];
    let add = async |body: serde_json::Value| {
        let path = "/projects/acme%2Ftools%2Fcli/members";
        stage.by("ann").with(Method::POST, path, &json, body.to_string()).await
    };
    let refused = add(json!({"user_id": number, "member_role_id": 3001}))
        .await
        .expect(400);
    assert_eq!(refused.text(), r#"{"error":"access_level is missing"}"#);
    add(json!({"user_id": number, "access_level": 30, "expires_at": null}))
        .await
        .expect(201);
}
