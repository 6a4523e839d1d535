//! Members as REST shows them.

use insta::{allow_duplicates, assert_snapshot};
use serde_json::json;

use super::{acme, each};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_member_has_the_fields_that_the_caller_may_see,
    groups_and_projects_answer_alike,
    an_inherited_member_is_none_of_the_direct_ones,
    a_list_is_narrowed_by_every_filter,
    seats_are_told_only_when_asked_for,
    a_private_group_seen_through_a_project_keeps_its_members,
);

async fn a_member_has_the_fields_that_the_caller_may_see(app: TestApp) {
    acme(&app).await;
    let dan = app
        .token("ann-api")
        .get("/groups/acme%2Ftools/members/3")
        .await
        .expect(200);
    let text = dan.text();
    allow_duplicates! { assert_snapshot!(text, @r#"{"id":3,"username":"dan","public_email":null,"name":"Dan Dover","state":"active","locked":false,"avatar_url":null,"web_url":"https://roster.example/dan","access_level":30,"created_at":"2024-02-03T00:00:00.000Z","created_by":{"id":2,"username":"ann","public_email":"ann@acme.example","name":"Ann Archer","state":"active","locked":false,"avatar_url":null,"web_url":"https://roster.example/ann"},"expires_at":"2030-01-01","membership_state":"active"}"#) };
    let as_admin = app
        .admin()
        .get("/groups/acme%2Ftools/members/3")
        .await
        .expect(200)
        .json();
    assert_eq!(as_admin["email"], "dan@example.com");
    let gus = app
        .token("ann-api")
        .get("/groups/acme/members/all/5")
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&gus["member_role"]["name"], &gus["member_role"]["read_code"]),
        (&json!("Auditor"), &json!(true))
    );
    assert_eq!(gus["member_role"]["base_access_level"], 10);
}

async fn groups_and_projects_answer_alike(app: TestApp) {
    acme(&app).await;
    let ann = app.token("ann-api");
    let levels = async |path: &str| {
        let list = ann.get(path).await.expect(200).json();
        let entry =
            |(name, level): (serde_json::Value, serde_json::Value)| format!("{} {level}", name.as_str().unwrap());
        let entries = each(&list, "username").into_iter().zip(each(&list, "access_level"));
        entries.map(entry).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(levels("/groups/acme%2Ftools/members").await, "dan 30, bob 30");
    assert_eq!(
        levels("/groups/acme%2Ftools/members/all").await,
        "ann 50, dan 30, gus 10, pia 20, bob 30"
    );
    assert_eq!(levels("/projects/acme%2Ftools%2Fcli/members").await, "mia 40");
    assert_eq!(
        levels("/projects/20/members/all").await,
        "ann 50, dan 30, mia 40, gus 10, pia 30, xan 30, bob 30"
    );
    assert_eq!(levels("/projects/dan%2Fdots/members/all").await, "dan 50, mia 30");
}

async fn an_inherited_member_is_none_of_the_direct_ones(app: TestApp) {
    acme(&app).await;
    let ann = app.token("ann-api");
    for user in ["2", "99", "-1", "0"] {
        let answer = ann
            .get(&format!("/groups/acme%2Ftools/members/{user}"))
            .await
            .expect(404);
        assert_eq!(answer.text(), r#"{"message":"404 Not found"}"#);
    }
    ann.get("/groups/acme%2Ftools/members/all/2").await.expect(200);
    let invalid = ann.get("/groups/acme/members/9223372036854775808").await.expect(400);
    assert_eq!(invalid.text(), r#"{"error":"user_id is invalid"}"#);
}

async fn a_list_is_narrowed_by_every_filter(app: TestApp) {
    acme(&app).await;
    let ann = app.token("ann-api");
    for (filter, expected) in [
        ("query=d", json!(["bob", "dan"])),
        ("query=Do", json!(["dan"])),
        ("query=%40dan", json!(["dan"])),
        ("query=%40", json!([])),
        ("query=+", json!(["dan", "bob"])),
        ("query=%25", json!([])),
        ("user_ids[]=3&user_ids[]=99", json!(["dan"])),
        ("user_ids=3,9", json!(["dan", "bob"])),
        ("user_ids=word", json!([])),
        ("user_ids=", json!(["dan", "bob"])),
        ("skip_users[]=3", json!(["bob"])),
        ("state=active", json!(["dan", "bob"])),
        ("state=awaiting", json!([])),
        ("unknown=1", json!(["dan", "bob"])),
    ] {
        let list = ann
            .get(&format!("/groups/acme%2Ftools/members?{filter}"))
            .await
            .expect(200)
            .json();
        assert_eq!(json!(each(&list, "username")), expected, "{filter}");
    }
}

async fn seats_are_told_only_when_asked_for(app: TestApp) {
    acme(&app).await;
    let ann = app.token("ann-api");
    let list = ann
        .get("/groups/acme%2Ftools/members?show_seat_info=yes")
        .await
        .expect(200)
        .json();
    assert_eq!(
        each(&list, "is_using_seat"),
        [json!(true), json!(false)],
        "bob is blocked"
    );
    let list = ann.get("/groups/acme%2Ftools/members").await.expect(200).json();
    assert!(list[0].get("is_using_seat").is_none());
}

async fn a_private_group_seen_through_a_project_keeps_its_members(app: TestApp) {
    let world = World::new()
        .group("acme", |group| group.owner("ann"))
        .project("acme/cli", |project| project.developer("dev"));
    app.import(&world.json()).await;
    let dev = app.token("dev-api");
    dev.get("/groups/acme").await.expect(200);
    for path in [
        "/groups/acme/members",
        "/groups/acme/members/all",
        "/groups/acme/members/1",
    ] {
        assert_eq!(
            dev.get(path).await.expect(403).text(),
            r#"{"message":"403 Forbidden"}"#,
            "{path}"
        );
    }
    dev.get("/projects/acme%2Fcli/members/all").await.expect(200);
}
