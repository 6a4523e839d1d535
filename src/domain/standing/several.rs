//! Groups and projects together, as an actor sees them.

use std::collections::{BTreeSet, HashMap};

use super::{Standing, groups, projects};
use crate::domain::{Ctx, Result};
use crate::types::{GroupId, ProjectId, Source};

/// Those of the groups and projects that the actor sees. At most one statement for each of the two kinds.
pub(in crate::domain) async fn several(
    ctx: &Ctx,
    sources: impl IntoIterator<Item = Source>,
) -> Result<HashMap<Source, Standing>> {
    let (mut group_ids, mut project_ids) = (BTreeSet::new(), BTreeSet::new());
    for source in sources {
        match source {
            Source::Group(GroupId(id)) => group_ids.insert(id),
            Source::Project(ProjectId(id)) => project_ids.insert(id),
        };
    }
    let mut homes = Vec::new();
    if !group_ids.is_empty() {
        let found = groups(ctx, group_ids.into_iter().map(GroupId)).await?;
        homes.extend(found.into_iter().map(|group| Standing::Group(Box::new(group))));
    }
    if !project_ids.is_empty() {
        let found = projects(ctx, project_ids.into_iter().map(ProjectId)).await?;
        homes.extend(found.into_iter().map(|project| Standing::Project(Box::new(project))));
    }
    Ok(homes.into_iter().map(|home| (home.source(), home)).collect())
}
