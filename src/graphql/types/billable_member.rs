//! Who takes a seat.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::{AccessGrant, AccessLevel, MemberInterface, MembershipState, UserCore};
use crate::domain::members::Direction;
use crate::domain::seats::{self, Filter, Order, Seat};
use crate::domain::{Page, Result, standing};
use crate::graphql::connection::{Border, Connection, List, Nullable, Paging, connect};
use crate::graphql::ids::of_seat;
use crate::graphql::keys::{Asked, GroupOf, SeatCount, SeatMemberCount, SeatMemberPage, SeatOf, SeatPage, SeatReasons};
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::{Date, Time};
use crate::types::MembershipType;

/// A user who takes a seat, or would.
#[derive(Clone, Debug)]
pub struct BillableMember(pub Arc<seats::BillableMember>);

/// By which kind of membership a user takes a seat: the first that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "MembershipType")]
pub enum BillableMembershipType {
    /// A member of the top-level group or of a group below it.
    GroupMember,
    /// A member of one of its projects.
    ProjectMember,
    /// A member of a group that one of the groups is shared with, or of a group above that.
    GroupInvite,
    /// A member of a group that one of the projects is shared with, or of a group above that.
    ProjectInvite,
}

/// What billable members are sorted by; ties are broken by number of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum BillableMemberSort {
    /// By highest level, lowest first.
    AccessLevelAsc,
    /// By highest level, highest first.
    AccessLevelDesc,
    /// By name, A first.
    NameAsc,
    /// By name, Z first.
    NameDesc,
    /// By newest day with activity: those without any first, then the longest ago.
    LastActivityOnAsc,
    /// By newest day with activity, the newest first, those without any last.
    LastActivityOnDesc,
    /// By newest sign-in, the longest ago first, those who never signed in last.
    LastLoginAsc,
    /// By newest sign-in, the newest first, those who never signed in last.
    LastLoginDesc,
}

impl From<BillableMemberSort> for Order {
    fn from(sort: BillableMemberSort) -> Self {
        use BillableMemberSort as Sort;
        match sort {
            Sort::AccessLevelAsc => Self::AccessLevel(Direction::Asc),
            Sort::AccessLevelDesc => Self::AccessLevel(Direction::Desc),
            Sort::NameAsc => Self::Name(Direction::Asc),
            Sort::NameDesc => Self::Name(Direction::Desc),
            Sort::LastActivityOnAsc => Self::LastActivity(Direction::Asc),
            Sort::LastActivityOnDesc => Self::LastActivity(Direction::Desc),
            Sort::LastLoginAsc => Self::LastSignIn(Direction::Asc),
            Sort::LastLoginDesc => Self::LastSignIn(Direction::Desc),
        }
    }
}

impl BillableMember {
    /// The seat of that id.
    ///
    /// # Errors
    /// `NotFound` when nobody takes it, and for others than owners of the top-level group and administrators.
    pub async fn find(ctx: &Context<'_>, seat: Seat) -> Result<Self> {
        loaders(ctx).find(SeatOf(seat)).await.map(Self)
    }
}

/// A user who takes a seat in a top-level group. Seen by its owners and administrators.
#[Object]
impl BillableMember {
    /// Global id, `gid://gitlab/BillableMember/1-2`: the number of the top-level group and that of the user.
    pub(super) async fn id(&self) -> ID {
        of_seat(self.0.seat())
    }

    /// Who.
    async fn user(&self) -> UserCore {
        UserCore::Alone(Arc::new(self.0.user.clone()))
    }

    /// The primary address, for administrators and for owners of the group that the account belongs to; for others the public one. Null without one.
    async fn email(&self) -> Option<&str> {
        self.0.user.email.as_deref()
    }

    /// Why: the first kind of membership that applies.
    async fn membership_type(&self) -> BillableMembershipType {
        self.0.membership_type.into()
    }

    /// Whether the seat is taken, or would be, if what waits were approved.
    async fn membership_state(&self) -> MembershipState {
        self.0.state.into()
    }

    /// The highest level among the rows that make the user billable; by a share at most that of the share.
    async fn access_level(&self) -> AccessLevel {
        AccessLevel::from(self.0.access_level)
    }

    /// Whether the user has rows in the group, its subgroups or projects, which can be removed.
    async fn removable(&self) -> bool {
        self.0.is_removable()
    }

    /// Whether the group would be left without an owner that counts.
    async fn is_last_owner(&self) -> bool {
        self.0.is_last_owner
    }

    /// The newest day with activity, UTC; null without any.
    async fn last_activity_on(&self) -> Option<Date> {
        self.0.user.last_activity_on.map(Date)
    }

    /// The newest sign-in; null for who never signed in.
    async fn last_login_at(&self) -> Option<Time> {
        self.0.user.last_sign_in_at.map(Time::At)
    }

    /// When the earliest of the rows was made that make the user billable.
    async fn first_joined_at(&self) -> Time {
        Time::At(self.0.first_joined_at)
    }

    /// Why: every membership that makes the user billable, by each way that it does: those in the group, its subgroups and projects first, then those in groups
    /// that these are shared with, or above such a group, once for each share. Each leads to the group or project of the membership, or to what is shared.
    /// Empty for who would take a seat only if what waits were approved.
    async fn reasons(&self, ctx: &Context<'_>) -> Result<Vec<AccessGrant>> {
        let grounds = loaders(ctx).find(SeatReasons(self.0.seat())).await?;
        let grant = |ground: &seats::Ground| {
            let end = Asked::from(ground.end.clone());
            AccessGrant::to(end, Arc::new(ground.grant.clone()))
        };
        Ok(grounds.iter().map(grant).collect())
    }

    /// The user's own memberships in the group, its subgroups and projects, oldest first, also those that wait and minimal access; no requests. Empty where a
    /// directory decides who is a member, for nobody administers the members there.
    async fn memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Connection<MemberInterface>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        let (loaders, seat) = (loaders(ctx), self.0.seat());
        let rows = List {
            sort: "Row".to_owned(),
            page: async |window| {
                let page = loaders.one(SeatMemberPage { seat, window }).await?;
                Ok(page.unwrap_or_else(Page::empty))
            },
            count: async |limit| Ok(loaders.one(SeatMemberCount { seat, limit }).await?.unwrap_or_default()),
        };
        Ok(connect(ctx, &paging, rows, MemberInterface::alone).await?)
    }
}

/// The billable members of a group.
pub(super) async fn list(
    ctx: &Context<'_>,
    group: &Arc<standing::Group>,
    filter: Filter,
    order: Order,
    paging: &Paging,
) -> Nullable<Connection<BillableMember>> {
    let loaders = loaders(ctx);
    let group = GroupOf(Arc::clone(group));
    let rows = List {
        sort: order.word(),
        page: |window| {
            loaders.find(SeatPage {
                group: group.clone(),
                filter: filter.clone(),
                order,
                window,
            })
        },
        count: |limit| {
            loaders.find(SeatCount {
                group: group.clone(),
                filter: filter.clone(),
                limit,
            })
        },
    };
    connect(ctx, paging, rows, BillableMember).await.or_null()
}

/// The billable members of the whole instance.
pub(in crate::graphql) async fn everywhere(
    ctx: &Context<'_>,
    search: Option<String>,
    sort: Option<BillableMemberSort>,
    paging: &Paging,
) -> Nullable<Connection<BillableMember>> {
    let order = sort.map(Order::from).unwrap_or_default();
    let filter = Filter {
        search,
        ..Filter::default()
    };
    let domain = &loaders(ctx).ctx();
    let rows = List {
        sort: order.word(),
        page: async |window| seats::page_everywhere(domain, &filter, order, &window).await,
        count: async |limit| seats::count_everywhere(domain, &filter, limit).await,
    };
    connect(ctx, paging, rows, |member| BillableMember(Arc::new(member)))
        .await
        .or_null()
}
