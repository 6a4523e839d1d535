//! Making, changing and removing projects.

use axum::http::Method;

use super::present;
use crate::domain::projects::{self, NewProject, ProjectChange};
use crate::domain::standing::{Name, Project};
use crate::domain::{Ctx, Error, Thing};
use crate::rest::answer::Answer;
use crate::rest::entities::{self, Accepted};
use crate::rest::error::Refusal;
use crate::rest::groups::VISIBILITIES;
use crate::rest::params::{Params, Reader};
use crate::rest::route::{Call, Endpoint};
use crate::rest::shape::Shape;

/// The calls.
pub(super) fn endpoints() -> [Endpoint; 3] {
    let shape = Shape::one::<entities::Project>;
    [
        Endpoint::write(Method::POST, "/projects", "Make a project", shape(), create),
        Endpoint::write(Method::PUT, ONE, "Change a project", shape(), update),
        Endpoint::write(
            Method::DELETE,
            ONE,
            "Remove a project with everything in it",
            Shape::one::<Accepted>(),
            delete,
        )
        .accepting(),
    ]
}

const ONE: &str = "/projects/{id}";
const PROJECT: &str = "Number or full path, `/` written `%2F`.";
const NAME: &str =
    "Its own name, unique in its namespace; 255 characters at most. Of a new one: the path when nothing is said.";
const PATH: &str = "The last part of its full path: 2 to 255 letters, digits, and single dots, dashes and underscores between them. Of a new \
                    one: the name in lower case with dashes when nothing is said.";
const DESCRIPTION: &str = "Free text.";
const VISIBILITY: &str = "Who sees it without a role in it; a new one is `private` when nothing is said.";
const REQUESTS: &str = "Whether access may be asked for.";

/// What can be changed of a project.
const CHANGEABLE: [&str; 5] = ["name", "path", "description", "visibility", "request_access_enabled"];

struct Create {
    new: NewProject,
}

impl Params for Create {
    fn read(reader: &mut Reader) -> Self {
        let (name, path) = (reader.text("name", NAME), reader.text("path", PATH));
        reader.at_least_one_of(&["name", "path"]);
        let namespace =
            "Number of the group or of the own namespace that it is to lie in; the own one when nothing is said.";
        Self {
            new: NewProject {
                // One of the two is there, if blank.
                name: name.or_else(|| (path.is_none()).then(String::new)),
                path,
                namespace: reader.integer("namespace_id", namespace).map(Name::Id),
                description: reader.text("description", DESCRIPTION),
                visibility: reader.choice("visibility", &VISIBILITIES, VISIBILITY),
                request_access_enabled: reader.flag("request_access_enabled", REQUESTS),
            },
        }
    }
}

async fn create(call: Call<Create>) -> Result<Answer, Refusal> {
    let project = projects::create(&call.ctx, &call.params.new).await?;
    Answer::created(&shown(&call.ctx, project).await?)
}

struct Update {
    project: Name,
    change: ProjectChange,
}

impl Params for Update {
    fn read(reader: &mut Reader) -> Self {
        let project = reader.source(PROJECT);
        let change = ProjectChange {
            name: reader.text("name", NAME),
            path: reader.text("path", PATH),
            description: reader.text("description", DESCRIPTION),
            visibility: reader.choice("visibility", &VISIBILITIES, VISIBILITY),
            request_access_enabled: reader.flag("request_access_enabled", REQUESTS),
        };
        reader.at_least_one_of(&CHANGEABLE);
        Self { project, change }
    }
}

async fn update(call: Call<Update>) -> Result<Answer, Refusal> {
    let (ctx, params) = (&call.ctx, &call.params);
    let project = projects::update(ctx, &params.project, &params.change).await?;
    Answer::ok(&shown(ctx, project).await?)
}

async fn shown(ctx: &Ctx, project: Project) -> Result<entities::Project, Refusal> {
    let project = present(ctx, vec![project]).await?.pop();
    Ok(project.ok_or(Error::NotFound(Thing::Project))?)
}

struct Delete {
    project: Name,
}

impl Params for Delete {
    fn read(reader: &mut Reader) -> Self {
        Self {
            project: reader.source(PROJECT),
        }
    }
}

async fn delete(call: Call<Delete>) -> Result<Answer, Refusal> {
    projects::delete(&call.ctx, &call.params.project, call.unmodified_since).await?;
    Answer::accepted(&Accepted::default())
}
