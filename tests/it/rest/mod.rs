//! `/api/v4` seen from outside.

mod billable;
mod billable_costs;
mod judgement;
mod members;
mod neighbours;
mod pages;
mod shared;
mod writes;

use serde_json::Value;

use crate::support::TestApp;
use crate::support::world::World;

/// The product with the fixture `acme` in it.
async fn acme(app: &TestApp) {
    app.import(&World::fixture("acme")).await;
}

/// One field of every entry of a list.
fn each(list: &Value, field: &str) -> Vec<Value> {
    let entries = list.as_array().expect("a list");
    entries.iter().map(|entry| entry[field].clone()).collect()
}
