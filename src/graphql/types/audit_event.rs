//! Audit events: who changed what.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::{MemberSource, UserCore};
use crate::domain::audit::{Event, Filter, Sight};
use crate::domain::{Error, Result, Thing};
use crate::graphql::connection::{Border, Connection, List, Nullable, Paging, connect};
use crate::graphql::ids::Model;
use crate::graphql::keys::{Asked, AuditCount, AuditPage};
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::{Json, Time};
use crate::types::{AuditEventId, Source, UserId};

/// An event, and the group or project it belongs to.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    event: Arc<Event>,
    source: Asked,
}

impl AuditEvent {
    /// The event of that number.
    ///
    /// # Errors
    /// `NotFound` when there is none that the caller sees, or when it belongs to no group or project.
    pub async fn find(ctx: &Context<'_>, id: AuditEventId) -> Result<Self> {
        let event = loaders(ctx).find(id).await?;
        let source = match event.source().ok_or(Error::NotFound(Thing::Row))? {
            Source::Group(group) => Asked::Group(loaders(ctx).find(group).await?),
            Source::Project(project) => Asked::Project(loaders(ctx).find(project).await?),
        };
        Ok(Self { event, source })
    }
}

/// Something that somebody changed. Seen by the owners of the group or project that it belongs to, by maintainers of a project, by administrators, and
/// by whoever did it and is a developer there or more.
#[Object]
impl AuditEvent {
    /// Global id, `gid://gitlab/AuditEvent/1`.
    pub(super) async fn id(&self) -> ID {
        Model::AuditEvent.id(self.event.id)
    }

    /// When it happened.
    async fn created_at(&self) -> Time {
        Time::At(self.event.created_at)
    }

    /// Who did it; null when it was roster itself, or when the account is gone.
    async fn author(&self, ctx: &Context<'_>) -> Nullable<UserCore> {
        user(ctx, self.event.author_id?).await
    }

    /// The name of whoever did it, at that time; `(System)` for roster itself.
    async fn author_name(&self) -> &str {
        &self.event.author_name
    }

    /// What happened: `member_created`, `member_updated` or `member_destroyed`; when it is shared with a group `group_share_with_group_link_created` or
    /// `project_group_link_created`, and when that ends `group_share_with_group_link_removed` or `project_group_link_deleted`.
    async fn event_name(&self) -> &str {
        &self.event.event_name
    }

    /// The user it was done to; null for an invitation or a share, and when the account is gone.
    async fn target(&self, ctx: &Context<'_>) -> Nullable<UserCore> {
        user(ctx, UserId(self.event.target_id?)).await
    }

    /// The name of whom it was done to, at that time; of a share that of the invited group.
    async fn target_details(&self) -> Option<&str> {
        self.event.details.get("target_details")?.as_str()
    }

    /// The group or project it happened to.
    async fn source(&self) -> MemberSource {
        self.source.clone().into()
    }

    /// By which part of the product it was asked for: `rest`, `graphql`, `cli`, `page` or `system`.
    async fn door(&self) -> &str {
        &self.event.door
    }

    /// The number of the request, as in its header `X-Request-Id` and in the log.
    async fn request_id(&self) -> Option<&str> {
        self.event.request_id.as_deref()
    }

    /// The address from which it was asked for.
    async fn ip_address(&self) -> Option<&str> {
        self.event.ip_address.as_deref()
    }

    /// What changed, as GitLab's REST API tells it: an object with `custom_message`, `as`, `from`, `to` and others.
    async fn details(&self) -> Json {
        Json(self.event.details.clone())
    }
}

/// The user of that number; null when the account is gone.
pub(super) async fn user(ctx: &Context<'_>, id: UserId) -> Nullable<UserCore> {
    loaders(ctx).find(id).await.map(UserCore::Alone).or_null()
}

/// The events of a group or project; null for who sees none of them.
pub(super) async fn list(
    ctx: &Context<'_>,
    asked: Asked,
    filter: Filter,
    paging: &Paging,
) -> Nullable<Connection<AuditEvent>> {
    let loaders = loaders(ctx);
    if Sight::of(&loaders.ctx().actor, asked.of()) == Sight::Nothing {
        return None;
    }
    let rows = List {
        sort: "Id(Desc)".to_owned(),
        page: |window| {
            loaders.find(AuditPage {
                asked: asked.clone(),
                filter: filter.clone(),
                window,
            })
        },
        count: |limit| {
            loaders.find(AuditCount {
                asked: asked.clone(),
                filter: filter.clone(),
                limit,
            })
        },
    };
    let event = |event| AuditEvent {
        event,
        source: asked.clone(),
    };
    connect(ctx, paging, rows, event).await.or_null()
}
