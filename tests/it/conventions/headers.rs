//! Headers and methods: what every answer carries, and what odd requests do.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::json;

use super::{Operation, operations};
use crate::doors::act::Act;
use crate::doors::callers::{Need, Who};
use crate::doors::place::{Place, Tree};
use crate::doors::reading;
use crate::support::world::{Group, World};
use crate::support::{Answer, TestApp, on_both_databases};

on_both_databases!(
    every_answer_carries_its_headers,
    every_read_can_be_a_head_and_is_not_sent_again,
    every_path_tells_its_methods_and_answers_preflights,
);

/// What every answer has, whatever it says.
fn check(name: &str, answer: &Answer) -> Vec<String> {
    let mut faults = vec![];
    let mut want = |what: &str, holds: bool| {
        if !holds {
            faults.push(format!("{name}: {what}: {:?}", answer.headers));
        }
    };
    let id = answer.header("x-request-id");
    want("X-Request-Id", !id.is_empty());
    let meta = json!({"correlation_id": id, "version": "1"});
    let told: serde_json::Value = serde_json::from_str(&answer.header("x-gitlab-meta")).unwrap_or_default();
    want("X-Gitlab-Meta", told == meta);
    want("X-Runtime", answer.header("x-runtime").parse::<f64>().is_ok());
    want("X-Frame-Options", answer.header("x-frame-options") == "SAMEORIGIN");
    want(
        "X-Content-Type-Options",
        answer.header("x-content-type-options") == "nosniff",
    );
    let vary = answer
        .headers
        .get_all("vary")
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.contains("Origin")));
    want("Vary", vary);
    want(
        "Access-Control-Allow-Origin",
        answer.header("access-control-allow-origin") == "*",
    );
    want(
        "no credentials",
        !answer.headers.contains_key("access-control-allow-credentials"),
    );
    let exposed = answer.header("access-control-expose-headers").to_lowercase();
    let exposed: BTreeSet<_> = exposed.split(',').map(str::trim).collect();
    for header in [
        "link",
        "x-total",
        "x-total-pages",
        "x-per-page",
        "x-page",
        "x-next-page",
        "x-prev-page",
        "x-request-id",
        "etag",
    ] {
        want(header, exposed.contains(header));
    }
    let is_made = answer.status == 200 || answer.status == 201;
    let has_body = !answer.text().is_empty();
    if is_made && has_body {
        want("ETag", answer.header("etag").starts_with("W/\""));
        want(
            "Cache-Control",
            answer.header("cache-control") == "max-age=0, private, must-revalidate",
        );
        want("Content-Type", answer.header("content-type") == "application/json");
    } else if answer.status != 304 && answer.status != 200 {
        want("no ETag", answer.header("etag").is_empty());
        want("Cache-Control", answer.header("cache-control") == "no-cache");
    }
    if !has_body && answer.status == 204 {
        want("no type", answer.header("content-type").is_empty());
    }
    faults
}

fn world() -> serde_json::Value {
    World::new()
        .group("acme", |group| group.public().owner("ann"))
        .project("acme/app", Group::public)
        .json()
}

fn source(operation: &Operation) -> &'static str {
    if operation.path.starts_with("/projects") {
        "acme%2Fapp"
    } else {
        "acme"
    }
}

const ORIGIN: (&str, &str) = ("origin", "https://elsewhere.example");

async fn every_answer_carries_its_headers(app: TestApp) {
    app.import(&world()).await;
    let mut faults = vec![];
    let mut cases = 0;
    for operation in operations(&app).await {
        let json = ("content-type", "application/json");
        for (client, at) in [
            (app.admin(), source(&operation)),
            (app.admin(), "nowhere"),
            (app.anonymous(), source(&operation)),
            (app.token("nobody's"), source(&operation)),
        ] {
            // An empty object: a write lacks what it needs, or writes what does no harm.
            let path = operation.at(at);
            let is_harmful = !operation.is_read() && at != "nowhere" && !operation.names_a_source();
            if is_harmful && operation.others().all(|one| !one.is_required) {
                continue;
            }
            cases += 1;
            let answer = client
                .with(
                    operation.method.clone(),
                    &path,
                    &[json, ORIGIN],
                    if operation.is_read() { "" } else { "{}" },
                )
                .await;
            let name = format!("{} {at} {}", operation.name(), answer.status);
            faults.extend(check(&name, &answer));
            if answer.status.is_server_error() {
                faults.push(name);
            }
        }
    }
    for (method, path, body) in [
        (Method::GET, "/nowhere", ""),
        (Method::PATCH, "/groups/acme", ""),
        (Method::POST, "/groups/acme/members", "{"),
    ] {
        let headers = [("content-type", "application/json"), ORIGIN];
        faults.extend(check(path, &app.anonymous().with(method, path, &headers, body).await));
    }
    eprintln!("{cases} answers looked at");
    assert!(cases >= 300, "{cases}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

/// A path of each read that an owner or administrator may do.
fn read_paths(place: &Place, tree: &Tree, served: &BTreeSet<String>) -> Vec<String> {
    let acts = reading::acts().into_iter();
    let acts = acts
        .filter(|act| act.reply(Who::Admin, "public") == crate::doors::act::Reply::Ok && served.contains(&act.name()));
    let path = |act: Act| {
        let mut path = act.pattern.to_owned();
        for (name, word) in &act.fills {
            path = path.replace(&format!("{{{name}}}"), &place.text(tree, "root", word));
        }
        let id = act
            .place
            .map(|at| tree.path_of(at).replace('/', "%2F"))
            .unwrap_or_default();
        path.replace("{id}", &id) + act.query
    };
    acts.map(path).collect()
}

async fn every_read_can_be_a_head_and_is_not_sent_again(app: TestApp) {
    let served = operations(&app).await.iter().map(Operation::name).collect();
    let trees = ["public", "internal", "private"]
        .into_iter()
        .enumerate()
        .map(|(n, word)| Tree::new(n, word))
        .collect::<Vec<_>>();
    let place = Place::plant(&app, &trees, 1).await;
    let root = Who::Admin.client(&app, Need::Read);
    let paths = read_paths(&place, &trees[0], &served);
    assert!(paths.len() >= 40, "{}", paths.len());
    let mut faults = vec![];
    for path in paths {
        let whole = root.get(&path).await.expect(200);
        let etag = whole.header("etag");
        let head = root.head(&path).await;
        let own = ["x-request-id", "x-runtime", "x-gitlab-meta"];
        let shown = |answer: &Answer| {
            let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
            headers
                .map(|(name, value)| format!("{name}: {value:?}"))
                .collect::<BTreeSet<_>>()
        };
        let missing: Vec<_> = shown(&whole).symmetric_difference(&shown(&head)).cloned().collect();
        let missing: Vec<_> = missing
            .into_iter()
            .filter(|header| !header.starts_with("content-length"))
            .collect();
        if head.status != 200 || !head.text().is_empty() || !missing.is_empty() {
            faults.push(format!("HEAD {path}: {} {missing:?}", head.status));
        }
        for (known, status) in [
            (etag.clone(), 304),
            (etag.trim_start_matches("W/").to_owned(), 304),
            (format!("\"x\", {etag}"), 304),
            ("*".to_owned(), 304),
            ("W/\"x\"".to_owned(), 200),
            (String::new(), 200),
            ("\"".to_owned(), 200),
        ] {
            let answer = root.with(Method::GET, &path, &[("if-none-match", &known)], "").await;
            if answer.status != status || (status == 304 && !answer.text().is_empty()) {
                faults.push(format!("GET {path} with {known}: {}", answer.status));
            }
        }
        // What may not be seen is refused before it is compared.
        let nobody = app
            .token("nobody's")
            .with(Method::GET, &path, &[("if-none-match", "*")], "")
            .await;
        if nobody.status != 401 {
            faults.push(format!("GET {path} by nobody: {}", nobody.status));
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

async fn every_path_tells_its_methods_and_answers_preflights(app: TestApp) {
    let operations = operations(&app).await;
    let nobody = app.anonymous();
    let mut faults = vec![];
    let paths: BTreeSet<_> = operations.iter().map(|operation| &operation.path).collect();
    for path in paths {
        let here: Vec<_> = operations.iter().filter(|operation| operation.path == *path).collect();
        let at = here[0].at("acme");
        let answer = nobody.with(Method::OPTIONS, &at, &[], "").await;
        let allowed: BTreeSet<_> = answer.header("allow").split(", ").map(str::to_owned).collect();
        let missing = here
            .iter()
            .filter(|operation| !allowed.contains(operation.method.as_str()))
            .count();
        if answer.status != 204 || missing > 0 || !allowed.contains("OPTIONS") {
            faults.push(format!("OPTIONS {path}: {} {allowed:?}", answer.status));
        }
        for method in ["PATCH", "TRACE", "FOO", "get", "PROPFIND", "CONNECT"] {
            let answer = nobody.with(method.parse().unwrap(), &at, &[], "").await;
            if answer.status != 404 || answer.text() != r#"{"error":"404 Not Found"}"# {
                faults.push(format!("{method} {path}: {} {:.80}", answer.status, answer.text()));
            }
        }
        let preflight = [
            ORIGIN,
            ("access-control-request-method", "DELETE"),
            ("access-control-request-headers", "private-token, x-anything"),
        ];
        for path in [at.as_str(), "/nowhere"] {
            let answer = nobody.with(Method::OPTIONS, path, &preflight, "").await;
            let headers = answer.header("access-control-allow-headers").to_lowercase();
            let takes = headers.contains("private-token") && headers.contains("x-anything");
            let methods = answer.header("access-control-allow-methods");
            let any = methods == "*"
                || ["GET", "POST", "PUT", "DELETE"]
                    .iter()
                    .all(|method| methods.contains(method));
            if answer.status != 200 || !takes || !any || answer.header("access-control-allow-origin") != "*" {
                faults.push(format!("preflight {path}: {} {:?}", answer.status, answer.headers));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
