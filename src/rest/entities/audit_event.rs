//! Audit events.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Time;
use crate::domain::audit::Event;

/// The number of the author that is no user: the system.
const SYSTEM: i64 = -1;

/// Who changed what.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct AuditEvent {
    id: i64,
    /// The user who did it; -1 is the system.
    author_id: i64,
    /// What it happened in.
    entity_id: i64,
    #[schema(example = "Group")]
    entity_type: String,
    #[schema(example = "member_created")]
    event_name: String,
    /// Who, whom, what: by event.
    #[schema(value_type = Object)]
    details: Value,
    created_at: Time,
}

impl From<Event> for AuditEvent {
    fn from(event: Event) -> Self {
        Self {
            id: event.id.0,
            author_id: event.author_id.map_or(SYSTEM, |author| author.0),
            entity_id: event.entity_id,
            entity_type: event.entity_type,
            event_name: event.event_name,
            details: event.details,
            created_at: event.created_at.into(),
        }
    }
}
