//! What is left behind when a group is linked with people of a directory, or could not be synchronised with it.

use serde_json::{Value, json};

use super::{Scene, Target, Told, store};
use crate::db::WriteTx;
use crate::domain::ldap::Link;
use crate::domain::{Ctx, Result};
use crate::types::GroupId;

/// What happened between a group and a directory.
#[derive(Clone, Copy, Debug)]
pub enum DirectoryHappening<'a> {
    /// A link was made.
    Linked(&'a Link),
    /// A link was removed.
    Unlinked(&'a Link),
    /// A synchronisation failed.
    Failed {
        /// The group's number.
        group: GroupId,
        /// Its name.
        name: &'a str,
        /// Why.
        reason: &'a str,
    },
}

impl DirectoryHappening<'_> {
    const fn event_name(&self) -> &'static str {
        match self {
            Self::Linked(_) => "ldap_group_link_created",
            Self::Unlinked(_) => "ldap_group_link_deleted",
            Self::Failed { .. } => "ldap_group_sync_failed",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Linked(_) => "LDAP group link created".to_owned(),
            Self::Unlinked(_) => "LDAP group link deleted".to_owned(),
            Self::Failed { name, .. } => format!("LDAP group sync failed for group {name}"),
        }
    }

    fn target(&self) -> Target<'_> {
        match self {
            Self::Linked(link) | Self::Unlinked(link) => Target {
                kind: "LdapGroupLink",
                id: Some(link.id.0),
                name: link.words(),
            },
            Self::Failed { group, name, .. } => Target {
                kind: "Group",
                id: Some(group.0),
                name,
            },
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::Linked(link) => json!({"add": "ldap_group_link", "as": gives(link)}),
            Self::Unlinked(link) => json!({"remove": "ldap_group_link", "as": gives(link)}),
            Self::Failed { reason, .. } => json!({"reason": reason}),
        }
    }

    fn keys(&self) -> Value {
        match self {
            Self::Linked(link) | Self::Unlinked(link) => json!({
                "provider": link.provider, "cn": link.cn, "filter": link.filter,
                "member_role_id": link.role.as_ref().map(|role| role.id),
            }),
            Self::Failed { .. } => json!({}),
        }
    }
}

/// `Developer`, or the name of a custom role.
fn gives(link: &Link) -> &str {
    link.role
        .as_ref()
        .map_or_else(|| link.access_level.label(), |role| role.name.as_str())
}

/// Writes the audit event. Nobody's membership is another by it, so that subscribers hear nothing.
pub async fn record_directory(
    ctx: &Ctx,
    tx: &WriteTx,
    happening: &DirectoryHappening<'_>,
    scene: &Scene,
) -> Result<()> {
    let told = Told {
        name: happening.event_name(),
        target: happening.target(),
        message: happening.message(),
        keys: happening.keys(),
        details: happening.details(),
    };
    store(tx, vec![told.into_event(ctx, tx, scene)]).await
}
