//! Sharing groups and projects with groups.

mod lists;

use axum::http::Method;

use super::answer::Answer;
use super::entities::{GroupDetail, ProjectLink};
use super::error::Refusal;
use super::groups;
use super::params::{Params, Reader};
use super::route::{Call, Endpoint};
use super::shape::Shape;
use crate::domain::shares::{self, NewShare};
use crate::domain::standing::{self, Name};
use crate::types::{AccessLevel, SourceKind};

/// The calls for groups and for projects.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let changes = [
        Endpoint::write(
            Method::POST,
            "/groups/{id}/share",
            "Give a group access to a group",
            Shape::one::<GroupDetail>(),
            share_group,
        ),
        Endpoint::write(
            Method::POST,
            "/projects/{id}/share",
            "Give a group access to a project",
            Shape::one::<ProjectLink>(),
            share_project,
        ),
        Endpoint::write(
            Method::DELETE,
            "/groups/{id}/share/{group_id}",
            "Take a group's access to a group back",
            Shape::nothing(),
            |call| unshare(call, SourceKind::Group),
        ),
        Endpoint::write(
            Method::DELETE,
            "/projects/{id}/share/{group_id}",
            "Take a group's access to a project back",
            Shape::nothing(),
            |call| unshare(call, SourceKind::Project),
        ),
    ];
    changes.into_iter().chain(lists::endpoints()).collect()
}

const SOURCE: &str = "Number or full path of what is shared, `/` written `%2F`.";
const GROUP: &str = "Number of the invited group.";

struct Share {
    source: Name,
    new: NewShare,
}

impl Params for Share {
    fn read(reader: &mut Reader) -> Self {
        let source = reader.source(SOURCE);
        let group_id = reader.required_integer("group_id", GROUP);
        let level = "The level that nobody gets beyond by the share: 10, 15, 20, 30, 40 or 50.";
        let access_level = reader.required_level("group_access", &AccessLevel::GRANTING, level);
        let expires_at = reader.date_patch("expires_at", "The day from which on the share no longer counts.");
        let role = "Number of a custom role whose base level is the level.";
        Self {
            source,
            new: NewShare {
                // A number that is there and blank is nobody's, and a level at fault is told before it is used.
                group_id: group_id.unwrap_or_default(),
                access_level: access_level.unwrap_or(AccessLevel::NoAccess),
                expires_at: expires_at.value().copied(),
                member_role_id: reader.integer("member_role_id", role),
            },
        }
    }
}

async fn share_group(call: Call<Share>) -> Result<Answer, Refusal> {
    let (ctx, Share { source, new }) = (&call.ctx, &call.params);
    let made = shares::create(ctx, SourceKind::Group, source, new).await?;
    let group = standing::group(ctx, source).await?;
    Answer::created(&groups::detail(ctx, group, true, Some(made)).await?)
}

async fn share_project(call: Call<Share>) -> Result<Answer, Refusal> {
    let (ctx, Share { source, new }) = (&call.ctx, &call.params);
    let made = shares::create(ctx, SourceKind::Project, source, new).await?;
    Answer::created(&ProjectLink::from(made.share))
}

struct Unshare {
    source: Name,
    group_id: i64,
}

impl Params for Unshare {
    fn read(reader: &mut Reader) -> Self {
        Self {
            source: reader.source(SOURCE),
            group_id: reader.integer("group_id", GROUP).unwrap_or_default(),
        }
    }
}

async fn unshare(call: Call<Unshare>, kind: SourceKind) -> Result<Answer, Refusal> {
    let Unshare { source, group_id } = &call.params;
    shares::delete(&call.ctx, kind, source, *group_id, call.unmodified_since).await?;
    Ok(Answer::done())
}
