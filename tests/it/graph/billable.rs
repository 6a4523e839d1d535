//! Who takes a seat, in the graph.

use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    owners_list_who_takes_a_seat_and_why,
    nobody_else_hears_of_seats,
    every_order_pages_both_ways_to_the_end,
    who_waits_is_listed_when_asked_for,
    a_seat_is_found_by_its_id,
    administrators_list_everybody_who_takes_a_seat_once,
    the_seats_of_a_group_are_reported,
    changes_are_previewed_and_not_made,
    gitlabs_estimate_counts_whom_it_is_asked_about,
    a_page_costs_the_same_for_one_group_and_for_many_and_for_one_row_and_for_many,
);

const LIST: &str = "query($path: ID!) { group(fullPath: $path) { billableMembersCount billableMembers {
  count nodes { id user { username } email membershipType membershipState removable isLastOwner lastActivityOn lastLoginAt } } } }";

fn place() -> World {
    World::new()
        .user("gus", |user| {
            user.set("email", "gus@home.example").set("enterprise_group", "acme")
        })
        .user("pat", |user| {
            user.set("public_email", "pat@public.example")
                .set("last_sign_in_at", "2026-02-03T04:05:06Z")
                .set("last_activity_on", "2026-02-03")
        })
        .group("partners", |group| group.owner("pat"))
        .group("acme", |group| {
            group
                .owner("ann")
                .maintainer("max")
                .member("wes", level::DEVELOPER, crate::support::world::Item::awaiting)
                .shared_with("partners", level::REPORTER)
        })
        .group("acme/tools", |group| group.guest("gus"))
}

async fn owners_list_who_takes_a_seat_and_why(app: TestApp) {
    app.import(&place().json()).await;
    let data = app.token("ann-api").query(LIST, json!({"path": "acme"})).await;
    let group = &data["group"];
    assert_eq!(
        (&group["billableMembersCount"], &group["billableMembers"]["count"]),
        (&json!(4), &json!(4))
    );
    let nodes = group["billableMembers"]["nodes"].as_array().unwrap();
    let told: Vec<_> = nodes
        .iter()
        .map(|node| {
            json!([
                node["user"]["username"],
                node["email"],
                node["membershipType"],
                node["removable"],
                node["isLastOwner"]
            ])
        })
        .collect();
    assert_eq!(
        Value::from(told),
        json!([
            ["gus", "gus@home.example", "GROUP_MEMBER", true, false],
            ["pat", "pat@public.example", "GROUP_INVITE", false, false],
            ["ann", null, "GROUP_MEMBER", true, true],
            ["max", null, "GROUP_MEMBER", true, false],
        ])
    );
    assert_eq!(nodes[1]["lastLoginAt"], "2026-02-03T04:05:06.000Z");
    assert_eq!(nodes[1]["lastActivityOn"], "2026-02-03");
    assert_eq!(nodes[1]["membershipState"], "ACTIVE");
}

async fn nobody_else_hears_of_seats(app: TestApp) {
    app.import(&place().json()).await;
    for (who, path) in [("max-api", "acme"), ("ann-api", "acme/tools")] {
        let data = app.token(who).query(LIST, json!({"path": path})).await;
        assert_eq!(
            data["group"],
            json!({"billableMembersCount": null, "billableMembers": null}),
            "{who} {path}"
        );
    }
}

const PAGE: &str = "query($sort: BillableMemberSort, $first: Int, $after: String, $last: Int, $before: String) {
  group(fullPath: \"acme\") { billableMembers(sort: $sort, first: $first, after: $after, last: $last, before: $before) {
    nodes { user { username } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";

async fn every_order_pages_both_ways_to_the_end(app: TestApp) {
    // Three of each name, day and time, and three without.
    let world = (0..12).fold(World::new(), |world, n| {
        world.user(&format!("u{n:02}"), |user| {
            let user = user.set("name", format!("Name {}", n % 4));
            match n % 4 {
                0 => user,
                day => user
                    .set("last_activity_on", format!("2026-02-0{day}"))
                    .set("last_sign_in_at", format!("2026-03-0{}T00:00:00Z", 4 - day)),
            }
        })
    });
    let world = world.group("acme", |group| {
        (0..12).fold(group.owner("ann"), |group, n| {
            group.member(&format!("u{n:02}"), [10, 20, 30][n % 3], |row| row)
        })
    });
    app.import(&world.json()).await;
    let ann = app.token("ann-api");
    let sorts = [
        Value::Null,
        json!("ACCESS_LEVEL_ASC"),
        json!("ACCESS_LEVEL_DESC"),
        json!("NAME_ASC"),
        json!("NAME_DESC"),
        json!("LAST_ACTIVITY_ON_ASC"),
        json!("LAST_ACTIVITY_ON_DESC"),
        json!("LAST_LOGIN_ASC"),
        json!("LAST_LOGIN_DESC"),
    ];
    for sort in sorts {
        let page = async |variables: Value| ann.query(PAGE, variables).await["group"]["billableMembers"].take();
        let names = |page: &Value| -> Vec<String> {
            let nodes = page["nodes"].as_array().unwrap().iter();
            nodes
                .map(|node| node["user"]["username"].as_str().unwrap().to_owned())
                .collect()
        };
        let whole = names(&page(json!({"sort": sort})).await);
        assert_eq!(whole.len(), 13, "{sort}");
        let (mut forwards, mut after) = (vec![], Value::Null);
        loop {
            let found = page(json!({"sort": sort, "first": 2, "after": after})).await;
            forwards.extend(names(&found));
            after = found["pageInfo"]["endCursor"].clone();
            if found["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(forwards, whole, "{sort}");
        let (mut backwards, mut before) = (vec![], Value::Null);
        loop {
            let found = page(json!({"sort": sort, "last": 3, "before": before})).await;
            backwards.splice(0..0, names(&found));
            before = found["pageInfo"]["startCursor"].clone();
            if found["pageInfo"]["hasPreviousPage"] == false {
                break;
            }
        }
        assert_eq!(backwards, whole, "{sort}");
        let between = page(json!({"sort": sort, "first": 9, "after": after, "before": before})).await;
        assert!(names(&between).is_empty(), "{sort}");
    }
}

async fn who_waits_is_listed_when_asked_for(app: TestApp) {
    app.import(&place().json()).await;
    let document = "{ group(fullPath: \"acme\") { billableMembers(includeAwaiting: true, sort: NAME_DESC, first: 2) {
      count nodes { user { username } membershipState } } } }";
    let data = app.token("ann-api").query(document, json!({})).await;
    assert_eq!(
        data["group"]["billableMembers"],
        json!({"count": 5, "nodes": [
            {"user": {"username": "wes"}, "membershipState": "AWAITING"},
            {"user": {"username": "pat"}, "membershipState": "ACTIVE"},
        ]})
    );
}

async fn a_seat_is_found_by_its_id(app: TestApp) {
    app.import(&place().json()).await;
    let data = app.token("ann-api").query(LIST, json!({"path": "acme"})).await;
    let id = data["group"]["billableMembers"]["nodes"][1]["id"].clone();
    let node = "query($id: ID!) { node(id: $id) { id ... on BillableMember { user { username } } } }";
    let found = app.token("ann-api").query(node, json!({"id": id})).await;
    assert_eq!(found["node"], json!({"id": id, "user": {"username": "pat"}}));
    for who in ["max-api", "pat-api"] {
        assert_eq!(app.token(who).query(node, json!({"id": id})).await["node"], Value::Null);
    }
}

async fn a_page_costs_the_same_for_one_group_and_for_many_and_for_one_row_and_for_many(app: TestApp) {
    let world = (0..5).fold(World::new(), |world, n| {
        world.group(&format!("g{n}"), |group| {
            (0..n * 4).fold(group.owner("ann"), |group, m| group.developer(&format!("u{m}")))
        })
    });
    app.import(&world.json()).await;
    let document = "query($search: String, $first: Int) { groups(search: $search, topLevelOnly: true) { nodes {
      billableMembersCount billableMembers(first: $first, sort: NAME_ASC) { count nodes { user { username } isLastOwner } } } } }";
    let ann = app.token("ann-api");
    let cost = async |variables: Value| ann.graphql(document, variables).await.expect(200).statements;
    cost(json!({})).await;
    let one = cost(json!({"search": "g0", "first": 1})).await;
    assert_eq!(cost(json!({"search": "g4", "first": 1})).await, one);
    assert_eq!(cost(json!({"search": "g4", "first": 50})).await, one);
    assert_eq!(cost(json!({"first": 50})).await, one);
}

async fn administrators_list_everybody_who_takes_a_seat_once(app: TestApp) {
    app.import(&place().json()).await;
    let document = "query($sort: BillableMemberSort) { billableMembers(sort: $sort) { count nodes { id user { username } membershipType } } }";
    for (sort, names) in [
        (Value::Null, ["gus", "pat", "ann", "max"]),
        (json!("NAME_DESC"), ["pat", "max", "gus", "ann"]),
        (json!("LAST_ACTIVITY_ON_DESC"), ["pat", "gus", "ann", "max"]),
        (json!("ACCESS_LEVEL_ASC"), ["gus", "max", "pat", "ann"]),
    ] {
        let data = app.admin().query(document, json!({ "sort": sort })).await;
        let list = &data["billableMembers"];
        let nodes = list["nodes"].as_array().unwrap().iter();
        let found: Vec<_> = nodes.map(|node| node["user"]["username"].as_str().unwrap()).collect();
        assert_eq!((list["count"].as_i64(), found), (Some(4), names.to_vec()), "{sort}");
    }
    let hidden = app.token("ann-api").query(document, json!({})).await;
    assert_eq!(hidden["billableMembers"], Value::Null);
}

async fn the_seats_of_a_group_are_reported(app: TestApp) {
    let world = place().group("acme/more", |group| group.invited("new@example.org", 30, |row| row));
    app.import(&world.json()).await;
    let document = "query($path: ID!) { group(fullPath: $path) { seatUsage { inUse cap awaiting pendingInvitations
      byMembershipType { membershipType accessLevel count } byAccessLevel { accessLevel count } } } }";
    let data = app.token("ann-api").query(document, json!({"path": "acme"})).await;
    assert_eq!(
        data["group"]["seatUsage"],
        json!({
            "inUse": 4, "cap": null, "awaiting": 1, "pendingInvitations": 1,
            "byMembershipType": [
                {"membershipType": "GROUP_MEMBER", "accessLevel": null, "count": 3},
                {"membershipType": "GROUP_INVITE", "accessLevel": null, "count": 1},
            ],
            "byAccessLevel": [
                {"accessLevel": "GUEST", "count": 1},
                {"accessLevel": "REPORTER", "count": 1},
                {"accessLevel": "MAINTAINER", "count": 1},
                {"accessLevel": "OWNER", "count": 1},
            ],
        })
    );
    let hidden = app.token("max-api").query(document, json!({"path": "acme"})).await;
    assert_eq!(hidden["group"]["seatUsage"], Value::Null);
}

async fn changes_are_previewed_and_not_made(app: TestApp) {
    let world = place()
        .user("nia", |user| user)
        .user("oda", |user| user)
        .group("crowd", |group| group.public().owner("cleo").developer("carl"));
    let mut world = world.json();
    for group in world["groups"].as_array_mut().unwrap() {
        if group["path"] == "acme" {
            group["seats"] = json!({"cap": 5});
        }
    }
    app.import(&world).await;
    let document = "query($changes: [SeatChangeInput!]!) { group(fullPath: \"acme\") { billableMembersCount seatPreview(changes: $changes) {
      inUseNow inUseAfter cap newBillableUsers { username } newBillableEmails noLongerBillableUsers { username } wouldWait { username } } } }";
    let ann = app.token("ann-api");
    let ids = ann.query("{ users(usernames: [\"max\"]) { nodes { id } } groups(search: \"crowd\", topLevelOnly: true) { nodes { id } } }", json!({})).await;
    let (max, crowd) = (&ids["users"]["nodes"][0]["id"], &ids["groups"]["nodes"][0]["id"]);
    let acme = json!({"fullPath": "acme"});
    let changes = json!([
        {"invite": {"source": acme, "accessLevel": "DEVELOPER",
                    "invitees": [{"username": "nia"}, {"email": "New@example.org"}, {"username": "oda"}]}},
        {"removeUserId": max},
        {"share": {"source": acme, "withGroupId": crowd, "accessLevel": "GUEST"}},
    ]);
    let data = ann.query(document, json!({ "changes": changes })).await;
    assert_eq!(
        data["group"]["seatPreview"],
        json!({
            "inUseNow": 4, "inUseAfter": 6, "cap": 5,
            "newBillableUsers": [{"username": "nia"}, {"username": "cleo"}, {"username": "carl"}],
            "newBillableEmails": ["new@example.org"],
            "noLongerBillableUsers": [{"username": "max"}],
            "wouldWait": [{"username": "oda"}],
        })
    );
    let after = ann.query(document, json!({"changes": []})).await;
    assert_eq!(after["group"]["billableMembersCount"], 4);

    let wrong = json!({"changes": [{"invite": {"source": acme, "accessLevel": "GUEST", "invitees": [{"username": "nobody"}]}}]});
    let refused = ann.graphql(document, wrong).await.json();
    assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert_eq!(
        refused["errors"][0]["message"],
        "changes[0]: invitees[0]: there is no such user"
    );
    let hidden = app.token("max-api").query(document, json!({"changes": []})).await;
    assert_eq!(hidden["group"]["seatPreview"], Value::Null);
}

async fn gitlabs_estimate_counts_whom_it_is_asked_about(app: TestApp) {
    let world = place().user("nia", |user| user);
    app.import(&world.json()).await;
    let document = "query($emails: [String!]) { group(fullPath: \"acme\") { gitlabSubscriptionsPreviewBillableUserChange(addUserEmails: $emails, role: DEVELOPER) {
      hasOverage newBillableUserCount seatsInSubscription willIncreaseOverage } } }";
    let emails = json!({"emails": ["nobody@example.org", "pat@public.example"]});
    let data = app.token("ann-api").query(document, emails).await;
    assert_eq!(
        data["group"]["gitlabSubscriptionsPreviewBillableUserChange"],
        json!({"hasOverage": false, "newBillableUserCount": 5, "seatsInSubscription": null, "willIncreaseOverage": false})
    );
}
