//! Taking a user out of a top-level group and everything below.

use axum::http::Method;

use super::{GROUP, USER};
use crate::domain::policy::Reason;
use crate::domain::standing::Name;
use crate::domain::{Error, seats};
use crate::rest::answer::Answer;
use crate::rest::error::Refusal;
use crate::rest::params::{Params, Reader};
use crate::rest::route::{Call, Endpoint};
use crate::rest::shape::Shape;

/// The call.
pub(super) fn endpoint() -> Endpoint {
    Endpoint::write(
        Method::DELETE,
        "/groups/{id}/billable_members/{user_id}",
        "Remove everything that a user has in a top-level group, its subgroups and projects",
        Shape::nothing(),
        remove,
    )
}

struct Remove {
    group: Name,
    user: i64,
}

impl Params for Remove {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source(GROUP),
            user: reader.integer("user_id", USER).unwrap_or_default(),
        }
    }
}

async fn remove(call: Call<Remove>) -> Result<Answer, Refusal> {
    let Remove { group, user } = &call.params;
    seats::remove(&call.ctx, group, *user).await.map_err(refusal)?;
    Ok(Answer::done())
}

/// Whatever stands in the way, the request is bad; most of it is not told apart.
fn refusal(error: Error) -> Refusal {
    match error {
        Error::Forbidden(Some(reason)) => Refusal::BadRequest(reason),
        Error::Refused(reason @ (Reason::NoMember | Reason::LastOwnerGoes)) => Refusal::BadRequest(reason.text()),
        Error::Forbidden(None) | Error::Refused(_) => Refusal::BadRequest("User not authorized"),
        error => error.into(),
    }
}
