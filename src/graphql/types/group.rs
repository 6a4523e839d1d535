//! Groups.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::billable_member::{self, BillableMember, BillableMemberSort};
use super::member_list::{self, MemberArguments, members};
use super::seat_preview::{
    self, EstimateArguments, PreviewBillableUserChange, SeatChangeInput, SeatPreview, SubscriptionsUserRole,
};
use super::seat_usage::{self, SeatUsage};
use super::{
    AccessLevel, AccessLevelEnum, AccessRequest, AuditEvent, EffectiveAccess, GroupMember, GroupMemberRelation,
    Invitation, InvitationSort, InvitationState, LdapGroupLink, LdapSync, MemberApproval, MemberRole, MemberSort,
    MembershipState, PendingMemberInterface, Project, Share, access_request, audit_event, invitation, ldap,
    member_approval, pending_member, share,
};
use crate::domain::members::Role;
use crate::domain::{audit, invitations, projects, seats, shares, standing};
use crate::graphql::connection::{Border, Connection, List, Nullable, Paging, connect, connect_whole};
use crate::graphql::ids::{MemberRoleGid, Model, UserGid};
use crate::graphql::keys::{
    Asked, DescendantCount, DescendantPage, DirectCount, GroupOf, ProjectCount, ProjectPage, RolesOf, SeatCount,
};
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::{Date, Time};
use crate::types::fold;

/// A group as the caller sees it.
#[derive(Clone, Debug)]
pub struct Group(pub Arc<standing::Group>);

impl From<standing::Group> for Group {
    fn from(group: standing::Group) -> Self {
        Self(Arc::new(group))
    }
}

/// A group: holds members, projects and groups below it. Found only by who may see it: a public one by everybody, an internal one by every
/// signed-in user but external ones, a private one by who has a role in it or in a project of it, and by administrators.
#[Object]
impl Group {
    /// Global id, `gid://gitlab/Group/1`.
    pub(super) async fn id(&self) -> ID {
        Model::Group.id(self.0.id)
    }

    /// Where it lies, such as `acme/tools`.
    pub(super) async fn full_path(&self) -> ID {
        ID(self.0.full_path.clone())
    }

    /// The names from the top down, such as `Acme / Tools`.
    async fn full_name(&self) -> Option<&str> {
        Some(&self.0.full_name)
    }

    /// Its own name.
    pub(super) async fn name(&self) -> Option<String> {
        Some(self.0.name.clone())
    }

    /// The last part of its full path.
    fn path(&self) -> &str {
        &self.0.path
    }

    /// Address of its page.
    pub(super) async fn web_url(&self, ctx: &Context<'_>) -> String {
        format!("{}/groups/{}", loaders(ctx).ctx().app.external_url, self.0.full_path)
    }

    /// Who sees it without a role in it: `private`, `internal` or `public`.
    async fn visibility(&self) -> Option<&str> {
        Some(self.0.visibility.as_str())
    }

    /// The group above; null at the top, and when you may not see it.
    async fn parent(&self, ctx: &Context<'_>) -> Nullable<Group> {
        let parent = loaders(ctx).find(self.0.parent_id?).await;
        parent.map(Self).or_null()
    }

    /// Your own level in it, however you came by it; administrators are owners everywhere.
    pub(super) async fn max_access_level(&self, ctx: &Context<'_>) -> AccessLevel {
        self.0.acting_level(&loaders(ctx).ctx().actor).into()
    }

    /// Why a user has the level that they have in it. Null when there is no such user, and for others than those who may list its members and
    /// the user in person.
    pub(super) async fn effective_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] user_id: UserGid,
    ) -> Nullable<EffectiveAccess> {
        EffectiveAccess::find(ctx, Asked::Group(Arc::clone(&self.0)), user_id.0).await
    }

    /// How many members it has of its own: rows of this very group, awaiting ones too, inherited ones not.
    async fn group_members_count(&self, ctx: &Context<'_>) -> Result<u64> {
        Ok(loaders(ctx)
            .one(DirectCount(Arc::clone(&self.0)))
            .await?
            .unwrap_or_default())
    }

    /// Its members, one entry a user with the highest level among the relations asked for. Null for anonymous callers, and for who sees the
    /// group only because of a project in it.
    #[expect(clippy::too_many_arguments, reason = "documents written for GitLab use them")]
    async fn group_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only these memberships or users: ids of `GroupMember` or `User`; a bare number is a membership's."
        )]
        ids: Option<Vec<ID>>,
        #[graphql(
            desc = "Words that the name or the user name holds, each of them; or the whole public address. Sorted by how well they match, \
                    unless `sort` is given."
        )]
        search: Option<String>,
        #[graphql(desc = "The order; by number of the user when absent.")] sort: Option<MemberSort>,
        #[graphql(
            default_with = "Some(vec![GroupMemberRelation::Direct, GroupMemberRelation::Inherited])",
            desc = "The ways by which somebody may be a member."
        )]
        relations: Option<Vec<GroupMemberRelation>>,
        #[graphql(desc = "Only these levels.")] access_levels: Option<Vec<AccessLevelEnum>>,
        #[graphql(desc = "Only users whose account the top-level group owns (true), or only others (false).")]
        enterprise: Option<bool>,
        #[graphql(
            desc = "Only users with an identity at the group's own SAML provider (true). Without effect for others than owners of the group and \
                    administrators, and in a group without SAML, such as every subgroup."
        )]
        with_saml_identity: Option<bool>,
        #[graphql(desc = "Only these users.")] user_ids: Option<Vec<UserGid>>,
        #[graphql(desc = "Only this level or more.")] min_access_level: Option<AccessLevelEnum>,
        #[graphql(desc = "Only who has this custom role.")] member_role_id: Option<MemberRoleGid>,
        #[graphql(desc = "Only these states; both when absent.")] states: Option<Vec<MembershipState>>,
        #[graphql(desc = "Only memberships that end before this day, UTC.")] expires_before: Option<Time>,
        #[graphql(desc = "Only users whose newest activity was before this day, UTC, or who never had any.")]
        last_activity_before: Option<Date>,
        #[graphql(desc = "Only rows that are freed from the directory (true), or only others (false).")]
        overridden: Option<bool>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<GroupMember>> {
        let arguments = MemberArguments {
            ids,
            search,
            sort,
            relations: member_list::relations(relations),
            access_levels,
            enterprise,
            with_saml_identity,
            user_ids,
            min_access_level,
            member_role_id,
            states,
            expires_before,
            last_activity_before,
            overridden,
        };
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        let asked = Asked::Group(Arc::clone(&self.0));
        members(ctx, asked, arguments, &paging, GroupMember::asked).await
    }

    /// The custom roles that may be given in it: those of its top-level group, by name. Null unless you are an owner
    /// of it or an administrator.
    #[expect(clippy::too_many_arguments, reason = "documents written for GitLab use them")]
    async fn member_roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this one.")] id: Option<MemberRoleGid>,
        #[graphql(desc = "Only these.")] ids: Option<Vec<MemberRoleGid>>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<MemberRole>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        let wanted = |role: &Role| {
            let named = MemberRoleGid(role.id);
            id.is_none_or(|id| id == named) && ids.as_ref().is_none_or(|ids| ids.contains(&named))
        };
        let roles = async {
            let roles = loaders(ctx).find(RolesOf(Arc::clone(&self.0))).await?;
            let named = |role: &Arc<Role>| (fold(&role.name), role.id.0, Arc::clone(role));
            Ok(roles.iter().filter(|role| wanted(role)).map(named).collect())
        };
        connect_whole(ctx, &paging, "Name(Asc)", roles, MemberRole)
            .await
            .or_null()
    }

    /// The groups anywhere below it that you may see, by name.
    async fn descendant_groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A part of the name or path.")] search: Option<String>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<Group>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        let (loaders, group) = (loaders(ctx), self.0.id);
        let rows = List {
            sort: "Name(Asc)".to_owned(),
            page: |window| {
                loaders.find(DescendantPage {
                    group,
                    search: search.clone(),
                    window,
                })
            },
            count: |limit| {
                loaders.find(DescendantCount {
                    group,
                    search: search.clone(),
                    limit,
                })
            },
        };
        connect(ctx, &paging, rows, Self).await.or_null()
    }

    /// The projects in it that you may see, newest first.
    #[expect(clippy::too_many_arguments, reason = "documents written for GitLab use them")]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A part of the name or path.")] search: Option<String>,
        #[graphql(desc = "Also those in the groups below it.")] include_subgroups: Option<bool>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Project>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        let (loaders, group) = (loaders(ctx), self.0.id);
        let filter = projects::Within {
            search,
            subgroups: include_subgroups.unwrap_or_default(),
        };
        let rows = List {
            sort: "Id(Desc)".to_owned(),
            page: |window| {
                loaders.find(ProjectPage {
                    group,
                    filter: filter.clone(),
                    window,
                })
            },
            count: |limit| {
                loaders.find(ProjectCount {
                    group,
                    filter: filter.clone(),
                    limit,
                })
            },
        };
        Ok(connect(ctx, &paging, rows, Project).await?)
    }

    /// The groups that have access to it, of those that you may see: its own shares before those of groups above, older before younger.
    #[expect(clippy::too_many_arguments, reason = "the four of a page are among them")]
    pub(super) async fn shared_with_groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A part of the name or path of the invited group.")] search: Option<String>,
        #[graphql(
            default_with = "Some(false)",
            desc = "Also shares of groups above it that you may see."
        )]
        inherited: Option<bool>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Connection<Share>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        let which = shares::List::Invited {
            inherited: inherited.unwrap_or_default(),
            search,
        };
        share::list(ctx, Asked::Group(Arc::clone(&self.0)), which, &paging).await
    }

    /// The groups that it has been given access to, of those that you may see; older shares before younger.
    async fn shared_groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A part of the name or path of the other group.")] search: Option<String>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Connection<Share>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        let which = shares::List::Groups { search };
        share::list(ctx, Asked::Group(Arc::clone(&self.0)), which, &paging).await
    }

    /// The projects that it has been given access to, of those that you may see; older shares before younger.
    async fn shared_projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A part of the name or path of the project.")] search: Option<String>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Connection<Share>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        let which = shares::List::Projects { search };
        share::list(ctx, Asked::Group(Arc::clone(&self.0)), which, &paging).await
    }

    /// The links by which people of a directory are its members, by number. Null for others than owners of it and administrators.
    async fn ldap_group_links(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<LdapGroupLink>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        ldap::links(ctx, Asked::Group(Arc::clone(&self.0)), &paging).await
    }

    /// How far its synchronisation with the directory is. Null when it has no link of its own, and for others than owners of it and administrators.
    async fn ldap_sync(&self, ctx: &Context<'_>) -> Nullable<LdapSync> {
        ldap::sync(ctx, Asked::Group(Arc::clone(&self.0))).await
    }

    /// Who asks for access, oldest request first. Null for others than owners of it, custom roles that manage its members, and administrators; and where a directory decides
    /// about members.
    pub(super) async fn access_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Words that the name or the user name holds, each of them; or the whole public address.")]
        search: Option<String>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<AccessRequest>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        access_request::list(ctx, Asked::Group(Arc::clone(&self.0)), search, &paging).await
    }

    /// Who waits in it, its subgroups and projects: users for an owner's approval, by number, then invited addresses for that or for an answer; one entry
    /// each, however many rows of theirs wait. Null below the top; for others than owners of it, custom roles that manage its members, and administrators;
    /// and where a directory decides about members.
    async fn pending_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Words that the name or the user name holds, each of them, or the whole public address; of an invited address words that it holds."
        )]
        search: Option<String>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<PendingMemberInterface>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        pending_member::list(ctx, &self.0, search, &paging).await
    }

    /// The promotions that wait for an administrator: none ever do, for who may promote does it at once. Null for others than owners of it and
    /// administrators.
    async fn pending_member_approvals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<MemberApproval>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        member_approval::list(ctx, &self.0, &paging).await
    }

    /// Who takes a seat. Null for others than its owners and administrators, and for a group that is not at the top.
    #[expect(clippy::too_many_arguments, reason = "each is a filter of its own")]
    async fn billable_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Words in the name or the user name, or the whole public address; a word shorter than three characters counts only as the whole."
        )]
        search: Option<String>,
        #[graphql(desc = "The order; by number of the user when absent.")] sort: Option<BillableMemberSort>,
        #[graphql(
            default_with = "Some(false)",
            desc = "Also those who would take a seat, if what waits were approved."
        )]
        include_awaiting: Option<bool>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<BillableMember>> {
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        let filter = seats::Filter {
            search,
            awaiting: include_awaiting.unwrap_or_default(),
            users: None,
        };
        let order = sort.map(seats::Order::from).unwrap_or_default();
        billable_member::list(ctx, &self.0, filter, order, &paging).await
    }

    /// How many users take a seat. Null for others than its owners and administrators, and for a group that is not at the top.
    async fn billable_members_count(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Accepted for GitLab's sake; there are no plans here.")] requested_hosted_plan: Option<String>,
    ) -> Nullable<u64> {
        let _ = requested_hosted_plan;
        let count = SeatCount {
            group: GroupOf(Arc::clone(&self.0)),
            filter: seats::Filter::default(),
            limit: i32::MAX as u64,
        };
        loaders(ctx).find(count).await.or_null()
    }

    /// How many seats it takes, and how many wait for one. Null for others than its owners and administrators, and for a group that is not at the top.
    async fn seat_usage(&self, ctx: &Context<'_>) -> Nullable<SeatUsage> {
        seat_usage::of(ctx, &self.0).await
    }

    /// What changes, made one after the other, would cost in seats; nothing is changed by asking. A change that could not be made is an error. Null for others
    /// than its owners and administrators, and for a group that is not at the top.
    async fn seat_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes, at most 100, each inside its hierarchy.")] changes: Vec<SeatChangeInput>,
    ) -> Nullable<SeatPreview> {
        seat_preview::preview(ctx, &self.0, changes).await
    }

    /// GitLab's estimate of what inviting people or a group would cost in seats; `seatPreview` says more. Null for others than its owners and
    /// administrators, and for a group that is not at the top.
    async fn gitlab_subscriptions_preview_billable_user_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number of a group that would have access.")] add_group_id: Option<i32>,
        #[graphql(desc = "Addresses that would be invited.")] add_user_emails: Option<Vec<String>>,
        #[graphql(desc = "The numbers of users who would become members.")] add_user_ids: Option<Vec<i32>>,
        #[graphql(desc = "The number of the custom role that they would get.")] member_role_id: Option<i32>,
        #[graphql(desc = "The role that they would get.")] role: SubscriptionsUserRole,
    ) -> Nullable<PreviewBillableUserChange> {
        let asked = EstimateArguments {
            group: add_group_id,
            emails: add_user_emails,
            users: add_user_ids,
            member_role: member_role_id,
            role,
        };
        seat_preview::estimate(ctx, &self.0, asked).await
    }

    /// Who changed its members, newest first; what lies below it has events of its own. All of them for owners and administrators, one's own acts for
    /// developers and maintainers; null for others.
    #[expect(clippy::too_many_arguments, reason = "documents written for GitLab use them")]
    pub(super) async fn audit_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what happened then or later.")] created_after: Option<Time>,
        #[graphql(desc = "Only what happened then or earlier.")] created_before: Option<Time>,
        #[graphql(desc = "Only what this user did.")] user_id: Option<UserGid>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<AuditEvent>> {
        let filter = audit::Filter {
            created_after: created_after.map(Time::at),
            created_before: created_before.map(Time::at),
            author: user_id.map(|user| user.0.0),
        };
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        audit_event::list(ctx, Asked::Group(Arc::clone(&self.0)), filter, &paging).await
    }

    /// The invitations to it that are not accepted, oldest number first; what lies below it has invitations of its own. Null for who does not
    /// administer its members, and where a directory decides about them.
    #[expect(clippy::too_many_arguments, reason = "those of every connection, and three")]
    pub(super) async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only to this address: the whole of it, whatever the case.")] search: Option<String>,
        #[graphql(
            desc = "Only those in this state, accepted ones included; of declined and revoked ones nothing is left."
        )]
        state: Option<InvitationState>,
        #[graphql(desc = "The order; by number when absent.")] sort: Option<InvitationSort>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<Invitation>> {
        let filter = invitations::Filter {
            search,
            state: state.map(Into::into),
        };
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        let asked = Asked::Group(Arc::clone(&self.0));
        invitation::list(ctx, asked, filter, sort, &paging).await
    }
}
