use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

#[test]
fn every_reference_leads_somewhere_and_every_call_has_a_name_of_its_own() {
    let document: Value = serde_json::from_str(&openapi()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut names = BTreeSet::new();
    let paths = document["paths"].as_object().unwrap();
    for operation in paths
        .values()
        .filter_map(Value::as_object)
        .flat_map(|path| path.values())
    {
        assert!(names.insert(operation["operationId"].to_string()), "{operation}");
    }
    assert_eq!(names.len(), crate::rest::endpoints().len());
    for reference in references(&document) {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn no_two_shapes_share_a_name() {
    let mut known = std::collections::BTreeMap::new();
    for (name, schema) in crate::rest::endpoints()
        .into_iter()
        .flat_map(|endpoint| endpoint.shape.parts)
    {
        let schema = serde_json::to_value(schema).unwrap();
        assert_eq!(
            known.entry(name.clone()).or_insert_with(|| schema.clone()),
            &schema,
            "{name}"
        );
    }
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| match value {
                Value::String(target) if name == "$ref" => vec![target.clone()],
                value => references(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_value_in_a_path_is_declared_as_a_parameter() {
    for endpoint in crate::rest::endpoints() {
        let path = operation::path(&endpoint);
        for segment in path.split('/').filter(|segment| segment.starts_with('{')) {
            let name = segment.trim_matches(['{', '}']);
            let declared = endpoint.declared.iter().any(|declared| declared.name == name);
            assert!(declared, "{path}");
        }
    }
}

#[test]
fn every_call_is_described_and_has_a_subject() {
    for endpoint in crate::rest::endpoints() {
        let path = operation::path(&endpoint);
        assert!(
            !endpoint.summary.is_empty(),
            "{path}: say in the endpoint's summary what it does"
        );
        assert!(
            tags::tag(&path).is_some(),
            "{path}: add its word to a subject in openapi/tags.rs"
        );
        for declared in &endpoint.declared {
            assert!(
                !declared.about.is_empty(),
                "{path}: say what {} means where it is read",
                declared.name
            );
        }
    }
}

#[test]
fn every_call_has_an_example() {
    let known: BTreeSet<_> = examples::names().collect();
    let names: BTreeSet<_> = crate::rest::endpoints().iter().map(operation::name).collect();
    let what_to_do =
        "write the call into CALLS of tests/it/examples.rs, and run ROSTER_BLESS=1 cargo test --test it examples";
    for name in &names {
        let is_there = known.contains(name.as_str()) || name == "get_openapi_json";
        assert!(is_there, "{name} has no example: {what_to_do}");
    }
    for name in known {
        assert!(names.contains(name), "{name} is no call any more: {what_to_do}");
    }
}
