//! Taking who takes a seat out of a top-level group.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::told::{Done, Told, tell};
use crate::domain::seats::{self, Removed};
use crate::domain::standing::Name;
use crate::graphql::connection::Nullable;
use crate::graphql::ids::{GroupGid, MemberKey, Model, UserGid};
use crate::graphql::loaders::loaders;
use crate::graphql::types::BillableMember;
use crate::types::SourceKind;

/// Whom to take out of which group.
#[derive(Clone, Debug, InputObject)]
#[expect(clippy::struct_field_names, reason = "the names are the schema's")]
pub(super) struct BillableMemberRemoveInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The top-level group.
    group_id: GroupGid,
    /// The user.
    user_id: UserGid,
}

/// What became of a seat.
#[derive(Clone, Debug, SimpleObject)]
struct BillableMemberRemovePayload {
    #[graphql(flatten)]
    told: Told,
    /// The seat that the user still takes, by a share. Null when it is free, for others than owners of the group and administrators, and when nothing was done.
    billable_member: Option<BillableMember>,
    /// Global ids of the memberships that are gone, and of the access requests; by number.
    removed_member_ids: Vec<ID>,
}

/// Taking who takes a seat out of a top-level group.
#[derive(Debug, Default)]
pub(super) struct Seats;

#[Object]
impl Seats {
    /// Removes everything that a user has in a top-level group, its subgroups and projects: memberships, also those that wait, and access requests. All of it
    /// or nothing. What the user has elsewhere stays, so that who also comes by a share goes on taking a seat. For owners of the group, custom roles that manage
    /// members, and administrators.
    async fn billable_member_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to take out of which group.")] input: BillableMemberRemoveInput,
    ) -> Nullable<BillableMemberRemovePayload> {
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let group = Name::Id(input.group_id.0.0);
            let removed = seats::remove_shown(ctx, &group, input.user_id.0.0).await;
            Done::of(removed, |_| vec!["userId".to_owned()])
        };
        Some(
            tell(ctx, input.client_mutation_id, work)
                .await
                .map(BillableMemberRemovePayload::of),
        )
    }
}

/// The rows that are gone, and what is left.
type Outcome = (Vec<Removed>, Option<seats::BillableMember>);

impl BillableMemberRemovePayload {
    fn of((told, outcome): (Told, Option<Outcome>)) -> Self {
        let (removed, left) = outcome.unwrap_or_default();
        Self {
            told,
            billable_member: left.map(|member| BillableMember(Arc::new(member))),
            removed_member_ids: removed.into_iter().map(id).collect(),
        }
    }
}

fn id(row: Removed) -> ID {
    match row.kind {
        _ if row.requested => Model::AccessRequest.id(row.id),
        SourceKind::Group => MemberKey::Group(row.id).id(),
        SourceKind::Project => MemberKey::Project(row.id).id(),
    }
}
