//! Lists of tokens, and single ones.

use axum::http::Method;
use serde_json::{Value, json};

use super::{asked, error, id, in_order, message, names, world};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    everybody_lists_their_own_tokens_and_administrators_all,
    a_list_of_tokens_is_narrowed_and_sorted,
    a_list_of_tokens_is_paged_and_costs_the_same,
    a_token_is_seen_by_its_owner_and_administrators,
    the_token_of_the_request_is_seen_whatever_its_scope,
);

async fn everybody_lists_their_own_tokens_and_administrators_all(app: TestApp) {
    app.import(&world().json()).await;
    let (ann, bob) = (2, 3);
    let list = async |token: &str, query: &str| {
        let answer = app.token(token).get(&format!("/personal_access_tokens{query}")).await;
        (answer.status.as_u16(), answer.text())
    };
    let own = app.token("ann-api").get("/personal_access_tokens").await.expect(200);
    assert_eq!(own.json().as_array().unwrap().len(), 8);
    assert_eq!(
        own.json()[7],
        json!({
            "id": id(&app, "soon").await, "name": "soon", "revoked": false, "created_at": own.json()[7]["created_at"],
            "description": "for the lamp", "scopes": ["api"], "user_id": ann, "last_used_at": null, "active": true,
            "expires_at": "2026-11-22", "last_used_ips": [],
        })
    );
    assert_eq!(
        in_order(&own.text()),
        "id name revoked created_at description scopes user_id last_used_at active expires_at last_used_ips"
    );
    assert_eq!(list("ann-api", "?user_id=2").await.1, own.text());
    assert_eq!(list("ann-api", "?user_id=").await.1, own.text(), "blank is oneself");
    assert_eq!(list("ann-read", "").await.0, 200);
    for other in [bob, 1, 99, 0, -1] {
        assert_eq!(
            list("ann-api", &format!("?user_id={other}")).await,
            message(401, "401 Unauthorized"),
            "{other}"
        );
    }
    assert_eq!(list("ann-api", "?user_id=x").await, error(400, "user_id is invalid"));
    assert_eq!(
        list("ann-api", "?state=dead").await,
        error(400, "state does not have a valid value")
    );
    assert_eq!(list("root-api", "").await.1.matches("\"id\"").count(), 10);
    assert_eq!(
        list("root-api", "?user_id=3").await.1.matches("\"user_id\":3").count(),
        1
    );
    for unknown in ["99", "0", ""] {
        assert_eq!(
            list("root-api", &format!("?user_id={unknown}")).await,
            message(404, "404 Not Found"),
            "{unknown}"
        );
    }
    assert_eq!(
        app.anonymous().get("/personal_access_tokens").await.expect(401).text(),
        r#"{"message":"401 Unauthorized"}"#
    );
    for token in ["ann-user", "ann-self", "ann-k8s"] {
        assert_eq!(list(token, "").await.0, 403, "{token}");
    }
}

async fn a_list_of_tokens_is_narrowed_and_sorted(app: TestApp) {
    app.import(&world().json()).await;
    crate::graph::run(
        &app,
        "UPDATE personal_access_tokens SET last_used_at = '2026-11-20T10:00:00+00:00' WHERE name = 'ann-read'",
    )
    .await;
    crate::graph::run(
        &app,
        "UPDATE personal_access_tokens SET last_used_at = '2026-11-20T12:00:00+00:00' WHERE name = 'ann-user'",
    )
    .await;
    let list = async |query: &str| {
        let path = format!("/personal_access_tokens?{query}");
        app.token("ann-api").get(&path).await.expect(200).json()
    };
    let rest = ["ann-api", "ann-read", "ann-user", "ann-self", "ann-k8s"];
    let living = [&rest[..], &["soon"]].concat();
    for (query, expected) in [
        ("revoked=true", vec!["Äpfel"]),
        ("revoked=false", [&rest[..], &["old", "soon"]].concat()),
        ("state=active", living),
        ("state=inactive", vec!["Äpfel", "old"]),
        ("created_before=2026-02-15", vec!["old"]),
        (
            "created_after=2026-02-01T00:00:00Z&created_before=2026-03-01T00:00:00Z",
            vec!["Äpfel", "old"],
        ),
        (
            "created_after=2026-02-01T00:00:01Z&created_before=2026-03-02",
            vec!["Äpfel"],
        ),
        ("last_used_before=2026-11-20T11:00:00Z", vec!["ann-read"]),
        ("last_used_after=2026-11-20T12:00:00Z", vec!["ann-user"]),
        ("expires_before=2026-11-22", vec!["old"]),
        ("expires_after=2026-11-22", vec!["soon"]),
        ("search=N-S", vec!["ann-self"]),
        ("search=%C3%A4PF", vec!["Äpfel"]),
        ("search=%25", vec![]),
        ("search=oo&state=active", vec!["soon"]),
        (
            "sort=name_desc&search=n-",
            vec!["ann-user", "ann-self", "ann-read", "ann-k8s", "ann-api"],
        ),
        (
            "sort=name_asc&search=n-",
            vec!["ann-api", "ann-k8s", "ann-read", "ann-self", "ann-user"],
        ),
        ("sort=created_desc&created_before=2026-04-01", vec!["Äpfel", "old"]),
        ("sort=created_at_asc&created_before=2026-04-01", vec!["old", "Äpfel"]),
        ("sort=expires_desc&expires_after=2020-01-01", vec!["soon", "old"]),
        ("sort=expires_asc&expires_after=2020-01-01", vec!["old", "soon"]),
        (
            "sort=last_used_desc&last_used_after=2020-01-01",
            vec!["ann-user", "ann-read"],
        ),
        (
            "sort=last_used_asc&last_used_after=2020-01-01",
            vec!["ann-read", "ann-user"],
        ),
        ("sort=luck&revoked=true", vec!["Äpfel"]),
    ] {
        assert_eq!(names(&list(query).await), expected, "{query}");
    }
    let first = list("sort=last_used_asc").await;
    assert_eq!(
        names(&first)[..2],
        ["ann-read", "ann-user"],
        "the others were never used"
    );
}

async fn a_list_of_tokens_is_paged_and_costs_the_same(app: TestApp) {
    let names: Vec<_> = (0..45).map(|number| format!("t{number:02}")).collect();
    let tokens: Vec<_> = names
        .iter()
        .map(|name| json!({"token": name, "name": "same", "scopes": ["api"]}))
        .collect();
    app.import(
        &world()
            .user("eve", |user| user.set("tokens", Value::from(tokens)))
            .json(),
    )
    .await;
    let eve = app.token("t00");
    for sort in ["id_asc", "name_desc", "last_used_asc", "expires_desc", "created_asc"] {
        let mut seen = Vec::new();
        let mut page = "1".to_owned();
        while !page.is_empty() {
            let path = format!("/personal_access_tokens?sort={sort}&per_page=20&page={page}");
            let answer = eve.get(&path).await.expect(200);
            assert_eq!(answer.header("x-total"), "45");
            assert_eq!(answer.header("x-total-pages"), "3");
            let list = answer.json();
            seen.extend(
                list.as_array()
                    .unwrap()
                    .iter()
                    .map(|token| token["id"].as_i64().unwrap()),
            );
            page = answer.header("x-next-page");
        }
        let mut once = seen.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!((seen.len(), once.len()), (45, 45), "{sort}");
    }
    let one = app.token("bob-api").get("/personal_access_tokens").await.statements;
    assert_eq!(eve.get("/personal_access_tokens?per_page=100").await.statements, one);
}

async fn a_token_is_seen_by_its_owner_and_administrators(app: TestApp) {
    app.import(&world().json()).await;
    let (ann, bob) = (id(&app, "soon").await, id(&app, "bob-api").await);
    let get = async |token: &str, id: &str| {
        asked(
            &app.token(token),
            Method::GET,
            &format!("/personal_access_tokens/{id}"),
            &json!({}),
        )
        .await
    };
    let own = get("ann-api", &ann.to_string()).await;
    assert_eq!(own.0, 200);
    assert!(own.1.contains("\"last_used_ips\":[]"), "{}", own.1);
    assert_eq!(get("root-api", &ann.to_string()).await, own);
    let unknown = ["9999", "0", "-1", "x", "1.5", "99999999999999999999"].map(str::to_owned);
    for id in [bob.to_string()].iter().chain(&unknown) {
        assert_eq!(get("ann-api", id).await, message(401, "401 Unauthorized"), "{id}");
    }
    for id in &unknown {
        assert_eq!(get("root-api", id).await, message(404, "404 Not Found"), "{id}");
    }
    let anonymous = app.anonymous().get(&format!("/personal_access_tokens/{ann}")).await;
    assert_eq!(anonymous.status, 401);
}

async fn the_token_of_the_request_is_seen_whatever_its_scope(app: TestApp) {
    app.import(&world().json()).await;
    for token in ["ann-api", "ann-read", "ann-user", "ann-self", "ann-k8s", "root-api"] {
        let own = app
            .token(token)
            .get("/personal_access_tokens/self")
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&own["name"], own["id"].as_i64()),
            (&json!(token), Some(id(&app, token).await))
        );
    }
    let acting = app.token("root-api").get("/personal_access_tokens/self?sudo=ann").await;
    assert_eq!(
        acting.expect(200).json()["name"],
        "root-api",
        "it is the one that was shown"
    );
    app.anonymous().get("/personal_access_tokens/self").await.expect(401);
}
