//! `invitations` of a group or project, and an invitation as a node.

use serde_json::{Value, json};

use super::{ACCEPT, TOKEN, invitation_id, offered, world};
use crate::graph::{done, text};
use crate::support::world::{Group, Item, World};
use crate::support::{Client, TestApp, level, on_both_databases};

on_both_databases!(
    who_administers_the_members_sees_the_invitations,
    invitations_are_found_by_address_and_state,
    each_order_is_walked_from_both_ends,
    a_cursor_belongs_to_its_order,
    an_invitation_is_a_node_for_who_administers_and_whom_it_invites,
    a_level_of_invitations_costs_the_same_for_one_and_for_many,
);

async fn who_administers_the_members_sees_the_invitations(app: TestApp) {
    let world = world()
        .group("allies", |group| group.owner("lin"))
        .group("shared", |group| {
            let group = group.owner("ann").shared_with("allies", level::OWNER);
            group.invited("a@example.com", level::GUEST, |row| row)
        });
    app.import(&world.json()).await;
    let query = "query($path: ID!) { namespace(fullPath: $path) { invitations { count nodes { email } } } }";
    let both = json!({"count": 2, "nodes": [{"email": "eve@example.org"}, {"email": "owen@example.org"}]});
    let (null, none) = (json!(null), json!({"count": 0, "nodes": []}));
    let one = json!({"count": 1, "nodes": [{"email": "a@example.com"}]});
    for (path, who, expected) in [
        ("acme", "ann", &both),
        ("acme", "root", &both),
        ("acme", "mel", &both),
        ("acme", "mia", &null),
        ("acme", "dan", &null),
        ("acme/tools", "ann", &none),
        ("acme/tools", "mel", &none),
        ("acme/tools", "newt", &null),
        ("acme/app", "max", &both),
        ("acme/app", "mia", &both),
        ("acme/app", "mel", &null),
        ("acme/app", "pia", &null),
        // Where a directory decides, nobody does.
        ("synced", "ann", &null),
        ("synced", "root", &null),
        ("shared", "lin", &one),
    ] {
        let found = app
            .token(&format!("{who}-api"))
            .query(query, json!({ "path": path }))
            .await;
        assert_eq!(found["namespace"]["invitations"], *expected, "{who} {path}");
    }
    let typed = "{ group(fullPath: \"acme\") { invitations { nodes { ...any } } } project(fullPath: \"acme/app\") { invitations(first: 1) { nodes { ...any } } } }
        fragment any on InvitationInterface { __typename email accessLevel { stringValue } createdAt updatedAt expiresAt createdBy { username } user { id } }";
    let found = app.token("ann-api").query(typed, json!({})).await;
    assert_eq!(
        found["group"]["invitations"]["nodes"][1],
        json!({"__typename": "Invitation", "email": "owen@example.org", "accessLevel": {"stringValue": "OWNER"}, "expiresAt": null, "user": null,
               "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z", "createdBy": {"username": "ann"}})
    );
    assert_eq!(
        found["project"]["invitations"]["nodes"][0]["createdBy"]["username"],
        "max"
    );
}

async fn invitations_are_found_by_address_and_state(app: TestApp) {
    let world = world().group("club", |group| {
        let group = offered(group.owner("ann"), |row| row);
        group
            .invited("ended@example.com", level::GUEST, |row| row.until("2026-11-20"))
            .invited("today@example.com", level::GUEST, |row| row.until("2026-11-21"))
            .invited("waits@example.com", level::MINIMAL, Item::awaiting)
            .invited("Nora2@example.com", level::GUEST, |row| row)
            .requested_by("newt", |row| row)
    });
    app.import(&world.json()).await;
    let ann = app.token("ann-api");
    let list = async |arguments: &str| {
        let query = format!(
            "{{ group(fullPath: \"club\") {{ invitations{arguments} {{ count nodes {{ email state awaiting }} }} }} }}"
        );
        let found = ann.query(&query, json!({})).await["group"]["invitations"].clone();
        let nodes = found["nodes"].as_array().unwrap();
        assert_eq!(found["count"], nodes.len(), "{arguments}");
        nodes
            .iter()
            .map(|node| text(&node["email"]).replace("@example.com", ""))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(list("").await, "nora ended today waits nora2");
    for (search, expected) in [
        ("NORA@example.com", "nora"),
        (" nora2@example.com ", "nora2"),
        ("nora", ""),
        ("%", ""),
        ("", "nora ended today waits nora2"),
    ] {
        assert_eq!(list(&format!("(search: \"{search}\")")).await, expected, "{search}");
    }
    assert_eq!(list("(state: PENDING)").await, "nora today waits nora2");
    assert_eq!(list("(state: EXPIRED)").await, "ended");
    assert_eq!(list("(state: ACCEPTED)").await, "");
    done(&app.token("nora-api"), ACCEPT, json!({"token": TOKEN})).await;
    assert_eq!(list("(state: ACCEPTED)").await, "nora");
    assert_eq!(list("(state: ACCEPTED, search: \"nora@example.com\")").await, "nora");
    assert_eq!(list("(state: PENDING)").await, "today waits nora2");
    for state in ["DECLINED", "REVOKED"] {
        assert_eq!(list(&format!("(state: {state})")).await, "", "{state}");
    }
    let counted = ann
        .query(
            "{ group(fullPath: \"club\") { invitations { count(limit: 2) } } }",
            json!({}),
        )
        .await;
    assert_eq!(counted["group"]["invitations"]["count"], 3, "one more than asked");
}

/// Two of everything, in no order: same time, same end, no end.
fn crowd(group: Group) -> Group {
    [
        ("d@example.com", "2026-02-01T00:00:00Z", Some("2027-01-01")),
        ("b@example.com", "2026-01-01T00:00:00Z", None),
        ("e@example.com", "2026-02-01T00:00:00Z", None),
        ("a@example.com", "2026-01-01T00:00:00Z", Some("2027-01-01")),
        ("zoë@example.com", "2026-03-01T00:00:00.000001Z", Some("2026-12-31")),
        ("c@example.com", "2026-03-01T00:00:00Z", Some("2028-01-01")),
    ]
    .into_iter()
    .fold(group, |group, (email, time, end)| {
        group.invited(email, level::GUEST, |row| {
            let row = row.since(time);
            end.map_or(row.clone(), |day| row.until(day))
        })
    })
}

async fn each_order_is_walked_from_both_ends(app: TestApp) {
    let world = World::new()
        .group("acme", |group| crowd(group.owner("ann")))
        .project("acme/app", crowd);
    app.import(&world.json()).await;
    let ann = app.token("ann-api");
    for (sort, rising) in [
        ("", "d b e a zoë c"),
        ("CREATED_ASC", "b a d e c zoë"),
        ("EMAIL_ASC", "a b c d e zoë"),
        ("EXPIRES_AT_ASC", "zoë d a c b e"),
    ] {
        let falling: Vec<_> = rising.split(' ').rev().collect();
        let mut orders = vec![(sort.to_owned(), rising.to_owned())];
        if !sort.is_empty() {
            orders.push((sort.replace("ASC", "DESC"), falling.join(" ")));
        }
        for (sort, expected) in orders {
            for path in ["acme", "acme/app"] {
                for size in [1, 2, 4, 6, 7] {
                    let from_the_start = walk(&ann, path, &sort, size, false).await;
                    assert_eq!(from_the_start, expected, "{path} {sort} by {size}");
                    let from_the_end = walk(&ann, path, &sort, size, true).await;
                    assert_eq!(from_the_end, expected, "{path} {sort} by {size}, backwards");
                }
            }
        }
    }
}

/// The addresses on all pages, from the first to the last row however they were walked.
async fn walk(client: &Client, path: &str, sort: &str, size: usize, backwards: bool) -> String {
    let sort = if sort.is_empty() {
        String::new()
    } else {
        format!("sort: {sort}, ")
    };
    let (size_word, cursor_word, more, edge) = if backwards {
        ("last", "before", "hasPreviousPage", "startCursor")
    } else {
        ("first", "after", "hasNextPage", "endCursor")
    };
    let query = format!(
        "query($path: ID!, $cursor: String) {{ namespace(fullPath: $path) {{ invitations({sort}{size_word}: {size}, {cursor_word}: $cursor) {{
            nodes {{ email }} pageInfo {{ {more} {edge} }} }} }} }}"
    );
    let (mut all, mut cursor) = (Vec::new(), json!(null));
    for _ in 0..10 {
        let found =
            client.query(&query, json!({"path": path, "cursor": cursor})).await["namespace"]["invitations"].clone();
        let mut page: Vec<String> = found["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| text(&node["email"]).replace("@example.com", ""))
            .collect();
        if backwards {
            page.append(&mut all);
            all = page;
        } else {
            all.append(&mut page);
        }
        if found["pageInfo"][more] == false {
            return all.join(" ");
        }
        cursor = found["pageInfo"][edge].clone();
    }
    panic!("no end: {all:?}");
}

async fn a_cursor_belongs_to_its_order(app: TestApp) {
    app.import(&World::new().group("acme", |group| crowd(group.owner("ann"))).json())
        .await;
    let ann = app.token("ann-api");
    let query = "{ group(fullPath: \"acme\") { invitations(sort: EMAIL_ASC, first: 2) { pageInfo { endCursor } } } }";
    let cursor = text(&ann.query(query, json!({})).await["group"]["invitations"]["pageInfo"]["endCursor"]);
    for arguments in [
        format!("sort: EMAIL_DESC, after: \"{cursor}\""),
        format!("after: \"{cursor}\""),
        "after: \"nonsense\"".to_owned(),
        "first: -1".to_owned(),
        "first: 1, last: 1".to_owned(),
    ] {
        let query = format!("{{ group(fullPath: \"acme\") {{ invitations({arguments}) {{ nodes {{ id }} }} }} }}");
        let answer = ann.graphql(&query, json!({})).await.json();
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
            "{arguments}: {answer}"
        );
    }
}

async fn an_invitation_is_a_node_for_who_administers_and_whom_it_invites(app: TestApp) {
    let world = world().group("club", |group| offered(group.owner("ann").developer("dan"), |row| row));
    app.import(&world.json()).await;
    let id = invitation_id(&app, "club", "nora@example.com").await;
    let query = "query($id: ID!) { node(id: $id) { id ... on Invitation { email state source { fullPath maxAccessLevel { stringValue } } } } nodes(ids: [$id]) { id } }";
    let shown = |level: &str, state: &str| json!({"id": id, "email": "nora@example.com", "state": state, "source": {"fullPath": "club", "maxAccessLevel": {"stringValue": level}}});
    for (who, level) in [
        ("ann", Some("OWNER")),
        ("root", Some("OWNER")),
        ("nora", Some("NO_ACCESS")),
        ("dan", None),
        ("sven", None),
    ] {
        let found = app.token(&format!("{who}-api")).query(query, json!({ "id": id })).await;
        let expected = level.map_or(Value::Null, |level| shown(level, "PENDING"));
        assert_eq!(found["node"], expected, "{who}");
        assert_eq!(found["nodes"][0]["id"] == json!(id), level.is_some(), "{who}");
    }
    let found = app.anonymous().query(query, json!({ "id": id })).await;
    assert_eq!(found, json!({"node": null, "nodes": [null]}));
    // Who accepted it finds it again; whose address it was does not.
    done(&app.token("nora-api"), ACCEPT, json!({"token": TOKEN})).await;
    let found = app.token("nora-api").query(query, json!({ "id": id })).await;
    assert_eq!(found["node"], shown("DEVELOPER", "ACCEPTED"));
    let found = app.token("sven-api").query(query, json!({ "id": id })).await;
    assert_eq!(found["node"], json!(null));
    // The number is that of a membership, too: each kind finds its own.
    for (kind, who, seen) in [
        ("GroupMember", "nora", true),
        ("ProjectMember", "ann", false),
        ("AccessRequest", "ann", false),
    ] {
        let id = id.replace("Invitation", kind);
        let found = app
            .token(&format!("{who}-api"))
            .query("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id }))
            .await;
        assert_eq!(found["node"].is_object(), seen, "{kind}");
    }
}

async fn a_level_of_invitations_costs_the_same_for_one_and_for_many(app: TestApp) {
    const MANY: usize = 12;
    let one = |group: Group, number: usize| {
        (0..number).fold(group.owner("ann"), |group, n| {
            group.invited(&format!("n{n}@example.com"), level::GUEST, |row| {
                row.by("ann").with_role("Auditor")
            })
        })
    };
    let mut world = World::new()
        .group("few", |group| one(group, 1))
        .group("many", |group| one(group, MANY));
    for n in 0..MANY {
        world = world
            .group(&format!("many/g{n}"), |group| one(group, 2))
            .project(&format!("many/p{n}"), |project| one(project, 2));
    }
    world = world
        .group("few/g", |group| one(group, 1))
        .project("few/p", |project| one(project, 1));
    world = world
        .role("few", "Auditor", level::GUEST)
        .role("many", "Auditor", level::GUEST);
    app.import(&world.json()).await;
    let ann = app.token("ann-api");
    let list = "invitations(sort: EXPIRES_AT_DESC) { count nodes { email createdBy { username } memberRole { name } source { fullPath } member { id } } }";
    let cost = async |path: &str| {
        let query = format!(
            "{{ group(fullPath: \"{path}\") {{ {list} descendantGroups {{ nodes {{ {list} }} }} projects {{ nodes {{ {list} }} }} }} }}"
        );
        let answer = ann.graphql(&query, json!({})).await;
        assert!(answer.json().get("errors").is_none(), "{}", answer.text());
        (
            answer.json()["data"]["group"]["projects"]["nodes"]
                .as_array()
                .map_or(0, Vec::len),
            answer.statements,
        )
    };
    let ((few, cheap), (many, dear)) = (cost("few").await, cost("many").await);
    assert_eq!((few, many), (1, MANY));
    assert_eq!(cheap, dear);

    // By number, too, and wherever to.
    let mut ids = Vec::new();
    for n in 0..MANY {
        ids.push(invitation_id(&app, &format!("many/g{n}"), "n0@example.com").await);
        ids.push(invitation_id(&app, &format!("many/p{n}"), "n1@example.com").await);
    }
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Invitation { email createdBy { username } source { fullPath } } } }";
    let cost = async |ids: &[String]| {
        let answer = ann.graphql(query, json!({ "ids": ids })).await;
        let nodes = answer.json()["data"]["nodes"].clone();
        assert!(nodes.as_array().unwrap().iter().all(Value::is_object), "{nodes}");
        answer.statements
    };
    assert_eq!(cost(&ids[..2]).await, cost(&ids).await);
}
