//! The documents tell the truth: the settings are those of the program, and the README's lines work as printed.

use std::path::Path;

use axum::http::Method;
use serde_json::json;

use crate::support::{TestApp, on_both_databases};

fn read(name: &str) -> String {
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
fn blocks<'t>(text: &'t str, kind: &str) -> Vec<&'t str> {
    let fence = format!("```{kind}\n");
    text.split(&fence)
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

on_both_databases!(every_query_of_the_readme_is_answered_from_the_demo_world);

async fn every_query_of_the_readme_is_answered_from_the_demo_world(app: TestApp) {
    let world = serde_json::from_str(&read("src/cli/demo.world.json")).unwrap();
    app.import(&world).await;
    let ada = app.token("demo-ada");
    let readme = read("README.md");
    let queries = blocks(&readme, "graphql");
    assert_eq!(queries.len(), 9);
    for query in queries {
        let answer = ada.query(query, json!({})).await;
        assert!(!answer.to_string().contains("null}"), "{query}\n{answer}");
    }
    let lines = blocks(&readme, "sh").concat();
    let calls: Vec<_> = lines.lines().filter_map(|line| line.split_once("/api/v4")).collect();
    assert_eq!(calls.len(), 12);
    for (options, path) in calls {
        let path = path.trim_end_matches(['"', '\'', ' ']);
        let data = options
            .split("--data \"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let method = options
            .split("--request ")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        let method = match (method, data) {
            (Some(method), _) => method.parse().unwrap(),
            (None, Some(_)) => Method::POST,
            (None, None) => Method::GET,
        };
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let answer = ada.with(method, path, &form, data.unwrap_or_default().to_owned()).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
    }
}
