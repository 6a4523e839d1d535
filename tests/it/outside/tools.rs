//! What the tools of others make of the schema: linters, compilers, generators, routers.

use std::fs;
use std::process::Command;

use super::packages::node;
use super::program::{Ended, output, roster, run};
use crate::support::halves;

#[test]
fn graphql_eslint_finds_no_fault_in_the_schema() {
    finds_all_well("lint.mjs");
}

#[test]
fn relay_compiler_takes_connections_refetched_fragments_and_updates_of_lists() {
    finds_all_well("relay.mjs");
}

#[test]
fn graphql_codegen_makes_typescript_that_compiles_strictly() {
    finds_all_well("codegen.mjs");
}

#[test]
fn nothing_that_was_released_is_broken_but_what_is_listed() {
    finds_all_well("changes.mjs");
}

#[test]
fn every_document_for_gitlab_of_the_playground_and_of_the_docs_is_valid() {
    finds_all_well("documents.mjs");
}

#[test]
fn a_router_composes_the_graph_with_a_subgraph_that_extends_users_groups_and_projects() {
    let Some(mut script) = node(&halves::TOOLS, "tools", "federation.mjs") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let subgraph = folder.path().join("roster.graphql");
    let printed = output(&mut roster(folder.path(), &["schema", "--federation"]));
    fs::write(&subgraph, printed).unwrap();
    ends_well(script.arg(subgraph));
}

fn finds_all_well(script: &str) {
    if let Some(mut script) = node(&halves::TOOLS, "tools", script) {
        ends_well(&mut script);
    }
}

fn ends_well(script: &mut Command) {
    let Ended { status, out, err } = run(script);
    assert_eq!(status, Some(0), "{script:?}\n{out}{err}");
}
