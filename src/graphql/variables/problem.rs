//! What is wrong with a value that came for a variable.

use std::collections::HashMap;
use std::fmt;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, Type};
use async_graphql::{Name, Value};

use crate::graphql::scalars::misread;
use crate::graphql::shape::{InputField, Kind, Shape};

/// What is wrong with a value: where in it, and why.
#[derive(Debug)]
pub(super) struct Problem {
    /// Names of fields and numbers of items, innermost first; empty for the value as a whole.
    path: Vec<String>,
    text: String,
}

impl Problem {
    /// A value that must be there is not.
    pub(super) fn missing() -> Self {
        Self::new("Expected value to not be null")
    }

    fn new(text: impl Into<String>) -> Self {
        let (path, text) = (Vec::new(), text.into());
        Self { path, text }
    }

    fn within(mut self, place: &impl ToString) -> Self {
        self.path.push(place.to_string());
        self
    }
}

/// ` for invitees.3.userId (…)`, or `: …` for the value as a whole.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, text } = self;
        if path.is_empty() {
            return write!(f, ": {text}");
        }
        let path: Vec<_> = path.iter().rev().map(String::as_str).collect();
        write!(f, " for {} ({text})", path.join("."))
    }
}

/// The first thing that is wrong with a value for a type; none when it fits.
pub(super) fn problem(value: &Value, ty: &Type, shape: &Shape) -> Option<Problem> {
    match (value, &ty.base) {
        (Value::Null, _) => (!ty.nullable).then(Problem::missing),
        (Value::List(items), BaseType::List(item)) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(number, value)| Some(problem(value, item, shape)?.within(&number)))
        }
        // One value stands for a list of one.
        (value, BaseType::List(item)) => problem(value, item, shape),
        (value, BaseType::Named(name)) => problem_of_named(value, name, shape),
    }
}

fn problem_of_named(value: &Value, name: &str, shape: &Shape) -> Option<Problem> {
    let is_taken = match (name, value) {
        ("Int", Value::Number(number)) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        ("ID", Value::Number(number)) => number.is_i64() || number.is_u64(),
        ("Float", Value::Number(_)) | ("Boolean", Value::Boolean(_)) => true,
        ("String" | "ID", Value::String(text)) => {
            // No database takes that character in a text.
            return text
                .contains('\0')
                .then(|| Problem::new("A string must not hold the character U+0000"));
        }
        ("Int" | "Float" | "String" | "ID" | "Boolean", _) => false,
        _ => {
            return match (shape.kind(name), value) {
                (Some(Kind::Enum(values)), Value::String(value)) if values.contains(value) => None,
                (Some(Kind::Enum(_)), _) => Some(Problem::new(format!("Expected a value of {name}"))),
                (Some(Kind::Input { fields, one_of }), Value::Object(given)) => {
                    problem_of_input(given, name, fields, shape).or_else(|| {
                        let is_one = given.len() == 1 && given.values().all(|value| *value != Value::Null);
                        (*one_of && !is_one).then(|| Problem::new(format!("{name} takes exactly one field")))
                    })
                }
                (Some(Kind::Input { .. }), _) => Some(Problem::new("Expected an object")),
                _ => misread(name, value).map(Problem::new),
            };
        }
    };
    (!is_taken).then(|| Problem::new(format!("Could not coerce value to {name}")))
}

fn problem_of_input(
    given: &IndexMap<Name, Value>,
    of: &str,
    fields: &HashMap<String, InputField>,
    shape: &Shape,
) -> Option<Problem> {
    let of_given = |(name, value): (&Name, &Value)| match fields.get(name.as_str()) {
        Some(field) => Some(problem(value, &field.ty, shape)?.within(name)),
        None => Some(Problem::new(format!("Field is not defined on {of}")).within(name)),
    };
    given.iter().find_map(of_given).or_else(|| {
        let is_missing = |(name, field): &(&String, &InputField)| {
            !given.contains_key(name.as_str()) && !field.ty.nullable && !field.has_default
        };
        // By name: the fields have no order here.
        let missing = fields.iter().filter(is_missing).map(|(name, _)| name).min()?;
        Some(Problem::missing().within(missing))
    })
}
