//! What is hidden looks like what is missing also where it is named inside a parameter, an input, or by a global id.

use axum::http::Method;
use serde_json::json;

use super::callers::{Need, Who};
use super::place::{Place, Tree};
use super::{VISIBILITIES, plant, rest};
use crate::support::{Answer, TestApp, on_both_databases};

on_both_databases!(
    a_hidden_place_in_a_parameter_looks_like_a_missing_one,
    a_hidden_node_looks_like_a_missing_one,
);

/// All that a caller can tell of an answer, and what it cost.
fn shown(answer: &Answer) -> (u16, String, u64) {
    (answer.status.as_u16(), answer.text(), answer.statements)
}

async fn forest(app: &TestApp) -> (Place, Vec<Tree>) {
    let trees: Vec<_> = VISIBILITIES
        .iter()
        .enumerate()
        .map(|(n, word)| Tree::new(n, word))
        .collect();
    (plant(app, &[], &trees).await, trees)
}

async fn a_hidden_place_in_a_parameter_looks_like_a_missing_one(app: TestApp) {
    let served = rest::operations(&app).await;
    let (place, trees) = forest(&app).await;
    let ann = Who::Owner.client(&app, Need::Write);
    let mut tried = 0;
    for (method, pattern, name, mut body) in [
        ("POST", "/groups/{id}/share", "group_id", json!({"group_access": 10})),
        ("POST", "/projects/{id}/share", "group_id", json!({"group_access": 10})),
        ("DELETE", "/groups/{id}/share/{group_id}", "group_id", json!({})),
        ("DELETE", "/projects/{id}/share/{group_id}", "group_id", json!({})),
        ("POST", "/groups", "parent_id", json!({"name": "New", "path": "new"})),
        ("POST", "/projects", "namespace_id", json!({"name": "New"})),
        ("GET", "/namespaces/{group_id}", "group_id", json!({})),
    ] {
        if !served.contains(&format!(
            "{method} {}",
            pattern.replace("/namespaces/{group_id}", "/namespaces/{id}")
        )) {
            continue;
        }
        let mut told = vec![];
        for word in ["$hidden", "$nothing"] {
            let number = place.filled(&trees[0], "ann", &json!(word));
            let source = if pattern.starts_with("/projects") { "P" } else { "T" };
            let path = pattern.replace("{id}", &trees[0].path_of(source).replace('/', "%2F"));
            let path = path.replace("{group_id}", &number.to_string());
            body[name] = number;
            told.push(shown(&ann.call(method.parse::<Method>().unwrap(), &path, &body).await));
        }
        assert_eq!(told[0], told[1], "{method} {pattern}");
        assert!((400..500).contains(&told[0].0), "{method} {pattern}: {told:?}");
        tried += 1;
    }
    assert!(tried >= 4, "{tried}");
    for (name, kind, mut input, field, hidden) in [
        (
            "shareCreate",
            "ShareCreateInput",
            json!({"source": {"groupId": "$Group:T"}, "accessLevel": "GUEST"}),
            "withGroupId",
            "$Group:hidden",
        ),
        (
            "shareCreate",
            "ShareCreateInput",
            json!({"source": {"projectId": "$Project:P"}, "accessLevel": "GUEST"}),
            "withGroupId",
            "$Group:hidden",
        ),
        (
            "projectMembersImport",
            "ProjectMembersImportInput",
            json!({"projectId": "$Project:P"}),
            "fromProjectId",
            "$Project:hidden app",
        ),
    ] {
        let document = format!(
            "mutation($input: {kind}!) {{ done: {name}(input: $input) {{ errors userErrors {{ code path }} }} }}"
        );
        let mut told = vec![];
        let model = hidden.split(':').next().unwrap_or_default();
        for word in [hidden.to_owned(), format!("{model}:nothing")] {
            input[field] = json!(word);
            let input = place.filled(&trees[0], "ann", &input);
            told.push(shown(&ann.graphql(&document, json!({ "input": input })).await));
        }
        assert_eq!(told[0], told[1], "{name}");
    }
}

/// Global ids of what lies in a private tree.
const NODES: [&str; 16] = [
    "Group:T",
    "Group:S",
    "Project:P",
    "GroupMember:tim row",
    "GroupMember:wes row",
    "GroupMember:lea row",
    "ProjectMember:tip row",
    "Invitation:eve row",
    "Invitation:eve in P",
    "AccessRequest:req row",
    "AccessRequest:req in P",
    "GroupGroupLink:link",
    "ProjectGroupLink:link",
    "LdapGroupLink:link",
    "MemberRole:role",
    "AuditEvent:event T",
];

async fn a_hidden_node_looks_like_a_missing_one(app: TestApp) {
    let (place, trees) = forest(&app).await;
    let private = trees.last().unwrap();
    let node = "query($id: ID!) { node(id: $id) { id __typename } }";
    let mut faults = vec![];
    for word in NODES {
        let id = place.value(private, "", word);
        let missing = json!(format!(
            "gid://gitlab/{}/999999",
            word.split(':').next().unwrap_or_default()
        ));
        for who in [Who::Anonymous, Who::External, Who::Stranger, Who::Minimal] {
            let client = who.client(&app, Need::Read);
            let hidden = client.graphql(node, json!({ "id": id })).await;
            let nothing = client.graphql(node, json!({ "id": missing })).await;
            // The statements differ: a row that is there is looked at before its place is.
            let (hidden, nothing) = (shown(&hidden), shown(&nothing));
            if (hidden.0, &hidden.1) != (nothing.0, &nothing.1) || !hidden.1.contains("\"node\":null") {
                faults.push(format!("{word} by {who:?}: {hidden:?}, not {nothing:?}"));
            }
        }
        let told = Who::Admin
            .client(&app, Need::Read)
            .query(node, json!({ "id": id }))
            .await;
        assert_eq!(told["node"]["id"], id, "{word} is there");
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
