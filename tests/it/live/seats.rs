//! The number of seats, while it changes.

use serde_json::{Value, json};

use super::{add, user};
use crate::support::world::World;
use crate::support::{Listener, TestApp, on_both_databases};

on_both_databases!(
    each_new_number_is_heard,
    what_another_replica_changes_is_counted,
    the_number_is_for_owners_of_a_top_level_group,
    who_is_no_owner_any_more_hears_nothing,
);

const COUNT: &str = "subscription($path: ID!) { billableMembersCountUpdated(fullPath: $path) }";

fn world() -> World {
    World::new()
        .user("bob", |user| user)
        .user("cat", |user| user)
        .group("acme", |group| group.owner("ann").owner("olga").developer("dan"))
        .group("acme/tools", |group| group)
}

async fn follow(app: &TestApp, token: &str, path: &str) -> Listener {
    Listener::begin(&app.app, token, COUNT, json!({ "path": path })).await
}

async fn each_new_number_is_heard(app: TestApp) {
    app.import(&world().json()).await;
    let ann = app.token("ann-api");
    let mut heard = follow(&app, "ann-api", "acme").await;
    add(&ann, &app, "/groups/acme", "bob", 30).await.expect(201);
    assert_eq!(heard.event().await, 4);
    // The same user once more is no other number.
    add(&ann, &app, "/groups/acme%2Ftools", "bob", 40).await.expect(201);
    add(&ann, &app, "/groups/acme%2Ftools", "cat", 30).await.expect(201);
    assert_eq!(heard.event().await, 5);
    let bob = user(&app, "bob").await;
    app.admin()
        .post(&format!("/users/{bob}/block"), &Value::Null)
        .await
        .expect(201);
    assert_eq!(heard.event().await, 4);
    app.admin()
        .post(&format!("/users/{bob}/unblock"), &Value::Null)
        .await
        .expect(201);
    assert_eq!(heard.event().await, 5);
    // Who comes later hears no number that was there before.
    let mut late = follow(&app, "root-api", "acme").await;
    ann.delete(&format!("/groups/acme/members/{bob}")).await.expect(204);
    assert_eq!((heard.event().await, late.event().await), (json!(4), json!(4)));
}

async fn what_another_replica_changes_is_counted(app: TestApp) {
    app.import(&world().json()).await;
    let (here, there) = (app.replica().await, app.replica().await);
    let mut heard = Listener::begin(&here, "ann-api", COUNT, json!({"path": "acme"})).await;
    let body = json!({"user_id": user(&app, "bob").await, "access_level": 30});
    TestApp::at(&there, "ann-api")
        .post("/groups/acme/members", &body)
        .await
        .expect(201);
    assert_eq!(heard.event().await, 4);
}

async fn the_number_is_for_owners_of_a_top_level_group(app: TestApp) {
    app.import(&world().json()).await;
    for (token, path) in [
        ("", "acme"),
        ("dan-api", "acme"),
        ("bob-api", "acme"),
        ("ann-api", "acme/tools"),
        ("ann-api", "nowhere"),
    ] {
        follow(&app, token, path).await.shut_out().await;
    }
}

async fn who_is_no_owner_any_more_hears_nothing(app: TestApp) {
    app.import(&world().json()).await;
    let (olga, mut ann) = (
        follow(&app, "olga-api", "acme").await,
        follow(&app, "ann-api", "acme").await,
    );
    let id = user(&app, "olga").await;
    let path = format!("/groups/acme/members/{id}");
    app.token("ann-api")
        .put(&path, &json!({"access_level": 40}))
        .await
        .expect(200);
    add(&app.token("ann-api"), &app, "/groups/acme", "bob", 30)
        .await
        .expect(201);
    olga.shut_out().await;
    assert_eq!(ann.event().await, 4);
}
