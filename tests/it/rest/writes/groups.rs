//! `POST`, `PUT` and `DELETE` of `/groups`.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Outcome, Stage, error, event_names, faults, forbidden, message};
use crate::support::world::{Group, Item, World};
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    a_group_is_made_by_whoever_may_and_is_theirs,
    who_may_make_a_group_where,
    what_is_not_said_of_a_new_group_is_the_default,
    each_fault_of_a_new_group_is_told,
    each_fault_of_a_changed_group_is_told,
    who_may_change_and_remove_a_group,
    another_name_and_path_are_those_of_everything_below,
    settings_of_a_group_are_changed_and_told,
    a_change_of_nothing_leaves_nothing,
    a_path_is_taken_by_groups_users_and_projects_in_any_case,
    a_new_group_is_a_hierarchy_of_its_own,
    a_group_is_made_once_under_a_key,
);

pub(super) fn place() -> World {
    World::new()
        .user("sid", |user| user)
        .user("exa", Item::external)
        .group("allies", |group| group.owner("lin"))
        .group("acme", |group| {
            let group = group.owner("ann").maintainer("mia").developer("dev").guest("gus");
            group
                .member("min", level::MINIMAL, |row| row)
                .shared_with("allies", level::MAINTAINER)
        })
        .group("acme/sub", |group| group.owner("olga"))
        .group("acme/sub/deep", |group| group)
        .group("cafe", |group| group.public().owner("ann"))
        .group("cafe/bar", Group::public)
        .group("club", |group| group.internal().owner("ann"))
        .project("acme/app", |project| project.owner("pat"))
        .project("acme/sub/deep/lib", |project| project.developer("dora"))
        .project("cafe/menu", Group::public)
        .project("sid/own", |project| project)
}

fn new(name: &str, path: &str) -> Value {
    json!({"name": name, "path": path})
}

fn with(mut body: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

pub(super) fn no_group() -> Outcome {
    message(404, "404 Group Not Found")
}

fn not_saved(text: &str) -> Outcome {
    message(400, &format!("Failed to save group {text}"))
}

pub(super) fn parsed(outcome: &Outcome, status: u16) -> Value {
    assert_eq!(outcome.0, status, "{}", outcome.1);
    serde_json::from_str(&outcome.1).unwrap()
}

const BAD_PATH: &str = "can only include non-accented letters, digits, '_', '-' and '.'. It must not start with '-', '_', or '.', \
                        nor end with '-', '_', '.', '.git', or '.atom'.";

async fn a_group_is_made_by_whoever_may_and_is_theirs(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let body = with(
        new("New", "neW"),
        &json!({"description": "fine", "visibility": "internal"}),
    );
    let made = parsed(&stage.post("sid", "/groups", body).await, 201);
    let id = made["id"].as_i64().unwrap();
    assert_eq!(id, stage.group("club") + 1);
    for (key, value) in [
        ("name", json!("New")),
        ("path", json!("neW")),
        ("full_path", json!("neW")),
        ("full_name", json!("New")),
        ("description", json!("fine")),
        ("visibility", json!("internal")),
        ("parent_id", json!(null)),
        ("web_url", json!("https://roster.example/groups/neW")),
        ("request_access_enabled", json!(true)),
        ("membership_lock", json!(false)),
        ("prevent_sharing_groups_outside_hierarchy", json!(false)),
        ("allowed_email_domains_list", json!(null)),
        ("shared_with_groups", json!([])),
        ("projects", json!([])),
        ("shared_projects", json!([])),
    ] {
        assert_eq!(made[key], value, "{key}");
    }
    assert!(made.get("ldap_group_links").is_none());
    let members = stage.read(&format!("/groups/{id}/members")).await;
    assert_eq!(members.as_array().unwrap().len(), 1);
    assert_eq!(
        (&members[0]["username"], &members[0]["access_level"]),
        (&json!("sid"), &json!(50))
    );
    assert_eq!(members[0]["created_by"]["username"], "sid");
    assert_eq!(stage.read("/groups/NEW").await["id"], id);
    let events = stage.read(&format!("/groups/{id}/audit_events")).await;
    let names: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["event_name"])
        .collect();
    assert_eq!(names, ["member_created", "group_created"]);
    assert_eq!(events[1]["details"]["custom_message"], "Added group");
    assert_eq!(stage.count("change_log").await, 1);
    assert_eq!(stage.count("outbox").await, 0);
    let billable = stage.read(&format!("/groups/{id}/billable_members")).await;
    assert_eq!(billable[0]["username"], "sid");

    let body = with(new("Below", "below"), &json!({ "parent_id": id }));
    let below = parsed(&stage.post("sid", "/groups", body).await, 201);
    assert_eq!(below["full_path"], "neW/below");
    assert_eq!(below["full_name"], "New / Below");
    assert_eq!(below["parent_id"], id);
    assert!(below.get("prevent_sharing_groups_outside_hierarchy").is_none());
    assert_eq!(stage.level("/groups/new%2Fbelow", "sid").await, Some(50));
}

async fn who_may_make_a_group_where(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let (acme, cafe) = (stage.group("acme"), stage.group("cafe"));
    let refused = |text: &str| message(403, text);
    for (by, parent, expected) in [
        ("nobody", None, Err(message(401, "401 Unauthorized"))),
        ("nobody", Some(acme), Err(message(401, "401 Unauthorized"))),
        ("exa", None, Err(refused("403 Forbidden"))),
        ("sid", Some(acme), Err(no_group())),
        ("sid", Some(0), Err(no_group())),
        ("sid", Some(987), Err(no_group())),
        ("sid", Some(cafe), Err(forbidden())),
        ("exa", Some(cafe), Err(forbidden())),
        ("min", Some(acme), Err(no_group())),
        ("gus", Some(acme), Err(forbidden())),
        ("dev", Some(acme), Err(forbidden())),
        ("pat", Some(acme), Err(forbidden())),
        // Who has a project below sees the group, and no more.
        ("olga", Some(acme), Err(forbidden())),
        ("mia", Some(acme), Ok(())),
        ("lin", Some(acme), Ok(())),
        ("ann", Some(acme), Ok(())),
        ("root", Some(acme), Ok(())),
        ("sid", None, Ok(())),
        ("gus", None, Ok(())),
        ("root", None, Ok(())),
    ] {
        let name = format!("x-{by}-{}", parent.unwrap_or_default());
        let body = with(new(&name, &name), &json!({ "parent_id": parent }));
        let before = stage.traces().await;
        let outcome = stage.post(by, "/groups", body).await;
        match expected {
            Ok(()) => {
                parsed(&outcome, 201);
            }
            Err(refusal) => {
                assert_eq!(outcome, refusal, "{by} {parent:?}");
                assert_eq!(stage.traces().await, before);
            }
        }
    }
    assert_eq!(stage.level("/groups/acme%2Fx-lin-1002", "lin").await, Some(50));
}

async fn what_is_not_said_of_a_new_group_is_the_default(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let body = with(
        new("A", "aa"),
        &json!({"membership_lock": "1", "share_with_group_lock": true, "request_access_enabled": "no", "unknown": [1],
               "prevent_sharing_groups_outside_hierarchy": true, "allowed_email_domains_list": "a.example", "parent_id": ""}),
    );
    let made = parsed(&stage.post("sid", "/groups", body).await, 201);
    assert_eq!(made["visibility"], "private");
    assert_eq!(
        (&made["membership_lock"], &made["share_with_group_lock"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(made["request_access_enabled"], false);
    assert_eq!(made["prevent_sharing_groups_outside_hierarchy"], false);
    assert_eq!(made["allowed_email_domains_list"], json!(null));
}

async fn each_fault_of_a_new_group_is_told(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let (acme, club) = (stage.group("acme"), stage.group("club"));
    let long = "x".repeat(256);
    let before = stage.traces().await;
    for (body, expected) in [
        (json!({}), error(400, "name is missing, path is missing")),
        (json!({"name": "A"}), error(400, "path is missing")),
        (
            with(new("A", "aa"), &json!({"visibility": "secret", "parent_id": "x"})),
            error(400, "parent_id is invalid, visibility does not have a valid value"),
        ),
        (
            with(new("A", "aa"), &json!({"membership_lock": "maybe"})),
            error(400, "membership_lock is invalid"),
        ),
        (new("A", "ACME"), not_saved("{:path=>[\"has already been taken\"]}")),
        (new("A", "Sid"), not_saved("{:path=>[\"has already been taken\"]}")),
        (
            new("A", "a"),
            not_saved("{:path=>[\"is too short (minimum is 2 characters)\"]}"),
        ),
        (new("A", ""), not_saved("{:path=>[\"can't be blank\"]}")),
        (
            new("A", &long),
            not_saved("{:path=>[\"is too long (maximum is 255 characters)\"]}"),
        ),
        (new("A", "a--b"), not_saved(&format!("{{:path=>[\"{BAD_PATH}\"]}}"))),
        (new("A", "a/b"), not_saved(&format!("{{:path=>[\"{BAD_PATH}\"]}}"))),
        (new("A", "x.git"), not_saved(&format!("{{:path=>[\"{BAD_PATH}\"]}}"))),
        (new("A", "Users"), not_saved("{:path=>[\"is a reserved name\"]}")),
        (new("A", "-"), not_saved("{:path=>[\"is a reserved name\"]}")),
        (new(" ", "aa"), not_saved("{:name=>[\"can't be blank\"]}")),
        (
            json!({"name": null, "path": "aa"}),
            not_saved("{:name=>[\"can't be blank\"]}"),
        ),
        (
            new(&long, "aa"),
            not_saved("{:name=>[\"is too long (maximum is 255 characters)\"]}"),
        ),
        (
            with(new("sub", "new"), &json!({ "parent_id": acme })),
            not_saved("{:name=>[\"has already been taken\"]}"),
        ),
        (
            with(new("A", "APP"), &json!({ "parent_id": acme })),
            not_saved("{:path=>[\"has already been taken\"]}"),
        ),
        (
            with(new("A", "aa"), &json!({"parent_id": acme, "visibility": "public"})),
            not_saved(
                "{:visibility_level=>[\"public is not allowed since the parent group has a private visibility.\"]}",
            ),
        ),
        (
            with(new("A", "aa"), &json!({"parent_id": club, "visibility": "public"})),
            not_saved(
                "{:visibility_level=>[\"public is not allowed since the parent group has a internal visibility.\"]}",
            ),
        ),
        (
            with(new("", "acme"), &json!({})),
            not_saved("{:name=>[\"can't be blank\"], :path=>[\"has already been taken\"]}"),
        ),
    ] {
        assert_eq!(stage.post("ann", "/groups", body.clone()).await, expected, "{body}");
    }
    assert_eq!(stage.traces().await, before);
    // At the top a name may come twice, and below it what is reserved there.
    parsed(&stage.post("ann", "/groups", new("acme", "other")).await, 201);
    let below = with(new("Users", "users"), &json!({ "parent_id": acme }));
    parsed(&stage.post("ann", "/groups", below).await, 201);
}

async fn each_fault_of_a_changed_group_is_told(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let before = stage.traces().await;
    let visible = |text: &str| faults(&json!({"visibility_level": [text]}));
    let path = |text: &str| faults(&json!({"path": [text]}));
    for (group, body, expected) in [
        (
            "acme",
            json!({"visibility": ""}),
            error(400, "visibility does not have a valid value"),
        ),
        ("acme", json!({"path": ["x"]}), error(400, "path is invalid")),
        ("acme", json!({"path": "CAFE"}), path("has already been taken")),
        ("acme", json!({"path": "dev"}), path("has already been taken")),
        ("acme", json!({"path": "api"}), path("is a reserved name")),
        ("acme", json!({"path": "a_"}), path(BAD_PATH)),
        (
            "acme",
            json!({"path": "x"}),
            path("is too short (minimum is 2 characters)"),
        ),
        ("acme%2Fsub", json!({"path": "app"}), path("has already been taken")),
        (
            "acme",
            json!({"name": ""}),
            faults(&json!({"name": ["can't be blank"]})),
        ),
        (
            "acme",
            json!({"name": "", "path": ""}),
            faults(&json!({"name": ["can't be blank"], "path": ["can't be blank"]})),
        ),
        (
            "acme%2Fsub",
            json!({"visibility": "public"}),
            visible("public is not allowed since the parent group has a private visibility."),
        ),
        (
            "cafe%2Fbar",
            json!({"name": "bar", "visibility": "private", "allowed_email_domains_list": "a.example"}),
            faults(&json!({"allowed_email_domains": ["are only permitted for top-level groups"]})),
        ),
        (
            "cafe",
            json!({"visibility": "internal"}),
            faults(&json!({"visibility_level": [
                "internal is not allowed since this group contains projects with higher visibility.",
                "internal is not allowed since there are sub-groups with higher visibility.",
            ]})),
        ),
    ] {
        let path = format!("/groups/{group}");
        assert_eq!(stage.put("ann", &path, body.clone()).await, expected, "{group} {body}");
    }
    assert_eq!(stage.traces().await, before);
    parsed(&stage.delete("ann", "/projects/cafe%2Fmenu").await, 202);
    assert_eq!(
        stage.put("ann", "/groups/cafe", json!({"visibility": "private"})).await,
        visible("private is not allowed since there are sub-groups with higher visibility.")
    );
    parsed(
        &stage
            .put("ann", "/groups/cafe%2Fbar", json!({"visibility": "internal"}))
            .await,
        200,
    );
    parsed(
        &stage
            .put("ann", "/groups/cafe", json!({"visibility": "internal"}))
            .await,
        200,
    );
}

async fn who_may_change_and_remove_a_group(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let before = stage.traces().await;
    for (by, group, refused) in [
        ("nobody", "cafe", message(401, "401 Unauthorized")),
        ("sid", "acme", no_group()),
        ("sid", "nowhere", no_group()),
        ("sid", "cafe", forbidden()),
        ("exa", "club", no_group()),
        ("min", "acme", no_group()),
        ("gus", "acme", forbidden()),
        ("dev", "acme", forbidden()),
        ("mia", "acme", forbidden()),
        ("lin", "acme", forbidden()),
        ("pat", "acme", forbidden()),
        ("olga", "acme", forbidden()),
    ] {
        let path = format!("/groups/{group}");
        let put = stage.put(by, &path, json!({"name": "X"})).await;
        assert_eq!(put, refused, "PUT {by} {group}");
        assert_eq!(stage.delete(by, &path).await, refused, "DELETE {by} {group}");
    }
    assert_eq!(stage.traces().await, before);
    for (by, group) in [("olga", "acme%2Fsub"), ("ann", "acme%2Fsub%2Fdeep"), ("root", "acme")] {
        let path = format!("/groups/{group}");
        parsed(&stage.put(by, &path, json!({"description": "by hand"})).await, 200);
    }
    for (by, group) in [("olga", "acme%2Fsub%2Fdeep"), ("ann", "acme%2Fsub"), ("root", "acme")] {
        let path = format!("/groups/{group}");
        assert_eq!(stage.delete(by, &path).await, message(202, "202 Accepted"));
        assert_eq!(stage.delete(by, &path).await, no_group());
    }
}

async fn another_name_and_path_are_those_of_everything_below(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let group = parsed(
        &stage
            .put("ann", "/groups/acme", json!({"name": "Emca", "path": "Neu"}))
            .await,
        200,
    );
    assert_eq!(
        (&group["full_path"], &group["full_name"]),
        (&json!("Neu"), &json!("Emca"))
    );
    let deep = stage.read("/groups/neu%2Fsub%2FDEEP").await;
    assert_eq!(deep["full_path"], "Neu/sub/deep");
    assert_eq!(deep["full_name"], "Emca / sub / deep");
    let lib = stage.read("/projects/neu%2Fsub%2Fdeep%2Flib").await;
    assert_eq!(lib["path_with_namespace"], "Neu/sub/deep/lib");
    assert_eq!(lib["name_with_namespace"], "Emca / sub / deep / lib");
    for old in ["acme", "acme%2Fsub", "acme%2Fsub%2Fdeep"] {
        let answer = stage.app.admin().get(&format!("/groups/{old}")).await;
        assert_eq!((answer.status.as_u16(), answer.text()), no_group(), "{old}");
    }
    // The middle of a path, by a name alone, and back again.
    parsed(
        &stage.put("olga", "/groups/neu%2Fsub", json!({"path": "Größe"})).await,
        400,
    );
    parsed(
        &stage
            .put("olga", "/groups/neu%2Fsub", json!({"name": "Größe", "path": "s.u_b"}))
            .await,
        200,
    );
    let lib = stage.read("/projects/neu%2Fs.u_b%2Fdeep%2Flib").await;
    assert_eq!(lib["name_with_namespace"], "Emca / Größe / deep / lib");
    parsed(
        &stage
            .put("olga", "/groups/neu%2Fs.u_b", json!({"name": "sub", "path": "sub"}))
            .await,
        200,
    );
    parsed(
        &stage
            .put("ann", "/groups/neu", json!({"name": "acme", "path": "acme"}))
            .await,
        200,
    );
    let (mut before, mut after) = (stage.world.clone(), stage.app.export().await);
    for world in [&mut before, &mut after] {
        world["groups"]
            .as_array_mut()
            .unwrap()
            .retain(|group| group["path"] == "acme/sub/deep");
        world["groups"][0]
            .as_object_mut()
            .unwrap()
            .retain(|key, _| ["id", "path", "name"].contains(&&**key));
    }
    assert_eq!(before["groups"], after["groups"]);
    assert_eq!(stage.count("path_redirects WHERE path_key LIKE 'acme/%'").await, 0);
    // Another case is the same place.
    parsed(&stage.put("ann", "/groups/acme", json!({"path": "ACME"})).await, 200);
    assert_eq!(
        stage.read("/projects/acme%2Fapp").await["path_with_namespace"],
        "ACME/app"
    );
}

async fn settings_of_a_group_are_changed_and_told(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let body = json!({
        "description": "text", "visibility": "public", "membership_lock": true, "share_with_group_lock": true,
        "request_access_enabled": false, "prevent_sharing_groups_outside_hierarchy": true,
        "allowed_email_domains_list": " a.example,b.example ,",
    });
    let group = parsed(&stage.put("ann", "/groups/acme", body.clone()).await, 200);
    for (key, value) in body.as_object().unwrap() {
        let expected = if key == "allowed_email_domains_list" {
            &json!("a.example,b.example")
        } else {
            value
        };
        assert_eq!(&group[key], expected, "{key}");
    }
    let events = stage.read("/groups/acme/audit_events").await;
    assert_eq!(
        event_names(&events),
        json!([
            "group_visibility_level_updated",
            "group_request_access_enabled_updated",
            "group_membership_lock_updated",
            "group_share_with_group_lock_updated",
            "prevent_sharing_groups_outside_hierarchy_updated",
            "allowed_email_domain_updated",
        ])
    );
    let last = &events[events.as_array().unwrap().len() - 1]["details"];
    assert_eq!(last["custom_message"], "Changed visibility from private to public");
    assert_eq!(
        (&last["change"], &last["from"], &last["to"]),
        (&json!("visibility"), &json!("private"), &json!("public"))
    );
    let cleared = parsed(
        &stage
            .put("ann", "/groups/acme", json!({"allowed_email_domains_list": ""}))
            .await,
        200,
    );
    assert_eq!(cleared["allowed_email_domains_list"], json!(null));
    // Below the top it says nothing.
    let below = json!({"prevent_sharing_groups_outside_hierarchy": true});
    parsed(&stage.put("ann", "/groups/acme%2Fsub", below).await, 200);
    assert_eq!(
        stage
            .count("namespaces WHERE prevent_sharing_groups_outside_hierarchy")
            .await,
        1
    );
}

async fn a_change_of_nothing_leaves_nothing(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let before = (stage.traces().await, stage.read("/groups/acme").await);
    for body in [
        json!({}),
        json!({"name": "acme", "path": "acme", "visibility": "private", "path ": "x"}),
    ] {
        let group = parsed(&stage.put("ann", "/groups/acme", body).await, 200);
        assert_eq!(group["full_path"], "acme");
    }
    assert_eq!((stage.traces().await, stage.read("/groups/acme").await), before);
}

async fn a_path_is_taken_by_groups_users_and_projects_in_any_case(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let acme = stage.group("acme");
    for (parent, path) in [
        (None, "Acme"),
        (None, "SID"),
        (None, "root"),
        (Some(acme), "SUB"),
        (Some(acme), "App"),
    ] {
        let body = with(new("Free", path), &json!({ "parent_id": parent }));
        let taken = not_saved("{:path=>[\"has already been taken\"]}");
        assert_eq!(stage.post("root", "/groups", body).await, taken, "{path}");
    }
    for (parent, path) in [(None, "sub"), (None, "app"), (Some(acme), "acme"), (Some(acme), "sid")] {
        let body = with(new(&format!("Free {path}"), path), &json!({ "parent_id": parent }));
        parsed(&stage.post("root", "/groups", body).await, 201);
    }
}

async fn a_new_group_is_a_hierarchy_of_its_own(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let made = parsed(&stage.post("sid", "/groups", new("N", "nn")).await, 201);
    let id = made["id"].as_i64().unwrap();
    let add = |user: &str| json!({"user_id": stage.number_of(user), "access_level": 30});
    let path = format!("/groups/{id}/members");
    parsed(&stage.post("sid", &path, add("gus")).await, 201);
    let share = json!({"group_id": stage.group("acme"), "group_access": 20});
    parsed(&stage.post("root", &format!("/groups/{id}/share"), share).await, 201);
    let billable = stage.read(&format!("/groups/{id}/billable_members?per_page=100")).await;
    let names = billable
        .as_array()
        .unwrap()
        .iter()
        .map(|member| member["username"].as_str().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    assert_eq!(names, ["ann", "dev", "gus", "mia", "sid"]);
    super::removal::seats_are_right(&stage).await;
    let log = stage.count(&format!("change_log WHERE root_id = {id}")).await;
    assert_eq!(log, 3);
}

async fn a_group_is_made_once_under_a_key(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let headers = [("content-type", "application/json"), ("idempotency-key", "once")];
    let mut answers = Vec::new();
    for _ in 0..2 {
        let body = new("N", "nn").to_string();
        let answer = stage.by("sid").with(Method::POST, "/groups", &headers, body).await;
        answers.push((answer.status.as_u16(), answer.text()));
    }
    parsed(&answers[0], 201);
    assert_eq!(answers[0], answers[1]);
    let headers = [("idempotency-key", "gone")];
    for _ in 0..2 {
        let answer = stage.by("sid").with(Method::DELETE, "/groups/nn", &headers, "").await;
        assert_eq!((answer.status.as_u16(), answer.text()), message(202, "202 Accepted"));
    }
}
