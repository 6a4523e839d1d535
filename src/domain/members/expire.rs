//! The sweep: memberships and links whose time is over are deleted.
//!
//! They stopped counting when their last day began ([`hierarchy::live`]); what the sweep adds is the audit event, the word to subscribers, and a
//! tidy table. It goes through the hierarchies one by one, a batch of rows a transaction, and looks at each row again behind the lock: one that was given
//! more time meanwhile stays. Whatever breaks it off, the next sweep goes on where it was.

use sea_orm::FromQueryResult;

use super::remove::{COLUMNS, JOINS, Row, delete_rows};
use crate::db::{Dialect, WriteTx};
use crate::domain::journal::{Happening, Scene, Subject};
use crate::domain::leases::{self, Lease};
use crate::domain::{Ctx, Error, Lock, Result, hierarchy, shares};
use crate::types::NamespaceId;

/// Rows that go in one transaction: others wait for the hierarchy no longer than that takes.
const BATCH: i64 = 100;

/// Deletes what has expired everywhere; answers how many memberships and links are gone.
///
/// The user's rows in what is below stay, unlike when somebody is removed; so do invitations, requests, and the row of a group's last owner, who goes
/// on counting. Nobody is told by mail.
///
/// # Errors
/// `Conflict` as soon as another replica has taken over. A hierarchy that is busy does not hold up the others; its error comes at the end.
pub async fn expire(ctx: &Ctx, lease: &Lease) -> Result<u64> {
    ctx.require_system()?;
    let mut gone = 0;
    let mut outcome = Ok(());
    for root in roots(ctx).await? {
        match expire_in(ctx, lease, root).await {
            Ok(rows) => gone += rows,
            Err(error @ Error::Conflict(_)) => return Err(error),
            Err(error) => outcome = Err(error),
        }
    }
    outcome.map(|()| gone)
}

#[derive(FromQueryResult)]
struct Root {
    root_id: NamespaceId,
}

/// The hierarchies in which something is to be deleted.
async fn roots(ctx: &Ctx) -> Result<Vec<NamespaceId>> {
    let mut sql = ctx.conn().sql();
    let dialect = sql.dialect();
    let (row, link) = (expired_row(dialect), expired_link(dialect));
    sql.push(format!(
        "SELECT n.root_id FROM members m JOIN namespaces n ON n.id = m.source_id WHERE m.source_kind = 1 AND {row}
         UNION SELECT p.root_id FROM members m JOIN projects p ON p.id = m.source_id WHERE m.source_kind = 2 AND {row}
         UNION SELECT n.root_id FROM group_shares s JOIN namespaces n ON n.id = s.shared_group_id WHERE {link}
         UNION SELECT p.root_id FROM project_shares s JOIN projects p ON p.id = s.project_id WHERE {link}
         ORDER BY 1"
    ));
    let roots = sql.all::<Root>().await?;
    Ok(roots.into_iter().map(|root| root.root_id).collect())
}

/// A row `m` of `members` is a membership whose time is over, and not one that goes on counting all the same.
fn expired_row(dialect: &Dialect) -> String {
    let (today, live) = (dialect.today(), hierarchy::live(dialect, "m"));
    format!("m.expires_at <= {today} AND m.user_id IS NOT NULL AND m.requested_at IS NULL AND NOT ({live})")
}

/// A link `s` is over.
fn expired_link(dialect: &Dialect) -> String {
    format!("s.expires_at <= {}", dialect.today())
}

async fn expire_in(ctx: &Ctx, lease: &Lease, root: NamespaceId) -> Result<u64> {
    let mut gone = 0;
    loop {
        let batch = ctx.write(Lock::Root(root), |ctx, tx| async move {
            leases::hold(&tx, lease).await?;
            let rows = expired_in(&tx, root).await?;
            delete_rows(&ctx, &tx, &Happening::Expired, &rows).await?;
            let is_full = |count: usize| i64::try_from(count).is_ok_and(|count| count >= BATCH);
            let links = if is_full(rows.len()) {
                0
            } else {
                shares::expire_in(&ctx, &tx, root, BATCH).await?
            };
            let full = is_full(rows.len()) || is_full(links);
            Ok(((rows.len() + links) as u64, full))
        });
        let (deleted, full) = batch.await?;
        gone += deleted;
        if !full {
            return Ok(gone);
        }
    }
}

/// The next rows of a hierarchy, as they are now.
async fn expired_in(tx: &WriteTx, root: NamespaceId) -> Result<Vec<(Scene, Subject)>> {
    let mut sql = tx.conn().sql();
    let expired = expired_row(sql.dialect());
    let (root, batch) = (sql.bind(root.0), sql.bind(BATCH));
    sql.push(format!(
        "SELECT {COLUMNS} FROM members m JOIN namespaces s ON s.id = m.source_id {JOINS}
          WHERE m.source_kind = 1 AND s.root_id = {root} AND {expired}
         UNION ALL
         SELECT {COLUMNS} FROM members m JOIN projects s ON s.id = m.source_id {JOINS}
          WHERE m.source_kind = 2 AND s.root_id = {root} AND {expired}
         ORDER BY 1 LIMIT {batch}"
    ));
    let rows = sql.all::<Row>().await?;
    Ok(rows.into_iter().map(Row::into_parts).collect())
}
