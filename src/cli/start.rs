//! What a command does before its own work: settings, log, runtime, database, socket.

use std::future::Future;

use tokio::net::TcpListener;

use super::failure::Failure;
use crate::clock::Clock;
use crate::config::{Flags, Settings};
use crate::db::{Db, Options};
use crate::telemetry;

/// The parser of documents descends by recursion; the limits on nesting are set with this much room in mind.
const STACK: usize = 8 * 1024 * 1024;

/// The settings of this run; the log begins with them.
pub(super) fn settings(flags: &Flags) -> Result<Settings, Failure> {
    let settings = Settings::load(flags)?;
    telemetry::log(&settings.log, settings.log_format);
    Ok(settings)
}

/// Runs `work` to its end on all cores.
pub(super) fn run<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build()
        .map_err(|error| Failure::Work(format!("cannot start threads: {error}")))?;
    let outcome = runtime.block_on(work);
    // What still runs was given its time already.
    runtime.shutdown_background();
    outcome
}

/// The database as it is.
pub(super) async fn database(settings: &Settings) -> Result<Db, Failure> {
    let defaults = Options::new(settings.database_url.clone());
    let options = Options {
        max_connections: settings
            .database_max_connections
            .map_or(defaults.max_connections, Into::into),
        acquire_timeout: settings.database_acquire_timeout,
        statement_timeout: settings.statement_timeout,
        lock_timeout: settings.lock_timeout,
        ..defaults
    };
    Ok(Db::connect(&options, Clock::System).await?)
}

/// The database with every migration applied.
pub(super) async fn migrated_database(settings: &Settings) -> Result<Db, Failure> {
    let db = database(settings).await?;
    db.migrate().await?;
    Ok(db)
}

/// The socket to listen on.
pub(super) async fn listener(settings: &Settings) -> Result<TcpListener, Failure> {
    let address = &settings.listen;
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::Work(format!("cannot listen on {address}: {error}")))
}
