//! Approving who waits, and having members wait.

use serde_json::{Value, json};

use super::{APPROVE, APPROVE_ALL, SET_STATE};
use crate::graph::{count, done, member_id, source_id, text, traces, user_id};
use crate::support::world::{Item, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    what_is_approved_is_shown_as_it_is_stored,
    everybody_is_approved_at_once,
    a_state_is_set_and_shown,
    a_state_that_is_sent_again_is_set_once,
);

fn hall() -> World {
    World::new()
        .group("acme", |group| {
            group
                .owner("ann")
                .developer("dan")
                .member("wes", 30, Item::awaiting)
                .invited("zoe@example.org", 40, Item::awaiting)
        })
        .group("acme/sub", |group| group.maintainer("dan"))
        .project("acme/sub/p", |project| {
            project
                .member("wes", 40, Item::awaiting)
                .member("wim", 10, Item::awaiting)
                .invited("zoe@example.org", 40, Item::awaiting)
        })
}

/// User, state and place of each.
fn short(members: &Value) -> Vec<String> {
    let short = |member: &Value| {
        let words = [
            &member["user"]["username"],
            &member["state"],
            &member["source"]["fullPath"],
        ];
        words.map(text).join(" ")
    };
    members.as_array().expect("members").iter().map(short).collect()
}

async fn what_is_approved_is_shown_as_it_is_stored(app: TestApp) {
    app.import(&hall().json()).await;
    let ann = app.token("ann-api");
    let id = member_id(&app, "acme/sub/p", "wes").await;
    let told = done(&ann, APPROVE, json!({"id": id, "clientMutationId": "m1"})).await;
    assert_eq!(
        (&told["clientMutationId"], &told["errors"], &told["invitation"]),
        (&json!("m1"), &json!([]), &json!(null))
    );
    assert_eq!(
        told["member"],
        json!({"id": id, "state": "ACTIVE", "user": {"username": "wes"}, "accessLevel": {"stringValue": "MAINTAINER"}, "source": {"fullPath": "acme/sub/p"}})
    );
    assert_eq!(
        count(&app, "members WHERE state = 1").await,
        3,
        "all of the user's rows"
    );
    // The list names an invitation as one; GitLab as what it will become.
    let invited = ann
        .query(
            "{ group(fullPath: \"acme\") { pendingMembers(last: 1) { nodes { id email approved } } } }",
            json!({}),
        )
        .await;
    let invited = &invited["group"]["pendingMembers"]["nodes"][0];
    let id = text(&invited["id"]);
    assert_eq!(
        (&invited["email"], &invited["approved"]),
        (&json!("zoe@example.org"), &json!(false))
    );
    let told = done(&ann, APPROVE, json!({"id": id.replace("Invitation", "GroupMember")})).await;
    assert_eq!(
        (&told["member"], &told["invitation"]),
        (
            &json!(null),
            &json!({"id": id, "email": "zoe@example.org", "awaiting": false, "state": "PENDING", "source": {"fullPath": "acme"}})
        )
    );
    assert_eq!(count(&app, "members WHERE state = 1").await, 1);
    let told = done(&ann, APPROVE, json!({ "id": id })).await;
    assert_eq!(told["userErrors"][0]["code"], "NOT_FOUND");
}

async fn everybody_is_approved_at_once(app: TestApp) {
    app.import(&hall().json()).await;
    let input = json!({"groupId": source_id(&app, "acme").await});
    let told = done(&app.token("ann-api"), APPROVE_ALL, input.clone()).await;
    assert_eq!(told["errors"], json!([]));
    assert_eq!(
        short(&told["members"]),
        ["wes ACTIVE acme", "wes ACTIVE acme/sub/p", "wim ACTIVE acme/sub/p"]
    );
    assert_eq!(count(&app, "members WHERE state = 1").await, 0, "invitations, too");
    assert_eq!(count(&app, "change_log WHERE kind = 'member_approved'").await, 5);
    let told = done(&app.admin(), APPROVE_ALL, input).await;
    assert_eq!(
        (&told["members"], &told["errors"]),
        (&json!(null), &json!(["No memberships found"]))
    );
}

async fn a_state_is_set_and_shown(app: TestApp) {
    app.import(&hall().json()).await;
    let ann = app.token("ann-api");
    let (group, dan) = (source_id(&app, "acme").await, user_id(&app, "dan").await);
    let set = async |state: &str| {
        let input = json!({"groupId": group, "userId": dan, "state": state});
        done(&ann, SET_STATE, input).await
    };
    let query = "{ group(fullPath: \"acme\") { maxAccessLevel { stringValue } } }";
    let see = async || app.token("dan-api").query(query, json!({})).await["group"].clone();
    assert_eq!(
        short(&set("AWAITING").await["members"]),
        ["dan AWAITING acme", "dan AWAITING acme/sub"]
    );
    assert_eq!(see().await, json!(null));
    assert_eq!(set("AWAITING").await["errors"], json!(["No memberships found"]));
    assert_eq!(
        short(&set("ACTIVE").await["members"]),
        ["dan ACTIVE acme", "dan ACTIVE acme/sub"]
    );
    assert_eq!(see().await, json!({"maxAccessLevel": {"stringValue": "DEVELOPER"}}));
    assert_eq!(
        count(&app, "audit_events WHERE event_name = 'change_membership_state'").await,
        3
    );
}

async fn a_state_that_is_sent_again_is_set_once(app: TestApp) {
    app.import(&hall().json()).await;
    let document = SET_STATE.replace("(input: $input) {", "(input: $input) @idempotent(key: \"k1\") {");
    let input = json!({"input": {"groupId": source_id(&app, "acme").await, "userId": user_id(&app, "dan").await, "state": "AWAITING"}});
    let ann = app.token("ann-api");
    let send = async || ann.graphql(&document, input.clone()).await.text();
    let first = send().await;
    assert!(first.contains("AWAITING"), "{first}");
    let after = traces(&app).await;
    assert_eq!(send().await, first, "to the letter");
    assert_eq!(traces(&app).await, after);
}
