//! Who waits for an owner's approval, or for an answer to an invitation.

use std::sync::Arc;

use async_graphql::{Context, ID, Interface, Object};

use super::{AccessLevel, Group, Project, UserCore};
use crate::domain::pending::{Filter, Pending, Who};
use crate::domain::standing;
use crate::domain::users::User;
use crate::graphql::connection::{Border, Connection, List, Nullable, Paging, connect};
use crate::graphql::ids::Model;
use crate::graphql::keys::{GroupOf, PendingCount, PendingPage};
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::Time;
use crate::types::{MemberState, Source, SourceKind};

/// A row that waits, and all that it says.
#[derive(Clone, Debug)]
struct Row(Arc<Pending>);

impl Row {
    fn user(&self) -> Option<&User> {
        match &self.0.who {
            Who::User(user) => Some(user),
            Who::Address(_) => None,
        }
    }

    fn id(&self) -> ID {
        let model = match (&self.0.who, self.0.source.kind()) {
            (Who::Address(_), _) => Model::Invitation,
            (Who::User(_), SourceKind::Group) => Model::GroupMember,
            (Who::User(_), SourceKind::Project) => Model::ProjectMember,
        };
        model.id(self.0.id)
    }

    fn access_level(&self) -> AccessLevel {
        AccessLevel::with_role(self.0.access_level, self.0.role.clone())
    }

    fn email(&self) -> Option<String> {
        match &self.0.who {
            Who::User(user) => user.public_email.clone(),
            Who::Address(address) => Some(address.clone()),
        }
    }

    fn web_url(&self, ctx: &Context<'_>) -> Option<String> {
        let user = self.user()?;
        Some(format!("{}/{}", loaders(ctx).ctx().app.external_url, user.username))
    }

    fn approved(&self) -> bool {
        self.0.state == MemberState::Active
    }

    fn created_by(&self) -> Option<UserCore> {
        self.0.created_by.clone().map(UserCore::from)
    }
}

/// Who waits, by a row in a group.
#[derive(Clone, Debug)]
pub struct PendingGroupMember(Row);

/// Who waits, by a row in a project.
#[derive(Clone, Debug)]
pub struct PendingProjectMember(Row);

/// Who waits in the hierarchy of a top-level group: a user, or an invited address.
#[derive(Clone, Debug, Interface)]
#[expect(clippy::duplicated_attributes, reason = "fields of one type are no duplicates")]
#[graphql(
    field(
        name = "id",
        ty = "ID",
        desc = "Global id of the membership that waits, or of the invitation; `memberApprove` takes it."
    ),
    field(name = "access_level", ty = "Option<AccessLevel>", desc = "The level that it gives."),
    field(
        name = "approved",
        ty = "Option<bool>",
        desc = "Whether no owner's approval is needed any more; true of invitations only."
    ),
    field(
        name = "invited",
        ty = "Option<bool>",
        desc = "Whether it is an invited address, and not a user."
    ),
    field(name = "avatar_url", ty = "Option<String>", desc = "Null: there are no avatars."),
    field(name = "created_at", ty = "Option<Time>", desc = "When it was made."),
    field(
        name = "created_by",
        ty = "Option<UserCore>",
        desc = "Who made it; null when nobody is recorded."
    ),
    field(
        name = "email",
        ty = "Option<String>",
        desc = "The invited address; of a user the address that everybody may see, null without one."
    ),
    field(
        name = "expires_at",
        ty = "Option<Time>",
        desc = "The day on which the membership ends, UTC, whether there is one by then or not. Null without an end."
    ),
    field(name = "name", ty = "Option<String>", desc = "The user's name; null for an address."),
    field(name = "updated_at", ty = "Option<Time>", desc = "When it was last changed."),
    field(name = "user", ty = "Option<UserCore>", desc = "The user; null for an address."),
    field(
        name = "username",
        ty = "Option<String>",
        desc = "The name in paths; null for an address."
    ),
    field(
        name = "web_url",
        ty = "Option<String>",
        desc = "Address of the user's page; null for an address."
    )
)]
pub enum PendingMemberInterface {
    /// By a row in a group.
    PendingGroupMember(PendingGroupMember),
    /// By a row in a project.
    PendingProjectMember(PendingProjectMember),
}

impl PendingMemberInterface {
    fn new(pending: Arc<Pending>) -> Self {
        match pending.source {
            Source::Group(_) => Self::PendingGroupMember(PendingGroupMember(Row(pending))),
            Source::Project(_) => Self::PendingProjectMember(PendingProjectMember(Row(pending))),
        }
    }
}

/// Who waits in the hierarchy of a top-level group, by a row in a group. Seen by who administers the members of the top-level group: its owners, custom roles
/// that manage members, and administrators.
#[Object]
impl PendingGroupMember {
    /// Global id of the membership that waits, or of the invitation; `memberApprove` takes it.
    pub(super) async fn id(&self) -> ID {
        self.0.id()
    }

    /// The level that it gives.
    pub(super) async fn access_level(&self) -> Option<AccessLevel> {
        Some(self.0.access_level())
    }

    /// Whether no owner's approval is needed any more; true of invitations only.
    pub(super) async fn approved(&self) -> Option<bool> {
        Some(self.0.approved())
    }

    /// Whether it is an invited address, and not a user.
    pub(super) async fn invited(&self) -> Option<bool> {
        Some(self.0.user().is_none())
    }

    /// Null: there are no avatars.
    pub(super) async fn avatar_url(&self) -> Option<String> {
        None
    }

    /// When it was made.
    pub(super) async fn created_at(&self) -> Option<Time> {
        Some(Time::At(self.0.0.created_at))
    }

    /// Who made it; null when nobody is recorded.
    pub(super) async fn created_by(&self) -> Option<UserCore> {
        self.0.created_by()
    }

    /// The invited address; of a user the address that everybody may see, null without one.
    pub(super) async fn email(&self) -> Option<String> {
        self.0.email()
    }

    /// The day on which the membership ends, UTC, whether there is one by then or not. Null without an end.
    pub(super) async fn expires_at(&self) -> Option<Time> {
        self.0.0.expires_at.map(Time::Day)
    }

    /// The user's name; null for an address.
    pub(super) async fn name(&self) -> Option<String> {
        self.0.user().map(|user| user.name.clone())
    }

    /// When it was last changed.
    pub(super) async fn updated_at(&self) -> Option<Time> {
        Some(Time::At(self.0.0.updated_at))
    }

    /// The user; null for an address.
    pub(super) async fn user(&self) -> Option<UserCore> {
        self.0.user().cloned().map(UserCore::from)
    }

    /// The name in paths; null for an address.
    pub(super) async fn username(&self) -> Option<String> {
        self.0.user().map(|user| user.username.clone())
    }

    /// Address of the user's page; null for an address.
    pub(super) async fn web_url(&self, ctx: &Context<'_>) -> Option<String> {
        self.0.web_url(ctx)
    }

    /// The group that the row belongs to.
    async fn group(&self, ctx: &Context<'_>) -> Nullable<Group> {
        let Source::Group(group) = self.0.0.source else {
            return None;
        };
        loaders(ctx).find(group).await.map(Group).or_null()
    }
}

/// Who waits in the hierarchy of a top-level group, by a row in a project. Seen by who administers the members of the top-level group: its owners, custom roles
/// that manage members, and administrators.
#[Object]
impl PendingProjectMember {
    /// Global id of the membership that waits, or of the invitation; `memberApprove` takes it.
    pub(super) async fn id(&self) -> ID {
        self.0.id()
    }

    /// The level that it gives.
    pub(super) async fn access_level(&self) -> Option<AccessLevel> {
        Some(self.0.access_level())
    }

    /// Whether no owner's approval is needed any more; true of invitations only.
    pub(super) async fn approved(&self) -> Option<bool> {
        Some(self.0.approved())
    }

    /// Whether it is an invited address, and not a user.
    pub(super) async fn invited(&self) -> Option<bool> {
        Some(self.0.user().is_none())
    }

    /// Null: there are no avatars.
    pub(super) async fn avatar_url(&self) -> Option<String> {
        None
    }

    /// When it was made.
    pub(super) async fn created_at(&self) -> Option<Time> {
        Some(Time::At(self.0.0.created_at))
    }

    /// Who made it; null when nobody is recorded.
    pub(super) async fn created_by(&self) -> Option<UserCore> {
        self.0.created_by()
    }

    /// The invited address; of a user the address that everybody may see, null without one.
    pub(super) async fn email(&self) -> Option<String> {
        self.0.email()
    }

    /// The day on which the membership ends, UTC, whether there is one by then or not. Null without an end.
    pub(super) async fn expires_at(&self) -> Option<Time> {
        self.0.0.expires_at.map(Time::Day)
    }

    /// The user's name; null for an address.
    pub(super) async fn name(&self) -> Option<String> {
        self.0.user().map(|user| user.name.clone())
    }

    /// When it was last changed.
    pub(super) async fn updated_at(&self) -> Option<Time> {
        Some(Time::At(self.0.0.updated_at))
    }

    /// The user; null for an address.
    pub(super) async fn user(&self) -> Option<UserCore> {
        self.0.user().cloned().map(UserCore::from)
    }

    /// The name in paths; null for an address.
    pub(super) async fn username(&self) -> Option<String> {
        self.0.user().map(|user| user.username.clone())
    }

    /// Address of the user's page; null for an address.
    pub(super) async fn web_url(&self, ctx: &Context<'_>) -> Option<String> {
        self.0.web_url(ctx)
    }

    /// The project that the row belongs to.
    async fn project(&self, ctx: &Context<'_>) -> Nullable<Project> {
        let Source::Project(project) = self.0.0.source else {
            return None;
        };
        loaders(ctx).find(project).await.map(Project).or_null()
    }
}

/// Who waits in the hierarchy of a group; null below the top, and for who does not administer its members.
pub(super) async fn list(
    ctx: &Context<'_>,
    group: &Arc<standing::Group>,
    search: Option<String>,
    paging: &Paging,
) -> Nullable<Connection<PendingMemberInterface>> {
    let loaders = loaders(ctx);
    let filter = Filter { search };
    let of = GroupOf(Arc::clone(group));
    let rows = List {
        sort: "Pending".to_owned(),
        page: |window| {
            loaders.find(PendingPage {
                of: of.clone(),
                filter: filter.clone(),
                window,
            })
        },
        count: |limit| {
            loaders.find(PendingCount {
                of: of.clone(),
                filter: filter.clone(),
                limit,
            })
        },
    };
    connect(ctx, paging, rows, PendingMemberInterface::new).await.or_null()
}
