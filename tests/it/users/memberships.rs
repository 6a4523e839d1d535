//! Where a user is a member, as administrators ask.

use serde_json::json;

use crate::support::world::{Item, World, level};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    administrators_list_the_rows_of_a_user,
    a_list_of_memberships_is_paged_and_costs_the_same,
);

async fn administrators_list_the_rows_of_a_user(app: TestApp) {
    let world = World::new()
        .user("dan", |user| user)
        .group("acme", |group| {
            group.set("name", "Acme & Co").developer("dan").owner("ann")
        })
        .group("acme/tools", |group| {
            group.member("dan", level::MAINTAINER, Item::awaiting)
        })
        .group("asked", |group| group.owner("ann").requested_by("dan", |row| row))
        .group("over", |group| {
            group.owner("ann").member("dan", 30, |row| row.until("2026-11-21"))
        })
        .group("little", |group| {
            group.owner("ann").member("dan", level::MINIMAL, |row| row)
        })
        .group("lent", |group| group.owner("ann").shared_with("acme", 20))
        .project("acme/app", |project| project.guest("dan"));
    app.import(&world.json()).await;
    let dan = 2;
    let path = format!("/users/{dan}/memberships");
    let answer = app.admin().get(&path).await.expect(200);
    let (acme, tools, little, project) = (1001, 1002, 1005, 2001);
    let in_groups = vec![
        json!({"source_id": acme, "source_name": "Acme & Co", "source_type": "Namespace", "access_level": 30}),
        json!({"source_id": tools, "source_name": "tools", "source_type": "Namespace", "access_level": 40}),
        json!({"source_id": little, "source_name": "little", "source_type": "Namespace", "access_level": 5}),
    ];
    let in_project = json!({"source_id": project, "source_name": "app", "source_type": "Project", "access_level": 10});
    let list = answer.json();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 4, "{list:?}");
    assert!(
        in_groups.iter().chain([&in_project]).all(|row| list.contains(row)),
        "{list:?}"
    );
    assert!(answer.text().starts_with("[{\"source_id\":"));
    assert_eq!(
        app.admin().get(&format!("{path}?type=Project")).await.json(),
        json!([in_project])
    );
    assert_eq!(
        app.admin().get(&format!("{path}?type=Namespace")).await.json(),
        json!(in_groups)
    );
    let refusal = app.admin().get(&format!("{path}?type=Group")).await.expect(400).json();
    assert_eq!(refusal["error"], "type does not have a valid value");

    assert_eq!(
        app.anonymous().get(&path).await.expect(401).text(),
        r#"{"message":"401 Unauthorized"}"#
    );
    for own in ["dan-api", "ann-api"] {
        assert_eq!(
            app.token(own).get(&path).await.expect(403).text(),
            r#"{"message":"403 Forbidden"}"#
        );
        app.token(own).get("/users/999/memberships").await.expect(403);
    }
    let unknown = app.admin().get("/users/999/memberships").await.expect(404);
    assert_eq!(unknown.text(), r#"{"message":"404 User Not Found"}"#);
    app.admin().get("/users/dan/memberships").await.expect(404);
}

async fn a_list_of_memberships_is_paged_and_costs_the_same(app: TestApp) {
    let mut world = World::new().user("dan", |user| user).user("eve", |user| user);
    for number in 0..23 {
        world = world.group(&format!("g{number:02}"), |group| group.owner("ann").developer("dan"));
    }
    app.import(&world.group("one", |group| group.owner("ann").developer("eve")).json())
        .await;
    let (mut seen, mut page) = (Vec::new(), "1".to_owned());
    while !page.is_empty() {
        let answer = app
            .admin()
            .get(&format!("/users/2/memberships?per_page=10&page={page}"))
            .await
            .expect(200);
        assert_eq!(answer.header("x-total"), "23");
        seen.extend(
            answer
                .json()
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["source_id"].as_i64().unwrap()),
        );
        page = answer.header("x-next-page");
    }
    assert_eq!(seen, (1001..1024).collect::<Vec<_>>());
    let few = app.admin().get("/users/3/memberships").await.expect(200);
    let many = app.admin().get("/users/2/memberships?per_page=100").await.expect(200);
    assert_eq!(few.statements, many.statements);
}
