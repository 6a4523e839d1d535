//! What is heard of changes while they are made: by whom, in which order, and until when.

mod cursors;
mod happening;
mod hearing;
mod losing;
mod order;
mod seats;

use roster::domain::leases;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Listener, TestApp};

/// Everything that an event tells.
const ALL: &str = "subscription($path: ID!, $below: Boolean, $types: [MemberEventType!], $after: String) {
  memberUpdated(fullPath: $path, includeDescendants: $below, types: $types, after: $after) {
    cursor type occurredAt actor { username } source { fullPath } user { username }
    member { id accessLevel { integerValue } state } invitation { email state }
    accessLevelBefore { integerValue } accessLevelAfter { integerValue } } }";

/// Somebody who follows a group or project.
async fn follow(app: &TestApp, token: &str, path: &str) -> Listener {
    Listener::begin(&app.app, token, ALL, json!({ "path": path })).await
}

/// Somebody who follows a group and all below it.
async fn follow_below(app: &TestApp, token: &str, path: &str) -> Listener {
    Listener::begin(&app.app, token, ALL, json!({"path": path, "below": true})).await
}

/// Somebody who goes on behind a cursor.
async fn resume(app: &TestApp, token: &str, path: &str, after: &Value) -> Listener {
    Listener::begin(&app.app, token, ALL, json!({"path": path, "after": after})).await
}

/// The number of a user of the world.
async fn user(app: &TestApp, name: &str) -> i64 {
    let found = app.admin().get(&format!("/users?username={name}")).await.json();
    found[0]["id"].as_i64().unwrap_or_else(|| panic!("{name}: {found}"))
}

/// Makes somebody a member, by REST.
async fn add(client: &Client, app: &TestApp, path: &str, name: &str, level: i64) -> Answer {
    let body = json!({"user_id": user(app, name).await, "access_level": level});
    client.post(&format!("{path}/members"), &body).await
}

/// What in an event is short enough to be compared at once: the kind, where, whom, and the levels.
fn brief(event: &Value) -> Value {
    json!([
        event["type"],
        event["source"]["fullPath"],
        event["user"]["username"],
        event["accessLevelBefore"]["integerValue"],
        event["accessLevelAfter"]["integerValue"],
    ])
}

/// Removes what has expired.
async fn sweep(app: &TestApp) {
    let lease = leases::take(&app.system(), "sweep", "me").await.unwrap().unwrap();
    roster::domain::members::expire(&app.system(), &lease).await.unwrap();
}
