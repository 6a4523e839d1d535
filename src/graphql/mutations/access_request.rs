//! Asking for access, and answering who asks.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::input::MemberSourceInput;
use super::told::{Done, Told, tell};
use crate::domain::access_requests::{self, Approved};
use crate::domain::members;
use crate::domain::standing::Name;
use crate::domain::{Ctx, Result};
use crate::graphql::connection::Nullable;
use crate::graphql::ids::AccessRequestGid;
use crate::graphql::loaders::loaders;
use crate::graphql::types::{AccessRequest, MemberAccessLevel, MemberInterface};
use crate::types::{Source, UserId};

/// Access to what to ask for.
#[derive(Clone, Debug, InputObject)]
pub(super) struct AccessRequestCreateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The group or project.
    source: MemberSourceInput,
}

/// Which request to approve.
#[derive(Clone, Debug, InputObject)]
pub(super) struct AccessRequestApproveInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The request.
    id: AccessRequestGid,
    /// The level that who asks gets: guest or more, at most your own.
    #[graphql(default_with = "Some(MemberAccessLevel::Developer)")]
    access_level: Option<MemberAccessLevel>,
}

/// Which request to deny.
#[derive(Clone, Debug, InputObject)]
pub(super) struct AccessRequestDenyInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The request.
    id: AccessRequestGid,
}

/// What became of an access request.
#[derive(Clone, Debug, SimpleObject)]
struct AccessRequestPayload {
    #[graphql(flatten)]
    told: Told,
    /// The request: as it now is, or, once answered, as it was. Null when nothing was done.
    access_request: Option<AccessRequest>,
    /// The member that came of it; null when it was not approved.
    member: Option<MemberInterface>,
}

/// Asking for access, and answering who asks.
#[derive(Debug, Default)]
pub(super) struct AccessRequests;

#[Object]
impl AccessRequests {
    /// Asks for access to a group or project, for yourself. For who sees it without being a member, where access may be asked for; those who may
    /// approve are told by mail.
    async fn access_request_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Access to what to ask for.")] input: AccessRequestCreateInput,
    ) -> Nullable<AccessRequestPayload> {
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let (kind, name) = input.source.name(ctx).await?;
            let asked = access_requests::ask(ctx, kind, &name).await;
            Done::of(asked.map(|request| (request, None)), |_| vec!["source".to_owned()])
        };
        Some(
            tell(ctx, input.client_mutation_id, work)
                .await
                .map(AccessRequestPayload::of),
        )
    }

    /// Makes a member of who asks for access, who is told by mail; when no seat is left, the membership waits. For owners of a group, maintainers and owners of
    /// a project, custom roles that manage members, and administrators.
    async fn access_request_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request to approve.")] input: AccessRequestApproveInput,
    ) -> Nullable<AccessRequestPayload> {
        let level = input.access_level.unwrap_or(MemberAccessLevel::Developer);
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let (source, user) = whose(ctx, input.id).await?;
            let name = Name::Id(source.id());
            let approved = access_requests::approve(ctx, source.kind(), &name, user.0, level.into()).await;
            let shown = approved.map(|Approved { request, member }| (request, Some(member)));
            Done::of(shown, |_| vec!["id".to_owned()])
        };
        Some(
            tell(ctx, input.client_mutation_id, work)
                .await
                .map(AccessRequestPayload::of),
        )
    }

    /// Takes a request away: denies it, of which who asked is told by mail, or withdraws your own. For who asked; for owners of a group, maintainers and owners
    /// of a project, custom roles that manage members, and administrators.
    async fn access_request_deny(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request to deny.")] input: AccessRequestDenyInput,
    ) -> Nullable<AccessRequestPayload> {
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let (source, user) = whose(ctx, input.id).await?;
            let denied = access_requests::deny(ctx, source.kind(), &Name::Id(source.id()), user.0, None).await;
            Done::of(denied.map(|request| (request, None)), |_| vec!["id".to_owned()])
        };
        Some(
            tell(ctx, input.client_mutation_id, work)
                .await
                .map(AccessRequestPayload::of),
        )
    }
}

/// A request, and the member that came of it.
type Outcome = (access_requests::AccessRequest, Option<members::Member>);

impl AccessRequestPayload {
    fn of((told, outcome): (Told, Option<Outcome>)) -> Self {
        let (request, member) = outcome.map_or((None, None), |(request, member)| (Some(request), member));
        Self {
            told,
            access_request: request.map(|request| AccessRequest::alone(Arc::new(request))),
            member: member.map(|member| MemberInterface::alone(Arc::new(member))),
        }
    }
}

/// Who asks, and for access to what.
async fn whose(ctx: &Ctx, id: AccessRequestGid) -> Result<(Source, UserId)> {
    members::whose(ctx, id.0).await
}
