//! Whoever loses the right to listen hears nothing more: neither of what happens next, nor, where nothing happens, for long.

use std::sync::Arc;
use std::time::Duration;

use roster::domain::{Actor, tokens};
use serde_json::{Value, json};

use super::{ALL, add, brief, follow, follow_below, user};
use crate::graph::run;
use crate::support::world::{Item, World};
use crate::support::{Listener, TestApp, level, on_both_databases};

on_both_databases!(
    a_token_is_taken_back,
    a_token_a_membership_and_a_share_end_with_their_day,
    an_account_is_shut,
    an_administrator_is_one_no_more,
    who_acts_as_somebody_may_no_more,
    a_membership_is_removed,
    a_share_is_taken_back,
    somebody_leaves_the_group_that_was_let_in,
    a_group_is_made_private,
    a_group_is_removed,
    what_was_not_read_in_time_is_not_heard_either,
);

fn world() -> World {
    World::new()
        .user("bob", |user| user)
        .user("zoe", |user| user)
        .user("adm", Item::admin)
        .user("eva", |user| {
            user.set(
                "tokens",
                json!([{"token": "eva-api", "scopes": ["api"], "expires_at": "2026-11-22"}]),
            )
        })
        .group("partners", |group| group.owner("olga").developer("pat"))
        .group("passing", |group| group.developer("pia"))
        .group("acme", |group| {
            group
                .owner("ann")
                .developer("dan")
                .developer("eva")
                .member("liv", level::DEVELOPER, |row| row.until("2026-11-22"))
                .shared_with("partners", level::REPORTER)
                .share("passing", level::REPORTER, |share| share.until("2026-11-22"))
        })
        .project("acme/cli", |project| project)
        .group("open", |group| group.public().owner("ann"))
        .group("open/lab", |group| group.public().owner("ann"))
}

/// Those who follow the group, in which something has happened and more will, and the project, in which nothing will.
async fn both(app: &TestApp, token: &str) -> [Listener; 2] {
    let mut group = follow(app, token, "acme").await;
    let (ann, zoe) = (app.token("ann-api"), user(app, "zoe").await);
    add(&ann, app, "/groups/acme", "zoe", 10).await.expect(201);
    // Whoever has heard something was looked at for it, and must be looked at again for the next.
    assert_eq!(brief(&group.event().await)[2], "zoe");
    ann.delete(&format!("/groups/acme/members/{zoe}")).await.expect(204);
    assert_eq!(brief(&group.event().await)[0], "MEMBER_REMOVED");
    [group, follow(app, token, "acme/cli").await]
}

/// Something happens in the group, and nobody of these hears it; the owner does.
async fn nobody_hears(app: &TestApp, mut owner: Listener, listeners: impl IntoIterator<Item = Listener>) {
    add(&app.token("ann-api"), app, "/groups/acme", "bob", 10)
        .await
        .expect(201);
    for listener in listeners {
        listener.shut_out().await;
    }
    loop {
        if brief(&owner.event().await) == json!(["MEMBER_ADDED", "acme", "bob", null, 10]) {
            return;
        }
    }
}

async fn a_token_is_taken_back(app: TestApp) {
    app.import(&world().json()).await;
    let (ann, dan) = (follow(&app, "ann-api", "acme").await, both(&app, "dan-api").await);
    app.token("dan-api")
        .delete("/personal_access_tokens/self")
        .await
        .expect(204);
    nobody_hears(&app, ann, dan).await;
}

async fn a_token_a_membership_and_a_share_end_with_their_day(app: TestApp) {
    app.import(&world().json()).await;
    let ann = follow(&app, "ann-api", "acme").await;
    let mut others = Vec::new();
    for token in ["eva-api", "liv-api", "pia-api"] {
        others.extend(both(&app, token).await);
    }
    app.later(Duration::from_hours(12));
    nobody_hears(&app, ann, others).await;
}

async fn an_account_is_shut(app: TestApp) {
    app.import(&world().json()).await;
    for state in ["blocked", "banned", "deactivated"] {
        let (ann, dan) = (follow(&app, "ann-api", "acme").await, both(&app, "dan-api").await);
        let id = user(&app, "dan").await;
        if state == "blocked" {
            app.admin()
                .post(&format!("/users/{id}/block"), &Value::Null)
                .await
                .expect(201);
        } else {
            run(&app, &format!("UPDATE users SET state = '{state}' WHERE id = {id}")).await;
        }
        nobody_hears(&app, ann, dan).await;
        run(&app, &format!("UPDATE users SET state = 'active' WHERE id = {id}")).await;
        let bob = user(&app, "bob").await;
        app.token("ann-api")
            .delete(&format!("/groups/acme/members/{bob}"))
            .await
            .expect(204);
    }
}

async fn an_administrator_is_one_no_more(app: TestApp) {
    app.import(&world().json()).await;
    let (ann, adm) = (follow(&app, "ann-api", "acme").await, both(&app, "adm-api").await);
    run(&app, "UPDATE users SET admin = FALSE WHERE username = 'adm'").await;
    nobody_hears(&app, ann, adm).await;
}

async fn who_acts_as_somebody_may_no_more(app: TestApp) {
    app.import(&world().json()).await;
    let ann = follow(&app, "ann-api", "acme").await;
    let root = tokens::authenticate(&app.app, "root-api").await.unwrap().unwrap();
    let dan = tokens::sudo(&app.app, &root, "dan").await.unwrap().unwrap();
    let dan = Actor::User(Arc::new(dan));
    let mut heard = Listener::begin_as(&app.app, dan, ALL, json!({"path": "acme"})).await;
    let body = json!({"user_id": user(&app, "olga").await, "access_level": 10});
    app.token("ann-api")
        .post("/groups/acme/members", &body)
        .await
        .expect(201);
    assert_eq!(brief(&heard.event().await)[2], "olga");
    let bob = user(&app, "bob").await;
    run(&app, "UPDATE users SET admin = FALSE WHERE username = 'root'").await;
    let body = json!({"user_id": bob, "access_level": 10});
    app.token("ann-api")
        .post("/groups/acme/members", &body)
        .await
        .expect(201);
    heard.shut_out().await;
    drop(ann);
}

async fn a_membership_is_removed(app: TestApp) {
    app.import(&world().json()).await;
    let (ann, dan) = (follow(&app, "ann-api", "acme").await, both(&app, "dan-api").await);
    let id = user(&app, "dan").await;
    app.token("ann-api")
        .delete(&format!("/groups/acme/members/{id}"))
        .await
        .expect(204);
    nobody_hears(&app, ann, dan).await;
}

async fn a_share_is_taken_back(app: TestApp) {
    app.import(&world().json()).await;
    let (ann, pat) = (follow(&app, "ann-api", "acme").await, both(&app, "pat-api").await);
    app.token("ann-api").delete("/groups/acme/share/1001").await.expect(204);
    nobody_hears(&app, ann, pat).await;
}

/// The group lies in another hierarchy.
async fn somebody_leaves_the_group_that_was_let_in(app: TestApp) {
    app.import(&world().json()).await;
    let (ann, pat) = (follow(&app, "ann-api", "acme").await, both(&app, "pat-api").await);
    let id = user(&app, "pat").await;
    app.token("olga-api")
        .delete(&format!("/groups/partners/members/{id}"))
        .await
        .expect(204);
    nobody_hears(&app, ann, pat).await;
}

async fn a_group_is_made_private(app: TestApp) {
    app.import(&world().json()).await;
    let bob = follow_below(&app, "bob-api", "open/lab").await;
    let mut above = follow_below(&app, "bob-api", "open").await;
    app.token("ann-api")
        .put("/groups/open%2Flab", &json!({"visibility": "private"}))
        .await
        .expect(200);
    add(&app.token("ann-api"), &app, "/groups/open%2Flab", "olga", 10)
        .await
        .expect(201);
    add(&app.token("ann-api"), &app, "/groups/open", "olga", 20)
        .await
        .expect(201);
    bob.shut_out().await;
    assert_eq!(
        brief(&above.event().await),
        json!(["MEMBER_ADDED", "open", "olga", null, 20])
    );
}

async fn a_group_is_removed(app: TestApp) {
    app.import(&world().json()).await;
    let lab = follow(&app, "bob-api", "open/lab").await;
    let (group, owner) = (
        follow(&app, "bob-api", "open").await,
        follow(&app, "ann-api", "open").await,
    );
    let token = app.token("ann-api");
    token.delete("/groups/open%2Flab").await.expect(202);
    lab.shut_out().await;
    token.delete("/groups/open").await.expect(202);
    group.shut_out().await;
    owner.shut_out().await;
}

async fn what_was_not_read_in_time_is_not_heard_either(app: TestApp) {
    app.import(&world().json()).await;
    let dan = follow(&app, "dan-api", "acme").await;
    for name in ["bob", "olga"] {
        add(&app.token("ann-api"), &app, "/groups/acme", name, 10)
            .await
            .expect(201);
    }
    let id = user(&app, "dan").await;
    app.token("ann-api")
        .delete(&format!("/groups/acme/members/{id}"))
        .await
        .expect(204);
    dan.shut_out().await;
}
