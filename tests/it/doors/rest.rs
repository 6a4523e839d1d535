//! The table over REST.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};

use super::act::{Act, Reply};
use super::callers::{Who, insufficient};
use super::place::{Place, Tree};
use super::{Case, cases, differences, plant, table, traces};
use crate::support::{Answer, TestApp, on_both_databases};

on_both_databases!(every_call_lets_in_who_may_and_tells_the_others_what_the_table_says);

/// `GET /groups/{id}` and so on, as the server describes itself.
pub(crate) async fn operations(app: &TestApp) -> BTreeSet<String> {
    let document = app.anonymous().get("/openapi.json").await.expect(200).json();
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().keys();
        methods
            .map(|method| format!("{} {path}", method.to_uppercase()))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// How the place is named in the path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Number,
    Path,
}

fn path(place: &Place, case: &Case<'_>, tree: &Tree, named: Named) -> String {
    let (act, caller) = (case.act, case.who.name());
    let mut path = act.pattern.to_owned();
    for (name, word) in &act.fills {
        path = path.replace(&format!("{{{name}}}"), &place.text(tree, caller, word));
    }
    if let Some(at) = act.place {
        let id = match named {
            Named::Number => place.text(tree, caller, &format!("${at}")),
            Named::Path => tree.path_of(at).replace('/', "%2F"),
        };
        path = path.replace("{id}", &id);
    }
    path + act.query
}

async fn call(app: &TestApp, place: &Place, case: &Case<'_>, tree: &Tree, named: Named) -> Answer {
    let act = case.act;
    let client = if case.writes && act.spends {
        app.token(&format!("{}-spare{}", case.who.name(), tree.n))
    } else {
        case.who.client(app, act.need)
    };
    let path = path(place, case, tree, named);
    let method: Method = act.method.parse().unwrap();
    if method == Method::GET {
        return client.get(&path).await;
    }
    let body = place.filled(tree, case.who.name(), &act.body);
    client.call(method, &path, &body).await
}

fn expected(act: &Act, who: Who, visibility: &str) -> (u16, Option<Value>) {
    let (status, body) = match who {
        _ if who.is_dead() => who.dead_end(),
        Who::WrongScope => insufficient(act.need),
        _ => match act.reply(who, visibility) {
            Reply::Ok => return (act.ok, None),
            Reply::No(status, body) => (status, body),
        },
    };
    (status, Some(body))
}

/// What is wrong with the answer; what is hidden must look like what is missing, down to the bytes and the number of statements.
async fn fault(app: &TestApp, place: &Place, case: &Case<'_>) -> Option<String> {
    let answer = call(app, place, case, &case.tree, Named::Path).await;
    let (status, body) = expected(case.act, case.who, case.tree.visibility);
    let told: Value = serde_json::from_str(&answer.text()).unwrap_or_else(|_| json!(answer.text()));
    if answer.status.as_u16() != status || body.as_ref().is_some_and(|body| *body != told) {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        return Some(format!("{} {told:.200} instead of {status} {body}", answer.status));
    }
    let may_call = !case.who.is_dead() && case.who != Who::WrongScope && status != 401;
    if !case.act.hides(case.who, case.tree.visibility) || !may_call {
        return None;
    }
    for named in [Named::Path, Named::Number] {
        let hidden = call(app, place, case, &case.tree, named).await;
        let missing = call(app, place, case, &case.tree.missing(), named).await;
        let (hidden, missing) = (shown(&hidden), shown(&missing));
        if hidden != missing {
            return Some(format!("{hidden:?} if hidden, {missing:?} if missing"));
        }
    }
    None
}

/// All that a caller can tell of an answer, and what it cost.
fn shown(answer: &Answer) -> (u64, u16, String, Vec<String>) {
    let own = ["x-request-id", "x-runtime", "x-gitlab-meta"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let mut headers: Vec<_> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.sort();
    (answer.statements, answer.status.as_u16(), answer.text(), headers)
}

async fn every_call_lets_in_who_may_and_tells_the_others_what_the_table_says(app: TestApp) {
    let served = operations(&app).await;
    let is_served = |act: &Act| served.contains(&act.name());
    let acts: Vec<_> = table().into_iter().filter(|act| !act.pattern.is_empty()).collect();
    let rows = acts.iter().map(Act::name).collect();
    let mut faults = differences(&served, &rows);
    let acts: Vec<_> = acts.into_iter().filter(is_served).collect();
    let (cases, trees) = cases(&acts);
    let place = plant(&app, &acts, &trees).await;
    let mut tried = 0;
    for (refused, let_in) in cases {
        tried += refused.len() + let_in.len();
        let before = traces(&app).await;
        for case in &refused {
            faults.extend(fault(&app, &place, case).await.map(|fault| case.says(&fault)));
        }
        let mut now = traces(&app).await;
        if now != before {
            faults.push(refused[0].says("something was done by those who are refused"));
        }
        for case in &let_in {
            faults.extend(fault(&app, &place, case).await.map(|fault| case.says(&fault)));
            let after = traces(&app).await;
            if after == now && !case.act.quiet {
                faults.push(case.says("nothing was done"));
            }
            now = after;
        }
    }
    eprintln!("{tried} cases of {} calls", served.len());
    assert!(tried >= 3_000, "{tried}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
