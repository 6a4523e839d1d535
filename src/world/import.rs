//! From a file into an empty database: all of it, or nothing.
//!
//! The file is read once to check it and to number everything, and then once a list to store the rows, in the order of their foreign keys.

mod hierarchy;
mod members;
mod people;
mod shares;
mod store;

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use serde::de::DeserializeOwned;

use super::directory::Directory;
use super::error::ImportError;
use super::scan::{Stream, spool};
use super::survey::Survey;
use super::value::Time;
use super::{Counts, Progress};
use crate::db::{Conn, Db, Lock, WriteTx};

/// Hears how far an import has come.
pub type Watcher = Arc<dyn Fn(Progress) + Send + Sync>;

/// Fills an empty database with the world that `input` describes, in one transaction.
pub async fn import(db: &Db, input: impl Read + Send + 'static, watcher: Watcher) -> Result<Counts, ImportError> {
    watcher(Progress { done: 0, total: 0 });
    let world = tokio::task::spawn_blocking(|| World::read(input))
        .await
        .map_err(io::Error::other)??;
    let counts = world.survey.counts;
    db.write(Lock::None, move |tx| {
        let load = Load {
            tx,
            world: Arc::clone(&world),
            watcher: Arc::clone(&watcher),
            done: AtomicU64::new(0),
        };
        Box::pin(load.run())
    })
    .await?;
    Ok(counts)
}

/// A file, and what the first reading said.
struct World {
    file: Arc<File>,
    survey: Survey,
    directory: Directory,
}

impl World {
    fn read(input: impl Read) -> Result<Arc<Self>, ImportError> {
        let file = spool(input)?;
        let mut survey = Survey::of(&file)?;
        let directory = Directory::of(&mut survey)?;
        Ok(Arc::new(Self {
            file: Arc::new(file),
            survey,
            directory,
        }))
    }
}

/// One try at storing a world.
struct Load<'t> {
    tx: &'t WriteTx,
    world: Arc<World>,
    watcher: Watcher,
    done: AtomicU64,
}

impl<'t> Load<'t> {
    async fn run(self) -> Result<(), ImportError> {
        self.refuse_unless_empty().await?;
        people::load(&self).await?;
        hierarchy::load(&self).await?;
        members::load(&self).await?;
        shares::load(&self).await?;
        self.open_ledgers().await?;
        self.continue_numbers().await?;
        Ok(())
    }

    /// Seats are counted when they are first asked for.
    async fn open_ledgers(&self) -> Result<(), DbErr> {
        let mut sql = self.conn().sql();
        sql.push(
            "INSERT INTO seat_ledgers (root_id, complete) SELECT id, FALSE FROM namespaces WHERE kind = 'group' AND parent_id IS NULL",
        );
        sql.run().await.map(drop)
    }

    fn conn(&self) -> Conn<'t> {
        self.tx.conn()
    }

    fn names(&self) -> &Directory {
        &self.world.directory
    }

    fn rows<T: DeserializeOwned + Send + 'static>(&self, list: &'static str) -> Stream<T> {
        Stream::open(&self.world.file, list)
    }

    /// When a row was made and last changed: now, unless the file says otherwise.
    fn times(&self, created: Option<Time>, updated: Option<Time>) -> (DateTime<Utc>, DateTime<Utc>) {
        let created = created.map_or_else(|| self.tx.now(), |Time(time)| time);
        (created, updated.map_or(created, |Time(time)| time))
    }

    fn stored(&self, rows: usize) {
        let done = self.done.fetch_add(rows as u64, Ordering::Relaxed) + rows as u64;
        let total = self.world.survey.counts.total();
        (self.watcher)(Progress { done, total });
    }

    async fn refuse_unless_empty(&self) -> Result<(), ImportError> {
        // Whoever makes a group holds this row; two imports at once come one after the other.
        let mut lock = self.conn().sql();
        lock.push("UPDATE counters SET value = value WHERE name = 'groups'");
        lock.run().await?;
        let mut count = self.conn().sql();
        count.push(
            "SELECT COUNT(*) FROM (SELECT id FROM users UNION ALL SELECT id FROM namespaces UNION ALL SELECT id FROM members LIMIT 1) AS present",
        );
        if count.number().await? > 0 {
            return Err(ImportError::NotEmpty);
        }
        Ok(())
    }

    /// Whatever is made next gets a number behind the highest of the file.
    async fn continue_numbers(&self) -> Result<(), DbErr> {
        let mut groups = self.conn().sql();
        let highest = groups.bind(self.world.survey.group_numbers.highest());
        groups.push(format!("UPDATE counters SET value = {highest} WHERE name = 'groups'"));
        groups.run().await?;
        // SQLite looks at the rows by itself.
        if self.conn().dialect().is_postgres() {
            for table in NUMBERED {
                let mut sql = self.conn().sql();
                sql.push(format!(
                    "SELECT SETVAL(PG_GET_SERIAL_SEQUENCE('{table}', 'id'), MAX(id)) FROM {table}"
                ));
                sql.run().await?;
            }
            let mut analyze = self.conn().sql();
            // Until the server's own round comes by, the planner would take every table for empty.
            analyze.push(format!("ANALYZE namespaces, {}", NUMBERED.join(", ")));
            analyze.run().await?;
        }
        Ok(())
    }
}

/// The tables that number their own rows.
const NUMBERED: [&str; 9] = [
    "users",
    "user_identities",
    "personal_access_tokens",
    "projects",
    "member_roles",
    "members",
    "group_shares",
    "project_shares",
    "ldap_group_links",
];
