//! The parameters of a call, and the schemas of their values.

use serde_json::Value;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::schema::{
    AnyOfBuilder, ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{RefOr, Required};

use crate::rest::params::{Declared, Kind};

/// Whether it is a segment of the path.
pub(super) fn is_in_path(declared: &Declared, path: &str) -> bool {
    path.contains(&format!("{{{}}}", declared.name))
}

/// A parameter beside a body; `example` is its value in the example of the call.
pub(super) fn parameter(declared: &Declared, path: &str, example: Option<&Value>) -> ParameterBuilder {
    let is_list = matches!(declared.kind, Kind::Integers | Kind::Texts | Kind::Words(_));
    let name = if is_list {
        format!("{}[]", declared.name)
    } else {
        declared.name.to_owned()
    };
    let (place, required) = if is_in_path(declared, path) {
        (ParameterIn::Path, Required::True)
    } else if declared.required {
        (ParameterIn::Query, Required::True)
    } else {
        (ParameterIn::Query, Required::False)
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(declared.about))
        .style(is_list.then_some(ParameterStyle::Form))
        .explode(is_list.then_some(true))
        .schema(Some(schema(declared, None)))
        .example(example.cloned())
}

/// The schema of one value of a body, with what it means.
pub(super) fn described(declared: &Declared) -> RefOr<Schema> {
    schema(declared, Some(declared.about))
}

fn schema(declared: &Declared, about: Option<&str>) -> RefOr<Schema> {
    let plain = |kind| {
        ObjectBuilder::new()
            .schema_type(kind)
            .default(declared.default.clone())
            .description(about)
    };
    let list = |item: ObjectBuilder| ArrayBuilder::new().items(item).description(about).into();
    let format = |known| Some(SchemaFormat::KnownFormat(known));
    let number = |object: ObjectBuilder| object.format(format(KnownFormat::Int64));
    match &declared.kind {
        Kind::Integer => {
            let numbers = Some(declared.numbers.clone()).filter(|numbers| !numbers.is_empty());
            number(plain(Type::Integer)).enum_values(numbers).into()
        }
        Kind::Boolean => plain(Type::Boolean).into(),
        Kind::Text => plain(Type::String).into(),
        Kind::Word(words) => plain(Type::String).enum_values(Some(words.clone())).into(),
        Kind::Names => {
            let either = SchemaType::from_iter([Type::Integer, Type::String]);
            ObjectBuilder::new().schema_type(either).description(about).into()
        }
        Kind::Time => or_blank(plain(Type::String).format(format(KnownFormat::DateTime)), about),
        Kind::Date => or_blank(plain(Type::String).format(format(KnownFormat::Date)), about),
        Kind::Texts => list(ObjectBuilder::new().schema_type(Type::String)),
        Kind::Words(words) => list(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(words.clone())),
        ),
        Kind::Integers => list(number(ObjectBuilder::new().schema_type(Type::Integer))),
    }
}

/// A blank text counts as none given, or takes away what is there.
fn or_blank(value: ObjectBuilder, about: Option<&str>) -> RefOr<Schema> {
    let blank = ObjectBuilder::new().schema_type(Type::String).max_length(Some(0));
    AnyOfBuilder::new()
        .item(value.description(None::<String>))
        .item(blank)
        .description(about)
        .into()
}
