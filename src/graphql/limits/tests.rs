use std::fmt::Write;

use async_graphql::Variables;
use async_graphql::parser::parse_query;
use serde_json::json;

use super::measure::Measure;
use super::*;
use crate::graphql::shape::Shape;

const SCHEMA: &str = "
    type PageInfo { hasNextPage: Boolean }
    type Member { id: ID, level: Int, groups(first: Int, last: Int): GroupConnection, count: Int }
    type MemberEdge { node: Member }
    type MemberConnection { count(limit: Int): Int nodes: [Member] edges: [MemberEdge] pageInfo: PageInfo }
    type GroupConnection { count: Int nodes: [Group] pageInfo: PageInfo }
    interface Named { name: String }
    type Group implements Named { id: ID, name: String, parent: Group, members(first: Int, last: Int, ids: [ID]): MemberConnection }
    type Service { sdl: String }
    union Entity = Group | Member
    scalar Any
    type Query { _entities(representations: [Any]): [Entity], _service: Service, group(id: ID): Group, groups(ids: [ID], first: Int, last: Int): GroupConnection }
    schema { query: Query }";

fn measured(text: &str, variables: serde_json::Value) -> Measure {
    let document = parse_query(text).unwrap();
    assert!(check_expansion(&document, &Limits::default(), &Shape::of(SCHEMA).unwrap()).is_ok());
    let (_, operation) = document.operations.iter().next().unwrap();
    measure(
        &document,
        &operation.node,
        &Variables::from_json(variables),
        &Shape::of(SCHEMA).unwrap(),
    )
}

fn score(text: &str) -> u32 {
    measured(text, json!({})).score
}

fn rows(text: &str) -> u64 {
    measured(text, json!({})).rows
}

fn expansion(text: &str) -> Result<(), String> {
    check_expansion(
        &parse_query(text).unwrap(),
        &Limits::default(),
        &Shape::of(SCHEMA).unwrap(),
    )
    .map_err(|refusal| refusal.errors[0].message.clone())
}

#[test]
fn a_field_costs_a_point() {
    assert_eq!(score("{ group { id name } }"), 3);
    assert_eq!(score("{ a: group { id } b: group { id } }"), 4);
    assert_eq!(score("{ group { unknown { deeper } } }"), 3);
}

#[test]
fn a_connection_multiplies_what_is_inside_by_its_page() {
    // 1 + 2 × (1 + page ÷ 100), rounded up
    assert_eq!(score("{ groups(first: 100) { nodes { id } } }"), 5);
    assert_eq!(score("{ groups(first: 50) { nodes { id } } }"), 4);
    assert_eq!(score("{ groups(first: 1) { nodes { id } } }"), 4);
    assert_eq!(score("{ groups(first: 0) { nodes { id } } }"), 3);
    // 1 + (1 + (1 + (1 + 1) × 1.2 → 3)) × 1.1 → 5.5 → 6
    assert_eq!(
        score("{ groups(first: 10) { nodes { members(first: 20) { nodes { id } } } } }"),
        7
    );
}

#[test]
fn entities_cost_as_many_rows_as_are_named() {
    let named = |count: usize| {
        let named = vec![json!({"__typename": "Group"}); count];
        let text = "query($named: [Any]) { _entities(representations: $named) { ... on Group { id members(first: 10) { nodes { id } } } } }";
        let measure = measured(text, json!({ "named": named }));
        (measure.score, measure.rows)
    };
    // 1 + 0.1 an item + (1 + 1 + 3) × (1 + items ÷ 100), rounded up
    assert_eq!(named(0), (6, 0));
    assert_eq!(named(1), (8, 11));
    assert_eq!(named(100), (21, 1_100));
}

#[test]
fn the_schema_for_a_router_is_introspection_and_can_be_had_a_few_times() {
    let once = measured("{ _service { sdl } }", json!({}));
    assert_eq!(once.score, 0);
    let types = Shape::of(SCHEMA).unwrap().len() as u64;
    assert_eq!(once.introspected, types * 256 + 1);
    let twice = measured("{ a: _service { sdl } b: _service { sdl } }", json!({}));
    assert_eq!(twice.introspected, once.introspected * 2);
}

#[test]
fn an_absent_page_counts_as_the_largest() {
    let whole = score("{ groups(first: 100) { nodes { id } } }");
    for page in [
        "",
        "(first: null)",
        "(first: 1000)",
        "(last: 100)",
        "(first: -1)",
        "(first: \"1\")",
    ] {
        assert_eq!(
            score(&format!("{{ groups{page} {{ nodes {{ id }} }} }}")),
            whole,
            "{page}"
        );
    }
    assert_eq!(score("{ groups(last: 50) { nodes { id } } }"), 4);
}

#[test]
fn a_page_may_be_a_variable_or_its_default() {
    let text = "query($n: Int = 50) { groups(first: $n) { nodes { id } } }";
    assert_eq!(measured(text, json!({})).score, 4);
    assert_eq!(measured(text, json!({"n": 100})).score, 5);
    assert_eq!(measured(text, json!({"n": null})).score, 5);
}

#[test]
fn the_count_of_a_connection_costs_a_point_whatever_the_page() {
    assert_eq!(score("{ groups { count } }"), 2);
    assert_eq!(score("{ groups { count nodes { id } } }"), 6);
    assert_eq!(
        score("{ groups { nodes { id } ...C } } fragment C on GroupConnection { count }"),
        6
    );
    assert_eq!(
        score("{ groups { nodes { members { nodes { count } } } } }"),
        1 + 2 * (1 + 1 + 2 * 2)
    );
}

#[test]
fn a_list_argument_costs_a_tenth_of_its_length() {
    let ids = |count: usize| vec!["1"; count].join(" ");
    assert_eq!(
        score(&format!("{{ group {{ members(ids: [{}]) {{ count }} }} }}", ids(10))),
        4
    );
    assert_eq!(
        score(&format!("{{ group {{ members(ids: [{}]) {{ count }} }} }}", ids(11))),
        5
    );
    let text = "query($ids: [ID]) { groups(ids: $ids) { count } }";
    assert_eq!(measured(text, json!({"ids": vec![1; 30]})).score, 5);
}

#[test]
fn fragments_cost_what_they_select() {
    let plain = score("{ group { id name parent { id } } }");
    assert_eq!(
        score("{ group { ...F } } fragment F on Group { id name parent { id } }"),
        plain
    );
    assert_eq!(
        score("{ group { ... on Group { id ... { name } parent { id } } } }"),
        plain
    );
    let connection = score("{ group { members(first: 10) { nodes { id } } } }");
    assert_eq!(
        score(
            "{ group { ...F } } fragment F on Group { members(first: 10) { ...M } }
                      fragment M on MemberConnection { nodes { id } }"
        ),
        connection
    );
    assert_eq!(score("{ group { ...Missing id } }"), 2);
}

#[test]
fn skipped_selections_cost_nothing() {
    assert_eq!(score("{ group { id name @skip(if: true) } }"), 2);
    assert_eq!(score("{ group { id ... @include(if: false) { name } } }"), 2);
    let text = "query($deep: Boolean = false) { group { id parent @include(if: $deep) { id } } }";
    assert_eq!(measured(text, json!({})).score, 2);
    assert_eq!(measured(text, json!({"deep": true})).score, 4);
}

#[test]
fn depth_counts_fields_inside_each_other() {
    let depth = |text: &str| measured(text, json!({})).depth;
    assert_eq!(depth("{ group { id } }"), 2);
    assert_eq!(
        depth("{ group { ... on Group { ...F } } } fragment F on Group { parent { id } }"),
        3
    );
}

#[test]
fn rows_are_the_products_of_pages_added_up() {
    assert_eq!(rows("{ group { id } }"), 0);
    assert_eq!(rows("{ groups(first: 20) { nodes { id } } }"), 20);
    assert_eq!(
        rows("{ groups(first: 20) { nodes { members(first: 5) { edges { node { id } } } } } }"),
        20 + 100
    );
    assert_eq!(
        rows("{ a: groups(first: 7) { nodes { id } } b: groups(first: 8) { nodes { id } } }"),
        15
    );
    assert_eq!(
        rows("{ groups { nodes { members { nodes { groups { nodes { id } } } } } } }"),
        1_010_100
    );
}

#[test]
fn a_connection_without_rows_adds_none() {
    assert_eq!(rows("{ groups(first: 20) { count pageInfo { hasNextPage } } }"), 0);
    assert_eq!(rows("{ groups(first: 20) { nodes { members { count } } } }"), 20);
}

#[test]
fn a_document_of_introspection_alone_costs_nothing() {
    assert_eq!(score("{ __typename }"), 0);
    assert_eq!(
        score("{ __schema { types { name } } __type(name: \"Group\") { name } }"),
        0
    );
    assert_eq!(score("{ __schema { types { name } } group { id } }"), 5);
}

#[test]
fn fields_are_counted_after_expanding_fragments() {
    assert_eq!(expansion(&format!("{{ {} }}", "__typename ".repeat(2_000))), Ok(()));
    assert!(expansion(&format!("{{ {} }}", "__typename ".repeat(2_001))).is_err());
    assert!(
        expansion(&format!(
            "{{ {} }} fragment F on T {{ {} }}",
            "...F ".repeat(101),
            "a ".repeat(20)
        ))
        .is_err()
    );
    assert!(
        expansion(&format!(
            "query A {{ {0} }} query B {{ {0} }}",
            "__typename ".repeat(1_001)
        ))
        .is_err()
    );
}

#[test]
fn a_document_that_hardly_fits_the_schema_is_refused_with_the_first_faults() {
    let refused = |text: &str| expansion(text).err();
    assert_eq!(refused(&format!("{{ {} }}", "nothing ".repeat(10))), None);
    let message = refused(&format!("{{ group {{ {} }} }}", "nothing ".repeat(11)));
    assert_eq!(message.as_deref(), Some("Unknown field \"nothing\""));
    let message = refused(&format!("{{ group({}) {{ id }} }}", "no: 1 ".repeat(11)));
    assert_eq!(message.as_deref(), Some("Unknown argument \"no\" on field \"group\""));
}

#[test]
fn a_bomb_of_fragments_is_refused_without_expanding_it() {
    let mut bomb = "{ ...F0 }".to_owned();
    for n in 0..30 {
        let next = n + 1;
        write!(bomb, "fragment F{n} on T {{ ...F{next} ...F{next} ...F{next} }}").unwrap();
    }
    bomb.push_str("fragment F30 on T { a }");
    assert_eq!(
        expansion(&bomb),
        Err("The document expands to more than 2000 fields".to_owned())
    );
    let unused = bomb.replace("{ ...F0 }", "{ a }");
    assert_eq!(
        expansion(&unused),
        Err("The document expands to more than 2000 fields".to_owned())
    );
}

#[test]
fn fragments_that_lead_back_to_themselves_are_refused() {
    for text in [
        "{ ...A } fragment A on T { ...A }",
        "{ ...A } fragment A on T { a { ...B } } fragment B on T { ... { ...A } }",
        "{ a } fragment A on T { ...B } fragment B on T { ...A }",
    ] {
        let refused = expansion(text);
        assert!(
            refused
                .as_ref()
                .is_err_and(|message| message.ends_with("contains itself")),
            "{text}: {refused:?}"
        );
    }
}

#[test]
fn a_long_chain_of_fragments_is_refused() {
    let chain = |length: usize| {
        let mut text = "{ ...F0 }".to_owned();
        for n in 0..length {
            write!(text, "fragment F{n} on T {{ ...F{} }}", n + 1).unwrap();
        }
        write!(text, "fragment F{length} on T {{ a }}").unwrap();
        text
    };
    assert_eq!(expansion(&chain(31)), Ok(()));
    assert!(expansion(&chain(32)).is_err());
    assert!(expansion(&chain(700)).is_err());
}

#[test]
fn a_tree_of_fragments_that_are_not_defined_is_counted() {
    let spread = |n: usize| format!("fragment f{n} on Query {{ {} }}", format!("...f{} ", n + 1).repeat(20));
    let text = format!("{{ ...f0 }} {}", (0..25).map(spread).collect::<String>());
    let document = async_graphql::parser::parse_query(&text).unwrap();
    let refused = check_expansion(&document, &Limits::default(), &Shape::default());
    assert!(refused.is_err());
}

#[test]
fn the_defaults_of_the_settings_are_the_limits_of_the_page() {
    let (set, written) = (Limits::of(&Settings::default()), Limits::default());
    assert_eq!(format!("{set:?}"), format!("{written:?}"));
}
