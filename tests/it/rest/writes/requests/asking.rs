//! Who may ask for access, and what a request gives: nothing.

use serde_json::json;

use super::super::{Stage, faults, forbidden, message};
use super::{GROUP, PROJECT, asked_already, everybody};
use crate::support::world::{Group, Item, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    who_sees_a_source_without_a_membership_may_ask,
    an_answer_names_who_asks_and_since_when,
    nobody_asks_where_it_is_not_wanted,
    a_project_is_not_asked_beside_its_group,
    who_sees_a_private_group_through_a_project_may_not_ask,
    a_request_gives_nothing_and_shows_nowhere,
    the_row_that_would_come_of_it_must_be_allowed,
    a_synced_group_can_be_asked,
    a_request_is_told_to_subscribers_and_not_to_auditors,
    the_same_key_asks_once,
);

const MEMBERS: [&str; 9] = ["gus", "pla", "rep", "dev", "mia", "own", "mel", "lin", "root"];

async fn who_sees_a_source_without_a_membership_may_ask(app: TestApp) {
    let world = everybody(Group::public);
    let stage = Stage::new(app, &world).await;
    let before = stage.traces().await;
    for source in [GROUP, PROJECT] {
        assert_eq!(stage.ask("nobody", source).await, message(401, "401 Unauthorized"));
        for who in MEMBERS.into_iter().chain(["awa", "old"]) {
            assert_eq!(stage.ask(who, source).await, forbidden(), "{source} {who}");
        }
        for who in ["ria", "rob"] {
            assert_eq!(stage.ask(who, source).await, asked_already(), "{source} {who}");
        }
    }
    assert_eq!(stage.ask("min", GROUP).await, forbidden());
    assert_eq!(stage.traces().await, before);
    for (source, who) in [(GROUP, "sid"), (GROUP, "exa"), (PROJECT, "sid"), (PROJECT, "min")] {
        assert_eq!(stage.ask(who, source).await.0, 201, "{source} {who}");
        assert_eq!(stage.ask(who, source).await, asked_already(), "{source} {who}");
    }
    assert_eq!(stage.requesters(GROUP).await, ["ria", "rob", "sid", "exa"]);
    assert_eq!(stage.requesters(PROJECT).await, ["ria", "rob", "sid", "min"]);
}

async fn an_answer_names_who_asks_and_since_when(app: TestApp) {
    let world = World::new()
        .user("zoe", |user| {
            user.set("name", "Zoe Zed").set("public_email", "zoe@public.example")
        })
        .group("acme", |group| group.public().owner("ann"));
    let stage = Stage::new(app, &world).await;
    let body = r#"{"id":2,"username":"zoe","public_email":"zoe@public.example","name":"Zoe Zed","state":"active","locked":false,"avatar_url":null,"web_url":"https://roster.example/zoe","requested_at":"2026-11-21T12:00:00.000Z"}"#;
    assert_eq!(stage.ask("zoe", "/groups/acme").await, (201, body.to_owned()));
    let listed = stage.by("ann").get("/groups/acme/access_requests").await.expect(200);
    assert_eq!(listed.text(), format!("[{body}]"));
}

async fn nobody_asks_where_it_is_not_wanted(app: TestApp) {
    let closed = |group: Group| group.public().setting("request_access_enabled", false).owner("ann");
    let world = World::new()
        .user("sid", |user| user)
        .user("exa", Item::external)
        .group("closed", closed)
        .group("locked", |group| {
            group.public().setting("membership_lock", true).owner("ann")
        })
        .group("inside", |group| group.internal().owner("ann"))
        .group("secret", |group| group.owner("ann"))
        .project("locked/p", Group::public)
        .project("inside/p", Group::internal)
        .project("secret/p", |project| project)
        .project("inside/closed", |project| {
            project.internal().setting("request_access_enabled", false)
        })
        .project("sid2/dots", Group::public);
    let stage = Stage::new(app, &world).await;
    let before = stage.traces().await;
    for source in ["/groups/closed", "/projects/inside%2Fclosed", "/projects/locked%2Fp"] {
        assert_eq!(stage.ask("sid", source).await, forbidden(), "{source}");
    }
    for (who, source) in [
        ("exa", "inside"),
        ("exa", "secret"),
        ("sid", "secret"),
        ("sid", "nowhere"),
    ] {
        let group = stage.ask(who, &format!("/groups/{source}")).await;
        assert_eq!(group, message(404, "404 Group Not Found"), "{who} {source}");
        let project = stage.ask(who, &format!("/projects/{source}%2Fp")).await;
        assert_eq!(project, message(404, "404 Project Not Found"), "{who} {source}");
    }
    assert_eq!(
        stage.ask("sid2", "/projects/sid2%2Fdots").await,
        forbidden(),
        "one's own"
    );
    assert_eq!(stage.traces().await, before);
    for source in [
        "/groups/locked",
        "/projects/inside%2Fp",
        "/groups/inside",
        "/projects/sid2%2Fdots",
    ] {
        assert_eq!(stage.ask("sid", source).await.0, 201, "{source}");
    }
}

async fn a_project_is_not_asked_beside_its_group(app: TestApp) {
    let world = World::new()
        .group("top", |group| group.public().requested_by("tia", |row| row))
        .group("top/acme", |group| {
            group.public().owner("ann").guest("gus").requested_by("ria", |row| row)
        })
        .project("top/acme/p", Group::public);
    let stage = Stage::new(app, &world).await;
    let project = "/projects/top%2Facme%2Fp";
    assert_eq!(stage.ask("gus", project).await, forbidden());
    assert_eq!(stage.ask("ria", project).await, forbidden());
    assert_eq!(
        stage.ask("tia", project).await.0,
        201,
        "the group above is another matter"
    );
    assert_eq!(stage.deny("ria", "/groups/top%2Facme", "ria").await.0, 204);
    assert_eq!(stage.ask("ria", project).await.0, 201);
    assert_eq!(
        stage.ask("ria", "/groups/top%2Facme").await.0,
        201,
        "the other way round"
    );
    assert_eq!(stage.ask("ria", project).await, forbidden());
}

async fn who_sees_a_private_group_through_a_project_may_not_ask(app: TestApp) {
    let world = World::new()
        .user("exa", Item::external)
        .group("acme", |group| group.owner("ann"))
        .group("inside", |group| group.internal().owner("ann"))
        .project("acme/p", |project| project.developer("pia"))
        .project("inside/p", |project| project.developer("exa").developer("pia"));
    let stage = Stage::new(app, &world).await;
    stage.by("pia").get("/groups/acme").await.expect(200);
    stage.by("exa").get("/groups/inside").await.expect(200);
    assert_eq!(stage.ask("pia", "/groups/acme").await, forbidden());
    assert_eq!(stage.ask("exa", "/groups/inside").await, forbidden());
    assert_eq!(stage.ask("pia", "/groups/inside").await.0, 201);
}

async fn a_request_gives_nothing_and_shows_nowhere(app: TestApp) {
    let world = World::new()
        .user("sid", |user| user)
        .group("acme", |group| {
            group.public().owner("ann").set("seats", json!({"cap": 9}))
        })
        .group("acme/secret", |group| group)
        .project("acme/p", Group::public);
    let stage = Stage::new(app, &world).await;
    let lists = [
        "/groups/acme/members",
        "/groups/acme/members/all",
        "/projects/acme%2Fp/members/all",
        "/groups/acme/members?show_seat_info=true",
        "/groups/acme",
    ];
    let look = async || {
        let mut seen = Vec::new();
        for path in lists {
            let answer = stage.by("ann").get(path).await.expect(200);
            seen.push((answer.text(), answer.header("x-total")));
        }
        let count = "{ group(fullPath: \"acme\") { groupMembersCount groupMembers { count nodes { id } } } }";
        seen.push((stage.by("ann").query(count, json!({})).await.to_string(), String::new()));
        seen
    };
    let before = look().await;
    assert_eq!(stage.ask("sid", "/groups/acme").await.0, 201);
    assert_eq!(look().await, before);
    let sid = stage.member("/groups/acme", "sid");
    let number = stage.number_of("sid");
    for path in [sid.clone(), format!("/groups/acme/members/all/{number}")] {
        assert_eq!(stage.by("ann").get(&path).await.status, 404, "{path}");
    }
    assert_eq!(stage.put("ann", &sid, json!({"access_level": 30})).await.0, 404);
    assert_eq!(stage.delete("ann", &sid).await.0, 404);
    assert_eq!(stage.by("sid").get("/groups/acme%2Fsecret").await.status, 404);
    let level = "{ group(fullPath: \"acme\") { maxAccessLevel { integerValue } } }";
    let level = stage.by("sid").query(level, json!({})).await;
    assert_eq!(level["group"]["maxAccessLevel"]["integerValue"], 0);
    let user = stage.read(&format!("/users/{number}")).await;
    assert_eq!(
        (&user["highest_role"], &user["using_license_seat"]),
        (&json!(0), &json!(false))
    );
}

async fn the_row_that_would_come_of_it_must_be_allowed(app: TestApp) {
    let world = World::new()
        .user("out", |user| user)
        .user("in", |user| user.set("email", "in@corp.example"))
        .user("bot", |user| user.set("user_type", "project_bot"))
        .user("svc", |user| user.set("user_type", "service_account"))
        .group("choosy", |group| {
            group
                .public()
                .owner("ann")
                .setting("allowed_email_domains", json!(["corp.example"]))
        })
        .group("acme", |group| {
            group.public().owner("ann").member("awa", 40, Item::awaiting)
        })
        .group("acme/sub", Group::public)
        .project("acme/p", |project| project.public().developer("bot"));
    let stage = Stage::new(app, &world).await;
    let before = stage.traces().await;
    assert_eq!(
        stage.ask("out", "/groups/choosy").await,
        faults(&json!({"user": ["is not allowed for this group. Check with your administrator."]}))
    );
    assert_eq!(
        stage.ask("bot", "/groups/acme").await,
        faults(&json!({"user_id": ["project bots cannot be added to other groups / projects"]}))
    );
    assert_eq!(
        stage.ask("awa", "/groups/acme%2Fsub").await,
        faults(
            &json!({"access_level": ["should be greater than or equal to Maintainer inherited membership from group acme"]})
        )
    );
    assert_eq!(stage.traces().await, before);
    assert_eq!(stage.ask("in", "/groups/choosy").await.0, 201);
    assert_eq!(stage.ask("svc", "/groups/acme").await.0, 201);
}

async fn a_synced_group_can_be_asked(app: TestApp) {
    let link = json!([{"provider": "main", "cn": "all", "access_level": 30}]);
    let world = World::new()
        .user("sid", |user| user)
        .group("synced", |group| group.public().owner("ann").set("ldap_links", link));
    let stage = Stage::new(app, &world).await;
    assert_eq!(stage.ask("sid", "/groups/synced").await.0, 201);
    // Nobody can answer by hand, but who asked can take it back.
    for by in ["ann", "root"] {
        let list = stage.by(by).get("/groups/synced/access_requests").await;
        assert_eq!((list.status.as_u16(), list.text()), forbidden(), "{by}");
        assert_eq!(
            stage.approve(by, "/groups/synced", "sid", json!({})).await,
            forbidden(),
            "{by}"
        );
        assert_eq!(stage.deny(by, "/groups/synced", "sid").await, forbidden(), "{by}");
    }
    assert_eq!(stage.deny("sid", "/groups/synced", "sid").await.0, 204);
}

async fn a_request_is_told_to_subscribers_and_not_to_auditors(app: TestApp) {
    let stage = Stage::new(app, &everybody(Group::public)).await;
    assert_eq!(stage.ask("sid", GROUP).await.0, 201);
    assert_eq!(stage.count("audit_events").await, 0);
    assert_eq!(stage.count("change_log WHERE kind = 'access_requested'").await, 1);
    let (row, sid) = ("member_id = (SELECT MAX(id) FROM members)", stage.number_of("sid"));
    let entry = format!("change_log WHERE user_id = {sid} AND actor_id = {sid} AND {row} AND source_kind = 1");
    assert_eq!(stage.count(&entry).await, 1);
}

async fn the_same_key_asks_once(app: TestApp) {
    let stage = Stage::new(app, &everybody(Group::public)).await;
    let key = [("idempotency-key", "once")];
    let path = format!("{GROUP}/access_requests");
    let ask = async || {
        let answer = stage.by("sid").with(axum::http::Method::POST, &path, &key, "").await;
        (answer.status.as_u16(), answer.text())
    };
    let first = ask().await;
    assert_eq!(first.0, 201);
    let traces = stage.traces().await;
    assert_eq!(ask().await, first);
    assert_eq!(stage.traces().await, traces);
}
