//! A walk through a document: its fields with the types they stand on, its values with the places that take them.

use std::collections::HashSet;

use async_graphql::parser::types::{BaseType, ExecutableDocument, Field, OperationDefinition, SelectionSet, Type};
use async_graphql::parser::types::{Directive, Selection};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::Value;

use super::shape::{InputField, Kind, Shape};

/// What a tour comes by.
pub(super) enum Met<'a> {
    /// A field on a type that has it.
    Field { on: &'a str, field: &'a Positioned<Field> },
    /// An argument that its field has.
    Argument {
        on: &'a str,
        field: &'a str,
        name: &'a Positioned<Name>,
    },
    /// A field of an input object that has it.
    InputField { on: &'a str, name: &'a str, pos: Pos },
    /// A value and what stands for it: of an argument, a field of an input object, or an item of a list.
    Value {
        value: &'a Value,
        place: Place<'a>,
        pos: Pos,
    },
}

/// Where a value stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// What is taken there.
    pub(super) ty: &'a Type,
    /// Whether something stands in for a value that is left out.
    pub(super) has_default: bool,
}

/// Goes through an operation, or all that a document has. A fragment is visited once. The document has passed
/// [`check_expansion`](super::limits::check_expansion).
pub(super) struct Tour<'a, F> {
    document: &'a ExecutableDocument,
    shape: &'a Shape,
    seen: HashSet<&'a str>,
    meet: F,
}

impl<'a, F: FnMut(Met<'a>)> Tour<'a, F> {
    pub(super) fn new(document: &'a ExecutableDocument, shape: &'a Shape, meet: F) -> Self {
        let seen = HashSet::new();
        Self {
            document,
            shape,
            seen,
            meet,
        }
    }

    /// One operation and the fragments that it reaches.
    pub(super) fn operation(&mut self, operation: &'a OperationDefinition) {
        self.directives(&operation.directives);
        self.selections(&operation.selection_set.node, self.shape.root_name(operation.ty));
    }

    /// Every operation and every fragment.
    pub(super) fn document(&mut self) {
        for (_, operation) in self.document.operations.iter() {
            self.operation(&operation.node);
        }
        for name in self.document.fragments.keys() {
            self.fragment(name);
        }
    }

    fn selections(&mut self, set: &'a SelectionSet, on: Option<&'a str>) {
        for selection in &set.items {
            self.directives(selection.node.directives());
            match &selection.node {
                Selection::Field(field) => self.field(field, on),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.map_or(on, |condition| Some(&condition.node.on.node));
                    self.selections(&fragment.node.selection_set.node, on);
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
            }
        }
    }

    fn fragment(&mut self, name: &str) {
        if let Some((name, fragment)) = self.document.fragments.get_key_value(name)
            && self.seen.insert(name)
        {
            self.directives(&fragment.node.directives);
            let on = &fragment.node.type_condition.node.on.node;
            self.selections(&fragment.node.selection_set.node, Some(on));
        }
    }

    fn field(&mut self, field: &'a Positioned<Field>, on: Option<&'a str>) {
        let known = on.and_then(|on| Some((on, self.shape.kind(on)?.field(&field.node.name.node)?)));
        if let Some((on, known)) = known {
            (self.meet)(Met::Field { on, field });
            for (name, value) in &field.node.arguments {
                if let Some(argument) = known.arguments.get(name.node.as_str()) {
                    let field = field.node.name.node.as_str();
                    (self.meet)(Met::Argument { on, field, name });
                    self.value(&value.node, argument.place(), value.pos);
                }
            }
        }
        self.selections(
            &field.node.selection_set.node,
            known.map(|(_, known)| known.ty.as_str()),
        );
    }

    fn directives(&mut self, directives: &'a [Positioned<Directive>]) {
        for directive in directives {
            let Some(known) = self.shape.directive(&directive.node.name.node) else {
                continue;
            };
            for (name, value) in &directive.node.arguments {
                if let Some(argument) = known.get(name.node.as_str()) {
                    self.value(&value.node, argument.place(), value.pos);
                }
            }
        }
    }

    fn value(&mut self, value: &'a Value, place: Place<'a>, pos: Pos) {
        (self.meet)(Met::Value { value, place, pos });
        match (value, &place.ty.base) {
            (Value::List(items), BaseType::List(item)) => {
                let place = Place {
                    ty: item,
                    has_default: false,
                };
                for value in items {
                    self.value(value, place, pos);
                }
            }
            (Value::Object(given), BaseType::Named(on)) => {
                let Some((on, Kind::Input { fields, .. })) = self.shape.entry(on) else {
                    return;
                };
                for (name, value) in given {
                    if let Some((name, field)) = fields.get_key_value(name.as_str()) {
                        (self.meet)(Met::InputField { on, name, pos });
                        self.value(value, field.place(), pos);
                    }
                }
            }
            // One object stands for a list of one.
            (Value::Object(_), BaseType::List(item)) => {
                self.value(
                    value,
                    Place {
                        ty: item,
                        has_default: false,
                    },
                    pos,
                );
            }
            _ => {}
        }
    }
}

impl InputField {
    fn place(&self) -> Place<'_> {
        Place {
            ty: &self.ty,
            has_default: self.has_default,
        }
    }
}
