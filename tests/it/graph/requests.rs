//! Access requests in the graph.

mod faults;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{APPROVE, ASK, DENY, INVITE, done, member, place, refused, text, traces};
use crate::support::world::{Group, Item, World};
use crate::support::{Client, TestApp, on_both_databases};

on_both_databases!(
    a_request_is_asked_approved_denied_and_withdrawn,
    requests_are_listed_for_who_administers_the_members,
    requests_are_searched_and_walked_both_ways,
    ones_own_requests_are_those_for_what_one_sees,
    a_request_is_a_node_for_who_asks_and_who_may_answer,
    an_invitation_answers_the_request,
    a_request_that_is_sent_again_is_made_once,
    a_level_of_requests_costs_the_same_for_one_row_and_for_many,
);

fn input(path: &str) -> Value {
    json!({"source": {"fullPath": path}})
}

/// The global id of somebody's request, as an administrator sees it.
pub(crate) async fn request_id(app: &TestApp, path: &str, name: &str) -> String {
    let query =
        "query($path: ID!) { namespace(fullPath: $path) { accessRequests { nodes { id user { username } } } } }";
    let found = app.admin().query(query, json!({ "path": path })).await;
    let nodes = found["namespace"]["accessRequests"]["nodes"]
        .as_array()
        .expect("a list")
        .clone();
    let request = nodes.iter().find(|request| request["user"]["username"] == name);
    text(&request.unwrap_or_else(|| panic!("{name} does not ask: {found}"))["id"])
}

async fn a_request_is_asked_approved_denied_and_withdrawn(app: TestApp) {
    app.import(&place().json()).await;
    let (newt, ann) = (app.token("newt-api"), app.token("ann-api"));
    let mut asked = input("cafe");
    asked["clientMutationId"] = json!("m1");
    let told = done(&newt, ASK, asked).await;
    assert_eq!(
        (&told["clientMutationId"], &told["errors"], &told["member"]),
        (&json!("m1"), &json!([]), &json!(null))
    );
    let request = &told["accessRequest"];
    assert_eq!(request["user"]["username"], "newt");
    assert_eq!(request["requestedAt"], "2026-11-21T12:00:00.000Z");
    assert_eq!(request["source"]["fullPath"], "cafe");
    let id = text(&request["id"]);
    assert_eq!(id, request_id(&app, "cafe", "newt").await);

    let told = done(&ann, APPROVE, json!({ "id": id })).await;
    assert_eq!((&told["errors"], &told["accessRequest"]), (&json!([]), request));
    let member_id = id.replace("AccessRequest", "GroupMember");
    assert_eq!(
        told["member"],
        json!({"id": member_id, "state": "ACTIVE", "accessLevel": {"stringValue": "DEVELOPER"}, "user": {"username": "newt"},
               "createdBy": {"username": "ann"}, "source": {"fullPath": "cafe"}})
    );
    assert_eq!(member(&app, "cafe", "newt").await["id"], *member_id);

    for (who, by) in [("nora", "ann"), ("pia", "pia")] {
        let asked = done(&app.token(&format!("{who}-api")), ASK, input("cafe")).await;
        let id = text(&asked["accessRequest"]["id"]);
        let told = done(&app.token(&format!("{by}-api")), DENY, json!({ "id": id })).await;
        assert_eq!(told["accessRequest"], asked["accessRequest"], "as it was");
        assert_eq!((&told["errors"], &told["member"]), (&json!([]), &json!(null)));
        assert_eq!(
            refused(&ann, APPROVE, json!({ "id": id })).await,
            "RESOURCE_NOT_AVAILABLE"
        );
    }
    let mail: Vec<_> = app.mail().await.into_iter().map(|mail| mail.subject).collect();
    let of = |words: &str| mail.iter().filter(|subject| subject.starts_with(words)).count();
    assert_eq!(
        of("Request to join the cafe group"),
        6,
        "two owners are told of three: {mail:?}"
    );
    assert_eq!(of("Access to the cafe group was granted"), 1);
    assert_eq!(of("Access to the cafe group was denied"), 1);
}

const LISTS: &str = "{ cafe: group(fullPath: \"cafe\") { accessRequests { count nodes { user { username } } } }
    acme: namespace(fullPath: \"acme\") { accessRequests { count nodes { user { username } source { fullPath } } } }
    app: project(fullPath: \"acme/app\") { accessRequests { count nodes { user { username } source { fullPath } } } }
    synced: group(fullPath: \"synced\") { accessRequests { count } } }";

async fn requests_are_listed_for_who_administers_the_members(app: TestApp) {
    app.import(&place().json()).await;
    let names = |list: &Value| match list["accessRequests"]["nodes"].as_array() {
        Some(nodes) => nodes
            .iter()
            .map(|node| text(&node["user"]["username"]))
            .collect::<Vec<_>>()
            .join(" "),
        None => "null".to_owned(),
    };
    for (who, acme, project) in [
        ("ann", "rex zoe", "zoe"),
        ("root", "rex zoe", "zoe"),
        ("max", "null", "zoe"),
        ("mia", "null", "zoe"),
        ("dan", "null", "null"),
        ("rex", "null", "null"),
        ("sven", "null", "null"),
    ] {
        let seen = app.token(&format!("{who}-api")).query(LISTS, json!({})).await;
        assert_eq!(
            (names(&seen["acme"]), names(&seen["app"])),
            (acme.to_owned(), project.to_owned()),
            "{who}: {seen}"
        );
        assert_eq!(seen["synced"]["accessRequests"], json!(null), "{who}");
        if who == "ann" {
            assert_eq!(seen["acme"]["accessRequests"]["count"], 2);
            assert_eq!(seen["acme"]["accessRequests"]["nodes"][0]["source"]["fullPath"], "acme");
            assert_eq!(seen["cafe"]["accessRequests"], json!({"count": 0, "nodes": []}));
        }
    }
    let anonymous = app.anonymous().query(LISTS, json!({})).await;
    assert_eq!(
        anonymous,
        json!({"cafe": null, "acme": null, "app": null, "synced": null})
    );
}

fn crowd(many: usize) -> World {
    let ask = |source: Group| (0..many).fold(source, |source, n| source.requested_by(&format!("r{n}"), |row| row));
    let world = World::new()
        .user("r1", |user| {
            user.set("name", "Ada Ash").set("public_email", "ada@public.example")
        })
        .group("acme", |group| {
            ask(group.owner("ann").member("mel", 30, |row| row.with_role("Manager")))
        })
        .role_that("acme", "Manager", 30, "admin_group_member");
    (0..many).fold(world, |world, n| {
        world
            .group(&format!("acme/g{n}"), ask)
            .project(&format!("acme/p{n}"), |project| ask(project.maintainer("mia")))
    })
}

async fn requests_are_searched_and_walked_both_ways(app: TestApp) {
    app.import(&crowd(5).json()).await;
    let ann = app.token("ann-api");
    let list = async |arguments: &str| {
        let query = format!(
            "{{ group(fullPath: \"acme\") {{ accessRequests({arguments}) {{ count nodes {{ user {{ username }} }}
                pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }} }}"
        );
        ann.query(&query, json!({})).await["group"]["accessRequests"].clone()
    };
    let names = |page: &Value| {
        let nodes = page["nodes"].as_array().expect("a list");
        nodes
            .iter()
            .map(|node| text(&node["user"]["username"]))
            .collect::<Vec<_>>()
    };
    for (search, found) in [
        ("ADA ash", &["r1"][..]),
        ("ada@public.example", &["r1"]),
        ("@r3", &["r3"]),
        ("nobody", &[]),
        ("@", &[]),
        (" ", &["r0", "r1", "r2", "r3", "r4"]),
    ] {
        let page = list(&format!("search: \"{search}\"")).await;
        assert_eq!(names(&page), found, "{search}");
        assert_eq!(page["count"], found.len(), "{search}");
    }
    for (size, cursor, more, way) in [
        ("first: 2", "endCursor", "hasNextPage", "after"),
        ("last: 2", "startCursor", "hasPreviousPage", "before"),
    ] {
        let mut walked: Vec<Vec<String>> = Vec::new();
        let mut arguments = size.to_owned();
        loop {
            let page = list(&arguments).await;
            walked.push(names(&page));
            if page["pageInfo"][more] == false {
                break;
            }
            arguments = format!("{size}, {way}: \"{}\"", text(&page["pageInfo"][cursor]));
        }
        assert_eq!(walked.len(), 3);
        if way == "before" {
            walked.reverse();
        }
        assert_eq!(walked.concat(), ["r0", "r1", "r2", "r3", "r4"], "{way}");
    }
    assert_eq!(list("first: 0").await["pageInfo"]["hasNextPage"], true);
    let foreign =
        "query($after: String) { group(fullPath: \"acme\") { accessRequests(after: $after) { nodes { id } } } }";
    let refused = ann.graphql(foreign, json!({"after": "x"})).await.json();
    assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}

async fn ones_own_requests_are_those_for_what_one_sees(app: TestApp) {
    let asked = |source: Group| {
        source
            .owner("ann")
            .requested_by("ria", |row| row)
            .requested_by("root", |row| row)
    };
    let world = World::new()
        .user("ria", Item::external)
        .group("open", |group| asked(group.public()))
        .group("inside", |group| asked(group.internal()))
        .group("secret", asked)
        .project("inside/p", |project| asked(project.public()))
        .project("secret/p", asked)
        .project("open/q", |project| project.public().owner("ria"));
    app.import(&world.json()).await;
    let own = async |client: &Client, arguments: &str| {
        let query = format!(
            "{{ currentUser {{ accessRequests{arguments} {{ count nodes {{ id user {{ username }} source {{ fullPath }} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
        );
        client.query(&query, json!({})).await["currentUser"]["accessRequests"].clone()
    };
    let paths = |list: &Value| {
        let nodes = list["nodes"].as_array().expect("a list");
        nodes
            .iter()
            .map(|node| text(&node["source"]["fullPath"]))
            .collect::<Vec<_>>()
    };
    let ria = app.token("ria-api");
    let list = own(&ria, "").await;
    assert_eq!(paths(&list), ["open", "inside/p"]);
    assert_eq!(
        (&list["count"], &list["nodes"][0]["user"]["username"]),
        (&json!(2), &json!("ria"))
    );
    let first = own(&ria, "(first: 1)").await;
    assert_eq!(
        (paths(&first), &first["pageInfo"]["hasNextPage"]),
        (vec!["open".to_owned()], &json!(true))
    );
    let after = text(&first["pageInfo"]["endCursor"]);
    assert_eq!(
        paths(&own(&ria, &format!("(first: 1, after: \"{after}\")")).await),
        ["inside/p"]
    );
    let all = own(&app.admin(), "").await;
    assert_eq!(paths(&all), ["open", "inside", "secret", "inside/p", "secret/p"]);
    assert_eq!(own(&app.token("ann-api"), "").await["count"], 0);
}

async fn a_request_is_a_node_for_who_asks_and_who_may_answer(app: TestApp) {
    app.import(&place().json()).await;
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on AccessRequest { id user { username } source { fullPath } } } }";
    let newt = done(&app.token("newt-api"), ASK, input("cafe")).await;
    let ids = [
        request_id(&app, "acme", "rex").await,
        request_id(&app, "acme/app", "zoe").await,
        text(&newt["accessRequest"]["id"]),
        super::member_id(&app, "acme", "gus")
            .await
            .replace("GroupMember", "AccessRequest"),
        "gid://gitlab/AccessRequest/99999".to_owned(),
    ];
    for (who, seen) in [
        ("ann", [true, true, true]),
        ("max", [false, true, false]),
        ("newt", [false, false, true]),
        // rex asks for what he does not see.
        ("rex", [false, false, false]),
        ("sven", [false, false, false]),
    ] {
        let found = app
            .token(&format!("{who}-api"))
            .query(query, json!({ "ids": ids }))
            .await;
        for (index, id) in ids.iter().enumerate() {
            let node = &found["nodes"][index];
            let expected = seen.get(index).copied().unwrap_or_default();
            assert_eq!(node["id"].as_str(), expected.then_some(id.as_str()), "{who}: {found}");
        }
    }
    let nobody = app.anonymous().query(query, json!({ "ids": ids })).await;
    assert_eq!(nobody, json!({"nodes": [null, null, null, null, null]}));
}

async fn an_invitation_answers_the_request(app: TestApp) {
    app.import(&place().json()).await;
    let id = request_id(&app, "acme", "rex").await;
    let input = json!({"source": {"fullPath": "acme"}, "invitees": [{"username": "rex"}], "accessLevel": "GUEST"});
    let told = done(&app.token("ann-api"), INVITE, input).await;
    assert_eq!(
        told["results"][0]["member"]["id"],
        *id.replace("AccessRequest", "GroupMember")
    );
    assert_eq!(
        refused(&app.token("ann-api"), DENY, json!({ "id": id })).await,
        "RESOURCE_NOT_AVAILABLE"
    );
}

async fn a_request_that_is_sent_again_is_made_once(app: TestApp) {
    app.import(&place().json()).await;
    let (newt, ann) = (app.token("newt-api"), app.token("ann-api"));
    let keyed = |document: &str, key: &str| {
        document.replace(
            "(input: $input)",
            &format!("(input: $input) @idempotent(key: \"{key}\")"),
        )
    };
    let asked = done(&newt, &keyed(ASK, "ask"), input("cafe")).await;
    let once = traces(&app).await;
    assert_eq!(done(&newt, &keyed(ASK, "ask"), input("cafe")).await, asked);
    assert_eq!(traces(&app).await, once);
    let id = json!({"id": asked["accessRequest"]["id"]});
    let approved = done(&ann, &keyed(APPROVE, "yes"), id.clone()).await;
    let once = traces(&app).await;
    assert_eq!(done(&ann, &keyed(APPROVE, "yes"), id).await, approved);
    assert_eq!(traces(&app).await, once);
}

async fn a_level_of_requests_costs_the_same_for_one_row_and_for_many(app: TestApp) {
    app.import(&crowd(6).json()).await;
    let all = "{ groups(first: 20) { nodes { fullPath accessRequests(first: 20) { count nodes { user { name } source { fullPath } } } } }
                 projects(first: 20) { nodes { accessRequests(first: 20, search: \"r\") { count nodes { user { name } requestedAt } } } } }";
    for who in ["ann", "mel", "mia", "root"] {
        let client = app.token(&format!("{who}-api"));
        let many = client.graphql(all, json!({})).await.expect(200);
        assert!(many.json().get("errors").is_none(), "{}", many.text());
        let one = client
            .graphql(&all.replace("first: 20", "first: 1"), json!({}))
            .await
            .expect(200);
        assert_eq!(one.statements, many.statements, "{who}");
    }
    let nodes = async |ids: BTreeSet<String>| {
        let query =
            "query($ids: [ID!]!) { nodes(ids: $ids) { ... on AccessRequest { user { name } source { fullPath } } } }";
        app.token("ann-api")
            .graphql(query, json!({ "ids": ids }))
            .await
            .expect(200)
    };
    let mut ids = BTreeSet::new();
    for path in ["acme", "acme/g1", "acme/p1"] {
        for name in ["r0", "r1", "r2"] {
            ids.insert(request_id(&app, path, name).await);
        }
    }
    let one = [
        request_id(&app, "acme", "r0").await,
        request_id(&app, "acme/p1", "r0").await,
    ]
    .into();
    assert_eq!(nodes(one).await.statements, nodes(ids).await.statements);
}
