//! Users, groups, projects and the version, as far as they are read.

use insta::{allow_duplicates, assert_snapshot};
use serde_json::{Value, json};

use super::{acme, each};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    the_version_is_for_those_who_are_signed_in,
    a_user_has_more_fields_for_oneself_and_for_administrators,
    users_are_listed_for_those_who_may,
    a_group_is_shown_in_full_to_those_who_see_it,
    groups_are_listed_by_role_and_on_demand_by_sight,
    a_project_tells_what_the_caller_may_do,
    projects_are_listed_everywhere,
    projects_shared_with_a_group_are_listed_below_it,
    a_page_of_projects_costs_the_same_however_long_it_is,
);

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

async fn the_version_is_for_those_who_are_signed_in(app: TestApp) {
    acme(&app).await;
    for path in ["/version", "/metadata"] {
        app.anonymous().get(path).await.expect(401);
        assert_eq!(
            app.token("ann-read").get(path).await.expect(200).json()["version"],
            "18.9.0-ee"
        );
    }
    let query = "{ metadata { version revision enterprise kas { enabled } } }";
    let told = app.token("ann-read").query(query, json!({})).await;
    let of_rest = app.token("ann-read").get("/metadata").await.json();
    assert_eq!(told["metadata"]["version"], of_rest["version"]);
    assert_eq!(told["metadata"]["revision"], of_rest["revision"]);
    assert_eq!(app.anonymous().query(query, json!({})).await, json!({"metadata": null}));
}

async fn a_user_has_more_fields_for_oneself_and_for_administrators(app: TestApp) {
    acme(&app).await;
    let text = app.token("ann-api").get("/user").await.expect(200).text();
    allow_duplicates! { assert_snapshot!(text, @r#"{"id":2,"username":"ann","public_email":"ann@acme.example","name":"Ann Archer","state":"active","locked":false,"avatar_url":null,"web_url":"https://roster.example/ann","created_at":"2024-01-02T00:00:00.000Z","bio":"","location":"","linkedin":"","twitter":"","discord":"","website_url":"","github":"","job_title":"","pronouns":null,"organization":"","bot":false,"work_information":null,"followers":0,"following":0,"is_followed":false,"local_time":null,"last_sign_in_at":null,"confirmed_at":"2024-01-02T00:00:00.000Z","last_activity_on":"2026-11-01","email":"ann@example.com","theme_id":null,"color_scheme_id":1,"projects_limit":100000,"current_sign_in_at":null,"identities":[],"can_create_group":true,"can_create_project":true,"two_factor_enabled":false,"external":false,"private_profile":false,"commit_email":"ann@example.com","preferred_language":"en","scim_identities":[]}"#) };
    let text = app.token("ann-api").get("/users/3").await.expect(200).text();
    allow_duplicates! { assert_snapshot!(text, @r#"{"id":3,"username":"dan","public_email":null,"name":"Dan Dover","state":"active","locked":false,"avatar_url":null,"web_url":"https://roster.example/dan","created_at":"2024-01-03T00:00:00.000Z","bio":"","location":"","linkedin":"","twitter":"","discord":"","website_url":"","github":"","job_title":"","pronouns":null,"organization":"","bot":false,"work_information":null,"followers":0,"following":0,"is_followed":false,"local_time":null}"#) };
    let text = app.admin().get("/users/3").await.expect(200).text();
    allow_duplicates! { assert_snapshot!(text, @r#"{"id":3,"username":"dan","public_email":null,"name":"Dan Dover","state":"active","locked":false,"avatar_url":null,"web_url":"https://roster.example/dan","created_at":"2024-01-03T00:00:00.000Z","bio":"","location":"","linkedin":"","twitter":"","discord":"","website_url":"","github":"","job_title":"","pronouns":null,"organization":"","bot":false,"work_information":null,"followers":0,"following":0,"is_followed":false,"local_time":null,"last_sign_in_at":null,"confirmed_at":"2024-01-03T00:00:00.000Z","last_activity_on":null,"email":"dan@example.com","theme_id":null,"color_scheme_id":1,"projects_limit":100000,"current_sign_in_at":null,"identities":[],"can_create_group":true,"can_create_project":true,"two_factor_enabled":false,"external":false,"private_profile":false,"commit_email":"dan@example.com","preferred_language":"en","scim_identities":[],"is_admin":false,"note":null,"namespace_id":1000000003,"created_by":null,"using_license_seat":true,"is_auditor":false,"provisioned_by_group_id":null,"enterprise_group_id":null,"enterprise_group_associated_at":null,"highest_role":30,"current_sign_in_ip":null,"last_sign_in_ip":null,"sign_in_count":0}"#) };
    let own = app.admin().get("/user").await.expect(200).json();
    assert_eq!(own["is_admin"], true);
}

async fn users_are_listed_for_those_who_may(app: TestApp) {
    acme(&app).await;
    let refused = app.anonymous().get("/users?search=ann").await.expect(403);
    assert_eq!(
        refused.text(),
        r#"{"message":"403 Forbidden - Not authorized to access /api/v4/users"}"#
    );
    let refused = app.anonymous().get("/users/2").await.expect(403);
    assert_eq!(refused.text(), r#"{"message":"403 Forbidden - Not authorized!"}"#);
    let found = app.anonymous().get("/users?username=ANN").await.expect(200).json();
    assert_eq!(each(&found, "username"), ["ann"]);
    let missing = app.token("ann-api").get("/users/99999999999999999").await.expect(404);
    assert_eq!(missing.text(), r#"{"message":"404 User Not Found"}"#);

    let seen = app.token("ann-api").get("/users").await.expect(200).json();
    assert_eq!(each(&seen, "id"), [8, 7, 6, 5, 4, 3, 2, 1], "bob is blocked");
    let all = app.admin().get("/users?blocked=1").await.expect(200).json();
    assert_eq!(each(&all, "username"), ["bob"]);
    assert_eq!(all[0]["email"], "bob@example.com");
    assert_eq!(keys(&seen[0]).len(), 8);
}

async fn a_group_is_shown_in_full_to_those_who_see_it(app: TestApp) {
    acme(&app).await;
    let tools = app
        .token("ann-api")
        .get("/groups/11?with_projects=false")
        .await
        .expect(200);
    let text = tools.text();
    allow_duplicates! { assert_snapshot!(text, @r#"{"id":11,"web_url":"https://roster.example/groups/acme/tools","name":"Tools","path":"tools","description":"","visibility":"private","share_with_group_lock":false,"require_two_factor_authentication":false,"two_factor_grace_period":48,"project_creation_level":"developer","auto_devops_enabled":null,"subgroup_creation_level":"maintainer","emails_disabled":false,"emails_enabled":true,"mentions_disabled":null,"lfs_enabled":true,"archived":false,"default_branch":null,"default_branch_protection":2,"avatar_url":null,"request_access_enabled":true,"full_name":"Acme / Tools","full_path":"acme/tools","created_at":"2026-11-21T12:00:00.000Z","parent_id":10,"organization_id":1,"shared_runners_setting":"enabled","marked_for_deletion_on":null,"ldap_cn":null,"ldap_access":null,"shared_with_groups":[{"group_id":14,"group_name":"Partners","group_full_path":"partners","group_access_level":20,"expires_at":null,"member_role_id":null}],"membership_lock":false,"allowed_email_domains_list":null}"#) };
    let tools = app.token("ann-api").get("/groups/11").await.expect(200).json();
    assert_eq!(each(&tools["projects"], "path"), ["cli"]);
    let partners = app.token("ann-api").get("/groups/partners%2Fsecret").await.expect(404);
    assert_eq!(partners.text(), r#"{"message":"404 Group Not Found"}"#);

    let open = app.anonymous().get("/groups/13").await.expect(200).json();
    assert_eq!(open["shared_with_groups"], json!([]), "the invited group is hidden");
    assert!(open.get("allowed_email_domains_list").is_none());
    let secret = app.token("xan-api").get("/groups/15").await.expect(200).json();
    assert_eq!(each(&secret["shared_projects"], "id"), [20]);
}

async fn groups_are_listed_by_role_and_on_demand_by_sight(app: TestApp) {
    acme(&app).await;
    let names = async |token: &str, path: &str| {
        let client = if token.is_empty() {
            app.anonymous()
        } else {
            app.token(token)
        };
        json!(each(&client.get(path).await.expect(200).json(), "full_path"))
    };
    assert_eq!(names("", "/groups").await, json!(["acme/open"]));
    assert_eq!(names("sid-api", "/groups").await, json!([]));
    assert_eq!(
        names("sid-api", "/groups?all_available=true").await,
        json!(["acme/open", "partners"])
    );
    assert_eq!(
        names("root-api", "/groups?order_by=id&sort=desc&per_page=2").await,
        json!(["partners/secret", "partners"])
    );
    assert_eq!(
        names("ann-api", "/groups/acme/subgroups").await,
        json!(["acme/open", "acme/tools"])
    );
    assert_eq!(
        names("ann-api", "/groups/acme/descendant_groups?skip_groups[]=13").await,
        json!(["acme/tools/core", "acme/tools"])
    );
    assert_eq!(names("ann-api", "/groups?owned=true").await, json!(["acme"]));
    assert_eq!(
        names("gus-api", "/groups?min_access_level=20").await,
        json!(["acme/tools/core"])
    );
    app.token("gus-api")
        .get("/groups?min_access_level=25")
        .await
        .expect(400);
}

async fn a_project_tells_what_the_caller_may_do(app: TestApp) {
    acme(&app).await;
    let cli = app.token("mia-api").get("/projects/20").await.expect(200);
    let text = cli.text();
    allow_duplicates! { assert_snapshot!(text, @r#"{"id":20,"description":"","name":"CLI","name_with_namespace":"Acme / Tools / CLI","path":"cli","path_with_namespace":"acme/tools/cli","created_at":"2026-11-21T12:00:00.000Z","default_branch":"main","tag_list":[],"topics":[],"ssh_url_to_repo":"git@roster.example:acme/tools/cli.git","http_url_to_repo":"https://roster.example/acme/tools/cli.git","web_url":"https://roster.example/acme/tools/cli","readme_url":null,"forks_count":0,"avatar_url":null,"star_count":0,"last_activity_at":"2026-11-21T12:00:00.000Z","visibility":"private","namespace":{"id":11,"name":"Tools","path":"tools","kind":"group","full_path":"acme/tools","parent_id":10,"avatar_url":null,"web_url":"https://roster.example/groups/acme/tools"},"_links":{"self":"https://roster.example/api/v4/projects/20","members":"https://roster.example/api/v4/projects/20/members"},"marked_for_deletion_at":null,"marked_for_deletion_on":null,"archived":false,"creator_id":null,"import_status":"none","shared_with_groups":[],"request_access_enabled":true,"updated_at":"2026-11-21T12:00:00.000Z","permissions":{"project_access":{"access_level":40,"notification_level":3},"group_access":null}}"#) };
    let permissions = async |token: &str| {
        let project = app.token(token).get("/projects/20").await.expect(200).json();
        ["project_access", "group_access"].map(|way| project["permissions"][way]["access_level"].clone())
    };
    assert_eq!(permissions("ann-api").await, [json!(null), json!(50)]);
    assert_eq!(
        permissions("pia-api").await,
        [json!(null), json!(null)],
        "a share is no row"
    );
    let dots = app.anonymous().get("/projects/dan%2Fdots").await.expect(200).json();
    assert_eq!(
        (&dots["owner"]["username"], &dots["namespace"]["kind"]),
        (&json!("dan"), &json!("user"))
    );
}

async fn projects_are_listed_everywhere(app: TestApp) {
    acme(&app).await;
    let ids = async |token: &str, path: &str| {
        let client = if token.is_empty() {
            app.anonymous()
        } else {
            app.token(token)
        };
        json!(each(&client.get(path).await.expect(200).json(), "id"))
    };
    assert_eq!(ids("", "/projects").await, json!([22, 21]));
    assert_eq!(ids("ann-api", "/projects?sort=asc").await, json!([20, 21, 22]));
    assert_eq!(
        ids("ann-api", "/projects?membership=true&order_by=name&sort=asc").await,
        json!([20, 21])
    );
    assert_eq!(ids("ann-api", "/groups/acme/projects").await, json!([]));
    assert_eq!(
        ids("ann-api", "/groups/acme/projects?include_subgroups=true").await,
        json!([21, 20])
    );
    assert_eq!(ids("", "/users/3/projects").await, json!([22]));
    assert_eq!(ids("", "/users/dan/projects").await, json!([22]));
    let missing = app.anonymous().get("/users/77/projects").await.expect(404);
    assert_eq!(missing.text(), r#"{"message":"404 User Not Found"}"#);

    let simple = app.anonymous().get("/projects").await.expect(200).json();
    assert!(simple[0].get("_links").is_none());
    let whole = app.token("ann-api").get("/projects").await.expect(200).json();
    assert_eq!(whole[0]["_links"]["self"], "https://roster.example/api/v4/projects/22");
    assert!(whole[0].get("permissions").is_none());
}

async fn projects_shared_with_a_group_are_listed_below_it(app: TestApp) {
    acme(&app).await;
    let xan = app.token("xan-api");
    let shared = xan.get("/groups/15/projects").await.expect(200).json();
    assert_eq!(each(&shared, "id"), [20]);
    let own = xan.get("/groups/15/projects?with_shared=false").await.expect(200);
    assert_eq!(own.text(), "[]");
}

async fn a_page_of_projects_costs_the_same_however_long_it_is(app: TestApp) {
    acme(&app).await;
    let ann = app.token("ann-api");
    let cost = async |query: &str| ann.get(&format!("/projects?{query}")).await.expect(200).statements;
    let two = cost("per_page=2&sort=desc").await;
    assert_eq!(two, cost("per_page=100&sort=desc").await);
}
