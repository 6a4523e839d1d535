//! Groups: lists, one in full, and changes to one.

mod change;

use super::answer::Answer;
use super::entities::{self, GroupDetail, GroupShare};
use super::error::Refusal;
use super::page::{self, Numbered};
use super::params::{Params, Reader};
use super::projects;
use super::route::{Call, Endpoint};
use super::shape::Shape;
use crate::domain::groups::{self, Filter, Order, Scope};
use crate::domain::ldap;
use crate::domain::members::Direction;
use crate::domain::page::COUNT_LIMIT;
use crate::domain::shares::{self, Invited};
use crate::domain::standing::{self, Group, Name};
use crate::domain::{self, Ctx};
use crate::types::Visibility;

/// Projects of each kind that the detail of a group shows at most.
const SHOWN_PROJECTS: u64 = 100;

/// The calls.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let groups = Shape::list::<entities::Group>;
    let reads = [
        Endpoint::get("/groups", "List groups", groups(), list),
        Endpoint::get("/groups/{id}", "Get a group", Shape::one::<GroupDetail>(), single),
        Endpoint::get(
            "/groups/{id}/subgroups",
            "List the groups directly in a group",
            groups(),
            subgroups,
        ),
        Endpoint::get(
            "/groups/{id}/descendant_groups",
            "List all groups below a group",
            groups(),
            descendants,
        ),
    ];
    reads.into_iter().chain(change::endpoints()).collect()
}

/// What narrows and sorts a list of groups.
struct Narrowed {
    all_available: Option<bool>,
    filter: Filter,
    order: Order,
    is_keyset: bool,
    cursor: Option<String>,
    page: Numbered,
}

#[derive(Clone, Copy)]
enum By {
    Name,
    Path,
    Id,
}

/// The two words that say which end comes first, the usual one first.
pub(super) const ASCENDING: [(&str, Direction); 2] = [("asc", Direction::Asc), ("desc", Direction::Desc)];

pub(super) const VISIBILITIES: [(&str, Visibility); 3] = [
    ("private", Visibility::Private),
    ("internal", Visibility::Internal),
    ("public", Visibility::Public),
];

impl Params for Narrowed {
    fn read(reader: &mut Reader) -> Self {
        let all_available = reader.flag(
            "all_available",
            "Also groups that one sees without a role in them; the default for administrators.",
        );
        let filter = Filter {
            not_ids: reader.integers("skip_groups", "Not these groups."),
            search: reader.text("search", "A part of the name or path."),
            owned: reader.flag_or(
                "owned",
                false,
                "Only groups of which one is an owner by a row of one's own.",
            ),
            min_access_level: reader.level(
                "min_access_level",
                "Only groups in which one has this level or more, by a row there or above.",
            ),
            top_level: reader.flag_or("top_level_only", false, "Only groups at the top."),
            visibility: reader.choice("visibility", &VISIBILITIES, "Only groups of this visibility."),
            ..Filter::default()
        };
        Self {
            all_available,
            filter,
            order: order(reader),
            is_keyset: reader.text("pagination", "`keyset` for pages by cursor.").as_deref() == Some("keyset"),
            cursor: reader.text("cursor", "The place that the last page ended at."),
            page: reader.numbered(),
        }
    }
}

/// What a list of groups is sorted by.
pub(super) fn order(reader: &mut Reader) -> Order {
    let choices = [
        ("name", By::Name),
        ("path", By::Path),
        ("id", By::Id),
        ("similarity", By::Name),
    ];
    let by = reader.choice_or_first("order_by", &choices, "What the list is sorted by.");
    let direction = reader.choice_or_first("sort", &ASCENDING, "Which end comes first.");
    match by {
        By::Name => Order::Name(direction),
        By::Path => Order::Path(direction),
        By::Id => Order::Id(direction),
    }
}

async fn list(mut call: Call<Narrowed>) -> Result<Answer, Refusal> {
    let (ctx, params) = (&call.ctx, &mut call.params);
    params.filter.scope = Scope::of_parameter(&ctx.actor, params.all_available);
    if ctx.actor.caller().is_some() {
        return numbered(call).await;
    }
    if params.is_keyset {
        return by_cursor(call).await;
    }
    params.page.within_offset_limit("Group")?;
    numbered(call).await
}

async fn numbered(call: Call<Narrowed>) -> Result<Answer, Refusal> {
    let (ctx, params) = (&call.ctx, &call.params);
    let page = groups::page(ctx, &params.filter, params.order, &params.page.window()).await?;
    let count = groups::count(ctx, &params.filter, COUNT_LIMIT);
    let total = params.page.total(&page, count).await?;
    let headers = params.page.headers(&call.address, &page, total);
    Ok(Answer::ok(&present(ctx, page.into_rows()).await?)?.with(headers))
}

async fn by_cursor(call: Call<Narrowed>) -> Result<Answer, Refusal> {
    let (ctx, params) = (&call.ctx, &call.params);
    if params.order != Order::Name(Direction::Asc) {
        return Err(Refusal::NoKeyset);
    }
    let (order, per_page) = (params.order.word(), params.page.per_page());
    let window = page::cursor_window(params.cursor.as_deref(), &order, per_page)?;
    let page = groups::page(ctx, &params.filter, params.order, &window).await?;
    let headers = page::cursor_headers(&call.address, &page, &order, per_page);
    Ok(Answer::ok(&present(ctx, page.into_rows()).await?)?.with(headers))
}

struct Below {
    group: Name,
    narrowed: Narrowed,
}

impl Params for Below {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source("Number or full path, `/` written `%2F`."),
            narrowed: Narrowed::read(reader),
        }
    }
}

async fn subgroups(call: Call<Below>) -> Result<Answer, Refusal> {
    below(call, |filter, group| filter.parent = Some(group.id)).await
}

async fn descendants(call: Call<Below>) -> Result<Answer, Refusal> {
    below(call, |filter, group| filter.below = Some(group.ancestor_path)).await
}

async fn below(call: Call<Below>, place: fn(&mut Filter, Group)) -> Result<Answer, Refusal> {
    let (params, call) = call.take();
    let Below {
        group,
        narrowed: mut params,
    } = params;
    let group = standing::group(&call.ctx, &group).await?;
    params.filter.scope = Scope::of_parameter(&call.ctx.actor, params.all_available);
    place(&mut params.filter, group);
    numbered(call.with(params)).await
}

struct Single {
    group: Name,
    with_projects: bool,
}

impl Params for Single {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source("Number or full path, `/` written `%2F`."),
            with_projects: reader.flag_or("with_projects", true, "Adds `projects` and `shared_projects`."),
        }
    }
}

async fn single(call: Call<Single>) -> Result<Answer, Refusal> {
    let (ctx, params) = (&call.ctx, &call.params);
    let group = standing::group(ctx, &params.group).await?;
    Answer::ok(&detail(ctx, group, params.with_projects, None).await?)
}

/// A group in full. `made`: the link that it was just shared by, which is shown even if it has ended already.
pub(super) async fn detail(
    ctx: &Ctx,
    group: Group,
    with_projects: bool,
    made: Option<Invited>,
) -> domain::Result<GroupDetail> {
    let mut shares = shares::of_group(ctx, &group).await?;
    // It is the youngest, and stands last where it counts.
    shares.extend(made);
    shares.dedup_by_key(|invited| invited.share.id);
    let shares = shares.into_iter().map(GroupShare::from).collect();
    let projects = if with_projects {
        Some(entities::Projects {
            own: projects::in_group(ctx, &group, SHOWN_PROJECTS).await?,
            shared: projects::shared_with(ctx, &group, SHOWN_PROJECTS).await?,
        })
    } else {
        None
    };
    let owned = group.owned_by(&ctx.actor);
    let url = &ctx.app.external_url;
    let links = ldap::of_groups(ctx, &[&group]).await?.into_values().flatten().collect();
    Ok(GroupDetail::new(group, links, owned, shares, projects, url))
}

/// Groups as lists have them.
pub(super) async fn present(ctx: &Ctx, groups: Vec<Group>) -> domain::Result<Vec<entities::Group>> {
    let mut links = ldap::of_groups(ctx, &groups.iter().collect::<Vec<_>>()).await?;
    let entity = |group: Group| {
        let links = links.remove(&group.id).unwrap_or_default();
        entities::Group::new(group, links, &ctx.app.external_url)
    };
    Ok(groups.into_iter().map(entity).collect())
}
