//! Making, changing and removing groups.

use axum::http::Method;

use super::{VISIBILITIES, detail};
use crate::domain::Error;
use crate::domain::groups::{self, GroupChange, NewGroup, Settings};
use crate::domain::standing::Name;
use crate::rest::answer::Answer;
use crate::rest::entities::{Accepted, GroupDetail};
use crate::rest::error::Refusal;
use crate::rest::params::{Params, Reader};
use crate::rest::route::{Call, Endpoint};
use crate::rest::shape::Shape;

/// The calls.
pub(super) fn endpoints() -> [Endpoint; 3] {
    let shape = Shape::one::<GroupDetail>;
    [
        Endpoint::write(Method::POST, "/groups", "Make a group", shape(), create),
        Endpoint::write(Method::PUT, ONE, "Change a group", shape(), update),
        Endpoint::write(
            Method::DELETE,
            ONE,
            "Remove a group with everything in it",
            Shape::one::<Accepted>(),
            delete,
        )
        .accepting(),
    ]
}

const ONE: &str = "/groups/{id}";
const GROUP: &str = "Number or full path, `/` written `%2F`.";
const NAME: &str = "Its own name, unique below the same group; 255 characters at most.";
const PATH: &str =
    "The last part of its full path: 2 to 255 letters, digits, and single dots, dashes and underscores between them.";

/// What is the same for a new group and for one that is there.
fn settings(reader: &mut Reader) -> Settings {
    Settings {
        description: reader.text("description", "Free text."),
        visibility: reader.choice(
            "visibility",
            &VISIBILITIES,
            "Who sees it without a role in it; a new one is `private` when nothing is said.",
        ),
        share_with_group_lock: reader.flag(
            "share_with_group_lock",
            "Whether projects of the group may not be shared, and links they have do not count.",
        ),
        membership_lock: reader.flag(
            "membership_lock",
            "Whether members of the group's projects may not be added one by one.",
        ),
        request_access_enabled: reader.flag("request_access_enabled", "Whether access may be asked for."),
        ..Settings::default()
    }
}

struct Create {
    new: NewGroup,
}

impl Params for Create {
    fn read(reader: &mut Reader) -> Self {
        Self {
            new: NewGroup {
                name: reader.required_text("name", NAME),
                path: reader.required_text("path", PATH),
                parent: reader
                    .integer(
                        "parent_id",
                        "Number of the group that it is to lie in; none for one at the top.",
                    )
                    .map(Name::Id),
                settings: settings(reader),
            },
        }
    }
}

async fn create(call: Call<Create>) -> Result<Answer, Refusal> {
    let ctx = &call.ctx;
    let group = groups::create(ctx, &call.params.new).await.map_err(not_saved)?;
    Answer::created(&detail(ctx, group, true, None).await?)
}

/// What is wrong with a new group is told in one text.
fn not_saved(error: Error) -> Refusal {
    match error {
        Error::Faulty(faults) => Refusal::NotSaved(faults),
        error => error.into(),
    }
}

struct Update {
    group: Name,
    change: GroupChange,
}

impl Params for Update {
    fn read(reader: &mut Reader) -> Self {
        let group = reader.source(GROUP);
        let (name, path) = (reader.text("name", NAME), reader.text("path", PATH));
        let settings = settings(reader);
        let kept_inside =
            "Whether groups and projects of the hierarchy may be shared inside it only; without effect below the top.";
        let domains =
            "Domains that the addresses of new members must have, with commas between; blank for any. Only at the top.";
        let change = GroupChange {
            name,
            path,
            settings: Settings {
                prevent_sharing_groups_outside_hierarchy: reader
                    .flag("prevent_sharing_groups_outside_hierarchy", kept_inside),
                allowed_email_domains: reader
                    .text("allowed_email_domains_list", domains)
                    .map(|list| list.split(',').map(str::to_owned).collect()),
                ..settings
            },
        };
        Self { group, change }
    }
}

async fn update(call: Call<Update>) -> Result<Answer, Refusal> {
    let (ctx, params) = (&call.ctx, &call.params);
    let group = groups::update(ctx, &params.group, &params.change).await?;
    Answer::ok(&detail(ctx, group, true, None).await?)
}

struct Delete {
    group: Name,
}

impl Params for Delete {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source(GROUP),
        }
    }
}

async fn delete(call: Call<Delete>) -> Result<Answer, Refusal> {
    groups::delete(&call.ctx, &call.params.group, call.unmodified_since).await?;
    Answer::accepted(&Accepted::default())
}
