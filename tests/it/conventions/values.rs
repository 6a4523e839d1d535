//! Values of every type as they should not be, and odd ones that must be taken.

use serde_json::{Value, json};

use super::{Kind, Parameter};

const INVALID: &str = "is invalid";
const NOT_LISTED: &str = "does not have a valid value";

/// Values that are refused, as JSON, each with what is said of it.
pub(super) fn refused(kind: &Kind) -> Vec<(Value, &'static str)> {
    let invalid = |values: Vec<Value>| values.into_iter().map(|value| (value, INVALID)).collect::<Vec<_>>();
    match kind {
        Kind::Integer => invalid(integers()),
        Kind::Boolean => invalid(booleans()),
        Kind::Time => invalid(times()),
        Kind::Text | Kind::Names => invalid(no_scalars()),
        Kind::Word(words) => {
            let unlisted = [
                "nonsense",
                "",
                " ",
                "null",
                "ａｓｃ",
                "asc;",
                "' OR 1=1 --",
                "e\u{301}",
                "\u{202e}csa",
            ];
            let unlisted = unlisted.iter().map(|word| json!(word));
            let longer = [
                json!(format!("{} ", words[0])),
                json!("w".repeat(10_000)),
                json!(7),
                json!(true),
            ];
            let unlisted = unlisted.chain(longer).map(|word| (word, NOT_LISTED));
            invalid(no_scalars()).into_iter().chain(unlisted).collect()
        }
        Kind::Words => ["nonsense", "direct;", "direct,nonsense", "ｄirect"]
            .map(|word| (json!(word), NOT_LISTED))
            .to_vec(),
        Kind::List => vec![],
    }
}

fn huge() -> Value {
    serde_json::from_str("99999999999999999999").unwrap()
}

fn no_scalars() -> Vec<Value> {
    vec![
        json!([1]),
        json!([]),
        json!({}),
        json!({"a": 1}),
        json!([["x"]]),
        json!("a\0b"),
        json!("\0"),
    ]
}

fn integers() -> Vec<Value> {
    let texts = [
        "abc",
        "1.5",
        "1e2",
        "true",
        "0x10",
        "--1",
        "+-1",
        "1 2",
        "1,2",
        "1_000",
        "NaN",
        "٣",
        "１２",
        "3\0",
        "99999999999999999999",
        "-99999999999999999999",
        "9223372036854775808",
        "1;",
        "\u{202e}1",
        "1\u{301}",
    ];
    let mut all: Vec<_> = texts.iter().map(|text| json!(text)).collect();
    all.extend([
        json!(1.5),
        json!(100.5e1),
        json!(true),
        json!([1]),
        json!([]),
        json!({"a": 1}),
        huge(),
    ]);
    all
}

fn booleans() -> Vec<Value> {
    let texts = [
        "perhaps",
        "tRue",
        "2",
        "-1",
        "1.0",
        "нет",
        "true;",
        "true\0",
        "\u{202e}eurt",
        "y\u{301}",
    ];
    let mut all: Vec<_> = texts.iter().map(|text| json!(text)).collect();
    all.extend([json!(2), json!(1.5), json!([true]), json!([]), json!({"a": true})]);
    all
}

fn times() -> Vec<Value> {
    let texts = [
        "soon",
        "2027",
        "2027-02-30",
        "2027-13-01",
        "2027-00-10",
        "2027-01-00",
        "2027-02-29",
        "20270230",
        "2027-01-02T25:00:00Z",
        "2027-01-02T10:61:00Z",
        "2027-01-02T10:00:00+99:00",
        "-2027-01-01",
        "99999-01-01",
        "2027-W01-1",
        "٢٠٢٧-٠١-٠٢",
        "2027-01-02\0",
        "2027/01/02;",
        "0000-00-00",
        "2027-01-02T",
        "T10:00:00Z",
    ];
    let mut all: Vec<_> = texts.iter().map(|text| json!(text)).collect();
    all.extend([
        json!(true),
        json!(["2027-01-02"]),
        json!([]),
        json!({"day": 1}),
        json!(1.5),
    ]);
    all
}

/// Odd texts that are texts like any.
pub(super) fn odd_texts() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "%",
        "_",
        "\\",
        "'",
        "\"",
        "';--",
        "a\nb",
        "\u{feff}",
        "\u{202e}abc\u{202c}",
        "e\u{301}\u{301}\u{301}",
        "שלום",
        "مرحبا",
        "👩‍👩‍👧",
        "ﬀ",
        "İı",
        "NULL",
        "undefined",
        "-1",
        "0",
        "1e2",
        "../..",
        "%2F",
        "%00",
        "<script>",
        "${x}",
        "{{x}}",
        "\u{10ffff}",
        "\u{7f}",
        "\u{1}",
    ];
    let mut all: Vec<_> = texts.iter().map(|text| json!(text)).collect();
    all.extend([
        json!(7),
        json!(1.5),
        json!(true),
        json!(null),
        json!("x".repeat(10_000)),
        json!("é".repeat(3_000)),
        huge(),
    ]);
    all
}

/// Odd values that are taken.
pub(super) fn taken(parameter: &Parameter) -> Vec<Value> {
    match &parameter.kind {
        Kind::Integer if matches!(parameter.name.as_str(), "page" | "per_page" | "id_after" | "id_before") => {
            let texts = [
                "+3",
                " 3 ",
                "007",
                "-3",
                "",
                " ",
                "9223372036854775807",
                "-9223372036854775808",
            ];
            let mut all: Vec<_> = texts.iter().map(|text| json!(text)).collect();
            all.extend([json!(3), json!(null), json!(i64::MAX)]);
            all
        }
        Kind::Boolean => {
            let words =
                "true True TRUE t T 1 on On ON y Y yes Yes YES false False FALSE f F 0 off Off OFF n N no No NO";
            let words = words.split(' ').map(|word| json!(word));
            words
                .chain([json!(true), json!(false), json!(""), json!(null)])
                .collect()
        }
        Kind::Time => [
            "2027-01-02",
            "20270102",
            "2028-02-29",
            "2027-01-02T10:00:00Z",
            "2027-01-02 10:00:00.123+02:00",
            "2027-01-02T10:00:00-0330",
            "",
            " ",
        ]
        .map(|text| json!(text))
        .into_iter()
        .chain([json!(null)])
        .collect(),
        Kind::List => {
            let many = json!((0..5_000).collect::<Vec<_>>());
            let texts = [
                "",
                " ",
                ",",
                ",,1,",
                "word",
                "1,2",
                "1;2",
                "99999999999999999999",
                "\0",
                "שלום",
                "-1",
            ];
            let texts = texts.iter().map(|text| json!(text));
            texts
                .chain([
                    json!([]),
                    json!([null]),
                    json!([[1]]),
                    json!([{"a": 1}]),
                    json!({"a": 1}),
                    json!(null),
                    json!(1.5),
                    many,
                ])
                .collect()
        }
        Kind::Text => odd_texts(),
        _ => vec![json!(null)],
    }
}

/// A value that is as it should be.
pub(super) fn good(parameter: &Parameter) -> Value {
    match &parameter.kind {
        Kind::Integer => json!(30),
        Kind::Boolean => json!(true),
        Kind::Word(words) => json!(words[0]),
        Kind::Time => json!("2030-01-02"),
        Kind::List | Kind::Words => json!([]),
        Kind::Text if parameter.name.contains("email") => json!("x@example.org"),
        Kind::Text | Kind::Names => json!("x"),
    }
}

/// Name and value as they stand in a query or a form; none for what has no such form.
pub(super) fn encoded(name: &str, value: &Value) -> Option<String> {
    let escape =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(escape(text)),
        Value::Number(_) | Value::Bool(_) => Some(escape(&value.to_string())),
        _ => None,
    };
    match value {
        Value::Null => Some(name.to_owned()),
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => {
            let items: Option<Vec<_>> = items
                .iter()
                .map(|item| Some(format!("{name}[]={}", scalar(item)?)))
                .collect();
            Some(items?.join("&"))
        }
        Value::Object(members) => {
            let (key, value) = members.iter().next()?;
            Some(format!("{name}[{key}]={}", scalar(value)?))
        }
        _ => Some(format!("{name}={}", scalar(value)?)),
    }
}
