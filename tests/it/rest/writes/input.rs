//! Parameters as they should not be; nothing is written.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Stage, error, message};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    faults_come_together_in_the_order_of_declaration,
    every_wrong_type_is_refused_by_name,
    odd_names_of_users_are_nobodys,
    bodies_that_cannot_be_read_are_refused_first,
    other_methods_are_no_route_and_options_lists_them,
    reading_is_as_it_was,
);

fn world() -> World {
    World::new()
        .user("bob", |user| user)
        .group("acme", |group| group.owner("ann").developer("dan"))
}

async fn faults_come_together_in_the_order_of_declaration(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let before = stage.traces().await;
    for (method, path, body, expected) in [
        (
            Method::PUT,
            "/groups/acme/members/dan",
            json!({"expires_at": "soon"}),
            "user_id is invalid, access_level is missing, expires_at is invalid",
        ),
        (
            Method::PUT,
            "/groups/acme/members/3",
            json!({"access_level": "high", "expires_at": "2027-02-30", "member_role_id": "x"}),
            "access_level is invalid, expires_at is invalid, member_role_id is invalid",
        ),
        (
            Method::PUT,
            "/groups/acme/members/3",
            json!({}),
            "access_level is missing",
        ),
        (
            Method::POST,
            "/groups/acme/members",
            json!({"user_id": 2, "username": "bob", "access_level": 30}),
            "user_id, username are mutually exclusive",
        ),
        (
            Method::POST,
            "/groups/acme/members",
            json!({"user_id": "", "username": null, "access_level": 30}),
            "user_id, username are mutually exclusive",
        ),
        (
            Method::POST,
            "/groups/acme/members",
            json!({"access_level": 30}),
            "user_id, username are missing, at least one parameter must be provided",
        ),
        (
            Method::POST,
            "/groups/acme/members",
            json!({"user_id": [1], "expires_at": "x", "member_role_id": []}),
            "access_level is missing, user_id is invalid, expires_at is invalid, member_role_id is invalid",
        ),
        (
            Method::DELETE,
            "/groups/acme/members/dan",
            json!({"skip_subresources": "x", "unassign_issuables": "?"}),
            "user_id is invalid, skip_subresources is invalid, unassign_issuables is invalid",
        ),
    ] {
        assert_eq!(
            stage.call("ann", method.clone(), path, body.clone()).await,
            error(400, expected),
            "{method} {body}"
        );
    }
    assert_eq!(stage.traces().await, before);
}

async fn every_wrong_type_is_refused_by_name(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let before = stage.traces().await;
    let huge = || serde_json::from_str::<Value>("99999999999999999999").unwrap();
    let integers = [
        json!("abc"),
        json!("1.5"),
        json!("1e2"),
        json!(1.5),
        json!(true),
        json!([30]),
        json!({"a": 30}),
        json!("3\u{0}0"),
        json!("99999999999999999999"),
        huge(),
    ];
    let dates = [
        json!("soon"),
        json!("2027-02-30"),
        json!("2027-13-01"),
        json!("2027"),
        json!(["2027-01-02"]),
        json!({"day": 1}),
        json!("2027-01-02\u{0}"),
        json!(true),
    ];
    let lists = [json!([1]), json!([]), json!({}), json!({"a": 1}), json!("1\u{0}")];
    for (name, values) in [
        ("access_level", &integers[..]),
        ("member_role_id", &integers[..]),
        ("expires_at", &dates[..]),
        ("user_id", &lists[..]),
        ("username", &lists[..]),
        ("invite_source", &lists[..]),
    ] {
        for value in values {
            let who = if name == "user_id" {
                json!({})
            } else {
                json!({"username": "bob"})
            };
            let mut body = json!({"access_level": 30});
            for part in [who, json!({name: value})] {
                for (key, value) in part.as_object().unwrap() {
                    body[key] = value.clone();
                }
            }
            let outcome = stage.post("ann", "/groups/acme/members", body.clone()).await;
            assert_eq!(outcome, error(400, &format!("{name} is invalid")), "{body}");
        }
    }
    for value in &dates {
        let body = json!({"access_level": 30, "expires_at": value});
        let outcome = stage.put("ann", &stage.member("/groups/acme", "dan"), body).await;
        assert_eq!(outcome, error(400, "expires_at is invalid"), "{value}");
    }
    assert_eq!(stage.traces().await, before);
}

async fn odd_names_of_users_are_nobodys(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let before = stage.traces().await;
    for (name, value) in [
        ("user_id", json!("")),
        ("user_id", json!(null)),
        ("user_id", json!("bob")),
        ("user_id", json!(0)),
        ("user_id", json!(-2)),
        ("user_id", json!(true)),
        ("user_id", json!(2.5)),
        ("user_id", json!("99999999999999999999")),
        ("username", json!("")),
        ("username", json!(" ")),
        ("username", json!(null)),
        ("username", json!(2)),
        ("username", json!("bob@example.com")),
        ("username", json!("%")),
    ] {
        let outcome = stage
            .post("ann", "/groups/acme/members", json!({name: value, "access_level": 30}))
            .await;
        assert_eq!(outcome, message(404, "404 User Not Found"), "{name} {value}");
    }
    assert_eq!(stage.traces().await, before);
}

async fn bodies_that_cannot_be_read_are_refused_first(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let before = stage.traces().await;
    for (method, path) in [
        (Method::POST, "/groups/acme/members"),
        (Method::PUT, "/groups/acme/members/3"),
        (Method::DELETE, "/groups/acme/members/3"),
    ] {
        for by in ["ann", "nobody"] {
            let send = async |media: &str, body: &'static str| {
                let headers = [("content-type", media)];
                let answer = stage.by(by).with(method.clone(), path, &headers, body).await;
                (answer.status.as_u16(), answer.text())
            };
            let (status, text) = send("application/json", "{\"access_level\":").await;
            assert!(status == 400 && text.contains("application/json"), "{method} {text}");
            let unsupported = error(415, "The provided content-type 'text/plain' is not supported.");
            assert_eq!(send("text/plain", "access_level=30").await, unsupported, "{method}");
        }
    }
    assert_eq!(stage.traces().await, before);
    let none = stage
        .by("ann")
        .with(
            Method::PUT,
            "/groups/acme/members/3",
            &[("content-type", "application/json")],
            "[30]",
        )
        .await;
    assert_eq!(
        none.text(),
        error(400, "access_level is missing").1,
        "a body that is no object counts as none"
    );
}

async fn other_methods_are_no_route_and_options_lists_them(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    for (method, path) in [
        (Method::PATCH, "/groups/acme/members/3"),
        (Method::POST, "/groups/acme/members/3"),
        (Method::PUT, "/groups/acme/members"),
        (Method::DELETE, "/groups/acme/members"),
        (Method::GET, "/groups/acme/members/3/override"),
        (Method::POST, "/projects/acme%2Fp/members/3/override"),
        (Method::POST, "/groups/acme/audit_events"),
    ] {
        assert_eq!(
            stage.call("ann", method.clone(), path, json!({})).await,
            error(404, "404 Not Found"),
            "{method} {path}"
        );
    }
    for (path, methods) in [
        ("/groups/acme/members", "OPTIONS, GET, HEAD, POST"),
        ("/projects/x%2Fy/members/3", "OPTIONS, GET, HEAD, PUT, DELETE"),
        ("/groups/acme/members/3/override", "OPTIONS, POST, DELETE"),
        ("/groups/acme/audit_events", "OPTIONS, GET, HEAD"),
    ] {
        let answer = stage
            .by("nobody")
            .with(Method::OPTIONS, path, &[], "")
            .await
            .expect(204);
        assert_eq!(answer.header("allow"), methods, "{path}");
    }
    // `all` is a word to GET only.
    assert_eq!(
        stage
            .put("ann", "/groups/acme/members/all", json!({"access_level": 30}))
            .await,
        error(400, "user_id is invalid")
    );
}

async fn reading_is_as_it_was(app: TestApp) {
    let stage = Stage::new(app, &world()).await;
    let path = "/groups/acme/members";
    let first = stage.by("ann").get(path).await.expect(200);
    let known = [("if-none-match", &*first.header("etag"))];
    assert_eq!(stage.by("ann").with(Method::GET, path, &known, "").await.status, 304);
    assert_eq!(
        stage.by("ann").head(path).await.expect(200).header("etag"),
        first.header("etag")
    );
    stage
        .by("ann")
        .post(path, &json!({"username": "bob", "access_level": 30}))
        .await
        .expect(201);
    assert_eq!(
        stage.by("ann").with(Method::GET, path, &known, "").await.status,
        200,
        "another list now"
    );
    // A body of a GET is none, whatever it says.
    let json = [("content-type", "application/json")];
    assert_eq!(
        stage
            .by("ann")
            .with(Method::GET, path, &json, r#"{"per_page":0}"#)
            .await
            .status,
        200
    );
}
