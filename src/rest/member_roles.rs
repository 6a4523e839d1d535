//! Custom roles of top-level groups.

use axum::http::Method;

use super::answer::Answer;
use super::entities::MemberRole;
use super::error::Refusal;
use super::params::{Params, Reader};
use super::route::{Call, Endpoint};
use super::shape::Shape;
use crate::domain::roles::{self, NewRole};
use crate::domain::standing::{self, Name};
use crate::types::{AccessLevel, Permissions};

const OF_GROUP: &str = "/groups/{id}/member_roles";
const OF_INSTANCE: &str = "/member_roles";

/// The calls for groups; those for the instance, which GitLab serves where the ones for groups are not, answer 400.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let shape = Shape::one::<MemberRole>;
    vec![
        Endpoint::get(
            OF_GROUP,
            "List the custom roles of a group",
            Shape::whole_list::<MemberRole>(),
            list,
        )
        .signed_in(),
        Endpoint::write(
            Method::POST,
            OF_GROUP,
            "Make a custom role of a top-level group",
            shape(),
            create,
        ),
        Endpoint::write(
            Method::DELETE,
            format!("{OF_GROUP}/{{member_role_id}}"),
            "Remove a custom role that nobody has",
            Shape::nothing(),
            delete,
        ),
        Endpoint::get(
            OF_INSTANCE,
            "Not served: custom roles belong to groups",
            Shape::whole_list::<MemberRole>(),
            not_here::<()>,
        )
        .signed_in(),
        Endpoint::write(
            Method::POST,
            OF_INSTANCE,
            "Not served: custom roles belong to groups",
            shape(),
            not_here::<()>,
        ),
        Endpoint::write(
            Method::DELETE,
            format!("{OF_INSTANCE}/{{member_role_id}}"),
            "Not served: custom roles belong to groups",
            Shape::nothing(),
            not_here::<One>,
        ),
    ]
}

const GROUP: &str = "Number or full path of the group, `/` written `%2F`.";

struct List {
    group: Name,
}

impl Params for List {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source(GROUP),
        }
    }
}

async fn list(call: Call<List>) -> Result<Answer, Refusal> {
    let group = standing::group(&call.ctx, &call.params.group).await?;
    let roles = roles::of_group(&call.ctx, &group).await?.into_iter();
    Answer::ok(&roles.map(MemberRole::from).collect::<Vec<_>>())
}

struct Create {
    group: Name,
    new: NewRole,
}

impl Params for Create {
    fn read(reader: &mut Reader) -> Self {
        let group = reader.source(GROUP);
        let base = "The level that it builds on: 5, 10, 15, 20, 30 or 40.";
        // 50 is a level, but none that a role builds on: the role does not validate.
        let base = reader.required_level("base_access_level", &AccessLevel::STORED, base);
        if !reader.is_given("base_access_level") {
            reader.fault("base_access_level does not have a valid value");
        }
        let name = "Its name; blank: that of the level, and `- custom`.";
        Self {
            group,
            new: NewRole {
                // A level at fault is told before it is used.
                base_access_level: base.unwrap_or(AccessLevel::NoAccess),
                name: reader.text("name", name),
                description: reader.text("description", "What it is for."),
                permissions: Permissions::such_that(|permission| {
                    reader.flag_or(permission, false, "Whether who has the role may do this.")
                }),
            },
        }
    }
}

async fn create(call: Call<Create>) -> Result<Answer, Refusal> {
    let role = roles::create(&call.ctx, &call.params.group, &call.params.new).await?;
    Answer::created(&MemberRole::from(role))
}

struct Delete {
    group: Name,
    role: i64,
}

impl Params for Delete {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source(GROUP),
            role: reader
                .integer("member_role_id", "Number of the role.")
                .unwrap_or_default(),
        }
    }
}

async fn delete(call: Call<Delete>) -> Result<Answer, Refusal> {
    roles::delete(&call.ctx, &call.params.group, call.params.role).await?;
    Ok(Answer::done())
}

/// A role, whatever group it belongs to.
struct One;

impl Params for One {
    fn read(reader: &mut Reader) -> Self {
        reader.integer("member_role_id", "Number of the role.");
        Self
    }
}

async fn not_here<P>(_: Call<P>) -> Result<Answer, Refusal> {
    Err(Refusal::NotHere)
}
