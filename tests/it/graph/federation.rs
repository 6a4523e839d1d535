//! The graph as a subgraph: what a router asks for by keys costs the same for one and for many, and hides what the graph hides.

use roster::config::Introspection;
use serde_json::{Value, json};

use super::text;
use crate::support::world::{Group, World};
use crate::support::{Answer, Client, TestApp, on_both_databases};

on_both_databases!(
    entities_come_in_the_order_in_which_they_are_named,
    any_number_of_entities_costs_the_same_statements,
    entities_that_are_hidden_or_missing_are_null,
    the_fields_of_an_entity_keep_what_they_keep_elsewhere,
    a_representation_that_names_nothing_is_an_error_at_its_place,
    each_representation_is_paid_for,
    the_schema_for_a_router_is_for_those_who_may_see_the_schema,
);

const ENTITIES: &str = "query($representations: [_Any!]!) { _entities(representations: $representations) {
    __typename ... on UserCore { id username } ... on Group { id fullPath } ... on Project { id fullPath } } }";

const DEEP: &str = "query($representations: [_Any!]!) { _entities(representations: $representations) {
    ... on UserCore { groupMemberships(first: 2) { nodes { group { fullPath } } } }
    ... on Group { groupMembersCount groupMembers(first: 2) { count nodes { user { name } } } parent { name } }
    ... on Project { group { name } projectMembers(first: 2) { nodes { user { name } } } } } }";

/// Groups and projects with a member each; `hid` is not for them.
fn places(many: usize) -> Value {
    let mut world = World::new()
        .user("rex", |user| user.set("state", "blocked"))
        .group("acme", |group| group.owner("ann"))
        .group("hid", |group| group.owner("olga"))
        .group("open", Group::public)
        .project("hid/app", |project| project);
    for n in 0..many {
        world = world
            .group(&format!("acme/sub{n}"), |group| group.developer(&format!("dev{n}")))
            .project(&format!("acme/app{n}"), |project| project.reporter(&format!("rep{n}")));
    }
    world.json()
}

async fn ask(client: &Client, query: &str, representations: &Value) -> Answer {
    client
        .graphql(query, json!({ "representations": representations }))
        .await
}

async fn entities(client: &Client, representations: Value) -> Value {
    let answer = ask(client, ENTITIES, &representations).await.json();
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["_entities"].clone()
}

fn by(kind: &str, key: &str, value: &str) -> Value {
    json!({"__typename": kind, key: value})
}

async fn entities_come_in_the_order_in_which_they_are_named(app: TestApp) {
    app.import(&places(1)).await;
    let ann = app.token("ann-api");
    let found = entities(
        &ann,
        json!([
            by("Project", "fullPath", "acme/APP0"),
            by("Group", "fullPath", "acme/sub0"),
            by("UserCore", "username", "DEV0"),
            by("Group", "fullPath", "acme"),
        ]),
    )
    .await;
    let id = |at: usize| text(&found[at]["id"]);
    let expected = json!([
        {"__typename": "Project", "id": id(0), "fullPath": "acme/app0"},
        {"__typename": "Group", "id": id(1), "fullPath": "acme/sub0"},
        {"__typename": "UserCore", "id": id(2), "username": "dev0"},
        {"__typename": "Group", "id": id(3), "fullPath": "acme"},
    ]);
    assert_eq!(found, expected);

    let turned = json!([
        by("UserCore", "id", &id(2)),
        by("Group", "id", &id(3)),
        by("Project", "id", &id(0)),
        by("Group", "id", &id(1)),
        by("Group", "id", &id(3)),
    ]);
    let again = entities(&ann, turned).await;
    let expected: Value = [2, 3, 0, 1, 3].map(|at: usize| expected[at].clone()).to_vec().into();
    assert_eq!(again, expected);
}

async fn any_number_of_entities_costs_the_same_statements(app: TestApp) {
    app.import(&places(50)).await;
    let root = app.token("root-api");
    let kinds = [
        ("UserCore", "username", "dev"),
        ("Group", "fullPath", "acme/sub"),
        ("Project", "fullPath", "acme/app"),
    ];
    let mut mixed = Vec::new();
    for (kind, key, start) in kinds {
        let all: Vec<_> = (0..50).map(|n| by(kind, key, &format!("{start}{n}"))).collect();
        let found = entities(&root, json!(all)).await;
        let ids: Vec<_> = found
            .as_array()
            .unwrap()
            .iter()
            .map(|found| by(kind, "id", &text(&found["id"])))
            .collect();
        assert_eq!(ids.len(), 50);
        for named in [all, ids] {
            let one = ask(&root, DEEP, &json!(named[..1])).await;
            let many = ask(&root, DEEP, &json!(named)).await;
            assert!(many.json().get("errors").is_none(), "{}", many.text());
            assert_eq!(one.statements, many.statements, "{kind}");
            mixed.extend(named);
        }
    }
    // One of each kind by each key, and fifty of each.
    let few: Vec<_> = mixed.iter().step_by(50).cloned().collect();
    assert_eq!(few.len(), 6);
    let few = ask(&root, ENTITIES, &json!(few)).await;
    let many = ask(&root, ENTITIES, &json!(mixed)).await;
    assert_eq!(many.json()["data"]["_entities"].as_array().map(Vec::len), Some(300));
    assert_eq!(few.statements, many.statements);
}

async fn entities_that_are_hidden_or_missing_are_null(app: TestApp) {
    app.import(&places(1)).await;
    let named = json!([
        by("Group", "fullPath", "hid"),
        by("Project", "fullPath", "hid/app"),
        by("Group", "fullPath", "nowhere"),
        by("Group", "id", "gid://gitlab/Group/999999"),
        by("UserCore", "username", "nobody"),
        by("UserCore", "username", "rex"),
        by("Group", "fullPath", "acme/app0"),
        by("Group", "fullPath", "open"),
    ]);
    let ann = entities(&app.token("ann-api"), named.clone()).await;
    assert_eq!(ann.as_array().unwrap()[..7], vec![Value::Null; 7], "{ann}");
    assert_eq!(ann[7]["fullPath"], "open");
    let olga = entities(&app.token("olga-api"), named.clone()).await;
    assert_eq!(olga[0]["fullPath"], "hid", "{olga}");
    assert_eq!(olga[1]["fullPath"], "hid/app", "{olga}");

    // By number and name users are as `user` shows them; neither it nor `node` tells anonymous callers who has a number.
    let user = by("UserCore", "id", "gid://gitlab/User/1");
    let nobody = app.anonymous();
    assert_eq!(entities(&nobody, json!([user.clone()])).await, json!([null]));
    let node = "{ node(id: \"gid://gitlab/User/1\") { id } user(id: \"gid://gitlab/User/1\") { id } }";
    assert_eq!(nobody.query(node, json!({})).await, json!({"node": null, "user": null}));
    assert_eq!(
        entities(&app.token("ann-api"), json!([user])).await[0]["username"],
        "root"
    );
}

async fn the_fields_of_an_entity_keep_what_they_keep_elsewhere(app: TestApp) {
    app.import(&places(1)).await;
    let query = "query($representations: [_Any!]!) { _entities(representations: $representations) {
        ... on Group { fullPath groupMembers { count } billableMembersCount invitations { count } auditEvents { count } }
        ... on UserCore { username groupMemberships { count } } } }";
    let named = json!([by("Group", "fullPath", "acme"), by("UserCore", "username", "ann")]);
    let seen = |client: Client| async move {
        let answer = ask(
            &client,
            query,
            &json!([by("Group", "fullPath", "acme"), by("UserCore", "username", "ann")]),
        )
        .await;
        answer.json()["data"]["_entities"].clone()
    };
    let nothing = json!([null, {"username": "ann", "groupMemberships": null}]);
    assert_eq!(seen(app.anonymous()).await, nothing, "{named}");
    let of_a_project = json!([
        {"fullPath": "acme", "groupMembers": null, "billableMembersCount": null, "invitations": null, "auditEvents": null},
        {"username": "ann", "groupMemberships": {"count": 0}},
    ]);
    assert_eq!(seen(app.token("rep0-api")).await, of_a_project);
}

async fn a_representation_that_names_nothing_is_an_error_at_its_place(app: TestApp) {
    app.import(&places(1)).await;
    let ann = app.token("ann-api");
    let bad = [
        (json!("acme"), "Invalid representation: it is no object"),
        (
            json!({"id": "gid://gitlab/Group/1"}),
            "Invalid representation: it has no __typename",
        ),
        (
            by("Issue", "id", "gid://gitlab/Issue/1"),
            "Invalid representation: \"Issue\" is no entity",
        ),
        (
            json!({"__typename": "Group"}),
            "Invalid representation: a Group needs its id or fullPath, as a text",
        ),
        (
            by("Group", "id", "gid://gitlab/User/1"),
            "\"gid://gitlab/User/1\" is not a valid ID for GroupID",
        ),
    ];
    for (representation, fault) in bad {
        let named = json!([by("Group", "fullPath", "acme"), representation]);
        let answer = ask(&ann, ENTITIES, &named).await.json();
        let found = &answer["data"]["_entities"];
        assert_eq!(
            (&found[0]["fullPath"], &found[1]),
            (&json!("acme"), &Value::Null),
            "{answer}"
        );
        assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1), "{answer}");
        let error = &answer["errors"][0];
        assert_eq!(error["message"], fault);
        assert_eq!(error["path"], json!(["_entities", 1]));
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
    }
}

async fn each_representation_is_paid_for(app: TestApp) {
    app.import(&places(1)).await;
    let ann = app.token("ann-api");
    let query = "query($representations: [_Any!]!) { _entities(representations: $representations) {
        ... on Group { id fullPath groupMembers(first: 100) { nodes { id } } } } }";
    let cost = async |many: usize| {
        let named = json!(vec![by("Group", "fullPath", "acme"); many]);
        let answer = ask(&ann, query, &named).await.json();
        (
            answer["extensions"]["cost"]["requested"].as_u64().unwrap(),
            answer["errors"][0]["message"].clone(),
        )
    };
    // A point for the list, a tenth an item, and the 7 points inside × (1 + items ÷ 100), rounded up: 1.1 + 8 and 11 + 14.
    assert_eq!(cost(1).await, (10, Value::Null));
    assert_eq!(cost(100).await, (25, Value::Null));
    let (_, refused) = cost(501).await;
    assert_eq!(
        refused,
        "Query could return 50601 rows, which exceeds max rows of 50000"
    );
}

async fn the_schema_for_a_router_is_for_those_who_may_see_the_schema(app: TestApp) {
    let query = "{ _service { sdl } }";
    let told = app.anonymous().query(query, json!({})).await;
    assert_eq!(told["_service"]["sdl"], roster::graphql::federation::sdl());
    for mode in [Introspection::Off, Introspection::Authenticated] {
        let closed = app.with_rate_limits(|settings| settings.graphql_introspection = mode);
        let answer = closed.anonymous().graphql(query, json!({})).await.json();
        assert_eq!(
            answer["errors"][0]["message"], "GraphQL introspection is not allowed",
            "{answer}"
        );
    }
}
