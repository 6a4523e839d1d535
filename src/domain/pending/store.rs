//! The rows whose state is set, read and stored together, with what they leave behind.

use sea_orm::{DbErr, FromQueryResult, QueryResult};

use crate::db::{Sql, WriteTx};
use crate::domain::journal::{self, Happening, Scene, Subject};
use crate::domain::members::facts::Facts;
use crate::domain::members::remove::{self, COLUMNS, JOINS};
use crate::domain::policy::Reason;
use crate::domain::{Ctx, Error, Result, hierarchy};
use crate::types::{AccessLevel, MemberId, MemberState, UserId};

/// Whose rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// A user's: memberships and requests.
    User(UserId),
    /// Those of an invited address, in lower case.
    Address(String),
    /// Everybody's.
    Everybody,
}

/// A row that is to change its state.
pub(super) struct Row {
    scene: Scene,
    subject: Subject,
    /// A request, of which nothing but its state changes: it gives as little as before.
    requested: bool,
}

impl FromQueryResult for Row {
    fn from_query_result(row: &QueryResult, prefix: &str) -> std::result::Result<Self, DbErr> {
        let requested = row.try_get(prefix, "requested")?;
        let (scene, subject) = remove::Row::from_query_result(row, prefix)?.into_parts();
        Ok(Self {
            scene,
            subject,
            requested,
        })
    }
}

/// The rows in the hierarchy that are not in the state yet, by number; one statement. What has ended is left alone. Whoever asks for everybody's
/// wants those that wait.
pub(super) async fn rows(ctx: &Ctx, facts: &Facts, whose: &Whose, state: MemberState) -> Result<Vec<Row>> {
    let mut sql = ctx.conn().sql();
    let which = whose.rows(&mut sql);
    let live = hierarchy::live(sql.dialect(), "m");
    let (root, state) = (sql.bind(facts.standing.root().0), sql.bind(state as i32));
    let of = |table: &str, kind: i32| {
        // SQLite keeps to this order, from the rows, which are few, to where they lie; the sign keeps it from reading all rows of a kind.
        format!(
            "SELECT {COLUMNS}, m.requested_at IS NOT NULL AS requested
               FROM members m CROSS JOIN {table} s {JOINS}
              WHERE m.id IN ({which}) AND +m.source_kind = {kind} AND s.id = m.source_id AND s.root_id = {root}
                AND m.state <> {state} AND (m.user_id IS NULL OR m.requested_at IS NOT NULL OR ({live}))"
        )
    };
    let (groups, projects) = (of("namespaces", 1), of("projects", 2));
    sql.push(format!("{groups} UNION ALL {projects} ORDER BY 1"));
    Ok(sql.all().await?)
}

/// Sets the state of the rows of a hierarchy; answers their numbers.
///
/// # Errors
/// `Refused(NothingToSet)` when there are none.
pub(super) async fn set(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    rows: Vec<Row>,
    state: MemberState,
) -> Result<Vec<MemberId>> {
    if rows.is_empty() {
        return Err(Error::Refused(Reason::NothingToSet));
    }
    let ids: Vec<_> = rows.iter().map(|row| row.subject.row).collect();
    let mut sql = tx.conn().sql();
    let which = sql.any_of("id", ids.iter().map(|id| id.0));
    let (stored, now) = (sql.bind(state as i32), sql.bind(tx.now()));
    sql.push(format!(
        "UPDATE members SET state = {stored}, updated_at = {now} WHERE {which}"
    ));
    sql.run().await?;
    let happening = Happening::StateSet(state);
    // What is done to the memberships of a hierarchy is an event of the group at its top.
    let told = match state {
        MemberState::Active => rows.len(),
        MemberState::Awaiting => 1,
    };
    let top = facts.scene();
    let events: Vec<_> = rows
        .iter()
        .take(told)
        .map(|row| (top.clone(), row.subject.clone()))
        .collect();
    journal::audit(ctx, tx, &happening, &events).await?;
    for row in rows.iter().filter(|row| !row.requested) {
        journal::announce(ctx, tx, &happening, &row.scene, &row.subject);
    }
    Ok(ids)
}

/// The highest level among the rows; a request gives none.
pub(super) fn highest(rows: &[Row]) -> AccessLevel {
    let levels = rows.iter().filter(|row| !row.requested);
    levels
        .map(|row| row.subject.grant.level)
        .max()
        .unwrap_or(AccessLevel::NoAccess)
}

impl Whose {
    /// A `SELECT` of the numbers of their rows, wherever they are.
    fn rows(&self, sql: &mut Sql<'_>) -> String {
        match self {
            Self::User(user) => {
                let user = sql.bind(user.0);
                // Each half is one look into an index.
                format!(
                    "SELECT w.id FROM members w WHERE w.user_id = {user} AND w.requested_at IS NULL
                     UNION ALL SELECT w.id FROM members w WHERE w.user_id = {user} AND w.requested_at IS NOT NULL"
                )
            }
            Self::Address(address) => {
                let address = sql.bind(address.as_str());
                format!(
                    "SELECT w.id FROM members w
                      WHERE w.email_norm = {address} AND w.user_id IS NULL AND w.invite_email IS NOT NULL"
                )
            }
            Self::Everybody => "SELECT w.id FROM members w WHERE w.state = 1".to_owned(),
        }
    }
}
