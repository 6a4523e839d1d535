//! Access requests: who asks to be let in.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::{MemberSource, UserCore};
use crate::domain::Result;
use crate::domain::access_requests::{self, Filter};
use crate::graphql::connection::{Border, Connection, List, Nullable, Paging, connect};
use crate::graphql::ids::Model;
use crate::graphql::keys::{Asked, RequestCount, RequestOf, RequestPage};
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::Time;
use crate::types::{MemberId, Source};

/// An access request, and the group or project whose list it stands in.
#[derive(Clone, Debug)]
pub struct AccessRequest {
    request: Arc<access_requests::AccessRequest>,
    asked: Option<Asked>,
}

impl AccessRequest {
    /// One that was looked up alone.
    pub fn alone(request: Arc<access_requests::AccessRequest>) -> Self {
        Self { request, asked: None }
    }

    /// The open request of that number.
    ///
    /// # Errors
    /// `NotFound` when there is none that the caller sees.
    pub async fn find(ctx: &Context<'_>, id: MemberId) -> Result<Self> {
        loaders(ctx).find(RequestOf(id)).await.map(Self::alone)
    }
}

/// Somebody's open request for access to a group or project. It gives nothing, and stands in no list of members. Seen by who asks and by who administers the
/// members: owners of a group, maintainers and owners of a project, custom roles that manage members, and administrators.
#[Object]
impl AccessRequest {
    /// Global id, `gid://gitlab/AccessRequest/1`. The membership that comes of it has the same number.
    pub(super) async fn id(&self) -> ID {
        Model::AccessRequest.id(self.request.id)
    }

    /// Who asks.
    async fn user(&self) -> UserCore {
        self.request.user.clone().into()
    }

    /// Since when.
    async fn requested_at(&self) -> Time {
        Time::At(self.request.requested_at)
    }

    /// The group or project.
    async fn source(&self, ctx: &Context<'_>) -> Result<MemberSource> {
        let asked = match (&self.asked, self.request.source) {
            (Some(asked), _) => asked.clone(),
            (None, Source::Group(group)) => Asked::Group(loaders(ctx).find(group).await?),
            (None, Source::Project(project)) => Asked::Project(loaders(ctx).find(project).await?),
        };
        Ok(asked.into())
    }
}

/// The open requests for a group or project; null for who does not administer its members.
pub(super) async fn list(
    ctx: &Context<'_>,
    asked: Asked,
    search: Option<String>,
    paging: &Paging,
) -> Nullable<Connection<AccessRequest>> {
    let loaders = loaders(ctx);
    let filter = Filter { search };
    let rows = List {
        sort: "Row".to_owned(),
        page: |window| {
            loaders.find(RequestPage {
                asked: asked.clone(),
                filter: filter.clone(),
                window,
            })
        },
        count: |limit| {
            loaders.find(RequestCount {
                asked: asked.clone(),
                filter: filter.clone(),
                limit,
            })
        },
    };
    let request = |request| AccessRequest {
        request,
        asked: Some(asked.clone()),
    };
    connect(ctx, paging, rows, request).await.or_null()
}

/// One's own open requests.
pub(super) async fn own(ctx: &Context<'_>, paging: &Paging) -> Nullable<Connection<AccessRequest>> {
    let domain = &loaders(ctx).ctx();
    let rows = List {
        sort: "Row".to_owned(),
        page: async |window| access_requests::own(domain, &window).await,
        count: async |limit| access_requests::count_own(domain, limit).await,
    };
    let request = |request| AccessRequest::alone(Arc::new(request));
    connect(ctx, paging, rows, request).await.or_null()
}
