//! Every mutation has a door, and each door was tried by those it must keep out and by one whom it lets in.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::graph::requests::request_id;
use crate::graph::{self, invitations, member_id, pending, places, seats, share_id, source_id, user_id};
use crate::support::{Client, TestApp, on_both_databases};

on_both_databases!(
    every_mutation_lets_in_who_may_and_nobody_else,
    a_link_lets_in_whoever_has_it_and_as_a_member_whom_it_invites,
);

/// A mutation: its name, a document whose one root field is called `done`, its input, a caller who sees the place and may not do this there, and
/// one who may.
struct Door {
    name: &'static str,
    document: &'static str,
    input: Value,
    too_low: &'static str,
    enough: &'static str,
}

const fn door(
    name: &'static str,
    document: &'static str,
    input: Value,
    too_low: &'static str,
    enough: &'static str,
) -> Door {
    Door {
        name,
        document,
        input,
        too_low,
        enough,
    }
}

async fn doors(app: &TestApp) -> Vec<Door> {
    let (acme, project) = (source_id(app, "acme").await, source_id(app, "acme/app").await);
    let (dan, pia) = (user_id(app, "dan").await, user_id(app, "pia").await);
    vec![
        door(
            "memberInvite",
            graph::INVITE,
            json!({"source": {"groupId": acme}, "invitees": [{"username": "newt"}]}),
            "mia-api",
            "ann-api",
        ),
        door(
            "memberUpdate",
            graph::UPDATE,
            json!({"id": member_id(app, "acme", "gus").await, "accessLevel": "DEVELOPER"}),
            "mia-api",
            "ann-api",
        ),
        door(
            "memberSetOverride",
            graph::OVERRIDE,
            json!({"id": member_id(app, "synced", "lea").await, "override": true}),
            "hal-api",
            "ann-api",
        ),
        door(
            "groupMemberBulkUpdate",
            graph::GROUP_BULK,
            json!({"groupId": acme, "userIds": [dan], "accessLevel": "REPORTER"}),
            "mia-api",
            "ann-api",
        ),
        door(
            "projectMemberBulkUpdate",
            graph::PROJECT_BULK,
            json!({"projectId": project, "userIds": [pia], "accessLevel": "REPORTER"}),
            "pia-api",
            "max-api",
        ),
        door(
            "projectMembersImport",
            graph::IMPORT,
            json!({"projectId": project, "fromProjectId": source_id(app, "acme/lib").await}),
            "dan-api",
            "mia-api",
        ),
        door(
            "accessRequestCreate",
            graph::ASK,
            json!({"source": {"fullPath": "cafe"}}),
            "xia-api",
            "newt-api",
        ),
        door(
            "accessRequestApprove",
            graph::APPROVE,
            json!({"id": request_id(app, "acme", "rex").await}),
            "mia-api",
            "ann-api",
        ),
        door(
            "shareCreate",
            graph::SHARE,
            json!({"source": {"groupId": acme}, "withGroupId": source_id(app, "open").await, "accessLevel": "GUEST"}),
            "mia-api",
            "ann-api",
        ),
        door(
            "accessRequestDeny",
            graph::DENY,
            json!({"id": request_id(app, "acme", "zoe").await}),
            "mia-api",
            "ann-api",
        ),
        door(
            "shareDelete",
            graph::UNSHARE,
            json!({"id": share_id(app, "acme/app", "synced").await}),
            "pia-api",
            "ann-api",
        ),
        door(
            "billableMemberRemove",
            seats::REMOVE,
            json!({"groupId": acme, "userId": user_id(app, "olga").await}),
            "mia-api",
            "ann-api",
        ),
        door(
            "memberRemove",
            graph::REMOVE,
            json!({"id": member_id(app, "acme", "gus").await}),
            "mia-api",
            "ann-api",
        ),
    ]
}

async fn doors_of_roles_and_accounts(app: &TestApp) -> Vec<Door> {
    vec![
        door(
            "memberRoleCreate",
            graph::MAKE_ROLE,
            json!({"groupPath": "acme", "baseAccessLevel": "GUEST", "permissions": ["read_code"]}),
            "mia-api",
            "ann-api",
        ),
        door(
            "memberRoleDelete",
            graph::REMOVE_ROLE,
            json!({"id": "gid://gitlab/MemberRole/3002"}),
            "hal-api",
            "ann-api",
        ),
        door(
            "userSetState",
            graph::SET_STATE,
            json!({"id": user_id(app, "olga").await, "state": "blocked"}),
            "ann-api",
            "root-api",
        ),
    ]
}

async fn doors_of_directories(app: &TestApp) -> Vec<Door> {
    let group = source_id(app, "synced").await;
    let link = json!({"groupId": group, "provider": "main", "cn": "more", "accessLevel": "GUEST"});
    let sync = json!({ "groupId": group });
    let unlink = json!({"id": "gid://gitlab/LdapGroupLink/1"});
    vec![
        door("ldapGroupLinkCreate", graph::ldap::LINK, link, "hal-api", "ann-api"),
        door("groupLdapSync", graph::ldap::SYNC, sync, "hal-api", "ann-api"),
        door("ldapGroupLinkDelete", graph::ldap::UNLINK, unlink, "hal-api", "ann-api"),
    ]
}

async fn doors_of_invitations(app: &TestApp) -> Vec<Door> {
    let id = invitations::invitation_id(app, "acme", "ina@example.org").await;
    let input = json!({ "id": id });
    let change = json!({"id": id, "accessLevel": "REPORTER"});
    vec![
        door("invitationUpdate", invitations::UPDATE, change, "mia-api", "ann-api"),
        door(
            "invitationResend",
            invitations::RESEND,
            input.clone(),
            "mia-api",
            "ann-api",
        ),
        door("invitationRevoke", invitations::REVOKE, input, "mia-api", "ann-api"),
    ]
}

/// One waits, one is made to, and both are let in.
async fn doors_of_who_waits(app: &TestApp) -> Vec<Door> {
    let queue = source_id(app, "queue").await;
    let (wes, qui) = (member_id(app, "queue", "wes").await, user_id(app, "qui").await);
    let wait = json!({"groupId": queue, "userId": qui, "state": "AWAITING"});
    vec![
        door(
            "memberApprove",
            pending::APPROVE,
            json!({ "id": wes }),
            "mia-api",
            "ann-api",
        ),
        door("memberSetState", pending::SET_STATE, wait, "mia-api", "ann-api"),
        door(
            "groupMembersApproveAll",
            pending::APPROVE_ALL,
            json!({ "groupId": queue }),
            "mia-api",
            "ann-api",
        ),
    ]
}

/// Two are made, changed, and removed again.
async fn doors_of_places(app: &TestApp) -> Vec<Door> {
    let parent = source_id(app, "other").await;
    let group = json!({"name": "New", "path": "new", "parentId": parent});
    let rename = |path: &str| json!({"fullPath": path, "name": "Renamed"});
    let remove = |path: &str| json!({ "fullPath": path });
    vec![
        door("groupCreate", places::MAKE_GROUP, group, "mia-api", "ann-api"),
        door(
            "groupUpdate",
            places::CHANGE_GROUP,
            rename("acme/tools"),
            "mia-api",
            "ann-api",
        ),
        door(
            "groupDelete",
            places::REMOVE_GROUP,
            remove("acme/tools"),
            "mia-api",
            "ann-api",
        ),
        door(
            "projectUpdate",
            places::CHANGE_PROJECT,
            rename("acme/lib"),
            "dan-api",
            "mia-api",
        ),
        door(
            "projectDelete",
            places::REMOVE_PROJECT,
            remove("acme/lib"),
            "mia-api",
            "ann-api",
        ),
    ]
}

/// A mutation whose door is told as a fault of its input: `graph::places` tries it.
const TOLD: &str = "projectCreate";

/// Mutations whose door is a link: whoever has the token is let in, and sees nothing of the place.
const LINKS: [(&str, &str); 2] = [
    ("invitationAccept", invitations::ACCEPT),
    ("invitationDecline", invitations::DECLINE),
];

/// The fields of the type `Mutation` in the published schema.
fn mutations() -> BTreeSet<String> {
    let schema = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql")).unwrap();
    let fields = schema.split("\ntype Mutation {\n").nth(1).expect("mutations");
    let fields = fields.split("\n}").next().unwrap_or_default().lines();
    let names = fields.filter_map(|line| line.strip_prefix("  ")?.split_once('(').map(|(name, _)| name));
    names
        .filter(|name| name.chars().all(char::is_alphanumeric))
        .map(str::to_owned)
        .collect()
}

async fn every_mutation_lets_in_who_may_and_nobody_else(app: TestApp) {
    app.import(&graph::place().json()).await;
    let mut doors = doors(&app).await;
    doors.extend(doors_of_invitations(&app).await);
    doors.extend(doors_of_who_waits(&app).await);
    doors.extend(doors_of_roles_and_accounts(&app).await);
    doors.extend(doors_of_directories(&app).await);
    doors.extend(doors_of_places(&app).await);
    let others = LINKS.map(|(name, _)| name).into_iter().chain([TOLD]);
    let tried = doors.iter().map(|door| door.name).chain(others);
    let tried: BTreeSet<_> = tried.map(str::to_owned).collect();
    assert_eq!(
        tried,
        mutations(),
        "each mutation of schema.graphql stands in the table, and no other"
    );
    for door in doors {
        let before = graph::traces(&app).await;
        let code = async |client: Client, status: u16| {
            let answer = client
                .graphql(door.document, json!({"input": door.input}))
                .await
                .expect(status)
                .json();
            assert!(answer["data"]["done"].is_null(), "{}: {answer}", door.name);
            answer["errors"][0]["extensions"]["code"].clone()
        };
        assert_eq!(
            code(app.anonymous(), 200).await,
            "UNAUTHENTICATED",
            "{}: anonymous",
            door.name
        );
        assert_eq!(
            code(app.token("nonsense"), 401).await,
            "UNAUTHENTICATED",
            "{}: a dead token",
            door.name
        );
        // rita is an owner, with a token that may only read.
        assert_eq!(
            code(app.token("rita-read"), 403).await,
            "INSUFFICIENT_SCOPE",
            "{}: wrong scope",
            door.name
        );
        assert_eq!(
            code(app.token("sven-api"), 200).await,
            "RESOURCE_NOT_AVAILABLE",
            "{}: a stranger",
            door.name
        );
        assert_eq!(
            code(app.token(door.too_low), 200).await,
            "RESOURCE_NOT_AVAILABLE",
            "{}: too low",
            door.name
        );
        assert_eq!(graph::traces(&app).await, before, "{}: nothing was done", door.name);
        let told = graph::done(&app.token(door.enough), door.document, door.input.clone()).await;
        let refused = told["userErrors"].as_array().unwrap();
        assert!(
            refused.iter().all(|fault| fault["code"] == "INHERITED_HIGHER_ACCESS"),
            "{}: {told}",
            door.name
        );
        assert_ne!(graph::traces(&app).await, before, "{}: enough", door.name);
    }
}

async fn a_link_lets_in_whoever_has_it_and_as_a_member_whom_it_invites(app: TestApp) {
    app.import(&graph::place().json()).await;
    let before = graph::traces(&app).await;
    for (name, document) in LINKS {
        let input = json!({"input": {"token": "to-nora"}});
        for (token, status, code) in [
            ("nonsense", 401, "UNAUTHENTICATED"),
            ("rita-read", 403, "INSUFFICIENT_SCOPE"),
        ] {
            let answer = app
                .token(token)
                .graphql(document, input.clone())
                .await
                .expect(status)
                .json();
            assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{name}");
        }
    }
    let [(_, accept), (_, decline)] = LINKS;
    let code = graph::refused(&app.anonymous(), accept, json!({"token": "to-nora"})).await;
    assert_eq!(code, "UNAUTHENTICATED");
    for who in ["sven-api", "mia-api", "ann-api", "root-api"] {
        let told = graph::done(&app.token(who), accept, json!({"token": "to-nora"})).await;
        assert_eq!(told["userErrors"][0]["code"], "FORBIDDEN", "{who}");
    }
    assert_eq!(graph::traces(&app).await, before);
    let told = graph::done(&app.token("nora-api"), accept, json!({"token": "to-nora"})).await;
    assert_eq!(told["invitation"]["state"], "ACCEPTED");
    let told = graph::done(&app.anonymous(), decline, json!({"token": "to-ina"})).await;
    assert_eq!(told["invitation"]["state"], "DECLINED");
}
