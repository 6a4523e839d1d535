//! What somebody is invited to, for whoever has the link.

use chrono::NaiveDate;

use super::{Invitation, find, links};
use crate::domain::members::facts::{Facts, Whom};
use crate::domain::standing::{self, Name, Standing};
use crate::domain::{Actor, Ctx, Error, Result, Thing};
use crate::types::{AccessLevel, Source, SourceKind};

/// What somebody is invited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The group or project.
    pub source: Source,
    /// Its own name.
    pub name: String,
    /// `Acme / Tools`
    pub full_name: String,
    /// `acme/tools`
    pub full_path: String,
    /// The level that the membership will have.
    pub access_level: AccessLevel,
    /// The name of the role: `Developer`, or the custom role's.
    pub role: String,
    /// The invited address.
    pub email: String,
    /// The name of whoever invited.
    pub invited_by: Option<String>,
    /// The day on which the membership ends.
    pub expires_at: Option<NaiveDate>,
    /// Whether the caller is a direct member there already.
    pub is_member: bool,
}

impl Offer {
    /// `group` or `project`
    pub const fn noun(&self) -> &'static str {
        match self.source.kind() {
            SourceKind::Group => "group",
            SourceKind::Project => "project",
        }
    }

    pub(super) fn of(invitation: &Invitation, standing: &Standing, is_member: bool) -> Self {
        let role = invitation.role.as_ref().map(|role| role.name.clone());
        Self {
            source: invitation.source,
            name: standing.name().to_owned(),
            full_name: standing.full_name().to_owned(),
            full_path: standing.full_path().to_owned(),
            access_level: invitation.access_level,
            role: role.unwrap_or_else(|| invitation.access_level.label().to_owned()),
            email: invitation.email.clone(),
            invited_by: invitation.created_by.as_ref().map(|user| user.name.clone()),
            expires_at: invitation.expires_at,
            is_member,
        }
    }
}

/// What the link with that token offers; changes nothing. Whoever has it may know, whether they see the group or project or not.
///
/// # Errors
/// `NotFound(InvitationLink)` when it leads nowhere, or no more.
pub async fn offer(ctx: &Ctx, token: &str) -> Result<Offer> {
    let (invitation, standing) = follow(ctx, token).await?;
    let is_member = match ctx.actor.user_id() {
        Some(user) => {
            let system = with_rights(ctx);
            let facts = Facts::load(&system, invitation.source).await?;
            let person = facts.people(&system, &[Whom::Id(user.0)]).await?.pop();
            facts.is_personal_owner(user) || person.is_some_and(|person| person.membership().is_some())
        }
        None => false,
    };
    Ok(Offer::of(&invitation, &standing, is_member))
}

/// The invitation behind a token and where to, for whoever has it.
pub(super) async fn follow(ctx: &Ctx, token: &str) -> Result<(Invitation, Standing)> {
    let id = links::follow(ctx, token).await?;
    let gone = |error| match error {
        Error::NotFound(_) => Error::NotFound(Thing::InvitationLink),
        error => error,
    };
    let invitation = find::by_id(ctx, id).await.map_err(gone)?;
    let name = Name::Id(invitation.source.id());
    let standing = standing::find(&with_rights(ctx), invitation.source.kind(), &name).await;
    Ok((invitation, standing.map_err(gone)?))
}

/// The same group or project as the caller sees it; who does not see it knows no more than where it is.
pub(super) async fn as_seen(ctx: &Ctx, standing: Standing) -> Result<Standing> {
    let (kind, name) = (standing.source().kind(), Name::Id(standing.source().id()));
    match standing::find(ctx, kind, &name).await {
        Err(Error::NotFound(_)) => Ok(standing),
        found => found,
    }
}

/// The link is the right: what it leads to is read as roster itself.
pub(super) fn with_rights(ctx: &Ctx) -> Ctx {
    ctx.acting_as(Actor::System)
}
