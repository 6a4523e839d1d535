//! Groups and projects made, changed and removed through the graph.

use serde_json::{Value, json};

use super::{done, faults, number, place, refused, source_id, traces};
use crate::support::{Client, TestApp, on_both_databases};

on_both_databases!(
    a_group_is_made_changed_and_removed,
    a_project_is_made_changed_and_removed,
    each_fault_of_a_group_has_its_code_and_place,
    each_fault_of_a_project_has_its_code_and_place,
    who_has_no_right_to_a_place_is_told_nothing,
    a_project_goes_where_one_may_and_nowhere_else,
    a_key_makes_one_group,
);

pub(crate) const MAKE_GROUP: &str = "mutation($input: GroupCreateInput!) { done: groupCreate(input: $input) {
    clientMutationId errors userErrors { code message path }
    group { id fullPath fullName name path visibility parent { fullPath } maxAccessLevel { stringValue }
            groupMembers(relations: [DIRECT]) { nodes { user { username } accessLevel { stringValue } } } } } }";

pub(crate) const CHANGE_GROUP: &str = "mutation($input: GroupUpdateInput!) { done: groupUpdate(input: $input) {
    clientMutationId errors userErrors { code message path } group { fullPath fullName visibility } } }";

pub(crate) const REMOVE_GROUP: &str = "mutation($input: GroupDeleteInput!) { done: groupDelete(input: $input) {
    clientMutationId errors userErrors { code message path } group { fullPath name groupMembersCount } } }";

pub(crate) const MAKE_PROJECT: &str = "mutation($input: ProjectCreateInput!) { done: projectCreate(input: $input) {
    clientMutationId errors userErrors { code message path }
    project { id fullPath name nameWithNamespace visibility group { fullPath } maxAccessLevel { stringValue } } } }";

pub(crate) const CHANGE_PROJECT: &str = "mutation($input: ProjectUpdateInput!) { done: projectUpdate(input: $input) {
    clientMutationId errors userErrors { code message path } project { fullPath nameWithNamespace visibility } } }";

pub(crate) const REMOVE_PROJECT: &str = "mutation($input: ProjectDeleteInput!) { done: projectDelete(input: $input) {
    clientMutationId errors userErrors { code message path } project { fullPath name } } }";

fn by(app: &TestApp, who: &str) -> Client {
    app.token(&format!("{who}-api"))
}

fn well(told: &Value, mutation: &str) {
    assert_eq!(
        (&told["clientMutationId"], &told["errors"], &told["userErrors"]),
        (&json!(mutation), &json!([]), &json!([]))
    );
}

async fn a_group_is_made_changed_and_removed(app: TestApp) {
    app.import(&place().json()).await;
    let newt = by(&app, "newt");
    let told = done(
        &newt,
        MAKE_GROUP,
        json!({"clientMutationId": "1", "name": "New", "path": "new", "visibility": "public"}),
    )
    .await;
    well(&told, "1");
    let id = told["group"]["id"].clone();
    assert_eq!(
        told["group"],
        json!({
            "id": id, "fullPath": "new", "fullName": "New", "name": "New", "path": "new", "visibility": "public", "parent": null,
            "maxAccessLevel": {"stringValue": "OWNER"},
            "groupMembers": {"nodes": [{"user": {"username": "newt"}, "accessLevel": {"stringValue": "OWNER"}}]},
        })
    );
    let below = json!({"clientMutationId": "2", "name": "Below", "path": "below", "parentId": id, "description": "x"});
    let told = done(&newt, MAKE_GROUP, below).await;
    well(&told, "2");
    assert_eq!(
        (&told["group"]["parent"]["fullPath"], &told["group"]["visibility"]),
        (&json!("new"), &json!("private"))
    );

    let change = json!({
        "clientMutationId": "3", "fullPath": "NEW", "name": "Old", "path": "old", "description": "y", "shareWithGroupLock": true,
        "membershipLock": true, "requestAccessEnabled": false, "preventSharingGroupsOutsideHierarchy": true,
        "allowedEmailDomains": [" a.example", "", "b.example"],
    });
    let told = done(&newt, CHANGE_GROUP, change).await;
    well(&told, "3");
    assert_eq!(
        told["group"],
        json!({"fullPath": "old", "fullName": "Old", "visibility": "public"})
    );
    let rest = newt.get("/groups/old%2Fbelow").await.expect(200).json();
    assert_eq!(rest["full_name"], "Old / Below");
    let rest = newt.get("/groups/old").await.expect(200).json();
    for (key, value) in [
        ("description", json!("y")),
        ("share_with_group_lock", json!(true)),
        ("membership_lock", json!(true)),
        ("request_access_enabled", json!(false)),
        ("prevent_sharing_groups_outside_hierarchy", json!(true)),
        ("allowed_email_domains_list", json!("a.example,b.example")),
    ] {
        assert_eq!(rest[key], value, "{key}");
    }
    // Nothing to change is nothing wrong.
    let told = done(&newt, CHANGE_GROUP, json!({"clientMutationId": "4", "fullPath": "old"})).await;
    well(&told, "4");

    let told = done(&newt, REMOVE_GROUP, json!({"clientMutationId": "5", "fullPath": "Old"})).await;
    well(&told, "5");
    assert_eq!(
        told["group"],
        json!({"fullPath": "old", "name": "Old", "groupMembersCount": 0})
    );
    let query = "{ group(fullPath: \"old\") { id } below: group(fullPath: \"old/below\") { id } }";
    assert_eq!(
        app.admin().query(query, json!({})).await,
        json!({"group": null, "below": null})
    );
}

async fn a_project_is_made_changed_and_removed(app: TestApp) {
    app.import(&place().json()).await;
    let dan = by(&app, "dan");
    let input = json!({"clientMutationId": "1", "name": "My Tool", "namespacePath": "ACME", "description": "x"});
    let told = done(&dan, MAKE_PROJECT, input).await;
    well(&told, "1");
    let id = told["project"]["id"].clone();
    assert_eq!(
        told["project"],
        json!({
            "id": id, "fullPath": "acme/my-tool", "name": "My Tool", "nameWithNamespace": "acme / My Tool", "visibility": "private",
            "group": {"fullPath": "acme"}, "maxAccessLevel": {"stringValue": "DEVELOPER"},
        })
    );
    for namespace in [Value::Null, json!("dan")] {
        let path = format!("own-{}", namespace.as_str().unwrap_or_default().len());
        let input = json!({"path": path, "namespacePath": namespace, "visibility": "public"});
        let told = done(&dan, MAKE_PROJECT, input).await;
        assert_eq!(told["project"]["fullPath"], format!("dan/{path}"), "{told}");
        assert_eq!(told["project"]["maxAccessLevel"]["stringValue"], "OWNER");
    }
    let change = json!({"clientMutationId": "2", "fullPath": "acme/MY-tool", "name": "Tool", "path": "tool", "requestAccessEnabled": false});
    let told = done(&by(&app, "mia"), CHANGE_PROJECT, change).await;
    well(&told, "2");
    assert_eq!(
        told["project"],
        json!({"fullPath": "acme/tool", "nameWithNamespace": "acme / Tool", "visibility": "private"})
    );
    // The graph does not lead on from old paths.
    let query = "{ project(fullPath: \"acme/my-tool\") { id } }";
    assert_eq!(dan.query(query, json!({})).await, json!({"project": null}));
    assert_eq!(dan.get("/projects/acme%2Fmy-tool").await.status, 301);
    let told = done(
        &by(&app, "ann"),
        REMOVE_PROJECT,
        json!({"clientMutationId": "3", "fullPath": "acme/tool"}),
    )
    .await;
    well(&told, "3");
    assert_eq!(told["project"], json!({"fullPath": "acme/tool", "name": "Tool"}));
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM projects WHERE full_path_key = 'acme/tool'").await,
        0
    );
}

const BAD_PATH: &str = "Path can only include non-accented letters, digits, '_', '-' and '.'. It must not start with '-', '_', or '.', \
                        nor end with '-', '_', '.', '.git', or '.atom'.";

async fn each_fault_of_a_group_has_its_code_and_place(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    let acme = source_id(&app, "acme").await;
    let long = "x".repeat(256);
    for (input, expected) in [
        (
            json!({"name": "A", "path": "ACME"}),
            json!([["TAKEN", "Path has already been taken", ["path"]]]),
        ),
        (
            json!({"name": "A", "path": "dan"}),
            json!([["TAKEN", "Path has already been taken", ["path"]]]),
        ),
        (
            json!({"name": "A", "path": "x..y"}),
            json!([["INVALID", BAD_PATH, ["path"]]]),
        ),
        (
            json!({"name": "A", "path": "v2"}),
            json!([["INVALID", "Path is a reserved name", ["path"]]]),
        ),
        (
            json!({"name": "", "path": "a"}),
            json!([
                ["BLANK", "Name can't be blank", ["name"]],
                ["INVALID", "Path is too short (minimum is 2 characters)", ["path"]]
            ]),
        ),
        (
            json!({"name": long, "path": long}),
            json!([
                ["INVALID", "Name is too long (maximum is 255 characters)", ["name"]],
                ["INVALID", "Path is too long (maximum is 255 characters)", ["path"]]
            ]),
        ),
        (
            json!({"name": "tools", "path": "new", "parentId": acme}),
            json!([["TAKEN", "Name has already been taken", ["name"]]]),
        ),
        (
            json!({"name": "A", "path": "aa", "visibility": "secret"}),
            json!([["INVALID", "visibility does not have a valid value", ["visibility"]]]),
        ),
        (
            json!({"name": "A", "path": "aa", "visibility": "public", "parentId": acme}),
            json!([[
                "INVALID",
                "Visibility level public is not allowed since the parent group has a private visibility.",
                ["visibility"]
            ]]),
        ),
    ] {
        let told = done(&by(&app, "ann"), MAKE_GROUP, input.clone()).await;
        assert_eq!(faults(&told), expected, "{input}");
        assert_eq!(told["group"], json!(null));
    }
    for (path, input, expected) in [
        (
            "acme",
            json!({"path": "cafe"}),
            json!([["TAKEN", "Path has already been taken", ["path"]]]),
        ),
        (
            "acme",
            json!({"name": " "}),
            json!([["BLANK", "Name can't be blank", ["name"]]]),
        ),
        (
            "acme",
            json!({"visibility": "Public"}),
            json!([["INVALID", "visibility does not have a valid value", ["visibility"]]]),
        ),
        (
            "acme/tools",
            json!({"allowedEmailDomains": ["a.example"]}),
            json!([[
                "INVALID",
                "Allowed email domains are only permitted for top-level groups",
                ["allowedEmailDomains"]
            ]]),
        ),
    ] {
        let mut input = input;
        input["fullPath"] = json!(path);
        let told = done(&by(&app, "ann"), CHANGE_GROUP, input.clone()).await;
        assert_eq!(faults(&told), expected, "{input}");
        assert_eq!(told["group"], json!(null));
    }
    assert_eq!(traces(&app).await, before);
}

async fn each_fault_of_a_project_has_its_code_and_place(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    for (input, expected) in [
        (
            json!({}),
            json!([[
                "BLANK",
                "name, path are missing, at least one parameter must be provided",
                []
            ]]),
        ),
        (
            json!({"name": "app", "namespacePath": "acme"}),
            json!([
                ["TAKEN", "Project namespace name has already been taken", ["name"]],
                ["TAKEN", "Name has already been taken", ["name"]],
                ["TAKEN", "Path has already been taken", ["path"]]
            ]),
        ),
        (
            json!({"name": "A", "path": "tools", "namespacePath": "acme"}),
            json!([["TAKEN", "Path has already been taken", ["path"]]]),
        ),
        (
            json!({"name": "New", "namespacePath": "acme", "visibility": "internal"}),
            json!([[
                "INVALID",
                "Visibility level internal is not allowed in a private namespace.",
                ["visibility"]
            ]]),
        ),
        (
            json!({"name": "New", "visibility": ""}),
            json!([["INVALID", "visibility does not have a valid value", ["visibility"]]]),
        ),
    ] {
        let told = done(&by(&app, "ann"), MAKE_PROJECT, input.clone()).await;
        assert_eq!(faults(&told), expected, "{input}");
        assert_eq!(told["project"], json!(null));
    }
    for (input, expected) in [
        (
            json!({}),
            json!([["INVALID", "There is nothing to change", ["fullPath"]]]),
        ),
        (
            json!({"path": "LIB"}),
            json!([["TAKEN", "Path has already been taken", ["path"]]]),
        ),
        (json!({"path": ""}), json!([["BLANK", "Path can't be blank", ["path"]]])),
    ] {
        let mut input = input;
        input["fullPath"] = json!("acme/app");
        let told = done(&by(&app, "max"), CHANGE_PROJECT, input.clone()).await;
        assert_eq!(faults(&told), expected, "{input}");
    }
    assert_eq!(traces(&app).await, before);
}

async fn who_has_no_right_to_a_place_is_told_nothing(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    let acme = source_id(&app, "acme").await;
    let group = json!({"name": "A", "path": "aa"});
    let below = json!({"name": "A", "path": "aa", "parentId": acme});
    for (who, document, input) in [
        ("sven", MAKE_GROUP, group),
        ("newt", MAKE_GROUP, below.clone()),
        ("dan", MAKE_GROUP, below),
        ("mia", CHANGE_GROUP, json!({"fullPath": "acme", "name": "X"})),
        ("newt", CHANGE_GROUP, json!({"fullPath": "cafe", "name": "X"})),
        ("ann", CHANGE_GROUP, json!({"fullPath": "hid", "name": "X"})),
        ("ann", CHANGE_GROUP, json!({"fullPath": "nowhere", "path": ""})),
        ("mia", REMOVE_GROUP, json!({"fullPath": "acme"})),
        ("olga", REMOVE_GROUP, json!({"fullPath": "acme/app"})),
        ("pia", CHANGE_PROJECT, json!({"fullPath": "acme/app", "name": "X"})),
        ("newt", CHANGE_PROJECT, json!({"fullPath": "acme/app"})),
        ("max", REMOVE_PROJECT, json!({"fullPath": "acme/app"})),
        ("ann", REMOVE_PROJECT, json!({"fullPath": "acme"})),
    ] {
        let code = refused(&by(&app, who), document, input.clone()).await;
        assert_eq!(code, "RESOURCE_NOT_AVAILABLE", "{who} {input}");
    }
    assert_eq!(traces(&app).await, before);
}

/// Whether a namespace that one may not use is there is not told.
async fn a_project_goes_where_one_may_and_nowhere_else(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    for (who, namespace) in [
        ("newt", json!("acme")),
        ("newt", json!("cafe")),
        ("newt", json!("nowhere")),
        ("newt", json!("ann")),
        ("gus", json!("acme")),
        ("sven", Value::Null),
    ] {
        let input = json!({"name": "New", "namespacePath": namespace});
        let code = refused(&by(&app, who), MAKE_PROJECT, input).await;
        assert_eq!(code, "RESOURCE_NOT_AVAILABLE", "{who} {namespace}");
    }
    let code = refused(&app.anonymous(), MAKE_PROJECT, json!({"name": "New"})).await;
    assert_eq!(code, "UNAUTHENTICATED");
    let read_only = json!({"input": {"name": "New"}});
    let answer = app
        .token("rita-read")
        .graphql(MAKE_PROJECT, read_only)
        .await
        .expect(403)
        .json();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INSUFFICIENT_SCOPE");
    assert_eq!(traces(&app).await, before);
    let told = done(
        &by(&app, "dan"),
        MAKE_PROJECT,
        json!({"name": "New", "namespacePath": "acme"}),
    )
    .await;
    assert_eq!(told["project"]["fullPath"], "acme/new");
}

async fn a_key_makes_one_group(app: TestApp) {
    app.import(&place().json()).await;
    let document = "mutation($input: GroupCreateInput!) { done: groupCreate(input: $input) @idempotent(key: \"once\") {
        userErrors { code message path } group { id fullPath groupMembers { nodes { user { username } } } } } }";
    let input = json!({"name": "New", "path": "new"});
    let first = done(&by(&app, "newt"), document, input.clone()).await;
    assert_eq!(
        first["group"]["groupMembers"]["nodes"],
        json!([{"user": {"username": "newt"}}])
    );
    assert_eq!(done(&by(&app, "newt"), document, input).await, first);
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM namespaces WHERE full_path_key = 'new'").await,
        1
    );
}
