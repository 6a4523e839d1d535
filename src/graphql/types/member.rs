//! Memberships: rows that make somebody a member of a group or project.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Interface, Object, Result, SimpleObject};

use super::{AccessLevel, AccessLevelEnum, Group, MemberRole, MemberSource, Project, UserCore};
use crate::domain::groups::{Abilities, abilities};
use crate::domain::members::{self, Direction, Filter, Member, Order, Relation, Which};
use crate::graphql::connection::{Border, Connection, List, Paging, connect};
use crate::graphql::ids::{GlobalId, MemberKey, MemberRoleGid, Model, UserGid, number_of};
use crate::graphql::keys::{Asked, MemberCount, MemberList, MemberPage};
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::{Date, Time};
use crate::types::{MemberState, Source};

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
    #[graphql(name = "created_asc", deprecation = "Use CREATED_ASC")]
    CreatedAscOld,
    /// The old spelling of `CREATED_DESC`.
    #[graphql(name = "created_desc", deprecation = "Use CREATED_DESC")]
    CreatedDescOld,
    /// The old spelling of `UPDATED_ASC`.
    #[graphql(name = "updated_asc", deprecation = "Use UPDATED_ASC")]
    UpdatedAscOld,
    /// The old spelling of `UPDATED_DESC`.
    #[graphql(name = "updated_desc", deprecation = "Use UPDATED_DESC")]
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
) -> Result<Option<Connection<N>>> {
    let loaders = loaders(ctx);
    let members = Arc::new(arguments.list()?);
    let list = List {
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
    Ok(connect(ctx, paging, list, |member| node(member, asked.clone()))
        .await
        .or_null()?)
}

/// A membership, and the group or project in whose list it stands.
#[derive(Clone, Debug)]
struct Row {
    member: Arc<Member>,
    asked: Option<Asked>,
}

impl Row {
    fn key(&self) -> MemberKey {
        let member = &*self.member;
        match (member.source, member.id) {
            (Source::Group(_), id) => MemberKey::Group(id.unwrap_or_default()),
            (Source::Project(_), Some(id)) => MemberKey::Project(id),
            (Source::Project(project), None) => MemberKey::Owner(project, member.user.id),
        }
    }

    fn access_level(&self) -> AccessLevel {
        AccessLevel::with_role(self.member.access_level, self.member.role.clone())
    }

    fn created_by(&self) -> Option<UserCore> {
        self.member.created_by.clone().map(UserCore::from)
    }

    /// The group or project of the row, when the caller sees it. The one whose list it stands in is at hand.
    async fn home(&self, ctx: &Context<'_>) -> Result<Option<Asked>> {
        if let Some(asked) = self.asked.as_ref().filter(|asked| asked.source() == self.member.source) {
            return Ok(Some(asked.clone()));
        }
        Ok(match self.member.source {
            Source::Group(group) => loaders(ctx).one(group).await?.map(Asked::Group),
            Source::Project(project) => loaders(ctx).one(project).await?.map(Asked::Project),
        })
    }

    async fn source(&self, ctx: &Context<'_>) -> Result<MemberSource> {
        let home = self.home(ctx).await?.or_else(|| self.asked.clone());
        match home {
            Some(Asked::Group(group)) => Ok(Group(group).into()),
            Some(Asked::Project(project)) => Ok(Project(project).into()),
            None => Err(crate::domain::Error::NotFound(crate::domain::Thing::Row).into()),
        }
    }

    fn member_role(&self) -> Option<MemberRole> {
        self.member.role.clone().map(|role| MemberRole(Arc::new(role)))
    }
}

/// A membership in a group.
#[derive(Clone, Debug)]
pub struct GroupMember(Row);

/// A membership in a project.
#[derive(Clone, Debug)]
pub struct ProjectMember(Row);

/// A membership in a group or project.
#[derive(Clone, Debug, Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Global id of the membership."),
    field(
        name = "access_level",
        ty = "Option<AccessLevel>",
        desc = "The level: in a list the highest among the relations asked for, else the row's own."
    ),
    field(name = "created_at", ty = "Option<Time>", desc = "When the membership was made."),
    field(
        name = "updated_at",
        ty = "Option<Time>",
        desc = "When the membership was last changed."
    ),
    field(
        name = "expires_at",
        ty = "Option<Time>",
        desc = "The day on which it ends, UTC: from then on it counts no more. Null without an end."
    ),
    field(
        name = "created_by",
        ty = "Option<UserCore>",
        desc = "Who made it; null when nobody is recorded, or when it came through a share of a group that you may not see."
    ),
    field(name = "user", ty = "Option<UserCore>", desc = "The user."),
    field(
        name = "member_role",
        ty = "Option<MemberRole>",
        desc = "The custom role; null without one."
    ),
    field(
        name = "source",
        ty = "MemberSource",
        desc = "The group or project that the membership belongs to. When you may not see that one, the group or project whose members you asked for."
    ),
    field(
        name = "state",
        ty = "MembershipState",
        desc = "In force, or waiting for an owner's approval."
    ),
    field(
        name = "override",
        method = "overridden",
        ty = "bool",
        desc = "Whether its level is freed from the directory."
    ),
    field(
        name = "is_direct_member",
        ty = "bool",
        desc = "Whether the row belongs to the very group or project that was asked."
    ),
    field(
        name = "last_activity_on",
        ty = "Option<Date>",
        desc = "The user's newest day with activity, UTC; null when there was none."
    ),
    field(
        name = "invite_email",
        ty = "Option<String>",
        desc = "The address to which the invitation went that it once was. Null for others than owners of the group or project and administrators."
    )
)]
pub enum MemberInterface {
    /// In a group.
    GroupMember(GroupMember),
    /// In a project.
    ProjectMember(ProjectMember),
}

impl GroupMember {
    /// One that stands in the list of a group or project.
    pub fn asked(member: Arc<Member>, asked: Asked) -> Self {
        Self(Row {
            member,
            asked: Some(asked),
        })
    }

    /// One that was looked up alone.
    pub fn alone(member: Arc<Member>) -> Self {
        Self(Row { member, asked: None })
    }
}

impl ProjectMember {
    /// One that was looked up alone.
    pub fn alone(member: Arc<Member>) -> Self {
        Self(Row { member, asked: None })
    }
}

impl MemberInterface {
    /// One that stands in the list of a group or project.
    pub fn asked(member: Arc<Member>, asked: Asked) -> Self {
        Self::of(Row {
            member,
            asked: Some(asked),
        })
    }

    /// One that was looked up alone.
    pub fn alone(member: Arc<Member>) -> Self {
        Self::of(Row { member, asked: None })
    }

    fn of(row: Row) -> Self {
        match row.member.source {
            Source::Group(_) => Self::GroupMember(GroupMember(row)),
            Source::Project(_) => Self::ProjectMember(ProjectMember(row)),
        }
    }

    /// The member of that id; none when the caller may not list the members of its group or project.
    pub async fn find(ctx: &Context<'_>, key: MemberKey) -> Result<Option<Self>> {
        let loaders = loaders(ctx);
        let found = match key {
            MemberKey::Group(row) | MemberKey::Project(row) => loaders.one(row).await?.map(Self::alone),
            MemberKey::Owner(project, user) => match loaders.one(project).await? {
                Some(project) => {
                    let of = members::Of::Project(&project);
                    let member = members::single(&loaders.ctx, of, &Which::Direct, user.0)
                        .await
                        .or_null()?;
                    member.map(|member| Self::alone(Arc::new(member)))
                }
                None => None,
            },
        };
        Ok(found.filter(|member| member.row().key() == key))
    }

    fn row(&self) -> &Row {
        match self {
            Self::GroupMember(member) => &member.0,
            Self::ProjectMember(member) => &member.0,
        }
    }
}

/// A membership in a group. Seen by who may list the members of the group, or of the group or project into which it leads.
#[Object]
impl GroupMember {
    /// Global id, `gid://gitlab/GroupMember/1`.
    pub(super) async fn id(&self) -> ID {
        self.0.key().id()
    }

    /// The level: in a list the highest among the relations asked for, else the row's own.
    pub(super) async fn access_level(&self) -> Option<AccessLevel> {
        Some(self.0.access_level())
    }

    /// When the membership was made.
    pub(super) async fn created_at(&self) -> Option<Time> {
        Some(Time::At(self.0.member.created_at))
    }

    /// When the membership was last changed.
    pub(super) async fn updated_at(&self) -> Option<Time> {
        Some(Time::At(self.0.member.updated_at))
    }

    /// The day on which it ends, UTC: from then on it counts no more. Null without an end.
    pub(super) async fn expires_at(&self) -> Option<Time> {
        self.0.member.expires_at.map(Time::Day)
    }

    /// Who made it; null when nobody is recorded, or when it came through a share of a group that you may not see.
    pub(super) async fn created_by(&self) -> Option<UserCore> {
        self.0.created_by()
    }

    /// The user.
    pub(super) async fn user(&self) -> Option<UserCore> {
        Some(UserCore::Member(Arc::clone(&self.0.member)))
    }

    /// The group that the membership belongs to; null when you may not see it.
    async fn group(&self, ctx: &Context<'_>) -> Result<Option<Group>> {
        match self.0.home(ctx).await? {
            Some(Asked::Group(group)) => Ok(Some(Group(group))),
            _ => Ok(None),
        }
    }

    /// The user's primary address. Null for others than administrators, the owners of the account and the user in person.
    async fn notification_email(&self) -> Option<&str> {
        self.0.member.user.email.as_deref()
    }

    /// What you yourself may do in the group.
    async fn user_permissions(&self, ctx: &Context<'_>) -> Result<GroupMemberPermissions> {
        let home = self.0.home(ctx).await?;
        let group = match &home {
            Some(Asked::Group(group)) => Some(&**group),
            _ => None,
        };
        Ok(abilities(&loaders(ctx).ctx.actor, group).into())
    }

    /// The custom role; null without one.
    pub(super) async fn member_role(&self) -> Option<MemberRole> {
        self.0.member_role()
    }

    /// The group or project that the membership belongs to. When you may not see that one, the group or project whose members you asked for.
    pub(super) async fn source(&self, ctx: &Context<'_>) -> Result<MemberSource> {
        self.0.source(ctx).await
    }

    /// In force, or waiting for an owner's approval.
    pub(super) async fn state(&self) -> MembershipState {
        self.0.member.state.into()
    }

    /// Whether its level is freed from the directory.
    #[graphql(name = "override")]
    pub(super) async fn overridden(&self) -> bool {
        self.0.member.overridden
    }

    /// Whether the row belongs to the very group or project that was asked.
    pub(super) async fn is_direct_member(&self) -> bool {
        self.0.member.relation == Relation::Direct
    }

    /// The user's newest day with activity, UTC; null when there was none.
    pub(super) async fn last_activity_on(&self) -> Option<Date> {
        self.0.member.user.last_activity_on.map(Date)
    }

    /// The address to which the invitation went that it once was. Null for others than owners of the group or project and administrators.
    pub(super) async fn invite_email(&self) -> Option<String> {
        self.0.member.invite_email.clone()
    }
}

/// A membership in a project. Seen by who may list the members of the project.
#[Object]
impl ProjectMember {
    /// Global id, `gid://gitlab/ProjectMember/1`. The owner of a personal namespace has no row: `ProjectMember/<project>-<user>`.
    pub(super) async fn id(&self) -> ID {
        self.0.key().id()
    }

    /// The level: in a list the highest among the relations asked for, else the row's own.
    pub(super) async fn access_level(&self) -> Option<AccessLevel> {
        Some(self.0.access_level())
    }

    /// When the membership was made.
    pub(super) async fn created_at(&self) -> Option<Time> {
        Some(Time::At(self.0.member.created_at))
    }

    /// When the membership was last changed.
    pub(super) async fn updated_at(&self) -> Option<Time> {
        Some(Time::At(self.0.member.updated_at))
    }

    /// The day on which it ends, UTC: from then on it counts no more. Null without an end.
    pub(super) async fn expires_at(&self) -> Option<Time> {
        self.0.member.expires_at.map(Time::Day)
    }

    /// Who made it; null when nobody is recorded, or when it came through a share of a group that you may not see.
    pub(super) async fn created_by(&self) -> Option<UserCore> {
        self.0.created_by()
    }

    /// The user.
    pub(super) async fn user(&self) -> Option<UserCore> {
        Some(UserCore::Member(Arc::clone(&self.0.member)))
    }

    /// The project that the membership belongs to; null when you may not see it.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        match self.0.home(ctx).await? {
            Some(Asked::Project(project)) => Ok(Some(Project(project))),
            _ => Ok(None),
        }
    }

    /// The custom role; null without one.
    pub(super) async fn member_role(&self) -> Option<MemberRole> {
        self.0.member_role()
    }

    /// The group or project that the membership belongs to. When you may not see that one, the group or project whose members you asked for.
    pub(super) async fn source(&self, ctx: &Context<'_>) -> Result<MemberSource> {
        self.0.source(ctx).await
    }

    /// In force, or waiting for an owner's approval.
    pub(super) async fn state(&self) -> MembershipState {
        self.0.member.state.into()
    }

    /// Whether its level is freed from the directory.
    #[graphql(name = "override")]
    pub(super) async fn overridden(&self) -> bool {
        self.0.member.overridden
    }

    /// Whether the row belongs to the very group or project that was asked.
    pub(super) async fn is_direct_member(&self) -> bool {
        self.0.member.relation == Relation::Direct
    }

    /// The user's newest day with activity, UTC; null when there was none.
    pub(super) async fn last_activity_on(&self) -> Option<Date> {
        self.0.member.user.last_activity_on.map(Date)
    }

    /// The address to which the invitation went that it once was. Null for others than owners of the group or project and administrators.
    pub(super) async fn invite_email(&self) -> Option<String> {
        self.0.member.invite_email.clone()
    }
}

/// What the signed-in user may do in a group.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct GroupMemberPermissions {
    /// See it.
    read_group: bool,
    /// Remove it: its owners.
    remove_group: bool,
    /// Change its settings: its owners.
    view_edit_page: bool,
    /// Make projects in it: developers and up.
    create_projects: bool,
    /// Give it emoji of its own: developers and up.
    create_custom_emoji: bool,
}

impl From<Abilities> for GroupMemberPermissions {
    fn from(abilities: Abilities) -> Self {
        Self {
            read_group: abilities.read,
            remove_group: abilities.administer,
            view_edit_page: abilities.administer,
            create_projects: abilities.create,
            create_custom_emoji: abilities.create,
        }
    }
}
