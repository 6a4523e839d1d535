//! What stands behind seats in the graph, and taking somebody out.

use serde_json::{Value, json};

use super::{done, faults, refused, source_id, user_id};
use crate::support::world::{Item, World};
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    every_row_that_counts_is_a_reason_by_each_of_its_ways,
    a_group_that_stays_closed_is_left_out_of_the_way,
    what_waits_is_no_reason,
    memberships_are_the_users_own_rows_in_the_hierarchy,
    memberships_page_both_ways_to_the_end,
    where_a_directory_decides_nobody_reads_memberships,
    a_level_costs_the_same_for_one_seat_and_for_many,
    a_removal_tells_what_is_gone_and_what_is_left,
    what_stands_in_the_way_of_a_removal_is_data,
    who_has_no_right_gets_an_error,
    a_rehearsed_key_removes_once,
);

pub(crate) const REMOVE: &str =
    "mutation($input: BillableMemberRemoveInput!) { done: billableMemberRemove(input: $input) {
    clientMutationId errors userErrors { code message path } removedMemberIds
    billableMember { id membershipType removable user { username } reasons { kind } memberships { count } } } }";

const REASONS: &str = "{ group(fullPath: \"acme\") { billableMembers(sort: NAME_ASC, includeAwaiting: true) { nodes {
    user { username } reasons {
      kind counts ignoredBecause expiresAt accessLevel { integerValue } cappedFrom { integerValue }
      via { fullPath } member { id isDirectMember accessLevel { integerValue } source { fullPath } createdBy { username } } } } } } }";

/// `acme`, shared with the team of `partners`, which ann does not see, and with `allies`, which everybody sees.
fn place() -> World {
    World::new()
        .role_that("acme", "Manager", level::DEVELOPER, "admin_group_member")
        .group("partners", |group| {
            group.member("pat", level::OWNER, |row| row.by("pat"))
        })
        .group("partners/team", |group| group.developer("dan"))
        .group("allies", |group| {
            group
                .public()
                .member("dan", level::MAINTAINER, |row| row.until("2027-06-01").by("pat"))
        })
        .group("acme", |group| {
            group
                .owner("ann")
                .owner("oto")
                .member("mel", level::DEVELOPER, |row| row.with_role("Manager"))
                .share("allies", level::REPORTER, |link| link.until("2027-01-01"))
        })
        .group("acme/tools", |group| {
            group.developer("dan").shared_with("partners/team", level::MAINTAINER)
        })
        .project("acme/tools/cli", |project| {
            project
                .guest("dan")
                .member("wes", level::DEVELOPER, Item::awaiting)
                .shared_with("allies", level::DEVELOPER)
        })
}

/// The reasons of one user, as ann reads them.
async fn reasons(app: &TestApp, by: &str, username: &str) -> Value {
    let data = app.token(by).query(REASONS, json!({})).await;
    let nodes = data["group"]["billableMembers"]["nodes"].as_array().unwrap();
    let node = nodes.iter().find(|node| node["user"]["username"] == username);
    node.unwrap_or_else(|| panic!("{username} takes no seat"))["reasons"].clone()
}

/// A reason in short: kind, level, the level that a link lowers, and the way.
fn short(reason: &Value) -> Value {
    let via = reason["via"].as_array().unwrap().iter();
    let via: Vec<_> = via.map(|source| source["fullPath"].clone()).collect();
    json!([
        reason["kind"],
        reason["accessLevel"]["integerValue"],
        reason["cappedFrom"]["integerValue"],
        via
    ])
}

async fn every_row_that_counts_is_a_reason_by_each_of_its_ways(app: TestApp) {
    app.import(&place().json()).await;
    let found = reasons(&app, "root-api", "dan").await;
    let found = found.as_array().unwrap();
    assert_eq!(
        found.iter().map(short).collect::<Value>(),
        json!([
            ["DIRECT", 30, null, ["acme/tools"]],
            ["DIRECT", 10, null, ["acme/tools/cli"]],
            ["GROUP_SHARE", 30, null, ["partners/team", "acme/tools"]],
            ["GROUP_SHARE", 20, 40, ["allies", "acme"]],
            ["PROJECT_SHARE", 30, 40, ["allies", "acme/tools/cli"]],
        ])
    );
    assert!(
        found
            .iter()
            .all(|reason| reason["counts"] == true && reason["ignoredBecause"].is_null())
    );
    let ends: Vec<_> = found.iter().map(|reason| reason["expiresAt"].clone()).collect();
    assert_eq!(
        ends,
        [
            Value::Null,
            Value::Null,
            Value::Null,
            json!("2027-01-01"),
            json!("2027-06-01")
        ]
    );
    let direct: Vec<_> = found
        .iter()
        .map(|reason| reason["member"]["isDirectMember"].clone())
        .collect();
    assert_eq!(direct, [true, true, false, false, false]);
    assert_eq!(found[3]["member"]["id"], found[4]["member"]["id"]);
    assert_eq!(found[3]["member"]["accessLevel"]["integerValue"], 40);
    assert_eq!(found[3]["member"]["createdBy"]["username"], "pat");
    // Who is above an invited group comes by it, too.
    let pat = reasons(&app, "root-api", "pat").await;
    assert_eq!(
        pat.as_array().unwrap().iter().map(short).collect::<Value>(),
        json!([["GROUP_SHARE", 40, 50, ["partners", "partners/team", "acme/tools"]]])
    );
}

async fn a_group_that_stays_closed_is_left_out_of_the_way(app: TestApp) {
    app.import(&place().json()).await;
    let pat = reasons(&app, "ann-api", "pat").await;
    assert_eq!(short(&pat[0]), json!(["GROUP_SHARE", 40, 50, ["acme/tools"]]));
    let member = &pat[0]["member"];
    assert_eq!(
        (&member["source"]["fullPath"], &member["createdBy"]),
        (&json!("acme/tools"), &Value::Null)
    );
    let dan = reasons(&app, "ann-api", "dan").await;
    assert_eq!(
        dan.as_array().unwrap().iter().map(short).collect::<Value>(),
        json!([
            ["DIRECT", 30, null, ["acme/tools"]],
            ["DIRECT", 10, null, ["acme/tools/cli"]],
            ["GROUP_SHARE", 30, null, ["acme/tools"]],
            ["GROUP_SHARE", 20, 40, ["allies", "acme"]],
            ["PROJECT_SHARE", 30, 40, ["allies", "acme/tools/cli"]],
        ])
    );
}

async fn what_waits_is_no_reason(app: TestApp) {
    app.import(&place().json()).await;
    assert_eq!(reasons(&app, "ann-api", "wes").await, json!([]));
}

const MEMBERSHIPS: &str = "query($path: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    group(fullPath: $path) { billableMembers(search: \"dan\", sort: NAME_ASC) { nodes {
      memberships(first: $first, after: $after, last: $last, before: $before) {
        count nodes { id isDirectMember state accessLevel { integerValue } source { fullPath } user { username } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } } } }";

async fn memberships(app: &TestApp, mut variables: Value) -> Value {
    variables["path"] = json!("acme");
    let data = app.token("ann-api").query(MEMBERSHIPS, variables).await;
    data["group"]["billableMembers"]["nodes"][0]["memberships"].clone()
}

async fn memberships_are_the_users_own_rows_in_the_hierarchy(app: TestApp) {
    let world = place()
        .group("acme/labs", |group| {
            group.member("dan", level::REPORTER, Item::awaiting)
        })
        .project("acme/labs/x", |project| project.requested_by("dan", |row| row))
        .group("elsewhere", |group| group.developer("dan"));
    app.import(&world.json()).await;
    let found = memberships(&app, json!({})).await;
    assert_eq!(found["count"], 3);
    let rows = found["nodes"].as_array().unwrap().iter();
    let rows: Value = rows
        .map(|row| {
            json!([
                row["source"]["fullPath"],
                row["accessLevel"]["integerValue"],
                row["state"],
                row["isDirectMember"]
            ])
        })
        .collect();
    assert_eq!(
        rows,
        json!([
            ["acme/tools", 30, "ACTIVE", true],
            ["acme/tools/cli", 10, "ACTIVE", true],
            ["acme/labs", 20, "AWAITING", true]
        ])
    );
}

async fn memberships_page_both_ways_to_the_end(app: TestApp) {
    let world = (0..5).fold(place(), |world, n| {
        world.project(&format!("acme/p{n}"), |project| project.reporter("dan"))
    });
    app.import(&world.json()).await;
    let ids = |found: &Value| -> Vec<Value> {
        let nodes = found["nodes"].as_array().unwrap().iter();
        nodes.map(|node| node["id"].clone()).collect()
    };
    let whole = ids(&memberships(&app, json!({})).await);
    assert_eq!(whole.len(), 7);
    let (mut forwards, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = memberships(&app, json!({"first": 3, "after": after})).await;
        forwards.extend(ids(&page));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let (mut backwards, mut before) = (Vec::new(), Value::Null);
    loop {
        let page = memberships(&app, json!({"last": 3, "before": before})).await;
        backwards.splice(0..0, ids(&page));
        before = page["pageInfo"]["startCursor"].clone();
        if page["pageInfo"]["hasPreviousPage"] == false {
            break;
        }
    }
    assert_eq!((&forwards, &backwards), (&whole, &whole));
}

async fn where_a_directory_decides_nobody_reads_memberships(app: TestApp) {
    let world = World::new().group("acme", |group| {
        let link = json!([{"provider": "main", "cn": "all", "access_level": 30}]);
        group.set("ldap_links", link).owner("ann").developer("dan")
    });
    app.import(&world.json()).await;
    let found = memberships(&app, json!({})).await;
    assert_eq!((&found["count"], &found["nodes"]), (&json!(0), &json!([])));
    assert_eq!(reasons(&app, "ann-api", "dan").await.as_array().unwrap().len(), 1);
}

async fn a_level_costs_the_same_for_one_seat_and_for_many(app: TestApp) {
    let world = World::new()
        .role("acme", "Auditor", level::GUEST)
        .group("acme", |group| {
            (0..12).fold(group.owner("u00"), |group, n| {
                group.member(&format!("a{n:02}"), level::GUEST, |row| row.with_role("Auditor"))
            })
        });
    let world = (0..6).fold(world, |world, n| {
        let world = world.group(&format!("guests{n}"), |group| {
            (0..12).fold(group, |group, n| group.developer(&format!("a{n:02}")))
        });
        world
            .project(&format!("acme/p{n}"), |project| {
                (0..12)
                    .fold(project, |project, n| project.reporter(&format!("a{n:02}")))
                    .shared_with(&format!("guests{n}"), level::GUEST)
            })
            .group(&format!("acme/g{n}"), |group| {
                group.shared_with(&format!("guests{n}"), level::DEVELOPER)
            })
    });
    app.import(&world.json()).await;
    let document =
        "query($first: Int) { group(fullPath: \"acme\") { billableMembers(sort: NAME_ASC, first: $first) { nodes {
      reasons { kind via { fullPath } member { id } }
      memberships(first: 3) { count nodes { id } } } } } }";
    let ann = app.token("u00-api");
    let cost = async |first: i64| {
        let answer = ann.graphql(document, json!({"first": first})).await.expect(200);
        assert!(answer.json().get("errors").is_none(), "{}", answer.text());
        answer.statements
    };
    cost(1).await;
    let one = cost(1).await;
    assert_eq!(cost(6).await, one);
    assert!(one <= 26, "{one}");
}

async fn a_removal_tells_what_is_gone_and_what_is_left(app: TestApp) {
    let world = place().project("acme/lib", |project| project.requested_by("dan", |row| row));
    app.import(&world.json()).await;
    let acme = source_id(&app, "acme").await;
    let dan = user_id(&app, "dan").await;
    let rows = memberships(&app, json!({})).await;
    let mut ids: Vec<_> = rows["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].clone())
        .collect();
    assert!(ids[0].as_str().unwrap().contains("/GroupMember/"));
    assert!(ids[1].as_str().unwrap().contains("/ProjectMember/"));
    let input = json!({"clientMutationId": "c-1", "groupId": acme, "userId": dan});
    let told = done(&app.token("ann-api"), REMOVE, input.clone()).await;
    let removed = told["removedMemberIds"].as_array().unwrap();
    assert!(removed[2].as_str().unwrap().contains("/AccessRequest/"));
    ids.push(removed[2].clone());
    assert_eq!(removed, &ids);
    assert_eq!(
        (&told["clientMutationId"], &told["errors"]),
        (&json!("c-1"), &json!([]))
    );
    let left = &told["billableMember"];
    assert_eq!(
        (&left["membershipType"], &left["removable"], &left["user"]["username"]),
        (&json!("GROUP_INVITE"), &json!(false), &json!("dan"))
    );
    let kinds: Vec<_> = left["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| reason["kind"].clone())
        .collect();
    assert_eq!(kinds, ["GROUP_SHARE", "GROUP_SHARE", "PROJECT_SHARE"]);
    assert_eq!(left["memberships"]["count"], 0);

    let again = done(&app.token("ann-api"), REMOVE, input).await;
    assert_eq!(
        faults(&again),
        json!([["NOT_FOUND", "No member found for the given user_id", ["userId"]]])
    );
    assert_eq!(again["errors"], json!(["No member found for the given user_id"]));
    assert_eq!(
        (&again["removedMemberIds"], &again["billableMember"]),
        (&json!([]), &Value::Null)
    );

    // Whose seat is free has none to show; a manager owns nothing and is shown none.
    let oto = json!({"groupId": acme, "userId": user_id(&app, "oto").await});
    let told = done(&app.token("ann-api"), REMOVE, oto).await;
    assert_eq!(told["billableMember"], Value::Null);
    let mel = json!({"groupId": acme, "userId": user_id(&app, "mel").await});
    let told = done(&app.token("mel-api"), REMOVE, mel).await;
    assert_eq!(
        (
            &told["billableMember"],
            told["removedMemberIds"].as_array().map(Vec::len)
        ),
        (&Value::Null, Some(1))
    );
}

async fn what_stands_in_the_way_of_a_removal_is_data(app: TestApp) {
    let link = || json!([{"provider": "main", "cn": "all", "access_level": 30}]);
    let world = World::new()
        .user("rob", |user| user.set("user_type", "project_bot"))
        .user("sid", |user| user)
        .role_that("acme", "Manager", level::DEVELOPER, "admin_group_member")
        .group("acme", |group| {
            group
                .owner("ann")
                .maintainer("mia")
                .developer("gus")
                .member("mel", level::DEVELOPER, |row| row.with_role("Manager"))
        })
        .group("acme/synced", |group| group.set("ldap_links", link()).developer("gus"))
        .group("synced", |group| {
            group.set("ldap_links", link()).owner("ann").developer("gus")
        })
        .project("acme/app", |project| project.developer("rob"));
    app.import(&world.json()).await;
    let (acme, synced) = (source_id(&app, "acme").await, source_id(&app, "synced").await);
    let ldap = "Members of this group are added and removed by LDAP";
    for (by, group, whom, code, message) in [
        (
            "ann-api",
            &acme,
            "ann",
            "LAST_OWNER",
            "The last owner cannot be removed",
        ),
        (
            "root-api",
            &acme,
            "ann",
            "LAST_OWNER",
            "The last owner cannot be removed",
        ),
        (
            "mel-api",
            &acme,
            "mia",
            "ACCESS_LEVEL_NOT_ALLOWED",
            "The member has a higher access level than you may manage",
        ),
        (
            "ann-api",
            &acme,
            "rob",
            "FORBIDDEN",
            "The membership of a bot can be neither changed nor removed",
        ),
        ("ann-api", &acme, "gus", "LDAP_MANAGED", ldap),
        ("ann-api", &synced, "gus", "LDAP_MANAGED", ldap),
        (
            "ann-api",
            &acme,
            "sid",
            "NOT_FOUND",
            "No member found for the given user_id",
        ),
    ] {
        let input = json!({"groupId": group, "userId": user_id(&app, whom).await});
        let before = super::traces(&app).await;
        let told = done(&app.token(by), REMOVE, input).await;
        assert_eq!(faults(&told), json!([[code, message, ["userId"]]]), "{by} {whom}");
        assert_eq!(super::traces(&app).await, before, "{by} {whom}");
    }
    let nobody = json!({"groupId": acme, "userId": "gid://gitlab/User/999999"});
    let told = done(&app.token("ann-api"), REMOVE, nobody).await;
    assert_eq!(told["userErrors"][0]["code"], "NOT_FOUND");
}

async fn who_has_no_right_gets_an_error(app: TestApp) {
    let world = place()
        .user("sid", |user| user)
        .group("cafe", |group| group.public().owner("ann").owner("oto").guest("gus"))
        .group("cafe/back", |group| group.public().owner("ann").guest("gus"));
    app.import(&world.json()).await;
    let gus = user_id(&app, "gus").await;
    let dan = user_id(&app, "dan").await;
    for (by, path, user) in [
        ("sid-api", "cafe", &gus),
        ("gus-api", "cafe", &gus),
        ("sid-api", "acme", &dan),
        // Seats are counted at the top.
        ("ann-api", "cafe/back", &gus),
    ] {
        let input = json!({"groupId": source_id(&app, path).await, "userId": user});
        let code = refused(&app.token(by), REMOVE, input).await;
        assert_eq!(code, "RESOURCE_NOT_AVAILABLE", "{by} {path}");
    }
}

async fn a_rehearsed_key_removes_once(app: TestApp) {
    app.import(&place().json()).await;
    let input = json!({"groupId": source_id(&app, "acme").await, "userId": user_id(&app, "oto").await});
    let document = REMOVE.replace("(input: $input)", "(input: $input) @idempotent(key: \"k\")");
    let first = done(&app.token("ann-api"), &document, input.clone()).await;
    let traces = super::traces(&app).await;
    let again = done(&app.token("ann-api"), &document, input).await;
    assert_eq!((&first, super::traces(&app).await), (&again, traces));
    assert_eq!(first["removedMemberIds"].as_array().map(Vec::len), Some(1));
}
