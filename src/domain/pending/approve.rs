//! Approving who waits: one user or address, or everybody.

use sea_orm::FromQueryResult;

use super::store::{self, Whose};
use super::{require_top_level, stored};
use crate::db::WriteTx;
use crate::domain::invitations::{self, Invitation};
use crate::domain::members::Member;
use crate::domain::members::facts::{Facts, seen};
use crate::domain::policy;
use crate::domain::standing::{self, Name};
use crate::domain::{Ctx, Error, Result, Thing};
use crate::types::{GroupId, MemberId, MemberState, Source, SourceKind, UserId};

/// What a row is that was approved.
#[derive(Clone, Debug)]
pub enum Approved {
    /// A membership.
    Member(Member),
    /// An invitation.
    Invitation(Invitation),
}

/// Makes everything that waits in the hierarchy of the group count, of the user whose row it is that is named, or of the address that it invites;
/// answers the rows. The row itself may lie elsewhere.
///
/// # Errors
/// `NotFound` for the group, and `NotFound(Membership)`; `Forbidden` for others than owners of a top-level group; `Refused` with `LdapSynced` or
/// `NothingToSet`.
pub async fn approve(ctx: &Ctx, name: &Name, row: MemberId) -> Result<Vec<MemberId>> {
    let (source, lock) = seen(ctx, SourceKind::Group, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let whose = find(&ctx, row).await?.whose()?;
        activate(&ctx, &tx, source, &whose).await
    })
    .await
}

/// Makes everything that waits in the hierarchy of the group count; answers the rows.
///
/// # Errors
/// As [`approve`].
pub async fn approve_all(ctx: &Ctx, name: &Name) -> Result<Vec<MemberId>> {
    let (source, lock) = seen(ctx, SourceKind::Group, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        activate(&ctx, &tx, source, &Whose::Everybody).await
    })
    .await
}

/// The same, for who wants to see them: answers the memberships as they now are.
///
/// # Errors
/// As [`approve`].
pub async fn approve_all_shown(ctx: &Ctx, name: &Name) -> Result<Vec<Member>> {
    let (_, lock) = seen(ctx, SourceKind::Group, name).await?;
    ctx.write(lock, |ctx, _| async move {
        let rows = approve_all(&ctx, name).await?;
        stored(&ctx, &rows).await
    })
    .await
}

/// As [`approve`] in the hierarchy of the row itself, which is one of this kind of source, or of none where an invitation is meant; answers the row as it
/// now is.
///
/// # Errors
/// As [`approve`].
pub async fn approve_one(ctx: &Ctx, row: MemberId, kind: Option<SourceKind>) -> Result<Approved> {
    let group = home(ctx, row, kind).await?;
    let name = &Name::Id(group.0);
    let (_, lock) = seen(ctx, SourceKind::Group, name).await?;
    ctx.write(lock, |ctx, _| async move {
        approve(&ctx, name, row).await?;
        if let Some(member) = stored(&ctx, &[row]).await?.pop() {
            return Ok(Approved::Member(member));
        }
        let invitation = invitations::read(&ctx, &[row]).await?.pop();
        invitation.map(Approved::Invitation).ok_or(Error::NotFound(Thing::Row))
    })
    .await
}

/// The top-level group in whose hierarchy a row lies.
async fn home(ctx: &Ctx, row: MemberId, kind: Option<SourceKind>) -> Result<GroupId> {
    ctx.require_caller()?;
    let found = match find(ctx, row).await {
        Err(Error::NotFound(thing)) => return standing::missing(ctx, thing).await,
        found => found?,
    };
    let is_meant = match kind {
        Some(kind) => found.source_kind == kind,
        None => found.user_id.is_none(),
    };
    found
        .root_group
        .filter(|_| is_meant)
        .ok_or(Error::NotFound(Thing::Membership))
}

async fn activate(ctx: &Ctx, tx: &WriteTx, source: Source, whose: &Whose) -> Result<Vec<MemberId>> {
    let facts = Facts::load(ctx, source).await?;
    require_top_level(&facts)?;
    policy::activate(&facts.hand, &facts.place)?;
    let rows = store::rows(ctx, &facts, whose, MemberState::Active).await?;
    store::set(ctx, tx, &facts, rows, MemberState::Active).await
}

/// Whose a row is, and where.
#[derive(FromQueryResult)]
struct Found {
    source_kind: SourceKind,
    user_id: Option<UserId>,
    email_norm: Option<String>,
    /// The topmost group of its hierarchy; none in a personal namespace.
    root_group: Option<GroupId>,
}

async fn find(ctx: &Ctx, row: MemberId) -> Result<Found> {
    let mut sql = ctx.conn().sql();
    let row = sql.bind(row.0);
    sql.push(format!(
        "SELECT m.source_kind, m.user_id, m.email_norm, r.id AS root_group
           FROM members m
           LEFT JOIN namespaces n ON n.id = m.source_id AND m.source_kind = 1
           LEFT JOIN projects p ON p.id = m.source_id AND m.source_kind = 2
           LEFT JOIN namespaces r ON r.id = COALESCE(n.root_id, p.root_id) AND r.kind = 'group'
          WHERE m.id = {row}"
    ));
    sql.one().await?.ok_or(Error::NotFound(Thing::Membership))
}

impl Found {
    fn whose(self) -> Result<Whose> {
        match (self.user_id, self.email_norm) {
            (Some(user), _) => Ok(Whose::User(user)),
            (None, Some(address)) => Ok(Whose::Address(address)),
            (None, None) => Err(Error::NotFound(Thing::Membership)),
        }
    }
}
