//! The rows of who takes a seat: their own, and those by which they come through links.

use super::list::bad_request;
use super::{GROUP, USER};
use crate::domain::page::COUNT_LIMIT;
use crate::domain::seats::{Memberships, Rows};
use crate::domain::standing::{self, Name};
use crate::rest::answer::Answer;
use crate::rest::entities;
use crate::rest::error::Refusal;
use crate::rest::page::Numbered;
use crate::rest::params::{Params, Reader};
use crate::rest::route::{Call, Endpoint};
use crate::rest::shape::Shape;

/// The two calls.
pub(super) fn endpoints() -> [Endpoint; 2] {
    [
        (
            Rows::Own,
            "memberships",
            "List the memberships that who takes a seat has in the group, its subgroups and projects",
        ),
        (
            Rows::Invited,
            "indirect",
            "List the memberships by which who takes a seat comes through invited groups",
        ),
    ]
    .map(|(which, word, summary)| {
        Endpoint::get(
            format!("/groups/{{id}}/billable_members/{{user_id}}/{word}"),
            summary,
            Shape::list::<entities::BillableMembership>(),
            move |call| list(call, which),
        )
        .signed_in()
    })
}

struct List {
    group: Name,
    user: i64,
    page: Numbered,
}

impl Params for List {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source(GROUP),
            user: reader.integer("user_id", USER).unwrap_or_default(),
            page: reader.numbered(),
        }
    }
}

async fn list(call: Call<List>, which: Rows) -> Result<Answer, Refusal> {
    let (ctx, params) = (&call.ctx, &call.params);
    let (group, user, numbered) = (&params.group, params.user, &params.page);
    let group = standing::group(ctx, group).await?;
    let memberships = Memberships::open(ctx, &group, user).await.map_err(bad_request)?;
    let page = memberships.page(which, &numbered.window()).await?;
    let total = numbered.total(&page, memberships.count(which, COUNT_LIMIT)).await?;
    let headers = numbered.headers(&call.address, &page, total);
    let rows = page.into_rows().into_iter();
    let rows: Vec<_> = rows
        .map(|row| entities::BillableMembership::new(row, &ctx.app.external_url))
        .collect();
    Ok(Answer::ok(&rows)?.with(headers))
}
