//! Who may import whom: the drawing in `src/lib.rs`, held against the `use` lines.

use std::fs;
use std::path::{Path, PathBuf};

/// A room, and what nothing in it may name.
const NEVER: [(&str, &[&str]); 15] = [
    (
        "graphql",
        &[
            "crate::rest",
            "crate::world",
            "crate::entity",
            "crate::db",
            "crate::server",
            "crate::cli",
            "sea_orm",
        ],
    ),
    (
        "rest",
        &[
            "crate::graphql",
            "crate::world",
            "crate::entity",
            "crate::db",
            "crate::server",
            "crate::cli",
            "sea_orm",
        ],
    ),
    (
        "world",
        &[
            "crate::graphql",
            "crate::rest",
            "crate::domain",
            "crate::auth",
            "crate::server",
            "crate::cli",
        ],
    ),
    (
        "mail",
        &[
            "crate::graphql",
            "crate::rest",
            "crate::world",
            "crate::auth",
            "crate::entity",
            "crate::db",
            "crate::server",
            "crate::cli",
            "sea_orm",
        ],
    ),
    (
        "directory",
        &[
            "crate::graphql",
            "crate::rest",
            "crate::world",
            "crate::mail",
            "crate::auth",
            "crate::entity",
            "crate::db",
            "crate::server",
            "crate::cli",
            "sea_orm",
        ],
    ),
    ("server", &["crate::entity", "crate::world", "crate::cli", "sea_orm"]),
    (
        "auth.rs",
        &["crate::entity", "crate::db", "crate::graphql", "crate::rest", "sea_orm"],
    ),
    (
        "auth",
        &["crate::entity", "crate::db", "crate::graphql", "crate::rest", "sea_orm"],
    ),
    (
        "domain",
        &[
            "axum",
            "async_graphql",
            "crate::graphql",
            "crate::rest",
            "crate::auth",
            "crate::world",
            "crate::mail",
            "crate::directory",
            "crate::server",
        ],
    ),
    ("entity", &["crate::domain", "crate::db"]),
    (
        "db",
        &[
            "crate::domain",
            "crate::graphql",
            "crate::rest",
            "crate::world",
            "crate::server",
        ],
    ),
    ("types", &["crate::entity", "crate::db", "crate::domain"]),
    ("clock.rs", &["crate::"]),
    ("config.rs", &["crate::"]),
    ("markup.rs", &["crate::"]),
];

#[test]
fn no_room_imports_from_a_floor_above_or_beside_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    for (room, never) in NEVER {
        for file in files(&source.join(room)) {
            let text = fs::read_to_string(&file).unwrap();
            // Unit tests may build what they need.
            let product = text.split("#[cfg(test)]").next().unwrap_or_default();
            for (number, line) in product
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.trim_start().starts_with("//"))
            {
                if let Some(name) = never.iter().find(|name| names(line, name)) {
                    faults.push(format!("{}:{}: {name}", file.display(), number + 1));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whether the line names a module or crate, and not something whose name only begins so.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + name.len()..].chars().next();
        let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
        !before.is_some_and(|c| part_of_word(c) || c == ':')
            && (name.ends_with(':') || !after.is_some_and(part_of_word))
    })
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.is_dir() || path.extension().is_some_and(|kind| kind == "rs"))
        .filter(|path| path.file_stem().is_none_or(|stem| stem != "tests"))
        .flat_map(|path| files(&path))
        .collect()
}
