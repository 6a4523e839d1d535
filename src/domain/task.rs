//! Work that is finished whoever still waits for it.

use tokio::task::JoinHandle;
use tracing::Instrument as _;

use crate::db::Counter;

/// Runs work to its end in a task of its own. It belongs to the request at hand all the same: to its log, and to its count of statements.
pub fn spawn<W>(work: W) -> JoinHandle<W::Output>
where
    W: Future + Send + 'static,
    W::Output: Send + 'static,
{
    let counter = Counter::current().unwrap_or_default();
    tokio::spawn(async move { counter.scope(work).await }.in_current_span())
}
