//! GitLab's client for Python.

use super::packages::{finds_all_well, python};
use super::serving::Serving;
use crate::support::halves;

#[test]
fn python_gitlab_lists_the_members_of_a_group() {
    let Some(mut script) = python(&halves::PYTHON_GITLAB, "clients", "python_gitlab.py") else {
        return;
    };
    let demo = Serving::demo();
    finds_all_well(&mut script, &demo, &[&demo.url, "demo-ada"]);
}
