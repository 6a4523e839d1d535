//! Sharing groups and projects with groups.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::input::MemberSourceInput;
use super::told::{Done, Told, tell};
use crate::domain::shares::{self, NewShare};
use crate::domain::standing::Name;
use crate::graphql::connection::Nullable;
use crate::graphql::ids::{GroupGid, MemberRoleGid, ShareGid};
use crate::graphql::keys::Asked;
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::Date;
use crate::graphql::types::{MemberAccessLevel, Share};
use crate::types::Source;

/// What to share with which group, and how far.
#[derive(Clone, Debug, InputObject)]
pub(super) struct ShareCreateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The group or project to share.
    source: MemberSourceInput,
    /// The group that is to have access.
    with_group_id: GroupGid,
    /// The level that nobody gets beyond by the share: guest or more.
    access_level: MemberAccessLevel,
    /// The day from which on it no longer counts, UTC. Absent or null: without an end.
    expires_at: Option<Date>,
    /// A custom role for those whose own level is higher than that of the share; `accessLevel` must be its base level.
    member_role_id: Option<MemberRoleGid>,
}

/// Which share to end.
#[derive(Clone, Debug, InputObject)]
pub(super) struct ShareDeleteInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The share.
    id: ShareGid,
}

/// What became of one share.
#[derive(Clone, Debug, SimpleObject)]
struct SharePayload {
    #[graphql(flatten)]
    told: Told,
    /// The share: as it now is, or, once ended, as it was. Null when nothing was done.
    share: Option<Share>,
}

/// Sharing groups and projects with groups.
#[derive(Debug, Default)]
pub(super) struct Shares;

#[Object]
impl Shares {
    /// Gives the members of a group access to a group or project. There is no change of a share: end it and share again. For owners of what is shared
    /// and administrators; a project can only be shared with a group in which one has a role.
    async fn share_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to share with which group, and how far.")] input: ShareCreateInput,
    ) -> Nullable<SharePayload> {
        let new = NewShare {
            group_id: input.with_group_id.0.0,
            access_level: input.access_level.into(),
            expires_at: input.expires_at.map(|day| day.0),
            member_role_id: input.member_role_id.map(|role| role.0.0),
        };
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let (kind, name) = input.source.name(ctx).await?;
            let made = shares::create(ctx, kind, &name, &new).await;
            let shown = made.map(|made| Share::alone(Arc::new(made.share)));
            Done::of(shown, |_| vec!["source".to_owned()])
        };
        Some(tell(ctx, input.client_mutation_id, work).await.map(SharePayload::from))
    }

    /// Takes a group's access to a group or project back; it is gone at once. For owners of what is shared, maintainers of a project who own the other
    /// group, and administrators.
    async fn share_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which share to end.")] input: ShareDeleteInput,
    ) -> Nullable<SharePayload> {
        let work = async {
            let loaders = loaders(ctx);
            let ctx = &loaders.ctx();
            let (source, invited) = shares::whose(ctx, input.id.0).await?;
            // Who came by the share itself may not see it any more.
            let asked = match source {
                Source::Group(group) => Asked::Group(loaders.find(group).await?),
                Source::Project(project) => Asked::Project(loaders.find(project).await?),
            };
            let gone = shares::delete(ctx, source.kind(), &Name::Id(source.id()), invited.0, None).await;
            let shown = gone.map(|share| Share::gone(Arc::new(share), asked));
            Done::of(shown, |_| vec!["id".to_owned()])
        };
        Some(tell(ctx, input.client_mutation_id, work).await.map(SharePayload::from))
    }
}

impl From<(Told, Option<Share>)> for SharePayload {
    fn from((told, share): (Told, Option<Share>)) -> Self {
        Self { told, share }
    }
}
