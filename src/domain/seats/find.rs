//! Who takes a seat, looked up for a few users at a time.

use std::collections::HashSet;

use sea_orm::FromQueryResult;

use crate::db::Dialect;
use crate::domain::{Ctx, Result, hierarchy};
use crate::types::{NamespaceId, UserId};

/// Which of the users take a seat in which of the top-level groups: the pairs among `pairs` that do. One statement.
pub async fn using(ctx: &Ctx, pairs: &[(NamespaceId, UserId)]) -> Result<HashSet<(NamespaceId, UserId)>> {
    #[derive(FromQueryResult)]
    struct Seat {
        root_id: NamespaceId,
        user_id: UserId,
    }
    if pairs.is_empty() {
        return Ok(HashSet::new());
    }
    let mut sql = ctx.conn().sql();
    let dialect = sql.dialect();
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(root, user)| vec![Some(root.0), Some(user.0)])
        .collect();
    let asked = sql.table(&["root_id", "user_id"], &pairs);
    let (row, link) = (counting_row(dialect), counting_link(dialect));
    let of_the_chain = dialect.within("h.ancestor_path", "k.ancestor_path");
    sql.push(format!(
        "SELECT DISTINCT asked.root_id, asked.user_id
           FROM {asked} AS asked
           JOIN namespaces root ON root.id = asked.root_id AND root.kind = 'group'
           JOIN users u ON u.id = asked.user_id AND u.state = 'active' AND u.user_type = 'human'
          WHERE EXISTS (SELECT 1 FROM members m JOIN namespaces n ON n.id = m.source_id AND n.root_id = root.id
                         LEFT JOIN member_roles r ON r.id = m.member_role_id
                         WHERE m.user_id = u.id AND m.source_kind = 1 AND {row})
             OR EXISTS (SELECT 1 FROM members m JOIN projects p ON p.id = m.source_id AND p.root_id = root.id
                         LEFT JOIN member_roles r ON r.id = m.member_role_id
                         WHERE m.user_id = u.id AND m.source_kind = 2 AND {row})
             OR EXISTS (SELECT 1 FROM members m JOIN namespaces k ON k.id = m.source_id
                         JOIN namespaces h ON {of_the_chain}
                         JOIN group_shares s ON s.invited_group_id = h.id AND {link}
                         JOIN namespaces x ON x.id = s.shared_group_id AND x.root_id = root.id
                         LEFT JOIN member_roles r ON r.id = m.member_role_id
                         WHERE m.user_id = u.id AND m.source_kind = 1 AND {row})
             OR EXISTS (SELECT 1 FROM members m JOIN namespaces k ON k.id = m.source_id
                         JOIN namespaces h ON {of_the_chain}
                         JOIN project_shares s ON s.invited_group_id = h.id AND {link}
                         JOIN projects x ON x.id = s.project_id AND x.root_id = root.id
                         LEFT JOIN member_roles r ON r.id = m.member_role_id
                         WHERE m.user_id = u.id AND m.source_kind = 1 AND {row})"
    ));
    let seats: Vec<Seat> = sql.all().await?;
    Ok(seats.into_iter().map(|seat| (seat.root_id, seat.user_id)).collect())
}

/// Row `m`, with its custom role `r`, counts in the top-level group `root`.
pub(super) fn counting_row(dialect: &Dialect) -> String {
    let live = hierarchy::live(dialect, "m");
    format!(
        "m.state = 0 AND m.access_level > 5
         AND (NOT root.exclude_guests OR m.access_level > 10 OR (m.access_level = 10 AND r.occupies_seat))
         AND {live}"
    )
}

/// Link `s` brings people into the top-level group `root`.
pub(super) fn counting_link(dialect: &Dialect) -> String {
    let live = hierarchy::live_link(dialect, "s");
    format!("(NOT root.exclude_guests OR s.access_level > 10) AND {live}")
}
