//! What may be done with groups and projects themselves.

use futures_util::FutureExt as _;
use roster::domain::groups::{self, GroupChange, NewGroup, Settings};
use roster::domain::projects::{self, NewProject, ProjectChange};
use roster::domain::{Ctx, Result};
use roster::types::SourceKind;

use super::{Ability, Place};

pub(super) const ABILITIES: [Ability; 2] = [
    Ability {
        words: "rename it",
        attempt: |ctx, at| rename(ctx, at).boxed(),
    },
    Ability {
        words: "remove it for good",
        attempt: |ctx, at| remove(ctx, at).boxed(),
    },
];

/// What only groups hold.
pub(super) const OF_GROUPS: [Ability; 2] = [
    Ability {
        words: "make a group in it",
        attempt: |ctx, at| make_group(ctx, at).boxed(),
    },
    Ability {
        words: "make a project in it",
        attempt: |ctx, at| make_project(ctx, at).boxed(),
    },
];

async fn rename(ctx: Ctx, at: Place) -> Result<()> {
    let (name, path) = (Some("Renamed".to_owned()), Some("renamed".to_owned()));
    match at.kind {
        SourceKind::Group => {
            let settings = Settings::default();
            let change = GroupChange { name, path, settings };
            groups::update(&ctx, &at.name, &change).await.map(drop)
        }
        SourceKind::Project => {
            let change = ProjectChange {
                name,
                path,
                ..ProjectChange::default()
            };
            projects::update(&ctx, &at.name, &change).await.map(drop)
        }
    }
}

async fn remove(ctx: Ctx, at: Place) -> Result<()> {
    match at.kind {
        SourceKind::Group => groups::delete(&ctx, &at.name, None).await.map(drop),
        SourceKind::Project => projects::delete(&ctx, &at.name, None).await.map(drop),
    }
}

async fn make_group(ctx: Ctx, at: Place) -> Result<()> {
    let new = NewGroup {
        name: "New".to_owned(),
        path: "new".to_owned(),
        parent: Some(at.name),
        settings: Settings::default(),
    };
    groups::create(&ctx, &new).await.map(drop)
}

async fn make_project(ctx: Ctx, at: Place) -> Result<()> {
    let new = NewProject {
        name: Some("New".to_owned()),
        namespace: Some(at.name),
        ..NewProject::default()
    };
    projects::create(&ctx, &new).await.map(drop)
}
