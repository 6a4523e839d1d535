//! The documents tell the truth: the settings are those of the program, and the README's queries are answered.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{TestApp, on_both_databases};

/// The text of a file of the project.
pub(crate) fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_default()
}

#[test]
fn the_settings_page_lists_the_settings_of_the_program() {
    let page = format!(
        "# Settings\n\nA flag wins over the environment, the environment over the file given with `--config`. An unknown key or a value that \
         cannot be read is refused at start, by name.\nEvery secret can also be read from a file, named by the variable with `_FILE` behind \
         it.\n\n{}",
        roster::config::reference()
    );
    if crate::support::halves::setting("ROSTER_BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md");
        std::fs::write(path, &page).unwrap();
    }
    assert_eq!(read("docs/settings.md"), page, "ROSTER_BLESS=1 writes it anew");
}

/// What stands between fences of a kind.
pub(crate) fn blocks<'t>(text: &'t str, kind: &str) -> Vec<&'t str> {
    let fence = format!("```{kind}\n");
    text.split(&fence)
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

/// Fields by their types, `Group.members`; those of the roots also alone.
fn names_of_the_schema() -> BTreeSet<String> {
    let schema = read("schema.graphql");
    let mut names = BTreeSet::new();
    let mut kind = "";
    for line in schema.lines() {
        let opens = ["type ", "interface ", "input "]
            .iter()
            .find_map(|word| line.strip_prefix(word));
        if let Some(opened) = opens {
            kind = opened.split([' ', '{']).next().unwrap();
        }
        let field = line
            .strip_prefix("  ")
            .filter(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase() || first == '_'));
        if let Some(field) = field {
            let field = field.split(['(', ':']).next().unwrap();
            names.insert(format!("{kind}.{field}"));
            if ["Query", "Mutation", "Subscription"].contains(&kind) {
                names.insert(field.to_owned());
            }
        }
    }
    names
}

#[test]
fn each_line_of_what_the_graph_has_beyond_gitlabs_names_its_fields_and_its_tests() {
    let page = read("docs/graphql-vs-gitlab.md");
    let rows: Vec<Vec<_>> = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains("::"))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    assert!(rows.len() >= 30, "{rows:?}");
    let known = names_of_the_schema();
    for row in rows {
        let (fields, tests) = (in_ticks(row[2]), in_ticks(row[3]));
        assert!(!fields.is_empty() && !tests.is_empty(), "{row:?}");
        for field in fields {
            assert!(known.contains(field), "no field {field}");
        }
        for test in tests {
            let (file, name) = test.split_once("::").expect("a file and a test");
            let text = read(&format!("tests/it/{file}.rs"));
            assert!(text.contains(&format!("fn {name}(")), "no test {test}");
        }
    }
}

fn in_ticks(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

on_both_databases!(
    every_query_of_the_readme_is_answered_from_the_demo_world,
    every_example_of_the_guide_to_the_graph_is_answered_from_the_demo_world,
    every_rest_call_is_in_the_table_with_what_does_the_same_in_the_graph,
);

async fn every_query_of_the_readme_is_answered_from_the_demo_world(app: TestApp) {
    let world = serde_json::from_str(&read("src/cli/demo.world.json")).unwrap();
    app.import(&world).await;
    let ada = app.token("demo-ada");
    let readme = read("README.md");
    let queries = blocks(&readme, "graphql");
    assert_eq!(queries.len(), 10);
    for query in queries.into_iter().filter(|query| !is_stream(query)) {
        let answer = ada.query(query, json!({})).await;
        assert!(!answer.to_string().contains("null}"), "{query}\n{answer}");
    }
}

/// A stream does not end; a browser and the programs of the guide listen to it.
fn is_stream(query: &str) -> bool {
    query.starts_with("subscription")
}

/// In the order of the guide: what one example changes, a later one may show.
async fn every_example_of_the_guide_to_the_graph_is_answered_from_the_demo_world(app: TestApp) {
    let world = serde_json::from_str(&read("src/cli/demo.world.json")).unwrap();
    app.import(&world).await;
    let ada = app.token("demo-ada");
    let guide = read("docs/graphql.md");
    let mut answered = 0;
    for section in guide.split("\n## ").skip(1) {
        let [example] = blocks(section, "graphql")[..] else {
            continue;
        };
        if is_stream(example) {
            continue;
        }
        let variables = blocks(section, "json variables")
            .first()
            .map_or(json!({}), |text| serde_json::from_str(text).unwrap());
        let data = ada.query(example, variables).await;
        let object = data.as_object().unwrap();
        assert!(object.values().all(|field| !field.is_null()), "{example}\n{data}");
        answered += 1;
    }
    assert_eq!(answered, 13);
}

async fn every_rest_call_is_in_the_table_with_what_does_the_same_in_the_graph(app: TestApp) {
    let page = read("docs/rest-and-graph.md");
    let rows: Vec<Vec<_>> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let listed: BTreeSet<_> = rows.iter().map(|row| row[1].trim_matches('`').to_owned()).collect();
    assert_eq!(listed.len(), rows.len(), "a call stands there once");
    assert_eq!(listed, calls(&app).await);

    let query = "{ __schema { types { name fields { name } } } }";
    let schema = app.anonymous().query(query, json!({})).await;
    let fields: BTreeSet<_> = schema["__schema"]["types"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(fields_of)
        .collect();
    for row in rows {
        for twin in row[2].split('`').skip(1).step_by(2) {
            let known = [twin.to_owned(), format!("Query.{twin}"), format!("Mutation.{twin}")];
            assert!(known.iter().any(|name| fields.contains(name)), "{}: {twin}", row[1]);
        }
    }
}

/// Every call of the API, as `GET /groups/{id}`.
async fn calls(app: &TestApp) -> BTreeSet<String> {
    let document = app.anonymous().get("/openapi.json").await.expect(200).json();
    let paths = document["paths"].as_object().unwrap().iter();
    let calls = paths.flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys().map(|method| method.to_uppercase());
        methods.map(|method| format!("{method} {path}")).collect::<Vec<_>>()
    });
    calls.collect()
}

fn fields_of(of: &Value) -> Vec<String> {
    let (kind, fields) = (of["name"].as_str().unwrap_or_default(), of["fields"].as_array());
    let names = fields.into_iter().flatten().filter_map(|field| field["name"].as_str());
    names.map(|name| format!("{kind}.{name}")).collect()
}
