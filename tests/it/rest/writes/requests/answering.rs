//! Approving and denying.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::{Stage, error, faults, forbidden, message, no_row};
use super::{GROUP, PROJECT, everybody};
use crate::support::world::{Group, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    requests_are_approved_by_who_administers_the_members_up_to_their_own_level,
    requests_are_denied_by_who_administers_the_members_and_withdrawn_by_who_asks,
    an_approved_request_is_a_membership_with_the_same_row,
    who_does_not_ask_is_not_found_before_the_right_is_asked,
    a_level_must_be_one_of_those_listed,
    the_membership_must_be_allowed,
    a_locked_group_approves_nobody_into_its_projects,
    who_is_approved_without_a_seat_waits,
    a_denial_can_ask_for_the_row_as_it_was,
    adding_who_asks_answers_the_request,
    an_answer_costs_the_same_among_many,
);

const LEVELS: [i64; 6] = [10, 15, 20, 30, 40, 50];

async fn requests_are_approved_by_who_administers_the_members_up_to_their_own_level(app: TestApp) {
    let stage = Stage::new(app, &everybody(Group::public)).await;
    for (source, who, expected) in [
        (GROUP, "sid", "------"),
        (GROUP, "ria", "------"),
        (GROUP, "min", "------"),
        (GROUP, "awa", "------"),
        (GROUP, "gus", "------"),
        (GROUP, "dev", "------"),
        (GROUP, "mia", "------"),
        (GROUP, "mel", "+-++--"),
        (GROUP, "own", "++++++"),
        (GROUP, "lin", "++++++"),
        (GROUP, "root", "++++++"),
        (PROJECT, "sid", "------"),
        (PROJECT, "ria", "------"),
        (PROJECT, "dev", "------"),
        (PROJECT, "mel", "------"),
        (PROJECT, "mia", "+-+++-"),
        (PROJECT, "own", "++++++"),
        (PROJECT, "ann", "++++++"),
        (PROJECT, "root", "++++++"),
    ] {
        let mut outcome = String::new();
        for level in LEVELS {
            let body = json!({"access_level": level});
            let (status, text) = stage.approve(who, source, "ria", body).await;
            if status == 201 {
                outcome.push('+');
                assert_eq!(stage.level(source, "ria").await, Some(level));
                assert_eq!(stage.delete("root", &stage.member(source, "ria")).await.0, 204);
                assert_eq!(stage.ask("ria", source).await.0, 201);
            } else {
                assert_eq!((status, text), forbidden(), "{source} {who} {level}");
                outcome.push('-');
            }
        }
        assert_eq!(outcome, expected, "{source} {who}");
    }
    let anonymous = stage.approve("nobody", GROUP, "ria", json!({})).await;
    assert_eq!(anonymous, message(401, "401 Unauthorized"));
}

async fn requests_are_denied_by_who_administers_the_members_and_withdrawn_by_who_asks(app: TestApp) {
    let stage = Stage::new(app, &everybody(Group::public)).await;
    for (source, who, expected) in [
        (GROUP, "sid", false),
        (GROUP, "rob", false),
        (GROUP, "min", false),
        (GROUP, "gus", false),
        (GROUP, "dev", false),
        (GROUP, "mia", false),
        (GROUP, "mel", true),
        (GROUP, "own", true),
        (GROUP, "lin", true),
        (GROUP, "root", true),
        (GROUP, "ria", true),
        (PROJECT, "rob", false),
        (PROJECT, "dev", false),
        (PROJECT, "mel", false),
        (PROJECT, "mia", true),
        (PROJECT, "own", true),
        (PROJECT, "root", true),
        (PROJECT, "ria", true),
    ] {
        let outcome = stage.deny(who, source, "ria").await;
        if expected {
            assert_eq!(outcome, (204, String::new()), "{source} {who}");
            assert_eq!(stage.requesters(source).await, ["rob"]);
            assert_eq!(stage.deny(who, source, "ria").await, no_row(), "{source} {who}");
            let event = stage.last_event(source).await;
            assert_eq!(event["event_name"], "member_destroyed");
            assert_eq!(event["details"]["remove"], "user_access");
            assert_eq!(event["details"]["target_id"], stage.number_of("ria"));
            assert_eq!(stage.ask("ria", source).await.0, 201);
        } else {
            assert_eq!(outcome, forbidden(), "{source} {who}");
        }
    }
    assert_eq!(stage.count("change_log WHERE kind = 'access_request_denied'").await, 9);
    assert_eq!(
        stage.deny("nobody", GROUP, "ria").await,
        message(401, "401 Unauthorized")
    );
    // Withdrawing needs no open door.
    assert_eq!(stage.deny("rob", GROUP, "rob").await.0, 204);
}

async fn an_approved_request_is_a_membership_with_the_same_row(app: TestApp) {
    let world = World::new()
        .group("acme", |group| {
            group.public().owner("ann").requested_by("ria", |row| row)
        })
        .project("acme/p", |project| project.public().requested_by("zoe", |row| row));
    let stage = Stage::new(app, &world).await;
    for (source, who) in [("/groups/acme", "ria"), ("/projects/acme%2Fp", "zoe")] {
        let row = format!("members WHERE user_id = {} AND requested_at IS", stage.number_of(who));
        assert_eq!(stage.count(&format!("{row} NOT NULL")).await, 1);
        let rows = stage.count("members").await;
        let (status, body) = stage.approve("ann", source, who, json!({})).await;
        let member: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(status, 201);
        assert_eq!(
            (
                &member["username"],
                &member["access_level"],
                &member["created_by"]["username"]
            ),
            (&json!(who), &json!(30), &json!("ann"))
        );
        let read = stage.by("ann").get(&stage.member(source, who)).await.expect(200);
        assert_eq!(read.text(), body, "it is the member");
        assert_eq!(stage.count(&format!("{row} NULL")).await, 1);
        assert_eq!(stage.count("members").await, rows);
        assert_eq!(stage.approve("ann", source, who, json!({})).await, no_row(), "once");
        assert_eq!(stage.deny("ann", source, who).await, no_row());
        assert!(stage.requesters(source).await.is_empty());
        let event = stage.last_event(source).await;
        assert_eq!(event["event_name"], "member_created");
        assert_eq!(event["details"]["add"], "user_access");
        assert_eq!(event["details"]["as"], "Default role: Developer");
    }
    assert_eq!(stage.count("change_log WHERE kind = 'member_added'").await, 2);
    let level = stage.by("ria").get("/projects/acme%2Fp/members/all").await;
    assert_eq!(level.status, 200);
}

async fn who_does_not_ask_is_not_found_before_the_right_is_asked(app: TestApp) {
    let stage = Stage::new(app, &everybody(Group::public)).await;
    for source in [GROUP, PROJECT] {
        for by in ["sid", "gus", "own"] {
            for who in ["gus", "sid", "awa", "min"] {
                assert_eq!(
                    stage.approve(by, source, who, json!({})).await,
                    no_row(),
                    "{source} {by} {who}"
                );
                assert_eq!(stage.deny(by, source, who).await, no_row(), "{source} {by} {who}");
            }
            for (path, outcome) in [("99", no_row()), ("ria", error(400, "user_id is invalid"))] {
                let path = format!("{source}/access_requests/{path}");
                let approve = stage.put(by, &format!("{path}/approve"), json!({})).await;
                assert_eq!(approve, outcome, "{path}");
                assert_eq!(stage.delete(by, &path).await, outcome, "{path}");
            }
        }
    }
    for (path, text) in [
        ("/groups/none", "404 Group Not Found"),
        ("/projects/home%2Fx", "404 Project Not Found"),
    ] {
        assert_eq!(stage.approve("own", path, "ria", json!({})).await, message(404, text));
        assert_eq!(stage.deny("own", path, "ria").await, message(404, text));
    }
}

async fn a_level_must_be_one_of_those_listed(app: TestApp) {
    let stage = Stage::new(app, &everybody(Group::public)).await;
    let before = stage.traces().await;
    for (level, text) in [
        (json!(5), "access_level does not have a valid value"),
        (json!(0), "access_level does not have a valid value"),
        (json!(25), "access_level does not have a valid value"),
        (json!(60), "access_level does not have a valid value"),
        (json!(-10), "access_level does not have a valid value"),
        (json!("word"), "access_level is invalid"),
    ] {
        // Before anything is looked for.
        for source in [GROUP, "/groups/none"] {
            let body = json!({"access_level": level});
            assert_eq!(
                stage.approve("own", source, "ria", body).await,
                error(400, text),
                "{level}"
            );
        }
    }
    assert_eq!(stage.traces().await, before);
    for (source, who, body) in [
        (GROUP, "ria", json!({"access_level": null})),
        (GROUP, "rob", json!({"access_level": "20"})),
    ] {
        let level = body["access_level"].as_str().map_or(30, |text| text.parse().unwrap());
        assert_eq!(stage.approve("own", source, who, body).await.0, 201);
        assert_eq!(stage.level(source, who).await, Some(level));
    }
}

async fn the_membership_must_be_allowed(app: TestApp) {
    let world = World::new()
        .user("out", |user| user)
        .group("acme", |group| {
            group
                .owner("ann")
                .maintainer("max")
                .setting("allowed_email_domains", json!(["corp.example"]))
        })
        .group("acme/tools", |group| {
            group.requested_by("max", |row| row).requested_by("out", |row| row)
        })
        .group("other", |group| group.owner("ann").developer("dan"))
        .project("other/p", |project| project.requested_by("dan", |row| row));
    let stage = Stage::new(app, &world).await;
    let before = stage.traces().await;
    let inherited = |role: &str, group: &str| {
        format!("should be greater than or equal to {role} inherited membership from group {group}")
    };
    let tools = "/groups/acme%2Ftools";
    for (by, advice) in [
        ("ann", "Check with your administrator."),
        (
            "root",
            "Go to the group’s 'Settings &gt; General' page, and check 'Restrict membership by email domain'.",
        ),
    ] {
        let outside = format!("is not allowed for this group. {advice}");
        assert_eq!(
            stage.approve(by, tools, "max", json!({})).await,
            faults(&json!({"access_level": [inherited("Maintainer", "acme")], "user": [outside]}))
        );
        assert_eq!(
            stage.approve(by, tools, "out", json!({})).await,
            faults(&json!({"user": [outside]}))
        );
    }
    let project = "/projects/other%2Fp";
    assert_eq!(
        stage.approve("ann", project, "dan", json!({"access_level": 20})).await,
        faults(&json!({"access_level": [inherited("Developer", "other")]}))
    );
    assert_eq!(stage.traces().await, before);
    assert_eq!(
        stage.approve("ann", project, "dan", json!({})).await.0,
        201,
        "equal is fine"
    );
}

async fn a_locked_group_approves_nobody_into_its_projects(app: TestApp) {
    let world = World::new()
        .group("acme", |group| {
            group
                .setting("membership_lock", true)
                .owner("ann")
                .requested_by("ria", |row| row)
        })
        .project("acme/p", |project| {
            project.maintainer("mia").requested_by("zoe", |row| row)
        });
    let stage = Stage::new(app, &world).await;
    let project = "/projects/acme%2Fp";
    for by in ["mia", "ann", "root"] {
        assert_eq!(stage.approve(by, project, "zoe", json!({})).await, forbidden(), "{by}");
    }
    assert_eq!(stage.requesters(project).await, ["zoe"]);
    assert_eq!(stage.deny("mia", project, "zoe").await.0, 204);
    assert_eq!(stage.approve("ann", "/groups/acme", "ria", json!({})).await.0, 201);
}

async fn who_is_approved_without_a_seat_waits(app: TestApp) {
    let world = World::new()
        .group("acme", |group| {
            group
                .public()
                .owner("ann")
                .set("seats", json!({"cap": 2}))
                .requested_by("ria", |row| row)
                .requested_by("rob", |row| row)
        })
        .project("acme/p", |project| project.public().requested_by("ria", |row| row));
    let stage = Stage::new(app, &world).await;
    let approve = async |source: &str, who: &str| {
        let (status, body) = stage.approve("ann", source, who, json!({"access_level": 10})).await;
        assert_eq!(status, 201);
        serde_json::from_str::<Value>(&body).unwrap()["membership_state"].clone()
    };
    assert_eq!(approve("/groups/acme", "ria").await, "active");
    assert_eq!(approve("/groups/acme", "rob").await, "awaiting");
    assert_eq!(
        approve("/projects/acme%2Fp", "ria").await,
        "active",
        "holds a seat already"
    );
    assert_eq!(
        stage.ask("rob", "/groups/acme").await,
        forbidden(),
        "who waits need not ask"
    );
    assert_eq!(stage.approve("ann", "/groups/acme", "rob", json!({})).await, no_row());
}

async fn a_denial_can_ask_for_the_row_as_it_was(app: TestApp) {
    let stage = Stage::new(app, &everybody(Group::public)).await;
    assert_eq!(stage.ask("sid", GROUP).await.0, 201);
    let path = stage.request(GROUP, "sid");
    // It was made at 2026-11-21T12:00:00Z, a Saturday. The date is judged before the right, and behind the row.
    let deny = async |by: &str, path: &str, since: &str| {
        let answer = stage
            .by(by)
            .with(Method::DELETE, path, &[("if-unmodified-since", since)], "")
            .await;
        (answer.status.as_u16(), answer.text())
    };
    for by in ["own", "gus"] {
        assert_eq!(
            deny(by, &path, "Sat, 21 Nov 2026 11:59:59 GMT").await,
            message(412, "412 Precondition Failed"),
            "{by}"
        );
    }
    let nobody = format!("{GROUP}/access_requests/99");
    assert_eq!(deny("own", &nobody, "Sat, 21 Nov 2026 11:59:59 GMT").await, no_row());
    assert_eq!(
        deny("gus", &path, "sometime").await,
        forbidden(),
        "a date that is none counts for nothing"
    );
    assert_eq!(deny("own", &path, "Sat, 21 Nov 2026 12:00:00 GMT").await.0, 204);
}

async fn adding_who_asks_answers_the_request(app: TestApp) {
    let stage = Stage::new(app, &everybody(Group::public)).await;
    let rows = stage.count("members").await;
    for (source, by) in [(GROUP, "own"), (PROJECT, "mia")] {
        let body = json!({"user_id": stage.number_of("ria"), "access_level": 20});
        assert_eq!(stage.post(by, &format!("{source}/members"), body).await.0, 201);
        let several = json!({"username": "rob,", "access_level": 20});
        assert_eq!(stage.post(by, &format!("{source}/members"), several).await.0, 201);
        assert!(stage.requesters(source).await.is_empty());
        assert_eq!(stage.approve(by, source, "ria", json!({})).await, no_row());
    }
    assert_eq!(stage.count("members").await, rows, "the same rows");
}

async fn an_answer_costs_the_same_among_many(app: TestApp) {
    let crowd = |group: Group, many: usize| {
        let group = group
            .public()
            .owner("ann")
            .requested_by("ria", |row| row)
            .requested_by("rob", |row| row);
        (0..many).fold(group, |group, n| {
            group.owner(&format!("o{n}")).requested_by(&format!("r{n}"), |row| row)
        })
    };
    let world = World::new()
        .user("sid", |user| user)
        .group("small", |group| crowd(group, 1))
        .group("large", |group| crowd(group, 40));
    let stage = Stage::new(app, &world).await;
    let mut costs = vec![];
    for source in ["/groups/small", "/groups/large"] {
        let asked = stage
            .by("sid")
            .post(&format!("{source}/access_requests"), &json!({}))
            .await
            .expect(201);
        let path = format!("{}/approve", stage.request(source, "ria"));
        let approved = stage.by("ann").put(&path, &json!({})).await.expect(201);
        let denied = stage.by("ann").delete(&stage.request(source, "rob")).await.expect(204);
        costs.push((asked.statements, approved.statements, denied.statements));
    }
    assert!(costs[0].0 > 5, "writes are counted: {costs:?}");
    assert_eq!(costs[0], costs[1]);
}
