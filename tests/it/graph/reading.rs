//! The graph as its clients see it: what it costs, how it pages, what it hides, what it refuses.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{Client, TestApp, on_both_databases};

on_both_databases!(
    a_level_of_a_query_costs_the_same_for_one_row_and_for_many,
    every_order_can_be_walked_page_by_page_in_both_directions,
    a_cursor_is_refused_when_it_is_forged_or_of_another_order,
    what_may_not_be_seen_is_null_without_an_error,
    a_node_leads_back_from_its_id,
    hostile_documents_are_refused_and_the_next_one_is_answered,
);

/// `acme` with `many` members, subgroups and projects, each with as many members, and a group that is let in everywhere.
fn acme(many: usize) -> Value {
    let people = |mut group: crate::support::world::Group| {
        for n in 0..many {
            group = group.member(&format!("dev{n}"), 30, |member| member.by("ann").until("2030-01-01"));
        }
        group
    };
    let mut world = World::new()
        .user("sven", |user| user)
        .group("friends", |group| people(group.public()).owner("fay"))
        .group("acme", |group| people(group).owner("ann").shared_with("friends", 20));
    for n in 0..many {
        world = world
            .group(&format!("acme/sub{n}"), |group| {
                group.maintainer("mia").shared_with("friends", 10)
            })
            .project(&format!("acme/app{n}"), |project| {
                project.guest("gus").shared_with("friends", 30)
            });
    }
    world.json()
}

const NESTED: [&str; 4] = [
    "{ group(fullPath: \"acme\") {
         groupMembers(first: 20) { count nodes { accessLevel { stringValue } user { name } createdBy { name } } } } }",
    "{ group(fullPath: \"acme\") {
         descendantGroups(first: 20) { nodes {
           fullPath parent { name } groupMembersCount
           groupMembers(first: 20, relations: [SHARED_FROM_GROUPS]) { count nodes { user { name } source { fullPath } } } } }
         projects(first: 20) { nodes {
           fullPath group { name }
           projectMembers(first: 20, relations: [DIRECT, INHERITED, INVITED_GROUPS, SHARED_INTO_ANCESTORS]) { count nodes { user { name } } } } } } }",
    "{ currentUser { groupMemberships(first: 20) { count nodes { group { fullPath } accessLevel { integerValue } } }
                     projectMemberships(first: 20) { count nodes { project { fullPath } } } } }",
    "{ groups(first: 20) { count nodes { fullPath groupMembers(first: 20) { nodes {
         user { username groupMemberships(first: 20) { nodes { group { name } } } } } } } } }",
];

async fn a_level_of_a_query_costs_the_same_for_one_row_and_for_many(app: TestApp) {
    app.import(&acme(6)).await;
    for caller in ["ann", "mia", "dev0"] {
        let client = app.token(&format!("{caller}-api"));
        for query in NESTED {
            let many = client.graphql(query, json!({})).await.expect(200);
            assert!(many.json().get("errors").is_none(), "{}", many.text());
            let one = client
                .graphql(&query.replace("first: 20", "first: 1"), json!({}))
                .await
                .expect(200);
            assert_eq!(one.statements, many.statements, "{query} as {caller}");
        }
    }
}

const ORDERS: [&str; 12] = [
    "ACCESS_LEVEL_ASC",
    "ACCESS_LEVEL_DESC",
    "USER_FULL_NAME_ASC",
    "USER_FULL_NAME_DESC",
    "CREATED_ASC",
    "CREATED_DESC",
    "UPDATED_ASC",
    "UPDATED_DESC",
    "LAST_ACTIVITY_ON_ASC",
    "LAST_ACTIVITY_ON_DESC",
    "EXPIRES_AT_ASC",
    "EXPIRES_AT_DESC",
];

async fn every_order_can_be_walked_page_by_page_in_both_directions(app: TestApp) {
    app.import(&acme(7)).await;
    let ann = app.token("ann-api");
    for sort in ORDERS.map(Some).into_iter().chain([None]) {
        let whole = walk(&ann, sort, "first", "after", 100).await;
        assert_eq!(
            whole.iter().collect::<BTreeSet<_>>().len(),
            whole.len(),
            "{sort:?} repeats somebody"
        );
        assert_eq!(whole.len(), 9);
        assert_eq!(walk(&ann, sort, "first", "after", 2).await, whole, "{sort:?} forwards");
        assert_eq!(walk(&ann, sort, "last", "before", 2).await, whole, "{sort:?} backwards");
    }
}

/// The names of all members, in the order of the list.
async fn walk(client: &Client, sort: Option<&str>, part: &str, from: &str, size: usize) -> Vec<String> {
    let query = format!(
        "query($sort: MemberSort, $from: String) {{ group(fullPath: \"acme\") {{
           groupMembers(relations: [DIRECT, INHERITED, SHARED_FROM_GROUPS], sort: $sort, {part}: {size}, {from}: $from) {{
             nodes {{ user {{ username }} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
    );
    let (more, edge) = if part == "first" {
        ("hasNextPage", "endCursor")
    } else {
        ("hasPreviousPage", "startCursor")
    };
    let mut found = Vec::new();
    let mut cursor = Value::Null;
    for _ in 0..20 {
        let data = client.query(&query, json!({"sort": sort, "from": cursor})).await;
        let list = &data["group"]["groupMembers"];
        let names: Vec<_> = list["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["user"]["username"].to_string())
            .collect();
        let at = if part == "first" { found.len() } else { 0 };
        found.splice(at..at, names);
        if list["pageInfo"][more] == json!(false) {
            return found;
        }
        cursor = list["pageInfo"][edge].clone();
    }
    panic!("the walk does not end");
}

async fn a_cursor_is_refused_when_it_is_forged_or_of_another_order(app: TestApp) {
    app.import(&acme(3)).await;
    let ann = app.token("ann-api");
    let page = |arguments: &str| {
        format!("{{ group(fullPath: \"acme\") {{ groupMembers({arguments}) {{ pageInfo {{ endCursor }} }} }} }}")
    };
    let data = ann.query(&page("first: 1, sort: CREATED_ASC"), json!({})).await;
    let cursor = data["group"]["groupMembers"]["pageInfo"]["endCursor"].as_str().unwrap();
    for arguments in [
        format!("sort: CREATED_DESC, after: \"{cursor}\""),
        "after: \"bm90IG91cnM\"".to_owned(),
        "first: -1".to_owned(),
        "first: 1, last: 1".to_owned(),
    ] {
        let answer = ann.graphql(&page(&arguments), json!({})).await.json();
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
            "{arguments}: {answer}"
        );
    }
}

async fn what_may_not_be_seen_is_null_without_an_error(app: TestApp) {
    app.import(&acme(2)).await;
    let query = "{ hidden: group(fullPath: \"acme\") { name } missing: group(fullPath: \"nowhere\") { name }
                   project(fullPath: \"acme/app0\") { name } friends: group(fullPath: \"friends\") { name groupMembers { nodes { id } } } }";
    let seen = app.anonymous().query(query, json!({})).await;
    let friends = json!({"name": "friends", "groupMembers": null});
    assert_eq!(
        seen,
        json!({"hidden": null, "missing": null, "project": null, "friends": friends})
    );
}

async fn a_node_leads_back_from_its_id(app: TestApp) {
    app.import(&acme(1)).await;
    let ann = app.token("ann-api");
    let ids = "{ currentUser { id } group(fullPath: \"acme\") { id groupMembers(first: 1) { nodes { id } } }
                 project(fullPath: \"acme/app0\") { id projectMembers(first: 1, relations: [DIRECT]) { nodes { id } } } }";
    let found = ann.query(ids, json!({})).await;
    let ids = json!([
        found["currentUser"]["id"],
        found["group"]["id"],
        found["group"]["groupMembers"]["nodes"][0]["id"],
        found["project"]["id"],
        found["project"]["projectMembers"]["nodes"][0]["id"],
    ]);
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let nodes = ann.query(query, json!({"ids": ids})).await;
    let again: Vec<_> = nodes["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].clone())
        .collect();
    assert_eq!(json!(again), ids);

    let hidden = app
        .token("sven-api")
        .query(query, json!({"ids": [found["group"]["id"]]}))
        .await;
    assert_eq!(hidden, json!({"nodes": [null]}));
    let wrong = ann
        .graphql("{ user(id: \"gid://gitlab/Group/1\") { name } }", json!({}))
        .await
        .json();
    assert_eq!(wrong["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    let text = wrong["errors"][0]["message"].as_str().unwrap();
    assert!(
        text.ends_with("\"gid://gitlab/Group/1\" is not a valid ID for UserID"),
        "{text}"
    );
}

async fn hostile_documents_are_refused_and_the_next_one_is_answered(app: TestApp) {
    app.import(&acme(1)).await;
    let ann = app.token("ann-api");
    let fragment = |n: u32| format!("fragment f{n} on Query {{ ...f{0} ...f{0} }}", n + 1);
    let bomb = (0..40).map(fragment).collect::<Vec<_>>().join(" ");
    for (document, code) in [
        (
            format!("{{ a(x: {}1{}) }}", "[".repeat(10_000), "]".repeat(10_000)),
            "QUERY_TOO_COMPLEX",
        ),
        (
            format!("{}{}", "{a".repeat(10_000), "}".repeat(10_000)),
            "QUERY_TOO_COMPLEX",
        ),
        (
            format!("{{ ...f0 }} {bomb} fragment f40 on Query {{ __typename }}"),
            "QUERY_TOO_COMPLEX",
        ),
        (format!("{{ {} }}", "a: __typename ".repeat(300)), "QUERY_TOO_COMPLEX"),
        (
            format!("{{ __typename }} # {}", "x".repeat(1_000_000)),
            "QUERY_TOO_LARGE",
        ),
    ] {
        let answer = ann.graphql(&document, json!({})).await.json();
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{document:.80}");
        assert_eq!(
            ann.query("{ __typename }", json!({})).await,
            json!({"__typename": "Query"})
        );
    }
}
