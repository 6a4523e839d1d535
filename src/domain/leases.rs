//! Which replica does a periodic job: a row with a holder, an end, and a fencing number that grows at each change of hands.
//!
//! The end is by the database's clock, so that a replica whose own clock is wrong makes no second leader. And should a holder sleep through
//! the end of its lease, its next write is refused: [`hold`] asks for the number inside of that write's transaction.

use sea_orm::FromQueryResult;

use super::{Ctx, Error, Lock, Result};
use crate::db::WriteTx;

/// How long a replica may be silent before another takes over, in seconds.
pub const TERM: i64 = 60;

/// The right to do a job, for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Which job.
    pub name: String,
    /// Who holds it.
    pub holder: String,
    /// The fencing number: higher with each change of hands.
    pub fence: i64,
}

#[derive(FromQueryResult)]
struct Fence {
    fence: i64,
}

/// Takes the job called `name` for `holder`, or keeps it; `None` while another replica has it.
pub async fn take(ctx: &Ctx, name: &str, holder: &str) -> Result<Option<Lease>> {
    ctx.require_system()?;
    if is_taken(ctx, name, holder).await? {
        return Ok(None);
    }
    let (name, holder) = (name.to_owned(), holder.to_owned());
    let taken = ctx.write(Lock::None, |_, tx| {
        let (name, holder) = (name.clone(), holder.clone());
        async move { upsert(&tx, name, holder).await }
    });
    taken.await
}

/// A look without a write, for the replicas that wait.
async fn is_taken(ctx: &Ctx, name: &str, holder: &str) -> Result<bool> {
    let conn = ctx.conn();
    let mut sql = conn.sql();
    let now = sql.dialect().now();
    let (name, holder) = (sql.bind(name), sql.bind(holder));
    sql.push(format!(
        "SELECT COUNT(*) FROM leases WHERE name = {name} AND holder <> {holder} AND expires_at > {now}"
    ));
    Ok(sql.number().await? > 0)
}

async fn upsert(tx: &WriteTx, name: String, holder: String) -> Result<Option<Lease>> {
    let mut sql = tx.conn().sql();
    let now = sql.dialect().now();
    let (bound_name, bound_holder, term) = (sql.bind(name.as_str()), sql.bind(holder.as_str()), sql.bind(TERM));
    let end = sql.dialect().from_now(&term);
    sql.push(format!(
        "INSERT INTO leases (name, holder, fence, expires_at) VALUES ({bound_name}, {bound_holder}, 1, {end})
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at,
           fence = leases.fence + CASE WHEN leases.holder = excluded.holder AND leases.expires_at > {now} THEN 0 ELSE 1 END
         WHERE leases.holder = excluded.holder OR leases.expires_at <= {now}
         RETURNING fence"
    ));
    let fence = sql.one::<Fence>().await?;
    Ok(fence.map(|Fence { fence }| Lease { name, holder, fence }))
}

/// Makes sure, until the end of `tx`, that nobody else has the job, and keeps it for another term; refuses a holder that was replaced.
pub async fn hold(tx: &WriteTx, lease: &Lease) -> Result<()> {
    let mut sql = tx.conn().sql();
    let (name, fence, term) = (sql.bind(lease.name.as_str()), sql.bind(lease.fence), sql.bind(TERM));
    let end = sql.dialect().from_now(&term);
    sql.push(format!(
        "UPDATE leases SET expires_at = {end} WHERE name = {name} AND fence = {fence}"
    ));
    match sql.run().await? {
        0 => Err(Error::Conflict(format!(
            "another replica has taken over {}",
            lease.name
        ))),
        _ => Ok(()),
    }
}

/// Gives the job back, so that another replica need not wait for the end of the term. A holder that was replaced gives nothing back.
pub async fn give_back(ctx: &Ctx, lease: &Lease) -> Result<()> {
    ctx.require_system()?;
    let given = ctx.write(Lock::None, |_, tx| {
        let lease = lease.clone();
        async move {
            let mut sql = tx.conn().sql();
            let now = sql.dialect().now();
            let (name, fence) = (sql.bind(lease.name), sql.bind(lease.fence));
            sql.push(format!(
                "UPDATE leases SET expires_at = {now} WHERE name = {name} AND fence = {fence}"
            ));
            Ok(sql.run().await.map(drop)?)
        }
    });
    given.await
}
