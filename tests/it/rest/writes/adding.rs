//! One newcomer.

use axum::http::Method;
use insta::{allow_duplicates, assert_snapshot};
use serde_json::{Value, json};

use super::{Stage, error, faults, forbidden, message};
use crate::support::world::{Group, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_newcomer_is_answered_as_a_member_and_listed_at_once,
    a_newcomer_is_named_by_number_or_by_name_in_every_kind_of_body,
    an_add_is_judged_in_one_order,
    hidden_and_missing_sources_answer_the_same_bytes,
    who_is_there_already_is_a_conflict,
    a_locked_group_takes_nobody_into_its_projects,
    a_request_becomes_the_membership,
    a_minimal_row_is_raised,
    an_expired_row_makes_way,
    a_membership_may_end_today_and_counts_no_more,
    a_newcomer_without_a_seat_waits,
    a_row_is_validated_in_every_field,
    a_custom_role_comes_with_its_level,
    a_bot_is_at_home_in_one_place,
    an_address_must_be_of_the_allowed_domains,
);

async fn a_newcomer_is_answered_as_a_member_and_listed_at_once(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user.set("public_email", "bob@public.example"))
        .group("acme", |group| group.owner("ann"))
        .group("acme/tools", |group| group)
        .project("acme/tools/cli", |project| project);
    let stage = Stage::new(app, &world).await;
    for source in ["/groups/acme%2Ftools", "/projects/acme%2Ftools%2Fcli"] {
        let bob = stage.number_of("bob");
        let answer = stage
            .by("ann")
            .post(
                &format!("{source}/members"),
                &json!({"user_id": bob, "access_level": 30, "expires_at": "2030-05-06"}),
            )
            .await
            .expect(201);
        assert_eq!(answer.header("content-type"), "application/json");
        assert!(answer.header("etag").starts_with("W/"));
        let text = answer.text();
        allow_duplicates! { assert_snapshot!(text, @r#"{"id":2,"username":"bob","public_email":"bob@public.example","name":"Bob","state":"active","locked":false,"avatar_url":null,"web_url":"https://roster.example/bob","access_level":30,"created_at":"2026-11-21T12:00:00.000Z","created_by":{"id":3,"username":"ann","public_email":null,"name":"Ann","state":"active","locked":false,"avatar_url":null,"web_url":"https://roster.example/ann"},"expires_at":"2030-05-06","membership_state":"active"}"#) };
        let one = stage.by("ann").get(&stage.member(source, "bob")).await.expect(200);
        assert_eq!(one.text(), text);
        let all = stage.by("bob").get(&format!("{source}/members/all")).await.expect(200);
        assert!(all.text().contains("\"username\":\"bob\""), "{}", all.text());
    }
}

async fn a_newcomer_is_named_by_number_or_by_name_in_every_kind_of_body(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| group.owner("ann"));
    let stage = Stage::new(app, &world).await;
    let (ann, bob) = (stage.by("ann"), stage.member("/groups/acme", "bob"));
    let path = "/groups/acme/members";
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let json = [("content-type", "application/json; charset=utf-8")];
    let calls: [(&str, &[(&str, &str)], &str); 7] = [
        ("?user_id=2&access_level=30", &[], ""),
        ("", &form, "user_id=2&access_level=30&expires_at="),
        ("", &json, r#"{"user_id":"2","access_level":"30"}"#),
        (
            "",
            &json,
            r#"{"user_id":2,"access_level":30,"expires_at":null,"member_role_id":null}"#,
        ),
        (
            "",
            &json,
            r#"{"username":"BOB","access_level":30,"tasks_to_be_done":["ci"],"tasks_project_id":"x"}"#,
        ),
        (
            "?user_id=99",
            &json,
            r#"{"user_id":2,"access_level":30,"invite_source":"other"}"#,
        ),
        ("?private_token=ann-api", &form, "username=bob&access_level=30"),
    ];
    for (query, headers, body) in calls {
        let path = format!("{path}{query}");
        let answer = ann.with(Method::POST, &path, headers, body).await.expect(201).json();
        assert_eq!(
            (&answer["username"], &answer["expires_at"]),
            (&json!("bob"), &Value::Null)
        );
        stage.app.admin().delete(&bob).await.expect(204);
    }
}

async fn an_add_is_judged_in_one_order(app: TestApp) {
    let world = World::new()
        .user("sid", |user| user)
        .user("bob", |user| user)
        .group("acme", |group| group.owner("ann").developer("dan"))
        .group("locked", |group| group.owner("ann").setting("membership_lock", true))
        .project("locked/p", |project| project.maintainer("mia").developer("dev"));
    let stage = Stage::new(app, &world).await;
    let before = stage.traces().await;
    let (bob, dan, dev) = (stage.number_of("bob"), stage.number_of("dan"), stage.number_of("dev"));
    let (acme, locked) = ("/groups/acme/members", "/projects/locked%2Fp/members");
    for (by, path, body, expected) in [
        ("nobody", acme, json!({}), message(401, "401 Unauthorized")),
        (
            "ann",
            "/groups/nowhere/members",
            json!({}),
            error(
                400,
                "access_level is missing, user_id, username are missing, at least one parameter must be provided",
            ),
        ),
        (
            "ann",
            "/groups/nowhere/members",
            json!({"user_id": bob, "access_level": 30}),
            message(404, "404 Group Not Found"),
        ),
        (
            "ann",
            "/projects/acme%2Fp/members",
            json!({"user_id": bob, "access_level": 30}),
            message(404, "404 Project Not Found"),
        ),
        (
            "dan",
            acme,
            json!({"user_id": 99, "access_level": 77}),
            message(404, "404 User Not Found"),
        ),
        (
            "dan",
            acme,
            json!({"username": "", "access_level": 30}),
            message(404, "404 User Not Found"),
        ),
        (
            "dan",
            acme,
            json!({"user_id": dan, "access_level": 77}),
            message(409, "Member already exists"),
        ),
        (
            "mia",
            locked,
            json!({"user_id": dev, "access_level": 50}),
            message(409, "Member already exists"),
        ),
        ("mia", locked, json!({"user_id": bob, "access_level": 50}), forbidden()),
        (
            "dev",
            locked,
            json!({"user_id": bob, "access_level": 30}),
            message(405, "405 Method Not Allowed"),
        ),
        ("dan", acme, json!({"user_id": bob, "access_level": 77}), forbidden()),
        (
            "ann",
            acme,
            json!({"user_id": bob, "access_level": 77}),
            faults(json!({"access_level": ["is not included in the list"]})),
        ),
    ] {
        assert_eq!(stage.post(by, path, body.clone()).await, expected, "{by} {path} {body}");
    }
    assert_eq!(stage.traces().await, before);
}

async fn hidden_and_missing_sources_answer_the_same_bytes(app: TestApp) {
    let world = World::new()
        .user("sid", |user| user)
        .group("acme", |group| group.owner("ann").member("min", 5, |row| row))
        .project("acme/p", |project| project);
    let stage = Stage::new(app, &world).await;
    for by in ["sid", "min"] {
        for (hidden, missing) in [
            ("/groups/acme", "/groups/nowhere"),
            ("/projects/acme%2Fp", "/projects/a%2Fb"),
        ] {
            let body = json!({"user_id": 1, "access_level": 30});
            let answer = stage.post(by, &format!("{hidden}/members"), body.clone()).await;
            assert_eq!(answer.0, 404);
            assert_eq!(
                answer,
                stage.post(by, &format!("{missing}/members"), body.clone()).await
            );
            let answer = stage.put(by, &stage.member(hidden, "ann"), body.clone()).await;
            assert_eq!(answer.0, 404);
            assert_eq!(answer, stage.put(by, &stage.member(missing, "ann"), body).await);
            let answer = stage.delete(by, &stage.member(hidden, by)).await;
            assert_eq!(answer.0, 404);
            assert_eq!(answer, stage.delete(by, &stage.member(missing, by)).await);
        }
    }
}

async fn who_is_there_already_is_a_conflict(app: TestApp) {
    let world = World::new()
        .group("acme", |group| {
            group
                .owner("ann")
                .developer("dan")
                .member("ava", 30, |row| row.awaiting())
        })
        .group("acme/tools", |group| group)
        .project("ann/dots", |project| project.developer("dan"));
    let stage = Stage::new(app, &world).await;
    for (path, who) in [
        ("/groups/acme", "dan"),
        ("/groups/acme", "ava"),
        ("/projects/ann%2Fdots", "dan"),
        ("/projects/ann%2Fdots", "ann"),
    ] {
        let body = json!({"username": who, "access_level": 10});
        assert_eq!(
            stage.post("ann", &format!("{path}/members"), body).await,
            message(409, "Member already exists"),
            "{path} {who}"
        );
    }
    let below = json!({"username": "dan", "access_level": 40});
    assert_eq!(
        stage.post("ann", "/groups/acme%2Ftools/members", below).await.0,
        201,
        "inherited is not direct"
    );
}

async fn a_locked_group_takes_nobody_into_its_projects(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| group.owner("ann").setting("membership_lock", true))
        .project("acme/p", |project| project.developer("dan"));
    let stage = Stage::new(app, &world).await;
    for by in ["ann", "root"] {
        for who in ["bob", "bob,dan"] {
            let body = json!({"username": who, "access_level": 30});
            assert_eq!(
                stage.post(by, "/projects/acme%2Fp/members", body).await,
                message(405, "405 Method Not Allowed"),
                "{by} {who}"
            );
        }
    }
    let dan = stage.member("/projects/acme%2Fp", "dan");
    assert_eq!(stage.put("ann", &dan, json!({"access_level": 40})).await.0, 200);
    assert_eq!(stage.delete("ann", &dan).await.0, 204);
    let group = json!({"username": "bob", "access_level": 30});
    assert_eq!(stage.post("ann", "/groups/acme/members", group).await.0, 201);
}

async fn a_request_becomes_the_membership(app: TestApp) {
    let world = World::new()
        .group("acme", |group| group.owner("ann").requested_by("ria", |row| row))
        .project("acme/p", |project| project.requested_by("ria", |row| row));
    let stage = Stage::new(app, &world).await;
    let rows = stage.count("members").await;
    for source in ["/groups/acme", "/projects/acme%2Fp"] {
        let ria = stage.member(source, "ria");
        assert_eq!(
            stage.put("ann", &ria, json!({"access_level": 30})).await,
            super::no_row()
        );
        assert_eq!(stage.delete("ann", &ria).await, super::no_row());
        let body = json!({"username": "ria", "access_level": 30});
        let answer = stage
            .by("ann")
            .post(&format!("{source}/members"), &body)
            .await
            .expect(201)
            .json();
        assert_eq!(answer["created_by"]["username"], "ann");
        assert_eq!(stage.last_event(source).await["event_name"], "member_created");
    }
    assert_eq!(stage.count("members").await, rows, "the same rows");
    assert_eq!(stage.count("members WHERE requested_at IS NOT NULL").await, 0);
}

async fn a_minimal_row_is_raised(app: TestApp) {
    let world = World::new()
        .group("acme", |group| {
            group
                .owner("ann")
                .member("min", 5, |row| row)
                .member("mo", 5, |row| row)
        })
        .user("eve", |user| user);
    let stage = Stage::new(app, &world).await;
    let rows = stage.count("members").await;
    let body = json!({"username": "min", "access_level": 20});
    assert_eq!(stage.post("ann", "/groups/acme/members", body).await.0, 201);
    assert_eq!(stage.level("/groups/acme", "min").await, Some(20));
    let mo = stage.member("/groups/acme", "mo");
    assert_eq!(stage.put("ann", &mo, json!({"access_level": 30})).await.0, 200);
    assert_eq!(stage.count("members").await, rows);
    let eve = json!({"username": "eve", "access_level": 5});
    assert_eq!(stage.post("ann", "/groups/acme/members", eve.clone()).await.0, 201);
    assert_eq!(
        stage.post("ann", "/groups/acme/members", eve).await.0,
        201,
        "a minimal row is no conflict"
    );
}

async fn an_expired_row_makes_way(app: TestApp) {
    let world = World::new().group("acme", |group| {
        group
            .owner("ann")
            .member("old", 40, |row| row.until("2026-11-21").by("root"))
    });
    let stage = Stage::new(app, &world).await;
    let old = stage.member("/groups/acme", "old");
    assert_eq!(
        stage.put("ann", &old, json!({"access_level": 30})).await,
        super::no_row()
    );
    assert_eq!(stage.delete("ann", &old).await, super::no_row());
    let body = json!({"username": "old", "access_level": 20});
    let answer = stage
        .by("ann")
        .post("/groups/acme/members", &body)
        .await
        .expect(201)
        .json();
    assert_eq!(
        (&answer["created_by"]["username"], &answer["expires_at"]),
        (&json!("ann"), &Value::Null)
    );
    assert_eq!(stage.count("members").await, 2);
    let events = stage.read("/groups/acme/audit_events").await;
    let names = super::super::each(&events, "event_name");
    assert_eq!(names, ["member_created", "member_destroyed"]);
    assert_eq!(events[1]["author_id"], -1);
    assert_eq!(
        events[1]["details"]["custom_message"],
        "Membership expired on 2026-11-21"
    );
}

async fn a_membership_may_end_today_and_counts_no_more(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| group.owner("ann").developer("dan"));
    let stage = Stage::new(app, &world).await;
    let body = |day: &str| json!({"username": "bob", "access_level": 30, "expires_at": day});
    assert_eq!(
        stage.post("ann", "/groups/acme/members", body("2026-11-20")).await,
        faults(json!({"expires_at": ["cannot be a date in the past"]}))
    );
    let added = stage
        .by("ann")
        .post("/groups/acme/members", &body("2026-11-21"))
        .await
        .expect(201)
        .json();
    assert_eq!(added["expires_at"], "2026-11-21");
    assert_eq!(stage.level("/groups/acme", "bob").await, None);
    let dan = stage.member("/groups/acme", "dan");
    let edited = stage
        .by("ann")
        .put(&dan, &json!({"access_level": 30, "expires_at": "2026-11-21"}))
        .await;
    assert_eq!(edited.expect(200).json()["expires_at"], "2026-11-21");
    assert_eq!(stage.level("/groups/acme", "dan").await, None);
}

async fn a_newcomer_without_a_seat_waits(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .user("svc", |user| user.set("user_type", "service_account"))
        .group("acme", |group| {
            group
                .owner("ann")
                .member("min", 5, |row| row)
                .set("seats", json!({"cap": 1}))
        })
        .project("acme/p", |project| project.requested_by("ria", |row| row));
    let stage = Stage::new(app, &world).await;
    let add = async |path: &str, who: &str, level: i64| {
        let body = json!({"username": who, "access_level": level});
        stage.by("ann").post(path, &body).await.expect(201).json()["membership_state"].clone()
    };
    assert_eq!(add("/groups/acme/members", "bob", 10).await, "awaiting");
    assert_eq!(add("/groups/acme/members", "svc", 30).await, "active");
    assert_eq!(add("/projects/acme%2Fp/members", "ria", 30).await, "awaiting");
    assert_eq!(
        add("/projects/acme%2Fp/members", "ann", 50).await,
        "active",
        "holds a seat already"
    );
    let min = stage.member("/groups/acme", "min");
    let raised = stage
        .by("ann")
        .put(&min, &json!({"access_level": 30}))
        .await
        .expect(200)
        .json();
    assert_eq!(raised["membership_state"], "awaiting");
    let bob = stage.member("/groups/acme", "bob");
    let changed = stage
        .by("ann")
        .put(&bob, &json!({"access_level": 30}))
        .await
        .expect(200)
        .json();
    assert_eq!(changed["membership_state"], "awaiting", "an update changes no state");
    assert_eq!(
        stage.by("bob").get("/groups/acme").await.status,
        404,
        "who waits sees nothing"
    );
}

async fn a_row_is_validated_in_every_field(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| {
            group.owner("ann").developer("dan").set("name", "Acme Corp")
        })
        .group("acme/tools", |group| group.maintainer("mia"))
        .group("acme/tools/core", |group| group)
        .project("acme/tools/cli", |project| project)
        .role("acme", "Auditor", 30)
        .group("other", |group| group.owner("ann").member("gus", 10, |row| row))
        .role("other", "Foreign", 30);
    let stage = Stage::new(app, &world).await;
    let before = stage.traces().await;
    let unlisted = "is not included in the list";
    let top_only = "supported on top level groups only";
    let (top, tools, core, cli) = (
        "/groups/acme",
        "/groups/acme%2Ftools",
        "/groups/acme%2Ftools%2Fcore",
        "/projects/acme%2Ftools%2Fcli",
    );
    for level in [0, 25, 60, 13, -1, i64::MAX] {
        for source in [top, tools, cli] {
            let body = json!({"username": "bob", "access_level": level});
            assert_eq!(
                stage.post("ann", &format!("{source}/members"), body).await,
                faults(json!({"access_level": [unlisted]})),
                "{source} {level}"
            );
        }
    }
    let inherited = |role: &str, group: &str| {
        format!("should be greater than or equal to {role} inherited membership from group {group}")
    };
    for (source, body, expected) in [
        (
            tools,
            json!({"username": "bob", "access_level": 5}),
            json!({"access_level": [unlisted, top_only]}),
        ),
        (
            cli,
            json!({"username": "bob", "access_level": 5}),
            json!({"access_level": [unlisted]}),
        ),
        (
            tools,
            json!({"username": "dan", "access_level": 20}),
            json!({"access_level": [inherited("Developer", "Acme Corp")]}),
        ),
        (
            cli,
            json!({"username": "dan", "access_level": 15}),
            json!({"access_level": [inherited("Developer", "Acme Corp")]}),
        ),
        (
            core,
            json!({"username": "mia", "access_level": 30}),
            json!({"access_level": [inherited("Maintainer", "tools")]}),
        ),
        (
            tools,
            json!({"username": "dan", "access_level": 5, "expires_at": "2020-01-01"}),
            json!({
                "access_level": [unlisted, top_only, inherited("Developer", "Acme Corp")],
                "expires_at": ["cannot be a date in the past"],
            }),
        ),
        (
            top,
            json!({"username": "bob", "access_level": 20, "member_role_id": 3001}),
            json!({"member_role_id": ["the custom role's base access level does not match the current access level"]}),
        ),
        (
            top,
            json!({"username": "bob", "access_level": 30, "member_role_id": 3002}),
            json!({"member_namespace": ["must be in same hierarchy as custom role's namespace"]}),
        ),
        (
            top,
            json!({"username": "bob", "access_level": 30, "member_role_id": 99}),
            json!({"member_role": ["not found"]}),
        ),
    ] {
        assert_eq!(
            stage.post("ann", &format!("{source}/members"), body.clone()).await,
            faults(expected),
            "{source} {body}"
        );
    }
    assert_eq!(stage.traces().await, before);
    let equal = json!({"username": "dan", "access_level": 30});
    assert_eq!(
        stage.post("ann", &format!("{cli}/members"), equal).await.0,
        201,
        "equal is fine"
    );
}

async fn a_custom_role_comes_with_its_level(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| group.owner("ann"))
        .group("acme/tools", |group| group)
        .role("acme", "Auditor", 10);
    let stage = Stage::new(app, &world).await;
    let body = json!({"username": "bob", "access_level": 10, "member_role_id": 3001});
    let added = stage
        .by("ann")
        .post("/groups/acme/members", &body)
        .await
        .expect(201)
        .json();
    assert_eq!(
        (&added["member_role"]["id"], &added["member_role"]["name"]),
        (&json!(3001), &json!("Auditor"))
    );
    let event = stage.last_event("/groups/acme").await;
    assert_eq!(event["details"]["as"], "Custom role: Auditor");
    assert_eq!(event["details"]["member_role_id"], 3001);
    let tools = stage.post("ann", "/groups/acme%2Ftools/members", body).await;
    assert_eq!(tools.0, 201, "{}", tools.1);
    let guest = json!({"username": "bob", "access_level": 5});
    assert!(stage.post("ann", "/groups/acme%2Ftools/members", guest).await.0 == 409);
}

async fn a_bot_is_at_home_in_one_place(app: TestApp) {
    let bot = |user: crate::support::world::Item| user.set("user_type", "project_bot");
    let world = World::new()
        .user("robo", bot)
        .user("fresh", bot)
        .group("acme", |group| group.owner("ann"))
        .project("acme/p", |project| project.member("robo", 30, |row| row))
        .project("acme/q", |project| project);
    let stage = Stage::new(app, &world).await;
    let add = async |who: &str| {
        let body = json!({"username": who, "access_level": 30});
        stage.post("ann", "/projects/acme%2Fq/members", body).await
    };
    assert_eq!(
        add("robo").await,
        faults(json!({"user_id": ["project bots cannot be added to other groups / projects"]}))
    );
    assert_eq!(add("fresh").await.0, 201);
}

async fn an_address_must_be_of_the_allowed_domains(app: TestApp) {
    let world = World::new()
        .user("in", |user| user.set("email", "in@corp.example"))
        .user("out", |user| user)
        .user("svc", |user| user.set("user_type", "service_account"))
        .group("acme", |group| {
            group
                .owner("ann")
                .setting("allowed_email_domains", json!(["corp.example"]))
        })
        .group("acme/tools", Group::public)
        .project("acme/p", |project| project);
    let stage = Stage::new(app, &world).await;
    for (source, noun) in [
        ("/groups/acme", "group"),
        ("/groups/acme%2Ftools", "group"),
        ("/projects/acme%2Fp", "project"),
    ] {
        let path = format!("{source}/members");
        let body = |who: &str| json!({"username": who, "access_level": 30});
        let refused = |advice: &str| faults(json!({"user": [format!("is not allowed for this {noun}. {advice}")]}));
        assert_eq!(
            stage.post("ann", &path, body("out")).await,
            refused("Check with your administrator.")
        );
        assert_eq!(
            stage.post("root", &path, body("out")).await,
            refused("Go to the group’s 'Settings &gt; General' page, and check 'Restrict membership by email domain'.")
        );
        assert_eq!(stage.post("ann", &path, body("in")).await.0, 201);
        assert_eq!(stage.post("ann", &path, body("svc")).await.0, 201);
    }
}
