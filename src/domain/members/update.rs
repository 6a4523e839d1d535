//! Changing members: one, or up to a hundred all or none.

use chrono::NaiveDate;

use super::add::{MOST, Problem, no_such_role, problems};
use super::facts::{Facts, Held, Person, RoleFacts, Whom, seen};
use super::store::{self, Wanted};
use super::validate::{self, Draft};
use super::{Member, find};
use crate::db::WriteTx;
use crate::domain::journal::Grant;
use crate::domain::policy::{self, Code, Reason};
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Fault, Result};
use crate::types::{AccessLevel, MemberId, Patch, SourceKind};

/// What is to become of a membership.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// The level by its number; as it is when absent.
    pub access_level: Option<i64>,
    /// The day on which it ends.
    pub expires_at: Patch<NaiveDate>,
    /// The custom role.
    pub member_role_id: Patch<i64>,
}

/// Changes a direct member.
///
/// # Errors
/// `NotFound` for the source, and `NotFound(Row)` for who is no direct member; `Forbidden`, `Refused`, `AboveOwn`; `Faulty`.
pub async fn update(ctx: &Ctx, kind: SourceKind, name: &Name, user: i64, change: &MemberChange) -> Result<Member> {
    let (source, lock) = seen(ctx, kind, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        let (person, held) = facts.member(&ctx, user).await?;
        apply(&ctx, &tx, &facts, &person, &held, change).await?;
        find::written_one(&ctx, &facts.standing, person.user_id.0).await
    })
    .await
}

/// What became of a change of several.
#[derive(Clone, Debug)]
pub enum Changed {
    /// All of them, in the order given.
    All(Vec<Member>),
    /// None of them, and why.
    None(Vec<Problem>),
}

/// Changes several direct members alike, all or none.
///
/// # Errors
/// `NotFound` for the source; `Forbidden` for who may change nobody there.
pub async fn update_several(
    ctx: &Ctx,
    kind: SourceKind,
    name: &Name,
    users: &[i64],
    change: &MemberChange,
) -> Result<Changed> {
    let (source, lock) = seen(ctx, kind, name).await?;
    let tried = ctx
        .write(lock, |ctx, tx| async move {
            let facts = Facts::load(&ctx, source).await?;
            // The right to change anybody comes first: whoever has none is told nothing of the users.
            policy::manage(&facts.hand, &facts.place)?;
            if users.len() > MOST {
                return Err(Error::Items(vec![too_many()]));
            }
            let whom: Vec<Whom> = users.iter().map(|user| Whom::Id(*user)).collect();
            let people = facts.people(&ctx, &whom).await?;
            for (index, user) in users.iter().enumerate() {
                if users[..index].contains(user) {
                    continue;
                }
                let Some(person) = people.iter().find(|person| person.user_id.0 == *user) else {
                    return Err(Error::Items(vec![no_direct_member(index)]));
                };
                let person = facts.as_of_now(&ctx, person).await?;
                let Some(held) = person.membership() else {
                    return Err(Error::Items(vec![no_direct_member(index)]));
                };
                if let Err(error) = apply(&ctx, &tx, &facts, &person, &held, change).await {
                    return Err(Error::Items(of_bulk(error, index)?));
                }
            }
            let mut members = find::written(&ctx, &facts.standing, users).await?;
            members.sort_by_key(|member| users.iter().position(|user| *user == member.user.id.0));
            Ok(members)
        })
        .await;
    match tried {
        Ok(members) => Ok(Changed::All(members)),
        Err(Error::Items(problems)) => Ok(Changed::None(problems)),
        Err(error) => Err(error),
    }
}

/// Checks and stores a change of one member.
async fn apply(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    person: &Person,
    held: &Held,
    change: &MemberChange,
) -> Result<MemberId> {
    policy::update(&facts.hand, &facts.place, &facts.target(ctx, person, held))?;
    if let Some(number) = change.access_level {
        may_give(facts, number, held.level)?;
    }
    let faults = |draft: &Draft<'_>| validate::faults(facts, person, draft);
    let wanted = change.wanted(ctx, facts, &held.grant(), faults).await?;
    store::change(ctx, tx, facts, person, held, &wanted).await
}

/// A number that is no level is a fault of the row, but one above the own level is first of all not the actor's to give.
fn may_give(facts: &Facts, number: i64, present: AccessLevel) -> Result<()> {
    match AccessLevel::from_number(number) {
        Some(level) => Ok(policy::give(&facts.hand, &facts.place, level, Some(present))?),
        None if facts.hand.admin || number <= i64::from(present.number()) => Ok(()),
        None if number > i64::from(facts.hand.manages_up_to(&facts.place).number()) => {
            Err(Error::Refused(Reason::LevelAboveOwn))
        }
        None => Ok(()),
    }
}

impl MemberChange {
    /// What a row that gives `held` would give then, if `faults` finds nothing wrong with it; whether the level is the actor's to give is asked apart.
    pub(in crate::domain) async fn wanted(
        &self,
        ctx: &Ctx,
        facts: &Facts,
        held: &Grant,
        faults: impl FnOnce(&Draft<'_>) -> Vec<Fault> + Send,
    ) -> Result<Wanted> {
        let role = self.role(ctx, facts, held).await?;
        if let (Some(role), Patch::Set(_)) = (&role, self.member_role_id) {
            policy::give_role(&facts.hand, &role.permissions.0)?;
        }
        let draft = Draft {
            level: self.access_level.unwrap_or_else(|| i64::from(held.level.number())),
            role: role.as_ref(),
            keeps_role: self.member_role_id == Patch::Keep,
            present: Some(held.level),
            expires_at: self.expires_at.value().copied(),
            is_new: false,
            by_admin: facts.hand.admin,
        };
        let level = draft.sound_level(faults(&draft))?;
        Ok(Wanted {
            level,
            role: role.map(|role| (role.id, role.name)),
            expires_at: self.expires_at.apply(held.expires_at),
            invite_source: None,
        })
    }

    /// The custom role that the row would have.
    async fn role(&self, ctx: &Ctx, facts: &Facts, held: &Grant) -> Result<Option<RoleFacts>> {
        let id = match self.member_role_id {
            Patch::Clear => None,
            Patch::Keep => held.role.as_ref().map(|(id, _)| id.0),
            Patch::Set(id) => Some(id),
        };
        let Some(id) = id else {
            return Ok(None);
        };
        let role = Facts::role(ctx, id).await?;
        let is_at_home = |role: &RoleFacts| self.member_role_id == Patch::Keep || role.is_of(facts.standing.root());
        match role.filter(is_at_home) {
            Some(role) => Ok(Some(role)),
            None => Err(Error::Faulty(vec![no_such_role()])),
        }
    }
}

fn too_many() -> Problem {
    Problem {
        message: format!("Count of members to be updated should be less than {}.", MOST + 1),
        code: Code::TooMany,
        field: Some("user_ids"),
        item: None,
    }
}

fn no_direct_member(index: usize) -> Problem {
    Problem {
        message: "Only access level of direct members can be updated.".to_owned(),
        code: Code::NotFound,
        field: None,
        item: Some(index),
    }
}

/// GitLab has one text for every right that is missing.
fn of_bulk(error: Error, index: usize) -> Result<Vec<Problem>> {
    let is_refusal = matches!(error, Error::Refused(_) | Error::AboveOwn(_));
    let mut problems = problems(error)?;
    for problem in &mut problems {
        problem.item = Some(index);
        if is_refusal {
            "Unable to update members, please check user permissions.".clone_into(&mut problem.message);
        }
    }
    Ok(problems)
}
