//! How many statements a piece of work asked of the database.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

tokio::task_local! {
    static CURRENT: Counter;
}

/// Counts the statements of whatever runs inside its [`Counter::scope`]. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    statements: AtomicU64,
    rows: AtomicU64,
    micros: AtomicU64,
}

/// What a [`Counter`] has seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Statements sent.
    pub statements: u64,
    /// Rows read.
    pub rows: u64,
    /// Time between sending and the last row, in microseconds, added up.
    pub micros: u64,
}

impl Counter {
    /// Runs `work` and counts what it asks.
    pub async fn scope<F: Future>(&self, work: F) -> F::Output {
        CURRENT.scope(self.clone(), work).await
    }

    /// The counter of the work at hand, to be carried into a task of its own.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// What was counted so far.
    pub fn counts(&self) -> Counts {
        Counts {
            statements: self.0.statements.load(Ordering::Relaxed),
            rows: self.0.rows.load(Ordering::Relaxed),
            micros: self.0.micros.load(Ordering::Relaxed),
        }
    }
}

pub(super) fn statement(elapsed: Duration) {
    // Outside of a scope (start-up, a job) nobody counts.
    let _ = CURRENT.try_with(|counter| {
        counter.0.statements.fetch_add(1, Ordering::Relaxed);
        counter.0.micros.fetch_add(
            u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
    });
}

pub(super) fn rows(count: usize) {
    let _ = CURRENT.try_with(|counter| counter.0.rows.fetch_add(count as u64, Ordering::Relaxed));
}
