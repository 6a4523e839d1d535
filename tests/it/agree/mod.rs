//! Agreement: over the fixtures and over random worlds, in which things are shared and taken back, both faces say what the plain evaluator says.
//!
//! A random world that shows a fault is printed as small as it gets: kept in `tests/worlds/`, it is tried ever after.

mod access;
mod domain;
mod graph;
mod invitations;
mod rest;
pub(crate) mod seats;
mod seats_writes;
mod sharing;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestError, TestRunner};
use serde_json::Value;

use crate::support::random::{ShareChange, share_changes, worlds};
use crate::support::world::fixtures;
use crate::support::{Kind, halves, run_on};

/// How many random worlds are tried on each database, unless `PROPTEST_CASES` says otherwise: thousands at night.
const CASES: u32 = 8;
/// How often something smaller is tried that shows the same fault, unless `PROPTEST_MAX_SHRINK_ITERS` says otherwise.
const SHRINKS: u32 = 200;

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
    let tell = |(world, changes): &(Value, _)| format!("in this world: {world}\nafter these changes: {changes:?}");
    explore(CASES, &(worlds(), share_changes()), tell, |(world, changes)| {
        agree(kind, world, changes);
    });
}

/// Tries a test on so many made-up things, unless `PROPTEST_CASES` says otherwise. A fault is told with the smallest of them that shows it.
fn explore<S: Strategy>(cases: u32, things: &S, tell: impl Fn(&S::Value) -> String, test: impl Fn(&S::Value)) {
    let cases = halves::setting("PROPTEST_CASES").map_or(cases, |cases| cases.parse().unwrap());
    let shrinks = halves::setting("PROPTEST_MAX_SHRINK_ITERS").map_or(SHRINKS, |shrinks| shrinks.parse().unwrap());
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: shrinks,
        ..Config::default()
    });
    let outcome = runner.run(things, |thing| {
        test(&thing);
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(fault, thing)) => panic!("{fault}\n{}", tell(&thing)),
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
