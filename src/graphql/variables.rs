//! Whether the values that came with a request fit the variables of its operation.
//! The library would only notice while it executes, and would not say that the input was at fault.

use std::collections::HashMap;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type, VariableDefinition,
};
use async_graphql::{Name, Positioned, ServerError, Value, Variables};
use async_graphql_value::Value as Written;

use super::error::{Refusal, code, server_error};
use super::scalars::misread;
use super::shape::{InputField, Kind, Shape, innermost};
use super::tour::{Met, Place, Tour};

/// What the uses of all variables may add up to, in values: the library copies a value wherever its variable stands.
const MOST_COPIES: usize = 100_000;
/// What looking for the variables of every use may add up to: the library searches all definitions, for every operation, and says so of each it misses.
const MOST_SEARCHES: usize = 500_000;
/// What is said of a variable that is missed, in searches.
const COMPLAINT: usize = 50;

/// Refuses variables whose values are too large for how often they are used.
pub(super) fn check_size(document: &ExecutableDocument, variables: &Variables) -> Result<(), Refusal> {
    if variables.is_empty() {
        return Ok(());
    }
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    let mut copies: usize = 0;
    each_use(document, &mut |name| {
        let size = || variables.get(name).map_or(0, size);
        let size = *sizes.entry(name.as_str()).or_insert_with(size);
        copies = copies.saturating_add(size);
    });
    if copies > MOST_COPIES {
        return Err(Refusal::too_complex("Large variables are used too often"));
    }
    Ok(())
}

/// How many values there are in one; a long text counts as several.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / 64,
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(|value| 1 + size(value)).sum::<usize>(),
        _ => 1,
    }
}

/// Refuses variables of types that are not there, on which the library would fall over, and too many uses of too many.
pub(super) fn check_types(document: &ExecutableDocument, shape: &Shape) -> Result<(), Refusal> {
    let mut uses: usize = 0;
    each_use(document, &mut |_| uses += 1);
    let operations = document.operations.iter().map(|(_, operation)| &operation.node);
    let definitions: Vec<_> = operations
        .flat_map(|operation| &operation.variable_definitions)
        .collect();
    let searches = definitions.len() + document.operations.iter().count() * COMPLAINT;
    if uses.saturating_mul(searches) > MOST_SEARCHES {
        return Err(Refusal::too_complex("The document uses too many variables too often"));
    }
    for definition in definitions {
        let name = innermost(&definition.node.var_type.node);
        let is_known = matches!(name, "Int" | "Float" | "String" | "Boolean" | "ID") || shape.kind(name).is_some();
        if !is_known {
            let message = format!("Unknown type \"{name}\".");
            let error = server_error(code::GRAPHQL_VALIDATION_FAILED, message, Some(definition.pos));
            return Err(Refusal::document(error));
        }
    }
    Ok(())
}

/// Every place of a document at which a variable stands.
fn each_use<'a>(document: &'a ExecutableDocument, meet: &mut impl FnMut(&'a Name)) {
    for (_, operation) in document.operations.iter() {
        uses_of_directives(&operation.node.directives, meet);
        uses_of_set(&operation.node.selection_set.node, meet);
    }
    for fragment in document.fragments.values() {
        uses_of_directives(&fragment.node.directives, meet);
        uses_of_set(&fragment.node.selection_set.node, meet);
    }
}

fn uses_of_set<'a>(set: &'a SelectionSet, meet: &mut impl FnMut(&'a Name)) {
    for selection in &set.items {
        uses_of_directives(selection.node.directives(), meet);
        match &selection.node {
            Selection::Field(field) => {
                for (_, value) in &field.node.arguments {
                    uses_of_value(&value.node, meet);
                }
                uses_of_set(&field.node.selection_set.node, meet);
            }
            Selection::InlineFragment(fragment) => uses_of_set(&fragment.node.selection_set.node, meet),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn uses_of_directives<'a>(directives: &'a [Positioned<Directive>], meet: &mut impl FnMut(&'a Name)) {
    for (_, value) in directives.iter().flat_map(|directive| &directive.node.arguments) {
        uses_of_value(&value.node, meet);
    }
}

fn uses_of_value<'a>(value: &'a Written, meet: &mut impl FnMut(&'a Name)) {
    match value {
        Written::Variable(name) => meet(name),
        Written::List(items) => items.iter().for_each(|value| uses_of_value(value, meet)),
        Written::Object(fields) => fields.values().for_each(|value| uses_of_value(value, meet)),
        _ => {}
    }
}

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
            None => Some(Problem::new(NULL)),
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

/// What is wrong with a value: where in it, and why.
#[derive(Debug)]
struct Problem {
    /// Names of fields and numbers of items, innermost first; empty for the value as a whole.
    path: Vec<String>,
    text: String,
}

impl Problem {
    fn new(text: impl Into<String>) -> Self {
        let (path, text) = (Vec::new(), text.into());
        Self { path, text }
    }

    fn within(mut self, place: &impl ToString) -> Self {
        self.path.push(place.to_string());
        self
    }
}

/// ` for invitees.3.userId (…)`, or `: …` for the value as a whole.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, text } = self;
        if path.is_empty() {
            return write!(f, ": {text}");
        }
        let path: Vec<_> = path.iter().rev().map(String::as_str).collect();
        write!(f, " for {} ({text})", path.join("."))
    }
}

fn problem(value: &Value, ty: &Type, shape: &Shape) -> Option<Problem> {
    match (value, &ty.base) {
        (Value::Null, _) => (!ty.nullable).then(|| Problem::new(NULL)),
        (Value::List(items), BaseType::List(item)) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(number, value)| Some(problem(value, item, shape)?.within(&number)))
        }
        // One value stands for a list of one.
        (value, BaseType::List(item)) => problem(value, item, shape),
        (value, BaseType::Named(name)) => problem_of_named(value, name, shape),
    }
}

const NULL: &str = "Expected value to not be null";

fn problem_of_named(value: &Value, name: &str, shape: &Shape) -> Option<Problem> {
    let is_taken = match (name, value) {
        ("Int", Value::Number(number)) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        ("ID", Value::Number(number)) => number.is_i64() || number.is_u64(),
        ("Float", Value::Number(_)) | ("Boolean", Value::Boolean(_)) => true,
        ("String" | "ID", Value::String(text)) => {
            // No database takes that character in a text.
            return text
                .contains('\0')
                .then(|| Problem::new("A string must not hold the character U+0000"));
        }
        ("Int" | "Float" | "String" | "ID" | "Boolean", _) => false,
        _ => {
            return match (shape.kind(name), value) {
                (Some(Kind::Enum(values)), Value::String(value)) if values.contains(value) => None,
                (Some(Kind::Enum(_)), _) => Some(Problem::new(format!("Expected a value of {name}"))),
                (Some(Kind::Input { fields, one_of }), Value::Object(given)) => {
                    problem_of_input(given, name, fields, shape).or_else(|| {
                        let is_one = given.len() == 1 && given.values().all(|value| *value != Value::Null);
                        (*one_of && !is_one).then(|| Problem::new(format!("{name} takes exactly one field")))
                    })
                }
                (Some(Kind::Input { .. }), _) => Some(Problem::new("Expected an object")),
                _ => misread(name, value).map(Problem::new),
            };
        }
    };
    (!is_taken).then(|| Problem::new(format!("Could not coerce value to {name}")))
}

fn problem_of_input(
    given: &IndexMap<Name, Value>,
    of: &str,
    fields: &HashMap<String, InputField>,
    shape: &Shape,
) -> Option<Problem> {
    let of_given = |(name, value): (&Name, &Value)| match fields.get(name.as_str()) {
        Some(field) => Some(problem(value, &field.ty, shape)?.within(name)),
        None => Some(Problem::new(format!("Field is not defined on {of}")).within(name)),
    };
    given.iter().find_map(of_given).or_else(|| {
        let is_missing = |(name, field): &(&String, &InputField)| {
            !given.contains_key(name.as_str()) && !field.ty.nullable && !field.has_default
        };
        // By name: the fields have no order here.
        let missing = fields.iter().filter(is_missing).map(|(name, _)| name).min()?;
        Some(Problem::new(NULL).within(missing))
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    const SCHEMA: &str = "
        scalar Time
        enum Level { LOW HIGH }
        input Invitee { email: String!, level: Level = LOW, until: Time }
        input Source @oneOf { id: ID, path: String }
        type Query { a(x: Invitee): Int }
        schema { query: Query }";

    /// Whether a variable of the type takes the JSON value; `None` leaves it out.
    fn takes(ty: &str, value: Option<serde_json::Value>) -> bool {
        let document = parse_query(format!("query($v: {ty}) {{ a }}")).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let variables = Variables::from_json(value.map_or(json!({}), |value| json!({ "v": value })));
        check(&document, &operation.node, &variables, &Shape::of(SCHEMA).unwrap()).is_ok()
    }

    #[test]
    fn values_fit_as_the_specification_says() {
        for (ty, value) in [
            ("Int", json!(7)),
            ("Int", json!(null)),
            ("Float!", json!(7)),
            ("ID!", json!(7)),
            ("ID!", json!("gid://gitlab/Group/7")),
            ("String", json!("")),
            ("Boolean", json!(false)),
            ("[Int!]", json!([1, 2])),
            ("[Int!]", json!(1)),
            ("[[Int]]", json!([[1], null])),
            ("Level", json!("HIGH")),
            ("Time", json!("2027-01-02")),
            ("Invitee!", json!({"email": "a@example.com"})),
            ("[Invitee!]!", json!([{"email": "a@example.com", "level": null}])),
            ("Unknown", json!(1)),
            ("Source!", json!({"path": "acme"})),
        ] {
            assert!(takes(ty, Some(value.clone())), "{ty} should take {value}");
        }
    }

    #[test]
    fn values_of_another_type_are_refused() {
        for (ty, value) in [
            ("Int", json!("7")),
            ("Int", json!(1.5)),
            ("Int", json!(3_000_000_000_u64)),
            ("Int!", json!(null)),
            ("ID!", json!(true)),
            ("String", json!(7)),
            ("String", json!("a\0b")),
            ("Invitee", json!({"email": "\0"})),
            ("Boolean", json!("true")),
            ("[Int!]", json!([1, null])),
            ("Level", json!("MIDDLE")),
            ("Level", json!(1)),
            ("Invitee", json!({})),
            ("Invitee", json!({"email": "a", "surprise": 1})),
            ("Invitee", json!("a")),
            ("Invitee", json!({"email": null})),
            ("Source", json!({})),
            ("Source", json!({"path": null})),
            ("Source", json!({"path": "acme", "id": 7})),
        ] {
            assert!(!takes(ty, Some(value.clone())), "{ty} should not take {value}");
        }
    }

    #[test]
    fn only_what_may_be_null_or_has_a_default_may_be_left_out() {
        assert!(takes("Int", None));
        assert!(takes("Int! = 3", None));
        assert!(!takes("Int!", None));
    }

    const PLACES: &str = "
        scalar UserID
        input Where { id: UserID!, ids: [UserID!], level: Int! = 1 }
        directive @include(if: Boolean!) on FIELD
        type Query { user(id: UserID, at: Where, ids: [UserID!]): Int }
        schema { query: Query }";

    /// The code and the text of what is wrong with a document whose variable `v` is given.
    fn refusal(text: &str, value: &serde_json::Value) -> Option<(String, String)> {
        let document = parse_query(text).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let variables = Variables::from_json(json!({ "v": value }));
        let error = check(&document, &operation.node, &variables, &Shape::of(PLACES).unwrap()).err()?;
        let code = serde_json::to_value(&error).unwrap()["extensions"]["code"].to_string();
        Some((code, error.message))
    }

    #[test]
    fn a_value_that_is_no_id_of_its_kind_is_bad_input() {
        let text = "query($v: UserID) { user(id: $v) }";
        assert_eq!(refusal(text, &json!("gid://gitlab/User/1")), None);
        let (code, message) = refusal(text, &json!("gid://gitlab/Group/1")).unwrap();
        assert_eq!(code, "\"BAD_USER_INPUT\"");
        assert!(
            message.ends_with("\"gid://gitlab/Group/1\" is not a valid ID for UserID"),
            "{message}"
        );
    }

    #[test]
    fn what_is_wrong_inside_of_an_input_is_named() {
        for (value, wanted) in [
            (json!({}), " for id (Expected value to not be null)"),
            (json!({"id": "x"}), " for id (\"x\" is not a valid ID for UserID)"),
            (
                json!({"id": "gid://gitlab/User/1", "ids": ["gid://gitlab/User/1", null]}),
                " for ids.1 (Expected value to not be null)",
            ),
            (
                json!({"id": "gid://gitlab/User/1", "level": "x"}),
                " for level (Could not coerce value to Int)",
            ),
            (
                json!({"id": "gid://gitlab/User/1", "nope": 1}),
                " for nope (Field is not defined on Where)",
            ),
            (json!(1), ": Expected an object"),
        ] {
            let (code, message) = refusal("query($v: Where) { user(at: $v) }", &value).unwrap();
            assert_eq!(code, "\"BAD_USER_INPUT\"");
            assert!(message.ends_with(&format!("invalid value{wanted}")), "{message}");
        }
    }

    #[test]
    fn a_variable_that_stands_where_it_does_not_fit_is_the_documents_fault() {
        for text in [
            "query($v: Int) { user(id: $v) }",
            "query($v: Int!) { user(at: {id: $v}) }",
            "query($v: Int!) { user(ids: [$v]) }",
            "query($v: Int!) { ...F } fragment F on Query { user(id: $v) }",
            "query($v: Int!) { user @include(if: $v) }",
        ] {
            for value in [json!("x"), json!(1), json!(null)] {
                let (code, message) = refusal(text, &value).unwrap();
                assert_eq!(code, "\"GRAPHQL_VALIDATION_FAILED\"", "{text}");
                assert!(message.contains("used in position expecting type"), "{message}");
            }
        }
        for text in ["query($v: Int) { user(at: {level: $v}) }", "query($v: Int!) { user }"] {
            let (code, _) = refusal(text, &json!("x")).unwrap();
            assert_eq!(code, "\"BAD_USER_INPUT\"", "{text}");
        }
    }

    fn too_complex(refused: Result<(), Refusal>) -> bool {
        refused.is_err_and(|refusal| {
            refusal.errors[0]
                .extensions
                .as_ref()
                .is_some_and(|given| given.get("code") == Some(&Value::from(code::QUERY_TOO_COMPLEX)))
        })
    }

    #[test]
    fn large_values_may_be_used_once_but_not_everywhere() {
        let text = |uses: usize| format!("query($v: [ID]) {{ {} }}", "user(ids: $v) ".repeat(uses));
        let refused = |uses: usize, items: usize| {
            let variables = Variables::from_json(json!({ "v": vec![1; items] }));
            too_complex(check_size(&parse_query(text(uses)).unwrap(), &variables))
        };
        assert!(!refused(1, 30_000));
        assert!(!refused(200, 100));
        assert!(refused(200, 30_000));
    }

    #[test]
    fn many_variables_may_be_used_by_one_operation_and_few_by_many() {
        let refused = |operations: usize, uses: usize| {
            let operations: Vec<_> = (0..operations).map(|n| format!("query Q{n} {{ ...F }}")).collect();
            let operations = operations.join(" ");
            let text = format!(
                "{operations} fragment F on Query {{ user(ids: [{}]) }}",
                "$v ".repeat(uses)
            );
            too_complex(check_types(&parse_query(text).unwrap(), &Shape::of(PLACES).unwrap()))
        };
        assert!(!refused(1, 2_000));
        assert!(!refused(50, 100));
        assert!(refused(100, 1_000));
    }

    #[test]
    fn a_type_that_is_not_there_is_the_documents_fault() {
        for ty in ["Nope", "[Nope!]", "[[Nope]]! = [[1]]"] {
            let document = parse_query(format!("query($v: {ty}) {{ user }}")).unwrap();
            let refusal = check_types(&document, &Shape::of(PLACES).unwrap()).unwrap_err();
            assert_eq!(refusal.errors[0].message, "Unknown type \"Nope\".");
        }
    }
}
