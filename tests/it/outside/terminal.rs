//! The binary at a terminal: wrong usage, settings that cannot be used, what is missing around it, how it ends.

use std::fs;
use std::net::TcpListener;

use serde_json::Value;

use super::files::assert_refused;
use super::program::{output, roster, run};
use super::serving::Serving;

#[test]
fn wrong_usage_ends_with_status_2_and_names_the_fault() {
    let folder = tempfile::tempdir().unwrap();
    let usages: [(&[&str], &str); 4] = [
        (&["serve", "--nope"], "--nope"),
        (&["sing"], "sing"),
        (&["import"], "<FILE>"),
        (&["token", "create", "--user", "ann", "--scopes", "fly"], "'fly'"),
    ];
    for (arguments, named) in usages {
        let ended = run(&mut roster(folder.path(), arguments));
        assert_eq!((ended.status, ended.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(
            ended.err.contains(named) && ended.err.contains("--help"),
            "{}",
            ended.err
        );
    }
}

#[test]
fn a_setting_that_cannot_be_used_is_named_wherever_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let address = r#"expected an address with a port, such as 127.0.0.1:8080, not "8080""#;
    let refused = run(roster(folder.path(), &["serve"]).env("ROSTER_LISTEN", "8080"));
    assert_refused(&refused, 2, &format!("roster: ROSTER_LISTEN: {address}"));
    let refused = run(&mut roster(folder.path(), &["demo", "--listen", "8080"]));
    assert_refused(&refused, 2, &format!("roster: --listen: {address}"));
    fs::write(folder.path().join("roster.toml"), "listen = 8080").unwrap();
    let refused = run(&mut roster(folder.path(), &["migrate", "--config", "roster.toml"]));
    assert_refused(&refused, 2, &format!("roster: roster.toml: listen: {address}"));
    fs::write(folder.path().join("roster.toml"), "listn = ''").unwrap();
    let refused = run(&mut roster(folder.path(), &["migrate", "--config", "roster.toml"]));
    assert_refused(&refused, 2, r#"roster: roster.toml: unknown setting "listn""#);
}

#[test]
fn help_and_version_are_what_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let help = output(&mut roster(folder.path(), &["--help"]));
    for command in [
        "demo", "serve", "migrate", "import", "export", "token", "schema", "openapi",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
        let help = output(&mut roster(folder.path(), &[command, "--help"]));
        assert!(help.contains("Example"), "{help}");
    }
    let version = output(&mut roster(folder.path(), &["--version"]));
    assert_eq!(version, format!("roster {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_postgresql_that_is_not_there_is_named_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    // Taken, so that nobody else answers there, and closed again at once.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for command in ["serve", "migrate"] {
        let mut command = roster(folder.path(), &[command]);
        let ended = run(command.env("ROSTER_DATABASE_URL", format!("postgres://me:hunter2@{address}/roster")));
        assert_eq!((ended.status, ended.out.as_str()), (Some(1), ""), "{}", ended.err);
        let start = format!("roster: cannot open the database: {address}: ");
        assert!(
            ended.err.starts_with(&start) && ended.err.lines().count() == 1,
            "{}",
            ended.err
        );
        assert!(!ended.err.contains("hunter2"), "{}", ended.err);
    }
}

#[test]
fn an_address_in_use_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for command in ["serve", "demo"] {
        let refused = run(&mut roster(folder.path(), &[command, "--listen", &address]));
        let said = format!("roster: cannot listen on {address}: Address already in use (os error 98)");
        assert_refused(&refused, 1, &said);
    }
}

#[test]
fn sigterm_ends_a_server_with_status_0() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::server(folder.path());
    assert!(server.get("/-/liveness", "").starts_with("HTTP/1.1 200"));
    let ended = server.terminate();
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    assert!(ended.err.contains("stopped"), "{}", ended.err);
}

#[test]
fn the_demo_leaves_no_file_behind_and_touches_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Serving::start(roster(folder.path(), &["demo"]).env("ROSTER_DATABASE_URL", "sqlite://mine.db?mode=rwc"));
    let ended = demo.terminate();
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_schema_is_the_file_beside_the_sources() {
    let folder = tempfile::tempdir().unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    let printed = output(&mut roster(folder.path(), &["schema"]));
    assert_eq!(printed, fs::read_to_string(file).unwrap());
}

#[test]
fn the_openapi_document_is_what_a_server_shows() {
    let folder = tempfile::tempdir().unwrap();
    let printed: Value = serde_json::from_str(&output(&mut roster(folder.path(), &["openapi"]))).unwrap();
    let version = printed["openapi"].as_str().unwrap();
    assert!(version.starts_with("3.1."), "{version}");
    assert!(
        printed["paths"].get("/groups/{id}/members").is_some(),
        "{:#}",
        printed["paths"]
    );
    let answer = Serving::demo().get("/api/v4/openapi.json", "");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), printed);
}
