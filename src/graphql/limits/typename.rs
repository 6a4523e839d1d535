//! `__typename`, which the library's validation passes by.

use std::collections::HashSet;

use async_graphql::Positioned;
use async_graphql::parser::types::{Directive, Field};

use crate::graphql::error::{Refusal, code, server_error};

/// The directives that may stand there.
const KNOWN: [&str; 3] = ["skip", "include", "idempotent"];

/// Refuses arguments and selections of a `__typename`, and directives that may not stand there. Other fields are left to the library.
pub(super) fn check(field: &Positioned<Field>) -> Result<(), Refusal> {
    let Field {
        name,
        arguments,
        directives,
        selection_set,
        ..
    } = &field.node;
    if name.node != "__typename" {
        return Ok(());
    }
    let fault = if let Some((argument, _)) = arguments.first() {
        Some(format!(
            "Unknown argument \"{}\" on field \"__typename\"",
            argument.node
        ))
    } else if selection_set.node.items.is_empty() {
        let mut seen = HashSet::new();
        directives.iter().find_map(|used| misplaced(&used.node, &mut seen))
    } else {
        Some("Field \"__typename\" must not have a selection since type \"String!\" has no subfields".to_owned())
    };
    fault.map_or(Ok(()), |text| {
        let error = server_error(code::GRAPHQL_VALIDATION_FAILED, text, Some(field.pos));
        Err(Refusal::document(error))
    })
}

fn misplaced<'a>(used: &'a Directive, seen: &mut HashSet<&'a str>) -> Option<String> {
    let name = used.name.node.as_str();
    if !KNOWN.contains(&name) {
        return Some(format!("Unknown directive \"{name}\""));
    }
    if !seen.insert(name) {
        return Some(format!(
            "The directive \"@{name}\" can only be used once at this location"
        ));
    }
    let wanted = if name == "idempotent" { "key" } else { "if" };
    let mut arguments = used.arguments.iter().map(|(argument, _)| argument.node.as_str());
    if let Some(stranger) = arguments.clone().find(|argument| *argument != wanted) {
        return Some(format!("Unknown argument \"{stranger}\" on directive \"{name}\""));
    }
    let is_missing = arguments.next().is_none();
    is_missing.then(|| format!("Directive \"{name}\" argument \"{wanted}\" is required, but it was not provided"))
}
