use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{ConstDirective, TypeKind, TypeSystemDefinition};
use async_graphql::{EmptyMutation, EmptySubscription, Enum, InputObject, Object, Positioned, Schema};
use serde_json::{Value, json};

use super::*;
use crate::graphql::engine::{Ask, Client, Engine, Introspection, Tier};
use crate::graphql::limits::Limits;

struct Query;

#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum Sort {
    NameAsc,
    #[graphql(deprecation = "Deprecated in 1.4. Use `NAME_ASC`.")]
    Name,
}

#[derive(InputObject)]
struct Filter {
    name: Option<String>,
    #[graphql(deprecation = "Deprecated in 1.4. Use `name`.")]
    title: Option<String>,
}

#[Object]
impl Query {
    async fn new(&self) -> &str {
        "new"
    }

    #[graphql(deprecation = "Deprecated in 1.4. Use `new`.")]
    async fn old(&self) -> &str {
        "old"
    }

    async fn list(
        &self,
        sort: Option<Sort>,
        filter: Option<Filter>,
        #[graphql(deprecation = "Deprecated in 1.4. Use `filter`.")] search: Option<String>,
    ) -> String {
        let filter = filter.and_then(|filter| filter.name.or(filter.title)).or(search);
        format!("{:?} {filter:?}", sort.map(|sort| sort == Sort::Name))
    }
}

/// What the schema answers, with and without what is deprecated: the code and the text of a refusal, or the data.
async fn answers(text: &str, variables: Value) -> [Value; 2] {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let engine = Engine::new(schema, Limits::default(), Introspection::On).unwrap();
    let client = Client {
        tier: Tier::Anonymous,
        may_read: true,
        may_write: true,
        equip: Box::new(|request| request),
    };
    let answer = async |remove_deprecated: bool| {
        let ask = Ask {
            query: Some(text.to_owned()),
            variables: Variables::from_json(variables.clone()),
            remove_deprecated,
            ..Ask::default()
        };
        match engine.admit(ask, &client) {
            Ok(admitted) => serde_json::to_value(engine.run(admitted, None).await).unwrap()["data"].clone(),
            Err(refusal) => Value::String(refusal.errors[0].message.clone()),
        }
    };
    [answer(false).await, answer(true).await]
}

#[tokio::test]
async fn what_is_deprecated_is_not_there_for_those_who_ask() {
    for (text, variables, refusal) in [
        ("{old}", json!({}), "Unknown field \"old\" on type \"Query\"."),
        (
            "{list(search:\"a\")}",
            json!({}),
            "Unknown argument \"search\" on field \"list\" of type \"Query\".",
        ),
        (
            "{list(sort:NAME)}",
            json!({}),
            "Enumeration type \"Sort\" does not contain the value \"NAME\".",
        ),
        (
            "{list(filter:{title:\"a\"})}",
            json!({}),
            "Unknown field \"title\" of type \"Filter\".",
        ),
        (
            "{...F} fragment F on Query{...{old}}",
            json!({}),
            "Unknown field \"old\" on type \"Query\".",
        ),
        (
            "query($s:Sort){list(sort:$s)}",
            json!({"s": "NAME"}),
            "Variable $s of type Sort was provided invalid value: Expected a value of Sort",
        ),
        (
            "query($f:Filter){list(filter:$f)}",
            json!({"f": {"title": "a"}}),
            "Variable $f of type Filter was provided invalid value for title (Field is not defined on Filter)",
        ),
    ] {
        let [with, without] = answers(text, variables).await;
        assert!(with.is_object(), "{text}: {with}");
        assert_eq!(without, refusal, "{text}");
    }
    let [with, without] = answers("{new list(sort:NAME_ASC,filter:{name:\"a\"})}", json!({})).await;
    assert_eq!(with, without);
}

#[tokio::test]
async fn introspection_does_not_list_it_whatever_it_is_asked() {
    let listed = |of: &str| {
        format!(
            "query($all:Boolean=true){{__type(name:\"Query\"){{fields(includeDeprecated:{of}){{name args(includeDeprecated:{of}){{name}}}}}} \
             sort:__type(name:\"Sort\"){{enumValues(includeDeprecated:{of}){{name}}}} \
             filter:__type(name:\"Filter\"){{...I}} x:__type(name:\"Sort\")@include(if:$all){{kind}}}} \
             fragment I on __Type{{inputFields(includeDeprecated:{of}){{name}}}}"
        )
    };
    for of in ["true", "$all"] {
        let [with, without] = answers(&listed(of), json!({"all": true})).await;
        for (name, there) in [
            ("old", false),
            ("search", false),
            ("NAME", false),
            ("title", false),
            ("new", true),
            ("filter", true),
            ("NAME_ASC", true),
        ] {
            let name = format!("\"name\":\"{name}\"");
            assert!(with.to_string().contains(&name), "{name} {with}");
            assert_eq!(without.to_string().contains(&name), there, "{name} {without}");
        }
    }
}

#[test]
fn every_reason_says_since_when_and_what_instead() {
    let mut reasons = Vec::new();
    let mut note = |directives: &[Positioned<ConstDirective>]| {
        for used in directives.iter().filter(|used| used.node.name.node == "deprecated") {
            let reason = used.node.arguments.iter().find(|(name, _)| name.node == "reason");
            reasons.push(reason.map_or_else(String::new, |(_, reason)| reason.node.to_string()));
        }
    };
    for definition in parse_schema(crate::graphql::sdl()).unwrap().definitions {
        let TypeSystemDefinition::Type(ty) = definition else {
            continue;
        };
        match ty.node.kind {
            TypeKind::Object(async_graphql::parser::types::ObjectType { fields, .. })
            | TypeKind::Interface(async_graphql::parser::types::InterfaceType { fields, .. }) => {
                for field in &fields {
                    note(&field.node.directives);
                    field
                        .node
                        .arguments
                        .iter()
                        .for_each(|argument| note(&argument.node.directives));
                }
            }
            TypeKind::Enum(values) => values.values.iter().for_each(|value| note(&value.node.directives)),
            TypeKind::InputObject(input) => input.fields.iter().for_each(|field| note(&field.node.directives)),
            TypeKind::Scalar | TypeKind::Union(_) => {}
        }
    }
    assert!(!reasons.is_empty());
    for reason in reasons {
        assert!(is_a_reason(&reason), "{reason}");
    }
}

/// `Deprecated in 1.4. Use `y`.`, or `Experiment since 1.4.` and more words.
fn is_a_reason(reason: &str) -> bool {
    let reason = reason.trim_matches('"');
    let version = |text: &str| text.split('.').count() == 2 && text.split('.').all(|part| part.parse::<u32>().is_ok());
    let deprecated = reason
        .strip_prefix("Deprecated in ")
        .and_then(|rest| rest.split_once(". Use `"));
    let experiment = reason
        .strip_prefix("Experiment since ")
        .and_then(|rest| rest.split_once(". "));
    deprecated.is_some_and(|(since, instead)| version(since) && instead.ends_with("`."))
        || experiment.is_some_and(|(since, _)| version(since))
}
