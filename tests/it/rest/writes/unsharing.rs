//! `DELETE …/share/:group_id`, and what a share gives while it is there.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Outcome, Stage, error, forbidden, message};
use crate::support::world::{Group, World};
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    a_share_of_a_group_is_for_its_owners_to_end,
    a_share_of_a_project_is_for_its_owners_and_those_of_the_other_group_to_end,
    a_share_that_changed_meanwhile_stays,
    the_end_of_a_share_leaves_an_audit_event_and_a_change,
    an_ended_share_can_be_removed_and_is_swept,
    a_share_of_a_group_counts_at_once_and_is_gone_at_once,
    a_share_of_a_project_counts_at_once_and_is_gone_at_once,
    the_level_is_the_lower_of_the_two_and_the_highest_way_counts,
    what_gives_no_access_gives_none_through_a_share,
    a_lock_suspends_the_shares_of_projects_without_ending_them,
    loops_of_shares_end,
    a_share_costs_the_same_among_many,
);

/// Two groups and a project, each shared with the group `friends`.
fn shared() -> World {
    let crew = |group: Group| group.owner("ann").maintainer("mia").developer("dan");
    World::new()
        .user("sid", |user| user)
        .group("friends", |group| group.owner("fred").owner("max").guest("gus"))
        .group("acme", |group| crew(group).shared_with("friends", level::DEVELOPER))
        .group("open", |group| {
            crew(group).public().shared_with("friends", level::GUEST)
        })
        .project("acme/cli", |project| {
            project
                .maintainer("max")
                .maintainer("moe")
                .shared_with("friends", level::REPORTER)
        })
}

const CLI: &str = "/projects/acme%2Fcli";

impl Stage {
    async fn unshare(&self, by: &str, source: &str, with: &str) -> Outcome {
        let path = format!("{source}/share/{}", self.group(with));
        self.delete(by, &path).await
    }

    /// The level with which somebody stands in `members/all`; none for who does not.
    async fn level_in_all(&self, source: &str, username: &str) -> Option<i64> {
        let path = format!("{source}/members/all/{}", self.number_of(username));
        let answer = self.app.admin().get(&path).await;
        answer.json()["access_level"].as_i64()
    }

    /// The caller's own level.
    async fn own_level(&self, path: &str, username: &str) -> Option<i64> {
        let query = "query($path: ID!) { namespace(fullPath: $path) { maxAccessLevel { integerValue } } }";
        let found = self.by(username).query(query, json!({ "path": path })).await;
        found["namespace"]["maxAccessLevel"]["integerValue"].as_i64()
    }
}

async fn a_share_of_a_group_is_for_its_owners_to_end(app: TestApp) {
    let stage = Stage::new(app, &shared()).await;
    let before = stage.traces().await;
    let (no_link, nothing) = (message(404, "404 Group Link Not Found"), message(404, "Not Found"));
    for (by, source, with, refused) in [
        ("nobody", "/groups/acme", "friends", message(401, "401 Unauthorized")),
        ("sid", "/groups/acme", "friends", message(404, "404 Group Not Found")),
        ("ann", "/groups/nowhere", "friends", message(404, "404 Group Not Found")),
        ("ann", "/groups/acme", "open", no_link.clone()),
        ("sid", "/groups/open", "acme", no_link.clone()),
        ("sid", "/groups/open", "friends", nothing.clone()),
        ("mia", "/groups/acme", "friends", nothing.clone()),
        // Those who were let in cannot shut the door.
        ("fred", "/groups/acme", "friends", nothing),
    ] {
        assert_eq!(stage.unshare(by, source, with).await, refused, "{by} {source} {with}");
    }
    let unknown = stage.delete("ann", "/groups/acme/share/77").await;
    assert_eq!(unknown, no_link);
    for group in ["friends", "1x"] {
        let outcome = stage.delete("ann", &format!("/groups/acme/share/{group}")).await;
        assert_eq!(outcome, error(400, "group_id is invalid"));
    }
    assert_eq!(stage.traces().await, before);

    assert_eq!(
        stage.unshare("ann", "/groups/acme", "friends").await,
        (204, String::new())
    );
    assert_eq!(stage.unshare("ann", "/groups/acme", "friends").await, no_link);
    assert_eq!(stage.unshare("root", "/groups/open", "friends").await.0, 204);
    assert_eq!(stage.count("group_shares").await, 0);
}

async fn a_share_of_a_project_is_for_its_owners_and_those_of_the_other_group_to_end(app: TestApp) {
    let stage = Stage::new(app, &shared()).await;
    let before = stage.traces().await;
    for (by, with, refused) in [
        ("nobody", "friends", message(401, "401 Unauthorized")),
        ("sid", "friends", message(404, "404 Project Not Found")),
        ("dan", "friends", forbidden()),
        ("dan", "open", forbidden()),
        ("fred", "friends", forbidden()),
        ("moe", "open", message(404, "404 Group Link Not Found")),
        ("moe", "friends", message(403, "Forbidden")),
        ("mia", "friends", message(403, "Forbidden")),
    ] {
        assert_eq!(stage.unshare(by, CLI, with).await, refused, "{by} {with}");
    }
    let word = stage.delete("ann", &format!("{CLI}/share/friends")).await;
    assert_eq!(word, error(400, "group_id is invalid"));
    assert_eq!(stage.traces().await, before);
    // max maintains the project and owns the group; ann owns the project and does not see the group.
    for by in ["max", "ann", "root"] {
        assert_eq!(stage.unshare(by, CLI, "friends").await, (204, String::new()), "{by}");
        let body = json!({"group_id": stage.group("friends"), "group_access": 20});
        assert_eq!(stage.post("root", &format!("{CLI}/share"), body).await.0, 201);
    }
}

async fn a_share_that_changed_meanwhile_stays(app: TestApp) {
    let stage = Stage::new(app, &shared()).await;
    // Made at noon, when the world was imported.
    for source in [CLI, "/groups/acme"] {
        let path = format!("{source}/share/{}", stage.group("friends"));
        let send = async |by: &str, since: &str| {
            let headers = [("if-unmodified-since", since)];
            let answer = stage.by(by).with(Method::DELETE, &path, &headers, "").await;
            (answer.status.as_u16(), answer.text())
        };
        let early = "Sat, 21 Nov 2026 11:59:59 GMT";
        let outdated = message(412, "412 Precondition Failed");
        assert_eq!(send("ann", early).await, outdated);
        // The right is asked for after that.
        assert_eq!(send("mia", early).await, outdated);
        assert_eq!(send("ann", "Sat, 21 Nov 2026 12:00:00 GMT").await.0, 204);
    }
    let path = format!("/groups/open/share/{}", stage.group("friends"));
    let headers = [("if-unmodified-since", "yesterday")];
    let answer = stage.by("ann").with(Method::DELETE, &path, &headers, "").await;
    assert_eq!(answer.status, 204, "what is no date is not looked at");
}

async fn the_end_of_a_share_leaves_an_audit_event_and_a_change(app: TestApp) {
    let stage = Stage::new(app, &shared()).await;
    for (source, name, message, access, level) in [
        (
            "/groups/acme",
            "group_share_with_group_link_removed",
            "Removed friends from the group acme",
            "group_access",
            "Developer",
        ),
        (
            CLI,
            "project_group_link_deleted",
            "Removed project group link",
            "project_access",
            "Reporter",
        ),
    ] {
        assert_eq!(stage.unshare("ann", source, "friends").await.0, 204);
        let event = stage.last_event(source).await;
        let details = &event["details"];
        for (key, value) in [
            ("event_name", name),
            ("author_name", "Ann"),
            ("target_type", "Group"),
            ("target_details", "friends"),
            ("custom_message", message),
            ("remove", access),
            ("as", level),
        ] {
            assert_eq!(details[key], value, "{key}: {details}");
        }
    }
    assert_eq!(stage.count("audit_events").await, 2);
    assert_eq!(stage.count("change_log WHERE kind = 'share_deleted'").await, 2);
}

async fn an_ended_share_can_be_removed_and_is_swept(app: TestApp) {
    let ended = |source: Group| {
        source
            .share("friends", level::GUEST, |link| link.until("2026-11-21"))
            .share("others", level::GUEST, |link| link.until("2020-01-01"))
    };
    let world = World::new()
        .group("friends", |group| group.owner("fred"))
        .group("others", |group| group)
        .group("acme", |group| ended(group.owner("ann")))
        .project("acme/cli", ended);
    let stage = Stage::new(app, &world).await;
    for source in ["/groups/acme", CLI] {
        assert_eq!(stage.unshare("ann", source, "friends").await.0, 204, "{source}");
    }
    let system = stage.app.system();
    let lease = roster::domain::leases::take(&system, "sweep", "me")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(roster::domain::members::expire(&system, &lease).await.unwrap(), 2);
    for (source, name) in [
        ("/groups/acme", "group_share_with_group_link_removed"),
        (CLI, "project_group_link_deleted"),
    ] {
        let event = stage.last_event(source).await;
        assert_eq!((&event["event_name"], &event["author_id"]), (&json!(name), &json!(-1)));
        for (key, value) in [
            ("author_name", json!("(System)")),
            ("target_details", json!("others")),
            ("system_event", json!(true)),
            ("reason", json!("access expired on 2020-01-01")),
        ] {
            assert_eq!(event["details"][key], value, "{key}: {event}");
        }
    }
    assert_eq!(stage.count("change_log WHERE kind = 'share_deleted'").await, 4);
    assert_eq!(roster::domain::members::expire(&system, &lease).await.unwrap(), 0);
}

async fn a_share_of_a_group_counts_at_once_and_is_gone_at_once(app: TestApp) {
    let world = World::new()
        .group("top", |group| group.owner("tom"))
        .group("top/friends", |group| group.owner("fred").guest("gus"))
        .group("top/friends/below", |group| group.owner("bea"))
        .group("house", |group| group.owner("hugo"))
        .group("acme", |group| group.owner("ann"))
        .group("acme/sub", |group| group)
        .project("acme/sub/cli", |project| project);
    let stage = Stage::new(app, &world).await;
    let house = json!({"group_id": stage.group("house"), "group_access": 50});
    assert_eq!(stage.post("root", "/groups/top%2Ffriends/share", house).await.0, 201);
    let places = ["/groups/acme%2Fsub", "/projects/acme%2Fsub%2Fcli"];
    let body = json!({"group_id": stage.group("top/friends"), "group_access": 30});
    assert_eq!(stage.post("root", "/groups/acme%2Fsub/share", body).await.0, 201);
    for place in places {
        assert_eq!(stage.level_in_all(place, "fred").await, Some(30), "{place}");
        assert_eq!(stage.level_in_all(place, "gus").await, Some(10), "{place}");
        for nobody in ["tom", "bea", "hugo"] {
            assert_eq!(stage.level_in_all(place, nobody).await, None, "{place} {nobody}");
        }
    }
    assert_eq!(stage.level_in_all("/groups/acme", "fred").await, None, "not above");
    assert_eq!(stage.own_level("acme/sub/cli", "fred").await, Some(30));

    assert_eq!(stage.unshare("ann", "/groups/acme%2Fsub", "top/friends").await.0, 204);
    for place in places {
        for nobody in ["fred", "gus"] {
            assert_eq!(stage.level_in_all(place, nobody).await, None, "{place} {nobody}");
        }
    }
    stage.by("fred").get("/groups/acme%2Fsub").await.expect(404);
    assert_eq!(stage.own_level("acme/sub/cli", "fred").await, None);
}

async fn a_share_of_a_project_counts_at_once_and_is_gone_at_once(app: TestApp) {
    let world = World::new()
        .group("house", |group| group.owner("hugo"))
        .group("top", |group| group.owner("tom"))
        .group("top/friends", |group| {
            group.maintainer("fred").shared_with("house", level::OWNER)
        })
        .group("top/friends/below", |group| group.owner("bea"))
        .group("acme", |group| group.owner("ann"))
        .project("acme/cli", |project| project)
        .user("new", |user| user);
    let stage = Stage::new(app, &world).await;
    let add = async || {
        let body = json!({"username": "new", "access_level": 10});
        stage.post("fred", &format!("{CLI}/members"), body).await.0
    };
    let friends = stage.group("top/friends");
    for (given, status) in [(30, 403), (40, 201)] {
        let body = json!({"group_id": friends, "group_access": given});
        assert_eq!(stage.post("root", &format!("{CLI}/share"), body).await.0, 201);
        assert_eq!(stage.level_in_all(CLI, "fred").await, Some(given));
        assert_eq!(
            stage.level_in_all(CLI, "tom").await,
            Some(given),
            "inherited into the group"
        );
        // Whom the group is itself shared with has access, and is not listed.
        assert_eq!(stage.own_level("acme/cli", "hugo").await, Some(given));
        assert_eq!(stage.own_level("acme/cli", "bea").await, None);
        assert_eq!(
            add().await,
            status,
            "a share at 40 lets a maintainer invite, one at 30 does not"
        );
        assert_eq!(stage.unshare("ann", CLI, "top/friends").await.0, 204);
        for nobody in ["fred", "tom", "hugo"] {
            assert_eq!(stage.own_level("acme/cli", nobody).await, None, "{nobody}");
        }
    }
}

async fn the_level_is_the_lower_of_the_two_and_the_highest_way_counts(app: TestApp) {
    let world = World::new()
        .group("low", |group| group.guest("pat").owner("lou"))
        .group("high", |group| group.developer("pat"))
        .group("acme", |group| group.owner("ann"));
    let stage = Stage::new(app, &world).await;
    let share = async |with: &str, access: i64| {
        let body = json!({"group_id": stage.group(with), "group_access": access});
        assert_eq!(stage.post("root", "/groups/acme/share", body).await.0, 201);
    };
    share("low", 40).await;
    assert_eq!(stage.level_in_all("/groups/acme", "pat").await, Some(10));
    assert_eq!(stage.level_in_all("/groups/acme", "lou").await, Some(40));
    share("high", 20).await;
    assert_eq!(stage.level_in_all("/groups/acme", "pat").await, Some(20));
    assert_eq!(stage.unshare("ann", "/groups/acme", "high").await.0, 204);
    assert_eq!(stage.level_in_all("/groups/acme", "pat").await, Some(10));
}

async fn what_gives_no_access_gives_none_through_a_share(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user.set("state", "blocked"))
        .group("friends", |group| {
            group
                .owner("fred")
                .developer("bob")
                .member("min", level::MINIMAL, |row| row)
                .member("wes", level::DEVELOPER, crate::support::world::Item::awaiting)
                .member("eve", level::DEVELOPER, |row| row.until("2026-11-21"))
                .requested_by("roy", |row| row)
                .invited("ivy@example.com", level::DEVELOPER, |row| row)
        })
        .group("acme", |group| group.owner("ann"))
        .project("acme/cli", |project| project);
    let stage = Stage::new(app, &world).await;
    let body = json!({"group_id": stage.group("friends"), "group_access": 30});
    for source in ["/groups/acme", CLI] {
        assert_eq!(
            stage.post("root", &format!("{source}/share"), body.clone()).await.0,
            201
        );
        for nobody in ["min", "eve", "roy"] {
            assert_eq!(stage.level_in_all(source, nobody).await, None, "{source} {nobody}");
        }
    }
    for nobody in ["min", "wes", "eve", "roy"] {
        stage.by(nobody).get("/groups/acme").await.expect(404);
        stage.by(nobody).get(CLI).await.expect(404);
    }
    stage.by("bob").get(CLI).await.expect(403);
    stage.by("fred").get(CLI).await.expect(200);
}

async fn a_lock_suspends_the_shares_of_projects_without_ending_them(app: TestApp) {
    let world = World::new()
        .group("friends", |group| group.owner("fred"))
        .group("acme", |group| {
            let group = group.owner("ann").setting("share_with_group_lock", true);
            group.shared_with("friends", level::GUEST)
        })
        .project("acme/cli", |project| project.shared_with("friends", level::DEVELOPER));
    let stage = Stage::new(app, &world).await;
    assert_eq!(
        stage.own_level("acme", "fred").await,
        Some(10),
        "the group's own share counts"
    );
    assert_eq!(
        stage.own_level("acme/cli", "fred").await,
        Some(10),
        "the project's does not"
    );
    assert_eq!(
        stage.read(CLI).await["shared_with_groups"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(
        stage.unshare("ann", CLI, "friends").await.0,
        204,
        "the lock keeps nobody from that"
    );
}

async fn loops_of_shares_end(app: TestApp) {
    let world = ["a", "b", "c"].into_iter().fold(World::new(), |world, name| {
        let world = world.group(name, |group| group.owner("ann").developer(&format!("{name}-dev")));
        world.project(&format!("{name}/p"), |project| project)
    });
    let stage = Stage::new(app, &world).await;
    for (source, with) in [("a", "b"), ("b", "a"), ("b", "c"), ("c", "a")] {
        let body = json!({"group_id": stage.group(with), "group_access": 50});
        for source in [format!("/groups/{source}"), format!("/projects/{source}%2Fp")] {
            let outcome = stage.post("ann", &format!("{source}/share"), body.clone()).await;
            assert_eq!(outcome.0, 201, "{source} {with}: {}", outcome.1);
        }
    }
    // One step and no further for groups; for projects whoever has a level in the invited group.
    for (path, who, level) in [
        ("a", "b-dev", Some(30)),
        // Seen because of the project, with no level of its own.
        ("a", "c-dev", Some(0)),
        ("b", "a-dev", Some(30)),
        ("b", "c-dev", Some(30)),
        ("c", "a-dev", Some(30)),
        ("c", "b-dev", Some(0)),
        ("a/p", "c-dev", Some(30)),
        ("c/p", "b-dev", Some(30)),
    ] {
        assert_eq!(stage.own_level(path, who).await, level, "{who} in {path}");
    }
    for source in ["/groups/a", "/groups/b", "/groups/c", "/projects/a%2Fp"] {
        let members = stage.read(&format!("{source}/members/all")).await;
        assert!(
            members.as_array().is_some_and(|members| members.len() >= 3),
            "{members}"
        );
    }
}

async fn a_share_costs_the_same_among_many(app: TestApp) {
    let many = |mut group: Group, count: usize| {
        for n in 0..count {
            group = group.shared_with(&format!("g{n}"), level::GUEST);
        }
        group.owner("ann")
    };
    let mut world = World::new().group("friends", |group| group.owner("ann"));
    for n in 0..40 {
        world = world.group(&format!("g{n}"), |group| group.public().owner("ann"));
    }
    let world = world
        .group("small", |group| many(group, 1))
        .group("large", |group| many(group, 40))
        .project("small/p", |project| many(project, 1))
        .project("large/p", |project| many(project, 40));
    let stage = Stage::new(app, &world).await;
    let friends = stage.group("friends");
    let body = json!({"group_id": friends, "group_access": 30});
    for kind in ["/groups/{}", "/projects/{}%2Fp"] {
        let mut costs: Vec<Value> = vec![];
        for name in ["small", "large"] {
            let source = kind.replace("{}", name);
            let shared = stage
                .by("ann")
                .post(&format!("{source}/share"), &body)
                .await
                .expect(201);
            let path = format!("{source}/share/{friends}");
            let ended = stage.by("ann").delete(&path).await.expect(204);
            costs.push(json!([shared.statements, ended.statements]));
        }
        assert_eq!(costs[0], costs[1], "{kind}");
    }
}
