//! Where every read begins.

use std::sync::Arc;

use async_graphql::{Any, Context, ID, Object, SimpleObject};
use futures_util::future::join_all;

use super::connection::{Border, Connection, List, Nullable, Paging, connect};
use super::federation::{self, Entity, Service};
use super::ids::{GlobalId, MemberGid, MemberRoleGid, Model, UserGid, number_of};
use super::keys::UserNamed;
use super::limits::Cost;
use super::loaders::loaders;
use super::scalars::{Date, Time};
use super::sort::{group_order, project_order};
use super::types::{
    AccessRequest, AuditEntityType, AuditEvent, BillableMember, BillableMemberSort, CurrentUser, Group,
    InstanceAuditEvent, Invitation, LdapGroupLink, MemberInterface, MemberRole, MemberSource, Metadata, Node,
    PersonalAccessToken, PersonalAccessTokenSort, Project, Share, UserCore, audit_events_everywhere,
    billable_members_everywhere, personal_access_tokens,
};
use crate::domain::standing::{self, Name};
use crate::domain::{Error, Result, Thing, audit, groups, projects, roles, tokens, users};

/// The root of all queries.
#[derive(Debug)]
pub struct Query;

/// What this very request costs.
#[derive(Debug, SimpleObject)]
struct QueryComplexity {
    /// Points of the operation: a field costs one, a list as much as a page of it may hold.
    score: Option<u32>,
    /// Points that you may spend on one operation.
    limit: Option<u32>,
}

/// Everything that can be read. What you may not see is null or left out, as if it were not there.
#[Object]
impl Query {
    /// Anything by its global id; null when it is hidden or missing.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id, `gid://gitlab/<Model>/<number>`.")] id: ID,
    ) -> Nullable<Node> {
        find_node(ctx, &id).await.or_null()
    }

    /// Several things by their global ids, in that order; null for each that is hidden or missing.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, `gid://gitlab/<Model>/<number>`; at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Nullable<Node>>> {
        let ids = at_most_a_page("ids", Some(ids))?.unwrap_or_default();
        let found = join_all(ids.iter().map(|id| find_node(ctx, id))).await;
        Ok(found.into_iter().map(Border::or_null).collect())
    }

    /// You; null without a token.
    async fn current_user(&self, ctx: &Context<'_>) -> Nullable<CurrentUser> {
        let ctx = &loaders(ctx).ctx();
        users::get(ctx, ctx.actor.user_id()?).await.map(CurrentUser).or_null()
    }

    /// One user, by id or by user name; null when there is none or you may not look.
    async fn user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id; not with `username`.")] id: Option<UserGid>,
        #[graphql(desc = "User name, whatever the case; not with `id`.")] username: Option<String>,
    ) -> Nullable<UserCore> {
        let ctx = &loaders(ctx).ctx();
        let found = match (id, username) {
            (Some(id), None) => users::get(ctx, id.0).await,
            (None, Some(username)) => users::by_username(ctx, &username).await,
            _ => Err(Error::Invalid("Provide either a user's username or id".to_owned())),
        };
        found.map(UserCore::from).or_null()
    }

    /// Everybody who takes a seat anywhere, each once: in the top-level group with the lowest number. For administrators; null for others.
    #[expect(clippy::too_many_arguments, reason = "each is a filter of its own")]
    async fn billable_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Words in the name or the user name, or the whole public address; a word shorter than three characters counts only as the whole."
        )]
        search: Option<String>,
        #[graphql(desc = "The order; by number of the user when absent.")] sort: Option<BillableMemberSort>,
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
        billable_members_everywhere(ctx, search, sort, &paging).await
    }

    /// Which version answers; null without a token.
    async fn metadata(&self, ctx: &Context<'_>) -> Option<Metadata> {
        let known = loaders(ctx).ctx().require_known();
        known.is_ok().then_some(Metadata::CURRENT)
    }

    /// Who changed what anywhere, newest first: also accounts, and what is gone by now. Null for others than administrators.
    #[expect(
        clippy::too_many_arguments,
        reason = "as many as the lists of groups and projects have"
    )]
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what happened to things of this kind.")] entity_type: Option<AuditEntityType>,
        #[graphql(desc = "Only what happened to the one of this number; not without `entityType`.")] entity_id: Option<
            i64,
        >,
        #[graphql(desc = "Only what happened then or later.")] created_after: Option<Time>,
        #[graphql(desc = "Only what happened then or earlier.")] created_before: Option<Time>,
        #[graphql(desc = "Only what this user did.")] user_id: Option<UserGid>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<InstanceAuditEvent>> {
        if entity_id.is_some() && entity_type.is_none() {
            return Some(Err(Error::Invalid("Provide the entityType of the entityId".to_owned())));
        }
        let about = audit::About {
            entity_type: entity_type.map(AuditEntityType::word),
            entity_id,
        };
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
        audit_events_everywhere(ctx, about, filter, &paging).await
    }

    /// Personal access tokens: your own; for administrators everybody's. Null without a token, and for others than administrators who ask for somebody
    /// else's.
    #[expect(clippy::too_many_arguments, reason = "as many as the REST call has")]
    async fn personal_access_tokens(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this user's.")] user_id: Option<UserGid>,
        #[graphql(desc = "Only those that are neither revoked nor expired (true), or only the others (false).")] active: Option<bool>,
        #[graphql(desc = "Only those that are revoked (true), or that are not (false).")] revoked: Option<bool>,
        #[graphql(desc = "A part of the name, whatever the case.")] search: Option<String>,
        #[graphql(desc = "Only those made then or earlier.")] created_before: Option<Time>,
        #[graphql(desc = "Only those made then or later.")] created_after: Option<Time>,
        #[graphql(desc = "Only those last used then or earlier.")] last_used_before: Option<Time>,
        #[graphql(desc = "Only those last used then or later.")] last_used_after: Option<Time>,
        #[graphql(desc = "Only those that expire before that day.")] expires_before: Option<Date>,
        #[graphql(desc = "Only those that expire on that day or later.")] expires_after: Option<Date>,
        #[graphql(desc = "The order; by number when absent.")] sort: Option<PersonalAccessTokenSort>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<PersonalAccessToken>> {
        let filter = tokens::Filter {
            user: user_id.map(|user| user.0),
            active,
            revoked,
            search,
            created_before: created_before.map(Time::at),
            created_after: created_after.map(Time::at),
            last_used_before: last_used_before.map(Time::at),
            last_used_after: last_used_after.map(Time::at),
            expires_before: expires_before.map(|day| day.0),
            expires_after: expires_after.map(|day| day.0),
        };
        let paging = Paging {
            first,
            after,
            last,
            before,
        };
        let order = sort.map(tokens::Order::from).unwrap_or_default();
        personal_access_tokens(ctx, &filter, order, &paging).await
    }

    /// What this very request costs.
    async fn query_complexity(&self, ctx: &Context<'_>) -> Option<QueryComplexity> {
        let cost = ctx.data_opt::<Cost>()?;
        Some(QueryComplexity {
            score: Some(cost.score),
            limit: Some(cost.limit),
        })
    }

    /// Users, newest first; blocked and banned ones for administrators only. Null for anonymous callers who do not name whom they look for.
    #[expect(clippy::too_many_arguments, reason = "documents written for GitLab use them")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these: global ids or numbers of users.")] ids: Option<Vec<ID>>,
        #[graphql(desc = "Only those with these user names, whatever the case.")] usernames: Option<Vec<String>>,
        #[graphql(
            desc = "A part of the name or user name (with fewer than three characters the whole), or the whole public address; who matches \
                    best comes first."
        )]
        search: Option<String>,
        #[graphql(desc = "Only those in use (true), or only others (false).")] active: Option<bool>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<UserCore>> {
        let found = async {
            let paging = Paging {
                first,
                after,
                last,
                before,
            };
            let search = search.filter(|search| !search.trim().is_empty());
            let order = match &search {
                Some(_) => users::Order::Match,
                None => users::Order::default(),
            };
            let filter = users::Filter {
                ids: numbers(Model::User, ids)?,
                usernames,
                search,
                active: active == Some(true),
                exclude_active: active == Some(false),
                ..users::Filter::default()
            };
            let domain = &loaders(ctx).ctx();
            let rows = List {
                sort: order.word(),
                page: async |window| users::page(domain, &filter, order, &window).await,
                count: async |limit| users::count(domain, &filter, limit).await,
            };
            connect(ctx, &paging, rows, UserCore::from).await
        };
        found.await.or_null()
    }

    /// One group by its full path, whatever the case; null when it is hidden or missing.
    async fn group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where it lies, such as `acme/tools`.")] full_path: ID,
    ) -> Nullable<Group> {
        let found = standing::group(&loaders(ctx).ctx(), &Name::Path(full_path.0)).await;
        found.map(Group::from).or_null()
    }

    /// One project by its full path, whatever the case; null when it is hidden or missing.
    async fn project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where it lies, such as `acme/tools/cli`.")] full_path: ID,
    ) -> Nullable<Project> {
        let found = standing::project(&loaders(ctx).ctx(), &Name::Path(full_path.0)).await;
        found.map(Project::from).or_null()
    }

    /// The group or project at a full path, whatever the case; null when it is hidden or missing.
    async fn namespace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where it lies, such as `acme/tools`.")] full_path: ID,
    ) -> Nullable<MemberSource> {
        let found = standing::at_path(&loaders(ctx).ctx(), &full_path).await;
        found.map(MemberSource::from).or_null()
    }

    /// One membership by its id; null when there is none in a group or project whose members you may list.
    async fn member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the membership, in a group or a project.")] id: MemberGid,
    ) -> Nullable<MemberInterface> {
        MemberInterface::find(ctx, id.0).await.or_null()
    }

    /// The groups that you may see, by name.
    #[expect(clippy::too_many_arguments, reason = "documents written for GitLab use them")]
    async fn groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these: global ids or numbers of groups.")] ids: Option<Vec<ID>>,
        #[graphql(desc = "A part of the full name or full path.")] search: Option<String>,
        #[graphql(desc = "Only those at the top (true).")] top_level_only: Option<bool>,
        #[graphql(desc = "Only those of which you are an owner by a row of your own (true).")] owned_only: Option<bool>,
        #[graphql(
            desc = "The order, `<field>_<direction>`: `name`, `path`, `id` or `created_at`, and `asc` or `desc`. Absent: `name_asc`."
        )]
        sort: Option<String>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<Group>> {
        let found = async {
            let paging = Paging {
                first,
                after,
                last,
                before,
            };
            let order = group_order(sort.as_deref())?;
            let filter = groups::Filter {
                ids: numbers(Model::Group, ids)?,
                search,
                top_level: top_level_only.unwrap_or_default(),
                owned: owned_only.unwrap_or_default(),
                ..groups::Filter::default()
            };
            let domain = &loaders(ctx).ctx();
            let rows = List {
                sort: order.word(),
                page: async |window| groups::page(domain, &filter, order, &window).await,
                count: async |limit| groups::count(domain, &filter, limit).await,
            };
            connect(ctx, &paging, rows, Group::from).await
        };
        found.await.or_null()
    }

    /// The projects that you may see, newest first.
    #[expect(clippy::too_many_arguments, reason = "documents written for GitLab use them")]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these: global ids or numbers of projects.")] ids: Option<Vec<ID>>,
        #[graphql(desc = "Only those with these full paths, whatever the case.")] full_paths: Option<Vec<String>>,
        #[graphql(desc = "A part of the name or path.")] search: Option<String>,
        #[graphql(desc = "Only those in which you have a level, however you came by it (true).")] membership: Option<
            bool,
        >,
        #[graphql(
            desc = "The order, `<field>_<direction>`: `id`, `name`, `path`, `created_at` or `updated_at`, and `asc` or `desc`. Absent: `id_desc`."
        )]
        sort: Option<String>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<Project>> {
        let found = async {
            let paging = Paging {
                first,
                after,
                last,
                before,
            };
            let order = project_order(sort.as_deref())?;
            let filter = projects::Filter {
                ids: numbers(Model::Project, ids)?,
                full_paths: at_most_a_page("fullPaths", full_paths)?,
                search,
                membership: membership.unwrap_or_default(),
                ..projects::Filter::default()
            };
            let domain = &loaders(ctx).ctx();
            let rows = List {
                sort: order.word(),
                page: async |window| projects::page(domain, &filter, order, &window).await,
                count: async |limit| projects::count(domain, &filter, limit).await,
            };
            connect(ctx, &paging, rows, Project::from).await
        };
        found.await.or_null()
    }

    /// One custom role; null unless you are an owner of its group or an administrator.
    async fn member_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the role.")] id: Option<MemberRoleGid>,
    ) -> Nullable<MemberRole> {
        match id {
            Some(id) => loaders(ctx).find(id.0).await.map(MemberRole).or_null(),
            None => Some(Err(Error::Invalid("Provide the id of a role".to_owned()))),
        }
    }

    /// The custom roles of all top-level groups that you own, for administrators of all, by name.
    async fn member_roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these.")] ids: Option<Vec<MemberRoleGid>>,
        #[graphql(desc = "Rows from the start; 100 when absent and at most.")] first: Option<i32>,
        #[graphql(desc = "Only rows behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, at most 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<MemberRole>> {
        let found = async {
            let paging = Paging {
                first,
                after,
                last,
                before,
            };
            let filter = roles::Filter {
                ids: ids.map(|ids| ids.into_iter().map(|id| id.0.0).collect()),
                ..roles::Filter::default()
            };
            let domain = &loaders(ctx).ctx();
            let rows = List {
                sort: "Name(Asc)".to_owned(),
                page: async |window| roles::page(domain, &filter, &window).await,
                count: async |limit| roles::count(domain, &filter, limit).await,
            };
            connect(ctx, &paging, rows, |role| MemberRole(Arc::new(role))).await
        };
        found.await.or_null()
    }

    /// For a router of Apollo Federation: the users, groups and projects that it names by their keys, in that order; null for each that is hidden or missing.
    #[graphql(name = "_entities")]
    async fn entities(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Each with its `__typename`, `UserCore`, `Group` or `Project`, and its `id`, or else its `username` or `fullPath`."
        )]
        representations: Vec<Any>,
    ) -> Vec<Nullable<Entity>> {
        let found = representations
            .iter()
            .map(|representation| federation::find(ctx, representation));
        join_all(found).await
    }

    /// For a router of Apollo Federation: this server as a part of a supergraph. For those who may see the schema.
    #[graphql(name = "_service")]
    async fn service(&self) -> Service {
        Service::here()
    }
}

async fn find_node(ctx: &Context<'_>, id: &ID) -> Result<Node> {
    let loaders = loaders(ctx);
    match GlobalId::read(id)?.ok_or(Error::NotFound(Thing::Row))? {
        GlobalId::User(id) => Ok(UserCore::Alone(loaders.find(UserNamed::Id(id)).await?).into()),
        GlobalId::Group(id) => Ok(Group(loaders.find(id).await?).into()),
        GlobalId::Project(id) => Ok(Project(loaders.find(id).await?).into()),
        GlobalId::Member(key) => Ok(MemberInterface::find(ctx, key).await?.into()),
        GlobalId::MemberRole(id) => Ok(MemberRole(loaders.find(id).await?).into()),
        GlobalId::AuditEvent(id) => Ok(AuditEvent::find(ctx, id).await?.into()),
        GlobalId::Invitation(id) => Ok(Invitation::find(ctx, id).await?.into()),
        GlobalId::Share(key) => Ok(Share::find(ctx, key).await?.into()),
        GlobalId::LdapGroupLink(id) => Ok(LdapGroupLink::find(ctx, id).await?.into()),
        GlobalId::AccessRequest(id) => Ok(AccessRequest::find(ctx, id).await?.into()),
        GlobalId::PersonalAccessToken(id) => Ok(PersonalAccessToken::find(ctx, id).await?.into()),
        GlobalId::Seat(seat) => Ok(BillableMember::find(ctx, seat).await?.into()),
    }
}

/// No list is longer than a page, so none can ask for more than one.
fn at_most_a_page<T>(name: &str, items: Option<Vec<T>>) -> Result<Option<Vec<T>>> {
    match items {
        Some(items) if items.len() > 100 => Err(Error::Invalid(format!("{name} must not name more than 100"))),
        items => Ok(items),
    }
}

fn numbers(model: Model, ids: Option<Vec<ID>>) -> Result<Option<Vec<i64>>> {
    let number = |id: &ID| number_of(model, id);
    ids.map(|ids| ids.iter().map(number).collect()).transpose()
}
