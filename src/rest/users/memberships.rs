//! Where a user is a member, for administrators.

use crate::domain::page::COUNT_LIMIT;
use crate::domain::users;
use crate::rest::answer::Answer;
use crate::rest::entities::Membership;
use crate::rest::error::Refusal;
use crate::rest::page::Numbered;
use crate::rest::params::{Params, Reader};
use crate::rest::route::{Call, Endpoint};
use crate::rest::shape::Shape;
use crate::types::{SourceKind, UserId};

pub(super) fn endpoint() -> Endpoint {
    Endpoint::get(
        "/users/{id:number}/memberships",
        "List the memberships of a user; for administrators",
        Shape::list::<Membership>(),
        list,
    )
    .signed_in()
}

const KINDS: [(&str, SourceKind); 2] = [("Project", SourceKind::Project), ("Namespace", SourceKind::Group)];

struct List {
    user: UserId,
    kind: Option<SourceKind>,
    page: Numbered,
}

impl Params for List {
    fn read(reader: &mut Reader) -> Self {
        Self {
            user: UserId(reader.integer("id", "Number of the user.").unwrap_or_default()),
            kind: reader.choice("type", &KINDS, "Only those in projects, or in groups."),
            page: reader.numbered(),
        }
    }
}

async fn list(call: Call<List>) -> Result<Answer, Refusal> {
    let (ctx, params) = (&call.ctx, &call.params);
    let page = users::memberships(ctx, params.user, params.kind, &params.page.window()).await?;
    let count = users::count_memberships(ctx, params.user, params.kind, COUNT_LIMIT);
    let total = params.page.total(&page, count).await?;
    let headers = params.page.headers(&call.address, &page, total);
    let entities: Vec<_> = page.into_rows().into_iter().map(Membership::from).collect();
    Ok(Answer::ok(&entities)?.with(headers))
}
