//! A member removed, and what goes along.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Stage, forbidden, message, no_row};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    what_lies_below_goes_along,
    what_lies_below_stays_when_asked_for,
    of_a_project_only_the_invitations_go_along,
    the_identity_at_the_groups_provider_goes_along,
    a_row_that_was_changed_since_is_kept,
    options_come_in_the_query_or_in_a_body,
    gone_is_gone,
);

/// `dan` everywhere: above, in the group, below it, beside it; with a request and invitations.
fn estate() -> World {
    let mail = |at: &str| format!("{at}@example.com");
    World::new()
        .group("acme", |group| {
            group
                .owner("ann")
                .guest("dan")
                .invited(&mail("top"), 10, |row| row.by("dan"))
        })
        .group("acme/tools", |group| {
            group
                .developer("dan")
                .developer("eve")
                .invited(&mail("tools"), 10, |row| row.by("dan"))
                .invited(&mail("of-eve"), 10, |row| row.by("eve"))
        })
        .group("acme/tools/core", |group| {
            group.maintainer("dan").invited(&mail("core"), 10, |row| row.by("dan"))
        })
        .group("acme/tools/asked", |group| group.requested_by("dan", |row| row))
        .group("acme/tools-too", |group| group.developer("dan"))
        .group("other", |group| group.owner("dan"))
        .project("acme/tools/cli", |project| {
            project
                .maintainer("dan")
                .invited(&mail("cli"), 10, |row| row.by("dan"))
                .maintainer("eve")
        })
        .project("acme/tools/core/lib", |project| project.requested_by("dan", |row| row))
        .project("acme/site", |project| project.developer("dan"))
        .project("dan/dots", |project| project.guest("eve"))
}

async fn rows_of(stage: &Stage, condition: &str) -> i64 {
    stage.count(&format!("members WHERE {condition}")).await
}

async fn what_lies_below_goes_along(app: TestApp) {
    let stage = Stage::new(app, &estate()).await;
    let dan = stage.number_of("dan");
    let others = rows_of(
        &stage,
        &format!("(user_id IS NULL OR user_id <> {dan}) AND (created_by_id IS NULL OR created_by_id <> {dan})"),
    )
    .await;
    let events = stage.count("audit_events").await;
    assert_eq!(
        stage.delete("ann", &stage.member("/groups/acme%2Ftools", "dan")).await,
        (204, String::new())
    );
    for (source, level) in [
        ("/groups/acme", Some(10)),
        ("/groups/acme%2Ftools", None),
        ("/groups/acme%2Ftools%2Fcore", None),
        ("/groups/acme%2Ftools-too", Some(30)),
        ("/groups/other", Some(50)),
        ("/projects/acme%2Ftools%2Fcli", None),
        ("/projects/acme%2Fsite", Some(30)),
    ] {
        assert_eq!(stage.level(source, "dan").await, level, "{source}");
    }
    assert_eq!(
        rows_of(&stage, "requested_at IS NOT NULL").await,
        0,
        "requests go along"
    );
    assert_eq!(
        rows_of(&stage, &format!("user_id IS NULL AND created_by_id = {dan}")).await,
        1,
        "the one above stays"
    );
    assert_eq!(
        rows_of(
            &stage,
            &format!("(user_id IS NULL OR user_id <> {dan}) AND (created_by_id IS NULL OR created_by_id <> {dan})")
        )
        .await,
        others
    );
    // The row, two below, two requests, three invitations: an entry each; one entry for subscribers.
    assert_eq!(stage.count("audit_events").await - events, 8);
    assert_eq!(stage.count("change_log").await, 1);
    assert_eq!(stage.count("outbox").await, 0, "nobody is told");
    let of_project = stage.read("/projects/acme%2Ftools%2Fcli/audit_events").await;
    let mut targets: Vec<_> = of_project
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["details"]["target_details"].clone())
        .collect();
    targets.sort_by_key(Value::to_string);
    assert_eq!(targets, [json!("Dan"), json!("Deleted Member")]);
}

async fn what_lies_below_stays_when_asked_for(app: TestApp) {
    let stage = Stage::new(app, &estate()).await;
    let rows = stage.count("members").await;
    let path = format!(
        "{}?skip_subresources=true&unassign_issuables=true",
        stage.member("/groups/acme%2Ftools", "dan")
    );
    assert_eq!(stage.delete("ann", &path).await, (204, String::new()));
    assert_eq!(stage.count("members").await, rows - 1);
    assert_eq!(stage.level("/groups/acme%2Ftools%2Fcore", "dan").await, Some(40));
}

async fn of_a_project_only_the_invitations_go_along(app: TestApp) {
    let stage = Stage::new(app, &estate()).await;
    let rows = stage.count("members").await;
    let dan = stage.member("/projects/acme%2Ftools%2Fcli", "dan");
    assert_eq!(stage.delete("eve", &dan).await, (204, String::new()));
    assert_eq!(stage.count("members").await, rows - 2);
    assert_eq!(stage.level("/groups/acme%2Ftools", "dan").await, Some(30));
}

async fn the_identity_at_the_groups_provider_goes_along(app: TestApp) {
    let identities = json!([{"group": "acme", "extern_uid": "A"}, {"group": "other", "extern_uid": "B"}]);
    let world = World::new()
        .user("dan", |user| user.set("saml_identities", identities))
        .group("acme", |group| {
            group.owner("ann").developer("dan").set("saml_provider_id", 10)
        })
        .group("acme/sub", |group| group.developer("dan"))
        .group("other", |group| {
            group.owner("ann").developer("dan").set("saml_provider_id", 11)
        });
    let stage = Stage::new(app, &world).await;
    assert_eq!(
        stage.delete("ann", &stage.member("/groups/acme%2Fsub", "dan")).await.0,
        204
    );
    assert_eq!(
        stage.count("user_identities").await,
        2,
        "a subgroup has no provider of its own"
    );
    assert_eq!(stage.delete("ann", &stage.member("/groups/acme", "dan")).await.0, 204);
    assert_eq!(stage.count("user_identities").await, 1);
    assert_eq!(stage.count("user_identities WHERE saml_provider_id = 11").await, 1);
}

async fn a_row_that_was_changed_since_is_kept(app: TestApp) {
    let world = World::new().group("acme", |group| group.owner("ann").developer("dan").developer("eve"));
    let stage = Stage::new(app, &world).await;
    let (dan, eve) = (stage.member("/groups/acme", "dan"), stage.member("/groups/acme", "eve"));
    stage
        .by("ann")
        .put(&dan, &json!({"access_level": 20}))
        .await
        .expect(200);
    let before = stage.traces().await;
    let delete = async |by: &str, path: &str, since: &str| {
        let answer = stage
            .by(by)
            .with(Method::DELETE, path, &[("if-unmodified-since", since)], "")
            .await;
        (answer.status.as_u16(), answer.text())
    };
    // The change was at 2026-11-21T12:00:00Z, a Saturday. The date is judged before the right, and behind the row.
    for by in ["ann", "eve"] {
        for since in [
            "Sat, 21 Nov 2026 11:59:59 GMT",
            "Fri, 20 Nov 2026 12:00:00 GMT",
            "2026-11-21T11:59:59Z",
        ] {
            assert_eq!(
                delete(by, &dan, since).await,
                message(412, "412 Precondition Failed"),
                "{since}"
            );
        }
        assert_eq!(
            delete(by, "/groups/acme/members/99", "Fri, 20 Nov 2026 12:00:00 GMT").await,
            no_row()
        );
    }
    assert_eq!(delete("eve", &dan, "yesterday").await, forbidden());
    assert_eq!(stage.traces().await, before);
    assert_eq!(delete("ann", &dan, "Sat, 21 Nov 2026 12:00:00 GMT").await.0, 204);
    assert_eq!(
        delete("ann", &eve, "once upon a time").await.0,
        204,
        "what cannot be read is ignored"
    );
}

async fn options_come_in_the_query_or_in_a_body(app: TestApp) {
    let stage = Stage::new(app, &estate()).await;
    let dan = stage.member("/groups/acme%2Ftools", "dan");
    let before = stage.traces().await;
    for wrong in ["?skip_subresources=perhaps", "?unassign_issuables=2"] {
        let name = wrong.trim_start_matches('?').split('=').next().unwrap();
        assert_eq!(
            stage.delete("ann", &format!("{dan}{wrong}")).await,
            super::error(400, &format!("{name} is invalid"))
        );
    }
    assert_eq!(stage.traces().await, before);
    let rows = stage.count("members").await;
    assert_eq!(
        stage
            .call("ann", Method::DELETE, &dan, json!({"skip_subresources": true}))
            .await
            .0,
        204
    );
    assert_eq!(stage.count("members").await, rows - 1);
    let core = stage.member("/groups/acme%2Ftools%2Fcore", "dan");
    assert_eq!(
        stage
            .call("ann", Method::DELETE, &format!("{core}?skip_subresources="), json!({}))
            .await
            .0,
        204
    );
}

async fn gone_is_gone(app: TestApp) {
    let stage = Stage::new(
        app,
        &World::new().group("acme", |group| group.owner("ann").developer("dan")),
    )
    .await;
    let dan = stage.member("/groups/acme", "dan");
    let removed = stage.by("ann").delete(&dan).await.expect(204);
    assert_eq!(
        (removed.text(), removed.header("content-type")),
        (String::new(), String::new())
    );
    assert_eq!(removed.header("cache-control"), "no-cache");
    assert_eq!(stage.delete("ann", &dan).await, no_row());
    assert_eq!(stage.by("ann").get(&dan).await.status, 404);
    assert_eq!(stage.by("dan").get("/groups/acme").await.status, 404);
    let list = stage.read("/groups/acme/members/all").await;
    assert_eq!(list.as_array().unwrap().len(), 1);
}
