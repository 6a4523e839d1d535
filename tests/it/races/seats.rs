//! The last seats of a group, and many who want one.

use axum::http::Method;
use serde_json::json;

use super::{CLIENTS, Race, name, number, whole};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(no_more_seats_are_taken_at_once_than_there_are);

const CAP: usize = 10;

/// Each client lets in another user: a third adds, a third invites, a third approves a request.
async fn no_more_seats_are_taken_at_once_than_there_are(app: TestApp) {
    let world = (0..CLIENTS).fold(World::new(), |world, n| world.user(&name(n), |user| user));
    let world = world
        .group("acme", |group| group.owner("ann").set("seats", json!({"cap": CAP})))
        .project("acme/cli", |project| {
            (0..CLIENTS).fold(project, |project, n| project.requested_by(&name(n), |row| row))
        });
    let world = world.json();
    app.import(&world).await;
    let id = |name: &str| {
        let users = world["users"].as_array().unwrap();
        let user = users.iter().find(|user| user["username"] == name);
        user.unwrap()["id"].as_i64().unwrap()
    };
    let race = Race::over(&app).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(race.client(number, "ann").await);
    }
    let outcomes = Race::run(clients, |number, ctx| {
        let client = TestApp::at(&ctx.app, "ann-api");
        let user = id(&name(number));
        let (method, path) = match number % 3 {
            0 => (Method::POST, "/groups/acme/members".to_owned()),
            1 => (Method::POST, "/groups/acme/invitations".to_owned()),
            _ => (
                Method::PUT,
                format!("/projects/acme%2Fcli/access_requests/{user}/approve"),
            ),
        };
        let body = json!({"user_id": user, "access_level": 30});
        async move { client.call(method, &path, &body).await }
    })
    .await;
    for answer in outcomes {
        answer.expect(201);
    }
    let rows = |state: i32| format!("SELECT COUNT(*) FROM members WHERE state = {state} AND requested_at IS NULL");
    assert_eq!(number(&app, &rows(0)).await, whole(CAP), "the owner's is one of them");
    assert_eq!(number(&app, &rows(1)).await, whole(CLIENTS + 1 - CAP));
}
