//! Opening the database with the settings that its promises need.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{DatabaseConnection, DbBackend, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

use super::{Db, Dialect, counter};
use crate::clock::Clock;

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite://file`, `sqlite::memory:` or `postgres://…`.
    pub url: String,
    /// Connections of the readers' pool; on PostgreSQL the writers' pool has as many again.
    pub max_connections: u32,
    /// How long a caller waits for a free connection.
    pub acquire_timeout: Duration,
    /// How long PostgreSQL lets one statement run.
    pub statement_timeout: Duration,
    /// How long a writer waits for another.
    pub lock_timeout: Duration,
}

impl Options {
    /// The defaults for a database.
    pub fn new(url: impl Into<String>) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            url: url.into(),
            max_connections: u32::try_from(cores * 2).unwrap_or(4).max(4),
            acquire_timeout: Duration::from_millis(500),
            statement_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(2),
        }
    }
}

/// Why there is no database; the text is for the person at the terminal and names no password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is none of ours.
    #[error("database URL: {0}")]
    Url(String),
    /// Nobody answers, or the file cannot be opened.
    #[error("cannot open the database: {0}")]
    Open(String),
    /// The server would lose acknowledged writes.
    #[error("the database has synchronous_commit = {0}; acknowledged changes could be lost, so roster does not start")]
    NotDurable(String),
}

/// A database file that is removed with its last user.
#[derive(Debug)]
pub(super) struct TemporaryFile(PathBuf);

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = self.0.clone().into_os_string();
            name.push(suffix);
            // Best effort: the system's temporary folder is cleaned anyway.
            let _ = std::fs::remove_file(name);
        }
    }
}

impl Db {
    /// Opens the database; does not migrate it.
    pub async fn connect(options: &Options, clock: Clock) -> Result<Self, ConnectError> {
        let scheme = options.url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => connect_sqlite(options, clock).await,
            "postgres" | "postgresql" => connect_postgres(options, clock).await,
            _ => Err(ConnectError::Url("expected sqlite://… or postgres://…".to_owned())),
        }
    }
}

async fn connect_sqlite(options: &Options, clock: Clock) -> Result<Db, ConnectError> {
    let (file, temporary) = if is_memory(&options.url) {
        // Every connection to :memory: is a database of its own; a file that goes away with the process serves several.
        let path = std::env::temp_dir().join(format!("roster-{:016x}.db", rand::random::<u64>()));
        let file = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        (file, Some(Arc::new(TemporaryFile(path))))
    } else {
        let file =
            SqliteConnectOptions::from_str(&options.url).map_err(|error| ConnectError::Url(error.to_string()))?;
        (file, None)
    };
    let synchronous = if temporary.is_some() {
        SqliteSynchronous::Off
    } else {
        SqliteSynchronous::Full
    };
    let file = file
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .busy_timeout(options.lock_timeout)
        .pragma("mmap_size", "1073741824")
        .pragma("cache_size", "-65536")
        .pragma("temp_store", "memory")
        // Rows come from a thread of their own; with room for a whole answer it need not stop and be woken for every few.
        .row_buffer_size(1024)
        .statement_cache_capacity(256);

    let open_error =
        |error: sqlx::Error| ConnectError::Open(format!("{}: {}", file.get_filename().display(), describe(&error)));
    // The writer comes first: it may have to create the file and to switch on the write-ahead log.
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(5).max(options.acquire_timeout))
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(rollback_sqlite(connection)))
        .connect_with(file.clone())
        .await
        .map_err(open_error)?;
    let readers = SqlitePoolOptions::new()
        .max_connections(options.max_connections)
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .connect_with(file.clone().create_if_missing(false).pragma("query_only", "on"))
        .await
        .map_err(open_error)?;
    Ok(Db {
        read: counted(SqlxSqliteConnector::from_sqlx_sqlite_pool(readers)),
        write: counted(SqlxSqliteConnector::from_sqlx_sqlite_pool(writer)),
        dialect: Dialect::new(DbBackend::Sqlite, clock.clone()),
        clock,
        mail_bell: Arc::default(),
        uses: Arc::default(),
        _file: temporary,
    })
}

async fn connect_postgres(options: &Options, clock: Clock) -> Result<Db, ConnectError> {
    let millis = |duration: Duration| format!("{}ms", duration.as_millis());
    let server = PgConnectOptions::from_str(&options.url)
        .map_err(|error| ConnectError::Url(error.to_string()))?
        .application_name("roster")
        .statement_cache_capacity(256)
        .options([
            ("statement_timeout", millis(options.statement_timeout)),
            ("lock_timeout", millis(options.lock_timeout)),
            ("TimeZone", "UTC".to_owned()),
            // The queries here are short and many: compiling one costs more than running it.
            ("jit", "off".to_owned()),
        ]);
    let place = format!("{}:{}", server.get_host(), server.get_port());
    refuse_lossy_commits(&server, &place).await?;
    let pool = || {
        PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            .test_before_acquire(false)
    };
    let readers = pool().connect_lazy_with(server.clone());
    let writers = pool()
        .after_release(|connection, _| Box::pin(rollback_postgres(connection)))
        .connect_lazy_with(server);
    let write = counted(SqlxPostgresConnector::from_sqlx_postgres_pool(writers));
    Ok(Db {
        read: counted(SqlxPostgresConnector::from_sqlx_postgres_pool(readers)),
        write,
        dialect: Dialect::new(DbBackend::Postgres, clock.clone()),
        clock,
        mail_bell: Arc::default(),
        uses: Arc::default(),
        _file: None,
    })
}

fn is_memory(url: &str) -> bool {
    let rest = url.trim_start_matches("sqlite:").trim_start_matches("//");
    rest.split('?').next() == Some(":memory:")
}

fn counted(mut connection: DatabaseConnection) -> DatabaseConnection {
    connection.set_metric_callback(|info| counter::statement(info.elapsed));
    connection
}

/// A `begin` that was cancelled half-way can leave a transaction open; its next user's writes would vanish with it.
async fn rollback_sqlite(connection: &mut sqlx::SqliteConnection) -> Result<bool, sqlx::Error> {
    // There is nothing to roll back as a rule, and SQLite calls that an error.
    let _ = sqlx::Executor::execute(&mut *connection, "ROLLBACK").await;
    Ok(true)
}

async fn rollback_postgres(connection: &mut sqlx::PgConnection) -> Result<bool, sqlx::Error> {
    // Outside of a transaction this is a warning on the server. The readers' pool never begins one and is spared the way.
    sqlx::Executor::execute(&mut *connection, "ROLLBACK").await?;
    Ok(true)
}

/// Asks over a connection of its own: the pool would try until its time is up, and hide why nobody answered.
async fn refuse_lossy_commits(server: &PgConnectOptions, place: &str) -> Result<(), ConnectError> {
    let asked = async {
        let mut connection = server.connect().await?;
        let value: String = sqlx::query_scalar("SHOW synchronous_commit")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(value)
    };
    let answer = tokio::time::timeout(Duration::from_secs(5), asked)
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut));
    let value = answer.map_err(|error| ConnectError::Open(format!("{place}: {}", describe(&error))))?;
    if value == "off" {
        Err(ConnectError::NotDurable(value))
    } else {
        Ok(())
    }
}

fn describe(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::PoolTimedOut => "nobody answered in time".to_owned(),
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}
