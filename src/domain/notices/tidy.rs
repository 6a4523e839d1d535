//! Rows that are done with go after a while.

use crate::domain::leases::{self, Lease};
use crate::domain::{Ctx, Lock, Result};

/// How long a delivered row is kept, in seconds: a week, for questions.
const KEEP_DELIVERED: i64 = 7 * 24 * 3600;

/// How long a row that was given up is kept, in seconds: a month, for whoever mends what was wrong.
const KEEP_GIVEN_UP: i64 = 30 * 24 * 3600;

/// Rows that go in one transaction.
const BATCH: i64 = 1000;

/// Deletes the rows that have been done with for long; answers how many.
pub async fn tidy(ctx: &Ctx, lease: &Lease) -> Result<u64> {
    ctx.require_system()?;
    let mut gone = 0;
    for (done, age) in [("delivered_at", KEEP_DELIVERED), ("given_up_at", KEEP_GIVEN_UP)] {
        loop {
            let deleted = delete(ctx, lease, done, age).await?;
            gone += deleted;
            if deleted < BATCH.unsigned_abs() {
                break;
            }
        }
    }
    Ok(gone)
}

async fn delete(ctx: &Ctx, lease: &Lease, done: &'static str, age: i64) -> Result<u64> {
    let deleted = ctx.write(Lock::None, |_, tx| async move {
        leases::hold(&tx, lease).await?;
        let mut sql = tx.conn().sql();
        let (age, batch) = (sql.bind(-age), sql.bind(BATCH));
        let oldest = sql.dialect().from_now(&age);
        sql.push(format!(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE {done} <= {oldest} ORDER BY {done} LIMIT {batch})"
        ));
        Ok(sql.run().await?)
    });
    deleted.await
}
