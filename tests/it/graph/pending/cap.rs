//! The seat cap on every way in.

use serde_json::{Value, json};

use crate::graph::requests::request_id;
use crate::graph::{APPROVE as APPROVE_REQUEST, IMPORT, INVITE, done, source_id, text};
use crate::support::world::{Item, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    every_way_into_a_full_group_ends_in_waiting,
    who_takes_no_new_seat_does_not_wait
);

fn full() -> World {
    World::new()
        .user("new", |user| user)
        .user("bot", |user| user.set("user_type", "project_bot"))
        .user("svc", |user| user.set("user_type", "service_account"))
        .group("acme", |group| {
            let group = group.set("seats", json!({"cap": 1})).owner("ann");
            group.guest("held").member("awa", 30, Item::awaiting)
        })
        .group("acme/sub", |group| group.requested_by("ria", |row| row))
        .project("acme/p", |project| project.requested_by("rob", |row| row))
        .group("far", |group| group.owner("ann"))
        .project("far/p", |project| {
            project.developer("ida").developer("held").developer("svc")
        })
}

/// Name and state of each member of a list.
fn states<'a>(members: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let state = |member: &Value| [&member["user"]["username"], &member["state"]].map(text).join(" ");
    members.map(state).collect()
}

async fn invite(app: &TestApp, path: &str, invitees: Value) -> Value {
    let input = json!({"source": {"fullPath": path}, "invitees": invitees, "accessLevel": "DEVELOPER"});
    let document = INVITE.replace("results { invitee", "results { invitation { awaiting } invitee");
    done(&app.token("ann-api"), &document, input).await["results"].clone()
}

async fn every_way_into_a_full_group_ends_in_waiting(app: TestApp) {
    app.import(&full().json()).await;
    let ann = app.token("ann-api");
    let results = invite(
        &app,
        "acme/sub",
        json!([{"username": "new"}, {"email": "nobody@example.org"}]),
    )
    .await;
    assert_eq!(results[0]["member"]["state"], "AWAITING");
    assert_eq!(results[1]["invitation"]["awaiting"], true);
    for (path, who) in [("acme/sub", "ria"), ("acme/p", "rob")] {
        let told = done(&ann, APPROVE_REQUEST, json!({"id": request_id(&app, path, who).await})).await;
        assert_eq!(told["member"]["state"], "AWAITING", "{who}");
    }
    let input = json!({"projectId": source_id(&app, "acme/p").await, "fromProjectId": source_id(&app, "far/p").await});
    let document = IMPORT.replace("members { id", "members { state id");
    let told = done(&ann, &document, input).await;
    let members = told["members"].as_array().unwrap().iter();
    assert_eq!(states(members), ["ida AWAITING", "held ACTIVE", "svc ACTIVE"]);
    let query = "{ group(fullPath: \"acme\") { pendingMembers { nodes { email username approved } } } }";
    let pending = ann.query(query, json!({})).await["group"]["pendingMembers"]["nodes"].clone();
    let waiting: Vec<_> = pending
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            text(if one["username"].is_null() {
                &one["email"]
            } else {
                &one["username"]
            })
        })
        .collect();
    assert_eq!(waiting, ["new", "awa", "ria", "rob", "ida", "nobody@example.org"]);
    for who in ["new", "ria", "ida"] {
        let seen = app
            .token(&format!("{who}-api"))
            .query("{ group(fullPath: \"acme\") { id } }", json!({}))
            .await;
        assert_eq!(seen["group"], json!(null), "{who}");
    }
}

async fn who_takes_no_new_seat_does_not_wait(app: TestApp) {
    app.import(&full().json()).await;
    let invitees = json!([{"username": "held"}, {"username": "bot"}, {"username": "svc"}, {"username": "awa"}]);
    let results = invite(&app, "acme/sub", invitees).await;
    let members = results.as_array().unwrap().iter().map(|result| &result["member"]);
    assert_eq!(
        states(members),
        ["held ACTIVE", "bot ACTIVE", "svc ACTIVE", "awa AWAITING"]
    );
    // An update of a row that waits leaves it waiting.
    let results = invite(&app, "acme", json!([{"username": "awa"}])).await;
    assert_eq!(results[0]["member"]["state"], "AWAITING");
}
