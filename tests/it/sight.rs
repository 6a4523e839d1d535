//! Who is shown the identity and the address of a member: every row of every list and every look-up, for every kind of caller, through both faces.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::world::{Group, Item, World};
use crate::support::{Client, TestApp, level, on_both_databases};

on_both_databases!(
    rest_shows_each_caller_what_is_theirs_to_see,
    the_graph_shows_each_caller_what_is_theirs_to_see,
    a_row_looked_up_alone_shows_the_same,
    what_a_change_answers_shows_the_same,
    what_an_override_answers_shows_the_same,
    members_with_an_identity_are_listed_for_who_may_see_it,
    the_enterprise_users_of_a_hierarchy_are_listed,
    looking_for_identities_costs_the_same_for_many,
);

/// Every row: the user, and the group or project that it lies on. Nobody has two rows in one hierarchy.
const ROWS: [(&str, &str, i64); 16] = [
    ("ann", "acme", level::OWNER),
    ("mia", "acme", level::MAINTAINER),
    ("eve", "acme", level::DEVELOPER),
    ("ned", "acme", level::GUEST),
    ("bob", "acme", level::GUEST),
    ("sue", "acme/sub", level::OWNER),
    ("nia", "acme/sub", level::GUEST),
    ("pat", "acme/app", level::OWNER),
    ("zoe", "acme/app", level::GUEST),
    ("bea", "beta", level::OWNER),
    ("eve", "beta", level::GUEST),
    ("bob", "beta", level::GUEST),
    ("lin", "allies", level::OWNER),
    ("ann", "plain", level::OWNER),
    ("eve", "plain", level::GUEST),
    ("bob", "plain", level::GUEST),
];

/// Whose account belongs to which top-level group.
const ENTERPRISE: [(&str, &str); 5] = [
    ("eve", "acme"),
    ("nia", "acme"),
    ("zoe", "acme"),
    ("mia", "acme"),
    ("bob", "beta"),
];

/// Who is known at the provider of which group, and how.
const IDENTITIES: [(&str, &str, &str); 5] = [
    ("eve", "acme", "ABC-1"),
    ("eve", "beta", "XYZ-1"),
    ("nia", "acme", "ABC-2"),
    ("zoe", "acme", "ABC-3"),
    ("bob", "beta", "XYZ-2"),
];

const PROVIDERS: [(&str, i64); 2] = [("acme", 10), ("beta", 11)];

/// Who owns which top-level group; the administrator everything.
const OWNERS: [(&str, &[&str]); 9] = [
    ("root", &["acme", "beta", "plain", "allies"]),
    ("ann", &["acme", "plain"]),
    // By a link at owner level.
    ("lin", &["acme", "allies"]),
    ("mia", &[]),
    ("sue", &[]),
    ("pat", &[]),
    ("eve", &[]),
    ("bea", &["beta"]),
    ("ned", &[]),
];

const GROUPS: [&str; 5] = ["acme", "acme/sub", "beta", "plain", "allies"];
const PROJECTS: [&str; 1] = ["acme/app"];

fn place() -> World {
    let mut world = World::new();
    for user in ["eve", "nia", "zoe", "mia", "bob"] {
        world = world.user(user, |item| described(user, item));
    }
    let rows = |source: Group, path: &str| {
        let own = ROWS.iter().filter(|(_, at, _)| *at == path);
        own.fold(source, |source, (user, _, level)| {
            source.member(user, *level, |row| row)
        })
    };
    world = world.group("allies", |group| rows(group, "allies"));
    for path in ["acme", "beta", "plain", "acme/sub"] {
        world = world.group(path, |group| {
            let group = match PROVIDERS.iter().find(|(at, _)| *at == path) {
                Some((_, provider)) => group.set("saml_provider_id", *provider),
                None => group,
            };
            let group = if path == "acme" {
                group.shared_with("allies", level::OWNER)
            } else {
                group
            };
            rows(group, path)
        });
    }
    world.project("acme/app", |project| rows(project, "acme/app"))
}

fn described(user: &str, item: Item) -> Item {
    let identities: Vec<Value> = IDENTITIES
        .iter()
        .filter(|(who, ..)| *who == user)
        .map(|(_, group, uid)| json!({"group": group, "extern_uid": uid}))
        .collect();
    let owner = ENTERPRISE.iter().find(|(who, _)| *who == user).map(|(_, group)| *group);
    item.set("saml_identities", identities)
        .set("enterprise_group", json!(owner))
}

/// The top-level group of a path.
fn top(path: &str) -> &str {
    path.split('/').next().unwrap()
}

fn owns(caller: &str, group: &str) -> bool {
    OWNERS
        .iter()
        .any(|(who, owned)| *who == caller && owned.contains(&group))
}

/// What of a row the caller is to be shown, as REST writes it: the keys that are there.
fn expected(caller: &str, user: &str, source: &str) -> BTreeMap<&'static str, Value> {
    let mut keys = BTreeMap::new();
    if let Some((group, provider)) = PROVIDERS.iter().find(|(group, _)| *group == source)
        && owns(caller, group)
    {
        let known = IDENTITIES.iter().find(|(who, at, _)| *who == user && at == group);
        let identity =
            known.map(|(.., uid)| json!({"provider": "group_saml", "extern_uid": uid, "saml_provider_id": provider}));
        keys.insert("group_saml_identity", json!(identity));
        keys.insert("group_scim_identity", Value::Null);
    }
    let is_of_the_house = ENTERPRISE.contains(&(user, top(source))) && owns(caller, top(source));
    if caller == "root" || is_of_the_house {
        keys.insert("email", json!(format!("{user}@example.com")));
    }
    keys
}

/// The same as the graph writes it: what is not shown is null.
fn in_the_graph(caller: &str, user: &str, source: &str, is_group: bool) -> Value {
    let mut keys = expected(caller, user, source);
    let mut row = json!({"notificationEmail": keys.remove("email")});
    if is_group {
        let identity = keys.remove("group_saml_identity").unwrap_or_default();
        let identity = identity.as_object().map(|known| {
            let provider = known["saml_provider_id"].to_string();
            json!({"provider": known["provider"], "externUid": known["extern_uid"], "samlProviderId": provider})
        });
        row["groupSamlIdentity"] = json!(identity);
        row["groupScimIdentity"] = Value::Null;
    }
    row
}

/// The keys of an entry that only some are shown.
fn shown(entry: &Value) -> BTreeMap<&'static str, Value> {
    let keys = ["email", "group_saml_identity", "group_scim_identity"].into_iter();
    keys.filter_map(|key| Some((key, entry.get(key)?.clone()))).collect()
}

fn by(app: &TestApp, caller: &str) -> Client {
    app.token(&format!("{caller}-api"))
}

/// The row by which somebody is in a list: of the asked one, of what lies above it, or of the group that this is shared with.
fn source_of(user: &str, asked: &str) -> &'static str {
    let leads = |source: &str| {
        asked == source || asked.starts_with(&format!("{source}/")) || (source == "allies" && top(asked) == "acme")
    };
    let row = ROWS.iter().find(|(who, source, _)| *who == user && leads(source));
    row.unwrap_or_else(|| panic!("{user} in {asked}")).1
}

/// `/groups/acme%2Fsub`
fn at(path: &str) -> String {
    let kind = if PROJECTS.contains(&path) { "projects" } else { "groups" };
    format!("/{kind}/{}", path.replace('/', "%2F"))
}

async fn rest_shows_each_caller_what_is_theirs_to_see(app: TestApp) {
    app.import(&place().json()).await;
    let mut seen = 0;
    for (caller, _) in OWNERS {
        let client = by(&app, caller);
        for path in GROUPS.into_iter().chain(PROJECTS) {
            for list in ["members", "members/all"] {
                let answer = client.get(&format!("{}/{list}?per_page=100", at(path))).await;
                if answer.status != 200 {
                    continue;
                }
                for entry in answer.json().as_array().unwrap() {
                    let user = entry["username"].as_str().unwrap();
                    let wanted = expected(caller, user, source_of(user, path));
                    assert_eq!(shown(entry), wanted, "{caller} sees {user} in {list} of {path}");
                    let one = client
                        .get(&format!("{}/{list}/{}", at(path), entry["id"]))
                        .await
                        .expect(200)
                        .json();
                    assert_eq!(shown(&one), wanted, "{caller} asks for {user} in {list} of {path}");
                    seen += usize::from(!wanted.is_empty());
                }
            }
        }
    }
    assert!(seen > 60, "{seen}");
}

const OF_GROUP: &str = "... on GroupMember { user { username } notificationEmail groupScimIdentity { externUid }
    groupSamlIdentity { provider externUid samlProviderId } }";

const OF_PROJECT: &str = "... on ProjectMember { user { username } notificationEmail }";

/// User and place of a node, and what it shows.
fn node(node: &Value) -> (String, Value) {
    let mut node = node.clone();
    let user = node["user"]["username"].as_str().unwrap().to_owned();
    node.as_object_mut().unwrap().remove("user");
    (user, node)
}

async fn the_graph_shows_each_caller_what_is_theirs_to_see(app: TestApp) {
    app.import(&place().json()).await;
    let query = format!(
        "query($path: ID!) {{ namespace(fullPath: $path) {{
           ... on Group {{ list: groupMembers(relations: [DIRECT, INHERITED, SHARED_FROM_GROUPS]) {{ nodes {{ {OF_GROUP} }} }} }}
           ... on Project {{ list: projectMembers(relations: [DIRECT, INHERITED, SHARED_INTO_ANCESTORS]) {{ nodes {{ {OF_GROUP} {OF_PROJECT} }} }} }} }} }}"
    );
    let mut seen = 0;
    for (caller, _) in OWNERS {
        for path in GROUPS.into_iter().chain(PROJECTS) {
            let found = by(&app, caller).query(&query, json!({ "path": path })).await;
            for row in found["namespace"]["list"]["nodes"].as_array().into_iter().flatten() {
                let (user, row) = node(row);
                let source = source_of(&user, path);
                let wanted = in_the_graph(caller, &user, source, !PROJECTS.contains(&source));
                assert_eq!(row, wanted, "{caller} sees {user} in {path}");
                seen += usize::from(!wanted["notificationEmail"].is_null());
            }
        }
    }
    assert!(seen > 30, "{seen}");
}

async fn a_row_looked_up_alone_shows_the_same(app: TestApp) {
    app.import(&place().json()).await;
    let query = format!(
        "query($name: String!) {{ user(username: $name) {{
           groupMemberships {{ nodes {{ id group {{ fullPath }} {OF_GROUP} }} }}
           projectMemberships {{ nodes {{ id project {{ fullPath }} {OF_PROJECT} }} }} }} }}"
    );
    let alone = format!(
        "query($id: MemberID!, $node: ID!) {{ member(id: $id) {{ {OF_GROUP} {OF_PROJECT} }} node(id: $node) {{ {OF_GROUP} {OF_PROJECT} }} }}"
    );
    for (caller, _) in OWNERS {
        let client = by(&app, caller);
        for user in ["eve", "nia", "zoe", "bob", "ned"] {
            let found = client.query(&query, json!({ "name": user })).await;
            for (list, place) in [("groupMemberships", "group"), ("projectMemberships", "project")] {
                for row in found["user"][list]["nodes"].as_array().unwrap() {
                    // One's own rows are all there, also where one does not see the place.
                    let Some(path) = row[place]["fullPath"].as_str() else {
                        continue;
                    };
                    let (_, mut shown) = node(row);
                    for key in ["id", place] {
                        shown.as_object_mut().unwrap().remove(key);
                    }
                    let wanted = in_the_graph(caller, user, path, place == "group");
                    assert_eq!(shown, wanted, "{caller} sees {user} in {path}");
                    let one = client.query(&alone, json!({"id": row["id"], "node": row["id"]})).await;
                    for key in ["member", "node"] {
                        assert_eq!(node(&one[key]).1, wanted, "{caller} asks for {user} in {path}");
                    }
                }
            }
        }
    }
}

/// The same with `tim`, whose account is `acme`'s, and with rows that a directory made; and the number of a user there.
fn place_of_changes() -> (Value, impl Fn(&str) -> i64) {
    let links = json!([{"provider": "main", "cn": "all", "access_level": 30}]);
    let world = place()
        .user("tim", |user| {
            let identities = json!([{"group": "acme", "extern_uid": "ABC-9"}]);
            user.set("enterprise_group", "acme").set("saml_identities", identities)
        })
        .user("ute", |user| user)
        .group("acme/synced", |group| {
            let group = group.set("ldap_links", links.clone()).owner("sue");
            group.member("tim", level::DEVELOPER, |row| row.set("ldap", true))
        })
        .user("kim", |user| user.set("enterprise_group", "gamma"))
        .group("gamma", |group| {
            let group = group
                .set("ldap_links", links)
                .set("saml_provider_id", 12)
                .owner("gil")
                .maintainer("mo");
            group.member("kim", level::DEVELOPER, |row| row.set("ldap", true))
        });
    let json = world.json();
    let users = json["users"].as_array().unwrap().clone();
    let number = move |name: &str| {
        let user = users.iter().find(|user| user["username"] == name);
        user.unwrap()["id"].as_i64().unwrap()
    };
    (json, number)
}

async fn what_a_change_answers_shows_the_same(app: TestApp) {
    let (json, number) = place_of_changes();
    app.import(&json).await;
    let email = |name: &str| json!(format!("{name}@example.com"));
    let identity = json!({"provider": "group_saml", "extern_uid": "ABC-9", "saml_provider_id": 10});
    let whole = BTreeMap::from([
        ("email", email("tim")),
        ("group_saml_identity", identity),
        ("group_scim_identity", json!(null)),
    ]);
    let unknown = BTreeMap::from([
        ("group_saml_identity", json!(null)),
        ("group_scim_identity", json!(null)),
    ]);
    let address = BTreeMap::from([("email", email("tim"))]);
    let nothing = BTreeMap::new();
    for (caller, source, user, wanted) in [
        ("ann", "/groups/acme", "tim", &whole),
        ("lin", "/groups/acme", "tim", &whole),
        ("ann", "/groups/acme", "ute", &unknown),
        ("ann", "/projects/acme%2Fapp", "tim", &address),
        ("pat", "/projects/acme%2Fapp", "tim", &nothing),
        ("mia", "/projects/acme%2Fapp", "tim", &nothing),
        ("ann", "/groups/acme%2Fsub", "tim", &address),
        ("sue", "/groups/acme%2Fsub", "tim", &nothing),
        ("bea", "/groups/beta", "tim", &unknown),
        ("ann", "/groups/plain", "tim", &nothing),
    ] {
        let client = by(&app, caller);
        let (one, body) = (
            format!("{source}/members/{}", number(user)),
            json!({"user_id": number(user), "access_level": 10}),
        );
        let added = client
            .post(&format!("{source}/members"), &body)
            .await
            .expect(201)
            .json();
        assert_eq!(&shown(&added), wanted, "{caller} adds {user} to {source}");
        let changed = client.put(&one, &json!({"access_level": 20})).await.expect(200).json();
        assert_eq!(&shown(&changed), wanted, "{caller} changes {user} in {source}");
        app.admin()
            .delete(&format!("{one}?skip_subresources=true"))
            .await
            .expect(204);
        // Leaving the group with the provider unlinks the identity there.
        if (source, user) == ("/groups/acme", "tim") {
            crate::graph::run(
                &app,
                &format!(
                    "INSERT INTO user_identities (user_id, provider, extern_uid, extern_uid_norm, saml_provider_id)
                     VALUES ({}, 'group_saml', 'ABC-9', 'abc-9', 10)",
                    number(user)
                ),
            )
            .await;
        }
    }
}

async fn what_an_override_answers_shows_the_same(app: TestApp) {
    let (json, number) = place_of_changes();
    app.import(&json).await;
    let email = |name: &str| json!(format!("{name}@example.com"));
    let address = BTreeMap::from([("email", email("tim"))]);
    let nothing = BTreeMap::new();
    let kim = BTreeMap::from([
        ("email", email("kim")),
        ("group_saml_identity", json!(null)),
        ("group_scim_identity", json!(null)),
    ]);
    for (caller, source, user, wanted) in [
        ("gil", "/groups/gamma", "kim", &kim),
        ("root", "/groups/gamma", "kim", &kim),
        ("ann", "/groups/acme%2Fsynced", "tim", &address),
        ("sue", "/groups/acme%2Fsynced", "tim", &nothing),
    ] {
        let path = format!("{source}/members/{}/override", number(user));
        for (method, status) in [(Method::POST, 201), (Method::DELETE, 200)] {
            let answer = by(&app, caller)
                .call(method, &path, &json!({}))
                .await
                .expect(status)
                .json();
            assert_eq!(&shown(&answer), wanted, "{caller} {path}");
        }
    }
}

async fn names(client: &Client, path: &str) -> Vec<String> {
    let list = client.get(path).await.expect(200);
    let names: Vec<String> = list
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["username"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(list.header("x-total"), names.len().to_string(), "{path}");
    names
}

async fn members_with_an_identity_are_listed_for_who_may_see_it(app: TestApp) {
    app.import(&place().json()).await;
    let everybody = ["ann", "mia", "eve", "ned", "bob"];
    let query = "query($path: ID!, $with: Boolean) { group(fullPath: $path) { groupMembers(relations: [DIRECT], withSamlIdentity: $with) { count nodes { user { username } } } } }";
    for (caller, path, wanted) in [
        ("ann", "acme", &["eve"][..]),
        ("lin", "acme", &["eve"]),
        ("root", "acme", &["eve"]),
        ("bea", "beta", &["eve", "bob"]),
        ("mia", "acme", &everybody),
        ("eve", "acme", &everybody),
        ("ann", "acme/sub", &["sue", "nia"]),
        ("sue", "acme/sub", &["sue", "nia"]),
        ("root", "acme/sub", &["sue", "nia"]),
        ("ann", "plain", &["ann", "eve", "bob"]),
    ] {
        let client = by(&app, caller);
        let mut sorted: Vec<&str> = wanted.to_vec();
        sorted.sort_unstable();
        let mut found = names(&client, &format!("{}/members?with_saml_identity=true", at(path))).await;
        found.sort_unstable();
        assert_eq!(found, sorted, "{caller} {path}");
        let list = client.query(query, json!({"path": path, "with": true})).await["group"]["groupMembers"].clone();
        let mut found: Vec<_> = list["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["user"]["username"].as_str().unwrap())
            .collect();
        found.sort_unstable();
        assert_eq!(
            (found, &list["count"]),
            (sorted, &json!(wanted.len())),
            "{caller} {path}"
        );
    }
    let ann = by(&app, "ann");
    for path in [
        "/groups/acme/members?with_saml_identity=false",
        "/groups/acme/members?with_saml_identity=",
    ] {
        assert_eq!(names(&ann, path).await.len(), 5, "{path}");
    }
    // A list of direct members of a group has it, and no other.
    for path in [
        "/groups/acme/members/all",
        "/projects/acme%2Fapp/members",
        "/projects/acme%2Fapp/members/all",
    ] {
        assert_eq!(
            names(&ann, &format!("{path}?with_saml_identity=true")).await,
            names(&ann, path).await,
            "{path}"
        );
    }
    let both = names(&ann, "/groups/acme/members?with_saml_identity=true&query=ned").await;
    assert_eq!(both, [""; 0]);
    let refused = ann
        .get("/groups/acme/members?with_saml_identity=perhaps")
        .await
        .expect(400);
    assert_eq!(refused.json(), json!({"error": "with_saml_identity is invalid"}));
}

async fn the_enterprise_users_of_a_hierarchy_are_listed(app: TestApp) {
    app.import(&place().json()).await;
    let query = "query($path: ID!, $own: Boolean) { group(fullPath: $path) { groupMembers(enterprise: $own) { count nodes { user { username } } } } }";
    for (path, own, wanted) in [
        ("acme", json!(true), &["eve", "mia"][..]),
        ("acme", json!(false), &["ann", "bob", "ned"]),
        ("acme", json!(null), &["ann", "bob", "eve", "mia", "ned"]),
        ("acme/sub", json!(true), &["eve", "mia", "nia"]),
        ("beta", json!(true), &["bob"]),
        ("plain", json!(true), &[]),
    ] {
        let list =
            by(&app, "root").query(query, json!({"path": path, "own": own})).await["group"]["groupMembers"].clone();
        let mut found: Vec<_> = list["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["user"]["username"].as_str().unwrap())
            .collect();
        found.sort_unstable();
        assert_eq!(
            (found, &list["count"]),
            (wanted.to_vec(), &json!(wanted.len())),
            "{path} {own}"
        );
    }
}

async fn looking_for_identities_costs_the_same_for_many(app: TestApp) {
    app.import(&place().json()).await;
    let ann = by(&app, "ann");
    let one = ann.get("/groups/acme/members?per_page=1&query=eve").await.expect(200);
    let many = ann.get("/groups/acme/members?per_page=100&query=e").await.expect(200);
    assert_eq!(one.statements, many.statements);
    let query = "query($n: Int) { group(fullPath: \"acme\") { groupMembers(search: \"e\", first: $n, relations: [DIRECT, INHERITED, DESCENDANTS]) {
        nodes { notificationEmail groupSamlIdentity { externUid } } } } }";
    let one = ann.graphql(query, json!({"n": 1})).await.expect(200);
    let many = ann.graphql(query, json!({"n": 100})).await.expect(200);
    assert!(
        many.json()["data"]["group"]["groupMembers"]["nodes"]
            .as_array()
            .unwrap()
            .len()
            > 1
    );
    assert_eq!(one.statements, many.statements);
}
