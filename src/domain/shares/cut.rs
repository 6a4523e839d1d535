//! The end of links that let a group in which is about to go.

use std::collections::BTreeSet;

use super::expire::{Row, select};
use super::row::table;
use crate::db::WriteTx;
use crate::domain::journal::{self, LinkHappening};
use crate::domain::{Ctx, Result};
use crate::types::{AncestorPath, NamespaceId, SourceKind};

/// Deletes the links by which a group or one below it is let into what lies elsewhere; answers the hierarchies of that.
pub(in crate::domain) async fn cut_off(ctx: &Ctx, tx: &WriteTx, path: &AncestorPath) -> Result<BTreeSet<NamespaceId>> {
    let mut felt = BTreeSet::new();
    for kind in [SourceKind::Group, SourceKind::Project] {
        let mut sql = tx.conn().sql();
        let dialect = sql.dialect();
        let path = sql.bind(path.0.clone());
        let (let_in, stays) = (
            dialect.within("n.ancestor_path", &path),
            dialect.within("x.ancestor_path", &path),
        );
        let select = select(kind);
        sql.push(format!("{select} WHERE {let_in} AND NOT {stays} ORDER BY s.id"));
        let rows: Vec<Row> = sql.all().await?;
        if rows.is_empty() {
            continue;
        }
        let mut sql = tx.conn().sql();
        let which = sql.any_of("id", rows.iter().map(|row| row.id.0));
        sql.push(format!("DELETE FROM {} WHERE {which}", table(kind)));
        sql.run().await?;
        felt.extend(rows.iter().map(|row| row.root_id));
        let links: Vec<_> = rows.into_iter().map(|row| row.into_parts(kind)).collect();
        journal::record_links(ctx, tx, LinkHappening::Deleted, &links).await?;
    }
    Ok(felt)
}
