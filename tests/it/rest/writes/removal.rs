//! What goes with a group or project that is removed, and what stays.

use std::io::Cursor;
use std::sync::Arc;

use roster::db::{Db, Options};
use roster::domain::seats;
use serde_json::json;

use super::groups::parsed;
use super::{Stage, message};
use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    everything_in_a_group_goes_with_it,
    a_removed_part_leaves_its_hierarchy_as_it_was,
    seats_of_other_hierarchies_follow,
    a_removed_project_takes_its_own_along,
    a_removal_is_told_once_for_each_thing,
    a_group_that_changed_meanwhile_stays,
    a_removal_costs_the_same_however_much_goes,
    what_is_left_is_a_world,
);

/// Two hierarchies linked in every direction, and one beside them.
fn place() -> World {
    World::new()
        .group("ally", |group| group.owner("lin").developer("leo"))
        .group("ally/own", |group| group.developer("les"))
        .group("acme", |group| {
            group
                .owner("ann")
                .guest("gus")
                .set("saml_provider_id", 7)
                .invited("ina@example.org", level::GUEST, |row| row)
                .requested_by("rex", |row| row)
                .shared_with("ally", level::DEVELOPER)
        })
        .group("acme/sub", |group| {
            let link = json!([{"provider": "main", "cn": "staff", "access_level": 30}]);
            group
                .developer("dora")
                .shared_with("ally/own", level::GUEST)
                .set("ldap_links", link)
        })
        .group("acme/sub/deep", |group| group.maintainer("mel"))
        .group("acmé", |group| group.owner("zoe"))
        .group("host", |group| {
            group.owner("hal").shared_with("acme/sub/deep", level::REPORTER)
        })
        .project("host/app", |project| project.shared_with("acme/sub", level::DEVELOPER))
        .project("acme/sub/lib", |project| {
            project
                .developer("pat")
                .invited("ida@example.org", level::GUEST, |row| row)
                .requested_by("ron", |row| row)
                .shared_with("ally", level::GUEST)
        })
        .project("acme/top", |project| {
            project.developer("tom").shared_with("acme/sub", level::GUEST)
        })
        .role("acme", "Reader", level::GUEST)
        .user("ent", |user| {
            user.set("enterprise_group", "acme")
                .set("saml_identities", json!([{"group": "acme", "extern_uid": "e"}]))
        })
}

/// The summary of seats says what the rows say, everywhere.
pub(super) async fn seats_are_right(stage: &Stage) {
    let report = seats::verify(&stage.app.system(), false).await.unwrap();
    assert_eq!(report.findings, []);
}

async fn billable(stage: &Stage, group: &str) -> Vec<String> {
    let list = stage
        .read(&format!("/groups/{group}/billable_members?per_page=100"))
        .await;
    let names = list
        .as_array()
        .unwrap()
        .iter()
        .map(|member| member["username"].as_str().unwrap().to_owned());
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}

const TABLES: [&str; 9] = [
    "members",
    "projects",
    "member_roles",
    "group_shares",
    "project_shares",
    "ldap_group_links",
    "invitation_tokens",
    "user_identities",
    "path_redirects",
];

async fn everything_in_a_group_goes_with_it(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    seats_are_right(&stage).await;
    stage.app.deliver().await;
    parsed(
        &stage.put("ann", "/projects/acme%2Ftop", json!({"path": "first"})).await,
        200,
    );
    assert_eq!(stage.delete("ann", "/groups/acme").await, message(202, "202 Accepted"));
    let mut left = Vec::new();
    for table in TABLES {
        left.push((table, stage.count(table).await));
    }
    assert_eq!(
        left,
        [
            ("members", 5),
            ("projects", 1),
            ("member_roles", 0),
            ("group_shares", 0),
            ("project_shares", 0),
            ("ldap_group_links", 0),
            ("invitation_tokens", 0),
            ("user_identities", 0),
            ("path_redirects", 0),
        ]
    );
    assert_eq!(stage.count("namespaces WHERE kind = 'group'").await, 4);
    assert_eq!(stage.count("users WHERE enterprise_group_id IS NOT NULL").await, 0);
    assert_eq!(stage.count("seat_ledgers").await, 3);
    for gone in [
        "/groups/acme",
        "/groups/acme%2Fsub%2Fdeep",
        "/projects/acme%2Fsub%2Flib",
        "/projects/acme%2Ftop",
    ] {
        assert_eq!(stage.app.admin().get(gone).await.status, 404, "{gone}");
    }
    assert_eq!(stage.read("/groups/acm%C3%A9").await["full_path"], "acmé");
    assert_eq!(billable(&stage, "host").await, ["hal"]);
    seats_are_right(&stage).await;
    // The path is free again.
    parsed(
        &stage
            .post("gus", "/groups", json!({"name": "New", "path": "acme"}))
            .await,
        201,
    );
    assert_eq!(billable(&stage, "acme").await, ["gus"]);
}

async fn a_removed_part_leaves_its_hierarchy_as_it_was(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    assert_eq!(
        billable(&stage, "acme").await,
        ["ann", "dora", "gus", "leo", "les", "lin", "mel", "pat", "tom"]
    );
    parsed(&stage.delete("ann", "/groups/acme%2Fsub").await, 202);
    assert_eq!(billable(&stage, "acme").await, ["ann", "gus", "leo", "lin", "tom"]);
    seats_are_right(&stage).await;
    let shared = stage.read("/groups/acme").await["shared_with_groups"].clone();
    assert_eq!(shared.as_array().unwrap().len(), 1);
    assert_eq!(
        stage.read("/projects/acme%2Ftop").await["shared_with_groups"],
        json!([])
    );
    assert_eq!(stage.count("invitation_tokens").await, 0);
    assert_eq!(stage.count("members WHERE user_id IS NULL").await, 1);
    // Whoever watches the group above hears of it.
    let root = stage.group("acme");
    let told = format!(
        "change_log WHERE root_id = {root} AND kind = 'group_destroyed' AND source_id = {}",
        stage.group("acme/sub")
    );
    assert_eq!(stage.count(&told).await, 1);
}

async fn seats_of_other_hierarchies_follow(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    assert_eq!(billable(&stage, "host").await, ["ann", "dora", "gus", "hal", "mel"]);
    parsed(&stage.delete("ann", "/groups/acme%2Fsub%2Fdeep").await, 202);
    assert_eq!(billable(&stage, "host").await, ["ann", "dora", "gus", "hal"]);
    seats_are_right(&stage).await;
    parsed(&stage.delete("lin", "/groups/ally").await, 202);
    assert_eq!(billable(&stage, "acme").await, ["ann", "dora", "gus", "pat", "tom"]);
    seats_are_right(&stage).await;
    parsed(&stage.delete("hal", "/groups/host").await, 202);
    seats_are_right(&stage).await;
    // What is left is the link inside the hierarchy.
    assert_eq!(stage.count("seat_feeds").await, 2);
}

async fn a_removed_project_takes_its_own_along(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let before = stage.count("members").await;
    assert!(billable(&stage, "acme").await.contains(&"pat".to_owned()));
    assert_eq!(
        stage.delete("ann", "/projects/acme%2Fsub%2Flib").await,
        message(202, "202 Accepted")
    );
    assert_eq!(stage.count("members").await, before - 3);
    assert!(!billable(&stage, "acme").await.contains(&"pat".to_owned()));
    seats_are_right(&stage).await;
    let root = stage.group("acme");
    let told = format!("change_log WHERE root_id = {root} AND kind = 'project_destroyed'");
    assert_eq!(stage.count(&told).await, 1);
    parsed(&stage.delete("hal", "/projects/host%2Fapp").await, 202);
    assert_eq!(billable(&stage, "host").await, ["ann", "dora", "gus", "hal", "mel"]);
    seats_are_right(&stage).await;
}

async fn a_removal_is_told_once_for_each_thing(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    parsed(&stage.delete("ann", "/groups/acme%2Fsub").await, 202);
    let events = stage.read("/audit_events?per_page=100").await;
    let told: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|event| {
            json!([
                event["event_name"],
                event["details"]["entity_path"],
                event["details"]["custom_message"]
            ])
        })
        .collect();
    assert_eq!(
        json!(told),
        json!([
            [
                "group_share_with_group_link_removed",
                "host",
                "Removed deep from the group host"
            ],
            ["project_group_link_deleted", "host/app", "Removed project group link"],
            ["project_group_link_deleted", "acme/top", "Removed project group link"],
            ["group_destroyed", "acme/sub", "Group destroyed"],
            ["group_destroyed", "acme/sub/deep", "Group destroyed"],
            ["project_destroyed", "acme/sub/lib", "Project destroyed"],
        ])
    );
    let host = stage.group("host");
    assert_eq!(
        stage
            .count(&format!("change_log WHERE root_id = {host} AND kind = 'share_deleted'"))
            .await,
        2
    );
    parsed(&stage.delete("ann", "/groups/acme").await, 202);
    // Of the whole of it nothing is left that could be watched.
    let acme = stage.group("acme");
    assert_eq!(
        stage
            .count(&format!(
                "change_log WHERE root_id = {acme} AND kind = 'group_destroyed'"
            ))
            .await,
        1
    );
}

async fn a_group_that_changed_meanwhile_stays(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    for path in ["/groups/acme", "/projects/host%2Fapp"] {
        let headers = [("if-unmodified-since", "Wed, 31 Dec 2025 23:59:59 GMT")];
        let answer = stage
            .app
            .admin()
            .with(axum::http::Method::DELETE, path, &headers, "")
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.text()),
            message(412, "412 Precondition Failed"),
            "{path}"
        );
        assert_eq!(stage.app.admin().get(path).await.status, 200);
    }
}

async fn a_removal_costs_the_same_however_much_goes(app: TestApp) {
    let mut world = World::new();
    for (top, parts) in [("one", 1), ("many", 30)] {
        world = world.group(top, |group| group.owner("ann"));
        for part in 0..parts {
            world = world
                .group(&format!("{top}/g{part}"), |group| {
                    group.developer(&format!("{top}{part}"))
                })
                .project(&format!("{top}/g{part}/p"), |project| {
                    project.developer(&format!("{top}-{part}"))
                });
        }
    }
    let stage = Stage::new(app, &world).await;
    seats_are_right(&stage).await;
    let mut costs = Vec::new();
    for group in ["one", "many"] {
        let renamed = stage
            .by("ann")
            .put(&format!("/groups/{group}"), &json!({"path": format!("{group}-x")}))
            .await;
        let gone = stage.by("ann").delete(&format!("/groups/{group}-x")).await;
        assert_eq!((renamed.status.as_u16(), gone.status.as_u16()), (200, 202));
        costs.push((renamed.statements, gone.statements));
    }
    assert_eq!(costs[0], costs[1]);
}

async fn what_is_left_is_a_world(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    parsed(
        &stage
            .put("ann", "/groups/acme%2Fsub", json!({"path": "part", "name": "Part"}))
            .await,
        200,
    );
    parsed(&stage.delete("ann", "/groups/acme%2Fpart%2Fdeep").await, 202);
    parsed(&stage.delete("lin", "/groups/ally%2Fown").await, 202);
    parsed(
        &stage
            .post("gus", "/groups", json!({"name": "New", "path": "new"}))
            .await,
        201,
    );
    parsed(&stage.post("gus", "/projects", json!({"name": "Own"})).await, 201);
    let world = stage.app.export().await;
    let groups: Vec<_> = world["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["path"].clone())
        .collect();
    assert_eq!(
        json!(groups),
        json!(["ally", "acme", "acme/part", "acmé", "host", "new"])
    );
    let db = Db::connect(&Options::new("sqlite::memory:"), stage.app.clock.clone())
        .await
        .unwrap();
    db.migrate().await.unwrap();
    let file = Cursor::new(world.to_string());
    let counts = roster::world::import(&db, file, Arc::new(|_| {})).await.unwrap();
    assert_eq!((counts.groups, counts.projects), (6, 4));
}
