//! What `connection_init` says of who is calling: a browser cannot add headers to an upgrade, so the payload may hold them.

use axum::http::header::{AUTHORIZATION, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value};

const PRIVATE_TOKEN: HeaderName = HeaderName::from_static("private-token");
const SUDO: HeaderName = HeaderName::from_static("sudo");

/// Adds the headers that a payload names, itself or under `headers`, however they are spelled. A token in the payload replaces that of the upgrade,
/// whichever header had it.
///
/// # Errors
/// The name of an entry whose value cannot be one of a header.
pub(super) fn add(payload: &Map<String, Value>, headers: &mut HeaderMap) -> Result<(), HeaderName> {
    let nested = payload
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("headers"))
        .filter_map(|(_, value)| value.as_object())
        .flatten();
    let mut given = HeaderMap::new();
    for (name, value) in nested.chain(payload) {
        if let Some(header) = known(name)
            && let Some(value) = header_value(value).map_err(|()| header.clone())?
        {
            given.insert(header, value);
        }
    }
    if given.contains_key(PRIVATE_TOKEN) || given.contains_key(AUTHORIZATION) {
        headers.remove(PRIVATE_TOKEN);
        headers.remove(AUTHORIZATION);
    }
    headers.extend(given);
    Ok(())
}

/// The header that an entry stands for, by its name or as the parameter of that name.
fn known(name: &str) -> Option<HeaderName> {
    let name = name.replace('_', "-");
    [AUTHORIZATION, PRIVATE_TOKEN, SUDO]
        .into_iter()
        .find(|header| name.eq_ignore_ascii_case(header.as_str()))
}

/// None when nothing is given.
fn header_value(value: &Value) -> Result<Option<HeaderValue>, ()> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => HeaderValue::from_str(text).map(Some).map_err(drop),
        Value::Number(number) => HeaderValue::from_str(&number.to_string()).map(Some).map_err(drop),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn greeted(payload: &Value) -> Result<HeaderMap, HeaderName> {
        let mut headers = HeaderMap::from_iter([(PRIVATE_TOKEN, HeaderValue::from_static("upgrade"))]);
        add(payload.as_object().unwrap(), &mut headers).map(|()| headers)
    }

    #[test]
    fn a_token_is_found_however_it_is_named_and_replaces_that_of_the_upgrade() {
        for (payload, header, value) in [
            (json!({"PRIVATE-TOKEN": "t"}), "private-token", "t"),
            (json!({"private_token": "t"}), "private-token", "t"),
            (json!({"Authorization": "Bearer t"}), "authorization", "Bearer t"),
            (
                json!({"headers": {"authorization": "Bearer t"}}),
                "authorization",
                "Bearer t",
            ),
            (json!({"Headers": {"Private-Token": "t"}}), "private-token", "t"),
        ] {
            let headers = greeted(&payload).unwrap();
            assert_eq!(headers[header], value, "{payload}");
            assert_eq!(headers.len(), 1, "{payload}");
        }
    }

    #[test]
    fn a_payload_that_names_no_token_leaves_that_of_the_upgrade() {
        for payload in [
            json!({}),
            json!({"PRIVATE-TOKEN": null, "Authorization": " "}),
            json!({"cookie": "private-token=t", "headers": []}),
        ] {
            let headers = greeted(&payload).unwrap();
            assert_eq!(headers["private-token"], "upgrade", "{payload}");
            assert_eq!(headers.len(), 1, "{payload}");
        }
        assert_eq!(greeted(&json!({"Sudo": 7})).unwrap()["sudo"], "7");
    }

    #[test]
    fn what_cannot_be_a_header_is_named() {
        for value in [json!("a\nb"), json!(["t"]), json!({}), json!(true)] {
            assert_eq!(greeted(&json!({"private-token": value})), Err(PRIVATE_TOKEN), "{value}");
        }
    }
}
