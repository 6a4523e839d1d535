//! Who may do what: every kind of caller, every level, both kinds of source.

use axum::http::Method;
use serde_json::json;

use super::{Stage, forbidden, message};
use crate::support::world::{Group, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    adding_takes_an_owner_in_a_group_and_a_maintainer_in_a_project,
    editing_and_removing_in_a_group_take_an_owner,
    a_maintainer_of_a_project_manages_whom_is_below_owner,
    the_planner_is_given_by_owners_and_planners_only,
    an_owner_through_a_link_administers_like_any_other,
    a_custom_role_manages_the_group_and_its_subgroups_up_to_its_base_level,
    a_custom_role_is_given_by_who_has_its_permissions,
    everybody_may_leave,
    a_token_that_only_reads_writes_nothing,
    bots_are_left_alone,
    the_holder_of_a_personal_project_stays,
);

const LEVELS: [i64; 6] = [10, 15, 20, 30, 40, 50];

/// Callers of every kind in a group and in a project in it, and somebody who is new to both.
fn everybody(describe: impl Fn(Group) -> Group) -> World {
    let members = |source: Group| {
        source
            .member("min", 5, |row| row)
            .guest("gus")
            .member("pla", 15, |row| row)
            .reporter("rep")
            .developer("dev")
            .maintainer("mia")
            .owner("own")
    };
    let of_project = |source: Group| {
        source
            .guest("gus")
            .member("pla", 15, |row| row)
            .reporter("rep")
            .developer("dev")
            .maintainer("mia")
            .owner("own")
    };
    World::new()
        .user("bob", |user| user)
        .user("sid", |user| user)
        .group("acme", |group| members(describe(group)))
        .group("home", |group| describe(group).owner("ann"))
        .project("home/p", |project| of_project(describe(project)))
}

/// One letter for an answer.
fn letter(status: u16, text: &str) -> char {
    match status {
        200 | 201 | 204 => '+',
        400 if text.contains("can't be higher than the current user's one\",\"status\":\"error\"") => 'x',
        401 => 'a',
        403 => '-',
        404 => '0',
        _ => panic!("{status} {text}"),
    }
}

async fn adding_takes_an_owner_in_a_group_and_a_maintainer_in_a_project(app: TestApp) {
    let stage = Stage::new(app, &everybody(|group| group)).await;
    for (source, who, expected) in [
        ("/groups/acme", "nobody", "aaaaaa"),
        ("/groups/acme", "sid", "000000"),
        ("/groups/acme", "min", "000000"),
        ("/groups/acme", "gus", "------"),
        ("/groups/acme", "pla", "------"),
        ("/groups/acme", "rep", "------"),
        ("/groups/acme", "dev", "------"),
        ("/groups/acme", "mia", "------"),
        ("/groups/acme", "own", "++++++"),
        ("/groups/acme", "root", "++++++"),
        ("/projects/home%2Fp", "nobody", "aaaaaa"),
        ("/projects/home%2Fp", "sid", "000000"),
        ("/projects/home%2Fp", "gus", "------"),
        ("/projects/home%2Fp", "pla", "------"),
        ("/projects/home%2Fp", "rep", "------"),
        ("/projects/home%2Fp", "dev", "------"),
        ("/projects/home%2Fp", "mia", "+x+++-"),
        ("/projects/home%2Fp", "own", "++++++"),
        ("/projects/home%2Fp", "ann", "++++++"),
        ("/projects/home%2Fp", "root", "++++++"),
    ] {
        let mut outcome = String::new();
        for level in LEVELS {
            let body = json!({"username": "bob", "access_level": level});
            let (status, text) = stage.post(who, &format!("{source}/members"), body).await;
            outcome.push(letter(status, &text));
            if status == 201 {
                assert_eq!(stage.delete("root", &stage.member(source, "bob")).await.0, 204);
            }
        }
        assert_eq!(outcome, expected, "{source} {who}");
    }
}

async fn editing_and_removing_in_a_group_take_an_owner(app: TestApp) {
    let world = everybody(Group::public).group("top", |group| group.public().owner("ann").owner("zoe"));
    let world = ["mia", "own"].into_iter().fold(world, |world, who| {
        world.group(&format!("top/{who}"), |group| {
            group
                .public()
                .member(who, if who == "own" { 50 } else { 40 }, |row| row)
                .developer("bob")
        })
    });
    let stage = Stage::new(app, &world).await;
    for (who, edit, removal) in [
        ("nobody", 401, 401),
        ("sid", 403, 403),
        ("mia", 403, 403),
        ("own", 200, 204),
        ("root", 200, 204),
    ] {
        let group = if who == "own" {
            "/groups/top%2Fown"
        } else {
            "/groups/top%2Fmia"
        };
        let bob = stage.member(group, "bob");
        assert_eq!(stage.put(who, &bob, json!({"access_level": 20})).await.0, edit, "{who}");
        assert_eq!(stage.delete(who, &bob).await.0, removal, "{who}");
        let nobody = format!("{group}/members/99");
        let missing = if who == "nobody" { 401 } else { 404 };
        assert_eq!(
            stage.put(who, &nobody, json!({"access_level": 20})).await.0,
            missing,
            "{who}"
        );
        assert_eq!(stage.delete(who, &nobody).await.0, missing, "{who}");
    }
    for who in ["gus", "pla", "rep", "dev", "mia"] {
        assert_eq!(
            stage
                .put(who, &stage.member("/groups/acme", "gus"), json!({"access_level": 10}))
                .await,
            forbidden(),
            "{who}"
        );
    }
    // An owner of a group manages the other owners, too.
    let zoe = stage.member("/groups/top", "zoe");
    assert_eq!(stage.put("ann", &zoe, json!({"access_level": 10})).await.0, 200);
}

async fn a_maintainer_of_a_project_manages_whom_is_below_owner(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("home", |group| group.owner("ann"));
    let world = world.project("home/p", |project| {
        project.maintainer("mia").owner("own").developer("bob")
    });
    let stage = Stage::new(app, &world).await;
    let bob = stage.member("/projects/home%2Fp", "bob");
    for (present, expected) in [
        (10, "+-+++-"),
        (15, "+-+++-"),
        (20, "+-+++-"),
        (30, "+-+++-"),
        (40, "+-+++-"),
        (50, "------"),
    ] {
        let mut outcome = String::new();
        for level in LEVELS {
            stage
                .app
                .admin()
                .put(&bob, &json!({"access_level": present}))
                .await
                .expect(200);
            let (status, text) = stage.put("mia", &bob, json!({"access_level": level})).await;
            outcome.push(letter(status, &text));
        }
        assert_eq!(outcome, expected, "from {present}");
        stage
            .app
            .admin()
            .put(&bob, &json!({"access_level": present}))
            .await
            .expect(200);
        let removed = stage.delete("mia", &bob).await;
        assert_eq!(removed.0, if present == 50 { 403 } else { 204 }, "{present}");
        if present == 50 {
            for by in ["own", "ann"] {
                assert_eq!(
                    stage
                        .put(by, &bob, json!({"access_level": 50, "expires_at": "2040-01-01"}))
                        .await
                        .0,
                    200,
                    "{by}"
                );
            }
            assert_eq!(stage.delete("own", &bob).await.0, 204);
        } else {
            let again = json!({"username": "bob", "access_level": 10});
            assert_eq!(stage.post("mia", "/projects/home%2Fp/members", again).await.0, 201);
        }
    }
    for who in ["mia", "own"] {
        let level = if who == "own" { 50 } else { 40 };
        assert_eq!(stage.level("/projects/home%2Fp", who).await, Some(level));
    }
    // A project has no last owner.
    assert_eq!(
        stage.delete("own", &stage.member("/projects/home%2Fp", "own")).await.0,
        204
    );
}

async fn the_planner_is_given_by_owners_and_planners_only(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| group.owner("ann").guest("gus"))
        .project("acme/p", |project| {
            project.maintainer("mia").member("pla", 15, |row| row)
        });
    let stage = Stage::new(app, &world).await;
    let path = "/projects/acme%2Fp/members";
    let planner = |who: &str| json!({"username": who, "access_level": 15});
    assert_eq!(
        stage.post("mia", path, planner("bob")).await,
        (400, json!({
            "message": "bob: the member access level can't be higher than the current user's one", "status": "error",
        }).to_string())
    );
    assert_eq!(stage.post("ann", path, planner("bob")).await.0, 201);
    let pla = stage.member("/projects/acme%2Fp", "pla");
    assert_eq!(
        stage
            .put("mia", &pla, json!({"access_level": 15, "expires_at": "2040-01-01"}))
            .await,
        forbidden()
    );
    assert_eq!(stage.put("mia", &pla, json!({"access_level": 10})).await.0, 200);
    assert_eq!(stage.put("ann", &pla, json!({"access_level": 15})).await.0, 200);
    assert_eq!(stage.delete("mia", &pla).await.0, 204);
}

async fn an_owner_through_a_link_administers_like_any_other(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("crew", |group| group.owner("cap").maintainer("mat"))
        .group("acme", |group| {
            group.owner("ann").shared_with("crew", 50).developer("dev")
        })
        .group("acme/sub", |group| group)
        .project("acme/sub/p", |project| project)
        .group("low", |group| group.owner("ann").shared_with("crew", 40))
        .project("low/p", |project| project);
    let stage = Stage::new(app, &world).await;
    let body = |level: i64| json!({"username": "bob", "access_level": level});
    for (path, level) in [
        ("/groups/acme", 50),
        ("/groups/acme%2Fsub", 50),
        ("/projects/acme%2Fsub%2Fp", 50),
        ("/projects/low%2Fp", 40),
    ] {
        assert_eq!(
            stage.post("cap", &format!("{path}/members"), body(level)).await.0,
            201,
            "{path}"
        );
        assert_eq!(
            stage
                .delete("cap", &format!("{}?skip_subresources=true", stage.member(path, "bob")))
                .await
                .0,
            204,
            "{path}"
        );
    }
    for (by, path) in [("mat", "/groups/acme"), ("cap", "/groups/low")] {
        assert_eq!(
            stage.post(by, &format!("{path}/members"), body(10)).await,
            forbidden(),
            "{by} {path}"
        );
    }
}

async fn a_custom_role_manages_the_group_and_its_subgroups_up_to_its_base_level(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| {
            group
                .owner("ann")
                .member("cus", 30, |row| row.with_role("Manager"))
                .maintainer("mia")
                .developer("dev")
                .guest("gus")
        })
        .group("acme/sub", |group| group.developer("eve"))
        .project("acme/p", |project| project.developer("pat"))
        .role_that("acme", "Manager", 30, "admin_group_member");
    let stage = Stage::new(app, &world).await;
    for (group, expected) in [("/groups/acme", "+x++xx"), ("/groups/acme%2Fsub", "+x++xx")] {
        let mut outcome = String::new();
        for level in LEVELS {
            let body = json!({"username": "bob", "access_level": level});
            let (status, text) = stage.post("cus", &format!("{group}/members"), body).await;
            outcome.push(letter(status, &text));
            if status == 201 {
                assert_eq!(stage.delete("cus", &stage.member(group, "bob")).await.0, 204);
            }
        }
        assert_eq!(outcome, expected, "{group}");
    }
    for (source, who, level, expected) in [
        ("/groups/acme", "gus", 30, 200),
        ("/groups/acme", "gus", 40, 403),
        ("/groups/acme", "dev", 20, 200),
        ("/groups/acme", "mia", 40, 403),
        ("/groups/acme", "mia", 10, 403),
        ("/groups/acme", "ann", 10, 403),
        ("/groups/acme%2Fsub", "eve", 10, 200),
        ("/projects/acme%2Fp", "pat", 10, 403),
    ] {
        let outcome = stage
            .put("cus", &stage.member(source, who), json!({"access_level": level}))
            .await;
        assert_eq!(outcome.0, expected, "{source} {who} {level}: {}", outcome.1);
    }
    for (source, who, expected) in [
        ("/groups/acme", "mia", 403),
        ("/groups/acme", "ann", 403),
        ("/projects/acme%2Fp", "pat", 403),
        ("/groups/acme", "dev", 204),
    ] {
        assert_eq!(
            stage.delete("cus", &stage.member(source, who)).await.0,
            expected,
            "{source} {who}"
        );
    }
    let body = json!({"username": "bob", "access_level": 10});
    assert_eq!(stage.post("cus", "/projects/acme%2Fp/members", body).await, forbidden());
}

async fn a_custom_role_is_given_by_who_has_its_permissions(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| {
            group
                .owner("ann")
                .member("cus", 30, |row| row.with_role("Manager"))
                .guest("gus")
        })
        .role_that("acme", "Manager", 30, "admin_group_member")
        .role("acme", "Reader", 10);
    let stage = Stage::new(app, &world).await;
    let reader = json!({"username": "bob", "access_level": 10, "member_role_id": 3002});
    assert_eq!(
        stage.post("cus", "/groups/acme/members", reader.clone()).await,
        (400, json!({
            "message": "bob: the member access level can't be higher than the current user's one", "status": "error",
        }).to_string())
    );
    let gus = stage.member("/groups/acme", "gus");
    let give = json!({"access_level": 10, "member_role_id": 3002});
    assert_eq!(stage.put("cus", &gus, give.clone()).await, forbidden());
    let manager = json!({"username": "bob", "access_level": 30, "member_role_id": 3001});
    assert_eq!(stage.post("cus", "/groups/acme/members", manager).await.0, 201);
    assert_eq!(stage.put("ann", &gus, give).await.0, 200);
}

async fn everybody_may_leave(app: TestApp) {
    let world = everybody(|group| group).group("open", |group| group.public().owner("ann").member("min", 5, |row| row));
    let stage = Stage::new(app, &world).await;
    for source in ["/groups/acme", "/projects/home%2Fp"] {
        for who in ["mia", "dev", "rep", "pla", "gus"] {
            let own = stage.member(source, who);
            assert_eq!(stage.delete("sid", &own).await.0, 404, "{source} {who}");
            if who != "gus" {
                assert_eq!(stage.delete("gus", &own).await, forbidden(), "{source} {who}");
            }
            assert_eq!(stage.delete(who, &own).await, (204, String::new()), "{source} {who}");
            let gone = stage.by(who).get(source).await;
            assert_eq!(gone.status, 404, "access ends at once");
        }
    }
    let minimal = |group: &str| stage.member(group, "min");
    assert_eq!(
        stage.delete("min", &minimal("/groups/acme")).await,
        message(404, "404 Group Not Found")
    );
    assert_eq!(stage.delete("min", &minimal("/groups/open")).await.0, 204);
}

async fn a_token_that_only_reads_writes_nothing(app: TestApp) {
    let world = World::new()
        .user("ann", |user| {
            user.set(
                "tokens",
                json!([{"token": "reads", "name": "reads", "scopes": ["read_api", "read_user"]}]),
            )
        })
        .group("acme", |group| group.owner("ann").developer("dan"));
    let stage = Stage::new(app, &world).await;
    let reads = stage.app.token("reads");
    for (method, path) in [
        (Method::POST, "/groups/acme/members"),
        (Method::PUT, "/groups/acme/members/3"),
        (Method::DELETE, "/groups/acme/members/3"),
        (Method::POST, "/groups/acme/members/3/override"),
    ] {
        let answer = reads.call(method, path, &json!({})).await.expect(403).json();
        assert_eq!(
            (&answer["error"], &answer["scope"]),
            (&json!("insufficient_scope"), &json!("api")),
            "{path}"
        );
    }
}

async fn bots_are_left_alone(app: TestApp) {
    let kind = |kind: &'static str| move |user: crate::support::world::Item| user.set("user_type", kind);
    let world = World::new()
        .user("pbot", kind("project_bot"))
        .user("gbot", kind("group_bot"))
        .user("svc", kind("service_account"))
        .group("acme", |group| group.owner("ann").developer("gbot").developer("svc"))
        .project("acme/p", |project| project.developer("pbot"));
    let stage = Stage::new(app, &world).await;
    for by in ["ann", "root"] {
        for bot in [
            stage.member("/groups/acme", "gbot"),
            stage.member("/projects/acme%2Fp", "pbot"),
        ] {
            assert_eq!(
                stage.put(by, &bot, json!({"access_level": 20})).await,
                forbidden(),
                "{by}"
            );
            assert_eq!(stage.delete(by, &bot).await, forbidden(), "{by}");
        }
    }
    let svc = stage.member("/groups/acme", "svc");
    assert_eq!(stage.put("ann", &svc, json!({"access_level": 20})).await.0, 200);
    assert_eq!(stage.delete("ann", &svc).await.0, 204);
}

async fn the_holder_of_a_personal_project_stays(app: TestApp) {
    let world = World::new()
        .user("ann", |user| user)
        .project("ann/dots", |project| project.maintainer("bob"));
    let stage = Stage::new(app, &world).await;
    let ann = stage.member("/projects/ann%2Fdots", "ann");
    for by in ["ann", "bob", "root"] {
        assert_eq!(
            stage.put(by, &ann, json!({"access_level": 50})).await,
            forbidden(),
            "{by}"
        );
        assert_eq!(stage.delete(by, &ann).await, forbidden(), "{by}");
    }
    let bob = stage.member("/projects/ann%2Fdots", "bob");
    assert_eq!(stage.put("ann", &bob, json!({"access_level": 50})).await.0, 200);
}
