//! What is wrong with a custom role.

use serde_json::{Value, json};

use crate::graph::{MAKE_ROLE, REMOVE_ROLE, done, faults, number, place, refused, traces};
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    each_fault_of_a_role_has_its_code_and_place,
    a_hierarchy_that_is_full_is_told,
    a_role_that_somebody_has_stays,
    who_may_not_administer_roles_is_told_nothing,
);

fn role(more: &Value) -> Value {
    let mut input =
        json!({"groupPath": "acme", "name": "New", "baseAccessLevel": "GUEST", "permissions": ["read_code"]});
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

async fn each_fault_of_a_role_has_its_code_and_place(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    let none = json!([
        "BLANK",
        "Cannot create a member role with no enabled permissions",
        ["permissions"]
    ]);
    let taken = json!(["TAKEN", "Name has already been taken", ["name"]]);
    let owner = json!([
        "INVALID",
        "Base access level is not included in the list",
        ["baseAccessLevel"]
    ]);
    let below = json!(["INVALID", "Namespace must be top-level namespace", ["groupPath"]]);
    let reading = json!([
        "INVALID",
        "Read vulnerability has to be enabled in order to enable Admin vulnerability",
        ["permissions"]
    ]);
    let long = "x".repeat(256);
    for (more, expected) in [
        (json!({"permissions": []}), json!([none])),
        (json!({"permissions": ["read_everything", ""]}), json!([none])),
        (json!({"name": "Auditor"}), json!([taken])),
        (json!({"baseAccessLevel": "OWNER"}), json!([owner])),
        (json!({"groupPath": "acme/tools"}), json!([below])),
        (json!({"permissions": ["admin_vulnerability"]}), json!([reading])),
        (
            json!({"permissions": [], "name": "Auditor", "baseAccessLevel": "OWNER"}),
            json!([none, taken, owner]),
        ),
        (
            json!({"name": long, "description": long}),
            json!([
                ["INVALID", "Name is too long (maximum is 255 characters)", ["name"]],
                [
                    "INVALID",
                    "Description is too long (maximum is 255 characters)",
                    ["description"]
                ]
            ]),
        ),
    ] {
        let told = done(&app.token("ann-api"), MAKE_ROLE, role(&more)).await;
        assert_eq!(faults(&told), expected, "{more}");
        assert_eq!(told["memberRole"], json!(null));
        let messages: Value = told["userErrors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| fault["message"].clone())
            .collect();
        assert_eq!(told["errors"], messages);
    }
    assert_eq!(traces(&app).await, before);
}

async fn a_hierarchy_that_is_full_is_told(app: TestApp) {
    let world = (0..9).fold(place(), |world, index| {
        world.role("acme", &format!("Role {index}"), level::GUEST)
    });
    app.import(&world.json()).await;
    let told = done(&app.token("ann-api"), MAKE_ROLE, role(&json!({}))).await;
    let text = "Namespace maximum number of Member Roles are already in use by the group hierarchy. Please delete an existing Member Role.";
    assert_eq!(faults(&told), json!([["TOO_MANY", text, ["groupPath"]]]));
}

async fn a_role_that_somebody_has_stays(app: TestApp) {
    let world = place().group("taken", |group| {
        group
            .owner("ann")
            .member("gus", level::GUEST, |row| row.with_role("Held"))
    });
    app.import(&world.role("taken", "Held", level::GUEST).json()).await;
    let before = traces(&app).await;
    let id = number(&app, "SELECT id FROM member_roles WHERE name = 'Held'").await;
    let told = done(
        &app.token("ann-api"),
        REMOVE_ROLE,
        json!({"id": format!("gid://gitlab/MemberRole/{id}")}),
    )
    .await;
    let text = "Role is assigned to one or more group members. Remove role from all group members, then delete role.";
    assert_eq!(faults(&told), json!([["FORBIDDEN", text, ["id"]]]));
    assert_eq!((told["memberRole"].clone(), traces(&app).await), (json!(null), before));
}

async fn who_may_not_administer_roles_is_told_nothing(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    for (who, group) in [
        ("mia", "acme"),
        ("gus", "acme"),
        ("sven", "acme"),
        ("olga", "acme"),
        ("mia", "acme/tools"),
        ("ann", "nowhere"),
        ("ann", "hid"),
        ("newt", "cafe"),
        ("max", "acme/app"),
    ] {
        let code = refused(
            &app.token(&format!("{who}-api")),
            MAKE_ROLE,
            role(&json!({"groupPath": group})),
        )
        .await;
        assert_eq!(code, "RESOURCE_NOT_AVAILABLE", "{who} {group}");
    }
    for (who, id) in [
        ("mia", 3001),
        ("sven", 3001),
        ("olga", 3001),
        ("hal", 3002),
        ("ann", 77),
        ("ann", 0),
    ] {
        let input = json!({"id": format!("gid://gitlab/MemberRole/{id}")});
        let code = refused(&app.token(&format!("{who}-api")), REMOVE_ROLE, input).await;
        assert_eq!(code, "RESOURCE_NOT_AVAILABLE", "{who} {id}");
    }
    assert_eq!(traces(&app).await, before);
    let other_kind = json!({"input": {"id": "gid://gitlab/Group/1"}});
    let wrong = app.token("ann-api").graphql(REMOVE_ROLE, other_kind).await.json();
    let text = wrong["errors"][0]["message"].as_str().unwrap();
    assert!(
        text.contains("\"gid://gitlab/Group/1\" is not a valid ID for MemberRoleID"),
        "{text}"
    );
}
