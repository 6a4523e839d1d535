use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{FieldDefinition, TypeDefinition, TypeKind, TypeSystemDefinition};

use super::sdl;

/// Set to write the file anew after a change that is meant.
const BLESS: &str = "ROSTER_BLESS";

#[test]
fn the_file_at_the_top_level_is_what_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    #[expect(clippy::disallowed_methods, reason = "a switch of the test, no setting")]
    let bless = std::env::var(BLESS).is_ok();
    if bless {
        std::fs::write(path, sdl()).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == sdl(),
        "schema.graphql is out of date: run the tests with {BLESS}=1 and look at the difference"
    );
}

#[test]
fn everything_in_the_schema_says_what_it_is() {
    let mut silent = Vec::new();
    for definition in parse_schema(sdl()).unwrap().definitions {
        if let TypeSystemDefinition::Type(ty) = definition {
            note_silence(&ty.node, &mut silent);
        }
    }
    assert_eq!(silent, Vec::<String>::new());
}

fn note_silence(ty: &TypeDefinition, silent: &mut Vec<String>) {
    let name = &ty.name.node;
    if ty.description.is_none() {
        silent.push(name.to_string());
    }
    match &ty.kind {
        TypeKind::Object(object) => note_fields(name, &object.fields, silent),
        TypeKind::Interface(interface) => note_fields(name, &interface.fields, silent),
        TypeKind::Enum(values) => {
            for value in &values.values {
                if value.node.description.is_none() {
                    silent.push(format!("{name}.{}", value.node.value.node));
                }
            }
        }
        TypeKind::InputObject(input) => {
            for field in &input.fields {
                if field.node.description.is_none() {
                    silent.push(format!("{name}.{}", field.node.name.node));
                }
            }
        }
        TypeKind::Scalar | TypeKind::Union(_) => {}
    }
}

fn note_fields(ty: &str, fields: &[Positioned<FieldDefinition>], silent: &mut Vec<String>) {
    for field in fields {
        let name = &field.node.name.node;
        if field.node.description.is_none() {
            silent.push(format!("{ty}.{name}"));
        }
        for argument in &field.node.arguments {
            if argument.node.description.is_none() {
                silent.push(format!("{ty}.{name}({})", argument.node.name.node));
            }
        }
    }
}
