//! Going on where one left off.

use std::time::Duration;

use roster::domain::{leases, live};
use serde_json::{Value, json};

use super::{ALL, add, brief, follow, resume};
use crate::support::world::World;
use crate::support::{Listener, TestApp, on_both_databases};

on_both_databases!(
    what_was_missed_is_heard_behind_the_cursor,
    a_cursor_of_something_else_is_refused,
    a_cursor_that_is_too_old_says_so,
    what_is_kept_is_kept_without_a_hole,
    only_roster_itself_tidies,
);

const DAY: Duration = Duration::from_hours(24);

fn world() -> World {
    ["bob", "cat", "dan", "eve", "fay"]
        .iter()
        .fold(World::new(), |world, name| world.user(name, |user| user))
        .group("acme", |group| group.owner("ann"))
        .group("acme/tools", |group| group)
        .project("acme/cli", |project| project)
        .group("other", |group| group.owner("ann"))
}

async fn join(app: &TestApp, name: &str) {
    add(&app.token("ann-api"), app, "/groups/acme", name, 10)
        .await
        .expect(201);
}

/// Each joins, and is heard: the cursors.
async fn cursors(app: &TestApp, heard: &mut Listener, names: &[&str]) -> Vec<Value> {
    let mut cursors = Vec::new();
    for name in names {
        join(app, name).await;
        let event = heard.event().await;
        assert_eq!(brief(&event)[2], *name);
        cursors.push(event["cursor"].clone());
    }
    cursors
}

async fn tidy(app: &TestApp) -> u64 {
    let lease = leases::take(&app.system(), "tidy", "me").await.unwrap().unwrap();
    live::tidy(&app.system(), &lease).await.unwrap()
}

async fn what_was_missed_is_heard_behind_the_cursor(app: TestApp) {
    app.import(&world().json()).await;
    let mut heard = follow(&app, "ann-api", "acme").await;
    let cursors = cursors(&app, &mut heard, &["bob", "cat"]).await;
    drop(heard);
    join(&app, "dan").await;
    // Another replica knows as much.
    let other = app.replica().await;
    let after = json!({"path": "acme", "after": cursors[0]});
    let mut heard = Listener::begin(&other, "ann-api", ALL, after).await;
    let again = heard.event().await;
    assert_eq!((&again["cursor"], &brief(&again)[2]), (&cursors[1], &json!("cat")));
    assert_eq!(brief(&heard.event().await)[2], "dan");
    join(&app, "eve").await;
    assert_eq!(brief(&heard.event().await)[2], "eve");
    // With other kinds, or with all below, it is a place in the same log.
    let wish = json!({"path": "acme", "after": cursors[1], "below": true, "types": ["MEMBER_ADDED"]});
    let mut heard = Listener::begin(&app.app, "ann-api", ALL, wish).await;
    assert_eq!(brief(&heard.event().await)[2], "dan");
}

async fn a_cursor_of_something_else_is_refused(app: TestApp) {
    app.import(&world().json()).await;
    let mut heard = follow(&app, "ann-api", "acme").await;
    let cursors = cursors(&app, &mut heard, &["bob", "cat"]).await;
    let list = "{ group(fullPath: \"acme\") { groupMembers(first: 1) { pageInfo { endCursor } } } }";
    let of_a_list = app.token("ann-api").query(list, json!({})).await;
    let of_a_list = &of_a_list["group"]["groupMembers"]["pageInfo"]["endCursor"];
    let mut forged = cursors[0].as_str().unwrap().to_owned();
    forged.replace_range(3..4, if &forged[3..4] == "A" { "B" } else { "A" });

    let no_cursor = "after is no cursor of memberUpdated";
    let of_another = "after is a cursor of another group or project";
    for (path, after, text) in [
        ("acme", &json!(forged), no_cursor),
        ("acme", &json!(""), no_cursor),
        ("acme", &json!("xyz"), no_cursor),
        ("acme", of_a_list, no_cursor),
        ("acme/tools", &cursors[0], of_another),
        ("acme/cli", &cursors[0], of_another),
        ("other", &cursors[0], of_another),
    ] {
        let refusal = resume(&app, "ann-api", path, after).await.refusal().await;
        assert_eq!(
            refusal,
            ("BAD_USER_INPUT".to_owned(), text.to_owned()),
            "{path} {after}"
        );
    }
    // As after a backup was put back.
    crate::graph::run(&app, "UPDATE namespaces SET seq = 1 WHERE full_path = 'acme'").await;
    let refusal = resume(&app, "ann-api", "acme", &cursors[1]).await.refusal().await;
    assert_eq!(refusal.1, "after is a cursor ahead of everything that has happened");
    // And where nothing may be heard, nothing is said about cursors.
    resume(&app, "bob-api", "other", &cursors[0]).await.shut_out().await;
}

async fn a_cursor_that_is_too_old_says_so(app: TestApp) {
    app.import(&world().json()).await;
    let mut heard = follow(&app, "ann-api", "acme").await;
    let mut cursors = cursors(&app, &mut heard, &["bob", "cat", "dan"]).await;
    app.later(4 * DAY);
    join(&app, "eve").await;
    cursors.push(heard.event().await["cursor"].clone());
    assert_eq!(tidy(&app).await, 0);
    app.later(4 * DAY);
    assert_eq!(tidy(&app).await, 3);

    // Behind the third everything is still there; behind the second the third is missing.
    let mut third = resume(&app, "ann-api", "acme", &cursors[2]).await;
    assert_eq!(brief(&third.event().await)[2], "eve");
    let refusal = resume(&app, "ann-api", "acme", &cursors[1]).await.refusal().await;
    let text = "The cursor is too old: what happened since is no longer kept. Read the list again and subscribe without after.";
    assert_eq!(refusal, ("BAD_USER_INPUT".to_owned(), text.to_owned()));

    app.later(4 * DAY);
    assert_eq!(tidy(&app).await, 1);
    let refusal = resume(&app, "ann-api", "acme", &cursors[2]).await.refusal().await;
    assert_eq!(refusal.1, text);
    let mut last = resume(&app, "ann-api", "acme", &cursors[3]).await;
    join(&app, "fay").await;
    assert_eq!(brief(&last.event().await)[2], "fay");
    // Whoever listened all the time missed nothing.
    assert_eq!(brief(&heard.event().await)[2], "fay");
}

/// A change that began early and was numbered late is as old as it says, and still nothing before it is missing.
async fn what_is_kept_is_kept_without_a_hole(app: TestApp) {
    app.import(&world().json()).await;
    let mut heard = follow(&app, "ann-api", "acme").await;
    let cursors = cursors(&app, &mut heard, &["bob", "cat", "dan"]).await;
    app.later(8 * DAY);
    let now = app.clock.now().to_rfc3339();
    let sql = if app.db.dialect().is_postgres() {
        format!("UPDATE change_log SET created_at = '{now}' WHERE seq = 2")
    } else {
        format!("UPDATE change_log SET created_at = STRFTIME('%Y-%m-%dT%H:%M:%f+00:00', '{now}') WHERE seq = 2")
    };
    crate::graph::run(&app, &sql).await;
    assert_eq!(tidy(&app).await, 1);
    let mut again = resume(&app, "ann-api", "acme", &cursors[0]).await;
    for name in ["cat", "dan"] {
        assert_eq!(brief(&again.event().await)[2], name);
    }
}

async fn only_roster_itself_tidies(app: TestApp) {
    app.import(&world().json()).await;
    let lease = leases::take(&app.system(), "tidy", "me").await.unwrap().unwrap();
    let root = roster::domain::tokens::authenticate(&app.app, "root-api")
        .await
        .unwrap()
        .unwrap();
    let root = app
        .system()
        .acting_as(roster::domain::Actor::User(std::sync::Arc::new(root)));
    assert!(live::tidy(&root, &lease).await.is_err());
}
