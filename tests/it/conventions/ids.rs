//! Ids and paths as clients should not write them.

use serde_json::json;

use super::{Kind, operations};
use crate::support::world::{Group, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    an_odd_id_of_a_source_is_nobodys,
    an_odd_number_in_a_path_is_invalid_or_nobodys,
    an_odd_path_is_no_route,
);

fn world() -> serde_json::Value {
    let world = World::new()
        .group("acme", |group| group.public().owner("ann"))
        .group("7777", Group::public);
    world
        .project("acme/app", |project| project.public().developer("dan"))
        .json()
}

/// Ids that are nobody's, each for a reason of its own.
const NOBODYS: &[&str] = &[
    "0",
    "-1",
    "-1001",
    "7777",
    "99999999999999999999",
    "-99999999999999999999",
    "9223372036854775807",
    "9223372036854775808",
    "nowhere",
    "acme%252Fapp",
    "acme%2F",
    "%2Facme",
    "acme%2F%2Fapp",
    "..",
    "%2E%2E",
    ".",
    "%2e",
    "acme%2F..",
    "acme%2F..%2Facme",
    "acme;",
    "acme;x=1",
    "%20acme",
    "acme%20",
    "acme%0A",
    "acme%09",
    "%ff",
    "%C3%28",
    "%E2%80%AEemca",
    "ac%CC%81me",
    "1001.0",
    "1e3",
    "+1001",
    "%2B1001",
    "0x3E9",
    "%D9%A1",
    "acme'",
    "acme%22",
    "acme%5C",
    "*",
    "%25",
    "acme%2Fapp%2F",
    "acme.json",
    "null",
    "true",
    "[]",
    "-",
    "--1",
    "~",
    "%F0%9F%98%80",
];

async fn an_odd_id_of_a_source_is_nobodys(app: TestApp) {
    app.import(&world()).await;
    let root = app.admin();
    let mut faults = vec![];
    let mut cases = 0;
    for operation in operations(&app)
        .await
        .into_iter()
        .filter(super::Operation::names_a_source)
    {
        let body: serde_json::Map<_, _> = operation
            .others()
            .filter(|parameter| parameter.is_required)
            .map(|parameter| (parameter.name.clone(), super::values::good(parameter)))
            .collect();
        for id in NOBODYS.iter().copied() {
            cases += 1;
            let path = operation.at(id);
            let answer = root.call(operation.method.clone(), &path, &json!(body)).await;
            // What the other parameters lack comes first.
            let is_early = answer.status == 400 && answer.text().contains("parameter must be provided");
            let is_early = is_early || (answer.status == 400 && answer.text().contains("Must provide"));
            let is_user = answer.status == 404 && answer.text().contains("404 User Not Found");
            if !is_early && !is_user && (answer.status != 404 || answer.json() != operation.no_source()) {
                faults.push(format!(
                    "{} {id}: {} {:.150}",
                    operation.name(),
                    answer.status,
                    answer.text()
                ));
            }
        }
        for id in ["%00", "acme%00", "10%00"] {
            cases += 1;
            let answer = root
                .call(operation.method.clone(), &operation.at(id), &json!(body))
                .await;
            if answer.status != 400 || !answer.text().contains("id is invalid") {
                faults.push(format!(
                    "{} {id}: {} {:.150}",
                    operation.name(),
                    answer.status,
                    answer.text()
                ));
            }
        }
    }
    eprintln!("{cases} cases of ids");
    assert!(cases >= 2_500, "{cases}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

async fn an_odd_number_in_a_path_is_invalid_or_nobodys(app: TestApp) {
    app.import(&world()).await;
    let root = app.admin();
    let invalid = [
        "abc",
        "1.5",
        "1e2",
        "true",
        "%00",
        "1%00",
        "0x1",
        "1%3B",
        "-",
        "--1",
        "99999999999999999999",
        "9223372036854775808",
        "%D9%A1",
        "%EF%BC%91",
        "1,2",
        "%E2%80%AE1",
        "1%CC%81",
        "[]",
        "ann",
        "null",
        "%ff",
    ];
    let nobodys = [
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "%2B999999",
        "000999999",
        "%20999999%20",
        "%20",
    ];
    let mut faults = vec![];
    let mut cases = 0;
    for operation in operations(&app)
        .await
        .into_iter()
        .filter(super::Operation::names_a_source)
    {
        let source = if operation.path.starts_with("/projects") {
            "acme%2Fapp"
        } else {
            "acme"
        };
        let numbers = operation
            .parameters
            .iter()
            .filter(|parameter| parameter.is_in_path && parameter.name != "id");
        for parameter in numbers.filter(|parameter| parameter.kind == Kind::Integer) {
            let pattern = operation.path.replacen("{id}", source, 1);
            let at = |value: &str| pattern.replace(&format!("{{{}}}", parameter.name), value);
            let body: serde_json::Map<_, _> = operation
                .others()
                .filter(|parameter| parameter.is_required)
                .map(|parameter| (parameter.name.clone(), super::values::good(parameter)))
                .collect();
            for value in invalid {
                cases += 1;
                let answer = root.call(operation.method.clone(), &at(value), &json!(body)).await;
                let wanted = json!({"error": format!("{} is invalid", parameter.name)});
                if answer.status != 400 || answer.json() != wanted {
                    faults.push(format!(
                        "{} {value}: {} {:.150}",
                        operation.name(),
                        answer.status,
                        answer.text()
                    ));
                }
            }
            for value in nobodys {
                cases += 1;
                let answer = root.call(operation.method.clone(), &at(value), &json!(body)).await;
                if !answer.status.is_client_error() {
                    faults.push(format!(
                        "{} {value}: {} {:.150}",
                        operation.name(),
                        answer.status,
                        answer.text()
                    ));
                }
            }
        }
    }
    eprintln!("{cases} cases of numbers in paths");
    assert!(cases >= 500, "{cases}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

async fn an_odd_path_is_no_route(app: TestApp) {
    app.import(&world()).await;
    let ann = app.token("ann-api");
    for path in [
        "/groups/acme/app",
        "/groups//members",
        "/groups/acme//members",
        "//groups/acme",
        "/groups/acme/members//",
        "/groups/acme/members/1/2",
        "/groups/acme/members/all/1/2",
        "/Groups/acme",
        "/groups/acme/Members",
        "/groups/acme%2Fmembers%2F",
        "/groups%2Facme",
        "/group/acme",
        "/users/ann",
        "/users/-1",
        "/users/1.5",
        "/users/1;",
        "/users/%00",
        "/users/+1",
        "/..",
        "/../v4/groups",
        "/groups/acme/..",
        "/groups/acme/./members/x/y",
        "/;",
        "/%00",
        "/%ff",
        "/groups/acme/members;x=1",
        "/projects/acme/app/members",
        "/groups/acme/members/1/override/2",
        "/*",
        "/groups/{id}",
    ] {
        let answer = ann.get(path).await;
        let status = answer.status.as_u16();
        assert!(status < 500, "{path}: {status}");
        let is_a_name = matches!(path, "/groups/acme%2Fmembers%2F" | "/groups/acme/.." | "/groups/{id}");
        if is_a_name {
            assert_eq!(status, 404, "{path}: {}", answer.text());
        } else {
            assert_eq!(
                (status, answer.text()),
                (404, r#"{"error":"404 Not Found"}"#.to_owned()),
                "{path}"
            );
        }
    }
    for path in [
        "/groups/acme/",
        "/groups/acme/members/",
        "/groups/1001/",
        "/groups/ACME",
        "/groups/%61cme",
        "/projects/acme%2fapp/",
        "/projects/acme%2Fapp/members/",
    ] {
        ann.get(path).await.expect(200);
    }
}
