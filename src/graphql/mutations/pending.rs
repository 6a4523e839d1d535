//! Approving who waits, and having members wait.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::bulk::MembersPayload;
use super::told::{Done, Told, tell};
use crate::domain::members::Member;
use crate::domain::pending::{self, Approved};
use crate::domain::policy::Reason;
use crate::domain::standing::Name;
use crate::domain::{Error, Result, Thing};
use crate::graphql::connection::Nullable;
use crate::graphql::ids::{GlobalId, GroupGid, MemberKey, UserGid};
use crate::graphql::loaders::loaders;
use crate::graphql::types::{Invitation, MemberInterface, MembershipState};
use crate::types::{MemberId, SourceKind};

/// Whom to approve.
#[derive(Clone, Debug, InputObject)]
pub(super) struct MemberApproveInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// A membership or an invitation that waits: the global id of a `GroupMember`, a `ProjectMember` or an `Invitation`.
    id: ID,
}

/// In which group to approve everybody.
#[derive(Clone, Debug, InputObject)]
pub(super) struct GroupMembersApproveAllInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The top-level group.
    group_id: GroupGid,
}

/// Whether whose memberships count.
#[derive(Clone, Debug, InputObject)]
pub(super) struct MemberSetStateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The top-level group in whose hierarchy the memberships are.
    group_id: GroupGid,
    /// The user.
    user_id: UserGid,
    /// Whether all that the user has there is to count, or to wait for an owner's approval.
    state: MembershipState,
}

/// Who was approved.
#[derive(Clone, Debug, SimpleObject)]
struct MemberApprovePayload {
    #[graphql(flatten)]
    told: Told,
    /// The membership as it now is; null for an invitation, and when nothing was done.
    member: Option<MemberInterface>,
    /// The invitation as it now is; null for a membership, and when nothing was done.
    invitation: Option<Invitation>,
}

/// Approving who waits, and having members wait.
#[derive(Debug, Default)]
pub(super) struct Pending;

#[Object]
impl Pending {
    /// Approves everything that waits in the hierarchy of the membership or invitation, of the same user or of the same invited address, whether a seat
    /// is left or not. For owners of the top-level group, and administrators.
    async fn member_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to approve.")] input: MemberApproveInput,
    ) -> Nullable<MemberApprovePayload> {
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let (row, kind) = row(&input.id)?;
            Done::of(pending::approve_one(ctx, row, kind).await, |_| vec!["id".to_owned()])
        };
        let told = tell(ctx, input.client_mutation_id, work).await;
        Some(told.map(|(told, approved)| {
            let (member, invitation) = match approved {
                Some(Approved::Member(member)) => (Some(MemberInterface::alone(Arc::new(member))), None),
                Some(Approved::Invitation(invitation)) => (None, Some(Invitation::alone(invitation))),
                None => (None, None),
            };
            MemberApprovePayload {
                told,
                member,
                invitation,
            }
        }))
    }

    /// Approves everything that waits in a top-level group, its subgroups and projects, invitations too, whether seats are left or not. For owners of the
    /// group, and administrators.
    async fn group_members_approve_all(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which group.")] input: GroupMembersApproveAllInput,
    ) -> Nullable<MembersPayload> {
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let approved = pending::approve_all_shown(ctx, &Name::Id(input.group_id.0.0)).await;
            Done::of(shown(approved), |_| vec!["groupId".to_owned()])
        };
        let told = tell(ctx, input.client_mutation_id, work).await;
        Some(told.map(|(told, members)| MembersPayload { told, members }))
    }

    /// Has all memberships of a user in a top-level group, its subgroups and projects wait for an owner's approval, or count again whether a seat is left
    /// or not. Who waits has no access and takes no seat. For owners of the group, and administrators; custom roles that manage members may have members
    /// wait, but approve nobody.
    async fn member_set_state(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether whose memberships count.")] input: MemberSetStateInput,
    ) -> Nullable<MembersPayload> {
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let group = Name::Id(input.group_id.0.0);
            let set = pending::set_state_shown(ctx, &group, input.user_id.0.0, input.state.into()).await;
            let place = match set {
                Err(Error::Refused(Reason::LdapSynced)) => "groupId",
                _ => "userId",
            };
            Done::of(shown(set), |_| vec![place.to_owned()])
        };
        let told = tell(ctx, input.client_mutation_id, work).await;
        Some(told.map(|(told, members)| MembersPayload { told, members }))
    }
}

fn shown(members: Result<Vec<Member>>) -> Result<Vec<MemberInterface>> {
    let members = members?.into_iter().map(Arc::new);
    Ok(members.map(MemberInterface::alone).collect())
}

/// The row that an id means, and of what kind of source it is one; of none for an invitation. These are also named as what they will become.
fn row(id: &ID) -> Result<(MemberId, Option<SourceKind>)> {
    match GlobalId::read(id)? {
        Some(GlobalId::Invitation(row)) => Ok((row, None)),
        Some(GlobalId::Member(MemberKey::Group(row))) => Ok((row, Some(SourceKind::Group))),
        Some(GlobalId::Member(MemberKey::Project(row))) => Ok((row, Some(SourceKind::Project))),
        // Who owns a personal namespace has no row.
        Some(GlobalId::Member(MemberKey::Owner(..))) => Err(Error::NotFound(Thing::Membership)),
        _ => {
            let text = format!("\"{}\" is not a valid ID for MemberID or InvitationID", id.as_str());
            Err(Error::Invalid(text))
        }
    }
}
