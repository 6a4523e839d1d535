//! Users: as everybody sees them, and oneself.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Interface, Object};

use super::{
    AccessRequest, GroupMember, Invitation, PersonalAccessToken, ProjectMember, access_request, invitation,
    personal_access_token,
};
use crate::domain::members::Member;
use crate::domain::users;
use crate::graphql::connection::{Border, Connection, List, Nullable, Paging, connect};
use crate::graphql::ids::Model;
use crate::graphql::keys::{MembershipCount, MembershipPage};
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::Date;
use crate::types::{self, SourceKind, UserId};

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "types::UserState")]
pub enum UserState {
    /// In use.
    #[graphql(name = "active")]
    Active,
    /// Blocked by an administrator.
    #[graphql(name = "blocked")]
    Blocked,
    /// Asleep until the next log-in.
    #[graphql(name = "deactivated")]
    Deactivated,
    /// Banned by an administrator.
    #[graphql(name = "banned")]
    Banned,
    /// Blocked by the directory.
    #[graphql(name = "ldap_blocked")]
    LdapBlocked,
    /// Signed up, not let in yet.
    #[graphql(name = "blocked_pending_approval")]
    BlockedPendingApproval,
}

/// An account, as others see it and as its owner does.
#[derive(Clone, Debug, Interface)]
#[expect(clippy::duplicated_attributes, reason = "fields of one type are no duplicates")]
#[graphql(
    field(name = "id", ty = "ID", desc = "Global id, `gid://gitlab/User/1`."),
    field(name = "username", ty = "String", desc = "The name in paths, unique."),
    field(
        name = "name",
        ty = "String",
        desc = "The name; `****` for a bot of groups and projects that you do not see."
    ),
    field(name = "state", ty = "UserState", desc = "Whether the account may be used."),
    field(
        name = "public_email",
        ty = "Option<String>",
        desc = "The address that the user shows to everybody; null without one."
    ),
    field(
        name = "avatar_url",
        ty = "Option<String>",
        desc = "Address of a picture; null without one."
    ),
    field(name = "web_url", ty = "String", desc = "Address of the user's page."),
    field(
        name = "group_memberships",
        ty = "Nullable<Connection<GroupMember>>",
        desc = "The user's own rows in groups, oldest first. All of them for the user in person and administrators; for other signed-in \
                callers those in groups whose members they may list; null for anonymous callers.",
        arg(
            name = "first",
            ty = "Option<i32>",
            desc = "Rows from the start; 100 when absent and at most."
        ),
        arg(name = "after", ty = "Option<String>", desc = "Only rows behind this cursor."),
        arg(
            name = "last",
            ty = "Option<i32>",
            desc = "Rows from the end, at most 100; not with `first`."
        ),
        arg(name = "before", ty = "Option<String>", desc = "Only rows before this cursor.")
    ),
    field(
        name = "project_memberships",
        ty = "Nullable<Connection<ProjectMember>>",
        desc = "The user's own rows in projects, oldest first. All of them for the user in person and administrators; for other signed-in \
                callers those in projects that they see; null for anonymous callers.",
        arg(
            name = "first",
            ty = "Option<i32>",
            desc = "Rows from the start; 100 when absent and at most."
        ),
        arg(name = "after", ty = "Option<String>", desc = "Only rows behind this cursor."),
        arg(
            name = "last",
            ty = "Option<i32>",
            desc = "Rows from the end, at most 100; not with `first`."
        ),
        arg(name = "before", ty = "Option<String>", desc = "Only rows before this cursor.")
    )
)]
pub enum User {
    /// Somebody.
    UserCore(UserCore),
    /// Oneself.
    CurrentUser(CurrentUser),
}

/// Somebody: looked up alone, or come with a membership.
#[derive(Clone, Debug)]
pub enum UserCore {
    /// Looked up alone.
    Alone(Arc<users::User>),
    /// The user of a membership.
    Member(Arc<Member>),
}

impl UserCore {
    fn user(&self) -> &users::User {
        match self {
            Self::Alone(user) => user,
            Self::Member(member) => &member.user,
        }
    }
}

impl From<users::User> for UserCore {
    fn from(user: users::User) -> Self {
        Self::Alone(Arc::new(user))
    }
}

/// The signed-in user.
#[derive(Clone, Debug)]
pub struct CurrentUser(pub users::User);

/// An account, as others see it.
#[Object]
impl UserCore {
    /// Global id, `gid://gitlab/User/1`.
    pub(super) async fn id(&self) -> ID {
        Model::User.id(self.user().id)
    }

    /// The name in paths, unique.
    pub(super) async fn username(&self) -> &str {
        &self.user().username
    }

    /// The name; `****` for a bot of groups and projects that you do not see.
    pub(super) async fn name(&self) -> &str {
        &self.user().name
    }

    /// Whether the account may be used.
    pub(super) async fn state(&self) -> UserState {
        self.user().state.into()
    }

    /// The address that the user shows to everybody; null without one.
    pub(super) async fn public_email(&self) -> Option<String> {
        self.user().public_email.clone()
    }

    /// Address of a picture. roster keeps none: null.
    pub(super) async fn avatar_url(&self) -> Option<String> {
        None
    }

    /// Address of the user's page.
    pub(super) async fn web_url(&self, ctx: &Context<'_>) -> String {
        web_url(ctx, self.user())
    }

    /// Whether no person is behind it: a bot of a project or group, a service account.
    fn bot(&self) -> bool {
        self.user().user_type.is_bot()
    }

    /// The newest day with activity, UTC; null when there was none.
    fn last_activity_on(&self) -> Option<Date> {
        self.user().last_activity_on.map(Date)
    }

    /// The user's own rows in groups, oldest first. All of them for the user in person and administrators; for other signed-in callers those
    /// in groups whose members they may list; null for anonymous callers.
    pub(super) async fn group_memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<GroupMember>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        memberships(ctx, self.user().id, SourceKind::Group, &paging, GroupMember::alone).await
    }

    /// The user's own rows in projects, oldest first. All of them for the user in person and administrators; for other signed-in callers
    /// those in projects that they see; null for anonymous callers.
    pub(super) async fn project_memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<ProjectMember>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        memberships(ctx, self.user().id, SourceKind::Project, &paging, ProjectMember::alone).await
    }
}

/// The signed-in user: the owner of the token, or with sudo the one who is acted as.
#[Object]
impl CurrentUser {
    /// Global id, `gid://gitlab/User/1`.
    pub(super) async fn id(&self) -> ID {
        Model::User.id(self.0.id)
    }

    /// The name in paths, unique.
    pub(super) async fn username(&self) -> &str {
        &self.0.username
    }

    /// The name.
    pub(super) async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether the account may be used.
    pub(super) async fn state(&self) -> UserState {
        self.0.state.into()
    }

    /// The address that you show to everybody; null without one.
    pub(super) async fn public_email(&self) -> Option<String> {
        self.0.public_email.clone()
    }

    /// Address of a picture. roster keeps none: null.
    pub(super) async fn avatar_url(&self) -> Option<String> {
        None
    }

    /// Address of your page.
    pub(super) async fn web_url(&self, ctx: &Context<'_>) -> String {
        web_url(ctx, &self.0)
    }

    /// Your own rows in groups, oldest first: all of them.
    pub(super) async fn group_memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<GroupMember>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        memberships(ctx, self.0.id, SourceKind::Group, &paging, GroupMember::alone).await
    }

    /// Your own rows in projects, oldest first: all of them.
    pub(super) async fn project_memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<ProjectMember>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        memberships(ctx, self.0.id, SourceKind::Project, &paging, ProjectMember::alone).await
    }

    /// The pending invitations to your own addresses, oldest first. You accept one by the link in its mail.
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<Invitation>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        invitation::mine(ctx, &paging).await
    }

    /// Your own open requests for access, oldest first; without those for groups and projects that you no longer see.
    async fn access_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<AccessRequest>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        access_request::own(ctx, &paging).await
    }

    /// Your own personal access tokens, oldest first, revoked and expired ones too.
    async fn personal_access_tokens(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<PersonalAccessToken>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        personal_access_token::own(ctx, &paging).await
    }
}

fn web_url(ctx: &Context<'_>, user: &users::User) -> String {
    format!("{}/{}", loaders(ctx).ctx().app.external_url, user.username)
}

async fn memberships<N>(
    ctx: &Context<'_>,
    user: UserId,
    kind: SourceKind,
    paging: &Paging,
    node: impl Fn(Arc<Member>) -> N,
) -> Nullable<Connection<N>> {
    let loaders = loaders(ctx);
    let rows = List {
        sort: "Row".to_owned(),
        page: |window| loaders.find(MembershipPage { user, kind, window }),
        count: |limit| loaders.find(MembershipCount { user, kind, limit }),
    };
    connect(ctx, paging, rows, node).await.or_null()
}
