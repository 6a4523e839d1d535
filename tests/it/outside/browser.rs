//! The pages in headless Chromium.

use serde_json::json;

use super::packages::{built_example, finds_all_well, node};
use super::program::{output, roster};
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

#[test]
fn the_reference_shows_a_call_in_a_browser() {
    let Some(mut script) = node(&halves::BROWSER, "browser", "reference.mjs") else {
        return;
    };
    script.env("CHROMIUM", halves::program("chromium").unwrap());
    let demo = Serving::demo();
    finds_all_well(&mut script, &demo, &[&demo.url]);
}

#[test]
fn the_example_of_a_members_page_works_in_a_browser() {
    let Some(mut script) = node(&halves::BROWSER, "browser", "members_page.mjs") else {
        return;
    };
    if !built_example(&halves::BROWSER, "web") {
        return;
    }
    script.env("CHROMIUM", halves::program("chromium").unwrap());
    let demo = Serving::demo();
    finds_all_well(&mut script, &demo, &[&demo.url, "demo-ada"]);
}

#[test]
fn an_invitation_is_answered_in_a_browser_without_scripts() {
    let Some(mut script) = node(&halves::BROWSER, "browser", "invitation.mjs") else {
        return;
    };
    script.env("CHROMIUM", halves::program("chromium").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let token = json!({"token": "nora-api", "name": "nora", "scopes": ["api"]});
    let invitation = |group: &str, token: &str| json!({"group": group, "email": "nora@new.example", "access_level": 30, "created_by": "ann", "token": token});
    let world = json!({
        "version": 1,
        "users": [
            {"username": "nora", "name": "Nora New", "email": "nora@new.example", "tokens": [token]},
            {"username": "ann", "name": "Ann Lee", "email": "ann@acme.example"},
        ],
        "groups": [{"path": "acme", "name": "Acme"}, {"path": "acme/tools", "name": "Tools"}],
        "invitations": [invitation("acme", "first-link"), invitation("acme/tools", "second-link")],
    });
    std::fs::write(folder.path().join("world.json"), world.to_string()).unwrap();
    output(&mut roster(folder.path(), &["import", "world.json"]));
    let server = Serving::server(folder.path());
    let link = |below: &str| format!("{}/-/invites/{below}", server.url);
    let links = [
        link("first-link?invite_type=initial_email"),
        link("second-link/decline"),
    ];
    finds_all_well(&mut script, &server, &[&links[0], &links[1], "nora-api"]);
}
