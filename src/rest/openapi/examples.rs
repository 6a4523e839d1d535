//! An example of every call: what the demo world answers. `tests/it/examples.rs` makes the file, and sees that it is so.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

/// A call and its answer.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Example {
    /// The values in the path, by their names.
    #[serde(default)]
    path: Map<String, Value>,
    /// The body, as JSON.
    pub(super) body: Option<Value>,
    /// The answer; none where it has no body.
    pub(super) answer: Option<Value>,
}

impl Example {
    /// The value of that name in the path.
    pub(super) fn value_in_path(&self, name: &str) -> Option<&Value> {
        self.path.get(name)
    }
}

/// By the name of the operation.
static EXAMPLES: LazyLock<BTreeMap<String, Example>> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());

static NONE: LazyLock<Example> = LazyLock::new(Example::default);

/// The example of an operation.
pub(super) fn of(name: &str) -> &'static Example {
    EXAMPLES.get(name).unwrap_or(&NONE)
}

/// The operations that have one.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    EXAMPLES.keys().map(String::as_str)
}
