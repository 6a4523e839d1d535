//! Nothing missed, nothing twice, nothing out of order: writers on several replicas, readers that lose their connection all the time.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;
use roster::domain::App;
use roster::entity::change_log;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use super::{add, brief, follow, user};
use crate::graph::number;
use crate::support::world::{Group, World};
use crate::support::{Listener, TestApp, on_both_databases};

on_both_databases!(
    readers_that_reconnect_hear_every_change_once_and_in_order,
    who_reads_late_hears_all_of_it,
);

/// Changes in the suite; `ROSTER_SOAK` says how many for longer.
const CHANGES: i64 = 2_000;
const MEMBERS: usize = 40;
const READERS: usize = 6;

const SHORT: &str =
    "subscription($after: String) { memberUpdated(fullPath: \"acme\", includeDescendants: true, after: $after) {
  cursor type user { id } accessLevelAfter { integerValue } } }";

fn world() -> World {
    let people = |group: Group, letter: &str| {
        (0..MEMBERS).fold(group, |group, number| group.developer(&format!("{letter}{number}")))
    };
    World::new()
        .user("last", |user| user)
        .group("acme", |group| people(group.owner("ann"), "u"))
        .group("acme/tools", |group| people(group, "v"))
}

#[expect(clippy::disallowed_methods, reason = "a switch of the tests, not a setting")]
fn changes() -> i64 {
    std::env::var("ROSTER_SOAK")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(CHANGES)
}

/// Changes levels until there are enough changes: now of one member, now of many at once.
async fn write(app: TestApp, replica: Arc<App>, users: [Vec<i64>; 2]) {
    let bulk = "mutation($input: GroupMemberBulkUpdateInput!) { groupMemberBulkUpdate(input: $input) { errors } }";
    let ann = TestApp::at(&replica, "ann-api");
    let levels = [("GUEST", 10), ("REPORTER", 20), ("DEVELOPER", 30), ("MAINTAINER", 40)];
    while number(&app, "SELECT seq FROM namespaces WHERE id = 1001").await < changes() {
        let (word, level) = levels[rand::random_range(0..levels.len())];
        let place = rand::random_range(0..2);
        if rand::random_range(0..3) == 0 {
            let ids: Vec<_> = users[place]
                .iter()
                .map(|id| format!("gid://gitlab/User/{id}"))
                .collect();
            let group = format!("gid://gitlab/Group/{}", 1001 + place);
            let input = json!({"groupId": group, "userIds": ids, "accessLevel": word});
            let told = ann.query(bulk, json!({ "input": input })).await;
            assert_eq!(told["groupMemberBulkUpdate"]["errors"], json!([]));
        } else {
            let user = users[place][rand::random_range(0..MEMBERS)];
            let path = format!("/groups/{}/members/{user}", 1001 + place);
            ann.put(&path, &json!({"access_level": level})).await.expect(200);
        }
    }
}

/// What a reader hears until the last change, reconnecting at random to whichever replica; and how often it did.
async fn read(replicas: Vec<Arc<App>>, first: Value) -> (Vec<Value>, usize) {
    let (mut heard, mut after, mut connections) = (Vec::new(), first, 0);
    loop {
        let replica = &replicas[rand::random_range(0..replicas.len())];
        let mut listener = Listener::begin(replica, "ann-api", SHORT, json!({ "after": after })).await;
        connections += 1;
        for _ in 0..rand::random_range(1..200) {
            let event = listener.event().await;
            after = event["cursor"].clone();
            let is_last = event["type"] == "MEMBER_REMOVED";
            heard.push(json!([
                event["type"],
                event["user"]["id"],
                event["accessLevelAfter"]["integerValue"]
            ]));
            if is_last {
                return (heard, connections);
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "the figures of a soak")]
async fn readers_that_reconnect_hear_every_change_once_and_in_order(app: TestApp) {
    app.import(&world().json()).await;
    let mut users = [Vec::new(), Vec::new()];
    for number in 0..MEMBERS {
        users[0].push(user(&app, &format!("u{number}")).await);
        users[1].push(user(&app, &format!("v{number}")).await);
    }
    let replicas = vec![app.replica().await, app.replica().await];
    // Everybody begins behind the first change.
    let mut start = Listener::begin(&app.app, "ann-api", SHORT, json!({})).await;
    add(&app.token("ann-api"), &app, "/groups/acme", "last", 10)
        .await
        .expect(201);
    let first = start.event().await["cursor"].clone();
    drop(start);

    let began = Instant::now();
    let readers = (0..READERS).map(|_| tokio::spawn(read(replicas.clone(), first.clone())));
    let readers: Vec<_> = readers.collect();
    let writers = replicas
        .iter()
        .map(|replica| tokio::spawn(write(app.clone(), Arc::clone(replica), users.clone())));
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    let written = began.elapsed();
    let last = user(&app, "last").await;
    app.token("ann-api")
        .delete(&format!("/groups/acme/members/{last}"))
        .await
        .expect(204);
    let outcomes: Vec<_> = join_all(readers).await.into_iter().map(Result::unwrap).collect();
    let heard = began.elapsed();

    let log = change_log::Entity::find().all(&app.db.conn()).await.unwrap();
    let mut log: Vec<_> = log
        .into_iter()
        .filter(|entry| entry.root_id.0 == 1001 && entry.seq > 1)
        .collect();
    log.sort_by_key(|entry| entry.seq);
    let truth = |entry: &change_log::Model| {
        let user = entry.user_id.map(|user| format!("gid://gitlab/User/{user}"));
        json!([entry.kind.to_uppercase(), user, entry.payload["access_level_after"]])
    };
    let log: Vec<Value> = log.iter().map(truth).collect();
    let mut connections = 0;
    for (heard, times) in outcomes {
        connections += times;
        assert_eq!(heard.len(), log.len());
        if let Some(place) = heard.iter().zip(&log).position(|(heard, log)| heard != log) {
            panic!("{place}: {} and not {}", heard[place], log[place]);
        }
    }
    println!(
        "{} changes in {written:?}, all heard by {READERS} readers after {heard:?}, {connections} connections",
        log.len()
    );
}

/// Nothing is kept for a reader but its place.
async fn who_reads_late_hears_all_of_it(app: TestApp) {
    app.import(&world().json()).await;
    let mut slow = follow(&app, "ann-api", "acme").await;
    let ann = app.token("ann-api");
    let id = user(&app, "u1").await;
    for round in 0..120 {
        let level = [10, 20, 40][round % 3];
        ann.put(&format!("/groups/acme/members/{id}"), &json!({"access_level": level}))
            .await
            .expect(200);
    }
    let mut before = json!(30);
    for round in 0..120 {
        let level = json!([10, 20, 40][round % 3]);
        assert_eq!(
            brief(&slow.event().await),
            json!(["MEMBER_UPDATED", "acme", "u1", before, level])
        );
        before = level;
    }
}
