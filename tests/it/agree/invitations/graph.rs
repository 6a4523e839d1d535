//! By the graph.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use super::{Door, REFUSED, Step, client, is_project, number_of};
use crate::support::TestApp;

pub(super) struct Graph;

impl Door for Graph {
    async fn take(&self, app: &TestApp, step: &Step) -> Value {
        let (by, name, kind, input) = match step {
            Step::Invite {
                by,
                at,
                addresses,
                users,
                level,
                end,
            } => {
                let mut invitees: Vec<_> = addresses.iter().map(|address| json!({ "email": address })).collect();
                for user in users {
                    invitees.push(json!({"userId": format!("gid://gitlab/User/{}", number_of(app, user).await)}));
                }
                let input =
                    json!({"source": {"fullPath": at}, "invitees": invitees, "accessLevel": level.0, "expiresAt": end});
                (by, "memberInvite", "MemberInviteInput", input)
            }
            Step::Change {
                by,
                at,
                address,
                level,
                end,
            } => {
                let mut input = json!({"id": invitation(app, at, address).await});
                if let Some((level, _)) = level {
                    input["accessLevel"] = json!(level);
                }
                if let Some(end) = end {
                    input["expiresAt"] = json!(end);
                }
                (by, "invitationUpdate", "InvitationUpdateInput", input)
            }
            Step::Revoke { by, at, address } => (
                by,
                "invitationRevoke",
                "InvitationIdInput",
                json!({"id": invitation(app, at, address).await}),
            ),
            Step::Answer { by, token, accepts } => {
                let name = if *accepts {
                    "invitationAccept"
                } else {
                    "invitationDecline"
                };
                (by, name, "InvitationTokenInput", json!({ "token": token }))
            }
            Step::Remove { by, at, user } => {
                let kind = if is_project(at) { "ProjectMember" } else { "GroupMember" };
                let sql = format!(
                    "SELECT id FROM members WHERE {} AND user_id = {}",
                    source(app, at).await,
                    number_of(app, user).await
                );
                (
                    by,
                    "memberRemove",
                    "MemberRemoveInput",
                    json!({"id": format!("gid://gitlab/{kind}/{}", number(app, &sql).await.unwrap())}),
                )
            }
        };
        let results = if name == "memberInvite" {
            "results { invitee userErrors { message } }"
        } else {
            ""
        };
        let document = format!(
            "mutation($input: {kind}!) {{ done: {name}(input: $input) {{ errors userErrors {{ code }} {results} }} }}"
        );
        let answer = client(app, by)
            .graphql(&document, json!({ "input": input }))
            .await
            .json();
        if let Some(error) = answer["errors"].get(0) {
            assert_eq!(
                error["extensions"]["code"], "RESOURCE_NOT_AVAILABLE",
                "{step:?}: {answer}"
            );
            return json!(REFUSED);
        }
        let told = &answer["data"]["done"];
        let code = told["userErrors"][0]["code"].as_str().unwrap_or_default();
        match step {
            Step::Invite { .. } if told["results"] == json!([]) && code == "MEMBERSHIP_LOCKED" => {
                told["errors"][0].clone()
            }
            Step::Invite { .. } if told["results"] == json!([]) => json!(REFUSED),
            Step::Invite { .. } => each(app, told).await,
            Step::Answer { .. } => told["errors"][0].clone(),
            // What REST answers with 403 is data here.
            Step::Change { .. } | Step::Revoke { .. } | Step::Remove { .. }
                if ["ACCESS_LEVEL_NOT_ALLOWED", "LDAP_MANAGED", "LAST_OWNER"].contains(&code) =>
            {
                json!(REFUSED)
            }
            _ if told["errors"] == json!([]) => Value::Null,
            _ => told["errors"].clone(),
        }
    }
}

/// The failures of a call for several, by address as it was sent or by user name, in the order of the names.
async fn each(app: &TestApp, told: &Value) -> Value {
    let mut failed = BTreeMap::new();
    for result in told["results"].as_array().unwrap() {
        let texts: Vec<_> = result["userErrors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| fault["message"].as_str().unwrap())
            .collect();
        if texts.is_empty() {
            continue;
        }
        let mut name = result["invitee"].as_str().unwrap().to_owned();
        if name.starts_with("gid:") {
            let query = "query($ids: [ID!]) { users(ids: $ids) { nodes { username } } }";
            let found = app.admin().query(query, json!({"ids": [name]})).await;
            found["users"]["nodes"][0]["username"]
                .as_str()
                .unwrap()
                .clone_into(&mut name);
        }
        failed.insert(name, texts.join(" and "));
    }
    if failed.is_empty() {
        return Value::Null;
    }
    failed.into_iter().map(|(name, text)| json!([name, text])).collect()
}

async fn invitation(app: &TestApp, at: &str, address: &str) -> String {
    let sql = format!(
        "SELECT id FROM members WHERE {} AND email_norm = '{}'",
        source(app, at).await,
        address.to_lowercase()
    );
    format!("gid://gitlab/Invitation/{}", number(app, &sql).await.unwrap_or(0))
}

async fn source(app: &TestApp, at: &str) -> String {
    let (kind, table) = if is_project(at) {
        (2, "projects")
    } else {
        (1, "namespaces")
    };
    let id = number(app, &format!("SELECT id FROM {table} WHERE full_path = '{at}'")).await;
    format!("source_kind = {kind} AND source_id = {}", id.unwrap())
}

async fn number(app: &TestApp, sql: &str) -> Option<i64> {
    let conn = app.db.conn();
    let row = conn
        .query_one_raw(Statement::from_string(app.db.dialect().backend(), sql))
        .await
        .unwrap();
    row.map(|row| row.try_get_by_index(0).unwrap())
}
