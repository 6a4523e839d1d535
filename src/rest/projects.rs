//! Projects: lists everywhere, one in full, and changes to one.

mod change;

use std::collections::HashMap;

use super::answer::Answer;
use super::entities::{self, BasicUser, Permissions, ProjectDetail, ProjectShare, SimpleProject};
use super::error::Refusal;
use super::groups::VISIBILITIES;
use super::page::{self, Numbered};
use super::params::{Params, Reader};
use super::route::{Call, Endpoint};
use super::shape::Shape;
use crate::domain::members::{self, Direction, Of, Relation, Which};
use crate::domain::page::COUNT_LIMIT;
use crate::domain::projects::{self, Filter, Order, Place};
use crate::domain::standing::{self, Group, Name, Project};
use crate::domain::users::{self, User};
use crate::domain::{self, Ctx, Error, Optional as _, Page, Thing, Window, shares};
use crate::types::{AccessLevel, MemberState, NamespaceId, UserId};

/// The calls.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let projects = || Shape::list::<entities::Project>().or::<SimpleProject>();
    let reads = [
        Endpoint::get("/projects", "List projects", projects(), list),
        Endpoint::get("/projects/{id}", "Get a project", Shape::one::<ProjectDetail>(), single),
        Endpoint::get(
            "/groups/{id}/projects",
            "List the projects of a group",
            projects(),
            of_group,
        ),
        Endpoint::get(
            "/users/{id}/projects",
            "List the projects of a user",
            projects(),
            of_user,
        )
        .about_users(),
        Endpoint::get(
            "/groups/{id}/projects/shared",
            "List the projects that a group has been given access to",
            projects(),
            shared_with_group,
        ),
    ];
    reads.into_iter().chain(change::endpoints()).collect()
}

/// What narrows and sorts a list of projects.
struct Narrowed {
    filter: Filter,
    by: By,
    direction: Direction,
    simple: bool,
    is_keyset: bool,
    page: Numbered,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Created,
    Id,
    Name,
    Path,
    Updated,
}

const ORDERS: [(&str, By); 8] = [
    ("created_at", By::Created),
    ("id", By::Id),
    ("name", By::Name),
    ("path", By::Path),
    ("updated_at", By::Updated),
    ("last_activity_at", By::Updated),
    ("similarity", By::Created),
    ("star_count", By::Created),
];

/// The two words that say which end comes first, the usual one first.
const DESCENDING: [(&str, Direction); 2] = [("desc", Direction::Desc), ("asc", Direction::Asc)];

impl Params for Narrowed {
    fn read(reader: &mut Reader) -> Self {
        let by = reader.choice_or_first("order_by", &ORDERS, "What the list is sorted by.");
        let direction = reader.choice_or_first("sort", &DESCENDING, "Which end comes first.");
        Self {
            filter: Filter {
                archived: reader.flag("archived", "Only archived projects, or only others."),
                visibility: reader.choice("visibility", &VISIBILITIES, "Only projects of this visibility."),
                search: reader.text("search", "A part of the name or path."),
                owned: reader.flag_or(
                    "owned",
                    false,
                    "Only projects of which one is an owner, in whatever way.",
                ),
                membership: reader.flag_or("membership", false, "Only projects in which one has a role."),
                min_access_level: reader
                    .level("min_access_level", "Only projects in which one has this level or more."),
                id_after: reader.integer("id_after", "Only projects with a higher number."),
                id_before: reader.integer("id_before", "Only projects with a lower number."),
                ..Filter::default()
            },
            by,
            direction,
            simple: reader.flag_or("simple", false, "Only the fields of the simple form."),
            is_keyset: reader
                .text("pagination", "`keyset` for pages by number of project.")
                .as_deref()
                == Some("keyset"),
            page: reader.numbered(),
        }
    }
}

impl Narrowed {
    fn order(&self) -> Order {
        match self.by {
            By::Created | By::Id => Order::Id(self.direction),
            By::Name => Order::Name(self.direction),
            By::Path => Order::Path(self.direction),
            By::Updated => Order::Updated(self.direction),
        }
    }
}

async fn list(mut call: Call<Narrowed>) -> Result<Answer, Refusal> {
    call.params.simple |= call.ctx.actor.caller().is_none();
    numbered_or_keyset(call).await
}

async fn numbered_or_keyset(call: Call<Narrowed>) -> Result<Answer, Refusal> {
    if call.params.is_keyset {
        keyset(call).await
    } else {
        numbered(call).await
    }
}

async fn numbered(call: Call<Narrowed>) -> Result<Answer, Refusal> {
    let (ctx, params) = (&call.ctx, &call.params);
    let page = projects::page(ctx, &params.filter, params.order(), &params.page.window()).await?;
    let count = projects::count(ctx, &params.filter, COUNT_LIMIT);
    let total = params.page.total(&page, count).await?;
    let headers = params.page.headers(&call.address, &page, total);
    Ok(answer(ctx, page, params.simple).await?.with(headers))
}

/// The next page is told as long as this one has a row, so that the last is empty.
async fn keyset(call: Call<Narrowed>) -> Result<Answer, Refusal> {
    let (ctx, params) = (&call.ctx, &call.params);
    if params.by != By::Id {
        return Err(Refusal::NoKeyset);
    }
    let per_page = params.page.per_page();
    let page = projects::page(ctx, &params.filter, params.order(), &Window::first(per_page)).await?;
    let name = match params.direction {
        Direction::Asc => "id_after",
        Direction::Desc => "id_before",
    };
    let last = page.items.last().map(|(_, project)| project.id.0);
    let headers = last.map(|id| page::next_link(&call.address, per_page, name, id));
    Ok(answer(ctx, page, params.simple)
        .await?
        .with(headers.unwrap_or_default()))
}

struct OfGroup {
    group: Name,
    narrowed: Narrowed,
    include_subgroups: bool,
    with_shared: bool,
    include_ancestor_groups: bool,
}

impl Params for OfGroup {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source("Number or full path, `/` written `%2F`."),
            include_subgroups: reader.flag_or("include_subgroups", false, "Also projects of the groups below."),
            with_shared: reader.flag_or("with_shared", true, "Also projects that are shared with the group."),
            include_ancestor_groups: reader.flag_or(
                "include_ancestor_groups",
                false,
                "Also projects of the groups above.",
            ),
            narrowed: Narrowed::read(reader),
        }
    }
}

async fn of_group(call: Call<OfGroup>) -> Result<Answer, Refusal> {
    let (asked, call) = call.take();
    let group = standing::group(&call.ctx, &asked.group).await?;
    let mut params = asked.narrowed;
    params.filter.place = Some(Place::Group {
        id: group.id,
        path: group.ancestor_path,
        include_subgroups: asked.include_subgroups,
        with_shared: asked.with_shared,
        include_ancestor_groups: asked.include_ancestor_groups,
    });
    numbered(call.with(params)).await
}

struct SharedWithGroup {
    group: Name,
    narrowed: Narrowed,
}

impl Params for SharedWithGroup {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source("Number or full path, `/` written `%2F`."),
            narrowed: Narrowed::read(reader),
        }
    }
}

async fn shared_with_group(call: Call<SharedWithGroup>) -> Result<Answer, Refusal> {
    let (asked, call) = call.take();
    let group = standing::group(&call.ctx, &asked.group).await?;
    let mut params = asked.narrowed;
    params.filter.place = Some(Place::SharedWith(group.id));
    numbered(call.with(params)).await
}

struct OfUser {
    user: Name,
    narrowed: Narrowed,
}

impl Params for OfUser {
    fn read(reader: &mut Reader) -> Self {
        Self {
            user: reader.source("Number or user name."),
            narrowed: Narrowed::read(reader),
        }
    }
}

async fn of_user(call: Call<OfUser>) -> Result<Answer, Refusal> {
    let (asked, call) = call.take();
    let user = user(&call.ctx, &asked.user).await?;
    let mut params = asked.narrowed;
    params.filter.place = Some(Place::Namespace(NamespaceId::personal(user.id)));
    numbered_or_keyset(call.with(params)).await
}

async fn user(ctx: &Ctx, name: &Name) -> domain::Result<User> {
    match name {
        Name::Id(id) => {
            let found = users::by_ids(ctx, &[UserId(*id)]).await?.pop();
            found.ok_or(Error::NotFound(Thing::User))
        }
        Name::Path(username) => users::by_username(ctx, username).await,
    }
}

struct Single {
    project: Name,
}

impl Params for Single {
    fn read(reader: &mut Reader) -> Self {
        Self {
            project: reader.source("Number or full path, `/` written `%2F`."),
        }
    }
}

async fn single(call: Call<Single>) -> Result<Answer, Refusal> {
    let ctx = &call.ctx;
    let project = standing::project(ctx, &call.params.project).await?;
    let direct = own_level(ctx, &project, Which::Direct).await?;
    let inherited = own_level(ctx, &project, Which::By([Relation::Inherited].into())).await?;
    let project = present(ctx, vec![project]).await?.pop();
    let detail = ProjectDetail {
        project: project.ok_or(Error::NotFound(Thing::Project))?,
        permissions: Permissions::new(direct, inherited),
    };
    Answer::ok(&detail)
}

/// The level of the caller's own row in force, reached in this way.
async fn own_level(ctx: &Ctx, project: &Project, which: Which) -> domain::Result<Option<AccessLevel>> {
    let Some(user) = ctx.actor.user_id() else {
        return Ok(None);
    };
    let row = members::single(ctx, Of::Project(project), &which, user.0)
        .await
        .optional()?;
    let in_force = row.filter(|row| row.state == MemberState::Active);
    Ok(in_force.map(|row| row.access_level))
}

/// The newest projects directly in a group.
pub(super) async fn in_group(ctx: &Ctx, group: &Group, limit: u64) -> domain::Result<Vec<entities::Project>> {
    let place = Place::Namespace(NamespaceId::of_group(group.id));
    let filter = Filter {
        place: Some(place),
        ..Filter::default()
    };
    newest(ctx, &filter, limit).await
}

/// The newest projects that are shared with a group.
pub(super) async fn shared_with(ctx: &Ctx, group: &Group, limit: u64) -> domain::Result<Vec<entities::Project>> {
    let filter = Filter {
        place: Some(Place::SharedWith(group.id)),
        ..Filter::default()
    };
    newest(ctx, &filter, limit).await
}

async fn newest(ctx: &Ctx, filter: &Filter, limit: u64) -> domain::Result<Vec<entities::Project>> {
    let page = projects::page(ctx, filter, Order::default(), &Window::first(limit)).await?;
    present(ctx, page.into_rows()).await
}

async fn answer(ctx: &Ctx, page: Page<Project>, simple: bool) -> Result<Answer, Refusal> {
    let projects = page.into_rows();
    if !simple {
        return Answer::ok(&present(ctx, projects).await?);
    }
    let entity = |project| SimpleProject::new(project, &ctx.app.external_url);
    Answer::ok(&projects.into_iter().map(entity).collect::<Vec<_>>())
}

async fn present(ctx: &Ctx, projects: Vec<Project>) -> domain::Result<Vec<entities::Project>> {
    let url = &ctx.app.external_url;
    let mut shares = shares::of_projects(ctx, &projects).await?;
    let owners = owners(ctx, &projects).await?;
    let entity = |project: Project| {
        let owner = project.namespace_owner_id.and_then(|id| owners.get(&id).cloned());
        let shares = shares.remove(&project.id).unwrap_or_default();
        let shares = shares.into_iter().map(ProjectShare::from).collect();
        entities::Project::new(project, owner.map(|owner| BasicUser::new(owner, url)), shares, url)
    };
    Ok(projects.into_iter().map(entity).collect())
}

/// The owners of the personal namespaces among those of the projects.
async fn owners(ctx: &Ctx, projects: &[Project]) -> domain::Result<HashMap<UserId, User>> {
    let ids: Vec<_> = projects
        .iter()
        .filter_map(|project| project.namespace_owner_id)
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let owners = users::by_ids(ctx, &ids).await?;
    Ok(owners.into_iter().map(|user| (user.id, user)).collect())
}
