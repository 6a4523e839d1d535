//! `billableMembers` and its count.

use serde_json::{Value, json};

use super::same_entries;
use crate::support::oracle::{Caller, Oracle};
use crate::support::random::TERMS;
use crate::support::{Client, TestApp, today};

/// The orders of the graph, and what REST calls them.
const ORDERS: [(Option<&str>, Option<&str>); 9] = [
    (None, None),
    (Some("ACCESS_LEVEL_ASC"), Some("access_level_asc")),
    (Some("ACCESS_LEVEL_DESC"), Some("access_level_desc")),
    (Some("NAME_ASC"), Some("name_asc")),
    (Some("NAME_DESC"), Some("name_desc")),
    (Some("LAST_ACTIVITY_ON_ASC"), Some("last_activity_on_asc")),
    (Some("LAST_ACTIVITY_ON_DESC"), Some("last_activity_on_desc")),
    (Some("LAST_LOGIN_ASC"), Some("oldest_sign_in")),
    (Some("LAST_LOGIN_DESC"), Some("recent_sign_in")),
];

const PAGE: &str = "query($path: ID!, $sort: BillableMemberSort, $search: String, $waiting: Boolean, $first: Int, $after: String, $last: Int, $before: String) {
  group(fullPath: $path) { billableMembersCount
    billableMembers(sort: $sort, search: $search, includeAwaiting: $waiting, first: $first, after: $after, last: $last, before: $before) { count
      nodes { id user { username } email membershipType membershipState accessLevel { integerValue } removable isLastOwner lastActivityOn lastLoginAt firstJoinedAt }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";

pub(super) async fn agrees(app: &TestApp, world: &Value) {
    let oracle = Oracle::new(world, today());
    for name in oracle.callers() {
        let (caller, client) = (Caller::User(name), app.token(&format!("{name}-api")));
        for path in oracle
            .group_paths()
            .into_iter()
            .filter(|path| oracle.sees_group(path, caller))
        {
            let Some(all) = oracle.billable_nodes(path, caller, None, None, false) else {
                let group = page(&client, json!({ "path": path })).await;
                let nothing = json!({"billableMembersCount": null, "billableMembers": null});
                assert_eq!(group, nothing, "{path}, {name}");
                continue;
            };
            // Every order, for everybody and for some term.
            for (number, (sort, like)) in ORDERS.into_iter().enumerate() {
                let term = TERMS[(number + all.len() + path.len()) % TERMS.len()];
                for (waiting, search) in [(number % 2 == 0, None), (number % 2 == 1, Some(term))] {
                    let expected = oracle.billable_nodes(path, caller, like, search, waiting).unwrap();
                    let asked = json!({"path": path, "sort": sort, "search": search, "waiting": waiting});
                    walk(&client, &asked, &expected, all.len()).await;
                }
            }
        }
    }
}

async fn page(client: &Client, variables: Value) -> Value {
    client.query(PAGE, variables).await["group"].take()
}

/// Both ways, three at a time: the pages joined are the list.
async fn walk(client: &Client, asked: &Value, expected: &[Value], in_use: usize) {
    for (many, from, more, edge) in [
        ("first", "after", "hasNextPage", "endCursor"),
        ("last", "before", "hasPreviousPage", "startCursor"),
    ] {
        let mut found: Vec<Value> = vec![];
        let mut cursor = Value::Null;
        loop {
            let mut variables = asked.clone();
            variables[many] = json!(3);
            variables[from] = cursor;
            let group = page(client, variables).await;
            let list = &group["billableMembers"];
            assert_eq!(group["billableMembersCount"], in_use, "{asked}");
            assert_eq!(list["count"], expected.len(), "{asked}");
            let nodes = list["nodes"].as_array().unwrap().iter().cloned();
            let place = if many == "first" { found.len() } else { 0 };
            found.splice(place..place, nodes);
            if list["pageInfo"][more] == false {
                break;
            }
            cursor = list["pageInfo"][edge].clone();
        }
        same_entries(&found, expected, &format!("{asked} by {many}"));
    }
}
