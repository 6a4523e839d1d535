//! Whether a request wants a page or JSON.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};

/// What a request asks to be answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// A page.
    Html,
    /// JSON.
    Json,
}

/// JSON for a request that is JSON, or else what `Accept` names and likes better; none where it names neither.
pub(super) fn wish(headers: &HeaderMap) -> Option<Wish> {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if sent.is_some_and(|media| is_json(media_type(media))) {
        return Some(Wish::Json);
    }
    let offers = headers
        .get_all(ACCEPT)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    let (mut html, mut json) = (0.0, 0.0);
    for offer in offers.flat_map(|line| line.split(',')) {
        let media = media_type(offer);
        if matches!(&*media, "text/html" | "application/xhtml+xml" | "text/*") {
            html = weight(offer).max(html);
        } else if is_json(media) {
            json = weight(offer).max(json);
        }
    }
    if html <= 0.0 && json <= 0.0 {
        return None;
    }
    Some(if html >= json { Wish::Html } else { Wish::Json })
}

/// The type without its parameters, in lower case.
fn media_type(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(media: impl AsRef<str>) -> bool {
    let media = media.as_ref();
    media == "application/json" || media.ends_with("+json")
}

/// From 0, which is a refusal, up to 1.
fn weight(offer: &str) -> f32 {
    let mut parameters = offer.split(';').skip(1).map(str::trim);
    let q = parameters.find_map(|parameter| parameter.strip_prefix("q="));
    q.map_or(1.0, |q| q.trim().parse().unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of(name: axum::http::HeaderName, value: &'static str) -> Option<Wish> {
        wish(&HeaderMap::from_iter([(name, HeaderValue::from_static(value))]))
    }

    #[test]
    fn a_browser_wants_a_page_and_a_program_json() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        assert_eq!(of(ACCEPT, browser), Some(Wish::Html));
        assert_eq!(of(ACCEPT, "TEXT/HTML; charset=utf-8"), Some(Wish::Html));
        assert_eq!(of(ACCEPT, "application/json, text/plain, */*"), Some(Wish::Json));
        assert_eq!(of(ACCEPT, "application/problem+json"), Some(Wish::Json));
        assert_eq!(of(CONTENT_TYPE, "application/json; charset=utf-8"), Some(Wish::Json));
    }

    #[test]
    fn who_names_both_gets_what_is_liked_better() {
        assert_eq!(of(ACCEPT, "application/json;q=0.5, text/html"), Some(Wish::Html));
        assert_eq!(of(ACCEPT, "application/json, text/html;q=0.9"), Some(Wish::Json));
        assert_eq!(of(ACCEPT, "text/html;q=0, application/json;q=0.1"), Some(Wish::Json));
    }

    #[test]
    fn who_takes_anything_has_no_wish() {
        for anything in ["*/*", "", "image/png", "text/html;q=0"] {
            assert_eq!(of(ACCEPT, anything), None, "{anything}");
        }
        assert_eq!(of(CONTENT_TYPE, "application/x-www-form-urlencoded"), None);
        assert_eq!(wish(&HeaderMap::new()), None);
    }
}
