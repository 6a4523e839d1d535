//! Reading the change log of one hierarchy.

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;
use serde_json::Value;

use super::Kind;
use crate::db::Sql;
use crate::domain::{Ctx, Result};
use crate::types::{AccessLevel, AncestorPath, MemberId, NamespaceId, Source, SourceKind, UserId};

/// Entries that one statement reads.
pub(super) const PAGE: usize = 50;

/// Entries that one statement looks at: a follower who waits for few of them does not hold it up.
const SPAN: i64 = 5_000;

/// Which entries somebody follows.
#[derive(Clone, Debug)]
pub(super) struct Which {
    pub(super) root: NamespaceId,
    pub(super) source: Source,
    /// Everything in and below this group instead.
    pub(super) below: Option<AncestorPath>,
    pub(super) kinds: Vec<Kind>,
}

/// One entry of the log.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Entry {
    pub(super) seq: i64,
    kind: String,
    source_kind: SourceKind,
    source_id: i64,
    pub(super) member_id: Option<MemberId>,
    pub(super) user_id: Option<UserId>,
    pub(super) actor_id: Option<UserId>,
    payload: Value,
    pub(super) created_at: DateTime<Utc>,
}

impl Entry {
    pub(super) fn kind(&self) -> Option<Kind> {
        Kind::of(&self.kind)
    }

    pub(super) fn source(&self) -> Source {
        Source::new(self.source_kind, self.source_id)
    }

    /// Whether only those hear of it who administer the members there.
    pub(super) fn is_private(&self) -> bool {
        self.user_id.is_none() || self.kind().is_some_and(Kind::is_private)
    }

    /// `access_level_before` or `access_level_after`
    pub(super) fn level(&self, key: &str) -> Option<AccessLevel> {
        AccessLevel::from_number(self.payload.get(key)?.as_i64()?)
    }
}

/// The next entries behind `after` and not behind `head`, and up to where they were looked for.
pub(super) async fn page(ctx: &Ctx, which: &Which, after: i64, head: i64) -> Result<(Vec<Entry>, i64)> {
    let end = head.min(after + SPAN);
    let mut sql = ctx.conn().sql();
    let (root, after, until) = (sql.bind(which.root.0), sql.bind(after), sql.bind(end));
    let (here, kinds, page) = (
        place(&mut sql, which),
        kinds(&mut sql, which),
        sql.bind_count(PAGE as u64),
    );
    sql.push(format!(
        "SELECT c.seq, c.kind, c.source_kind, c.source_id, c.member_id, c.user_id, c.actor_id, c.payload, c.created_at
           FROM change_log c WHERE c.root_id = {root} AND c.seq > {after} AND c.seq <= {until} AND {here} AND {kinds}
          ORDER BY c.seq LIMIT {page}"
    ));
    let entries: Vec<Entry> = sql.all().await?;
    let end = match entries.last() {
        Some(last) if entries.len() == PAGE => last.seq,
        _ => end,
    };
    Ok((entries, end))
}

fn place(sql: &mut Sql<'_>, which: &Which) -> String {
    match &which.below {
        Some(path) => {
            let path = sql.bind(path.0.as_str());
            sql.dialect().within("c.ancestor_path", &path)
        }
        None => format!(
            "c.source_kind = {} AND c.source_id = {}",
            sql.bind(which.source.kind() as i32),
            sql.bind(which.source.id())
        ),
    }
}

fn kinds(sql: &mut Sql<'_>, which: &Which) -> String {
    let words: Vec<_> = which.kinds.iter().map(|kind| kind.word().to_owned()).collect();
    sql.any_word("c.kind", &words)
}

/// From where to where the log of a hierarchy can be read.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub(super) struct Extent {
    /// The last number that was given.
    pub(super) head: i64,
    /// The first entry that is kept; none when none is.
    oldest: Option<i64>,
}

impl Extent {
    /// Whether everything behind `seq` is still there.
    pub(super) fn reaches_back_to(self, seq: i64) -> bool {
        self.oldest.map_or(seq >= self.head, |oldest| oldest <= seq + 1)
    }
}

/// None when the hierarchy is gone.
pub(super) async fn extent(ctx: &Ctx, root: NamespaceId) -> Result<Option<Extent>> {
    let mut sql = ctx.conn().sql();
    let root = sql.bind(root.0);
    sql.push(format!(
        "SELECT n.seq AS head, (SELECT MIN(c.seq) FROM change_log c WHERE c.root_id = n.id) AS oldest FROM namespaces n WHERE n.id = {root}"
    ));
    Ok(sql.one().await?)
}
