//! Personal access tokens in the graph.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{count, done, faults, refused, text, traces, user_id};
use crate::support::{TestApp, on_both_databases};
use crate::tokens::{id, world};

on_both_databases!(
    everybody_sees_their_own_tokens_and_administrators_every_one,
    tokens_are_listed_as_rest_lists_them,
    a_token_is_made_exchanged_and_taken_back,
    a_mutation_that_is_sent_again_tells_no_secret,
    a_token_that_is_exchanged_lives_as_long_as_is_said,
);

pub(crate) const CREATE: &str =
    "mutation($input: PersonalAccessTokenCreateInput!) { done: personalAccessTokenCreate(input: $input) {
    clientMutationId errors userErrors { code message path } token
    personalAccessToken { id name description scopes active revoked createdAt expiresAt lastUsedAt lastUsedIps } } }";

pub(crate) const ROTATE: &str =
    "mutation($input: PersonalAccessTokenIdInput!) { done: personalAccessTokenRotate(input: $input) {
    clientMutationId errors userErrors { code message path } token
    personalAccessToken { id name description scopes active revoked expiresAt } } }";

pub(crate) const REVOKE: &str =
    "mutation($input: PersonalAccessTokenIdInput!) { done: personalAccessTokenRevoke(input: $input) {
    clientMutationId errors userErrors { code message path } token personalAccessToken { id active revoked } } }";

const OWN: &str = "query($first: Int, $after: String, $last: Int, $before: String) { currentUser {
    personalAccessTokens(first: $first, after: $after, last: $last, before: $before) {
      count nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";

/// The global id of the newest token of that name.
pub(crate) async fn gid(app: &TestApp, name: &str) -> String {
    format!("gid://gitlab/PersonalAccessToken/{}", id(app, name).await)
}

fn names(data: &Value) -> Vec<String> {
    let nodes = data["currentUser"]["personalAccessTokens"]["nodes"].as_array().unwrap();
    nodes.iter().map(|token| text(&token["name"])).collect()
}

async fn everybody_sees_their_own_tokens_and_administrators_every_one(app: TestApp) {
    app.import(&world().json()).await;
    let ann = app.token("ann-read");
    let all = ann.query(OWN, json!({})).await;
    let own = [
        "ann-api", "ann-read", "ann-user", "ann-self", "ann-k8s", "Äpfel", "old", "soon",
    ];
    assert_eq!(names(&all), own);
    assert_eq!(all["currentUser"]["personalAccessTokens"]["count"], 8);
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = ann.query(OWN, json!({"first": 3, "after": after})).await;
        seen.extend(names(&page));
        let info = &page["currentUser"]["personalAccessTokens"]["pageInfo"];
        after = info["endCursor"].clone();
        if info["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen, own);
    let last = ann.query(OWN, json!({"last": 2})).await;
    assert_eq!(names(&last), ["old", "soon"]);
    let before = &last["currentUser"]["personalAccessTokens"]["pageInfo"]["startCursor"];
    assert_eq!(
        names(&ann.query(OWN, json!({"last": 5, "before": before})).await).len(),
        5
    );
    assert_eq!(app.anonymous().query(OWN, json!({})).await["currentUser"], Value::Null);
    // root, who acts as ann, sees ann's; as root his own.
    assert_eq!(names(&app.token("root-api").query(OWN, json!({})).await), ["root-api"]);

    let node = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on PersonalAccessToken { name active expiresAt scopes description } } }";
    let ids =
        json!({"ids": [gid(&app, "soon").await, gid(&app, "bob-api").await, "gid://gitlab/PersonalAccessToken/9999"]});
    let seen = ann.query(node, ids.clone()).await;
    assert_eq!(
        seen["nodes"],
        json!([
            {"id": ids["ids"][0], "name": "soon", "active": true, "expiresAt": "2026-11-22", "scopes": ["api"], "description": "for the lamp"},
            null,
            null,
        ])
    );
    let seen = app.admin().query(node, ids.clone()).await;
    assert_eq!(
        (&seen["nodes"][1]["name"], &seen["nodes"][2]),
        (&json!("bob-api"), &Value::Null)
    );
    assert_eq!(
        app.anonymous().query(node, ids.clone()).await["nodes"],
        json!([null, null, null])
    );
    // One statement for a level, however many there are.
    let one = app
        .admin()
        .graphql(node, json!({"ids": [ids["ids"][0]]}))
        .await
        .statements;
    assert_eq!(app.admin().graphql(node, ids).await.statements, one);
    let page = |size: i64| json!({ "first": size });
    let few = ann.graphql(OWN, page(1)).await.statements;
    assert_eq!(ann.graphql(OWN, page(8)).await.statements, few);
}

async fn a_token_is_made_exchanged_and_taken_back(app: TestApp) {
    app.import(&world().json()).await;
    let (root, ann) = (app.token("root-api"), app.token("ann-api"));
    let wanted = json!({
        "clientMutationId": "c", "userId": user_id(&app, "ann").await, "name": "new", "scopes": ["read_api", "read_user"],
        "description": "what for", "expiresAt": "2027-01-02",
    });
    let made = done(&root, CREATE, wanted).await;
    assert_eq!(
        made["personalAccessToken"],
        json!({
            "id": gid(&app, "new").await, "name": "new", "description": "what for", "scopes": ["read_api", "read_user"], "active": true,
            "revoked": false, "createdAt": "2026-11-21T12:00:00.000Z", "expiresAt": "2027-01-02", "lastUsedAt": null, "lastUsedIps": [],
        })
    );
    assert_eq!((&made["clientMutationId"], &made["errors"]), (&json!("c"), &json!([])));
    let first = text(&made["token"]);
    assert!(first.starts_with("rst-") && first.len() >= 24);
    app.token(&first).get("/user").await.expect(200);
    // Without a user it is one's own; administrators may give themselves everything.
    let own = done(&ann, CREATE, json!({"name": "mine", "scopes": ["self_rotate"]})).await;
    assert_eq!(own["personalAccessToken"]["expiresAt"], "2027-11-21");
    let rooted = done(&root, CREATE, json!({"name": "all", "scopes": ["api", "sudo"]})).await;
    app.token(&text(&rooted["token"]))
        .get("/user?sudo=ann")
        .await
        .expect(200);

    let id = made["personalAccessToken"]["id"].clone();
    let rotated = done(&ann, ROTATE, json!({ "id": id })).await;
    let second = text(&rotated["token"]);
    let new = &rotated["personalAccessToken"];
    assert_eq!(
        (&new["name"], &new["scopes"], &new["expiresAt"], &new["active"]),
        (
            &json!("new"),
            &json!(["read_api", "read_user"]),
            &json!("2026-11-28"),
            &json!(true)
        )
    );
    app.token(&first).get("/user").await.expect(401);
    app.token(&second).get("/user").await.expect(200);
    let again = done(&ann, ROTATE, json!({ "id": id })).await;
    assert_eq!(faults(&again), json!([["CONFLICT", "Token already revoked", ["id"]]]));
    assert_eq!(
        (&again["token"], &again["personalAccessToken"]),
        (&Value::Null, &Value::Null)
    );

    let revoked = done(&ann, REVOKE, json!({"id": new["id"]})).await;
    assert_eq!(
        (&revoked["personalAccessToken"], &revoked["token"]),
        (
            &json!({"id": new["id"], "active": false, "revoked": true}),
            &Value::Null
        )
    );
    app.token(&second).get("/user").await.expect(401);
    let before = traces(&app).await;
    let again = done(&ann, REVOKE, json!({"id": new["id"]})).await;
    assert_eq!(again, revoked);
    assert_eq!(traces(&app).await, before);
    // A read-only token may look, and no more.
    for (document, input) in [
        (CREATE, json!({"name": "n", "scopes": ["self_rotate"]})),
        (ROTATE, json!({"id": gid(&app, "soon").await})),
        (REVOKE, json!({"id": gid(&app, "soon").await})),
    ] {
        let answer = app.token("ann-read").graphql(document, json!({ "input": input })).await;
        assert_eq!(
            answer.expect(403).json()["errors"][0]["extensions"]["code"],
            "INSUFFICIENT_SCOPE"
        );
        assert_eq!(refused(&app.anonymous(), document, input).await, "UNAUTHENTICATED");
    }
}

async fn a_mutation_that_is_sent_again_tells_no_secret(app: TestApp) {
    app.import(&world().json()).await;
    let keyed = "mutation($input: PersonalAccessTokenCreateInput!) { done: personalAccessTokenCreate(input: $input) @idempotent(key: \"k\") {
        errors shown: token twice: token personalAccessToken { id } } }";
    let rotating = "mutation($input: PersonalAccessTokenIdInput!) { done: personalAccessTokenRotate(input: $input) @idempotent(key: \"r\") {
        errors shown: token twice: token personalAccessToken { id } } }";
    let ann = app.token("ann-api");
    let mut secrets = Vec::new();
    for (document, input) in [
        (keyed, json!({"name": "n", "scopes": ["self_rotate"]})),
        (rotating, json!({"id": gid(&app, "soon").await})),
    ] {
        let first = done(&ann, document, input.clone()).await;
        let secret = text(&first["shown"]);
        assert_eq!(first["twice"], secret.as_str());
        let tokens = count(&app, "personal_access_tokens").await;
        let again = done(&ann, document, input).await;
        assert_eq!(
            again,
            json!({"errors": [], "shown": null, "twice": null, "personalAccessToken": first["personalAccessToken"]})
        );
        assert_eq!(count(&app, "personal_access_tokens").await, tokens);
        app.token(&secret).get("/personal_access_tokens/self").await.expect(200);
        secrets.push(secret);
    }
    crate::tokens::assert_unknown(&app, &secrets).await;
}

async fn a_token_that_is_exchanged_lives_as_long_as_is_said(app: TestApp) {
    app.import(&world().json()).await;
    let until = "mutation($input: PersonalAccessTokenIdInput!, $day: Date) { done: personalAccessTokenRotate(input: $input, expiresAt: $day) {
        errors userErrors { code message path } personalAccessToken { expiresAt } } }";
    let id = gid(&app, "soon").await;
    let ann = app.token("ann-api");
    let late = ann
        .query(until, json!({"input": {"id": id}, "day": "2027-11-22"}))
        .await;
    assert_eq!(
        faults(&late["done"]),
        json!([["INVALID", "Expiration date must be before 2027-11-22", ["expiresAt"]]])
    );
    let fine = ann
        .query(until, json!({"input": {"id": id}, "day": "2027-11-21"}))
        .await;
    assert_eq!(fine["done"]["personalAccessToken"]["expiresAt"], "2027-11-21");
}

async fn tokens_are_listed_as_rest_lists_them(app: TestApp) {
    app.import(&world().json()).await;
    let ann = user_id(&app, "ann").await;
    let number = ann.rsplit('/').next().unwrap();
    let list = async |arguments: &str, address: &str| {
        let query = format!(
            "{{ personalAccessTokens({arguments} first: 100) {{ count nodes {{ name user {{ username }} }} }} }}"
        );
        let told = app.admin().query(&query, json!({})).await;
        let nodes = told["personalAccessTokens"]["nodes"].as_array().unwrap();
        let of_rest = app
            .admin()
            .get(&format!("/personal_access_tokens?per_page=100{address}"))
            .await
            .expect(200)
            .json();
        let names = |rows: &[Value]| rows.iter().map(|row| text(&row["name"])).collect::<Vec<_>>();
        assert_eq!(names(nodes), names(of_rest.as_array().unwrap()), "{arguments}");
        assert!(!nodes.is_empty(), "{arguments}");
        assert_eq!(told["personalAccessTokens"]["count"], nodes.len());
        nodes
            .iter()
            .map(|node| text(&node["user"]["username"]))
            .collect::<BTreeSet<_>>()
    };
    assert!(list("", "").await.len() > 1, "everybody's");
    let of_ann = list(&format!("userId: \"{ann}\","), &format!("&user_id={number}")).await;
    assert_eq!(of_ann, ["ann".to_owned()].into());
    list("active: false,", "&state=inactive").await;
    list("revoked: true,", "&revoked=true").await;
    list("search: \"ANN\"", "&search=ANN").await;
    list("sort: NAME_DESC", "&sort=name_desc").await;
    list("sort: EXPIRES_AT_ASC", "&sort=expires_asc").await;
    list("expiresAfter: \"2026-01-01\"", "&expires_after=2026-01-01").await;

    let others = format!("{{ personalAccessTokens(userId: \"{ann}\") {{ count }} }}");
    let hidden = app.token("bob-api").query(&others, json!({})).await;
    assert_eq!(hidden, json!({"personalAccessTokens": null}));
    let own = app
        .token("ann-read")
        .query("{ personalAccessTokens { count } }", json!({}))
        .await;
    assert_eq!(own["personalAccessTokens"]["count"], 8);
    let nobody = app
        .anonymous()
        .query("{ personalAccessTokens { count } }", json!({}))
        .await;
    assert_eq!(nobody, json!({"personalAccessTokens": null}));
}
