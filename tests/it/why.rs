//! Why somebody has the access that they have: what counts and what does not, what is told to whom, and what it costs.

use serde_json::{Value, json};

use crate::support::world::{Group, Item, World};
use crate::support::{Client, TestApp, level, on_both_databases};

on_both_databases!(
    every_way_that_does_not_count_says_why,
    minimal_access_is_one_in_the_very_group_only,
    a_share_lowers_and_says_from_what,
    a_level_ends_with_the_last_way_that_gives_it,
    the_last_owner_goes_on_counting,
    who_comes_through_a_share_of_an_invited_group_is_explained_although_not_listed,
    the_owner_of_a_namespace_needs_no_row,
    an_administrator_is_told_of_beside_the_level,
    a_group_that_the_caller_does_not_see_is_not_named,
    a_request_is_told_to_who_decides_on_it,
    others_than_who_may_list_the_members_ask_for_themselves_only,
    the_sentence_says_it_all,
    an_explanation_costs_the_same_for_one_way_and_for_many,
    the_grants_of_a_list_cost_the_same_for_one_row_and_for_many,
);

const ENDED: &str = "2026-11-21";

/// `effectiveAccess` of a user, by name.
async fn why(client: &Client, source: &str, user: &str) -> Value {
    let fields = "accessLevel { integerValue }
        decidedBy { kind via { fullPath } }
        grants { kind accessLevel { integerValue } cappedFrom { integerValue } via { fullPath } expiresAt counts ignoredBecause
                 member { id accessLevel { integerValue } createdBy { username } source { fullPath } } }
        expiresAt explanation";
    let id = client
        .query(
            "query($name: String) { user(username: $name) { id } }",
            json!({"name": user}),
        )
        .await;
    let query = format!(
        "query($path: ID!, $user: UserID!) {{ namespace(fullPath: $path) {{ effectiveAccess(userId: $user) {{ {fields} }} }} }}"
    );
    let variables = json!({"path": source, "user": id["user"]["id"]});
    client.query(&query, variables).await["namespace"]["effectiveAccess"].clone()
}

/// Each grant on a line: kind, level, what it was lowered from, the way, and why it does not count.
fn lines(access: &Value) -> Vec<String> {
    let line = |grant: &Value| {
        let via: Vec<_> = grant["via"]
            .as_array()
            .unwrap()
            .iter()
            .map(|source| source["fullPath"].as_str().unwrap())
            .collect();
        let capped = grant["cappedFrom"]["integerValue"]
            .as_i64()
            .map(|from| format!(" of {from}"));
        let ignored = grant["ignoredBecause"].as_str().map(|why| format!(": {why}"));
        assert_eq!(grant["counts"], json!(ignored.is_none()));
        let (capped, ignored) = (capped.unwrap_or_default(), ignored.unwrap_or_default());
        let kind = grant["kind"].as_str().unwrap();
        format!(
            "{kind} {}{capped} {}{ignored}",
            grant["accessLevel"]["integerValue"],
            via.join(" > ")
        )
    };
    access["grants"].as_array().unwrap().iter().map(line).collect()
}

fn number(access: &Value) -> i64 {
    access["accessLevel"]["integerValue"].as_i64().unwrap()
}

async fn every_way_that_does_not_count_says_why(app: TestApp) {
    let world = World::new()
        .group("friends", |g| g.developer("fay"))
        .group("acme", |g| {
            g.owner("ann").guest("low").member("min", level::MINIMAL, |m| m)
        })
        .group("acme/sub", |g| {
            g.member("old", level::DEVELOPER, |m| m.until(ENDED))
                .member("zoe", level::DEVELOPER, Item::awaiting)
                .developer("low")
                .requested_by("req", |r| r)
                .share("friends", level::REPORTER, |s| s.until(ENDED))
        })
        .group("acme/vault", |g| g.setting("share_with_group_lock", true))
        .project("acme/vault/safe", |p| p.shared_with("friends", level::MAINTAINER));
    app.import(&world.json()).await;
    let ann = app.token("ann-api");
    for (source, user, level, grants) in [
        ("acme/sub", "old", 0, &["DIRECT 30 acme/sub: EXPIRED"] as &[_]),
        ("acme/sub", "zoe", 0, &["DIRECT 30 acme/sub: AWAITING"]),
        ("acme/sub", "min", 0, &["INHERITED 5 acme > acme/sub: MINIMAL_ACCESS"]),
        ("acme/sub", "fay", 0, &["GROUP_SHARE 20 acme/sub: SHARE_EXPIRED"]),
        (
            "acme/vault/safe",
            "fay",
            0,
            &["PROJECT_SHARE 30 acme/vault/safe: SHARE_LOCKED"],
        ),
        (
            "acme/sub",
            "low",
            30,
            &["DIRECT 30 acme/sub", "INHERITED 10 acme > acme/sub: LOWER_LEVEL"],
        ),
        ("acme/sub", "req", 0, &["DIRECT 30 acme/sub: ACCESS_REQUEST"]),
        ("acme/sub", "root", 0, &[]),
    ] {
        let access = why(&ann, source, user).await;
        assert_eq!(
            (number(&access), lines(&access)),
            (level, grants.iter().map(ToString::to_string).collect()),
            "{user}"
        );
        assert_eq!(access["decidedBy"].is_null(), level == 0, "{user}");
    }
    let seen = why(&app.admin(), "acme/sub", "fay").await;
    assert_eq!(lines(&seen), ["GROUP_SHARE 20 of 30 friends > acme/sub: SHARE_EXPIRED"]);
}

async fn minimal_access_is_one_in_the_very_group_only(app: TestApp) {
    let world = World::new()
        .group("friends", |g| g.developer("two"))
        .group("acme", |g| {
            g.owner("ann")
                .member("min", level::MINIMAL, |m| m)
                .member("two", level::MINIMAL, |m| m)
                .shared_with("friends", level::GUEST)
        })
        .project("acme/app", |p| p);
    app.import(&world.json()).await;
    let admin = app.admin();
    let here = why(&admin, "acme", "min").await;
    assert_eq!((number(&here), lines(&here)), (5, vec!["DIRECT 5 acme".to_owned()]));
    assert_eq!(here["decidedBy"]["kind"], "DIRECT");
    assert_eq!(number(&why(&admin, "acme/app", "min").await), 0);
    let two = why(&admin, "acme", "two").await;
    assert_eq!(number(&two), 10);
    assert_eq!(
        lines(&two),
        ["GROUP_SHARE 10 of 30 friends > acme", "DIRECT 5 acme: MINIMAL_ACCESS"]
    );
}

async fn a_share_lowers_and_says_from_what(app: TestApp) {
    let world = World::new()
        .group("top", |g| g.owner("tom"))
        .group("top/h", |g| g.maintainer("hal"))
        .group("x", |g| g.owner("ann").shared_with("top/h", level::REPORTER))
        .group("x/sub", |g| g)
        .project("x/sub/proj", |p| p.shared_with("top/h", level::DEVELOPER));
    app.import(&world.json()).await;
    let hal = why(&app.admin(), "x/sub/proj", "hal").await;
    assert_eq!(
        lines(&hal),
        [
            "PROJECT_SHARE 30 of 40 top/h > x/sub/proj",
            "GROUP_SHARE 20 of 40 top/h > x > x/sub/proj: LOWER_LEVEL"
        ]
    );
    assert_eq!(hal["grants"][0]["member"]["accessLevel"]["integerValue"], 40);
    let tom = why(&app.admin(), "x/sub/proj", "tom").await;
    assert_eq!(lines(&tom), ["PROJECT_SHARE 30 of 50 top > top/h > x/sub/proj"]);
    assert_eq!(lines(&why(&app.admin(), "x/sub", "tom").await), [] as [&str; 0]);
}

async fn a_level_ends_with_the_last_way_that_gives_it(app: TestApp) {
    let until = |g: Group, user: &str, day: &str| g.member(user, level::DEVELOPER, |m| m.until(day));
    let world = World::new()
        .group("friends", |g| until(g, "dan", "2032-01-01"))
        .group("a", |g| until(g, "ann", "2031-01-01").developer("eve"))
        .group("a/b", |g| {
            let g = until(until(g, "ann", "2030-01-01"), "eve", "2030-01-01");
            g.share("friends", level::GUEST, |s| s.until("2029-01-01"))
        });
    app.import(&world.json()).await;
    let admin = app.admin();
    let ann = why(&admin, "a/b", "ann").await;
    assert_eq!(ann["decidedBy"]["via"], json!([{"fullPath": "a/b"}]));
    assert_eq!(
        (&ann["grants"][0]["expiresAt"], &ann["expiresAt"]),
        (&json!("2030-01-01"), &json!("2031-01-01"))
    );
    assert_eq!(why(&admin, "a/b", "eve").await["expiresAt"], Value::Null);
    let dan = why(&admin, "a/b", "dan").await;
    assert_eq!(
        (&dan["grants"][0]["expiresAt"], &dan["expiresAt"]),
        (&json!("2029-01-01"), &json!("2029-01-01"))
    );
}

async fn the_last_owner_goes_on_counting(app: TestApp) {
    let world = World::new().group("a", |g| g.member("old", level::OWNER, |m| m.until(ENDED)));
    app.import(&world.json()).await;
    let old = why(&app.token("old-api"), "a", "old").await;
    assert_eq!((number(&old), lines(&old)), (50, vec!["DIRECT 50 a".to_owned()]));
    assert_eq!(
        (&old["grants"][0]["expiresAt"], &old["expiresAt"]),
        (&json!(ENDED), &Value::Null)
    );
}

async fn who_comes_through_a_share_of_an_invited_group_is_explained_although_not_listed(app: TestApp) {
    let world = World::new()
        .group("k", |g| g.owner("kim"))
        .group("top", |g| g.shared_with("k", level::MAINTAINER))
        .group("top/h", |g| g)
        .group("x", |g| g.owner("ann"))
        .project("x/p", |p| p.shared_with("top/h", level::DEVELOPER));
    app.import(&world.json()).await;
    let kim = why(&app.admin(), "x/p", "kim").await;
    assert_eq!(
        (number(&kim), lines(&kim)),
        (30, vec!["PROJECT_SHARE 30 of 50 k > top > top/h > x/p".to_owned()])
    );
    let by_kim = why(&app.token("kim-api"), "x/p", "kim").await;
    assert_eq!(lines(&by_kim), lines(&kim));
    let by_ann = why(&app.token("ann-api"), "x/p", "kim").await;
    assert_eq!(
        (number(&by_ann), lines(&by_ann)),
        (30, vec!["PROJECT_SHARE 30 x/p".to_owned()])
    );
    assert_eq!(by_ann["grants"][0]["member"], Value::Null);
}

async fn the_owner_of_a_namespace_needs_no_row(app: TestApp) {
    let world = World::new().project("ann/dots", |p| p.set("visibility", "public").developer("bob"));
    app.import(&world.json()).await;
    let ann = why(&app.token("bob-api"), "ann/dots", "ann").await;
    assert_eq!(
        (number(&ann), lines(&ann)),
        (50, vec!["PERSONAL_NAMESPACE 50 ann/dots".to_owned()])
    );
    assert_eq!(ann["grants"][0]["member"]["id"], "gid://gitlab/ProjectMember/2001-2");
    assert_eq!(number(&why(&app.token("bob-api"), "ann/dots", "bob").await), 30);
}

async fn an_administrator_is_told_of_beside_the_level(app: TestApp) {
    let world = World::new().group("acme", |g| g.owner("ann").guest("root"));
    app.import(&world.json()).await;
    let told = why(&app.admin(), "acme", "root").await;
    assert_eq!(
        (number(&told), lines(&told)),
        (10, vec!["DIRECT 10 acme".to_owned(), "ADMIN 50 acme".to_owned()])
    );
    assert_eq!(told["decidedBy"]["kind"], "DIRECT");
    let by_ann = why(&app.token("ann-api"), "acme", "root").await;
    assert_eq!(lines(&by_ann), ["DIRECT 10 acme"]);
}

async fn a_group_that_the_caller_does_not_see_is_not_named(app: TestApp) {
    let world = World::new()
        .user("sid", |u| u)
        .group("secret", |g| {
            g.owner("sue").member("hal", level::MAINTAINER, |m| m.by("sue"))
        })
        .group("x", |g| {
            g.public()
                .owner("ann")
                .guest("gus")
                .shared_with("secret", level::REPORTER)
        });
    app.import(&world.json()).await;
    // A stranger learns the level, as everybody who may list the members, and nothing else.
    let by_sid = why(&app.token("sid-api"), "x", "hal").await;
    assert_eq!(
        (number(&by_sid), lines(&by_sid)),
        (20, vec!["GROUP_SHARE 20 x".to_owned()])
    );
    assert_eq!(by_sid["grants"][0]["member"], Value::Null);
    // One of the group finds the same entry as in the list.
    let by_gus = why(&app.token("gus-api"), "x", "hal").await;
    assert_eq!(lines(&by_gus), ["GROUP_SHARE 20 x"]);
    let member = json!({"id": "gid://gitlab/GroupMember/4002", "accessLevel": {"integerValue": 20}, "createdBy": null, "source": {"fullPath": "x"}});
    assert_eq!(by_gus["grants"][0]["member"], member);
    for told in [by_sid, by_gus] {
        assert!(!told.to_string().contains("secret"), "{told}");
    }
    let by_sue = why(&app.token("sue-api"), "x", "hal").await;
    assert_eq!(lines(&by_sue), ["GROUP_SHARE 20 of 40 secret > x"]);
}

async fn a_request_is_told_to_who_decides_on_it(app: TestApp) {
    let world = World::new()
        .group("acme", |g| {
            g.public().owner("ann").maintainer("mia").requested_by("req", |r| r)
        })
        .project("acme/app", |p| {
            p.set("visibility", "public")
                .maintainer("max")
                .requested_by("req", |r| r)
        });
    app.import(&world.json()).await;
    let on_group = "INHERITED 30 acme > acme/app: ACCESS_REQUEST";
    let on_project = "DIRECT 30 acme/app: ACCESS_REQUEST";
    for (caller, told) in [
        ("ann", vec![on_project, on_group]),
        ("req", vec![on_project, on_group]),
        ("root", vec![on_project, on_group]),
        ("max", vec![on_project]),
        ("mia", vec![on_project]),
    ] {
        let access = why(&app.token(&format!("{caller}-api")), "acme/app", "req").await;
        assert_eq!(lines(&access), told, "{caller}");
    }
    assert_eq!(lines(&why(&app.token("mia-api"), "acme", "req").await), [] as [&str; 0]);
}

async fn others_than_who_may_list_the_members_ask_for_themselves_only(app: TestApp) {
    let world = World::new()
        .group("open", |g| g.public().owner("ann"))
        .group("shut", |g| g.owner("ann").member("min", level::MINIMAL, |m| m))
        .project("shut/app", |p| p.guest("pia"));
    app.import(&world.json()).await;
    let query = "query($path: ID!, $user: UserID!) { group(fullPath: $path) { effectiveAccess(userId: $user) { accessLevel { integerValue } } } }";
    let ask = async |client: Client, path: &str, user: i64| {
        let user = format!("gid://gitlab/User/{user}");
        client.query(query, json!({"path": path, "user": user})).await["group"].clone()
    };
    let (ann, pia) = (2, 4);
    assert_eq!(
        ask(app.anonymous(), "open", ann).await,
        json!({"effectiveAccess": null})
    );
    // She sees the group only because of the project in it.
    assert_eq!(
        ask(app.token("pia-api"), "shut", ann).await,
        json!({"effectiveAccess": null})
    );
    let herself = json!({"effectiveAccess": {"accessLevel": {"integerValue": 0}}});
    assert_eq!(ask(app.token("pia-api"), "shut", pia).await, herself);
    let owner = json!({"effectiveAccess": {"accessLevel": {"integerValue": 50}}});
    assert_eq!(ask(app.token("pia-api"), "open", ann).await, owner);
    assert_eq!(ask(app.token("min-api"), "shut", ann).await, Value::Null);
    assert_eq!(
        ask(app.token("ann-api"), "open", 4711).await,
        json!({"effectiveAccess": null})
    );
}

async fn the_sentence_says_it_all(app: TestApp) {
    let world = World::new()
        .group("k", |g| g.owner("kim"))
        .group("h", |g| g.maintainer("hal").shared_with("k", level::OWNER))
        .group("x", |g| {
            g.owner("ann")
                .member("dan", level::DEVELOPER, |m| m.until("2030-01-01"))
                .member("zoe", level::DEVELOPER, Item::awaiting)
                .member("min", level::MINIMAL, |m| m)
                .shared_with("h", level::REPORTER)
        })
        .group("x/sub", |g| g.requested_by("zoe", |r| r))
        .project("x/sub/p", |p| {
            p.shared_with("h", level::DEVELOPER)
                .member("old", level::GUEST, |m| m.until(ENDED))
        })
        .project("ann/dots", |p| p);
    app.import(&world.json()).await;
    for (source, user, said) in [
        (
            "x",
            "dan",
            "Dan has Developer access to x by a direct membership, until 2030-01-01.",
        ),
        (
            "x/sub",
            "dan",
            "Dan has Developer access to x/sub by a membership of x, above it, until 2030-01-01.",
        ),
        (
            "x",
            "hal",
            "Hal has Reporter access to x as a member of h, with which it is shared, lowered from Maintainer by the share.",
        ),
        (
            "x/sub",
            "hal",
            "Hal has Reporter access to x/sub as a member of h, with which x is shared, lowered from Maintainer by the share.",
        ),
        (
            "x/sub/p",
            "hal",
            "Hal has Developer access to x/sub/p as a member of h, with which it is shared, lowered from Maintainer by the share.",
        ),
        (
            "x/sub/p",
            "kim",
            "Kim has Developer access to x/sub/p as a member of k and so of h, with which it is shared, lowered from Owner by the share.",
        ),
        (
            "x",
            "min",
            "Min has Minimal Access to x, which opens nothing, by a direct membership.",
        ),
        (
            "x/sub",
            "min",
            "Min has no access to x/sub: the membership of x is Minimal Access, which gives nothing here.",
        ),
        (
            "x/sub",
            "zoe",
            "Zoe has no access to x/sub: the request for access is not approved, and one other way does not count either.",
        ),
        (
            "x/sub/p",
            "old",
            "Old has no access to x/sub/p: the direct membership has expired.",
        ),
        ("x/sub", "kim", "Kim has no access to x/sub: no membership leads there."),
        (
            "x",
            "root",
            "Root has no access to x: no membership leads there; as an administrator, Root acts as an owner everywhere.",
        ),
        (
            "ann/dots",
            "ann",
            "Ann has Owner access to ann/dots as the owner of the namespace that it lies in.",
        ),
    ] {
        assert_eq!(why(&app.admin(), source, user).await["explanation"], said);
    }
}

/// `acme` with people of its own, and shared with as many groups.
fn acme(many: usize) -> Value {
    let mut world = World::new();
    for n in 0..many {
        world = world.group(&format!("friends{n}"), |g| {
            let g = g.member("all", level::DEVELOPER, |m| m.by("root").until("2030-01-01"));
            if n == 0 {
                g.member("one", level::DEVELOPER, |m| m.by("root").until("2030-01-01"))
            } else {
                g
            }
        });
    }
    world = world.group("acme", |mut g| {
        for n in 0..many {
            g = g.member(&format!("dev{n}"), level::DEVELOPER, |m| m.by("ann"));
            g = g.shared_with(&format!("friends{n}"), level::REPORTER);
        }
        g.owner("ann")
    });
    world
        .project("acme/app", |p| p.shared_with("friends0", level::GUEST))
        .json()
}

async fn an_explanation_costs_the_same_for_one_way_and_for_many(app: TestApp) {
    app.import(&acme(50)).await;
    let query = "query($user: UserID!, $path: ID!) { namespace(fullPath: $path) { effectiveAccess(userId: $user) {
        explanation decidedBy { kind } grants { kind via { fullPath } member { id createdBy { name } user { name } source { fullPath } } } } } }";
    for path in ["acme", "acme/app"] {
        for client in [app.token("ann-api"), app.admin()] {
            let mut costs = vec![];
            for (user, ways) in [("one", 1), ("all", 50)] {
                let id = client
                    .query(
                        "query($name: String) { user(username: $name) { id } }",
                        json!({"name": user}),
                    )
                    .await;
                let answer = client
                    .graphql(query, json!({"user": id["user"]["id"], "path": path}))
                    .await
                    .expect(200);
                let grants = answer.json()["data"]["namespace"]["effectiveAccess"]["grants"]
                    .as_array()
                    .map(Vec::len);
                let ways = if path == "acme" { ways } else { ways + 1 };
                assert_eq!(grants, Some(ways), "{}", answer.text());
                costs.push(answer.statements);
            }
            assert_eq!(costs[0], costs[1], "{path}");
            assert!(costs[0] <= 14, "{path}: {costs:?}");
        }
    }
}

async fn the_grants_of_a_list_cost_the_same_for_one_row_and_for_many(app: TestApp) {
    app.import(&acme(50)).await;
    for (kind, path, list) in [
        ("group", "acme", "groupMembers"),
        ("project", "acme/app", "projectMembers"),
    ] {
        let query = |first: usize| {
            format!(
                "{{ {kind}(fullPath: \"{path}\") {{ {list}(first: {first}) {{ nodes {{
                     grants {{ kind accessLevel {{ integerValue }} via {{ fullPath }} member {{ createdBy {{ name }} user {{ name }} }} }} }} }} }} }}"
            )
        };
        for client in [app.token("ann-api"), app.token("dev0-api"), app.admin()] {
            let mut costs = vec![];
            for first in [1, 50] {
                let answer = client.graphql(&query(first), json!({})).await.expect(200);
                let nodes = answer.json()["data"][kind][list]["nodes"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                assert_eq!(nodes.len(), first, "{}", answer.text());
                assert!(
                    nodes.iter().all(|node| !node["grants"].as_array().unwrap().is_empty()),
                    "{}",
                    answer.text()
                );
                costs.push(answer.statements);
            }
            assert_eq!(costs[0], costs[1], "{path}");
        }
    }
}
