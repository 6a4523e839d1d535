//! Audit events in the graph.

use serde_json::{Value, json};

use super::{INVITE, REMOVE, UPDATE, done, member_id, place, source_id, user_id};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    an_event_tells_who_did_what_to_whom_and_where,
    events_are_shown_to_those_who_may_know,
    events_can_be_narrowed_and_walked,
    administrators_read_the_events_of_the_whole_instance,
    a_level_of_events_costs_the_same_for_one_row_and_for_many,
);

const EVENT: &str = "id eventName authorName targetDetails door requestId details createdAt author { username } target { username } source { fullPath }";

async fn changed(app: &TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let id = member_id(app, "acme", "gus").await;
    done(&ann, UPDATE, json!({"id": id, "accessLevel": "DEVELOPER"})).await;
    let pia = member_id(app, "acme/app", "pia").await;
    done(&app.token("max-api"), REMOVE, json!({ "id": pia })).await;
    let input = json!({"source": {"fullPath": "acme/app"}, "invitees": [{"username": "newt"}]});
    done(&app.admin(), INVITE, input).await;
}

async fn an_event_tells_who_did_what_to_whom_and_where(app: TestApp) {
    changed(&app).await;
    let query = format!("{{ group(fullPath: \"acme\") {{ auditEvents {{ count nodes {{ {EVENT} }} }} }} }}");
    let found = app.token("ann-api").query(&query, json!({})).await;
    let event = &found["group"]["auditEvents"]["nodes"][0];
    assert_eq!(found["group"]["auditEvents"]["count"], 1, "what lies below has its own");
    assert_eq!(event["eventName"], "member_updated");
    assert_eq!(
        (&event["author"]["username"], &event["authorName"]),
        (&json!("ann"), &json!("Ann"))
    );
    assert_eq!(
        (&event["target"]["username"], &event["targetDetails"]),
        (&json!("gus"), &json!("Gus"))
    );
    assert_eq!(
        (&event["door"], &event["source"]["fullPath"]),
        (&json!("graphql"), &json!("acme"))
    );
    assert_eq!(event["details"]["from"], "Default role: Guest");
    assert_eq!(event["details"]["to"], "Default role: Developer");
    assert_eq!(event["createdAt"], "2026-11-21T12:00:00.000Z");

    let node = format!("query($id: ID!) {{ node(id: $id) {{ ... on AuditEvent {{ {EVENT} }} }} }}");
    let again = app.token("ann-api").query(&node, json!({"id": event["id"]})).await;
    assert_eq!(again["node"], *event);
    let hidden = app.token("mia-api").query(&node, json!({"id": event["id"]})).await;
    assert_eq!(hidden, json!({"node": null}));
}

async fn events_are_shown_to_those_who_may_know(app: TestApp) {
    changed(&app).await;
    let query = "{ acme: namespace(fullPath: \"acme\") { auditEvents { count } } app: project(fullPath: \"acme/app\") { auditEvents { count nodes { id } } } }";
    for (who, in_group, in_project) in [
        ("ann", json!(1), json!(2)),
        ("root", json!(1), json!(2)),
        ("max", json!(null), json!(2)),
        ("mia", json!(0), json!(2)),
        ("dan", json!(0), json!(0)),
        ("sven", json!(null), json!(null)),
    ] {
        let seen = app.token(&format!("{who}-api")).query(query, json!({})).await;
        assert_eq!(seen["acme"]["auditEvents"]["count"], in_group, "{who}: {seen}");
        assert_eq!(seen["app"]["auditEvents"]["count"], in_project, "{who}: {seen}");
    }
    let seen = app.anonymous().query(query, json!({})).await;
    assert_eq!(seen, json!({"acme": null, "app": null}));
}

async fn events_can_be_narrowed_and_walked(app: TestApp) {
    changed(&app).await;
    let ann = app.token("ann-api");
    let list = async |arguments: &str| {
        let query = format!(
            "{{ project(fullPath: \"acme/app\") {{ auditEvents({arguments}) {{ count nodes {{ eventName }} pageInfo {{ endCursor hasNextPage }} }} }} }}"
        );
        ann.query(&query, json!({})).await["project"]["auditEvents"].clone()
    };
    let max = user_id(&app, "max").await;
    assert_eq!(
        list(&format!("userId: \"{max}\"")).await["nodes"],
        json!([{"eventName": "member_destroyed"}])
    );
    assert_eq!(list("createdAfter: \"2026-11-21T12:00:01Z\"").await["count"], 0);
    assert_eq!(
        list("createdBefore: \"2026-11-21T12:00:00Z\", createdAfter: \"2026-11-21\"").await["count"],
        2
    );
    let first = list("first: 1").await;
    assert_eq!(first["nodes"], json!([{"eventName": "member_created"}]));
    let cursor = first["pageInfo"]["endCursor"].as_str().unwrap();
    let second = list(&format!("first: 1, after: \"{cursor}\"")).await;
    assert_eq!(second["nodes"], json!([{"eventName": "member_destroyed"}]));
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
}

async fn a_level_of_events_costs_the_same_for_one_row_and_for_many(app: TestApp) {
    changed(&app).await;
    let ann = app.token("ann-api");
    let group = source_id(&app, "acme").await;
    let users: Vec<_> = [user_id(&app, "mia").await, user_id(&app, "dan").await].into();
    let input = json!({"groupId": group, "userIds": users, "accessLevel": "REPORTER"});
    done(&ann, super::GROUP_BULK, input).await;
    let cost = async |first: u32| {
        let query = format!(
            "{{ groups {{ nodes {{ auditEvents(first: {first}) {{ count nodes {{ {EVENT} }} }} }} }} projects {{ nodes {{ auditEvents(first: {first}) {{ nodes {{ {EVENT} }} }} }} }} }}"
        );
        let answer = ann.graphql(&query, json!({})).await;
        assert!(answer.json().get("errors").is_none(), "{}", answer.text());
        answer.statements
    };
    assert_eq!(cost(1).await, cost(10).await);
}

async fn administrators_read_the_events_of_the_whole_instance(app: TestApp) {
    changed(&app).await;
    let gus = user_id(&app, "gus").await;
    let block = "mutation($input: UserSetStateInput!) { done: userSetState(input: $input) { errors } }";
    done(&app.admin(), block, json!({"id": gus, "state": "blocked"})).await;
    let query = "query($kind: AuditEntityType, $number: Int, $after: String) {
        auditEvents(entityType: $kind, entityId: $number, first: 2, after: $after) {
            count nodes { id eventName entityType entityId entityPath author { username } target { username } source { fullPath } door }
            pageInfo { hasNextPage endCursor }
        }
    }";
    let whole = app.admin().query(query, json!({})).await;
    let list = &whole["auditEvents"];
    assert_eq!(list["count"], 4);
    let newest = &list["nodes"][0];
    assert_eq!(
        [
            &newest["eventName"],
            &newest["entityType"],
            &newest["entityPath"],
            &newest["source"]
        ],
        [&json!("user_blocked"), &json!("User"), &json!("gus"), &json!(null)]
    );
    assert_eq!(list["nodes"][1]["source"], json!({"fullPath": "acme/app"}));
    let after = &list["pageInfo"]["endCursor"];
    let rest = app.admin().query(query, json!({ "after": after })).await;
    assert_eq!(rest["auditEvents"]["nodes"].as_array().map(Vec::len), Some(2));
    assert_eq!(rest["auditEvents"]["pageInfo"]["hasNextPage"], false);

    let of_rest = app.admin().get("/audit_events?per_page=2").await;
    let numbers = |events: &Value, key: &str| {
        events
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event[key].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        numbers(&of_rest.json(), "event_name"),
        numbers(&list["nodes"], "eventName")
    );

    let of_users = app
        .admin()
        .query(query, json!({"kind": "USER", "number": newest["entityId"]}))
        .await;
    assert_eq!(of_users["auditEvents"]["count"], 1);
    let hidden = app.token("ann-api").query(query, json!({})).await;
    assert_eq!(hidden, json!({"auditEvents": null}));
}
