//! The memberships of who takes a seat: their own, and those of invited groups.

use serde_json::{Value, json};

use super::super::super::each;
use super::super::{Outcome, Stage, error, message};
use super::{bad_request, place, seat};
use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    a_membership_has_its_fields_in_order,
    own_rows_are_those_in_the_hierarchy_and_no_requests,
    rows_by_links_come_once_and_only_those_that_count,
    guests_who_are_no_seat_do_not_come_by_links,
    what_has_ended_is_no_membership,
    who_may_look,
    checks_come_in_order,
    both_lists_are_paged_to_the_end,
    a_directory_leaves_nobody_who_may_look,
    a_list_costs_the_same_for_one_row_and_for_fifty,
);

async fn get(stage: &Stage, by: &str, path: &str) -> Outcome {
    let answer = stage.by(by).get(path).await;
    (answer.status.as_u16(), answer.text())
}

async fn list(stage: &Stage, by: &str, path: &str) -> Value {
    stage.by(by).get(path).await.expect(200).json()
}

async fn sources(stage: &Stage, username: &str, what: &str) -> Vec<Value> {
    each(
        &list(stage, "ann", &seat(stage, username, what)).await,
        "source_full_name",
    )
}

async fn a_membership_has_its_fields_in_order(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let (status, text) = get(&stage, "ann", &seat(&stage, "dan", "/memberships")).await;
    assert_eq!(status, 200);
    let rows: Value = serde_json::from_str(&text).unwrap();
    let (first, second) = (rows[0]["id"].clone(), rows[1]["id"].clone());
    assert!(first.as_i64() < second.as_i64());
    let expected = format!(
        r#"[{{"id":{first},"source_id":{},"source_full_name":"Acme / Tools","source_members_url":"https://roster.example/groups/acme/tools/-/group_members","created_at":"2026-02-03T04:05:06.789Z","expires_at":null,"access_level":{{"string_value":"Developer","integer_value":30,"custom_role":null}}}},{{"id":{second},"source_id":2001,"source_full_name":"Acme / Tools / CLI","source_members_url":"https://roster.example/acme/tools/cli/-/project_members","created_at":"2026-01-01T00:00:00.000Z","expires_at":"2030-01-02","access_level":{{"string_value":"Auditor","integer_value":10,"custom_role":{{"id":3002,"name":"Auditor"}}}}}}]"#,
        stage.group("acme/tools"),
    );
    assert_eq!(text, expected);
}

async fn own_rows_are_those_in_the_hierarchy_and_no_requests(app: TestApp) {
    let world = place()
        .group("acme/labs", |group| {
            group
                .member("dan", level::MAINTAINER, crate::support::world::Item::awaiting)
                .requested_by("dev", |row| row)
        })
        .project("acme/labs/x", |project| project.requested_by("dan", |row| row))
        .project("dan/own", |project| project);
    let stage = Stage::new(app, &world).await;
    assert_eq!(
        sources(&stage, "dan", "/memberships").await,
        ["Acme / Tools", "Acme / Tools / CLI", "Acme / labs"]
    );
    assert_eq!(sources(&stage, "dev", "/memberships").await, ["Acme"]);
    assert!(sources(&stage, "tim", "/memberships").await.is_empty());
    // Minimal access takes no seat, but is told of who takes one.
    let seated = place().group("acme/labs", |group| group.developer("min"));
    let rows = seated.json();
    let stage = Stage {
        app: stage.app,
        world: rows,
    };
    stage
        .by("ann")
        .post(
            "/groups/acme%2Flabs/members",
            &json!({"username": "min", "access_level": 30}),
        )
        .await
        .expect(201);
    let levels = list(&stage, "ann", &seat(&stage, "min", "/memberships")).await;
    let level = &levels[0]["access_level"];
    assert_eq!(
        level,
        &json!({"string_value": "Minimal Access", "integer_value": 5, "custom_role": null})
    );
    assert_eq!(levels.as_array().unwrap().len(), 2);
}

async fn rows_by_links_come_once_and_only_those_that_count(app: TestApp) {
    let world = place()
        .group("waiting", |group| {
            group
                .member("tim", level::OWNER, crate::support::world::Item::awaiting)
                .member("dan", level::MINIMAL, |row| row)
        })
        .group("ended", |group| group.developer("tim"))
        .group("acme/more", |group| {
            group
                .shared_with("partners/team", level::OWNER)
                .shared_with("waiting", level::OWNER)
                .share("ended", level::OWNER, |link| link.until("2026-11-21"))
        });
    let stage = Stage::new(app, &world).await;
    // Three links let the team in, and `partners` lies above it. The row says its own level.
    let rows = list(&stage, "ann", &seat(&stage, "dan", "/indirect")).await;
    assert_eq!(each(&rows, "source_full_name"), ["partners", "partners / team"]);
    let levels: Vec<_> = each(&rows, "access_level");
    assert_eq!(
        (&levels[0]["integer_value"], &levels[1]["integer_value"]),
        (&json!(10), &json!(40))
    );
    assert_eq!(
        rows[0]["source_members_url"],
        "https://roster.example/groups/partners/-/group_members"
    );
    assert_eq!(
        sources(&stage, "tim", "/indirect").await,
        ["partners", "partners / team"]
    );
    assert!(sources(&stage, "dev", "/indirect").await.is_empty());
}

async fn guests_who_are_no_seat_do_not_come_by_links(app: TestApp) {
    let world = World::new()
        .group("partners", |group| group.guest("gil").reporter("ray"))
        .group("team", |group| group.reporter("ray").developer("gil"))
        .group("acme", |group| {
            group
                .set("seats", json!({"exclude_guests": true}))
                .owner("ann")
                .developer("gil")
                .shared_with("partners", level::REPORTER)
                .shared_with("team", level::GUEST)
        });
    let stage = Stage::new(app, &world).await;
    assert_eq!(sources(&stage, "ray", "/indirect").await, ["partners"]);
    assert!(sources(&stage, "gil", "/indirect").await.is_empty());
}

async fn what_has_ended_is_no_membership(app: TestApp) {
    let world = place().group("acme/labs", |group| group.developer("old"));
    let stage = Stage::new(app, &world).await;
    assert_eq!(sources(&stage, "old", "/memberships").await, ["Acme / labs"]);
}

async fn who_may_look(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let hidden = message(404, "404 Group Not Found");
    for what in ["/memberships", "/indirect"] {
        let path = seat(&stage, "dan", what);
        assert_eq!(get(&stage, "nobody", &path).await, message(401, "401 Unauthorized"));
        assert_eq!(get(&stage, "exa", &path).await, hidden);
        for low in ["sid", "min", "gus", "pia", "ron", "dev", "mia"] {
            assert_eq!(get(&stage, low, &path).await, bad_request(""), "{low}");
        }
        for enough in ["mel", "ann", "lin", "root"] {
            assert_eq!(get(&stage, enough, &path).await.0, 200, "{enough}");
        }
    }
}

async fn checks_come_in_order(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    for what in ["memberships", "indirect"] {
        let path = |group: &str, user: &str| format!("/groups/{group}/billable_members/{user}/{what}");
        let invalid = error(400, "user_id is invalid");
        assert_eq!(get(&stage, "ann", &path("acme", "x")).await, invalid);
        assert_eq!(get(&stage, "exa", &path("acme", "x")).await, invalid);
        assert_eq!(
            get(&stage, "nobody", &path("acme", "x")).await,
            message(401, "401 Unauthorized")
        );
        let no_group = message(404, "404 Group Not Found");
        assert_eq!(get(&stage, "ann", &path("nothing", "999999")).await, no_group);
        assert_eq!(get(&stage, "ann", &path("partners", "999999")).await, no_group);
        assert_eq!(get(&stage, "mia", &path("acme", "999999")).await, bad_request(""));
        assert_eq!(
            get(&stage, "ann", &path("acme%2Ftools", "999999")).await,
            bad_request("")
        );
        assert_eq!(
            get(&stage, "root", &path("acme%2Ftools", "999999")).await,
            bad_request("")
        );
        assert_eq!(
            get(&stage, "ann", &path("acme", "999999")).await,
            message(404, "404 Not found")
        );
        for without in ["sid", "min", "tia", "bob", "rob", "old", "eve"] {
            let user = stage.number_of(without).to_string();
            assert_eq!(
                get(&stage, "ann", &path("acme", &user)).await,
                message(404, "404 User Not Found"),
                "{without}"
            );
        }
    }
}

async fn both_lists_are_paged_to_the_end(app: TestApp) {
    let world = World::new().group("acme", |group| group.owner("ann").developer("dan"));
    let world = (0..4).fold(world, |world, n| {
        world
            .group(&format!("guests{n}"), |group| group.developer("dan"))
            .group(&format!("acme/g{n}"), |group| {
                group
                    .developer("dan")
                    .shared_with(&format!("guests{n}"), level::GUEST)
                    .shared_with("guests0", level::OWNER)
            })
    });
    let mut world = world.json();
    let shares = world["shares"].as_array_mut().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    shares.retain(|share| seen.insert(format!("{}{}", share["group"], share["with"])));
    let stage = Stage::of(app, world).await;
    for (what, total) in [("/memberships", 5), ("/indirect", 4)] {
        let path = seat(&stage, "dan", what);
        let whole = each(&list(&stage, "ann", &path).await, "id");
        assert_eq!(whole.len(), total);
        assert!(whole.is_sorted_by_key(Value::as_i64));
        let mut joined = Vec::new();
        for page in 1..=3 {
            let answer = stage
                .by("ann")
                .get(&format!("{path}?per_page=2&page={page}"))
                .await
                .expect(200);
            let headers = [
                "x-page",
                "x-per-page",
                "x-total",
                "x-total-pages",
                "x-next-page",
                "x-prev-page",
            ];
            let headers = headers.map(|name| answer.header(name));
            let next = if page * 2 < total {
                (page + 1).to_string()
            } else {
                String::new()
            };
            let previous = if page > 1 && (page - 1) * 2 < total {
                (page - 1).to_string()
            } else {
                String::new()
            };
            let pages = total.div_ceil(2).to_string();
            let behind = (page - 1) * 2 >= total;
            assert_eq!(
                headers[..4],
                [page.to_string(), "2".to_owned(), total.to_string(), pages],
                "{what} {page}"
            );
            assert_eq!(headers[4], next, "{what} {page}");
            assert!(behind || headers[5] == previous, "{what} {page}");
            assert!(answer.header("link").contains("rel=\"last\""));
            joined.extend(each(&answer.json(), "id"));
        }
        assert_eq!(joined, whole, "{what}");
    }
}

async fn a_directory_leaves_nobody_who_may_look(app: TestApp) {
    let world = World::new().group("acme", |group| {
        let link = json!([{"provider": "main", "cn": "all", "access_level": 30}]);
        group.set("ldap_links", link).owner("ann").developer("dan")
    });
    let stage = Stage::new(app, &world).await;
    for by in ["ann", "root"] {
        for what in ["/memberships", "/indirect"] {
            assert_eq!(get(&stage, by, &seat(&stage, "dan", what)).await, bad_request(""));
        }
        assert_eq!(get(&stage, by, "/groups/acme/billable_members").await.0, 200);
    }
}

async fn a_list_costs_the_same_for_one_row_and_for_fifty(app: TestApp) {
    let many = |world: World, root: &str, rows: usize| {
        (0..rows).fold(
            world.group(root, |group| group.owner("ann").developer("dan")),
            |world, n| {
                let guests = format!("{root}-{n}");
                world
                    .group(&guests, |group| group.developer("dan"))
                    .project(&format!("{root}/p{n}"), |project| {
                        project.developer("dan").shared_with(&guests, level::GUEST)
                    })
            },
        )
    };
    let stage = Stage::new(app, &many(many(World::new(), "small", 1), "large", 50)).await;
    for what in ["memberships", "indirect"] {
        let mut costs = Vec::new();
        for root in ["small", "large"] {
            let path = format!(
                "/groups/{root}/billable_members/{}/{what}?per_page=100",
                stage.number_of("dan")
            );
            // The first look makes the seats.
            stage.by("ann").get(&path).await.expect(200);
            costs.push(stage.by("ann").get(&path).await.expect(200).statements);
        }
        assert_eq!(costs[0], costs[1], "{what}");
        assert!(costs[0] > 3 && costs[0] <= 8, "{what}: {costs:?}");
    }
}
