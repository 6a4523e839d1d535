//! Personal access tokens: listed, made, exchanged, taken back, and noted when they are used.

mod listing;
mod making;
mod noting;
mod revoking;
mod rotating;
mod secrecy;

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{Client, TestApp};

pub(crate) use secrecy::assert_unknown;

/// ann, with tokens of every kind; bob with one; root, an administrator, who may act as others.
pub(crate) fn world() -> World {
    World::new()
        .user("ann", |user| {
            let token = |name: &str, scope: &str| json!({"token": name, "name": name, "scopes": [scope]});
            let mut tokens = vec![
                token("ann-api", "api"),
                token("ann-read", "read_api"),
                token("ann-user", "read_user"),
                token("ann-self", "self_rotate"),
                token("ann-k8s", "k8s_proxy"),
            ];
            for (name, more) in [
                ("Äpfel", json!({"revoked": true, "created_at": "2026-03-01T00:00:00Z"})),
                (
                    "old",
                    json!({"expires_at": "2026-11-21", "created_at": "2026-02-01T00:00:00Z"}),
                ),
                (
                    "soon",
                    json!({"expires_at": "2026-11-22", "description": "for the lamp"}),
                ),
            ] {
                let mut one = token(name, "api");
                one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                tokens.push(one);
            }
            user.set("tokens", Value::from(tokens))
        })
        .user("bob", |user| user)
}

/// The number of the token of that name.
pub(crate) async fn id(app: &TestApp, name: &str) -> i64 {
    let sql = format!("SELECT id FROM personal_access_tokens WHERE name = '{name}' ORDER BY id DESC LIMIT 1");
    crate::graph::number(app, &sql).await
}

/// Status and body.
async fn asked(client: &Client, method: Method, path: &str, body: &Value) -> (u16, String) {
    let answer = client.call(method, path, body).await;
    (answer.status.as_u16(), answer.text())
}

fn message(status: u16, text: &str) -> (u16, String) {
    (status, json!({ "message": text }).to_string())
}

fn error(status: u16, text: &str) -> (u16, String) {
    (status, json!({ "error": text }).to_string())
}

fn names(list: &Value) -> Vec<&str> {
    let all = list.as_array().unwrap().iter();
    all.map(|token| token["name"].as_str().unwrap()).collect()
}

/// The names of the fields of the first token in a body, as they stand there.
fn in_order(body: &str) -> String {
    let first = body.split('}').next().unwrap();
    let names = first.split(['{', ',']).filter_map(|part| part.split_once(':'));
    names
        .map(|(name, _)| name.trim_matches('"'))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The secret of a new token.
fn secret(told: &Value) -> String {
    told["token"]
        .as_str()
        .unwrap_or_else(|| panic!("no token: {told}"))
        .to_owned()
}
