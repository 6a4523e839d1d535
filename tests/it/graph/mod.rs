//! The graph as its clients see it.

mod audit;
mod billable;
mod faults;
mod federation;
mod gitlab_documents;
pub(crate) mod invitations;
pub(crate) mod ldap;
mod mutations;
pub(crate) mod pending;
pub(crate) mod places;
mod reading;
mod rehearsal;
pub(crate) mod requests;
mod retries;
mod roles;
pub(crate) mod seats;
mod shares;
pub(crate) mod tokens;

use roster::domain::Error;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::support::world::{Item, World};
use crate::support::{Client, TestApp};

/// `acme` with people of every level, two who ask for access and two who are invited, a project in it and one beside it, a group that a directory decides about, one that is
/// locked, and a group that every signed-in user sees but external ones.
pub(crate) fn place() -> World {
    World::new()
        .user("sven", Item::external)
        .user("xia", Item::external)
        .user("newt", |user| user.set("public_email", "newt@public.example"))
        .user("nora", |user| user)
        .user("bot", |user| user.set("user_type", "project_bot"))
        .user("rita", |user| {
            let token = json!({"token": "rita-read", "name": "rita-read", "scopes": ["read_api"]});
            user.set("tokens", json!([token]))
        })
        .group("acme", |group| {
            group
                .owner("ann")
                .owner("rita")
                .maintainer("mia")
                .developer("dan")
                .guest("gus")
                .requested_by("rex", |row| row)
                .requested_by("zoe", |row| row)
                .invited("ina@example.org", 30, |row| row.by("ann").set("token", "to-ina"))
                .invited("nora@example.com", 30, |row| row.by("ann").set("token", "to-nora"))
        })
        .group("cafe", |group| group.internal().owner("ann").owner("rita"))
        .group("acme/tools", |group| group.maintainer("dan").owner("olga"))
        .group("other", |group| group.owner("ann"))
        .group("open", |group| group.public().owner("olga"))
        .group("hid", |group| group.owner("olga"))
        .group("kept", |group| {
            let group = group.owner("ann");
            group.setting("prevent_sharing_groups_outside_hierarchy", true)
        })
        .group("synced", |group| {
            group
                .set(
                    "ldap_links",
                    json!([{"provider": "main", "cn": "all", "access_level": 30}]),
                )
                .owner("ann")
                .owner("rita")
                .member("lea", 30, |row| row.set("ldap", true))
                .developer("hal")
        })
        .group("lent", |group| group.owner("ann").shared_with("synced", 20))
        .group("locked", |group| group.setting("membership_lock", true).owner("ann"))
        .group("shut", |group| {
            let group = group.setting("share_with_group_lock", true);
            group.owner("ann")
        })
        .group("choosy", |group| {
            group
                .setting("allowed_email_domains", json!(["acme.example"]))
                .owner("ann")
        })
        .project("acme/app", |project| {
            let project = project.maintainer("max").developer("pia").reporter("bot");
            project.requested_by("zoe", |row| row).shared_with("synced", 20)
        })
        .project("cafe/menu", |project| project.developer("xia"))
        .project("acme/lib", |project| {
            project.developer("dan").maintainer("gus").owner("olga")
        })
        .project("locked/app", |project| project)
        .project("shut/app", |project| project.maintainer("max"))
        .project("per/dots", |project| project.maintainer("max"))
        .group("queue", |group| {
            let group = group.owner("ann").owner("rita").maintainer("mia").developer("qui");
            group
                .member("wes", 30, Item::awaiting)
                .invited("late@example.org", 30, Item::awaiting)
        })
        .role("acme", "Auditor", 10)
        .role("synced", "Spare", 10)
}

/// What a mutation answers in its root field, which must not be null; called `done` in the document.
pub(crate) async fn done(client: &Client, document: &str, input: Value) -> Value {
    let answer = client.query(document, json!({ "input": input })).await;
    assert!(answer["done"].is_object(), "{answer}");
    answer["done"].clone()
}

/// The code of the one error of a mutation that is refused.
pub(crate) async fn refused(client: &Client, document: &str, input: Value) -> Value {
    let answer = client.graphql(document, json!({ "input": input })).await.json();
    assert_eq!(answer["data"], json!({"done": null}), "{answer}");
    assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1), "{answer}");
    answer["errors"][0]["extensions"]["code"].clone()
}

/// Code, text and place of each fault of a payload, or of a result.
pub(crate) fn faults(told: &Value) -> Value {
    let faults = told["userErrors"].as_array().expect("a list of faults");
    let fault = |fault: &Value| json!([fault["code"], fault["message"], fault["path"]]);
    faults.iter().map(fault).collect()
}

/// The global id of a group or project.
pub(crate) async fn source_id(app: &TestApp, path: &str) -> String {
    let query = "query($path: ID!) { namespace(fullPath: $path) { id } }";
    text(&app.admin().query(query, json!({ "path": path })).await["namespace"]["id"])
}

/// The global id of a user.
pub(crate) async fn user_id(app: &TestApp, name: &str) -> String {
    let query = "query($name: String!) { user(username: $name) { id } }";
    text(&app.admin().query(query, json!({ "name": name })).await["user"]["id"])
}

/// The direct members of a group or project, as administrators see them, by row: user name, level, end, id.
pub(crate) async fn members(app: &TestApp, path: &str) -> Vec<Value> {
    let query = "query($path: ID!) { namespace(fullPath: $path) {
                   ... on Group { list: groupMembers(relations: [DIRECT]) { nodes { ...row } } }
                   ... on Project { list: projectMembers(relations: [DIRECT]) { nodes { ...row } } } } }
                 fragment row on MemberInterface { id expiresAt memberRole { name } user { username } accessLevel { stringValue } }";
    let found = app.admin().query(query, json!({ "path": path })).await;
    found["namespace"]["list"]["nodes"].as_array().expect("a list").clone()
}

/// One of them.
pub(crate) async fn member(app: &TestApp, path: &str, name: &str) -> Value {
    let all = members(app, path).await;
    let member = all.into_iter().find(|member| member["user"]["username"] == name);
    member.unwrap_or(Value::Null)
}

pub(crate) async fn member_id(app: &TestApp, path: &str, name: &str) -> String {
    text(&member(app, path, name).await["id"])
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// Everything that a change leaves behind: the membership rows, and how many events, entries of the change log, letters and remembered keys there are.
pub(crate) async fn traces(app: &TestApp) -> Vec<i64> {
    let rows =
        "SELECT id, COALESCE(user_id, 0), access_level, state, COALESCE(member_role_id, 0) FROM members ORDER BY id";
    let mut all = numbers(app, rows, 5).await;
    for table in [
        "group_shares",
        "project_shares",
        "member_roles",
        "ldap_group_links",
        "namespaces WHERE ldap_sync_state <> 'ready'",
        "audit_events",
        "change_log",
        "outbox",
        "idempotency_keys",
        "users",
        "personal_access_tokens",
        "personal_access_tokens WHERE revoked",
    ] {
        all.extend(numbers(app, &format!("SELECT COUNT(*) FROM {table}"), 1).await);
    }
    all
}

pub(crate) async fn count(app: &TestApp, table: &str) -> i64 {
    numbers(app, &format!("SELECT COUNT(*) FROM {table}"), 1).await[0]
}

pub(crate) async fn number(app: &TestApp, sql: &str) -> i64 {
    numbers(app, sql, 1).await[0]
}

/// Does something that the product has no call for.
pub(crate) async fn run(app: &TestApp, sql: &str) {
    let done = app.db.write(roster::db::Lock::None, |tx| {
        let sql = sql.to_owned();
        Box::pin(async move { tx.conn().execute_unprepared(&sql).await.map(drop).map_err(Error::from) })
    });
    done.await.unwrap();
}

async fn numbers(app: &TestApp, sql: &str, columns: usize) -> Vec<i64> {
    let conn = app.db.conn();
    let rows = conn.query_all_raw(Statement::from_string(app.db.dialect().backend(), sql));
    let number = |row: &sea_orm::QueryResult, column| {
        let wide = row.try_get_by_index::<i64>(column);
        wide.or_else(|_| row.try_get_by_index::<i32>(column).map(i64::from))
            .unwrap()
    };
    let rows = rows.await.unwrap();
    rows.iter()
        .flat_map(|row| (0..columns).map(move |column| number(row, column)))
        .collect()
}

pub(crate) const INVITE: &str = "mutation($input: MemberInviteInput!) { done: memberInvite(input: $input) {
    clientMutationId errors userErrors { code message path }
    results { invitee userErrors { code message path }
              member { id state expiresAt accessLevel { stringValue } user { username } createdBy { username } memberRole { name } source { fullPath } } } } }";

pub(crate) const UPDATE: &str = "mutation($input: MemberUpdateInput!) { done: memberUpdate(input: $input) {
    clientMutationId errors userErrors { code message path }
    member { id expiresAt accessLevel { stringValue } user { username } memberRole { name } source { fullPath maxAccessLevel { stringValue } } } } }";

pub(crate) const REMOVE: &str = "mutation($input: MemberRemoveInput!) { done: memberRemove(input: $input) {
    clientMutationId errors userErrors { code message path }
    member { id accessLevel { stringValue } user { username } source { fullPath } } } }";

pub(crate) const OVERRIDE: &str = "mutation($input: MemberSetOverrideInput!) { done: memberSetOverride(input: $input) {
    errors userErrors { code message path } member { id override } } }";

pub(crate) const GROUP_BULK: &str =
    "mutation($input: GroupMemberBulkUpdateInput!) { done: groupMemberBulkUpdate(input: $input) {
    clientMutationId errors userErrors { code message path }
    groupMembers { id expiresAt accessLevel { stringValue } user { username } group { fullPath } } } }";

pub(crate) const PROJECT_BULK: &str =
    "mutation($input: ProjectMemberBulkUpdateInput!) { done: projectMemberBulkUpdate(input: $input) {
    errors userErrors { code message path } projectMembers { id accessLevel { stringValue } user { username } } } }";

pub(crate) const ASK: &str = "mutation($input: AccessRequestCreateInput!) { done: accessRequestCreate(input: $input) {
    clientMutationId errors userErrors { code message path }
    accessRequest { id requestedAt user { username } source { fullPath } } member { id } } }";

pub(crate) const APPROVE: &str =
    "mutation($input: AccessRequestApproveInput!) { done: accessRequestApprove(input: $input) {
    clientMutationId errors userErrors { code message path }
    accessRequest { id requestedAt user { username } source { fullPath } }
    member { id state accessLevel { stringValue } user { username } createdBy { username } source { fullPath } } } }";

pub(crate) const DENY: &str = "mutation($input: AccessRequestDenyInput!) { done: accessRequestDeny(input: $input) {
    clientMutationId errors userErrors { code message path }
    accessRequest { id requestedAt user { username } source { fullPath } } member { id } } }";

pub(crate) const IMPORT: &str = "mutation($input: ProjectMembersImportInput!) { done: projectMembersImport(input: $input) {
    errors userErrors { code message path } members { id accessLevel { stringValue } user { username } source { fullPath } } } }";

pub(crate) const SHARE: &str = "mutation($input: ShareCreateInput!) { done: shareCreate(input: $input) {
    clientMutationId errors userErrors { code message path }
    share { id expiresAt isInherited accessLevel { stringValue } memberRole { name } group { fullPath }
            source { ... on Group { fullPath } ... on Project { fullPath } } } } }";

pub(crate) const UNSHARE: &str = "mutation($input: ShareDeleteInput!) { done: shareDelete(input: $input) {
    clientMutationId errors userErrors { code message path }
    share { id accessLevel { stringValue } group { fullPath } source { ... on Group { fullPath } ... on Project { fullPath } } } } }";

pub(crate) const MAKE_ROLE: &str = "mutation($input: MemberRoleCreateInput!) { done: memberRoleCreate(input: $input) {
    clientMutationId errors userErrors { code message path }
    memberRole { id name description permissions baseAccessLevel { stringValue } createdAt group { fullPath } } } }";

pub(crate) const REMOVE_ROLE: &str =
    "mutation($input: MemberRoleDeleteInput!) { done: memberRoleDelete(input: $input) {
    clientMutationId errors userErrors { code message path } memberRole { id name permissions } } }";

pub(crate) const SET_STATE: &str = "mutation($input: UserSetStateInput!) { done: userSetState(input: $input) {
    clientMutationId errors userErrors { code message path } user { username state } } }";

/// The global id of the share of a group or project with a group.
pub(crate) async fn share_id(app: &TestApp, path: &str, with: &str) -> String {
    let query =
        "query($path: ID!) { namespace(fullPath: $path) { sharedWithGroups { nodes { id group { fullPath } } } } }";
    let found = app.admin().query(query, json!({ "path": path })).await;
    let shares = found["namespace"]["sharedWithGroups"]["nodes"]
        .as_array()
        .expect("a list");
    let share = shares.iter().find(|share| share["group"]["fullPath"] == with);
    text(&share.expect("it is shared with the group")["id"])
}
