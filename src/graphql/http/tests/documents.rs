//! Batches, persisted queries, introspection, and documents that ask for too much.

use super::*;

#[tokio::test]
async fn a_batch_is_answered_in_order() {
    let app = App::new();
    let batch = json!([
        query("mutation { count }"),
        query("{ nothing }"),
        query("mutation { count }")
    ]);
    let answer = app.post(batch).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json[0]["data"]["count"], 1);
    assert_eq!(
        answer.json[1]["errors"][0]["extensions"]["code"],
        "GRAPHQL_VALIDATION_FAILED"
    );
    assert_eq!(answer.json[2]["data"]["count"], 2);
}

#[tokio::test]
async fn a_batch_of_eleven_of_none_and_of_nonsense_is_refused() {
    let app = App::new();
    let batch = |length: usize| Value::Array(vec![query("mutation { count }"); length]);
    for body in [batch(11), batch(0), json!([1]), json!([[query("{ hello }")]])] {
        assert_eq!(app.post(body).await.status, 400);
    }
    assert_eq!(app.witness.runs.load(Ordering::SeqCst), 0);
    assert_eq!(app.post(batch(10)).await.status, 200);
}

#[tokio::test]
async fn the_costs_of_a_batch_are_added_up() {
    let app = App::new();
    let item = query("mutation { a: count } # one");
    let dear = query(&format!("{{ {} }}", aliases(199)));
    assert_eq!(app.post(json!([item, dear])).await.status, 200);
    let answer = app.post(json!([item, item, dear])).await;
    assert_eq!((answer.status, answer.code()), (400, &json!("QUERY_TOO_COMPLEX")));
    assert_eq!(
        answer.json["extensions"]["cost"],
        json!({"requested": 201, "limit": 200})
    );
    assert_eq!(app.witness.runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_persisted_query_is_stored_under_its_hash() {
    let app = App::new();
    let text = "{ hello }";
    let hash = format!("{:x}", <sha2::Sha256 as sha2::Digest>::digest(text));
    let extensions = json!({ "persistedQuery": {"version": 1, "sha256Hash": hash} });
    let by_hash = json!({ "extensions": extensions });

    let answer = app.post(by_hash.clone()).await;
    assert_eq!(answer.json["errors"][0]["message"], "PersistedQueryNotFound");
    assert_eq!(answer.code(), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(
        app.post(json!({"query": text, "extensions": extensions})).await.json["data"]["hello"],
        "world"
    );
    assert_eq!(app.post(by_hash).await.json["data"]["hello"], "world");
    let uri = format!("extensions=%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22{hash}%22%7D%7D");
    assert_eq!(app.get(&uri, "*/*").await.json["data"]["hello"], "world");
}

#[tokio::test]
async fn a_persisted_query_under_a_false_hash_is_not_stored() {
    let app = App::new();
    for extension in [
        json!({"version": 1, "sha256Hash": "00"}),
        json!({"version": 2, "sha256Hash": "00"}),
        json!({"version": 1}),
        json!(true),
    ] {
        let answer = app
            .post(json!({"query": "{ hello }", "extensions": {"persistedQuery": extension}}))
            .await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, &json!("BAD_USER_INPUT")),
            "{extension}"
        );
    }
    let by_hash = json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "00"}}});
    assert_eq!(app.post(by_hash).await.code(), "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn introspection_can_be_kept_from_callers() {
    let schema = query("{ __schema { queryType { name } } }");
    for (setting, anonymous, user) in [
        (Introspection::On, true, true),
        (Introspection::Authenticated, false, true),
        (Introspection::Off, false, false),
    ] {
        let app = App::with(Limits::default(), setting);
        for (answer, seen) in [
            (app.post(schema.clone()).await, anonymous),
            (app.post_as("ann", schema.clone()).await, user),
        ] {
            assert_eq!(
                answer.json["data"]["__schema"]["queryType"]["name"] == "Query",
                seen,
                "{setting:?}"
            );
        }
        let typo = app.post(query("{ helo }")).await.json["errors"][0]["message"].clone();
        assert_eq!(
            typo.as_str().unwrap().contains("Did you mean"),
            anonymous,
            "{setting:?}"
        );
        assert_eq!(
            app.post(query("{ __typename }")).await.json["data"]["__typename"],
            "Query"
        );
    }
}

#[tokio::test]
async fn introspection_costs_nothing_but_cannot_go_round_in_circles() {
    let app = App::new();
    let standard = "{ __schema { types { name fields { name args { name type { name ofType { name ofType { name } } } } \
                    type { name ofType { name ofType { name } } } } inputFields { name } enumValues { name } } } }";
    assert_eq!(
        app.post(query(standard)).await.json["extensions"]["cost"]["requested"],
        0
    );
    let circle = format!(
        "{{ __schema {{ types {}name{} }} }}",
        "{ fields { type ".repeat(8) + "{",
        "}".repeat(17)
    );
    let answer = app.post(query(&circle)).await;
    assert_eq!(
        (answer.status, answer.code()),
        (400, &json!("QUERY_TOO_COMPLEX")),
        "{}",
        answer.json
    );
}

#[tokio::test]
async fn what_asks_for_too_much_is_refused_before_it_is_validated() {
    let app = App::new();
    for (text, message) in [
        (
            format!("{{ {} }}", "hello ".repeat(201)),
            "Query has complexity of 201, which exceeds max complexity of 200",
        ),
        (
            format!("{{ {} }}", aliases(201)),
            "The document has more than 200 aliases",
        ),
        (
            format!("{}hello{}", "{ itself ".repeat(20) + "{", "}".repeat(21)),
            "Query has depth of 21, which exceeds max depth of 20",
        ),
        ("{".repeat(10_000), "The document has more than 64 levels of nesting"),
        (
            format!("{{ double(n: {}", "[".repeat(10_000)),
            "The document has more than 64 levels of nesting",
        ),
        (
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned(),
            "contains itself",
        ),
    ] {
        for answer in [app.post(query(&text)).await, app.post_modern(query(&text)).await] {
            assert_eq!((answer.status, answer.code()), (400, &json!("QUERY_TOO_COMPLEX")));
            let given = answer.json["errors"][0]["message"].as_str().unwrap();
            assert!(given.contains(message), "{given}");
        }
    }
}

#[tokio::test]
async fn a_document_with_many_faults_is_told_of_the_first() {
    let app = App::new();
    let text = format!("{{ {} }}", aliases(150).replace("hello", "double"));
    let answer = app.post(query(&text)).await;
    assert_eq!(answer.json["errors"].as_array().unwrap().len(), 20);
}
