//! Copying the members of one project into another.

use chrono::NaiveDate;
use sea_orm::FromQueryResult;

use super::add::{NewMember, Problem, no_such_role, problems, try_one};
use super::facts::{Facts, RoleFacts, Whom};
use super::{Member, find};
use crate::db::Lock;
use crate::domain::policy::{self, Reason};
use crate::domain::standing::{self, Name, Standing};
use crate::domain::{Ctx, Error, Result, hierarchy};
use crate::types::{AccessLevel, MemberRoleId, SourceKind, UserId};

/// What became of it.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The new members, in the order of the rows they were copied from.
    pub members: Vec<Member>,
    /// Those who could not become members, in that order.
    pub failed: Vec<NotImported>,
}

/// Who could not become a member, and why.
#[derive(Clone, Debug)]
pub struct NotImported {
    /// The user's name.
    pub username: String,
    /// The reasons; at least one.
    pub problems: Vec<Problem>,
}

/// Makes the direct members of the project `from` direct members of the project `into`, unless they are already: with their level, at most the
/// actor's own, their custom role and their end. Each is tried alone.
///
/// # Errors
/// `NotFound` for either project; `Forbidden` for who may not add members to the one or has no role in the other; `Refused(MembershipLocked)`.
pub async fn import(ctx: &Ctx, into: &Name, from: &Name) -> Result<Imported> {
    ctx.require_known()?;
    let target = standing::find(ctx, SourceKind::Project, into).await?;
    let other = standing::find(ctx, SourceKind::Project, from).await?;
    let (target_id, other_id) = (target.source(), Name::Id(other.source().id()));
    let other_id = &other_id;
    ctx.write(Lock::Roots(target.root(), other.root()), |ctx, tx| async move {
        let facts = Facts::load(&ctx, target_id).await?;
        policy::manage(&facts.hand, &facts.place)?;
        let other = standing::find(&ctx, SourceKind::Project, other_id).await?;
        if !(facts.hand.admin || other.level().grants()) {
            return Err(Error::Forbidden(None));
        }
        if facts.place.membership_lock {
            return Err(Error::Refused(Reason::MembershipLocked));
        }
        let rows = rows(&ctx, &other).await?;
        let whom: Vec<Whom> = rows.iter().map(|row| Whom::Id(row.user_id.0)).collect();
        let people = facts.people(&ctx, &whom).await?;
        let roles = roles(&ctx, &rows).await?;
        let mut imported = Vec::new();
        let mut failed = Vec::new();
        for (row, whom) in rows.iter().zip(&whom) {
            let newcomer = whom.among(&people).filter(|person| person.membership().is_none());
            let Some(person) = newcomer.filter(|person| !facts.is_personal_owner(person.user_id)) else {
                continue;
            };
            let level = row.access_level.min(facts.hand.manages_up_to(&facts.place));
            // A custom role goes with its base level, and not with a lower one.
            let role = row.member_role_id.filter(|_| level == row.access_level);
            let outcome = match role.map(|id| roles.iter().find(|role| role.id == id)) {
                Some(None) => Err(Error::Faulty(vec![no_such_role()])),
                found => try_one(&ctx, &tx, &facts, person, &row.copy(level), found.flatten()).await,
            };
            match outcome {
                Ok(_) => imported.push(person.user_id.0),
                Err(error) => failed.push(NotImported {
                    username: person.username.clone(),
                    problems: problems(error)?,
                }),
            }
        }
        let mut members = find::written(&ctx, &facts.standing, &imported).await?;
        members.sort_by_key(|member| imported.iter().position(|user| *user == member.user.id.0));
        Ok(Imported { members, failed })
    })
    .await
}

/// A membership that is to be copied.
#[derive(FromQueryResult)]
struct Row {
    user_id: UserId,
    access_level: AccessLevel,
    expires_at: Option<NaiveDate>,
    member_role_id: Option<MemberRoleId>,
}

impl Row {
    fn copy(&self, level: AccessLevel) -> NewMember {
        NewMember {
            access_level: level.number().into(),
            expires_at: self.expires_at,
            ..NewMember::default()
        }
    }
}

async fn rows(ctx: &Ctx, from: &Standing) -> Result<Vec<Row>> {
    let mut sql = ctx.conn().sql();
    let (kind, id) = (sql.bind(SourceKind::Project as i32), sql.bind(from.source().id()));
    let live = hierarchy::live(sql.dialect(), "m");
    sql.push(format!(
        "SELECT m.user_id, m.access_level, m.expires_at, m.member_role_id FROM members m
          WHERE m.source_kind = {kind} AND m.source_id = {id} AND m.state = 0 AND {live} ORDER BY m.id"
    ));
    Ok(sql.all().await?)
}

/// The custom roles that the rows have: one statement each, and few have any.
async fn roles(ctx: &Ctx, rows: &[Row]) -> Result<Vec<RoleFacts>> {
    let mut ids: Vec<_> = rows.iter().filter_map(|row| row.member_role_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut roles = Vec::with_capacity(ids.len());
    for id in ids {
        roles.extend(Facts::role(ctx, id.0).await?);
    }
    Ok(roles)
}
