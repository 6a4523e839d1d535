//! Random documents, of the shapes that could be dear, in search of the dearest.

#![expect(
    clippy::format_push_string,
    reason = "what it takes to write a document is not measured"
)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;

use super::corpus::{BODY, Case, Outcome};
use super::{Graph, shown};

/// Tokens that a document may have, with some to spare.
const TOKENS: usize = 4_900;

/// Searches until the time is over, and prints the dearest of each shape.
pub(super) fn run(graph: &Graph, until: Instant) {
    let mut random = StdRng::seed_from_u64(7);
    let mut worst: BTreeMap<&str, (Duration, String)> = BTreeMap::new();
    let mut tried = 0;
    while Instant::now() < until {
        for (shape, make) in SHAPES {
            let case = make(&mut random);
            tried += 1;
            let cost = graph.run(&case, tried % 50);
            let known = worst.get(shape).map_or(Duration::ZERO, |(cost, _)| *cost);
            if cost > known {
                // Once more: the machine may have been busy.
                let cost = graph.cost(&case);
                if cost > known {
                    worst.insert(
                        shape,
                        (cost, String::from_utf8_lossy(&case.body).chars().take(160).collect()),
                    );
                }
            }
        }
    }
    let mut table: Vec<_> = worst.into_iter().collect();
    table.sort_by(|one, other| other.1.cmp(&one.1));
    println!("\n{tried} random documents; the dearest of each shape\n");
    for (shape, (cost, text)) in table {
        println!("{}  {shape}: {text}", shown(cost));
    }
}

type Make = fn(&mut StdRng) -> Case;

const SHAPES: &[(&str, Make)] = &[
    ("tree of fields", tree),
    ("crowd of fragments", crowd),
    ("variables", variables),
    ("tokens at random", tokens),
    ("large values", large),
    ("blanks", blanks),
];

fn case(text: &str, variables: &serde_json::Value) -> Case {
    Case {
        name: String::new(),
        method: "POST",
        uri: "/api/graphql".to_owned(),
        body: json!({ "query": text, "variables": variables })
            .to_string()
            .into_bytes(),
        outcome: Outcome::Answered,
    }
}

/// Fields of the schema, and how to go on inside of them.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "currentUser",
        &[
            "id",
            "name",
            "username",
            "groups{nodes",
            "groupMemberships{nodes",
            "nope",
        ],
    ),
    (
        "group(fullPath:\"a\")",
        &[
            "id",
            "name",
            "fullPath",
            "groupMembers{nodes",
            "descendantGroups(first:1){nodes",
            "groupMembers(search:\"x\",ids:[1,2,3]){edges{node",
        ],
    ),
    ("__schema{types", &["name", "fields{name type", "kind"]),
    (
        "node(id:\"gid://gitlab/User/1\")",
        &["id", "...on UserCore", "...on Group", "...", "__typename"],
    ),
];

fn tree(random: &mut StdRng) -> Case {
    let mut text = "{".to_owned();
    let mut left = random.random_range(100..TOKENS);
    let mut aliases = 190;
    let mut directives = 45;
    while left > 40 {
        let (root, inside) = FIELDS.choose(random).unwrap();
        if random.random_bool(0.3) && aliases > 0 {
            text += &format!("a{}:", random.random_range(0..500));
            aliases -= 1;
            left -= 2;
        }
        text += root;
        if random.random_bool(0.1) && directives > 0 {
            text += "@include(if:true)";
            directives -= 1;
            left -= 7;
        }
        left -= 10;
        grow(random, &mut text, inside, &mut left, 1);
        text += &"}".repeat(root.matches('{').count());
        text += " ";
    }
    case(&format!("{text}}}"), &json!({}))
}

fn grow(random: &mut StdRng, text: &mut String, inside: &[&str], left: &mut usize, depth: usize) {
    text.push('{');
    for _ in 0..random.random_range(1..20) {
        let chosen = inside.choose(random).unwrap();
        *text += chosen;
        *left = left.saturating_sub(3);
        let opens = chosen.contains('{') || chosen.starts_with("...");
        if opens {
            if depth < 14 && *left > 40 {
                grow(random, text, inside, left, depth + 1);
            } else {
                *text += "{__typename}";
            }
            *text += &"}".repeat(chosen.matches('{').count());
        }
        text.push(' ');
        if *left < 40 {
            break;
        }
    }
    text.push('}');
}

fn crowd(random: &mut StdRng) -> Case {
    let fragments = random.random_range(1..300_usize);
    let mut left = TOKENS;
    let mut text = String::new();
    for _ in 0..random.random_range(1..60) {
        let operation = if random.random_bool(0.8) {
            format!("query Q{}", random.random::<u32>())
        } else {
            String::new()
        };
        text += &format!("{operation}{{...F{} __typename}}", random.random_range(0..fragments));
        left = left.saturating_sub(8);
    }
    for n in 0..fragments {
        let spreads = random.random_range(0..8_usize).min(left / 4);
        let wraps = random.random_range(0..20_usize).min(left / 6);
        text += &format!("fragment F{n} on Query{{{}", "...{".repeat(wraps));
        for _ in 0..spreads {
            text += &format!("...F{} ", random.random_range(n..=fragments));
        }
        for _ in 0..random.random_range(1..30_usize).min(left / 4 + 1) {
            text += ["__typename ", "nope ", "metadata{version} ", "nodes(ids:[$a $b]){id} "]
                .choose(random)
                .unwrap();
            left = left.saturating_sub(3);
        }
        text += &"}".repeat(wraps + 1);
        left = left.saturating_sub(8 + spreads * 2 + wraps * 3);
        if left < 40 {
            break;
        }
    }
    case(&text, &json!({}))
}

fn variables(random: &mut StdRng) -> Case {
    let defined = random.random_range(1..1_200_usize);
    let operations = random.random_range(1..200_usize);
    let each = (defined / operations).max(1);
    let ty = *["ID!", "[ID!]!", "Int", "Nope", "InviteeInput!", "[[[Int]]]"]
        .choose(random)
        .unwrap();
    let mut text = String::new();
    for operation in 0..operations {
        let list: Vec<_> = (0..each).map(|n| format!("$v{n}:{ty}")).collect();
        text += &format!("query Q{operation}({}){{...F}} ", list.join(" "));
    }
    let spent = operations * 8 + defined * 5;
    let uses = TOKENS.saturating_sub(spent) / 2;
    let uses: Vec<_> = (0..uses)
        .map(|_| format!("$v{}", random.random_range(0..each * 2)))
        .collect();
    text += &format!("fragment F on Query{{nodes(ids:[{}]){{id}}}}", uses.join(" "));
    let values: serde_json::Map<_, _> = (0..each.min(800))
        .map(|n| (format!("v{n}"), json!([1, 2, 3])))
        .collect();
    case(&text, &values.into())
}

fn tokens(random: &mut StdRng) -> Case {
    let words = [
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ":",
        "...",
        "@",
        "$",
        "!",
        "=",
        "a",
        "on",
        "query",
        "fragment",
        "Query",
        "1",
        "-1.5",
        "\"s\"",
        "\"\"\"b\"\"\"",
        "true",
        "null",
        "#c\n",
        "id",
        "node",
        "currentUser",
    ];
    let text: String = (0..random.random_range(10..TOKENS))
        .map(|_| *words.choose(random).unwrap())
        .collect::<Vec<_>>()
        .join(" ");
    case(&text, &json!({}))
}

fn large(random: &mut StdRng) -> Case {
    let size = random.random_range(1_000..BODY - 20_000);
    let value = match random.random_range(0..4) {
        0 => json!("x".repeat(size)),
        1 => json!(vec![1; size / 2]),
        2 => json!(vec![json!({"email": "a"}); size / 14]),
        _ => (0..size / 10)
            .map(|n| (n.to_string(), json!([n])))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    };
    let (ty, field) = *[
        ("String!", "user(username:$v){id}"),
        ("[ID!]!", "nodes(ids:$v){id}"),
        ("UserID", "user(id:$v){id}"),
        ("Nope", "nodes(ids:$v){id}"),
        ("String", "__type(name:$v){name}"),
    ]
    .choose(random)
    .unwrap();
    let uses: Vec<_> = (0..random.random_range(1..190))
        .map(|n| format!("a{n}:{field} "))
        .collect();
    case(&format!("query($v:{ty}){{{}}}", uses.concat()), &json!({ "v": value }))
}

fn blanks(random: &mut StdRng) -> Case {
    let pieces = [
        "{", "a", ":", "b", "(", "c", ":", "1", ")", "@", "d", "{", "e", "}", "}",
    ];
    let filler = *[" ", "#x\n", "#\n", "\n", ",", "\u{feff}"].choose(random).unwrap();
    let mut text = String::new();
    let depth = random.random_range(0..60);
    text += &"{a".repeat(depth);
    let place = random.random_range(0..pieces.len());
    for (n, piece) in pieces.iter().enumerate() {
        text += piece;
        if n == place {
            text += &filler.repeat((BODY - 3_000) / (filler.len() + filler.matches('\n').count()));
        }
    }
    text += &"}".repeat(depth);
    case(&text, &json!({}))
}
