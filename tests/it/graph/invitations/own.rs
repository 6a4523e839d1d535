//! `currentUser.invitations`: those to one's own addresses.

use serde_json::{Value, json};

use super::{ACCEPT, TOKEN, offered, world};
use crate::graph::{done, text};
use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    ones_own_invitations_are_those_to_every_address_of_ones_own,
    ones_own_invitations_are_walked_both_ways,
    where_one_is_known_already_one_sees_what_one_saw,
    ones_own_invitations_cost_the_same_for_one_and_for_many,
);

const OWN: &str = "{ currentUser { invitations { count nodes { email state accessLevel { stringValue } createdBy { username } source { fullPath } member { id } } } } }";

fn own(found: &Value) -> Vec<String> {
    let nodes = found["currentUser"]["invitations"]["nodes"].as_array().unwrap().iter();
    let shown: Vec<_> = nodes
        .map(|node| {
            format!(
                "{} to {} {}",
                text(&node["email"]),
                text(&node["source"]["fullPath"]),
                text(&node["state"])
            )
        })
        .collect();
    if let Some(count) = found["currentUser"]["invitations"]["count"].as_u64() {
        assert_eq!(count, shown.len() as u64);
    }
    shown
}

async fn ones_own_invitations_are_those_to_every_address_of_ones_own(app: TestApp) {
    let world = world()
        .group("club", |group| {
            let group = offered(group.owner("ann"), |row| row);
            let group = group.invited("NEWT@example.com", level::GUEST, |row| row.by("ann"));
            group.invited("newt@PUBLIC.example", level::REPORTER, |row| row.until("2026-11-01"))
        })
        .project("acme/lib", |project| {
            let project = project.invited("newt@example.com", level::OWNER, |row| row.by("max"));
            project.invited("newt2@example.com", level::OWNER, |row| row)
        });
    app.import(&world.json()).await;
    let newt = app.token("newt-api").query(OWN, json!({})).await;
    assert_eq!(
        own(&newt),
        [
            "newt@example.com to club PENDING",
            "newt@public.example to club EXPIRED",
            "newt@example.com to acme/lib PENDING"
        ]
    );
    assert_eq!(
        newt["currentUser"]["invitations"]["nodes"][2]["createdBy"]["username"],
        "max"
    );
    let nora = app.token("nora-api");
    assert_eq!(
        own(&nora.query(OWN, json!({})).await),
        ["nora@example.com to club PENDING"]
    );
    assert_eq!(own(&app.admin().query(OWN, json!({})).await), [""; 0]);
    let reader = app.token("rita-read").query(OWN, json!({})).await;
    assert_eq!(own(&reader), [""; 0]);
    assert_eq!(
        app.anonymous().query(OWN, json!({})).await,
        json!({"currentUser": null})
    );
    // What was accepted is a membership, and no longer among them.
    done(&nora, ACCEPT, json!({"token": TOKEN})).await;
    assert_eq!(own(&nora.query(OWN, json!({})).await), [""; 0]);
}

async fn ones_own_invitations_are_walked_both_ways(app: TestApp) {
    let mut world = World::new().user("newt", |user| user.set("public_email", "newt@public.example"));
    for (number, address) in ["newt@example.com", "newt@public.example", "newt@example.com"]
        .iter()
        .enumerate()
    {
        world = world.group(&format!("g{number}"), |group| {
            group.invited(address, level::GUEST, |row| row)
        });
    }
    app.import(&world.json()).await;
    let newt = app.token("newt-api");
    let page = async |arguments: &str| {
        let query = format!(
            "{{ currentUser {{ invitations({arguments}) {{ nodes {{ email state source {{ fullPath }} }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
        );
        let found = newt.query(&query, json!({})).await;
        let paths: Vec<_> = own(&found)
            .iter()
            .map(|line| line.split(' ').nth(2).unwrap().to_owned())
            .collect();
        (paths.join(" "), found["currentUser"]["invitations"]["pageInfo"].clone())
    };
    let (first, info) = page("first: 2").await;
    assert_eq!((first.as_str(), &info["hasNextPage"]), ("g0 g1", &json!(true)));
    let (rest, info) = page(&format!("first: 2, after: \"{}\"", text(&info["endCursor"]))).await;
    assert_eq!(
        (rest.as_str(), &info["hasNextPage"], &info["hasPreviousPage"]),
        ("g2", &json!(false), &json!(true))
    );
    let (last, info) = page("last: 2").await;
    assert_eq!((last.as_str(), &info["hasPreviousPage"]), ("g1 g2", &json!(true)));
    let (before, info) = page(&format!("last: 2, before: \"{}\"", text(&info["startCursor"]))).await;
    assert_eq!((before.as_str(), &info["hasPreviousPage"]), ("g0", &json!(false)));
}

async fn where_one_is_known_already_one_sees_what_one_saw(app: TestApp) {
    let world = world()
        .group("acme/lab", |group| {
            group.invited("dan@example.com", level::MAINTAINER, |row| row)
        })
        .project("acme/lib", |project| {
            project.invited("dan@example.com", level::MAINTAINER, |row| row)
        })
        .group("open", |group| {
            group
                .public()
                .owner("ann")
                .invited("dan@example.com", level::GUEST, |row| row)
        });
    app.import(&world.json()).await;
    let query = "{ currentUser { invitations { nodes { source { fullPath maxAccessLevel { stringValue }
        ... on Group { parent { fullPath } groupMembersCount groupMembers { count } }
        ... on Project { group { fullPath } projectMembers { count } } } } } } }";
    let found = app.token("dan-api").query(query, json!({})).await;
    let sources: Vec<_> = found["currentUser"]["invitations"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["source"].clone())
        .collect();
    let level = |level: &str| json!({ "stringValue": level });
    let acme = json!({"fullPath": "acme"});
    assert_eq!(
        json!(sources),
        json!([
            {"fullPath": "acme/lab", "maxAccessLevel": level("DEVELOPER"), "parent": acme, "groupMembersCount": 0, "groupMembers": {"count": 5}},
            {"fullPath": "acme/lib", "maxAccessLevel": level("DEVELOPER"), "group": acme, "projectMembers": {"count": 5}},
            {"fullPath": "open", "maxAccessLevel": level("NO_ACCESS"), "parent": null, "groupMembersCount": 1, "groupMembers": {"count": 1}},
        ])
    );
}

async fn ones_own_invitations_cost_the_same_for_one_and_for_many(app: TestApp) {
    const MANY: usize = 15;
    let mut world = World::new().group("acme", |group| group.owner("ann").developer("newt"));
    let to = |who: &'static str| {
        move |group: crate::support::world::Group| {
            group.invited(&format!("{who}@example.com"), level::GUEST, |row| {
                row.by("ann").with_role("Auditor")
            })
        }
    };
    // Of each kind one that is closed, and one that is not.
    world = world
        .group("one", to("uno"))
        .group("acme/one", |group| to("uno")(group.guest("uno")));
    world = world.project("one/p", to("uno")).project("acme/one/p", to("uno"));
    for n in 0..MANY {
        world = world
            .group(&format!("g{n}"), to("newt"))
            .group(&format!("acme/g{n}"), to("newt"));
        world = world
            .project(&format!("g{n}/p"), to("newt"))
            .project(&format!("acme/g{n}/p"), to("newt"));
    }
    for group in (0..MANY)
        .map(|n| format!("g{n}"))
        .chain(["one".to_owned(), "acme".to_owned()])
    {
        world = world.role(&group, "Auditor", level::GUEST);
    }
    app.import(&world.json()).await;
    let query = "{ currentUser { invitations { count nodes { id email createdBy { username } memberRole { name }
        source { fullPath maxAccessLevel { stringValue } ... on Group { groupMembersCount } } member { id } } } } }";
    let cost = async |who: &str| {
        let answer = app.token(&format!("{who}-api")).graphql(query, json!({})).await;
        assert!(answer.json().get("errors").is_none(), "{}", answer.text());
        (
            answer.json()["data"]["currentUser"]["invitations"]["count"].clone(),
            answer.statements,
        )
    };
    let ((few, cheap), (many, dear)) = (cost("uno").await, cost("newt").await);
    assert_eq!((few, many), (json!(4), json!(4 * MANY)));
    assert_eq!(cheap, dear);
}
