//! Lists of members: by which ways, narrowed how, in which order.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID};

use super::AccessLevelEnum;
use crate::domain::Result;
use crate::domain::members::{Direction, Filter, Member, Order, Relation, Which};
use crate::graphql::connection::{Border, Connection, List, Nullable, Paging, connect};
use crate::graphql::ids::{GlobalId, MemberRoleGid, Model, UserGid, number_of};
use crate::graphql::keys::{Asked, MemberCount, MemberList, MemberPage};
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::{Date, Time};
use crate::types::MemberState;

/// The ways by which somebody may be a member of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum GroupMemberRelation {
    /// By a row of the group itself.
    Direct,
    /// By a row of a group above it.
    Inherited,
    /// By a row of a group below it.
    Descendants,
    /// As a member of a group that it, or a group above it, is shared with.
    SharedFromGroups,
}

/// The ways by which somebody may be a member of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ProjectMemberRelation {
    /// By a row of the project itself; for the owner of a personal namespace also without one.
    Direct,
    /// By a row of its group or a group above that.
    Inherited,
    /// Nobody: nothing lies below a project.
    Descendants,
    /// As a member of a group that the project is shared with.
    InvitedGroups,
    /// As a member of a group that its group, or a group above that, is shared with.
    SharedIntoAncestors,
}

/// What members are sorted by. Ties are broken by the number of the user, ascending; who lacks the value comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MemberSort {
    /// Lowest level first.
    AccessLevelAsc,
    /// Highest level first.
    AccessLevelDesc,
    /// By name, A first.
    UserFullNameAsc,
    /// By name, Z first.
    UserFullNameDesc,
    /// Oldest membership first.
    CreatedAsc,
    /// Newest membership first.
    CreatedDesc,
    /// Longest unchanged first.
    UpdatedAsc,
    /// Last changed first.
    UpdatedDesc,
    /// Longest without activity first.
    LastActivityOnAsc,
    /// Newest activity first.
    LastActivityOnDesc,
    /// What ends soonest first.
    ExpiresAtAsc,
    /// What ends latest first.
    ExpiresAtDesc,
    /// The old spelling of `CREATED_ASC`.
    #[graphql(name = "created_asc", deprecation = "Deprecated in 0.1. Use `CREATED_ASC`.")]
    CreatedAscOld,
    /// The old spelling of `CREATED_DESC`.
    #[graphql(name = "created_desc", deprecation = "Deprecated in 0.1. Use `CREATED_DESC`.")]
    CreatedDescOld,
    /// The old spelling of `UPDATED_ASC`.
    #[graphql(name = "updated_asc", deprecation = "Deprecated in 0.1. Use `UPDATED_ASC`.")]
    UpdatedAscOld,
    /// The old spelling of `UPDATED_DESC`.
    #[graphql(name = "updated_desc", deprecation = "Deprecated in 0.1. Use `UPDATED_DESC`.")]
    UpdatedDescOld,
}

/// Whether a membership is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "MemberState")]
pub enum MembershipState {
    /// In force.
    Active,
    /// Waits for the approval of an owner; gives nothing.
    Awaiting,
}

impl From<GroupMemberRelation> for Relation {
    fn from(relation: GroupMemberRelation) -> Self {
        match relation {
            GroupMemberRelation::Direct => Self::Direct,
            GroupMemberRelation::Inherited => Self::Inherited,
            GroupMemberRelation::Descendants => Self::Descendants,
            GroupMemberRelation::SharedFromGroups => Self::SharedIntoAncestors,
        }
    }
}

impl From<ProjectMemberRelation> for Relation {
    fn from(relation: ProjectMemberRelation) -> Self {
        match relation {
            ProjectMemberRelation::Direct => Self::Direct,
            ProjectMemberRelation::Inherited => Self::Inherited,
            ProjectMemberRelation::Descendants => Self::Descendants,
            ProjectMemberRelation::InvitedGroups => Self::InvitedGroups,
            ProjectMemberRelation::SharedIntoAncestors => Self::SharedIntoAncestors,
        }
    }
}

impl From<MemberSort> for Order {
    fn from(sort: MemberSort) -> Self {
        use Direction::{Asc, Desc};
        match sort {
            MemberSort::AccessLevelAsc => Self::AccessLevel(Asc),
            MemberSort::AccessLevelDesc => Self::AccessLevel(Desc),
            MemberSort::UserFullNameAsc => Self::Name(Asc),
            MemberSort::UserFullNameDesc => Self::Name(Desc),
            MemberSort::CreatedAsc | MemberSort::CreatedAscOld => Self::Created(Asc),
            MemberSort::CreatedDesc | MemberSort::CreatedDescOld => Self::Created(Desc),
            MemberSort::UpdatedAsc | MemberSort::UpdatedAscOld => Self::Updated(Asc),
            MemberSort::UpdatedDesc | MemberSort::UpdatedDescOld => Self::Updated(Desc),
            MemberSort::LastActivityOnAsc => Self::LastActivity(Asc),
            MemberSort::LastActivityOnDesc => Self::LastActivity(Desc),
            MemberSort::ExpiresAtAsc => Self::Expires(Asc),
            MemberSort::ExpiresAtDesc => Self::Expires(Desc),
        }
    }
}

/// The arguments of `groupMembers` and `projectMembers`.
#[derive(Debug, Default)]
pub(super) struct MemberArguments {
    /// Memberships or users.
    pub(super) ids: Option<Vec<ID>>,
    /// Words.
    pub(super) search: Option<String>,
    /// The order.
    pub(super) sort: Option<MemberSort>,
    /// By which ways.
    pub(super) relations: BTreeSet<Relation>,
    /// Levels.
    pub(super) access_levels: Option<Vec<AccessLevelEnum>>,
    /// Whose accounts the top-level group owns.
    pub(super) enterprise: Option<bool>,
    /// Who is known at the group's SAML provider.
    pub(super) with_saml_identity: Option<bool>,
    /// Users.
    pub(super) user_ids: Option<Vec<UserGid>>,
    /// Lowest level.
    pub(super) min_access_level: Option<AccessLevelEnum>,
    /// Custom role.
    pub(super) member_role_id: Option<MemberRoleGid>,
    /// States.
    pub(super) states: Option<Vec<MembershipState>>,
    /// End.
    pub(super) expires_before: Option<Time>,
    /// Activity.
    pub(super) last_activity_before: Option<Date>,
    /// Freed from the directory.
    pub(super) overridden: Option<bool>,
}

/// The relations asked for; a null is as good as none given.
pub(super) fn relations<R: Into<Relation>>(given: Option<Vec<R>>) -> BTreeSet<Relation> {
    given.map_or_else(
        || [Relation::Direct, Relation::Inherited].into(),
        |relations| relations.into_iter().map(Into::into).collect(),
    )
}

impl MemberArguments {
    fn list(self) -> Result<MemberList> {
        let search = self.search.filter(|search| !search.trim().is_empty());
        let order = match (self.sort, &search) {
            (Some(sort), _) => sort.into(),
            (None, Some(_)) => Order::Match,
            (None, None) => Order::User,
        };
        let levels = self.access_levels.filter(|levels| !levels.is_empty());
        let min_level = self.min_access_level.map(AccessLevelEnum::level);
        let levels = match min_level {
            // Nobody is an administrator by a membership.
            Some(None) => Some(Vec::new()),
            _ => levels.map(|levels| levels.into_iter().filter_map(AccessLevelEnum::level).collect()),
        };
        let filter = Filter {
            search,
            users: self.user_ids.map(|ids| ids.into_iter().map(|id| id.0.0).collect()),
            rows_or_users: self.ids.map(rows_or_users).transpose()?,
            enterprise: self.enterprise,
            with_saml_identity: self.with_saml_identity.unwrap_or_default(),
            states: self
                .states
                .map(|states| states.into_iter().map(MemberState::from).collect()),
            levels,
            min_level: min_level.flatten(),
            role: self.member_role_id.map(|role| role.0),
            expires_before: self.expires_before.map(Time::day),
            last_activity_before: self.last_activity_before.map(|day| day.0),
            overridden: self.overridden,
            ..Filter::default()
        };
        Ok(MemberList {
            which: Which::By(self.relations),
            filter,
            order,
        })
    }
}

fn rows_or_users(ids: Vec<ID>) -> Result<(Vec<i64>, Vec<i64>)> {
    let (mut rows, mut users) = (Vec::new(), Vec::new());
    for id in ids {
        match GlobalId::read(&id) {
            Ok(Some(GlobalId::User(user))) => users.push(user.0),
            _ => rows.push(number_of(Model::GroupMember, &id)?),
        }
    }
    Ok((rows, users))
}

/// One page of the members of a group or project.
pub(super) async fn members<N>(
    ctx: &Context<'_>,
    asked: Asked,
    arguments: MemberArguments,
    paging: &Paging,
    node: fn(Arc<Member>, Asked) -> N,
) -> Nullable<Connection<N>> {
    let loaders = loaders(ctx);
    let members = match arguments.list() {
        Ok(list) => Arc::new(list),
        Err(fault) => return Some(Err(fault)),
    };
    let rows = List {
        sort: members.order.word(),
        page: |window| {
            let (asked, list) = (asked.clone(), Arc::clone(&members));
            loaders.find(MemberPage { asked, list, window })
        },
        count: |limit| {
            let (asked, list) = (asked.clone(), Arc::clone(&members));
            loaders.find(MemberCount { asked, list, limit })
        },
    };
    connect(ctx, paging, rows, |member| node(member, asked.clone()))
        .await
        .or_null()
}
