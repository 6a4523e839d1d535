//! The audit suite of the npm package `graphql-http`.

use super::packages::{finds_all_well, node};
use super::serving::Serving;
use crate::support::halves;

#[test]
fn the_graph_passes_every_audit_of_graphql_over_http() {
    let Some(mut audit) = node(&halves::AUDITS, "graphql_http", "audit.mjs") else {
        return;
    };
    let demo = Serving::demo();
    finds_all_well(&mut audit, &demo, &[&format!("{}/api/graphql", demo.url)]);
}
