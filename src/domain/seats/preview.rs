//! What a set of changes would cost: they are done, counted, and undone.

use std::collections::BTreeSet;

use sea_orm::FromQueryResult;

use super::find::require_owner;
use super::{ledger, remove, usage};
use crate::db::Touched;
use crate::domain::members::{self, Became, MOST, MemberChange, NewMember, Several, Via, Whom};
use crate::domain::shares::{self, NewShare};
use crate::domain::standing::{self, Group, Name};
use crate::domain::users::{self, User};
use crate::domain::{Ctx, Error, Result};
use crate::types::{NamespaceId, SourceKind, UserId, fold};

/// How many people each list of a preview names.
pub const NAMED: usize = 100;

/// A change that may cost seats.
#[derive(Clone, Debug)]
pub enum Change {
    /// People become members, addresses of nobody are invited.
    Invite {
        /// Where.
        kind: SourceKind,
        /// Where.
        name: Name,
        /// Whom.
        whom: Vec<Whom>,
        /// With what.
        new: NewMember,
    },
    /// A direct member is changed.
    Update {
        /// Where.
        kind: SourceKind,
        /// Where.
        name: Name,
        /// Whose membership.
        user: UserId,
        /// How.
        change: MemberChange,
    },
    /// A billable user is removed from the whole hierarchy.
    Remove(UserId),
    /// A group or project is shared with a group.
    Share {
        /// What.
        kind: SourceKind,
        /// What.
        name: Name,
        /// With whom.
        new: NewShare,
    },
}

/// What changes would cost.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Seats that are taken now.
    pub in_use_now: u64,
    /// Seats that would be taken then.
    pub in_use_after: u64,
    /// Seats at most.
    pub cap: Option<u64>,
    /// Who would take a seat then and takes none now; by number, the first [`NAMED`].
    pub new_users: Vec<User>,
    /// Addresses of nobody that would be invited, in lower case.
    pub new_addresses: Vec<String>,
    /// Who takes a seat now and would take none then; by number, the first [`NAMED`].
    pub gone_users: Vec<User>,
    /// Who would have to wait for a seat; by number, the first [`NAMED`].
    pub waiting_users: Vec<User>,
}

/// What the changes, done one after the other, would cost the top-level group. Nothing is changed.
///
/// # Errors
/// As [`super::page`]; `Invalid` for a change that could not be made, which says which one and why.
pub async fn preview(ctx: &Ctx, group: &Group, changes: &[Change]) -> Result<Preview> {
    require_owner(ctx, group)?;
    if changes.len() > MOST {
        return Err(Error::Invalid(format!("changes must not name more than {MOST}")));
    }
    let root = NamespaceId::of_group(group.id);
    let before = usage::in_use(ctx, root).await?;
    ctx.rehearse(|inside| async move {
        let mut addresses = BTreeSet::new();
        for (index, change) in changes.iter().enumerate() {
            let made = Box::pin(make(&inside, group, change, &mut addresses)).await;
            made.map_err(|error| at(index, error))?;
        }
        let after = usage::in_use(&inside, root).await?;
        let touched = inside.tx().map(crate::db::WriteTx::touched).unwrap_or_default();
        // What is outside of this transaction is as it was before.
        let (seated, seated_before) = (
            seated(&inside, root, &touched).await?,
            seated(ctx, root, &touched).await?,
        );
        let (waiting, waiting_before) = (
            waiting(&inside, root, &touched).await?,
            waiting(ctx, root, &touched).await?,
        );
        Ok(Preview {
            in_use_now: before,
            in_use_after: after,
            cap: group.seat_cap.and_then(|cap| u64::try_from(cap).ok()),
            new_users: named(&inside, seated.difference(&seated_before)).await?,
            new_addresses: addresses.into_iter().collect(),
            gone_users: named(&inside, seated_before.difference(&seated)).await?,
            waiting_users: named(&inside, waiting.difference(&waiting_before)).await?,
        })
    })
    .await
}

async fn make(ctx: &Ctx, group: &Group, change: &Change, addresses: &mut BTreeSet<String>) -> Result<()> {
    match change {
        Change::Invite { kind, name, whom, new } => {
            require_inside(ctx, group, *kind, name).await?;
            let new = NewMember {
                via: Via::Invitations,
                ..new.clone()
            };
            match members::add_several(ctx, *kind, name, whom, &new).await? {
                Several::Tried(added) => invited(whom, added, addresses),
                Several::TooMany => Err(Error::Invalid(format!("Too many users specified (limit is {MOST})"))),
                Several::TooManyToday(most) => Err(Error::Invalid(format!("Invite limit of {most} per day exceeded."))),
            }
        }
        Change::Update {
            kind,
            name,
            user,
            change,
        } => {
            require_inside(ctx, group, *kind, name).await?;
            members::update(ctx, *kind, name, user.0, change).await.map(drop)
        }
        Change::Remove(user) => remove::remove(ctx, &Name::Id(group.id.0), user.0).await.map(drop),
        Change::Share { kind, name, new } => {
            require_inside(ctx, group, *kind, name).await?;
            shares::create(ctx, *kind, name, new).await.map(drop)
        }
    }
}

/// The addresses that were invited; a fault when somebody was not.
fn invited(whom: &[Whom], added: Vec<members::Added>, addresses: &mut BTreeSet<String>) -> Result<()> {
    let mut left: BTreeSet<_> = (0..whom.len()).collect();
    for members::Added {
        index,
        also,
        name,
        outcome,
    } in added
    {
        for place in also.into_iter().chain([index]) {
            left.remove(&place);
        }
        match outcome {
            Ok(Became::Member(_)) => {}
            Ok(Became::Invitation(_)) => {
                addresses.insert(fold(&name));
            }
            Err(problems) => {
                let problems: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
                return Err(Error::Invalid(format!("{name}: {}", problems.join(", "))));
            }
        }
    }
    match left.first() {
        Some(place) => Err(Error::Invalid(format!("invitees[{place}]: there is no such user"))),
        None => Ok(()),
    }
}

async fn require_inside(ctx: &Ctx, group: &Group, kind: SourceKind, name: &Name) -> Result<()> {
    let source = standing::find(ctx, kind, name).await?;
    if source.root() == NamespaceId::of_group(group.id) {
        Ok(())
    } else {
        Err(Error::Invalid("source lies in another hierarchy".to_owned()))
    }
}

/// The fault of one of the changes; a fault of ours stays what it is.
fn at(index: usize, error: Error) -> Error {
    match error {
        Error::Unavailable(_) | Error::Timeout | Error::Internal(_) | Error::Unauthenticated => error,
        Error::NotFound(_) | Error::Forbidden(_) => Error::Invalid(format!(
            "changes[{index}]: what it names does not exist, or you may not change it"
        )),
        error => Error::Invalid(format!("changes[{index}]: {error}")),
    }
}

#[derive(FromQueryResult)]
struct Found {
    user_id: UserId,
}

/// Those of the touched people who take a seat.
async fn seated(ctx: &Ctx, root: NamespaceId, touched: &[Touched]) -> Result<BTreeSet<UserId>> {
    let mut sql = ctx.conn().sql();
    let Some(people) = ledger::people(&mut sql, touched.to_vec()) else {
        return Ok(BTreeSet::new());
    };
    let root = sql.bind(root.0);
    sql.push(format!(
        "SELECT s.user_id FROM seats s WHERE s.root_id = {root} AND s.state = 0 AND s.user_id IN ({people})"
    ));
    let found: Vec<Found> = sql.all().await?;
    Ok(found.into_iter().map(|found| found.user_id).collect())
}

/// Those of the touched people who wait somewhere in the hierarchy.
async fn waiting(ctx: &Ctx, root: NamespaceId, touched: &[Touched]) -> Result<BTreeSet<UserId>> {
    let mut sql = ctx.conn().sql();
    let Some(people) = ledger::people(&mut sql, touched.to_vec()) else {
        return Ok(BTreeSet::new());
    };
    let root = sql.bind(root.0);
    sql.push(format!(
        "SELECT DISTINCT m.user_id FROM members m
          WHERE m.user_id IN ({people}) AND m.state = 1 AND m.requested_at IS NULL
            AND CASE m.source_kind WHEN 1 THEN EXISTS (SELECT 1 FROM namespaces n WHERE n.id = m.source_id AND n.root_id = {root})
                                   ELSE EXISTS (SELECT 1 FROM projects p WHERE p.id = m.source_id AND p.root_id = {root}) END"
    ));
    let found: Vec<Found> = sql.all().await?;
    Ok(found.into_iter().map(|found| found.user_id).collect())
}

/// The first of these users, by number.
async fn named(ctx: &Ctx, users: impl Iterator<Item = &UserId>) -> Result<Vec<User>> {
    let ids: Vec<_> = users.copied().take(NAMED).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut users = users::by_ids(ctx, &ids).await?;
    users.sort_by_key(|user| user.id);
    Ok(users)
}
