//! Reading, changing and taking back invitations.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Stage, error, faults, forbidden, message};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_list_holds_the_sources_own_pending_invitations,
    a_list_is_paged_and_searched_by_the_whole_address,
    the_list_takes_as_many_statements_for_many_as_for_one,
    a_change_is_judged_in_order,
    a_change_keeps_clears_and_sets,
    a_maintainer_leaves_owners_alone_and_lowers_whom_he_may,
    an_invitation_is_taken_back_once,
    an_address_in_a_path_is_decoded_once,
);

const GROUP: &str = "/groups/acme/invitations";
const PROJECT: &str = "/projects/acme%2Fp/invitations";

fn place() -> World {
    World::new()
        .group("acme", |group| {
            group
                .owner("ann")
                .developer("dan")
                .invited("one@x.example", 30, |row| row.by("ann").until("2030-01-01"))
                .invited("min@x.example", 5, |row| row)
                .invited("wait@x.example", 20, |row| row.awaiting().by("ann"))
                .member("mem", 30, |row| row.set("invite_email", "mem@old.example"))
        })
        .group("acme/tools", |group| group.invited("sub@x.example", 30, |row| row))
        .project("acme/p", |project| {
            project
                .maintainer("mia")
                .invited("dev@x.example", 30, |row| row.by("mia"))
                .invited("own@x.example", 50, |row| row.by("ann"))
        })
}

async fn addresses(stage: &Stage, path: &str) -> Vec<String> {
    let list = stage.read(path).await;
    let text = |row: &Value| row["invite_email"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(text).collect()
}

async fn a_list_holds_the_sources_own_pending_invitations(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    assert_eq!(
        addresses(&stage, GROUP).await,
        ["one@x.example", "min@x.example", "wait@x.example"]
    );
    assert_eq!(
        addresses(&stage, "/groups/acme%2Ftools/invitations").await,
        ["sub@x.example"]
    );
    let list = stage.read(GROUP).await;
    let made = "2026-01-01T00:00:00.000Z";
    assert_eq!(
        list[0].to_string(),
        json!({
            "access_level": 30, "created_at": made, "expires_at": "2030-01-01", "invite_email": "one@x.example",
            "created_by_name": "Ann", "id": list[0]["id"], "invited_at": made, "email": "one@x.example",
        })
        .to_string()
    );
    assert_eq!(list[1]["created_by_name"], Value::Null);
    let one = format!("{GROUP}/one%40x.example");
    let answer = stage.by("ann").get(&one).await;
    assert_eq!(
        (answer.status.as_u16(), answer.text()),
        error(404, "404 Not Found"),
        "no such route"
    );
}

async fn a_list_is_paged_and_searched_by_the_whole_address(app: TestApp) {
    let world = (0..5).fold(World::new(), |world, _| world).group("acme", |group| {
        (0..25).fold(group.owner("ann"), |group, n| {
            group.invited(&format!("Some.{n}@x.example"), 30, |row| row)
        })
    });
    let stage = Stage::new(app, &world).await;
    let ann = stage.by("ann");
    let first = ann.get(GROUP).await.expect(200);
    assert_eq!(first.json().as_array().map(Vec::len), Some(20));
    assert_eq!(
        (
            first.header("x-total"),
            first.header("x-next-page"),
            first.header("x-total-pages")
        ),
        ("25".to_owned(), "2".to_owned(), "2".to_owned())
    );
    let mut all = vec![];
    for page in 1..=4 {
        all.extend(addresses(&stage, &format!("{GROUP}?per_page=7&page={page}")).await);
    }
    let expected: Vec<_> = (0..25).map(|n| format!("some.{n}@x.example")).collect();
    assert_eq!(all, expected, "by number");
    for (query, found) in [
        ("some.7%40x.example", 1),
        ("SOME.7%40X.example", 1),
        ("some.7", 0),
        ("", 20),
        ("nobody%40x.example", 0),
    ] {
        assert_eq!(
            addresses(&stage, &format!("{GROUP}?query={query}")).await.len(),
            found,
            "{query}"
        );
    }
}

async fn the_list_takes_as_many_statements_for_many_as_for_one(app: TestApp) {
    let invited = |group: crate::support::world::Group, many: usize| {
        (0..many).fold(group, |group, n| {
            group.invited(&format!("n{n}@x.example"), 30, |row| row.by("ann").with_role("Auditor"))
        })
    };
    let world = World::new()
        .group("few", |group| invited(group.owner("ann"), 1))
        .role("few", "Auditor", 30)
        .group("many", |group| group.owner("ann"));
    let world = world
        .role("many", "Auditor", 30)
        .group("many/own", |group| invited(group, 15));
    let stage = Stage::new(app, &world).await;
    let ann = stage.by("ann");
    let few = ann.get("/groups/few/invitations").await.expect(200).statements;
    let many = ann.get("/groups/many%2Fown/invitations").await.expect(200).statements;
    assert_eq!((few, many), (6, 6));
}

async fn a_change_is_judged_in_order(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let one = format!("{GROUP}/one%40x.example");
    let before = stage.traces().await;
    for (by, path, body, expected) in [
        (
            "nobody",
            one.as_str(),
            json!({"access_level": 99}),
            message(401, "401 Unauthorized"),
        ),
        (
            "dan",
            "/groups/nowhere/invitations/a%40x.example",
            json!({"access_level": 5}),
            error(400, "access_level does not have a valid value"),
        ),
        (
            "dan",
            "/groups/nowhere/invitations/a%40x.example",
            json!({}),
            message(404, "404 Group Not Found"),
        ),
        (
            "dan",
            "/groups/acme/invitations/none%40x.example",
            json!({}),
            forbidden(),
        ),
        (
            "ann",
            "/groups/acme/invitations/none%40x.example",
            json!({}),
            message(404, "404 Not Found"),
        ),
        (
            "ann",
            "/groups/acme/invitations/mem%40old.example",
            json!({"access_level": 20}),
            message(404, "404 Not Found"),
        ),
        (
            "ann",
            "/groups/acme/invitations/sub%40x.example",
            json!({"access_level": 20}),
            message(404, "404 Not Found"),
        ),
        ("ann", one.as_str(), json!({}), message(400, "400 Bad request")),
        (
            "ann",
            one.as_str(),
            json!({"colour": "red"}),
            message(400, "400 Bad request"),
        ),
        (
            "ann",
            one.as_str(),
            json!({"expires_at": "2001-01-01"}),
            faults(&json!({"expires_at": ["cannot be a date in the past"]})),
        ),
        (
            "ann",
            one.as_str(),
            json!({"expires_at": "tomorrow", "access_level": "x"}),
            error(400, "access_level is invalid, expires_at is invalid"),
        ),
        (
            "ann",
            one.as_str(),
            json!({"member_role_id": 99999}),
            faults(&json!({"member_role": ["not found"]})),
        ),
    ] {
        assert_eq!(stage.put(by, path, body.clone()).await, expected, "{by} {path} {body}");
    }
    assert_eq!(stage.traces().await, before);
}

async fn a_change_keeps_clears_and_sets(app: TestApp) {
    let stage = Stage::new(app, &place().role("acme", "Auditor", 20)).await;
    let role = stage.world["member_roles"][0]["id"].clone();
    let one = format!("{GROUP}/ONE%40x.example");
    let before = stage.read(GROUP).await[0].clone();
    for (body, level, end) in [
        (json!({"access_level": 40}), 40, json!("2030-01-01")),
        (
            json!({"expires_at": "2031-02-03T23:00:00+10:00"}),
            40,
            json!("2031-02-03"),
        ),
        (json!({"expires_at": ""}), 40, Value::Null),
        (
            json!({"access_level": 20, "member_role_id": role, "expires_at": "2031-01-01"}),
            20,
            json!("2031-01-01"),
        ),
        (json!({"expires_at": null, "member_role_id": ""}), 20, Value::Null),
    ] {
        let (status, text) = stage.put("ann", &one, body.clone()).await;
        assert_eq!(status, 200, "{text}");
        let shown: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&shown["access_level"], &shown["expires_at"]),
            (&json!(level), &end),
            "{body}"
        );
        assert_eq!(shown, stage.read(GROUP).await[0], "the answer is what is stored");
        for field in ["id", "created_at", "created_by_name", "invite_email"] {
            assert_eq!(shown[field], before[field], "{field}");
        }
    }
    let event = stage.last_event("/groups/acme").await;
    assert_eq!(event["event_name"], "member_updated");
    assert_eq!(stage.count("outbox").await, 0, "nobody is told");
    let traces = stage.traces().await;
    assert_eq!(stage.put("ann", &one, json!({"access_level": 20})).await.0, 200);
    assert_eq!(stage.traces().await, traces, "nothing changed, nothing noted");
}

async fn a_maintainer_leaves_owners_alone_and_lowers_whom_he_may(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let (dev, own) = (
        format!("{PROJECT}/dev%40x.example"),
        format!("{PROJECT}/own%40x.example"),
    );
    for (path, level, status) in [
        (&dev, 50, 403),
        (&dev, 40, 200),
        (&dev, 15, 200),
        (&dev, 10, 200),
        (&dev, 15, 403),
        (&own, 30, 403),
        (&own, 50, 403),
    ] {
        let outcome = stage.put("mia", path, json!({ "access_level": level })).await;
        assert_eq!(outcome.0, status, "{path} {level}: {}", outcome.1);
    }
    assert_eq!(
        stage.put("mia", &own, json!({"expires_at": "2030-01-01"})).await,
        forbidden()
    );
    assert_eq!(stage.delete("mia", &own).await, forbidden());
    assert_eq!(stage.put("ann", &own, json!({"access_level": 15})).await.0, 200);
    assert_eq!(stage.delete("mia", &own).await.0, 204);
}

async fn an_invitation_is_taken_back_once(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let one = format!("{GROUP}/One%40x.example");
    let since = |time: &'static str| [("if-unmodified-since", time)];
    let by = stage.by("ann");
    let early = by
        .with(Method::DELETE, &one, &since("Wed, 31 Dec 2025 00:00:00 GMT"), "")
        .await;
    assert_eq!(
        (early.status.as_u16(), early.text()),
        message(412, "412 Precondition Failed")
    );
    let in_time = by
        .with(Method::DELETE, &one, &since("Thu, 01 Jan 2026 00:00:00 GMT"), "")
        .await;
    assert_eq!((in_time.status.as_u16(), in_time.text()), (204, String::new()));
    assert_eq!(stage.delete("ann", &one).await, message(404, "404 Not Found"));
    assert_eq!(addresses(&stage, GROUP).await, ["min@x.example", "wait@x.example"]);
    assert_eq!(stage.count("outbox").await, 0, "nobody is told");
    let details = &stage.last_event("/groups/acme").await["details"];
    assert_eq!(
        (&details["event_name"], &details["target_id"]),
        (&json!("member_destroyed"), &Value::Null)
    );
}

async fn an_address_in_a_path_is_decoded_once(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let odd = ["o'hara+tag@x.example", "zo\u{eb}@x.example", "a%40b@x.example"];
    let body = json!({"email": odd, "access_level": 30});
    assert_eq!(stage.post("ann", GROUP, body).await.0, 201);
    for path in [
        "o'hara%2Btag%40x.example",
        "zo%C3%AB@x.example",
        "a%2540b%40x%2Eexample",
    ] {
        assert_eq!(stage.delete("ann", &format!("{GROUP}/{path}")).await.0, 204, "{path}");
    }
}
