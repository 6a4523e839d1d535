//! How much one document may ask for: fields after expanding fragments, depth, rows, and GitLab's cost model.
//! Everything here ends early and saturates, so that refusing a document never costs what executing it would.

use std::collections::HashMap;
use std::time::Duration;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, ServerError, Value as ConstValue, Variables};
use async_graphql_value::Value;

use super::error::{Refusal, RefusalStatus, code, server_error};
use super::shape::{Kind, Shape};

/// After so many fields and arguments that the schema does not have, nobody looks further: the library would search
/// a similar name for each.
const MOST_STRANGERS: usize = 10;
/// The largest page of a connection, and the one that is counted when none is asked for.
const LARGEST_PAGE: u64 = 100;
/// Costs are added up in tenths of a point, for lists count a tenth an item.
const POINT: u64 = 10;

/// All limits of one document and one request.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a document, and of a whole body.
    pub text_bytes: usize,
    /// Names, values and punctuation marks.
    pub tokens: usize,
    /// Braces, brackets and parentheses open at once.
    pub nesting: usize,
    /// Bytes of a name or a number.
    pub name_bytes: usize,
    /// Aliases in the text.
    pub aliases: usize,
    /// Directives in the text.
    pub directives: usize,
    /// Fields of all operations after expanding fragments.
    pub fields: u64,
    /// Selection sets inside each other, those of fragments included.
    pub levels: u32,
    /// Fields inside each other.
    pub depth: u32,
    /// Rows that the pages of all connections could add up to.
    pub rows: u64,
    /// Facts of the schema that a document may ask for by introspection, as an estimate.
    pub introspected: u64,
    /// The cost of one request, for callers without a token, users, and administrators.
    pub cost: CostLimits,
    /// Operations in one batch.
    pub batch: usize,
    /// How long one request may take.
    pub time: Duration,
}

/// The highest cost by who asks, in points.
#[derive(Debug, Clone, Copy)]
pub struct CostLimits {
    /// No token.
    pub anonymous: u32,
    /// A user.
    pub user: u32,
    /// An administrator.
    pub admin: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: 64 * 1024,
            tokens: 5_000,
            nesting: 64,
            name_bytes: 256,
            aliases: 200,
            directives: 50,
            fields: 2_000,
            levels: 32,
            depth: 20,
            rows: 50_000,
            introspected: 500_000,
            cost: CostLimits {
                anonymous: 200,
                user: 250,
                admin: 300,
            },
            batch: 10,
            time: Duration::from_secs(10),
        }
    }
}

/// What an operation costs and what the caller may spend on one request, in points.
/// Among the data of every request, for `queryComplexity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Points of this operation.
    pub score: u32,
    /// Points that the caller may spend.
    pub limit: u32,
}

impl Cost {
    /// Refuses what is too dear.
    pub(super) fn check(self) -> Result<(), Refusal> {
        if self.score <= self.limit {
            return Ok(());
        }
        let message = format!(
            "Query has complexity of {}, which exceeds max complexity of {}",
            self.score, self.limit
        );
        Err(Refusal {
            cost: Some(self),
            ..Refusal::too_complex(message)
        })
    }
}

/// What one operation asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Measure {
    /// Points; 0 for an operation of nothing but introspection.
    pub(super) score: u32,
    pub(super) depth: u32,
    pub(super) rows: u64,
    /// Estimated number of facts of the schema; 0 without introspection.
    pub(super) introspected: u64,
}

impl Measure {
    /// Refuses what is too deep, too wide or too dear.
    pub(super) fn check(&self, limits: &Limits, cost: Cost) -> Result<(), Refusal> {
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

/// Refuses a document whose fragments expand to too many fields, nest too deep, or lead back to themselves, and one
/// that hardly fits the schema at all. Each definition is visited once, whatever refers to it.
pub(super) fn check_expansion(document: &ExecutableDocument, limits: &Limits, shape: &Shape) -> Result<(), Refusal> {
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
            if !known.arguments.contains(argument.node.as_str()) {
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

/// Adds up what an operation asks for. The document has passed [`check_expansion`].
pub(super) fn measure(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    shape: &Shape,
) -> Measure {
    let mut walk = Walk {
        fragments: &document.fragments,
        values: Values { operation, variables },
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
    operation: &'a OperationDefinition,
    variables: &'a Variables,
}

impl Values<'_> {
    fn variable(&self, name: &Name) -> Option<&ConstValue> {
        self.variables.get(name).or_else(|| {
            let mut definitions = self.operation.variable_definitions.iter();
            let definition = definitions.find(|definition| definition.node.name.node == *name)?;
            definition.node.default_value.as_ref().map(|value| &value.node)
        })
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

#[cfg(test)]
mod tests;
