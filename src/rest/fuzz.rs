//! Targets for a fuzzer; `cargo test` tries each with a thousand inputs. docs/adding-a-thing.md says how to drive them longer.

use std::panic::AssertUnwindSafe;

use axum::http::Method;
use bolero::check;
use serde_json::Value;

use super::error::Refusal;
use super::input::{Values, pairs};
use super::params::{Params, Reader, name_of, read};
use super::{page, route};

/// One parameter of each kind.
struct Everything;

const NAMES: [&str; 8] = ["number", "flag", "text", "word", "list", "time", "date", "level"];

impl Params for Everything {
    fn read(reader: &mut Reader) -> Self {
        reader.integer("number", "A number.");
        reader.flag("flag", "A flag.");
        reader.text("text", "A text.");
        reader.choice("word", &[("one", 1), ("two", 2)], "A word.");
        reader.integers("list", "A list.");
        reader.time("time", "A time.");
        reader.date("date", "A day.");
        reader.level("level", "A level.");
        Self
    }
}

fn every_fault_names_its_parameter(mut values: Values) {
    match read::<Everything>(&mut values) {
        Ok(_) => {}
        Err(Refusal::Parameters(faults)) => {
            for fault in faults.split(", ") {
                assert!(NAMES.iter().any(|name| fault.starts_with(name)), "{faults}");
            }
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_query_string_is_read_or_refused_by_the_names_of_its_parameters() {
    check!().for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        every_fault_names_its_parameter(pairs(&text));
        for name in NAMES {
            every_fault_names_its_parameter(pairs(&format!("{name}={text}")));
            every_fault_names_its_parameter(pairs(&format!("{name}[]={text}&{name}[{text}]=1")));
        }
    });
}

#[test]
fn json_is_read_or_refused_by_the_names_of_its_parameters() {
    check!().for_each(|bytes: &[u8]| {
        let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
            return;
        };
        let values = NAMES.iter().map(|name| ((*name).to_owned(), value.clone()));
        every_fault_names_its_parameter(values.collect());
    });
}

#[test]
fn a_path_leads_somewhere_or_nowhere() {
    let endpoints = AssertUnwindSafe(super::endpoints());
    check!().for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        for path in [
            text.to_string(),
            format!("/groups/{text}/members"),
            format!("/groups/a/members/{text}"),
        ] {
            let _ = route::find(&endpoints, &Method::GET, &path);
        }
        let _ = name_of(&text);
        let _ = page::cursor_window(Some(&text), "id", 20);
    });
}
