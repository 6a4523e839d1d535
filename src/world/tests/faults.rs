//! One line for every fault of a file, with the place; and nothing stored.

use super::*;

/// A file around the rows that a case is about: `ann` and `bob`, the group `acme` with its role, the project `acme/cli`.
fn around(lists: &str) -> String {
    let mut world: serde_json::Map<String, serde_json::Value> = serde_json::from_str(
        r#"{"version": 1,
            "users": [{"username": "ann", "name": "Ann", "email": "ann@example.com"},
                      {"username": "bob", "name": "Bob", "email": "bob@example.com"}],
            "groups": [{"path": "acme", "name": "Acme"}, {"path": "acme/sub", "name": "Sub"}, {"path": "other", "name": "Other"}],
            "projects": [{"path": "acme/cli", "name": "CLI"}],
            "member_roles": [{"group": "acme", "name": "Auditor", "base_access_level": 10, "permissions": ["read_code"]}]}"#,
    )
    .unwrap();
    let lists: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&format!("{{{lists}}}")).unwrap();
    world.extend(lists);
    serde_json::Value::Object(world).to_string()
}

/// What an import into the empty `db` says; it leaves `db` empty.
async fn refusal(db: &Db, file: &str) -> String {
    let error = read(db, file).await.expect_err(file).to_string();
    assert_eq!(user::Entity::find().count(&db.conn()).await.unwrap(), 0, "{file}");
    assert_eq!(namespace::Entity::find().count(&db.conn()).await.unwrap(), 0, "{file}");
    assert!(!error.contains('\n'), "{error}");
    error
}

async fn check(cases: &[(&str, &str)]) {
    let db = empty().await;
    for (lists, expected) in cases {
        assert_eq!(refusal(&db, &around(lists)).await, *expected, "{lists}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_world_is_refused() {
    let db = empty().await;
    for (file, expected) in [
        ("", "line 1, column 0: EOF while parsing a value"),
        ("[]", "invalid type: sequence, expected a world: one object"),
        ("{}", "missing key \"version\""),
        (
            r#"{"version": 2}"#,
            "version: 2 is not known; this program reads version 1",
        ),
        (
            r#"{"version": "1"}"#,
            "version: invalid type: string \"1\", expected i64",
        ),
        (r#"{"version": 1, "colours": []}"#, "colours: unknown key"),
        (
            r#"{"version": 1, "users": [], "users": []}"#,
            "users: the key is given twice",
        ),
        (
            r#"{"version": 1, "users": {}}"#,
            "users: invalid type: map, expected a list",
        ),
        (
            r#"{"version": 1, "users": null}"#,
            "users: invalid type: null, expected a list",
        ),
        (r#"{"version": 1} {}"#, "line 1, column 16: trailing characters"),
        (
            "{\"version\": 1,\n\"users\": [{]}",
            "users[0]: line 2, column 12: key must be a string",
        ),
        (
            r#"{"version": 1, "users": [{"username": "a"#,
            "users[0].username: line 1, column 40: EOF while parsing a string",
        ),
    ] {
        assert_eq!(refusal(&db, file).await, expected, "{file}");
    }
}

#[tokio::test]
async fn faults_of_users_are_named() {
    check(&[
        (r#""users": [{"name": "A", "email": "a@x"}]"#, "users[0]: missing key \"username\""),
        (
            r#""users": [{"username": "a", "name": "A", "email": "a@x", "colour": 1}]"#,
            "users[0].colour: unknown key",
        ),
        (
            r#""users": [{"username": 5, "name": "A", "email": "a@x"}]"#,
            "users[0].username: invalid type: integer 5, expected a string",
        ),
        (
            r#""users": [{"username": " ", "name": "A", "email": "a@x"}]"#,
            "users[0].username: must not be blank",
        ),
        (
            r#""users": [{"username": "a/b", "name": "A", "email": "a@x"}]"#,
            "users[0].username: \"a/b\" holds a slash",
        ),
        (
            r#""users": [{"username": "a", "name": "A\u0000", "email": "a@x"}]"#,
            "users[0].name: text must not hold a NUL character",
        ),
        (
            r#""users": [{"username": "ann", "name": "A", "email": "a@x"}, {"username": "Ann", "name": "A", "email": "b@x"}]"#,
            "users[1].username: \"Ann\" is taken",
        ),
        (
            r#""users": [{"username": "a", "name": "A", "email": "a@x"}, {"username": "b", "name": "B", "email": "A@X"}]"#,
            "users[1].email: \"A@X\" is taken",
        ),
        (
            r#""users": [{"id": 4, "username": "a", "name": "A", "email": "a@x"}, {"id": 4, "username": "b", "name": "B", "email": "b@x"}]"#,
            "users[1].id: 4 is taken",
        ),
        (
            r#""users": [{"id": 0, "username": "a", "name": "A", "email": "a@x"}]"#,
            "users[0].id: invalid value: integer 0, expected a whole number from 1 to 9007199254740991",
        ),
        (
            r#""users": [{"id": 1.5, "username": "a", "name": "A", "email": "a@x"}]"#,
            "users[0].id: invalid type: floating point 1.5, expected a whole number from 1 to 9007199254740991",
        ),
        (
            r#""users": [{"id": 9007199254740991, "username": "a", "name": "A", "email": "a@x"}, {"username": "b", "name": "B", "email": "b@x"}]"#,
            "users[1].id: no number is left above 9007199254740991",
        ),
        (
            r#""users": [{"username": "a", "name": "A", "email": "a@x", "state": "sleepy"}]"#,
            "users[0].state: invalid value: string \"sleepy\", expected a user state (active, blocked, ldap_blocked, banned, deactivated, blocked_pending_approval)",
        ),
        (
            r#""users": [{"username": "a", "name": "A", "email": "a@x", "user_type": "robot"}]"#,
            "users[0].user_type: invalid value: string \"robot\", expected a user type (human, project_bot, group_bot, service_account, ghost)",
        ),
        (
            r#""users": [{"username": "a", "name": "A", "email": "a@x", "admin": "yes"}]"#,
            "users[0].admin: invalid type: string \"yes\", expected a boolean",
        ),
        (
            r#""users": [{"username": "a", "name": "A", "email": "a@x", "created_at": "2024-02-30T00:00:00Z"}]"#,
            "users[0].created_at: invalid value: string \"2024-02-30T00:00:00Z\", expected a time such as 2026-01-31T12:00:00Z",
        ),
        (
            r#""users": [{"username": "a", "name": "A", "email": "a@x", "last_activity_on": "2024-2-3"}]"#,
            "users[0].last_activity_on: invalid value: string \"2024-2-3\", expected a date such as 2026-01-31",
        ),
        (
            r#""users": [{"username": "a", "name": "A", "email": "a@x", "enterprise_group": "acme/sub"}]"#,
            "users[0].enterprise_group: \"acme/sub\" is not a top-level group",
        ),
        (
            r#""users": [{"username": "a", "name": "A", "email": "a@x", "created_by": "jon"}]"#,
            "users[0].created_by: no user \"jon\"",
        ),
        (
            r#""users": [{"username": "a", "name": "A", "email": "a@x", "saml_identities": [{"group": "acme", "extern_uid": "1"}]}]"#,
            "users[0].saml_identities[0].group: \"acme\" has no \"saml_provider_id\"",
        ),
        (
            r#""users": [{"username": "a", "name": "A", "email": "a@x", "tokens": [{"token": "t", "scopes": ["everything"]}]}]"#,
            "users[0].tokens[0].scopes[0]: invalid value: string \"everything\", expected a scope (api, read_api, read_user, sudo, self_rotate, admin_mode, create_runner, manage_runner, k8s_proxy, ai_features, read_repository, write_repository, read_registry, write_registry, read_virtual_registry, write_virtual_registry, read_service_ping)",
        ),
        (
            r#""users": [{"username": "a", "name": "A", "email": "a@x", "tokens": [{"token": "t"}, {"token": "t"}]}]"#,
            "users[0].tokens[1].token: the same token is given twice",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_number_beyond_64_bits_is_out_of_range() {
    let file =
        r#"{"version": 1, "users": [{"id": 99999999999999999999, "username": "a", "name": "A", "email": "a@x"}]}"#;
    assert_eq!(
        refusal(&empty().await, file).await,
        "users[0].id: invalid type: floating point 1e+20, expected a whole number from 1 to 9007199254740991"
    );
}

#[tokio::test]
async fn faults_of_groups_and_projects_are_named() {
    let deep = vec!["g"; 22].join("/");
    let chain: Vec<_> = (1..=22)
        .map(|depth| format!(r#"{{"path": "{}", "name": "G"}}"#, &deep[..depth * 2 - 1]))
        .collect();
    let too_deep = format!(r#""projects": [], "member_roles": [], "groups": [{}]"#, chain.join(","));
    check(&[
        (r#""groups": [{"path": "a/b", "name": "B"}]"#, "groups[0].path: no group \"a\""),
        (
            r#""groups": [{"path": "a/b", "name": "B"}, {"path": "b/a", "name": "A"}]"#,
            "groups[0].path: no group \"a\"",
        ),
        (
            r#""groups": [{"path": "acme", "name": "A"}, {"path": "ACME", "name": "B"}]"#,
            "groups[1].path: \"ACME\" is taken",
        ),
        (
            r#""groups": [{"path": "acme", "name": "A"}, {"path": "acme/cli", "name": "B"}]"#,
            "projects[0].path: \"acme/cli\" is taken",
        ),
        (r#""groups": [{"path": "Ann", "name": "A"}]"#, "groups[0].path: \"Ann\" is a user's name"),
        (
            r#""groups": [{"path": "ann/team", "name": "A"}]"#,
            "groups[0].path: \"ann\" is a user, who can have projects only",
        ),
        (
            r#""groups": [{"path": "acme", "name": "A"}, {"path": "acme/cli/team", "name": "B"}]"#,
            "groups[1].path: \"acme/cli\" is a project, which can hold neither groups nor projects",
        ),
        (r#""groups": [{"path": "a//b", "name": "A"}]"#, "groups[0].path: \"a//b\" has an empty part"),
        (r#""groups": [{"path": "/a", "name": "A"}]"#, "groups[0].path: \"/a\" has an empty part"),
        (
            r#""groups": [{"id": 1000000001, "path": "a", "name": "A"}]"#,
            "groups[0].id: 1000000001 is above 1000000000, the highest number of its kind",
        ),
        (
            r#""groups": [{"path": "a", "name": "A", "seats": {"cap": -1}}]"#,
            "groups[0].seats.cap: invalid value: integer -1, expected u32",
        ),
        (
            r#""groups": [{"path": "a", "name": "A", "settings": {"open": true}}]"#,
            "groups[0].settings.open: unknown key",
        ),
        (
            r#""groups": [{"path": "a", "name": "A", "visibility": "secret"}]"#,
            "groups[0].visibility: invalid value: string \"secret\", expected a visibility (private, internal, public)",
        ),
        (
            r#""groups": [{"path": "acme", "name": "A"}, {"path": "acme/b", "name": "B", "saml_provider_id": 1}]"#,
            "groups[1].saml_provider_id: only a top-level group can have SAML",
        ),
        (
            r#""groups": [{"path": "acme", "name": "A", "ldap_links": [{"provider": "p", "access_level": 30}]}]"#,
            "groups[0].ldap_links[0]: missing key \"cn\" or \"filter\"",
        ),
        (
            r#""groups": [{"path": "acme", "name": "A", "ldap_links": [{"provider": "p", "cn": "c", "access_level": 30, "member_role": "X"}]}]"#,
            "groups[0].ldap_links[0].member_role: no role \"X\" in its top-level group",
        ),
        (&too_deep, "groups[21].path: more than 20 groups above it"),
        (
            r#""projects": [{"path": "cli", "name": "CLI"}]"#,
            "projects[0].path: \"cli\" lies in no group and in no user's namespace",
        ),
        (r#""projects": [{"path": "nobody/cli", "name": "CLI"}]"#, "projects[0].path: no group \"nobody\""),
        (
            r#""projects": [{"path": "acme/cli", "name": "CLI"}, {"path": "acme/cli/x", "name": "X"}]"#,
            "projects[1].path: \"acme/cli\" is a project, which can hold neither groups nor projects",
        ),
        (
            r#""projects": [{"path": "acme/cli", "name": "CLI"}, {"path": "Acme/CLI", "name": "X"}]"#,
            "projects[1].path: \"Acme/CLI\" is taken",
        ),
        (
            r#""member_roles": [{"group": "acme/sub", "name": "R", "base_access_level": 10}]"#,
            "member_roles[0].group: \"acme/sub\" is not a top-level group",
        ),
        (
            r#""member_roles": [{"group": "acme", "name": "R", "base_access_level": 50}]"#,
            "member_roles[0].base_access_level: a role cannot be based on 50 (Owner)",
        ),
        (
            r#""member_roles": [{"group": "acme", "name": "R", "base_access_level": 10, "permissions": ["fly"]}]"#,
            "member_roles[0].permissions[0]: no permission \"fly\"",
        ),
        (
            r#""member_roles": [{"group": "acme", "name": "R", "base_access_level": 10}, {"group": "acme", "name": "R", "base_access_level": 20}]"#,
            "member_roles[1].name: \"R\" is taken",
        ),
    ])
    .await;
}

#[tokio::test]
async fn faults_of_members_are_named() {
    check(&[
        (
            r#""members": [{"group": "acme", "user": "ann", "access_level": 30}, {"group": "acme", "user": "jon", "access_level": 30}]"#,
            "members[1].user: no user \"jon\"",
        ),
        (
            r#""members": [{"group": "nope", "user": "ann", "access_level": 30}]"#,
            "members[0].group: no group \"nope\"",
        ),
        (
            r#""members": [{"project": "acme", "user": "ann", "access_level": 30}]"#,
            "members[0].project: no project \"acme\"",
        ),
        (
            r#""members": [{"user": "ann", "access_level": 30}]"#,
            "members[0]: missing key \"group\" or \"project\"",
        ),
        (
            r#""members": [{"group": "acme", "project": "acme/cli", "user": "ann", "access_level": 30}]"#,
            "members[0]: \"group\" and \"project\" exclude each other",
        ),
        (
            r#""members": [{"group": "acme", "user": "ann", "access_level": 25}]"#,
            "members[0].access_level: invalid value: integer 25, expected an access level (5, 10, 15, 20, 30, 40 or 50)",
        ),
        (
            r#""members": [{"group": "acme", "user": "ann", "access_level": "30"}]"#,
            "members[0].access_level: invalid type: string \"30\", expected an access level (5, 10, 15, 20, 30, 40 or 50)",
        ),
        (
            r#""members": [{"group": "acme/sub", "user": "ann", "access_level": 5}]"#,
            "members[0].access_level: 5 (Minimal Access) exists in top-level groups only",
        ),
        (
            r#""members": [{"group": "acme", "user": "ann", "access_level": 30}, {"group": "ACME", "user": "Ann", "access_level": 40}]"#,
            "members[1].user: has a row in the same group or project already",
        ),
        (
            r#""members": [{"id": 7, "group": "acme", "user": "ann", "access_level": 30}, {"id": 7, "group": "acme", "user": "bob", "access_level": 40}]"#,
            "members[1].id: 7 is taken",
        ),
        (
            r#""members": [{"group": "other", "user": "ann", "access_level": 10, "member_role": "Auditor"}]"#,
            "members[0].member_role: no role \"Auditor\" in its top-level group",
        ),
        (
            r#""members": [{"group": "acme", "user": "ann", "access_level": 30, "state": "gone"}]"#,
            "members[0].state: invalid value: string \"gone\", expected a member state (active, awaiting)",
        ),
        (
            r#""members": [{"group": "acme", "user": "ann", "access_level": 30, "expires_at": "tomorrow"}]"#,
            "members[0].expires_at: invalid value: string \"tomorrow\", expected a date such as 2026-01-31",
        ),
        (
            r#""members": [{"group": "acme", "user": "ann", "access_level": 30}], "access_requests": [{"group": "acme", "user": "ann"}]"#,
            "access_requests[0].user: has a row in the same group or project already",
        ),
        (
            r#""members": [{"id": 7, "group": "acme", "user": "ann", "access_level": 30}], "invitations": [{"id": 7, "group": "acme", "email": "x@y", "access_level": 30}]"#,
            "invitations[0].id: 7 is taken",
        ),
        (
            r#""invitations": [{"group": "acme", "email": "x@y", "access_level": 30}, {"group": "acme", "email": "X@Y", "access_level": 30}]"#,
            "invitations[1].email: is invited to the same group or project already",
        ),
        (
            r#""invitations": [{"group": "acme", "email": "x@y", "access_level": 30, "token": "t"}, {"group": "acme", "email": "z@y", "access_level": 30, "token": "t"}]"#,
            "invitations[1].token: the same token is given twice",
        ),
    ])
    .await;
}

#[tokio::test]
async fn faults_of_shares_are_named() {
    check(&[
        (
            r#""shares": [{"group": "acme", "with": "acme", "access_level": 30}]"#,
            "shares[0].with: a group cannot be shared with itself",
        ),
        (
            r#""shares": [{"group": "acme", "with": "nope", "access_level": 30}]"#,
            "shares[0].with: no group \"nope\"",
        ),
        (
            r#""shares": [{"group": "acme", "with": "other", "access_level": 5}]"#,
            "shares[0].access_level: a share cannot give 5 (Minimal Access)",
        ),
        (
            r#""shares": [{"group": "acme", "with": "other", "access_level": 30}, {"group": "acme", "with": "Other", "access_level": 40}]"#,
            "shares[1].with: is let in by another share already",
        ),
        (
            r#""shares": [{"id": 3, "project": "acme/cli", "with": "other", "access_level": 30}, {"id": 3, "project": "acme/cli", "with": "acme/sub", "access_level": 40}]"#,
            "shares[1].id: 3 is taken",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_clash_is_found_across_batches() {
    let rows: Vec<_> = (0..2_500)
        .map(|index| {
            format!(
                r#"{{"group": "acme", "email": "p{}@example.com", "access_level": 30}}"#,
                index % 2_400
            )
        })
        .collect();
    assert_eq!(
        refusal(
            &empty().await,
            &around(&format!(r#""invitations": [{}]"#, rows.join(",")))
        )
        .await,
        "invitations[2400].email: is invited to the same group or project already"
    );
}
