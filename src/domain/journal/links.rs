//! What is left behind when a group or project is shared with a group, or no longer.

use serde_json::{Value, json};

use super::{Grant, Scene, Target, Told, store};
use crate::db::{Change, Touched, WriteTx};
use crate::domain::{Ctx, Result};
use crate::types::{AccessLevel, GroupId, SourceKind};

/// The link that something happened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The name of the group or project that is shared.
    pub source_name: String,
    /// The group that is let in.
    pub invited: GroupId,
    /// Its name.
    pub invited_name: String,
    /// What the link gives at most now, or gave last.
    pub grant: Grant,
}

/// What happened to a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkHappening {
    /// It was made.
    Created,
    /// It was removed.
    Deleted,
    /// It was removed because its time was over.
    Expired,
}

impl LinkHappening {
    const fn event_name(self, kind: SourceKind) -> &'static str {
        match (self, kind) {
            (Self::Created, SourceKind::Group) => "group_share_with_group_link_created",
            (Self::Created, SourceKind::Project) => "project_group_link_created",
            (Self::Deleted | Self::Expired, SourceKind::Group) => "group_share_with_group_link_removed",
            (Self::Deleted | Self::Expired, SourceKind::Project) => "project_group_link_deleted",
        }
    }

    fn message(self, kind: SourceKind, link: &Link) -> String {
        let (invited, shared) = (&link.invited_name, &link.source_name);
        match (self, kind) {
            (Self::Created, SourceKind::Group) => format!("Invited {invited} to the group {shared}"),
            (Self::Created, SourceKind::Project) => "Added project group link".to_owned(),
            (Self::Deleted | Self::Expired, SourceKind::Group) => format!("Removed {invited} from the group {shared}"),
            (Self::Deleted | Self::Expired, SourceKind::Project) => "Removed project group link".to_owned(),
        }
    }

    fn details(self, kind: SourceKind, grant: &Grant) -> Value {
        let access = match kind {
            SourceKind::Group => "group_access",
            SourceKind::Project => "project_access",
        };
        let words = grant
            .role
            .as_ref()
            .map_or_else(|| grant.level.label(), |(_, name)| name.as_str());
        match self {
            Self::Created => json!({"add": access, "as": words, "expires_at": grant.expires_at}),
            Self::Deleted => json!({"remove": access, "as": words}),
            Self::Expired => json!({
                "remove": access, "as": words, "system_event": true,
                "reason": grant.expires_at.map(|day| format!("access expired on {day}")),
            }),
        }
    }

    /// The word of the change log.
    const fn kind(self) -> &'static str {
        match self {
            Self::Created => "share_created",
            Self::Deleted | Self::Expired => "share_deleted",
        }
    }

    fn payload(self, link: &Link) -> Value {
        let level = link.grant.level.number();
        let (before, after) = match self {
            Self::Created => (None, Some(level)),
            Self::Deleted | Self::Expired => (Some(level), None),
        };
        json!({
            "invited_group_id": link.invited,
            "access_level_before": before,
            "access_level_after": after,
        })
    }
}

/// Writes the audit event of each link and notes it for subscribers; the events in one statement for up to a thousand.
pub async fn record_links(ctx: &Ctx, tx: &WriteTx, happening: LinkHappening, links: &[(Scene, Link)]) -> Result<()> {
    let event = |(scene, link): &(Scene, Link)| {
        let kind = scene.source.kind();
        let told = Told {
            name: happening.event_name(kind),
            target: Target {
                kind: "Group",
                id: Some(link.invited.0),
                name: &link.invited_name,
            },
            message: happening.message(kind, link),
            keys: json!({"member_role_id": link.grant.role.as_ref().map(|(id, _)| id)}),
            details: happening.details(kind, &link.grant),
        };
        told.into_event(ctx, tx, scene)
    };
    store(tx, links.iter().map(event).collect()).await?;
    for (scene, link) in links {
        tx.touch(Touched::Link {
            root: scene.root,
            invited: link.invited,
            owner: link.grant.level == AccessLevel::Owner,
        });
        tx.record(Change {
            root: scene.root,
            kind: happening.kind(),
            source: scene.source,
            ancestor_path: scene.ancestor_path.clone(),
            member: None,
            user: None,
            actor: ctx.actor.user_id(),
            payload: happening.payload(link),
        });
    }
    Ok(())
}
