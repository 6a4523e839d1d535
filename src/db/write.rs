//! The one door for writes.
//!
//! A write locks the top-level group of what it changes, reads its facts behind the lock, decides, writes, and numbers what it did. Two writers
//! of one hierarchy therefore come one after the other, and what either decided on was still true when it committed.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{
    DatabaseTransaction, DbErr, FromQueryResult, RuntimeErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use super::changes::{self, Change};
use super::{Conn, Db, Handle};
use crate::types::{GroupId, NamespaceId, Source, UserId};

/// What a write changes, and so what it must hold alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// One hierarchy: a top-level group, or a personal namespace.
    Root(NamespaceId),
    /// Two, for what links them; taken in ascending order, so that two writers never wait for each other.
    Roots(NamespaceId, NamespaceId),
    /// Nothing that has a hierarchy: a user, a token.
    None,
}

/// What a write changed that may decide who takes a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// A membership of a user came, changed or went.
    Member {
        /// The hierarchy of the source.
        root: NamespaceId,
        /// Where.
        source: Source,
        /// Whose.
        user: UserId,
        /// Whether it makes, or made, an owner.
        owner: bool,
    },
    /// A link came or went.
    Link {
        /// The hierarchy of what is shared.
        root: NamespaceId,
        /// The group that is let in.
        invited: GroupId,
        /// Whether it makes, or made, owners.
        owner: bool,
    },
    /// The state of an account changed.
    Account(UserId),
}

/// A transaction that is open for writing. Clones are the same one; none may outlive the work.
#[derive(Clone, Debug)]
pub struct WriteTx(Arc<Open>);

/// What a transaction touched, and how much of it was taken.
#[derive(Debug, Default)]
struct Touches {
    all: Vec<Touched>,
    taken: usize,
}

#[derive(Debug)]
struct Open {
    transaction: DatabaseTransaction,
    db: Db,
    changes: Mutex<Vec<Change>>,
    touched: Mutex<Touches>,
    now: DateTime<Utc>,
    /// Whether mail was queued.
    owes_mail: AtomicBool,
    /// Nothing of it is to stand.
    given_up: AtomicBool,
    /// The database gave this try up for a reason that has nothing to do with the work.
    broken_off: AtomicBool,
}

impl WriteTx {
    /// The connection of the transaction.
    pub fn conn(&self) -> Conn<'_> {
        Conn {
            handle: Handle::Transaction(self),
            dialect: self.0.db.dialect(),
        }
    }

    /// What runs its statements.
    pub(super) fn transaction(&self) -> &DatabaseTransaction {
        &self.0.transaction
    }

    /// The time that everything written here carries.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.now
    }

    /// Whether a change was noted.
    pub fn has_changes(&self) -> bool {
        self.0.changes.lock().is_ok_and(|changes| !changes.is_empty())
    }

    /// Notes a change; it gets its number when the transaction commits.
    pub fn record(&self, change: Change) {
        if let Ok(mut changes) = self.0.changes.lock() {
            changes.push(change);
        }
    }

    /// Notes that seats may have changed.
    pub fn touch(&self, touched: Touched) {
        if let Ok(mut touches) = self.0.touched.lock() {
            touches.all.push(touched);
        }
    }

    /// What was noted so since it was taken last.
    pub fn take_touched(&self) -> Vec<Touched> {
        let Ok(mut touches) = self.0.touched.lock() else {
            return Vec::new();
        };
        let new = touches.all[touches.taken..].to_vec();
        touches.taken = touches.all.len();
        new
    }

    /// All that was noted so.
    pub fn touched(&self) -> Vec<Touched> {
        self.0
            .touched
            .lock()
            .map(|touches| touches.all.clone())
            .unwrap_or_default()
    }

    /// Has whoever waits for [`Db::mail_owed`] woken when this is committed.
    pub fn owe_mail(&self) {
        self.0.owes_mail.store(true, Ordering::Relaxed);
    }

    /// Has all of it undone at its end, whatever that is.
    pub fn give_up(&self) {
        self.0.given_up.store(true, Ordering::Relaxed);
    }

    /// Whether it will be undone at its end.
    pub fn is_given_up(&self) -> bool {
        self.0.given_up.load(Ordering::Relaxed)
    }

    /// Takes the result of a statement and remembers when it means that the try was in vain.
    pub(super) fn watch<T>(&self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        if result.as_ref().is_err_and(is_transient) {
            self.0.broken_off.store(true, Ordering::Relaxed);
        }
        result
    }

    /// Waits until it holds `lock`, and until the end of the transaction from then on.
    pub async fn hold(&self, lock: Lock) -> Result<(), DbErr> {
        match lock {
            Lock::None => Ok(()),
            Lock::Root(root) => self.hold_all([root]).await,
            Lock::Roots(a, b) => self.hold_all([a, b]).await,
        }
    }

    /// The same for any number of hierarchies, lowest first.
    pub async fn hold_all(&self, roots: impl IntoIterator<Item = NamespaceId>) -> Result<(), DbErr> {
        // On SQLite the whole file is held already.
        if self.0.db.dialect().is_postgres() {
            let mut sql = self.conn().sql();
            let roots = sql.any_of("id", roots.into_iter().map(|root| root.0));
            // Not for its key: a seat that another writer notes here by its foreign key must not wait for this one, who may wait for that one's ledger.
            sql.push(format!(
                "SELECT id FROM namespaces WHERE {roots} ORDER BY id FOR NO KEY UPDATE"
            ));
            sql.all::<Held>().await?;
        }
        Ok(())
    }

    /// Lifts the time limit of single statements for the rest of the transaction: for work that grows with a hierarchy and is done once.
    pub async fn take_your_time(&self) -> Result<(), DbErr> {
        if self.0.db.dialect().is_postgres() {
            let mut sql = self.conn().sql();
            sql.push("SET LOCAL statement_timeout = 0");
            sql.run().await?;
        }
        Ok(())
    }

    async fn commit<E: From<DbErr>>(self) -> Result<(), (E, bool)> {
        if self.is_given_up() {
            self.roll_back().await;
            return Ok(());
        }
        if let Err(error) = self.write_changes().await {
            return Err((error.into(), self.is_broken_off()));
        }
        let Some(open) = Arc::into_inner(self.0) else {
            let kept = DbErr::Custom("a transaction was kept beyond its work".to_owned());
            return Err((kept.into(), false));
        };
        let committed = open.transaction.commit().await;
        committed.map_err(|error| {
            let again = is_transient(&error);
            (error.into(), again)
        })?;
        if open.owes_mail.load(Ordering::Relaxed) {
            open.db.mail_bell.notify_one();
        }
        Ok(())
    }

    /// Undoes everything; answers whether it is worth another try.
    async fn roll_back(self) -> bool {
        let again = self.is_broken_off();
        // A connection that is gone has rolled back by itself, and so does one that is dropped.
        if let Some(open) = Arc::into_inner(self.0) {
            let _ = open.transaction.rollback().await;
        }
        again
    }

    fn is_broken_off(&self) -> bool {
        self.0.broken_off.load(Ordering::Relaxed)
    }

    /// Numbers the noted changes: nobody else can, while the root is locked.
    async fn write_changes(&self) -> Result<(), DbErr> {
        let changes = self
            .0
            .changes
            .lock()
            .map(|mut changes| std::mem::take(&mut *changes))
            .unwrap_or_default();
        changes::store(self.conn(), self.0.now, changes).await
    }
}

#[derive(FromQueryResult)]
#[expect(dead_code, reason = "the rows are read only to be locked")]
struct Held {
    id: i64,
}

/// The work of one write: a boxed future, because it borrows the transaction.
pub type Work<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// What becomes of a write whose work went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It stands.
    Commit,
    /// It is undone: somebody only wanted to know what would happen.
    RollBack,
}

const TRIES: u32 = 4;

impl Db {
    /// Runs `work` in a transaction that holds `lock`, and commits it when it answers `Ok`. Anything else undoes all of it.
    ///
    /// When the database broke the try off (a serialization failure, a deadlock) the whole of it is done again, up to four times.
    pub async fn write<T, E, F>(&self, lock: Lock, work: F) -> Result<T, E>
    where
        F: for<'t> Fn(&'t WriteTx) -> Work<'t, T, E> + Send + Sync,
        T: Send,
        E: From<DbErr> + Send,
    {
        let work = &work;
        self.transact(lock, End::Commit, |tx| async move { work(&tx).await })
            .await
    }

    /// The same for work that takes the transaction as its own, with the end of its choice.
    pub async fn transact<T, E, F, Fut>(&self, lock: Lock, end: End, work: F) -> Result<T, E>
    where
        F: Fn(WriteTx) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, E>> + Send,
        T: Send,
        E: From<DbErr> + Send,
    {
        let mut tries = 1;
        loop {
            let tx = self.begin(lock).await?;
            let outcome = match work(tx.clone()).await {
                Ok(done) if end == End::RollBack => {
                    tx.roll_back().await;
                    Ok(done)
                }
                Ok(done) => tx.commit().await.map(|()| done),
                Err(error) => Err((error, tx.roll_back().await)),
            };
            match outcome {
                Err((_, true)) if tries < TRIES => {
                    tokio::time::sleep(Duration::from_millis(u64::from(5 * tries))).await;
                    tries += 1;
                }
                Err((error, _)) => return Err(error),
                Ok(done) => return Ok(done),
            }
        }
    }

    /// Runs work that can be done once only, and that chooses how the transaction ends.
    pub async fn transact_once<T, E, F, Fut>(&self, lock: Lock, work: F) -> Result<T, E>
    where
        F: FnOnce(WriteTx) -> Fut + Send,
        Fut: Future<Output = Result<(T, End), E>> + Send,
        T: Send,
        E: From<DbErr> + Send,
    {
        let tx = self.begin(lock).await?;
        match work(tx.clone()).await {
            Ok((done, End::Commit)) => tx.commit().await.map(|()| done).map_err(|(error, _)| error),
            Ok((done, End::RollBack)) => {
                tx.roll_back().await;
                Ok(done)
            }
            Err(error) => {
                tx.roll_back().await;
                Err(error)
            }
        }
    }

    async fn begin(&self, lock: Lock) -> Result<WriteTx, DbErr> {
        // A deferred transaction on SQLite that reads before it writes fails whenever somebody else wrote in between.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        #[expect(clippy::disallowed_methods, reason = "this is the door")]
        let transaction = self.write.begin_with_options(options).await?;
        let tx = WriteTx(Arc::new(Open {
            transaction,
            db: self.clone(),
            changes: Mutex::default(),
            touched: Mutex::default(),
            now: self.clock.now(),
            owes_mail: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            broken_off: AtomicBool::new(false),
        }));
        tx.hold(lock).await?;
        Ok(tx)
    }
}

/// Whether the same work may well succeed when it is done again.
fn is_transient(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error else {
        return false;
    };
    let code = cause.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("40001" | "40P01"))
}
