//! The hourly round: every synced group is asked for once an hour.

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;

use super::claim::LONGEST;
use crate::db::Sql;
use crate::domain::leases::{self, Lease};
use crate::domain::{Ctx, Error, Lock, Result};
use crate::types::NamespaceId;

/// From the start of one run of a group to the next.
const EVERY: chrono::Duration = LONGEST;

#[derive(FromQueryResult)]
struct Due {
    id: i64,
    root_id: NamespaceId,
}

/// Has every group with a link synchronised whose last run began an hour ago or more, and those that were never synchronised; answers how many. Without a
/// directory, none.
///
/// # Errors
/// `Conflict` as soon as another replica has taken over. A hierarchy that is busy does not hold up the others; its error comes at the end.
pub async fn queue(ctx: &Ctx, lease: &Lease) -> Result<u64> {
    ctx.require_system()?;
    if ctx.app.directory.is_none() {
        return Ok(0);
    }
    let mut sql = ctx.conn().sql();
    let is_due = due(&mut sql, ctx.app.db.clock().now());
    sql.push(format!(
        "SELECT n.id, n.root_id FROM namespaces n WHERE {is_due} ORDER BY n.id"
    ));
    let mut queued = 0;
    let mut outcome = Ok(());
    for Due { id, root_id } in sql.all::<Due>().await? {
        let asked = ctx.write(Lock::Root(root_id), |_, tx| async move {
            leases::hold(&tx, lease).await?;
            let mut sql = tx.conn().sql();
            let (id, is_due) = (sql.bind(id), due(&mut sql, tx.now()));
            sql.push(format!(
                "UPDATE namespaces AS n SET ldap_sync_state = 'pending' WHERE n.id = {id} AND {is_due}"
            ));
            Ok(sql.run().await?)
        });
        match asked.await {
            Ok(rows) => queued += rows,
            Err(error @ Error::Conflict(_)) => return Err(error),
            Err(error) => outcome = Err(error),
        }
    }
    outcome.map(|()| queued)
}

/// The group `n` is due at that time.
fn due(sql: &mut Sql<'_>, now: DateTime<Utc>) -> String {
    let latest = sql.bind(now - EVERY);
    format!(
        "n.ldap_sync_state <> 'pending' AND (n.ldap_sync_started_at IS NULL OR n.ldap_sync_started_at <= {latest})
         AND EXISTS (SELECT 1 FROM ldap_group_links l WHERE l.group_id = n.id)"
    )
}
