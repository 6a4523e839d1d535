//! Groups whose members come from a directory.

use serde_json::json;

use super::{Stage, error, forbidden, no_row};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_synced_group_takes_and_loses_nobody_by_hand,
    an_override_is_set_and_unset,
    an_override_is_judged_in_one_order,
);

fn synced() -> World {
    let links = json!([{"provider": "ldapmain", "cn": "developers", "access_level": 30}]);
    World::new()
        .user("bob", |user| user)
        .user("svc", |user| user.set("user_type", "service_account"))
        .user("svd", |user| user.set("user_type", "service_account"))
        .group("acme", |group| {
            group
                .set("ldap_links", links)
                .owner("ann")
                .member("lea", 30, |row| row.set("ldap", true))
                .member("ola", 30, |row| row.set("ldap", true).set("override", true))
                .developer("dan")
                .developer("svd")
                .maintainer("mia")
        })
        .group("acme/sub", |group| group)
        .group("plain", |group| {
            group.owner("ann").member("lea", 30, |row| row.set("ldap", true))
        })
}

async fn a_synced_group_takes_and_loses_nobody_by_hand(app: TestApp) {
    let stage = Stage::new(app, &synced()).await;
    let add = |who: &str| json!({"username": who, "access_level": 20});
    for by in ["ann", "root"] {
        assert_eq!(
            stage.post(by, "/groups/acme/members", add("bob")).await,
            forbidden(),
            "{by}"
        );
        for who in ["dan", "lea", "ola"] {
            assert_eq!(
                stage.delete(by, &stage.member("/groups/acme", who)).await,
                forbidden(),
                "{by} {who}"
            );
        }
        assert_eq!(stage.post(by, "/groups/acme/members", add("svc")).await.0, 201, "{by}");
        assert_eq!(
            stage.delete(by, &stage.member("/groups/acme", "svc")).await.0,
            204,
            "{by}"
        );
    }
    assert_eq!(stage.post("mia", "/groups/acme/members", add("svc")).await, forbidden());
    assert_eq!(
        stage.add("ann", "/groups/acme/members", add("bob,svc")).await,
        (
            201,
            json!({"status": "error", "message": "bob: not authorized to create member"}).to_string()
        )
    );
    let refused = stage.add("ann", "/groups/acme/members", add("bob,dan")).await;
    assert_eq!(refused, forbidden(), "nobody among them can be added");
    assert_eq!(stage.delete("ann", &stage.member("/groups/acme", "svd")).await.0, 204);
    let edit = async |who: &str| {
        stage
            .put("ann", &stage.member("/groups/acme", who), json!({"access_level": 20}))
            .await
            .0
    };
    assert_eq!(
        (edit("dan").await, edit("lea").await, edit("ola").await),
        (200, 403, 200)
    );
    assert_eq!(
        stage
            .put(
                "root",
                &stage.member("/groups/acme", "lea"),
                json!({"access_level": 20})
            )
            .await,
        forbidden()
    );
    assert_eq!(
        stage.post("ann", "/groups/acme%2Fsub/members", add("bob")).await.0,
        201,
        "a subgroup is not synced"
    );
    for who in ["lea", "dan", "mia"] {
        assert_eq!(
            stage.delete(who, &stage.member("/groups/acme", who)).await.0,
            204,
            "everybody may leave"
        );
    }
    for (who, mails) in [("lea", 0), ("ola", 0), ("dan", 1)] {
        let user = stage.number_of(who);
        let to = ["", " "].map(|blank| format!("CAST(payload AS TEXT) LIKE '%\"user\":{blank}{user}%'"));
        assert_eq!(
            stage.count(&format!("outbox WHERE {}", to.join(" OR "))).await,
            mails,
            "{who}"
        );
    }
}

async fn an_override_is_set_and_unset(app: TestApp) {
    let stage = Stage::new(app, &synced()).await;
    let lea = stage.member("/groups/acme", "lea");
    let path = format!("{lea}/override");
    for (status, overridden) in [(201, true), (201, true), (200, false), (200, false)] {
        let before = stage.traces().await;
        let was = stage.read(&lea).await["override"].clone();
        let ann = stage.by("ann");
        let answer = if overridden {
            ann.post(&path, &json!({})).await
        } else {
            ann.delete(&path).await
        };
        let shown = answer.expect(status).json();
        assert_eq!(
            (&shown["override"], &shown["access_level"], &shown["username"]),
            (&json!(overridden), &json!(30), &json!("lea"))
        );
        let is_change = was != json!(overridden);
        assert_eq!(stage.traces().await != before, is_change);
        if is_change {
            assert_eq!(stage.last_event("/groups/acme").await["event_name"], "member_updated");
        }
        let edit = stage.put("ann", &lea, json!({"access_level": 30})).await;
        assert_eq!(edit.0, if overridden { 200 } else { 403 });
    }
}

async fn an_override_is_judged_in_one_order(app: TestApp) {
    let stage = Stage::new(app, &synced()).await;
    let before = stage.traces().await;
    for (by, path, expected) in [
        (
            "nobody",
            "/groups/acme/members/word/override",
            super::message(401, "401 Unauthorized"),
        ),
        (
            "ann",
            "/groups/nowhere/members/word/override",
            error(400, "user_id is invalid"),
        ),
        (
            "bob",
            "/groups/acme/members/2/override",
            super::message(404, "404 Group Not Found"),
        ),
        ("mia", "/groups/acme/members/99/override", forbidden()),
        ("ann", "/groups/plain/members/99/override", forbidden()),
        ("root", "/groups/plain/members/99/override", forbidden()),
        ("ann", "/groups/acme/members/99/override", no_row()),
        (
            "ann",
            "/projects/acme%2Fp/members/99/override",
            error(404, "404 Not Found"),
        ),
    ] {
        assert_eq!(stage.post(by, path, json!({})).await, expected, "POST {by} {path}");
        assert_eq!(stage.delete(by, path).await, expected, "DELETE {by} {path}");
    }
    let dan = format!("{}/override", stage.member("/groups/acme", "dan"));
    assert_eq!(
        stage.post("ann", &dan, json!({})).await,
        forbidden(),
        "not from the directory"
    );
    assert_eq!(stage.traces().await, before);
}
