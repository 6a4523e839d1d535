//! The examples of the API document are what the demo world answers: this makes them, and sees that they are still so.

use std::path::Path;

use axum::http::Method;
use serde_json::{Map, Value, json};

use crate::support::{Answer, TestApp, halves, on_both_databases};

on_both_databases!(every_example_is_what_the_demo_world_answers);

const FILE: &str = "src/rest/openapi/examples.json";
const WORLD: &str = include_str!("../../src/cli/demo.world.json");

/// One call of each operation, in this order, each after the other: method, path below `/api/v4`, token, JSON body or nothing.
/// A list is asked for few entries, so that the document stays small.
const CALLS: &[(&str, &str, &str, &str)] = &[
    ("GET", "/version", "demo-ada", ""),
    ("GET", "/metadata", "demo-ada", ""),
    ("GET", "/user", "demo-ada", ""),
    ("GET", "/users?per_page=1&search=chiara", "demo-ada", ""),
    ("GET", "/users/4", "demo-ada", ""),
    ("GET", "/users/20/projects?per_page=1", "demo-ada", ""),
    ("GET", "/groups?per_page=1", "demo-ada", ""),
    ("GET", "/groups/lighthouse%2Fplatform", "demo-ada", ""),
    ("GET", "/groups/lighthouse/subgroups?per_page=1", "demo-ada", ""),
    ("GET", "/groups/lighthouse/descendant_groups?per_page=1", "demo-ada", ""),
    (
        "GET",
        "/groups/lighthouse%2Fplatform/projects?per_page=1&simple=true",
        "demo-ada",
        "",
    ),
    (
        "GET",
        "/groups/partners%2Fcontractors/projects/shared?per_page=1&simple=true",
        "demo-ada",
        "",
    ),
    ("GET", "/projects?per_page=1&simple=true", "demo-ada", ""),
    ("GET", "/projects/lighthouse%2Fwebsite", "demo-ada", ""),
    (
        "GET",
        "/groups/lighthouse%2Fplatform/members?per_page=1",
        "demo-ada",
        "",
    ),
    (
        "GET",
        "/groups/lighthouse%2Fplatform/members/all?per_page=2",
        "demo-ada",
        "",
    ),
    ("GET", "/groups/lighthouse%2Fplatform/members/all/2", "demo-ada", ""),
    ("GET", "/groups/lighthouse%2Fplatform/members/4", "demo-ada", ""),
    (
        "POST",
        "/groups/lighthouse%2Fplatform/members",
        "demo-ada",
        r#"{"user_id":19,"access_level":30,"expires_at":"2027-12-31"}"#,
    ),
    (
        "PUT",
        "/groups/lighthouse%2Fplatform/members/19",
        "demo-ada",
        r#"{"access_level":20}"#,
    ),
    ("DELETE", "/groups/lighthouse%2Fplatform/members/19", "demo-ada", ""),
    (
        "GET",
        "/projects/lighthouse%2Fwebsite/members?per_page=1",
        "demo-ada",
        "",
    ),
    (
        "GET",
        "/projects/lighthouse%2Fwebsite/members/all?per_page=2",
        "demo-ada",
        "",
    ),
    ("GET", "/projects/lighthouse%2Fwebsite/members/all/2", "demo-ada", ""),
    ("GET", "/projects/lighthouse%2Fwebsite/members/10", "demo-ada", ""),
    (
        "POST",
        "/projects/lighthouse%2Fwebsite/members",
        "demo-ada",
        r#"{"user_id":19,"access_level":30}"#,
    ),
    (
        "PUT",
        "/projects/lighthouse%2Fwebsite/members/19",
        "demo-ada",
        r#"{"access_level":20}"#,
    ),
    ("DELETE", "/projects/lighthouse%2Fwebsite/members/19", "demo-ada", ""),
    (
        "POST",
        "/groups/lighthouse%2Fplatform%2Fstorage/members/13/override",
        "demo-ada",
        "",
    ),
    (
        "DELETE",
        "/groups/lighthouse%2Fplatform%2Fstorage/members/13/override",
        "demo-ada",
        "",
    ),
    ("GET", "/groups/lighthouse/pending_members?per_page=1", "demo-ada", ""),
    ("PUT", "/groups/lighthouse/members/23/approve", "demo-ada", ""),
    ("POST", "/groups/lighthouse/members/approve_all", "demo-ada", ""),
    (
        "PUT",
        "/groups/lighthouse/members/17/state",
        "demo-ada",
        r#"{"state":"awaiting"}"#,
    ),
    ("PUT", "/groups/lighthouse/members/approve_all", "demo-ada", ""),
    ("GET", "/groups/lighthouse/billable_members?per_page=1", "demo-ada", ""),
    (
        "GET",
        "/groups/lighthouse/billable_members/10/memberships?per_page=1",
        "demo-ada",
        "",
    ),
    (
        "GET",
        "/groups/lighthouse/billable_members/25/indirect?per_page=1",
        "demo-ada",
        "",
    ),
    ("DELETE", "/groups/lighthouse/billable_members/17", "demo-ada", ""),
    ("GET", "/groups/lighthouse/member_roles", "demo-ada", ""),
    (
        "POST",
        "/groups/lighthouse/member_roles",
        "demo-ada",
        r#"{"base_access_level":10,"name":"Code reader","read_code":true}"#,
    ),
    ("DELETE", "/groups/lighthouse/member_roles/3", "demo-ada", ""),
    ("GET", "/member_roles", "demo-root", ""),
    ("POST", "/member_roles", "demo-root", ""),
    ("DELETE", "/member_roles/3", "demo-root", ""),
    (
        "POST",
        "/groups/lighthouse%2Fplatform/invitations",
        "demo-ada",
        r#"{"email":"new@example.com","access_level":30}"#,
    ),
    (
        "GET",
        "/groups/lighthouse%2Fplatform/invitations?per_page=1",
        "demo-ada",
        "",
    ),
    (
        "PUT",
        "/groups/lighthouse%2Fplatform/invitations/new@example.com",
        "demo-ada",
        r#"{"expires_at":"2027-12-31"}"#,
    ),
    (
        "DELETE",
        "/groups/lighthouse%2Fplatform/invitations/new@example.com",
        "demo-ada",
        "",
    ),
    (
        "POST",
        "/projects/lighthouse%2Fwebsite/invitations",
        "demo-ada",
        r#"{"email":"new@example.com","access_level":30}"#,
    ),
    (
        "GET",
        "/projects/lighthouse%2Fwebsite/invitations?per_page=1",
        "demo-ada",
        "",
    ),
    (
        "PUT",
        "/projects/lighthouse%2Fwebsite/invitations/new@example.com",
        "demo-ada",
        r#"{"access_level":20}"#,
    ),
    (
        "DELETE",
        "/projects/lighthouse%2Fwebsite/invitations/new@example.com",
        "demo-ada",
        "",
    ),
    ("GET", "/groups/openharbor/access_requests?per_page=1", "demo-root", ""),
    ("POST", "/groups/openharbor%2Fsdk/access_requests", "demo-sven", ""),
    ("DELETE", "/groups/openharbor%2Fsdk/access_requests/20", "demo-sven", ""),
    (
        "POST",
        "/projects/openharbor%2Fsdk%2Fpython/access_requests",
        "demo-sven",
        "",
    ),
    (
        "DELETE",
        "/projects/openharbor%2Fsdk%2Fpython/access_requests/20",
        "demo-sven",
        "",
    ),
    (
        "PUT",
        "/groups/openharbor/access_requests/20/approve",
        "demo-root",
        r#"{"access_level":20}"#,
    ),
    (
        "GET",
        "/projects/openharbor%2Fsdk%2Frust%2Fclient/access_requests?per_page=1",
        "demo-root",
        "",
    ),
    (
        "PUT",
        "/projects/openharbor%2Fsdk%2Frust%2Fclient/access_requests/19/approve",
        "demo-root",
        r#"{"access_level":20}"#,
    ),
    (
        "GET",
        "/groups/lighthouse%2Fplatform%2Fstorage/ldap_group_links",
        "demo-ada",
        "",
    ),
    (
        "POST",
        "/groups/lighthouse%2Fapps/ldap_group_links",
        "demo-ada",
        r#"{"cn":"apps","group_access":30,"provider":"ldapmain"}"#,
    ),
    (
        "DELETE",
        "/groups/lighthouse%2Fapps/ldap_group_links/ldapmain/apps",
        "demo-ada",
        "",
    ),
    (
        "DELETE",
        "/groups/lighthouse%2Fplatform%2Fstorage/ldap_group_links/storage",
        "demo-ada",
        "",
    ),
    (
        "DELETE",
        "/groups/lighthouse%2Fplatform%2Fstorage/ldap_group_links?provider=ldapmain&filter=%28title%3DStorage%20Lead%29",
        "demo-ada",
        "",
    ),
    (
        "POST",
        "/groups/lighthouse%2Fplatform%2Fstorage/ldap_sync",
        "demo-ada",
        "",
    ),
    (
        "POST",
        "/groups/partners%2Fcontractors/share",
        "demo-root",
        r#"{"group_id":9,"group_access":20,"expires_at":"2027-12-31"}"#,
    ),
    (
        "GET",
        "/groups/lighthouse%2Fplatform/invited_groups?per_page=1",
        "demo-root",
        "",
    ),
    (
        "GET",
        "/groups/partners%2Fauditors/groups/shared?per_page=1",
        "demo-root",
        "",
    ),
    ("DELETE", "/groups/partners%2Fcontractors/share/9", "demo-root", ""),
    (
        "POST",
        "/projects/lighthouse%2Fwebsite/share",
        "demo-ada",
        r#"{"group_id":8,"group_access":20}"#,
    ),
    (
        "GET",
        "/projects/lighthouse%2Fwebsite/invited_groups?per_page=1",
        "demo-ada",
        "",
    ),
    (
        "GET",
        "/projects/lighthouse%2Fwebsite/groups?per_page=1",
        "demo-ada",
        "",
    ),
    (
        "GET",
        "/projects/lighthouse%2Fwebsite/share_locations?per_page=1",
        "demo-ada",
        "",
    ),
    ("DELETE", "/projects/lighthouse%2Fwebsite/share/8", "demo-ada", ""),
    ("POST", "/users/24/block", "demo-root", ""),
    ("POST", "/users/24/unblock", "demo-root", ""),
    ("POST", "/users/24/ban", "demo-root", ""),
    ("POST", "/users/24/unban", "demo-root", ""),
    ("POST", "/users/25/deactivate", "demo-root", ""),
    ("POST", "/users/25/activate", "demo-root", ""),
    (
        "GET",
        "/groups/lighthouse%2Fplatform/audit_events?per_page=1",
        "demo-ada",
        "",
    ),
    ("GET", "/groups/lighthouse%2Fplatform/audit_events/1", "demo-ada", ""),
    (
        "GET",
        "/projects/lighthouse%2Fwebsite/audit_events?per_page=1",
        "demo-ada",
        "",
    ),
    ("GET", "/projects/lighthouse%2Fwebsite/audit_events/4", "demo-ada", ""),
    ("GET", "/audit_events?per_page=1", "demo-root", ""),
    (
        "POST",
        "/groups",
        "demo-ada",
        r#"{"name":"Workshop","path":"workshop"}"#,
    ),
    (
        "PUT",
        "/groups/workshop",
        "demo-ada",
        r#"{"description":"Where things are made","visibility":"internal"}"#,
    ),
    ("POST", "/projects", "demo-ada", r#"{"name":"Lathe","namespace_id":15}"#),
    ("PUT", "/projects/workshop%2Flathe", "demo-ada", r#"{"path":"drill"}"#),
    ("DELETE", "/projects/workshop%2Fdrill", "demo-ada", ""),
    ("GET", "/namespaces?per_page=1&search=work", "demo-ada", ""),
    ("GET", "/namespaces/workshop", "demo-ada", ""),
    ("DELETE", "/groups/workshop", "demo-ada", ""),
    (
        "POST",
        "/users",
        "demo-root",
        r#"{"username":"nora","name":"Nora New","email":"nora@newcomers.example.com","force_random_password":true}"#,
    ),
    ("GET", "/users/2/memberships?per_page=1", "demo-root", ""),
    (
        "POST",
        "/users/30/personal_access_tokens",
        "demo-root",
        r#"{"name":"reports","scopes":["read_api","read_user"],"expires_at":"2027-06-30"}"#,
    ),
    (
        "POST",
        "/user/personal_access_tokens",
        "demo-ada",
        r#"{"name":"proxy","scopes":["k8s_proxy"]}"#,
    ),
    ("GET", "/personal_access_tokens?user_id=30&per_page=1", "demo-root", ""),
    ("GET", "/personal_access_tokens/6", "demo-root", ""),
    (
        "POST",
        "/personal_access_tokens/6/rotate",
        "demo-root",
        r#"{"expires_at":"2027-01-31"}"#,
    ),
    ("DELETE", "/personal_access_tokens/8", "demo-root", ""),
    ("GET", "/personal_access_tokens/self", "demo-chiara", ""),
    ("DELETE", "/personal_access_tokens/self", "demo-chiara", ""),
    ("POST", "/personal_access_tokens/self/rotate", "demo-ada", ""),
];

async fn every_example_is_what_the_demo_world_answers(app: TestApp) {
    app.import(&serde_json::from_str(WORLD).unwrap()).await;
    let document = app.anonymous().get("/openapi.json").await.json();
    let mut examples = Map::new();
    for call in CALLS {
        let (name, example) = example(&app, &document, call).await;
        assert!(
            examples.insert(name, example).is_none(),
            "{call:?} is the second of its operation"
        );
    }
    examples.sort_keys();
    let text = format!("{:#}\n", Value::Object(examples));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if halves::setting("ROSTER_BLESS").is_some() {
        std::fs::write(file, text).unwrap();
    } else {
        let told = std::fs::read_to_string(file).unwrap();
        assert!(
            told == text,
            "{FILE} is not what is answered: ROSTER_BLESS=1 cargo test --test it examples"
        );
    }
}

async fn example(app: &TestApp, document: &Value, call: &(&str, &str, &str, &str)) -> (String, Value) {
    let (method, address, token, body) = *call;
    let path = address.split('?').next().unwrap();
    let (operation, values) = operation(document, method, path);
    let client = app.token(token);
    let method = Method::try_from(method).unwrap();
    let json = [("content-type", "application/json")];
    let headers = if body.is_empty() { &json[..0] } else { &json[..] };
    let answer = client.with(method, address, headers, body.to_owned()).await;
    let mut example = json!({ "path": values });
    if !body.is_empty() {
        example["body"] = serde_json::from_str(body).unwrap();
    }
    if let Some(answer) = shown(&answer, call, operation) {
        example["answer"] = answer;
    }
    (operation["operationId"].as_str().unwrap().to_owned(), example)
}

/// What is shown of an answer: nothing where there is none, and none that refuses, which only calls that are not for this kind of instance do.
fn shown(answer: &Answer, call: &(&str, &str, &str, &str), operation: &Value) -> Option<Value> {
    let status = answer.status.as_u16();
    if call.1.starts_with("/member_roles") {
        assert_eq!(status, 400, "{call:?}: {}", answer.text());
        return None;
    }
    let is_documented = operation["responses"].get(status.to_string()).is_some();
    assert!(
        (200..300).contains(&status) && is_documented,
        "{call:?}: {status} {}",
        answer.text()
    );
    if answer.text().is_empty() {
        return None;
    }
    let mut answer = answer.json();
    assert!(
        answer.as_array().is_none_or(|list| !list.is_empty()),
        "{call:?} shows nothing"
    );
    hide_secrets(&mut answer);
    Some(answer)
}

/// A new token is another one each time.
fn hide_secrets(answer: &mut Value) {
    if answer["token"].is_string() {
        answer["token"] = json!("rst-0123456789abcdefghij");
    }
}

/// The operation that a path means, and the values in it.
fn operation<'a>(document: &'a Value, method: &str, path: &str) -> (&'a Value, Map<String, Value>) {
    let paths = document["paths"].as_object().unwrap();
    let found = paths.iter().filter_map(|(pattern, item)| {
        let operation = item.get(method.to_ascii_lowercase())?;
        Some((operation, values(pattern, path, operation)?))
    });
    // The one with the most words is meant.
    let found = found.min_by_key(|(_, values)| values.len());
    found.unwrap_or_else(|| panic!("no operation for {method} {path}"))
}

fn values(pattern: &str, path: &str, operation: &Value) -> Option<Map<String, Value>> {
    let (words, segments): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    if words.len() != segments.len() {
        return None;
    }
    let mut values = Map::new();
    for (word, segment) in words.iter().zip(segments) {
        match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
            Some(name) => {
                let is_number = operation["parameters"]
                    .as_array()?
                    .iter()
                    .any(|parameter| parameter["name"] == name && parameter["schema"]["type"] == "integer");
                let text = segment.replace("%2F", "/");
                let value = if is_number {
                    json!(text.parse::<i64>().ok()?)
                } else {
                    json!(text)
                };
                values.insert(name.to_owned(), value);
            }
            None if *word == segment => {}
            None => return None,
        }
    }
    Some(values)
}
