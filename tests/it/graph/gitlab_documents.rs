//! Documents as people write them for GitLab's graph, in `tests/gitlab_documents/`, sent as they are: each lies beside who sends it, with which
//! variables, and what comes back. `ROSTER_BLESS=1` writes the answers anew; read them then with GitLab's documentation in the other hand.

use std::path::Path;

use serde_json::{Value, json};

use crate::documents::read;
use crate::support::halves::setting;
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

const FOLDER: &str = "tests/gitlab_documents";

on_both_databases!(documents_written_for_gitlab_are_answered_as_gitlab_answers_them);

/// Two hierarchies that know each other, one that is hidden, and one to change things in.
fn world() -> Value {
    let named = [
        "ann", "mia", "dan", "gus", "wes", "min", "fay", "fred", "rita", "olga", "pia", "max",
    ];
    let people = named.into_iter().fold(World::new(), |world, name| {
        world.user(name, |user| match name {
            "dan" => user.set("public_email", "dan@public.example"),
            "rita" => user.set("last_activity_on", "2026-11-01"),
            _ => user,
        })
    });
    people
        .group("acme", |group| {
            group
                .owner("ann")
                .maintainer("mia")
                .member("dan", 30, |row| {
                    row.by("ann").until("2027-06-30").since("2026-02-03T04:05:06.789Z")
                })
                .member("gus", 10, |row| row.since("2026-03-04T05:06:07.000Z"))
                .member("min", 5, |row| row)
                .member("wes", 30, |row| row.awaiting().by("mia"))
                .invited("ina@example.com", 20, |row| row.awaiting().by("ann"))
                .shared_with("friends", 30)
        })
        .group("acme/tools", |group| group.maintainer("dan").reporter("rita"))
        .group("acme/tools/deep", |group| group.developer("pia"))
        .group("friends", |group| group.owner("fay").developer("fred"))
        .group("hid", |group| group.owner("olga"))
        .group("bulk", |group| {
            group.owner("ann").developer("dan").guest("gus").reporter("rita")
        })
        .group("open", |group| group.public().owner("olga"))
        .project("acme/app", |project| {
            project.developer("pia").shared_with("friends", 20)
        })
        .project("acme/tools/cli", |project| {
            project.maintainer("max").member("gus", 30, |row| row.by("dan"))
        })
        .project("hid/app", |project| project)
        .project("bulk/app", |project| project.owner("ann").developer("pia").guest("max"))
        .role("acme", "Auditor", 10)
        .json()
}

async fn documents_written_for_gitlab_are_answered_as_gitlab_answers_them(app: TestApp) {
    app.import(&world()).await;
    let documents = documents();
    assert!(documents.len() >= 25, "{documents:?}");
    let (changing, asking): (Vec<_>, Vec<_>) = documents.into_iter().partition(|name| name.starts_with("update_"));
    for name in asking.into_iter().chain(changing) {
        let document = read(&format!("{FOLDER}/{name}.graphql"));
        let beside = format!("{FOLDER}/{name}.json");
        let mut kept: Value = serde_json::from_str(&read(&beside)).unwrap();
        let mut last = Value::Null;
        let mut differing = Vec::new();
        for run in kept["runs"].as_array_mut().unwrap() {
            let client = run["as"].as_str().map(|name| app.token(&format!("{name}-api")));
            let client = client.unwrap_or_else(|| app.anonymous());
            let variables = filled(&run["variables"], &last);
            let mut answer = client.graphql(&document, variables).await.json();
            last = answer["data"].clone();
            answer.as_object_mut().unwrap().remove("extensions");
            tidy(&mut answer);
            if run["answer"] != answer {
                differing.push(format!("{}\n{answer:#}", run["variables"]));
                run["answer"] = answer;
            }
        }
        if setting("ROSTER_BLESS").is_some() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(beside);
            std::fs::write(path, format!("{kept:#}\n")).unwrap();
        } else {
            assert_eq!(differing, Vec::<String>::new(), "{name}");
        }
    }
}

/// The names of the documents.
fn documents() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut names: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "graphql"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// A variable `@/some/place` is what the last answer has there.
fn filled(variables: &Value, last: &Value) -> Value {
    let pairs = variables.as_object().unwrap().iter().map(|(name, value)| {
        let place = value.as_str().and_then(|text| text.strip_prefix('@'));
        let value = place.map_or(value, |place| last.pointer(place).expect("the last answer has it"));
        (name.clone(), value.clone())
    });
    Value::Object(pairs.collect())
}

/// Leaves what GitLab's answer would have too, and of cursors only that they are there.
fn tidy(answer: &mut Value) {
    match answer {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "cursor" | "startCursor" | "endCursor" if value.is_string() => *value = json!("a cursor"),
                    "extensions" => *value = json!({ "code": value["code"] }),
                    _ => tidy(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}
