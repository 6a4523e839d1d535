//! The page of an invitation, and what its forms do.

mod answering;
mod looking;
mod secrecy;

use axum::body::Body;
use axum::http::{Method, Request};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{Answer, Client, TestApp, level};

/// The token of the invitation to the group `acme/tools`, in a world file.
const TO_GROUP: &str = "tools-4Jq_0-x";
/// That of the one to the project `acme/app`.
const TO_PROJECT: &str = "app-7Kq_0-x";
const ADDRESS: &str = "nora@new.example";

/// `ann` invited an address, which is that of `nora`, to a group and a project; `rea` has the same address as a public one, and may only read.
fn world() -> World {
    World::new()
        .user("nora", |user| user.set("email", ADDRESS).set("name", "Nora New"))
        .user("ann", |user| user.set("name", "Ann Lee"))
        .user("rea", |user| {
            user.set("public_email", "Nora@New.Example").set(
                "tokens",
                json!([{"token": "rea-read", "name": "read", "scopes": ["read_api"]},
                       {"token": "rea-old", "name": "old", "scopes": ["api"], "expires_at": "2026-11-21"},
                       {"token": "rea-api", "name": "api", "scopes": ["api"]}]),
            )
        })
        .user("bob", |user| user.set("state", "blocked"))
        .group("acme", |group| group.set("name", "Acme").owner("ann"))
        .group("acme/tools", |group| {
            group.set("name", "Tools").invited(ADDRESS, level::DEVELOPER, |row| {
                row.by("ann").set("token", TO_GROUP).until("2026-12-24")
            })
        })
        .project("acme/app", |project| {
            project
                .set("name", "App")
                .invited(ADDRESS, level::REPORTER, |row| row.by("ann").set("token", TO_PROJECT))
        })
}

/// What comes after `/-/invites/`.
fn at(token: &str, step: &str) -> String {
    format!("/-/invites/{token}{step}")
}

async fn ask(caller: &Client, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    caller.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

/// As a browser opens a link.
async fn open(caller: &Client, path: &str) -> Answer {
    ask(caller, Method::GET, path, &[BROWSER], "").await
}

/// As a browser sends a form.
async fn submit(caller: &Client, path: &str, form: &str) -> Answer {
    ask(caller, Method::POST, path, &[BROWSER, FORM], form).await
}

/// As a program that names no wish.
async fn post(caller: &Client, path: &str) -> Answer {
    ask(caller, Method::POST, path, &[], "").await
}

const BROWSER: (&str, &str) = (
    "accept",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
);
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

const GONE: &str = "The invitation can not be found with the provided invite token.";
const NOT_ACCEPTED: &str = "The invitation could not be accepted.";

fn message(text: &str) -> Value {
    json!({ "message": text })
}

async fn number(app: &TestApp, sql: &str) -> i64 {
    let conn = app.db.conn();
    let row = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), sql));
    row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// How many invitations wait for an answer.
async fn waiting(app: &TestApp) -> i64 {
    number(
        app,
        "SELECT COUNT(*) FROM members WHERE user_id IS NULL AND invite_email IS NOT NULL",
    )
    .await
}

/// Subjects and receivers of all mail so far, in alphabetical order.
async fn mail(app: &TestApp) -> Vec<String> {
    let mail = app.mail().await;
    let mut lines: Vec<_> = mail
        .iter()
        .map(|mail| format!("{} to {}", mail.subject, mail.to))
        .collect();
    lines.sort();
    lines
}
