//! Removing a member, with all that goes with it.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;

use super::facts::{Facts, Held, Person, seen};
use super::{Member, find};
use crate::db::{Sql, WriteTx};
use crate::domain::error::require_unmodified;
use crate::domain::journal::{self, Grant, Happening, Scene, Subject};
use crate::domain::policy;
use crate::domain::standing::{Name, Standing};
use crate::domain::{Ctx, Error, Result, Thing};
use crate::types::{AccessLevel, AncestorPath, MemberId, MemberRoleId, NamespaceId, Source, SourceKind, UserId};

/// How somebody is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// Keeps the user's own rows below, and the invitations that the user sent.
    pub skip_subresources: bool,
    /// Only if the row was not changed since; whole seconds.
    pub unmodified_since: Option<DateTime<Utc>>,
}

/// Removes a direct member, the member's rows below and the pending invitations that the member sent there; answers the rows that are gone, the
/// member's own first.
///
/// # Errors
/// `NotFound` for the source, and `NotFound(Row)` for who is no direct member; `Outdated`; `Forbidden`, `Refused`.
pub async fn remove(ctx: &Ctx, kind: SourceKind, name: &Name, user: i64, removal: &Removal) -> Result<Vec<MemberId>> {
    let (source, lock) = seen(ctx, kind, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        judge_and_take(&ctx, &tx, &facts, user, removal).await
    })
    .await
}

/// The same, for who wants to see whom it was: answers the member as it was right before.
///
/// # Errors
/// As [`remove`].
pub async fn remove_shown(ctx: &Ctx, kind: SourceKind, name: &Name, user: i64, removal: &Removal) -> Result<Member> {
    let (source, lock) = seen(ctx, kind, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        let member = find::written(&ctx, &facts.standing, &[user]).await?.pop();
        judge_and_take(&ctx, &tx, &facts, user, removal).await?;
        member.ok_or(Error::NotFound(Thing::Row))
    })
    .await
}

async fn judge_and_take(ctx: &Ctx, tx: &WriteTx, facts: &Facts, user: i64, removal: &Removal) -> Result<Vec<MemberId>> {
    let (person, held) = facts.member(ctx, user).await?;
    require_unmodified(removal.unmodified_since, held.updated_at)?;
    policy::remove(&facts.hand, &facts.place, &facts.target(ctx, &person, &held))?;
    take_away(ctx, tx, facts, &person, &held, removal).await
}

async fn take_away(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    person: &Person,
    held: &Held,
    removal: &Removal,
) -> Result<Vec<MemberId>> {
    let mut gone = vec![(facts.scene(), person.subject(held.id, held.grant()))];
    if !removal.skip_subresources {
        let below = below(ctx, &facts.standing, person.user_id).await?;
        gone.extend(below.into_iter().filter(|(_, subject)| subject.row != held.id));
    }
    let ids = delete(tx, &gone).await?;
    if let Standing::Group(group) = &facts.standing
        && let Some(provider) = group.saml_provider_id
    {
        unlink_identity(tx, person.user_id, provider).await?;
    }
    let happening = Happening::Destroyed;
    journal::audit(ctx, tx, &happening, &gone).await?;
    if let Some((scene, subject)) = gone.first() {
        journal::announce(ctx, tx, &happening, scene, subject);
    }
    Ok(ids)
}

/// Deletes the rows; answers their numbers.
pub(in crate::domain) async fn delete(tx: &WriteTx, gone: &[(Scene, Subject)]) -> Result<Vec<MemberId>> {
    let ids: Vec<MemberId> = gone.iter().map(|(_, subject)| subject.row).collect();
    let mut sql = tx.conn().sql();
    let which = sql.any_of("id", ids.iter().map(|id| id.0));
    sql.push(format!("DELETE FROM members WHERE {which}"));
    sql.run().await?;
    Ok(ids)
}

/// What [`Row`] reads of a row `m` of `members` and its group or project `s`; goes with [`JOINS`].
pub(in crate::domain) const COLUMNS: &str =
    "m.id, m.source_kind, m.source_id, m.user_id, u.name AS user_name, m.access_level, m.expires_at,
                   r.id AS role_id, r.name AS role_name, s.full_path, s.root_id, s.ancestor_path";

/// Where some of [`COLUMNS`] come from.
pub(in crate::domain) const JOINS: &str =
    "LEFT JOIN users u ON u.id = m.user_id LEFT JOIN member_roles r ON r.id = m.member_role_id";

/// A row that goes.
#[derive(FromQueryResult)]
pub(in crate::domain) struct Row {
    id: MemberId,
    source_kind: SourceKind,
    source_id: i64,
    user_id: Option<UserId>,
    user_name: Option<String>,
    access_level: AccessLevel,
    expires_at: Option<NaiveDate>,
    role_id: Option<MemberRoleId>,
    role_name: Option<String>,
    full_path: String,
    root_id: NamespaceId,
    ancestor_path: AncestorPath,
}

/// The rows of the user in everything below a group, requests too, and the pending invitations that the user sent there; of a project only the
/// invitations. By number, so that their events always come in one order.
async fn below(ctx: &Ctx, standing: &Standing, user: UserId) -> Result<Vec<(Scene, Subject)>> {
    let mut sql = ctx.conn().sql();
    let user = sql.bind(user.0);
    let goes = format!(
        "(m.user_id = {user} OR (m.user_id IS NULL AND m.invite_email IS NOT NULL AND m.created_by_id = {user}))"
    );
    match standing {
        Standing::Group(group) => {
            let within = within(&mut sql, &group.ancestor_path);
            sql.push(format!(
                "SELECT {COLUMNS} FROM namespaces s JOIN members m ON m.source_kind = 1 AND m.source_id = s.id {JOINS} WHERE {within} AND {goes}
                 UNION ALL
                 SELECT {COLUMNS} FROM projects s JOIN members m ON m.source_kind = 2 AND m.source_id = s.id {JOINS} WHERE {within} AND {goes}
                 ORDER BY 1"
            ));
        }
        Standing::Project(project) => {
            let project = sql.bind(project.id.0);
            sql.push(format!(
                "SELECT {COLUMNS} FROM projects s JOIN members m ON m.source_kind = 2 AND m.source_id = s.id {JOINS}
                  WHERE s.id = {project} AND m.user_id IS NULL AND {goes} ORDER BY 1"
            ));
        }
    }
    let rows: Vec<Row> = sql.all().await?;
    Ok(rows.into_iter().map(Row::into_parts).collect())
}

fn within(sql: &mut Sql<'_>, path: &AncestorPath) -> String {
    let path = sql.bind(path.0.clone());
    sql.dialect().within("s.ancestor_path", &path)
}

/// Who is no longer in the group that the provider belongs to is no longer known by its identity there.
pub(in crate::domain) async fn unlink_identity(tx: &WriteTx, user: UserId, provider: i64) -> Result<()> {
    let mut sql = tx.conn().sql();
    let (user, provider) = (sql.bind(user.0), sql.bind(provider));
    sql.push(format!(
        "DELETE FROM user_identities WHERE user_id = {user} AND saml_provider_id = {provider}"
    ));
    sql.run().await?;
    Ok(())
}

impl Row {
    pub(in crate::domain) fn into_parts(self) -> (Scene, Subject) {
        let scene = Scene {
            source: Source::new(self.source_kind, self.source_id),
            full_path: self.full_path,
            root: self.root_id,
            ancestor_path: self.ancestor_path,
        };
        let subject = Subject {
            row: self.id,
            user: self.user_id.zip(self.user_name),
            grant: Grant {
                level: self.access_level,
                role: self.role_id.zip(self.role_name),
                expires_at: self.expires_at,
            },
        };
        (scene, subject)
    }
}

/// Deletes rows, of groups and projects alike, with what is known of the users by providers of those groups, and nothing below them. Four statements for
/// up to a thousand.
pub(in crate::domain) async fn delete_rows(
    ctx: &Ctx,
    tx: &WriteTx,
    happening: &Happening,
    rows: &[(Scene, Subject)],
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let ids = || rows.iter().map(|(_, subject)| subject.row.0);
    // Who is no longer in the group that a SAML provider belongs to is no longer known by its identity there.
    let mut sql = tx.conn().sql();
    let which = sql.any_of("m.id", ids());
    sql.push(format!(
        "DELETE FROM user_identities WHERE EXISTS (
           SELECT 1 FROM members m JOIN namespaces n ON n.id = m.source_id
            WHERE m.source_kind = 1 AND {which} AND m.user_id = user_identities.user_id
              AND n.saml_provider_id = user_identities.saml_provider_id)"
    ));
    sql.run().await?;
    let mut sql = tx.conn().sql();
    let which = sql.any_of("id", ids());
    sql.push(format!("DELETE FROM members WHERE {which}"));
    sql.run().await?;
    journal::audit(ctx, tx, happening, rows).await?;
    for (scene, subject) in rows {
        journal::announce(ctx, tx, happening, scene, subject);
    }
    Ok(())
}
