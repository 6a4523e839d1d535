//! World files in and out through the binary, and databases that take nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::program::{Ended, output, roster, run};
use super::serving::Serving;

/// A world with every key of the format.
pub(super) const WORLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/worlds/every-key.json");

#[test]
fn what_was_exported_and_imported_is_exported_again_as_it_was() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let said = output(&mut roster(first.path(), &["import", WORLD]));
    assert!(said.starts_with("imported 8 users, 4 groups, 2 projects, "), "{said}");
    output(&mut roster(first.path(), &["export", "world.json"]));
    let file = first.path().join("world.json");
    output(roster(second.path(), &["import"]).arg(&file));
    let again = output(&mut roster(second.path(), &["export", "-"]));
    assert_eq!(again, fs::read_to_string(file).unwrap());
    let world: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(world["users"].as_array().map(Vec::len), Some(8), "{again}");
}

#[test]
fn a_world_file_can_come_through_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let import = r#"cat "$2" | "$1" import -"#;
    let mut shell = Command::new("sh");
    shell.args(["-c", import, "sh", env!("CARGO_BIN_EXE_roster"), WORLD]);
    let said = output(shell.current_dir(folder.path()).env_clear());
    assert!(said.starts_with("imported 8 users, "), "{said}");
}

#[test]
fn a_world_file_with_a_fault_is_refused_with_its_place_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let world = r#"{"version": 1, "users": [{"username": "ann", "name": "Ann", "email": "ann@example.com"}],
        "groups": [{"path": "acme", "name": "Acme"}],
        "members": [{"group": "acme", "user": "jon", "access_level": 30}]}"#;
    fs::write(folder.path().join("bad.json"), world).unwrap();
    let refused = run(&mut roster(folder.path(), &["import", "bad.json"]));
    assert_refused(&refused, 1, r#"roster: members[0].user: no user "jon""#);
    // Only an empty database takes a world.
    output(&mut roster(folder.path(), &["import", WORLD]));
}

#[test]
fn a_database_that_holds_something_takes_no_world() {
    let folder = tempfile::tempdir().unwrap();
    output(&mut roster(folder.path(), &["import", WORLD]));
    let refused = run(&mut roster(folder.path(), &["import", WORLD]));
    let said = "roster: the database holds users or groups already; a world file needs an empty one";
    assert_refused(&refused, 1, said);
}

#[test]
fn files_that_are_not_there_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run(&mut roster(folder.path(), &["import", "nowhere.json"]));
    let said = "roster: cannot read nowhere.json: No such file or directory (os error 2)";
    assert_refused(&refused, 1, said);
    output(&mut roster(folder.path(), &["migrate"]));
    let refused = run(&mut roster(folder.path(), &["export", "nowhere/world.json"]));
    let said = "roster: cannot write nowhere/world.json: No such file or directory (os error 2)";
    assert_refused(&refused, 1, said);
}

#[test]
fn a_full_disk_fails_an_export() {
    let folder = tempfile::tempdir().unwrap();
    output(&mut roster(folder.path(), &["import", WORLD]));
    let full = Path::new("/dev/full");
    if full.exists() {
        let refused = run(roster(folder.path(), &["export"]).arg(full));
        let said = "roster: cannot write the file: No space left on device (os error 28)";
        assert_refused(&refused, 1, said);
    }
}

#[test]
fn a_database_that_may_only_be_read_is_neither_filled_nor_served() {
    let folder = tempfile::tempdir().unwrap();
    output(&mut roster(folder.path(), &["migrate"]));
    let said = "roster: the database refused: attempt to write a readonly database";
    for command in [&["import", WORLD] as &[_], &["serve", "--listen", "127.0.0.1:0"]] {
        let mut command = roster(folder.path(), command);
        let refused = run(command.args(["--database-url", "sqlite://roster.db?mode=ro"]));
        assert_refused(&refused, 1, said);
    }
}

#[test]
fn a_new_token_lets_its_user_in() {
    let folder = tempfile::tempdir().unwrap();
    output(&mut roster(folder.path(), &["import", WORLD]));
    let token = ["token", "create", "--user", "mary", "--scopes", "read_api,read_user"];
    let printed = output(&mut roster(folder.path(), &token));
    let server = Serving::server(folder.path());
    let answer = server.get("/api/v4/user", printed.trim_end());
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains(r#""username":"mary""#),
        "{answer}"
    );
    let answer = server.get("/api/v4/user", "nobody's");
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
}

#[test]
fn a_token_for_nobody_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let token = ["token", "create", "--user", "nobody", "--scopes", "api"];
    let refused = run(&mut roster(folder.path(), &token));
    assert_refused(&refused, 1, r#"roster: no user "nobody""#);
}

/// It said one line, and to standard error.
#[track_caller]
pub(super) fn assert_refused(ended: &Ended, status: i32, said: &str) {
    assert_eq!(
        (ended.status, ended.err.trim_end(), ended.out.as_str()),
        (Some(status), said, "")
    );
}
