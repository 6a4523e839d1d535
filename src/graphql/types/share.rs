//! Shares: links that give a group access to a group or project.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Union};

use super::{AccessLevel, Group, MemberRole, Project};
use crate::domain::Result;
use crate::domain::shares::{self, Key, List};
use crate::graphql::connection::{self, Border, Connection, Nullable, Paging, connect};
use crate::graphql::ids::of_share;
use crate::graphql::keys::{Asked, ShareCount, SharePage};
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::{Date, Time};
use crate::types::Source;

/// What is shared with a group.
#[derive(Clone, Debug, Union)]
pub enum ShareTarget {
    /// A group.
    Group(Group),
    /// A project.
    Project(Project),
}

impl From<Asked> for ShareTarget {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Group(group) => Group(group).into(),
            Asked::Project(project) => Project(project).into(),
        }
    }
}

/// A link, and what is shared by it where that is known already.
#[derive(Clone, Debug)]
pub struct Share {
    share: Arc<shares::Share>,
    source: Option<Asked>,
}

impl Share {
    /// A link by itself.
    pub fn alone(share: Arc<shares::Share>) -> Self {
        Self { share, source: None }
    }

    /// A link that is gone, with what was shared by it.
    pub fn gone(share: Arc<shares::Share>, source: Asked) -> Self {
        let source = Some(source);
        Self { share, source }
    }

    /// The link of that id.
    ///
    /// # Errors
    /// `NotFound` when there is none in force of which the caller sees both ends.
    pub async fn find(ctx: &Context<'_>, key: Key) -> Result<Self> {
        loaders(ctx).find(key).await.map(Self::alone)
    }
}

/// A group or project that is shared with a group: members of that group have access to it. Seen by who sees both; a share that has ended is gone.
#[Object]
impl Share {
    /// Global id, `gid://gitlab/GroupGroupLink/1` or `gid://gitlab/ProjectGroupLink/1`.
    pub(super) async fn id(&self) -> ID {
        of_share(self.share.key())
    }

    /// The group or project that is shared.
    async fn source(&self, ctx: &Context<'_>) -> Result<ShareTarget> {
        if let Some(asked) = &self.source {
            return Ok(asked.clone().into());
        }
        Ok(match self.share.source {
            Source::Group(group) => Group(loaders(ctx).find(group).await?).into(),
            Source::Project(project) => Project(loaders(ctx).find(project).await?).into(),
        })
    }

    /// The group that has access; null when you may not see it, which can only be in the answer to a change.
    async fn group(&self, ctx: &Context<'_>) -> Nullable<Group> {
        loaders(ctx).find(self.share.invited).await.map(Group).or_null()
    }

    /// The level that nobody gets beyond by the share.
    async fn access_level(&self) -> AccessLevel {
        AccessLevel::with_role(self.share.access_level, self.share.role.clone())
    }

    /// The custom role that it gives to those whose own level is higher than that of the share.
    async fn member_role(&self) -> Option<MemberRole> {
        let role = self.share.role.clone()?;
        Some(MemberRole(Arc::new(role)))
    }

    /// The day from which on it no longer counts, UTC. Null without an end.
    async fn expires_at(&self) -> Option<Date> {
        self.share.expires_at.map(Date)
    }

    /// When it was made.
    async fn created_at(&self) -> Option<Time> {
        Some(Time::At(self.share.created_at))
    }

    /// Whether it belongs to a group above the group or project whose shares were asked for.
    async fn is_inherited(&self) -> bool {
        self.share.inherited
    }
}

/// The shares of a group or project.
pub(super) async fn list(
    ctx: &Context<'_>,
    asked: Asked,
    list: List,
    paging: &Paging,
) -> async_graphql::Result<Connection<Share>> {
    let loaders = loaders(ctx);
    let rows = connection::List {
        sort: "Nearness(Asc)".to_owned(),
        page: |window| {
            loaders.find(SharePage {
                asked: asked.clone(),
                list: list.clone(),
                window,
            })
        },
        count: |limit| {
            loaders.find(ShareCount {
                asked: asked.clone(),
                list: list.clone(),
                limit,
            })
        },
    };
    Ok(connect(ctx, paging, rows, Share::alone).await?)
}
