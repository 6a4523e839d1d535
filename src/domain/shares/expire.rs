//! The sweep of links whose time is over.

use chrono::NaiveDate;
use sea_orm::FromQueryResult;

use super::row::{source_column, table};
use crate::db::{Sql, WriteTx};
use crate::domain::journal::{self, Grant, Link, LinkHappening, Scene};
use crate::domain::{Ctx, Result, hierarchy};
use crate::types::{AccessLevel, AncestorPath, GroupId, MemberRoleId, NamespaceId, ShareId, Source, SourceKind};

/// Deletes up to `batch` of the links of each kind that have ended in a hierarchy, as roster itself; answers how many they were.
pub(in crate::domain) async fn expire_in(ctx: &Ctx, tx: &WriteTx, root: NamespaceId, batch: i64) -> Result<usize> {
    let mut gone = 0;
    for kind in [SourceKind::Group, SourceKind::Project] {
        let ended = ended(tx, kind, root, batch).await?;
        if ended.is_empty() {
            continue;
        }
        let mut sql = tx.conn().sql();
        let which = sql.any_of("id", ended.iter().map(|row| row.id.0));
        sql.push(format!("DELETE FROM {} WHERE {which}", table(kind)));
        sql.run().await?;
        gone += ended.len();
        let links: Vec<_> = ended.into_iter().map(|row| row.into_parts(kind)).collect();
        journal::record_links(ctx, tx, LinkHappening::Expired, &links).await?;
    }
    Ok(gone)
}

/// A link, with what its end leaves behind.
#[derive(FromQueryResult)]
pub(super) struct Row {
    pub(super) id: ShareId,
    source_id: i64,
    source_name: String,
    full_path: String,
    pub(super) root_id: NamespaceId,
    ancestor_path: AncestorPath,
    invited: GroupId,
    invited_name: String,
    access_level: AccessLevel,
    expires_at: Option<NaiveDate>,
    role_id: Option<MemberRoleId>,
    role_name: Option<String>,
}

async fn ended(tx: &WriteTx, kind: SourceKind, root: NamespaceId, batch: i64) -> Result<Vec<Row>> {
    let mut sql: Sql<'_> = tx.conn().sql();
    let select = select(kind);
    let live = hierarchy::live_link(sql.dialect(), "s");
    let (root, batch) = (sql.bind(root.0), sql.bind(batch));
    sql.push(format!(
        "{select} WHERE x.root_id = {root} AND NOT {live} ORDER BY s.id LIMIT {batch}"
    ));
    Ok(sql.all().await?)
}

/// A `SELECT` of [`Row`]: of the links `s` of a kind, each with what is shared, `x`, and the group that is let in, `n`.
pub(super) fn select(kind: SourceKind) -> String {
    let (table, column) = (table(kind), source_column(kind));
    let sources = match kind {
        SourceKind::Group => "namespaces",
        SourceKind::Project => "projects",
    };
    format!(
        "SELECT s.id, x.id AS source_id, x.name AS source_name, x.full_path, x.root_id, x.ancestor_path, n.id AS invited,
                n.name AS invited_name, s.access_level, s.expires_at, r.id AS role_id, r.name AS role_name
           FROM {table} s JOIN {sources} x ON x.id = s.{column} JOIN namespaces n ON n.id = s.invited_group_id
           LEFT JOIN member_roles r ON r.id = s.member_role_id"
    )
}

impl Row {
    pub(super) fn into_parts(self, kind: SourceKind) -> (Scene, Link) {
        let scene = Scene {
            source: Source::new(kind, self.source_id),
            full_path: self.full_path,
            root: self.root_id,
            ancestor_path: self.ancestor_path,
        };
        let link = Link {
            source_name: self.source_name,
            invited: self.invited,
            invited_name: self.invited_name,
            grant: Grant {
                level: self.access_level,
                role: self.role_id.zip(self.role_name),
                expires_at: self.expires_at,
            },
        };
        (scene, link)
    }
}
