//! The text fields of a `multipart/form-data` body. Files are not taken by any call here and are passed over.

use serde_json::Value;

use super::input::{Values, put_named};

/// The fields between the boundaries; parts that are no fields are left out.
pub(super) fn fields(boundary: &str, body: &[u8]) -> Values {
    let mut values = Values::new();
    if boundary.is_empty() {
        return values;
    }
    let body = String::from_utf8_lossy(body);
    // The first boundary has no line break before it.
    let body = format!("\r\n{body}");
    for part in body.split(&format!("\r\n--{boundary}")).skip(1) {
        if part.starts_with("--") {
            break;
        }
        if let Some((name, value)) = field(part) {
            put_named(&mut values, name, Value::String(value.to_owned()));
        }
    }
    values
}

fn field(part: &str) -> Option<(&str, &str)> {
    let (head, value) = part.split_once("\r\n\r\n")?;
    let disposition = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-disposition"))?
        .1;
    let parameter = |wanted: &str| {
        disposition
            .split(';')
            .filter_map(|part| part.trim().split_once('='))
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.trim_matches('"'))
    };
    match parameter("filename") {
        Some(_) => None,
        None => parameter("name").map(|name| (name, value)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_read_and_files_passed_over() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"user_ids[]\"\r\n\r\n1\r\n\
                    --b\r\ncontent-disposition: form-data; name=note\r\nContent-Type: text/plain\r\n\r\ntwo\r\nlines\r\n\
                    --b\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a.png\"\r\n\r\nPNG\r\n\
                    --b--\r\nan epilogue\r\n--b\r\n";
        assert_eq!(
            Value::Object(fields("b", body.as_bytes())),
            json!({"user_ids": ["1"], "note": "two\r\nlines"})
        );
    }

    #[test]
    fn a_body_without_a_boundary_has_no_fields() {
        assert!(fields("", b"--\r\nContent-Disposition: form-data; name=a\r\n\r\n1").is_empty());
        assert!(fields("b", b"nothing of the kind").is_empty());
    }
}
