//! Accepting an invitation.

use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, FromQueryResult};

use super::invite::Present;
use super::offer::{as_seen, follow, with_rights};
use super::{Invitation, Offer, find, links};
use crate::db::{Lock, WriteTx};
use crate::domain::error::NotAccepted;
use crate::domain::journal::{self, Happening};
use crate::domain::members::facts::{Facts, Person, Whom};
use crate::domain::members::store::{self, Wanted};
use crate::domain::members::{self, Member};
use crate::domain::notices::{self, Notice};
use crate::domain::standing::Standing;
use crate::domain::{Ctx, Error, Result, Thing};
use crate::entity::member;
use crate::types::{MemberId, MemberState, NamespaceId, Source, SourceKind, UserId, UserState};

/// What became of an invitation that was accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The invitation as it now is.
    pub invitation: Invitation,
    /// What it offered.
    pub offer: Offer,
    /// The new membership.
    pub member: Member,
    /// Where to, as the new member sees it; who has to wait for a seat may still see nothing of it.
    pub standing: Standing,
}

/// Makes the caller a member by the link with that token: fills in the user on the invitation's row. Everything stays as it was when it cannot be.
///
/// # Errors
/// `Unauthenticated`; `NotFound(InvitationLink)` when the link leads nowhere, or no more; `NotAccepted`.
pub async fn accept(ctx: &Ctx, token: &str) -> Result<Accepted> {
    let caller = ctx.require_caller()?.id;
    let (_, standing) = follow(ctx, token).await?;
    ctx.write(Lock::Root(standing.root()), |ctx, tx| async move {
        // Somebody else may have answered it by now.
        let (before, _) = follow(&ctx, token).await?;
        let system = with_rights(&ctx);
        let facts = Facts::load(&system, before.source).await?;
        let present = find::present(&ctx, before.id).await?;
        let present = present.ok_or(Error::NotFound(Thing::InvitationLink))?;
        let person = facts.people(&system, &[Whom::Id(caller.0)]).await?.pop();
        let person = person.ok_or(Error::Unauthenticated)?;
        may_accept(&facts, &person, &present).map_err(Error::NotAccepted)?;
        let offer = Offer::of(&before, &facts.standing, false);
        join(&ctx, &tx, &facts, &person, &present).await?;
        let standing = as_seen(&ctx, facts.standing).await?;
        Ok(Accepted {
            invitation: find::by_id(&ctx, before.id).await?,
            offer,
            member: members::written_one(&ctx, &standing, caller.0).await?,
            standing,
        })
    })
    .await
}

fn may_accept(facts: &Facts, person: &Person, present: &Present) -> std::result::Result<(), NotAccepted> {
    let is_member = person.membership().is_some() || facts.is_personal_owner(person.user_id);
    let below = person
        .inherited()
        .is_some_and(|above| above.level > present.access_level);
    // Whoever joins is known by the primary address from then on, whichever was invited.
    let admitted = facts.admits(&present.email_norm) && (person.user_type.is_bot() || facts.admits(&person.email_norm));
    let refusals = [
        (
            !person.has_address(&present.email_norm) || person.state != UserState::Active,
            NotAccepted::NotYours,
        ),
        (is_member, NotAccepted::AlreadyMember),
        (
            present.expires_at.is_some_and(|day| day < facts.today),
            NotAccepted::Ended,
        ),
        (facts.place.membership_lock, NotAccepted::MembershipLocked),
        (below, NotAccepted::BelowInherited),
        (!admitted, NotAccepted::OutsideDomains),
    ];
    match refusals.into_iter().find(|(refused, _)| *refused) {
        Some((_, reason)) => Err(reason),
        None => Ok(()),
    }
}

/// A pending invitation to somebody who is about to be known.
#[derive(Clone, Debug, FromQueryResult)]
pub(in crate::domain) struct Waiting {
    id: MemberId,
    source_kind: SourceKind,
    source_id: i64,
    /// The hierarchy of the source.
    pub(in crate::domain) root: NamespaceId,
}

/// The pending invitations of these addresses, in lower case, oldest first.
pub(in crate::domain) async fn to_addresses(ctx: &Ctx, addresses: &[String]) -> Result<Vec<Waiting>> {
    let mut sql = ctx.conn().sql();
    let which = sql.any_word("m.email_norm", addresses);
    sql.push(format!(
        "SELECT m.id, m.source_kind, m.source_id, COALESCE(n.root_id, p.root_id) AS root
           FROM members m
           LEFT JOIN namespaces n ON m.source_kind = 1 AND n.id = m.source_id
           LEFT JOIN projects p ON m.source_kind = 2 AND p.id = m.source_id
          WHERE {which} AND m.user_id IS NULL AND m.invite_email IS NOT NULL ORDER BY m.id"
    ));
    Ok(sql.all().await?)
}

/// Makes a new user a member by each of these invitations, whose hierarchies are held. What could not be accepted by its link either is left as it is.
pub(in crate::domain) async fn accept_all(ctx: &Ctx, tx: &WriteTx, user: UserId, waiting: &[Waiting]) -> Result<()> {
    let system = with_rights(ctx);
    for invitation in waiting {
        // Somebody may have answered it before the hierarchy was held.
        let present = find::present(ctx, invitation.id).await?;
        let Some(present) = present.filter(|present| present.user_id.is_none()) else {
            continue;
        };
        let source = Source::new(invitation.source_kind, invitation.source_id);
        let facts = Facts::load(&system, source).await?;
        let person = facts.people(&system, &[Whom::Id(user.0)]).await?.pop();
        let person = person.ok_or(Error::NotFound(Thing::User))?;
        let may_join = person.held().is_none() && may_accept(&facts, &person, &present).is_ok();
        if may_join {
            join(ctx, tx, &facts, &person, &present).await?;
        }
    }
    Ok(())
}

async fn join(ctx: &Ctx, tx: &WriteTx, facts: &Facts, person: &Person, present: &Present) -> Result<()> {
    // A request of the same person, or a membership whose time is over, gives way.
    if let Some(held) = person.held() {
        if held.requested {
            member::Entity::delete_by_id(held.id).exec(&tx.conn()).await?;
        } else {
            store::clear_expired(ctx, tx, facts, person, &held).await?;
        }
    }
    let state = match present.state {
        MemberState::Awaiting => MemberState::Awaiting,
        // Seats may have been taken since.
        MemberState::Active => store::first_state(ctx, facts, person, Some(present.id)).await?,
    };
    let row = member::ActiveModel {
        id: Unchanged(present.id),
        user_id: Set(Some(person.user_id)),
        state: Set(state),
        accepted_at: Set(Some(tx.now())),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    row.update(&tx.conn()).await?;
    links::void(tx, present.id).await?;
    let grant = present.grant();
    let subject = person.subject(present.id, grant.clone());
    journal::record(ctx, tx, &Happening::Accepted, &facts.scene(), &subject).await?;
    let wanted = Wanted {
        level: grant.level,
        role: grant.role,
        expires_at: grant.expires_at,
        invite_source: None,
    };
    let mut mail = vec![store::granted(facts, person, &wanted)];
    mail.extend(present.created_by_id.map(|inviter| Notice::InvitationAccepted {
        user: inviter,
        address: present.email_norm.clone(),
        member: person.name.clone(),
        place: facts.mail_place(),
    }));
    notices::queue(tx, &mail).await
}

impl Accepted {
    /// `You have been granted access to the Tools group with the following role: Developer.`
    pub fn message(&self) -> String {
        let Offer { name, role, .. } = &self.offer;
        let noun = self.offer.noun();
        format!("You have been granted access to the {name} {noun} with the following role: {role}.")
    }
}
