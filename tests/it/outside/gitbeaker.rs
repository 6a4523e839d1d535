//! GitLab's client for JavaScript.

use super::packages::{finds_all_well, node};
use super::serving::Serving;
use crate::support::halves;

#[test]
fn gitbeaker_lists_members_and_changes_members_and_shares() {
    let Some(mut script) = node(&halves::GITBEAKER, "clients", "gitbeaker.mjs") else {
        return;
    };
    let demo = Serving::demo();
    finds_all_well(&mut script, &demo, &[&demo.url, "demo-ada"]);
}
