//! In which order a request is judged, and in which words it is refused.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;

use super::acme;
use crate::support::world::{Group, World};
use crate::support::{Client, TestApp, on_both_databases};

on_both_databases!(
    a_body_is_judged_before_the_route_and_the_token,
    a_route_is_judged_before_the_token,
    a_dead_token_is_refused_even_where_none_is_needed,
    a_token_that_has_ended_says_how,
    a_token_is_judged_before_the_parameters,
    parameters_are_judged_before_the_source,
    a_source_is_named_by_number_or_by_path,
    hidden_and_missing_things_answer_the_same_bytes,
    a_scope_that_does_not_reach_is_named,
    an_administrator_acts_as_somebody_else,
    other_methods_and_versions_are_told_apart,
    an_answer_that_the_client_has_is_not_sent_again,
    the_description_of_the_api_is_open_to_everybody,
);

async fn send(
    client: &Client,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &'static str,
) -> (u16, String) {
    let mut request = Request::builder().method(method).uri(format!("/api/v4{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = client.send(request.body(Body::from(body)).unwrap()).await;
    (answer.status.as_u16(), answer.text())
}

async fn get(client: &Client, path: &str) -> (u16, String) {
    send(client, Method::GET, path, &[], "").await
}

fn message(status: u16, text: &str) -> (u16, String) {
    (status, json!({ "message": text }).to_string())
}

fn error(status: u16, text: &str) -> (u16, String) {
    (status, json!({ "error": text }).to_string())
}

async fn a_body_is_judged_before_the_route_and_the_token(app: TestApp) {
    let anybody = app.token("nobody's");
    let xml = [("content-type", "text/xml; charset=utf-8")];
    assert_eq!(
        send(&anybody, Method::POST, "/nowhere", &xml, "<a/>").await,
        error(415, "The provided content-type 'text/xml' is not supported.")
    );
    let json = [("content-type", "application/json")];
    let (status, text) = send(&anybody, Method::POST, "/nowhere", &json, "{").await;
    assert!(status == 400 && text.contains("application/json"), "{text}");
}

async fn a_route_is_judged_before_the_token(app: TestApp) {
    let anybody = app.token("nobody's");
    for path in [
        "/nowhere",
        "",
        "/",
        "/groups/acme/tools",
        "/users/ann",
        "/groups/a/members/",
        "/groups//members",
    ] {
        let expected = match path {
            "/groups/a/members/" => message(401, "401 Unauthorized"),
            _ => error(404, "404 Not Found"),
        };
        assert_eq!(get(&anybody, path).await, expected, "{path}");
    }
}

async fn a_dead_token_is_refused_even_where_none_is_needed(app: TestApp) {
    let world = World::new()
        .group("open", Group::public)
        .user("bob", |user| user.set("state", json!("blocked")));
    app.import(&world.json()).await;
    assert_eq!(get(&app.anonymous(), "/groups/open").await.0, 200);
    assert_eq!(
        get(&app.token("x"), "/groups/open").await,
        message(401, "401 Unauthorized")
    );
    assert_eq!(
        get(&app.token("bob-api"), "/groups/open").await,
        message(403, "403 Forbidden - Your account has been blocked.")
    );
    let bearer = [("authorization", "bearer root-api")];
    assert_eq!(send(&app.anonymous(), Method::GET, "/user", &bearer, "").await.0, 200);
    assert_eq!(get(&app.anonymous(), "/user?private_token=root-api").await.0, 200);
    assert_eq!(get(&app.token("root-api"), "/user?private_token=x").await.0, 401);
    assert_eq!(get(&app.token("root-api"), "/user?private_token[]=x").await.0, 401);
}

async fn a_token_that_has_ended_says_how(app: TestApp) {
    let tokens = json!([
        {"token": "today", "name": "today", "scopes": ["api"], "expires_at": "2026-11-21"},
        {"token": "tomorrow", "name": "tomorrow", "scopes": ["api"], "expires_at": "2026-11-22"},
        {"token": "gone", "name": "gone", "scopes": ["api"], "revoked": true},
    ]);
    app.import(&World::new().user("ann", |user| user.set("tokens", tokens)).json())
        .await;
    app.token("tomorrow").get("/user").await.expect(200);
    for (token, text) in [
        (
            "today",
            "Token is expired. You can either do re-authorization or token refresh.",
        ),
        ("gone", "Token was revoked. You have to re-authorize from the user."),
    ] {
        let answer = app.token(token).get("/groups").await.expect(401);
        assert_eq!(
            answer.json(),
            json!({"error": "invalid_token", "error_description": text})
        );
        let challenge = "Bearer realm=\"Protected by OAuth 2.0\", error=\"invalid_token\"";
        assert_eq!(
            answer.header("www-authenticate"),
            format!("{challenge}, error_description=\"{text}\"")
        );
    }
    let unknown = app.token("x").get("/groups").await.expect(401);
    assert!(!unknown.headers.contains_key("www-authenticate"));
}

async fn a_token_is_judged_before_the_parameters(app: TestApp) {
    acme(&app).await;
    let path = "/groups/acme%2Fopen/members?per_page=0";
    assert_eq!(get(&app.anonymous(), path).await, message(401, "401 Unauthorized"));
    assert_eq!(get(&app.token("x"), path).await, message(401, "401 Unauthorized"));
}

async fn parameters_are_judged_before_the_source(app: TestApp) {
    acme(&app).await;
    let ann = app.token("ann-api");
    assert_eq!(
        get(
            &ann,
            "/groups/nowhere/members?state=x&page=two&per_page=0&show_seat_info=perhaps"
        )
        .await,
        error(
            400,
            "show_seat_info is invalid, state does not have a valid value, page is invalid, per_page has a value not allowed"
        )
    );
    assert_eq!(
        get(&ann, "/groups/nowhere/members/ann").await,
        error(400, "user_id is invalid")
    );
    assert_eq!(
        get(&ann, "/groups/acme/members?query=a%00b").await,
        error(400, "query is invalid")
    );
    assert_eq!(get(&ann, "/groups/a%00b").await, error(400, "id is invalid"));
    assert_eq!(
        get(&ann, "/users?provider=group_saml").await,
        error(400, "extern_uid, provider provide all or none of parameters")
    );
    assert_eq!(
        get(&ann, "/users?order_by=age").await,
        error(400, "order_by does not have a valid value")
    );
}

async fn a_source_is_named_by_number_or_by_path(app: TestApp) {
    acme(&app).await;
    let ann = app.token("ann-api");
    for path in [
        "/groups/11",
        "/groups/acme%2Ftools",
        "/groups/ACME%2fTools/",
        "/groups/acme%2Ft%6Fols",
    ] {
        assert_eq!(ann.get(path).await.expect(200).json()["id"], 11, "{path}");
    }
    for path in [
        "/groups/acme%252Ftools",
        "/groups/0",
        "/groups/-11",
        "/groups/99999999999999999999",
        "/groups/tools",
    ] {
        assert_eq!(get(&ann, path).await, message(404, "404 Group Not Found"), "{path}");
    }
    assert_eq!(
        ann.get("/projects/acme%2Ftools%2Fcli").await.expect(200).json()["id"],
        20
    );
    for path in ["/projects/cli", "/projects/11", "/projects/acme%2Ftools"] {
        assert_eq!(get(&ann, path).await, message(404, "404 Project Not Found"), "{path}");
    }
}

async fn hidden_and_missing_things_answer_the_same_bytes(app: TestApp) {
    acme(&app).await;
    let sid = app.token("sid-api");
    for (hidden, missing) in [
        ("/groups/acme", "/groups/nowhere"),
        ("/groups/acme/members", "/groups/nowhere/members"),
        ("/groups/acme/members/all/2", "/groups/nowhere/members/all/2"),
        ("/projects/20/members", "/projects/21000/members"),
    ] {
        let answer = get(&sid, hidden).await;
        assert_eq!(answer.0, 404);
        assert_eq!(answer, get(&sid, missing).await);
    }
}

async fn a_scope_that_does_not_reach_is_named(app: TestApp) {
    let token = |token: &str, scopes: &[&str]| json!({"token": token, "name": token, "scopes": scopes});
    let tokens = [
        token("users", &["read_user"]),
        token("reads", &["read_api"]),
        token("runners", &["create_runner"]),
    ];
    let world = World::new()
        .user("ann", |user| user.set("tokens", json!(tokens)))
        .group("open", Group::public);
    app.import(&world.json()).await;
    for path in ["/user", "/users?search=ann", "/version", "/metadata"] {
        assert_eq!(get(&app.token("users"), path).await.0, 200, "{path}");
    }
    let refused = |scope: &str| {
        let text = "The request requires higher privileges than provided by the access token.";
        let body = json!({"error": "insufficient_scope", "error_description": text, "scope": scope});
        (403, body)
    };
    for (token, path, scope) in [
        ("users", "/groups/open", "api read_api"),
        ("runners", "/groups/open/members?per_page=0", "api read_api"),
        ("runners", "/user", "read_user api read_api"),
    ] {
        let (status, text) = get(&app.token(token), path).await;
        assert_eq!(
            (status, serde_json::from_str(&text).unwrap()),
            refused(scope),
            "{token} {path}"
        );
    }
    assert_eq!(get(&app.token("reads"), "/groups/open").await.0, 200);
}

async fn an_administrator_acts_as_somebody_else(app: TestApp) {
    acme(&app).await;
    let root = app.admin();
    assert_eq!(root.get("/user?sudo=DAN").await.expect(200).json()["username"], "dan");
    let header = [("sudo", "3")];
    assert!(
        send(&root, Method::GET, "/user", &header, "")
            .await
            .1
            .contains("\"dan\"")
    );
    assert_eq!(
        get(&root, "/user?sudo=nobody").await,
        message(404, "404 User with ID or username 'nobody' Not Found")
    );
    assert_eq!(
        get(&app.token("ann-api"), "/user?sudo=dan").await,
        message(403, "403 Forbidden - Must be admin to use sudo")
    );
    assert_eq!(
        get(&app.anonymous(), "/version?sudo=dan").await,
        message(401, "401 Unauthorized")
    );
}

async fn other_methods_and_versions_are_told_apart(app: TestApp) {
    let nobody = app.anonymous();
    assert_eq!(
        send(&nobody, Method::PATCH, "/groups/acme", &[], "").await,
        error(404, "404 Not Found")
    );
    let options = Request::builder().method(Method::OPTIONS).uri("/api/v4/groups/acme");
    let answer = nobody.send(options.body(Body::empty()).unwrap()).await.expect(204);
    assert_eq!(answer.header("allow"), "OPTIONS, GET, HEAD, PUT, DELETE");
    for path in ["/api/v3", "/api/v3/groups/acme"] {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let answer = nobody.send(request).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text()),
            error(410, "API V3 is no longer supported. Use API V4 instead.")
        );
    }
}

async fn an_answer_that_the_client_has_is_not_sent_again(app: TestApp) {
    acme(&app).await;
    let path = "/groups/acme/members";
    let first = app.token("ann-api").get(path).await.expect(200);
    assert_eq!(first.header("cache-control"), "max-age=0, private, must-revalidate");
    assert_eq!(first.header("content-type"), "application/json");
    let known = first.header("etag");
    let known = [("if-none-match", known.as_str())];
    assert_eq!(
        send(&app.token("ann-api"), Method::GET, path, &known, "").await,
        (304, String::new())
    );
    assert_eq!(send(&app.token("sid-api"), Method::GET, path, &known, "").await.0, 404);

    let head = app.token("ann-api").head(path).await.expect(200);
    assert_eq!(head.text(), "");
    for name in ["etag", "x-total", "link", "content-type"] {
        assert_eq!(head.header(name), first.header(name), "{name}");
    }
}

async fn the_description_of_the_api_is_open_to_everybody(app: TestApp) {
    let document = app.anonymous().get("/openapi.json").await.expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/groups/{id}/members/{user_id}"]["get"].is_object());
}
