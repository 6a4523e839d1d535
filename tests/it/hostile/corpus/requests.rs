//! Requests: batches, persisted queries, the query string.

use serde_json::{Value, json};

use super::{BAD_INPUT, Case, INVALID, Outcome, TOO_COMPLEX, many, posted};

pub(super) fn all() -> Vec<Case> {
    let mut cases = batches();
    cases.extend(persisted());
    cases.extend(query_strings());
    cases
}

fn batches() -> Vec<Case> {
    let batch = |items: Vec<Value>| Value::Array(items).to_string();
    let one = |text: &str| json!({ "query": text });
    let typo = format!("{{{}}}", many(150, |n| format!("currentUsr{n}")));
    vec![
        posted("a batch of none", "[]", BAD_INPUT),
        posted("a batch of 11", batch(vec![one("{__typename}"); 11]), BAD_INPUT),
        posted("a batch of 1,000", batch(vec![one("{a}"); 1_000]), BAD_INPUT),
        posted("a batch of batches", batch(vec![json!([one("{a}")]); 10]), BAD_INPUT),
        posted("a batch of nothing", "[null,null]", BAD_INPUT),
        posted(
            "a batch that costs too much",
            batch(vec![
                one(&format!(
                    "{{{}}}",
                    many(30, |n| format!("a{n}:metadata{{version}}"))
                ));
                10
            ]),
            TOO_COMPLEX,
        ),
        posted(
            "a batch of typing errors",
            batch(vec![one(&typo); 10]),
            Outcome::Batch("GRAPHQL_VALIDATION_FAILED"),
        ),
        posted(
            "a batch of depths",
            batch(vec![one(&"{".repeat(6_000)); 10]),
            Outcome::Batch("QUERY_TOO_COMPLEX"),
        ),
        posted(
            "a batch of comments",
            batch(vec![one(&format!("{{__typename #{}\n}}", "x".repeat(6_000))); 10]),
            Outcome::Batch(""),
        ),
        posted(
            "a batch of wraps",
            batch(vec![one(&format!("{{{}}}", "...{__typename}".repeat(400))); 10]),
            Outcome::Batch(""),
        ),
    ]
}

fn persisted() -> Vec<Case> {
    let with = |persisted: Value| json!({ "extensions": {"persistedQuery": persisted} }).to_string();
    let both =
        |persisted: Value| json!({ "query": "{__typename}", "extensions": {"persistedQuery": persisted} }).to_string();
    let hash = "0".repeat(64);
    vec![
        posted(
            "a hash nobody knows",
            with(json!({"version": 1, "sha256Hash": hash})),
            Outcome::Refused(400, "PERSISTED_QUERY_NOT_FOUND"),
        ),
        posted(
            "a hash of 60,000",
            with(json!({"version": 1, "sha256Hash": "0".repeat(60_000)})),
            Outcome::Refused(400, "PERSISTED_QUERY_NOT_FOUND"),
        ),
        posted(
            "a hash that is no hash",
            with(json!({"version": 1, "sha256Hash": "../../etc/passwd"})),
            Outcome::Refused(400, "PERSISTED_QUERY_NOT_FOUND"),
        ),
        posted(
            "a hash of another text",
            both(json!({"version": 1, "sha256Hash": hash})),
            BAD_INPUT,
        ),
        posted(
            "another version",
            with(json!({"version": 2, "sha256Hash": hash})),
            BAD_INPUT,
        ),
        posted("no version", with(json!({"sha256Hash": hash})), BAD_INPUT),
        posted(
            "a hash that is a number",
            with(json!({"version": 1, "sha256Hash": 7})),
            BAD_INPUT,
        ),
        posted("a list", with(json!([])), BAD_INPUT),
        posted("null", with(Value::Null), BAD_INPUT),
        posted("neither query nor hash", "{}", BAD_INPUT),
    ]
}

fn query_strings() -> Vec<Case> {
    let get = |name: &str, query: String, outcome| Case {
        name: format!("GET: {name}"),
        method: "GET",
        uri: format!("/api/graphql?{query}"),
        body: Vec::new(),
        outcome,
    };
    vec![
        get("nothing", String::new(), BAD_INPUT),
        get("a query", "query=%7B__typename%7D".to_owned(), Outcome::Answered),
        get(
            "a mutation",
            "query=mutation%7B__typename%7D".to_owned(),
            Outcome::Refused(405, "BAD_USER_INPUT"),
        ),
        get("depth", format!("query={}", "%7B".repeat(10_000)), TOO_COMPLEX),
        get(
            "bytes that are no UTF-8",
            "query=%ff%fe".to_owned(),
            Outcome::Refused(400, "GRAPHQL_PARSE_FAILED"),
        ),
        get(
            "half an escape",
            "query=%7".to_owned(),
            Outcome::Refused(400, "GRAPHQL_PARSE_FAILED"),
        ),
        get(
            "the query twice",
            "query=%7Ba%7D&query=%7B__typename%7D".to_owned(),
            BAD_INPUT,
        ),
        get(
            "variables that are no JSON",
            "query=%7B__typename%7D&variables=%7B".to_owned(),
            BAD_INPUT,
        ),
        get(
            "variables 10,000 deep",
            format!("query=%7B__typename%7D&variables={}", "%5B".repeat(10_000)),
            BAD_INPUT,
        ),
        get(
            "variables that are a list",
            "query=%7B__typename%7D&variables=%5B%5D".to_owned(),
            BAD_INPUT,
        ),
        get(
            "extensions 10,000 deep",
            format!("query=%7B__typename%7D&extensions={}", "%5B".repeat(10_000)),
            BAD_INPUT,
        ),
        get(
            "5,000 other parameters",
            format!("query=%7B__typename%7D&{}", "a=b&".repeat(5_000)),
            Outcome::Answered,
        ),
        get(
            "an operation that is not there",
            "query=query%20A%7B__typename%7D&operationName=B".to_owned(),
            BAD_INPUT,
        ),
        get("a typing error", "query=%7Bcurentuser%7D".to_owned(), INVALID),
    ]
}
