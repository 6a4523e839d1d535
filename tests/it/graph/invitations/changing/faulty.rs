//! What is wrong with a change of an invitation, as data.

use serde_json::{Value, json};

use crate::graph::invitations::{RESEND, REVOKE, UPDATE, invitation_id, world};
use crate::graph::{count, done, faults, number, traces};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(each_fault_of_a_change_has_its_code_and_place);

/// Who changes which invitation where, and how; code, text and place of the faults.
type Case = (&'static str, &'static str, &'static str, Value, Value);

const LEVEL: &str = "the member access level can't be higher than the current user's one";
const ABOVE: &str = "The member has a higher access level than you may manage";
const SYNCED: &str = "Members of this group are added and removed by LDAP";
const EVE: &str = "eve@example.org";
const OWEN: &str = "owen@example.org";

fn faulty_rows() -> Vec<Case> {
    let base = "Member role the custom role's base access level does not match the current access level";
    vec![
        (
            "ann",
            "acme",
            EVE,
            json!({}),
            json!([["INVALID", "There is nothing to change", ["id"]]]),
        ),
        (
            "ann",
            "acme",
            EVE,
            json!({"expiresAt": "2026-11-20"}),
            json!([[
                "EXPIRES_IN_PAST",
                "Expires at cannot be a date in the past",
                ["expiresAt"]
            ]]),
        ),
        (
            "ann",
            "acme",
            EVE,
            json!({"memberRoleId": "gid://gitlab/MemberRole/77"}),
            json!([["NOT_FOUND", "Member role not found", ["memberRoleId"]]]),
        ),
        (
            "ann",
            "acme",
            EVE,
            json!({"memberRoleId": "gid://gitlab/MemberRole/3003", "accessLevel": "GUEST"}),
            json!([["NOT_FOUND", "Member role not found", ["memberRoleId"]]]),
        ),
        (
            "ann",
            "acme",
            EVE,
            json!({"memberRoleId": "gid://gitlab/MemberRole/3001"}),
            json!([["INVALID", base, ["memberRoleId"]]]),
        ),
        (
            "max",
            "acme/app",
            EVE,
            json!({"accessLevel": "MINIMAL_ACCESS"}),
            json!([["INVALID", "Access level is not included in the list", ["accessLevel"]]]),
        ),
    ]
}

fn missing_rights() -> Vec<Case> {
    vec![
        (
            "mel",
            "acme",
            EVE,
            json!({"memberRoleId": "gid://gitlab/MemberRole/3001", "accessLevel": "GUEST"}),
            json!([[
                "ACCESS_LEVEL_NOT_ALLOWED",
                "The custom role has permissions that you do not have",
                ["memberRoleId"]
            ]]),
        ),
        (
            "mel",
            "acme",
            EVE,
            json!({"accessLevel": "MAINTAINER"}),
            json!([["ACCESS_LEVEL_NOT_ALLOWED", LEVEL, ["accessLevel"]]]),
        ),
        (
            "max",
            "acme/app",
            EVE,
            json!({"accessLevel": "OWNER"}),
            json!([["ACCESS_LEVEL_NOT_ALLOWED", LEVEL, ["accessLevel"]]]),
        ),
        (
            "max",
            "acme/app",
            OWEN,
            json!({"accessLevel": "GUEST"}),
            json!([["ACCESS_LEVEL_NOT_ALLOWED", ABOVE, ["id"]]]),
        ),
        (
            "mel",
            "acme",
            OWEN,
            json!({"expiresAt": "2030-01-01"}),
            json!([["ACCESS_LEVEL_NOT_ALLOWED", ABOVE, ["id"]]]),
        ),
        (
            "ann",
            "synced",
            EVE,
            json!({"accessLevel": "GUEST"}),
            json!([["LDAP_MANAGED", SYNCED, ["id"]]]),
        ),
        (
            "root",
            "synced",
            EVE,
            json!({"accessLevel": "GUEST"}),
            json!([["LDAP_MANAGED", SYNCED, ["id"]]]),
        ),
    ]
}

async fn each_fault_of_a_change_has_its_code_and_place(app: TestApp) {
    app.import(&world().json()).await;
    let before = traces(&app).await;
    for (who, path, email, change, expected) in [faulty_rows(), missing_rights()].concat() {
        let mut input = change.clone();
        input["id"] = json!(id_of(&app, path, email).await);
        let told = done(&app.token(&format!("{who}-api")), UPDATE, input).await;
        assert_eq!(faults(&told), expected, "{who} {path} {email} {change}");
        assert_eq!(
            (&told["invitation"], &told["errors"]),
            (&json!(null), &json!([expected[0][1]]))
        );
    }
    for (who, path, email, fault) in [
        (
            "max",
            "acme/app",
            OWEN,
            json!(["ACCESS_LEVEL_NOT_ALLOWED", ABOVE, ["id"]]),
        ),
        ("ann", "synced", EVE, json!(["LDAP_MANAGED", SYNCED, ["id"]])),
    ] {
        for document in [REVOKE, RESEND] {
            let input = json!({"id": id_of(&app, path, email).await});
            let told = done(&app.token(&format!("{who}-api")), document, input).await;
            assert_eq!(
                (faults(&told), &told["invitation"]),
                (json!([fault]), &json!(null)),
                "{who} {document}"
            );
        }
    }
    assert_eq!(traces(&app).await, before);
    // Planner, too, may be what it was, and anything may become less.
    let planner = json!({"id": invitation_id(&app, "acme/app", EVE).await, "accessLevel": "PLANNER"});
    assert_eq!(faults(&done(&app.token("max-api"), UPDATE, planner).await), json!([]));
    assert_eq!(count(&app, "outbox").await, 0);
}

/// By a look at the table: where a directory decides nobody lists them.
async fn id_of(app: &TestApp, path: &str, email: &str) -> String {
    let sources = "SELECT 1 AS kind, id, full_path FROM namespaces UNION ALL SELECT 2, id, full_path FROM projects";
    let sql = format!(
        "(SELECT m.id FROM members m JOIN ({sources}) AS s ON s.kind = m.source_kind AND s.id = m.source_id
           WHERE s.full_path = '{path}' AND m.email_norm = '{email}') AS found"
    );
    format!(
        "gid://gitlab/Invitation/{}",
        number(app, &format!("SELECT id FROM {sql}")).await
    )
}
