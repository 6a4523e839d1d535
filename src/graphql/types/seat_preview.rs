//! What changes would cost in seats.

use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, MaybeUndefined, Object, OneofObject, SimpleObject};

use super::{MemberAccessLevel, UserCore};
use crate::domain::members::{MemberChange, NewMember, Via};
use crate::domain::seats::{self, Change, Estimate, Guests, Preview};
use crate::domain::shares::NewShare;
use crate::domain::standing::{self, Name};
use crate::domain::users::User;
use crate::domain::{Ctx, Result};
use crate::graphql::connection::{Border, Nullable};
use crate::graphql::ids::{GroupGid, MemberGid, MemberRoleGid, UserGid};
use crate::graphql::loaders::loaders;
use crate::graphql::mutations::{InviteeInput, MemberSourceInput, day, role, whose};
use crate::graphql::scalars::Time;
use crate::types::{AccessLevel, MemberRoleId};

/// One change whose cost is asked for.
#[derive(Clone, Debug, OneofObject)]
pub enum SeatChangeInput {
    /// People become members, and addresses of nobody are invited.
    Invite(SeatInviteInput),
    /// A direct member is changed.
    Update(SeatUpdateInput),
    /// A user is removed from the whole hierarchy, as by `billableMemberRemove`.
    RemoveUserId(UserGid),
    /// A group or project of the hierarchy is shared with a group.
    Share(SeatShareInput),
}

/// People who would become members.
#[derive(Clone, Debug, InputObject)]
pub struct SeatInviteInput {
    /// A group or project of the hierarchy.
    source: MemberSourceInput,
    /// Whom, at most 100.
    invitees: Vec<InviteeInput>,
    /// The level they would get.
    access_level: MemberAccessLevel,
    /// The custom role they would get, whose base level the level must be.
    member_role_id: Option<MemberRoleGid>,
}

/// A membership that would change. What is absent stays as it is.
#[derive(Clone, Debug, InputObject)]
pub struct SeatUpdateInput {
    /// The membership: a row of a group or project of the hierarchy.
    member_id: MemberGid,
    /// The new level; absent or null: as it is.
    access_level: Option<MemberAccessLevel>,
    /// The custom role, whose base level the level must be. Absent: as it is; null: none.
    member_role_id: MaybeUndefined<MemberRoleGid>,
    /// The day on which it would end, UTC: today or later. Absent: as it is; null: without an end.
    expires_at: MaybeUndefined<Time>,
}

/// A share that would be made.
#[derive(Clone, Debug, InputObject)]
pub struct SeatShareInput {
    /// The group or project of the hierarchy that would be shared.
    source: MemberSourceInput,
    /// The group that would have access.
    with_group_id: GroupGid,
    /// The level that nobody would get beyond by the share.
    access_level: MemberAccessLevel,
}

/// What changes would cost.
#[derive(Clone, Debug)]
pub struct SeatPreview(Preview);

fn people(users: &[User]) -> Vec<UserCore> {
    users
        .iter()
        .cloned()
        .map(|user| UserCore::Alone(Arc::new(user)))
        .collect()
}

/// What changes, made one after the other, would cost in seats. Nothing is changed by asking.
#[Object]
impl SeatPreview {
    /// Users who take a seat now.
    async fn in_use_now(&self) -> u64 {
        self.0.in_use_now
    }

    /// Users who would take a seat then; addresses of nobody take none before they are accepted.
    async fn in_use_after(&self) -> u64 {
        self.0.in_use_after
    }

    /// Seats at most; null without a limit.
    async fn cap(&self) -> Option<u64> {
        self.0.cap
    }

    /// Who would take a seat then and takes none now; by number, the first 100.
    async fn new_billable_users(&self) -> Vec<UserCore> {
        people(&self.0.new_users)
    }

    /// Addresses of nobody that would be invited, in lower case; each may take a seat when it is accepted.
    async fn new_billable_emails(&self) -> &[String] {
        &self.0.new_addresses
    }

    /// Who takes a seat now and would take none then; by number, the first 100.
    async fn no_longer_billable_users(&self) -> Vec<UserCore> {
        people(&self.0.gone_users)
    }

    /// Who would have to wait, for the seats are taken; by number, the first 100.
    async fn would_wait(&self) -> Vec<UserCore> {
        people(&self.0.waiting_users)
    }
}

/// What the changes would cost the group.
pub(super) async fn preview(
    ctx: &Context<'_>,
    group: &standing::Group,
    changes: Vec<SeatChangeInput>,
) -> Nullable<SeatPreview> {
    let ctx = &loaders(ctx).ctx();
    let found = async {
        let mut asked = Vec::with_capacity(changes.len());
        for change in changes {
            asked.push(change.asked(ctx).await?);
        }
        seats::preview(ctx, group, &asked).await.map(SeatPreview)
    };
    found.await.or_null()
}

impl SeatChangeInput {
    /// What the domain takes.
    async fn asked(self, ctx: &Ctx) -> Result<Change> {
        Ok(match self {
            Self::Invite(input) => {
                let (kind, name) = input.source.name(ctx).await?;
                Change::Invite {
                    kind,
                    name,
                    whom: input.invitees.iter().map(InviteeInput::whom).collect(),
                    new: NewMember {
                        access_level: input.access_level.number(),
                        member_role_id: input.member_role_id.map(|role| role.0.0),
                        via: Via::Invitations,
                        ..NewMember::default()
                    },
                }
            }
            Self::Update(input) => {
                let (source, user) = whose(ctx, input.member_id.0).await?;
                Change::Update {
                    kind: source.kind(),
                    name: Name::Id(source.id()),
                    user,
                    change: MemberChange {
                        access_level: input.access_level.map(MemberAccessLevel::number),
                        expires_at: day(&input.expires_at),
                        member_role_id: role(&input.member_role_id),
                    },
                }
            }
            Self::RemoveUserId(user) => Change::Remove(user.0),
            Self::Share(input) => {
                let (kind, name) = input.source.name(ctx).await?;
                Change::Share {
                    kind,
                    name,
                    new: NewShare {
                        group_id: input.with_group_id.0.0,
                        access_level: input.access_level.into(),
                        expires_at: None,
                        member_role_id: None,
                    },
                }
            }
        })
    }
}

/// The roles that GitLab's estimate knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "GitlabSubscriptionsUserRole")]
pub enum SubscriptionsUserRole {
    /// Guest.
    Guest,
    /// Planner.
    Planner,
    /// Reporter.
    Reporter,
    /// A role of GitLab's that nobody has here; it takes a seat as a reporter does.
    SecurityManager,
    /// Developer.
    Developer,
    /// Maintainer.
    Maintainer,
    /// Owner.
    Owner,
}

impl From<SubscriptionsUserRole> for AccessLevel {
    fn from(role: SubscriptionsUserRole) -> Self {
        use SubscriptionsUserRole as Role;
        match role {
            Role::Guest => Self::Guest,
            Role::Planner => Self::Planner,
            Role::Reporter | Role::SecurityManager => Self::Reporter,
            Role::Developer => Self::Developer,
            Role::Maintainer => Self::Maintainer,
            Role::Owner => Self::Owner,
        }
    }
}

/// GitLab's estimate of what inviting people would cost in seats.
#[derive(Clone, Debug, SimpleObject)]
pub struct PreviewBillableUserChange {
    /// Whether there would be more billable users than seats; false without a limit.
    has_overage: Option<bool>,
    /// How many billable users there would be.
    new_billable_user_count: Option<u64>,
    /// Seats at most; null without a limit.
    seats_in_subscription: Option<i64>,
    /// Whether there would be more billable users than seats, and more than there are now.
    will_increase_overage: Option<bool>,
}

/// Whom GitLab's estimate is about.
#[derive(Debug)]
pub(super) struct EstimateArguments {
    pub(super) group: Option<i32>,
    pub(super) emails: Option<Vec<String>>,
    pub(super) users: Option<Vec<i32>>,
    pub(super) member_role: Option<i32>,
    pub(super) role: SubscriptionsUserRole,
}

/// GitLab's estimate.
pub(super) async fn estimate(
    ctx: &Context<'_>,
    group: &standing::Group,
    asked: EstimateArguments,
) -> Nullable<PreviewBillableUserChange> {
    let guests = Guests {
        users: asked.users.unwrap_or_default().into_iter().map(i64::from).collect(),
        addresses: asked.emails.unwrap_or_default(),
        group: asked.group.map(i64::from),
        level: asked.role.into(),
        role: asked.member_role.map(|role| MemberRoleId(i64::from(role))),
    };
    let estimate = seats::estimate(&loaders(ctx).ctx(), group, &guests).await;
    let told = |Estimate {
                    users,
                    over,
                    further_over,
                }| PreviewBillableUserChange {
        has_overage: Some(over),
        new_billable_user_count: Some(users),
        seats_in_subscription: group.seat_cap,
        will_increase_overage: Some(further_over),
    };
    estimate.map(told).or_null()
}
