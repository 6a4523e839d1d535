//! Custom roles.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::{AccessLevel, Group};
use crate::domain::members::Role;
use crate::graphql::connection::{Border as _, Nullable};
use crate::graphql::ids::Model;
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::Time;
use crate::types::PERMISSIONS;

/// A custom role of a top-level group.
#[derive(Clone, Debug)]
pub struct MemberRole(pub Arc<Role>);

/// A role that a top-level group has made for its hierarchy: a level, and permissions on top. Shown with every membership that has it;
/// listed for owners of the group and administrators.
#[Object]
impl MemberRole {
    /// Global id, `gid://gitlab/MemberRole/1`.
    pub(super) async fn id(&self) -> ID {
        Model::MemberRole.id(self.0.id)
    }

    /// Its name, unique in the top-level group.
    async fn name(&self) -> Option<&str> {
        Some(&self.0.name)
    }

    /// What its makers say about it; null when they say nothing.
    fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The level that it builds on.
    fn base_access_level(&self) -> AccessLevel {
        self.0.base_access_level.into()
    }

    /// What it adds to the level, such as `read_code`, by name.
    async fn permissions(&self) -> Vec<&'static str> {
        let held = PERMISSIONS.into_iter().filter(|name| self.0.permissions.has(name));
        held.collect()
    }

    /// The top-level group that it belongs to; null when you may not see it.
    async fn group(&self, ctx: &Context<'_>) -> Nullable<Group> {
        loaders(ctx).find(self.0.group_id).await.map(Group).or_null()
    }

    /// When it was made.
    fn created_at(&self) -> Time {
        Time::At(self.0.created_at)
    }
}
