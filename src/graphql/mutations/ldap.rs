//! Linking groups with people of a directory, and having them synchronised.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::told::{Done, Told, tell};
use crate::domain::ldap::{self, NewLink, Which};
use crate::domain::standing::Name;
use crate::graphql::connection::Nullable;
use crate::graphql::ids::{GroupGid, LdapGroupLinkGid, MemberRoleGid};
use crate::graphql::loaders::loaders;
use crate::graphql::types::{LdapGroupLink, LdapSync, MemberAccessLevel};

/// Which people of a directory become members of a group, and what they get: `cn` or `filter`, and not both.
#[derive(Clone, Debug, InputObject)]
pub(super) struct LdapGroupLinkCreateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The group.
    group_id: GroupGid,
    /// Name of the directory, such as `ldapmain`.
    provider: String,
    /// Common name of a group of the directory, 255 characters at most.
    cn: Option<String>,
    /// An LDAP filter in brackets, 8192 characters at most.
    filter: Option<String>,
    /// The level that they get.
    access_level: MemberAccessLevel,
    /// A custom role that they get; `accessLevel` must be its base level.
    member_role_id: Option<MemberRoleGid>,
}

/// Which link to remove.
#[derive(Clone, Debug, InputObject)]
pub(super) struct LdapGroupLinkDeleteInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The link.
    id: LdapGroupLinkGid,
}

/// Which group to synchronise.
#[derive(Clone, Debug, InputObject)]
pub(super) struct GroupLdapSyncInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The group.
    group_id: GroupGid,
}

/// What became of a link.
#[derive(Clone, Debug, SimpleObject)]
struct LdapGroupLinkPayload {
    #[graphql(flatten)]
    told: Told,
    /// The link: as it now is, or, once removed, as it was. Null when nothing was done.
    ldap_group_link: Option<LdapGroupLink>,
}

/// What became of a request for a synchronisation.
#[derive(Clone, Debug, SimpleObject)]
struct GroupLdapSyncPayload {
    #[graphql(flatten)]
    told: Told,
    /// How far it is. Null for a group without links, to which nothing is done.
    ldap_sync: Option<LdapSync>,
}

/// Groups whose members come from a directory.
#[derive(Debug, Default)]
pub(super) struct Ldap;

#[Object]
impl Ldap {
    /// Makes people of a directory members of a group, from the next synchronisation on. By its first link a group is synced at once: nobody adds or removes
    /// members by hand. For owners of the group and administrators.
    async fn ldap_group_link_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which people, and what they get.")] input: LdapGroupLinkCreateInput,
    ) -> Nullable<LdapGroupLinkPayload> {
        let new = NewLink {
            provider: input.provider,
            cn: input.cn,
            filter: input.filter,
            access_level: input.access_level.into(),
            member_role_id: input.member_role_id.map(|role| role.0.0),
        };
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let made = ldap::link(ctx, &Name::Id(input.group_id.0.0), &new).await;
            Done::of(made.map(Arc::new).map(LdapGroupLink), |_| Vec::new())
        };
        let told = tell(ctx, input.client_mutation_id, work).await;
        Some(told.map(LdapGroupLinkPayload::from))
    }

    /// Removes a link. Nobody stops being a member by that before the next synchronisation; without any link the group is no longer synced. For owners of the
    /// group and administrators.
    async fn ldap_group_link_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which link to remove.")] input: LdapGroupLinkDeleteInput,
    ) -> Nullable<LdapGroupLinkPayload> {
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let group = ldap::whose(ctx, input.id.0).await?;
            let gone = ldap::unlink(ctx, &Name::Id(group.0), &Which::Id(input.id.0)).await;
            Done::of(gone.map(Arc::new).map(LdapGroupLink), |_| vec!["id".to_owned()])
        };
        let told = tell(ctx, input.client_mutation_id, work).await;
        Some(told.map(LdapGroupLinkPayload::from))
    }

    /// Has a group synchronised with its directory soon, without the groups below it. While one waits or runs, no further one is queued. For owners of the group
    /// and administrators.
    async fn group_ldap_sync(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group to synchronise.")] input: GroupLdapSyncInput,
    ) -> Nullable<GroupLdapSyncPayload> {
        let work = async {
            let ctx = &loaders(ctx).ctx();
            let status = ldap::request(ctx, &Name::Id(input.group_id.0.0)).await;
            Done::of(status, |_| vec!["groupId".to_owned()])
        };
        let told = tell(ctx, input.client_mutation_id, work).await;
        Some(told.map(|(told, status)| GroupLdapSyncPayload {
            told,
            ldap_sync: status.flatten().map(LdapSync::from),
        }))
    }
}

impl From<(Told, Option<LdapGroupLink>)> for LdapGroupLinkPayload {
    fn from((told, ldap_group_link): (Told, Option<LdapGroupLink>)) -> Self {
        Self { told, ldap_group_link }
    }
}
