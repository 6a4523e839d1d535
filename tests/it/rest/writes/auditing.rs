//! What a change leaves behind, and who may read it.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::super::each;
use super::{Stage, error, forbidden, message, no_row};
use crate::support::world::World;
use crate::support::{TestApp, now, on_both_databases};

on_both_databases!(
    every_change_has_its_entry_with_all_its_details,
    an_entry_has_its_fields_in_order,
    mail_goes_to_who_is_told,
    who_may_read_which_entries,
    a_list_is_paged_by_number_and_by_cursor,
    a_list_is_narrowed_by_time,
    administrators_read_the_whole_instance,
);

fn world() -> World {
    World::new()
        .user("bob", |user| user.set("name", "Bob Bell"))
        .group("acme", |group| {
            group
                .owner("ann")
                .maintainer("mia")
                .maintainer("mio")
                .developer("dan")
                .developer("dev")
                .reporter("rep")
                .guest("gus")
        })
        .project("acme/p", |project| project.public().maintainer("pam").developer("pat"))
        .role("acme", "Reader", 10)
        .user("sid", |user| user)
}

async fn every_change_has_its_entry_with_all_its_details(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let bob = stage.member("/groups/acme", "bob");
    let number = stage.number_of("bob");
    let body = json!({"username": "bob", "access_level": 30, "expires_at": "2030-01-01"});
    stage.by("ann").post("/groups/acme/members", &body).await.expect(201);
    let created = stage.last_event("/groups/acme").await;
    let row = created["details"]["member_id"].clone();
    assert!(row.is_i64(), "{created}");
    let common = |event: &str, text: &str| {
        json!({
            "event_name": event, "author_name": "Ann", "author_class": "User", "author_email": "ann@example.com",
            "target_id": number, "target_type": "User", "target_details": "Bob Bell", "custom_message": text,
            "ip_address": null, "entity_path": "acme", "member_id": row, "member_role_id": null,
        })
    };
    let with = |mut details: Value, more: Value| {
        for (key, value) in more.as_object().unwrap() {
            details[key] = value.clone();
        }
        details
    };
    assert_eq!(created["author_id"], stage.number_of("ann"));
    assert_eq!(
        (&created["entity_id"], &created["entity_type"]),
        (&json!(1001), &json!("Group"))
    );
    let as_developer = "Default role: Developer";
    assert_eq!(
        created["details"],
        with(
            common("member_created", "Membership created"),
            json!({"add": "user_access", "as": as_developer})
        )
    );

    stage
        .by("ann")
        .put(&bob, &json!({"access_level": 20, "expires_at": ""}))
        .await
        .expect(200);
    let updated = stage.last_event("/groups/acme").await;
    assert_eq!(
        updated["details"],
        with(
            common("member_updated", "Membership updated"),
            json!({
                "change": "access_level", "from": as_developer, "to": "Default role: Reporter", "as": "Default role: Reporter",
                "expiry_from": "2030-01-01", "expiry_to": null,
            })
        )
    );
    let role = json!({"access_level": 10, "member_role_id": 3001, "expires_at": "2031-01-01"});
    stage.by("ann").put(&bob, &role).await.expect(200);
    let updated = &stage.last_event("/groups/acme").await["details"];
    assert_eq!(
        (&updated["to"], &updated["member_role_id"]),
        (&json!("Custom role: Reader"), &json!(3001))
    );
    assert_eq!(
        (&updated["expiry_from"], &updated["expiry_to"]),
        (&Value::Null, &json!("2031-01-01"))
    );

    stage.by("ann").delete(&bob).await.expect(204);
    let destroyed = stage.last_event("/groups/acme").await;
    assert_eq!(
        destroyed["details"],
        with(
            common("member_destroyed", "Membership destroyed"),
            json!({"remove": "user_access", "as": "Custom role: Reader", "member_role_id": 3001})
        )
    );
    let body = json!({"username": "bob", "access_level": 30});
    stage
        .by("pam")
        .post("/projects/acme%2Fp/members", &body)
        .await
        .expect(201);
    let of_project = stage.last_event("/projects/acme%2Fp").await;
    assert_eq!(
        (&of_project["entity_type"], &of_project["entity_id"]),
        (&json!("Project"), &json!(2001))
    );
    assert_eq!(of_project["details"]["entity_path"], "acme/p");
    assert_eq!(
        stage
            .count("audit_events WHERE door = 'rest' AND request_id IS NOT NULL")
            .await,
        5
    );
    assert_eq!(stage.count("change_log").await, 5);
}

async fn an_entry_has_its_fields_in_order(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let body = json!({"username": "bob", "access_level": 30});
    stage.by("ann").post("/groups/acme/members", &body).await.expect(201);
    let id = stage.last_event("/groups/acme").await["id"].clone();
    let text = stage
        .by("ann")
        .get(&format!("/groups/acme/audit_events/{id}"))
        .await
        .expect(200)
        .text();
    let places: Vec<_> = [
        "id",
        "author_id",
        "entity_id",
        "entity_type",
        "event_name",
        "details",
        "created_at",
    ]
    .map(|name| text.find(&format!("\"{name}\":")).expect(name))
    .into();
    assert!(places.is_sorted(), "{text}");
    assert!(text.ends_with("\"created_at\":\"2026-11-21T12:00:00.000Z\"}"), "{text}");
}

async fn mail_goes_to_who_is_told(app: TestApp) {
    let world = world()
        .user("bot", |user| user.set("user_type", "service_account"))
        .user("blk", |user| user.set("state", "blocked"));
    let stage = Stage::new(app, &world).await;
    let kinds = async |kind: &str| stage.count(&format!("outbox WHERE kind = '{kind}'")).await;
    let all = async || {
        [
            kinds("access_granted").await,
            kinds("expiry_changed").await,
            kinds("expiry_removed").await,
        ]
    };
    let group = stage.member("/groups/acme", "bob");
    let project = stage.member("/projects/acme%2Fp", "bob");
    for (path, body, expected) in [
        (
            "/groups/acme/members",
            json!({"username": "bob", "access_level": 20}),
            [1, 0, 0],
        ),
        (
            group.as_str(),
            json!({"access_level": 20, "expires_at": "2030-01-01"}),
            [1, 1, 0],
        ),
        (group.as_str(), json!({"access_level": 20, "expires_at": ""}), [1, 1, 1]),
        (
            group.as_str(),
            json!({"access_level": 30, "expires_at": "2030-01-01"}),
            [2, 1, 1],
        ),
        (
            "/projects/acme%2Fp/members",
            json!({"username": "bob", "access_level": 30}),
            [3, 1, 1],
        ),
        (
            project.as_str(),
            json!({"access_level": 30, "expires_at": "2030-01-01"}),
            [3, 1, 1],
        ),
        (project.as_str(), json!({"access_level": 40}), [4, 1, 1]),
        (
            "/groups/acme/members",
            json!({"username": "blk", "access_level": 20}),
            [4, 1, 1],
        ),
        (
            "/groups/acme/members",
            json!({"username": "blk", "access_level": 77}),
            [4, 1, 1],
        ),
    ] {
        let ann = stage.by("ann");
        if path.ends_with("/members") {
            ann.post(path, &body).await;
        } else {
            ann.put(path, &body).await.expect(200);
        }
        assert_eq!(all().await, expected, "{path} {body}");
    }
    stage.by("ann").delete(&group).await.expect(204);
    assert_eq!(all().await, [4, 1, 1], "none to who is removed");
}

async fn who_may_read_which_entries(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    // One act of the owner, one of a maintainer of the project.
    stage
        .by("ann")
        .post("/groups/acme/members", &json!({"username": "bob", "access_level": 10}))
        .await
        .expect(201);
    for (by, who) in [("ann", "bob"), ("pam", "sid")] {
        let body = json!({"username": who, "access_level": 10});
        stage.by(by).post("/projects/acme%2Fp/members", &body).await.expect(201);
    }
    stage
        .by("sid")
        .delete(&stage.member("/projects/acme%2Fp", "sid"))
        .await
        .expect(204);
    stage
        .by("dan")
        .delete(&stage.member("/groups/acme", "dan"))
        .await
        .expect(204);
    let again = json!({"username": "dan", "access_level": 30});
    stage.by("ann").post("/groups/acme/members", &again).await.expect(201);
    let (of_group, of_project) = ("/groups/acme/audit_events", "/projects/acme%2Fp/audit_events");
    for (by, path, expected) in [
        ("nobody", of_group, Err(message(401, "401 Unauthorized"))),
        ("nobody", of_project, Err(message(401, "401 Unauthorized"))),
        ("sid", of_group, Err(message(404, "404 Group Not Found"))),
        ("sid", of_project, Err(forbidden())),
        ("gus", of_group, Err(forbidden())),
        ("rep", of_group, Err(forbidden())),
        ("gus", of_project, Err(forbidden())),
        ("dan", of_group, Ok(1)),
        ("dev", of_group, Ok(0)),
        ("mia", of_group, Ok(0)),
        ("ann", of_group, Ok(3)),
        ("root", of_group, Ok(3)),
        ("pat", of_project, Ok(0)),
        ("dan", of_project, Ok(0)),
        ("pam", of_project, Ok(3)),
        ("mia", of_project, Ok(3)),
        ("ann", of_project, Ok(3)),
        ("root", of_project, Ok(3)),
        (
            "ann",
            "/groups/nowhere/audit_events",
            Err(message(404, "404 Group Not Found")),
        ),
        (
            "ann",
            "/projects/acme%2Fq/audit_events",
            Err(message(404, "404 Project Not Found")),
        ),
        ("nobody", "/audit_events", Err(message(401, "401 Unauthorized"))),
        ("ann", "/audit_events", Err(forbidden())),
        ("root", "/audit_events", Ok(6)),
    ] {
        let answer = stage.by(by).get(path).await;
        match expected {
            Ok(rows) => {
                let list = answer.expect(200).json();
                assert_eq!(list.as_array().unwrap().len(), rows, "{by} {path}: {list}");
            }
            Err(refusal) => assert_eq!((answer.status.as_u16(), answer.text()), refusal, "{by} {path}"),
        }
    }
    let ids = each(&stage.read(of_group).await, "id");
    let (newest, of_dan) = (ids[0].to_string(), ids[1].to_string());
    let of_p = each(&stage.read(of_project).await, "id")[0].to_string();
    for (by, id, expected) in [
        ("ann", newest.as_str(), None),
        ("dan", of_dan.as_str(), None),
        ("dan", newest.as_str(), Some(no_row())),
        ("mia", of_dan.as_str(), Some(no_row())),
        ("gus", of_dan.as_str(), Some(forbidden())),
        ("ann", of_p.as_str(), Some(no_row())),
        ("ann", "0", Some(no_row())),
        ("ann", "word", Some(error(400, "audit_event_id is invalid"))),
    ] {
        let answer = stage.by(by).get(&format!("{of_group}/{id}")).await;
        match expected {
            None => assert_eq!(answer.expect(200).json()["id"].to_string(), id),
            Some(refusal) => assert_eq!((answer.status.as_u16(), answer.text()), refusal, "{by} {id}"),
        }
    }
}

/// Seven changes, an hour apart.
async fn a_day_of_changes(stage: &Stage) -> Vec<Value> {
    let bob = stage.member("/groups/acme", "bob");
    stage
        .by("ann")
        .post("/groups/acme/members", &json!({"username": "bob", "access_level": 10}))
        .await
        .expect(201);
    for (hour, level) in (1..7).zip([20, 30, 20, 30, 20, 30]) {
        stage.app.clock.set(now() + TimeDelta::hours(hour));
        stage
            .by("ann")
            .put(&bob, &json!({"access_level": level}))
            .await
            .expect(200);
    }
    each(&stage.read("/groups/acme/audit_events").await, "id")
}

async fn a_list_is_paged_by_number_and_by_cursor(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let ids = a_day_of_changes(&stage).await;
    assert!(
        ids.is_sorted_by_key(|id| -id.as_i64().unwrap()) && ids.len() == 7,
        "{ids:?}"
    );
    for (path, by) in [("/groups/acme/audit_events", "ann"), ("/audit_events", "root")] {
        let second = stage.by(by).get(&format!("{path}?per_page=3&page=2")).await.expect(200);
        assert_eq!(each(&second.json(), "id"), ids[3..6]);
        let headers = [
            "x-page",
            "x-per-page",
            "x-next-page",
            "x-prev-page",
            "x-total",
            "x-total-pages",
        ];
        assert_eq!(headers.map(|name| second.header(name)), ["2", "3", "3", "1", "7", "3"]);
        let mut walked = vec![];
        let mut cursor = String::new();
        loop {
            let page = stage
                .by(by)
                .get(&format!("{path}?pagination=keyset&per_page=3&cursor={cursor}"))
                .await
                .expect(200);
            assert_eq!(page.header("x-total"), "");
            walked.extend(each(&page.json(), "id"));
            cursor = page.header("x-next-cursor");
            assert_eq!(page.header("link").contains("rel=\"next\""), !cursor.is_empty());
            if cursor.is_empty() {
                break;
            }
        }
        assert_eq!(walked, ids);
        for wrong in ["x", "eyJvIjoibmFtZSBhc2MiLCJ2IjpudWxsLCJpIjoxfQ"] {
            let refused = stage
                .by(by)
                .get(&format!("{path}?pagination=keyset&cursor={wrong}"))
                .await;
            assert_eq!(refused.text(), error(400, "cursor is invalid").1);
        }
    }
}

async fn a_list_is_narrowed_by_time(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let ids = a_day_of_changes(&stage).await;
    for (narrowed, expected) in [
        ("created_after=2026-11-21T18:00:00Z", &ids[..1]),
        ("created_after=2026-11-21T17:00:00.000Z", &ids[..2]),
        ("created_before=2026-11-21T13:00:00Z", &ids[5..]),
        (
            "created_after=2026-11-21T13:00:00Z&created_before=2026-11-21T14:00:00Z",
            &ids[4..6],
        ),
        ("created_before=2026-11-21", &[]),
        ("created_after=2026-11-21", &ids[..]),
        ("created_after=", &ids[..]),
    ] {
        let list = stage.read(&format!("/groups/acme/audit_events?{narrowed}")).await;
        assert_eq!(each(&list, "id"), expected, "{narrowed}");
    }
    let refused = stage
        .by("ann")
        .get("/groups/acme/audit_events?created_after=x&created_before=y")
        .await;
    assert_eq!(
        refused.expect(400).text(),
        error(400, "created_after is invalid, created_before is invalid").1
    );
}

async fn administrators_read_the_whole_instance(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    stage
        .by("ann")
        .post("/groups/acme/members", &json!({"username": "bob", "access_level": 10}))
        .await
        .expect(201);
    stage
        .by("ann")
        .post(
            "/projects/acme%2Fp/members",
            &json!({"username": "bob", "access_level": 10}),
        )
        .await
        .expect(201);
    for (narrowed, expected) in [
        ("", json!(["Project", "Group"])),
        ("?entity_type=Group", json!(["Group"])),
        ("?entity_type=User", json!([])),
        ("?entity_type=Project&entity_id=2001", json!(["Project"])),
        ("?entity_type=Project&entity_id=2002", json!([])),
    ] {
        let list = stage.read(&format!("/audit_events{narrowed}")).await;
        assert_eq!(json!(each(&list, "entity_type")), expected, "{narrowed}");
    }
    for (narrowed, text) in [
        ("?entity_id=5", "entity_type is missing"),
        ("?entity_type=Pub", "entity_type does not have a valid value"),
        ("?entity_type=Group&entity_id=x", "entity_id is invalid"),
    ] {
        let answer = stage
            .app
            .admin()
            .get(&format!("/audit_events{narrowed}"))
            .await
            .expect(400);
        assert_eq!(answer.text(), error(400, text).1);
    }
}
