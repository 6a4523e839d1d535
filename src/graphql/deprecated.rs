//! `?remove_deprecated=true`: the schema as it will be when what is deprecated is gone, for clients that want to know today.

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Pos, ServerError, Value as ConstValue, Variables};
use async_graphql_value::Value;

use super::error::{code, server_error};
use super::shape::{Kind, Shape, innermost};
use super::tour::{Met, Tour};

/// Refuses a document that uses what is deprecated, as if it were not there: what `shape` has and `rest` has not.
pub(super) fn refuse(document: &ExecutableDocument, shape: &Shape, rest: &Shape) -> Result<(), ServerError> {
    let mut fault = None;
    let mut tour = Tour::new(document, shape, |met| {
        if fault.is_none() {
            fault = missing(&met, rest);
        }
    });
    tour.document();
    fault.map_or(Ok(()), |(message, pos)| {
        Err(server_error(code::GRAPHQL_VALIDATION_FAILED, message, Some(pos)))
    })
}

fn missing(met: &Met<'_>, rest: &Shape) -> Option<(String, Pos)> {
    match met {
        Met::Field { on, field } => {
            let name = &field.node.name.node;
            let there = rest.kind(on).is_some_and(|kind| kind.field(name).is_some());
            (!there).then(|| (format!("Unknown field \"{name}\" on type \"{on}\"."), field.pos))
        }
        Met::Argument { on, field, name } => {
            let known = rest.kind(on).and_then(|kind| kind.field(field))?;
            let there = known.arguments.contains_key(name.node.as_str());
            let message = || format!("Unknown argument \"{name}\" on field \"{field}\" of type \"{on}\".");
            (!there).then(|| (message(), name.pos))
        }
        Met::InputField { on, name, pos } => match rest.kind(on) {
            Some(Kind::Input { fields, .. }) if !fields.contains_key(*name) => {
                Some((format!("Unknown field \"{name}\" of type \"{on}\"."), *pos))
            }
            _ => None,
        },
        Met::Value { value, place, pos } => {
            let name = innermost(place.ty);
            match (value, rest.kind(name)) {
                (Value::Enum(value), Some(Kind::Enum(values))) if !values.contains(value.as_str()) => Some((
                    format!("Enumeration type \"{name}\" does not contain the value \"{value}\"."),
                    *pos,
                )),
                _ => None,
            }
        }
    }
}

/// Keeps introspection from listing what is deprecated: nothing is listed with `includeDeprecated: false`. A variable that stands there is
/// set to false, wherever else it may be used.
pub(super) fn hide(document: &mut ExecutableDocument, variables: &mut Variables) {
    let mut sets: Vec<&mut SelectionSet> = match &mut document.operations {
        DocumentOperations::Single(operation) => {
            vec![&mut operation.node.selection_set.node]
        }
        DocumentOperations::Multiple(operations) => operations
            .values_mut()
            .map(|operation| &mut operation.node.selection_set.node)
            .collect(),
    };
    let fragments = document.fragments.values_mut();
    sets.extend(fragments.map(|fragment| &mut fragment.node.selection_set.node));
    for set in sets {
        hide_in(set, variables);
    }
}

fn hide_in(set: &mut SelectionSet, variables: &mut Variables) {
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::Field(field) => {
                let arguments = field.node.arguments.iter_mut();
                for (_, value) in arguments.filter(|(name, _)| name.node == "includeDeprecated") {
                    match &value.node {
                        Value::Variable(name) => {
                            variables.insert(name.clone(), ConstValue::Boolean(false));
                        }
                        _ => value.node = Value::Boolean(false),
                    }
                }
                hide_in(&mut field.node.selection_set.node, variables);
            }
            Selection::InlineFragment(fragment) => hide_in(&mut fragment.node.selection_set.node, variables),
            Selection::FragmentSpread(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
