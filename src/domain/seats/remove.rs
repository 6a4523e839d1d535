//! Taking a user out of a hierarchy, with everything that the user has there.

use sea_orm::{DbErr, FromQueryResult, QueryResult};

use super::{BillableMember, Filter, Order, find};
use crate::db::WriteTx;
use crate::domain::journal::{self, Happening, Scene, Subject};
use crate::domain::members::facts::{Facts, seen};
use crate::domain::members::remove::{self, COLUMNS, JOINS};
use crate::domain::policy::{self, Reason, Seated};
use crate::domain::standing::{self, Name, Standing};
use crate::domain::{Ctx, Error, Optional as _, Result, Window, hierarchy};
use crate::types::{AccessLevel, MemberId, SourceKind, UserId, UserType};

/// Why nobody is taken out of a group that lies below another.
const NOT_AT_THE_TOP: &str = "Must be a root namespace";

/// A row that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removed {
    /// Its number.
    pub id: MemberId,
    /// Where it was.
    pub kind: SourceKind,
    /// Whether it was a request, and no membership.
    pub requested: bool,
}

/// Removes every row of a user on the groups and projects below a top-level group and on that group itself: memberships, also those that wait or give
/// minimal access, and requests. Rows elsewhere stay, so that who also comes through a link goes on taking a seat. Answers the rows that are gone, by number.
///
/// # Errors
/// `Unauthenticated`; `NotFound` for the group; `Forbidden` with a reason below the top, and without one for who does not administer its
/// members; `Refused` with `LdapSynced`, in a group that a directory decides about and for rows in such a group; with `NoMember`, for a user without rows,
/// and for nobody; with `Bot`, `MemberAboveOwn` or `LastOwnerGoes`.
pub async fn remove(ctx: &Ctx, name: &Name, user: i64) -> Result<Vec<Removed>> {
    let (source, lock) = seen(ctx, SourceKind::Group, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        if !facts.is_top_level_group() {
            return Err(Error::Forbidden(Some(NOT_AT_THE_TOP)));
        }
        policy::administer_seats(&facts.hand, &facts.place)?;
        let rows = rows(&ctx, &facts, UserId(user)).await?;
        let seated = Seated::of(&rows).ok_or(Error::Refused(Reason::NoMember))?;
        policy::vacate(&facts.hand, &facts.place, &seated)?;
        take_away(&ctx, &tx, &facts, UserId(user), rows).await
    })
    .await
}

/// The same, for who wants to see what is left: answers the rows that are gone, and the seat, if it is still taken.
///
/// # Errors
/// As [`remove`].
pub async fn remove_shown(ctx: &Ctx, name: &Name, user: i64) -> Result<(Vec<Removed>, Option<BillableMember>)> {
    let (_, lock) = seen(ctx, SourceKind::Group, name).await?;
    ctx.write(lock, |ctx, _| async move {
        let gone = remove(&ctx, name, user).await?;
        Ok((gone, left(&ctx, name, UserId(user)).await?))
    })
    .await
}

/// The seat that the user still takes, for who may list them.
async fn left(ctx: &Ctx, name: &Name, user: UserId) -> Result<Option<BillableMember>> {
    let group = standing::group(ctx, name).await.optional()?;
    let Some(group) = group.filter(|group| find::require_owner(ctx, group).is_ok()) else {
        return Ok(None);
    };
    let filter = Filter {
        users: Some(vec![user]),
        ..Filter::default()
    };
    let page = find::page(ctx, &group, &filter, Order::User, &Window::first(1)).await?;
    Ok(page.into_rows().pop())
}

/// A row that goes.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Row {
    scene: Scene,
    subject: Subject,
    requested: bool,
    live: bool,
    last_owner: bool,
    ldap_synced: bool,
    user_type: UserType,
}

impl FromQueryResult for Row {
    fn from_query_result(row: &QueryResult, prefix: &str) -> std::result::Result<Self, DbErr> {
        let (scene, subject) = remove::Row::from_query_result(row, prefix)?.into_parts();
        Ok(Self {
            scene,
            subject,
            requested: row.try_get(prefix, "requested")?,
            live: row.try_get(prefix, "live")?,
            last_owner: row.try_get(prefix, "last_owner")?,
            ldap_synced: row.try_get(prefix, "ldap_synced")?,
            user_type: row.try_get(prefix, "user_type")?,
        })
    }
}

impl Row {
    const fn removed(&self) -> Removed {
        Removed {
            id: self.subject.row,
            kind: self.scene.source.kind(),
            requested: self.requested,
        }
    }
}

/// Every row of the user in the hierarchy, by number; one statement.
async fn rows(ctx: &Ctx, facts: &Facts, user: UserId) -> Result<Vec<Row>> {
    let mut sql = ctx.conn().sql();
    let dialect = sql.dialect();
    let live = hierarchy::live(dialect, "m");
    let last_owner = hierarchy::last_owner(dialect, "m", "u");
    let (root, user) = (sql.bind(facts.standing.root().0), sql.bind(user.0));
    let of = |table: &str, kind: i32, last_owner: &str, ldap_synced: &str| {
        // SQLite keeps to this order: from the rows, which are few, to where they lie. Each half of them is one look into an index.
        format!(
            "SELECT {COLUMNS}, u.user_type, m.requested_at IS NOT NULL AS requested, CASE WHEN {live} THEN TRUE ELSE FALSE END AS live,
                    {last_owner} AS last_owner, {ldap_synced} AS ldap_synced
               FROM (SELECT w.id FROM members w WHERE w.user_id = {user} AND w.requested_at IS NULL
                     UNION ALL SELECT w.id FROM members w WHERE w.user_id = {user} AND w.requested_at IS NOT NULL) AS own
                    CROSS JOIN members m CROSS JOIN {table} s {JOINS}
              WHERE m.id = own.id AND m.source_kind = {kind} AND s.id = m.source_id AND s.root_id = {root}"
        )
    };
    let last_owner = format!("CASE WHEN s.id = {root} THEN {last_owner} ELSE FALSE END");
    let groups = of(
        "namespaces",
        1,
        &last_owner,
        "EXISTS (SELECT 1 FROM ldap_group_links l WHERE l.group_id = s.id)",
    );
    let projects = of("projects", 2, "FALSE", "FALSE");
    sql.push(format!("{groups} UNION ALL {projects} ORDER BY 1"));
    Ok(sql.all().await?)
}

impl Seated {
    /// What the policy looks at of a user with these rows. What has ended is no row any more: it only goes with the others.
    fn of(rows: &[Row]) -> Option<Self> {
        let memberships = || rows.iter().filter(|row| row.live);
        let first = rows.iter().find(|row| row.live || row.requested)?;
        Some(Self {
            level: memberships()
                .map(|row| row.subject.grant.level)
                .max()
                .unwrap_or(AccessLevel::NoAccess),
            user_type: first.user_type,
            last_owner: rows.iter().any(|row| row.last_owner),
            ldap_synced: rows.iter().any(|row| row.ldap_synced),
        })
    }
}

async fn take_away(ctx: &Ctx, tx: &WriteTx, facts: &Facts, user: UserId, rows: Vec<Row>) -> Result<Vec<Removed>> {
    let removed: Vec<_> = rows.iter().map(Row::removed).collect();
    let gone: Vec<_> = rows.into_iter().map(|row| (row.scene, row.subject)).collect();
    remove::delete(tx, &gone).await?;
    if let Standing::Group(group) = &facts.standing
        && let Some(provider) = group.saml_provider_id
    {
        remove::unlink_identity(tx, user, provider).await?;
    }
    journal::audit(ctx, tx, &Happening::Destroyed, &gone).await?;
    for ((scene, subject), row) in gone.iter().zip(&removed) {
        let happening = if row.requested {
            Happening::RequestDenied
        } else {
            Happening::Destroyed
        };
        journal::announce(ctx, tx, &happening, scene, subject);
    }
    Ok(removed)
}
