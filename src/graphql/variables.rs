//! Whether the values that came with a request fit the variables of its operation.
//! The library would only notice while it executes, and would not say that the input was at fault.

mod bounds;
mod problem;

use std::collections::HashMap;

use async_graphql::parser::types::{BaseType, ExecutableDocument, OperationDefinition, VariableDefinition};
use async_graphql::{ServerError, Variables};
use async_graphql_value::Value as Written;

pub(super) use self::bounds::{check_size, check_types};
use self::problem::{Problem, problem};
use super::error::{code, server_error};
use super::shape::Shape;
use super::tour::{Met, Place, Tour};

/// Refuses a missing or misfit value with `BAD_USER_INPUT`; a variable that stands where its type does not fit is the document's own fault, whatever came
/// for it. Types that the schema does not know are left to the validation of the document.
pub(super) fn check(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    shape: &Shape,
) -> Result<(), ServerError> {
    if let Some(misused) = misused(document, operation, shape) {
        return Err(misused);
    }
    for definition in &operation.variable_definitions {
        let (name, ty) = (&definition.node.name.node, &definition.node.var_type.node);
        let problem = match variables.get(name) {
            Some(value) => problem(value, ty, shape),
            None if ty.nullable || definition.node.default_value.is_some() => None,
            None => Some(Problem::missing()),
        };
        let Some(problem) = problem else {
            continue;
        };
        let message = format!("Variable ${name} of type {ty} was provided invalid value{problem}");
        return Err(server_error(code::BAD_USER_INPUT, message, Some(definition.pos)));
    }
    Ok(())
}

/// The first place in the operation that takes another type than that of the variable which stands there.
fn misused(document: &ExecutableDocument, operation: &OperationDefinition, shape: &Shape) -> Option<ServerError> {
    let definitions = operation.variable_definitions.iter();
    let definitions: HashMap<_, _> = definitions
        .map(|definition| (&definition.node.name.node, definition))
        .collect();
    if definitions.is_empty() {
        return None;
    }
    let mut found = None;
    let mut tour = Tour::new(document, shape, |met| {
        if let Met::Value {
            value: Written::Variable(used),
            place,
            pos,
        } = met
            && found.is_none()
            && let Some(definition) = definitions.get(used)
            && !may_stand(&definition.node, place)
        {
            found = Some((*definition, place.ty, pos));
        }
    });
    tour.operation(operation);
    let (definition, place, pos) = found?;
    let (name, ty) = (&definition.node.name.node, &definition.node.var_type.node);
    let message = format!("Variable \"${name}\" of type \"{ty}\" used in position expecting type \"{place}\".");
    let mut error = server_error(code::GRAPHQL_VALIDATION_FAILED, message, Some(definition.pos));
    error.locations.push(pos);
    Some(error)
}

/// Whether a variable may stand in the place, as the specification says (`AreTypesCompatible`).
fn may_stand(definition: &VariableDefinition, place: Place<'_>) -> bool {
    let ty = &definition.var_type.node;
    let nothing_comes = ty.nullable && definition.default_value.is_none() && !place.has_default;
    (place.ty.nullable || !nothing_comes) && fits_base(&ty.base, &place.ty.base)
}

fn fits_base(given: &BaseType, wanted: &BaseType) -> bool {
    match (given, wanted) {
        (BaseType::Named(given), BaseType::Named(wanted)) => given == wanted,
        (BaseType::List(given), BaseType::List(wanted)) => {
            (wanted.nullable || !given.nullable) && fits_base(&given.base, &wanted.base)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
