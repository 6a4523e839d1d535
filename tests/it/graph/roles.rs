//! Custom roles in the graph.

use serde_json::{Value, json};

use super::{MAKE_ROLE, REMOVE_ROLE, count, done, traces};
use crate::support::world::World;
use crate::support::{Client, TestApp, level, on_both_databases};

on_both_databases!(
    a_role_is_made_seen_and_removed,
    permissions_are_taken_in_any_case_and_shown_in_one_order,
    roles_are_seen_by_owners_of_the_top_level_group,
    a_role_is_seen_with_the_membership_that_has_it,
    every_list_of_roles_is_walked_from_both_ends,
    roles_of_many_groups_cost_the_same_as_of_one,
    a_role_is_made_once_under_a_key,
    rest_and_the_graph_make_the_same_role,
);

fn place() -> World {
    World::new()
        .user("sid", |user| user)
        .group("acme", |group| {
            let group = group.owner("ann").maintainer("mia");
            group.member("gus", level::GUEST, |row| row.with_role("Delta"))
        })
        .group("acme/sub", |group| group.owner("olga"))
        .group("cafe", |group| group.public().owner("ann"))
        .group("other", |group| group.owner("otto"))
        .role("acme", "Delta", level::GUEST)
        .role("acme", "alpha", level::GUEST)
        .role("acme", "Charlie", level::REPORTER)
        .role("acme", "bravo", level::GUEST)
        .role("cafe", "Echo", level::GUEST)
        .role("other", "Foxtrot", level::GUEST)
}

fn by(app: &TestApp, name: &str) -> Client {
    match name {
        "nobody" => app.anonymous(),
        name => app.token(&format!("{name}-api")),
    }
}

fn gid(number: i64) -> String {
    format!("gid://gitlab/MemberRole/{number}")
}

fn names(list: &Value) -> Value {
    match list["nodes"].as_array() {
        Some(nodes) => nodes.iter().map(|node| node["name"].clone()).collect(),
        None => Value::Null,
    }
}

async fn a_role_is_made_seen_and_removed(app: TestApp) {
    app.import(&place().json()).await;
    let ann = by(&app, "ann");
    let input = json!({
        "clientMutationId": "one", "groupPath": "ACME", "name": "Auditor", "description": "Looks on",
        "baseAccessLevel": "REPORTER", "permissions": ["read_runners", "read_code"],
    });
    let told = done(&ann, MAKE_ROLE, input).await;
    assert_eq!(
        (&told["clientMutationId"], &told["errors"], &told["userErrors"]),
        (&json!("one"), &json!([]), &json!([]))
    );
    let role = told["memberRole"].clone();
    assert_eq!(
        role,
        json!({
            "id": role["id"], "name": "Auditor", "description": "Looks on", "permissions": ["read_code", "read_runners"],
            "baseAccessLevel": {"stringValue": "REPORTER"}, "createdAt": "2026-11-21T12:00:00.000Z", "group": {"fullPath": "acme"},
        })
    );
    let query = "query($id: MemberRoleID!, $node: ID!) {
        memberRole(id: $id) { name } node(id: $node) { ... on MemberRole { name } }
        memberRoles(ids: [$id]) { count nodes { name } }
        group(fullPath: \"acme\") { memberRoles(id: $id) { count nodes { name } } } }";
    let variables = json!({"id": role["id"], "node": role["id"]});
    let one = json!({"count": 1, "nodes": [{"name": "Auditor"}]});
    assert_eq!(
        ann.query(query, variables.clone()).await,
        json!({"memberRole": {"name": "Auditor"}, "node": {"name": "Auditor"}, "memberRoles": one, "group": {"memberRoles": one}})
    );
    let told = done(&ann, REMOVE_ROLE, json!({"id": role["id"], "clientMutationId": "two"})).await;
    assert_eq!(
        told,
        json!({
            "clientMutationId": "two", "errors": [], "userErrors": [],
            "memberRole": {"id": role["id"], "name": "Auditor", "permissions": ["read_code", "read_runners"]},
        })
    );
    let none = json!({"count": 0, "nodes": []});
    assert_eq!(
        ann.query(query, variables).await,
        json!({"memberRole": null, "node": null, "memberRoles": none, "group": {"memberRoles": none}})
    );
}

async fn permissions_are_taken_in_any_case_and_shown_in_one_order(app: TestApp) {
    app.import(&place().json()).await;
    let input = json!({
        "groupPath": "cafe", "baseAccessLevel": "MINIMAL_ACCESS",
        "permissions": ["REMOVE_PROJECT", "read_everything", "Admin_Runners", "remove_project"],
    });
    let told = done(&by(&app, "root"), MAKE_ROLE, input).await;
    let role = &told["memberRole"];
    assert_eq!(
        (&role["name"], &role["description"], &role["permissions"]),
        (
            &json!("Minimal Access - custom"),
            &json!(null),
            &json!(["admin_runners", "remove_project"])
        )
    );
}

async fn roles_are_seen_by_owners_of_the_top_level_group(app: TestApp) {
    app.import(&place().json()).await;
    let query = "query($path: ID!) { group(fullPath: $path) { memberRoles { count nodes { name } } } }";
    let acme = json!(["alpha", "bravo", "Charlie", "Delta"]);
    for (who, path, expected) in [
        ("ann", "acme", acme.clone()),
        ("root", "acme", acme.clone()),
        // Those that may be given there.
        ("ann", "acme/sub", acme.clone()),
        ("root", "acme/sub", acme),
        ("olga", "acme/sub", json!([])),
        ("mia", "acme", json!(null)),
        ("gus", "acme", json!(null)),
        ("mia", "acme/sub", json!(null)),
        ("sid", "cafe", json!(null)),
        ("nobody", "cafe", json!(null)),
        ("otto", "other", json!(["Foxtrot"])),
    ] {
        let found = by(&app, who).query(query, json!({ "path": path })).await;
        let list = &found["group"]["memberRoles"];
        assert_eq!(names(list), expected, "{who} {path}");
        assert_eq!(
            list["count"].as_u64(),
            expected.as_array().map(|rows| rows.len() as u64),
            "{who} {path}"
        );
    }
    let query = "query($ids: [MemberRoleID!], $id: MemberRoleID!) { memberRoles(ids: $ids) { count nodes { name } } memberRole(id: $id) { name } }";
    for (who, all, delta) in [
        (
            "ann",
            json!(["alpha", "bravo", "Charlie", "Delta", "Echo"]),
            json!({"name": "Delta"}),
        ),
        (
            "root",
            json!(["alpha", "bravo", "Charlie", "Delta", "Echo", "Foxtrot"]),
            json!({"name": "Delta"}),
        ),
        ("otto", json!(["Foxtrot"]), json!(null)),
        ("olga", json!([]), json!(null)),
        ("gus", json!([]), json!(null)),
        ("nobody", json!([]), json!(null)),
    ] {
        let client = by(&app, who);
        let found = client.query(query, json!({"ids": null, "id": gid(3001)})).await;
        assert_eq!(
            (names(&found["memberRoles"]), found["memberRole"].clone()),
            (all.clone(), delta.clone()),
            "{who}"
        );
        let found = client
            .query(query, json!({"ids": [gid(3001), gid(77)], "id": gid(3001)}))
            .await;
        let expected = if delta.is_null() { json!([]) } else { json!(["Delta"]) };
        assert_eq!(names(&found["memberRoles"]), expected, "{who}");
    }
}

async fn a_role_is_seen_with_the_membership_that_has_it(app: TestApp) {
    app.import(&place().json()).await;
    let query = "{ group(fullPath: \"acme\") { groupMembers(search: \"gus\") { nodes {
        memberRole { name permissions group { fullPath } } accessLevel { integerValue memberRole { name } } } } } }";
    let role = json!({"name": "Delta", "permissions": ["read_code"], "group": {"fullPath": "acme"}});
    for who in ["gus", "mia", "ann", "root"] {
        let found = by(&app, who).query(query, json!({})).await;
        let member = &found["group"]["groupMembers"]["nodes"][0];
        assert_eq!(
            member,
            &json!({"memberRole": role, "accessLevel": {"integerValue": 10, "memberRole": {"name": "Delta"}}}),
            "{who}"
        );
    }
}

async fn every_list_of_roles_is_walked_from_both_ends(app: TestApp) {
    app.import(&place().json()).await;
    let ann = by(&app, "ann");
    let own = "query($first: Int, $after: String, $last: Int, $before: String) {
        list: memberRoles(first: $first, after: $after, last: $last, before: $before) { nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
    let of_group = "query($first: Int, $after: String, $last: Int, $before: String) { group(fullPath: \"acme\") {
        list: memberRoles(first: $first, after: $after, last: $last, before: $before) { nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";
    for (query, expected) in [
        (own, vec!["alpha", "bravo", "Charlie", "Delta", "Echo"]),
        (of_group, vec!["alpha", "bravo", "Charlie", "Delta"]),
    ] {
        for (size, cursor, from, more, backward) in [
            ("first", "after", "endCursor", "hasNextPage", false),
            ("last", "before", "startCursor", "hasPreviousPage", true),
        ] {
            let (mut seen, mut place) = (Vec::new(), Value::Null);
            for page in 0.. {
                assert!(page < 4, "the walk ends");
                let found = ann.query(query, json!({size: 2, cursor: place})).await;
                let list = if found["list"].is_null() {
                    &found["group"]["list"]
                } else {
                    &found["list"]
                };
                let page: Vec<String> = names(list).as_array().unwrap().iter().map(super::text).collect();
                seen = if backward {
                    [page, seen].concat()
                } else {
                    [seen, page].concat()
                };
                place = list["pageInfo"][from].clone();
                if list["pageInfo"][more] == false {
                    break;
                }
            }
            assert_eq!(seen, expected, "{size}");
        }
    }
}

async fn roles_of_many_groups_cost_the_same_as_of_one(app: TestApp) {
    app.import(&place().json()).await;
    let query = "query($ids: [ID!]) { groups(ids: $ids) { nodes { memberRoles { nodes { name group { name } } } } } }";
    let root = by(&app, "root");
    let one = root.graphql(query, json!({"ids": ["1001"]})).await.expect(200);
    let many = root
        .graphql(query, json!({"ids": ["1001", "1002", "1003", "1004"]}))
        .await
        .expect(200);
    assert_eq!(many.json()["data"]["groups"]["nodes"].as_array().map(Vec::len), Some(4));
    assert_eq!(one.statements, many.statements);
}

async fn a_role_is_made_once_under_a_key(app: TestApp) {
    app.import(&place().json()).await;
    let document =
        "mutation($input: MemberRoleCreateInput!) { done: memberRoleCreate(input: $input) @idempotent(key: \"once\") {
        errors memberRole { id name } } }";
    let input = json!({"groupPath": "cafe", "baseAccessLevel": "GUEST", "permissions": ["read_code"]});
    let first = done(&by(&app, "ann"), document, input.clone()).await;
    let before = traces(&app).await;
    assert_eq!(done(&by(&app, "ann"), document, input).await, first);
    assert_eq!(traces(&app).await, before);
    assert_eq!(count(&app, "member_roles").await, 7);
}

async fn rest_and_the_graph_make_the_same_role(app: TestApp) {
    app.import(&place().json()).await;
    let ann = by(&app, "ann");
    let input = json!({"groupPath": "cafe", "name": "Graph", "description": "", "baseAccessLevel": "GUEST", "permissions": ["read_code", "remove_group"]});
    done(&ann, MAKE_ROLE, input).await;
    let body =
        json!({"name": "Rest", "description": "", "base_access_level": 10, "read_code": true, "remove_group": true});
    ann.post("/groups/cafe/member_roles", &body).await.expect(201);
    let roles = ann.get("/groups/cafe/member_roles").await.expect(200).json();
    let plain = |place: usize| {
        let mut role = roles[place].clone();
        (role["id"], role["name"]) = (json!(null), json!(null));
        role
    };
    assert_eq!(
        (&roles[1]["name"], &roles[2]["name"]),
        (&json!("Graph"), &json!("Rest"))
    );
    assert_eq!(plain(1), plain(2));
}
