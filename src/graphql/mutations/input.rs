//! What several inputs have in common.

use async_graphql::{ID, MaybeUndefined, OneofObject};

use crate::domain::members::Whom;
use crate::domain::policy::Code;
use crate::domain::standing::{self, Name};
use crate::domain::{Ctx, Error, Fault, Result};
use crate::graphql::ids::{GroupGid, MemberRoleGid, Model, ProjectGid, UserGid};
use crate::graphql::scalars::Time;
use crate::types::{Patch, SourceKind, Visibility};

/// A group or a project, named in one way.
#[derive(Clone, Debug, OneofObject)]
pub(in crate::graphql) enum MemberSourceInput {
    /// A group by its global id.
    GroupId(GroupGid),
    /// A project by its global id.
    ProjectId(ProjectGid),
    /// A group or project by its full path, such as `acme/tools`, whatever the case.
    FullPath(ID),
}

impl MemberSourceInput {
    /// What the domain takes.
    ///
    /// # Errors
    /// `NotFound` when nothing that the caller sees lies at the path.
    pub(in crate::graphql) async fn name(&self, ctx: &Ctx) -> Result<(SourceKind, Name)> {
        Ok(match self {
            Self::GroupId(id) => (SourceKind::Group, Name::Id(id.0.0)),
            Self::ProjectId(id) => (SourceKind::Project, Name::Id(id.0.0)),
            Self::FullPath(path) => {
                let source = standing::at_path(ctx, path).await?.source();
                (source.kind(), Name::Id(source.id()))
            }
        })
    }
}

/// Somebody who is to become a member, named in one way.
#[derive(Clone, Debug, OneofObject)]
pub(in crate::graphql) enum InviteeInput {
    /// By the primary or the public address, whatever the case.
    Email(String),
    /// By the global id of the user.
    UserId(UserGid),
    /// By user name, whatever the case.
    Username(String),
}

impl InviteeInput {
    /// What the domain takes.
    pub(in crate::graphql) fn whom(&self) -> Whom {
        match self {
            Self::Email(address) => Whom::Email(address.trim().to_owned()),
            Self::UserId(id) => Whom::Id(id.0.0),
            Self::Username(name) => Whom::Username(name.clone()),
        }
    }

    /// As it was given.
    pub(in crate::graphql) fn text(&self) -> String {
        match self {
            Self::Email(text) | Self::Username(text) => text.clone(),
            Self::UserId(id) => Model::User.id(id.0).0,
        }
    }

    /// Its field.
    pub(in crate::graphql) const fn field(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::UserId(_) => "userId",
            Self::Username(_) => "username",
        }
    }
}

/// Absent: as it is; null: none any more.
pub(in crate::graphql) fn day(end: &MaybeUndefined<Time>) -> Patch<chrono::NaiveDate> {
    patch(end, Time::day)
}

/// Absent: as it is; null: none any more.
pub(in crate::graphql) fn role(role: &MaybeUndefined<MemberRoleGid>) -> Patch<i64> {
    patch(role, |role| role.0.0)
}

/// What a word stands for, if there is one.
///
/// # Errors
/// `Faulty` for a word that stands for none.
pub(in crate::graphql) fn visibility(word: Option<&str>) -> Result<Option<Visibility>> {
    let Some(word) = word else {
        return Ok(None);
    };
    let fault = || Fault::new("visibility", "does not have a valid value", Code::Invalid);
    let known = Visibility::from_word(word).ok_or_else(|| Error::Faulty(vec![fault()]))?;
    Ok(Some(known))
}

fn patch<T: Copy, U>(value: &MaybeUndefined<T>, read: impl Fn(T) -> U) -> Patch<U> {
    match value {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(value) => Patch::Set(read(*value)),
    }
}
