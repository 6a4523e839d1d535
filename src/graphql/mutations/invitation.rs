//! Changing invitations, sending them again, and answering them.

use std::future::Future;
use std::sync::Arc;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::input::{day, role};
use super::told::{Done, Told, UserError, UserErrorCode, tell, tell_anybody};
use crate::domain::invitations::{self, Named};
use crate::domain::members::MemberChange;
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Result, Thing};
use crate::graphql::connection::Nullable;
use crate::graphql::ids::{InvitationGid, MemberRoleGid};
use crate::graphql::keys::Asked;
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::Time;
use crate::graphql::types::{Invitation, MemberAccessLevel, MemberInterface};
use crate::types::SourceKind;

/// What is to become of an invitation. What is absent stays as it is.
#[derive(Clone, Debug, InputObject)]
pub(super) struct InvitationUpdateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// Which invitation.
    id: InvitationGid,
    /// The level that it gives; absent or null: as it is.
    access_level: Option<MemberAccessLevel>,
    /// The day on which the membership ends, UTC: today or later. Absent: as it is; null: without an end.
    expires_at: MaybeUndefined<Time>,
    /// The custom role, whose base level the level must be. Absent: as it is; null: none.
    member_role_id: MaybeUndefined<MemberRoleGid>,
}

/// Which invitation it is about.
#[derive(Clone, Debug, InputObject)]
pub(super) struct InvitationIdInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// Which invitation.
    id: InvitationGid,
}

/// Which invitation it is about, for whoever has its link.
#[derive(Clone, Debug, InputObject)]
pub(super) struct InvitationTokenInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The token of the link in the mail: what comes behind `/-/invites/`.
    token: String,
}

/// What became of an invitation.
#[derive(Clone, Debug, SimpleObject)]
struct InvitationPayload {
    #[graphql(flatten)]
    told: Told,
    /// The invitation: as it now is, or, once it is gone, as it was. Null when nothing was done.
    invitation: Option<Invitation>,
}

/// Changing invitations, sending them again, and answering them.
#[derive(Debug, Default)]
pub(super) struct Invitations;

#[Object]
impl Invitations {
    /// Changes what a pending invitation gives; no mail goes out. For owners of a group, maintainers and owners of a project, custom roles that manage
    /// members, and administrators.
    async fn invitation_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to become of which invitation.")] input: InvitationUpdateInput,
    ) -> Nullable<InvitationPayload> {
        let change = &MemberChange {
            access_level: input.access_level.map(MemberAccessLevel::number),
            expires_at: day(&input.expires_at),
            member_role_id: role(&input.member_role_id),
        };
        let update = async |ctx: Ctx, kind, name: Name, named: Named| {
            invitations::update(&ctx, kind, &name, &named, change).await
        };
        change_one(ctx, input.client_mutation_id, input.id, update).await
    }

    /// Takes a pending invitation back: its links lead nowhere from then on, and nobody is told. For those who may change it.
    async fn invitation_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation to take back.")] input: InvitationIdInput,
    ) -> Nullable<InvitationPayload> {
        let revoke =
            async |ctx: Ctx, kind, name: Name, named: Named| invitations::revoke(&ctx, kind, &name, &named, None).await;
        change_one(ctx, input.client_mutation_id, input.id, revoke).await
    }

    /// Sends the mail of a pending invitation once more, with a link of its own; the earlier links stay good. For those who may change it.
    async fn invitation_resend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation to send once more.")] input: InvitationIdInput,
    ) -> Nullable<InvitationPayload> {
        let resend =
            async |ctx: Ctx, kind, name: Name, named: Named| invitations::resend(&ctx, kind, &name, &named).await;
        change_one(ctx, input.client_mutation_id, input.id, resend).await
    }

    /// Accepts an invitation: makes you a member. For whoever has its link and the invited address.
    async fn invitation_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation to accept.")] input: InvitationTokenInput,
    ) -> Nullable<InvitationPayload> {
        let work = async {
            let accepted = invitations::accept(&loaders(ctx).ctx(), &input.token).await;
            of_link(accepted.map(|accepted| {
                let home = Asked::from(accepted.standing);
                let member = MemberInterface::from_outside(Arc::new(accepted.member), home.clone());
                Invitation::to(Arc::new(accepted.invitation), home).accepted(member)
            }))
        };
        Some(
            tell(ctx, input.client_mutation_id, work)
                .await
                .map(InvitationPayload::from),
        )
    }

    /// Declines an invitation; whoever invited is told. For whoever has its link, signed in or not.
    async fn invitation_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation to decline.")] input: InvitationTokenInput,
    ) -> Nullable<InvitationPayload> {
        let work = async {
            let declined = invitations::decline(&loaders(ctx).ctx(), &input.token).await;
            of_link(
                declined.map(|declined| Invitation::to(Arc::new(declined.invitation), Asked::from(declined.standing))),
            )
        };
        let told = tell_anybody(ctx, input.client_mutation_id, work).await;
        Some(told.map(InvitationPayload::from))
    }
}

impl From<(Told, Option<Invitation>)> for InvitationPayload {
    fn from((told, invitation): (Told, Option<Invitation>)) -> Self {
        Self { told, invitation }
    }
}

/// Does something to the invitation of that number.
async fn change_one<F>(
    ctx: &Context<'_>,
    client_mutation_id: Option<String>,
    id: InvitationGid,
    change: impl FnOnce(Ctx, SourceKind, Name, Named) -> F + Send,
) -> Nullable<InvitationPayload>
where
    F: Future<Output = Result<invitations::Invitation>> + Send,
{
    let work = async {
        let ctx = loaders(ctx).ctx();
        let home = invitations::home(&ctx, id.0).await?;
        let changed = change(ctx, home.kind(), Name::Id(home.id()), Named::Id(id.0)).await;
        Done::of(changed.map(Invitation::alone), |_| vec!["id".to_owned()])
    };
    Some(tell(ctx, client_mutation_id, work).await.map(InvitationPayload::from))
}

/// A link that leads nowhere is for the client to mend.
fn of_link(outcome: Result<Invitation>) -> Result<Done<Invitation>> {
    match outcome {
        Err(Error::NotFound(Thing::InvitationLink)) => {
            let fault = UserError::new(UserErrorCode::NotFound, invitations::NO_SUCH_LINK, &["token"]);
            Ok(Done::not(vec![fault]))
        }
        outcome => Done::of(outcome, |_| vec!["token".to_owned()]),
    }
}
