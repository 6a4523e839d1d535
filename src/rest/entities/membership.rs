//! Where a user is a member, as administrators see it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::users::Place;
use crate::types::SourceKind;

/// A membership of a user.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct Membership {
    #[schema(example = 19)]
    source_id: i64,
    #[schema(example = "CLI")]
    source_name: String,
    /// `Project`, or `Namespace` for a group.
    #[schema(example = "Namespace")]
    source_type: &'static str,
    #[schema(example = 30)]
    access_level: i32,
}

impl From<Place> for Membership {
    fn from(place: Place) -> Self {
        Self {
            source_id: place.source.id(),
            source_name: place.name,
            source_type: match place.source.kind() {
                SourceKind::Group => "Namespace",
                SourceKind::Project => "Project",
            },
            access_level: place.access_level.number(),
        }
    }
}
