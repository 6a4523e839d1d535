//! Shares in the graph.

use serde_json::{Value, json};

use super::{SHARE, UNSHARE, count, done, share_id, source_id, text, traces};
use crate::support::world::{Group, World};
use crate::support::{Client, TestApp, level, on_both_databases};

on_both_databases!(
    a_share_is_made_seen_everywhere_and_ended,
    the_shares_of_a_group_and_a_project_are_listed_own_ones_first,
    a_group_knows_what_it_has_been_given,
    a_share_is_seen_by_who_sees_both_ends,
    a_share_that_has_ended_is_gone,
    who_ends_the_share_they_came_by_still_sees_what_it_was,
    a_share_is_found_again_by_its_id,
    a_share_is_made_once_under_a_key,
    every_list_of_shares_is_walked_from_both_ends,
    shares_of_many_cost_the_same_as_of_one,
    rest_and_the_graph_share_the_same_thing,
);

const ROWS: &str = "nodes { id isInherited accessLevel { stringValue } group { fullPath } source { ... on Group { fullPath } ... on Project { fullPath } } }";

/// `top` above `top/mid` with the project `app`, and groups of every visibility that are let into them.
fn place() -> World {
    World::new()
        .user("sid", |user| user)
        .group("open", |group| group.public().owner("olga"))
        .group("shy", |group| group.owner("sue"))
        .group("club", |group| group.owner("ann"))
        .group("top", |group| {
            group.owner("ann").shared_with("open", 20).shared_with("shy", 30)
        })
        .group("top/mid", |group| {
            group
                .public()
                .developer("dan")
                .shared_with("open", 40)
                .shared_with("club", 10)
        })
        .project("top/mid/app", |project| {
            let project = project.public().maintainer("max");
            project.shared_with("shy", 20).shared_with("open", 30)
        })
        .project("per/dots", |project| project.public().shared_with("open", 30))
        .role("top", "Auditor", 10)
}

fn by(app: &TestApp, name: &str) -> Client {
    match name {
        "nobody" => app.anonymous(),
        name => app.token(&format!("{name}-api")),
    }
}

/// Source, invited group and level of each share of a list.
fn brief(list: &Value) -> Value {
    let nodes = list["nodes"].as_array().unwrap_or_else(|| panic!("{list}"));
    let row = |node: &Value| {
        json!([
            node["source"]["fullPath"],
            node["group"]["fullPath"],
            node["accessLevel"]["stringValue"]
        ])
    };
    nodes.iter().map(row).collect()
}

async fn shared_with(client: &Client, path: &str, arguments: &str) -> Value {
    let query = format!(
        "query($path: ID!) {{ namespace(fullPath: $path) {{ sharedWithGroups{arguments} {{ count {ROWS} }} }} }}"
    );
    let found = client.query(&query, json!({ "path": path })).await;
    let list = &found["namespace"]["sharedWithGroups"];
    let rows = brief(list);
    assert_eq!(list["count"], json!(rows.as_array().map(Vec::len)), "{list}");
    rows
}

async fn a_share_is_made_seen_everywhere_and_ended(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let (top, club) = (source_id(&app, "top").await, source_id(&app, "club").await);
    let input = json!({
        "clientMutationId": "one", "source": {"groupId": top}, "withGroupId": club, "accessLevel": "GUEST",
        "expiresAt": "2030-01-02", "memberRoleId": "gid://gitlab/MemberRole/3001",
    });
    let told = done(&ann, SHARE, input).await;
    assert_eq!(
        (&told["clientMutationId"], &told["errors"]),
        (&json!("one"), &json!([]))
    );
    let id = told["share"]["id"].clone();
    assert_eq!(
        told["share"],
        json!({
            "id": id, "expiresAt": "2030-01-02", "isInherited": false, "accessLevel": {"stringValue": "GUEST"},
            "memberRole": {"name": "Auditor"}, "group": {"fullPath": "club"}, "source": {"fullPath": "top"},
        })
    );
    assert_eq!(id, share_id(&app, "top", "club").await);
    assert_eq!(
        shared_with(&ann, "top", "(search: \"CLUB\")").await,
        json!([["top", "club", "GUEST"]])
    );
    let query = "{ group(fullPath: \"top\") { groupMembers(relations: [SHARED_FROM_GROUPS]) { nodes { user { username } accessLevel { integerValue memberRole { name } } } } } }";
    let members = ann.query(query, json!({})).await;
    let members = members["group"]["groupMembers"]["nodes"].as_array().unwrap().clone();
    let own = members
        .iter()
        .find(|member| member["user"]["username"] == "ann")
        .unwrap();
    assert_eq!(
        own["accessLevel"],
        json!({"integerValue": 10, "memberRole": {"name": "Auditor"}})
    );

    let told = done(&ann, UNSHARE, json!({"id": id, "clientMutationId": "two"})).await;
    assert_eq!(
        told,
        json!({
            "clientMutationId": "two", "errors": [], "userErrors": [],
            "share": {"id": id, "accessLevel": {"stringValue": "GUEST"}, "group": {"fullPath": "club"}, "source": {"fullPath": "top"}},
        })
    );
    assert_eq!(shared_with(&ann, "top", "(search: \"club\")").await, json!([]));
    assert_eq!(
        (count(&app, "audit_events").await, count(&app, "change_log").await),
        (2, 2)
    );

    let query =
        "{ group(fullPath: \"top\") { auditEvents { nodes { eventName target { username } targetDetails door } } } }";
    let events = ann.query(query, json!({})).await;
    let event = |name: &str| json!({"eventName": name, "target": null, "targetDetails": "club", "door": "graphql"});
    assert_eq!(
        events["group"]["auditEvents"]["nodes"],
        json!([
            event("group_share_with_group_link_removed"),
            event("group_share_with_group_link_created")
        ])
    );
}

async fn the_shares_of_a_group_and_a_project_are_listed_own_ones_first(app: TestApp) {
    app.import(&place().json()).await;
    let root = app.admin();
    let own = json!([["top/mid", "open", "MAINTAINER"], ["top/mid", "club", "GUEST"]]);
    assert_eq!(shared_with(&root, "top/mid", "").await, own);
    assert_eq!(shared_with(&root, "top/mid", "(inherited: false)").await, own);
    assert_eq!(
        shared_with(&root, "top/mid", "(inherited: true)").await,
        json!([
            ["top/mid", "open", "MAINTAINER"],
            ["top/mid", "club", "GUEST"],
            ["top", "open", "REPORTER"],
            ["top", "shy", "DEVELOPER"]
        ])
    );
    let app_path = "top/mid/app";
    assert_eq!(
        shared_with(&root, app_path, "").await,
        json!([[app_path, "shy", "REPORTER"], [app_path, "open", "DEVELOPER"]])
    );
    assert_eq!(
        shared_with(&root, app_path, "(inherited: true, search: \"p\")").await,
        json!([
            [app_path, "open", "DEVELOPER"],
            ["top", "open", "REPORTER"],
            ["top/mid", "open", "MAINTAINER"]
        ])
    );
    assert_eq!(
        shared_with(&root, "per/dots", "(inherited: true)").await,
        json!([["per/dots", "open", "DEVELOPER"]])
    );
    let query =
        "{ project(fullPath: \"top/mid/app\") { sharedWithGroups(inherited: true) { nodes { isInherited } } } }";
    let found = root.query(query, json!({})).await;
    let inherited: Vec<_> = found["project"]["sharedWithGroups"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|share| share["isInherited"].clone())
        .collect();
    assert_eq!(json!(inherited), json!([false, false, true, true, true, true]));
}

async fn a_group_knows_what_it_has_been_given(app: TestApp) {
    app.import(&place().json()).await;
    let given = async |name: &str, list: &str| {
        let query = format!("{{ group(fullPath: \"open\") {{ {list} {{ count {ROWS} }} }} }}");
        let found = by(&app, name).query(&query, json!({})).await;
        let list = &found["group"][list.split('(').next().unwrap()];
        let rows = brief(list);
        assert_eq!(list["count"], json!(rows.as_array().map(Vec::len)), "{list}");
        rows
    };
    let (top, mid) = (
        json!(["top", "open", "REPORTER"]),
        json!(["top/mid", "open", "MAINTAINER"]),
    );
    let (own, dots) = (
        json!(["top/mid/app", "open", "DEVELOPER"]),
        json!(["per/dots", "open", "DEVELOPER"]),
    );
    assert_eq!(given("ann", "sharedGroups").await, json!([top, mid]));
    assert_eq!(given("ann", "sharedGroups(search: \"mi\")").await, json!([mid]));
    assert_eq!(given("ann", "sharedGroups(search: \"open\")").await, json!([]));
    assert_eq!(given("sid", "sharedGroups").await, json!([mid]));
    assert_eq!(given("nobody", "sharedProjects").await, json!([own, dots]));
    assert_eq!(given("ann", "sharedProjects(search: \"DOTS\")").await, json!([dots]));
}

async fn a_share_is_seen_by_who_sees_both_ends(app: TestApp) {
    app.import(&place().json()).await;
    let app_path = "top/mid/app";
    for (name, expected) in [
        (
            "nobody",
            json!([[app_path, "open", "DEVELOPER"], ["top/mid", "open", "MAINTAINER"]]),
        ),
        (
            "sid",
            json!([[app_path, "open", "DEVELOPER"], ["top/mid", "open", "MAINTAINER"]]),
        ),
        (
            "ann",
            json!([
                [app_path, "open", "DEVELOPER"],
                ["top", "open", "REPORTER"],
                ["top/mid", "open", "MAINTAINER"],
                ["top/mid", "club", "GUEST"]
            ]),
        ),
        (
            "sue",
            json!([
                [app_path, "shy", "REPORTER"],
                [app_path, "open", "DEVELOPER"],
                ["top", "open", "REPORTER"],
                ["top", "shy", "DEVELOPER"],
                ["top/mid", "open", "MAINTAINER"]
            ]),
        ),
    ] {
        let found = shared_with(&by(&app, name), app_path, "(inherited: true)").await;
        assert_eq!(found, expected, "{name}");
    }
    let query = "query($id: ID!) { node(id: $id) { ... on Share { id group { fullPath } } } }";
    let (of_top, of_app) = (
        share_id(&app, "top", "shy").await,
        share_id(&app, app_path, "shy").await,
    );
    for (name, id, seen) in [
        ("sue", &of_top, true),
        ("ann", &of_top, false),
        ("sue", &of_app, true),
        ("max", &of_app, false),
        ("nobody", &of_app, false),
        ("root", &of_app, true),
    ] {
        let found = by(&app, name).query(query, json!({ "id": id })).await;
        assert_eq!(!found["node"].is_null(), seen, "{name} {id}");
    }
}

async fn a_share_that_has_ended_is_gone(app: TestApp) {
    let ended = |source: Group| {
        let source = source.public().owner("ann");
        source.share("club", level::GUEST, |link| link.until("2026-11-21"))
    };
    let world = World::new()
        .group("club", |group| group.public().owner("ann"))
        .group("acme", ended)
        .project("acme/cli", ended);
    app.import(&world.json()).await;
    let query = "{ nodes(ids: [\"gid://gitlab/GroupGroupLink/1\", \"gid://gitlab/ProjectGroupLink/1\"]) { id }
                   group(fullPath: \"acme\") { sharedWithGroups { count nodes { id } } }
                   project(fullPath: \"acme/cli\") { sharedWithGroups(inherited: true) { count nodes { id } } }
                   club: group(fullPath: \"club\") { sharedGroups { count nodes { id } } sharedProjects { count nodes { id } } } }";
    let nothing = json!({"count": 0, "nodes": []});
    assert_eq!(
        app.token("ann-api").query(query, json!({})).await,
        json!({
            "nodes": [null, null], "group": {"sharedWithGroups": nothing}, "project": {"sharedWithGroups": nothing},
            "club": {"sharedGroups": nothing, "sharedProjects": nothing},
        })
    );
}

async fn who_ends_the_share_they_came_by_still_sees_what_it_was(app: TestApp) {
    let world = World::new()
        .group("friends", |group| group.owner("fred"))
        .group("acme", |group| group.owner("ann").shared_with("friends", level::OWNER))
        .project("acme/cli", |project| project);
    app.import(&world.json()).await;
    let id = share_id(&app, "acme", "friends").await;
    let told = done(&app.token("fred-api"), UNSHARE, json!({ "id": id })).await;
    assert_eq!(told["share"]["source"]["fullPath"], "acme");
    app.token("fred-api").get("/groups/acme").await.expect(404);

    // An owner may end a share with a group that they do not see; then it is not named.
    let friends = source_id(&app, "friends").await;
    let input = json!({"source": {"fullPath": "acme/cli"}, "withGroupId": friends, "accessLevel": "GUEST"});
    let id = done(&app.admin(), SHARE, input).await["share"]["id"].clone();
    let told = done(&app.token("ann-api"), UNSHARE, json!({ "id": id })).await;
    assert_eq!((&told["share"]["id"], &told["share"]["group"]), (&id, &json!(null)));
}

async fn a_share_is_found_again_by_its_id(app: TestApp) {
    app.import(&place().json()).await;
    let fields = "id __typename ... on Share { createdAt expiresAt isInherited memberRole { name } accessLevel { integerValue } group { fullPath } source { __typename } }";
    let query = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {fields} }} }}");
    let ids = [
        share_id(&app, "top/mid/app", "open").await,
        "gid://gitlab/GroupGroupLink/77".to_owned(),
        share_id(&app, "top", "open").await,
    ];
    let found = app.token("ann-api").query(&query, json!({ "ids": ids })).await;
    let share = |id: &str, level: i64, kind: &str| {
        json!({
            "id": id, "__typename": "Share", "createdAt": "2026-11-21T12:00:00.000Z", "expiresAt": null, "isInherited": false,
            "memberRole": null, "accessLevel": {"integerValue": level}, "group": {"fullPath": "open"}, "source": {"__typename": kind},
        })
    };
    assert_eq!(
        found["nodes"],
        json!([share(&ids[0], 30, "Project"), null, share(&ids[2], 20, "Group")])
    );
    assert!(ids[0].starts_with("gid://gitlab/ProjectGroupLink/"));
    assert!(ids[2].starts_with("gid://gitlab/GroupGroupLink/"));
}

async fn a_share_is_made_once_under_a_key(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let once = |document: &str, key: &str| {
        document.replace(
            "(input: $input)",
            &format!("(input: $input) @idempotent(key: \"{key}\")"),
        )
    };
    let input =
        json!({"source": {"fullPath": "top"}, "withGroupId": source_id(&app, "club").await, "accessLevel": "GUEST"});
    let first = done(&ann, &once(SHARE, "a"), input.clone()).await;
    let left = traces(&app).await;
    assert_eq!(done(&ann, &once(SHARE, "a"), input).await, first);
    assert_eq!(traces(&app).await, left);
    let gone = json!({"id": first["share"]["id"]});
    let ended = done(&ann, &once(UNSHARE, "b"), gone.clone()).await;
    let left = traces(&app).await;
    assert_eq!(done(&ann, &once(UNSHARE, "b"), gone).await, ended);
    assert_eq!(traces(&app).await, left);
}

/// Groups and projects with `count` links in every direction.
fn many(world: World, name: &str, count: usize) -> World {
    let linked = |mut source: Group| {
        for n in 0..count {
            source = source.shared_with(&format!("{name}-with{n}"), level::GUEST);
        }
        source.public()
    };
    let mut world = world;
    for n in 0..count {
        world = world.group(&format!("{name}-with{n}"), |group| group.public().owner("ann"));
    }
    world = world.group(name, linked).group(&format!("{name}/sub"), linked);
    for n in 0..count {
        let lent = |source: Group| source.public().shared_with(&format!("{name}/sub"), level::GUEST);
        world = world
            .group(&format!("{name}-lent{n}"), lent)
            .project(&format!("{name}-lent{n}/p"), lent);
    }
    world.project(&format!("{name}/sub/p"), linked)
}

async fn every_list_of_shares_is_walked_from_both_ends(app: TestApp) {
    app.import(&many(World::new(), "acme", 4).json()).await;
    let ann = app.token("ann-api");
    for (path, list, length) in [
        ("acme/sub", "sharedWithGroups", 4),
        ("acme/sub", "sharedWithGroups(inherited: true)", 8),
        ("acme/sub/p", "sharedWithGroups(inherited: true)", 12),
        ("acme/sub", "sharedGroups", 4),
        ("acme/sub", "sharedProjects", 4),
    ] {
        let page = async |arguments: String| {
            let name = list.split('(').next().unwrap();
            let call = match list.strip_suffix(')') {
                Some(open) => format!("{open}, {arguments})"),
                None => format!("{list}({arguments})"),
            };
            let of_group = if name == "sharedWithGroups" {
                "MemberSource"
            } else {
                "Group"
            };
            let query = format!(
                "query($path: ID!) {{ namespace(fullPath: $path) {{ ... on {of_group} {{ {call} {{
                   edges {{ cursor node {{ id source {{ __typename }} }} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }} }}"
            );
            let found = ann.query(&query, json!({ "path": path })).await;
            found["namespace"][name].clone()
        };
        let ids = |page: &Value| {
            let edges = page["edges"].as_array().unwrap();
            edges.iter().map(|edge| text(&edge["node"]["id"])).collect::<Vec<_>>()
        };
        let all = ids(&page("first: 100".to_owned()).await);
        assert_eq!(all.len(), length, "{path} {list}");
        let (mut forward, mut after) = (Vec::new(), String::new());
        loop {
            let page = page(format!("first: 3, after: \"{after}\"")).await;
            forward.extend(ids(&page));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = text(&page["pageInfo"]["endCursor"]);
        }
        assert_eq!(forward, all, "{path} {list}");
        let (mut backward, mut before) = (Vec::new(), String::new());
        loop {
            let page = page(format!("last: 3, before: \"{before}\"")).await;
            backward.splice(0..0, ids(&page));
            if page["pageInfo"]["hasPreviousPage"] == false {
                break;
            }
            before = text(&page["pageInfo"]["startCursor"]);
        }
        assert_eq!(backward, all, "{path} {list}");
    }
}

async fn shares_of_many_cost_the_same_as_of_one(app: TestApp) {
    let world = many(many(World::new(), "small", 1), "large", 5);
    app.import(&world.json()).await;
    let ann = app.token("ann-api");
    let share = "nodes { id memberRole { name } group { fullPath } source { ... on Group { id } ... on Project { id } } } count";
    let cost = async |first: u32| {
        let query = format!(
            "{{ groups(first: {first}) {{ nodes {{ sharedWithGroups(inherited: true, first: 2) {{ {share} }} sharedGroups(first: 2) {{ {share} }} sharedProjects(first: 2) {{ {share} }} }} }}
                projects(first: {first}) {{ nodes {{ sharedWithGroups(inherited: true, first: 2) {{ {share} }} }} }} }}"
        );
        let answer = app.admin().graphql(&query, json!({})).await;
        assert!(answer.json().get("errors").is_none(), "{}", answer.text());
        answer.statements
    };
    assert_eq!(cost(15).await, cost(40).await);

    let rows = async |path: &str| {
        let list = format!("sharedWithGroups(inherited: true) {{ {share} }}");
        let query = format!(
            "query($path: ID!) {{ group(fullPath: $path) {{ {list} sharedGroups {{ {share} }} sharedProjects {{ {share} }} }} }}"
        );
        let answer = ann.graphql(&query, json!({ "path": path })).await;
        assert!(answer.json().get("errors").is_none(), "{}", answer.text());
        answer.statements
    };
    assert_eq!(rows("small/sub").await, rows("large/sub").await);
}

async fn rest_and_the_graph_share_the_same_thing(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let club = source_id(&app, "club").await;
    let input = json!({"source": {"fullPath": "top/mid/app"}, "withGroupId": club, "accessLevel": "REPORTER"});
    let made = done(&ann, SHARE, input).await;
    let group: i64 = club.rsplit('/').next().unwrap().parse().unwrap();
    ann.delete(&format!("/projects/top%2Fmid%2Fapp/share/{group}"))
        .await
        .expect(204);
    let node = "query($id: ID!) { node(id: $id) { id } }";
    let gone = ann.query(node, json!({"id": made["share"]["id"]})).await;
    assert_eq!(gone, json!({"node": null}));
    let again = ann
        .post(
            "/projects/top%2Fmid%2Fapp/share",
            &json!({"group_id": group, "group_access": 20}),
        )
        .await
        .expect(201)
        .json();
    let id = format!("gid://gitlab/ProjectGroupLink/{}", again["id"]);
    assert_eq!(share_id(&app, "top/mid/app", "club").await, id);
    done(&ann, UNSHARE, json!({ "id": id })).await;
    let shown = ann.get("/projects/top%2Fmid%2Fapp").await.json()["shared_with_groups"].clone();
    assert!(!shown.to_string().contains("club"), "{shown}");
}
