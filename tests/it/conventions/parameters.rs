//! Every parameter of every call, with values that are not of its type, in every form in which it can come.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::values::{encoded, good, odd_texts, refused, taken};
use super::{Operation, Parameter, operations};
use crate::support::world::{Group, World};
use crate::support::{Answer, Client, TestApp, on_both_databases};

on_both_databases!(
    every_parameter_refuses_what_is_not_of_its_type,
    odd_values_are_values_like_any,
);

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=xyz";

/// The other parameters, where they must be there.
fn companions(operation: &Operation, of: &Parameter) -> Vec<(String, Value)> {
    let others = operation
        .others()
        .filter(|other| other.is_required && other.name != of.name);
    others.map(|other| (other.name.clone(), good(other))).collect()
}

/// How parameters come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Query,
    Json,
    Urlencoded,
    Multipart,
}

async fn send(
    client: &Client,
    operation: &Operation,
    path: &str,
    form: Form,
    given: &[(String, Value)],
) -> Option<Answer> {
    let method = operation.method.clone();
    if form == Form::Json {
        let body: Map<_, _> = given.iter().cloned().collect();
        return Some(client.call(method, path, &Value::Object(body)).await);
    }
    let pairs: Option<Vec<_>> = given.iter().map(|(name, value)| encoded(name, value)).collect();
    let pairs = pairs?.join("&");
    Some(match form {
        Form::Query => client.with(method, &format!("{path}?{pairs}"), &[], "").await,
        Form::Urlencoded => client.with(method, path, &[("content-type", FORM)], pairs).await,
        _ => {
            let mut body = String::new();
            for (name, value) in given {
                let text = value.as_str()?;
                body = format!("{body}--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
            }
            client
                .with(method, path, &[("content-type", MULTIPART)], body + "--xyz--\r\n")
                .await
        }
    })
}

/// Whether a query of this length is one that a server takes.
fn fits(form: Form, value: &Value) -> bool {
    form != Form::Query || value.to_string().len() < 4_000
}

async fn every_parameter_refuses_what_is_not_of_its_type(app: TestApp) {
    app.import(&World::new().json()).await;
    let root = app.admin();
    let mut faults = vec![];
    let mut cases = 0;
    for operation in operations(&app).await {
        let path = operation.at("nowhere");
        let forms: &[Form] = match operation.method {
            Method::GET => &[Form::Query],
            _ => &[Form::Json, Form::Query, Form::Urlencoded, Form::Multipart],
        };
        for parameter in operation.others() {
            for (value, text) in refused(&parameter.kind) {
                let mut given = companions(&operation, parameter);
                given.push((parameter.name.clone(), value.clone()));
                for form in forms.iter().copied().filter(|form| fits(*form, &value)) {
                    let Some(answer) = send(&root, &operation, &path, form, &given).await else {
                        continue;
                    };
                    cases += 1;
                    let told: Value = serde_json::from_str(&answer.text()).unwrap_or_default();
                    let wanted = format!("{} {text}", parameter.name);
                    let is_named = told["error"]
                        .as_str()
                        .is_some_and(|told| told.split(", ").any(|fault| fault == wanted));
                    if answer.status != 400 || !is_named {
                        let told = answer.text();
                        faults.push(format!(
                            "{} {form:?} {}={value:.60}: {} {told:.150}",
                            operation.name(),
                            parameter.name,
                            answer.status
                        ));
                    }
                }
            }
        }
    }
    eprintln!("{cases} cases of bad values");
    assert!(cases >= 5_000, "{cases}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

async fn odd_values_are_values_like_any(app: TestApp) {
    let world = World::new()
        .group("acme", |group| group.owner("ann").shared_with("team", 30))
        .group("team", Group::public);
    app.import(&world.project("acme/app", |project| project.developer("dan")).json())
        .await;
    let root = app.admin();
    let mut faults = vec![];
    let mut cases = 0;
    for operation in operations(&app).await {
        // Of a write only how its parameters are read is looked at here: there is no such place, so that nothing is written.
        if !operation.is_read() && !operation.names_a_source() {
            continue;
        }
        let source = match operation.is_read() {
            true if operation.path.starts_with("/projects") => "acme%2Fapp",
            true => "acme",
            false => "nowhere",
        };
        let form = if operation.is_read() { Form::Query } else { Form::Json };
        for parameter in operation.others() {
            for value in taken(parameter).into_iter().filter(|value| fits(form, value)) {
                let mut given = companions(&operation, parameter);
                given.push((parameter.name.clone(), value.clone()));
                let Some(answer) = send(&root, &operation, &operation.at(source), form, &given).await else {
                    continue;
                };
                cases += 1;
                let status = answer.status.as_u16();
                let is_refused = answer.text().contains(&format!("{} is invalid", parameter.name));
                let has_nul = value.to_string().contains("\\u0000");
                if status >= 500 || (is_refused && !has_nul && parameter.name != "cursor") {
                    let told = answer.text();
                    faults.push(format!(
                        "{} {}={value:.60}: {status} {told:.150}",
                        operation.name(),
                        parameter.name
                    ));
                }
            }
        }
    }
    eprintln!("{cases} cases of odd values");
    assert!(cases >= 1_500, "{cases}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    // Texts that are stored come back as they were.
    for (n, text) in odd_texts().into_iter().enumerate() {
        let body = json!({"base_access_level": 10, "read_code": true, "name": format!("r{n}"), "description": text});
        let answer = root.post("/groups/acme/member_roles", &body).await;
        if answer.status == 201 {
            let given = text
                .as_str()
                .map(str::to_owned)
                .or((!text.is_null()).then(|| text.to_string()));
            let told = answer.json();
            assert_eq!(told["description"].as_str().map(str::to_owned), given, "{text}");
            root.delete(&format!("/groups/acme/member_roles/{}", told["id"]))
                .await
                .expect(204);
        } else {
            assert_eq!(answer.status, 400, "{text}: {}", answer.text());
        }
    }
}
