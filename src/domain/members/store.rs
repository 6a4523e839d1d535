//! Storing what was decided: the row, its audit event, its entry of the change log, and the mail it owes.

use chrono::NaiveDate;
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    DbErr, EntityTrait as _, SqlErr,
};

use super::facts::{Facts, Held, Person};
use crate::db::WriteTx;
use crate::domain::journal::{self, Grant, Happening};
use crate::domain::notices::{self, Notice};
use crate::domain::policy::Code;
use crate::domain::{Ctx, Error, Fault, Result, seats};
use crate::entity::member;
use crate::types::{AccessLevel, MemberId, MemberRoleId, MemberState, SourceKind};

/// What a row is to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::domain) struct Wanted {
    pub(in crate::domain) level: AccessLevel,
    pub(in crate::domain) role: Option<(MemberRoleId, String)>,
    pub(in crate::domain) expires_at: Option<NaiveDate>,
    /// By which way of inviting, recorded only; none when it is no inviting.
    pub(in crate::domain) invite_source: Option<String>,
}

impl Wanted {
    pub(in crate::domain) fn grant(&self) -> Grant {
        Grant {
            level: self.level,
            role: self.role.clone(),
            expires_at: self.expires_at,
        }
    }
}

/// Makes somebody a member who has no row there, and tells them.
pub(in crate::domain) async fn create(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    person: &Person,
    wanted: &Wanted,
) -> Result<MemberId> {
    let row = create_untold(ctx, tx, facts, person, wanted).await?;
    notices::queue(tx, &[granted(facts, person, wanted)]).await?;
    Ok(row)
}

/// Makes somebody a member who has no row there, and knows by their own act.
pub(in crate::domain) async fn create_untold(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    person: &Person,
    wanted: &Wanted,
) -> Result<MemberId> {
    let source = facts.standing.source();
    let row = member::ActiveModel {
        source_kind: Set(source.kind()),
        source_id: Set(source.id()),
        user_id: Set(Some(person.user_id)),
        access_level: Set(wanted.level),
        state: Set(first_state(ctx, facts, person, None).await?),
        requested_at: Set(None),
        expires_at: Set(wanted.expires_at),
        member_role_id: Set(wanted.role.as_ref().map(|(id, _)| *id)),
        ldap: Set(false),
        r#override: Set(false),
        created_by_id: Set(ctx.actor.user_id()),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        invite_email: Set(None),
        email_norm: Set(None),
        invite_source: Set(wanted.invite_source.clone()),
        accepted_at: Set(None),
        last_sent_at: Set(None),
        send_count: Set(0),
        reminders_sent: Set(0),
        ..Default::default()
    };
    let row = row.insert(&tx.conn()).await.map_err(already_there)?;
    let happening = Happening::Created;
    let subject = person.subject(row.id, wanted.grant());
    journal::record(ctx, tx, &happening, &facts.scene(), &subject).await?;
    Ok(row.id)
}

/// Makes a membership of a request, or of a minimal row that seats have not counted yet.
pub(in crate::domain) async fn raise(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    person: &Person,
    held: &Held,
    wanted: &Wanted,
) -> Result<MemberId> {
    let row = member::ActiveModel {
        access_level: Set(wanted.level),
        state: Set(match held.state {
            // Raising a row ends no waiting.
            MemberState::Awaiting if !held.requested => MemberState::Awaiting,
            _ => first_state(ctx, facts, person, Some(held.id)).await?,
        }),
        requested_at: Set(None),
        expires_at: Set(wanted.expires_at),
        member_role_id: Set(wanted.role.as_ref().map(|(id, _)| *id)),
        created_by_id: Set(match held.created_by {
            // A change keeps the maker, also one whom nobody noted; adding makes one.
            maker if !held.requested && (maker.is_some() || wanted.invite_source.is_none()) => maker,
            _ => ctx.actor.user_id(),
        }),
        updated_at: Set(tx.now()),
        invite_source: match &wanted.invite_source {
            Some(way) => Set(Some(way.clone())),
            None => NotSet,
        },
        ..row(held.id)
    };
    row.update(&tx.conn()).await?;
    let happening = if held.requested {
        Happening::Created
    } else {
        Happening::Updated(held.grant())
    };
    let subject = person.subject(held.id, wanted.grant());
    journal::record(ctx, tx, &happening, &facts.scene(), &subject).await?;
    if !held.ldap {
        notices::queue(tx, &[granted(facts, person, wanted)]).await?;
    }
    Ok(held.id)
}

/// Changes what a membership gives; does nothing when it gives that already.
pub(in crate::domain) async fn change(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    person: &Person,
    held: &Held,
    wanted: &Wanted,
) -> Result<MemberId> {
    if held.grant() == wanted.grant() {
        return Ok(held.id);
    }
    if held.level == AccessLevel::MinimalAccess && wanted.level > AccessLevel::MinimalAccess {
        return raise(ctx, tx, facts, person, held, wanted).await;
    }
    let row = member::ActiveModel {
        access_level: Set(wanted.level),
        expires_at: Set(wanted.expires_at),
        member_role_id: Set(wanted.role.as_ref().map(|(id, _)| *id)),
        updated_at: Set(tx.now()),
        ..row(held.id)
    };
    row.update(&tx.conn()).await?;
    let happening = Happening::Updated(held.grant());
    let subject = person.subject(held.id, wanted.grant());
    journal::record(ctx, tx, &happening, &facts.scene(), &subject).await?;
    let mail: Vec<_> = of_change(facts, person, held, wanted).into_iter().collect();
    notices::queue(tx, &mail).await?;
    Ok(held.id)
}

/// Frees a row from the directory, or binds it again; does nothing when it is so already.
pub(in crate::domain) async fn set_override(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    person: &Person,
    held: &Held,
    overridden: bool,
) -> Result<MemberId> {
    if held.overridden == overridden {
        return Ok(held.id);
    }
    let row = member::ActiveModel {
        r#override: Set(overridden),
        updated_at: Set(tx.now()),
        ..row(held.id)
    };
    row.update(&tx.conn()).await?;
    let happening = Happening::Overridden(overridden);
    let subject = person.subject(held.id, held.grant());
    journal::record(ctx, tx, &happening, &facts.scene(), &subject).await?;
    Ok(held.id)
}

/// Takes away a row whose time is over, so that a new one can be made.
pub(in crate::domain) async fn clear_expired(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    person: &Person,
    held: &Held,
) -> Result<()> {
    member::Entity::delete_by_id(held.id).exec(&tx.conn()).await?;
    let system = ctx.acting_as(crate::domain::Actor::System);
    let subject = person.subject(held.id, held.grant());
    journal::record(&system, tx, &Happening::Expired, &facts.scene(), &subject).await
}

/// Nobody can come in between while the hierarchy is held, but an import is not held up by that.
pub(in crate::domain) fn already_there(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Faulty(vec![Fault::new(
            "user_id",
            "already exists in source",
            Code::AlreadyMember,
        )]),
        _ => error.into(),
    }
}

pub(in crate::domain) fn granted(facts: &Facts, person: &Person, wanted: &Wanted) -> Notice {
    Notice::AccessGranted {
        user: person.user_id,
        place: facts.mail_place(),
        access_level: wanted.level,
        role: wanted.role.as_ref().map(|(_, name)| name.clone()),
    }
}

/// What somebody is told of a change: another level, or else another end of a membership in a group. The directory's rows are its own affair.
fn of_change(facts: &Facts, person: &Person, held: &Held, wanted: &Wanted) -> Option<Notice> {
    if held.ldap {
        return None;
    }
    if held.level != wanted.level {
        return Some(granted(facts, person, wanted));
    }
    if facts.place.kind == SourceKind::Project || held.expires_at == wanted.expires_at {
        return None;
    }
    let (user, place) = (person.user_id, facts.mail_place());
    Some(match wanted.expires_at {
        Some(expires_at) => Notice::ExpiryChanged {
            user,
            place,
            expires_at,
        },
        None => Notice::ExpiryRemoved { user, place },
    })
}

fn row(id: MemberId) -> member::ActiveModel {
    member::ActiveModel {
        id: sea_orm::ActiveValue::Unchanged(id),
        ..Default::default()
    }
}

/// A newcomer to a hierarchy whose seats are taken waits; the number is looked at anew for each, for the one before may have taken the last.
pub(in crate::domain) async fn first_state(
    ctx: &Ctx,
    facts: &Facts,
    person: &Person,
    own: Option<MemberId>,
) -> Result<MemberState> {
    if facts.seat_cap.is_none() {
        return Ok(MemberState::Active);
    }
    let root = facts.standing.root();
    if person.user_type.is_bot() || seats::has_active_row(ctx, root, person.user_id, own).await? {
        return Ok(MemberState::Active);
    }
    newcomers_state(ctx, facts).await
}

/// What becomes of somebody who has no seat in the hierarchy.
pub(in crate::domain) async fn newcomers_state(ctx: &Ctx, facts: &Facts) -> Result<MemberState> {
    let is_full = match facts.seat_cap {
        Some(cap) => seats::in_use(ctx, facts.standing.root()).await? >= cap,
        None => false,
    };
    Ok(if is_full {
        MemberState::Awaiting
    } else {
        MemberState::Active
    })
}
