//! What is wrong with a mutation's input is data: a code, a text and the place. What nobody can mend by another input is an error.

mod pending;
mod roles;
mod shares;
mod tokens;

use serde_json::{Value, json};

use super::{
    GROUP_BULK, IMPORT, INVITE, OVERRIDE, PROJECT_BULK, REMOVE, UPDATE, done, faults, member_id, place, refused,
    source_id, traces, user_id,
};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    each_fault_of_an_invitation_has_its_code_and_place,
    each_fault_of_an_invitee_has_its_code_and_place,
    each_fault_of_a_change_has_its_code_and_place,
    each_fault_of_a_removal_has_its_code_and_place,
    each_fault_of_a_bulk_update_has_its_code_and_place,
    an_import_is_refused_where_members_are_locked,
    who_has_no_right_there_at_all_is_told_nothing,
    what_is_hidden_looks_like_what_is_missing,
    input_of_another_shape_is_refused_before_anything_is_done,
);

const LEVEL: &str = "the member access level can't be higher than the current user's one";
const PAST: &str = "Expires at cannot be a date in the past";

async fn each_fault_of_an_invitation_has_its_code_and_place(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    let many: Vec<Value> = (0..101).map(|n| json!({"username": format!("u{n}")})).collect();
    let role = "gid://gitlab/MemberRole/3001";
    for (who, path, more, expected) in [
        (
            "ann",
            "acme",
            json!({"invitees": []}),
            json!([["BLANK", "No users specified.", ["invitees"]]]),
        ),
        (
            "ann",
            "acme",
            json!({ "invitees": many }),
            json!([["TOO_MANY", "Too many users specified (limit is 100)", ["invitees"]]]),
        ),
        (
            "ann",
            "acme",
            json!({"expiresAt": "2026-11-20"}),
            json!([["EXPIRES_IN_PAST", PAST, ["expiresAt"]]]),
        ),
        (
            "ann",
            "acme",
            json!({"memberRoleId": "gid://gitlab/MemberRole/77"}),
            json!([["NOT_FOUND", "Member role not found", ["memberRoleId"]]]),
        ),
        (
            "ann",
            "acme",
            json!({ "memberRoleId": role }),
            json!([[
                "INVALID",
                "Member role the custom role's base access level does not match the current access level",
                ["memberRoleId"]
            ]]),
        ),
        (
            "ann",
            "other",
            json!({"memberRoleId": role, "accessLevel": "GUEST"}),
            json!([[
                "INVALID",
                "Member namespace must be in same hierarchy as custom role's namespace",
                ["memberRoleId"]
            ]]),
        ),
        (
            "ann",
            "acme/tools",
            json!({"accessLevel": "MINIMAL_ACCESS"}),
            json!([
                ["INVALID", "Access level is not included in the list", ["accessLevel"]],
                [
                    "INVALID",
                    "Access level supported on top level groups only",
                    ["accessLevel"]
                ]
            ]),
        ),
        (
            "max",
            "acme/app",
            json!({"accessLevel": "OWNER"}),
            json!([["ACCESS_LEVEL_NOT_ALLOWED", LEVEL, ["accessLevel"]]]),
        ),
        (
            "max",
            "acme/app",
            json!({"accessLevel": "PLANNER"}),
            json!([["ACCESS_LEVEL_NOT_ALLOWED", LEVEL, ["accessLevel"]]]),
        ),
    ] {
        assert_eq!(invitation(&app, who, path, &more).await, expected, "{more}");
    }
    assert_eq!(traces(&app).await, before);
}

/// The faults of an invitation of newt, unless `more` says otherwise.
async fn invitation(app: &TestApp, who: &str, path: &str, more: &Value) -> Value {
    let mut input = json!({"source": {"fullPath": path}, "invitees": [{"username": "newt"}]});
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    faults(&done(&app.token(&format!("{who}-api")), INVITE, input).await)
}

async fn each_fault_of_an_invitee_has_its_code_and_place(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    let item = |field: &str| json!(["invitees", "0", field]);
    let domain = "The member's email address is not allowed for this group. Check with your administrator.";
    for (who, path, more, expected) in [
        (
            "ann",
            "locked/app",
            json!({}),
            json!([["MEMBERSHIP_LOCKED", "Membership is locked for this group", ["source"]]]),
        ),
        (
            "ann",
            "synced",
            json!({}),
            json!([[
                "LDAP_MANAGED",
                "Members of this group are added and removed by LDAP",
                ["source"]
            ]]),
        ),
        (
            "ann",
            "choosy",
            json!({}),
            json!([["FORBIDDEN", domain, item("username")]]),
        ),
        (
            "ann",
            "other",
            json!({"invitees": [{"username": "bot"}]}),
            json!([[
                "FORBIDDEN",
                "User project bots cannot be added to other groups / projects",
                item("username")
            ]]),
        ),
        (
            "max",
            "per/dots",
            json!({"invitees": [{"username": "per"}]}),
            json!([["FORBIDDEN", "not authorized to update member", item("username")]]),
        ),
        (
            "ann",
            "other",
            json!({"invitees": [{"username": "ann"}]}),
            json!([["LAST_OWNER", "not authorized to update member", item("username")]]),
        ),
    ] {
        assert_eq!(invitation(&app, who, path, &more).await, expected, "{more}");
    }
    assert_eq!(traces(&app).await, before);
}

async fn each_fault_of_a_change_has_its_code_and_place(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    let dots = personal(&app).await;
    let owner = "The owner of a personal namespace can be neither changed nor removed in its projects";
    let bot = "The membership of a bot can be neither changed nor removed";
    let last = "The last owner of a group can be neither changed nor removed";
    let inherited = "Access level should be greater than or equal to Developer inherited membership from group acme";
    for (who, document, id, more, expected) in [
        (
            "ann",
            UPDATE,
            member_id(&app, "acme", "gus").await,
            json!({"expiresAt": "2026-11-20"}),
            json!([["EXPIRES_IN_PAST", PAST, ["expiresAt"]]]),
        ),
        (
            "ann",
            UPDATE,
            member_id(&app, "acme/tools", "dan").await,
            json!({"accessLevel": "GUEST"}),
            json!([["INHERITED_HIGHER_ACCESS", inherited, ["accessLevel"]]]),
        ),
        (
            "ann",
            UPDATE,
            member_id(&app, "acme", "gus").await,
            json!({"memberRoleId": "gid://gitlab/MemberRole/77"}),
            json!([["NOT_FOUND", "Member role not found", ["memberRoleId"]]]),
        ),
        (
            "max",
            UPDATE,
            member_id(&app, "acme/app", "pia").await,
            json!({"accessLevel": "OWNER"}),
            json!([["ACCESS_LEVEL_NOT_ALLOWED", LEVEL, ["accessLevel"]]]),
        ),
        (
            "gus",
            UPDATE,
            member_id(&app, "acme/lib", "olga").await,
            json!({"accessLevel": "GUEST"}),
            json!([[
                "ACCESS_LEVEL_NOT_ALLOWED",
                "The member has a higher access level than you may manage",
                ["id"]
            ]]),
        ),
        (
            "ann",
            UPDATE,
            member_id(&app, "other", "ann").await,
            json!({"accessLevel": "OWNER", "expiresAt": "2030-01-01"}),
            json!([["LAST_OWNER", last, ["id"]]]),
        ),
        (
            "ann",
            UPDATE,
            member_id(&app, "synced", "lea").await,
            json!({"accessLevel": "GUEST"}),
            json!([[
                "LDAP_MANAGED",
                "The membership is managed by LDAP: override it first",
                ["id"]
            ]]),
        ),
        (
            "max",
            UPDATE,
            member_id(&app, "acme/app", "bot").await,
            json!({"accessLevel": "GUEST"}),
            json!([["FORBIDDEN", bot, ["id"]]]),
        ),
        (
            "max",
            UPDATE,
            dots,
            json!({"accessLevel": "GUEST"}),
            json!([["FORBIDDEN", owner, ["id"]]]),
        ),
    ] {
        assert_eq!(change(&app, who, document, &id, more).await, expected);
    }
    assert_eq!(traces(&app).await, before);
}

/// The id of who is a member of a personal project without a row.
async fn personal(app: &TestApp) -> String {
    format!(
        "gid://gitlab/ProjectMember/{}-{}",
        source_id(app, "per/dots").await.rsplit('/').next().unwrap(),
        user_id(app, "per").await.rsplit('/').next().unwrap()
    )
}

/// The faults of a change of one member, of whom nothing is shown then.
async fn change(app: &TestApp, who: &str, document: &str, id: &str, mut input: Value) -> Value {
    input["id"] = json!(id);
    let told = done(&app.token(&format!("{who}-api")), document, input).await;
    assert_eq!(told["member"], json!(null));
    assert_eq!(told["errors"], json!([told["userErrors"][0]["message"]]));
    faults(&told)
}

async fn each_fault_of_a_removal_has_its_code_and_place(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    let dots = personal(&app).await;
    let owner = "The owner of a personal namespace can be neither changed nor removed in its projects";
    let bot = "The membership of a bot can be neither changed nor removed";
    let last = "The last owner of a group can be neither changed nor removed";
    for (who, document, id, more, expected) in [
        (
            "ann",
            REMOVE,
            member_id(&app, "other", "ann").await,
            json!({}),
            json!([["LAST_OWNER", last, ["id"]]]),
        ),
        (
            "ann",
            REMOVE,
            member_id(&app, "synced", "hal").await,
            json!({}),
            json!([[
                "LDAP_MANAGED",
                "Members of this group are added and removed by LDAP",
                ["id"]
            ]]),
        ),
        (
            "max",
            REMOVE,
            member_id(&app, "acme/app", "bot").await,
            json!({}),
            json!([["FORBIDDEN", bot, ["id"]]]),
        ),
        ("max", REMOVE, dots, json!({}), json!([["FORBIDDEN", owner, ["id"]]])),
        (
            "ann",
            OVERRIDE,
            member_id(&app, "synced", "hal").await,
            json!({"override": true}),
            json!([["NOT_OVERRIDABLE", "The membership is not managed by LDAP", ["id"]]]),
        ),
    ] {
        assert_eq!(change(&app, who, document, &id, more).await, expected);
    }
    assert_eq!(traces(&app).await, before);
}

async fn each_fault_of_a_bulk_update_has_its_code_and_place(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    let (acme, tools, project) = (
        source_id(&app, "acme").await,
        source_id(&app, "acme/tools").await,
        source_id(&app, "acme/app").await,
    );
    let (dan, gus, newt, bot, ann) = (
        user_id(&app, "dan").await,
        user_id(&app, "gus").await,
        user_id(&app, "newt").await,
        user_id(&app, "bot").await,
        user_id(&app, "ann").await,
    );
    let many: Vec<String> = (0..101).map(|n| format!("gid://gitlab/User/{}", 5000 + n)).collect();
    let direct = "Only access level of direct members can be updated.";
    let rights = "Unable to update members, please check user permissions.";
    let inherited = "Access level should be greater than or equal to Developer inherited membership from group acme";
    let at = |index: &str| json!(["userIds", index]);
    let group = |id: &str, users: Value, level: &str| json!({"groupId": id, "userIds": users, "accessLevel": level});
    let of_project = |users: Value, level: &str| json!({"projectId": project, "userIds": users, "accessLevel": level});
    let mut late = group(&acme, json!([gus]), "GUEST");
    late["expiresAt"] = json!("2026-11-20");
    for (who, document, input, expected) in [
        (
            "ann",
            GROUP_BULK,
            group(&acme, json!(many), "GUEST"),
            json!([[
                "TOO_MANY",
                "Count of members to be updated should be less than 101.",
                ["userIds"]
            ]]),
        ),
        (
            "ann",
            GROUP_BULK,
            group(&acme, json!([dan, newt]), "GUEST"),
            json!([["NOT_FOUND", direct, at("1")]]),
        ),
        (
            "ann",
            GROUP_BULK,
            group(&tools, json!([gus]), "GUEST"),
            json!([["NOT_FOUND", direct, at("0")]]),
        ),
        (
            "ann",
            GROUP_BULK,
            group(&tools, json!([dan]), "GUEST"),
            json!([["INHERITED_HIGHER_ACCESS", inherited, at("0")]]),
        ),
        (
            "ann",
            GROUP_BULK,
            late,
            json!([["EXPIRES_IN_PAST", PAST, ["expiresAt"]]]),
        ),
        (
            "max",
            PROJECT_BULK,
            of_project(json!([bot]), "GUEST"),
            json!([["FORBIDDEN", rights, at("0")]]),
        ),
        (
            "max",
            PROJECT_BULK,
            of_project(json!([user_id(&app, "pia").await]), "OWNER"),
            json!([["ACCESS_LEVEL_NOT_ALLOWED", rights, ["accessLevel"]]]),
        ),
        (
            "ann",
            GROUP_BULK,
            group(&source_id(&app, "other").await, json!([ann]), "GUEST"),
            json!([["LAST_OWNER", rights, at("0")]]),
        ),
    ] {
        let told = done(&app.token(&format!("{who}-api")), document, input.clone()).await;
        assert_eq!(faults(&told), expected, "{input}");
        assert!(told["groupMembers"].is_null() && told["projectMembers"].is_null());
    }
    assert_eq!(traces(&app).await, before);
}

async fn an_import_is_refused_where_members_are_locked(app: TestApp) {
    app.import(&place().json()).await;
    let input =
        json!({"projectId": source_id(&app, "locked/app").await, "fromProjectId": source_id(&app, "acme/app").await});
    let told = done(&app.token("ann-api"), IMPORT, input).await;
    assert_eq!(
        faults(&told),
        json!([[
            "MEMBERSHIP_LOCKED",
            "Membership is locked for this group",
            ["projectId"]
        ]])
    );
    assert_eq!(told["members"], json!(null));
}

async fn who_has_no_right_there_at_all_is_told_nothing(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    // In a group that is not synced nobody overrides; in a private project of others nobody imports from.
    let gus = member_id(&app, "acme", "gus").await;
    let not_synced = refused(&app.token("ann-api"), OVERRIDE, json!({"id": gus, "override": true})).await;
    assert_eq!(not_synced, "RESOURCE_NOT_AVAILABLE");
    let input =
        json!({"projectId": source_id(&app, "acme/app").await, "fromProjectId": source_id(&app, "locked/app").await});
    assert_eq!(
        refused(&app.token("max-api"), IMPORT, input).await,
        "RESOURCE_NOT_AVAILABLE"
    );
    // More than a hundred are no reason to tell them apart.
    let many: Vec<Value> = (0..101).map(|n| json!({"username": format!("u{n}")})).collect();
    let input = json!({"source": {"fullPath": "acme"}, "invitees": many});
    assert_eq!(
        refused(&app.token("dan-api"), INVITE, input).await,
        "RESOURCE_NOT_AVAILABLE"
    );
    assert_eq!(traces(&app).await, before);
}

async fn what_is_hidden_looks_like_what_is_missing(app: TestApp) {
    app.import(&place().json()).await;
    let hidden = member_id(&app, "acme", "gus").await;
    let of_the_other_kind = hidden.replace("GroupMember", "ProjectMember");
    let sven = app.token("sven-api");
    let said = async |id: &str| {
        let answer = sven
            .graphql(UPDATE, json!({"input": {"id": id, "accessLevel": "GUEST"}}))
            .await;
        answer.json()["errors"].clone()
    };
    let missing = said("gid://gitlab/GroupMember/99999").await;
    assert_eq!(missing[0]["extensions"]["code"], "RESOURCE_NOT_AVAILABLE");
    let text = "The resource that you are attempting to access does not exist or you don't have permission to perform this action";
    assert_eq!(missing[0]["message"], text);
    assert_eq!(said(&hidden).await, missing);
    assert_eq!(said(&of_the_other_kind).await, missing);
    let ann = app.token("ann-api");
    assert_eq!(
        refused(&ann, REMOVE, json!({ "id": of_the_other_kind })).await,
        "RESOURCE_NOT_AVAILABLE"
    );
}

async fn input_of_another_shape_is_refused_before_anything_is_done(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    let ann = app.token("ann-api");
    for input in [
        json!({"source": {"fullPath": "acme", "groupId": "gid://gitlab/Group/1001"}, "invitees": [{"username": "newt"}]}),
        json!({"source": {}, "invitees": [{"username": "newt"}]}),
        json!({"source": {"groupId": "gid://gitlab/Project/1"}, "invitees": [{"username": "newt"}]}),
        json!({"source": {"fullPath": "acme"}, "invitees": [{"username": "newt", "email": "newt@example.com"}]}),
        json!({"source": {"fullPath": "acme"}, "invitees": [{"username": null}]}),
        json!({"source": {"fullPath": "acme"}, "invitees": [{"username": "newt"}], "accessLevel": "ADMIN"}),
        json!({"source": {"fullPath": "acme"}, "invitees": [{"username": "newt"}], "expiresAt": "soon"}),
        json!({"source": {"fullPath": "acme"}}),
        json!({"source": {"fullPath": "acme"}, "invitees": [{"username": "new\0t"}]}),
        json!({"source": {"fullPath": "ac\0me"}, "invitees": [{"username": "newt"}]}),
    ] {
        let answer = ann.graphql(INVITE, json!({ "input": input })).await.json();
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
            "{input}: {answer}"
        );
    }
    let literal = ann
        .graphql("{ user(username: \"a\\u0000\") { id } }", json!({}))
        .await
        .json();
    assert_eq!(
        literal["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
        "{literal}"
    );
    let wrong = ann
        .graphql(REMOVE, json!({"input": {"id": "gid://gitlab/User/1"}}))
        .await
        .json();
    let text = wrong["errors"][0]["message"].as_str().unwrap();
    assert!(
        text.contains("\"gid://gitlab/User/1\" is not a valid ID for MemberID"),
        "{text}"
    );
    assert_eq!(traces(&app).await, before);
}
