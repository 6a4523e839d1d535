//! The last owner of a group.

use std::sync::Arc;

use serde_json::json;

use super::{Stage, forbidden};
use crate::support::world::{Item, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    the_last_owner_can_be_neither_changed_nor_removed,
    an_owner_counts_who_is_direct_active_and_no_bot,
    in_a_subgroup_owners_from_above_and_through_links_count,
    an_expired_owner_is_kept_while_no_other_is_there,
    of_two_owners_who_remove_each_other_one_stays,
);

/// Whether the owner `ann` of a group is its last.
async fn is_last(stage: &Stage, group: &str) -> bool {
    let ann = stage.member(group, "ann");
    let (status, text) = stage
        .put("root", &ann, json!({"access_level": 50, "expires_at": "2041-01-01"}))
        .await;
    assert!([200, 403].contains(&status), "{status} {text}");
    status == 403
}

async fn the_last_owner_can_be_neither_changed_nor_removed(app: TestApp) {
    let stage = Stage::new(
        app,
        &World::new().group("acme", |group| group.owner("ann").maintainer("mia")),
    )
    .await;
    let before = stage.traces().await;
    let ann = stage.member("/groups/acme", "ann");
    for by in ["ann", "root"] {
        for body in [
            json!({"access_level": 10}),
            json!({"access_level": 50}),
            json!({"access_level": 50, "expires_at": "2040-01-01"}),
        ] {
            assert_eq!(stage.put(by, &ann, body.clone()).await, forbidden(), "{by} {body}");
        }
        assert_eq!(stage.delete(by, &ann).await, forbidden(), "{by}");
    }
    assert_eq!(stage.traces().await, before);
    assert_eq!(
        stage
            .put("ann", &stage.member("/groups/acme", "mia"), json!({"access_level": 50}))
            .await
            .0,
        200
    );
    assert_eq!(stage.delete("ann", &ann).await.0, 204, "another is there now");
}

async fn an_owner_counts_who_is_direct_active_and_no_bot(app: TestApp) {
    let kind = |kind: &'static str| move |user: Item| user.set("user_type", kind);
    let world = World::new()
        .user("pbot", kind("project_bot"))
        .user("gbot", kind("group_bot"))
        .user("svc", kind("service_account"))
        .user("blk", |user| user.set("state", "blocked"))
        .user("ann", |user| user)
        .group("crew", |group| group.owner("cap"))
        .group("bots", |group| group.owner("ann").owner("gbot").owner("svc"))
        .group("blocked", |group| group.owner("ann").owner("blk"))
        .group("waiting", |group| {
            group.owner("ann").member("zoe", 50, |row| row.awaiting())
        })
        .group("ended", |group| {
            group.owner("ann").member("zoe", 50, |row| row.until("2026-11-21"))
        })
        .group("linked", |group| group.owner("ann").shared_with("crew", 50))
        .group("asked", |group| group.owner("ann").requested_by("zoe", |row| row))
        .group("invited", |group| {
            group.owner("ann").invited("new@example.com", 50, |row| row)
        })
        .group("two", |group| group.owner("ann").owner("zoe"));
    let stage = Stage::new(app, &world).await;
    for (group, expected) in [
        ("bots", true),
        ("blocked", false),
        ("waiting", true),
        ("ended", true),
        ("linked", true),
        ("asked", true),
        ("invited", true),
        ("two", false),
    ] {
        assert_eq!(is_last(&stage, &format!("/groups/{group}")).await, expected, "{group}");
    }
}

async fn in_a_subgroup_owners_from_above_and_through_links_count(app: TestApp) {
    let world = World::new()
        .group("crew", |group| group.owner("cap").maintainer("mat"))
        .group("plain", |group| group)
        .group("plain/sub", |group| group.owner("ann"))
        .group("above", |group| group.owner("oma"))
        .group("above/sub", |group| group.owner("ann"))
        .group("linked", |group| group.shared_with("crew", 50))
        .group("linked/sub", |group| group.owner("ann"))
        .group("low", |group| group.shared_with("crew", 40))
        .group("low/sub", |group| group.owner("ann"))
        .group("own", |group| group)
        .group("own/sub", |group| group.owner("ann").shared_with("crew", 50));
    let stage = Stage::new(app, &world).await;
    for (group, expected) in [
        ("plain", true),
        ("above", false),
        ("linked", false),
        ("low", true),
        ("own", false),
    ] {
        assert_eq!(
            is_last(&stage, &format!("/groups/{group}%2Fsub")).await,
            expected,
            "{group}"
        );
    }
}

async fn an_expired_owner_is_kept_while_no_other_is_there(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| group.member("ann", 50, |row| row.until("2026-01-01")));
    let stage = Stage::new(app, &world).await;
    let ann = stage.member("/groups/acme", "ann");
    assert_eq!(stage.put("ann", &ann, json!({"access_level": 50})).await, forbidden());
    let bob = json!({"username": "bob", "access_level": 50});
    assert_eq!(stage.post("ann", "/groups/acme/members", bob).await.0, 201);
    assert_eq!(
        stage.by("ann").get("/groups/acme").await.status,
        404,
        "another took over"
    );
    assert_eq!(
        stage.delete("bob", &stage.member("/groups/acme", "bob")).await,
        forbidden()
    );
}

async fn of_two_owners_who_remove_each_other_one_stays(app: TestApp) {
    let world = (0..5).fold(World::new(), |world, n| {
        world.group(&format!("g{n}"), |group| group.owner("ann").owner("zoe"))
    });
    let stage = Arc::new(Stage::new(app, &world).await);
    for n in 0..5 {
        let group = format!("/groups/g{n}");
        let remove = |by: &'static str, whom: &'static str| {
            let (stage, group) = (Arc::clone(&stage), group.clone());
            tokio::spawn(async move { stage.delete(by, &stage.member(&group, whom)).await.0 })
        };
        let (first, second) = (remove("ann", "ann"), remove("zoe", "zoe"));
        let mut outcomes = [first.await.unwrap(), second.await.unwrap()];
        outcomes.sort_unstable();
        assert_eq!(outcomes, [204, 403], "{group}");
        assert_eq!(
            stage.read(&format!("{group}/members")).await.as_array().unwrap().len(),
            1
        );
    }
}
