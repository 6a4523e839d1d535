//! The rows of who takes a seat: their own in the hierarchy, and those by which they come through links.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;

use super::{Seat, find, rows};
use crate::db::Sql;
use crate::domain::keyset::{self, Shared, Sort};
use crate::domain::members::{self, Direction, Member, Of, managed};
use crate::domain::standing::{self, Group};
use crate::domain::{Ctx, Error, Page, Position, Result, Thing, Window, hierarchy, users};
use crate::types::{AccessLevel, GroupId, MemberId, MemberRoleId, NamespaceId, Source, SourceKind, UserId};

/// Which rows are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rows {
    /// The user's own on groups and projects of the hierarchy, requests left out: also those that wait, and minimal access.
    Own,
    /// Those that count and lie on groups that a link lets in, or above such a group.
    Invited,
}

/// A row of somebody who takes a seat.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Membership {
    /// Its number.
    pub id: MemberId,
    source_kind: SourceKind,
    source_id: i64,
    /// Names from the top down to the group or project: `Acme / Tools / CLI`.
    pub full_name: String,
    /// Full path of the group or project.
    pub full_path: String,
    /// The row's own level.
    pub access_level: AccessLevel,
    role_id: Option<MemberRoleId>,
    role_name: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The day on which it ends.
    pub expires_at: Option<NaiveDate>,
}

impl Membership {
    /// The group or project that it belongs to.
    pub const fn source(&self) -> Source {
        Source::new(self.source_kind, self.source_id)
    }

    /// The custom role and its name.
    pub fn role(&self) -> Option<(MemberRoleId, &str)> {
        self.role_id.zip(self.role_name.as_deref())
    }

    fn place(&self) -> Position {
        Position {
            value: None,
            id: self.id.0,
        }
    }
}

/// By number of the row.
const SORT: Sort = Sort {
    by: None,
    id: "m.id",
    direction: Direction::Asc,
    ties: Direction::Asc,
};

const COLUMNS: &str =
    "m.id, m.source_kind, m.source_id, COALESCE(n.full_name, p.full_name) AS full_name, COALESCE(n.full_path, p.full_path) AS full_path,
     m.access_level, r.id AS role_id, r.name AS role_name, m.created_at, m.expires_at";

/// What [`COLUMNS`] are read from, beside the rows.
const JOINS: &str = "LEFT JOIN member_roles r ON r.id = m.member_role_id
     LEFT JOIN namespaces n ON m.source_kind = 1 AND n.id = m.source_id
     LEFT JOIN projects p ON m.source_kind = 2 AND p.id = m.source_id";

/// The rows of one user who takes a seat in a top-level group: what is asked once for a page and for the count of the same list.
#[derive(Clone, Copy, Debug)]
pub struct Memberships<'a> {
    ctx: &'a Ctx,
    seat: Seat,
}

impl<'a> Memberships<'a> {
    /// Finds out that the user takes one. Three statements.
    ///
    /// # Errors
    /// `Unauthenticated`; `Forbidden` for who does not administer the members of the group, where a directory decides for everybody, and below the top;
    /// `NotFound(Row)` where there is no such user, `NotFound(User)` for who takes no seat there.
    pub async fn open(ctx: &'a Ctx, group: &Group, user: i64) -> Result<Self> {
        ctx.require_known()?;
        if !group.is_top_level() || managed(ctx, &[Of::Group(group)]).await?.is_empty() {
            return Err(Error::Forbidden(None));
        }
        let seat = (NamespaceId::of_group(group.id), UserId(user));
        if !find::using(ctx, &[seat]).await?.contains(&seat) {
            let somebody = users::by_ids(ctx, &[seat.1]).await?;
            let missing = if somebody.is_empty() { Thing::Row } else { Thing::User };
            return Err(Error::NotFound(missing));
        }
        Ok(Self { ctx, seat })
    }

    /// One page of the rows, by number. One statement.
    ///
    /// # Errors
    /// `Invalid` for a position of another list.
    pub async fn page(&self, which: Rows, window: &Window) -> Result<Page<Membership>> {
        let (sql, select) = self.select(which);
        keyset::page(sql, &select, &SORT, window, Membership::place).await
    }

    /// How many there are; counting stops at `limit + 1`.
    pub async fn count(&self, which: Rows, limit: u64) -> Result<u64> {
        let (sql, select) = self.select(which);
        keyset::count(sql, &select, limit).await
    }

    fn select(&self, which: Rows) -> (Sql<'a>, String) {
        let mut sql = self.ctx.conn().sql();
        let seats = table(&mut sql, &[self.seat]);
        let from = from(&sql, &seats, which);
        (sql, format!("SELECT {COLUMNS} FROM {from}"))
    }
}

/// The same page of the own rows of each user in each top-level group, in their order; none where the actor does not administer the members. Seven statements
/// at most.
///
/// # Errors
/// `Invalid` for a position of another list.
pub async fn pages(ctx: &Ctx, seats: &[Seat], window: &Window) -> Result<Vec<Option<Page<Member>>>> {
    let open = open(ctx, seats).await?;
    let numbers = numbers(&open);
    let mut sql = ctx.conn().sql();
    let shared = shared(&mut sql, &open, &numbers);
    let pages = keyset::pages(sql, &shared, &SORT, window, Membership::place).await?;
    let ids = pages.iter().flat_map(|page| &page.items);
    let mut found = members::whole(ctx, ids.map(|(place, _)| place.id).collect()).await?;
    let pages: Vec<_> = pages
        .into_iter()
        .map(|page| page.filter_map(|row| found.remove(&row.id)))
        .collect();
    Ok(in_order(seats, open, pages))
}

/// How many such rows there are for each, in their order; none where the actor does not administer the members. No count is higher than `limit + 1`.
pub async fn counts(ctx: &Ctx, seats: &[Seat], limit: u64) -> Result<Vec<Option<u64>>> {
    let open = open(ctx, seats).await?;
    let numbers = numbers(&open);
    let mut sql = ctx.conn().sql();
    let shared = shared(&mut sql, &open, &numbers);
    let counts = keyset::counts(sql, &shared, limit).await?;
    Ok(in_order(seats, open, counts))
}

/// Those in groups whose members the actor administers. Two statements.
async fn open(ctx: &Ctx, seats: &[Seat]) -> Result<Vec<Seat>> {
    let groups = tops(ctx, seats).await?;
    let managed = managed(ctx, &groups.iter().map(Of::Group).collect::<Vec<_>>()).await?;
    let managed: HashSet<_> = groups
        .iter()
        .filter(|group| managed.contains(&Source::Group(group.id)))
        .map(|group| NamespaceId::of_group(group.id))
        .collect();
    let open = seats.iter().filter(|(root, _)| managed.contains(root));
    Ok(open.copied().collect())
}

fn in_order<T>(asked: &[Seat], open: Vec<Seat>, found: Vec<T>) -> Vec<Option<T>> {
    let mut found: HashMap<_, _> = open.into_iter().zip(found).collect();
    asked.iter().map(|seat| found.remove(seat)).collect()
}

/// The top-level groups of the seats, as the actor sees them.
pub(super) async fn tops(ctx: &Ctx, seats: &[Seat]) -> Result<Vec<Group>> {
    let ids: HashSet<_> = seats
        .iter()
        .filter(|(root, _)| root.is_group())
        .map(|(root, _)| GroupId(root.0))
        .collect();
    let mut groups = standing::groups(ctx, ids).await?;
    groups.retain(Group::is_top_level);
    Ok(groups)
}

fn numbers(seats: &[Seat]) -> Vec<i64> {
    (0..).take(seats.len()).collect()
}

fn shared<'a>(sql: &mut Sql<'_>, seats: &[Seat], numbers: &'a [i64]) -> Shared<'a> {
    let seats = table(sql, seats);
    Shared {
        owners: numbers,
        from: from(sql, &seats, Rows::Own),
        columns: COLUMNS,
    }
}

/// The seats as a table, each with its place as its number.
pub(super) fn table(sql: &mut Sql<'_>, seats: &[Seat]) -> String {
    let seats = (0..).zip(seats);
    let seats: Vec<_> = seats
        .map(|(place, (root, user))| vec![Some(place), Some(root.0), Some(user.0)])
        .collect();
    sql.table(&["id", "root_id", "user_id"], &seats)
}

/// What stands behind a `FROM`, up to a `WHERE` with conditions: the rows `m` of each of the seats `a`.
///
/// `CROSS JOIN` holds SQLite to that order; PostgreSQL chooses freely.
fn from(sql: &Sql<'_>, seats: &str, which: Rows) -> String {
    let dialect = sql.dialect();
    match which {
        Rows::Own => {
            let live = hierarchy::live(dialect, "m");
            format!(
                "{seats} AS a CROSS JOIN members m {JOINS}
                  WHERE m.user_id = a.user_id AND COALESCE(n.root_id, p.root_id) = a.root_id AND {live}"
            )
        }
        Rows::Invited => {
            let (row, link) = (rows::counting_row(dialect), rows::counting_link(dialect));
            format!(
                "{seats} AS a CROSS JOIN namespaces root CROSS JOIN members m {JOINS}
                  WHERE root.id = a.root_id AND m.user_id = a.user_id AND m.source_kind = 1 AND m.state = 0 AND {row}
                    AND EXISTS (SELECT 1 FROM seat_feeds f WHERE f.root_id = root.id AND f.group_id = m.source_id AND {link})"
            )
        }
    }
}
