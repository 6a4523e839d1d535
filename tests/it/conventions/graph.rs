//! Arguments and inputs of the graph that are not of their type: each of every mutation, and each of every list and lookup.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::support::world::World;
use crate::support::{Answer, Client, TestApp, on_both_databases};

on_both_databases!(
    every_field_of_every_input_refuses_what_is_not_of_its_type,
    every_argument_refuses_what_is_not_of_its_type,
    odd_requests_are_refused_and_do_no_harm,
);

/// The types of the schema by name.
struct Schema(BTreeMap<String, Value>);

const TYPES: &str = "{ __schema { types { name kind enumValues { name }
    inputFields { name defaultValue type { ...t } }
    fields { name type { ...t } args { name defaultValue type { ...t } } } } } }
  fragment t on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

impl Schema {
    async fn of(app: &TestApp) -> Self {
        let told = app.anonymous().query(TYPES, json!({})).await;
        let types = told["__schema"]["types"].as_array().unwrap();
        Self(
            types
                .iter()
                .map(|one| (one["name"].as_str().unwrap().to_owned(), one.clone()))
                .collect(),
        )
    }

    /// A value that is of this type; for one that must be there.
    fn good(&self, of: &Value) -> Value {
        match (of["kind"].as_str().unwrap(), of["name"].as_str()) {
            ("NON_NULL", _) => self.good(&of["ofType"]),
            ("LIST", _) => json!([]),
            ("ENUM", Some(name)) => self.0[name]["enumValues"][0]["name"].clone(),
            ("INPUT_OBJECT", Some(name)) => self.input(name),
            (_, Some("Int")) => json!(1),
            (_, Some("Boolean")) => json!(true),
            (_, Some("Time" | "Date")) => json!("2030-01-02"),
            (_, Some("String" | "ID")) => json!("nowhere"),
            (_, Some("MemberID")) => json!("gid://gitlab/GroupMember/999999"),
            (_, Some("ShareID")) => json!("gid://gitlab/GroupGroupLink/999999"),
            (_, Some(name)) => json!(format!("gid://gitlab/{}/999999", name.trim_end_matches("ID"))),
            other => panic!("{other:?}"),
        }
    }

    /// An input with what must be there, or with one of those of which one must.
    fn input(&self, name: &str) -> Value {
        let fields = self.0[name]["inputFields"].as_array().unwrap();
        let mut needed: Vec<_> = fields
            .iter()
            .filter(|field| field["type"]["kind"] == "NON_NULL" && field["defaultValue"].is_null())
            .collect();
        if needed.is_empty() {
            needed = fields
                .iter()
                .filter(|field| field["name"] != "clientMutationId")
                .take(1)
                .collect();
        }
        let named = |field: &&Value| (field["name"].as_str().unwrap().to_owned(), self.good(&field["type"]));
        Value::Object(needed.iter().map(named).collect::<Map<_, _>>())
    }

    /// Values that are not of this type.
    fn bad(of: &Value) -> Vec<Value> {
        let no_text = || vec![json!(1), json!(1.5), json!(true), json!({"a": 1}), json!([1, 2])];
        match (of["kind"].as_str().unwrap(), of["name"].as_str()) {
            ("NON_NULL", _) => [vec![json!(null)], Self::bad(&of["ofType"])].concat(),
            // A single value counts as a list of one.
            ("LIST", _) => {
                let of_item = Self::bad(&of["ofType"]).into_iter().filter(|value| !value.is_array());
                let item = of_item.map(|value| json!([value]));
                item.collect()
            }
            ("ENUM", _) => [
                no_text(),
                vec![
                    json!("NONSENSE"),
                    json!(""),
                    json!("developer "),
                    json!("\0"),
                    json!("DEVELOPER;"),
                ],
            ]
            .concat(),
            ("INPUT_OBJECT", _) => vec![json!(1), json!("x"), json!(true), json!([1]), json!({"nonsense": 1})],
            (_, Some("Int")) => vec![
                json!("1"),
                json!(1.5),
                json!(true),
                json!(i64::MAX),
                json!({"a": 1}),
                json!([1, 2]),
            ],
            (_, Some("Boolean")) => vec![
                json!("true"),
                json!(1),
                json!(1.5),
                json!({"a": 1}),
                json!([true, false]),
            ],
            (_, Some("String")) => no_text(),
            (_, Some("ID")) => vec![json!(1.5), json!(true), json!({"a": 1}), json!([1, 2])],
            (_, Some("Time" | "Date")) => {
                let words =
                    ["soon", "2027-02-30", "2027-13-01", "2027", "2027-01-02\0", "٢٠٢٧-٠١-٠٢"].map(|word| json!(word));
                [
                    words.to_vec(),
                    vec![json!(true), json!({"a": 1}), json!(["2027-01-02", "2027-01-02"])],
                ]
                .concat()
            }
            (_, Some(name)) => {
                let model = name.trim_end_matches("ID");
                let mut all = no_text();
                all.extend(
                    [
                        "",
                        "x",
                        "gid://",
                        "gid://gitlab",
                        "gid://gitlab/Nothing/1",
                        "gid://gitlab/AuditEvent/1",
                        "gid://other/User/1",
                        "\0",
                        "gid://gitlab/User/1/2",
                    ]
                    .map(|id| json!(id)),
                );
                let ends = ["x", "", "1.5", "1\0", "99999999999999999999", "٣", " 1", "1e2"];
                all.extend(ends.map(|end| json!(format!("gid://gitlab/{model}/{end}"))));
                all
            }
            other => panic!("{other:?}"),
        }
    }
}

/// How a type is written.
fn written(of: &Value) -> String {
    match of["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", written(&of["ofType"])),
        "LIST" => format!("[{}]", written(&of["ofType"])),
        _ => of["name"].as_str().unwrap().to_owned(),
    }
}

fn inner(of: &Value) -> &Value {
    if of["ofType"].is_object() {
        inner(&of["ofType"])
    } else {
        of
    }
}

/// The one code of the errors, and whether anything is left that only we can mend.
fn refused(answer: &Answer) -> Result<(), String> {
    let body = answer.json();
    let codes: Vec<_> = body["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| &error["extensions"]["code"])
        .collect();
    let is_refused = !codes.is_empty() && codes.iter().all(|code| **code == "BAD_USER_INPUT");
    if answer.status.is_server_error() || !is_refused {
        Err(format!("{} {:.250}", answer.status, answer.text()))
    } else {
        Ok(())
    }
}

fn world() -> Value {
    let world = World::new().group("acme", |group| group.public().owner("ann"));
    world
        .project("acme/app", |project| project.public().developer("dan"))
        .json()
}

async fn every_field_of_every_input_refuses_what_is_not_of_its_type(app: TestApp) {
    app.import(&world()).await;
    let schema = Schema::of(&app).await;
    let root = app.admin();
    let (mut faults, mut cases) = (vec![], 0);
    for mutation in schema.0["Mutation"]["fields"].as_array().unwrap() {
        let name = mutation["name"].as_str().unwrap();
        let kind = inner(&mutation["args"][0]["type"])["name"].as_str().unwrap();
        let document = format!("mutation($input: {kind}!) {{ done: {name}(input: $input) {{ errors }} }}");
        for field in schema.0[kind]["inputFields"].as_array().unwrap() {
            let field_name = field["name"].as_str().unwrap();
            for value in Schema::bad(&field["type"]) {
                let mut input = schema.input(kind);
                input[field_name] = value.clone();
                // A default stands for what is left out, not for null; and null is no fault where nothing need be there.
                let answer = root.graphql(&document, json!({ "input": input })).await;
                cases += 1;
                if let Err(fault) = refused(&answer) {
                    faults.push(format!("{name}.{field_name} = {value}: {fault}"));
                }
            }
            let is_text = inner(&field["type"])["name"] == "String" && field["type"]["kind"] != "LIST";
            let is_made = name.ends_with("Create")
                && !name.starts_with("share")
                && !name.starts_with("ldap")
                && !name.starts_with("accessRequest");
            if is_text && !is_made {
                for text in super::values::odd_texts()
                    .into_iter()
                    .filter(Value::is_string)
                    .chain([json!("a\0b")])
                {
                    let mut input = schema.input(kind);
                    input[field_name] = text.clone();
                    let answer = root.graphql(&document, json!({ "input": input })).await;
                    cases += 1;
                    faults.extend(harm(&answer).map(|fault| format!("{name}.{field_name} = {text:.60}: {fault}")));
                }
            }
        }
    }
    eprintln!("{cases} cases of inputs");
    assert!(cases >= 1_500, "{cases}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

/// What may never come of any input.
fn harm(answer: &Answer) -> Option<String> {
    let text = answer.text();
    let is_ours = ["\"INTERNAL\"", "\"TIMEOUT\"", "\"UNAVAILABLE\""]
        .iter()
        .any(|code| text.contains(code));
    (answer.status.is_server_error() || is_ours).then(|| format!("{} {text:.250}", answer.status))
}

async fn every_argument_refuses_what_is_not_of_its_type(app: TestApp) {
    app.import(&world()).await;
    let schema = Schema::of(&app).await;
    let root = app.admin();
    let (mut faults, mut cases) = (vec![], 0);
    for (kind, open, close) in [
        ("Query", "{", "}"),
        ("Group", "{ at: group(fullPath: \"acme\") {", "} }"),
        ("Project", "{ at: project(fullPath: \"acme/app\") {", "} }"),
        ("CurrentUser", "{ at: currentUser {", "} }"),
    ] {
        for field in schema.0[kind]["fields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            let is_scalar = matches!(inner(&field["type"])["kind"].as_str(), Some("SCALAR" | "ENUM"));
            let selection = if is_scalar { "" } else { "{ __typename }" };
            let args = field["args"].as_array().unwrap();
            for arg in args {
                let arg_name = arg["name"].as_str().unwrap();
                let others = args.iter().filter(|other| {
                    other["type"]["kind"] == "NON_NULL"
                        && other["name"] != arg["name"]
                        && other["defaultValue"].is_null()
                });
                let others: Vec<_> = others.collect();
                let of_others = |part: &dyn Fn(&str, &Value) -> String| {
                    others
                        .iter()
                        .map(|other| part(other["name"].as_str().unwrap(), &other["type"]))
                        .collect::<String>()
                };
                let declared = of_others(&|name, kind| format!(", ${name}: {}", written(kind)));
                let passed = of_others(&|name, _| format!(", {name}: ${name}"));
                let document = format!(
                    "query($v: {}{declared}) {open} it: {name}({arg_name}: $v{passed}) {selection} {close}",
                    written(&arg["type"])
                );
                let mut variables: Map<String, Value> = others
                    .iter()
                    .map(|other| (other["name"].as_str().unwrap().to_owned(), schema.good(&other["type"])))
                    .collect();
                let is_page = matches!(arg_name, "first" | "last");
                let negative = is_page.then(|| json!(-1));
                let cursors =
                    [" ", "x", "\0", "bm9uc2Vuc2U", "bm9uc2Vuc2U=", "é", "AAAA", "eyJhIjoxfQ"].map(|word| json!(word));
                let cursors = matches!(arg_name, "after" | "before")
                    .then_some(cursors)
                    .into_iter()
                    .flatten();
                for value in Schema::bad(&arg["type"]).into_iter().chain(negative).chain(cursors) {
                    variables.insert("v".to_owned(), value.clone());
                    let answer = root.graphql(&document, json!(variables)).await;
                    cases += 1;
                    if let Err(fault) = refused(&answer) {
                        faults.push(format!("{kind}.{name}({arg_name}: {value:.60}): {fault}"));
                    }
                }
                let is_text = matches!(inner(&arg["type"])["name"].as_str(), Some("String" | "ID"));
                if is_text && arg["type"]["kind"] != "LIST" {
                    for text in super::values::odd_texts()
                        .into_iter()
                        .filter(Value::is_string)
                        .chain([json!("a\0b")])
                    {
                        variables.insert("v".to_owned(), text.clone());
                        let answer = root.graphql(&document, json!(variables)).await;
                        cases += 1;
                        faults.extend(
                            harm(&answer).map(|fault| format!("{kind}.{name}({arg_name}: {text:.60}): {fault}")),
                        );
                    }
                }
                if is_page {
                    for number in [0, 1, 101, i64::from(i32::MAX)] {
                        variables.insert("v".to_owned(), json!(number));
                        let answer = root.graphql(&document, json!(variables)).await;
                        cases += 1;
                        faults
                            .extend(harm(&answer).map(|fault| format!("{kind}.{name}({arg_name}: {number}): {fault}")));
                    }
                }
            }
        }
    }
    eprintln!("{cases} cases of arguments");
    assert!(cases >= 2_000, "{cases}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

async fn code(client: &Client, document: &str, variables: Value) -> (u16, Value) {
    let answer = client.graphql(document, variables).await;
    (
        answer.status.as_u16(),
        answer.json()["errors"][0]["extensions"]["code"].clone(),
    )
}

async fn odd_requests_are_refused_and_do_no_harm(app: TestApp) {
    app.import(&world()).await;
    let root = app.admin();
    let (parse, validation, input) = ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT");
    for (document, variables, wanted) in [
        ("", json!({}), parse),
        ("{", json!({}), parse),
        ("{ currentUser { id }", json!({}), parse),
        ("\0", json!({}), input),
        ("{ currentUser { id } } \u{202e}", json!({}), parse),
        ("query($a: Int = ) { currentUser { id } }", json!({}), parse),
        ("{ nonsense }", json!({}), validation),
        ("{ currentUser { id nonsense } }", json!({}), validation),
        ("{ currentUser }", json!({}), validation),
        ("{ currentUser { id { x } } }", json!({}), validation),
        ("query($v: Nonsense) { user(id: $v) { id } }", json!({}), validation),
        ("query($v: Int) { user(id: $v) { id } }", json!({}), validation),
        ("{ user(id: $v) { id } }", json!({"v": 1}), validation),
        ("{ group(fullPath: 1.5) { id } }", json!({}), validation),
        ("{ group { id } }", json!({}), validation),
        ("{ ...f } fragment f on Nonsense { id }", json!({}), validation),
        ("{ ...f }", json!({}), validation),
        ("{ groups(first: 1, last: 1) { count } }", json!({}), input),
        ("query($v: UserID!) { user(id: $v) { id } }", json!({}), input),
        (
            "query($v: [GroupMemberRelation!]) { group(fullPath: \"acme\") { groupMembers(relations: $v) { count } } }",
            json!({"v": [null]}),
            input,
        ),
    ] {
        let (status, told) = code(&root, document, variables).await;
        assert!(
            status < 500 && told == wanted,
            "{document}: {status} {told}, not {wanted}"
        );
    }
    // Nothing else than an object is taken for variables.
    for variables in [json!([]), json!("x"), json!(1), json!(true), json!([{"v": 1}])] {
        let (status, told) = code(&root, "{ currentUser { id } }", variables.clone()).await;
        assert!(
            (400..500).contains(&status) && told == input,
            "{variables}: {status} {told}"
        );
    }
    // Long lists of ids, and texts that nobody has.
    let ids: Vec<_> = (0..101).map(|n| format!("gid://gitlab/User/{n}")).collect();
    let nodes = "query($v: [ID!]!) { nodes(ids: $v) { id } }";
    assert!(root.graphql(nodes, json!({ "v": ids })).await.status.as_u16() < 500);
    let group = root.get("/groups/acme").await.json()["id"].clone();
    for (name, list) in [("groupMemberBulkUpdate", "userIds"), ("memberInvite", "invitees")] {
        let (kind, mut value) = match name {
            "memberInvite" => ("MemberInviteInput", json!({"source": {"fullPath": "acme"}})),
            _ => (
                "GroupMemberBulkUpdateInput",
                json!({"groupId": format!("gid://gitlab/Group/{group}")}),
            ),
        };
        value["accessLevel"] = json!("GUEST");
        value[list] = match name {
            "memberInvite" => (0..101)
                .map(|n| json!({"email": format!("a{n}@example.org")}))
                .collect(),
            _ => json!(ids),
        };
        let document =
            format!("mutation($input: {kind}!) {{ done: {name}(input: $input) {{ userErrors {{ code }} }} }}");
        let told = root.query(&document, json!({ "input": value })).await;
        assert_eq!(told["done"]["userErrors"][0]["code"], "TOO_MANY", "{name}: {told}");
    }
}
