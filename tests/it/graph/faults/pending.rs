//! What is wrong with approving and with setting a state, as data; and who is told nothing.

use serde_json::{Value, json};

use crate::graph::pending::{APPROVE, APPROVE_ALL, SET_STATE};
use crate::graph::{done, faults, member_id, place, refused, source_id, traces, user_id};
use crate::support::world::Item;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    each_fault_of_an_approval_has_its_code_and_place,
    each_fault_of_a_state_has_its_code_and_place,
    who_has_no_right_to_approve_or_suspend_is_told_nothing,
);

const NOTHING: &str = "No memberships found";
const LDAP: &str = "Members of this group are added and removed by LDAP";

async fn each_fault_of_an_approval_has_its_code_and_place(app: TestApp) {
    let link = json!([{"provider": "main", "cn": "all", "access_level": 30}]);
    let world = place().group("bound", |group| {
        group
            .set("ldap_links", link)
            .owner("ann")
            .member("wes", 30, Item::awaiting)
    });
    app.import(&world.json()).await;
    let before = traces(&app).await;
    let (acme, bound) = (source_id(&app, "acme").await, source_id(&app, "bound").await);
    for (document, input, expected) in [
        (
            APPROVE,
            json!({"id": member_id(&app, "acme", "dan").await}),
            json!([["NOT_FOUND", NOTHING, ["id"]]]),
        ),
        (
            APPROVE,
            json!({"id": member_id(&app, "bound", "wes").await}),
            json!([["LDAP_MANAGED", LDAP, ["id"]]]),
        ),
        (
            APPROVE_ALL,
            json!({ "groupId": acme }),
            json!([["NOT_FOUND", NOTHING, ["groupId"]]]),
        ),
        (
            APPROVE_ALL,
            json!({ "groupId": bound }),
            json!([["LDAP_MANAGED", LDAP, ["groupId"]]]),
        ),
    ] {
        for who in ["ann-api", "root-api"] {
            let told = done(&app.token(who), document, input.clone()).await;
            assert_eq!(faults(&told), expected, "{who} {input}");
            assert!(told["member"].is_null() && told["invitation"].is_null() && told["members"].is_null());
        }
    }
    assert_eq!(traces(&app).await, before);
    for id in [
        "gid://gitlab/User/1",
        "gid://gitlab/AccessRequest/4001",
        "4001",
        "gid://gitlab/GroupMember/x",
    ] {
        let answer = app
            .token("ann-api")
            .graphql(APPROVE, json!({"input": {"id": id}}))
            .await
            .json();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
    }
}

async fn each_fault_of_a_state_has_its_code_and_place(app: TestApp) {
    let world = place()
        .group("hall", |group| {
            let group = group.owner("ann").maintainer("mia").developer("dan");
            group
                .member("mel", 30, |row| row.with_role("Manager"))
                .member("wes", 30, Item::awaiting)
        })
        .role_that("hall", "Manager", 30, "admin_group_member");
    app.import(&world.json()).await;
    let before = traces(&app).await;
    let at = |code: &str, message: &str| json!([[code, message, ["userId"]]]);
    for (who, group, user, state, expected) in [
        ("ann", "hall", "wes", "AWAITING", at("NOT_FOUND", NOTHING)),
        ("ann", "hall", "dan", "ACTIVE", at("NOT_FOUND", NOTHING)),
        ("ann", "hall", "olga", "ACTIVE", at("NOT_FOUND", NOTHING)),
        ("ann", "hall", "nobody", "ACTIVE", at("NOT_FOUND", "User not found")),
        ("mel", "hall", "nobody", "AWAITING", at("NOT_FOUND", "User not found")),
        (
            "ann",
            "hall",
            "ann",
            "AWAITING",
            at("LAST_OWNER", "The last owner cannot be set to awaiting"),
        ),
        (
            "root",
            "hall",
            "root",
            "AWAITING",
            at("FORBIDDEN", "You cannot set yourself to awaiting"),
        ),
        (
            "mel",
            "hall",
            "wes",
            "ACTIVE",
            at("FORBIDDEN", "You do not have permission to approve a member"),
        ),
        (
            "mel",
            "hall",
            "mia",
            "AWAITING",
            at(
                "ACCESS_LEVEL_NOT_ALLOWED",
                "You do not have permission to set a member awaiting",
            ),
        ),
        (
            "ann",
            "synced",
            "hal",
            "AWAITING",
            json!([["LDAP_MANAGED", LDAP, ["groupId"]]]),
        ),
        (
            "root",
            "synced",
            "hal",
            "AWAITING",
            json!([["LDAP_MANAGED", LDAP, ["groupId"]]]),
        ),
    ] {
        let told = done(
            &app.token(&format!("{who}-api")),
            SET_STATE,
            input(&app, group, user, state).await,
        )
        .await;
        assert_eq!(faults(&told), expected, "{who} {group} {user} {state}");
        assert_eq!(told["members"], json!(null));
    }
    assert_eq!(traces(&app).await, before);
}

async fn input(app: &TestApp, group: &str, user: &str, state: &str) -> Value {
    let user = match user {
        "nobody" => "gid://gitlab/User/999".to_owned(),
        name => user_id(app, name).await,
    };
    json!({"groupId": source_id(app, group).await, "userId": user, "state": state})
}

async fn who_has_no_right_to_approve_or_suspend_is_told_nothing(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    let wes = json!({"id": member_id(&app, "queue", "wes").await});
    let project = json!({"id": member_id(&app, "queue", "wes").await.replace("GroupMember", "ProjectMember")});
    let invitation = json!({"id": member_id(&app, "queue", "wes").await.replace("GroupMember", "Invitation")});
    let dotted = json!({"id": member_id(&app, "per/dots", "max").await});
    let all = |group: String| json!({ "groupId": group });
    let queue = all(source_id(&app, "queue").await);
    let nowhere = all("gid://gitlab/Group/999".to_owned());
    for (who, document, input) in [
        ("sven", APPROVE, wes.clone()),
        ("mia", APPROVE, wes.clone()),
        ("wes", APPROVE, wes),
        ("ann", APPROVE, json!({"id": "gid://gitlab/GroupMember/999"})),
        ("ann", APPROVE, project),
        ("ann", APPROVE, invitation),
        ("root", APPROVE, dotted),
        ("sven", APPROVE_ALL, queue.clone()),
        ("mia", APPROVE_ALL, queue),
        ("ann", APPROVE_ALL, nowhere),
        ("ann", APPROVE_ALL, all(source_id(&app, "acme/tools").await)),
        ("olga", APPROVE_ALL, all(source_id(&app, "acme/tools").await)),
        ("sven", SET_STATE, input(&app, "queue", "qui", "AWAITING").await),
        ("mia", SET_STATE, input(&app, "queue", "qui", "AWAITING").await),
        ("mia", SET_STATE, input(&app, "queue", "nobody", "AWAITING").await),
        ("mia", SET_STATE, input(&app, "synced", "hal", "AWAITING").await),
        ("ann", SET_STATE, input(&app, "acme/tools", "dan", "AWAITING").await),
        ("ann", SET_STATE, input(&app, "acme/tools", "nobody", "AWAITING").await),
    ] {
        let code = refused(&app.token(&format!("{who}-api")), document, input.clone()).await;
        assert_eq!(code, "RESOURCE_NOT_AVAILABLE", "{who} {input}");
    }
    assert_eq!(traces(&app).await, before);
}
