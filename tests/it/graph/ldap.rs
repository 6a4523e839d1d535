//! Groups whose members come from a directory, in the graph.

use serde_json::{Value, json};

use super::{done, faults, refused, source_id};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    owners_link_a_group_see_its_links_and_remove_them,
    each_fault_of_a_link_has_its_code_and_place,
    links_are_for_owners_to_see,
    links_are_paged_both_ways,
    a_synchronisation_is_asked_for_and_its_state_is_shown,
    what_is_asked_of_many_groups_costs_the_same_as_of_few,
);

pub(crate) const LINK: &str = "mutation($input: LdapGroupLinkCreateInput!) { done: ldapGroupLinkCreate(input: $input) {
    clientMutationId errors userErrors { code message path }
    ldapGroupLink { id provider cn filter accessLevel { integerValue stringValue } memberRole { name } } } }";
pub(crate) const UNLINK: &str =
    "mutation($input: LdapGroupLinkDeleteInput!) { done: ldapGroupLinkDelete(input: $input) {
    errors userErrors { code message path } ldapGroupLink { id cn filter } } }";
pub(crate) const SYNC: &str = "mutation($input: GroupLdapSyncInput!) { done: groupLdapSync(input: $input) {
    errors userErrors { code message path } ldapSync { state lastFinishedAt lastError } } }";

const LINKS: &str = "query($path: ID!) { group(fullPath: $path) {
    ldapGroupLinks { count nodes { id cn filter } } ldapSync { state lastFinishedAt lastError } } }";

fn place() -> World {
    let link = |cn: &str| json!({"provider": "ldapmain", "cn": cn, "access_level": 30});
    let cns = ["a", "b", "c", "d", "e"].map(link);
    World::new()
        .user("sid", |user| user)
        .group("acme", |group| group.public().owner("ann").maintainer("mia"))
        .role("acme", "Auditor", 10)
        .group("synced", |group| {
            let group = group.public().set("ldap_links", json!(cns));
            group.owner("ann").maintainer("mia")
        })
        .group("hidden", |group| {
            group.set("ldap_links", json!([link("x")])).owner("olga")
        })
        .role("hidden", "Foreign", 10)
}

async fn links(app: &TestApp, by: &str, path: &str) -> Value {
    let client = match by {
        "nobody" => app.anonymous(),
        name => app.token(&format!("{name}-api")),
    };
    client.query(LINKS, json!({ "path": path })).await["group"].clone()
}

async fn owners_link_a_group_see_its_links_and_remove_them(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let acme = source_id(&app, "acme").await;
    assert_eq!(
        links(&app, "ann", "acme").await,
        json!({"ldapGroupLinks": {"count": 0, "nodes": []}, "ldapSync": null})
    );
    let input = json!({"groupId": acme, "provider": "ldapmain", "cn": "devs", "accessLevel": "DEVELOPER", "clientMutationId": "x"});
    let made = done(&ann, LINK, input).await;
    let id = made["ldapGroupLink"]["id"].clone();
    let link = json!({"id": id, "provider": "ldapmain", "cn": "devs", "filter": null, "memberRole": null,
        "accessLevel": {"integerValue": 30, "stringValue": "DEVELOPER"}});
    assert_eq!(
        made,
        json!({"clientMutationId": "x", "errors": [], "userErrors": [], "ldapGroupLink": link})
    );
    let input = json!({"groupId": acme, "provider": "ldapmain", "filter": "(a=b)", "accessLevel": "GUEST",
        "memberRoleId": "gid://gitlab/MemberRole/3001"});
    let filter = done(&ann, LINK, input).await["ldapGroupLink"].clone();
    assert_eq!(
        (&filter["memberRole"]["name"], &filter["cn"]),
        (&json!("Auditor"), &json!(null))
    );
    let shown = links(&app, "ann", "acme").await;
    assert_eq!(shown["ldapGroupLinks"]["count"], 2);
    assert_eq!(
        shown["ldapSync"],
        json!({"state": "READY", "lastFinishedAt": null, "lastError": null})
    );
    let by_rest = ann.get("/groups/acme/ldap_group_links").await.expect(200).json();
    assert_eq!(
        (&by_rest[0]["cn"], &by_rest[1]["member_role_id"]),
        (&json!("devs"), &json!(3001))
    );

    let gone = done(&ann, UNLINK, json!({ "id": id })).await;
    assert_eq!(gone["ldapGroupLink"], json!({"id": id, "cn": "devs", "filter": null}));
    assert_eq!(
        refused(&ann, UNLINK, json!({ "id": id })).await,
        "RESOURCE_NOT_AVAILABLE"
    );
    assert_eq!(
        links(&app, "ann", "acme").await["ldapGroupLinks"]["nodes"][0]["id"],
        filter["id"]
    );
}

async fn each_fault_of_a_link_has_its_code_and_place(app: TestApp) {
    app.import(&place().json()).await;
    let synced = source_id(&app, "synced").await;
    let before = links(&app, "ann", "synced").await;
    let needed = "Either LDAP group cn or LDAP user filter is required";
    for (more, fault) in [
        (
            json!({"cn": "a"}),
            json!(["TAKEN", "Cn has already been taken", ["cn"]]),
        ),
        (json!({}), json!(["BLANK", needed, []])),
        (json!({"cn": " "}), json!(["BLANK", needed, []])),
        (
            json!({"cn": "x", "filter": "(a=b)"}),
            json!([
                "INVALID",
                "One of LDAP group cn and LDAP user filter is to be given",
                []
            ]),
        ),
        (
            json!({"cn": "c".repeat(256)}),
            json!(["INVALID", "Cn is too long (maximum is 255 characters)", ["cn"]]),
        ),
        (
            json!({"filter": "a=b"}),
            json!(["INVALID", "Filter must be a valid filter", ["filter"]]),
        ),
        (
            json!({"cn": "x", "provider": ""}),
            json!(["BLANK", "Provider can't be blank", ["provider"]]),
        ),
        (
            json!({"cn": "x", "memberRoleId": "gid://gitlab/MemberRole/99"}),
            json!(["NOT_FOUND", "Member role not found", ["memberRoleId"]]),
        ),
        (
            json!({"cn": "x", "accessLevel": "GUEST", "memberRoleId": "gid://gitlab/MemberRole/3002"}),
            json!([
                "INVALID",
                "Member namespace must be in same hierarchy as custom role's namespace",
                ["memberRoleId"]
            ]),
        ),
    ] {
        let mut input = json!({"groupId": synced, "provider": "ldapmain", "accessLevel": "DEVELOPER"});
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        let told = done(&app.token("ann-api"), LINK, input).await;
        assert_eq!(faults(&told), json!([fault]), "{more}");
        assert_eq!(told["ldapGroupLink"], json!(null), "{more}");
    }
    assert_eq!(links(&app, "ann", "synced").await, before);
}

async fn links_are_for_owners_to_see(app: TestApp) {
    app.import(&place().json()).await;
    let nothing = json!({"ldapGroupLinks": null, "ldapSync": null});
    for by in ["nobody", "sid", "mia"] {
        assert_eq!(links(&app, by, "synced").await, nothing, "{by}");
    }
    let shown = links(&app, "root", "synced").await;
    assert_eq!(shown["ldapGroupLinks"]["count"], 5);
    let id = shown["ldapGroupLinks"]["nodes"][0]["id"].clone();
    let node = "query($id: ID!) { node(id: $id) { id ... on LdapGroupLink { cn } } }";
    for (by, seen) in [("ann", true), ("root", true), ("mia", false), ("olga", false)] {
        let found = app.token(&format!("{by}-api")).query(node, json!({ "id": id })).await["node"].clone();
        assert_eq!(
            found,
            if seen {
                json!({"id": id, "cn": "a"})
            } else {
                json!(null)
            },
            "{by}"
        );
    }
    let hidden = links(&app, "root", "hidden").await["ldapGroupLinks"]["nodes"][0]["id"].clone();
    assert_eq!(
        refused(&app.token("ann-api"), UNLINK, json!({ "id": hidden })).await,
        "RESOURCE_NOT_AVAILABLE"
    );
    for document in [SYNC, LINK] {
        let group = source_id(&app, "hidden").await;
        let input = match document {
            LINK => json!({"groupId": group, "provider": "p", "cn": "c", "accessLevel": "GUEST"}),
            _ => json!({ "groupId": group }),
        };
        assert_eq!(
            refused(&app.token("ann-api"), document, input).await,
            "RESOURCE_NOT_AVAILABLE"
        );
    }
}

async fn links_are_paged_both_ways(app: TestApp) {
    app.import(&place().json()).await;
    let walk = async |forward: bool| {
        let page = if forward {
            "first: 2, after: $cursor"
        } else {
            "last: 2, before: $cursor"
        };
        let query = format!(
            "query($cursor: String) {{ group(fullPath: \"synced\") {{ ldapGroupLinks({page}) {{
               nodes {{ cn }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
        );
        let (mut all, mut cursor) = (vec![], json!(null));
        loop {
            let list = app.token("ann-api").query(&query, json!({ "cursor": cursor })).await;
            let list = list["group"]["ldapGroupLinks"].clone();
            let cns = list["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|link| link["cn"].as_str().unwrap().to_owned());
            let info = &list["pageInfo"];
            let more = if forward {
                all.extend(cns);
                cursor = info["endCursor"].clone();
                &info["hasNextPage"]
            } else {
                all.splice(0..0, cns);
                cursor = info["startCursor"].clone();
                &info["hasPreviousPage"]
            };
            if more == false {
                return all;
            }
        }
    };
    assert_eq!(walk(true).await, ["a", "b", "c", "d", "e"]);
    assert_eq!(walk(false).await, ["a", "b", "c", "d", "e"]);
}

async fn a_synchronisation_is_asked_for_and_its_state_is_shown(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let (acme, synced) = (source_id(&app, "acme").await, source_id(&app, "synced").await);
    let pending = json!({"state": "PENDING", "lastFinishedAt": null, "lastError": null});
    for _ in 0..2 {
        let told = done(&ann, SYNC, json!({ "groupId": synced })).await;
        assert_eq!(told, json!({"errors": [], "userErrors": [], "ldapSync": pending}));
    }
    assert_eq!(
        refused(&app.token("mia-api"), SYNC, json!({ "groupId": synced })).await,
        "RESOURCE_NOT_AVAILABLE"
    );
    let told = done(&ann, SYNC, json!({ "groupId": acme })).await;
    assert_eq!(
        told,
        json!({"errors": [], "userErrors": [], "ldapSync": null}),
        "it has no link"
    );
    let claim = roster::domain::ldap::claim_next(&app.system()).await.unwrap().unwrap();
    assert_eq!(links(&app, "ann", "synced").await["ldapSync"]["state"], "STARTED");
    app.later(std::time::Duration::from_mins(61));
    let lost = links(&app, "ann", "synced").await["ldapSync"].clone();
    assert_eq!(
        (&lost["state"], lost["lastError"].is_string()),
        (&json!("FAILED"), true)
    );
    roster::domain::ldap::fail(&app.system(), &claim, "No answer")
        .await
        .unwrap();
    assert_eq!(
        links(&app, "ann", "synced").await["ldapSync"],
        json!({"state": "FAILED", "lastFinishedAt": "2026-11-21T13:01:00.000Z", "lastError": "No answer"})
    );
}

async fn what_is_asked_of_many_groups_costs_the_same_as_of_few(app: TestApp) {
    let link = |cn: String| json!({"provider": "ldapmain", "cn": cn, "access_level": 30});
    let world = (0..6).fold(World::new(), |world, index| {
        let links: Vec<_> = (0..=index).map(|number| link(format!("cn{number}"))).collect();
        world.group(&format!("g{index}"), |group| {
            group.set("ldap_links", json!(links)).owner("ann")
        })
    });
    app.import(&world.json()).await;
    let cost = async |first: u32| {
        let query = format!(
            "{{ groups(first: {first}) {{ nodes {{ ldapSync {{ state }} ldapGroupLinks {{ count nodes {{ id memberRole {{ name }} }} }} }} }} }}"
        );
        let answer = app.token("ann-api").graphql(&query, json!({})).await;
        assert!(answer.json().get("errors").is_none(), "{}", answer.text());
        answer.statements
    };
    assert_eq!(cost(1).await, cost(6).await);
}
