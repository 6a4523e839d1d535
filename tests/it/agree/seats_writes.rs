//! Seats after changes of every kind: in random worlds much is done through both faces while days go by, and every now and then the product's list is
//! compared with the evaluator's, over what the product exports of its own database.

mod kinds;
mod scene;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use proptest::collection::vec;
use proptest::strategy::Strategy as _;
use serde_json::Value;

use self::kinds::{Turn, turn};
use self::scene::{Outcome, Scene};
use super::explore;
use super::seats::recount;
use crate::support::oracle::SORTS;
use crate::support::random::seat_worlds;
use crate::support::{Kind, TestApp, halves, run_on};

/// How many random worlds are tried on each database, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 4;
/// How much is done in each at most, unless `ROSTER_TEST_WRITES` says otherwise.
const WRITES: usize = 40;
/// After so many changes everything is counted again.
const STEP: usize = 3;

#[test]
fn seats_add_up_after_any_changes_on_sqlite() {
    after_any_changes(Kind::Sqlite);
}

#[test]
fn seats_add_up_after_any_changes_on_postgres() {
    after_any_changes(Kind::Postgres);
}

fn after_any_changes(kind: Kind) {
    let writes = halves::setting("ROSTER_TEST_WRITES").map_or(WRITES, |writes| writes.parse().unwrap());
    let stories = (vec(turn(), 0..=writes), seat_worlds());
    let done = Mutex::new(BTreeMap::new());
    let tell = |(_, world): &(_, Value)| format!("in this world: {world}");
    explore(CASES, &stories.boxed(), tell, |(turns, world)| {
        run_on(kind, async |app| {
            app.import(world).await;
            play(&app, world, turns, &done).await;
        });
    });
    eprintln!("{:#?}", done.lock().unwrap_or_else(PoisonError::into_inner));
}

/// How often each kind of change was tried, and how often it was done.
type Done = Mutex<BTreeMap<&'static str, (u32, u32)>>;

async fn play(app: &TestApp, world: &Value, turns: &[Turn], done: &Done) {
    let mut story = vec![];
    recount(app, &SORTS, &told(&story)).await;
    for (number, turn) in turns.iter().enumerate() {
        let scene = Scene::new(app, world).await;
        let Some((kind, act)) = scene.act(turn) else {
            continue;
        };
        let (outcome, line) = act.perform(app).await;
        story.push(format!("{kind}: {line}"));
        assert!(outcome != Outcome::Broken, "{}", told(&story));
        note(done, kind, outcome);
        if number % STEP == STEP - 1 {
            let sort = SORTS[number % SORTS.len()];
            recount(app, &[None, sort], &told(&story)).await;
        }
    }
    recount(app, &SORTS, &told(&story)).await;
}

fn note(done: &Done, kind: &'static str, outcome: Outcome) {
    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
    let (tried, accepted) = done.entry(kind).or_default();
    *tried += 1;
    *accepted += u32::from(outcome == Outcome::Done);
}

fn told(story: &[String]) -> String {
    format!("after:\n{}\n", story.join("\n"))
}
