//! A group or a project: whatever can have members.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::{GroupId, ProjectId};

/// Which of the two a membership row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i32", db_type = "Integer")]
#[repr(i32)]
pub enum SourceKind {
    /// 1
    #[sea_orm(num_value = 1)]
    Group = 1,
    /// 2
    #[sea_orm(num_value = 2)]
    Project = 2,
}

/// A group or a project by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Source {
    /// A group.
    Group(GroupId),
    /// A project.
    Project(ProjectId),
}

impl Source {
    /// The source of a stored pair.
    pub const fn new(kind: SourceKind, id: i64) -> Self {
        match kind {
            SourceKind::Group => Self::Group(GroupId(id)),
            SourceKind::Project => Self::Project(ProjectId(id)),
        }
    }

    /// Which of the two it is.
    pub const fn kind(self) -> SourceKind {
        match self {
            Self::Group(_) => SourceKind::Group,
            Self::Project(_) => SourceKind::Project,
        }
    }

    /// Its number among its kind.
    pub const fn id(self) -> i64 {
        match self {
            Self::Group(id) => id.0,
            Self::Project(id) => id.0,
        }
    }
}
