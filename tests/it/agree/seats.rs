//! Who takes a seat, against the evaluator: in random worlds, for every top-level group and every caller.

mod rest;
mod shown_in_lists;

use serde_json::Value;

use super::explore;
use crate::support::random::seat_worlds;
use crate::support::{Kind, run_on};

/// How many random worlds are tried on each database, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 8;

#[test]
fn random_worlds_on_sqlite() {
    in_random_worlds(Kind::Sqlite);
}

#[test]
fn random_worlds_on_postgres() {
    in_random_worlds(Kind::Postgres);
}

fn in_random_worlds(kind: Kind) {
    let tell = |world: &Value| format!("in this world: {world}");
    explore(CASES, &seat_worlds(), tell, |world| {
        run_on(kind, async |app| {
            app.import(world).await;
            shown_in_lists::agrees(&app, world).await;
            rest::agrees(&app, world).await;
        });
    });
}
