//! Accounts opened and shut by administrators.

use axum::http::Method;
use utoipa::PartialSchema as _;

use super::Single;
use crate::domain::policy::Act;
use crate::domain::users;
use crate::rest::answer::Answer;
use crate::rest::error::Refusal;
use crate::rest::route::{Call, Endpoint};
use crate::rest::shape::Shape;

/// The calls: what is done, and what is answered where nothing is to be done.
const ACTS: [(&str, Act, Option<bool>, &str); 6] = [
    ("block", Act::Block, None, "Block an account; for administrators"),
    (
        "unblock",
        Act::Unblock,
        Some(false),
        "Unblock an account; for administrators",
    ),
    ("ban", Act::Ban, Some(true), "Ban a user; for administrators"),
    ("unban", Act::Unban, Some(true), "Unban a user; for administrators"),
    (
        "activate",
        Act::Activate,
        Some(true),
        "Activate an account that sleeps; for administrators",
    ),
    (
        "deactivate",
        Act::Deactivate,
        None,
        "Put an account to sleep; for administrators",
    ),
];

pub(super) fn endpoints() -> impl Iterator<Item = Endpoint> {
    ACTS.into_iter().map(|(word, act, idle, summary)| {
        Endpoint::write(
            Method::POST,
            format!("/users/{{id:number}}/{word}"),
            summary,
            Shape::of(Option::<bool>::schema()),
            move |call| change(call, act, idle),
        )
    })
}

async fn change(call: Call<Single>, act: Act, idle: Option<bool>) -> Result<Answer, Refusal> {
    let is_changed = users::change_state(&call.ctx, call.params.id, act).await?;
    Answer::created(&if is_changed { Some(true) } else { idle })
}
