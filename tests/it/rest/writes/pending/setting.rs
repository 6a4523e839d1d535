//! Having somebody wait, and count again.

use serde_json::{Value, json};

use super::{GROUP, SUBGROUP, SYNCED, Stage, bad_request, hall, message, set, unprocessable};
use crate::rest::each;
use crate::rest::writes::error;
use crate::support::world::{Group, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    who_administers_members_has_them_wait_and_owners_have_them_count,
    states_are_checked_in_order,
    a_state_is_set_in_the_whole_hierarchy_and_once,
    who_waits_is_out_until_let_in_again,
    the_last_owner_waits_for_nobody,
    a_manager_has_nobody_above_wait,
    a_state_leaves_events_and_entries,
);

const NOT_FOUND: &str = "No memberships found";

async fn who_administers_members_has_them_wait_and_owners_have_them_count(app: TestApp) {
    let stage = Stage::new(app, &hall(Group::public)).await;
    for who in ["sid", "exa", "min", "gus", "pla", "rep", "dev", "mia", "sue", "wai"] {
        for (whom, state) in [("rep", "awaiting"), ("rep", "active"), ("wai", "active")] {
            assert_eq!(stage.set(who, GROUP, whom, state).await, bad_request(), "{who}");
        }
    }
    let denied = unprocessable("You do not have permission to approve a member");
    for (who, active) in [("mel", denied), ("own", set()), ("lin", set()), ("root", set())] {
        assert_eq!(stage.set(who, GROUP, "rep", "awaiting").await, set(), "{who}");
        assert_eq!(
            stage.set(who, GROUP, "rep", "awaiting").await,
            unprocessable(NOT_FOUND),
            "{who}"
        );
        assert_eq!(stage.set(who, GROUP, "rep", "active").await, active, "{who}");
        if active != set() {
            assert_eq!(
                stage.set(who, GROUP, "dev", "active").await,
                active,
                "before it is looked for"
            );
            assert_eq!(stage.set("own", GROUP, "rep", "active").await, set());
        }
        assert_eq!(stage.set("own", GROUP, "rep", "active").await, unprocessable(NOT_FOUND));
    }
}

async fn states_are_checked_in_order(app: TestApp) {
    let stage = Stage::new(app, &hall(|group| group)).await;
    let before = stage.traces().await;
    let user = |name: &str| stage.number_of(name).to_string();
    let (rep, own) = (user("rep"), user("own"));
    let awaiting = json!({"state": "awaiting"});
    let wrong = "state does not have a valid value";
    let no_user = message(404, "404 User Not Found");
    for (by, group, user, body, outcome) in [
        (
            "nobody",
            "/groups/none",
            "x",
            json!({}),
            message(401, "401 Unauthorized"),
        ),
        (
            "sid",
            "/groups/none",
            "x",
            json!({}),
            error(400, &format!("user_id is invalid, state is missing, {wrong}")),
        ),
        (
            "sid",
            "/groups/none",
            "99",
            json!({}),
            error(400, &format!("state is missing, {wrong}")),
        ),
        ("sid", "/groups/none", "99", json!({"state": "gone"}), error(400, wrong)),
        ("sid", "/groups/none", "99", json!({"state": ""}), error(400, wrong)),
        ("sid", "/groups/none", "99", json!({"state": null}), error(400, wrong)),
        (
            "sid",
            "/groups/none",
            "99",
            json!({"state": ["awaiting"]}),
            error(400, "state is invalid"),
        ),
        ("sid", "/groups/none", "99", awaiting.clone(), no_user.clone()),
        ("own", GROUP, "99", awaiting.clone(), no_user.clone()),
        ("own", GROUP, "0", awaiting.clone(), no_user.clone()),
        ("mia", SUBGROUP, "99", awaiting.clone(), no_user),
        (
            "own",
            "/groups/none",
            &rep,
            awaiting.clone(),
            message(404, "404 Group Not Found"),
        ),
        (
            "sid",
            GROUP,
            &rep,
            awaiting.clone(),
            message(404, "404 Group Not Found"),
        ),
        ("sue", SUBGROUP, &rep, awaiting.clone(), bad_request()),
        ("own", SUBGROUP, &rep, awaiting.clone(), bad_request()),
        ("mia", GROUP, &own, awaiting.clone(), bad_request()),
        ("own", SYNCED, &own, awaiting.clone(), bad_request()),
        ("root", SYNCED, &own, awaiting.clone(), bad_request()),
        ("mel", SYNCED, &own, json!({"state": "active"}), bad_request()),
        ("own", GROUP, "approve_all", awaiting, error(400, "user_id is invalid")),
    ] {
        let path = format!("{group}/members/{user}/state");
        assert_eq!(stage.put(by, &path, body.clone()).await, outcome, "{by} {path} {body}");
    }
    assert_eq!(stage.traces().await, before);
}

async fn a_state_is_set_in_the_whole_hierarchy_and_once(app: TestApp) {
    let stage = Stage::new(app, &hall(|group| group)).await;
    let waiting = stage.waiting().await;
    // gus counts in the group and waits in the project.
    assert_eq!(stage.set("own", GROUP, "gus", "awaiting").await, set());
    let mut all = waiting.clone();
    all.push(stage.row("acme", "gus"));
    all.sort_unstable();
    assert_eq!(stage.waiting().await, all);
    assert_eq!(
        stage.set("own", GROUP, "gus", "awaiting").await,
        unprocessable(NOT_FOUND)
    );
    assert_eq!(stage.set("own", GROUP, "gus", "active").await, set());
    let left: Vec<_> = waiting
        .iter()
        .copied()
        .filter(|row| *row != stage.row("acme/sub/p", "gus"))
        .collect();
    assert_eq!(stage.waiting().await, left);
    assert_eq!(stage.set("own", GROUP, "gus", "active").await, unprocessable(NOT_FOUND));
    // sid has a row elsewhere only, sue below the top only, min one that gives nothing.
    assert_eq!(stage.set("own", GROUP, "sid", "active").await, unprocessable(NOT_FOUND));
    assert_eq!(
        stage.set("own", GROUP, "sid", "awaiting").await,
        unprocessable(NOT_FOUND)
    );
    assert_eq!(
        stage.set("own", GROUP, "lin", "awaiting").await,
        unprocessable(NOT_FOUND),
        "comes by a share"
    );
    assert_eq!(stage.set("own", GROUP, "sue", "awaiting").await, set());
    assert_eq!(stage.set("own", GROUP, "min", "awaiting").await, set());
    assert_eq!(
        stage.set("own", GROUP, "ria", "awaiting").await,
        set(),
        "a request is a row, too"
    );
}

async fn who_waits_is_out_until_let_in_again(app: TestApp) {
    let stage = Stage::new(app, &hall(|group| group.set("seats", json!({"cap": 1})))).await;
    let see = async |by: &str| {
        let group = stage.by(by).get(GROUP).await.status.as_u16();
        (group, stage.by(by).get(SUBGROUP).await.status.as_u16())
    };
    let found = async |by: &str| {
        let list = stage
            .read(&format!("{GROUP}/members?state=awaiting&show_seat_info=true"))
            .await;
        let list = list.as_array().unwrap().clone();
        list.iter()
            .any(|member| member["username"] == by && member["is_using_seat"] == false)
    };
    assert_eq!((see("dev").await, found("dev").await), ((200, 200), false));
    assert_eq!(stage.set("own", GROUP, "dev", "awaiting").await, set());
    assert_eq!((see("dev").await, found("dev").await), ((404, 404), true));
    let pending = stage.read(&format!("{GROUP}/pending_members")).await;
    assert!(each(&pending, "username").contains(&json!("dev")));
    // Beyond the cap, as with an approval.
    assert_eq!(stage.set("own", GROUP, "dev", "active").await, set());
    assert_eq!((see("dev").await, found("dev").await), ((200, 200), false));
}

async fn the_last_owner_waits_for_nobody(app: TestApp) {
    let stage = Stage::new(app, &hall(|group| group)).await;
    let last = || unprocessable("The last owner cannot be set to awaiting");
    // One who comes by a share owns it, and is no owner that counts.
    for by in ["own", "lin", "root"] {
        assert_eq!(stage.set(by, GROUP, "own", "awaiting").await, last(), "{by}");
    }
    let second = json!({"username": "dev", "access_level": 50});
    let dev = stage.member(GROUP, "dev");
    assert_eq!(stage.put("own", &dev, second).await.0, 200);
    let own = || unprocessable("You cannot set yourself to awaiting");
    assert_eq!(stage.set("own", GROUP, "own", "awaiting").await, own());
    assert_eq!(
        stage.set("root", GROUP, "root", "awaiting").await,
        own(),
        "without a row, too"
    );
    assert_eq!(stage.set("dev", GROUP, "own", "awaiting").await, set());
    assert_eq!(
        stage.set("root", GROUP, "dev", "awaiting").await,
        last(),
        "who waits is no owner that counts"
    );
    assert_eq!(stage.delete("dev", &dev).await.0, 403);
    assert_eq!(stage.set("dev", GROUP, "own", "active").await, set());
    assert_eq!(stage.set("own", GROUP, "dev", "awaiting").await, set());
    // Of a subgroup the last owner may wait: the owners above own it, too.
    assert_eq!(stage.set("own", GROUP, "sue", "awaiting").await, set());
}

async fn a_manager_has_nobody_above_wait(app: TestApp) {
    let stage = Stage::new(app, &hall(|group| group)).await;
    let denied = || unprocessable("You do not have permission to set a member awaiting");
    // dev is a developer of the group, and a maintainer below it.
    for whom in ["mia", "dev", "sue"] {
        assert_eq!(stage.set("mel", GROUP, whom, "awaiting").await, denied(), "{whom}");
    }
    for whom in ["rep", "pla", "min"] {
        assert_eq!(stage.set("mel", GROUP, whom, "awaiting").await, set(), "{whom}");
    }
    assert_eq!(
        stage.set("mel", GROUP, "mel", "awaiting").await,
        unprocessable("You cannot set yourself to awaiting")
    );
    let last = unprocessable("The last owner cannot be set to awaiting");
    assert_eq!(stage.set("mel", GROUP, "own", "awaiting").await, last);
}

async fn a_state_leaves_events_and_entries(app: TestApp) {
    let world = World::new()
        .group("acme", |group| group.owner("own").developer("dan"))
        .group("acme/sub", |group| group.maintainer("dan"))
        .project("acme/sub/p", |project| project.owner("dan"));
    let stage = Stage::new(app, &world).await;
    let dan = stage.number_of("dan");
    let messages = async || {
        let events = stage.read(&format!("{GROUP}/audit_events")).await;
        let events = events.as_array().unwrap().clone();
        let told = |event: &Value| {
            let details = &event["details"];
            assert_eq!(event["event_name"], "change_membership_state");
            assert_eq!(
                (&details["target_type"], &details["target_id"]),
                (&json!("User"), &json!(dan))
            );
            assert_eq!(event["entity_id"], stage.group("acme"));
            details["custom_message"].as_str().unwrap().to_owned()
        };
        events.iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(stage.set("own", GROUP, "dan", "awaiting").await, set());
    assert_eq!(
        messages().await,
        ["Changed the membership state to awaiting"],
        "one for all"
    );
    assert_eq!(
        stage
            .count(&format!("change_log WHERE kind = 'member_updated' AND user_id = {dan}"))
            .await,
        3
    );
    assert_eq!(stage.set("own", GROUP, "dan", "active").await, set());
    let active = "Changed the membership state to active";
    let awaiting = "Changed the membership state to awaiting";
    assert_eq!(messages().await, [active, active, active, awaiting]);
    assert_eq!(
        stage
            .count(&format!(
                "change_log WHERE kind = 'member_approved' AND user_id = {dan}"
            ))
            .await,
        3
    );
    assert_eq!(stage.count("change_log").await, 6);
    assert_eq!(stage.count("outbox").await, 0);
}
