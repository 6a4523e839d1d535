//! Denying a request, and withdrawing one's own.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::EntityTrait as _;

use super::{AccessRequest, find, open};
use crate::domain::error::require_unmodified;
use crate::domain::journal::{self, Happening};
use crate::domain::members::facts::{Facts, seen};
use crate::domain::notices::{self, Notice};
use crate::domain::policy;
use crate::domain::standing::{self, Name};
use crate::domain::users::User;
use crate::domain::{Actor, Caller, Ctx, Optional as _, Result};
use crate::entity::member;
use crate::types::{Scopes, Source, SourceKind, TokenId};

/// Takes away the open request of the user of that number; answers it as it was. Who is denied is told, who withdraws is not. With `unmodified_since` only if
/// the row was not changed since; whole seconds.
///
/// # Errors
/// `NotFound` for the source, and `NotFound(Row)` for who has no open request there; `Outdated`; `Forbidden`; `Refused` with `LdapSynced`.
pub async fn deny(
    ctx: &Ctx,
    kind: SourceKind,
    name: &Name,
    user: i64,
    unmodified_since: Option<DateTime<Utc>>,
) -> Result<AccessRequest> {
    let (source, lock) = seen(ctx, kind, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        let (person, held) = open(&ctx, &facts, user).await?;
        require_unmodified(unmodified_since, held.updated_at)?;
        let is_self = ctx.actor.user_id() == Some(person.user_id);
        policy::deny(&facts.hand, &facts.place, is_self)?;
        let request = find::stored(&ctx, held.id).await?;
        member::Entity::delete_by_id(held.id).exec(&tx.conn()).await?;
        let subject = person.subject(held.id, held.grant());
        journal::record(&ctx, &tx, &Happening::RequestDenied, &facts.scene(), &subject).await?;
        if !is_self {
            let denied = Notice::AccessDenied {
                user: person.user_id,
                place: facts.mail_place(),
                hidden: !is_seen_by(&ctx, source, &request.user).await?,
            };
            notices::queue(&tx, &[denied]).await?;
        }
        Ok(request)
    })
    .await
}

/// Whether the user sees the group or project.
async fn is_seen_by(ctx: &Ctx, source: Source, user: &User) -> Result<bool> {
    let eyes = Actor::User(Arc::new(Caller {
        id: user.id,
        username: user.username.clone(),
        name: user.name.clone(),
        email: String::new(),
        admin: user.admin,
        external: user.external,
        token: TokenId::default(),
        scopes: Scopes::default(),
        sudo: false,
    }));
    let seen = standing::find(&ctx.acting_as(eyes), source.kind(), &Name::Id(source.id())).await;
    Ok(seen.optional()?.is_some())
}
