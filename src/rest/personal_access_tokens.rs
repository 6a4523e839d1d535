//! Personal access tokens: lists, single ones, the one that is shown, and new ones.

mod create;
mod list;

use axum::http::Method;
use chrono::NaiveDate;

use super::answer::Answer;
use super::entities::{NewToken, PersonalAccessToken};
use super::error::Refusal;
use super::params::{Params, Reader};
use super::route::{Call, Endpoint};
use super::shape::Shape;
use crate::auth::Need;
use crate::domain::tokens::{self, Token, Which};
use crate::domain::{Ctx, Error, Thing};
use crate::types::{Secret, TokenId};

const ALL: &str = "/personal_access_tokens";
const OWN: &str = "/personal_access_tokens/self";
const ONE: &str = "/personal_access_tokens/{id}";

/// The calls.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let one = Shape::one::<PersonalAccessToken>;
    let new = Shape::one::<NewToken>;
    let mut all = vec![
        Endpoint::get(ALL, "List tokens", Shape::list::<PersonalAccessToken>(), list::list).signed_in(),
        Endpoint::get(OWN, "Get the token of the request", one(), shown)
            .signed_in()
            .open_to(Need::AnyToken),
        Endpoint::write(
            Method::DELETE,
            OWN,
            "Revoke the token of the request",
            Shape::nothing(),
            revoke_shown,
        )
        .open_to(Need::AnyToken),
        Endpoint::write(
            Method::POST,
            format!("{OWN}/rotate"),
            "Exchange the token of the request for a new one",
            new(),
            rotate_shown,
        )
        .open_to(Need::SelfRotate)
        .betraying()
        .emptying(),
        Endpoint::get(ONE, "Get a token", one(), single).signed_in(),
        Endpoint::write(Method::DELETE, ONE, "Revoke a token", Shape::nothing(), revoke),
        Endpoint::write(
            Method::POST,
            format!("{ONE}/rotate"),
            "Exchange a token for a new one",
            new(),
            rotate,
        )
        .emptying(),
    ];
    all.extend(create::endpoints());
    all
}

/// What is no number is no token's.
fn id(reader: &mut Reader) -> Which {
    let text = reader.text("id", "Number of the token.").unwrap_or_default();
    Which::Id(TokenId(text.parse().unwrap_or_default()))
}

struct One(Which);

impl Params for One {
    fn read(reader: &mut Reader) -> Self {
        Self(id(reader))
    }
}

struct Rotate(Which, Option<NaiveDate>);

impl Params for Rotate {
    fn read(reader: &mut Reader) -> Self {
        Self(id(reader), end(reader))
    }
}

struct RotateShown(Option<NaiveDate>);

impl Params for RotateShown {
    fn read(reader: &mut Reader) -> Self {
        Self(end(reader))
    }
}

fn end(reader: &mut Reader) -> Option<NaiveDate> {
    reader.date(
        "expires_at",
        "The day from which the new token is refused; a week ahead when nothing is said.",
    )
}

async fn shown(call: Call<()>) -> Result<Answer, Refusal> {
    let token = tokens::get(&call.ctx, Which::Shown).await?;
    Answer::ok(&PersonalAccessToken::from(token))
}

async fn single(call: Call<One>) -> Result<Answer, Refusal> {
    let token = tokens::get(&call.ctx, call.params.0).await;
    let token = token.map_err(|error| unseen(&call.ctx, error))?;
    Answer::ok(&PersonalAccessToken::from(token))
}

/// Only administrators are told that there is no such token.
fn unseen(ctx: &Ctx, error: Error) -> Error {
    match error {
        Error::NotFound(Thing::Token) if !ctx.actor.is_admin() => Error::Unauthenticated,
        error => error,
    }
}

async fn revoke_shown(call: Call<()>) -> Result<Answer, Refusal> {
    tokens::revoke(&call.ctx, Which::Shown).await?;
    Ok(Answer::done())
}

async fn revoke(call: Call<One>) -> Result<Answer, Refusal> {
    match tokens::revoke(&call.ctx, call.params.0).await {
        Ok(_) => Ok(Answer::done()),
        Err(Error::Forbidden(_)) => Err(Refusal::BadRequest("Not permitted to revoke")),
        Err(Error::NotFound(Thing::Token)) => Err(Error::NotFound(Thing::Row).into()),
        Err(error) => Err(error.into()),
    }
}

async fn rotate_shown(call: Call<RotateShown>) -> Result<Answer, Refusal> {
    rotated(&call.ctx, Which::Shown, call.params.0).await
}

async fn rotate(call: Call<Rotate>) -> Result<Answer, Refusal> {
    let Rotate(which, end) = call.params;
    rotated(&call.ctx, which, end).await
}

async fn rotated(ctx: &Ctx, which: Which, end: Option<NaiveDate>) -> Result<Answer, Refusal> {
    match tokens::rotate(ctx, which, end).await {
        Ok((token, secret)) => tell(token, secret, Answer::ok),
        // Making one says 422 to this.
        Err(Error::Unprocessable(fault)) => Err(Refusal::Unfit(fault.sentence())),
        Err(error) => Err(unseen(ctx, error).into()),
    }
}

/// The answer with the secret, of which all but that is kept.
fn tell(
    token: Token,
    secret: Secret,
    answer: impl FnOnce(&NewToken) -> Result<Answer, Refusal>,
) -> Result<Answer, Refusal> {
    let kept = NewToken::new(token.clone(), None);
    answer(&NewToken::new(token, Some(secret)))?.keeping(&kept)
}
