//! What is wrong with asking and with an answer, as data; and who is told nothing.

use serde_json::json;

use super::{input, request_id};
use crate::graph::{APPROVE, ASK, DENY, done, faults, member_id, place, refused, text, traces};
use crate::support::world::Group;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    each_fault_of_asking_has_its_code_and_place,
    each_fault_of_an_answer_has_its_code_and_place,
    who_may_not_ask_or_answer_is_told_nothing,
);

async fn each_fault_of_asking_has_its_code_and_place(app: TestApp) {
    let world = place()
        .group("dots", |group| {
            group.public().owner("ann").requested_by("newt", |row| row)
        })
        .project("dots/p", Group::public)
        .group("barred", |group| {
            group.public().setting("membership_lock", true).owner("ann")
        })
        .project("barred/p", Group::public)
        .group("picky", |group| {
            group
                .public()
                .setting("allowed_email_domains", json!(["acme.example"]))
                .owner("ann")
                .member("min", 5, |row| row)
        });
    app.import(&world.json()).await;
    let before = traces(&app).await;
    let at = |code: &str, message: &str| json!([[code, message, ["source"]]]);
    let domain = "The member's email address is not allowed for this group. Check with your administrator.";
    for (who, path, expected) in [
        ("dan", "acme", at("ALREADY_MEMBER", "You are a member already")),
        ("ann", "acme/app", at("ALREADY_MEMBER", "You are a member already")),
        ("min", "picky", at("ALREADY_MEMBER", "You are a member already")),
        ("newt", "dots", at("ALREADY_INVITED", "User already exists in source")),
        (
            "newt",
            "dots/p",
            at(
                "ALREADY_INVITED",
                "You have asked for access to the group of the project already",
            ),
        ),
        (
            "newt",
            "barred/p",
            at("MEMBERSHIP_LOCKED", "Membership is locked for this group"),
        ),
        ("newt", "picky", at("FORBIDDEN", domain)),
    ] {
        let told = done(&app.token(&format!("{who}-api")), ASK, input(path)).await;
        assert_eq!(faults(&told), expected, "{who} {path}");
        assert_eq!((&told["accessRequest"], &told["member"]), (&json!(null), &json!(null)));
    }
    assert_eq!(traces(&app).await, before);
}

async fn each_fault_of_an_answer_has_its_code_and_place(app: TestApp) {
    let world = place()
        .group("acme/sub", |group| group.requested_by("dan", |row| row))
        .project("acme/asked", |project| {
            project.maintainer("max").requested_by("nora", |row| row)
        })
        .project("locked/asked", |project| {
            project.maintainer("max").requested_by("nora", |row| row)
        })
        .group("held", |group| {
            let link = json!([{"provider": "main", "cn": "all", "access_level": 30}]);
            group
                .set("ldap_links", link)
                .owner("ann")
                .requested_by("nora", |row| row)
        });
    app.import(&world.json()).await;
    let before = traces(&app).await;
    let ldap = json!([[
        "LDAP_MANAGED",
        "Members of this group are added and removed by LDAP",
        ["id"]
    ]]);
    let level = json!([[
        "ACCESS_LEVEL_NOT_ALLOWED",
        "the member access level can't be higher than the current user's one",
        ["accessLevel"]
    ]]);
    let inherited = "Access level should be greater than or equal to Developer inherited membership from group acme";
    let held = held_request(&app).await;
    for (who, document, id, more, expected) in [
        ("ann", APPROVE, held.clone(), json!(null), ldap.clone()),
        ("root", DENY, held, json!(null), ldap),
        (
            "max",
            APPROVE,
            request_id(&app, "acme/asked", "nora").await,
            json!("OWNER"),
            level.clone(),
        ),
        (
            "max",
            APPROVE,
            request_id(&app, "acme/asked", "nora").await,
            json!("PLANNER"),
            level,
        ),
        (
            "ann",
            APPROVE,
            request_id(&app, "acme/sub", "dan").await,
            json!("GUEST"),
            json!([["INHERITED_HIGHER_ACCESS", inherited, ["accessLevel"]]]),
        ),
        (
            "ann",
            APPROVE,
            request_id(&app, "acme", "rex").await,
            json!("MINIMAL_ACCESS"),
            json!([["INVALID", "Access level is not included in the list", ["accessLevel"]]]),
        ),
        (
            "max",
            APPROVE,
            request_id(&app, "locked/asked", "nora").await,
            json!(null),
            json!([["MEMBERSHIP_LOCKED", "Membership is locked for this group", ["id"]]]),
        ),
    ] {
        let mut input = json!({ "id": id });
        if more.is_string() {
            input["accessLevel"] = more;
        }
        let told = done(&app.token(&format!("{who}-api")), document, input.clone()).await;
        assert_eq!(faults(&told), expected, "{who} {input}");
        assert_eq!((&told["accessRequest"], &told["member"]), (&json!(null), &json!(null)));
    }
    assert_eq!(traces(&app).await, before);
}

/// The id of nora's request for a group whose requests nobody lists: the newest row.
async fn held_request(app: &TestApp) -> String {
    let row = crate::graph::numbers(app, "SELECT MAX(id) FROM members WHERE requested_at IS NOT NULL", 1).await;
    format!("gid://gitlab/AccessRequest/{}", row[0])
}

async fn who_may_not_ask_or_answer_is_told_nothing(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    for (who, path) in [("max", "acme"), ("root", "cafe"), ("sven", "acme"), ("sven", "nowhere")] {
        let code = refused(&app.token(&format!("{who}-api")), ASK, input(path)).await;
        assert_eq!(code, "RESOURCE_NOT_AVAILABLE", "{who} {path}");
    }
    let rex = request_id(&app, "acme", "rex").await;
    let gus = member_id(&app, "acme", "gus")
        .await
        .replace("GroupMember", "AccessRequest");
    for (who, id) in [("mia", &rex), ("rex", &rex), ("sven", &rex), ("ann", &gus)] {
        for document in [APPROVE, DENY] {
            let code = refused(&app.token(&format!("{who}-api")), document, json!({ "id": id })).await;
            assert_eq!(code, "RESOURCE_NOT_AVAILABLE", "{who} {id}");
        }
    }
    let wrong = app
        .token("ann-api")
        .graphql(DENY, json!({"input": {"id": "gid://gitlab/GroupMember/1"}}))
        .await;
    let wrong = wrong.json()["errors"][0]["message"].clone();
    assert!(
        text(&wrong).contains("is not a valid ID for AccessRequestID"),
        "{wrong}"
    );
    assert_eq!(traces(&app).await, before);
}
