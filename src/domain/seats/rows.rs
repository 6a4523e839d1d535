//! The rules of who takes a seat, as SQL over memberships and links: what the summary is made from, and checked against.

use crate::db::{Dialect, Sql};
use crate::domain::hierarchy;
use crate::types::NamespaceId;

/// The columns of [`select`], which are those of `seats`.
pub(super) const COLUMNS: &str = "root_id, user_id, state, membership_type, access_level, first_joined_at,
         name_key, last_activity_on, newest_sign_in_at, oldest_sign_in_at, recheck_on";

/// Whose seats are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum People<'a> {
    /// Everybody's.
    All,
    /// Those of the users that this `SELECT` answers, in a column `user_id`.
    These(&'a str),
}

/// A `SELECT` of the seats that `people` take in the top-level groups `roots`: one row a user a group, with [`COLUMNS`].
///
/// Everybody's are found from the sources, those of some from their rows: `CROSS JOIN` holds SQLite, which has no statistics to go by, to that order;
/// PostgreSQL chooses freely.
pub(super) fn select(sql: &mut Sql<'_>, roots: &[NamespaceId], people: People<'_>) -> String {
    let dialect = sql.dialect();
    let asked = sql.any_of("n.id", roots.iter().map(|root| root.0));
    let (who, groups, projects, invited, fed) = match people {
        People::All => (
            String::new(),
            format!(
                "asked root CROSS JOIN namespaces n CROSS JOIN members m LEFT JOIN member_roles r ON r.id = m.member_role_id
                  WHERE {} AND m.source_kind = 1 AND m.source_id = n.id",
                dialect.within("n.ancestor_path", "root.ancestor_path")
            ),
            format!(
                "asked root CROSS JOIN projects p CROSS JOIN members m LEFT JOIN member_roles r ON r.id = m.member_role_id
                  WHERE {} AND m.source_kind = 2 AND m.source_id = p.id",
                dialect.within("p.ancestor_path", "root.ancestor_path")
            ),
            "feeds f CROSS JOIN asked root CROSS JOIN members m LEFT JOIN member_roles r ON r.id = m.member_role_id
              WHERE root.id = f.root_id AND m.source_kind = 1 AND m.source_id = f.group_id"
                .to_owned(),
            "",
        ),
        People::These(these) => (
            format!("people AS MATERIALIZED ({these}),"),
            "people CROSS JOIN members m CROSS JOIN namespaces n CROSS JOIN asked root LEFT JOIN member_roles r ON r.id = m.member_role_id
              WHERE m.user_id = people.user_id AND m.source_kind = 1 AND n.id = m.source_id AND root.id = n.root_id"
                .to_owned(),
            "people CROSS JOIN members m CROSS JOIN projects p CROSS JOIN asked root LEFT JOIN member_roles r ON r.id = m.member_role_id
              WHERE m.user_id = people.user_id AND m.source_kind = 2 AND p.id = m.source_id AND root.id = p.root_id"
                .to_owned(),
            "people CROSS JOIN members m CROSS JOIN feeds f CROSS JOIN asked root LEFT JOIN member_roles r ON r.id = m.member_role_id
              WHERE m.user_id = people.user_id AND m.source_kind = 1 AND f.group_id = m.source_id AND root.id = f.root_id"
                .to_owned(),
            "AND f.group_id IN (SELECT m.source_id FROM people CROSS JOIN members m WHERE m.user_id = people.user_id AND m.source_kind = 1
                                   AND m.requested_at IS NULL)",
        ),
    };
    let (row, link) = (counting_row(dialect), counting_link(dialect));
    let today = dialect.today();
    let ends = format!("CASE WHEN m.expires_at > {today} THEN m.expires_at END");
    let capped = dialect.least("m.access_level", "f.access_level");
    let no_day = dialect.day("0001-01-01");
    let (before, after) = (
        dialect.time("0001-01-01T00:00:00+00:00"),
        dialect.time("9999-12-31T00:00:00+00:00"),
    );
    format!(
        "WITH {who}
         asked AS MATERIALIZED (SELECT n.id, n.ancestor_path, n.exclude_guests FROM namespaces n WHERE {asked} AND n.kind = 'group'),
         feeds AS MATERIALIZED (
           SELECT f.root_id, f.group_id, CASE WHEN f.group_share_id IS NULL THEN 4 ELSE 3 END AS via,
                  MAX(f.access_level) AS access_level, MIN(f.expires_at) AS expires_at
             FROM asked root CROSS JOIN seat_feeds f WHERE f.root_id = root.id AND {link} {fed}
            GROUP BY f.root_id, f.group_id, CASE WHEN f.group_share_id IS NULL THEN 4 ELSE 3 END),
         counted AS (
           SELECT root.id AS root_id, m.user_id, m.state, 1 AS via, m.access_level, m.created_at, {ends} AS row_ends, CAST(NULL AS DATE) AS link_ends
             FROM {groups} AND {row}
           UNION ALL
           SELECT root.id, m.user_id, m.state, 2, m.access_level, m.created_at, {ends}, CAST(NULL AS DATE)
             FROM {projects} AND {row}
           UNION ALL
           SELECT root.id, m.user_id, m.state, f.via, {capped}, m.created_at, {ends}, f.expires_at
             FROM {invited} AND {row}),
         taken AS (
           SELECT c.root_id, c.user_id, MIN(c.state) AS state,
                  COALESCE(MIN(CASE WHEN c.state = 0 THEN c.via END), MIN(c.via)) AS membership_type,
                  COALESCE(MAX(CASE WHEN c.state = 0 THEN c.access_level END), MAX(c.access_level)) AS access_level,
                  COALESCE(MIN(CASE WHEN c.state = 0 THEN c.created_at END), MIN(c.created_at)) AS first_joined_at,
                  CASE WHEN MIN(c.row_ends) IS NULL OR MIN(c.link_ends) < MIN(c.row_ends) THEN MIN(c.link_ends)
                       ELSE MIN(c.row_ends) END AS recheck_on
             FROM counted c GROUP BY c.root_id, c.user_id)
         SELECT t.root_id, t.user_id, t.state, t.membership_type, t.access_level, t.first_joined_at, u.name_key,
                COALESCE(u.last_activity_on, {no_day}) AS last_activity_on,
                COALESCE(u.last_sign_in_at, {before}) AS newest_sign_in_at, COALESCE(u.last_sign_in_at, {after}) AS oldest_sign_in_at,
                t.recheck_on
           FROM taken t JOIN users u ON u.id = t.user_id
          WHERE u.state = 'active' AND u.user_type = 'human'"
    )
}

/// Row `m`, with its custom role `r`, counts in the top-level group `root`, or would if it did not wait.
pub(super) fn counting_row(dialect: &Dialect) -> String {
    let live = hierarchy::live(dialect, "m");
    format!(
        "m.access_level > 5
         AND (NOT root.exclude_guests OR m.access_level > 10 OR (m.access_level = 10 AND r.occupies_seat))
         AND {live}"
    )
}

/// Link `f` brings people into the top-level group `root`.
pub(super) fn counting_link(dialect: &Dialect) -> String {
    let live = hierarchy::live_link(dialect, "f");
    format!("(NOT root.exclude_guests OR f.access_level > 10) AND {live}")
}
