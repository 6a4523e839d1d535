//! Audit events: who changed what, for those who may know. They are written by `journal`.

mod find;

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;
use sea_orm::prelude::Json;

use crate::types::{AccessLevel, AuditEventId, GroupId, ProjectId, Source, SourceKind, UserId};

use super::Actor;
use super::members::Of;

pub use find::{by_ids, count, count_everywhere, counts, everywhere, page, pages, single};

/// What one act changed.
#[derive(Clone, Debug, PartialEq, FromQueryResult)]
pub struct Event {
    /// Its number.
    pub id: AuditEventId,
    /// What it belongs to: `Group`, `Project` or `User`.
    pub entity_type: String,
    /// The number of that.
    pub entity_id: i64,
    /// Its full path at that time.
    pub entity_path: String,
    /// Who did it; none for roster itself.
    pub author_id: Option<UserId>,
    /// The name of whoever did it, at that time.
    pub author_name: String,
    /// `member_created`
    pub event_name: String,
    /// The user it was done to.
    pub target_id: Option<i64>,
    /// By which part of the product: `rest`, `graphql`, `cli`, `page`, `system`.
    pub door: String,
    /// The number of the request, as in its log line.
    pub request_id: Option<String>,
    /// The address of whoever sent it.
    pub ip_address: Option<String>,
    /// What REST shows of it.
    pub details: Json,
    /// When it happened.
    pub created_at: DateTime<Utc>,
}

impl Event {
    /// The group or project it belongs to.
    pub fn source(&self) -> Option<Source> {
        match self.entity_type.as_str() {
            "Group" => Some(Source::Group(GroupId(self.entity_id))),
            "Project" => Some(Source::Project(ProjectId(self.entity_id))),
            _ => None,
        }
    }
}

/// What narrows a list of events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only what happened then or later.
    pub created_after: Option<DateTime<Utc>>,
    /// Only what happened then or earlier.
    pub created_before: Option<DateTime<Utc>>,
    /// Only what this user did.
    pub author: Option<i64>,
}

/// Which of the events of the whole instance are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct About {
    /// `Group`, `Project` or `User`.
    pub entity_type: Option<&'static str>,
    /// The number of that.
    pub entity_id: Option<i64>,
}

/// How much of the events of a group or project an actor sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sight {
    /// None.
    Nothing,
    /// What the actor did in person.
    Own(UserId),
    /// All.
    Everything,
}

impl Sight {
    /// Owners see everything, maintainers of a project too; who develops or maintains sees the own acts.
    pub fn of(actor: &Actor, of: Of<'_>) -> Self {
        let (kind, level) = match of {
            Of::Group(group) => (SourceKind::Group, group.level),
            Of::Project(project) => (SourceKind::Project, project.level),
        };
        let sees_everything = match kind {
            SourceKind::Group => AccessLevel::Owner,
            SourceKind::Project => AccessLevel::Maintainer,
        };
        match actor.user_id() {
            _ if actor.is_admin() || level >= sees_everything => Self::Everything,
            Some(user) if level >= AccessLevel::Developer => Self::Own(user),
            _ => Self::Nothing,
        }
    }
}
