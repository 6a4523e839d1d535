//! What a command does before its own work: log, threads, database, socket.

use std::future::Future;
use std::sync::Arc;

use sea_orm::ConnectionTrait as _;
use tokio::net::TcpListener;

use super::failure::{self, Failure};
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::{Db, Lock, Options};
use crate::domain::live::Feed;
use crate::domain::{Actor, App, Ctx, Door, Origin};
use crate::telemetry;

/// The parser of documents descends by recursion; the limits on nesting are set with this much room in mind.
const STACK: usize = 8 * 1024 * 1024;

/// Changes no row. It is refused where a change would be; SQLite lets even a read-only file begin a transaction.
const TRIAL: &str = "UPDATE counters SET value = value WHERE 1 = 0";

/// Begins the log and runs `work` to its end on all cores.
pub(super) fn run<T>(settings: &Settings, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    telemetry::log(&settings.log, settings.log_format);
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

/// The database to serve: migrated, and one that takes changes.
pub(super) async fn writable_database(settings: &Settings) -> Result<Db, Failure> {
    let db = migrated_database(settings).await?;
    // Nobody should learn from the first refused change that the file may only be read.
    let trial = db.write(Lock::None, |tx| {
        Box::pin(async { tx.conn().execute_unprepared(TRIAL).await.map(drop) })
    });
    match trial.await {
        Err(error) if failure::is_read_only(&error) => Err(error.into()),
        _ => Ok(db),
    }
}

/// What a command of its own asks the domain with: it may do everything.
pub(super) fn ctx(db: &Db) -> Ctx {
    let app = App {
        db: db.clone(),
        external_url: String::new(),
        invites_per_day: None,
        directory: None,
        live: Feed::default(),
    };
    Ctx::new(Arc::new(app), Actor::System, Origin::new(Door::Cli, "command line"))
}

/// The socket to listen on.
pub(super) async fn listener(settings: &Settings) -> Result<TcpListener, Failure> {
    let address = &settings.listen;
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::Work(format!("cannot listen on {address}: {error}")))
}
