//! The table through the graph.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::act::{Act, Reply};
use super::callers::{ADMIN, Need, Who};
use super::links::LINKS;
use super::place::{Place, Tree};
use super::{Case, cases, differences, plant, table, traces};
use crate::support::{Answer, TestApp, on_both_databases};

on_both_databases!(every_mutation_lets_in_who_may_and_tells_the_others_what_the_table_says);

/// The document of each mutation, with its one root field called `done`.
async fn documents(app: &TestApp) -> BTreeMap<String, String> {
    let query =
        "{ __schema { mutationType { fields { name args { type { ofType { name } } } type { fields { name } } } } } }";
    let schema = app.anonymous().query(query, json!({})).await;
    let fields = schema["__schema"]["mutationType"]["fields"].as_array().unwrap();
    let document = |field: &Value| {
        let name = field["name"].as_str().unwrap();
        let input = field["args"][0]["type"]["ofType"]["name"].as_str().unwrap();
        let parts = field["type"]["fields"].as_array().unwrap();
        let has_results = parts.iter().any(|part| part["name"] == "results");
        let results = if has_results {
            "results { userErrors { code message } }"
        } else {
            ""
        };
        let text = format!(
            "mutation($input: {input}!) {{ done: {name}(input: $input) {{ errors userErrors {{ code message }} {results} }} }}"
        );
        (name.to_owned(), text)
    };
    fields.iter().map(document).collect()
}

async fn call(app: &TestApp, place: &Place, document: &str, case: &Case<'_>, tree: &Tree) -> Answer {
    let mutation = case.act.mutation.as_ref().unwrap();
    let input = place.filled(tree, case.who.name(), &mutation.input);
    let client = case.who.client(app, Need::Write);
    client.graphql(document, json!({ "input": input })).await
}

/// The status, and the code of the error or of the fault; none when it is done.
fn expected(act: &Act, who: Who, visibility: &str) -> (u16, Option<&'static str>) {
    let told = act.mutation.as_ref().unwrap().told;
    match who {
        Who::Blocked | Who::Pending | Who::Deactivated => (403, Some("UNAUTHENTICATED")),
        _ if who.is_dead() => (401, Some("UNAUTHENTICATED")),
        Who::WrongScope => (403, Some("INSUFFICIENT_SCOPE")),
        Who::Anonymous => (200, Some("UNAUTHENTICATED")),
        _ if act.hides(who, visibility) => (200, Some("RESOURCE_NOT_AVAILABLE")),
        _ => match (act.reply(who, visibility), told) {
            (Reply::Ok, _) => (200, None),
            (Reply::No(..), Some((level, code))) if (level..ADMIN).contains(&who.rank()) => (200, Some(code)),
            _ => (200, Some("RESOURCE_NOT_AVAILABLE")),
        },
    }
}

/// The code of what was told, an error's or a fault's.
fn code(answer: &Value) -> Option<String> {
    let done = &answer["data"]["done"];
    let faults = [
        &done["userErrors"][0],
        &done["results"][0]["userErrors"][0],
        &answer["errors"][0]["extensions"],
    ];
    let code = faults.iter().find_map(|fault| fault["code"].as_str())?;
    Some(code.to_owned())
}

async fn fault(app: &TestApp, place: &Place, document: &str, case: &Case<'_>) -> Option<String> {
    let answer = call(app, place, document, case, &case.tree).await;
    let (status, wanted) = expected(case.act, case.who, case.tree.visibility);
    let body = answer.json();
    if answer.status.as_u16() != status || code(&body).as_deref() != wanted {
        return Some(format!("{} {body:.300} instead of {status} {wanted:?}", answer.status));
    }
    if wanted != Some("RESOURCE_NOT_AVAILABLE") || !case.act.hides(case.who, case.tree.visibility) {
        return None;
    }
    let missing = call(app, place, document, case, &case.tree.missing()).await;
    let shown = |answer: &Answer| (answer.statements, answer.status, answer.text());
    let (hidden, missing) = (shown(&answer), shown(&missing));
    (hidden != missing).then(|| format!("{hidden:.250?} if hidden, {missing:.250?} if missing"))
}

async fn every_mutation_lets_in_who_may_and_tells_the_others_what_the_table_says(app: TestApp) {
    let documents = documents(&app).await;
    let served: BTreeSet<_> = documents.keys().cloned().collect();
    let name = |act: &Act| act.mutation.as_ref().map(|mutation| mutation.name.to_owned());
    let is_served = |act: &Act| name(act).is_some_and(|name| served.contains(&name));
    let acts: Vec<_> = table().into_iter().filter(|act| act.mutation.is_some()).collect();
    let rows = acts
        .iter()
        .filter_map(name)
        .chain(LINKS.map(|(name, _)| name.to_owned()))
        .collect();
    let mut faults = differences(&served, &rows);
    let acts: Vec<_> = acts.into_iter().filter(is_served).collect();
    let (cases, trees) = cases(&acts);
    let place = plant(&app, &acts, &trees).await;
    let mut tried = 0;
    for (refused, let_in) in cases {
        tried += refused.len() + let_in.len();
        let document = &documents[&name(refused[0].act).unwrap()];
        let before = traces(&app).await;
        for case in &refused {
            faults.extend(fault(&app, &place, document, case).await.map(|fault| case.says(&fault)));
        }
        let mut now = traces(&app).await;
        if now != before {
            faults.push(refused[0].says("something was done by those who are refused"));
        }
        for case in &let_in {
            faults.extend(fault(&app, &place, document, case).await.map(|fault| case.says(&fault)));
            let after = traces(&app).await;
            if after == now && !case.act.quiet {
                faults.push(case.says("nothing was done"));
            }
            now = after;
        }
    }
    eprintln!("{tried} cases of {} mutations", served.len());
    assert!(tried >= 1_500, "{tried}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
