//! The playground in headless Chromium.

use super::packages::{finds_all_well, node};
use super::serving::Serving;
use crate::support::halves;

#[test]
fn the_playground_answers_in_a_browser() {
    let Some(mut script) = node(&halves::BROWSER, "browser", "playground.mjs") else {
        return;
    };
    script.env("CHROMIUM", halves::program("chromium").unwrap());
    let demo = Serving::demo();
    finds_all_well(&mut script, &demo, &[&demo.url, "demo-ada"]);
}
