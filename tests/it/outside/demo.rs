//! What a newcomer sees first, and copies.

use std::process::Command;

use serde_json::Value;

use super::packages::left_out;
use super::program::output;
use super::serving::Serving;
use crate::support::halves;

#[test]
fn the_demo_says_what_to_open() {
    let demo = Serving::demo();
    let said = demo.said();
    let page = format!("{}/-/graphql-explorer", demo.url);
    assert!(said.lines().any(|line| line.ends_with(&format!(" {page}"))), "{said}");
    let answer = demo.get("/-/graphql-explorer", "");
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("<title>"),
        "{answer}"
    );
}

#[test]
fn the_demo_names_five_people_and_their_tokens_let_in() {
    let demo = Serving::demo();
    let said = demo.said();
    let tokens = section(&said, "tokens");
    let usernames: Vec<_> = tokens
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(|token| user(&demo, token)["username"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(usernames, ["ada", "chiara", "tala", "sven", "root"], "{said}");
}

#[test]
fn the_lines_for_curl_work_as_the_demo_prints_them() {
    if left_out(&halves::CURL) {
        return;
    }
    let demo = Serving::demo();
    let said = demo.said();
    let answers: Vec<Value> = section(&said, "try")
        .split("\n\n")
        .map(|line| output(Command::new("sh").args(["-c", line]).env("NO_PROXY", "127.0.0.1")))
        .map(|answer| serde_json::from_str(&answer).unwrap_or_else(|fault| panic!("{fault}: {answer}")))
        .collect();
    let [rest, graph] = answers.as_slice() else {
        panic!("one line for each face: {said}");
    };
    let members = &graph["data"]["group"]["groupMembers"]["nodes"];
    for (rows, name) in [(rest, "/0/name"), (members, "/0/user/name")] {
        assert!(rows.pointer(name).is_some_and(Value::is_string), "{rest}\n{graph}");
    }
}

#[test]
fn the_invitation_that_the_demo_names_can_be_looked_at() {
    let demo = Serving::demo();
    let said = demo.said();
    let line = said.lines().find(|line| line.starts_with("invitation "));
    let (_, below) = line.and_then(|line| line.split_once("/-/")).expect(&said);
    let path = below.split_whitespace().next().unwrap();
    let page = demo.get(&format!("/-/{path}"), "");
    assert!(page.contains("sven@example.com"), "{page}");
}

/// What stands below a heading of the greeting, up to the last paragraph.
fn section<'a>(greeting: &'a str, heading: &str) -> &'a str {
    let (_, below) = greeting.split_once(&format!("\n{heading}\n")).expect(heading);
    let ends = ["\n\ntry\n", "\n\nCtrl-C"];
    let end = ends.iter().filter_map(|end| below.find(end)).min();
    &below[..end.expect("more follows")]
}

fn user(demo: &Serving, token: &str) -> Value {
    let answer = demo.get("/api/v4/user", token);
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).unwrap_or_else(|fault| panic!("{token}: {fault}: {answer}"))
}
