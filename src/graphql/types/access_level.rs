//! How much somebody may do somewhere.

use std::sync::Arc;

use async_graphql::{Enum, Object};

use super::MemberRole;
use crate::domain::members::Role;
use crate::types;

/// The access levels, lowest first, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AccessLevelEnum {
    /// 0: no access.
    NoAccess,
    /// 5: listed in a top-level group, opens nothing.
    MinimalAccess,
    /// 10: guest.
    Guest,
    /// 15: planner.
    Planner,
    /// 20: reporter.
    Reporter,
    /// 30: developer.
    Developer,
    /// 40: maintainer.
    Maintainer,
    /// 50: owner.
    Owner,
    /// 60: administrators. No membership has it; as a filter it finds nobody.
    Admin,
}

/// The access levels that a membership can be given, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MemberAccessLevel {
    /// 5: listed in a top-level group, opens nothing; only there.
    MinimalAccess,
    /// 10: guest.
    Guest,
    /// 15: planner. Given by owners and planners only.
    Planner,
    /// 20: reporter.
    Reporter,
    /// 30: developer.
    Developer,
    /// 40: maintainer.
    Maintainer,
    /// 50: owner. In a project given by its owners only.
    Owner,
}

impl From<MemberAccessLevel> for types::AccessLevel {
    fn from(level: MemberAccessLevel) -> Self {
        match level {
            MemberAccessLevel::MinimalAccess => Self::MinimalAccess,
            MemberAccessLevel::Guest => Self::Guest,
            MemberAccessLevel::Planner => Self::Planner,
            MemberAccessLevel::Reporter => Self::Reporter,
            MemberAccessLevel::Developer => Self::Developer,
            MemberAccessLevel::Maintainer => Self::Maintainer,
            MemberAccessLevel::Owner => Self::Owner,
        }
    }
}

impl MemberAccessLevel {
    /// The number of the level.
    pub fn number(self) -> i64 {
        types::AccessLevel::from(self).number().into()
    }
}

impl AccessLevelEnum {
    /// The level that a membership can have; none for administrators.
    pub fn level(self) -> Option<types::AccessLevel> {
        Some(match self {
            Self::NoAccess => types::AccessLevel::NoAccess,
            Self::MinimalAccess => types::AccessLevel::MinimalAccess,
            Self::Guest => types::AccessLevel::Guest,
            Self::Planner => types::AccessLevel::Planner,
            Self::Reporter => types::AccessLevel::Reporter,
            Self::Developer => types::AccessLevel::Developer,
            Self::Maintainer => types::AccessLevel::Maintainer,
            Self::Owner => types::AccessLevel::Owner,
            Self::Admin => return None,
        })
    }
}

impl From<types::AccessLevel> for AccessLevelEnum {
    fn from(level: types::AccessLevel) -> Self {
        match level {
            types::AccessLevel::NoAccess => Self::NoAccess,
            types::AccessLevel::MinimalAccess => Self::MinimalAccess,
            types::AccessLevel::Guest => Self::Guest,
            types::AccessLevel::Planner => Self::Planner,
            types::AccessLevel::Reporter => Self::Reporter,
            types::AccessLevel::Developer => Self::Developer,
            types::AccessLevel::Maintainer => Self::Maintainer,
            types::AccessLevel::Owner => Self::Owner,
        }
    }
}

/// A level, and the custom role that comes with it.
#[derive(Clone, Debug)]
pub struct AccessLevel {
    level: types::AccessLevel,
    role: Option<Arc<Role>>,
}

impl AccessLevel {
    /// A level with the custom role of its membership.
    pub fn with_role(level: types::AccessLevel, role: Option<Role>) -> Self {
        Self {
            level,
            role: role.map(Arc::new),
        }
    }
}

impl From<types::AccessLevel> for AccessLevel {
    fn from(level: types::AccessLevel) -> Self {
        Self { level, role: None }
    }
}

/// How much somebody may do somewhere. Whoever sees the thing it belongs to sees it.
#[Object]
impl AccessLevel {
    /// GitLab's number: 0, 5, 10, 15, 20, 30, 40 or 50.
    async fn integer_value(&self) -> Option<i32> {
        Some(self.level.number())
    }

    /// Its name as a constant.
    async fn string_value(&self) -> Option<AccessLevelEnum> {
        Some(self.level.into())
    }

    /// Its name in English, such as `Developer`; of a custom role the level that it builds on.
    async fn human_access(&self) -> Option<&str> {
        Some(self.level.label())
    }

    /// The custom role that comes with it; null without one.
    fn member_role(&self) -> Option<MemberRole> {
        self.role.clone().map(MemberRole)
    }
}
