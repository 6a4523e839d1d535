//! Changing many members at once, and copying them.

use std::sync::Arc;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::input::{day, role};
use super::told::{Done, Told, UserError, UserErrorCode, tell};
use crate::domain::members::{self, Changed, Imported, Member, MemberChange, NotImported};
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Result, listed};
use crate::graphql::connection::Nullable;
use crate::graphql::ids::{GroupGid, MemberRoleGid, ProjectGid, UserGid};
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::Time;
use crate::graphql::types::{GroupMember, MemberAccessLevel, MemberInterface, ProjectMember};
use crate::types::SourceKind;

/// What is to become of several members of a group. What is absent stays as it is.
#[derive(Clone, Debug, InputObject)]
pub(super) struct GroupMemberBulkUpdateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The group.
    group_id: GroupGid,
    /// The users; at most 100, all direct members.
    user_ids: Vec<UserGid>,
    /// The level that all of them get.
    access_level: MemberAccessLevel,
    /// The day on which the memberships end, UTC: today or later. Absent: as it is; null: without an end.
    expires_at: MaybeUndefined<Time>,
    /// The custom role that all of them get; `accessLevel` must be its base level. Absent: as it is; null: none.
    member_role_id: MaybeUndefined<MemberRoleGid>,
}

/// What is to become of several members of a project. What is absent stays as it is.
#[derive(Clone, Debug, InputObject)]
pub(super) struct ProjectMemberBulkUpdateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The project.
    project_id: ProjectGid,
    /// The users; at most 100, all direct members.
    user_ids: Vec<UserGid>,
    /// The level that all of them get.
    access_level: MemberAccessLevel,
    /// The day on which the memberships end, UTC: today or later. Absent: as it is; null: without an end.
    expires_at: MaybeUndefined<Time>,
    /// The custom role that all of them get; `accessLevel` must be its base level. Absent: as it is; null: none.
    member_role_id: MaybeUndefined<MemberRoleGid>,
}

/// Which project's members to copy where.
#[derive(Clone, Debug, InputObject)]
#[expect(clippy::struct_field_names, reason = "the names of the contract")]
pub(super) struct ProjectMembersImportInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The project that gets the members.
    project_id: ProjectGid,
    /// The project whose direct members are copied.
    from_project_id: ProjectGid,
}

/// What became of several members of a group.
#[derive(Clone, Debug, SimpleObject)]
struct GroupMemberBulkUpdatePayload {
    #[graphql(flatten)]
    told: Told,
    /// The members as they now are, in the order of the input; null when nothing was done.
    group_members: Option<Vec<GroupMember>>,
}

/// What became of several members of a project.
#[derive(Clone, Debug, SimpleObject)]
struct ProjectMemberBulkUpdatePayload {
    #[graphql(flatten)]
    told: Told,
    /// The members as they now are, in the order of the input; null when nothing was done.
    project_members: Option<Vec<ProjectMember>>,
}

/// What became of several members.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct MembersPayload {
    #[graphql(flatten)]
    pub(super) told: Told,
    /// The members as they now are; null when nothing was done.
    pub(super) members: Option<Vec<MemberInterface>>,
}

/// Changing many members at once, and copying them.
#[derive(Debug, Default)]
pub(super) struct Bulk;

#[Object]
impl Bulk {
    /// Changes up to 100 direct members of a group alike: all of them, or none when there is anything wrong with one. For owners of the group, custom
    /// roles that manage members, and administrators.
    async fn group_member_bulk_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to become of whom.")] input: GroupMemberBulkUpdateInput,
    ) -> Nullable<GroupMemberBulkUpdatePayload> {
        let change = MemberChange {
            access_level: Some(input.access_level.number()),
            expires_at: day(&input.expires_at),
            member_role_id: role(&input.member_role_id),
        };
        let work = async {
            let name = Name::Id(input.group_id.0.0);
            update(&loaders(ctx).ctx(), SourceKind::Group, &name, &input.user_ids, &change).await
        };
        let told = tell(ctx, input.client_mutation_id, work).await;
        Some(told.map(|(told, members)| GroupMemberBulkUpdatePayload {
            told,
            group_members: members.map(|members| members.into_iter().map(GroupMember::alone).collect()),
        }))
    }

    /// Changes up to 100 direct members of a project alike: all of them, or none when there is anything wrong with one. For maintainers and owners of the
    /// project, and administrators.
    async fn project_member_bulk_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to become of whom.")] input: ProjectMemberBulkUpdateInput,
    ) -> Nullable<ProjectMemberBulkUpdatePayload> {
        let change = MemberChange {
            access_level: Some(input.access_level.number()),
            expires_at: day(&input.expires_at),
            member_role_id: role(&input.member_role_id),
        };
        let work = async {
            let name = Name::Id(input.project_id.0.0);
            update(
                &loaders(ctx).ctx(),
                SourceKind::Project,
                &name,
                &input.user_ids,
                &change,
            )
            .await
        };
        let told = tell(ctx, input.client_mutation_id, work).await;
        Some(told.map(|(told, members)| ProjectMemberBulkUpdatePayload {
            told,
            project_members: members.map(|members| members.into_iter().map(ProjectMember::alone).collect()),
        }))
    }

    /// Makes the direct members of one project members of another, unless they are already: with their level, at most your own, their custom role and
    /// their end. Each is tried alone. For maintainers and owners of the project that gets them who have a role in the other, and administrators.
    async fn project_members_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which project's members to copy where.")] input: ProjectMembersImportInput,
    ) -> Nullable<MembersPayload> {
        let work = async {
            let (into, from) = (Name::Id(input.project_id.0.0), Name::Id(input.from_project_id.0.0));
            let imported = members::import(&loaders(ctx).ctx(), &into, &from).await;
            let done = Done::of(imported, |_| vec!["projectId".to_owned()])?;
            Ok(done.value.map_or(Done::not(done.faults), copied))
        };
        let told = tell(ctx, input.client_mutation_id, work).await;
        Some(told.map(|(told, members)| MembersPayload { told, members }))
    }
}

async fn update(
    ctx: &Ctx,
    kind: SourceKind,
    name: &Name,
    users: &[UserGid],
    change: &MemberChange,
) -> Result<Done<Vec<Arc<Member>>>> {
    let users: Vec<i64> = users.iter().map(|user| user.0.0).collect();
    let changed = match members::update_several(ctx, kind, name, &users, change).await {
        Ok(Changed::All(members)) => Ok(members.into_iter().map(Arc::new).collect()),
        Ok(Changed::None(problems)) => Err(Error::Items(problems)),
        Err(error) => Err(error),
    };
    Done::of(changed, |item| place("userIds", item))
}

/// A list, or one of its items.
fn place(list: &str, item: Option<usize>) -> Vec<String> {
    std::iter::once(list.to_owned())
        .chain(item.map(|index| index.to_string()))
        .collect()
}

/// One fault for each who could not become a member.
fn copied(imported: Imported) -> Done<Vec<MemberInterface>> {
    let fault = |failed: NotImported| {
        let code = failed
            .problems
            .first()
            .map_or(UserErrorCode::Invalid, |problem| problem.code.into());
        let texts: Vec<_> = failed.problems.into_iter().map(|problem| problem.message).collect();
        UserError::new(
            code,
            format!("{}: {}", failed.username, listed(&texts)),
            &["fromProjectId"],
        )
    };
    let members = imported.members.into_iter().map(Arc::new);
    Done {
        value: Some(members.map(MemberInterface::alone).collect()),
        faults: imported.failed.into_iter().map(fault).collect(),
    }
}
