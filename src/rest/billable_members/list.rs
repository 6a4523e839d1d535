//! The list of who takes a seat.

use super::GROUP;
use crate::domain::Error;
use crate::domain::members::Direction;
use crate::domain::page::COUNT_LIMIT;
use crate::domain::seats::{self, Filter, Order};
use crate::domain::standing::{self, Name};
use crate::rest::answer::Answer;
use crate::rest::entities;
use crate::rest::error::Refusal;
use crate::rest::page::Numbered;
use crate::rest::params::{Params, Reader};
use crate::rest::route::{Call, Endpoint};
use crate::rest::shape::Shape;

/// The call.
pub(super) fn endpoint() -> Endpoint {
    Endpoint::get(
        "/groups/{id}/billable_members",
        "List who takes a seat in a top-level group",
        Shape::list::<entities::BillableMember>(),
        list,
    )
    .signed_in()
}

const SORTS: [(&str, Order); 10] = [
    ("access_level_asc", Order::AccessLevel(Direction::Asc)),
    ("access_level_desc", Order::AccessLevel(Direction::Desc)),
    ("last_joined", Order::FirstJoined(Direction::Desc)),
    ("name_asc", Order::Name(Direction::Asc)),
    ("name_desc", Order::Name(Direction::Desc)),
    ("oldest_joined", Order::FirstJoined(Direction::Asc)),
    ("oldest_sign_in", Order::LastSignIn(Direction::Asc)),
    ("recent_sign_in", Order::LastSignIn(Direction::Desc)),
    ("last_activity_on_asc", Order::LastActivity(Direction::Asc)),
    ("last_activity_on_desc", Order::LastActivity(Direction::Desc)),
];

struct List {
    group: Name,
    filter: Filter,
    order: Order,
    page: Numbered,
}

impl Params for List {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source(GROUP),
            filter: Filter {
                search: reader.text(
                    "search",
                    "Words in the name or the user name, or the whole public address; a word shorter than three characters counts only as the whole.",
                ),
                ..Filter::default()
            },
            order: reader
                .choice("sort", &SORTS, "What the list is sorted by; by number of the user without it.")
                .unwrap_or_default(),
            page: reader.numbered(),
        }
    }
}

async fn list(call: Call<List>) -> Result<Answer, Refusal> {
    let (ctx, params) = (&call.ctx, &call.params);
    let group = standing::group(ctx, &params.group).await?;
    let (filter, order, numbered) = (&params.filter, params.order, &params.page);
    let page = seats::page(ctx, &group, filter, order, &numbered.window())
        .await
        .map_err(bad_request)?;
    let count = seats::count(ctx, &group, filter, COUNT_LIMIT);
    let total = numbered.total(&page, count).await?;
    let headers = numbered.headers(&call.address, &page, total);
    let members = page.into_rows().into_iter();
    let members: Vec<_> = members
        .map(|member| entities::BillableMember::new(member, &ctx.app.external_url))
        .collect();
    Ok(Answer::ok(&members)?.with(headers))
}

/// Here whoever may not is told no more than that the request is bad.
pub(super) fn bad_request(error: Error) -> Refusal {
    match error {
        Error::Forbidden(_) => Refusal::NotHere,
        error => error.into(),
    }
}
