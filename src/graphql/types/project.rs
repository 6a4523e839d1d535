//! Projects.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::member_list::{self, MemberArguments, members};
use super::{
    AccessLevel, AccessLevelEnum, AccessRequest, AuditEvent, EffectiveAccess, Group, Invitation, InvitationSort,
    InvitationState, MemberInterface, MemberSort, MembershipState, ProjectMemberRelation, Share, access_request,
    audit_event, invitation, share,
};
use crate::domain::{audit, invitations, shares, standing};
use crate::graphql::connection::{Border, Connection, Nullable, Paging};
use crate::graphql::ids::{MemberRoleGid, Model, UserGid};
use crate::graphql::keys::Asked;
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::{Date, Time};

/// A project as the caller sees it.
#[derive(Clone, Debug)]
pub struct Project(pub Arc<standing::Project>);

impl From<standing::Project> for Project {
    fn from(project: standing::Project) -> Self {
        Self(Arc::new(project))
    }
}

/// A project: lies in a group or in a user's own namespace, and has members. Found only by who may see it: a public one by everybody, an
/// internal one by every signed-in user but external ones, a private one by who has a role in it, and by administrators.
#[Object]
impl Project {
    /// Global id, `gid://gitlab/Project/1`.
    pub(super) async fn id(&self) -> ID {
        Model::Project.id(self.0.id)
    }

    /// Where it lies, such as `acme/tools/cli`.
    pub(super) async fn full_path(&self) -> ID {
        ID(self.0.full_path.clone())
    }

    /// Its own name.
    pub(super) async fn name(&self) -> Option<String> {
        Some(self.0.name.clone())
    }

    /// The names from the top down, such as `Acme / Tools / CLI`.
    async fn name_with_namespace(&self) -> Option<&str> {
        Some(&self.0.full_name)
    }

    /// Address of its page.
    pub(super) async fn web_url(&self, ctx: &Context<'_>) -> String {
        format!("{}/{}", loaders(ctx).ctx().app.external_url, self.0.full_path)
    }

    /// Who sees it without a role in it: `private`, `internal` or `public`.
    async fn visibility(&self) -> Option<&str> {
        Some(self.0.visibility.as_str())
    }

    /// The group it lies in; null in a user's own namespace, and when you may not see the group.
    async fn group(&self, ctx: &Context<'_>) -> Nullable<Group> {
        let group = loaders(ctx).find(self.0.group_id()?).await;
        group.map(Group).or_null()
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
        EffectiveAccess::find(ctx, Asked::Project(Arc::clone(&self.0)), user_id.0).await
    }

    /// Its members, one entry a user: a `ProjectMember` for a row of the project itself, a `GroupMember` for a row of a group. Null for
    /// anonymous callers.
    #[expect(clippy::too_many_arguments, reason = "documents written for GitLab use them")]
    async fn project_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Words that the name or the user name holds, each of them; or the whole public address. Sorted by how well they match, \
                    unless `sort` is given."
        )]
        search: Option<String>,
        #[graphql(desc = "The order; by number of the user when absent.")] sort: Option<MemberSort>,
        #[graphql(
            default_with = "Some(vec![ProjectMemberRelation::Direct, ProjectMemberRelation::Inherited])",
            desc = "The ways by which somebody may be a member."
        )]
        relations: Option<Vec<ProjectMemberRelation>>,
        #[graphql(desc = "Only these levels.")] access_levels: Option<Vec<AccessLevelEnum>>,
        #[graphql(desc = "Only these users.")] user_ids: Option<Vec<UserGid>>,
        #[graphql(desc = "Only this level or more.")] min_access_level: Option<AccessLevelEnum>,
        #[graphql(desc = "Only who has this custom role.")] member_role_id: Option<MemberRoleGid>,
        #[graphql(desc = "Only these states; both when absent.")] states: Option<Vec<MembershipState>>,
        #[graphql(desc = "Only memberships that end before this day, UTC.")] expires_before: Option<Time>,
        #[graphql(desc = "Only users whose newest activity was before this day, UTC, or who never had any.")]
        last_activity_before: Option<Date>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<MemberInterface>> {
        let arguments = MemberArguments {
            search,
            sort,
            relations: member_list::relations(relations),
            access_levels,
            user_ids,
            min_access_level,
            member_role_id,
            states,
            expires_before,
            last_activity_before,
            ..MemberArguments::default()
        };
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        let asked = Asked::Project(Arc::clone(&self.0));
        members(ctx, asked, arguments, &paging, MemberInterface::asked).await
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
        share::list(ctx, Asked::Project(Arc::clone(&self.0)), which, &paging).await
    }

    /// Who asks for access, oldest request first. Null for others than maintainers and owners of it and administrators.
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
        access_request::list(ctx, Asked::Project(Arc::clone(&self.0)), search, &paging).await
    }

    /// Who changed its members, newest first; what lies below it has events of its own. All of them for owners and maintainers and administrators, one's own acts for
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
        audit_event::list(ctx, Asked::Project(Arc::clone(&self.0)), filter, &paging).await
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
        let asked = Asked::Project(Arc::clone(&self.0));
        invitation::list(ctx, asked, filter, sort, &paging).await
    }
}
