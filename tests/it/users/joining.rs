//! Whoever is made with an invited address is a member at once.

use roster::domain::seats;
use serde_json::{Value, json};

use super::creating::CREATE;
use crate::graph::{self, done};
use crate::support::world::{Item, World, level};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_newcomer_joins_wherever_the_address_is_invited,
    the_graph_lets_a_newcomer_join_alike,
    what_could_not_be_accepted_stays_an_invitation,
    a_newcomer_takes_seats_and_waits_where_none_is_left,
    a_newcomer_who_is_not_made_joins_nowhere,
);

const NIA: &str = "nia@new.example";

/// nia is invited into two groups of one hierarchy, a group of another, and a project of a third.
fn world() -> World {
    World::new()
        .group("acme", |group| {
            let group = group.owner("ann");
            group.invited(NIA, level::REPORTER, |row| row.by("ann").set("token", "to-nia"))
        })
        .group("acme/tools", |group| {
            group.invited(NIA, level::DEVELOPER, |row| row.by("ann").until("2030-01-01"))
        })
        .group("other", |group| {
            group.owner("bob").invited("hi@new.example", level::GUEST, |row| row)
        })
        .group("third", |group| {
            group.owner("bob").invited("not@new.example", level::GUEST, |row| row)
        })
        .project("third/app", |project| {
            project.invited(NIA, level::MAINTAINER, |row| row.by("bob"))
        })
}

fn body() -> Value {
    json!({
        "email": "Nia@New.example", "name": "Nia", "username": "nia", "reset_password": true, "public_email": "HI@new.example",
    })
}

async fn memberships(app: &TestApp, user: i64) -> Value {
    let list = app
        .admin()
        .get(&format!("/users/{user}/memberships"))
        .await
        .expect(200)
        .json();
    let row = |row: &Value| json!([row["source_type"], row["source_name"], row["access_level"]]);
    list.as_array().unwrap().iter().map(row).collect()
}

async fn a_newcomer_joins_wherever_the_address_is_invited(app: TestApp) {
    app.import(&world().json()).await;
    let rows = graph::number(&app, "SELECT COUNT(*) FROM members").await;
    let made = app.admin().post("/users", &body()).await.expect(201).json();
    let id = made["id"].as_i64().unwrap();
    assert_eq!(made["using_license_seat"], true, "the answer is of after the joining");
    assert_eq!(
        memberships(&app, id).await,
        json!([
            ["Namespace", "acme", 20],
            ["Namespace", "tools", 30],
            ["Namespace", "other", 10],
            ["Project", "app", 40],
        ])
    );
    assert_eq!(
        graph::number(&app, "SELECT COUNT(*) FROM members").await,
        rows,
        "the rows are the invitations'"
    );
    let member = app
        .admin()
        .get(&format!("/groups/acme%2Ftools/members/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&member["expires_at"], &member["created_by"]["username"]),
        (&json!("2030-01-01"), &json!("ann"))
    );
    assert_eq!(app.admin().get("/groups/acme/invitations").await.json(), json!([]));
    assert_eq!(
        app.admin()
            .get("/groups/third/invitations")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    // The link is void.
    let anonymous = app.anonymous();
    let answer = anonymous.send(
        axum::http::Request::builder()
            .uri("/-/invites/to-nia")
            .header("accept", "application/json")
            .body(axum::body::Body::empty())
            .unwrap(),
    );
    answer.await.expect(404);
    let accepted = "SELECT COUNT(*) FROM change_log WHERE kind = 'invitation_accepted'";
    assert_eq!(graph::number(&app, accepted).await, 4);
    let events = app.admin().get("/groups/acme/audit_events").await.json();
    assert_eq!(
        (&events[0]["event_name"], &events[0]["details"]["target_id"]),
        (&json!("member_created"), &json!(id))
    );
    assert_eq!(seats::verify(&app.system(), false).await.unwrap().findings, []);
    let subjects: Vec<_> = app.mail().await.iter().map(|mail| mail.subject.clone()).collect();
    let granted = subjects
        .iter()
        .filter(|subject| subject.ends_with("was granted"))
        .count();
    let told = subjects
        .iter()
        .filter(|subject| *subject == "Invitation accepted")
        .count();
    assert_eq!((granted, told), (4, 3), "{subjects:?}");
}

async fn the_graph_lets_a_newcomer_join_alike(app: TestApp) {
    app.import(&world().json()).await;
    let input = json!({"username": "nia", "name": "Nia", "email": NIA});
    let made = done(&app.admin(), CREATE, input).await;
    assert_eq!(
        made["user"]["groupMemberships"]["nodes"],
        json!([
            {"accessLevel": {"stringValue": "REPORTER"}, "group": {"fullPath": "acme"}},
            {"accessLevel": {"stringValue": "DEVELOPER"}, "group": {"fullPath": "acme/tools"}},
        ])
    );
}

async fn what_could_not_be_accepted_stays_an_invitation(app: TestApp) {
    let world = World::new()
        .group("high", |group| {
            group.owner("ann").invited(NIA, level::MAINTAINER, |row| row)
        })
        .group("high/low", |group| group.invited(NIA, level::GUEST, |row| row))
        .group("over", |group| {
            group
                .owner("ann")
                .invited(NIA, level::GUEST, |row| row.until("2026-11-20"))
        })
        .group("choosy", |group| {
            let group = group
                .setting("allowed_email_domains", json!(["acme.example"]))
                .owner("ann");
            group.invited(NIA, level::GUEST, |row| row)
        })
        .group("locked", |group| group.setting("membership_lock", true).owner("ann"))
        .project("locked/app", |project| project.invited(NIA, level::GUEST, |row| row))
        .group("fine", |group| group.owner("ann").invited(NIA, level::GUEST, |row| row));
    app.import(&world.json()).await;
    let made = app.admin().post("/users", &body()).await.expect(201).json();
    let id = made["id"].as_i64().unwrap();
    assert_eq!(
        memberships(&app, id).await,
        json!([["Namespace", "high", 40], ["Namespace", "fine", 10]])
    );
    let pending = "SELECT COUNT(*) FROM members WHERE user_id IS NULL AND invite_email IS NOT NULL";
    assert_eq!(graph::number(&app, pending).await, 4);
}

async fn a_newcomer_takes_seats_and_waits_where_none_is_left(app: TestApp) {
    let world = World::new()
        .group("full", |group| {
            group
                .set("seats", json!({"cap": 1}))
                .owner("ann")
                .invited(NIA, level::DEVELOPER, |row| row)
        })
        .group("room", |group| {
            group
                .set("seats", json!({"cap": 2}))
                .owner("ann")
                .invited(NIA, level::DEVELOPER, |row| row)
        })
        .group("room/deep", |group| group.invited(NIA, level::DEVELOPER, |row| row))
        .group("told", |group| {
            group.owner("ann").invited(NIA, level::DEVELOPER, Item::awaiting)
        });
    app.import(&world.json()).await;
    assert_eq!(seats::verify(&app.system(), false).await.unwrap().findings, []);
    let made = app.admin().post("/users", &body()).await.expect(201).json();
    let id = made["id"].as_i64().unwrap();
    let state = async |path: &str| {
        let sql = format!(
            "SELECT state FROM members WHERE user_id = {id} AND source_kind = 1 AND source_id = (SELECT id FROM namespaces WHERE full_path = '{path}')"
        );
        graph::number(&app, &sql).await
    };
    assert_eq!(
        [
            state("full").await,
            state("room").await,
            state("room/deep").await,
            state("told").await
        ],
        [1, 0, 0, 1]
    );
    let report = seats::verify(&app.system(), false).await.unwrap();
    assert_eq!(report.findings, []);
}

async fn a_newcomer_who_is_not_made_joins_nowhere(app: TestApp) {
    app.import(&world().json()).await;
    let before = graph::traces(&app).await;
    let mut wrong = body();
    wrong["username"] = "not good".into();
    app.admin().post("/users", &wrong).await.expect(400);
    wrong["username"] = "acme".into();
    app.admin().post("/users", &wrong).await.expect(409);
    assert_eq!(graph::traces(&app).await, before);
}
