//! Lists of tokens.

use crate::domain::members::Direction::{self, Asc, Desc};
use crate::domain::page::COUNT_LIMIT;
use crate::domain::tokens::{self, Filter, Order};
use crate::domain::{Error, Thing};
use crate::rest::answer::Answer;
use crate::rest::entities::PersonalAccessToken;
use crate::rest::error::Refusal;
use crate::rest::page::Numbered;
use crate::rest::params::{Params, Reader};
use crate::rest::route::Call;
use crate::types::UserId;

pub(super) struct List {
    filter: Filter,
    /// Somebody's tokens are asked for, and it is not said whose.
    of_nobody: bool,
    order: Order,
    page: Numbered,
}

const STATES: [(&str, bool); 2] = [("active", true), ("inactive", false)];

impl Params for List {
    fn read(reader: &mut Reader) -> Self {
        let user = reader.integer("user_id", "Only this user's; others than one's own for administrators.");
        let of_nobody = user.is_none() && reader.is_given("user_id");
        let filter = Filter {
            user: user.map(UserId),
            revoked: reader.flag("revoked", "Only those that are revoked, or that are not."),
            active: reader.choice(
                "state",
                &STATES,
                "Only those that are neither revoked nor expired, or the others.",
            ),
            created_before: reader.time("created_before", "Only those made then or earlier."),
            created_after: reader.time("created_after", "Only those made then or later."),
            last_used_before: reader.time("last_used_before", "Only those last used then or earlier."),
            last_used_after: reader.time("last_used_after", "Only those last used then or later."),
            expires_before: reader.date("expires_before", "Only those that expire before that day."),
            expires_after: reader.date("expires_after", "Only those that expire on that day or later."),
            search: reader.text("search", "A part of the name."),
        };
        let about = "`name_asc`, `created_desc`, `expires_asc`, `last_used_desc` and the like; by number when it names nothing.";
        Self {
            filter,
            of_nobody,
            order: order(&reader.text("sort", about).unwrap_or_default()),
            page: reader.numbered(),
        }
    }
}

/// GitLab passes over a word that it does not know.
fn order(word: &str) -> Order {
    let (by, direction): (&str, Direction) = match word.rsplit_once('_') {
        Some((by, "asc")) => (by, Asc),
        Some((by, "desc")) => (by, Desc),
        _ => return Order::default(),
    };
    match by {
        "id" => Order::Id(direction),
        "created" | "created_at" => Order::Created(direction),
        "name" => Order::Name(direction),
        "expires" | "expires_at" => Order::Expires(direction),
        "last_used" | "last_used_at" => Order::LastUsed(direction),
        _ => Order::default(),
    }
}

pub(super) async fn list(call: Call<List>) -> Result<Answer, Refusal> {
    let (ctx, params) = (&call.ctx, &call.params);
    if params.of_nobody && ctx.actor.is_admin() {
        return Err(Error::NotFound(Thing::Token).into());
    }
    let page = tokens::page(ctx, &params.filter, params.order, &params.page.window()).await;
    let page = page.map_err(|error| match error {
        Error::Forbidden(_) => Error::Unauthenticated,
        error => error,
    })?;
    let count = tokens::count(ctx, &params.filter, COUNT_LIMIT);
    let total = params.page.total(&page, count).await?;
    let headers = params.page.headers(&call.address, &page, total);
    let entities: Vec<_> = page.into_rows().into_iter().map(PersonalAccessToken::from).collect();
    Ok(Answer::ok(&entities)?.with(headers))
}
