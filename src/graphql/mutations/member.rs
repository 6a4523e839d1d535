//! Changing and removing one member.

use std::sync::Arc;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::input::{day, role};
use super::told::{Done, Told, tell};
use crate::auth::throttle::Pace;
use crate::domain::members::{self, Member, MemberChange, Removal};
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Result, Thing};
use crate::graphql::connection::Nullable;
use crate::graphql::ids::{MemberGid, MemberKey, MemberRoleGid};
use crate::graphql::keys::Asked;
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::Time;
use crate::graphql::types::{MemberAccessLevel, MemberInterface};
use crate::types::{Source, SourceKind, UserId};

/// What is to become of a membership. What is absent stays as it is.
#[derive(Clone, Debug, InputObject)]
pub(super) struct MemberUpdateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The membership: a row of the group or project itself.
    id: MemberGid,
    /// The new level; absent or null: as it is.
    access_level: Option<MemberAccessLevel>,
    /// The day on which it ends, UTC: today or later. Absent: as it is; null: without an end.
    expires_at: MaybeUndefined<Time>,
    /// The custom role, whose base level the level must be. Absent: as it is; null: none.
    member_role_id: MaybeUndefined<MemberRoleGid>,
}

/// Which membership to remove.
#[derive(Clone, Debug, InputObject)]
pub(super) struct MemberRemoveInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The membership: a row of the group or project itself.
    id: MemberGid,
    /// Keeps the user's own memberships in everything below, and the invitations that the user sent there.
    #[graphql(default_with = "Some(false)")]
    skip_subresources: Option<bool>,
    /// Without effect: there are no issues here.
    #[graphql(default_with = "Some(false)")]
    unassign_issuables: Option<bool>,
}

/// Whether a membership is freed from the directory.
#[derive(Clone, Debug, InputObject)]
pub(super) struct MemberSetOverrideInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The membership: a row of the group itself that the directory made.
    id: MemberGid,
    /// Frees its level from the directory (true), or binds it again (false); the level stays until the next synchronisation.
    #[graphql(name = "override")]
    overridden: bool,
}

/// What became of one member.
#[derive(Clone, Debug, SimpleObject)]
struct MemberPayload {
    #[graphql(flatten)]
    told: Told,
    /// The member: as it now is, or, once removed, as it was. Null when nothing was done.
    member: Option<MemberInterface>,
}

/// Changing and removing one member.
#[derive(Debug, Default)]
pub(super) struct Members;

#[Object]
impl Members {
    /// Changes the level, the end or the custom role of a direct member. For owners of a group, maintainers and owners of a project, custom roles that
    /// manage members, and administrators.
    async fn member_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to become of which membership.")] input: MemberUpdateInput,
    ) -> Nullable<MemberPayload> {
        let change = MemberChange {
            access_level: input.access_level.map(MemberAccessLevel::number),
            expires_at: day(&input.expires_at),
            member_role_id: role(&input.member_role_id),
        };
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let (source, user) = whose(ctx, input.id.0).await?;
            of(members::update(ctx, source.kind(), &Name::Id(source.id()), user.0, &change).await)
        };
        Some(tell(ctx, input.client_mutation_id, work).await.map(MemberPayload::from))
    }

    /// Removes a direct member, unless told otherwise with all that the user has below: memberships and requests in subgroups and projects, and
    /// invitations that the user sent there. For everybody oneself; for owners of a group, maintainers and owners of a project, custom roles that manage
    /// members, and administrators.
    async fn member_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which membership to remove.")] input: MemberRemoveInput,
    ) -> Nullable<MemberPayload> {
        let pace = ctx.data_unchecked::<Pace>();
        let removal = Removal {
            skip_subresources: input.skip_subresources.unwrap_or_default(),
            unmodified_since: None,
        };
        let work = async {
            let loaders = loaders(ctx);
            let ctx = &loaders.ctx();
            let (source, user) = whose(ctx, input.id.0).await?;
            // Who leaves may not see the place any more.
            let home = match source {
                Source::Group(group) => Asked::Group(loaders.find(group).await?),
                Source::Project(project) => Asked::Project(loaders.find(project).await?),
            };
            pace.remove_member(source)?;
            let removed = members::remove_shown(ctx, source.kind(), &Name::Id(source.id()), user.0, &removal).await;
            let shown = removed.map(|member| MemberInterface::from_outside(Arc::new(member), home));
            Done::of(shown, |_| vec!["id".to_owned()])
        };
        Some(tell(ctx, input.client_mutation_id, work).await.map(MemberPayload::from))
    }

    /// Frees the level of a member of a group from the directory, so that it can be changed, or binds it again. For owners of groups that a directory
    /// decides about, and administrators.
    async fn member_set_override(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether which membership is freed from the directory.")] input: MemberSetOverrideInput,
    ) -> Nullable<MemberPayload> {
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let (source, user) = whose(ctx, input.id.0).await?;
            let name = Name::Id(source.id());
            of(members::set_override(ctx, source.kind(), &name, user.0, input.overridden).await)
        };
        Some(tell(ctx, input.client_mutation_id, work).await.map(MemberPayload::from))
    }
}

impl From<(Told, Option<MemberInterface>)> for MemberPayload {
    fn from((told, member): (Told, Option<MemberInterface>)) -> Self {
        Self { told, member }
    }
}

fn of(result: Result<Member>) -> Result<Done<MemberInterface>> {
    let shown = result.map(|member| MemberInterface::alone(Arc::new(member)));
    Done::of(shown, |_| vec!["id".to_owned()])
}

/// Whom an id means, and where.
pub(in crate::graphql) async fn whose(ctx: &Ctx, key: MemberKey) -> Result<(Source, UserId)> {
    let (row, kind) = match key {
        MemberKey::Group(row) => (row, SourceKind::Group),
        MemberKey::Project(row) => (row, SourceKind::Project),
        MemberKey::Owner(project, user) => return Ok((Source::Project(project), user)),
    };
    let (source, user) = members::whose(ctx, row).await?;
    if source.kind() == kind {
        Ok((source, user))
    } else {
        Err(Error::NotFound(Thing::Row))
    }
}
