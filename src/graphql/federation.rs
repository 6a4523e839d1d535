//! The graph as a subgraph of Apollo Federation 2: users, groups and projects are entities, which other subgraphs refer to and extend.

use std::sync::LazyLock;

use async_graphql::{Any, Context, ID, SDLExportOptions, SimpleObject, Union, Value};

use super::connection::{Border, Nullable};
use super::ids::{Model, number_of};
use super::keys::{GroupAt, ProjectAt, UserNamed};
use super::loaders::loaders;
use super::schema;
use super::types::{Group, Project, UserCore};
use crate::domain::{Error, Result};
use crate::types::{GroupId, ProjectId, UserId};

/// The keys by which a router may name each entity; the first wins.
const KEYS: [(&str, [&str; 2]); 3] = [
    ("UserCore", ["id", "username"]),
    ("Group", ["id", "fullPath"]),
    ("Project", ["id", "fullPath"]),
];

/// What a router can ask for by its keys.
#[derive(Debug, Union)]
#[graphql(name = "_Entity")]
pub enum Entity {
    /// By `id` or `username`.
    UserCore(UserCore),
    /// By `id` or `fullPath`.
    Group(Group),
    /// By `id` or `fullPath`.
    Project(Project),
}

/// This server as a part of a supergraph.
#[derive(Debug, SimpleObject)]
#[graphql(name = "_Service")]
pub struct Service {
    /// The schema with what federation adds to it, in GraphQL's definition language.
    sdl: &'static str,
}

impl Service {
    /// This server.
    pub(super) fn here() -> Self {
        static SDL: LazyLock<String> = LazyLock::new(sdl);
        Self { sdl: &SDL }
    }
}

/// The schema's own text as a router composes it: with `@link`, and the keys of the entities.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().federation().use_space_ident();
    let text = schema().sdl_with_options(options);
    text.lines().map(|line| with_keys(line) + "\n").collect()
}

/// The library prints keys only of entities that it resolves itself, which fail all together when one does.
fn with_keys(line: &str) -> String {
    let opened = line.strip_suffix('{').and_then(|head| {
        let name = head.strip_prefix("type ")?.split(' ').next()?;
        let (_, keys) = KEYS.into_iter().find(|(entity, _)| *entity == name)?;
        let keys = keys.map(|key| format!("@key(fields: \"{key}\") "));
        Some(format!("{head}{}{{", keys.concat()))
    });
    opened.unwrap_or_else(|| line.to_owned())
}

/// The entity of a representation; null when it is hidden or missing.
pub(super) async fn find(ctx: &Context<'_>, representation: &Any) -> Nullable<Entity> {
    let found = async {
        let loaders = loaders(ctx);
        Ok(match Named::read(&representation.0)? {
            Named::User(user) => UserCore::Alone(loaders.find(user).await?).into(),
            Named::Group(id) => Group(loaders.find(id).await?).into(),
            Named::GroupAt(path) => Group(loaders.find(path).await?).into(),
            Named::Project(id) => Project(loaders.find(id).await?).into(),
            Named::ProjectAt(path) => Project(loaders.find(path).await?).into(),
        })
    };
    found.await.or_null()
}

/// What a representation names.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    User(UserNamed),
    Group(GroupId),
    GroupAt(GroupAt),
    Project(ProjectId),
    ProjectAt(ProjectAt),
}

impl Named {
    fn read(representation: &Value) -> Result<Self> {
        let Value::Object(fields) = representation else {
            return Err(invalid("it is no object"));
        };
        let text = |name| match fields.get(name) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        };
        let kind = text("__typename").ok_or_else(|| invalid("it has no __typename"))?;
        let Some((kind, [id, other])) = KEYS.into_iter().find(|(known, _)| *known == kind) else {
            return Err(invalid(&format!("\"{kind}\" is no entity")));
        };
        let number = |model| {
            let id = text(id).map(|id| number_of(model, &ID(id.to_owned())));
            id.transpose()
        };
        let other_key = || {
            let text = text(other).ok_or_else(|| invalid(&format!("a {kind} needs its {id} or {other}, as a text")));
            text.map(str::to_owned)
        };
        Ok(match kind {
            "Group" => match number(Model::Group)? {
                Some(id) => Self::Group(GroupId(id)),
                None => Self::GroupAt(GroupAt(other_key()?)),
            },
            "Project" => match number(Model::Project)? {
                Some(id) => Self::Project(ProjectId(id)),
                None => Self::ProjectAt(ProjectAt(other_key()?)),
            },
            _ => Self::User(match number(Model::User)? {
                Some(id) => UserNamed::Id(UserId(id)),
                None => UserNamed::Username(other_key()?),
            }),
        })
    }
}

fn invalid(fault: &str) -> Error {
    Error::Invalid(format!("Invalid representation: {fault}"))
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;

    fn fault(representation: &Value) -> String {
        match Named::read(representation) {
            Err(Error::Invalid(text)) => text,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_representation_that_names_nothing_says_what_is_wrong_with_it() {
        let start = "Invalid representation: ";
        assert_eq!(fault(&value!("Group")), format!("{start}it is no object"));
        assert_eq!(fault(&value!({ "id": "1" })), format!("{start}it has no __typename"));
        assert_eq!(
            fault(&value!({ "__typename": "MemberRole", "id": "gid://gitlab/MemberRole/1" })),
            format!("{start}\"MemberRole\" is no entity")
        );
        assert_eq!(
            fault(&value!({ "__typename": "UserCore", "id": 1 })),
            format!("{start}a UserCore needs its id or username, as a text")
        );
        assert_eq!(
            fault(&value!({ "__typename": "Group", "id": "gid://gitlab/User/1" })),
            "\"gid://gitlab/User/1\" is not a valid ID for GroupID"
        );
    }

    #[test]
    fn the_id_wins_over_the_other_key() {
        let both = value!({ "__typename": "Project", "id": "gid://gitlab/Project/7", "fullPath": "acme/app" });
        assert_eq!(Named::read(&both).ok(), Some(Named::Project(ProjectId(7))));
        let path = value!({ "__typename": "Project", "fullPath": "acme/app" });
        let named = Named::ProjectAt(ProjectAt("acme/app".to_owned()));
        assert_eq!(Named::read(&path).ok(), Some(named));
    }
}
