//! The list of who takes a seat in a top-level group, as it follows every change.

use std::time::Duration;

use roster::domain::seats;
use serde_json::json;

use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    whoever_has_a_row_in_the_hierarchy_or_comes_by_a_link_takes_a_seat_once,
    seats_follow_every_change_of_a_membership,
    seats_follow_links_and_the_members_of_who_is_let_in,
    what_ends_takes_no_seat_from_that_day_on,
);

/// `acme` above `acme/tools` with the project `cli`, and `partners` above `partners/team`, which `acme/tools` is shared with.
fn place() -> World {
    World::new()
        .user("yan", |user| user)
        .user("zoe", |user| user)
        .group("partners", |group| group.owner("pat"))
        .group("partners/team", |group| group.developer("tim"))
        .group("acme", |group| {
            group.owner("ann").member("min", level::MINIMAL, |row| row)
        })
        .group("acme/tools", |group| {
            group.developer("dan").shared_with("partners/team", level::REPORTER)
        })
        .project("acme/tools/cli", |project| project.guest("gus").developer("dan"))
}

/// Who takes a seat in `acme` and why, by name; the summary is what the rows say, and the list as long as the counters.
async fn billable(app: &TestApp) -> Vec<String> {
    let answer = app
        .token("ann-api")
        .get("/groups/acme/billable_members?sort=name_asc")
        .await;
    let report = seats::verify(&app.system(), false).await.unwrap();
    assert_eq!(report.findings, []);
    let members = answer.expect(200).json();
    let word = |member: &serde_json::Value, key: &str| member[key].as_str().unwrap().to_owned();
    let members = members.as_array().unwrap().iter();
    members
        .map(|member| format!("{} {}", word(member, "username"), word(member, "membership_type")))
        .collect()
}

async fn number(app: &TestApp, username: &str) -> i64 {
    let found = app.admin().get(&format!("/users?username={username}")).await.json();
    found[0]["id"].as_i64().unwrap()
}

const AT_FIRST: [&str; 5] = [
    "ann group_member",
    "dan group_member",
    "gus project_member",
    "pat group_invite",
    "tim group_invite",
];

async fn whoever_has_a_row_in_the_hierarchy_or_comes_by_a_link_takes_a_seat_once(app: TestApp) {
    app.import(&place().json()).await;
    assert_eq!(billable(&app).await, AT_FIRST);
}

async fn seats_follow_every_change_of_a_membership(app: TestApp) {
    app.import(&place().json()).await;
    assert_eq!(billable(&app).await, AT_FIRST);
    let (ann, tim) = (app.token("ann-api"), number(&app, "tim").await);

    let added = json!({"username": "tim", "access_level": 30});
    ann.post("/groups/acme/members", &added).await.expect(201);
    assert_eq!(billable(&app).await[4], "tim group_member");

    let minimal = json!({"access_level": 5});
    ann.put(&format!("/groups/acme/members/{tim}"), &minimal)
        .await
        .expect(200);
    assert_eq!(billable(&app).await[4], "tim group_invite");

    let dan = number(&app, "dan").await;
    ann.delete(&format!("/groups/acme%2Ftools/members/{dan}?skip_subresources=true"))
        .await
        .expect(204);
    assert_eq!(billable(&app).await[1], "dan project_member");
}

async fn seats_follow_links_and_the_members_of_who_is_let_in(app: TestApp) {
    app.import(&place().json()).await;
    assert_eq!(billable(&app).await, AT_FIRST);
    let (ann, pat) = (app.token("ann-api"), app.token("pat-api"));

    let added = json!({"username": "zoe, yan", "access_level": 10});
    app.admin().post("/groups/partners/members", &added).await.expect(201);
    assert_eq!(
        billable(&app).await[4..],
        ["tim group_invite", "yan group_invite", "zoe group_invite"]
    );

    let team = pat.get("/groups/partners%2Fteam").await.json()["id"].as_i64().unwrap();
    ann.delete(&format!("/groups/acme%2Ftools/share/{team}"))
        .await
        .expect(204);
    assert_eq!(billable(&app).await, AT_FIRST[..3]);

    let link = json!({"group_id": team, "group_access": 20});
    app.admin()
        .post("/projects/acme%2Ftools%2Fcli/share", &link)
        .await
        .expect(201);
    assert_eq!(
        billable(&app).await[3..],
        [
            "pat project_invite",
            "tim project_invite",
            "yan project_invite",
            "zoe project_invite"
        ]
    );
}

async fn what_ends_takes_no_seat_from_that_day_on(app: TestApp) {
    let world = place()
        .group("guests", |group| group.owner("gil"))
        .project("acme/lib", |project| {
            project
                .member("eve", level::DEVELOPER, |row| row.until("2026-11-22"))
                .share("guests", level::GUEST, |link| link.until("2026-11-23"))
        });
    app.import(&world.json()).await;
    let at_first = billable(&app).await;
    assert_eq!(
        at_first[2..5],
        ["eve project_member", "gil project_invite", "gus project_member"]
    );

    app.later(Duration::from_hours(24));
    let without_eve = billable(&app).await;
    assert_eq!(without_eve[2..4], ["gil project_invite", "gus project_member"]);

    app.later(Duration::from_hours(24));
    assert_eq!(billable(&app).await, AT_FIRST);
}
