//! GitLab's client for Python.

use super::packages::{finds_all_well, python};
use super::serving::Serving;
use crate::support::halves;

#[test]
fn python_gitlab_lists_members_and_changes_members_and_shares() {
    let Some(mut script) = python(&halves::PYTHON_GITLAB, "clients", "python_gitlab.py") else {
        return;
    };
    let demo = Serving::demo();
    finds_all_well(&mut script, &demo, &[&demo.url, "demo-ada"]);
}
