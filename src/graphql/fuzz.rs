//! Targets for a fuzzer; `cargo test` tries each with a thousand inputs. docs/adding-a-thing.md says how to drive them longer.

use async_graphql::ID;
use async_graphql::Value;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{Selection, SelectionSet};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bolero::check;

use super::cursor;
use super::ids::{self, GlobalId, Model};
use super::limits::Limits;
use super::scalars::misread;
use super::scan::scan;
use crate::domain::Position;

/// A text of the tokens that matter, chosen by the bytes.
fn tokens(bytes: &[u8]) -> String {
    let words = [
        "{", "}", "(", ")", "[", "]", ":", "\"", "\"\"\"", "\\", "\\\"\"\"", "#", "\n", "\r", "a", "...", "@", "$",
        " ", "=", "1", "\u{feff}", "query", "on",
    ];
    bytes
        .iter()
        .map(|byte| words[usize::from(*byte) % words.len()])
        .collect()
}

fn depth(set: &SelectionSet) -> usize {
    let inner = set.items.iter().map(|selection| match &selection.node {
        Selection::Field(field) => {
            let values = field.node.arguments.iter().map(|(_, value)| value_depth(&value.node));
            depth(&field.node.selection_set.node).max(values.max().unwrap_or(0))
        }
        Selection::InlineFragment(fragment) => depth(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => 0,
    });
    inner.max().map_or(0, |inner| inner + 1)
}

fn value_depth(value: &async_graphql_value::Value) -> usize {
    match value {
        async_graphql_value::Value::List(items) => 1 + items.iter().map(value_depth).max().unwrap_or(0),
        async_graphql_value::Value::Object(fields) => 1 + fields.values().map(value_depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn the_parser_sees_nothing_deeper(text: &str) {
    let limits = Limits {
        nesting: 6,
        ..Limits::default()
    };
    let Ok(rest) = scan(text, &limits) else { return };
    let (parsed, whole) = (parse_query(&rest), parse_query(text));
    assert_eq!(parsed.is_ok(), whole.is_ok(), "{text:?} without comments is {rest:?}");
    let (Ok(parsed), Ok(whole)) = (parsed, whole) else {
        return;
    };
    assert_eq!(format!("{parsed:?}"), format!("{whole:?}"), "{text:?}");
    for (_, operation) in parsed.operations.iter() {
        assert!(depth(&operation.node.selection_set.node) <= 6, "{text:?}");
    }
}

#[test]
fn what_the_parser_takes_is_never_deeper_than_what_the_scan_saw() {
    check!().for_each(|bytes: &[u8]| the_parser_sees_nothing_deeper(&String::from_utf8_lossy(bytes)));
}

#[test]
fn what_the_parser_takes_of_tokens_is_never_deeper_than_what_the_scan_saw() {
    check!().for_each(|bytes: &[u8]| {
        the_parser_sees_nothing_deeper(&tokens(bytes));
        the_parser_sees_nothing_deeper(&format!("{{a(x:[{}])}}", tokens(bytes)));
        the_parser_sees_nothing_deeper(&format!("{{a {}}}", tokens(bytes)));
    });
}

#[test]
fn a_cursor_is_a_place_or_is_refused_by_the_name_of_its_argument() {
    check!().for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        if let Err(error) = cursor::decode("after", "id", &text) {
            assert!(error.to_string().starts_with("after is "), "{error}");
        }
        // With a right seal, so that what stands in front of it is read.
        let sealed = URL_SAFE_NO_PAD.encode([bytes, &cursor::seal(bytes)].concat());
        let _ = cursor::decode("after", "id", &sealed);
    });
}

#[test]
fn a_place_comes_back_out_of_its_cursor() {
    check!().with_type::<(Option<String>, i64)>().for_each(|(value, id)| {
        let place = Position {
            value: value.clone(),
            id: *id,
        };
        let text = cursor::encode("Name(Asc)", &place);
        assert_eq!(cursor::decode("after", "Name(Asc)", &text).ok(), Some(place));
        assert!(cursor::decode("after", "Name(Desc)", &text).is_err());
    });
}

#[test]
fn a_global_id_is_read_as_what_it_prints() {
    check!().for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        for text in [
            text.to_string(),
            format!("gid://gitlab/{text}"),
            format!("gid://gitlab/User/{text}"),
        ] {
            if let Err(error) = GlobalId::read(&ID(text.clone())) {
                assert_eq!(error.to_string(), format!("\"{text}\" is not a valid GitLab ID"));
            }
            if let Ok(number) = ids::number_of(Model::User, &ID(text.clone())) {
                assert_eq!(ids::number_of(Model::User, &Model::User.id(number)).ok(), Some(number));
            }
            if let Some(fault) = misread("UserID", &Value::String(text.clone())) {
                assert!(fault.ends_with("is not a valid ID for UserID"), "{fault}");
            }
            let _ = misread("Time", &Value::String(text));
        }
    });
}
