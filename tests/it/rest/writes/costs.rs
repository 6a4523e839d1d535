//! What a write asks of the database: the same however much there is.

use serde_json::json;

use super::Stage;
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_removal_costs_the_same_for_one_row_below_and_for_fifty,
    adding_one_and_changing_one_cost_the_same_among_many,
    each_of_several_costs_the_same,
);

async fn a_removal_costs_the_same_for_one_row_below_and_for_fifty(app: TestApp) {
    let many = |world: World, group: &str, rows: usize| {
        (0..rows).fold(
            world.group(group, |source| source.owner("ann").developer("dan")),
            |world, n| {
                world
                    .group(&format!("{group}/g{n}"), |source| {
                        source
                            .developer("dan")
                            .invited(&format!("a{n}@example.com"), 10, |row| row.by("dan"))
                    })
                    .project(&format!("{group}/g{n}/p"), |source| source.developer("dan"))
            },
        )
    };
    let stage = Stage::new(app, &many(many(World::new(), "small", 1), "large", 50)).await;
    let mut costs = vec![];
    for (group, gone) in [("small", 4), ("large", 151)] {
        let rows = stage.count("members").await;
        let answer = stage
            .by("ann")
            .delete(&stage.member(&format!("/groups/{group}"), "dan"))
            .await
            .expect(204);
        assert_eq!(rows - stage.count("members").await, gone);
        costs.push(answer.statements);
    }
    assert!(costs[0] > 5, "writes are counted: {costs:?}");
    assert_eq!(costs[0], costs[1]);
}

async fn adding_one_and_changing_one_cost_the_same_among_many(app: TestApp) {
    let crowd = |group: crate::support::world::Group, rows: usize| {
        (0..rows).fold(group.owner("ann"), |group, n| group.developer(&format!("u{n}")))
    };
    let world = World::new()
        .user("bob", |user| user)
        .group("small", |group| crowd(group, 1))
        .group("large", |group| crowd(group, 50));
    let stage = Stage::new(app, &world).await;
    let mut costs = vec![];
    for group in ["/groups/small", "/groups/large"] {
        let ann = stage.by("ann");
        let added = ann
            .post(
                &format!("{group}/members"),
                &json!({"username": "bob", "access_level": 30}),
            )
            .await
            .expect(201);
        let changed = ann
            .put(&stage.member(group, "bob"), &json!({"access_level": 20}))
            .await
            .expect(200);
        let idle = ann
            .put(&stage.member(group, "bob"), &json!({"access_level": 20}))
            .await
            .expect(200);
        assert!(idle.statements < changed.statements);
        costs.push((added.statements, changed.statements));
    }
    assert_eq!(costs[0], costs[1]);
}

/// Each is stored with an audit event, an entry of the change log and mail of its own: that grows, and by the same for each.
async fn each_of_several_costs_the_same(app: TestApp) {
    let names: Vec<String> = (0..72).map(|n| format!("u{n}")).collect();
    let world = names
        .iter()
        .fold(World::new(), |world, name| world.user(name, |user| user));
    let stage = Stage::new(app, &world.group("acme", |group| group.owner("ann"))).await;
    let mut costs = vec![];
    for names in [&names[..1], &names[1..21], &names[21..71]] {
        let body = json!({"username": format!("{},", names.join(",")), "access_level": 30});
        costs.push(
            stage
                .by("ann")
                .post("/groups/acme/members", &body)
                .await
                .expect(201)
                .statements,
        );
    }
    let each = (costs[1] - costs[0]) / 19;
    assert_eq!(costs[1] - costs[0], each * 19);
    assert_eq!(costs[2] - costs[0], each * 49);
    assert!(each <= 5, "{each} statements each");
    let again = json!({"username": names.join(","), "access_level": 30});
    let idle = stage
        .by("ann")
        .post("/groups/acme/members", &again)
        .await
        .expect(201)
        .statements;
    assert!(
        idle <= costs[0] + each,
        "who is a member already costs nothing: {idle}, {costs:?}"
    );
}
