//! Accounts that administrators open and shut, through both faces.

use axum::http::Method;
use serde_json::{Value, json};

use crate::graph::{SET_STATE, done, faults, number, refused, traces, user_id};
use crate::support::world::World;
use crate::support::{Client, TestApp, level, on_both_databases};

on_both_databases!(
    each_act_on_each_account_is_answered_as_by_gitlab,
    the_account_of_the_product_itself_stays_open,
    each_state_is_given_or_refused_with_its_reason,
    only_administrators_open_and_shut_accounts,
    nobody_shuts_oneself_out,
    who_was_active_lately_is_not_put_to_sleep,
    who_is_blocked_is_out_at_once_and_keeps_every_row,
    who_is_blocked_takes_no_seat_until_unblocked,
    an_act_leaves_an_audit_event_of_the_user,
    a_state_is_given_once_under_a_key,
);

/// An account in each state, and the product's own.
const STATES: [(&str, &str); 6] = [
    ("active", "amy"),
    ("blocked", "bob"),
    ("ldap_blocked", "lea"),
    ("banned", "ben"),
    ("deactivated", "dee"),
    ("blocked_pending_approval", "pat"),
];

fn place() -> World {
    let world = World::new()
        .user("gus", |user| user.set("user_type", "ghost"))
        .user("new", |user| user.set("last_activity_on", "2026-11-01"))
        .user("sig", |user| user.set("last_sign_in_at", "2026-11-01T00:00:00Z"))
        .user("old", |user| {
            user.set("last_activity_on", "2026-01-01")
                .set("last_sign_in_at", "2026-01-02T00:00:00Z")
        });
    let world = STATES.into_iter().fold(world, |world, (state, name)| {
        world.user(name, |user| user.set("state", state))
    });
    world.group("acme", |group| {
        let group = group.owner("ann").member("tim", level::DEVELOPER, |row| row);
        STATES.into_iter().fold(group, |group, (_, name)| group.guest(name))
    })
}

async fn id(app: &TestApp, name: &str) -> i64 {
    number(app, &format!("SELECT id FROM users WHERE username = '{name}'")).await
}

async fn state(app: &TestApp, name: &str) -> Value {
    let id = id(app, name).await;
    app.admin().get(&format!("/users/{id}")).await.expect(200).json()["state"].clone()
}

async fn act(client: &Client, user: i64, word: &str) -> (u16, String) {
    let answer = client
        .call(Method::POST, &format!("/users/{user}/{word}"), &json!({}))
        .await;
    (answer.status.as_u16(), answer.text())
}

fn message(status: u16, text: &str) -> (u16, String) {
    (status, json!({ "message": text }).to_string())
}

async fn each_act_on_each_account_is_answered_as_by_gitlab(app: TestApp) {
    app.import(&place().json()).await;
    let said = |text: &str| (201, text.to_owned());
    let no = |text: &str| message(403, text);
    let of_ldap = no("403 Forbidden - LDAP blocked users cannot be modified by the API");
    let unblocked_first = no("Error occurred. A blocked user must be unblocked to be activated");
    let no_sleep = no("Error occurred. A blocked user cannot be deactivated");
    for (word, answers) in [
        (
            "block",
            [
                (said("true"), "blocked"),
                (said("null"), "blocked"),
                (of_ldap, "ldap_blocked"),
                (said("null"), "banned"),
                (said("true"), "blocked"),
                (said("null"), "blocked_pending_approval"),
            ],
        ),
        (
            "unblock",
            [
                (said("false"), "active"),
                (said("true"), "active"),
                (
                    no("403 Forbidden - LDAP blocked users cannot be unblocked by the API"),
                    "ldap_blocked",
                ),
                (said("false"), "banned"),
                (
                    no("403 Forbidden - Deactivated users cannot be unblocked by the API"),
                    "deactivated",
                ),
                (said("true"), "active"),
            ],
        ),
        (
            "ban",
            [
                (said("true"), "banned"),
                (no("You cannot ban blocked users."), "blocked"),
                (no("You cannot ban ldap_blocked users."), "ldap_blocked"),
                (no("You cannot ban banned users."), "banned"),
                (no("You cannot ban deactivated users."), "deactivated"),
                (
                    no("You cannot ban blocked_pending_approval users."),
                    "blocked_pending_approval",
                ),
            ],
        ),
        (
            "unban",
            [
                (no("You cannot unban active users."), "active"),
                (no("You cannot unban blocked users."), "blocked"),
                (no("You cannot unban ldap_blocked users."), "ldap_blocked"),
                (said("true"), "active"),
                (no("You cannot unban deactivated users."), "deactivated"),
                (
                    no("You cannot unban blocked_pending_approval users."),
                    "blocked_pending_approval",
                ),
            ],
        ),
        (
            "activate",
            [
                (said("true"), "active"),
                (unblocked_first.clone(), "blocked"),
                (unblocked_first.clone(), "ldap_blocked"),
                (unblocked_first.clone(), "banned"),
                (said("true"), "active"),
                (unblocked_first, "blocked_pending_approval"),
            ],
        ),
        (
            "deactivate",
            [
                (said("true"), "deactivated"),
                (no_sleep.clone(), "blocked"),
                (no_sleep.clone(), "ldap_blocked"),
                (no_sleep.clone(), "banned"),
                (said("null"), "deactivated"),
                (no_sleep, "blocked_pending_approval"),
            ],
        ),
    ] {
        for ((before, name), (answer, after)) in STATES.into_iter().zip(answers) {
            let user = id(&app, name).await;
            let events = number(&app, "SELECT COUNT(*) FROM audit_events").await;
            assert_eq!(act(&app.admin(), user, word).await, answer, "{word} {before}");
            assert_eq!(state(&app, name).await, after, "{word} {before}");
            let left = number(&app, "SELECT COUNT(*) FROM audit_events").await - events;
            assert_eq!(left, i64::from(before != after), "{word} {before}");
            crate::graph::run(&app, &format!("UPDATE users SET state = '{before}' WHERE id = {user}")).await;
        }
    }
}

async fn the_account_of_the_product_itself_stays_open(app: TestApp) {
    app.import(&place().json()).await;
    for (word, answer) in [
        ("block", message(403, "An internal user cannot be blocked")),
        ("ban", message(403, "An internal user cannot be banned")),
        ("deactivate", message(403, "Internal users cannot be deactivated")),
    ] {
        assert_eq!(act(&app.admin(), id(&app, "gus").await, word).await, answer, "{word}");
    }
}

async fn each_state_is_given_or_refused_with_its_reason(app: TestApp) {
    app.import(&place().json()).await;
    let given = |state: &str| json!([[], state]);
    let kept = |code: &str, text: &str, field: &str| json!([[[code, text, [field]]], null]);
    let forbidden = |text: &str| kept("FORBIDDEN", text, "id");
    let of_ldap = "LDAP blocked users cannot be modified by the API";
    let shut = forbidden("The account is shut in another way, which has to end first");
    let no_sleep = forbidden("Error occurred. A blocked user cannot be deactivated");
    let by_hand = kept(
        "INVALID",
        "Only the directory, or signing up, gives an account this state",
        "state",
    );
    for (wanted, answers) in [
        (
            "active",
            [
                given("active"),
                given("active"),
                forbidden("LDAP blocked users cannot be unblocked by the API"),
                given("active"),
                given("active"),
                given("active"),
            ],
        ),
        (
            "blocked",
            [
                given("blocked"),
                given("blocked"),
                forbidden(of_ldap),
                shut.clone(),
                given("blocked"),
                shut,
            ],
        ),
        (
            "banned",
            [
                given("banned"),
                forbidden("You cannot ban blocked users."),
                forbidden("You cannot ban ldap_blocked users."),
                forbidden("You cannot ban banned users."),
                forbidden("You cannot ban deactivated users."),
                forbidden("You cannot ban blocked_pending_approval users."),
            ],
        ),
        (
            "deactivated",
            [
                given("deactivated"),
                no_sleep.clone(),
                no_sleep.clone(),
                no_sleep.clone(),
                given("deactivated"),
                no_sleep,
            ],
        ),
        ("ldap_blocked", [(); 6].map(|()| by_hand.clone())),
        ("blocked_pending_approval", [(); 6].map(|()| by_hand.clone())),
    ] {
        for ((before, name), answer) in STATES.into_iter().zip(answers) {
            let user = user_id(&app, name).await;
            let told = done(
                &app.admin(),
                SET_STATE,
                json!({"id": user, "state": wanted, "clientMutationId": "x"}),
            )
            .await;
            assert_eq!(
                json!([faults(&told), told["user"]["state"]]),
                answer,
                "{wanted} {before}"
            );
            assert_eq!(told["clientMutationId"], "x");
            let now = if answer[1].is_null() {
                json!(before)
            } else {
                answer[1].clone()
            };
            assert_eq!(state(&app, name).await, now, "{wanted} {before}");
            let back = format!("UPDATE users SET state = '{before}' WHERE username = '{name}'");
            crate::graph::run(&app, &back).await;
        }
    }
}

const ACTS: [&str; 6] = ["block", "unblock", "ban", "unban", "activate", "deactivate"];

async fn only_administrators_open_and_shut_accounts(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    let amy = id(&app, "amy").await;
    for word in ACTS {
        assert_eq!(
            act(&app.anonymous(), amy, word).await,
            message(401, "401 Unauthorized"),
            "{word}"
        );
        for (who, user) in [("ann", amy), ("amy", amy), ("ann", 99999)] {
            let client = app.token(&format!("{who}-api"));
            assert_eq!(
                act(&client, user, word).await,
                message(403, "403 Forbidden"),
                "{word} {who}"
            );
        }
        assert_eq!(
            act(&app.admin(), 99999, word).await,
            message(404, "404 User Not Found"),
            "{word}"
        );
        let answer = app
            .admin()
            .post(&format!("/users/amy/{word}"), &json!({}))
            .await
            .expect(404);
        assert_eq!(answer.json(), json!({"error": "404 Not Found"}));
    }
    let input = |id: &str| json!({"id": id, "state": "blocked"});
    for (who, user) in [
        ("ann", user_id(&app, "amy").await),
        ("root", "gid://gitlab/User/99999".to_owned()),
    ] {
        let code = refused(&app.token(&format!("{who}-api")), SET_STATE, input(&user)).await;
        assert_eq!(code, "RESOURCE_NOT_AVAILABLE", "{who}");
    }
    assert_eq!(traces(&app).await, before);
}

async fn nobody_shuts_oneself_out(app: TestApp) {
    app.import(&place().json()).await;
    let root = id(&app, "root").await;
    for word in ["block", "ban", "deactivate"] {
        let past = match word {
            "ban" => "banned",
            "block" => "blocked",
            _ => "deactivated",
        };
        let text = format!("The API initiating user cannot be {past} by the API");
        assert_eq!(
            act(&app.admin(), root, word).await,
            message(403, &format!("403 Forbidden - {text}"))
        );
        let told = done(
            &app.admin(),
            SET_STATE,
            json!({"id": user_id(&app, "root").await, "state": past}),
        )
        .await;
        assert_eq!(faults(&told), json!([["FORBIDDEN", text, ["id"]]]));
    }
    assert_eq!(act(&app.admin(), root, "activate").await, (201, "true".to_owned()));
    assert_eq!(number(&app, "SELECT COUNT(*) FROM audit_events").await, 0);
}

async fn who_was_active_lately_is_not_put_to_sleep(app: TestApp) {
    app.import(&place().json()).await;
    let text = "The user you are trying to deactivate has been active in the past 90 days and cannot be deactivated";
    for (name, answer) in [
        ("new", message(403, text)),
        ("sig", message(403, text)),
        ("old", (201, "true".to_owned())),
        ("tim", (201, "true".to_owned())),
    ] {
        assert_eq!(
            act(&app.admin(), id(&app, name).await, "deactivate").await,
            answer,
            "{name}"
        );
    }
    let told = done(
        &app.admin(),
        SET_STATE,
        json!({"id": user_id(&app, "new").await, "state": "deactivated"}),
    )
    .await;
    assert_eq!(faults(&told), json!([["FORBIDDEN", text, ["id"]]]));
}

async fn who_is_blocked_is_out_at_once_and_keeps_every_row(app: TestApp) {
    app.import(&place().json()).await;
    let tim = app.token("tim-api");
    let number = id(&app, "tim").await;
    let row = format!("/groups/acme/members/{number}");
    let before = app.admin().get(&row).await.expect(200).json();
    for (shut, open, word, text) in [
        (
            "block",
            "unblock",
            "blocked",
            "403 Forbidden - Your account has been blocked.",
        ),
        (
            "ban",
            "unban",
            "banned",
            "403 Forbidden - Your account has been blocked.",
        ),
        (
            "deactivate",
            "activate",
            "deactivated",
            "403 Forbidden - Your account has been deactivated by your administrator.",
        ),
    ] {
        tim.get("/user").await.expect(200);
        assert_eq!(act(&app.admin(), number, shut).await, (201, "true".to_owned()));
        let out = tim.get("/user").await.expect(403).json();
        assert!(out["message"].as_str().unwrap().starts_with(text), "{out}");
        let out = tim
            .graphql("{ currentUser { username } }", json!({}))
            .await
            .expect(403)
            .json();
        assert_eq!(out["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        let mut kept = app.admin().get(&row).await.expect(200).json();
        assert_eq!(kept["state"], word);
        kept["state"] = before["state"].clone();
        assert_eq!(kept, before, "{shut}");
        assert_eq!(act(&app.admin(), number, open).await, (201, "true".to_owned()));
    }
    tim.get("/user").await.expect(200);
}

async fn who_is_blocked_takes_no_seat_until_unblocked(app: TestApp) {
    app.import(&place().json()).await;
    let takes_seat = async || {
        let report = roster::domain::seats::verify(&app.system(), false).await.unwrap();
        assert_eq!(report.findings, []);
        let list = app
            .token("ann-api")
            .get("/groups/acme/billable_members")
            .await
            .expect(200)
            .json();
        list.as_array()
            .unwrap()
            .iter()
            .any(|member| member["username"] == "tim")
    };
    assert!(takes_seat().await);
    let tim = id(&app, "tim").await;
    for (shut, open) in [("block", "unblock"), ("ban", "unban"), ("deactivate", "activate")] {
        act(&app.admin(), tim, shut).await;
        assert!(!takes_seat().await, "{shut}");
        act(&app.admin(), tim, open).await;
        assert!(takes_seat().await, "{open}");
    }
}

async fn an_act_leaves_an_audit_event_of_the_user(app: TestApp) {
    app.import(&place().json()).await;
    let tim = id(&app, "tim").await;
    let mut expected = Vec::new();
    for (word, name, text, from, to) in [
        ("block", "user_blocked", "Blocked user", "active", "blocked"),
        ("unblock", "user_unblocked", "Unblocked user", "blocked", "active"),
        ("ban", "user_banned", "Banned user", "active", "banned"),
        ("unban", "user_unbanned", "Unbanned user", "banned", "active"),
        (
            "deactivate",
            "user_deactivate",
            "Deactivated user",
            "active",
            "deactivated",
        ),
        ("activate", "user_activate", "Activated user", "deactivated", "active"),
    ] {
        act(&app.admin(), tim, word).await;
        expected.push(json!([name, text, "tim", tim, from, to]));
    }
    expected.reverse();
    let events = app
        .admin()
        .get(&format!("/audit_events?entity_type=User&entity_id={tim}"))
        .await
        .expect(200)
        .json();
    let told = events.as_array().unwrap().iter().map(|event| {
        let details = &event["details"];
        assert_eq!(
            (&event["entity_id"], &details["target_type"]),
            (&json!(tim), &json!("User"))
        );
        json!([
            event["event_name"],
            details["custom_message"],
            details["entity_path"],
            details["target_id"],
            details["from"],
            details["to"]
        ])
    });
    assert_eq!(told.collect::<Vec<_>>(), expected);
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM audit_events WHERE root_id IS NOT NULL").await,
        0
    );
    assert_eq!(number(&app, "SELECT COUNT(*) FROM change_log").await, 0);
}

async fn a_state_is_given_once_under_a_key(app: TestApp) {
    app.import(&place().json()).await;
    let document =
        "mutation($input: UserSetStateInput!) { done: userSetState(input: $input) @idempotent(key: \"once\") {
        errors user { username state } } }";
    let input = json!({"id": user_id(&app, "tim").await, "state": "banned"});
    let first = done(&app.admin(), document, input.clone()).await;
    assert_eq!(first["user"], json!({"username": "tim", "state": "banned"}));
    assert_eq!(done(&app.admin(), document, input).await, first);
    assert_eq!(number(&app, "SELECT COUNT(*) FROM audit_events").await, 1);
}
