//! Fields of groups and projects that are not for everybody who sees these: null for the others, without an error.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::callers::{self, Need, Who};
use super::reading::{self, Field};
use super::{Tree, VISIBILITIES, differences, plant};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(every_field_is_null_for_those_who_may_not_see_it);

async fn names(app: &TestApp, kind: &str) -> BTreeSet<String> {
    let query = "query($kind: String!) { __type(name: $kind) { fields { name } } }";
    let fields = app.anonymous().query(query, json!({ "kind": kind })).await;
    let fields = fields["__type"]["fields"].as_array().unwrap();
    fields
        .iter()
        .map(|field| field["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn every_field_is_null_for_those_who_may_not_see_it(app: TestApp) {
    let mut faults = vec![];
    let fields = reading::fields();
    for (kind, of) in [("Group", "group"), ("Project", "project")] {
        let plain: Vec<String> = serde_json::from_value(reading::plain()[kind].clone()).unwrap();
        let ours = fields
            .iter()
            .filter(|field| field.of == of)
            .map(|field| field.name.to_owned());
        let rows = ours.chain(plain).collect();
        faults.extend(
            differences(&names(&app, kind).await, &rows)
                .iter()
                .map(|fault| format!("{kind}: {fault}")),
        );
    }
    let trees: Vec<_> = VISIBILITIES
        .iter()
        .enumerate()
        .map(|(n, word)| Tree::new(n, word))
        .collect();
    let place = plant(&app, &[], &trees).await;
    let mut tried = 0;
    for tree in &trees {
        for who in callers::ALL
            .into_iter()
            .filter(|who| !who.is_dead() && *who != Who::WrongScope)
        {
            let client = who.client(&app, Need::Read);
            for field in &fields {
                let Field {
                    of, name, selection, ..
                } = field;
                tried += 1;
                let user = place.value(tree, who.name(), "User:tim");
                let selection = selection.replace("$User:tim", user.as_str().unwrap());
                let document = format!("query($path: ID!) {{ at: {of}(fullPath: $path) {{ it: {selection} }} }}");
                let path = tree.path_of(if *of == "project" { "P" } else { "T" });
                let answer = client.graphql(&document, json!({ "path": path })).await;
                let missing = client.graphql(&document, json!({"path": "nowhere"})).await;
                let shows = fields_shown(&answer.json());
                let wanted = who.sees(tree.visibility).then(|| field.shows(who));
                if shows != Ok(wanted) {
                    faults.push(format!(
                        "{of}.{name} by {who:?}, {}: {shows:?} instead of {wanted:?}",
                        tree.visibility
                    ));
                }
                if wanted.is_none() && (answer.text(), answer.statements) != (missing.text(), missing.statements) {
                    faults.push(format!(
                        "{of}.{name} by {who:?}, {}: hidden is not as missing",
                        tree.visibility
                    ));
                }
            }
        }
    }
    eprintln!("{tried} cases of {} fields", fields.len());
    assert!(tried >= 500, "{tried}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

/// Whether the field shows something, none where the group or project is not there; or the errors.
fn fields_shown(answer: &Value) -> Result<Option<bool>, String> {
    if let Some(errors) = answer.get("errors") {
        return Err(errors.to_string());
    }
    let at = &answer["data"]["at"];
    Ok((!at.is_null()).then(|| !at["it"].is_null()))
}
