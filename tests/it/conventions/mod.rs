//! What holds for every call alike, tried on every call: parameters, ids, the order of judgement, headers, methods, pages. The calls are read off the
//! server's own description, so that a new one is tried without a line here.

mod graph;
mod headers;
mod ids;
mod lists;
mod odd;
mod order;
mod parameters;
mod values;

use axum::http::Method;
use serde_json::Value;

use crate::support::TestApp;

/// A call as the server describes it.
#[derive(Clone, Debug)]
struct Operation {
    method: Method,
    path: String,
    parameters: Vec<Parameter>,
    /// Whether it answers pages of a list.
    is_list: bool,
    needs_user: bool,
}

#[derive(Clone, Debug)]
struct Parameter {
    name: String,
    is_in_path: bool,
    is_required: bool,
    kind: Kind,
}

/// What a value must be.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Integer,
    Boolean,
    Text,
    Word(Vec<String>),
    /// Lists of numbers or of anything: these never fail.
    List,
    Words,
    Time,
    /// Names or numbers with commas between.
    Names,
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn is_read(&self) -> bool {
        self.method == Method::GET
    }

    /// Whether a group or project is named in the path.
    fn names_a_source(&self) -> bool {
        self.path.starts_with("/groups/{id}") || self.path.starts_with("/projects/{id}")
    }

    /// What is said of a source that is not there.
    fn no_source(&self) -> Value {
        let kind = if self.path.starts_with("/projects") {
            "Project"
        } else {
            "Group"
        };
        serde_json::json!({"message": format!("404 {kind} Not Found")})
    }

    /// The path with this source, and numbers where numbers are wanted.
    fn at(&self, source: &str) -> String {
        let source = if self.names_a_source() { source } else { "1" };
        let mut path = self.path.replacen("{id}", source, 1);
        for parameter in self.parameters.iter().filter(|parameter| parameter.is_in_path) {
            let value = if parameter.kind == Kind::Integer {
                "1"
            } else {
                "x%40example.org"
            };
            path = path.replace(&format!("{{{}}}", parameter.name), value);
        }
        path
    }

    fn others(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| !parameter.is_in_path)
    }
}

/// All calls, in the order of their names.
async fn operations(app: &TestApp) -> Vec<Operation> {
    let document = app.anonymous().get("/openapi.json").await.expect(200).json();
    let mut all = vec![];
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push(read(&document, path, method, operation));
        }
    }
    all.sort_by_key(Operation::name);
    all
}

fn read(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let empty = vec![];
    let parameters = operation["parameters"].as_array().unwrap_or(&empty).iter();
    let mut parameters: Vec<_> = parameters
        .filter(|parameter| parameter["in"] != "header")
        .map(|parameter| Parameter {
            name: parameter["name"].as_str().unwrap().trim_end_matches("[]").to_owned(),
            is_in_path: parameter["in"] == "path",
            is_required: parameter["required"] == true,
            kind: kind(document, &parameter["schema"]),
        })
        .collect();
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let body = resolved(document, body);
    for (name, schema) in body["properties"].as_object().into_iter().flatten() {
        let required = body["required"].as_array().unwrap_or(&empty);
        parameters.push(Parameter {
            name: name.clone(),
            is_in_path: false,
            is_required: required.iter().any(|required| required == name.as_str()),
            kind: kind(document, schema),
        });
    }
    let securities = operation["security"].as_array().unwrap_or(&empty);
    let success = &operation["responses"]["200"];
    Operation {
        method: method.to_uppercase().parse().unwrap(),
        path: path.to_owned(),
        parameters,
        is_list: success["headers"].get("X-Page").is_some(),
        needs_user: !securities
            .iter()
            .any(|security| security.as_object().is_some_and(serde_json::Map::is_empty)),
    }
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect(reference),
        None => schema,
    }
}

fn kind(document: &Value, schema: &Value) -> Kind {
    let schema = resolved(document, schema);
    let words = |schema: &Value| {
        let words = schema["enum"].as_array()?.iter();
        let words: Vec<_> = words.filter_map(|word| word.as_str().map(str::to_owned)).collect();
        (!words.is_empty()).then_some(words)
    };
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several
            .iter()
            .filter_map(Value::as_str)
            .filter(|kind| *kind != "null")
            .collect(),
        _ => vec![],
    };
    match (types.as_slice(), schema["format"].as_str()) {
        (["integer"], _) => Kind::Integer,
        (["boolean"], _) => Kind::Boolean,
        (["array"], _) if words(resolved(document, &schema["items"])).is_some() => Kind::Words,
        (["array"], _) => Kind::List,
        (["string"], Some("date" | "date-time")) => Kind::Time,
        (["string"], _) => words(schema).map_or(Kind::Text, Kind::Word),
        _ => Kind::Names,
    }
}
