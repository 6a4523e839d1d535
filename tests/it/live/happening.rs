//! Every kind of event, by the change that brings it about.

use serde_json::{Value, json};

use super::{add, brief, follow, sweep, user};
use crate::support::world::{Item, World};
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    a_membership_is_heard_of_from_its_beginning_to_its_end,
    an_invitation_is_heard_of_from_its_beginning_to_its_end,
    an_accepted_invitation_is_one_event_with_its_membership,
    requests_are_heard_of,
    approvals_are_heard_of,
    overrides_are_heard_of,
    what_is_done_over_and_over_under_one_key_is_heard_once,
    a_rehearsal_is_not_heard,
);

fn world() -> World {
    World::new()
        .user("bob", |user| user)
        .user("nora", |user| user)
        .group("acme", |group| {
            group
                .owner("ann")
                .member("eve", level::DEVELOPER, |row| row.until("2026-11-21"))
                .invited("nora@example.com", level::REPORTER, |row| {
                    row.by("ann").set("token", "to-nora")
                })
                .invited("ina@example.org", level::GUEST, |row| {
                    row.by("ann").set("token", "to-ina")
                })
        })
        .project("acme/cli", |project| project.owner("ann"))
}

async fn a_membership_is_heard_of_from_its_beginning_to_its_end(app: TestApp) {
    app.import(&world().json()).await;
    let ann = app.token("ann-api");
    let mut heard = follow(&app, "ann-api", "acme").await;
    let bob = user(&app, "bob").await;

    let added = add(&ann, &app, "/groups/acme", "bob", 30).await.expect(201).json();
    let event = heard.event().await;
    let row = format!("gid://gitlab/GroupMember/{}", added["id"]);
    let cursor = event["cursor"].as_str().unwrap().to_owned();
    // The id of a member is the user's in REST; the graph's is the row's.
    assert_ne!(event["member"]["id"], Value::Null, "{row}");
    assert_eq!(
        event,
        json!({
            "cursor": cursor, "type": "MEMBER_ADDED", "occurredAt": "2026-11-21T12:00:00.000Z", "actor": {"username": "ann"},
            "source": {"fullPath": "acme"}, "user": {"username": "bob"},
            "member": {"id": event["member"]["id"], "accessLevel": {"integerValue": 30}, "state": "ACTIVE"}, "invitation": null,
            "accessLevelBefore": null, "accessLevelAfter": {"integerValue": 30},
        })
    );

    let update = "mutation($id: MemberID!) { memberUpdate(input: {id: $id, accessLevel: REPORTER}) { errors } }";
    ann.query(update, json!({"id": event["member"]["id"]})).await;
    let event = heard.event().await;
    assert_eq!(brief(&event), json!(["MEMBER_UPDATED", "acme", "bob", 30, 20]));
    assert_eq!(event["member"]["accessLevel"]["integerValue"], 20);

    ann.delete(&format!("/groups/acme/members/{bob}")).await.expect(204);
    let event = heard.event().await;
    assert_eq!(brief(&event), json!(["MEMBER_REMOVED", "acme", "bob", 20, null]));
    assert_eq!(
        (&event["member"], &event["actor"]["username"]),
        (&json!(null), &json!("ann"))
    );

    sweep(&app).await;
    let event = heard.event().await;
    assert_eq!(brief(&event), json!(["MEMBER_EXPIRED", "acme", "eve", 30, null]));
    assert_eq!((&event["member"], &event["actor"]), (&json!(null), &json!(null)));
}

async fn an_invitation_is_heard_of_from_its_beginning_to_its_end(app: TestApp) {
    app.import(&world().json()).await;
    let ann = app.token("ann-api");
    let mut heard = follow(&app, "ann-api", "acme/cli").await;

    let body = json!({"email": "new@example.org", "access_level": 30});
    ann.post("/projects/acme%2Fcli/invitations", &body).await.expect(201);
    let event = heard.event().await;
    assert_eq!(brief(&event), json!(["INVITATION_CREATED", "acme/cli", null, null, 30]));
    assert_eq!(
        event["invitation"],
        json!({"email": "new@example.org", "state": "PENDING"})
    );
    assert_eq!(event["member"], json!(null));

    let (path, body) = (
        "/projects/acme%2Fcli/invitations/new@example.org",
        json!({"access_level": 20}),
    );
    ann.put(path, &body).await.expect(200);
    assert_eq!(
        brief(&heard.event().await),
        json!(["INVITATION_UPDATED", "acme/cli", null, 30, 20])
    );

    ann.delete(path).await.expect(204);
    let event = heard.event().await;
    assert_eq!(brief(&event), json!(["INVITATION_REVOKED", "acme/cli", null, 20, null]));
    assert_eq!(event["invitation"], json!(null));

    let mut heard = follow(&app, "ann-api", "acme").await;
    let decline = "mutation { invitationDecline(input: {token: \"to-ina\"}) { errors } }";
    app.anonymous().query(decline, json!({})).await;
    let event = heard.event().await;
    assert_eq!(brief(&event), json!(["INVITATION_DECLINED", "acme", null, 10, null]));
    assert_eq!(event["actor"], json!(null));
}

async fn an_accepted_invitation_is_one_event_with_its_membership(app: TestApp) {
    app.import(&world().json()).await;
    let mut heard = follow(&app, "ann-api", "acme").await;
    let accept = "mutation { invitationAccept(input: {token: \"to-nora\"}) { errors } }";
    app.token("nora-api").query(accept, json!({})).await;
    let event = heard.event().await;
    assert_eq!(brief(&event), json!(["INVITATION_ACCEPTED", "acme", "nora", null, 20]));
    assert_eq!(event["member"]["accessLevel"]["integerValue"], 20);
    assert_eq!(
        event["invitation"],
        json!({"email": "nora@example.com", "state": "ACCEPTED"})
    );
    assert_eq!(event["actor"]["username"], "nora");
    add(&app.token("ann-api"), &app, "/groups/acme", "bob", 10)
        .await
        .expect(201);
    assert_eq!(
        brief(&heard.event().await),
        json!(["MEMBER_ADDED", "acme", "bob", null, 10])
    );
}

async fn requests_are_heard_of(app: TestApp) {
    let world = world().group("open", |group| group.public().owner("ann"));
    app.import(&world.json()).await;
    let mut heard = follow(&app, "ann-api", "open").await;
    let bob = user(&app, "bob").await;

    app.token("bob-api")
        .post("/groups/open/access_requests", &json!({}))
        .await
        .expect(201);
    let event = heard.event().await;
    assert_eq!(brief(&event), json!(["ACCESS_REQUESTED", "open", "bob", null, null]));
    assert_eq!((&event["member"], &event["invitation"]), (&json!(null), &json!(null)));

    let ann = app.token("ann-api");
    ann.delete(&format!("/groups/open/access_requests/{bob}"))
        .await
        .expect(204);
    assert_eq!(
        brief(&heard.event().await),
        json!(["ACCESS_REQUEST_DENIED", "open", "bob", null, null])
    );

    app.token("bob-api")
        .post("/groups/open/access_requests", &json!({}))
        .await
        .expect(201);
    heard.event().await;
    let approve = json!({"access_level": 20});
    ann.put(&format!("/groups/open/access_requests/{bob}/approve"), &approve)
        .await
        .expect(201);
    let event = heard.event().await;
    assert_eq!(brief(&event), json!(["MEMBER_ADDED", "open", "bob", null, 20]));
}

async fn approvals_are_heard_of(app: TestApp) {
    let world = World::new().group("acme", |group| {
        group
            .owner("ann")
            .member("wai", level::DEVELOPER, Item::awaiting)
            .invited("ina@example.org", level::GUEST, |row| row.by("ann").awaiting())
    });
    app.import(&world.json()).await;
    let mut heard = follow(&app, "ann-api", "acme").await;
    let wai = user(&app, "wai").await;
    let ann = app.token("ann-api");
    let all = ann.post("/groups/acme/members/approve_all", &json!({})).await;
    assert!(all.status.is_success(), "{}", all.text());
    let mut told = [brief(&heard.event().await), brief(&heard.event().await)];
    told.sort_by_key(ToString::to_string);
    assert_eq!(
        told,
        [
            json!(["MEMBER_APPROVED", "acme", "wai", 30, 30]),
            json!(["MEMBER_APPROVED", "acme", null, 10, 10]),
        ]
    );

    let state = json!({"state": "awaiting"});
    let set = ann.put(&format!("/groups/acme/members/{wai}/state"), &state).await;
    assert!(set.status.is_success(), "{}", set.text());
    let event = heard.event().await;
    assert_eq!(brief(&event), json!(["MEMBER_UPDATED", "acme", "wai", 30, 30]));
    assert_eq!(event["member"]["state"], "AWAITING");
}

async fn overrides_are_heard_of(app: TestApp) {
    let links = json!([{"provider": "ldapmain", "cn": "developers", "access_level": 30}]);
    let world = World::new().group("acme", |group| {
        let group = group.set("ldap_links", links).owner("ann");
        group.member("lea", 30, |row| row.set("ldap", true))
    });
    app.import(&world.json()).await;
    let mut heard = follow(&app, "ann-api", "acme").await;
    let lea = user(&app, "lea").await;
    let path = format!("/groups/acme/members/{lea}/override");
    app.token("ann-api").post(&path, &json!({})).await.expect(201);
    assert_eq!(
        brief(&heard.event().await),
        json!(["MEMBER_OVERRIDDEN", "acme", "lea", 30, 30])
    );
}

async fn what_is_done_over_and_over_under_one_key_is_heard_once(app: TestApp) {
    app.import(&world().json()).await;
    let mut heard = follow(&app, "ann-api", "acme").await;
    let ann = app.token("ann-api");
    let body = json!({"user_id": user(&app, "bob").await, "access_level": 30}).to_string();
    let headers = [("content-type", "application/json"), ("idempotency-key", "once")];
    for _ in 0..3 {
        let method = axum::http::Method::POST;
        ann.with(method, "/groups/acme/members", &headers, body.clone())
            .await
            .expect(201);
    }
    add(&ann, &app, "/groups/acme", "nora", 10).await.expect(201);
    assert_eq!(brief(&heard.event().await)[2], "bob");
    assert_eq!(brief(&heard.event().await)[2], "nora");
}

async fn a_rehearsal_is_not_heard(app: TestApp) {
    app.import(&world().json()).await;
    let mut heard = follow(&app, "ann-api", "acme").await;
    let invite = "mutation { memberInvite(input: {source: {fullPath: \"acme\"}, invitees: [{username: \"bob\"}], dryRun: true}) { errors } }";
    app.token("ann-api").query(invite, json!({})).await;
    add(&app.token("ann-api"), &app, "/groups/acme", "nora", 10)
        .await
        .expect(201);
    assert_eq!(brief(&heard.event().await)[2], "nora");
}
