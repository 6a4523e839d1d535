//! Agreement: over the fixtures and over random worlds, in which things are shared and taken back, both faces say what the plain evaluator says.
//!
//! A random world that shows a fault is printed as small as it gets: kept in `tests/worlds/`, it is tried ever after.

mod access;
mod domain;
mod graph;
mod invitations;
mod rest;
mod sharing;

use proptest::test_runner::{Config, TestError, TestRunner};
use serde_json::Value;

use crate::support::random::{ShareChange, share_changes, worlds};
use crate::support::world::fixtures;
use crate::support::{Kind, halves, run_on};

/// How many random worlds are tried on each database, unless `PROPTEST_CASES` says otherwise: thousands at night.
const CASES: u32 = 8;

#[test]
fn fixtures_on_sqlite() {
    for world in fixtures() {
        agree(Kind::Sqlite, &world, &[]);
    }
}

#[test]
fn fixtures_on_postgres() {
    for world in fixtures() {
        agree(Kind::Postgres, &world, &[]);
    }
}

#[test]
fn random_worlds_on_sqlite() {
    in_random_worlds(Kind::Sqlite);
}

#[test]
fn random_worlds_on_postgres() {
    in_random_worlds(Kind::Postgres);
}

fn in_random_worlds(kind: Kind) {
    let cases = halves::setting("PROPTEST_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 60,
        ..Config::default()
    });
    let outcome = runner.run(&(worlds(), share_changes()), |(world, changes)| {
        agree(kind, &world, &changes);
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(fault, (world, changes))) => {
            panic!("{fault}\nin this world: {world}\nafter these changes: {changes:?}")
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// In the world as it is after the changes.
fn agree(kind: Kind, world: &Value, changes: &[ShareChange]) {
    run_on(kind, async |app| {
        app.import(world).await;
        let world = &sharing::change(&app, world, changes).await;
        domain::agrees(&app, world).await;
        access::agrees(&app, world).await;
        rest::agrees(&app, world).await;
        graph::agrees(&app, world).await;
        sharing::agrees(&app, world).await;
    });
}
