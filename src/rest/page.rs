//! Pages of a list: numbered ones, those behind a number, and those behind a cursor, each with its headers.

use axum::http::header::LINK;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Refusal;
use super::input::Values;
use crate::domain::{self, Page, Position, Window, page::COUNT_LIMIT};

const PER_PAGE: u64 = 20;
const MAX_PER_PAGE: u64 = 100;
/// How far numbered pages reach in lists that also have cursors.
const MAX_OFFSET: u64 = 50_000;

const X_PAGE: HeaderName = HeaderName::from_static("x-page");
const X_PER_PAGE: HeaderName = HeaderName::from_static("x-per-page");
const X_NEXT_PAGE: HeaderName = HeaderName::from_static("x-next-page");
const X_PREV_PAGE: HeaderName = HeaderName::from_static("x-prev-page");
const X_TOTAL: HeaderName = HeaderName::from_static("x-total");
const X_TOTAL_PAGES: HeaderName = HeaderName::from_static("x-total-pages");
const X_NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");
const X_PREV_CURSOR: HeaderName = HeaderName::from_static("x-prev-cursor");

/// A numbered page, as it is used: both numbers within their bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbered {
    page: u64,
    per_page: u64,
}

impl Numbered {
    /// Out of what was asked for, which may be nothing or out of bounds.
    pub(super) fn new(page: Option<i64>, per_page: Option<i64>) -> Self {
        let positive = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
        Self {
            page: positive(page).unwrap_or(1).max(1),
            per_page: positive(per_page).unwrap_or(PER_PAGE).min(MAX_PER_PAGE),
        }
    }

    pub(super) fn per_page(self) -> u64 {
        self.per_page
    }

    pub(super) fn window(self) -> Window {
        Window::Offset {
            page: self.page,
            per_page: self.per_page,
        }
    }

    /// Refuses pages that lie too far in, of a list in which cursors lead further.
    pub(super) fn within_offset_limit(self, of: &'static str) -> Result<(), Refusal> {
        if self.page.saturating_mul(self.per_page) > MAX_OFFSET {
            return Err(Refusal::OffsetTooLarge(of));
        }
        Ok(())
    }

    /// How many rows the list has, counted only when the page does not tell by itself; none above 10,000.
    pub(super) async fn total<T>(
        self,
        page: &Page<T>,
        count: impl Future<Output = domain::Result<u64>>,
    ) -> domain::Result<Option<u64>> {
        let shown = page.items.len() as u64;
        let is_last = !page.has_next && (shown > 0 || self.page == 1);
        let total = if is_last {
            self.window().offset() + shown
        } else {
            count.await?
        };
        Ok((total <= COUNT_LIMIT).then_some(total))
    }

    /// The headers of this page.
    pub(super) fn headers<T>(self, address: &Address, page: &Page<T>, total: Option<u64>) -> HeaderMap {
        let previous = (self.page > 1 && !page.items.is_empty()).then(|| self.page - 1);
        let next = page.has_next.then(|| self.page + 1);
        let pages = total.map(|total| total.div_ceil(self.per_page).max(1));
        let mut headers = HeaderMap::new();
        put(&mut headers, X_PAGE, &self.page);
        put(&mut headers, X_PER_PAGE, &self.per_page);
        put(&mut headers, X_NEXT_PAGE, &or_blank(next));
        put(&mut headers, X_PREV_PAGE, &or_blank(previous));
        if let (Some(total), Some(pages)) = (total, pages) {
            put(&mut headers, X_TOTAL, &total);
            put(&mut headers, X_TOTAL_PAGES, &pages);
        }
        let links: Vec<_> = [("prev", previous), ("next", next), ("first", Some(1)), ("last", pages)]
            .into_iter()
            .filter_map(|(rel, number)| Some(link(&self.url(address, number?), rel)))
            .collect();
        put(&mut headers, LINK, &links.join(", "));
        headers
    }

    fn url(self, address: &Address, page: u64) -> String {
        address.with(&[("page", page.into()), ("per_page", self.per_page.into())])
    }
}

/// The header of a keyset page: where to go on, as the one parameter that changes.
pub(super) fn next_link(address: &Address, per_page: u64, name: &str, value: impl Into<Value>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let url = address.with(&[("per_page", per_page.into()), (name, value.into())]);
    put(&mut headers, LINK, &link(&url, "next"));
    headers
}

/// A place in one order of one list, and the direction in which the rows are wanted. Opaque to clients.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    #[serde(rename = "o")]
    order: String,
    #[serde(rename = "v")]
    value: Option<String>,
    #[serde(rename = "i")]
    id: i64,
    #[serde(rename = "b", default)]
    backward: bool,
}

impl Cursor {
    fn at(order: &str, place: &Position, backward: bool) -> Self {
        Self {
            order: order.to_owned(),
            value: place.value.clone(),
            id: place.id,
            backward,
        }
    }

    fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// A cursor of ours, made for this order.
    fn decode(text: &str, order: &str) -> Option<Self> {
        let json = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
        let cursor: Self = serde_json::from_slice(&json).ok()?;
        let clean = !cursor.value.as_ref().is_some_and(|value| value.contains('\0'));
        (cursor.order == order && clean).then_some(cursor)
    }
}

/// The window behind a cursor, or the first one of the list.
///
/// # Errors
/// `Parameters` when the cursor is none of ours, or of another order.
pub(super) fn cursor_window(cursor: Option<&str>, order: &str, limit: u64) -> Result<Window, Refusal> {
    let Some(text) = cursor.filter(|text| !text.is_empty()) else {
        return Ok(Window::first(limit));
    };
    let cursor = Cursor::decode(text, order).ok_or_else(|| Refusal::Parameters("cursor is invalid".to_owned()))?;
    let backward = cursor.backward;
    let place = Some(Position {
        value: cursor.value,
        id: cursor.id,
    });
    let (after, before) = if backward { (None, place) } else { (place, None) };
    Ok(Window::Keyset {
        limit,
        after,
        before,
        backward,
    })
}

/// The headers of a page that a cursor led to.
pub(super) fn cursor_headers<T>(address: &Address, page: &Page<T>, order: &str, per_page: u64) -> HeaderMap {
    let next = page.items.last().filter(|_| page.has_next);
    let previous = page.items.first().filter(|_| page.has_previous);
    let mut headers = HeaderMap::new();
    if let Some((place, _)) = next {
        let cursor = Cursor::at(order, place, false).encode();
        headers = next_link(address, per_page, "cursor", cursor.as_str());
        put(&mut headers, X_NEXT_CURSOR, &cursor);
    }
    if let Some((place, _)) = previous {
        put(&mut headers, X_PREV_CURSOR, &Cursor::at(order, place, true).encode());
    }
    headers
}

/// Where a list lies: its address, and every parameter that it was asked for with.
#[derive(Debug)]
pub(super) struct Address {
    url: String,
    values: Values,
}

impl Address {
    /// `path` is the request's own, with its percent-encoding. A token is not repeated.
    pub(super) fn new(external_url: &str, path: &str, mut values: Values) -> Self {
        values.remove("private_token");
        Self {
            url: format!("{external_url}{path}"),
            values,
        }
    }

    /// The address with these parameters in place of its own, all sorted by name.
    fn with(&self, changes: &[(&str, Value)]) -> String {
        let mut values = self.values.clone();
        values.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let mut groups: Vec<_> = values.iter().map(|(name, value)| pairs(name, value)).collect();
        groups.sort_unstable();
        format!("{}?{}", self.url, groups.concat().join("&"))
    }
}

/// `name=value`, or one pair for each entry of a list or an object.
fn pairs(name: &str, value: &Value) -> Vec<String> {
    let plain = |text: &str| vec![format!("{}={}", encode(name), encode(text))];
    match value {
        Value::Null => plain(""),
        Value::String(text) => plain(text),
        Value::Bool(_) | Value::Number(_) => plain(&value.to_string()),
        Value::Array(items) if items.is_empty() => pairs(&format!("{name}[]"), &Value::Null),
        Value::Array(items) => {
            let name = format!("{name}[]");
            items.iter().flat_map(|item| pairs(&name, item)).collect()
        }
        Value::Object(members) => members
            .iter()
            .flat_map(|(key, item)| pairs(&format!("{name}[{key}]"), item))
            .collect(),
    }
}

/// What a form leaves as it is, blanks apart.
const KEPT: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b' ');

fn encode(text: &str) -> String {
    utf8_percent_encode(text, &KEPT).to_string().replace(' ', "+")
}

fn link(url: &str, rel: &str) -> String {
    format!("<{url}>; rel=\"{rel}\"")
}

fn or_blank(number: Option<u64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &impl ToString) {
    if let Ok(value) = HeaderValue::try_from(value.to_string()) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests;
