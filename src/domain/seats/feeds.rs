//! The links into a hierarchy as seats see them: the members of the group that a link lets in take seats, and those of every group above it.

use sea_orm::FromQueryResult;

use crate::db::{Conn, Sql};
use crate::domain::Result;
use crate::types::{GroupId, NamespaceId};

/// Notes the links into `root` that are not noted yet: all, or those that let `invited` in. A link that goes takes its own with it.
pub(super) async fn note(conn: Conn<'_>, root: NamespaceId, invited: Option<GroupId>) -> Result<()> {
    let mut sql = conn.sql();
    let up = format!("CROSS JOIN {}", sql.dialect().path_ids("h.ancestor_path", "up"));
    let groups = links(&mut sql, root, invited, &GROUP_SHARES, &up);
    let projects = links(&mut sql, root, invited, &PROJECT_SHARES, &up);
    sql.push(format!(
        "INSERT INTO seat_feeds (root_id, group_id, group_share_id, project_share_id, access_level, expires_at)
         SELECT root.id, up.value, s.id, CAST(NULL AS BIGINT), s.access_level, s.expires_at
           FROM {groups} AND NOT EXISTS (SELECT 1 FROM seat_feeds f WHERE f.group_share_id = s.id)
         UNION ALL
         SELECT root.id, up.value, CAST(NULL AS BIGINT), s.id, s.access_level, s.expires_at
           FROM {projects} AND NOT EXISTS (SELECT 1 FROM seat_feeds f WHERE f.project_share_id = s.id)"
    ));
    sql.run().await?;
    Ok(())
}

/// The hierarchies whose members can take seats in `root`: itself, and those of the groups that are let in.
pub(super) async fn hierarchies(conn: Conn<'_>, root: NamespaceId) -> Result<Vec<NamespaceId>> {
    #[derive(FromQueryResult)]
    struct Hierarchy {
        root_id: NamespaceId,
    }
    let mut sql = conn.sql();
    let groups = links(&mut sql, root, None, &GROUP_SHARES, "");
    let projects = links(&mut sql, root, None, &PROJECT_SHARES, "");
    let own = sql.bind(root.0);
    sql.push(format!(
        "SELECT n.root_id FROM namespaces n WHERE n.id = {own}
         UNION SELECT h.root_id FROM {groups} UNION SELECT h.root_id FROM {projects} ORDER BY 1"
    ));
    let found: Vec<Hierarchy> = sql.all().await?;
    Ok(found.into_iter().map(|hierarchy| hierarchy.root_id).collect())
}

/// A kind of link: its table, what it shares, and the column that says which of these.
struct Kind {
    links: &'static str,
    shared: &'static str,
    column: &'static str,
}

const GROUP_SHARES: Kind = Kind {
    links: "group_shares",
    shared: "namespaces",
    column: "shared_group_id",
};

const PROJECT_SHARES: Kind = Kind {
    links: "project_shares",
    shared: "projects",
    column: "project_id",
};

/// What stands behind a `FROM`, up to a `WHERE` with conditions: the links `s` into the hierarchy of `root`, with the group `h` that each lets in and
/// what `more` joins to it.
fn links(sql: &mut Sql<'_>, root: NamespaceId, invited: Option<GroupId>, kind: &Kind, more: &str) -> String {
    let Kind { links, shared, column } = kind;
    let root = sql.bind(root.0);
    if let Some(invited) = invited {
        let invited = sql.bind(invited.0);
        return format!(
            "namespaces root CROSS JOIN {links} s CROSS JOIN {shared} x CROSS JOIN namespaces h {more}
              WHERE root.id = {root} AND s.invited_group_id = {invited} AND x.id = s.{column} AND x.root_id = root.id AND h.id = s.invited_group_id"
        );
    }
    let inside = sql.dialect().within("x.ancestor_path", "root.ancestor_path");
    format!(
        "namespaces root CROSS JOIN {shared} x CROSS JOIN {links} s CROSS JOIN namespaces h {more}
          WHERE root.id = {root} AND {inside} AND s.{column} = x.id AND h.id = s.invited_group_id"
    )
}
