//! How large variables may be for how often they are used, and of which types.

use std::collections::HashMap;

use async_graphql::parser::types::{Directive, ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value, Variables};
use async_graphql_value::Value as Written;

use crate::graphql::error::{Refusal, code, server_error};
use crate::graphql::shape::{Shape, innermost};

/// What the uses of all variables may add up to, in values: the library copies a value wherever its variable stands.
const MOST_COPIES: usize = 100_000;
/// What looking for the variables of every use may add up to: the library searches all definitions, for every operation, and says so of each it misses.
const MOST_SEARCHES: usize = 500_000;
/// What is said of a variable that is missed, in searches.
const COMPLAINT: usize = 50;

/// Refuses variables whose values are too large for how often they are used.
pub(in crate::graphql) fn check_size(document: &ExecutableDocument, variables: &Variables) -> Result<(), Refusal> {
    if variables.is_empty() {
        return Ok(());
    }
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    let mut copies: usize = 0;
    each_use(document, &mut |name| {
        let size = || variables.get(name).map_or(0, size);
        let size = *sizes.entry(name.as_str()).or_insert_with(size);
        copies = copies.saturating_add(size);
    });
    if copies > MOST_COPIES {
        return Err(Refusal::too_complex("Large variables are used too often"));
    }
    Ok(())
}

/// How many values there are in one; a long text counts as several.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / 64,
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(|value| 1 + size(value)).sum::<usize>(),
        _ => 1,
    }
}

/// Refuses variables of types that are not there, on which the library would fall over, and too many uses of too many.
pub(in crate::graphql) fn check_types(document: &ExecutableDocument, shape: &Shape) -> Result<(), Refusal> {
    let mut uses: usize = 0;
    each_use(document, &mut |_| uses += 1);
    let operations = document.operations.iter().map(|(_, operation)| &operation.node);
    let definitions: Vec<_> = operations
        .flat_map(|operation| &operation.variable_definitions)
        .collect();
    let searches = definitions.len() + document.operations.iter().count() * COMPLAINT;
    if uses.saturating_mul(searches) > MOST_SEARCHES {
        return Err(Refusal::too_complex("The document uses too many variables too often"));
    }
    for definition in definitions {
        let name = innermost(&definition.node.var_type.node);
        let is_known = matches!(name, "Int" | "Float" | "String" | "Boolean" | "ID") || shape.kind(name).is_some();
        if !is_known {
            let message = format!("Unknown type \"{name}\".");
            let error = server_error(code::GRAPHQL_VALIDATION_FAILED, message, Some(definition.pos));
            return Err(Refusal::document(error));
        }
    }
    Ok(())
}

/// Every place of a document at which a variable stands.
fn each_use<'a>(document: &'a ExecutableDocument, meet: &mut impl FnMut(&'a Name)) {
    for (_, operation) in document.operations.iter() {
        uses_of_directives(&operation.node.directives, meet);
        uses_of_set(&operation.node.selection_set.node, meet);
    }
    for fragment in document.fragments.values() {
        uses_of_directives(&fragment.node.directives, meet);
        uses_of_set(&fragment.node.selection_set.node, meet);
    }
}

fn uses_of_set<'a>(set: &'a SelectionSet, meet: &mut impl FnMut(&'a Name)) {
    for selection in &set.items {
        uses_of_directives(selection.node.directives(), meet);
        match &selection.node {
            Selection::Field(field) => {
                for (_, value) in &field.node.arguments {
                    uses_of_value(&value.node, meet);
                }
                uses_of_set(&field.node.selection_set.node, meet);
            }
            Selection::InlineFragment(fragment) => uses_of_set(&fragment.node.selection_set.node, meet),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn uses_of_directives<'a>(directives: &'a [Positioned<Directive>], meet: &mut impl FnMut(&'a Name)) {
    for (_, value) in directives.iter().flat_map(|directive| &directive.node.arguments) {
        uses_of_value(&value.node, meet);
    }
}

fn uses_of_value<'a>(value: &'a Written, meet: &mut impl FnMut(&'a Name)) {
    match value {
        Written::Variable(name) => meet(name),
        Written::List(items) => items.iter().for_each(|value| uses_of_value(value, meet)),
        Written::Object(fields) => fields.values().for_each(|value| uses_of_value(value, meet)),
        _ => {}
    }
}
