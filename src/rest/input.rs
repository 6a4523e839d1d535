//! What a request carries beside its path: the query string and the body, read into one map of values.
//!
//! The map is as the client wrote it, without types; `params` gives them.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::error::Refusal;

/// Parameters by name: texts out of a query or form, anything out of a JSON body.
pub(super) type Values = Map<String, Value>;

/// No call here needs more.
const MAX_BODY: usize = 1 << 20;
/// `a[b][c]…` may be this deep.
const MAX_DEPTH: usize = 32;

/// Query and body together; the body wins.
pub(super) async fn read(
    method: &Method,
    query: Option<&str>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Values, Refusal> {
    let mut values = pairs(query.unwrap_or_default());
    values.extend(read_body(method, headers, body).await?);
    Ok(values)
}

async fn read_body(method: &Method, headers: &HeaderMap, body: Body) -> Result<Values, Refusal> {
    let media = media_type(headers);
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if reads && media != FORM {
        return Ok(Values::new());
    }
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(fault) if fault.is::<LengthLimitError>() => return Err(Refusal::TooLarge),
        Err(_) => return Err(Refusal::Unreadable),
    };
    if body.is_empty() {
        return Ok(Values::new());
    }
    match media.as_str() {
        FORM => Ok(pairs(&String::from_utf8_lossy(&body))),
        JSON => json(&body),
        MULTIPART => Ok(super::multipart::fields(boundary(headers), &body)),
        _ => Err(Refusal::UnsupportedType(media)),
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const MULTIPART: &str = "multipart/form-data";

fn content_type(headers: &HeaderMap) -> &str {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// The content type without its parameters, in lower case.
fn media_type(headers: &HeaderMap) -> String {
    let whole = content_type(headers);
    whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn boundary(headers: &HeaderMap) -> &str {
    content_type(headers)
        .split(';')
        .filter_map(|part| part.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("boundary"))
        .map_or("", |(_, value)| value.trim_matches('"'))
}

/// A JSON body that is no object counts as none.
fn json(body: &[u8]) -> Result<Values, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(values)) => Ok(values),
        Ok(_) => Ok(Values::new()),
        Err(_) => Err(Refusal::MalformedJson),
    }
}

/// A query string or a form: the last of a name counts, `a[]=` makes a list, `a[b]=` an object.
pub(super) fn pairs(text: &str) -> Values {
    let mut values = Values::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = match pair.split_once('=') {
            Some((name, value)) => (name, Value::String(decode(value))),
            None => (pair, Value::Null),
        };
        put_named(&mut values, &decode(name), value);
    }
    values
}

/// Puts a value under a name that may have brackets.
pub(super) fn put_named(values: &mut Values, name: &str, value: Value) {
    let (base, keys) = brackets(name);
    if !base.is_empty() && keys.len() <= MAX_DEPTH {
        put(values.entry(base).or_insert(Value::Null), &keys, value);
    }
}

/// `a[b][]` is `a` with the keys `b` and the empty one. A name whose brackets do not close is a plain one.
fn brackets(name: &str) -> (&str, Vec<&str>) {
    match name.split_once('[') {
        Some((base, rest)) if !base.is_empty() => match rest.strip_suffix(']') {
            Some(keys) => (base, keys.split("][").collect()),
            None => (name, Vec::new()),
        },
        _ => (name, Vec::new()),
    }
}

fn put(place: &mut Value, keys: &[&str], value: Value) {
    match keys {
        [] => *place = value,
        ["", deeper @ ..] => {
            let mut item = Value::Null;
            put(&mut item, deeper, value);
            match place {
                Value::Array(items) => items.push(item),
                _ => *place = Value::Array(vec![item]),
            }
        }
        [key, deeper @ ..] => {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            if let Value::Object(members) = place {
                put(members.entry(*key).or_insert(Value::Null), deeper, value);
            }
        }
    }
}

fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    async fn body(method: Method, media: &str, body: &'static str) -> Result<Values, Refusal> {
        let mut headers = HeaderMap::new();
        if !media.is_empty() {
            headers.insert(CONTENT_TYPE, media.parse().unwrap());
        }
        read(&method, Some("a=query&b=query"), &headers, Body::from(body)).await
    }

    #[test]
    fn a_query_makes_texts_lists_and_objects() {
        assert_eq!(
            Value::Object(pairs("a=1&a=2&l[]=1&l%5B%5D=2&o[x]=1&o[y][]=2&p=a+b%2Bc&blank=&bare")),
            json!({"a": "2", "l": ["1", "2"], "o": {"x": "1", "y": ["2"]}, "p": "a b+c", "blank": "", "bare": null})
        );
    }

    #[test]
    fn odd_names_and_changes_of_shape_do_no_harm() {
        assert_eq!(
            Value::Object(pairs("a=1&a[]=2&b[]=1&b=2&c[=1&[]=1&=1&&%ff=%ff")),
            json!({"a": ["2"], "b": "2", "c[": "1", "[]": "1", "\u{fffd}": "\u{fffd}"})
        );
        assert!(pairs(&format!("a{}=1", "[x]".repeat(40))).is_empty());
    }

    #[tokio::test]
    async fn a_body_wins_over_the_query() {
        for (media, text) in [
            ("application/json; charset=utf-8", r#"{"a":"body"}"#),
            ("application/x-www-form-urlencoded", "a=body"),
            (
                "multipart/form-data; boundary=xyz",
                "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nbody\r\n--xyz--\r\n",
            ),
        ] {
            let values = body(Method::POST, media, text).await.unwrap();
            assert_eq!(Value::Object(values), json!({"a": "body", "b": "query"}), "{media}");
        }
    }

    #[tokio::test]
    async fn a_get_reads_forms_and_ignores_every_other_body() {
        let form = body(Method::GET, "application/x-www-form-urlencoded", "a=body")
            .await
            .unwrap();
        assert_eq!(form["a"], "body");
        for media in ["application/json", "text/xml", ""] {
            assert_eq!(body(Method::GET, media, "{").await.unwrap()["a"], "query", "{media}");
        }
    }

    #[tokio::test]
    async fn bodies_that_cannot_be_read_are_refused() {
        assert!(matches!(
            body(Method::POST, "application/json", "{").await,
            Err(Refusal::MalformedJson)
        ));
        assert!(matches!(
            body(Method::POST, "text/xml; charset=utf-8", "<a/>").await,
            Err(Refusal::UnsupportedType(media)) if media == "text/xml"
        ));
        assert!(matches!(
            body(Method::POST, "", "a").await,
            Err(Refusal::UnsupportedType(media)) if media.is_empty()
        ));
    }

    #[tokio::test]
    async fn an_empty_body_and_a_json_body_that_is_no_object_are_fine() {
        assert_eq!(body(Method::POST, "text/xml", "").await.unwrap()["a"], "query");
        assert_eq!(
            body(Method::POST, "application/json", "[1]").await.unwrap()["a"],
            "query"
        );
    }
}
