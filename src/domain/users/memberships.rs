//! Where somebody is a member by a row of their own, in short, for administrators.

use sea_orm::FromQueryResult;

use super::{get, may_administer};
use crate::db::Sql;
use crate::domain::keyset::{self, Sort};
use crate::domain::members::Direction;
use crate::domain::{Ctx, Page, Position, Result, Window, hierarchy};
use crate::types::{AccessLevel, MemberId, Source, SourceKind, UserId};

/// A membership, and what it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The group or project.
    pub source: Source,
    /// Its own name.
    pub name: String,
    /// The level of the row.
    pub access_level: AccessLevel,
}

/// By number of the row.
const SORT: Sort = Sort {
    by: None,
    id: "m.id",
    direction: Direction::Asc,
    ties: Direction::Asc,
};

/// One page of the rows that a user has in groups and projects, or in one kind of them; without requests.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for others than administrators; `NotFound(User)`.
pub async fn memberships(ctx: &Ctx, user: UserId, kind: Option<SourceKind>, window: &Window) -> Result<Page<Place>> {
    authorize(ctx, user).await?;
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, user, kind);
    let place = |row: &Row| Position {
        value: None,
        id: row.id.0,
    };
    let page = keyset::page(sql, &select, &SORT, window, place).await?;
    Ok(page.map(|row| Place {
        source: Source::new(row.source_kind, row.source_id),
        name: row.source_name,
        access_level: row.access_level,
    }))
}

/// How many there are; counting stops at `limit + 1`.
///
/// # Errors
/// As [`memberships`].
pub async fn count_memberships(ctx: &Ctx, user: UserId, kind: Option<SourceKind>, limit: u64) -> Result<u64> {
    authorize(ctx, user).await?;
    let mut sql = ctx.conn().sql();
    let select = select(&mut sql, user, kind);
    keyset::count(sql, &select, limit).await
}

async fn authorize(ctx: &Ctx, user: UserId) -> Result<()> {
    may_administer(ctx)?;
    get(ctx, user).await.map(drop)
}

#[derive(FromQueryResult)]
struct Row {
    id: MemberId,
    source_kind: SourceKind,
    source_id: i64,
    source_name: String,
    access_level: AccessLevel,
}

fn select(sql: &mut Sql<'_>, user: UserId, kind: Option<SourceKind>) -> String {
    let live = hierarchy::live(sql.dialect(), "m");
    let user = sql.bind(user.0);
    let kind = kind.map_or_else(String::new, |kind| format!(" AND m.source_kind = {}", kind as i32));
    format!(
        "SELECT m.id, m.source_kind, m.source_id, COALESCE(n.name, p.name) AS source_name, m.access_level
           FROM members m
           LEFT JOIN namespaces n ON m.source_kind = 1 AND n.id = m.source_id
           LEFT JOIN projects p ON m.source_kind = 2 AND p.id = m.source_id
          WHERE m.user_id = {user} AND {live}{kind}"
    )
}
