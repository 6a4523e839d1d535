//! What the lists about seats cost in statements.

use crate::support::oracle::SORTS;
use crate::support::world::{Group, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_list_costs_the_same_for_one_row_and_for_many_in_every_order,
    memberships_cost_the_same_for_one_row_and_for_many,
);

/// `one` with its owner, and `many` with fifty who come in every way.
fn place() -> World {
    let people = |group: Group, numbers: std::ops::Range<usize>| {
        numbers.fold(group, |group, number| group.developer(&format!("u{number}")))
    };
    World::new()
        .group("one", |group| group.owner("ann"))
        .group("far", |group| people(group, 0..10))
        .group("many", |group| {
            people(group.owner("ann").shared_with("far", 30), 10..30)
        })
        .group("many/sub", |group| people(group, 25..40))
        .project("many/cli", |project| people(project, 35..50))
}

async fn a_list_costs_the_same_for_one_row_and_for_many_in_every_order(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let cost = async |group: &str, rest: &str| {
        let answer = ann
            .get(&format!("/groups/{group}/billable_members?{rest}"))
            .await
            .expect(200);
        let rows = answer.json().as_array().map_or(0, Vec::len);
        (answer.statements, rows)
    };
    // The first who asks has the seats made.
    for group in ["one", "many"] {
        cost(group, "").await;
    }
    for sort in SORTS {
        let order = sort.map_or(String::new(), |sort| format!("&sort={sort}"));
        for (search, found) in [("", [1, 51]), ("&search=ann", [1, 1]), ("&search=nobody", [0, 0])] {
            let rest = format!("per_page=100{order}{search}");
            let (one, many) = (cost("one", &rest).await, cost("many", &rest).await);
            assert_eq!([one.1, many.1], found, "{rest}");
            assert_eq!(one.0, many.0, "{rest}");
        }
        let page = async |page| cost("many", &format!("per_page=10&page={page}{order}")).await.0;
        assert_eq!(page(2).await, page(5).await, "{order}");
    }
}

/// `one` has a row here and a row elsewhere, `many` has twenty of each.
async fn memberships_cost_the_same_for_one_row_and_for_many(app: TestApp) {
    let mut world = World::new()
        .user("one", |user| user)
        .user("many", |user| user)
        .group("acme", |group| group.owner("ann"));
    for number in 0..20 {
        let people = |group: Group| match number {
            0 => group.developer("one").developer("many"),
            _ => group.developer("many"),
        };
        let (here, far) = (format!("acme/g{number}"), format!("far{number}"));
        world = world
            .group(&far, people)
            .group(&here, |group| people(group).shared_with(&far, 30));
    }
    app.import(&world.json()).await;
    let ann = app.token("ann-api");
    ann.get("/groups/acme/billable_members").await.expect(200);
    for list in ["memberships", "indirect"] {
        let mut costs = vec![];
        // Users are numbered as they are named, and `root` is the first.
        for (user, rows) in [(2, 1), (3, 20)] {
            let path = format!("/groups/acme/billable_members/{user}/{list}?per_page=100");
            let answer = ann.get(&path).await.expect(200);
            assert_eq!(answer.json().as_array().map(Vec::len), Some(rows), "{path}");
            costs.push(answer.statements);
        }
        assert_eq!(costs[0], costs[1], "{list}");
    }
}
