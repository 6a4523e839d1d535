//! The pieces of SQL that finders are composed of: which rows are live, which give rights, what one user can reach.

use crate::db::{Dialect, Sql};
use crate::types::{NamespaceId, UserId};

/// A link `alias` is in force.
pub fn live_link(dialect: &Dialect, alias: &str) -> String {
    format!(
        "({alias}.expires_at IS NULL OR {alias}.expires_at > {})",
        dialect.today()
    )
}

/// A row `alias` of `members` is a membership in force: it has a user, is no request, and has not ended.
///
/// The expired row of a group's last owner goes on counting while no owner is there whose row has not ended.
pub fn live(dialect: &Dialect, alias: &str) -> String {
    let today = dialect.today();
    let other_owner = other_live_owner(dialect, alias);
    format!(
        "{alias}.user_id IS NOT NULL AND {alias}.requested_at IS NULL
         AND ({alias}.expires_at IS NULL OR {alias}.expires_at > {today}
              OR ({alias}.access_level = 50 AND {alias}.state = 0 AND {alias}.source_kind = 1
                  AND EXISTS (SELECT 1 FROM users w WHERE w.id = {alias}.user_id AND w.user_type IN ('human', 'ghost'))
                  AND NOT {other_owner}))"
    )
}

/// The group of row `alias`, which belongs to the user `user`, would be left without an owner that counts if the row were not there.
pub fn last_owner(dialect: &Dialect, alias: &str, user: &str) -> String {
    let other_owner = other_live_owner(dialect, alias);
    format!(
        "CASE WHEN {alias}.source_kind = 1 AND {alias}.access_level = 50 AND {alias}.state = 0 AND {alias}.user_id IS NOT NULL
                   AND {alias}.requested_at IS NULL AND {user}.user_type IN ('human', 'ghost')
              THEN NOT {other_owner} ELSE FALSE END"
    )
}

/// Somebody counts as an owner of the group of row `alias` by another row that has not ended: one of the group itself or, in a subgroup, also one
/// above it or one that a link at owner level brings in. Bots and service accounts do not count; blocked users do.
///
/// `CROSS JOIN` holds SQLite, which has no statistics to go by, to the order as written; PostgreSQL chooses freely.
fn other_live_owner(dialect: &Dialect, alias: &str) -> String {
    live_owner(dialect, &format!("{alias}.source_id"), &format!("o.id <> {alias}.id"))
}

/// The same of the group of that number, by a row `o` for which `other` holds.
pub fn live_owner(dialect: &Dialect, group: &str, other: &str) -> String {
    let today = dialect.today();
    let live_owner = format!(
        "{other} AND o.source_kind = 1 AND o.access_level = 50 AND o.state = 0 AND o.user_id IS NOT NULL AND o.requested_at IS NULL
         AND (o.expires_at IS NULL OR o.expires_at > {today}) AND u.id = o.user_id AND u.user_type IN ('human', 'ghost')"
    );
    let chain = dialect.path_ids("g.ancestor_path", "up");
    let link = live_link(dialect, "s");
    format!(
        "(EXISTS (SELECT 1 FROM members o CROSS JOIN users u
                   WHERE o.source_id = {group} AND {live_owner})
          OR EXISTS (SELECT 1 FROM namespaces g CROSS JOIN {chain} CROSS JOIN members o CROSS JOIN users u
                      WHERE g.id = {group} AND g.parent_id IS NOT NULL AND o.source_id = up.value AND {live_owner})
          OR EXISTS (SELECT 1 FROM namespaces g CROSS JOIN {chain} CROSS JOIN group_shares s CROSS JOIN members o CROSS JOIN users u
                      WHERE g.id = {group} AND g.parent_id IS NOT NULL AND s.shared_group_id = up.value
                        AND s.access_level = 50 AND {link} AND o.source_id = s.invited_group_id AND {live_owner}))"
    )
}

/// A row `alias` of `members` gives rights: in force, active, guest or more.
pub fn grants(dialect: &Dialect, alias: &str) -> String {
    format!(
        "{alias}.state = 0 AND {alias}.access_level >= 10 AND {}",
        live(dialect, alias)
    )
}

/// What one user can reach, as the common table expression `reach(path, level)`: every group in which the user has a level, by a row or by a
/// group link, with that level. It holds for everything below the path. Write it after `WITH`.
pub fn reach(sql: &mut Sql<'_>, user: UserId) -> String {
    let dialect = sql.dialect();
    let user = sql.bind(user.0);
    let (grants, link) = (grants(dialect, "m"), live_link(dialect, "s"));
    let capped = dialect.least("m.access_level", "s.access_level");
    format!(
        "reach AS MATERIALIZED (
           SELECT n.ancestor_path AS path, m.access_level AS level
             FROM members m JOIN namespaces n ON n.id = m.source_id
            WHERE m.source_kind = 1 AND m.user_id = {user} AND {grants}
           UNION ALL
           SELECT n.ancestor_path, {capped}
             FROM members m JOIN group_shares s ON s.invited_group_id = m.source_id JOIN namespaces n ON n.id = s.shared_group_id
            WHERE m.source_kind = 1 AND m.user_id = {user} AND {grants} AND {link})"
    )
}

/// The user's level in the group whose ancestor path is `path`, 0 for none. Needs [`reach`].
pub fn group_level(dialect: &Dialect, path: &str) -> String {
    format!(
        "COALESCE((SELECT MAX(reach.level) FROM reach WHERE {}), 0)",
        dialect.within(path, "reach.path")
    )
}

/// The user's level in the project `alias` of `projects`, 0 for none. Needs [`reach`].
pub fn project_level(sql: &mut Sql<'_>, alias: &str, user: UserId) -> String {
    let dialect = sql.dialect();
    let personal = sql.bind(NamespaceId::personal(user).0);
    let user = sql.bind(user.0);
    let (grants, link) = (grants(dialect, "m"), live_link(dialect, "s"));
    let inherited = dialect.within(&format!("{alias}.ancestor_path"), "reach.path");
    let through = dialect.within("n.ancestor_path", "reach.path");
    let capped = dialect.least("reach.level", "s.access_level");
    format!(
        "COALESCE((SELECT MAX(way.level) FROM (
            SELECT m.access_level AS level FROM members m
             WHERE m.source_kind = 2 AND m.source_id = {alias}.id AND m.user_id = {user} AND {grants}
            UNION ALL
            SELECT reach.level FROM reach WHERE {inherited}
            UNION ALL
            SELECT {capped} FROM project_shares s
              JOIN namespaces n ON n.id = s.invited_group_id
              JOIN namespaces own ON own.id = {alias}.namespace_id AND NOT own.share_with_group_lock
              JOIN reach ON {through}
             WHERE s.project_id = {alias}.id AND {link}
            UNION ALL
            SELECT 50 WHERE {alias}.namespace_id = {personal}
         ) AS way), 0)"
    )
}

/// The projects in which the user has a level, as the common table expression `role_projects(id, path, level)`; the path is that of the
/// namespace, and a project can come up more than once. Needs [`reach`], and goes behind it.
pub fn role_projects(sql: &mut Sql<'_>, user: UserId) -> String {
    let dialect = sql.dialect();
    let personal = sql.bind(NamespaceId::personal(user).0);
    let user = sql.bind(user.0);
    let (grants, link) = (grants(dialect, "m"), live_link(dialect, "s"));
    let inherited = dialect.within("p.ancestor_path", "reach.path");
    let through = dialect.within("n.ancestor_path", "reach.path");
    let capped = dialect.least("reach.level", "s.access_level");
    format!(
        "role_projects AS MATERIALIZED (
           SELECT p.id, p.ancestor_path AS path, m.access_level AS level FROM members m JOIN projects p ON p.id = m.source_id
            WHERE m.source_kind = 2 AND m.user_id = {user} AND {grants}
           UNION ALL
           SELECT p.id, p.ancestor_path, reach.level FROM reach JOIN projects p ON {inherited}
           UNION ALL
           SELECT p.id, p.ancestor_path, {capped} FROM reach
             JOIN namespaces n ON {through}
             JOIN project_shares s ON s.invited_group_id = n.id AND {link}
             JOIN projects p ON p.id = s.project_id
             JOIN namespaces own ON own.id = p.namespace_id AND NOT own.share_with_group_lock
           UNION ALL
           SELECT p.id, p.ancestor_path, 50 FROM projects p WHERE p.namespace_id = {personal})"
    )
}
