//! What is wrong with a share.

use serde_json::{Value, json};

use crate::graph::{SHARE, UNSHARE, done, faults, place, refused, share_id, source_id, traces};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    each_fault_of_a_share_has_its_code_and_place,
    a_maintainer_may_not_end_a_share_of_others,
    who_may_not_share_at_all_is_told_nothing,
);

async fn each_fault_of_a_share_has_its_code_and_place(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    let place = |name: &str| json!([name]);
    let role = "gid://gitlab/MemberRole/3001";
    let taken = "Shared group The group has already been shared with this group";
    let domains = "Group Invited group allowed email domains must contain a subset of the allowed email domains of the root ancestor group. \
                   Go to the group's 'Settings &gt; General' page and check 'Restrict membership by email domain'.";
    let above = "Project cannot be shared with the group it is in or one of its ancestors.";
    let stranger = "A project can only be shared with a group in which you have a role";
    let at = json!(["withGroupId"]);
    let base = "Member role the custom role's base access level does not match the current access level";
    let elsewhere = "Member namespace must be in same hierarchy as custom role's namespace";
    for (path, with, more, expected) in [
        ("acme", "hid", json!({}), json!([["NOT_FOUND", "Group not found", at]])),
        (
            "acme/app",
            "hid",
            json!({}),
            json!([["NOT_FOUND", "Group not found", at]]),
        ),
        ("acme/app", "open", json!({}), json!([["FORBIDDEN", stranger, at]])),
        (
            "acme",
            "acme",
            json!({}),
            json!([["INVALID", "Group cannot be shared with itself.", at]]),
        ),
        ("acme/app", "acme", json!({}), json!([["INVALID", above, at]])),
        (
            "acme/app",
            "synced",
            json!({}),
            json!([["TAKEN", "Project already shared with this group", at]]),
        ),
        ("lent", "synced", json!({}), json!([["TAKEN", taken, at]])),
        ("choosy", "other", json!({}), json!([["FORBIDDEN", domains, at]])),
        (
            "kept",
            "other",
            json!({}),
            json!([[
                "FORBIDDEN",
                "Sharing with groups outside of the hierarchy is prevented",
                at
            ]]),
        ),
        (
            "shut/app",
            "other",
            json!({}),
            json!([[
                "MEMBERSHIP_LOCKED",
                "The project sharing with group is disabled",
                ["source"]
            ]]),
        ),
        (
            "acme",
            "other",
            json!({"accessLevel": "MINIMAL_ACCESS"}),
            json!([[
                "INVALID",
                "Group access is not included in the list",
                place("accessLevel")
            ]]),
        ),
        (
            "acme",
            "other",
            json!({"memberRoleId": "gid://gitlab/MemberRole/77"}),
            json!([["NOT_FOUND", "Member role not found", place("memberRoleId")]]),
        ),
        (
            "acme",
            "other",
            json!({ "memberRoleId": role }),
            json!([["INVALID", base, place("memberRoleId")]]),
        ),
        (
            "other",
            "acme",
            json!({"memberRoleId": role, "accessLevel": "GUEST"}),
            json!([["INVALID", elsewhere, place("memberRoleId")]]),
        ),
    ] {
        let mut input = json!({"source": {"fullPath": path}, "withGroupId": source_id(&app, with).await, "accessLevel": "DEVELOPER"});
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        let told = done(&app.token("ann-api"), SHARE, input).await;
        assert_eq!(faults(&told), expected, "{path} {with} {more}");
        assert_eq!(told["share"], json!(null));
        assert_eq!(told["errors"], json!([told["userErrors"][0]["message"]]));
    }
    assert_eq!(traces(&app).await, before);
}

async fn a_maintainer_may_not_end_a_share_of_others(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    let share = share_id(&app, "acme/app", "synced").await;
    let told = done(&app.token("max-api"), UNSHARE, json!({ "id": share })).await;
    let text = "Only owners of the project or of the invited group can remove the link";
    assert_eq!(faults(&told), json!([["FORBIDDEN", text, ["id"]]]));
    assert_eq!(traces(&app).await, before);
}

async fn who_may_not_share_at_all_is_told_nothing(app: TestApp) {
    app.import(&place().json()).await;
    let before = traces(&app).await;
    let input = |source: Value, with: &str| json!({"source": source, "withGroupId": with, "accessLevel": "GUEST"});
    let (open, acme) = (source_id(&app, "open").await, source_id(&app, "acme").await);
    for (who, source, with) in [
        ("mia", json!({"fullPath": "acme"}), open.as_str()),
        ("mia", json!({"fullPath": "acme"}), "gid://gitlab/Group/77"),
        ("mia", json!({"fullPath": "acme/app"}), open.as_str()),
        ("max", json!({"fullPath": "acme/app"}), open.as_str()),
        ("dan", json!({"fullPath": "shut/app"}), open.as_str()),
        ("sven", json!({ "groupId": acme }), open.as_str()),
        ("sven", json!({"fullPath": "nowhere"}), open.as_str()),
    ] {
        let code = refused(&app.token(&format!("{who}-api")), SHARE, input(source.clone(), with)).await;
        assert_eq!(code, "RESOURCE_NOT_AVAILABLE", "{who} {source}");
    }
    let (own, lent) = (
        share_id(&app, "acme/app", "synced").await,
        share_id(&app, "lent", "synced").await,
    );
    for (who, id) in [
        ("pia", own.as_str()),
        ("sven", own.as_str()),
        ("hal", lent.as_str()),
        ("sven", lent.as_str()),
        ("ann", "gid://gitlab/GroupGroupLink/77"),
        ("ann", "gid://gitlab/ProjectGroupLink/77"),
    ] {
        let code = refused(&app.token(&format!("{who}-api")), UNSHARE, json!({ "id": id })).await;
        assert_eq!(code, "RESOURCE_NOT_AVAILABLE", "{who} {id}");
    }
    assert_eq!(traces(&app).await, before);
    let other_kind = json!({"input": {"id": "gid://gitlab/Group/1"}});
    let wrong = app.token("ann-api").graphql(UNSHARE, other_kind).await.json();
    let text = wrong["errors"][0]["message"].as_str().unwrap();
    assert!(
        text.contains("\"gid://gitlab/Group/1\" is not a valid ID for ShareID"),
        "{text}"
    );
}
