//! `@idempotent(key:)`: a mutation that may be sent again.

use serde_json::{Value, json};

use super::{INVITE, REMOVE, UPDATE, done, faults, member, member_id, place, traces};
use crate::support::{Client, TestApp, on_both_databases};

on_both_databases!(
    the_same_key_answers_the_first_outcome_again,
    the_names_of_an_answer_come_in_the_order_of_the_document,
    a_key_stands_for_one_field_input_and_selection,
    of_two_at_once_one_does_it_and_both_are_answered,
    what_changed_nothing_because_of_faults_is_not_remembered,
    what_was_done_already_is_remembered_too,
    a_key_belongs_to_its_caller,
    a_key_lasts_a_day,
    all_of_an_answer_is_read_inside_the_transaction,
    a_fault_below_the_payload_undoes_the_change,
    a_misplaced_directive_or_a_bad_key_is_refused,
);

/// The document with the directive on its root field.
fn once(document: &str, key: &str) -> String {
    let directed = format!("(input: $input) @idempotent(key: \"{key}\")");
    document.replace("(input: $input)", &directed)
}

fn invite(name: &str) -> Value {
    json!({"source": {"fullPath": "other"}, "invitees": [{"username": name}]})
}

async fn the_same_key_answers_the_first_outcome_again(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let document = once(INVITE, "k1");
    let send = async || ann.graphql(&document, json!({"input": invite("newt")})).await.text();
    let first = send().await;
    let after = traces(&app).await;
    let id = member_id(&app, "other", "newt").await;
    assert!(first.contains(&id), "{first}");
    assert_eq!(send().await, first, "to the letter");
    assert_eq!(traces(&app).await, after);
    // Also when it is long undone.
    done(&ann, REMOVE, json!({ "id": id })).await;
    assert_eq!(send().await, first);
    assert_eq!(member(&app, "other", "newt").await, json!(null));
}

async fn the_names_of_an_answer_come_in_the_order_of_the_document(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let document = r#"mutation($input: MemberInviteInput!) {
        memberInvite(input: $input) @idempotent(key: "k1") { userErrors { code } results { userErrors { code } invitee } errors }
    }"#;
    for _ in 0..2 {
        let told = ann.graphql(document, json!({"input": invite("newt")})).await.text();
        let payload = r#"{"userErrors":[],"results":[{"userErrors":[],"invitee":"newt"}],"errors":[]}"#;
        assert!(told.contains(payload), "{told}");
    }
}

async fn a_key_stands_for_one_field_input_and_selection(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    done(&ann, &once(INVITE, "k1"), invite("newt")).await;
    let before = traces(&app).await;
    let reused = json!([[
        "IDEMPOTENCY_KEY_REUSED",
        "The idempotency key was used for another call",
        []
    ]]);

    let told = done(&ann, &once(INVITE, "k1"), invite("nora")).await;
    assert_eq!((faults(&told), &told["results"]), (reused.clone(), &json!([])));
    assert_eq!(told["errors"], json!(["The idempotency key was used for another call"]));
    let narrower = "mutation($input: MemberInviteInput!) { done: memberInvite(input: $input) { userErrors { code message path } } }";
    let told = done(&ann, &once(narrower, "k1"), invite("newt")).await;
    assert_eq!(faults(&told), reused);
    let id = member_id(&app, "acme", "gus").await;
    let told = done(&ann, &once(UPDATE, "k1"), json!({"id": id, "accessLevel": "DEVELOPER"})).await;
    assert_eq!((faults(&told), &told["member"]), (reused, &json!(null)));
    assert_eq!(traces(&app).await, before);

    // Absent is not null, and the same in other words is the same.
    let end = |rest: &str| {
        format!(
            "mutation {{ done: memberUpdate(input: {{id: \"{id}\"{rest}}}) @idempotent(key: \"k2\") {{ userErrors {{ code }} }} }}"
        )
    };
    assert_eq!(
        ann.query(&end(", expiresAt: null"), json!({})).await["done"]["userErrors"],
        json!([])
    );
    assert_eq!(
        ann.query(&end(""), json!({})).await["done"]["userErrors"][0]["code"],
        "IDEMPOTENCY_KEY_REUSED"
    );
    let in_a_variable = format!(
        "mutation($end: Time) {{ done: memberUpdate(input: {{expiresAt: $end, id: \"{id}\"}}) @idempotent(key: \"k2\") {{ userErrors {{ code }} }} }}"
    );
    let told = ann.query(&in_a_variable, json!({"end": null})).await;
    assert_eq!(told["done"]["userErrors"], json!([]));
}

async fn of_two_at_once_one_does_it_and_both_are_answered(app: TestApp) {
    app.import(&place().json()).await;
    let document = once(INVITE, "k1");
    let send = |client: Client| {
        let document = document.clone();
        async move { client.graphql(&document, json!({"input": invite("newt")})).await.text() }
    };
    let both: Vec<_> = (0..4).map(|_| tokio::spawn(send(app.token("ann-api")))).collect();
    let mut answers = Vec::new();
    for one in both {
        answers.push(one.await.unwrap());
    }
    assert!(
        answers
            .iter()
            .all(|answer| *answer == answers[0] && answer.contains("newt")),
        "{answers:#?}"
    );
    assert_eq!(super::count(&app, "audit_events").await, 1);
}

async fn what_changed_nothing_because_of_faults_is_not_remembered(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let told = done(&ann, &once(INVITE, "k1"), invite("nobody")).await;
    assert_eq!(faults(&told)[0][0], "NOT_FOUND");
    assert_eq!(super::count(&app, "idempotency_keys").await, 0);
    let told = done(&ann, &once(INVITE, "k1"), invite("newt")).await;
    assert_eq!(faults(&told), json!([]));

    let refused = super::refused(&app.token("dan-api"), &once(INVITE, "k1"), invite("newt")).await;
    assert_eq!(refused, "RESOURCE_NOT_AVAILABLE");
    assert_eq!(super::count(&app, "idempotency_keys").await, 1);
}

async fn what_was_done_already_is_remembered_too(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let id = member_id(&app, "acme", "gus").await;
    done(&ann, &once(UPDATE, "k1"), json!({"id": id, "accessLevel": "GUEST"})).await;
    let told = done(&ann, &once(UPDATE, "k1"), json!({"id": id, "accessLevel": "DEVELOPER"})).await;
    assert_eq!(faults(&told)[0][0], "IDEMPOTENCY_KEY_REUSED");
}

async fn a_key_belongs_to_its_caller(app: TestApp) {
    app.import(&place().json()).await;
    done(&app.token("ann-api"), &once(INVITE, "k1"), invite("newt")).await;
    let told = done(&app.admin(), &once(INVITE, "k1"), invite("nora")).await;
    assert_eq!(faults(&told), json!([]));
    assert_ne!(member(&app, "other", "nora").await, json!(null));
}

async fn a_key_lasts_a_day(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    done(&ann, &once(INVITE, "k1"), invite("newt")).await;
    app.clock.set(crate::support::now() + chrono::TimeDelta::hours(24));
    let told = done(&ann, &once(INVITE, "k1"), invite("nora")).await;
    assert_eq!(faults(&told), json!([]));
}

async fn all_of_an_answer_is_read_inside_the_transaction(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let rows = "id updatedAt accessLevel { stringValue } createdBy { username } user { username groupMemberships { count nodes { id } } }
                source { fullPath maxAccessLevel { stringValue } auditEvents { count nodes { eventName author { username } target { username } } } }
                ... on GroupMember { group { groupMembersCount groupMembers { count nodes { id } } } }";
    let document = format!(
        "mutation($input: MemberInviteInput!) {{ done: memberInvite(input: $input) {{ results {{ member {{ {rows} }} }} }} }}"
    );
    let told = done(&ann, &once(&document, "k1"), invite("newt")).await;
    let answered = &told["results"][0]["member"];
    assert_eq!(answered["group"]["groupMembersCount"], 2);
    assert_eq!(answered["source"]["auditEvents"]["count"], 1);
    let query = format!("query($id: MemberID!) {{ member(id: $id) {{ {rows} }} }}");
    let asked = ann.query(&query, json!({"id": answered["id"]})).await;
    assert_eq!(*answered, asked["member"]);
}

async fn a_fault_below_the_payload_undoes_the_change(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let before = traces(&app).await;
    let document = "mutation($input: MemberInviteInput!) { done: memberInvite(input: $input) {
        results { member { user { groupMemberships(first: -1) { count } } } } } }";
    let answer = ann
        .graphql(&once(document, "k1"), json!({"input": invite("newt")}))
        .await
        .json();
    assert_eq!(answer["data"], json!({"done": null}), "{answer}");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert_eq!(traces(&app).await, before);
}

async fn a_misplaced_directive_or_a_bad_key_is_refused(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let before = traces(&app).await;
    for document in [
        "{ currentUser @idempotent(key: \"k1\") { id } }",
        "query { ...all } fragment all on Query { currentUser @idempotent(key: \"k1\") { id } }",
        "mutation { memberRemove(input: {id: \"gid://gitlab/GroupMember/1\"}) { member @idempotent(key: \"k1\") { id } } }",
        "mutation @idempotent(key: \"k1\") { memberRemove(input: {id: \"gid://gitlab/GroupMember/1\"}) { errors } }",
        "mutation { memberRemove(input: {id: \"gid://gitlab/GroupMember/1\"}) @idempotent { errors } }",
    ] {
        let answer = ann.graphql(document, json!({})).await.json();
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED",
            "{document}: {answer}"
        );
    }
    for key in ["", "a b", &"x".repeat(256)] {
        let answer = ann
            .graphql(&once(INVITE, key), json!({"input": invite("newt")}))
            .await
            .json();
        assert_eq!(answer["data"], json!({"done": null}), "{answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert_eq!(answer["errors"][0]["path"], json!(["done"]));
    }
    assert_eq!(traces(&app).await, before);
}
