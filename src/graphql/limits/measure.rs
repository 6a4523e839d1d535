//! What an operation costs: GitLab's cost model, depth, rows, and facts of the schema.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
    VariableDefinition,
};
use async_graphql::{Name, Positioned, Value as ConstValue, Variables};
use async_graphql_value::Value;

use super::{Cost, Limits};
use crate::graphql::error::Refusal;
use crate::graphql::shape::{Kind, Shape};

/// The largest page of a connection, and the one that is counted when none is asked for.
const LARGEST_PAGE: u64 = 100;
/// Costs are added up in tenths of a point, for lists count a tenth an item.
const POINT: u64 = 10;

/// What one operation asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::graphql) struct Measure {
    /// Points; 0 for an operation of nothing but introspection.
    pub(in crate::graphql) score: u32,
    pub(in crate::graphql) depth: u32,
    pub(in crate::graphql) rows: u64,
    /// Estimated number of facts of the schema; 0 without introspection.
    pub(in crate::graphql) introspected: u64,
}

impl Measure {
    /// Refuses what is too deep, too wide or too dear.
    pub(in crate::graphql) fn check(&self, limits: &Limits, cost: Cost) -> Result<(), Refusal> {
        let message = if self.depth > limits.depth {
            format!(
                "Query has depth of {}, which exceeds max depth of {}",
                self.depth, limits.depth
            )
        } else if self.rows > limits.rows {
            format!(
                "Query could return {} rows, which exceeds max rows of {}",
                self.rows, limits.rows
            )
        } else if self.introspected > limits.introspected {
            "Query asks for too much of the schema at once".to_owned()
        } else {
            return cost.check();
        };
        Err(Refusal {
            cost: Some(cost),
            ..Refusal::too_complex(message)
        })
    }
}
/// Adds up what an operation asks for. The document has passed [`check_expansion`].
pub(in crate::graphql) fn measure(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    shape: &Shape,
) -> Measure {
    let mut walk = Walk {
        fragments: &document.fragments,
        values: Values::of(operation, variables),
        shape,
        touches_data: false,
        measure: Measure::default(),
    };
    let root = Place {
        ty: shape.root(operation.ty),
        depth: 0,
        rows: 1,
    };
    let inside = walk.selections(&operation.selection_set.node, root);
    if walk.touches_data {
        let points = inside.each.saturating_add(inside.once).div_ceil(POINT);
        walk.measure.score = u32::try_from(points).unwrap_or(u32::MAX);
    }
    walk.measure
}

struct Walk<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    values: Values<'a>,
    shape: &'a Shape,
    touches_data: bool,
    measure: Measure,
}

/// Where in the answer a selection stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// `None` for a type that is not known: the validation will say so.
    ty: Option<&'a Kind>,
    /// Fields above.
    depth: u32,
    /// The product of the pages above.
    rows: u64,
}

/// What a selection costs, in tenths of a point.
#[derive(Default)]
struct Inside {
    /// Paid for each row of the connection around it.
    each: u64,
    /// Paid once: a connection is counted once, whatever its page.
    once: u64,
    /// Whether rows are asked for at all.
    takes_rows: bool,
}

impl Inside {
    fn add(&mut self, other: &Self) {
        self.each = self.each.saturating_add(other.each);
        self.once = self.once.saturating_add(other.once);
        self.takes_rows |= other.takes_rows;
    }
}

impl<'a> Walk<'a> {
    fn selections(&mut self, set: &'a SelectionSet, place: Place<'a>) -> Inside {
        let mut all = Inside::default();
        for selection in &set.items {
            if self.values.skips(selection.node.directives()) {
                continue;
            }
            all.add(&match &selection.node {
                Selection::Field(field) => self.field(&field.node, place),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let ty = condition.map_or(place.ty, |condition| self.shape.kind(&condition.node.on.node));
                    self.selections(&fragment.node.selection_set.node, Place { ty, ..place })
                }
                Selection::FragmentSpread(spread) => match self.fragments.get(&spread.node.fragment_name.node) {
                    Some(fragment) => {
                        let ty = self.shape.kind(&fragment.node.type_condition.node.on.node);
                        self.selections(&fragment.node.selection_set.node, Place { ty, ..place })
                    }
                    None => Inside::default(),
                },
            });
        }
        all
    }

    fn field(&mut self, field: &'a Field, place: Place<'a>) -> Inside {
        let name = field.name.node.as_str();
        if matches!(name, "__schema" | "__type" | "_service") {
            return self.introspection(field);
        }
        self.touches_data |= !name.starts_with("__");
        let depth = place.depth + 1;
        self.measure.depth = self.measure.depth.max(depth);

        let in_connection = place.ty.is_some_and(Kind::is_connection);
        let ty = place
            .ty
            .and_then(|ty| ty.field(name))
            .and_then(|field| self.shape.kind(&field.ty));
        let own = POINT.saturating_add(self.values.listed(field));
        let inner = &field.selection_set.node;
        let each = if ty.is_some_and(Kind::is_connection) {
            let page = self.values.page(field);
            own.saturating_add(self.connection(field, ty, depth, place.rows, page))
        } else if name == "_entities" {
            let named = self.values.listed(field);
            own.saturating_add(self.connection(field, ty, depth, place.rows, named))
        } else {
            let inside = self.selections(
                inner,
                Place {
                    ty,
                    depth,
                    rows: place.rows,
                },
            );
            own.saturating_add(inside.each).saturating_add(inside.once)
        };
        if in_connection && name == "count" {
            return Inside {
                once: each,
                ..Inside::default()
            };
        }
        Inside {
            each,
            once: 0,
            takes_rows: in_connection && matches!(name, "nodes" | "edges"),
        }
    }

    /// What is inside a connection, or a list of entities, × (1 + page ÷ 100), rounded up.
    fn connection(&mut self, field: &'a Field, ty: Option<&'a Kind>, depth: u32, above: u64, page: u64) -> u64 {
        let rows = above.saturating_mul(page);
        let inside = self.selections(&field.selection_set.node, Place { ty, depth, rows });
        if inside.takes_rows || !ty.is_some_and(Kind::is_connection) {
            self.measure.rows = self.measure.rows.saturating_add(rows);
        }
        let points = inside.each.saturating_mul(100 + page).div_ceil(100 * POINT);
        points.saturating_mul(POINT).saturating_add(inside.once)
    }

    /// A point a field; how many facts it may bring is estimated apart, for types lead to fields and back to types.
    fn introspection(&mut self, field: &'a Field) -> Inside {
        let mut fields = 1;
        self.introspect(&field.selection_set.node, 1, &mut fields);
        Inside {
            each: fields * POINT,
            ..Inside::default()
        }
    }

    fn introspect(&mut self, set: &'a SelectionSet, times: u64, fields: &mut u64) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    *fields += 1;
                    self.measure.introspected = self.measure.introspected.saturating_add(times);
                    let items = match field.node.name.node.as_str() {
                        "types" => self.shape.len() as u64,
                        // All of it in one text.
                        "sdl" => {
                            let all = (self.shape.len() as u64).saturating_mul(256);
                            self.measure.introspected = self.measure.introspected.saturating_add(all);
                            1
                        }
                        "fields" | "inputFields" | "enumValues" | "possibleTypes" | "directives" => 8,
                        "args" | "interfaces" => 4,
                        _ => 1,
                    };
                    self.introspect(&field.node.selection_set.node, times.saturating_mul(items), fields);
                }
                Selection::InlineFragment(fragment) => {
                    self.introspect(&fragment.node.selection_set.node, times, fields);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) {
                        self.introspect(&fragment.node.selection_set.node, times, fields);
                    }
                }
            }
        }
    }
}

/// What the arguments of an operation say once its variables are filled in.
struct Values<'a> {
    variables: HashMap<&'a str, &'a ConstValue>,
}

impl<'a> Values<'a> {
    fn of(operation: &'a OperationDefinition, variables: &'a Variables) -> Self {
        let value = |definition: &'a Positioned<VariableDefinition>| {
            let name = &definition.node.name.node;
            let default = definition.node.default_value.as_ref().map(|value| &value.node);
            Some((name.as_str(), variables.get(name).or(default)?))
        };
        let variables = operation.variable_definitions.iter().filter_map(value).collect();
        Self { variables }
    }

    fn variable(&self, name: &Name) -> Option<&'a ConstValue> {
        self.variables.get(name.as_str()).copied()
    }

    /// The smaller of `first` and `last`; what cannot be a page counts as the largest.
    fn page(&self, field: &Field) -> u64 {
        let size = |name| match &field.get_argument(name)?.node {
            Value::Number(number) => number.as_u64(),
            Value::Variable(name) => match self.variable(name)? {
                ConstValue::Number(number) => number.as_u64(),
                _ => None,
            },
            _ => None,
        };
        let sizes = [size("first"), size("last"), Some(LARGEST_PAGE)];
        sizes.into_iter().flatten().min().unwrap_or(LARGEST_PAGE)
    }

    /// The number of items in the field's list arguments: a tenth of a point each.
    fn listed(&self, field: &Field) -> u64 {
        let items = field.arguments.iter().map(|(_, value)| match &value.node {
            Value::List(items) => items.len(),
            Value::Variable(name) => match self.variable(name) {
                Some(ConstValue::List(items)) => items.len(),
                _ => 0,
            },
            _ => 0,
        });
        items.sum::<usize>() as u64
    }

    fn skips(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let skipped_if = match directive.node.name.node.as_str() {
                "skip" => true,
                "include" => false,
                _ => return false,
            };
            let condition = directive.node.get_argument("if").and_then(|value| match &value.node {
                Value::Boolean(value) => Some(*value),
                Value::Variable(name) => match self.variable(name)? {
                    ConstValue::Boolean(value) => Some(*value),
                    _ => None,
                },
                _ => None,
            });
            condition == Some(skipped_if)
        })
    }
}
