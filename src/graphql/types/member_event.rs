//! What happened to a membership, an invitation or an access request.

use async_graphql::{Context, Enum, Object};

use super::audit_event::user;
use super::{AccessLevel, Invitation, MemberInterface, MemberSource, UserCore};
use crate::domain::live::{Event, Kind, Place};
use crate::domain::{Error, Result};
use crate::graphql::connection::{Border, Nullable};
use crate::graphql::cursor;
use crate::graphql::keys::Asked;
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::Time;
use crate::types::{NamespaceId, Source};

/// An event, and the group or project it happened in.
#[derive(Clone, Debug)]
pub struct MemberEvent {
    event: Event,
    home: Asked,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum MemberEventType {
    /// Somebody became a member: was added, or was let in who had asked for access.
    MemberAdded,
    /// A membership was changed: its level, its custom role, its end, or that it waits for approval.
    MemberUpdated,
    /// A membership was removed.
    MemberRemoved,
    /// A membership was removed because its end had come.
    MemberExpired,
    /// A membership or an invitation that waited for a seat was approved.
    MemberApproved,
    /// The level of a membership was freed from the directory, or bound to it again.
    MemberOverridden,
    /// An address was invited. Only for those who administer the members.
    InvitationCreated,
    /// An invitation was changed. Only for those who administer the members.
    InvitationUpdated,
    /// An invitation was accepted: `member` is what became of it.
    InvitationAccepted,
    /// An invitation was declined. Only for those who administer the members.
    InvitationDeclined,
    /// An invitation was taken back, or went because its end had come. Only for those who administer the members.
    InvitationRevoked,
    /// Somebody asked for access. Only for those who administer the members.
    AccessRequested,
    /// A request for access was denied or withdrawn. Only for those who administer the members.
    AccessRequestDenied,
}

/// A place in the log as a cursor holds it.
type Held = (NamespaceId, i64, Source);

impl MemberEvent {
    /// The place that the cursor of an event stands for.
    ///
    /// # Errors
    /// `Invalid` for a text that is no such cursor.
    pub fn place(cursor: &str) -> Result<Place> {
        let (root, seq, source): Held =
            cursor::open(cursor).ok_or_else(|| Error::Invalid("after is no cursor of memberUpdated".to_owned()))?;
        Ok(Place { root, seq, source })
    }
}

impl From<Event> for MemberEvent {
    fn from(event: Event) -> Self {
        let home = Asked::from(event.home.clone());
        Self { event, home }
    }
}

/// Something that happened to a membership, an invitation or an access request. Heard by who may list the members of the group or project at that moment;
/// of invitations and requests only by who administers the members.
#[Object]
impl MemberEvent {
    /// Where to go on behind this event, for `after`; opaque, and of the group or project that is listened to alone.
    async fn cursor(&self) -> String {
        let Place { root, seq, source } = self.event.place;
        let held: Held = (root, seq, source);
        cursor::close(&held)
    }

    /// What happened.
    #[graphql(name = "type")]
    async fn kind(&self) -> MemberEventType {
        self.event.kind.into()
    }

    /// When it happened.
    async fn occurred_at(&self) -> Time {
        Time::At(self.event.occurred_at)
    }

    /// Who did it; null when it was roster itself, when nobody was signed in, or when the account is gone.
    async fn actor(&self, ctx: &Context<'_>) -> Nullable<UserCore> {
        user(ctx, self.event.actor?).await
    }

    /// The group or project it happened in: with `includeDescendants` also one below the one that is listened to.
    async fn source(&self) -> MemberSource {
        self.home.clone().into()
    }

    /// To whom it happened; null for an invitation that nobody has accepted, and when the account is gone.
    async fn user(&self, ctx: &Context<'_>) -> Nullable<UserCore> {
        user(ctx, self.event.user?).await
    }

    /// The membership as it is now, which may be later than the event; null when there is none, or none any more.
    async fn member(&self, ctx: &Context<'_>) -> Nullable<MemberInterface> {
        let member = loaders(ctx).one(self.event.member?).await.transpose()?;
        Some(member.map(|member| MemberInterface::asked(member, self.home.clone())))
    }

    /// The invitation as it is now; null when it is gone, for what never was one, and for others than those who administer the members and whom it invites.
    async fn invitation(&self, ctx: &Context<'_>) -> Nullable<Invitation> {
        let row = self.event.member.filter(|_| self.event.is_about_an_invitation())?;
        Invitation::find(ctx, row).await.or_null()
    }

    /// The level that the membership or invitation gave before; null for what was new, and for requests.
    async fn access_level_before(&self) -> Option<AccessLevel> {
        self.event.before.map(AccessLevel::from)
    }

    /// The level that it gives since; null for what is gone, and for requests.
    async fn access_level_after(&self) -> Option<AccessLevel> {
        self.event.after.map(AccessLevel::from)
    }
}
