//! Invitations that nobody will accept any more are deleted, with the links to them.
//!
//! Only whole days count, so that the first pass of a day finds what the day brought and the later ones find nothing. It goes through the
//! hierarchies one by one, a batch of rows a transaction, and looks at each row again behind the lock.

use sea_orm::FromQueryResult;

use crate::db::{Dialect, WriteTx};
use crate::domain::journal::{self, Happening, Scene, Subject};
use crate::domain::leases::{self, Lease};
use crate::domain::members::remove::{COLUMNS, JOINS, Row};
use crate::domain::{Ctx, Error, Lock, Result};
use crate::types::NamespaceId;

/// How many days an invitation may wait for an answer.
const PATIENCE: i64 = 90;

/// Rows that go in one transaction: others wait for the hierarchy no longer than that takes.
const BATCH: i64 = 100;

/// Deletes the pending invitations whose time is over, and those that have waited too long; answers how many. Nobody is told by mail.
///
/// # Errors
/// `Conflict` as soon as another replica has taken over. A hierarchy that is busy does not hold up the others; its error comes at the end.
pub async fn tidy(ctx: &Ctx, lease: &Lease) -> Result<u64> {
    ctx.require_system()?;
    let mut gone = 0;
    let mut outcome = Ok(());
    for root in roots(ctx).await? {
        for fate in [Fate::Ended, Fate::Stale] {
            match tidy_in(ctx, lease, root, fate).await {
                Ok(rows) => gone += rows,
                Err(error @ Error::Conflict(_)) => return Err(error),
                Err(error) => outcome = Err(error),
            }
        }
    }
    outcome.map(|()| gone)
}

/// Why an invitation goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Its last day has begun.
    Ended,
    /// It has waited too long.
    Stale,
}

impl Fate {
    /// A row `m` of `members` is a pending invitation with this fate.
    fn condition(self, dialect: &Dialect) -> String {
        let fate = match self {
            Self::Ended => format!("m.expires_at <= {}", dialect.today()),
            Self::Stale => format!("m.created_at < {}", dialect.days_ago(PATIENCE)),
        };
        format!("m.user_id IS NULL AND m.invite_email IS NOT NULL AND {fate}")
    }

    const fn happening(self) -> Happening {
        match self {
            Self::Ended => Happening::Expired,
            Self::Stale => Happening::Destroyed,
        }
    }
}

#[derive(FromQueryResult)]
struct Root {
    root_id: NamespaceId,
}

/// The hierarchies in which something is to be deleted.
async fn roots(ctx: &Ctx) -> Result<Vec<NamespaceId>> {
    let mut sql = ctx.conn().sql();
    let [ended, stale] = [Fate::Ended, Fate::Stale].map(|fate| fate.condition(sql.dialect()));
    sql.push(format!(
        "SELECT n.root_id FROM members m JOIN namespaces n ON n.id = m.source_id WHERE m.source_kind = 1 AND (({ended}) OR ({stale}))
         UNION SELECT p.root_id FROM members m JOIN projects p ON p.id = m.source_id WHERE m.source_kind = 2 AND (({ended}) OR ({stale}))
         ORDER BY 1"
    ));
    let roots = sql.all::<Root>().await?;
    Ok(roots.into_iter().map(|root| root.root_id).collect())
}

async fn tidy_in(ctx: &Ctx, lease: &Lease, root: NamespaceId, fate: Fate) -> Result<u64> {
    let mut gone = 0;
    loop {
        let batch = ctx.write(Lock::Root(root), |ctx, tx| async move {
            leases::hold(&tx, lease).await?;
            let rows = next(&tx, root, fate).await?;
            delete(&ctx, &tx, fate, &rows).await?;
            Ok(rows.len())
        });
        let deleted = batch.await?;
        gone += deleted as u64;
        if i64::try_from(deleted).is_ok_and(|deleted| deleted < BATCH) {
            return Ok(gone);
        }
    }
}

/// The next rows of a hierarchy, as they are now.
async fn next(tx: &WriteTx, root: NamespaceId, fate: Fate) -> Result<Vec<(Scene, Subject)>> {
    let mut sql = tx.conn().sql();
    let goes = fate.condition(sql.dialect());
    let (root, batch) = (sql.bind(root.0), sql.bind(BATCH));
    sql.push(format!(
        "SELECT {COLUMNS} FROM members m JOIN namespaces s ON s.id = m.source_id {JOINS}
          WHERE m.source_kind = 1 AND s.root_id = {root} AND {goes}
         UNION ALL
         SELECT {COLUMNS} FROM members m JOIN projects s ON s.id = m.source_id {JOINS}
          WHERE m.source_kind = 2 AND s.root_id = {root} AND {goes}
         ORDER BY 1 LIMIT {batch}"
    ));
    let rows = sql.all::<Row>().await?;
    Ok(rows.into_iter().map(Row::into_parts).collect())
}

async fn delete(ctx: &Ctx, tx: &WriteTx, fate: Fate, rows: &[(Scene, Subject)]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut sql = tx.conn().sql();
    let which = sql.any_of("id", rows.iter().map(|(_, subject)| subject.row.0));
    sql.push(format!("DELETE FROM members WHERE {which}"));
    sql.run().await?;
    journal::audit(ctx, tx, &fate.happening(), rows).await?;
    for (scene, subject) in rows {
        journal::announce(ctx, tx, &fate.happening(), scene, subject);
    }
    Ok(())
}
