//! Approving one user or address, and everybody.

use axum::http::Method;
use serde_json::json;

use super::{GROUP, SUBGROUP, SYNCED, Stage, bad_request, done, hall, message, nobody_waits};
use crate::rest::each;
use crate::rest::writes::error;
use crate::support::world::{Group, Item, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    owners_approve_and_nobody_else,
    approvals_are_checked_in_order,
    all_of_one_user_is_approved_in_this_hierarchy,
    all_of_one_address_is_approved,
    everybody_is_approved_at_once,
    who_is_approved_has_access_at_once,
    an_approval_leaves_an_event_and_an_entry_a_row,
    an_approval_costs_the_same_for_many_rows,
);

async fn owners_approve_and_nobody_else(app: TestApp) {
    let stage = Stage::new(app, &hall(Group::public)).await;
    let row = stage.row("acme", "wai");
    let waiting = stage.waiting().await;
    for who in [
        "sid", "exa", "min", "gus", "pla", "rep", "dev", "mia", "mel", "sue", "wai",
    ] {
        assert_eq!(stage.let_in(who, GROUP, row).await, bad_request(), "{who}");
        for method in [Method::POST, Method::PUT] {
            assert_eq!(stage.let_all_in(who, method, GROUP).await, bad_request(), "{who}");
        }
    }
    assert_eq!(stage.waiting().await, waiting);
    for who in ["own", "lin", "root"] {
        assert_eq!(stage.let_in(who, GROUP, row).await, done(), "{who}");
        assert_eq!(stage.let_in(who, GROUP, row).await, nobody_waits(), "{who}");
        for method in [Method::POST, Method::PUT] {
            stage.again(&waiting).await;
            assert_eq!(stage.let_all_in(who, method.clone(), GROUP).await, done(), "{who}");
            assert_eq!(stage.let_all_in(who, method, GROUP).await, nobody_waits(), "{who}");
        }
        stage.again(&waiting).await;
    }
}

async fn approvals_are_checked_in_order(app: TestApp) {
    let stage = Stage::new(app, &hall(|group| group)).await;
    let before = stage.traces().await;
    let (wai, dev) = (
        stage.row("acme", "wai").to_string(),
        stage.row("acme", "dev").to_string(),
    );
    let (unauthorized, hidden) = (message(401, "401 Unauthorized"), message(404, "404 Group Not Found"));
    let (wai, dev) = (wai.as_str(), dev.as_str());
    for (by, group, row, outcome) in [
        ("nobody", "/groups/none", "x", unauthorized.clone()),
        ("own", "/groups/none", "x", error(400, "member_id is invalid")),
        ("own", "/groups/none", "99", hidden.clone()),
        ("sid", GROUP, wai, hidden.clone()),
        ("min", GROUP, wai, hidden.clone()),
        ("wai", GROUP, wai, hidden.clone()),
        ("gus", SUBGROUP, "99", message(404, "404 Not Found")),
        ("gus", SUBGROUP, "0", message(404, "404 Not Found")),
        ("gus", SUBGROUP, "-1", message(404, "404 Not Found")),
        ("sue", SUBGROUP, wai, bad_request()),
        ("own", SUBGROUP, wai, bad_request()),
        ("root", SUBGROUP, wai, bad_request()),
        ("mia", GROUP, dev, bad_request()),
        ("own", GROUP, dev, nobody_waits()),
        ("own", GROUP, "approve_all", error(400, "member_id is invalid")),
        ("own", SYNCED, "99", message(404, "404 Not Found")),
        ("mia", SYNCED, wai, bad_request()),
        ("own", SYNCED, wai, bad_request()),
        ("root", SYNCED, wai, bad_request()),
    ] {
        let path = format!("{group}/members/{row}/approve");
        assert_eq!(stage.put(by, &path, json!({})).await, outcome, "{by} {path}");
    }
    for method in [Method::POST, Method::PUT] {
        for (by, group, outcome) in [
            ("nobody", "/groups/none", unauthorized.clone()),
            ("own", "/groups/none", hidden.clone()),
            ("sid", GROUP, hidden.clone()),
            ("sue", SUBGROUP, bad_request()),
            ("own", SUBGROUP, bad_request()),
            ("mia", GROUP, bad_request()),
            ("mel", GROUP, bad_request()),
            ("mel", SYNCED, bad_request()),
            ("own", SYNCED, bad_request()),
            ("root", SYNCED, bad_request()),
            ("lin", "/groups/allies", nobody_waits()),
        ] {
            assert_eq!(
                stage.let_all_in(by, method.clone(), group).await,
                outcome,
                "{by} {group}"
            );
        }
    }
    assert_eq!(stage.traces().await, before);
}

async fn all_of_one_user_is_approved_in_this_hierarchy(app: TestApp) {
    let stage = Stage::new(app, &hall(|group| group)).await;
    let here = ["acme", "acme/sub", "acme/sub/p"].map(|source| stage.row(source, "wai"));
    let waiting = stage.waiting().await;
    // A row of another hierarchy, or of none, means its user.
    for row in [
        here[0],
        here[1],
        here[2],
        stage.row("other", "wai"),
        stage.row("synced", "wai"),
        stage.row("own/notes", "wai"),
    ] {
        assert_eq!(stage.let_in("own", GROUP, row).await, done(), "{row}");
        let left: Vec<_> = waiting.iter().copied().filter(|row| !here.contains(row)).collect();
        assert_eq!(stage.waiting().await, left, "{row}");
        assert_eq!(stage.let_in("own", GROUP, row).await, nobody_waits(), "{row}");
        stage.again(&waiting).await;
    }
    let elsewhere = stage.row("other", "sid");
    assert_eq!(stage.let_in("own", GROUP, elsewhere).await, nobody_waits());
    let request = stage.row("acme", "ria");
    assert_eq!(stage.let_in("own", GROUP, request).await, nobody_waits());
    // A row that counts means its user, too.
    let gus = stage.row("acme", "gus");
    assert_eq!(stage.let_in("own", GROUP, gus).await, done());
    let read = stage.by("gus").get("/projects/acme%2Fsub%2Fp/members/all").await;
    assert_eq!(read.status, 200);
}

async fn all_of_one_address_is_approved(app: TestApp) {
    let stage = Stage::new(app, &hall(|group| group)).await;
    let waiting = stage.waiting().await;
    let zoe = ["acme", "acme/sub", "acme/sub/p"].map(|source| stage.row(source, "zoe@example.org"));
    let events = stage.count("audit_events").await;
    assert_eq!(
        stage.let_in("own", GROUP, zoe[0]).await,
        done(),
        "an active one means its address"
    );
    let left: Vec<_> = waiting.into_iter().filter(|row| !zoe.contains(row)).collect();
    assert_eq!(stage.waiting().await, left);
    assert_eq!(stage.let_in("own", GROUP, zoe[1]).await, nobody_waits());
    assert_eq!(stage.count("audit_events").await, events + 2);
    assert_eq!(
        stage
            .count("change_log WHERE kind = 'member_approved' AND user_id IS NULL")
            .await,
        2
    );
    assert_eq!(
        stage.last_event(GROUP).await["details"]["target_details"],
        "Updated Member"
    );
}

async fn everybody_is_approved_at_once(app: TestApp) {
    let stage = Stage::new(app, &hall(|group| group)).await;
    assert_eq!(
        stage.set("own", GROUP, "ria", "awaiting").await.0,
        200,
        "a request is a row, too"
    );
    let elsewhere = [
        stage.row("other", "wai"),
        stage.row("other", "sid"),
        stage.row("synced", "wai"),
        stage.row("own/notes", "wai"),
    ];
    assert_eq!(stage.waiting().await.len(), elsewhere.len() + 9);
    assert_eq!(stage.let_all_in("own", Method::POST, GROUP).await, done());
    let mut left = elsewhere.to_vec();
    left.sort_unstable();
    assert_eq!(stage.waiting().await, left);
    let list = stage.read(&format!("{GROUP}/pending_members")).await;
    assert_eq!(each(&list, "approved"), [true, true], "invitations");
    let requests = stage.read(&format!("{GROUP}/access_requests")).await;
    assert_eq!(each(&requests, "username"), ["ria"], "is still asking");
}

async fn who_is_approved_has_access_at_once(app: TestApp) {
    // The cap is not asked again.
    let stage = Stage::new(app, &hall(|group| group.set("seats", json!({"cap": 1})))).await;
    let see = async |path: &str| stage.by("wai").get(path).await.status.as_u16();
    let state = async || {
        let list = stage.read(&format!("{GROUP}/members?show_seat_info=true")).await;
        let list = list.as_array().unwrap().clone();
        let wai = list.into_iter().find(|member| member["username"] == "wai").unwrap();
        (wai["membership_state"].clone(), wai["is_using_seat"].clone())
    };
    assert_eq!((see(GROUP).await, see(SUBGROUP).await), (404, 404));
    assert_eq!(state().await, (json!("awaiting"), json!(false)));
    assert_eq!(stage.let_in("own", GROUP, stage.row("acme", "wai")).await, done());
    assert_eq!((see(GROUP).await, see(SUBGROUP).await), (200, 200));
    assert_eq!(state().await, (json!("active"), json!(true)));
    let add = json!({"username": "ria", "access_level": 30});
    let added = stage.post("wai", "/projects/acme%2Fsub%2Fp/members", add).await;
    assert_eq!(added.0, 201, "owns the project: {added:?}");
}

async fn an_approval_leaves_an_event_and_an_entry_a_row(app: TestApp) {
    let stage = Stage::new(app, &hall(|group| group)).await;
    let row = stage.row("acme/sub", "wai");
    assert_eq!(stage.let_in("own", GROUP, row).await, done());
    let events = stage.read(&format!("{GROUP}/audit_events")).await;
    let events = events.as_array().unwrap();
    assert_eq!(events.len(), 3, "all of the group at the top");
    let wai = stage.number_of("wai");
    for event in events {
        let details = &event["details"];
        assert_eq!(event["event_name"], "change_membership_state");
        assert_eq!(
            (&event["entity_type"], &event["entity_id"]),
            (&json!("Group"), &json!(stage.group("acme")))
        );
        assert_eq!(event["author_id"], stage.number_of("own"));
        assert_eq!(details["custom_message"], "Changed the membership state to active");
        assert_eq!(
            (
                &details["target_type"],
                &details["target_id"],
                &details["target_details"]
            ),
            (&json!("User"), &json!(wai), &json!("Wai Ling"))
        );
    }
    let mut rows: Vec<_> = events
        .iter()
        .map(|event| event["details"]["member_id"].as_i64().unwrap())
        .collect();
    rows.sort_unstable();
    assert_eq!(
        rows,
        ["acme", "acme/sub", "acme/sub/p"].map(|source| stage.row(source, "wai"))
    );
    let approved = |of: String| format!("change_log WHERE kind = 'member_approved' AND user_id = {wai} AND {of}");
    for (kind, source) in [(1, stage.group("acme")), (2, 2001)] {
        let of = format!("source_kind = {kind} AND source_id = {source}");
        assert_eq!(stage.count(&approved(of)).await, 1, "where the row is");
    }
    assert_eq!(stage.count("change_log").await, 3);
    assert_eq!(stage.count("outbox").await, 0);
}

async fn an_approval_costs_the_same_for_many_rows(app: TestApp) {
    let crowd = |group: Group, many: usize| {
        (0..many).fold(group.owner("own"), |group, n| {
            group.member(&format!("w{n}"), 30, Item::awaiting)
        })
    };
    let below = |world: World, top: &str, many: usize| {
        (0..many).fold(world, |world, n| {
            world.project(&format!("{top}/p{n}"), |project| {
                project.member("w0", 30, Item::awaiting)
            })
        })
    };
    let world = World::new()
        .group("small", |group| crowd(group, 1))
        .group("large", |group| crowd(group, 40));
    let world = below(below(world, "small", 1), "large", 20);
    let stage = Stage::new(app, &world).await;
    let mut costs = vec![];
    for (path, group) in [("/groups/small", "small"), ("/groups/large", "large")] {
        let one = format!("{path}/members/{}/approve", stage.row(group, "w0"));
        let one = stage.by("own").put(&one, &json!({})).await.expect(204);
        let suspended = stage.member(path, "w0");
        let suspended = stage
            .by("own")
            .put(&format!("{suspended}/state"), &json!({"state": "awaiting"}))
            .await
            .expect(200);
        let all = stage
            .by("own")
            .post(&format!("{path}/members/approve_all"), &json!({}))
            .await
            .expect(204);
        costs.push((one.statements, suspended.statements, all.statements));
    }
    assert!(costs[0].0 > 5, "writes are counted: {costs:?}");
    assert_eq!(costs[0], costs[1]);
}
