//! Whether the values that came with a request fit the variables of its operation.
//! The library would only notice while it executes, and would not say that the input was at fault.

use std::collections::HashMap;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, OperationDefinition, Type};
use async_graphql::{Name, ServerError, Value, Variables};

use super::error::{code, server_error};
use super::shape::{InputField, Kind, Shape};

/// Refuses a missing or misfit value with `BAD_USER_INPUT`. Types that the schema does not know are left to the
/// validation of the document, the values of custom scalars to the scalars.
pub(super) fn check(operation: &OperationDefinition, variables: &Variables, shape: &Shape) -> Result<(), ServerError> {
    for definition in &operation.variable_definitions {
        let (name, ty) = (&definition.node.name.node, &definition.node.var_type.node);
        let fits = match variables.get(name) {
            Some(value) => fits(value, ty, shape),
            None => ty.nullable || definition.node.default_value.is_some(),
        };
        if !fits {
            let message = format!("Variable ${name} of type {ty} was provided invalid value");
            return Err(server_error(code::BAD_USER_INPUT, message, Some(definition.pos)));
        }
    }
    Ok(())
}

fn fits(value: &Value, ty: &Type, shape: &Shape) -> bool {
    match (value, &ty.base) {
        (Value::Null, _) => ty.nullable,
        (Value::List(items), BaseType::List(item)) => items.iter().all(|value| fits(value, item, shape)),
        // One value stands for a list of one.
        (value, BaseType::List(item)) => fits(value, item, shape),
        (value, BaseType::Named(name)) => fits_named(value, name, shape),
    }
}

fn fits_named(value: &Value, name: &str, shape: &Shape) -> bool {
    match (name, value) {
        ("Int", Value::Number(number)) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        ("ID", Value::Number(number)) => number.is_i64() || number.is_u64(),
        ("Float", Value::Number(_)) | ("Boolean", Value::Boolean(_)) => true,
        // No database takes that character in a text.
        ("String" | "ID", Value::String(text)) => !text.contains('\0'),
        ("Int" | "Float" | "String" | "ID" | "Boolean", _) => false,
        _ => match (shape.kind(name), value) {
            (Some(Kind::Enum(values)), Value::String(value)) => values.contains(value),
            (Some(Kind::Input { fields, one_of }), Value::Object(given)) => {
                fits_input(given, fields, shape) && (!one_of || is_one(given))
            }
            (Some(Kind::Enum(_) | Kind::Input { .. }), _) => false,
            _ => true,
        },
    }
}

fn is_one(given: &IndexMap<Name, Value>) -> bool {
    given.len() == 1 && given.values().all(|value| *value != Value::Null)
}

fn fits_input(given: &IndexMap<Name, Value>, fields: &HashMap<String, InputField>, shape: &Shape) -> bool {
    given.keys().all(|name| fields.contains_key(name.as_str()))
        && fields.iter().all(|(name, field)| match given.get(name.as_str()) {
            Some(value) => fits(value, &field.ty, shape),
            None => field.ty.nullable || field.has_default,
        })
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

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
        check(&operation.node, &variables, &Shape::of(SCHEMA).unwrap()).is_ok()
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
}
