//! Several newcomers with one call.

use serde_json::{Value, json};

use super::{Outcome, Stage, forbidden, message};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    several_are_meant_when_there_is_a_comma,
    each_of_several_is_tried_alone,
    who_fails_is_told_in_an_english_list,
    too_many_and_nobody_are_told_apart,
    several_by_a_caller_who_may_not_are_refused_as_one,
    one_of_several_may_be_above_the_caller,
);

fn several(body: Value) -> Outcome {
    (201, body.to_string())
}

fn success() -> Outcome {
    several(json!({"status": "success"}))
}

fn failed(text: &str) -> Outcome {
    several(json!({"status": "error", "message": text}))
}

async fn several_are_meant_when_there_is_a_comma(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .user("cid", |user| user)
        .group("acme", |group| group.owner("ann"))
        .project("acme/p", |project| project);
    let stage = Stage::new(app, &world).await;
    for source in ["/groups/acme", "/projects/acme%2Fp"] {
        let path = format!("{source}/members");
        for (name, value) in [
            ("user_id", json!("2,3")),
            ("user_id", json!(" 2 , 3 ")),
            ("user_id", json!("2,3,99,word,x@y.example,2")),
            ("username", json!("bob,CID,nobody")),
            ("username", json!("bob,cid,,")),
        ] {
            let body = json!({name: value, "access_level": 30, "expires_at": "2030-01-01"});
            assert_eq!(stage.add("ann", &path, body.clone()).await, success(), "{body}");
            for who in ["bob", "cid"] {
                let member = stage.read(&stage.member(source, who)).await;
                assert_eq!(
                    (&member["access_level"], &member["expires_at"]),
                    (&json!(30), &json!("2030-01-01"))
                );
                stage.delete("root", &stage.member(source, who)).await;
            }
        }
        for (name, value) in [("user_id", "2,"), ("username", "bob,")] {
            let body = json!({name: value, "access_level": 30});
            assert_eq!(stage.add("ann", &path, body).await, success());
            stage.delete("root", &stage.member(source, "bob")).await;
        }
        let one = stage
            .post("ann", &path, json!({"user_id": "2", "access_level": 30}))
            .await;
        assert!(one.1.contains("\"username\":\"bob\""), "{one:?}");
    }
}

async fn each_of_several_is_tried_alone(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| group.owner("ann").developer("dan").guest("gus"))
        .group("acme/tools", |group| group.guest("eve"));
    let stage = Stage::new(app, &world).await;
    let body = json!({"username": "bob,dan,gus,eve", "access_level": 20});
    let inherited = "Access level should be greater than or equal to Developer inherited membership from group acme";
    assert_eq!(
        stage.add("ann", "/groups/acme%2Ftools/members", body).await,
        failed(&format!("dan: {inherited}"))
    );
    for (who, level) in [("bob", Some(20)), ("dan", None), ("gus", Some(20)), ("eve", Some(20))] {
        assert_eq!(stage.level("/groups/acme%2Ftools", who).await, level, "{who}");
    }
    let again = json!({"username": "bob,gus", "access_level": 30});
    assert_eq!(stage.add("ann", "/groups/acme%2Ftools/members", again).await, success());
    assert_eq!(
        stage.level("/groups/acme%2Ftools", "bob").await,
        Some(30),
        "members are changed"
    );
    assert_eq!(
        stage.last_event("/groups/acme%2Ftools").await["event_name"],
        "member_updated"
    );
}

async fn who_fails_is_told_in_an_english_list(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .user("cid", |user| user)
        .user("dot", |user| user)
        .group("acme", |group| group.owner("ann"))
        .group("acme/tools", |group| group);
    let stage = Stage::new(app, &world).await;
    let before = stage.traces().await;
    let unlisted = "Access level is not included in the list";
    let past = "Expires at cannot be a date in the past";
    for (who, level, expires_at, text) in [
        ("bob,", 77, "", format!("bob: {unlisted}")),
        ("bob,cid", 77, "", format!("bob: {unlisted} and cid: {unlisted}")),
        (
            "cid,bob,dot",
            77,
            "",
            format!("cid: {unlisted}, bob: {unlisted}, and dot: {unlisted}"),
        ),
        ("bob,", 77, "2020-01-01", format!("bob: {unlisted} and {past}")),
        (
            "bob,",
            5,
            "2020-01-01",
            format!("bob: {unlisted}, Access level supported on top level groups only, and {past}"),
        ),
        ("bob,", 30, "2020-01-01", format!("bob: {past}")),
    ] {
        let body = json!({"username": who, "access_level": level, "expires_at": expires_at});
        assert_eq!(
            stage.add("ann", "/groups/acme%2Ftools/members", body.clone()).await,
            failed(&text),
            "{body}"
        );
    }
    let blank = json!({"username": "bob,cid", "access_level": ""});
    assert_eq!(
        stage.add("ann", "/groups/acme/members", blank).await,
        failed(&format!("bob: {unlisted} and cid: {unlisted}"))
    );
    assert_eq!(stage.traces().await, before);
}

async fn too_many_and_nobody_are_told_apart(app: TestApp) {
    let many: Vec<String> = (0..101).map(|n| format!("u{n}")).collect();
    let world = many
        .iter()
        .fold(World::new(), |world, name| world.user(name, |user| user));
    let stage = Stage::new(app, &world.group("acme", |group| group.owner("ann"))).await;
    let before = stage.traces().await;
    let path = "/groups/acme/members";
    let too_many = several(json!({
        "status": "error", "message": "Too many users specified (limit is 100)", "reason": "too_many_invites_error",
    }));
    let nobody = several(json!({"status": "error", "message": "No users specified.", "reason": "blank_invites_error"}));
    let names = many.join(",");
    let ids = (2..103).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    for (name, value, expected) in [
        ("username", names.as_str(), &too_many),
        ("user_id", ids.as_str(), &too_many),
        ("username", "xyz,abc", &nobody),
        ("username", ",", &nobody),
        ("user_id", " , ", &nobody),
        ("user_id", "901,902", &success()),
    ] {
        let body = json!({name: value, "access_level": 30});
        assert_eq!(&stage.add("ann", path, body).await, expected, "{name}");
    }
    assert_eq!(stage.traces().await, before);
    let hundred = json!({"username": many[..100].join(","), "access_level": 30});
    assert_eq!(stage.add("ann", path, hundred).await, success());
    assert_eq!(stage.count("members").await, 101);
}

async fn several_by_a_caller_who_may_not_are_refused_as_one(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| group.owner("ann").maintainer("mia"))
        .project("acme/p", |project| project.developer("dev"));
    let stage = Stage::new(app, &world).await;
    let body = |level: i64| json!({"username": "bob,nobody", "access_level": level});
    for (by, path, level, expected) in [
        ("mia", "/groups/acme/members", 10, forbidden()),
        ("dev", "/projects/acme%2Fp/members", 10, forbidden()),
        ("mia", "/projects/acme%2Fp/members", 50, forbidden()),
        ("bob", "/groups/acme/members", 10, message(404, "404 Group Not Found")),
        ("nobody", "/groups/acme/members", 10, message(401, "401 Unauthorized")),
    ] {
        assert_eq!(stage.add(by, path, body(level)).await, expected, "{by} {path}");
    }
}

async fn one_of_several_may_be_above_the_caller(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| group.owner("ann"))
        .project("acme/p", |project| {
            project.maintainer("mia").owner("own").developer("dev")
        });
    let stage = Stage::new(app, &world).await;
    let body = |who: &str, level: i64| json!({"username": who, "access_level": level});
    let path = "/projects/acme%2Fp/members";
    assert_eq!(
        stage.add("mia", path, body("bob,own,dev", 30)).await,
        failed("own: not authorized to update member")
    );
    assert_eq!(stage.level("/projects/acme%2Fp", "bob").await, Some(30));
    assert_eq!(stage.level("/projects/acme%2Fp", "own").await, Some(50));
    assert_eq!(
        stage.add("mia", path, body("bob,", 15)).await,
        failed("bob: the member access level can't be higher than the current user's one")
    );
    assert_eq!(
        stage.add("ann", "/groups/acme/members", body("ann,bob", 30)).await,
        failed("ann: not authorized to update member"),
        "the last owner stays"
    );
    assert_eq!(stage.level("/groups/acme", "bob").await, Some(30));
}
