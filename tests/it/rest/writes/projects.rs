//! `POST`, `PUT` and `DELETE` of `/projects`.

use axum::http::Method;
use serde_json::json;

use super::groups::{parsed, place};
use super::{Outcome, Stage, error, event_names, faults, faults_in_order, forbidden, message};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_project_is_made_in_ones_own_namespace_unless_said_otherwise,
    a_project_in_a_group_has_no_rows_of_its_own,
    who_may_make_a_project_where,
    a_name_and_a_path_are_made_of_each_other,
    each_fault_of_a_new_project_is_told,
    each_fault_of_a_changed_project_is_told,
    who_may_change_and_remove_a_project,
    a_changed_project_is_answered_and_told,
    a_project_is_made_once_under_a_key,
);

fn no_project() -> Outcome {
    message(404, "404 Project Not Found")
}

fn no_namespace() -> Outcome {
    faults(&json!({"namespace": ["is not valid"]}))
}

async fn a_project_is_made_in_ones_own_namespace_unless_said_otherwise(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let sid = stage.number_of("sid");
    let body =
        json!({"name": "My Tool", "description": "fine", "visibility": "public", "request_access_enabled": "false"});
    let made = parsed(&stage.post("sid", "/projects", body).await, 201);
    for (key, value) in [
        ("id", json!(2005)),
        ("name", json!("My Tool")),
        ("path", json!("my-tool")),
        ("path_with_namespace", json!("sid/my-tool")),
        ("name_with_namespace", json!("Sid / My Tool")),
        ("description", json!("fine")),
        ("visibility", json!("public")),
        ("request_access_enabled", json!(false)),
        ("creator_id", json!(sid)),
    ] {
        assert_eq!(made[key], value, "{key}");
    }
    assert_eq!(made["owner"]["username"], "sid");
    assert_eq!(made["namespace"]["id"], 1_000_000_000 + sid);
    assert_eq!(
        stage.count("members WHERE source_kind = 2 AND source_id = 2005").await,
        0
    );
    let all = stage.read("/projects/2005/members/all").await;
    assert_eq!(
        (&all[0]["username"], &all[0]["access_level"]),
        (&json!("sid"), &json!(50))
    );
    let named = json!({"path": "next", "namespace_id": 1_000_000_000 + sid});
    let made = parsed(&stage.post("sid", "/projects", named).await, 201);
    assert_eq!(
        (&made["visibility"], &made["request_access_enabled"]),
        (&json!("private"), &json!(true))
    );
    let event = stage.last_event("/projects/2005").await;
    assert_eq!(
        (&event["event_name"], &event["entity_type"]),
        (&json!("project_created"), &json!("Project"))
    );
    assert_eq!(event["details"]["custom_message"], "Added project");
}

async fn a_project_in_a_group_has_no_rows_of_its_own(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let body = json!({"name": "Fresh", "namespace_id": stage.group("acme/sub")});
    let made = parsed(&stage.post("dev", "/projects", body).await, 201);
    assert_eq!(made["path_with_namespace"], "acme/sub/fresh");
    assert!(made.get("owner").is_none());
    assert_eq!(stage.read("/projects/acme%2Fsub%2Ffresh/members").await, json!([]));
    assert_eq!(stage.by("olga").get("/projects/acme%2Fsub%2Ffresh").await.status, 200);
    super::removal::seats_are_right(&stage).await;
}

async fn who_may_make_a_project_where(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let (acme, cafe) = (stage.group("acme"), stage.group("cafe"));
    let own = |name: &str| 1_000_000_000 + stage.number_of(name);
    let unsigned = || message(401, "401 Unauthorized");
    for (by, namespace, expected) in [
        ("nobody", None, Err(unsigned())),
        ("nobody", Some(cafe), Err(unsigned())),
        ("exa", None, Err(no_namespace())),
        ("sid", Some(acme), Err(no_namespace())),
        ("sid", Some(cafe), Err(no_namespace())),
        ("sid", Some(0), Err(no_namespace())),
        ("sid", Some(-1), Err(no_namespace())),
        ("sid", Some(own("dev")), Err(no_namespace())),
        ("min", Some(acme), Err(no_namespace())),
        ("gus", Some(acme), Err(no_namespace())),
        ("pat", Some(acme), Err(no_namespace())),
        ("olga", Some(acme), Err(no_namespace())),
        ("dev", Some(acme), Ok(())),
        ("mia", Some(acme), Ok(())),
        ("lin", Some(acme), Ok(())),
        ("root", Some(acme), Ok(())),
        ("root", Some(own("sid")), Ok(())),
        ("gus", None, Ok(())),
    ] {
        let name = format!("x-{by}-{}", namespace.unwrap_or_default());
        let outcome = stage
            .post(by, "/projects", json!({"name": name, "namespace_id": namespace}))
            .await;
        match expected {
            Ok(()) => {
                parsed(&outcome, 201);
            }
            Err(refusal) => assert_eq!(outcome, refusal, "{by} {namespace:?}"),
        }
    }
    assert_eq!(stage.count("projects").await, 10);
}

async fn a_name_and_a_path_are_made_of_each_other(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    for (body, name, path) in [
        (json!({"name": "CLI & more!"}), "CLI & more!", "cli-more"),
        (json!({"path": "Pa.th"}), "Pa.th", "Pa.th"),
        (json!({"name": "Both", "path": "of-them"}), "Both", "of-them"),
        (json!({"name": "a_b C"}), "a_b C", "a_b-c"),
    ] {
        let made = parsed(&stage.post("sid", "/projects", body).await, 201);
        assert_eq!((&made["name"], &made["path"]), (&json!(name), &json!(path)));
    }
}

/// In GitLab's order, which an object made here would not keep.
fn taken(fields: &[&str]) -> Outcome {
    let faults: Vec<_> = fields.iter().map(|field| (*field, "has already been taken")).collect();
    faults_in_order(&faults)
}

fn taken_twice() -> Outcome {
    taken(&["project_namespace.name", "name", "path"])
}

async fn each_fault_of_a_new_project_is_told(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let (acme, club) = (stage.group("acme"), stage.group("club"));
    let before = stage.traces().await;
    let path = |text: &str| faults(&json!({"path": [text]}));
    for (body, expected) in [
        (
            json!({}),
            error(400, "name, path are missing, at least one parameter must be provided"),
        ),
        (
            json!({"visibility": "no", "namespace_id": "x"}),
            error(
                400,
                "name, path are missing, at least one parameter must be provided, namespace_id is invalid, visibility does not have a valid value",
            ),
        ),
        (json!({"name": "app", "namespace_id": acme}), taken_twice()),
        (
            json!({"name": "New", "path": "APP", "namespace_id": acme}),
            path("has already been taken"),
        ),
        (
            json!({"name": "New", "path": "sub", "namespace_id": acme}),
            path("has already been taken"),
        ),
        (
            json!({"name": "app", "path": "new", "namespace_id": acme}),
            taken(&["project_namespace.name", "name"]),
        ),
        (json!({"name": "日本"}), path("can't be blank")),
        (
            json!({"name": "New", "path": "x.atom"}),
            path(
                "can only include non-accented letters, digits, '_', '-' and '.'. It must not start with '-', '_', or '.', nor end with '-', '_', '.', '.git', or '.atom'.",
            ),
        ),
        (
            json!({"name": "New", "path": "x"}),
            path("is too short (minimum is 2 characters)"),
        ),
        (
            json!({"name": "", "path": "xx"}),
            faults(&json!({"name": ["can't be blank"]})),
        ),
        (
            json!({"name": "New", "visibility": "internal", "namespace_id": acme}),
            faults(&json!({"visibility_level": ["internal is not allowed in a private namespace."]})),
        ),
        (
            json!({"name": "New", "visibility": "public", "namespace_id": club}),
            faults(&json!({"visibility_level": ["public is not allowed in a internal namespace."]})),
        ),
    ] {
        assert_eq!(stage.post("ann", "/projects", body.clone()).await, expected, "{body}");
    }
    assert_eq!(stage.traces().await, before);
    // What is reserved at the top is free here.
    parsed(&stage.post("ann", "/projects", json!({"name": "api"})).await, 201);
}

async fn each_fault_of_a_changed_project_is_told(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let other = json!({"name": "Other", "namespace_id": stage.group("acme")});
    parsed(&stage.post("ann", "/projects", other).await, 201);
    let before = stage.traces().await;
    for (body, expected) in [
        (
            json!({}),
            error(
                400,
                "name, path, description, visibility, request_access_enabled are missing, at least one parameter must be provided",
            ),
        ),
        (
            json!({"unknown": 1}),
            error(
                400,
                "name, path, description, visibility, request_access_enabled are missing, at least one parameter must be provided",
            ),
        ),
        (
            json!({"visibility": "x"}),
            error(400, "visibility does not have a valid value"),
        ),
        (
            json!({"request_access_enabled": "x"}),
            error(400, "request_access_enabled is invalid"),
        ),
        (
            json!({"path": "OTHER"}),
            faults(&json!({"path": ["has already been taken"]})),
        ),
        (
            json!({"path": "sub"}),
            faults(&json!({"path": ["has already been taken"]})),
        ),
        (json!({"name": "Other", "path": "other"}), taken_twice()),
        (json!({"name": " "}), faults(&json!({"name": ["can't be blank"]}))),
        (
            json!({"visibility": "public"}),
            faults(&json!({"visibility_level": ["public is not allowed in a private namespace."]})),
        ),
    ] {
        assert_eq!(
            stage.put("mia", "/projects/acme%2Fapp", body.clone()).await,
            expected,
            "{body}"
        );
    }
    assert_eq!(stage.traces().await, before);
}

async fn who_may_change_and_remove_a_project(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let before = (stage.traces().await, stage.count("projects").await);
    let unsigned = message(401, "401 Unauthorized");
    for (by, project, put, delete) in [
        ("nobody", "cafe%2Fmenu", Some(unsigned.clone()), unsigned),
        ("sid", "acme%2Fapp", Some(no_project()), no_project()),
        ("sid", "nowhere%2Fat", Some(no_project()), no_project()),
        ("sid", "app", Some(no_project()), no_project()),
        ("sid", "0", Some(no_project()), no_project()),
        ("min", "acme%2Fapp", Some(no_project()), no_project()),
        ("sid", "cafe%2Fmenu", Some(forbidden()), forbidden()),
        ("gus", "acme%2Fapp", Some(forbidden()), forbidden()),
        ("dev", "acme%2Fapp", Some(forbidden()), forbidden()),
        ("dora", "acme%2Fsub%2Fdeep%2Flib", Some(forbidden()), forbidden()),
        ("mia", "acme%2Fapp", None, forbidden()),
        ("lin", "acme%2Fapp", None, forbidden()),
    ] {
        let path = format!("/projects/{project}");
        let outcome = stage.put(by, &path, json!({"description": ""})).await;
        match put {
            Some(refused) => assert_eq!(outcome, refused, "PUT {by} {project}"),
            None => {
                parsed(&outcome, 200);
            }
        }
        assert_eq!(stage.delete(by, &path).await, delete, "DELETE {by} {project}");
    }
    assert_eq!((stage.traces().await, stage.count("projects").await), before);
    for (by, project) in [
        ("pat", "acme%2Fapp"),
        ("olga", "acme%2Fsub%2Fdeep%2Flib"),
        ("sid", "sid%2Fown"),
        ("root", "cafe%2Fmenu"),
    ] {
        let path = format!("/projects/{project}");
        parsed(&stage.put(by, &path, json!({"description": "by hand"})).await, 200);
        assert_eq!(stage.delete(by, &path).await, message(202, "202 Accepted"), "{by}");
        assert_eq!(stage.delete(by, &path).await, no_project());
    }
    super::removal::seats_are_right(&stage).await;
}

async fn a_changed_project_is_answered_and_told(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let body = json!({"name": "Card", "path": "card", "description": "food", "visibility": "internal", "request_access_enabled": false});
    let changed = parsed(&stage.put("ann", "/projects/cafe%2Fmenu", body.clone()).await, 200);
    for (key, value) in body.as_object().unwrap() {
        assert_eq!(&changed[key], value, "{key}");
    }
    assert_eq!(changed["path_with_namespace"], "cafe/card");
    assert_eq!(changed["name_with_namespace"], "cafe / Card");
    assert!(changed.get("permissions").is_none());
    let events = stage.read("/projects/cafe%2Fcard/audit_events").await;
    assert_eq!(
        event_names(&events),
        json!([
            "project_name_updated",
            "project_path_updated",
            "project_visibility_level_updated",
            "project_request_access_enabled_updated"
        ])
    );
    assert_eq!(events[3]["details"]["custom_message"], "Changed name from menu to Card");
}

async fn a_project_is_made_once_under_a_key(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let headers = [("content-type", "application/json"), ("idempotency-key", "once")];
    let mut answers = Vec::new();
    for _ in 0..2 {
        let body = json!({"name": "Once"}).to_string();
        let answer = stage.by("sid").with(Method::POST, "/projects", &headers, body).await;
        answers.push((answer.status.as_u16(), answer.text()));
    }
    parsed(&answers[0], 201);
    assert_eq!(answers[0], answers[1]);
}
