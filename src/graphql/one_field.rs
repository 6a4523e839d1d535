//! A subscription listens to one thing: its one root field, put where the library looks for it.
//!
//! The library opens a stream for each field that stands in the operation itself, and none for what a fragment there asks for.

use std::collections::HashMap;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, ServerError};

use super::error::{code, server_error};

/// The root field of a subscription, with all that its repetitions and fragments select.
///
/// # Errors
/// When there are two, when it is one of introspection, or when it could be skipped.
pub(super) fn of(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
) -> Result<Positioned<Field>, ServerError> {
    let mut fields = Vec::new();
    collect(&document.fragments, &operation.selection_set.node, &mut fields)?;
    let mut fields = fields.into_iter();
    let mut one = fields.next().cloned().ok_or_else(|| {
        refusal(
            "A subscription must select a top level field",
            operation.selection_set.pos,
        )
    })?;
    for field in fields {
        if !is_same(&field.node, &one.node) {
            let text = "A subscription must select only one top level field";
            return Err(refusal(text, field.pos));
        }
        let more = field.node.selection_set.node.items.iter().cloned();
        one.node.selection_set.node.items.extend(more);
    }
    if one.node.name.node.starts_with("__") {
        let text = "A subscription must not select an introspection top level field";
        return Err(refusal(text, one.pos));
    }
    Ok(one)
}

/// Leaves of the chosen subscription nothing but that field; fragments on `root`, its type, have no other use.
pub(super) fn lift(
    document: &mut ExecutableDocument,
    name: Option<&str>,
    field: Positioned<Field>,
    root: Option<&str>,
) {
    let operation = match (&mut document.operations, name) {
        (DocumentOperations::Single(operation), _) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get_mut(name),
        (DocumentOperations::Multiple(operations), None) => operations.values_mut().next(),
    };
    if let Some(operation) = operation {
        let pos = field.pos;
        operation.node.selection_set.node.items = vec![Positioned::new(Selection::Field(field), pos)];
    }
    let is_of_root =
        |fragment: &Positioned<FragmentDefinition>| root == Some(fragment.node.type_condition.node.on.node.as_str());
    document.fragments.retain(|_, fragment| !is_of_root(fragment));
}

/// Whether two fields are one in the answer.
fn is_same(a: &Field, b: &Field) -> bool {
    let arguments = |field: &Field| -> Vec<_> {
        let arguments = field.arguments.iter();
        arguments
            .map(|(name, value)| (name.node.clone(), value.node.clone()))
            .collect()
    };
    a.response_key().node == b.response_key().node && a.name.node == b.name.node && arguments(a) == arguments(b)
}

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

fn collect<'a>(
    fragments: &'a Fragments,
    set: &'a SelectionSet,
    fields: &mut Vec<&'a Positioned<Field>>,
) -> Result<(), ServerError> {
    for selection in &set.items {
        let conditions = selection.node.directives().iter();
        if let Some(condition) = conditions
            .clone()
            .find(|directive| matches!(&*directive.node.name.node, "skip" | "include"))
        {
            let text = "A subscription must not use @skip or @include in its top level selection";
            return Err(refusal(text, condition.pos));
        }
        match &selection.node {
            Selection::Field(field) => fields.push(field),
            Selection::InlineFragment(fragment) => collect(fragments, &fragment.node.selection_set.node, fields)?,
            Selection::FragmentSpread(spread) => {
                // One that is not defined is left to the validation.
                if let Some(fragment) = fragments.get(&spread.node.fragment_name.node) {
                    collect(fragments, &fragment.node.selection_set.node, fields)?;
                }
            }
        }
    }
    Ok(())
}

fn refusal(text: &str, pos: Pos) -> ServerError {
    server_error(code::GRAPHQL_VALIDATION_FAILED, text, Some(pos))
}
