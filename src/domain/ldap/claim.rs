//! Which replica synchronises a group: the state of the group is the lease.
//!
//! Whoever finds it asked for makes it started, behind the lock, so that nobody else does. When it was started is written down and asked for again where
//! the run ends: one that took longer than an hour, and was taken over, ends without a trace.

use chrono::{DateTime, Duration, Utc};
use sea_orm::FromQueryResult;

use crate::db::{Lock, Sql, WriteTx};
use crate::domain::journal::{self, DirectoryHappening};
use crate::domain::members::facts::Facts;
use crate::domain::{Ctx, Error, Result};
use crate::types::{GroupId, NamespaceId, Source, SyncState};

/// How long a run may take; after that it counts as failed.
pub(super) const LONGEST: Duration = Duration::hours(1);

/// The right to synchronise a group, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which group.
    pub group: GroupId,
    pub(super) root: NamespaceId,
    pub(super) started_at: DateTime<Utc>,
}

/// A group that waits.
#[derive(FromQueryResult)]
struct Waiting {
    id: GroupId,
    root_id: NamespaceId,
}

/// Takes the next group whose synchronisation is asked for; none when there is none.
pub async fn claim_next(ctx: &Ctx) -> Result<Option<Claim>> {
    ctx.require_system()?;
    let mut sql = ctx.conn().sql();
    // The words of the index.
    sql.push("SELECT n.id, n.root_id FROM namespaces n WHERE n.ldap_sync_state = 'pending' ORDER BY n.id LIMIT 10");
    for waiting in sql.all::<Waiting>().await? {
        if let Some(claim) = claim(ctx, waiting.id, waiting.root_id).await? {
            return Ok(Some(claim));
        }
    }
    Ok(None)
}

async fn claim(ctx: &Ctx, group: GroupId, root: NamespaceId) -> Result<Option<Claim>> {
    ctx.write(Lock::Root(root), |_, tx| async move {
        let mut sql = tx.conn().sql();
        let (now, id) = (sql.bind(tx.now()), sql.bind(group.0));
        sql.push(format!(
            "UPDATE namespaces SET ldap_sync_state = 'started', ldap_sync_started_at = {now}
              WHERE id = {id} AND root_id = {root} AND ldap_sync_state = 'pending'",
            root = root.0
        ));
        let claim = Claim {
            group,
            root,
            started_at: tx.now(),
        };
        Ok((sql.run().await? > 0).then_some(claim))
    })
    .await
}

/// Gives the group to whoever looks next, as if it had just been asked for. A claim that was lost gives nothing back.
pub async fn give_back(ctx: &Ctx, claim: &Claim) -> Result<()> {
    ctx.require_system()?;
    let given = ctx.write(Lock::Root(claim.root), |_, tx| async move {
        let mut sql = tx.conn().sql();
        let is_ours = claim.is_ours(&mut sql);
        sql.push(format!(
            "UPDATE namespaces SET ldap_sync_state = 'pending' WHERE {is_ours}"
        ));
        Ok(sql.run().await.map(drop)?)
    });
    given.await
}

/// Notes that the group could not be synchronised, and why.
///
/// # Errors
/// `Conflict` when the claim was lost.
pub async fn fail(ctx: &Ctx, claim: &Claim, reason: &str) -> Result<()> {
    ctx.require_system()?;
    let failed = ctx.write(Lock::Root(claim.root), |ctx, tx| async move {
        claim.end(&tx, SyncState::Failed, Some(reason)).await?;
        let facts = Facts::load(&ctx, Source::Group(claim.group)).await?;
        let happening = DirectoryHappening::Failed {
            group: claim.group,
            name: facts.standing.name(),
            reason,
        };
        journal::record_directory(&ctx, &tx, &happening, &facts.scene()).await
    });
    failed.await
}

impl Claim {
    /// Ends the run.
    ///
    /// # Errors
    /// `Conflict` when the claim was lost.
    pub(super) async fn end(&self, tx: &WriteTx, state: SyncState, error: Option<&str>) -> Result<()> {
        let mut sql = tx.conn().sql();
        let (state, error, now) = (
            sql.bind(state.as_str()),
            sql.bind(error.map(str::to_owned)),
            sql.bind(tx.now()),
        );
        let is_ours = self.is_ours(&mut sql);
        sql.push(format!(
            "UPDATE namespaces SET ldap_sync_state = {state}, ldap_sync_error = {error}, ldap_sync_finished_at = {now} WHERE {is_ours}"
        ));
        match sql.run().await? {
            0 => Err(Error::Conflict(format!(
                "the run of group {} was taken over",
                self.group
            ))),
            _ => Ok(()),
        }
    }

    fn is_ours(&self, sql: &mut Sql<'_>) -> String {
        let (id, started_at) = (sql.bind(self.group.0), sql.bind(self.started_at));
        format!("id = {id} AND ldap_sync_state = 'started' AND ldap_sync_started_at = {started_at}")
    }
}
