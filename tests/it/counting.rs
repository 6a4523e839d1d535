//! The harness itself: what other tests conclude from a number of statements stands on this.

use serde_json::json;

use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(an_answer_knows_how_many_statements_it_cost);

async fn an_answer_knows_how_many_statements_it_cost(app: TestApp) {
    app.import(&World::fixture("acme")).await;

    let refused = app.anonymous().get("/groups/acme/members").await.expect(401);
    assert_eq!(refused.statements, 0);

    let ann = app.token("ann-api");
    let first = ann.get("/groups/acme/members").await.expect(200);
    assert!(first.statements > 0);
    let again = ann.get("/groups/acme/members").await.expect(200);
    assert_eq!(again.statements, first.statements, "each answer counts its own");

    let graph = ann
        .graphql(
            "{ group(fullPath: \"acme\") { groupMembers { nodes { id } } } }",
            json!({}),
        )
        .await;
    assert!(graph.statements > 0, "{}", graph.text());
}
