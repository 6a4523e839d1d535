//! Which form of answer a client takes, by its `Accept` header.

use axum::http::{HeaderMap, header};

/// The two media types of an answer. They differ in what the HTTP status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `application/graphql-response+json`: the status tells whether the document was taken.
    GraphqlResponse,
    /// `application/json`, for older clients: 200 for every well-formed request.
    Json,
}

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

impl Format {
    /// What the client likes best; `application/json` for one that does not say.
    pub(super) fn wanted(headers: &HeaderMap) -> Self {
        if quality(headers, GRAPHQL_RESPONSE) > 0 && quality(headers, GRAPHQL_RESPONSE) >= quality(headers, JSON) {
            Self::GraphqlResponse
        } else {
            Self::Json
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// Whether the client takes a stream of events.
pub(super) fn takes_events(headers: &HeaderMap) -> bool {
    quality(headers, EVENTS) > 0
}

/// Whether it takes a stream of events rather than one answer.
pub(super) fn prefers_events(headers: &HeaderMap) -> bool {
    quality(headers, EVENTS) > quality(headers, GRAPHQL_RESPONSE).max(quality(headers, JSON))
}

/// Whether a browser opens the address: it asks for a page and names no form of answer.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    quality(headers, "text/html") > 0 && quality(headers, GRAPHQL_RESPONSE) == 0 && quality(headers, JSON) == 0
}

/// The weight in thousandths of a media type that the client names, 0 when it does not.
fn quality(headers: &HeaderMap, wanted: &str) -> u32 {
    let values = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let ranges = values.flat_map(|value| value.split(','));
    ranges.filter_map(|range| weight(range, wanted)).max().unwrap_or(0)
}

fn weight(range: &str, wanted: &str) -> Option<u32> {
    let mut parts = range.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case(wanted) {
        return None;
    }
    let q = parts.find_map(|parameter| parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q=")));
    Some(q.map_or(1_000, thousandths))
}

/// `0.85` is 850; what is no weight counts as none.
fn thousandths(q: &str) -> u32 {
    let (whole, fraction) = q.split_once('.').unwrap_or((q, ""));
    let digits = format!("{whole}{fraction:0<3}");
    digits
        .get(..whole.len() + 3)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
        .min(1_000)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn accept(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_format_is_the_one_that_weighs_most() {
        for (value, format) in [
            ("application/graphql-response+json", Format::GraphqlResponse),
            (
                "application/graphql-response+json, application/json;q=0.9",
                Format::GraphqlResponse,
            ),
            (
                "application/json, application/graphql-response+json",
                Format::GraphqlResponse,
            ),
            (
                "application/json, application/graphql-response+json;q=0.85",
                Format::Json,
            ),
            (
                "application/graphql-response+json; charset=utf-8; q=0.5",
                Format::GraphqlResponse,
            ),
            ("application/graphql-response+json;q=0", Format::Json),
            ("APPLICATION/JSON", Format::Json),
            ("*/*", Format::Json),
            ("", Format::Json),
        ] {
            assert_eq!(Format::wanted(&accept(value)), format, "{value}");
        }
        assert_eq!(Format::wanted(&HeaderMap::new()), Format::Json);
    }

    #[test]
    fn only_a_browser_wants_the_page() {
        assert!(wants_page(&accept(
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        )));
        assert!(!wants_page(&accept("*/*")));
        assert!(!wants_page(&accept("application/json, text/html;q=0.5")));
        assert!(!wants_page(&HeaderMap::new()));
    }
}
