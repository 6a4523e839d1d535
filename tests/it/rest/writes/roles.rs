//! `…/member_roles`: custom roles of groups, made, listed and removed.

use axum::http::Method;
use roster::types::PERMISSIONS;
use serde_json::{Value, json};

use super::{Outcome, Stage, error, forbidden, message};
use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    roles_are_for_owners_of_the_group_and_administrators,
    parameters_are_judged_before_everything_else,
    a_role_object_says_of_every_permission_whether_it_is_held,
    a_role_without_a_name_is_named_after_its_level,
    each_fault_of_a_role_is_told_and_all_are_at_once,
    a_group_has_ten_roles_at_most,
    names_are_used_once_in_a_group,
    roles_are_listed_by_name_all_of_them,
    a_role_that_somebody_has_stays,
    a_role_on_links_only_goes_and_the_links_lose_it,
    a_role_of_another_group_is_not_there,
    roles_of_the_instance_are_not_served,
    a_role_leaves_audit_events_and_no_change,
    a_role_takes_a_seat_by_what_it_adds,
    a_role_is_made_once_under_a_key,
);

const ACME: &str = "/groups/acme/member_roles";

/// A hierarchy with owners of its top and of a part of it, and groups of others.
fn place() -> World {
    World::new()
        .user("sid", |user| user)
        .group("allies", |group| group.owner("lin"))
        .group("acme", |group| {
            let group = group.owner("ann").maintainer("mia").developer("mel").guest("gus");
            group.shared_with("allies", level::OWNER)
        })
        .group("acme/sub", |group| group.owner("olga"))
        .group("cafe", |group| group.public().owner("ann"))
        .group("other", |group| group.owner("otto"))
        .project("acme/app", |project| project.owner("pat"))
}

fn reader(name: &str) -> Value {
    json!({"base_access_level": 10, "name": name, "read_code": true})
}

fn no_group() -> Outcome {
    message(404, "404 Group Not Found")
}

fn no_role() -> Outcome {
    message(404, "404 Member Role Not Found")
}

/// The number of a role that was just made.
fn made(outcome: &Outcome) -> i64 {
    assert_eq!(outcome.0, 201, "{}", outcome.1);
    serde_json::from_str::<Value>(&outcome.1).unwrap()["id"]
        .as_i64()
        .unwrap()
}

async fn names(stage: &Stage, by: &str, path: &str) -> Vec<String> {
    let roles = stage.by(by).get(path).await.expect(200).json();
    let roles = roles.as_array().unwrap().iter();
    roles.map(|role| role["name"].as_str().unwrap().to_owned()).collect()
}

async fn roles_are_for_owners_of_the_group_and_administrators(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let role = made(&stage.post("ann", ACME, reader("Reader")).await);
    let before = (stage.traces().await, stage.count("member_roles").await);
    for (by, group, refused) in [
        ("nobody", "acme", message(401, "401 Unauthorized")),
        ("nobody", "cafe", message(401, "401 Unauthorized")),
        ("sid", "acme", no_group()),
        ("sid", "nowhere", no_group()),
        ("sid", "cafe", forbidden()),
        ("gus", "acme", forbidden()),
        ("mel", "acme", forbidden()),
        ("mia", "acme", forbidden()),
        // Who owns a part sees no more of the group above, but for a project in it, and owns no more.
        ("olga", "acme", no_group()),
        ("pat", "acme", forbidden()),
        ("ann", "other", no_group()),
    ] {
        let path = format!("/groups/{group}/member_roles");
        let get = stage.by(by).get(&path).await;
        assert_eq!((get.status.as_u16(), get.text()), refused, "GET {by} {group}");
        assert_eq!(stage.post(by, &path, reader("New")).await, refused, "POST {by} {group}");
        let one = format!("{path}/{role}");
        assert_eq!(stage.delete(by, &one).await, refused, "DELETE {by} {group}");
    }
    assert_eq!((stage.traces().await, stage.count("member_roles").await), before);

    for by in ["ann", "lin", "root"] {
        assert_eq!(names(&stage, by, ACME).await, ["Reader"], "{by}");
        let role = made(&stage.post(by, ACME, reader("New")).await);
        let gone = stage.delete(by, &format!("{ACME}/{role}")).await;
        assert_eq!(gone, (204, String::new()), "{by}");
    }
    // The roles of a hierarchy are those of its top.
    assert_eq!(names(&stage, "olga", "/groups/acme%2Fsub/member_roles").await, [""; 0]);
    let below = stage
        .post("olga", "/groups/acme%2Fsub/member_roles", reader("New"))
        .await;
    assert_eq!(below, message(400, "Namespace must be top-level namespace"));
}

async fn parameters_are_judged_before_everything_else(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let level = "base_access_level does not have a valid value";
    for (body, text) in [
        (
            json!({}),
            "base_access_level is missing, base_access_level does not have a valid value",
        ),
        (json!({"base_access_level": null}), level),
        (json!({"base_access_level": ""}), level),
        (json!({"base_access_level": 25}), level),
        (json!({"base_access_level": 0}), level),
        (json!({"base_access_level": 60}), level),
        (json!({"base_access_level": "guest"}), "base_access_level is invalid"),
        (
            json!({"base_access_level": 10, "read_code": "perhaps"}),
            "read_code is invalid",
        ),
        (
            json!({"base_access_level": 25, "name": [], "admin_web_hook": "x", "remove_project": []}),
            "base_access_level does not have a valid value, name is invalid, admin_web_hook is invalid, remove_project is invalid",
        ),
    ] {
        for (by, group) in [("ann", "acme"), ("gus", "acme"), ("sid", "nowhere")] {
            let path = format!("/groups/{group}/member_roles");
            assert_eq!(
                stage.post(by, &path, body.clone()).await,
                error(400, text),
                "{by} {body}"
            );
        }
    }
    for (by, group) in [("ann", "acme"), ("gus", "acme"), ("sid", "nowhere")] {
        let path = format!("/groups/{group}/member_roles/reader");
        assert_eq!(
            stage.delete(by, &path).await,
            error(400, "member_role_id is invalid"),
            "{by}"
        );
    }
    assert_eq!(
        stage.post("nobody", ACME, json!({})).await,
        message(401, "401 Unauthorized")
    );
    assert_eq!(stage.count("member_roles").await, 0);
}

async fn a_role_object_says_of_every_permission_whether_it_is_held(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let body = "base_access_level=30&name=Auditor&description=Looks+on&read_code=t&remove_project=on&admin_runners=0&read_everything=true";
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = stage.by("ann").with(Method::POST, ACME, &form, body).await.expect(201);
    let role: Value = answer.json();
    let flags: Vec<String> = PERMISSIONS
        .iter()
        .map(|name| format!("\"{name}\":{}", ["read_code", "remove_project"].contains(name)))
        .collect();
    let expected = format!(
        "{{\"id\":{},\"group_id\":{},\"name\":\"Auditor\",\"description\":\"Looks on\",\"base_access_level\":30,{}}}",
        role["id"],
        stage.group("acme"),
        flags.join(",")
    );
    assert_eq!(answer.text(), expected);
    assert_eq!(
        stage.by("ann").get(ACME).await.expect(200).text(),
        format!("[{expected}]")
    );
    let plain = stage
        .post(
            "ann",
            ACME,
            json!({"base_access_level": "5", "name": "Plain", "description": null, "read_code": 1}),
        )
        .await;
    assert!(
        plain
            .1
            .contains("\"name\":\"Plain\",\"description\":null,\"base_access_level\":5,"),
        "{}",
        plain.1
    );
}

async fn a_role_without_a_name_is_named_after_its_level(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    for (base, name, expected) in [
        (5, json!(null), "Minimal Access - custom"),
        (10, json!(""), "Guest - custom"),
        (15, json!("  "), "Planner - custom"),
        (20, json!(null), "Reporter - custom"),
        (30, json!(null), "Developer - custom"),
        (40, json!(null), "Maintainer - custom"),
    ] {
        let body = json!({"base_access_level": base, "name": name, "read_code": true});
        let (status, text) = stage.post("ann", ACME, body.clone()).await;
        assert!(
            status == 201 && text.contains(&format!("\"name\":\"{expected}\"")),
            "{text}"
        );
        let again = stage.post("ann", ACME, body).await;
        assert_eq!(again, message(400, "Name has already been taken"));
    }
}

async fn each_fault_of_a_role_is_told_and_all_are_at_once(app: TestApp) {
    let stage = Stage::new(app, &place().role("acme", "Taken", level::GUEST)).await;
    let before = stage.traces().await;
    let none = "Cannot create a member role with no enabled permissions";
    let taken = "Name has already been taken";
    let owner = "Base access level is not included in the list";
    let below = "Namespace must be top-level namespace";
    let reading = "Read vulnerability has to be enabled in order to enable Admin vulnerability";
    let long = "x".repeat(256);
    for (group, body, text) in [
        ("acme", json!({"base_access_level": 10}), none.to_owned()),
        (
            "acme",
            json!({"base_access_level": 10, "read_code": false, "read_everything": true}),
            none.to_owned(),
        ),
        (
            "acme",
            json!({"base_access_level": 10, "name": "Taken", "read_code": true}),
            taken.to_owned(),
        ),
        (
            "acme",
            json!({"base_access_level": 50, "read_code": true}),
            owner.to_owned(),
        ),
        (
            "acme%2Fsub",
            json!({"base_access_level": 10, "name": "Taken", "read_code": true}),
            below.to_owned(),
        ),
        (
            "acme",
            json!({"base_access_level": 20, "admin_vulnerability": true}),
            reading.to_owned(),
        ),
        (
            "acme",
            json!({"base_access_level": 10, "name": "Taken"}),
            format!("{none}, {taken}"),
        ),
        (
            "acme",
            json!({"base_access_level": 50, "name": "Taken"}),
            format!("{none}, {taken}, {owner}"),
        ),
        (
            "acme%2Fsub",
            json!({"base_access_level": 10, "admin_vulnerability": true}),
            format!("{below}, {reading}"),
        ),
        (
            "acme",
            json!({"base_access_level": 10, "name": long, "description": long, "read_code": true}),
            "Name is too long (maximum is 255 characters), Description is too long (maximum is 255 characters)"
                .to_owned(),
        ),
    ] {
        let path = format!("/groups/{group}/member_roles");
        assert_eq!(
            stage.post("ann", &path, body.clone()).await,
            message(400, &text),
            "{body}"
        );
    }
    assert_eq!((stage.traces().await, stage.count("member_roles").await), (before, 1));
    for body in [
        json!({"base_access_level": 20, "name": "a", "admin_vulnerability": true, "read_vulnerability": true}),
        // Developers read vulnerabilities anyway.
        json!({"base_access_level": 30, "name": "b", "admin_vulnerability": true}),
        json!({"base_access_level": 10, "name": "ä".repeat(255), "description": "ä".repeat(255), "read_code": true}),
    ] {
        assert_eq!(stage.post("ann", ACME, body).await.0, 201);
    }
}

async fn a_group_has_ten_roles_at_most(app: TestApp) {
    let mut world = place().role("cafe", "Elsewhere", level::GUEST);
    for number in 0..9 {
        world = world.role("acme", &format!("Role {number}"), level::GUEST);
    }
    let stage = Stage::new(app, &world).await;
    let tenth = made(&stage.post("ann", ACME, reader("Tenth")).await);
    let full = "Namespace maximum number of Member Roles are already in use by the group hierarchy. Please delete an existing Member Role.";
    assert_eq!(stage.post("ann", ACME, reader("Eleventh")).await, message(400, full));
    let both = format!("Name has already been taken, {full}");
    assert_eq!(stage.post("ann", ACME, reader("Tenth")).await, message(400, &both));
    stage.delete("ann", &format!("{ACME}/{tenth}")).await;
    made(&stage.post("ann", ACME, reader("Eleventh")).await);
    assert_eq!(stage.count("member_roles").await, 11);
}

async fn names_are_used_once_in_a_group(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    made(&stage.post("ann", ACME, reader("Reader")).await);
    let taken = message(400, "Name has already been taken");
    assert_eq!(stage.post("ann", ACME, reader("Reader")).await, taken);
    made(&stage.post("ann", ACME, reader("reader")).await);
    made(&stage.post("ann", "/groups/cafe/member_roles", reader("Reader")).await);
}

async fn roles_are_listed_by_name_all_of_them(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    assert_eq!(stage.by("ann").get(ACME).await.expect(200).text(), "[]");
    for name in ["delta", "Echo", "alpha", "Bravo", "charlie"] {
        made(&stage.post("ann", ACME, reader(name)).await);
    }
    let answer = stage
        .by("ann")
        .get(&format!("{ACME}?per_page=2&page=2"))
        .await
        .expect(200);
    assert_eq!(answer.header("x-total"), "");
    let sorted = ["alpha", "Bravo", "charlie", "delta", "Echo"];
    assert_eq!(names(&stage, "ann", &format!("{ACME}?per_page=2&page=2")).await, sorted);
    let one = stage.by("otto").get("/groups/other/member_roles").await.expect(200);
    assert_eq!(one.statements, answer.statements);
}

async fn a_role_that_somebody_has_stays(app: TestApp) {
    let held = |name: &'static str| move |row: crate::support::world::Item| row.with_role(name);
    let world = World::new()
        .group("acme", |group| {
            group
                .owner("ann")
                .member("gus", level::GUEST, held("Active"))
                .member("wim", level::GUEST, |row| row.with_role("Awaiting").awaiting())
                .member("eva", level::GUEST, |row| row.with_role("Ended").until("2026-11-21"))
                .invited("ina@example.org", level::GUEST, held("Invited"))
        })
        .project("acme/app", |project| project.member("pia", level::GUEST, held("Below")))
        .role("acme", "Active", level::GUEST)
        .role("acme", "Awaiting", level::GUEST)
        .role("acme", "Ended", level::GUEST)
        .role("acme", "Invited", level::GUEST)
        .role("acme", "Below", level::GUEST);
    let stage = Stage::new(app, &world).await;
    let before = stage.traces().await;
    let text = "Role is assigned to one or more group members. Remove role from all group members, then delete role.";
    for role in 3001..=3005 {
        for by in ["ann", "root"] {
            let kept = stage.delete(by, &format!("{ACME}/{role}")).await;
            assert_eq!(kept, message(400, text), "{role}");
        }
    }
    assert_eq!((stage.traces().await, stage.count("member_roles").await), (before, 5));
    let gus = stage.member("/groups/acme", "gus");
    assert_eq!(
        stage
            .put("ann", &gus, json!({"access_level": 10, "member_role_id": ""}))
            .await
            .0,
        200
    );
    assert_eq!(stage.delete("ann", &format!("{ACME}/3001")).await, (204, String::new()));
    assert_eq!(stage.delete("ann", &format!("{ACME}/3001")).await, no_role());
}

async fn a_role_on_links_only_goes_and_the_links_lose_it(app: TestApp) {
    let link = |name: &'static str| move |link: crate::support::world::Item| link.with_role(name);
    let links = json!([{"provider": "main", "cn": "all", "access_level": 10, "member_role": "Directory"}]);
    let world = World::new()
        .group("friends", |group| group.owner("fay"))
        .group("acme", |group| {
            let group = group.owner("ann").set("ldap_links", links);
            group.share("friends", level::GUEST, link("Shared"))
        })
        .project("acme/app", |project| {
            project.share("friends", level::GUEST, link("Project"))
        })
        .role("acme", "Directory", level::GUEST)
        .role("acme", "Shared", level::GUEST)
        .role("acme", "Project", level::GUEST);
    let stage = Stage::new(app, &world).await;
    let tables = ["ldap_group_links", "group_shares", "project_shares"];
    for (role, table) in (3001..).zip(tables) {
        assert_eq!(stage.count(&format!("{table} WHERE member_role_id = {role}")).await, 1);
        assert_eq!(
            stage.delete("ann", &format!("{ACME}/{role}")).await,
            (204, String::new())
        );
        assert_eq!(
            stage.count(&format!("{table} WHERE member_role_id IS NULL")).await,
            1,
            "{table}"
        );
    }
    let group = stage.read("/groups/acme").await;
    assert_eq!(group["shared_with_groups"][0]["member_role_id"], Value::Null);
    let fay = stage
        .read(&format!("/groups/acme/members/all/{}", stage.number_of("fay")))
        .await;
    assert_eq!((&fay["access_level"], fay.get("member_role")), (&json!(10), None));
}

async fn a_role_of_another_group_is_not_there(app: TestApp) {
    let world = place()
        .role("cafe", "Elsewhere", level::GUEST)
        .role("acme", "Own", level::GUEST);
    let stage = Stage::new(app, &world).await;
    for (group, role) in [
        ("acme", "3001"),
        ("acme", "77"),
        ("acme", "0"),
        ("acme", "-3002"),
        ("acme%2Fsub", "3002"),
    ] {
        let path = format!("/groups/{group}/member_roles/{role}");
        assert_eq!(stage.delete("ann", &path).await, no_role(), "{path}");
        assert_eq!(stage.delete("root", &path).await, no_role(), "{path}");
    }
    assert_eq!(stage.count("member_roles").await, 2);
}

async fn roles_of_the_instance_are_not_served(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let path = "/member_roles";
    for (by, refused) in [
        ("nobody", message(401, "401 Unauthorized")),
        ("gus", message(400, "400 Bad request")),
        ("ann", message(400, "400 Bad request")),
        ("root", message(400, "400 Bad request")),
    ] {
        let get = stage.by(by).get(path).await;
        assert_eq!((get.status.as_u16(), get.text()), refused, "{by}");
        assert_eq!(stage.post(by, path, reader("Any")).await, refused, "{by}");
        assert_eq!(stage.post(by, path, json!({})).await, refused, "{by}");
        assert_eq!(stage.delete(by, "/member_roles/3001").await, refused, "{by}");
    }
    assert_eq!(stage.count("member_roles").await, 0);
}

async fn a_role_leaves_audit_events_and_no_change(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let body = json!({"base_access_level": 20, "name": "Auditor", "description": "Looks on", "read_code": true, "read_runners": true});
    let role = made(&stage.post("ann", ACME, body).await);
    let told = |event: Value| {
        let keys = [
            "event_name",
            "target_id",
            "target_type",
            "target_details",
            "custom_message",
            "member_role_id",
        ];
        let details = &event["details"];
        let words: Vec<_> = keys.iter().map(|key| details[key].clone()).collect();
        (
            event["event_name"].clone(),
            event["entity_type"].clone(),
            event["author_id"].clone(),
            words,
        )
    };
    let expected = |name: &str, text: &str| {
        let about = json!({"name": "Auditor", "description": "Looks on", "abilities": "read_code, read_runners"});
        let words = vec![
            json!(name),
            json!(role),
            json!("MemberRole"),
            about,
            json!(text),
            json!(role),
        ];
        (json!(name), json!("Group"), json!(stage.number_of("ann")), words)
    };
    let made = expected("member_role_created", "Member role was created");
    assert_eq!(told(stage.last_event("/groups/acme").await), made);
    stage.delete("ann", &format!("{ACME}/{role}")).await;
    let gone = expected("member_role_deleted", "Member role was deleted");
    assert_eq!(told(stage.last_event("/groups/acme").await), gone);
    assert_eq!(
        (stage.count("audit_events").await, stage.count("change_log").await),
        (2, 0)
    );
}

async fn a_role_takes_a_seat_by_what_it_adds(app: TestApp) {
    let world = World::new().group("acme", |group| {
        group
            .set("seats", json!({"exclude_guests": true}))
            .owner("ann")
            .guest("gus")
            .guest("hal")
    });
    let stage = Stage::new(app, &world).await;
    let reads = made(&stage.post("ann", ACME, reader("Reads")).await);
    let body = json!({"base_access_level": 10, "name": "Removes", "read_code": true, "remove_project": true});
    let removes = made(&stage.post("ann", ACME, body).await);
    for (user, role, takes) in [("gus", reads, false), ("hal", removes, true)] {
        let path = stage.member("/groups/acme", user);
        let given = stage
            .put("ann", &path, json!({"access_level": 10, "member_role_id": role}))
            .await;
        assert_eq!(given.0, 200, "{}", given.1);
        let list = stage
            .read(&format!(
                "/groups/acme/members?show_seat_info=true&user_ids={}",
                stage.number_of(user)
            ))
            .await;
        assert_eq!(list[0]["is_using_seat"], takes, "{user}");
    }
}

async fn a_role_is_made_once_under_a_key(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let headers = [("content-type", "application/json"), ("idempotency-key", "once")];
    let body = reader("Reader").to_string();
    let first = stage
        .by("ann")
        .with(Method::POST, ACME, &headers, body.clone())
        .await
        .expect(201);
    let again = stage
        .by("ann")
        .with(Method::POST, ACME, &headers, body)
        .await
        .expect(201);
    assert_eq!(first.text(), again.text());
    assert_eq!(
        (stage.count("member_roles").await, stage.count("audit_events").await),
        (1, 1)
    );
}
