//! Fields after expanding fragments, before the library validates: what it would walk through is bounded here.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Pos, Positioned, ServerError};

use super::Limits;
use super::typename;
use crate::graphql::error::{Refusal, RefusalStatus, code, server_error};
use crate::graphql::shape::{Kind, Shape};

/// After so many fields and arguments that the schema does not have, nobody looks further: the library would search
/// a similar name for each.
const MOST_STRANGERS: usize = 10;

/// Refuses a document whose fragments expand to too many fields, nest too deep, or lead back to themselves, and one
/// that hardly fits the schema at all. Each definition is visited once, whatever refers to it.
pub(in crate::graphql) fn check_expansion(
    document: &ExecutableDocument,
    limits: &Limits,
    shape: &Shape,
) -> Result<(), Refusal> {
    let mut expander = Expander {
        document,
        limits,
        shape,
        fragments: HashMap::new(),
        strangers: Vec::new(),
    };
    let mut fields: u64 = 0;
    for (_, operation) in document.operations.iter() {
        let (set, root) = (&operation.node.selection_set.node, shape.root(operation.node.ty));
        fields = fields.saturating_add(expander.selections(set, root, 0)?.fields);
    }
    // The library walks through every fragment on its own too, also those that nothing refers to.
    let mut walked: u64 = 0;
    for name in document.fragments.keys() {
        walked = walked.saturating_add(expander.fragment(name, 0)?.fields);
    }
    if fields > limits.fields || walked > limits.fields.saturating_mul(4) {
        return Err(Refusal::too_complex(format!(
            "The document expands to more than {} fields",
            limits.fields
        )));
    }
    Ok(())
}

struct Expander<'a> {
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    shape: &'a Shape,
    /// `None` while a fragment is being visited.
    fragments: HashMap<&'a str, Option<Expansion>>,
    strangers: Vec<ServerError>,
}

#[derive(Clone, Copy, Default)]
struct Expansion {
    fields: u64,
    levels: u32,
}

impl Expansion {
    fn add(&mut self, inner: Self) {
        self.fields = self.fields.saturating_add(inner.fields);
        self.levels = self.levels.max(inner.levels + 1);
    }
}

impl<'a> Expander<'a> {
    fn selections(&mut self, set: &'a SelectionSet, ty: Option<&'a Kind>, level: u32) -> Result<Expansion, Refusal> {
        self.check_level(level)?;
        let mut all = Expansion::default();
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    all.fields = all.fields.saturating_add(1);
                    typename::check(field)?;
                    let ty = self.field(field, ty)?;
                    let inner = &field.node.selection_set.node;
                    if !inner.items.is_empty() {
                        all.add(self.selections(inner, ty, level + 1)?);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let ty = condition.map_or(ty, |condition| self.shape.kind(&condition.node.on.node));
                    all.add(self.selections(&fragment.node.selection_set.node, ty, level + 1)?);
                }
                Selection::FragmentSpread(spread) => {
                    all.add(self.fragment(&spread.node.fragment_name.node, level + 1)?);
                }
            }
        }
        Ok(all)
    }

    fn fragment(&mut self, name: &str, level: u32) -> Result<Expansion, Refusal> {
        // One that is not defined is left to the validation; it counts, or a tree of them would grow without being noticed.
        let Some((name, definition)) = self.document.fragments.get_key_value(name) else {
            return Ok(Expansion { fields: 1, levels: 0 });
        };
        match self.fragments.get(name.as_str()) {
            Some(Some(known)) => {
                self.check_level(level + known.levels)?;
                Ok(*known)
            }
            Some(None) => Err(Refusal::too_complex(format!("Fragment \"{name}\" contains itself"))),
            None => {
                self.fragments.insert(name, None);
                let ty = self.shape.kind(&definition.node.type_condition.node.on.node);
                let found = self.selections(&definition.node.selection_set.node, ty, level)?;
                self.fragments.insert(name, Some(found));
                Ok(found)
            }
        }
    }

    /// The type that a field leads to; notes what the schema does not have.
    fn field(&mut self, field: &'a Positioned<Field>, parent: Option<&Kind>) -> Result<Option<&'a Kind>, Refusal> {
        let name = &field.node.name.node;
        let Some(parent) = parent.filter(|_| !name.starts_with("__")) else {
            return Ok(None);
        };
        let Some(known) = parent.field(name) else {
            self.note_stranger(format!("Unknown field \"{name}\""), field.pos)?;
            return Ok(None);
        };
        for (argument, _) in &field.node.arguments {
            if !known.arguments.contains_key(argument.node.as_str()) {
                self.note_stranger(
                    format!("Unknown argument \"{}\" on field \"{name}\"", argument.node),
                    argument.pos,
                )?;
            }
        }
        Ok(self.shape.kind(&known.ty))
    }

    fn note_stranger(&mut self, message: String, pos: Pos) -> Result<(), Refusal> {
        self.strangers
            .push(server_error(code::GRAPHQL_VALIDATION_FAILED, message, Some(pos)));
        if self.strangers.len() > MOST_STRANGERS {
            let errors = std::mem::take(&mut self.strangers);
            return Err(Refusal {
                errors,
                status: RefusalStatus::Document,
                cost: None,
            });
        }
        Ok(())
    }

    fn check_level(&self, level: u32) -> Result<(), Refusal> {
        if level > self.limits.levels {
            return Err(Refusal::too_complex(format!(
                "Selections and fragments are nested more than {} levels deep",
                self.limits.levels
            )));
        }
        Ok(())
    }
}
