//! What is left behind when a group or project is made, changed or removed.

use serde_json::{Value, json};

use super::{Scene, Target, Told, store};
use crate::db::{Change, WriteTx};
use crate::domain::{Ctx, Result};
use crate::types::SourceKind;

/// What happened to a group or project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceHappening {
    /// It was made.
    Created,
    /// One of its fields is another.
    Changed {
        /// Which.
        field: PlaceField,
        /// What it held before.
        from: Value,
        /// What it holds now.
        to: Value,
    },
    /// It was removed.
    Destroyed,
}

/// A field whose changes are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceField {
    /// Its own name.
    Name,
    /// The last part of its full path.
    Path,
    /// Who sees it without a role in it.
    Visibility,
    /// Whether access may be asked for.
    RequestAccess,
    /// Whether members of a group's projects may not be added one by one.
    MembershipLock,
    /// Whether links of a group's projects are suspended.
    ShareLock,
    /// Whether links must stay inside the hierarchy.
    PreventSharing,
    /// Domains that members' addresses must have.
    EmailDomains,
}

impl PlaceField {
    const fn column(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Path => "path",
            Self::Visibility => "visibility",
            Self::RequestAccess => "request_access_enabled",
            Self::MembershipLock => "membership_lock",
            Self::ShareLock => "share_with_group_lock",
            Self::PreventSharing => "prevent_sharing_groups_outside_hierarchy",
            Self::EmailDomains => "allowed_email_domains",
        }
    }

    const fn event_name(self, kind: SourceKind) -> &'static str {
        match (self, kind) {
            (Self::Name, SourceKind::Group) => "group_name_updated",
            (Self::Name, SourceKind::Project) => "project_name_updated",
            (Self::Path, SourceKind::Group) => "group_path_updated",
            (Self::Path, SourceKind::Project) => "project_path_updated",
            (Self::Visibility, SourceKind::Group) => "group_visibility_level_updated",
            (Self::Visibility, SourceKind::Project) => "project_visibility_level_updated",
            (Self::RequestAccess, SourceKind::Group) => "group_request_access_enabled_updated",
            (Self::RequestAccess, SourceKind::Project) => "project_request_access_enabled_updated",
            (Self::MembershipLock, _) => "group_membership_lock_updated",
            (Self::ShareLock, _) => "group_share_with_group_lock_updated",
            (Self::PreventSharing, _) => "prevent_sharing_groups_outside_hierarchy_updated",
            (Self::EmailDomains, _) => "allowed_email_domain_updated",
        }
    }
}

impl PlaceHappening {
    const fn event_name(&self, kind: SourceKind) -> &'static str {
        match (self, kind) {
            (Self::Created, SourceKind::Group) => "group_created",
            (Self::Created, SourceKind::Project) => "project_created",
            (Self::Changed { field, .. }, kind) => field.event_name(kind),
            (Self::Destroyed, SourceKind::Group) => DESTROYED_GROUP,
            (Self::Destroyed, SourceKind::Project) => DESTROYED_PROJECT,
        }
    }

    fn message(&self, kind: SourceKind) -> String {
        let (noun, title) = words(kind);
        match self {
            Self::Created => format!("Added {noun}"),
            Self::Changed { field, from, to } => {
                format!("Changed {} from {} to {}", field.column(), said(from), said(to))
            }
            Self::Destroyed => format!("{title} destroyed"),
        }
    }

    fn details(&self, kind: SourceKind) -> Value {
        let (noun, _) = words(kind);
        match self {
            Self::Created => json!({ "add": noun }),
            Self::Changed { field, from, to } => json!({"change": field.column(), "from": from, "to": to}),
            Self::Destroyed => json!({ "remove": noun }),
        }
    }
}

const DESTROYED_GROUP: &str = "group_destroyed";
const DESTROYED_PROJECT: &str = "project_destroyed";

const fn words(kind: SourceKind) -> (&'static str, &'static str) {
    match kind {
        SourceKind::Group => ("group", "Group"),
        SourceKind::Project => ("project", "Project"),
    }
}

fn said(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Writes an audit event for each, in one statement for up to a thousand. No membership changed by it.
pub async fn record_places(ctx: &Ctx, tx: &WriteTx, happened: &[(PlaceHappening, Scene)]) -> Result<()> {
    let event = |(happening, scene): &(PlaceHappening, Scene)| {
        let kind = scene.source.kind();
        let told = Told {
            name: happening.event_name(kind),
            target: Target {
                kind: super::entity_type(kind),
                id: Some(scene.source.id()),
                name: &scene.full_path,
            },
            message: happening.message(kind),
            keys: json!({}),
            details: happening.details(kind),
        };
        told.into_event(ctx, tx, scene)
    };
    store(tx, happened.iter().map(event).collect()).await
}

/// The same for what changed of one group or project.
pub async fn record_changes(ctx: &Ctx, tx: &WriteTx, scene: &Scene, changes: Vec<PlaceHappening>) -> Result<()> {
    let events: Vec<_> = changes.into_iter().map(|change| (change, scene.clone())).collect();
    record_places(ctx, tx, &events).await
}

/// Notes for those who watch a group above that this one, or the project, is gone with everything in it. The hierarchy must still be there.
pub fn announce_end(ctx: &Ctx, tx: &WriteTx, scene: &Scene) {
    tx.record(Change {
        root: scene.root,
        kind: match scene.source.kind() {
            SourceKind::Group => DESTROYED_GROUP,
            SourceKind::Project => DESTROYED_PROJECT,
        },
        source: scene.source,
        ancestor_path: scene.ancestor_path.clone(),
        member: None,
        user: None,
        actor: ctx.actor.user_id(),
        payload: json!({ "full_path": scene.full_path }),
    });
}

/// Those of the fields that hold something else now.
pub fn place_changes(fields: impl IntoIterator<Item = (PlaceField, Value, Value)>) -> Vec<PlaceHappening> {
    fields
        .into_iter()
        .filter(|(_, from, to)| from != to)
        .map(|(field, from, to)| PlaceHappening::Changed { field, from, to })
        .collect()
}
