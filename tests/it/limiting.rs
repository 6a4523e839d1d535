//! How often somebody may ask, through both faces.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use roster::config::{Rate, Settings};
use serde_json::{Value, json};

use crate::support::world::{Group, World};
use crate::support::{Answer, Client, TestApp, on_both_databases};

on_both_databases!(
    nobody_is_limited_unless_it_is_set,
    a_user_has_one_budget_for_both_faces_and_all_tokens,
    callers_without_a_live_token_pay_by_address,
    whoever_acts_as_somebody_pays_in_person,
    every_operation_of_a_batch_counts,
    the_limit_is_asked_before_anything_else,
    lists_of_all_members_have_a_limit_of_their_own,
    removals_have_a_limit_for_each_place_and_both_faces,
    a_removal_that_is_sent_again_costs_nothing,
    a_hidden_place_is_missing_however_often_it_is_asked_for,
    one_switch_ends_all_limits,
);

const BUDGET: [&str; 5] = [
    "ratelimit-name",
    "ratelimit-limit",
    "ratelimit-observed",
    "ratelimit-remaining",
    "ratelimit-reset",
];

fn rate(calls: u32, seconds: u32) -> Rate {
    Rate {
        calls: calls.try_into().unwrap(),
        seconds: seconds.try_into().unwrap(),
    }
}

fn budget(answer: &Answer) -> [String; 5] {
    BUDGET.map(|name| answer.header(name))
}

fn acme() -> World {
    let tokens = ["ann-api", "ann-too"].map(|token| json!({"token": token, "name": token, "scopes": ["api"]}));
    World::new()
        .user("ann", |user| user.set("tokens", json!(tokens)))
        .group("acme", |group| group.owner("ann").developer("bob"))
        .group("acme/tools", |group| group.developer("bob"))
        .group("open", Group::public)
        .group("secret", |group| group.owner("eve"))
}

async fn from(client: &Client, address: &str, path: &str) -> Answer {
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    let peer: SocketAddr = format!("{address}:4711").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    client.send(request).await
}

async fn batch(client: &Client, documents: usize) -> Answer {
    let batch = json!(vec![json!({"query": "{ currentUser { id } }"}); documents]);
    let request = Request::post("/api/graphql").header("content-type", "application/json");
    client.send(request.body(Body::from(batch.to_string())).unwrap()).await
}

async fn nobody_is_limited_unless_it_is_set(app: TestApp) {
    app.import(&acme().json()).await;
    let ann = app.with_rate_limits(|_| {}).token("ann-api");
    for answer in [
        ann.get("/user").await,
        ann.get("/nowhere").await,
        ann.graphql("{ currentUser { id } }", Value::Null).await,
    ] {
        assert_eq!(budget(&answer), [""; 5]);
    }
}

async fn a_user_has_one_budget_for_both_faces_and_all_tokens(app: TestApp) {
    app.import(&acme().json()).await;
    let app = app.with_rate_limits(|settings| settings.rate_limit_api = Some(rate(3, 20)));
    let ann = app.token("ann-api");
    let first = ann.get("/user").await.expect(200);
    // 12:00:00 begins a window.
    let reset = (app.clock.now().timestamp() + 20).to_string();
    let told = |observed: &str, remaining: &str| {
        ["throttle_authenticated_api", "9", observed, remaining, &reset].map(ToOwned::to_owned)
    };
    assert_eq!(budget(&first), told("1", "2"));
    let second = ann.graphql("{ currentUser { id } }", Value::Null).await.expect(200);
    assert_eq!(budget(&second), told("2", "1"));
    let third = app.token("ann-too").get("/groups/nothing").await.expect(404);
    assert_eq!(budget(&third), told("3", "0"));
    assert_eq!(third.header("retry-after"), "");

    app.later(Duration::from_secs(13));
    let refused = ann.get("/user").await.expect(429);
    assert_eq!(budget(&refused), told("4", "0"));
    assert_eq!(refused.text(), "Retry later\n");
    assert_eq!(refused.header("content-type"), "text/plain");
    assert_eq!(refused.header("retry-after"), "7");
    assert_eq!(refused.header("ratelimit-resettime"), "Sat, 21 Nov 2026 12:00:20 GMT");
    let refused = ann.graphql("{ currentUser { id } }", Value::Null).await.expect(429);
    assert_eq!(budget(&refused), told("5", "0"));
    assert_eq!(refused.header("retry-after"), "7");
    let error = &refused.json()["errors"][0];
    assert_eq!(error["message"], "Retry later");
    assert_eq!(error["extensions"], json!({"code": "RATE_LIMITED", "retryAfter": 7}));

    app.token("bob-api").get("/user").await.expect(200);
    app.later(Duration::from_secs(7));
    let again = ann.get("/user").await.expect(200);
    assert_eq!(again.header("ratelimit-observed"), "1");
}

async fn callers_without_a_live_token_pay_by_address(app: TestApp) {
    app.import(&acme().json()).await;
    let limited = app.with_rate_limits(|settings| settings.rate_limit_api_anonymous = Some(rate(2, 60)));
    let (nobody, unknown) = (limited.anonymous(), limited.token("unknown"));
    let first = from(&nobody, "192.0.2.1", "/api/v4/groups/open").await.expect(200);
    assert_eq!(first.header("ratelimit-name"), "throttle_unauthenticated_api");
    assert_eq!(first.header("ratelimit-limit"), "2");
    let second = from(&unknown, "192.0.2.1", "/api/v4/groups/open").await.expect(401);
    assert_eq!(second.header("ratelimit-remaining"), "0");
    from(&nobody, "192.0.2.1", "/api/v4/groups/open").await.expect(429);
    from(&unknown, "192.0.2.1", "/api/graphql?query={__typename}")
        .await
        .expect(429);
    from(&nobody, "192.0.2.2", "/api/v4/groups/open").await.expect(200);
    // Those who are known have no limit here, wherever they are.
    let ann = from(&limited.token("ann-api"), "192.0.2.1", "/api/v4/user").await;
    assert_eq!(budget(&ann.expect(200)), [""; 5]);
}

async fn whoever_acts_as_somebody_pays_in_person(app: TestApp) {
    app.import(&acme().json()).await;
    let app = app.with_rate_limits(|settings| settings.rate_limit_api = Some(rate(2, 60)));
    let root = app.admin();
    root.get("/user?sudo=ann").await.expect(200);
    root.get("/user?sudo=nobody").await.expect(404);
    root.get("/user?sudo=bob").await.expect(429);
    app.token("ann-api").get("/user").await.expect(200);
}

async fn every_operation_of_a_batch_counts(app: TestApp) {
    app.import(&acme().json()).await;
    let ann = app
        .with_rate_limits(|settings| settings.rate_limit_api = Some(rate(5, 60)))
        .token("ann-api");
    let three = batch(&ann, 3).await.expect(200);
    assert_eq!(three.header("ratelimit-observed"), "3");
    let too_many = batch(&ann, 3).await.expect(429);
    assert_eq!(too_many.header("ratelimit-observed"), "6");
    assert_eq!(too_many.json()["errors"][0]["extensions"]["code"], "RATE_LIMITED");
}

async fn the_limit_is_asked_before_anything_else(app: TestApp) {
    app.import(&acme().json()).await;
    let app = app.with_rate_limits(|settings| {
        settings.rate_limit_api = Some(rate(1, 60));
        settings.rate_limit_api_anonymous = Some(rate(1, 60));
    });
    let (ann, nobody) = (app.token("ann-api"), app.anonymous());
    ann.get("/user").await.expect(200);
    nobody.get("/groups/open").await.expect(200);
    let (json, xml) = ([("content-type", "application/json")], [("content-type", "text/xml")]);
    for caller in [&ann, &nobody, &app.token("dead")] {
        for (method, path, headers, body) in [
            (Method::POST, "/groups/acme/members", &xml, "<a/>"),
            (Method::POST, "/groups/acme/members", &json, "{"),
            (Method::GET, "/nowhere", &json, ""),
            (Method::GET, "/user", &json, ""),
            (Method::OPTIONS, "/user", &json, ""),
        ] {
            let refused = caller.with(method, path, headers, body).await.expect(429);
            assert_eq!(refused.text(), "Retry later\n");
        }
        let graph = Request::post("/api/graphql").header("content-type", "text/plain");
        let refused = caller.send(graph.body(Body::from("{")).unwrap()).await.expect(429);
        assert_eq!(refused.json()["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    }
    // A token that only the body shows is a token.
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let bob = nobody.with(Method::GET, "/user", &form, "private_token=bob-api").await;
    assert_eq!(bob.expect(200).header("ratelimit-observed"), "1");
}

/// What is said by a limit of one endpoint.
fn is_refused(answer: &Answer) {
    assert_eq!(
        answer.text(),
        r#"{"message":{"error":"This endpoint has been requested too many times. Try again later."}}"#
    );
    assert_eq!(answer.header("retry-after"), "60");
    assert_eq!(answer.header("content-type"), "application/json");
}

async fn lists_of_all_members_have_a_limit_of_their_own(app: TestApp) {
    app.import(&acme().json()).await;
    let app = app.with_rate_limits(|_| {});
    let (ann, bob) = (app.token("ann-api"), app.token("bob-api"));
    for call in 0..200 {
        let place = if call % 2 == 0 { "acme" } else { "acme%2Ftools" };
        ann.get(&format!("/groups/{place}/members/all?per_page=1"))
            .await
            .expect(200);
    }
    is_refused(&ann.get("/groups/acme/members/all").await.expect(429));
    is_refused(&ann.get("/groups/acme/members/all?page=wrong").await.expect(429));
    ann.get("/groups/acme/members/all/2").await.expect(200);
    ann.get("/groups/acme/members").await.expect(200);
    bob.get("/groups/acme/members/all").await.expect(200);
    app.later(Duration::from_mins(1));
    ann.get("/groups/acme/members/all").await.expect(200);
}

async fn removals_have_a_limit_for_each_place_and_both_faces(app: TestApp) {
    app.import(&acme().json()).await;
    let app = app.with_rate_limits(|settings: &mut Settings| settings.rate_limit_member_delete = Some(rate(3, 60)));
    let (ann, root) = (app.token("ann-api"), app.admin());
    let members = root.get("/groups/acme").await.expect(200).json();
    let by_number = format!("/groups/{}/members/999", members["id"]);
    ann.delete(&by_number).await.expect(404);
    ann.delete("/groups/ACME/members/999").await.expect(404);
    let document =
        "query { group(fullPath: \"acme\") { groupMembers(relations: [DIRECT]) { nodes { id user { username } } } } }";
    let data = ann.query(document, Value::Null).await;
    let rows = data["group"]["groupMembers"]["nodes"].as_array().unwrap().clone();
    let row = |name: &str| {
        let found = rows.iter().find(|row| row["user"]["username"] == name);
        found.unwrap()["id"].clone()
    };
    let remove = "mutation($id: MemberID!) { memberRemove(input: {id: $id}) { errors } }";
    let last = ann.graphql(remove, json!({"id": row("ann")})).await.expect(200).json();
    assert_eq!(
        last["data"]["memberRemove"]["errors"].as_array().map(Vec::len),
        Some(1),
        "{last}"
    );

    is_refused(&ann.delete("/groups/acme/members/999").await.expect(429));
    let refused = ann.graphql(remove, json!({"id": row("bob")})).await.expect(200).json();
    assert_eq!(
        refused["errors"][0]["extensions"],
        json!({"code": "RATE_LIMITED", "retryAfter": 60})
    );
    // Another place, and another caller.
    ann.delete("/groups/acme%2Ftools/members/999").await.expect(404);
    root.delete("/groups/acme/members/999").await.expect(404);
    app.later(Duration::from_mins(1));
    let done = ann.graphql(remove, json!({"id": row("bob")})).await.json();
    assert_eq!(done["data"]["memberRemove"]["errors"], json!([]), "{done}");
}

async fn a_removal_that_is_sent_again_costs_nothing(app: TestApp) {
    app.import(&acme().json()).await;
    let app = app.with_rate_limits(|settings| settings.rate_limit_member_delete = Some(rate(1, 60)));
    let ann = app.token("ann-api");
    let bob = app.token("bob-api").get("/user").await.json()["id"].clone();
    let path = format!("/groups/acme/members/{bob}");
    for _ in 0..2 {
        ann.with(Method::DELETE, &path, &[("idempotency-key", "one")], "")
            .await
            .expect(204);
    }
    let refused = ann.with(Method::DELETE, &path, &[("idempotency-key", "two")], "").await;
    is_refused(&refused.expect(429));
    // The refusal is not what the key stands for.
    app.later(Duration::from_mins(1));
    ann.with(Method::DELETE, &path, &[("idempotency-key", "two")], "")
        .await
        .expect(404);
}

async fn a_hidden_place_is_missing_however_often_it_is_asked_for(app: TestApp) {
    app.import(&acme().json()).await;
    let app = app.with_rate_limits(|settings| settings.rate_limit_member_delete = Some(rate(1, 60)));
    let root = app.admin();
    let data = root
        .query(
            "{ group(fullPath: \"secret\") { groupMembers { nodes { id } } } }",
            Value::Null,
        )
        .await;
    let row = data["group"]["groupMembers"]["nodes"][0]["id"].clone();
    let ann = app.token("ann-api");
    let remove = "mutation($id: MemberID!) { memberRemove(input: {id: $id}) { errors } }";
    for _ in 0..3 {
        ann.delete("/groups/secret/members/2").await.expect(404);
        let refused = ann.graphql(remove, json!({"id": row})).await.json();
        assert_eq!(refused["errors"][0]["extensions"]["code"], "RESOURCE_NOT_AVAILABLE");
    }
}

async fn one_switch_ends_all_limits(app: TestApp) {
    app.import(&acme().json()).await;
    let app = app.with_rate_limits(|settings| {
        settings.rate_limits = false;
        settings.rate_limit_api = Some(rate(1, 60));
        settings.rate_limit_members_all = Some(rate(1, 60));
        settings.rate_limit_member_delete = Some(rate(1, 60));
    });
    let ann = app.token("ann-api");
    for _ in 0..3 {
        let list = ann.get("/groups/acme/members/all").await.expect(200);
        assert_eq!(budget(&list), [""; 5]);
        ann.delete("/groups/acme/members/999").await.expect(404);
    }
}
