//! Who hears what: of which places, of which kinds, on which replica.

use serde_json::json;

use super::{ALL, add, brief, follow, follow_below, user};
use crate::support::world::World;
use crate::support::{Listener, TestApp, level, on_both_databases};

on_both_databases!(
    who_follows_a_group_hears_of_it_alone,
    who_follows_all_below_hears_of_subgroups_and_projects,
    what_lies_below_and_may_not_be_listed_is_left_out,
    only_the_kinds_that_were_asked_for_are_heard,
    invitations_and_requests_are_for_those_who_administer_the_members,
    whoever_may_not_list_the_members_may_not_follow,
    a_token_that_only_reads_does,
    what_another_replica_changes_is_heard,
    a_project_of_a_person_is_followed,
);

fn world() -> World {
    World::new()
        .user("bob", |user| user)
        .user("rita", |user| {
            user.set(
                "tokens",
                json!([{"token": "rita-read", "name": "r", "scopes": ["read_api"]}]),
            )
        })
        .group("acme", |group| group.owner("ann").maintainer("rita").developer("dan"))
        .group("acme/tools", |group| group.owner("ann"))
        .group("acme/toolset", |group| group.owner("ann"))
        .project("acme/tools/cli", |project| project.owner("ann"))
        .group("acme/open", |group| group.public().owner("ann"))
        .group("other", |group| group.owner("ann"))
}

/// Makes bob a member of each.
async fn add_bob(app: &TestApp, paths: &[&str]) {
    for path in paths {
        add(&app.token("ann-api"), app, path, "bob", 30).await.expect(201);
    }
}

async fn who_follows_a_group_hears_of_it_alone(app: TestApp) {
    app.import(&world().json()).await;
    let mut tools = follow(&app, "ann-api", "ACME/tools").await;
    let mut cli = follow(&app, "ann-api", "acme/tools/cli").await;
    add_bob(
        &app,
        &[
            "/groups/other",
            "/groups/acme%2Ftoolset",
            "/projects/acme%2Ftools%2Fcli",
            "/groups/acme%2Ftools",
        ],
    )
    .await;
    assert_eq!(brief(&tools.event().await)[1], "acme/tools");
    let event = cli.event().await;
    assert_eq!(brief(&event)[1], "acme/tools/cli");
    assert_eq!(event["member"]["accessLevel"]["integerValue"], 30);
}

async fn who_follows_all_below_hears_of_subgroups_and_projects(app: TestApp) {
    app.import(&world().json()).await;
    let mut all = follow_below(&app, "ann-api", "acme").await;
    let mut tools = follow_below(&app, "ann-api", "acme/tools").await;
    let mut cli = follow_below(&app, "ann-api", "acme/tools/cli").await;
    add_bob(
        &app,
        &[
            "/groups/other",
            "/groups/acme%2Ftoolset",
            "/projects/acme%2Ftools%2Fcli",
            "/groups/acme%2Ftools",
        ],
    )
    .await;
    for path in ["acme/toolset", "acme/tools/cli", "acme/tools"] {
        assert_eq!(brief(&all.event().await)[1], path);
    }
    for path in ["acme/tools/cli", "acme/tools"] {
        assert_eq!(brief(&tools.event().await)[1], path);
    }
    assert_eq!(brief(&cli.event().await)[1], "acme/tools/cli");
}

/// Who sees a group below only because it is public may list its members; who sees it only because of a project in it may not.
async fn what_lies_below_and_may_not_be_listed_is_left_out(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| group.public().owner("ann"))
        .group("acme/hid", |group| group.owner("ann"))
        .group("acme/half", |group| group.owner("ann"))
        .project("acme/half/cli", |project| project.owner("ann").developer("pia"))
        .group("acme/open", |group| group.public().owner("ann"));
    app.import(&world.json()).await;
    let mut pia = follow_below(&app, "pia-api", "acme").await;
    add_bob(
        &app,
        &[
            "/groups/acme%2Fhid",
            "/groups/acme%2Fhalf",
            "/projects/acme%2Fhalf%2Fcli",
            "/groups/acme%2Fopen",
        ],
    )
    .await;
    assert_eq!(brief(&pia.event().await)[1], "acme/half/cli");
    assert_eq!(brief(&pia.event().await)[1], "acme/open");
    // From the moment on when she may.
    add(&app.token("ann-api"), &app, "/groups/acme%2Fhid", "pia", 10)
        .await
        .expect(201);
    assert_eq!(
        brief(&pia.event().await),
        json!(["MEMBER_ADDED", "acme/hid", "pia", null, 10])
    );
}

async fn only_the_kinds_that_were_asked_for_are_heard(app: TestApp) {
    app.import(&world().json()).await;
    let types = json!({"path": "acme", "types": ["MEMBER_REMOVED", "MEMBER_UPDATED"]});
    let mut heard = Listener::begin(&app.app, "ann-api", ALL, types).await;
    add_bob(&app, &["/groups/acme"]).await;
    let bob = user(&app, "bob").await;
    let ann = app.token("ann-api");
    ann.put(&format!("/groups/acme/members/{bob}"), &json!({"access_level": 20}))
        .await
        .expect(200);
    ann.delete(&format!("/groups/acme/members/{bob}")).await.expect(204);
    assert_eq!(brief(&heard.event().await)[0], "MEMBER_UPDATED");
    assert_eq!(brief(&heard.event().await)[0], "MEMBER_REMOVED");
}

async fn invitations_and_requests_are_for_those_who_administer_the_members(app: TestApp) {
    app.import(&world().json()).await;
    let (mut ann, mut dan) = (
        follow(&app, "ann-api", "acme").await,
        follow(&app, "dan-api", "acme").await,
    );
    let owner = app.token("ann-api");
    let body = json!({"email": "bob@example.org", "access_level": 30});
    owner.post("/groups/acme/invitations", &body).await.expect(201);
    owner
        .put("/groups/acme/invitations/bob@example.org", &json!({"access_level": 20}))
        .await
        .expect(200);
    owner
        .delete("/groups/acme/invitations/bob@example.org")
        .await
        .expect(204);
    add_bob(&app, &["/groups/acme"]).await;
    for kind in [
        "INVITATION_CREATED",
        "INVITATION_UPDATED",
        "INVITATION_REVOKED",
        "MEMBER_ADDED",
    ] {
        assert_eq!(brief(&ann.event().await)[0], kind);
    }
    let event = dan.event().await;
    assert_eq!(
        (&event["type"], &event["invitation"]),
        (&json!("MEMBER_ADDED"), &json!(null))
    );
}

async fn whoever_may_not_list_the_members_may_not_follow(app: TestApp) {
    let world = world().project("acme/app", |project| project.developer("pia"));
    app.import(&world.json()).await;
    for (token, path) in [
        ("", "acme/open"),
        ("", "acme"),
        ("bob-api", "acme"),
        ("bob-api", "nowhere"),
        ("pia-api", "acme"),
    ] {
        follow(&app, token, path).await.shut_out().await;
    }
    // A public group has open lists for whoever is signed in.
    let mut bob = follow(&app, "bob-api", "acme/open").await;
    add_bob(&app, &["/groups/acme%2Fopen"]).await;
    assert_eq!(brief(&bob.event().await)[2], "bob");
}

async fn a_token_that_only_reads_does(app: TestApp) {
    app.import(&world().json()).await;
    let mut rita = follow(&app, "rita-read", "acme").await;
    add_bob(&app, &["/groups/acme"]).await;
    assert_eq!(brief(&rita.event().await)[2], "bob");
}

async fn what_another_replica_changes_is_heard(app: TestApp) {
    app.import(&world().json()).await;
    let (here, there) = (app.replica().await, app.replica().await);
    let mut heard = Listener::begin(&here, "dan-api", ALL, json!({"path": "acme"})).await;
    let body = json!({"user_id": user(&app, "bob").await, "access_level": 30});
    TestApp::at(&there, "ann-api")
        .post("/groups/acme/members", &body)
        .await
        .expect(201);
    assert_eq!(
        brief(&heard.event().await),
        json!(["MEMBER_ADDED", "acme", "bob", null, 30])
    );
}

async fn a_project_of_a_person_is_followed(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .project("ann/dots", |p| p.member("dan", level::DEVELOPER, |row| row));
    app.import(&world.json()).await;
    let mut dan = follow(&app, "dan-api", "ann/dots").await;
    add_bob(&app, &["/projects/ann%2Fdots"]).await;
    assert_eq!(
        brief(&dan.event().await),
        json!(["MEMBER_ADDED", "ann/dots", "bob", null, 30])
    );
}
