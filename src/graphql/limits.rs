//! How much one document may ask for: fields after expanding fragments, depth, rows, and GitLab's cost model.
//! Everything here ends early and saturates, so that refusing a document never costs what executing it would.

mod expansion;
mod measure;
mod typename;

use std::time::Duration;

use super::error::Refusal;
use crate::config::Settings;

pub(super) use expansion::check_expansion;
pub(super) use measure::measure;

/// All limits of one document and one request.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a document, and of a whole body.
    pub text_bytes: usize,
    /// Names, values and punctuation marks.
    pub tokens: usize,
    /// Braces, brackets and parentheses open at once.
    pub nesting: usize,
    /// Bytes of a name or a number.
    pub name_bytes: usize,
    /// Aliases in the text.
    pub aliases: usize,
    /// Directives in the text.
    pub directives: usize,
    /// Fields of all operations after expanding fragments.
    pub fields: u64,
    /// Selection sets inside each other, those of fragments included.
    pub levels: u32,
    /// Fields inside each other.
    pub depth: u32,
    /// Rows that the pages of all connections could add up to.
    pub rows: u64,
    /// Facts of the schema that a document may ask for by introspection, as an estimate.
    pub introspected: u64,
    /// The cost of one request, for callers without a token, users, and administrators.
    pub cost: CostLimits,
    /// Operations in one batch.
    pub batch: usize,
    /// How long one request may take.
    pub time: Duration,
}

/// The highest cost by who asks, in points.
#[derive(Debug, Clone, Copy)]
pub struct CostLimits {
    /// No token.
    pub anonymous: u32,
    /// A user.
    pub user: u32,
    /// An administrator.
    pub admin: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: 64 * 1024,
            tokens: 5_000,
            nesting: 64,
            name_bytes: 256,
            aliases: 200,
            directives: 50,
            fields: 2_000,
            levels: 32,
            depth: 20,
            rows: 50_000,
            introspected: 500_000,
            cost: CostLimits {
                anonymous: 200,
                user: 250,
                admin: 300,
            },
            batch: 10,
            time: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// The limits that the operator set.
    pub fn of(settings: &Settings) -> Self {
        let bytes = settings.graphql_max_bytes.get() as usize;
        Self {
            text_bytes: bytes,
            tokens: settings.graphql_max_tokens.get() as usize,
            nesting: settings.graphql_max_nesting.get() as usize,
            aliases: settings.graphql_max_aliases.get() as usize,
            directives: settings.graphql_max_directives.get() as usize,
            fields: settings.graphql_max_fields.get().into(),
            depth: settings.graphql_max_depth.get(),
            rows: settings.graphql_max_rows.get().into(),
            cost: CostLimits {
                anonymous: settings.graphql_max_complexity_anonymous.get(),
                user: settings.graphql_max_complexity.get(),
                admin: settings.graphql_max_complexity_admin.get(),
            },
            batch: settings.graphql_max_batch.get() as usize,
            time: settings.request_timeout,
            ..Self::default()
        }
    }
}

/// What an operation costs and what the caller may spend on one request, in points.
/// Among the data of every request, for `queryComplexity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Points of this operation.
    pub score: u32,
    /// Points that the caller may spend.
    pub limit: u32,
}

impl Cost {
    /// Refuses what is too dear.
    pub(super) fn check(self) -> Result<(), Refusal> {
        if self.score <= self.limit {
            return Ok(());
        }
        let message = format!(
            "Query has complexity of {}, which exceeds max complexity of {}",
            self.score, self.limit
        );
        Err(Refusal {
            cost: Some(self),
            ..Refusal::too_complex(message)
        })
    }
}

#[cfg(test)]
mod tests;
