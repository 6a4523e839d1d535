//! Connections, the two dialects, and the one door for writes.
//!
//! Readers have a pool of their own; writers have another on PostgreSQL and a single connection on SQLite.

mod changes;
mod connect;
mod counter;
mod dialect;
mod snapshot;
mod sql;
mod uses;
mod write;

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
};
use tokio::sync::Notify;

use crate::clock::Clock;

pub use changes::Change;
pub use connect::{ConnectError, Options};
pub use counter::{Counter, Counts};
pub use dialect::Dialect;
pub use snapshot::Snapshot;
pub use sql::{Cell, Sql};
pub use write::{End, Lock, Touched, Work, WriteTx};

/// A migration that still fails after this pause fails for a reason of its own.
const LONGEST_PAUSE: Duration = Duration::from_millis(800);

/// A database that is ready to be asked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    dialect: Dialect,
    clock: Clock,
    /// Rung after a commit that owes somebody mail.
    mail_bell: Arc<Notify>,
    uses: Arc<uses::Uses>,
    /// Holds a temporary database file until the last clone is gone.
    _file: Option<Arc<connect::TemporaryFile>>,
}

impl Db {
    /// A connection out of the readers' pool.
    pub fn conn(&self) -> Conn<'_> {
        Conn {
            handle: Handle::Pool(&self.read),
            dialect: &self.dialect,
        }
    }

    /// The clock whose time new rows carry.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Which of the two databases it is, and what it spells its own way.
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Waits for a commit of this process that owes somebody mail; at once, when there was one since the last time.
    pub async fn mail_owed(&self) {
        self.mail_bell.notified().await;
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.conn()
            .query_one_raw(Statement::from_string(self.dialect.backend(), "SELECT 1"))
            .await
            .map(drop)
    }

    /// Applies the migrations that are missing, each whole or not at all.
    ///
    /// Replicas may start at the same moment: the one that comes second at a step is refused and undone, and finds the step done when it looks again.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        use migrations::MigratorTrait;
        let mut pause = Duration::from_millis(50);
        while let Err(error) = migrations::Migrator::up(&self.write, None).await {
            if pause > LONGEST_PAUSE {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Ok(())
    }

    /// Takes the last `steps` migrations back.
    pub async fn migrate_down(&self, steps: u32) -> Result<(), DbErr> {
        use migrations::MigratorTrait;
        migrations::Migrator::down(&self.write, Some(steps)).await
    }

    /// Whether no migration is missing.
    pub async fn is_migrated(&self) -> Result<bool, DbErr> {
        use migrations::MigratorTrait;
        migrations::Migrator::get_pending_migrations(&self.write)
            .await
            .map(|pending| pending.is_empty())
    }

    /// Closes the pools; what still runs fails.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.read.close_by_ref().await?;
        self.write.close_by_ref().await
    }
}

/// Something that runs statements: the readers' pool, or a transaction that is open for writing.
#[derive(Clone, Copy, Debug)]
pub struct Conn<'a> {
    handle: Handle<'a>,
    dialect: &'a Dialect,
}

#[derive(Clone, Copy, Debug)]
enum Handle<'a> {
    Pool(&'a DatabaseConnection),
    Transaction(&'a WriteTx),
    Snapshot(&'a DatabaseTransaction),
}

impl<'a> Conn<'a> {
    /// The dialect that its statements must be written in.
    pub fn dialect(self) -> &'a Dialect {
        self.dialect
    }

    /// A statement to be written for this connection.
    pub fn sql(self) -> Sql<'a> {
        Sql::new(self)
    }
}

#[sea_orm::prelude::async_trait::async_trait]
impl ConnectionTrait for Conn<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.dialect.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self.handle {
            Handle::Pool(pool) => pool.execute_raw(statement).await,
            Handle::Transaction(tx) => tx.watch(tx.transaction().execute_raw(statement).await),
            Handle::Snapshot(transaction) => transaction.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self.handle {
            Handle::Pool(pool) => pool.execute_unprepared(sql).await,
            Handle::Transaction(tx) => tx.watch(tx.transaction().execute_unprepared(sql).await),
            Handle::Snapshot(transaction) => transaction.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self.handle {
            Handle::Pool(pool) => pool.query_one_raw(statement).await,
            Handle::Transaction(tx) => tx.watch(tx.transaction().query_one_raw(statement).await),
            Handle::Snapshot(transaction) => transaction.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self.handle {
            Handle::Pool(pool) => pool.query_all_raw(statement).await,
            Handle::Transaction(tx) => tx.watch(tx.transaction().query_all_raw(statement).await),
            Handle::Snapshot(transaction) => transaction.query_all_raw(statement).await,
        }
    }
}
