//! What happened long ago is no longer told.

use crate::domain::leases::{self, Lease};
use crate::domain::{Ctx, Lock, Result};
use crate::types::NamespaceId;

use sea_orm::FromQueryResult;

/// Entries that go in one transaction.
const BATCH: i64 = 1000;

/// Hierarchies that are dealt with at a time.
const ROOTS: i64 = 100;

#[derive(FromQueryResult)]
struct Root {
    root_id: NamespaceId,
}

/// Deletes the entries of the change log that are older than it is kept; answers how many. Of each hierarchy the beginning goes, without a hole: the first
/// entry that is young enough keeps all behind it.
pub async fn tidy(ctx: &Ctx, lease: &Lease) -> Result<u64> {
    ctx.require_system()?;
    let age = i64::try_from(ctx.app.live.keep.as_secs()).unwrap_or(i64::MAX);
    let mut gone = 0;
    loop {
        let mut progress = 0;
        for root in with_old_entries(ctx, age).await? {
            loop {
                let deleted = delete(ctx, lease, root, age).await?;
                progress += deleted;
                if deleted < BATCH.unsigned_abs() {
                    break;
                }
            }
        }
        gone += progress;
        if progress == 0 {
            return Ok(gone);
        }
    }
}

async fn with_old_entries(ctx: &Ctx, age: i64) -> Result<Vec<NamespaceId>> {
    let mut sql = ctx.conn().sql();
    let (age, most) = (sql.bind(-age), sql.bind(ROOTS));
    let oldest = sql.dialect().from_now(&age);
    // Only what is at the beginning of its log: an old entry behind a young one waits for it.
    sql.push(format!(
        "SELECT DISTINCT c.root_id FROM change_log c
          WHERE c.created_at < {oldest} AND c.seq = (SELECT MIN(f.seq) FROM change_log f WHERE f.root_id = c.root_id) LIMIT {most}"
    ));
    let roots: Vec<Root> = sql.all().await?;
    Ok(roots.into_iter().map(|root| root.root_id).collect())
}

async fn delete(ctx: &Ctx, lease: &Lease, root: NamespaceId, age: i64) -> Result<u64> {
    let deleted = ctx.write(Lock::None, |_, tx| async move {
        leases::hold(&tx, lease).await?;
        let mut sql = tx.conn().sql();
        let (root, age, batch) = (sql.bind(root.0), sql.bind(-age), sql.bind(BATCH));
        let oldest = sql.dialect().from_now(&age);
        let first = format!(
            "(SELECT seq, created_at FROM change_log WHERE root_id = {root} ORDER BY seq LIMIT {batch}) AS first"
        );
        sql.push(format!(
            "DELETE FROM change_log WHERE root_id = {root} AND seq < COALESCE(
               (SELECT MIN(seq) FROM {first} WHERE created_at >= {oldest}), (SELECT MAX(seq) + 1 FROM {first}))"
        ));
        Ok(sql.run().await?)
    });
    deleted.await
}
