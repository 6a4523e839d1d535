//! Adding members: one, or several each on their own.

use std::collections::{BTreeSet, HashSet};

use chrono::NaiveDate;

use super::facts::{Facts, Person, RoleFacts, Whom, seen};
use super::store::{self, Wanted};
use super::validate::{self, Draft};
use super::{Member, find};
use crate::db::WriteTx;
use crate::domain::invitations::{self, Invitation, Invited};
use crate::domain::policy::{self, Code, Reason};
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Fault, Result, Thing};
use crate::types::{AccessLevel, MemberId, SourceKind, UserType, fold};

/// As many as one call may name.
pub const MOST: usize = 100;

/// By which of two calls people are added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// That for members.
    #[default]
    Members,
    /// That for invitations, which a synced group refuses whoever is named.
    Invitations,
}

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
    /// By which call.
    pub via: Via,
}

/// What one of several is now.
#[derive(Clone, Debug)]
pub enum Became {
    /// A member.
    Member(Member),
    /// Invited: nobody has the address.
    Invitation(Invitation),
}

/// What became of one of several.
#[derive(Clone, Debug)]
pub struct Added {
    /// Where it was named in the call, from 0; the first place when it was named twice.
    pub index: usize,
    /// Where else it was named.
    pub also: Vec<usize>,
    /// The user's name, or the address as it was given.
    pub name: String,
    /// The membership or the invitation, or why there is none.
    pub outcome: std::result::Result<Became, Vec<Problem>>,
}

/// What became of a call for several.
#[derive(Clone, Debug)]
pub enum Several {
    /// More than [`MOST`] were named; nothing was done.
    TooMany,
    /// More addresses would be invited on this day than this, which is as many as may be; nothing was done.
    TooManyToday(u64),
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
        may_make_owners(&facts, new)?;
        is_unlocked(&facts)?;
        policy::add(&facts.hand, &facts.place, person.user_type)?;
        let role = role(&ctx, new).await?;
        settle(&ctx, &tx, &facts, &person, new, role.as_ref()).await?;
        find::written_one(&ctx, &facts.standing, person.user_id.0).await
    })
    .await
}

/// Makes several people direct members, and changes those who are; invites addresses that are nobody's. Each is tried alone: who fails keeps nobody
/// else out.
///
/// # Errors
/// `NotFound` for the source; `Forbidden` for who may add nobody there; `Refused` with `MembershipLocked`, `LdapSynced`, or `LevelAboveOwn` for who
/// would make owners of a project without being one.
pub async fn add_several(ctx: &Ctx, kind: SourceKind, name: &Name, whom: &[Whom], new: &NewMember) -> Result<Several> {
    let (source, lock) = seen(ctx, kind, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        may_invite(&facts, new.via)?;
        may_make_owners(&facts, new)?;
        if whom.len() > MOST {
            return Ok(Several::TooMany);
        }
        is_unlocked(&facts)?;
        let people = facts.people(&ctx, whom).await?;
        let addresses = nobodys(whom, &people);
        if new.via == Via::Members {
            may_add_any(&facts, &people)?;
        }
        let role = role(&ctx, new).await;
        let present = invitations::present(&ctx, source, &addresses).await?;
        if let Some(most) = ctx.app.invites_per_day.map(|most| u64::from(most.get()))
            && let further @ 1.. = addresses.len() - present.len()
            && invitations::daily(&ctx, facts.standing.root()).await? + further as u64 > most
        {
            return Ok(Several::TooManyToday(most));
        }
        let mut tried: Vec<Tried<'_>> = Vec::with_capacity(whom.len());
        for (index, whom) in whom.iter().enumerate() {
            let Some(who) = Who::of(whom, &people) else {
                continue;
            };
            if let Some(earlier) = tried.iter_mut().find(|tried| tried.who.is(&who)) {
                earlier.also.push(index);
                continue;
            }
            let outcome = match (&role, &who) {
                (Err(fault), _) => Err(fault.clone()),
                (Ok(role), Who::Person(person)) => try_one(&ctx, &tx, &facts, person, new, role.as_ref()).await,
                (Ok(_), Who::Address { address, .. }) if is_invited(&tried, address) => Err(invitations::taken()),
                (Ok(role), Who::Address { given, address }) => {
                    let invited = Invited {
                        given,
                        address,
                        present: present.iter().find(|present| present.email_norm == *address),
                    };
                    invitations::invite(&ctx, &tx, &facts, &invited, new, role.as_ref()).await
                }
            };
            let outcome = match outcome {
                Ok(row) => Ok(row),
                Err(error) => Err(problems(new.via.words(error))?),
            };
            let also = Vec::new();
            tried.push(Tried {
                index,
                also,
                who,
                outcome,
            });
        }
        Ok(Several::Tried(shown(&ctx, &facts, tried).await?))
    })
    .await
}

/// Whom a call means by one of the names it gives.
enum Who<'a> {
    /// Somebody.
    Person(&'a Person),
    /// Nobody: an address as it was given, and in lower case.
    Address { given: &'a str, address: String },
}

impl<'a> Who<'a> {
    fn of(whom: &'a Whom, people: &'a [Person]) -> Option<Self> {
        match (whom.among(people), whom) {
            (Some(person), _) => Some(Self::Person(person)),
            (None, Whom::Email(given)) => Some(Self::Address {
                given,
                address: fold(given),
            }),
            (None, Whom::Id(_) | Whom::Username(_)) => None,
        }
    }

    /// Whether it is the same; another spelling of an address is not.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Person(one), Self::Person(other)) => one.user_id == other.user_id,
            (Self::Address { given: one, .. }, Self::Address { given: other, .. }) => one == other,
            _ => false,
        }
    }
}

/// The addresses, in lower case, that belong to nobody.
fn nobodys(whom: &[Whom], people: &[Person]) -> BTreeSet<String> {
    let addresses = whom.iter().filter_map(|whom| match Who::of(whom, people) {
        Some(Who::Address { given, address }) => invitations::is_address(given).then_some(address),
        Some(Who::Person(_)) | None => None,
    });
    addresses.collect()
}

/// Another spelling of the address was invited earlier in the same call.
fn is_invited(tried: &[Tried<'_>], address: &str) -> bool {
    let is_same = |tried: &Tried<'_>| matches!(&tried.who, Who::Address { address: earlier, .. } if earlier == address);
    tried.iter().any(|tried| is_same(tried) && tried.outcome.is_ok())
}

/// One of several, before what is stored is read back.
struct Tried<'a> {
    index: usize,
    also: Vec<usize>,
    who: Who<'a>,
    /// The row that is stored, or why none is.
    outcome: std::result::Result<MemberId, Vec<Problem>>,
}

/// What became of each, with the members and invitations as they are stored.
async fn shown(ctx: &Ctx, facts: &Facts, tried: Vec<Tried<'_>>) -> Result<Vec<Added>> {
    let (mut users, mut rows) = (Vec::new(), Vec::new());
    for tried in &tried {
        match (&tried.who, &tried.outcome) {
            (_, Err(_)) => {}
            (Who::Person(person), Ok(_)) => users.push(person.user_id.0),
            (Who::Address { .. }, Ok(row)) => rows.push(*row),
        }
    }
    let mut members = find::written(ctx, &facts.standing, &users).await?;
    let mut invited = if rows.is_empty() {
        Vec::new()
    } else {
        invitations::read(ctx, &rows).await?
    };
    let added = tried.into_iter().map(|tried| {
        let Tried {
            index,
            also,
            who,
            outcome,
        } = tried;
        let mut stored = |row| {
            let became = match &who {
                Who::Person(person) => {
                    take(&mut members, |member| member.user.id == person.user_id).map(Became::Member)
                }
                Who::Address { .. } => take(&mut invited, |invitation| invitation.id == row).map(Became::Invitation),
            };
            became.ok_or(Error::NotFound(Thing::Row))
        };
        let outcome = match outcome {
            Ok(row) => Ok(stored(row)?),
            Err(problems) => Err(problems),
        };
        let name = match who {
            Who::Person(person) => person.username.clone(),
            Who::Address { given, .. } => given.to_owned(),
        };
        Ok(Added {
            index,
            also,
            name,
            outcome,
        })
    });
    added.collect()
}

fn take<T>(list: &mut Vec<T>, is_it: impl Fn(&T) -> bool) -> Option<T> {
    let place = list.iter().position(is_it)?;
    Some(list.swap_remove(place))
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
    let draft = new.draft(facts, role, present);
    let faults = validate::faults(facts, person, &draft);
    let wanted = new.wanted(facts, &draft, faults, &person.username)?;
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

/// The right to add anybody at all.
fn may_invite(facts: &Facts, via: Via) -> Result<()> {
    let right = match via {
        Via::Members => policy::manage(&facts.hand, &facts.place),
        Via::Invitations => policy::invite(&facts.hand, &facts.place),
    };
    Ok(right?)
}

/// Only owners of a project make owners of it, whoever is named.
fn may_make_owners(facts: &Facts, new: &NewMember) -> Result<()> {
    let makes_owner = new.access_level == i64::from(AccessLevel::Owner.number());
    if facts.place.kind == SourceKind::Project && makes_owner && !facts.hand.is_owner() {
        return Err(Error::Refused(Reason::LevelAboveOwn));
    }
    Ok(())
}

/// What nobody may do while it is locked, administrators neither.
fn is_unlocked(facts: &Facts) -> Result<()> {
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

pub(in crate::domain) fn no_such_role() -> Fault {
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

impl NewMember {
    /// The row that it would make, or make of one that gives `present`.
    pub(in crate::domain) fn draft<'a>(
        &self,
        facts: &Facts,
        role: Option<&'a RoleFacts>,
        present: Option<AccessLevel>,
    ) -> Draft<'a> {
        Draft {
            level: self.access_level,
            role,
            keeps_role: false,
            present,
            expires_at: self.expires_at,
            is_new: present.is_none(),
            by_admin: facts.hand.admin,
        }
    }

    /// What the row is to give, if nothing is wrong with it and it is the actor's to give; `name` is that of whom it is given to.
    pub(in crate::domain) fn wanted(
        &self,
        facts: &Facts,
        draft: &Draft<'_>,
        faults: Vec<Fault>,
        name: &str,
    ) -> Result<Wanted> {
        let level = draft.sound_level(faults)?;
        let above_own = |_| Error::AboveOwn(name.to_owned());
        policy::give(&facts.hand, &facts.place, level, draft.present).map_err(above_own)?;
        if let Some(role) = draft.role {
            policy::give_role(&facts.hand, &role.permissions.0).map_err(above_own)?;
        }
        Ok(Wanted {
            level,
            role: draft.role.map(|role| (role.id, role.name.clone())),
            expires_at: self.expires_at,
            invite_source: self.invite_source.clone(),
        })
    }
}

impl Via {
    /// A refusal as GitLab words it in this call: for invitations it escapes one text that is plain for members.
    fn words(self, error: Error) -> Error {
        match (self, error) {
            (Self::Invitations, Error::Faulty(mut faults)) => {
                for fault in faults.iter_mut().filter(|fault| fault.field == "user") {
                    fault.text = fault.text.replace('\'', "&#39;");
                }
                Error::Faulty(faults)
            }
            (_, error) => error,
        }
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
