//! The schema as the limits and the check of variables see it: which field leads where, which types are connections.
//! Read once from the schema's own text, so that it cannot disagree with what is served.

use std::collections::{HashMap, HashSet};

use async_graphql::Positioned;
use async_graphql::parser::types::{
    BaseType, ConstDirective, FieldDefinition, InputValueDefinition, OperationType, Type, TypeDefinition, TypeKind,
    TypeSystemDefinition,
};
use async_graphql::parser::{self, parse_schema};

/// Whether something with these directives stays.
type Keep = fn(&[Positioned<ConstDirective>]) -> bool;

/// All types of a schema by name.
#[derive(Debug, Default)]
pub(super) struct Shape {
    query: Option<String>,
    mutation: Option<String>,
    subscription: Option<String>,
    types: HashMap<String, Kind>,
    directives: HashMap<String, HashMap<String, InputField>>,
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
    pub(super) arguments: HashMap<String, InputField>,
}

/// What an argument or a field of an input object takes.
#[derive(Debug)]
pub(super) struct InputField {
    pub(super) ty: Type,
    pub(super) has_default: bool,
}

impl Shape {
    /// Reads a schema definition. Fails when the text is none.
    pub(super) fn of(sdl: &str) -> Result<Self, parser::Error> {
        Self::keeping(sdl, |_| true)
    }

    /// The same without what is deprecated.
    pub(super) fn without_deprecated(sdl: &str) -> Result<Self, parser::Error> {
        Self::keeping(sdl, |directives| {
            !directives.iter().any(|used| used.node.name.node == "deprecated")
        })
    }

    fn keeping(sdl: &str, keep: Keep) -> Result<Self, parser::Error> {
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
                    shape
                        .types
                        .insert(ty.node.name.node.to_string(), Kind::of(ty.node, keep));
                }
                TypeSystemDefinition::Directive(directive) => {
                    let directive = directive.node;
                    let arguments = directive.arguments.into_iter().map(input_field).collect();
                    shape.directives.insert(directive.name.node.to_string(), arguments);
                }
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

    /// A type with its name as the schema keeps it.
    pub(super) fn entry(&self, name: &str) -> Option<(&str, &Kind)> {
        self.types.get_key_value(name).map(|(name, kind)| (name.as_str(), kind))
    }

    /// The arguments of a directive.
    pub(super) fn directive(&self, name: &str) -> Option<&HashMap<String, InputField>> {
        self.directives.get(name)
    }

    pub(super) fn root(&self, operation: OperationType) -> Option<&Kind> {
        self.kind(self.root_name(operation)?)
    }

    pub(super) fn root_name(&self, operation: OperationType) -> Option<&str> {
        let name = match operation {
            OperationType::Query => &self.query,
            OperationType::Mutation => &self.mutation,
            OperationType::Subscription => &self.subscription,
        };
        name.as_deref()
    }
}

impl Kind {
    fn of(ty: TypeDefinition, keep: Keep) -> Self {
        let name = ty.name.node;
        match ty.kind {
            TypeKind::Object(object) => Self::composite(&name, object.fields, keep),
            TypeKind::Interface(interface) => Self::composite(&name, interface.fields, keep),
            TypeKind::Union(_) => Self::composite(&name, Vec::new(), keep),
            TypeKind::Enum(values) => Self::Enum(
                values
                    .values
                    .into_iter()
                    .filter(|value| keep(&value.node.directives))
                    .map(|value| value.node.value.node.to_string())
                    .collect(),
            ),
            TypeKind::InputObject(input) => Self::Input {
                fields: input_fields(input.fields, keep),
                one_of: ty.directives.iter().any(|used| used.node.name.node == "oneOf"),
            },
            TypeKind::Scalar => Self::Scalar,
        }
    }

    fn composite(name: &str, fields: Vec<Positioned<FieldDefinition>>, keep: Keep) -> Self {
        let kept = fields.into_iter().filter(|field| keep(&field.node.directives));
        let fields: HashMap<_, _> = kept.map(|field| field_shape(field, keep)).collect();
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

fn field_shape(field: Positioned<FieldDefinition>, keep: Keep) -> (String, FieldShape) {
    let field = field.node;
    let arguments = input_fields(field.arguments, keep);
    let ty = innermost(&field.ty.node).to_owned();
    (field.name.node.to_string(), FieldShape { ty, arguments })
}

fn input_fields(fields: Vec<Positioned<InputValueDefinition>>, keep: Keep) -> HashMap<String, InputField> {
    let kept = fields.into_iter().filter(|field| keep(&field.node.directives));
    kept.map(input_field).collect()
}

fn input_field(field: Positioned<InputValueDefinition>) -> (String, InputField) {
    let has_default = field.node.default_value.is_some();
    (
        field.node.name.node.to_string(),
        InputField {
            ty: field.node.ty.node,
            has_default,
        },
    )
}

/// The name of a type without its lists.
pub(super) fn innermost(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => innermost(inner),
    }
}
