//! Adding members: one, or several each on their own.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::facts::{Facts, Person, RoleFacts, Whom, seen};
use super::store::{self, Wanted};
use super::validate::{self, Draft};
use super::{Member, find};
use crate::db::WriteTx;
use crate::domain::policy::{self, Code, Reason};
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Fault, Result, Thing};
use crate::types::{AccessLevel, MemberId, SourceKind, UserType};

/// As many as one call may name.
pub const MOST: usize = 100;

/// What somebody is added with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewMember {
    /// The level by its number; one that is none is a fault of the row.
    pub access_level: i64,
    /// The day on which it ends.
    pub expires_at: Option<NaiveDate>,
    /// A custom role whose base level is the level.
    pub member_role_id: Option<i64>,
    /// By which way of inviting; recorded only.
    pub invite_source: Option<String>,
}

/// What became of one of several.
#[derive(Clone, Debug)]
pub struct Added {
    /// Where it was named in the call, from 0; the first place when it was named twice.
    pub index: usize,
    /// Where else it was named.
    pub also: Vec<usize>,
    /// The user's name.
    pub username: String,
    /// The membership, or why there is none.
    pub outcome: std::result::Result<Member, Vec<Problem>>,
}

/// What became of a call for several.
#[derive(Clone, Debug)]
pub enum Several {
    /// More than [`MOST`] were named; nothing was done.
    TooMany,
    /// Each was tried on its own, in the order given; who is nobody was passed over.
    Tried(Vec<Added>),
}

/// Why one of several was not added: a sentence for people and a code for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// As GitLab says it.
    pub message: String,
    /// The code.
    pub code: Code,
    /// The field of the input that it is about, by GitLab's name for it.
    pub field: Option<&'static str>,
    /// Which of the items of a call for several it is about, from 0; none when the call as a whole, or when the item is known anyway.
    pub item: Option<usize>,
}

/// Makes somebody a direct member.
///
/// # Errors
/// `NotFound` for the source or the user; `Refused` with `AlreadyMember`, `MembershipLocked` or what the policy says; `Forbidden`; `Faulty`;
/// `AboveOwn` for a level or role that is not the actor's to give.
pub async fn add(ctx: &Ctx, kind: SourceKind, name: &Name, whom: &Whom, new: &NewMember) -> Result<Member> {
    let (source, lock) = seen(ctx, kind, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        let person = facts.people(&ctx, std::slice::from_ref(whom)).await?.pop();
        let person = person.ok_or(Error::NotFound(Thing::User))?;
        if is_member(&facts, &person) {
            return Err(Error::Refused(Reason::AlreadyMember));
        }
        may_add_there(&facts, new)?;
        policy::add(&facts.hand, &facts.place, person.user_type)?;
        let role = role(&ctx, new).await?;
        settle(&ctx, &tx, &facts, &person, new, role.as_ref()).await?;
        find::written_one(&ctx, &facts.standing, person.user_id.0).await
    })
    .await
}

/// Makes several people direct members, and changes those who are. Each is tried alone: who fails keeps nobody else out.
///
/// # Errors
/// `NotFound` for the source; `Forbidden` for who may add nobody there; `Refused` with `MembershipLocked`, `LdapSynced`, or `LevelAboveOwn` for who
/// would make owners of a project without being one.
pub async fn add_several(ctx: &Ctx, kind: SourceKind, name: &Name, whom: &[Whom], new: &NewMember) -> Result<Several> {
    let (source, lock) = seen(ctx, kind, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::manage(&facts.hand, &facts.place)?;
        may_add_there(&facts, new)?;
        if whom.len() > MOST {
            return Ok(Several::TooMany);
        }
        let role = role(&ctx, new).await;
        let people = facts.people(&ctx, whom).await?;
        may_add_any(&facts, &people)?;
        let mut tried: Vec<Tried<'_>> = Vec::with_capacity(people.len());
        for (index, whom) in whom.iter().enumerate() {
            let Some(person) = whom.among(&people) else {
                continue;
            };
            if let Some(earlier) = tried.iter_mut().find(|tried| tried.person.user_id == person.user_id) {
                earlier.also.push(index);
                continue;
            }
            let outcome = match &role {
                Ok(role) => try_one(&ctx, &tx, &facts, person, new, role.as_ref()).await,
                Err(fault) => Err(fault.clone()),
            };
            tried.push(Tried {
                index,
                also: Vec::new(),
                person,
                problems: outcome.map_or_else(problems, |_| Ok(Vec::new()))?,
            });
        }
        Ok(Several::Tried(shown(&ctx, &facts, tried).await?))
    })
    .await
}

/// One of several, before what is stored is read back.
struct Tried<'a> {
    index: usize,
    also: Vec<usize>,
    person: &'a Person,
    /// Why it is not stored; nothing when it is.
    problems: Vec<Problem>,
}

/// What became of each, with the members as they are stored.
async fn shown(ctx: &Ctx, facts: &Facts, tried: Vec<Tried<'_>>) -> Result<Vec<Added>> {
    let stored = tried.iter().filter(|tried| tried.problems.is_empty());
    let stored: Vec<i64> = stored.map(|tried| tried.person.user_id.0).collect();
    let mut members = find::written(ctx, &facts.standing, &stored).await?;
    let added = tried.into_iter().map(|tried| {
        let outcome = if tried.problems.is_empty() {
            let place = members.iter().position(|member| member.user.id == tried.person.user_id);
            let place = place.ok_or(Error::NotFound(Thing::Row))?;
            Ok(members.swap_remove(place))
        } else {
            Err(tried.problems)
        };
        Ok(Added {
            index: tried.index,
            also: tried.also,
            username: tried.person.username.clone(),
            outcome,
        })
    });
    added.collect()
}

/// Adds or changes one of several.
pub(super) async fn try_one(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    person: &Person,
    new: &NewMember,
    role: Option<&RoleFacts>,
) -> Result<MemberId> {
    let person = &facts.as_of_now(ctx, person).await?;
    if facts.is_personal_owner(person.user_id) {
        return Err(Error::Refused(Reason::PersonalOwner));
    }
    match person.membership() {
        Some(held) => policy::update(&facts.hand, &facts.place, &facts.target(ctx, person, &held))?,
        None => policy::add(&facts.hand, &facts.place, person.user_type)?,
    }
    settle(ctx, tx, facts, person, new, role).await
}

/// Checks the row and the right to give it, and stores it over whatever row is there.
async fn settle(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    person: &Person,
    new: &NewMember,
    role: Option<&RoleFacts>,
) -> Result<MemberId> {
    let membership = person.membership();
    let present = membership.as_ref().map(|held| held.level);
    let draft = Draft {
        level: new.access_level,
        role,
        keeps_role: false,
        present,
        expires_at: new.expires_at,
        is_new: membership.is_none(),
        by_admin: facts.hand.admin,
    };
    let faults = validate::faults(facts, person, &draft);
    let level = match AccessLevel::from_number(new.access_level) {
        Some(level) if faults.is_empty() => level,
        _ => return Err(Error::Faulty(faults)),
    };
    let above_own = |_| Error::AboveOwn(person.username.clone());
    policy::give(&facts.hand, &facts.place, level, present).map_err(above_own)?;
    if let Some(role) = role {
        policy::give_role(&facts.hand, &role.permissions.0).map_err(above_own)?;
    }
    let wanted = Wanted {
        level,
        role: role.map(|role| (role.id, role.name.clone())),
        expires_at: new.expires_at,
        invite_source: new.invite_source.clone(),
    };
    match (membership, person.held()) {
        (Some(held), _) => store::change(ctx, tx, facts, person, &held, &wanted).await,
        (None, Some(held)) if held.requested => store::raise(ctx, tx, facts, person, &held, &wanted).await,
        (None, held) => {
            if let Some(held) = held {
                store::clear_expired(ctx, tx, facts, person, &held).await?;
            }
            store::create(ctx, tx, facts, person, &wanted).await
        }
    }
}

/// Is there already. A minimal row of a group does not count: adding raises it.
fn is_member(facts: &Facts, person: &Person) -> bool {
    let is_minimal = |level| facts.place.kind == SourceKind::Group && level == AccessLevel::MinimalAccess;
    facts.is_personal_owner(person.user_id) || person.membership().is_some_and(|held| !is_minimal(held.level))
}

/// What is refused whoever is added.
fn may_add_there(facts: &Facts, new: &NewMember) -> Result<()> {
    let makes_owner = new.access_level == i64::from(AccessLevel::Owner.number());
    if facts.place.kind == SourceKind::Project && makes_owner && !facts.hand.is_owner() {
        return Err(Error::Refused(Reason::LevelAboveOwn));
    }
    if facts.place.membership_lock {
        return Err(Error::Refused(Reason::MembershipLocked));
    }
    Ok(())
}

/// A synced group takes service accounts only: where one is among them, each is told alone, else all are refused as one would be.
fn may_add_any(facts: &Facts, people: &[Person]) -> Result<()> {
    let may_be_added = |user_type| policy::add(&facts.hand, &facts.place, user_type);
    if facts.place.ldap_synced && people.iter().all(|person| may_be_added(person.user_type).is_err()) {
        may_be_added(UserType::Human)?;
    }
    Ok(())
}

/// The custom role that is asked for.
async fn role(ctx: &Ctx, new: &NewMember) -> Result<Option<RoleFacts>> {
    match new.member_role_id {
        None => Ok(None),
        Some(id) => match Facts::role(ctx, id).await? {
            Some(role) => Ok(Some(role)),
            None => Err(Error::Faulty(vec![no_such_role()])),
        },
    }
}

pub(super) fn no_such_role() -> Fault {
    Fault::new("member_role", "not found", Code::NotFound)
}

/// What the caller can be told of one item; an error of another kind is one of the whole call.
pub(super) fn problems(error: Error) -> Result<Vec<Problem>> {
    match error {
        Error::Refused(reason) => Ok(vec![Problem {
            message: reason.of_item().to_owned(),
            code: reason.code(),
            field: reason.field(),
            item: None,
        }]),
        Error::AboveOwn(_) => Ok(vec![Problem {
            message: Reason::LevelAboveOwn.of_item().to_owned(),
            code: Code::AccessLevelNotAllowed,
            field: Some("access_level"),
            item: None,
        }]),
        Error::Faulty(faults) => Ok(faults
            .into_iter()
            .map(|fault| Problem {
                message: fault.sentence(),
                code: fault.code,
                field: Some(fault.field),
                item: None,
            })
            .collect()),
        error => Err(error),
    }
}

impl Several {
    /// Whether nobody was named who is somebody.
    pub fn is_nobody(&self) -> bool {
        matches!(self, Self::Tried(added) if added.is_empty())
    }
}

/// Whom a call names, each once, in the order given.
pub fn once(whom: Vec<Whom>) -> Vec<Whom> {
    let mut named = HashSet::new();
    whom.into_iter().filter(|whom| named.insert(whom.clone())).collect()
}
