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

use super::{Conn, Db, Handle};
use crate::types::{AncestorPath, MemberId, NamespaceId, Source, UserId};

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

/// One entry of the change log: what subscribers will hear about.
#[derive(Clone, Debug)]
pub struct Change {
    /// The hierarchy it belongs to; one that the write holds.
    pub root: NamespaceId,
    /// What happened, e.g. `member_added`.
    pub kind: &'static str,
    /// Where.
    pub source: Source,
    /// Where, as a path: who watches a group hears of everything below it.
    pub ancestor_path: AncestorPath,
    /// The row it is about.
    pub member: Option<MemberId>,
    /// The user it is about.
    pub user: Option<UserId>,
    /// Who did it; nobody when it was the system.
    pub actor: Option<UserId>,
    /// The rest, e.g. the level before and after.
    pub payload: serde_json::Value,
}

/// A transaction that is open for writing. Clones are the same one; none may outlive the work.
#[derive(Clone, Debug)]
pub struct WriteTx(Arc<Open>);

#[derive(Debug)]
struct Open {
    transaction: DatabaseTransaction,
    db: Db,
    changes: Mutex<Vec<Change>>,
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
        let roots = match lock {
            Lock::None => return Ok(()),
            Lock::Root(root) => vec![root.0],
            Lock::Roots(a, b) => vec![a.0.min(b.0), a.0.max(b.0)],
        };
        // On SQLite the whole file is held already.
        if self.0.db.dialect().is_postgres() {
            let mut sql = self.conn().sql();
            let roots = sql.any_of("id", roots);
            sql.push(format!(
                "SELECT id FROM namespaces WHERE {roots} ORDER BY id FOR UPDATE"
            ));
            sql.all::<Held>().await?;
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

    /// Numbers the noted changes, gap-free within each root: nobody else can, while the root is locked.
    async fn write_changes(&self) -> Result<(), DbErr> {
        let changes = self
            .0
            .changes
            .lock()
            .map(|mut changes| std::mem::take(&mut *changes))
            .unwrap_or_default();
        let mut roots: Vec<NamespaceId> = Vec::new();
        for change in &changes {
            if !roots.contains(&change.root) {
                roots.push(change.root);
            }
        }
        let mut entries = Vec::with_capacity(changes.len());
        for root in roots {
            let of_root: Vec<_> = changes.iter().filter(|change| change.root == root).collect();
            let count = i64::try_from(of_root.len()).unwrap_or_default();
            let mut next = self.conn().sql();
            let (root, count) = (next.bind(root.0), next.bind(count));
            next.push(format!(
                "UPDATE namespaces SET seq = seq + {count} WHERE id = {root} RETURNING seq - {count} + 1"
            ));
            let first = next.number().await?;
            entries.extend((first..).zip(of_root).map(|(seq, change)| self.entry(seq, change)));
        }
        while !entries.is_empty() {
            let rest = entries.split_off(entries.len().min(BATCH));
            sea_orm::EntityTrait::insert_many(entries)
                .exec_without_returning(&self.conn())
                .await?;
            entries = rest;
        }
        Ok(())
    }

    fn entry(&self, seq: i64, change: &Change) -> crate::entity::change_log::ActiveModel {
        crate::entity::change_log::ActiveModel {
            root_id: sea_orm::Set(change.root),
            seq: sea_orm::Set(seq),
            kind: sea_orm::Set(change.kind.to_owned()),
            source_kind: sea_orm::Set(change.source.kind()),
            source_id: sea_orm::Set(change.source.id()),
            ancestor_path: sea_orm::Set(change.ancestor_path.clone()),
            member_id: sea_orm::Set(change.member),
            user_id: sea_orm::Set(change.user),
            actor_id: sea_orm::Set(change.actor),
            payload: sea_orm::Set(change.payload.clone()),
            created_at: sea_orm::Set(self.0.now),
        }
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

/// How many entries of the change log one statement stores: SQLite takes 32,766 values.
const BATCH: usize = 1_000;

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
