//! The audit events of the whole instance: also those of users, and of groups and projects that are gone.

use async_graphql::{Context, Enum, ID, Object};

use super::audit_event::user;
use super::{MemberSource, UserCore};
use crate::domain::audit::{self, About, Event, Filter};
use crate::graphql::connection::{Border, Connection, List, Nullable, Paging, connect};
use crate::graphql::ids::Model;
use crate::graphql::keys::Asked;
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::{Json, Time};
use crate::types::{Source, UserId};

/// A kind of thing that events happen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AuditEntityType {
    /// A group.
    Group,
    /// A project.
    Project,
    /// A user.
    User,
}

impl AuditEntityType {
    /// The word for it in the table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Group => "Group",
            Self::Project => "Project",
            Self::User => "User",
        }
    }
}

/// An event of the instance.
#[derive(Debug)]
pub struct InstanceAuditEvent(Event);

/// Something that somebody changed, whatever it happened to, and whether that is still there or not. Seen by administrators.
#[Object]
impl InstanceAuditEvent {
    /// Global id, `gid://gitlab/AuditEvent/1`.
    async fn id(&self) -> ID {
        Model::AuditEvent.id(self.0.id)
    }

    /// When it happened.
    async fn created_at(&self) -> Time {
        Time::At(self.0.created_at)
    }

    /// Who did it; null when it was roster itself, or when the account is gone.
    async fn author(&self, ctx: &Context<'_>) -> Nullable<UserCore> {
        user(ctx, self.0.author_id?).await
    }

    /// The name of whoever did it, at that time; `(System)` for roster itself.
    async fn author_name(&self) -> &str {
        &self.0.author_name
    }

    /// What happened, such as `member_created` or `user_created`.
    async fn event_name(&self) -> &str {
        &self.0.event_name
    }

    /// The user it was done to; null when it was no user, and when the account is gone.
    async fn target(&self, ctx: &Context<'_>) -> Nullable<UserCore> {
        user(ctx, UserId(self.0.target_id?)).await
    }

    /// The name of whom it was done to, at that time.
    async fn target_details(&self) -> Option<&str> {
        self.0.details.get("target_details")?.as_str()
    }

    /// What it happened to: `Group`, `Project` or `User`.
    async fn entity_type(&self) -> &str {
        &self.0.entity_type
    }

    /// The number of that.
    async fn entity_id(&self) -> i64 {
        self.0.entity_id
    }

    /// The full path of that, at that time.
    async fn entity_path(&self) -> &str {
        &self.0.entity_path
    }

    /// The group or project it happened to; null when it was a user, or when it is gone.
    async fn source(&self, ctx: &Context<'_>) -> Nullable<MemberSource> {
        let asked = match self.0.source()? {
            Source::Group(group) => loaders(ctx).find(group).await.map(Asked::Group),
            Source::Project(project) => loaders(ctx).find(project).await.map(Asked::Project),
        };
        asked.map(MemberSource::from).or_null()
    }

    /// By which part of the product it was asked for: `rest`, `graphql`, `cli`, `page` or `system`.
    async fn door(&self) -> &str {
        &self.0.door
    }

    /// The number of the request, as in its header `X-Request-Id` and in the log.
    async fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The address from which it was asked for.
    async fn ip_address(&self) -> Option<&str> {
        self.0.ip_address.as_deref()
    }

    /// What changed, as GitLab's REST API tells it: an object with `custom_message`, `as`, `from`, `to` and others.
    async fn details(&self) -> Json {
        Json(self.0.details.clone())
    }
}

/// The events of the instance, newest first; null for others than administrators.
pub async fn audit_events_everywhere(
    ctx: &Context<'_>,
    about: About,
    filter: Filter,
    paging: &Paging,
) -> Nullable<Connection<InstanceAuditEvent>> {
    let domain = &loaders(ctx).ctx();
    let rows = List {
        sort: "Id(Desc)".to_owned(),
        page: async |window| audit::everywhere(domain, &about, &filter, &window).await,
        count: async |limit| audit::count_everywhere(domain, &about, &filter, limit).await,
    };
    connect(ctx, paging, rows, InstanceAuditEvent).await.or_null()
}
