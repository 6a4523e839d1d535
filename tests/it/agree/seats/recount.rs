//! The seats counted again, from what the product exports of its own database.

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
            if found.text() == super::rest::NO_ROUTE {
                continue;
            }
            let (status, body) = expected.map_or_else(|refusal| refusal, |rows| (200, json!(rows)));
            assert_eq!(found.json(), body, "{list} {story}");
            assert_eq!(found.status.as_u16(), status, "{list} {story}");
        }
    }
}
