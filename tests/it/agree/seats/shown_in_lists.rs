//! `is_using_seat` of every entry of every member list.

use serde_json::Value;

use crate::support::oracle::{Caller, Entry, Oracle};
use crate::support::{TestApp, today};

const ROOT: Caller<'_> = Caller::User("root");

pub(super) async fn agrees(app: &TestApp, world: &Value) {
    let oracle = Oracle::new(world, today());
    for path in oracle.group_paths() {
        let members = format!("/groups/{}/members", path.replace('/', "%2F"));
        compare(app, &oracle, &members, oracle.group_members(path, ROOT).unwrap()).await;
        let all = format!("{members}/all");
        compare(app, &oracle, &all, oracle.group_members_all(path, ROOT).unwrap()).await;
    }
    for path in oracle.project_paths() {
        let members = format!("/projects/{}/members", path.replace('/', "%2F"));
        compare(app, &oracle, &members, oracle.project_members(path, ROOT).unwrap()).await;
        let all = format!("{members}/all");
        compare(app, &oracle, &all, oracle.project_members_all(path, ROOT).unwrap()).await;
    }
}

async fn compare(app: &TestApp, oracle: &Oracle, list: &str, expected: Vec<Entry>) {
    let path = format!("{list}?show_seat_info=true&per_page=100");
    let found = app.admin().get(&path).await.expect(200).json();
    let found = found.as_array().expect("a list");
    for entry in expected.iter().filter(|entry| !entry.row_is_open) {
        let found = found.iter().find(|found| found["id"] == entry.user_id);
        let top = entry.source.split('/').next().expect("a path has a first part");
        // A personal project lies in no top-level group.
        let is_in_group = oracle.group_paths().contains(&top);
        let takes = is_in_group && oracle.billable_users(top).contains(&entry.user_id);
        let told = found.map(|found| &found["is_using_seat"]);
        assert_eq!(told, Some(&Value::Bool(takes)), "{path}: {entry:?}");
    }
}
