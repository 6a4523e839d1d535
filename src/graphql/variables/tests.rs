use async_graphql::Value;
use async_graphql::parser::parse_query;
use serde_json::json;

use super::*;
use crate::graphql::error::Refusal;

const SCHEMA: &str = "
    scalar Time
    enum Level { LOW HIGH }
    input Invitee { email: String!, level: Level = LOW, until: Time }
    input Source @oneOf { id: ID, path: String }
    type Query { a(x: Invitee): Int }
    schema { query: Query }";

/// Whether a variable of the type takes the JSON value; `None` leaves it out.
fn takes(ty: &str, value: Option<serde_json::Value>) -> bool {
    let document = parse_query(format!("query($v: {ty}) {{ a }}")).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let variables = Variables::from_json(value.map_or(json!({}), |value| json!({ "v": value })));
    check(&document, &operation.node, &variables, &Shape::of(SCHEMA).unwrap()).is_ok()
}

#[test]
fn values_fit_as_the_specification_says() {
    for (ty, value) in [
        ("Int", json!(7)),
        ("Int", json!(null)),
        ("Float!", json!(7)),
        ("ID!", json!(7)),
        ("ID!", json!("gid://gitlab/Group/7")),
        ("String", json!("")),
        ("Boolean", json!(false)),
        ("[Int!]", json!([1, 2])),
        ("[Int!]", json!(1)),
        ("[[Int]]", json!([[1], null])),
        ("Level", json!("HIGH")),
        ("Time", json!("2027-01-02")),
        ("Invitee!", json!({"email": "a@example.com"})),
        ("[Invitee!]!", json!([{"email": "a@example.com", "level": null}])),
        ("Unknown", json!(1)),
        ("Source!", json!({"path": "acme"})),
    ] {
        assert!(takes(ty, Some(value.clone())), "{ty} should take {value}");
    }
}

#[test]
fn values_of_another_type_are_refused() {
    for (ty, value) in [
        ("Int", json!("7")),
        ("Int", json!(1.5)),
        ("Int", json!(3_000_000_000_u64)),
        ("Int!", json!(null)),
        ("ID!", json!(true)),
        ("String", json!(7)),
        ("String", json!("a\0b")),
        ("Invitee", json!({"email": "\0"})),
        ("Boolean", json!("true")),
        ("[Int!]", json!([1, null])),
        ("Level", json!("MIDDLE")),
        ("Level", json!(1)),
        ("Invitee", json!({})),
        ("Invitee", json!({"email": "a", "surprise": 1})),
        ("Invitee", json!("a")),
        ("Invitee", json!({"email": null})),
        ("Source", json!({})),
        ("Source", json!({"path": null})),
        ("Source", json!({"path": "acme", "id": 7})),
    ] {
        assert!(!takes(ty, Some(value.clone())), "{ty} should not take {value}");
    }
}

#[test]
fn only_what_may_be_null_or_has_a_default_may_be_left_out() {
    assert!(takes("Int", None));
    assert!(takes("Int! = 3", None));
    assert!(!takes("Int!", None));
}

const PLACES: &str = "
    scalar UserID
    input Where { id: UserID!, ids: [UserID!], level: Int! = 1 }
    directive @include(if: Boolean!) on FIELD
    type Query { user(id: UserID, at: Where, ids: [UserID!]): Int }
    schema { query: Query }";

/// The code and the text of what is wrong with a document whose variable `v` is given.
fn refusal(text: &str, value: &serde_json::Value) -> Option<(String, String)> {
    let document = parse_query(text).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let variables = Variables::from_json(json!({ "v": value }));
    let error = check(&document, &operation.node, &variables, &Shape::of(PLACES).unwrap()).err()?;
    let code = serde_json::to_value(&error).unwrap()["extensions"]["code"].to_string();
    Some((code, error.message))
}

#[test]
fn a_value_that_is_no_id_of_its_kind_is_bad_input() {
    let text = "query($v: UserID) { user(id: $v) }";
    assert_eq!(refusal(text, &json!("gid://gitlab/User/1")), None);
    let (code, message) = refusal(text, &json!("gid://gitlab/Group/1")).unwrap();
    assert_eq!(code, "\"BAD_USER_INPUT\"");
    assert!(
        message.ends_with("\"gid://gitlab/Group/1\" is not a valid ID for UserID"),
        "{message}"
    );
}

#[test]
fn what_is_wrong_inside_of_an_input_is_named() {
    for (value, wanted) in [
        (json!({}), " for id (Expected value to not be null)"),
        (json!({"id": "x"}), " for id (\"x\" is not a valid ID for UserID)"),
        (
            json!({"id": "gid://gitlab/User/1", "ids": ["gid://gitlab/User/1", null]}),
            " for ids.1 (Expected value to not be null)",
        ),
        (
            json!({"id": "gid://gitlab/User/1", "level": "x"}),
            " for level (Could not coerce value to Int)",
        ),
        (
            json!({"id": "gid://gitlab/User/1", "nope": 1}),
            " for nope (Field is not defined on Where)",
        ),
        (json!(1), ": Expected an object"),
    ] {
        let (code, message) = refusal("query($v: Where) { user(at: $v) }", &value).unwrap();
        assert_eq!(code, "\"BAD_USER_INPUT\"");
        assert!(message.ends_with(&format!("invalid value{wanted}")), "{message}");
    }
}

#[test]
fn a_variable_that_stands_where_it_does_not_fit_is_the_documents_fault() {
    for text in [
        "query($v: Int) { user(id: $v) }",
        "query($v: Int!) { user(at: {id: $v}) }",
        "query($v: Int!) { user(ids: [$v]) }",
        "query($v: Int!) { ...F } fragment F on Query { user(id: $v) }",
        "query($v: Int!) { user @include(if: $v) }",
    ] {
        for value in [json!("x"), json!(1), json!(null)] {
            let (code, message) = refusal(text, &value).unwrap();
            assert_eq!(code, "\"GRAPHQL_VALIDATION_FAILED\"", "{text}");
            assert!(message.contains("used in position expecting type"), "{message}");
        }
    }
    for text in ["query($v: Int) { user(at: {level: $v}) }", "query($v: Int!) { user }"] {
        let (code, _) = refusal(text, &json!("x")).unwrap();
        assert_eq!(code, "\"BAD_USER_INPUT\"", "{text}");
    }
}

fn too_complex(refused: Result<(), Refusal>) -> bool {
    refused.is_err_and(|refusal| {
        refusal.errors[0]
            .extensions
            .as_ref()
            .is_some_and(|given| given.get("code") == Some(&Value::from(code::QUERY_TOO_COMPLEX)))
    })
}

#[test]
fn large_values_may_be_used_once_but_not_everywhere() {
    let text = |uses: usize| format!("query($v: [ID]) {{ {} }}", "user(ids: $v) ".repeat(uses));
    let refused = |uses: usize, items: usize| {
        let variables = Variables::from_json(json!({ "v": vec![1; items] }));
        too_complex(check_size(&parse_query(text(uses)).unwrap(), &variables))
    };
    assert!(!refused(1, 30_000));
    assert!(!refused(200, 100));
    assert!(refused(200, 30_000));
}

#[test]
fn many_variables_may_be_used_by_one_operation_and_few_by_many() {
    let refused = |operations: usize, uses: usize| {
        let operations: Vec<_> = (0..operations).map(|n| format!("query Q{n} {{ ...F }}")).collect();
        let operations = operations.join(" ");
        let text = format!(
            "{operations} fragment F on Query {{ user(ids: [{}]) }}",
            "$v ".repeat(uses)
        );
        too_complex(check_types(&parse_query(text).unwrap(), &Shape::of(PLACES).unwrap()))
    };
    assert!(!refused(1, 2_000));
    assert!(!refused(50, 100));
    assert!(refused(100, 1_000));
}

#[test]
fn a_type_that_is_not_there_is_the_documents_fault() {
    for ty in ["Nope", "[Nope!]", "[[Nope]]! = [[1]]"] {
        let document = parse_query(format!("query($v: {ty}) {{ user }}")).unwrap();
        let refusal = check_types(&document, &Shape::of(PLACES).unwrap()).unwrap_err();
        assert_eq!(refusal.errors[0].message, "Unknown type \"Nope\".");
    }
}
