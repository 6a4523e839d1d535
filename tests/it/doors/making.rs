//! The table: groups, projects, users and tokens, made, changed and taken away.

use serde_json::json;

use super::act::{Act, Reply, forbidden, no};
use super::callers::{ADMIN, Need, Who};
use super::writing::{delete, post, put};

pub(crate) fn acts() -> Vec<Act> {
    [places(), tokens()].concat()
}

fn places() -> Vec<Act> {
    let made = |parent: serde_json::Value| json!({"name": "$fresh", "path": "$fresh", "parent_id": parent});
    let unusable = || Reply::No(400, json!({"message": {"namespace": ["is not valid"]}}));
    let user = json!({"email": "$eve", "name": "New", "username": "$fresh", "force_random_password": true});
    vec![
        post("/groups")
            .body(json!({"name": "$fresh", "path": "$fresh"}))
            .but(Who::External, forbidden())
            .or("groupCreate", json!({"name": "$fresh", "path": "$fresh"})),
        post("/groups").body(made(json!("$T"))).at("T").from(40).or(
            "groupCreate",
            json!({"name": "$fresh", "path": "$fresh", "parentId": "$Group:T"}),
        ),
        put("/groups/{id}")
            .body(json!({"request_access_enabled": false}))
            .from(50)
            .or(
                "groupUpdate",
                json!({"fullPath": "$T/path", "requestAccessEnabled": false}),
            ),
        delete("/groups/{id}")
            .from(50)
            .ok(202)
            .or("groupDelete", json!({"fullPath": "$T/path"})),
        post("/projects")
            .body(json!({"name": "$fresh"}))
            .but(Who::External, unusable())
            .leaving_open(&[Who::External])
            .or("projectCreate", json!({"name": "$fresh"})),
        post("/projects")
            .body(json!({"name": "$fresh", "namespace_id": "$T"}))
            .at("T")
            .hidden(unusable())
            .above(30, unusable())
            .or("projectCreate", json!({"name": "$fresh", "namespacePath": "$T/path"})),
        put("/projects/{id}")
            .body(json!({"request_access_enabled": false}))
            .from(40)
            .or(
                "projectUpdate",
                json!({"fullPath": "$P/path", "requestAccessEnabled": false}),
            ),
        delete("/projects/{id}")
            .from(50)
            .ok(202)
            .or("projectDelete", json!({"fullPath": "$P/path"})),
        post("/users").body(user).admins().or(
            "userCreate",
            json!({"username": "$fresh", "name": "New", "email": "$eve"}),
        ),
    ]
}

fn tokens() -> Vec<Act> {
    let no_token = || no(401, "401 Unauthorized");
    let new = json!({"name": "new", "scopes": ["read_api"]});
    vec![
        delete("/personal_access_tokens/self").need(Need::AnyToken).spending(),
        post("/personal_access_tokens/self/rotate")
            .need(Need::SelfRotate)
            .ok(200)
            .spending(),
        delete("/personal_access_tokens/{id}")
            .with("id", "$token")
            .or("personalAccessTokenRevoke", json!({"id": "$PersonalAccessToken:token"})),
        delete("/personal_access_tokens/{id}")
            .with("id", "$token of another")
            .by(vec![
                (0, no(400, "400 Bad request - Not permitted to revoke")),
                (ADMIN, Reply::Ok),
            ])
            .but(Who::Guest, Reply::Ok),
        delete("/personal_access_tokens/{id}")
            .with("id", "$nothing")
            .by(vec![(0, no(404, "404 Not found"))]),
        post("/personal_access_tokens/{id}/rotate")
            .with("id", "$token")
            .ok(200)
            .or("personalAccessTokenRotate", json!({"id": "$PersonalAccessToken:token"})),
        post("/personal_access_tokens/{id}/rotate")
            .with("id", "$token of another")
            .by(vec![(0, no_token()), (ADMIN, Reply::Ok)])
            .but(Who::Guest, Reply::Ok)
            .ok(200),
        post("/users/{id}/personal_access_tokens")
            .with("id", "$tim")
            .body(new)
            .admins()
            .or(
                "personalAccessTokenCreate",
                json!({"userId": "$User:tim", "name": "new", "scopes": ["read_api"]}),
            ),
        post("/user/personal_access_tokens").body(json!({"name": "new", "scopes": ["k8s_proxy"]})),
    ]
}
