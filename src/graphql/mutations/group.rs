//! Making, changing and removing groups.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::input::visibility;
use super::told::{Done, Told, tell};
use crate::domain::groups::{self, GroupChange, NewGroup, Settings};
use crate::domain::standing::{self, Name};
use crate::graphql::connection::Nullable;
use crate::graphql::ids::GroupGid;
use crate::graphql::loaders::loaders;
use crate::graphql::types::Group;

/// What group to make.
#[derive(Clone, Debug, InputObject)]
pub(super) struct GroupCreateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// Its own name, unique below the same group; 1 to 255 characters.
    name: String,
    /// The last part of its full path: 2 to 255 letters, digits, and single dots, dashes and underscores between them.
    path: String,
    /// The group that it is to lie in. Absent or null: it lies at the top.
    parent_id: Option<GroupGid>,
    /// Who sees it without a role in it: `private` (the default), `internal` or `public`, no wider than the group above.
    visibility: Option<String>,
    /// Free text.
    description: Option<String>,
}

/// What of a group is to be another. What is absent or null stays as it is.
#[derive(Clone, Debug, InputObject)]
pub(super) struct GroupUpdateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// Full path of the group, whatever the case.
    full_path: ID,
    /// Its own name, unique below the same group; 1 to 255 characters.
    name: Option<String>,
    /// The last part of its full path: 2 to 255 letters, digits, and single dots, dashes and underscores between them. Everything below moves along.
    path: Option<String>,
    /// Who sees it without a role in it: `private`, `internal` or `public`; no wider than the group above, no narrower than what lies in it.
    visibility: Option<String>,
    /// Free text.
    description: Option<String>,
    /// Whether the shares of its own projects are suspended, and no new ones can be made.
    share_with_group_lock: Option<bool>,
    /// Whether members of its own projects may not be added one by one.
    membership_lock: Option<bool>,
    /// Whether access may be asked for.
    request_access_enabled: Option<bool>,
    /// Whether groups and projects of the hierarchy may be shared inside it only; without effect below the top.
    prevent_sharing_groups_outside_hierarchy: Option<bool>,
    /// Domains that the addresses of new members must have; empty for any. Only at the top.
    allowed_email_domains: Option<Vec<String>>,
}

/// Which group to remove.
#[derive(Clone, Debug, InputObject)]
pub(super) struct GroupDeleteInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// Full path of the group, whatever the case.
    full_path: ID,
}

/// What became of one group.
#[derive(Clone, Debug, SimpleObject)]
struct GroupPayload {
    #[graphql(flatten)]
    told: Told,
    /// The group: as it now is, or, once removed, as it was, with nothing in it. Null when nothing was done.
    group: Option<Group>,
}

/// Making, changing and removing groups.
#[derive(Debug, Default)]
pub(super) struct Groups;

#[Object]
impl Groups {
    /// Makes a group, and you an owner of it. At the top for everybody but external users; in a group for its maintainers and owners, and administrators.
    async fn group_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What group to make.")] input: GroupCreateInput,
    ) -> Nullable<GroupPayload> {
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let made = async {
                let new = NewGroup {
                    name: input.name,
                    path: input.path,
                    parent: input.parent_id.map(|group| Name::Id(group.0.0)),
                    settings: Settings {
                        description: input.description,
                        visibility: visibility(input.visibility.as_deref())?,
                        ..Settings::default()
                    },
                };
                groups::create(ctx, &new).await
            };
            Done::of(made.await, |_| vec![])
        };
        Some(tell(ctx, input.client_mutation_id, work).await.map(GroupPayload::from))
    }

    /// Changes a group; with another name or path everything below it has another full one. For owners of the group and administrators.
    async fn group_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What of a group is to be another.")] input: GroupUpdateInput,
    ) -> Nullable<GroupPayload> {
        let group = Name::Path(input.full_path.0);
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let changed = async {
                let change = GroupChange {
                    name: input.name,
                    path: input.path,
                    settings: Settings {
                        description: input.description,
                        visibility: visibility(input.visibility.as_deref())?,
                        request_access_enabled: input.request_access_enabled,
                        membership_lock: input.membership_lock,
                        share_with_group_lock: input.share_with_group_lock,
                        prevent_sharing_groups_outside_hierarchy: input.prevent_sharing_groups_outside_hierarchy,
                        allowed_email_domains: input.allowed_email_domains,
                    },
                };
                groups::update(ctx, &group, &change).await
            };
            Done::of(changed.await, |_| vec!["fullPath".to_owned()])
        };
        Some(tell(ctx, input.client_mutation_id, work).await.map(GroupPayload::from))
    }

    /// Removes a group at once with everything in it: groups below, projects, members, invitations, requests, and shares in both directions. For owners of
    /// the group and administrators.
    async fn group_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group to remove.")] input: GroupDeleteInput,
    ) -> Nullable<GroupPayload> {
        let group = Name::Path(input.full_path.0);
        let work = async {
            let gone = groups::delete(&loaders(ctx).ctx(), &group, None).await;
            Done::of(gone, |_| vec!["fullPath".to_owned()])
        };
        Some(tell(ctx, input.client_mutation_id, work).await.map(GroupPayload::from))
    }
}

impl From<(Told, Option<standing::Group>)> for GroupPayload {
    fn from((told, group): (Told, Option<standing::Group>)) -> Self {
        let group = group.map(Group::from);
        Self { told, group }
    }
}
