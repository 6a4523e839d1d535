//! How many seats a top-level group takes.

use super::find::{counting_link, counting_row};
use crate::domain::{Ctx, Result, hierarchy};
use crate::types::{MemberId, NamespaceId, UserId};

/// The number of billable users of a top-level group.
pub async fn count(ctx: &Ctx, root: NamespaceId) -> Result<u64> {
    let mut sql = ctx.conn().sql();
    let dialect = sql.dialect();
    let (row, link) = (counting_row(dialect), counting_link(dialect));
    let of_the_chain = dialect.within("h.ancestor_path", "k.ancestor_path");
    let root = sql.bind(root.0);
    sql.push(format!(
        "SELECT COUNT(*) FROM (
           SELECT m.user_id FROM namespaces root JOIN namespaces n ON n.root_id = root.id
             JOIN members m ON m.source_kind = 1 AND m.source_id = n.id LEFT JOIN member_roles r ON r.id = m.member_role_id
            WHERE root.id = {root} AND {row}
           UNION
           SELECT m.user_id FROM namespaces root JOIN projects p ON p.root_id = root.id
             JOIN members m ON m.source_kind = 2 AND m.source_id = p.id LEFT JOIN member_roles r ON r.id = m.member_role_id
            WHERE root.id = {root} AND {row}
           UNION
           SELECT m.user_id FROM namespaces root JOIN namespaces x ON x.root_id = root.id
             JOIN group_shares s ON s.shared_group_id = x.id AND {link}
             JOIN namespaces h ON h.id = s.invited_group_id JOIN namespaces k ON {of_the_chain}
             JOIN members m ON m.source_kind = 1 AND m.source_id = k.id LEFT JOIN member_roles r ON r.id = m.member_role_id
            WHERE root.id = {root} AND {row}
           UNION
           SELECT m.user_id FROM namespaces root JOIN projects x ON x.root_id = root.id
             JOIN project_shares s ON s.project_id = x.id AND {link}
             JOIN namespaces h ON h.id = s.invited_group_id JOIN namespaces k ON {of_the_chain}
             JOIN members m ON m.source_kind = 1 AND m.source_id = k.id LEFT JOIN member_roles r ON r.id = m.member_role_id
            WHERE root.id = {root} AND {row}) AS taken
         JOIN users u ON u.id = taken.user_id AND u.state = 'active' AND u.user_type = 'human'"
    ));
    Ok(u64::try_from(sql.number().await?).unwrap_or_default())
}

/// Whether the user has a membership in force anywhere in the hierarchy, whatever its level; not looking at the row `except`.
pub async fn has_active_row(ctx: &Ctx, root: NamespaceId, user: UserId, except: Option<MemberId>) -> Result<bool> {
    let mut sql = ctx.conn().sql();
    let live = hierarchy::live(sql.dialect(), "m");
    let (root, user, except) = (
        sql.bind(root.0),
        sql.bind(user.0),
        sql.bind(except.unwrap_or_default().0),
    );
    sql.push(format!(
        "SELECT COUNT(*) FROM members m
          WHERE m.user_id = {user} AND m.id <> {except} AND m.state = 0 AND {live}
            AND CASE m.source_kind
                  WHEN 1 THEN EXISTS (SELECT 1 FROM namespaces n WHERE n.id = m.source_id AND n.root_id = {root})
                  ELSE EXISTS (SELECT 1 FROM projects p WHERE p.id = m.source_id AND p.root_id = {root}) END"
    ));
    Ok(sql.number().await? > 0)
}
