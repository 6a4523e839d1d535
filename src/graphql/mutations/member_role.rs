//! Custom roles of top-level groups.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::told::{Done, Told, tell};
use crate::domain::members::Role;
use crate::domain::roles::{self, NewRole};
use crate::domain::standing::Name;
use crate::graphql::connection::Nullable;
use crate::graphql::ids::MemberRoleGid;
use crate::graphql::loaders::loaders;
use crate::graphql::types::{MemberAccessLevel, MemberRole};
use crate::types::Permissions;

/// What custom role to make.
#[derive(Clone, Debug, InputObject)]
pub(super) struct MemberRoleCreateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// Full path of the top-level group, whatever the case.
    group_path: ID,
    /// Its name, unique in the group, 255 characters at most. Absent or blank: that of the level, such as `Guest - custom`.
    name: Option<String>,
    /// What it is for, 255 characters at most.
    description: Option<String>,
    /// The level that it builds on; not that of owners.
    base_access_level: MemberAccessLevel,
    /// What it adds, at least one, such as `read_code`, whatever the case. Names that are none are passed over.
    permissions: Vec<String>,
}

/// Which custom role to remove.
#[derive(Clone, Debug, InputObject)]
pub(super) struct MemberRoleDeleteInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The role.
    id: MemberRoleGid,
}

/// What became of one custom role.
#[derive(Clone, Debug, SimpleObject)]
struct MemberRolePayload {
    #[graphql(flatten)]
    told: Told,
    /// The role: as it now is, or, once removed, as it was. Null when nothing was done.
    member_role: Option<MemberRole>,
}

/// Custom roles of top-level groups.
#[derive(Debug, Default)]
pub(super) struct MemberRoles;

#[Object]
impl MemberRoles {
    /// Makes a custom role, which can then be given everywhere in the hierarchy; a hierarchy has ten at most. For owners of the top-level group and
    /// administrators.
    async fn member_role_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What custom role to make.")] input: MemberRoleCreateInput,
    ) -> Nullable<MemberRolePayload> {
        let named = |permission: &str| {
            input
                .permissions
                .iter()
                .any(|name| name.eq_ignore_ascii_case(permission))
        };
        let new = NewRole {
            permissions: Permissions::such_that(named),
            name: input.name,
            description: input.description,
            base_access_level: input.base_access_level.into(),
        };
        let group = Name::Path(input.group_path.0);
        let work = async {
            let made = roles::create(&loaders(ctx).ctx(), &group, &new).await;
            Done::of(made, |_| vec!["groupPath".to_owned()])
        };
        Some(
            tell(ctx, input.client_mutation_id, work)
                .await
                .map(MemberRolePayload::from),
        )
    }

    /// Removes a custom role. Whoever has it must lose it first, by membership or invitation; shares and LDAP links lose it with that. For owners of the
    /// top-level group and administrators.
    async fn member_role_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which custom role to remove.")] input: MemberRoleDeleteInput,
    ) -> Nullable<MemberRolePayload> {
        let role = input.id.0;
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let group = roles::whose(ctx, role).await?;
            let gone = roles::delete(ctx, &Name::Id(group.0), role.0).await;
            Done::of(gone, |_| vec!["id".to_owned()])
        };
        Some(
            tell(ctx, input.client_mutation_id, work)
                .await
                .map(MemberRolePayload::from),
        )
    }
}

impl From<(Told, Option<Role>)> for MemberRolePayload {
    fn from((told, role): (Told, Option<Role>)) -> Self {
        let member_role = role.map(|role| MemberRole(Arc::new(role)));
        Self { told, member_role }
    }
}
