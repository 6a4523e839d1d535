//! Who waits in the hierarchy of a top-level group, and letting them in.

use axum::http::Method;

use super::answer::Answer;
use super::entities::{PendingMember, Success};
use super::error::Refusal;
use super::members::SOURCE;
use super::page::Numbered;
use super::params::{Params, Reader};
use super::route::{Call, Endpoint};
use super::shape::Shape;
use crate::domain::page::COUNT_LIMIT;
use crate::domain::policy::Reason;
use crate::domain::standing::{self, Name};
use crate::domain::{Error, pending};
use crate::types::{MemberId, MemberState};

/// The calls. They stand before those of members, so that `approve_all` is nobody's number.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let all = "/groups/{id}/members/approve_all";
    let about_all = "Approve everybody who waits in a top-level group, its subgroups and projects";
    vec![
        Endpoint::get(
            "/groups/{id}/pending_members",
            "List who waits in a top-level group, its subgroups and projects: for approval, or for an answer to an invitation",
            Shape::list::<PendingMember>(),
            list,
        )
        .signed_in(),
        Endpoint::write(Method::POST, all, about_all, Shape::nothing(), approve_all).emptying(),
        Endpoint::write(Method::PUT, all, about_all, Shape::nothing(), approve_all),
        Endpoint::write(
            Method::PUT,
            "/groups/{id}/members/{member_id}/approve",
            "Approve everything that waits of one user, or of one invited address, in a top-level group, its subgroups and projects",
            Shape::nothing(),
            approve,
        ),
        Endpoint::write(
            Method::PUT,
            "/groups/{id}/members/{user_id}/state",
            "Have a member wait in a top-level group, its subgroups and projects, or count again",
            Shape::one::<Success>(),
            set_state,
        ),
    ]
}

/// Whoever has no right there is told no more than who names a subgroup, and so is everybody where a directory decides.
fn refusal(error: Error) -> Refusal {
    match error {
        Error::Forbidden(None) | Error::Refused(Reason::LdapSynced) => Refusal::NotHere,
        error => error.into(),
    }
}

/// The same of approvals.
fn refusal_to_approve(error: Error) -> Refusal {
    match error {
        Error::Refused(reason @ Reason::NothingToSet) => Refusal::BadRequest(reason.text()),
        error => refusal(error),
    }
}

struct List {
    group: Name,
    page: Numbered,
}

impl Params for List {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source(SOURCE),
            page: reader.numbered(),
        }
    }
}

async fn list(call: Call<List>) -> Result<Answer, Refusal> {
    let (ctx, List { group, page: numbered }) = (&call.ctx, &call.params);
    let group = standing::group(ctx, group).await?;
    let page = pending::page(ctx, &group, &numbered.window()).await.map_err(refusal)?;
    let total = numbered.total(&page, pending::count(ctx, &group, COUNT_LIMIT)).await?;
    let headers = numbered.headers(&call.address, &page, total);
    let waiting = page.into_rows().into_iter();
    let waiting: Vec<_> = waiting
        .map(|one| PendingMember::new(one, &ctx.app.external_url))
        .collect();
    Ok(Answer::ok(&waiting)?.with(headers))
}

struct ApproveAll {
    group: Name,
}

impl Params for ApproveAll {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source(SOURCE),
        }
    }
}

async fn approve_all(call: Call<ApproveAll>) -> Result<Answer, Refusal> {
    let approved = pending::approve_all(&call.ctx, &call.params.group).await;
    approved.map_err(refusal_to_approve)?;
    Ok(Answer::done())
}

struct Approve {
    group: Name,
    row: MemberId,
}

impl Params for Approve {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source(SOURCE),
            row: MemberId(
                reader
                    .integer("member_id", "Number of a membership or invitation.")
                    .unwrap_or_default(),
            ),
        }
    }
}

async fn approve(call: Call<Approve>) -> Result<Answer, Refusal> {
    let Approve { group, row } = &call.params;
    let approved = pending::approve(&call.ctx, group, *row).await;
    approved.map_err(refusal_to_approve)?;
    Ok(Answer::done())
}

struct SetState {
    group: Name,
    user: i64,
    state: MemberState,
}

impl Params for SetState {
    fn read(reader: &mut Reader) -> Self {
        let states = [("awaiting", MemberState::Awaiting), ("active", MemberState::Active)];
        let group = reader.source(SOURCE);
        let user = reader.integer("user_id", "Number of the user.").unwrap_or_default();
        let state = reader.required_choice(
            "state",
            &states,
            "Whether the user's memberships are to wait or to count.",
        );
        Self {
            group,
            user,
            state: state.unwrap_or(MemberState::Awaiting),
        }
    }
}

async fn set_state(call: Call<SetState>) -> Result<Answer, Refusal> {
    let SetState { group, user, state } = &call.params;
    let set = pending::set_state(&call.ctx, group, *user, *state).await;
    set.map_err(refusal)?;
    Answer::ok(&Success::new())
}
