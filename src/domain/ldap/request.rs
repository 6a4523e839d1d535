//! Asking for a synchronisation.

use super::Status;
use super::status::Row;
use crate::domain::members::facts::{Facts, seen};
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Result, Thing, policy};
use crate::types::{SourceKind, SyncState};

/// Queues one synchronisation of the group, unless one waits or runs; answers how far it is. None for a group without a link, which nothing is done to.
///
/// # Errors
/// `Unauthenticated`; `NotFound` for the group; `Forbidden` for others than owners.
pub async fn request(ctx: &Ctx, name: &Name) -> Result<Option<Status>> {
    let (source, lock) = seen(ctx, SourceKind::Group, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::administer_links(&facts.hand)?;
        if !facts.place.ldap_synced {
            return Ok(None);
        }
        let row = Row::of(&ctx, &[source.id()]).await?.pop();
        let sync = row.ok_or(Error::NotFound(Thing::Group))?.at(tx.now());
        if matches!(sync.state, SyncState::Pending | SyncState::Started) {
            return Ok(Some(sync));
        }
        let mut sql = tx.conn().sql();
        let id = sql.bind(source.id());
        sql.push(format!(
            "UPDATE namespaces SET ldap_sync_state = 'pending' WHERE id = {id}"
        ));
        sql.run().await?;
        Ok(Some(Status {
            state: SyncState::Pending,
            ..sync
        }))
    })
    .await
}
