//! Groups whose members come from a directory.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use super::{AccessLevel, MemberRole};
use crate::domain::Result;
use crate::domain::ldap::{Link, Status};
use crate::graphql::connection::{Border, Connection, List, Nullable, Paging, connect};
use crate::graphql::ids::Model;
use crate::graphql::keys::{Asked, LdapLinkCount, LdapLinkPage, LdapStatus};
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::Time;
use crate::types::{LdapGroupLinkId, SyncState};

/// A link of a group with people of a directory.
#[derive(Clone, Debug)]
pub struct LdapGroupLink(pub Arc<Link>);

impl LdapGroupLink {
    /// The link of that number.
    ///
    /// # Errors
    /// `NotFound` when there is none in a group that the caller owns.
    pub async fn find(ctx: &Context<'_>, id: LdapGroupLinkId) -> Result<Self> {
        loaders(ctx).find(id).await.map(Self)
    }
}

/// A group of a directory, or a filter, whose people are members of a group. A group with a link is synced: nobody adds or removes its members by hand.
/// Seen by owners of the group and administrators.
#[Object]
impl LdapGroupLink {
    /// Global id, `gid://gitlab/LdapGroupLink/1`.
    pub(super) async fn id(&self) -> ID {
        Model::LdapGroupLink.id(self.0.id)
    }

    /// Name of the directory, such as `ldapmain`.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// Common name of the directory's group; null for a filter.
    async fn cn(&self) -> Option<&str> {
        self.0.cn.as_deref()
    }

    /// The LDAP filter, in brackets; null for a group of the directory.
    async fn filter(&self) -> Option<&str> {
        self.0.filter.as_deref()
    }

    /// The level that the people get; of several links that name somebody the highest counts.
    async fn access_level(&self) -> AccessLevel {
        AccessLevel::with_role(self.0.access_level, self.0.role.clone())
    }

    /// The custom role that they get with it.
    async fn member_role(&self) -> Option<MemberRole> {
        let role = self.0.role.clone()?;
        Some(MemberRole(Arc::new(role)))
    }
}

/// What a synchronisation with a directory is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "SyncState")]
pub enum LdapSyncState {
    /// Nothing is under way; the last one, if there was one, went well.
    Ready,
    /// Asked for.
    Pending,
    /// Under way, for an hour at most.
    Started,
    /// The last one failed, and changed nobody.
    Failed,
}

/// How far the synchronisation of a group with its directory is. There is one an hour, and one whenever somebody asks for it.
#[derive(Clone, Debug, SimpleObject)]
pub struct LdapSync {
    /// What it is at.
    state: LdapSyncState,
    /// When the last one ended, well or not. Null when there was none.
    last_finished_at: Option<Time>,
    /// Why the last one failed. Null when it did not.
    last_error: Option<String>,
}

impl From<Status> for LdapSync {
    fn from(status: Status) -> Self {
        Self {
            state: status.state.into(),
            last_finished_at: status.last_finished_at.map(Time::At),
            last_error: status.last_error,
        }
    }
}

/// The links of a group; null for who does not own it.
pub(super) async fn links(ctx: &Context<'_>, asked: Asked, paging: &Paging) -> Nullable<Connection<LdapGroupLink>> {
    let loaders = loaders(ctx);
    let rows = List {
        sort: "Row".to_owned(),
        page: |window| {
            loaders.find(LdapLinkPage {
                asked: asked.clone(),
                window,
            })
        },
        count: |limit| {
            loaders.find(LdapLinkCount {
                asked: asked.clone(),
                limit,
            })
        },
    };
    connect(ctx, paging, rows, LdapGroupLink).await.or_null()
}

/// How far the synchronisation of a group is; null without links, and for who does not own it.
pub(super) async fn sync(ctx: &Context<'_>, asked: Asked) -> Nullable<LdapSync> {
    let status = loaders(ctx).find(LdapStatus(asked)).await;
    status.map(LdapSync::from).or_null()
}
