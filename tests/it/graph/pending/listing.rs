//! Lists of who waits.

use serde_json::{Value, json};

use crate::graph::text;
use crate::support::world::{Group, Item, World};
use crate::support::{Client, TestApp, on_both_databases};

on_both_databases!(
    an_entry_says_who_waits_where_and_since_when,
    the_list_is_for_who_administers_the_members_of_a_top_level_group,
    nobody_waits_for_a_promotion,
    the_list_is_searched,
    the_list_is_walked_both_ways,
    a_level_of_lists_costs_the_same_for_one_row_and_for_many,
);

/// So many users and addresses wait in each of `acme` and `beta`, and below them.
fn crowd(many: usize) -> World {
    let wait = |source: Group| {
        (0..many).fold(source, |source, n| {
            let source = source.member(&format!("w{n}"), 30, |row| row.awaiting().by("ann"));
            source.invited(&format!("a{n}@example.org"), 20, |row| row.by("ann"))
        })
    };
    let world = World::new().user("w1", |user| {
        user.set("name", "Ada Ash").set("public_email", "ada@public.example")
    });
    let world = world
        .user("sid", |user| user)
        .group("allies", |group| group.owner("lin"));
    ["acme", "beta"].into_iter().fold(world, |world, top| {
        world
            .group(top, |group| {
                let group = group.public().owner("ann").maintainer("mia").guest("gus");
                wait(
                    group
                        .member("mel", 30, |row| row.with_role("Manager"))
                        .shared_with("allies", 50),
                )
            })
            .group(&format!("{top}/sub"), |group| wait(group.owner("sue")))
            .project(&format!("{top}/sub/p"), wait)
            .role_that(top, "Manager", 30, "admin_group_member")
    })
}

const ENTRY: &str = "__typename id approved invited avatarUrl createdAt updatedAt expiresAt email name username webUrl
    accessLevel { stringValue } createdBy { username } user { username }
    ... on PendingGroupMember { group { fullPath } } ... on PendingProjectMember { project { fullPath } }";

async fn list(client: &Client, path: &str, arguments: &str) -> Value {
    let query = format!(
        "{{ group(fullPath: \"{path}\") {{ pendingMembers{arguments} {{ count nodes {{ {ENTRY} }}
            pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }} }}"
    );
    client.query(&query, json!({})).await["group"]["pendingMembers"].clone()
}

fn names(page: &Value) -> Vec<String> {
    let nodes = page["nodes"].as_array().unwrap_or_else(|| panic!("no list: {page}"));
    let name = |node: &Value| {
        text(if node["invited"] == true {
            &node["email"]
        } else {
            &node["username"]
        })
    };
    nodes.iter().map(name).collect()
}

async fn an_entry_says_who_waits_where_and_since_when(app: TestApp) {
    let world = World::new()
        .group("acme", |group| {
            group
                .owner("ann")
                .member("wes", 30, |row| row.awaiting().by("ann").until("2030-01-01"))
                .invited("zoe@example.org", 40, |row| row)
        })
        .project("acme/p", |project| project.member("wim", 10, Item::awaiting));
    app.import(&world.json()).await;
    let page = list(&app.token("ann-api"), "acme", "").await;
    let entry = |more: Value| {
        let mut entry = json!({"approved": false, "invited": false, "avatarUrl": null, "expiresAt": null, "createdBy": null,
            "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z", "email": null});
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        entry
    };
    let user = |name: &str, full: &str| json!({"username": name, "name": full, "webUrl": format!("https://roster.example/{name}"), "user": {"username": name}});
    let mut wes = entry(user("wes", "Wes"));
    wes["__typename"] = json!("PendingGroupMember");
    wes["id"] = json!("gid://gitlab/GroupMember/4002");
    wes["accessLevel"] = json!({"stringValue": "DEVELOPER"});
    wes["createdBy"] = json!({"username": "ann"});
    wes["expiresAt"] = json!("2030-01-01");
    wes["group"] = json!({"fullPath": "acme"});
    let mut wim = entry(user("wim", "Wim"));
    wim["__typename"] = json!("PendingProjectMember");
    wim["id"] = json!("gid://gitlab/ProjectMember/4004");
    wim["accessLevel"] = json!({"stringValue": "GUEST"});
    wim["project"] = json!({"fullPath": "acme/p"});
    let zoe = entry(
        json!({"__typename": "PendingGroupMember", "id": "gid://gitlab/Invitation/4003", "approved": true, "invited": true,
        "email": "zoe@example.org", "name": null, "username": null, "webUrl": null, "user": null,
        "accessLevel": {"stringValue": "MAINTAINER"}, "group": {"fullPath": "acme"}}),
    );
    assert_eq!(page["nodes"], json!([wes, wim, zoe]));
    assert_eq!(page["count"], 3);
}

async fn the_list_is_for_who_administers_the_members_of_a_top_level_group(app: TestApp) {
    let link = json!([{"provider": "main", "cn": "all", "access_level": 30}]);
    let world = crowd(1).group("synced", |group| {
        let group = group.public().set("ldap_links", link).owner("ann");
        group.member("w0", 30, Item::awaiting)
    });
    app.import(&world.json()).await;
    for who in ["ann", "mel", "lin", "root"] {
        let client = app.token(&format!("{who}-api"));
        assert_eq!(
            names(&list(&client, "acme", "").await),
            ["w0", "a0@example.org"],
            "{who}"
        );
        assert_eq!(list(&client, "acme/sub", "").await, json!(null), "{who}");
        assert_eq!(list(&client, "synced", "").await, json!(null), "{who}");
    }
    for who in ["sid", "gus", "mia", "w0", "sue"] {
        let client = app.token(&format!("{who}-api"));
        assert_eq!(list(&client, "acme", "").await, json!(null), "{who}");
    }
    assert_eq!(list(&app.anonymous(), "acme", "").await, json!(null));
}

async fn nobody_waits_for_a_promotion(app: TestApp) {
    app.import(&crowd(1).json()).await;
    let query = "{ group(fullPath: \"acme\") { pendingMemberApprovals { count nodes { status user { username } } pageInfo { hasNextPage } } } }";
    let none = json!({"count": 0, "nodes": [], "pageInfo": {"hasNextPage": false}});
    for (who, expected) in [
        ("ann-api", none.clone()),
        ("lin-api", none.clone()),
        ("root-api", none),
        ("mel-api", json!(null)),
        ("mia-api", json!(null)),
        ("sid-api", json!(null)),
    ] {
        let found = app.token(who).query(query, json!({})).await;
        assert_eq!(found["group"]["pendingMemberApprovals"], expected, "{who}");
    }
    let anonymous = app.anonymous().query(query, json!({})).await;
    assert_eq!(anonymous["group"]["pendingMemberApprovals"], json!(null));
}

async fn the_list_is_searched(app: TestApp) {
    app.import(&crowd(3).json()).await;
    let ann = app.token("ann-api");
    for (search, found) in [
        ("ADA ash", &["w1"][..]),
        ("ada@public.example", &["w1"]),
        ("@w2", &["w2"]),
        ("A2@example", &["a2@example.org"]),
        ("example.org a0", &["a0@example.org"]),
        ("nobody", &[]),
        ("@", &[]),
        (
            " ",
            &["w1", "w0", "w2", "a0@example.org", "a1@example.org", "a2@example.org"],
        ),
    ] {
        let page = list(&ann, "acme", &format!("(search: \"{search}\")")).await;
        assert_eq!(names(&page), found, "{search}");
        assert_eq!(page["count"], found.len(), "{search}");
    }
}

async fn the_list_is_walked_both_ways(app: TestApp) {
    app.import(&crowd(4).json()).await;
    let ann = app.token("ann-api");
    let whole = names(&list(&ann, "acme", "").await);
    assert_eq!(whole.len(), 8);
    for rows in [1, 3, 4, 8] {
        for (size, cursor, more, way) in [
            ("first", "endCursor", "hasNextPage", "after"),
            ("last", "startCursor", "hasPreviousPage", "before"),
        ] {
            let mut walked: Vec<Vec<String>> = Vec::new();
            let mut arguments = format!("({size}: {rows})");
            loop {
                let page = list(&ann, "acme", &arguments).await;
                walked.push(names(&page));
                if page["pageInfo"][more] == false {
                    break;
                }
                arguments = format!("({size}: {rows}, {way}: \"{}\")", text(&page["pageInfo"][cursor]));
            }
            if way == "before" {
                walked.reverse();
            }
            assert_eq!(walked.concat(), whole, "{way} {rows}");
        }
    }
    assert_eq!(list(&ann, "acme", "(first: 0)").await["pageInfo"]["hasNextPage"], true);
    let query = "{ group(fullPath: \"acme\") { pendingMembers(after: \"x\") { count } } }";
    let forged = ann.graphql(query, json!({})).await.json();
    assert_eq!(forged["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{forged}");
}

async fn a_level_of_lists_costs_the_same_for_one_row_and_for_many(app: TestApp) {
    app.import(&crowd(5).json()).await;
    let ann = app.token("ann-api");
    let costs = async |groups: usize, rows: usize| {
        let query = format!(
            "{{ currentUser {{ groupMemberships(first: {groups}) {{ nodes {{ group {{ pendingMembers(first: {rows}) {{ count nodes {{ id user {{ name }}
                createdBy {{ name }} ... on PendingGroupMember {{ group {{ name }} }} }} }} }} }} }} }} }}"
        );
        let answer = ann.graphql(&query, json!({})).await.expect(200);
        let found = answer.json();
        let lists = found["data"]["currentUser"]["groupMemberships"]["nodes"]
            .as_array()
            .expect("groups")
            .clone();
        assert_eq!(lists.len(), groups, "{found}");
        for list in lists {
            assert_eq!(list["group"]["pendingMembers"]["count"], 10);
            assert_eq!(list["group"]["pendingMembers"]["nodes"].as_array().unwrap().len(), rows);
        }
        answer.statements
    };
    let one = costs(1, 1).await;
    assert!(one > 5);
    assert_eq!(costs(2, 10).await, one);
}
