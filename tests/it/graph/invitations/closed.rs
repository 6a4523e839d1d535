//! Whoever is invited is told where to, and nothing else of a place that they do not see. Every field of the schema is tried, so that one to come opens
//! nothing either.

use serde_json::{Value, json};

use super::{offered, world};
use crate::graph::user_id;
use crate::support::world::Group;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(a_place_that_one_is_invited_to_tells_nothing_but_where_it_is);

/// What whoever has the mail knows anyway: which place it is, and that it is closed.
const KNOWN: [&str; 8] = [
    "id",
    "fullPath",
    "fullName",
    "name",
    "nameWithNamespace",
    "path",
    "webUrl",
    "visibility",
];

async fn a_place_that_one_is_invited_to_tells_nothing_but_where_it_is(app: TestApp) {
    let full = |group: Group| {
        let group = group.owner("ann").developer("dan").requested_by("newt", |row| row);
        offered(group.shared_with("open", level::DEVELOPER), |row| row)
    };
    let world = world()
        .group("open", |group| group.public().owner("lin"))
        .group("club", |group| {
            full(group)
                .set("description", "secret")
                .set("seats", json!({"cap": 9}))
                .set("saml_provider_id", 7)
        })
        .group("club/sub", |group| group.guest("dan"))
        .group("synced2", |group| {
            let link = json!([{"provider": "main", "cn": "all", "access_level": 30}]);
            group
                .set("ldap_links", link)
                .owner("ann")
                .invited("nora@example.com", level::GUEST, |row| row)
        })
        .project("club/app", |project| project.guest("dan"))
        .group("den", |group| group.owner("ann"))
        .project("den/app", |project| {
            let project = project
                .owner("ann")
                .developer("dan")
                .requested_by("newt", |row| row)
                .shared_with("open", level::DEVELOPER);
            project.invited("nora@example.com", level::DEVELOPER, |row| {
                row.set("token", "app-4Jq_0-x")
            })
        })
        .role("club", "Reader", level::GUEST);
    app.import(&world.json()).await;
    let ann = user_id(&app, "ann").await;
    let nora = app.token("nora-api");
    for (kind, places) in [("Group", 2), ("Project", 1)] {
        for field in fields(&app, kind).await {
            let (name, arguments) = (field["name"].as_str().unwrap(), arguments(&field, &ann));
            let query = format!(
                "{{ currentUser {{ invitations {{ nodes {{ source {{ ... on {kind} {{ asked: {name}{arguments}{} }} }} }} }} }} }}",
                selection(&app, &field["type"]).await
            );
            let found = nora.query(&query, json!({})).await;
            let nodes = found["currentUser"]["invitations"]["nodes"].as_array().unwrap().iter();
            let told: Vec<_> = nodes.filter_map(|node| node["source"].get("asked")).collect();
            assert_eq!(told.len(), places, "{kind}.{name}");
            for told in told {
                assert_eq!(!says_nothing(told), KNOWN.contains(&name), "{kind}.{name}: {told}");
            }
        }
    }
}

/// Null, nobody, none; levels have words for it.
fn says_nothing(told: &Value) -> bool {
    match told {
        Value::Null | Value::Bool(false) => true,
        Value::String(word) => ["NO_ACCESS", "No access"].contains(&word.as_str()),
        Value::Number(number) => number.as_i64() == Some(0),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.values().all(says_nothing),
        Value::Bool(true) => false,
    }
}

async fn fields(app: &TestApp, kind: &str) -> Vec<Value> {
    let query = "query($kind: String!) { __type(name: $kind) { fields { name args { name defaultValue type { kind } }
        type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } }";
    let found = app.admin().query(query, json!({ "kind": kind })).await;
    let fields = found["__type"]["fields"].as_array().expect("fields").clone();
    assert!(fields.len() > 10, "{kind}");
    fields
}

/// Values for the arguments that must be there.
fn arguments(field: &Value, user: &str) -> String {
    let needed = field["args"].as_array().unwrap().iter();
    let needed = needed.filter(|argument| argument["type"]["kind"] == "NON_NULL" && argument["defaultValue"].is_null());
    let given: Vec<_> = needed
        .map(|argument| match argument["name"].as_str().unwrap() {
            "userId" => format!("userId: \"{user}\""),
            "role" => "role: DEVELOPER".to_owned(),
            "changes" => format!("changes: [{{removeUserId: \"{user}\"}}]"),
            other => panic!("say here what to give for {other} of {}", field["name"]),
        })
        .collect();
    if given.is_empty() {
        String::new()
    } else {
        format!("({})", given.join(", "))
    }
}

/// What to select of the type: of a list its rows and their number, of a thing its fields that are no things themselves.
async fn selection(app: &TestApp, of: &Value) -> String {
    let mut of = of;
    while !of["ofType"].is_null() {
        of = &of["ofType"];
    }
    if !["OBJECT", "INTERFACE", "UNION"].contains(&of["kind"].as_str().unwrap()) {
        return String::new();
    }
    let name = of["name"].as_str().unwrap();
    if name.ends_with("Connection") {
        return " { count nodes { __typename } }".to_owned();
    }
    let plain: Vec<_> = fields_of(app, name).await;
    format!(" {{ {} }}", plain.join(" "))
}

async fn fields_of(app: &TestApp, name: &str) -> Vec<String> {
    let query =
        "query($name: String!) { __type(name: $name) { fields { name args { name } type { kind ofType { kind } } } } }";
    let found = app.admin().query(query, json!({ "name": name })).await;
    let fields = found["__type"]["fields"].as_array().expect("fields").iter();
    let is_plain = |field: &&Value| {
        let kind = if field["type"]["kind"] == "NON_NULL" {
            &field["type"]["ofType"]["kind"]
        } else {
            &field["type"]["kind"]
        };
        field["args"].as_array().is_some_and(Vec::is_empty) && (kind == "SCALAR" || kind == "ENUM")
    };
    let plain: Vec<_> = fields
        .filter(is_plain)
        .map(|field| field["name"].as_str().unwrap().to_owned())
        .collect();
    assert!(!plain.is_empty(), "{name}");
    plain
}
