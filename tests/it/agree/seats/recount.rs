//! The seats counted again, from what the product exports of its own database.

use std::collections::BTreeMap;

use roster::domain::seats;
use serde_json::{Value, json};

use super::same_entries;
use crate::support::oracle::{Caller, Oracle};
use crate::support::{EXTERNAL_URL, TestApp};

const ROOT: Caller<'_> = Caller::User("root");

/// Compares the lists of every top-level group in these orders, what both faces count, and each billable user's memberships. Then the product must find
/// no fault with itself. `story`: what was done before.
pub(crate) async fn recount(app: &TestApp, sorts: &[Option<&str>], story: &str) {
    let exported = app.export().await;
    let oracle = Oracle::new(&exported, app.clock.now().date_naive());
    for path in oracle.top_level_groups() {
        for sort in sorts {
            let expected = oracle.billable_members(path, ROOT, *sort, None, EXTERNAL_URL).unwrap();
            let order = sort.map_or(String::new(), |sort| format!("&sort={sort}"));
            let list = format!("/groups/{path}/billable_members?per_page=100{order}");
            let answer = app.admin().get(&list).await.expect(200);
            same_entries(answer.json().as_array().unwrap(), &expected, &format!("{list} {story}"));
            assert_eq!(answer.header("x-total"), expected.len().to_string(), "{list} {story}");
        }
        of_the_graph(app, &oracle, path, story).await;
        usage(app, &oracle, path, story).await;
        memberships(app, &oracle, path, story).await;
    }
    let report = seats::verify(&app.system(), false).await.unwrap();
    assert_eq!(report.findings, [], "{story}");
}

async fn of_the_graph(app: &TestApp, oracle: &Oracle, path: &str, story: &str) {
    let document = "query($path: ID!) { group(fullPath: $path) { billableMembersCount billableMembers(includeAwaiting: true) { count
      nodes { user { username } membershipState membershipType accessLevel { integerValue } } } } }";
    let group = app.admin().query(document, json!({ "path": path })).await["group"].take();
    let in_use = oracle.seat_usage(path).in_use;
    assert_eq!(group["billableMembersCount"], in_use, "{path} {story}");
    let expected = oracle.billable_nodes(path, ROOT, None, None, true).unwrap();
    let expected: Vec<Value> = expected
        .iter()
        .map(|node| {
            let key = |key: &str| node[key].clone();
            json!({"user": key("user"), "membershipState": key("membershipState"), "membershipType": key("membershipType"), "accessLevel": key("accessLevel")})
        })
        .collect();
    assert_eq!(group["billableMembers"]["nodes"], json!(expected), "{path} {story}");
    assert_eq!(group["billableMembers"]["count"], expected.len(), "{path} {story}");
}

/// What is in use, what waits, and how that is made up.
async fn usage(app: &TestApp, oracle: &Oracle, path: &str, story: &str) {
    let document = "query($path: ID!) { group(fullPath: $path) { seatUsage { inUse cap awaiting pendingInvitations
      byMembershipType { membershipType accessLevel count } byAccessLevel { membershipType accessLevel count } } } }";
    let mut found = app.admin().query(document, json!({ "path": path })).await["group"]["seatUsage"].take();
    let expected = oracle.seat_usage(path);
    for (buckets, key) in [("byMembershipType", "membershipType"), ("byAccessLevel", "accessLevel")] {
        let counts: BTreeMap<_, _> = found[buckets]
            .take()
            .as_array()
            .unwrap()
            .iter()
            .filter(|bucket| bucket["count"] != 0)
            .map(|bucket| (bucket[key].as_str().unwrap().to_owned(), bucket["count"].as_u64()))
            .collect();
        found[buckets] = json!(counts);
    }
    let by_type: BTreeMap<_, _> = expected
        .by_type
        .iter()
        .map(|(name, count)| (name.to_uppercase(), *count))
        .collect();
    let by_level: BTreeMap<_, _> = expected
        .by_level
        .iter()
        .map(|(level, count)| (word(*level), *count))
        .collect();
    let expected = json!({
        "inUse": expected.in_use, "cap": expected.cap, "awaiting": expected.awaiting, "pendingInvitations": expected.pending_invitations,
        "byMembershipType": by_type, "byAccessLevel": by_level,
    });
    assert_eq!(found, expected, "{path} {story}");
}

/// `AccessLevelEnum`
fn word(level: i64) -> &'static str {
    match level {
        10 => "GUEST",
        15 => "PLANNER",
        20 => "REPORTER",
        30 => "DEVELOPER",
        40 => "MAINTAINER",
        _ => "OWNER",
    }
}

async fn memberships(app: &TestApp, oracle: &Oracle, path: &str, story: &str) {
    for user in oracle.billable_users(path) {
        for (list, expected) in [
            (
                "memberships",
                oracle.billable_memberships(path, ROOT, user, EXTERNAL_URL),
            ),
            ("indirect", oracle.indirect_memberships(path, ROOT, user, EXTERNAL_URL)),
        ] {
            let list = format!("/groups/{path}/billable_members/{user}/{list}?per_page=100");
            let found = app.admin().get(&list).await;
            let (status, body) = expected.map_or_else(|refusal| refusal, |rows| (200, json!(rows)));
            assert_eq!(found.json(), body, "{list} {story}");
            assert_eq!(found.status.as_u16(), status, "{list} {story}");
        }
    }
}
