//! The database as it was at one moment, for a reader that needs many statements.

use sea_orm::{AccessMode, DatabaseTransaction, DbErr, IsolationLevel, TransactionOptions, TransactionTrait};

use super::{Conn, Db, Dialect, Handle};

/// A transaction that only reads, and sees nothing of what is written meanwhile.
#[derive(Debug)]
pub struct Snapshot {
    transaction: DatabaseTransaction,
    dialect: Dialect,
}

impl Snapshot {
    /// The connection of the transaction.
    pub fn conn(&self) -> Conn<'_> {
        Conn {
            handle: Handle::Snapshot(&self.transaction),
            dialect: &self.dialect,
        }
    }
}

impl Db {
    /// Takes a connection of the readers' pool for a look at one moment; dropping it gives the connection back.
    pub async fn snapshot(&self) -> Result<Snapshot, DbErr> {
        let mut options = TransactionOptions::default();
        // Every transaction of SQLite reads one moment.
        if self.dialect.is_postgres() {
            options.isolation_level = Some(IsolationLevel::RepeatableRead);
            options.access_mode = Some(AccessMode::ReadOnly);
        }
        #[expect(clippy::disallowed_methods, reason = "nothing is written here")]
        let transaction = self.read.begin_with_options(options).await?;
        Ok(Snapshot {
            transaction,
            dialect: self.dialect.clone(),
        })
    }
}
