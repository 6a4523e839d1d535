//! A link as it is read from the database.

use sea_orm::{DbErr, FromQueryResult, QueryResult};

use super::Share;
use crate::domain::members::Role;
use crate::types::{Source, SourceKind};

/// What [`Share`] reads of a link `l` and its custom role `r`; the link is one of [`links`].
pub(super) const COLUMNS: &str = "l.id, l.nearness, l.source_kind, l.source_id, l.invited_group_id, l.access_level, l.expires_at, l.created_at,
        r.id AS role_id, r.group_id AS role_group_id, r.name AS role_name, r.description AS role_description,
        r.base_access_level AS role_base_access_level, r.permissions AS role_permissions, r.created_at AS role_created_at";

/// Where the role comes from.
pub(super) const ROLE: &str = "LEFT JOIN member_roles r ON r.id = l.member_role_id";

/// Marks a link of the very group or project that is asked about.
pub(super) const OWN: &str = "1";

/// Marks a link of a group above it.
pub(super) const ABOVE: &str = "2";

/// A `SELECT` of links `s`, all of one kind: of those that stand in `from`, which also has the conditions. Each is marked with `nearness`, and is
/// had by the group or project that `owner` numbers.
pub(super) fn links(kind: SourceKind, owner: &str, nearness: &str, from: &str) -> String {
    let (number, source) = (kind as i32, source_column(kind));
    format!(
        "SELECT {owner} AS owner_id, '{nearness}' AS nearness, {number} AS source_kind, s.{source} AS source_id, s.id, s.invited_group_id,
                s.access_level, s.member_role_id, s.expires_at, s.created_at
           FROM {from}"
    )
}

/// The table of the links that share a group, or a project.
pub(super) const fn table(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Group => "group_shares",
        SourceKind::Project => "project_shares",
    }
}

/// The column of that table with what is shared.
pub(super) const fn source_column(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Group => "shared_group_id",
        SourceKind::Project => "project_id",
    }
}

impl FromQueryResult for Share {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let kind: SourceKind = row.try_get(prefix, "source_kind")?;
        let nearness: String = row.try_get(prefix, "nearness")?;
        Ok(Self {
            id: row.try_get(prefix, "id")?,
            source: Source::new(kind, row.try_get(prefix, "source_id")?),
            invited: row.try_get(prefix, "invited_group_id")?,
            access_level: row.try_get(prefix, "access_level")?,
            role: Option::<Role>::from_query_result(row, "role_")?,
            expires_at: row.try_get(prefix, "expires_at")?,
            created_at: row.try_get(prefix, "created_at")?,
            inherited: nearness == ABOVE,
        })
    }
}
