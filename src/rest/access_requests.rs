//! Access requests of groups and projects.

use axum::http::Method;

use super::answer::Answer;
use super::entities;
use super::error::Refusal;
use super::page::Numbered;
use super::params::{Params, Reader};
use super::route::{Call, Endpoint};
use super::shape::Shape;
use crate::domain::access_requests;
use crate::domain::page::COUNT_LIMIT;
use crate::domain::standing::{self, Name};
use crate::types::{AccessLevel, SourceKind};

/// The calls for groups and for projects.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [
        (SourceKind::Group, "groups", "group"),
        (SourceKind::Project, "projects", "project"),
    ]
    .into_iter()
    .flat_map(of)
    .collect()
}

fn of((kind, folder, noun): (SourceKind, &str, &str)) -> [Endpoint; 4] {
    let all = format!("/{folder}/{{id}}/access_requests");
    let one = format!("{all}/{{user_id}}");
    [
        Endpoint::get(
            all.clone(),
            format!("List the open access requests of a {noun}"),
            Shape::list::<entities::AccessRequester>(),
            move |call| list(call, kind),
        )
        .signed_in(),
        Endpoint::write(
            Method::POST,
            all,
            format!("Ask for access to a {noun}, for oneself"),
            Shape::one::<entities::AccessRequester>(),
            move |call| ask(call, kind),
        ),
        Endpoint::write(
            Method::PUT,
            format!("{one}/approve"),
            format!("Make a member of a {noun} of somebody who asks for access"),
            Shape::one::<entities::Member>(),
            move |call| approve(call, kind),
        )
        .creating(),
        Endpoint::write(
            Method::DELETE,
            one,
            format!("Deny somebody access to a {noun}, or withdraw one's own request"),
            Shape::nothing(),
            move |call| deny(call, kind),
        ),
    ]
}

const SOURCE: &str = "Number or full path, `/` written `%2F`.";
const USER: &str = "Number of the user who asks.";

struct List {
    source: Name,
    page: Numbered,
}

impl Params for List {
    fn read(reader: &mut Reader) -> Self {
        Self {
            source: reader.source(SOURCE),
            page: reader.numbered(),
        }
    }
}

async fn list(call: Call<List>, kind: SourceKind) -> Result<Answer, Refusal> {
    let (ctx, List { source, page: numbered }) = (&call.ctx, &call.params);
    let source = standing::find(ctx, kind, source).await?;
    let page = access_requests::page(ctx, source.of(), &numbered.window()).await?;
    let count = access_requests::count(ctx, source.of(), COUNT_LIMIT);
    let total = numbered.total(&page, count).await?;
    let headers = numbered.headers(&call.address, &page, total);
    let requests = page.into_rows().into_iter();
    let requests: Vec<_> = requests
        .map(|request| entities::AccessRequester::new(request, &ctx.app.external_url))
        .collect();
    Ok(Answer::ok(&requests)?.with(headers))
}

struct Ask {
    source: Name,
}

impl Params for Ask {
    fn read(reader: &mut Reader) -> Self {
        Self {
            source: reader.source(SOURCE),
        }
    }
}

async fn ask(call: Call<Ask>, kind: SourceKind) -> Result<Answer, Refusal> {
    let request = access_requests::ask(&call.ctx, kind, &call.params.source).await?;
    Answer::created(&entities::AccessRequester::new(request, &call.ctx.app.external_url))
}

struct Approve {
    source: Name,
    user: i64,
    level: AccessLevel,
}

impl Params for Approve {
    fn read(reader: &mut Reader) -> Self {
        Self {
            source: reader.source(SOURCE),
            user: reader.integer("user_id", USER).unwrap_or_default(),
            level: reader.listed_level_or(
                "access_level",
                &AccessLevel::GRANTING,
                AccessLevel::Developer,
                "The level: 10, 15, 20, 30, 40 or 50.",
            ),
        }
    }
}

async fn approve(call: Call<Approve>, kind: SourceKind) -> Result<Answer, Refusal> {
    let (ctx, Approve { source, user, level }) = (&call.ctx, &call.params);
    let approved = access_requests::approve(ctx, kind, source, *user, *level).await?;
    Answer::created(&entities::Member::new(approved.member, None, &ctx.app.external_url))
}

struct Deny {
    source: Name,
    user: i64,
}

impl Params for Deny {
    fn read(reader: &mut Reader) -> Self {
        Self {
            source: reader.source(SOURCE),
            user: reader.integer("user_id", USER).unwrap_or_default(),
        }
    }
}

async fn deny(call: Call<Deny>, kind: SourceKind) -> Result<Answer, Refusal> {
    let (ctx, Deny { source, user }) = (&call.ctx, &call.params);
    access_requests::deny(ctx, kind, source, *user, call.unmodified_since).await?;
    Ok(Answer::done())
}
