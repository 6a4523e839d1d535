//! Documents kept between requests: parsed ones by their text, persisted texts by their hash.
//! Both stores are bounded by bytes; what was not used for long goes first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::parser::{parse_query, types::ExecutableDocument};
use async_graphql::{Value, from_value};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::error::{Refusal, code, server_error};
use super::limits::{Limits, check_expansion};
use super::scan::scan;
use super::shape::Shape;
use super::variables;

/// Memory for parsed documents, and for persisted texts.
const PARSED_BYTES: usize = 32 * 1024 * 1024;
const PERSISTED_BYTES: usize = 4 * 1024 * 1024;
/// A parsed document takes about so many times the bytes of its text.
const PARSED_FACTOR: usize = 32;

/// All documents that the process remembers.
pub(super) struct Documents {
    parsed: Store<Arc<ExecutableDocument>>,
    persisted: Store<Arc<str>>,
}

/// The text of a document, and the hash under which it is to be remembered.
pub(super) struct Text {
    text: Arc<str>,
    hash: Option<String>,
}

/// `extensions.persistedQuery` of a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersistedQuery {
    version: i64,
    sha256_hash: String,
}

impl Documents {
    pub(super) fn new() -> Self {
        Self {
            parsed: Store::new(PARSED_BYTES),
            persisted: Store::new(PERSISTED_BYTES),
        }
    }

    /// The parsed document, which has passed every limit that does not depend on its variables. Only such a text is remembered under its hash.
    pub(super) fn parse(&self, text: Text, limits: &Limits, shape: &Shape) -> Result<Arc<ExecutableDocument>, Refusal> {
        let Text { text, hash } = text;
        let document = self.parse_text(&text, limits, shape)?;
        if let Some(hash) = hash {
            let bytes = text.len();
            self.persisted.insert(&hash, text, bytes);
        }
        Ok(document)
    }

    fn parse_text(&self, text: &str, limits: &Limits, shape: &Shape) -> Result<Arc<ExecutableDocument>, Refusal> {
        if let Some(known) = self.parsed.get(text) {
            return Ok(known);
        }
        let without_comments = scan(text, limits)?;
        refuse_nul(text)?;
        let document = Arc::new(parse_query(without_comments)?);
        check_expansion(&document, limits, shape)?;
        variables::check_types(&document, shape)?;
        self.parsed
            .insert(text, Arc::clone(&document), text.len() * PARSED_FACTOR);
        Ok(document)
    }

    /// The text of a request that may name it by its hash alone, and that is remembered when it names both.
    pub(super) fn text(&self, query: Option<String>, persisted: Option<Value>) -> Result<Text, Refusal> {
        let Some(extension) = persisted else {
            let query = query.ok_or_else(|| Refusal::bad_request("The request has no query"))?;
            return Ok(Text {
                text: Arc::from(query),
                hash: None,
            });
        };
        let PersistedQuery { version, sha256_hash } =
            from_value(extension).map_err(|_| Refusal::bad_request("extensions.persistedQuery is invalid"))?;
        if version != 1 {
            return Err(Refusal::bad_request("Only persisted queries of version 1 are known"));
        }
        match query {
            Some(query) if sha256_hash.eq_ignore_ascii_case(&format!("{:x}", Sha256::digest(&query))) => Ok(Text {
                text: Arc::from(query),
                hash: Some(sha256_hash.to_ascii_lowercase()),
            }),
            Some(_) => Err(Refusal::bad_request("provided sha does not match query")),
            None => {
                let text = self.persisted.get(&sha256_hash.to_ascii_lowercase());
                let text = text.ok_or_else(not_found)?;
                Ok(Text { text, hash: None })
            }
        }
    }
}

/// Worded and answered so that clients which persist queries send the text next.
fn not_found() -> Refusal {
    Refusal::document(server_error(
        code::PERSISTED_QUERY_NOT_FOUND,
        "PersistedQueryNotFound",
        None,
    ))
}

/// A map that forgets: entries live in the young half; when that is full it becomes the old half, and what was old is
/// dropped. Reading an old entry makes it young again.
struct Store<V> {
    halves: Mutex<Halves<V>>,
    half_bytes: usize,
}

struct Halves<V> {
    young: HashMap<Box<str>, Entry<V>>,
    old: HashMap<Box<str>, Entry<V>>,
    young_bytes: usize,
}

struct Entry<V> {
    value: V,
    bytes: usize,
}

impl<V: Clone> Store<V> {
    fn new(bytes: usize) -> Self {
        let halves = Halves {
            young: HashMap::new(),
            old: HashMap::new(),
            young_bytes: 0,
        };
        Self {
            halves: Mutex::new(halves),
            half_bytes: bytes / 2,
        }
    }

    fn get(&self, key: &str) -> Option<V> {
        let mut halves = self.lock();
        if let Some(entry) = halves.young.get(key) {
            return Some(entry.value.clone());
        }
        let (key, entry) = halves.old.remove_entry(key)?;
        let value = entry.value.clone();
        self.put(&mut halves, key, entry);
        Some(value)
    }

    /// Keeps a value that takes about `bytes`; one that is larger than half of the store is not kept.
    fn insert(&self, key: &str, value: V, bytes: usize) {
        let bytes = bytes + key.len();
        if bytes <= self.half_bytes {
            self.put(&mut self.lock(), Box::from(key), Entry { value, bytes });
        }
    }

    fn put(&self, halves: &mut Halves<V>, key: Box<str>, entry: Entry<V>) {
        if halves.young_bytes + entry.bytes > self.half_bytes {
            halves.old = std::mem::take(&mut halves.young);
            halves.young_bytes = 0;
        }
        halves.young_bytes += entry.bytes;
        if let Some(replaced) = halves.young.insert(key, entry) {
            halves.young_bytes -= replaced.bytes;
        }
    }

    /// A panic elsewhere leaves the maps whole.
    fn lock(&self) -> MutexGuard<'_, Halves<V>> {
        self.halves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No database takes that character in a text, and no name has it: whoever writes it in a document, plain or escaped, is told so.
fn refuse_nul(text: &str) -> Result<(), Refusal> {
    if !text.contains('\0') && !text.contains("\\u0000") {
        return Ok(());
    }
    let message = "A string must not hold the character U+0000";
    Err(Refusal::document(server_error(code::BAD_USER_INPUT, message, None)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_never_holds_more_than_its_bytes() {
        let store = Store::new(100);
        for number in 0..1_000 {
            store.insert(&format!("{number:04}"), number, 6);
            let halves = store.lock();
            let held: usize = halves
                .young
                .values()
                .chain(halves.old.values())
                .map(|entry| entry.bytes)
                .sum();
            assert!(held <= 100, "{held} bytes after {number}");
        }
        assert_eq!(store.get("0999"), Some(999));
        assert_eq!(store.get("0000"), None);
    }

    #[test]
    fn what_is_used_stays() {
        let store = Store::new(100);
        store.insert("used", 0, 6);
        for number in 0..1_000 {
            store.insert(&format!("{number:04}"), number, 6);
            assert_eq!(store.get("used"), Some(0));
        }
    }

    #[test]
    fn an_entry_larger_than_half_of_the_store_is_not_kept() {
        let store = Store::new(100);
        store.insert("kept", 1, 6);
        store.insert("huge", 2, 60);
        assert_eq!(store.get("huge"), None);
        assert_eq!(store.get("kept"), Some(1));
    }
}
