//! Memberships: rows that make somebody a member of a group or project.

use std::sync::Arc;

use async_graphql::{Context, ID, Interface, Object};

use super::effective_access;
use super::{
    AccessGrant, AccessLevel, Group, GroupSamlIdentity, GroupScimIdentity, MemberRole, MemberSource, MembershipState,
    Project, UserCore,
};
use crate::domain::groups::{Abilities, abilities};
use crate::domain::members::{self, Member, Relation, Which};
use crate::domain::{Error, Result, Thing};
use crate::graphql::connection::Nullable;
use crate::graphql::ids::MemberKey;
use crate::graphql::keys::Asked;
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::{Date, Time};
use crate::types::Source;

/// A membership, and the group or project in whose list it stands.
#[derive(Clone, Debug)]
struct Row {
    member: Arc<Member>,
    asked: Option<Asked>,
    /// Whether the caller may be outside: who left no longer sees the place, and has another level there.
    outside: bool,
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
        let at_hand = self.asked.as_ref().filter(|_| !self.outside);
        if let Some(asked) = at_hand.filter(|asked| asked.source() == self.member.source) {
            return Ok(Some(asked.clone()));
        }
        Ok(match self.member.source {
            Source::Group(group) => loaders(ctx).one(group).await?.map(Asked::Group),
            Source::Project(project) => loaders(ctx).one(project).await?.map(Asked::Project),
        })
    }

    async fn source(&self, ctx: &Context<'_>) -> Result<MemberSource> {
        let home = self.home(ctx).await?.or_else(|| self.asked.clone());
        home.map(MemberSource::from).ok_or(Error::NotFound(Thing::Row))
    }

    /// Into the list that it stands in; alone, into its own source.
    async fn grants(&self, ctx: &Context<'_>) -> Result<Vec<AccessGrant>> {
        let asked = match &self.asked {
            Some(asked) if !self.outside => Some(asked.clone()),
            _ => self.home(ctx).await?,
        };
        match asked {
            Some(asked) => effective_access::grants(ctx, asked, self.member.user.id).await,
            None => Ok(Vec::new()),
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
#[expect(clippy::duplicated_attributes, reason = "fields of one type are no duplicates")]
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
        name = "grants",
        ty = "Vec<AccessGrant>",
        desc = "Every way that leads the user into the group or project whose list this stands in; of a membership looked up alone: into its \
                own. The one that decides comes first. Empty when you may not see that one."
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
            outside: false,
        })
    }

    /// One that was looked up alone.
    pub fn alone(member: Arc<Member>) -> Self {
        Self(Row {
            member,
            asked: None,
            outside: false,
        })
    }
}

impl ProjectMember {
    /// One that was looked up alone.
    pub fn alone(member: Arc<Member>) -> Self {
        Self(Row {
            member,
            asked: None,
            outside: false,
        })
    }
}

impl MemberInterface {
    /// One that stands in the list of a group or project.
    pub fn asked(member: Arc<Member>, asked: Asked) -> Self {
        Self::of(Row {
            member,
            asked: Some(asked),
            outside: false,
        })
    }

    /// One that was looked up alone.
    pub fn alone(member: Arc<Member>) -> Self {
        Self::of(Row {
            member,
            asked: None,
            outside: false,
        })
    }

    /// One in a group or project that the caller may not see: who was removed from it, or waits to be let in.
    pub fn from_outside(member: Arc<Member>, of: Asked) -> Self {
        Self::of(Row {
            member,
            asked: Some(of),
            outside: true,
        })
    }

    fn of(row: Row) -> Self {
        match row.member.source {
            Source::Group(_) => Self::GroupMember(GroupMember(row)),
            Source::Project(_) => Self::ProjectMember(ProjectMember(row)),
        }
    }

    /// The member of that id.
    ///
    /// # Errors
    /// `NotFound` when there is none in a group or project whose members the caller may list.
    pub async fn find(ctx: &Context<'_>, key: MemberKey) -> Result<Self> {
        let loaders = loaders(ctx);
        let member = match key {
            MemberKey::Group(row) | MemberKey::Project(row) => loaders.find(row).await?,
            MemberKey::Owner(project, user) => {
                let project = loaders.find(project).await?;
                let of = members::Of::Project(&project);
                Arc::new(members::single(&loaders.ctx(), of, &Which::Direct, user.0).await?)
            }
        };
        let member = Self::alone(member);
        if member.row().key() == key {
            Ok(member)
        } else {
            Err(Error::NotFound(Thing::Row))
        }
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
    async fn group(&self, ctx: &Context<'_>) -> Nullable<Group> {
        match self.0.home(ctx).await.transpose()? {
            Ok(Asked::Group(group)) => Some(Ok(Group(group))),
            Ok(Asked::Project(_)) => None,
            Err(fault) => Some(Err(fault)),
        }
    }

    /// The user's primary address. Null for others than administrators and, when a top-level group owns the account and the membership belongs to
    /// its hierarchy, the owners of that group.
    async fn notification_email(&self) -> Option<&str> {
        self.0.member.user.email.as_deref()
    }

    /// How the user is known at the SAML provider of the group that the membership belongs to. Null when the user is not, when that group has no SAML,
    /// as no subgroup has, and for others than its owners and administrators.
    async fn group_saml_identity(&self) -> Option<GroupSamlIdentity> {
        let identity = self.0.member.saml_identity.clone().flatten();
        identity.map(GroupSamlIdentity::from)
    }

    /// How the user is known by SCIM in the group that the membership belongs to. roster does not speak SCIM: null.
    async fn group_scim_identity(&self) -> Option<GroupScimIdentity> {
        None
    }

    /// What you yourself may do in the group.
    async fn user_permissions(&self, ctx: &Context<'_>) -> Result<GroupMemberPermissions> {
        let home = self.0.home(ctx).await?;
        let group = match &home {
            Some(Asked::Group(group)) => Some(&**group),
            _ => None,
        };
        Ok(GroupMemberPermissions(abilities(&loaders(ctx).ctx().actor, group)))
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

    /// Every way that leads the user into the group or project whose list this stands in; of a membership looked up alone: into its own. The
    /// one that decides comes first. Empty when you may not see that one.
    pub(super) async fn grants(&self, ctx: &Context<'_>) -> Result<Vec<AccessGrant>> {
        self.0.grants(ctx).await
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
    async fn project(&self, ctx: &Context<'_>) -> Nullable<Project> {
        match self.0.home(ctx).await.transpose()? {
            Ok(Asked::Project(project)) => Some(Ok(Project(project))),
            Ok(Asked::Group(_)) => None,
            Err(fault) => Some(Err(fault)),
        }
    }

    /// The user's primary address. Null for others than administrators and, when a top-level group owns the account and the membership belongs to
    /// its hierarchy, the owners of that group.
    async fn notification_email(&self) -> Option<&str> {
        self.0.member.user.email.as_deref()
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

    /// Every way that leads the user into the group or project whose list this stands in; of a membership looked up alone: into its own. The
    /// one that decides comes first. Empty when you may not see that one.
    pub(super) async fn grants(&self, ctx: &Context<'_>) -> Result<Vec<AccessGrant>> {
        self.0.grants(ctx).await
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
#[derive(Clone, Copy, Debug)]
pub struct GroupMemberPermissions(Abilities);

/// What you yourself may do in the group of a membership; nothing when you may not see it.
#[Object]
impl GroupMemberPermissions {
    /// See it.
    async fn read_group(&self) -> bool {
        self.0.read
    }

    /// Remove it: its owners.
    async fn remove_group(&self) -> bool {
        self.0.administer
    }

    /// Change its settings: its owners.
    async fn view_edit_page(&self) -> bool {
        self.0.administer
    }

    /// Make projects in it: developers and up.
    async fn create_projects(&self) -> bool {
        self.0.create
    }

    /// Give it emoji of its own: developers and up.
    async fn create_custom_emoji(&self) -> bool {
        self.0.create
    }
}
