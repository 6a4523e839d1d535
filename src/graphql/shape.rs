//! The schema as the limits and the check of variables see it: which field leads where, which types are connections.
//! Read once from the schema's own text, so that it cannot disagree with what is served.

use std::collections::{HashMap, HashSet};

use async_graphql::Positioned;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, OperationType, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{self, parse_schema};

/// All types of a schema by name.
#[derive(Debug, Default)]
pub(super) struct Shape {
    query: Option<String>,
    mutation: Option<String>,
    subscription: Option<String>,
    types: HashMap<String, Kind>,
}

/// One type.
#[derive(Debug)]
pub(super) enum Kind {
    /// Has fields; a union has none.
    Composite {
        fields: HashMap<String, FieldShape>,
        connection: bool,
    },
    Input {
        fields: HashMap<String, InputField>,
        /// Exactly one of the fields is given.
        one_of: bool,
    },
    Enum(HashSet<String>),
    Scalar,
}

/// One field of a type: where it leads and what it takes.
#[derive(Debug)]
pub(super) struct FieldShape {
    /// The name of its type, without lists.
    pub(super) ty: String,
    pub(super) arguments: HashSet<String>,
}

#[derive(Debug)]
pub(super) struct InputField {
    pub(super) ty: Type,
    pub(super) has_default: bool,
}

impl Shape {
    /// Reads a schema definition. Fails when the text is none.
    pub(super) fn of(sdl: &str) -> Result<Self, parser::Error> {
        let mut shape = Self::default();
        for definition in parse_schema(sdl)?.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    let name = |root: Option<Positioned<async_graphql::Name>>| root.map(|root| root.node.to_string());
                    shape.query = name(schema.node.query);
                    shape.mutation = name(schema.node.mutation);
                    shape.subscription = name(schema.node.subscription);
                }
                TypeSystemDefinition::Type(ty) => {
                    shape.types.insert(ty.node.name.node.to_string(), Kind::of(ty.node));
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        Ok(shape)
    }

    /// How many types there are.
    pub(super) fn len(&self) -> usize {
        self.types.len()
    }

    pub(super) fn kind(&self, name: &str) -> Option<&Kind> {
        self.types.get(name)
    }

    pub(super) fn root(&self, operation: OperationType) -> Option<&Kind> {
        let name = match operation {
            OperationType::Query => &self.query,
            OperationType::Mutation => &self.mutation,
            OperationType::Subscription => &self.subscription,
        };
        self.kind(name.as_ref()?)
    }
}

impl Kind {
    fn of(ty: TypeDefinition) -> Self {
        let name = ty.name.node;
        match ty.kind {
            TypeKind::Object(object) => Self::composite(&name, object.fields),
            TypeKind::Interface(interface) => Self::composite(&name, interface.fields),
            TypeKind::Union(_) => Self::composite(&name, Vec::new()),
            TypeKind::Enum(values) => Self::Enum(
                values
                    .values
                    .into_iter()
                    .map(|value| value.node.value.node.to_string())
                    .collect(),
            ),
            TypeKind::InputObject(input) => Self::Input {
                fields: input.fields.into_iter().map(input_field).collect(),
                one_of: ty.directives.iter().any(|used| used.node.name.node == "oneOf"),
            },
            TypeKind::Scalar => Self::Scalar,
        }
    }

    fn composite(name: &str, fields: Vec<Positioned<FieldDefinition>>) -> Self {
        let fields: HashMap<_, _> = fields.into_iter().map(field_shape).collect();
        let connection = name.ends_with("Connection") && fields.contains_key("pageInfo");
        Self::Composite { fields, connection }
    }

    pub(super) fn field(&self, name: &str) -> Option<&FieldShape> {
        match self {
            Self::Composite { fields, .. } => fields.get(name),
            _ => None,
        }
    }

    pub(super) fn is_connection(&self) -> bool {
        matches!(self, Self::Composite { connection: true, .. })
    }
}

fn field_shape(field: Positioned<FieldDefinition>) -> (String, FieldShape) {
    let field = field.node;
    let arguments = field
        .arguments
        .into_iter()
        .map(|argument| argument.node.name.node.to_string())
        .collect();
    let ty = innermost(&field.ty.node).to_owned();
    (field.name.node.to_string(), FieldShape { ty, arguments })
}

fn input_field(field: Positioned<async_graphql::parser::types::InputValueDefinition>) -> (String, InputField) {
    let has_default = field.node.default_value.is_some();
    (
        field.node.name.node.to_string(),
        InputField {
            ty: field.node.ty.node,
            has_default,
        },
    )
}

fn innermost(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => innermost(inner),
    }
}
