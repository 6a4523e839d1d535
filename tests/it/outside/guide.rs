//! The programs of the guide to the graph, as printed, against a running server over the demo's world.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::clients::demo;
use super::packages::{left_out, python};
use super::program::{Ended, Program, output, run};
use super::serving::Serving;
use crate::documents::{blocks, read};
use crate::support::{TestApp, halves, on_both_databases};

on_both_databases!(
    the_python_program_lists_whose_membership_ends,
    the_python_program_hears_of_what_happens_next,
    curl_hears_of_what_happens_next,
    the_rust_program_lists_the_members,
);

async fn the_python_program_lists_whose_membership_ends(app: TestApp) {
    let server = demo(&app).await;
    let Some((mut program, _folder)) = python_block(0, &server) else {
        return;
    };
    let said = output(&mut program);
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        [
            "2027-06-30 group_2_bot_release lighthouse/platform",
            "2028-01-31 jakub lighthouse/apps/mobile"
        ]
    );
}

async fn the_python_program_hears_of_what_happens_next(app: TestApp) {
    let server = demo(&app).await;
    let Some((mut program, _folder)) = python_block(1, &server) else {
        return;
    };
    let mut program = Program::start(&mut program);
    hears(&mut program, &server, "MEMBER_UPDATED Farah Haddad");
    let Ended { status, err, .. } = program.end();
    assert_eq!(status, Some(0), "{err}");
}

async fn curl_hears_of_what_happens_next(app: TestApp) {
    if left_out(&halves::CURL) {
        return;
    }
    let server = demo(&app).await;
    let guide = read("docs/graphql.md");
    let line = blocks(&guide, "console")
        .into_iter()
        .find_map(|block| block.strip_prefix("$ curl -N "))
        .expect("the guide shows it");
    let line = format!(
        "exec curl --no-progress-meter --max-time 120 -N {}",
        here(line, &server)
    );
    let mut program = Program::start(Command::new("sh").args(["-c", &line]).env("NO_PROXY", "127.0.0.1"));
    hears(
        &mut program,
        &server,
        r#"event: next
data: {"data":{"memberUpdated":{"type":"MEMBER_UPDATED","user":{"name":"Farah Haddad"}}}"#,
    );
}

async fn the_rust_program_lists_the_members(app: TestApp) {
    let server = demo(&app).await;
    let built = Path::new(env!("CARGO_BIN_EXE_roster"))
        .with_file_name("examples")
        .join("members");
    let ask = |group: &str| {
        run(Command::new(&built)
            .args([&server.url, "demo-ada", group])
            .env("NO_PROXY", "127.0.0.1"))
    };
    let Ended { status, out, err } = ask("lighthouse/platform");
    assert_eq!(status, Some(0), "{err}");
    assert_eq!(out.lines().count(), 14, "{out}");
    assert!(
        out.contains("Tala Reyes (@tala): Reporter, until 2029-12-31\n"),
        "{out}"
    );
    let refused = ask("nowhere");
    assert_eq!((refused.status, refused.out.as_str()), (Some(1), ""));
    assert!(refused.err.contains("no group nowhere"), "{}", refused.err);
}

/// One of the guide's programs in Python, with the folder that it is in; none when it is left out.
fn python_block(number: usize, server: &Serving) -> Option<(Command, tempfile::TempDir)> {
    let guide = read("docs/graphql.md");
    let text = here(blocks(&guide, "python")[number], server);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("program.py");
    fs::write(&file, text).unwrap();
    Some((python(&halves::GQL, "guide", file.to_str().unwrap())?, folder))
}

/// The guide names the usual port.
fn here(text: &str, server: &Serving) -> String {
    let address = server.url.strip_prefix("http://").unwrap();
    text.replace("127.0.0.1:8080", address)
}

/// Changes somebody until the program says so: it may begin to listen a moment later.
fn hears(program: &mut Program, server: &Serving, words: &str) {
    let mut levels = [30, 40].into_iter().cycle();
    program.wait_until(|program| {
        let body = format!("{{\"access_level\": {}}}", levels.next().unwrap());
        let path = "/api/v4/groups/lighthouse%2Fapps/members/7";
        let answer = server.ask("PUT", path, "demo-ada", &["Content-Type: application/json"], &body);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        program.out().contains(words).then_some(())
    });
}
