//! How far the synchronisation of groups is.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;

use super::Status;
use super::claim::LONGEST;
use crate::domain::standing::Group;
use crate::domain::{Ctx, Result};
use crate::types::SyncState;

/// How far each of the groups is, in their order; none of one without a link, and none for others than owners. One statement.
pub async fn statuses(ctx: &Ctx, groups: &[&Group]) -> Result<Vec<Option<Status>>> {
    let owned = groups.iter().filter(|group| group.owned_by(&ctx.actor));
    let owned: Vec<_> = owned.map(|group| group.id.0).collect();
    if owned.is_empty() {
        return Ok(groups.iter().map(|_| None).collect());
    }
    let now = ctx.app.db.clock().now();
    let rows = Row::of(ctx, &owned).await?;
    let found: HashMap<_, _> = rows.into_iter().map(|row| (row.id, row.at(now))).collect();
    Ok(groups.iter().map(|group| found.get(&group.id.0).cloned()).collect())
}

/// What is stored of it.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Row {
    id: i64,
    ldap_sync_state: SyncState,
    ldap_sync_error: Option<String>,
    ldap_sync_started_at: Option<DateTime<Utc>>,
    ldap_sync_finished_at: Option<DateTime<Utc>>,
}

impl Row {
    /// Those of the groups that have a link.
    pub(super) async fn of(ctx: &Ctx, groups: &[i64]) -> Result<Vec<Self>> {
        let mut sql = ctx.conn().sql();
        let which = sql.any_of("n.id", groups.iter().copied());
        sql.push(format!(
            "SELECT n.id, n.ldap_sync_state, n.ldap_sync_error, n.ldap_sync_started_at, n.ldap_sync_finished_at FROM namespaces n
              WHERE {which} AND EXISTS (SELECT 1 FROM ldap_group_links l WHERE l.group_id = n.id)"
        ));
        Ok(sql.all().await?)
    }

    /// What it means at that time: a run that takes too long has failed, for whoever made it is gone.
    pub(super) fn at(self, now: DateTime<Utc>) -> Status {
        let began = self.ldap_sync_started_at.unwrap_or(now);
        let is_lost = self.ldap_sync_state == SyncState::Started && now - began > LONGEST;
        Status {
            state: if is_lost {
                SyncState::Failed
            } else {
                self.ldap_sync_state
            },
            last_finished_at: self.ldap_sync_finished_at,
            last_error: if is_lost {
                Some("The synchronisation was not finished within an hour".to_owned())
            } else {
                self.ldap_sync_error
            },
        }
    }
}
