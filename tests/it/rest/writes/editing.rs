//! A change of a member.

use serde_json::{Value, json};

use super::{Stage, faults, no_row};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    what_is_not_said_stays_and_what_is_blank_goes,
    the_day_is_taken_as_it_is_written,
    a_change_that_changes_nothing_leaves_nothing_behind,
    only_direct_members_can_be_changed,
    a_custom_role_is_given_changed_and_taken_away,
    a_change_is_validated_in_every_field,
    who_made_the_row_and_when_stays,
);

async fn what_is_not_said_stays_and_what_is_blank_goes(app: TestApp) {
    let world = World::new()
        .group("acme", |group| group.owner("ann").developer("dan"))
        .project("acme/p", |project| project.developer("dev"));
    let stage = Stage::new(app, &world).await;
    for (source, who) in [("/groups/acme", "dan"), ("/projects/acme%2Fp", "dev")] {
        let path = stage.member(source, who);
        let ends = async |body: Value| {
            let answer = stage.by("ann").put(&path, &body).await.expect(200);
            let shown = answer.json();
            assert_eq!(stage.read(&path).await["expires_at"], shown["expires_at"]);
            shown["expires_at"].clone()
        };
        assert_eq!(
            ends(json!({"access_level": 30, "expires_at": "2030-01-02"})).await,
            "2030-01-02"
        );
        assert_eq!(ends(json!({"access_level": 20})).await, "2030-01-02", "absent");
        assert_eq!(
            ends(json!({"access_level": 20, "expires_at": ""})).await,
            Value::Null,
            "blank"
        );
        assert_eq!(
            ends(json!({"access_level": 30, "expires_at": "2030-01-02"})).await,
            "2030-01-02"
        );
        assert_eq!(
            ends(json!({"access_level": 30, "expires_at": null})).await,
            Value::Null,
            "null"
        );
        let query = stage
            .by("ann")
            .put(&format!("{path}?access_level=20&expires_at=2031-01-01"), &json!({}))
            .await;
        assert_eq!(query.expect(200).json()["expires_at"], "2031-01-01");
        let query = stage
            .by("ann")
            .put(&format!("{path}?access_level=20&expires_at="), &json!({}))
            .await;
        assert_eq!(query.expect(200).json()["expires_at"], Value::Null);
    }
}

async fn the_day_is_taken_as_it_is_written(app: TestApp) {
    let stage = Stage::new(
        app,
        &World::new().group("acme", |group| group.owner("ann").developer("dan")),
    )
    .await;
    let dan = stage.member("/groups/acme", "dan");
    for written in [
        "2030-01-02",
        "20300102",
        "2030-01-02T23:59:59+14:00",
        "2030-01-02T00:00:00-11:00",
        "2030-01-02 10:00:00.5Z",
    ] {
        let answer = stage
            .by("ann")
            .put(&dan, &json!({"access_level": 30, "expires_at": written}))
            .await;
        assert_eq!(answer.expect(200).json()["expires_at"], "2030-01-02", "{written}");
    }
}

async fn a_change_that_changes_nothing_leaves_nothing_behind(app: TestApp) {
    let world = World::new().group("acme", |group| {
        group.owner("ann").member("dan", 30, |row| row.until("2030-01-02"))
    });
    let stage = Stage::new(app, &world).await;
    let before = stage.traces().await;
    let dan = stage.member("/groups/acme", "dan");
    let shown = stage.read(&dan).await;
    for body in [
        json!({"access_level": 30}),
        json!({"access_level": "30", "expires_at": "2030-01-02"}),
        json!({"access_level": 30, "member_role_id": ""}),
    ] {
        let (status, text) = stage.put("ann", &dan, body).await;
        assert_eq!(
            (status, text.contains("\"expires_at\":\"2030-01-02\"")),
            (200, true),
            "{text}"
        );
    }
    assert_eq!(stage.traces().await, before);
    assert_eq!(stage.read(&dan).await, shown);
}

async fn only_direct_members_can_be_changed(app: TestApp) {
    let world = World::new()
        .user("sid", |user| user)
        .group("crew", |group| group.developer("cap"))
        .group("acme", |group| group.owner("ann").developer("dan"))
        .group("acme/sub", |group| {
            group
                .public()
                .shared_with("crew", 30)
                .invited("new@example.com", 30, |row| row)
        })
        .project("acme/p", |project| project.requested_by("ria", |row| row));
    let stage = Stage::new(app, &world).await;
    for (source, who) in [
        ("/groups/acme%2Fsub", "dan"),
        ("/groups/acme%2Fsub", "cap"),
        ("/groups/acme%2Fsub", "sid"),
        ("/projects/acme%2Fp", "dan"),
        ("/projects/acme%2Fp", "ria"),
    ] {
        let path = stage.member(source, who);
        // Also to those who may not change anybody: 404 comes before 403.
        for by in ["ann", "dan", "root"] {
            assert_eq!(
                stage.put(by, &path, json!({"access_level": 30})).await,
                no_row(),
                "{by} {path}"
            );
            assert_eq!(stage.delete(by, &path).await, no_row(), "{by} {path}");
        }
    }
    for nobody in ["0", "-1", "4001", "9223372036854775807"] {
        let path = format!("/groups/acme/members/{nobody}");
        assert_eq!(
            stage.put("ann", &path, json!({"access_level": 30})).await,
            no_row(),
            "{path}"
        );
        assert_eq!(stage.delete("ann", &path).await, no_row(), "{path}");
    }
}

async fn a_custom_role_is_given_changed_and_taken_away(app: TestApp) {
    let world = World::new()
        .group("acme", |group| group.owner("ann").guest("gus"))
        .role("acme", "Reader", 10)
        .role("acme", "Builder", 30)
        .group("other", |group| group.owner("ann"))
        .role("other", "Foreign", 10);
    let stage = Stage::new(app, &world).await;
    let gus = stage.member("/groups/acme", "gus");
    let role = async |body: Value| {
        let answer = stage.by("ann").put(&gus, &body).await.expect(200).json();
        answer.get("member_role").map(|role| role["name"].clone())
    };
    assert_eq!(
        role(json!({"access_level": 10, "member_role_id": 3001})).await,
        Some(json!("Reader"))
    );
    assert_eq!(
        role(json!({"access_level": 10, "expires_at": "2030-01-01"})).await,
        Some(json!("Reader")),
        "absent"
    );
    assert_eq!(
        role(json!({"access_level": 30, "member_role_id": 3002})).await,
        Some(json!("Builder"))
    );
    let event = stage.last_event("/groups/acme").await;
    let details = &event["details"];
    assert_eq!(
        (&details["from"], &details["to"]),
        (&json!("Custom role: Reader"), &json!("Custom role: Builder"))
    );
    let mismatch = "the custom role's base access level does not match the current access level";
    let kept = "cannot be changed because of an existing association with a custom role";
    assert_eq!(
        stage.put("ann", &gus, json!({"access_level": 20})).await,
        faults(json!({"access_level": [kept], "member_role_id": [mismatch]}))
    );
    assert_eq!(
        stage
            .put("ann", &gus, json!({"access_level": 20, "member_role_id": 3001}))
            .await,
        faults(json!({"member_role_id": [mismatch]}))
    );
    for unknown in [99, 3003] {
        assert_eq!(
            stage
                .put("ann", &gus, json!({"access_level": 10, "member_role_id": unknown}))
                .await,
            faults(json!({"member_role": ["not found"]})),
            "{unknown}"
        );
    }
    assert_eq!(role(json!({"access_level": 20, "member_role_id": null})).await, None);
}

async fn a_change_is_validated_in_every_field(app: TestApp) {
    let world = World::new()
        .group("acme", |group| group.owner("ann").developer("dan"))
        .group("acme/sub", |group| group.maintainer("dan"))
        .project("acme/sub/p", |project| project.maintainer("dan").guest("low"))
        .group("acme/low", |group| group.guest("dan"));
    let stage = Stage::new(app, &world).await;
    let before = stage.traces().await;
    let (unlisted, top_only) = ("is not included in the list", "supported on top level groups only");
    let inherited = |role: &str, group: &str| {
        format!("should be greater than or equal to {role} inherited membership from group {group}")
    };
    for (source, body, expected) in [
        (
            "/groups/acme",
            json!({"access_level": 25}),
            json!({"access_level": [unlisted]}),
        ),
        (
            "/groups/acme",
            json!({"access_level": ""}),
            json!({"access_level": [unlisted]}),
        ),
        (
            "/groups/acme",
            json!({"access_level": null}),
            json!({"access_level": [unlisted]}),
        ),
        (
            "/groups/acme",
            json!({"access_level": 30, "expires_at": "2020-01-01"}),
            json!({"expires_at": ["cannot be a date in the past"]}),
        ),
        (
            "/groups/acme%2Fsub",
            json!({"access_level": 20}),
            json!({"access_level": [inherited("Developer", "acme")]}),
        ),
        (
            "/groups/acme%2Fsub",
            json!({"access_level": 5}),
            json!({"access_level": [unlisted, top_only, inherited("Developer", "acme")]}),
        ),
        (
            "/projects/acme%2Fsub%2Fp",
            json!({"access_level": 30}),
            json!({"access_level": [inherited("Maintainer", "sub")]}),
        ),
        // A row below the inherited level is no fault until it is touched.
        (
            "/groups/acme%2Flow",
            json!({"access_level": 10, "expires_at": "2030-01-01"}),
            json!({"access_level": [inherited("Developer", "acme")]}),
        ),
    ] {
        assert_eq!(
            stage.put("ann", &stage.member(source, "dan"), body.clone()).await,
            faults(expected),
            "{source} {body}"
        );
    }
    assert_eq!(stage.traces().await, before);
}

async fn who_made_the_row_and_when_stays(app: TestApp) {
    let world = World::new().group("acme", |group| {
        group
            .owner("ann")
            .member("dan", 30, |row| row.by("ann").since("2024-02-03T00:00:00.000Z"))
    });
    let stage = Stage::new(app, &world).await;
    let dan = stage.member("/groups/acme", "dan");
    let changed = stage
        .by("root")
        .put(&dan, &json!({"access_level": 50}))
        .await
        .expect(200)
        .json();
    assert_eq!(changed["access_level"], 50);
    assert_eq!(
        (&changed["created_by"]["username"], &changed["created_at"]),
        (&json!("ann"), &json!("2024-02-03T00:00:00.000Z"))
    );
}
