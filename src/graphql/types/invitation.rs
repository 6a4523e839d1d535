//! Invitations of people who are known by an address only.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Interface, Object};

use super::{AccessLevel, MemberInterface, MemberRole, MemberSource, UserCore};
use crate::domain::invitations::{self, Filter, Order, State};
use crate::domain::members::Direction;
use crate::domain::{Error, Result, Thing};
use crate::graphql::connection::{Border, Connection, List, Nullable, Paging, connect};
use crate::graphql::ids::Model;
use crate::graphql::keys::{Asked, InvitationCount, InvitationOf, InvitationPage};
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::Time;
use crate::types::{MemberId, Source};

/// An invitation, and where to.
#[derive(Clone, Debug)]
pub struct Invitation {
    row: Arc<invitations::Invitation>,
    /// Where to, if that is at hand: whoever is invited may not see it otherwise.
    home: Option<Asked>,
    /// What just became of it.
    member: Option<MemberInterface>,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum InvitationState {
    /// It can be answered.
    Pending,
    /// It is a membership now.
    Accepted,
    /// Whom it invited said no. Only in the answer to that: a declined invitation is gone.
    Declined,
    /// The membership would have ended before today, UTC. It is removed within a day.
    Expired,
    /// It was taken back. Only in the answer to that: a revoked invitation is gone.
    Revoked,
}

/// What invitations are sorted by; ties are broken by number, in the same direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum InvitationSort {
    /// Oldest first.
    CreatedAsc,
    /// Newest first.
    CreatedDesc,
    /// By address, A first.
    EmailAsc,
    /// By address, Z first.
    EmailDesc,
    /// By end, the nearest first, those without an end last.
    ExpiresAtAsc,
    /// By end, those without an end first, then the farthest.
    ExpiresAtDesc,
}

impl InvitationSort {
    const fn order(self) -> Order {
        match self {
            Self::CreatedAsc => Order::Created(Direction::Asc),
            Self::CreatedDesc => Order::Created(Direction::Desc),
            Self::EmailAsc => Order::Email(Direction::Asc),
            Self::EmailDesc => Order::Email(Direction::Desc),
            Self::ExpiresAtAsc => Order::ExpiresAt(Direction::Asc),
            Self::ExpiresAtDesc => Order::ExpiresAt(Direction::Desc),
        }
    }
}

/// What GitLab says of an invitation. Seen by those who administer the members there, and by whom it invites.
#[derive(Clone, Debug, Interface)]
#[expect(clippy::duplicated_attributes, reason = "fields of one type are no duplicates")]
#[graphql(
    field(name = "email", ty = "&str", desc = "The invited address, in lower case."),
    field(name = "access_level", ty = "Option<AccessLevel>", desc = "The level that it gives."),
    field(name = "created_at", ty = "Option<Time>", desc = "When it was made."),
    field(
        name = "created_by",
        ty = "Option<UserCore>",
        desc = "Who invited; null when nobody is recorded, or the account is gone."
    ),
    field(name = "updated_at", ty = "Option<Time>", desc = "When it was last changed."),
    field(
        name = "expires_at",
        ty = "Option<Time>",
        desc = "The day on which the membership ends, UTC, whether there is one by then or not. Null without an end."
    ),
    field(name = "user", ty = "Option<UserCore>", desc = "Who accepted it; null before.")
)]
pub enum InvitationInterface {
    /// An invitation.
    Invitation(Invitation),
}

impl Invitation {
    /// One whose group or project is looked up when it is asked for.
    pub fn alone(invitation: invitations::Invitation) -> Self {
        Self {
            row: Arc::new(invitation),
            home: None,
            member: None,
        }
    }

    /// One whose group or project is at hand, whether the caller sees it or not.
    pub fn to(row: Arc<invitations::Invitation>, home: Asked) -> Self {
        Self {
            row,
            home: Some(home),
            member: None,
        }
    }

    /// The same, and the membership that it just became.
    #[must_use]
    pub fn accepted(self, member: MemberInterface) -> Self {
        Self {
            member: Some(member),
            ..self
        }
    }

    /// The invitation of that number.
    ///
    /// # Errors
    /// `NotFound` when there is none that the caller sees.
    pub async fn find(ctx: &Context<'_>, id: MemberId) -> Result<Self> {
        let (invitation, home) = loaders(ctx).find(InvitationOf(id)).await?;
        Ok(Self::to(invitation, home))
    }
}

/// An invitation: a membership of somebody who is known by an address only. Seen by those who administer the members of the group or project, and by
/// whoever has the invited address. Its link is in the mail and nowhere else.
#[Object]
impl Invitation {
    /// Global id, `gid://gitlab/Invitation/1`: the number is that of the membership which becomes of it.
    pub(super) async fn id(&self) -> ID {
        Model::Invitation.id(self.row.id)
    }

    /// The invited address, in lower case.
    pub(super) async fn email(&self) -> &str {
        &self.row.email
    }

    /// Whether it was answered.
    async fn state(&self) -> InvitationState {
        self.row.state.into()
    }

    /// The level that it gives.
    pub(super) async fn access_level(&self) -> Option<AccessLevel> {
        Some(AccessLevel::with_role(self.row.access_level, self.row.role.clone()))
    }

    /// The custom role that it gives; null without one.
    async fn member_role(&self) -> Option<MemberRole> {
        self.row.role.clone().map(|role| MemberRole(Arc::new(role)))
    }

    /// When it was made.
    pub(super) async fn created_at(&self) -> Option<Time> {
        Some(Time::At(self.row.created_at))
    }

    /// Who invited; null when nobody is recorded, or the account is gone.
    pub(super) async fn created_by(&self) -> Option<UserCore> {
        self.row.created_by.clone().map(UserCore::from)
    }

    /// When it was last changed.
    pub(super) async fn updated_at(&self) -> Option<Time> {
        Some(Time::At(self.row.updated_at))
    }

    /// The day on which the membership ends, UTC, whether there is one by then or not. Null without an end.
    pub(super) async fn expires_at(&self) -> Option<Time> {
        self.row.expires_at.map(Time::Day)
    }

    /// Whether the membership will have to wait for a seat.
    async fn awaiting(&self) -> bool {
        self.row.awaiting
    }

    /// When a mail with a link was last sent, or handed over to be; null when none was, as after an import.
    async fn last_sent_at(&self) -> Option<Time> {
        self.row.last_sent_at.map(Time::At)
    }

    /// How many mails with a link were sent or handed over to be, reminders among them.
    async fn send_count(&self) -> i32 {
        self.row.send_count
    }

    /// Who accepted it; null before.
    pub(super) async fn user(&self) -> Option<UserCore> {
        self.row.user.clone().map(UserCore::from)
    }

    /// The group or project that it invites to. Whoever is invited may know which one it is, and sees no more of it than others.
    async fn source(&self, ctx: &Context<'_>) -> Result<MemberSource> {
        if let Some(home) = &self.home {
            return Ok(home.clone().into());
        }
        let home = match self.row.source {
            Source::Group(group) => loaders(ctx).one(group).await?.map(Asked::Group),
            Source::Project(project) => loaders(ctx).one(project).await?.map(Asked::Project),
        };
        home.map(MemberSource::from).ok_or(Error::NotFound(Thing::Row))
    }

    /// The membership that it became; null before it is accepted, and when you may not see it.
    async fn member(&self, ctx: &Context<'_>) -> Nullable<MemberInterface> {
        if let Some(member) = &self.member {
            return Some(Ok(member.clone()));
        }
        if self.row.state != State::Accepted {
            return None;
        }
        let member = loaders(ctx).one(self.row.id).await.transpose()?;
        Some(member.map(MemberInterface::alone))
    }
}

/// The invitations to a group or project; null for who does not administer its members.
pub(super) async fn list(
    ctx: &Context<'_>,
    asked: Asked,
    filter: Filter,
    sort: Option<InvitationSort>,
    paging: &Paging,
) -> Nullable<Connection<Invitation>> {
    let loaders = loaders(ctx);
    let order = sort.map_or_else(Order::default, InvitationSort::order);
    let rows = List {
        sort: order.word(),
        page: |window| {
            loaders.find(InvitationPage {
                asked: asked.clone(),
                filter: filter.clone(),
                order,
                window,
            })
        },
        count: |limit| {
            loaders.find(InvitationCount {
                asked: asked.clone(),
                filter: filter.clone(),
                limit,
            })
        },
    };
    connect(ctx, paging, rows, |invitation| {
        Invitation::to(invitation, asked.clone())
    })
    .await
    .or_null()
}

/// The pending invitations to the caller's own addresses.
pub(super) async fn mine(ctx: &Context<'_>, paging: &Paging) -> Nullable<Connection<Invitation>> {
    let domain = &loaders(ctx).ctx();
    let rows = List {
        sort: Order::default().word(),
        page: async |window| invitations::mine(domain, &window).await,
        count: async |limit| invitations::count_mine(domain, limit).await,
    };
    connect(ctx, paging, rows, |(invitation, home): (invitations::Invitation, _)| {
        Invitation::to(Arc::new(invitation), Asked::from(home))
    })
    .await
    .or_null()
}
