//! The API document, held against the running server by schemathesis.

use super::packages::{finds_all_well, python};
use super::program::roster;
use super::serving::Serving;
use crate::support::halves;

#[test]
fn the_server_does_what_its_document_says_to_an_administrator() {
    agrees_with_its_document("demo-root");
}

#[test]
fn the_server_does_what_its_document_says_to_a_user() {
    agrees_with_its_document("demo-ada");
}

fn agrees_with_its_document(token: &str) {
    let Some(mut script) = python(&halves::SCHEMATHESIS, "openapi", "check.py") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut demo = roster(folder.path(), &["demo", "--rate-limits", "off", "--log", "error"]);
    let demo = Serving::start(&mut demo);
    // A made-up request costs little, a thousand of them a minute.
    let examples = if halves::everything_is_required() { "50" } else { "5" };
    finds_all_well(&mut script, &demo, &[&demo.url, token, examples]);
}
