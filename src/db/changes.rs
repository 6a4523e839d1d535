//! The change log: what a write tells of itself, numbered at its end.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{DbErr, EntityTrait as _, Set};

use super::Conn;
use crate::entity::change_log;
use crate::types::{AncestorPath, MemberId, NamespaceId, Source, UserId};

/// How many entries one statement stores: SQLite takes 32,766 values.
const BATCH: usize = 1_000;

/// One entry of the change log: what subscribers will hear about.
#[derive(Clone, Debug)]
pub struct Change {
    /// The hierarchy it belongs to; one that the write holds.
    pub root: NamespaceId,
    /// What happened, e.g. `member_added`.
    pub kind: &'static str,
    /// Where.
    pub source: Source,
    /// Where, as a path: who watches a group hears of everything below it.
    pub ancestor_path: AncestorPath,
    /// The row it is about.
    pub member: Option<MemberId>,
    /// The user it is about.
    pub user: Option<UserId>,
    /// Who did it; nobody when it was the system.
    pub actor: Option<UserId>,
    /// The rest, e.g. the level before and after.
    pub payload: serde_json::Value,
}

/// Stores changes in their order, numbered without a gap within each root, which whoever calls holds. One statement a root, and one for up to a thousand
/// changes.
pub(super) async fn store(conn: Conn<'_>, now: DateTime<Utc>, changes: Vec<Change>) -> Result<(), DbErr> {
    let mut by_root: BTreeMap<NamespaceId, Vec<Change>> = BTreeMap::new();
    for change in changes {
        by_root.entry(change.root).or_default().push(change);
    }
    let mut entries = Vec::new();
    for (root, changes) in by_root {
        let count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
        let mut last = conn.sql();
        let (root, more) = (last.bind(root.0), last.bind(count));
        last.push(format!(
            "UPDATE namespaces SET seq = seq + {more} WHERE id = {root} RETURNING seq"
        ));
        let before = last.number().await? - count;
        let numbered = (before + 1..).zip(changes);
        entries.extend(numbered.map(|(seq, change)| change.into_entry(seq, now)));
    }
    while !entries.is_empty() {
        let rest = entries.split_off(entries.len().min(BATCH));
        change_log::Entity::insert_many(entries)
            .exec_without_returning(&conn)
            .await?;
        entries = rest;
    }
    Ok(())
}

impl Change {
    fn into_entry(self, seq: i64, now: DateTime<Utc>) -> change_log::ActiveModel {
        change_log::ActiveModel {
            root_id: Set(self.root),
            seq: Set(seq),
            kind: Set(self.kind.to_owned()),
            source_kind: Set(self.source.kind()),
            source_id: Set(self.source.id()),
            ancestor_path: Set(self.ancestor_path),
            member_id: Set(self.member),
            user_id: Set(self.user),
            actor_id: Set(self.actor),
            payload: Set(self.payload),
            created_at: Set(now),
        }
    }
}
