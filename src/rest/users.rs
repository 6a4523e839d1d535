//! Users: oneself, lists, and single ones.

mod create;
mod memberships;
mod state;

use super::answer::Answer;
use super::entities::{AdminUser, BasicUser, OwnUser, User, UserDetail};
use super::error::Refusal;
use super::page::{self, Numbered};
use super::params::{Params, Reader};
use super::route::{Call, Endpoint};
use super::shape::Shape;
use crate::domain::members::Direction;
use crate::domain::page::COUNT_LIMIT;
use crate::domain::users::{self, Details, Filter, Order};
use crate::domain::{Ctx, Error, Page, Thing};
use crate::types::UserId;

/// The calls.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let reading = vec![
        Endpoint::get(
            "/user",
            "Get oneself",
            Shape::one::<OwnUser>().or::<AdminUser>(),
            current,
        )
        .signed_in(),
        Endpoint::get(
            "/users",
            "List users",
            Shape::list::<BasicUser>().or::<AdminUser>(),
            list,
        ),
        Endpoint::get(
            "/users/{id:number}",
            "Get a user",
            Shape::one::<User>().or::<UserDetail>(),
            single,
        ),
        memberships::endpoint(),
    ];
    let reading = reading.into_iter().map(Endpoint::about_users);
    reading.chain([create::endpoint()]).chain(state::endpoints()).collect()
}

async fn current(call: Call<()>) -> Result<Answer, Refusal> {
    let ctx = &call.ctx;
    let details = users::current(ctx).await?;
    let url = &ctx.app.external_url;
    if ctx.actor.is_admin() {
        Answer::ok(&AdminUser::new(details, url))
    } else {
        Answer::ok(&OwnUser::new(details, url))
    }
}

struct List {
    filter: Filter,
    order: Order,
    is_keyset: bool,
    cursor: Option<String>,
    page: Numbered,
}

#[derive(Clone, Copy)]
enum By {
    Id,
    Name,
    Username,
    Created,
    Updated,
}

const ORDERS: [(&str, By); 5] = [
    ("id", By::Id),
    ("name", By::Name),
    ("username", By::Username),
    ("created_at", By::Created),
    ("updated_at", By::Updated),
];

const DIRECTIONS: [(&str, Direction); 2] = [("asc", Direction::Asc), ("desc", Direction::Desc)];

impl Params for List {
    fn read(reader: &mut Reader) -> Self {
        let mut filter = Filter {
            usernames: reader
                .text("username", "Only the user of this name.")
                .map(|name| vec![name]),
            ..Filter::default()
        };
        let subject = reader.text("extern_uid", "Only the user of this identity; for administrators.");
        let provider = reader.text("provider", "The provider of the identity.");
        reader.all_or_none(&["extern_uid", "provider"]);
        filter.identity = provider.zip(subject);
        filter.public_email = reader.text("public_email", "Only the user with this public address.");
        filter.search = reader.text(
            "search",
            "A part of the name or the user name, or the whole public address.",
        );
        let mut flag = |name, about| reader.flag(name, about).unwrap_or_default();
        filter.active = flag("active", "Only active accounts.");
        filter.blocked = flag("blocked", "Only blocked accounts.");
        filter.external = flag("external", "Only external users.");
        filter.humans = flag("humans", "Only people.");
        filter.exclude_active = flag("exclude_active", "No active accounts.");
        filter.exclude_external = flag("exclude_external", "No external users.");
        filter.exclude_humans = flag("exclude_humans", "No people.");
        filter.exclude_internal = flag("exclude_internal", "No internal accounts.");
        filter.without_project_bots = flag("without_project_bots", "No bots of projects.");
        filter.admins = flag("admins", "Only administrators; for administrators.");
        filter.without_projects = flag("without_projects", "Only users in no project; for administrators.");
        filter.created_after = reader.time("created_after", "Only accounts made then or later; for administrators.");
        filter.created_before = reader.time(
            "created_before",
            "Only accounts made then or earlier; for administrators.",
        );
        let by = reader.choice(
            "order_by",
            &ORDERS,
            "What the list is sorted by; `id` unless there is a search.",
        );
        let direction = reader.choice(
            "sort",
            &DIRECTIONS,
            "Which end comes first; `desc` unless there is a search.",
        );
        Self {
            order: order(by, direction, &filter),
            filter,
            is_keyset: reader.text("pagination", "`keyset` for pages by cursor.").as_deref() == Some("keyset"),
            cursor: reader.text("cursor", "The place that the last page ended at."),
            page: reader.numbered(),
        }
    }
}

/// A search sorts by how well users match, unless the request says otherwise.
fn order(by: Option<By>, direction: Option<Direction>, filter: &Filter) -> Order {
    let is_search = filter.search.as_deref().is_some_and(|text| !text.trim().is_empty());
    if is_search && by.is_none() && direction.is_none() {
        return Order::Match;
    }
    let direction = direction.unwrap_or(Direction::Desc);
    match by.unwrap_or(By::Id) {
        By::Id => Order::Id(direction),
        By::Name => Order::Name(direction),
        By::Username => Order::Username(direction),
        By::Created => Order::Created(direction),
        By::Updated => Order::Updated(direction),
    }
}

async fn list(call: Call<List>) -> Result<Answer, Refusal> {
    if call.params.is_keyset {
        return by_cursor(call).await;
    }
    let (ctx, params) = (&call.ctx, &call.params);
    params.page.within_offset_limit("User")?;
    let page = users::page(ctx, &params.filter, params.order, &params.page.window()).await?;
    let count = users::count(ctx, &params.filter, COUNT_LIMIT);
    let total = params.page.total(&page, count).await?;
    let headers = params.page.headers(&call.address, &page, total);
    Ok(present(ctx, page).await?.with(headers))
}

async fn by_cursor(call: Call<List>) -> Result<Answer, Refusal> {
    let (ctx, params) = (&call.ctx, &call.params);
    let (order, per_page) = (params.order.word(), params.page.per_page());
    let window = page::cursor_window(params.cursor.as_deref(), &order, per_page)?;
    let page = users::page(ctx, &params.filter, params.order, &window).await?;
    let headers = page::cursor_headers(&call.address, &page, &order, per_page);
    Ok(present(ctx, page).await?.with(headers))
}

/// Administrators see more of each user.
async fn present(ctx: &Ctx, page: Page<users::User>) -> Result<Answer, Refusal> {
    let url = &ctx.app.external_url;
    let users = page.into_rows();
    if ctx.actor.is_admin() {
        let ids: Vec<_> = users.iter().map(|user| user.id).collect();
        let details = users::details(ctx, &ids).await?;
        let entity = |details: Details| AdminUser::new(details, url);
        return Answer::ok(&details.into_iter().map(entity).collect::<Vec<_>>());
    }
    let entity = |user| BasicUser::new(user, url);
    Answer::ok(&users.into_iter().map(entity).collect::<Vec<_>>())
}

struct Single {
    id: UserId,
}

impl Params for Single {
    fn read(reader: &mut Reader) -> Self {
        Self {
            id: UserId(reader.integer("id", "Number of the user.").unwrap_or_default()),
        }
    }
}

async fn single(call: Call<Single>) -> Result<Answer, Refusal> {
    let (ctx, id) = (&call.ctx, call.params.id);
    let url = &ctx.app.external_url;
    if ctx.actor.is_admin() {
        let details = users::details(ctx, &[id]).await?.pop();
        return Answer::ok(&UserDetail::new(details.ok_or(Error::NotFound(Thing::User))?, url));
    }
    Answer::ok(&User::new(users::get(ctx, id).await?, url))
}
