//! What a change leaves behind in its own transaction: an audit event, and an entry of the change log.

mod accounts;
mod directory;
mod links;
mod places;
mod roles;
mod tokens;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{EntityTrait as _, Set};
use serde_json::{Map, Value, json};

use super::{Actor, Ctx, Result};
use crate::db::{Change, Touched, WriteTx};
use crate::entity::audit_event;
use crate::types::{
    AccessLevel, AncestorPath, MemberId, MemberRoleId, MemberState, NamespaceId, Source, SourceKind, UserId,
};

pub use accounts::{record_account, record_new_account};
pub use directory::{DirectoryHappening, record_directory};
pub use links::{Link, LinkHappening, record_links};
pub use places::{PlaceField, PlaceHappening, announce_end, place_changes, record_changes, record_places};
pub use roles::{RoleHappening, record_role};
pub use tokens::{TokenAct, record_token};

/// The change log's word for an invitation that was made.
const INVITED: &str = "invitation_created";

/// How many events one statement stores: SQLite takes 32,766 values.
const BATCH: usize = 1_000;

/// Where something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// The group or project.
    pub source: Source,
    /// Its full path.
    pub full_path: String,
    /// The topmost namespace of its hierarchy.
    pub root: NamespaceId,
    /// Numbers from the top down to it; of a project to its namespace.
    pub ancestor_path: AncestorPath,
}

/// What a row gives: the part of it that events tell of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The level.
    pub level: AccessLevel,
    /// The custom role and its name.
    pub role: Option<(MemberRoleId, String)>,
    /// The day on which it ends.
    pub expires_at: Option<NaiveDate>,
}

/// The membership that something happened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The row.
    pub row: MemberId,
    /// The user; none for an invitation.
    pub user: Option<(UserId, String)>,
    /// What the row gives now, or gave last.
    pub grant: Grant,
}

/// What happened to a membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It was made.
    Created,
    /// It was changed; this is what it gave before.
    Updated(Grant),
    /// It was freed from the directory (true), or bound to it again.
    Overridden(bool),
    /// The directory keeps it from now on, and gives what it gave before.
    TakenOver,
    /// It was removed.
    Destroyed,
    /// It was removed because its time was over.
    Expired,
    /// An invitation became a membership.
    Accepted,
    /// An invitation was refused by whoever had its link.
    Declined,
    /// It was a request, which was denied or withdrawn.
    RequestDenied,
    /// An owner let it count, or had it wait.
    StateSet(MemberState),
}

impl Subject {
    const fn is_invitation(&self) -> bool {
        self.user.is_none()
    }
}

impl Grant {
    /// `Default role: Developer`, `Custom role: Auditor`
    fn words(&self) -> String {
        match &self.role {
            Some((_, name)) => format!("Custom role: {name}"),
            None => format!("Default role: {}", self.level.label()),
        }
    }
}

impl Happening {
    const fn event_name(&self) -> &'static str {
        match self {
            Self::Created | Self::Accepted => "member_created",
            Self::Updated(_) | Self::Overridden(_) | Self::TakenOver => "member_updated",
            Self::Destroyed | Self::Expired | Self::Declined | Self::RequestDenied => "member_destroyed",
            Self::StateSet(_) => "change_membership_state",
        }
    }

    fn message(&self, grant: &Grant) -> String {
        match (self, grant.expires_at) {
            (Self::Created | Self::Accepted, _) => "Membership created".to_owned(),
            (Self::Updated(_) | Self::Overridden(_) | Self::TakenOver, _) => "Membership updated".to_owned(),
            (Self::Expired, Some(day)) => format!("Membership expired on {day}"),
            (Self::Destroyed | Self::Expired | Self::Declined | Self::RequestDenied, _) => {
                "Membership destroyed".to_owned()
            }
            (Self::StateSet(state), _) => format!("Changed the membership state to {}", state.as_str()),
        }
    }

    /// The word for an invitation, which has no user to be named by.
    const fn invitation_words(&self) -> &'static str {
        match self {
            Self::Created | Self::Accepted => "Created Member",
            Self::Updated(_) | Self::Overridden(_) | Self::TakenOver | Self::StateSet(_) => "Updated Member",
            Self::Destroyed | Self::Expired | Self::Declined | Self::RequestDenied => "Deleted Member",
        }
    }

    fn details(&self, grant: &Grant) -> Value {
        let words = grant.words();
        match self {
            Self::Created | Self::Accepted => json!({"add": "user_access", "as": words}),
            Self::Updated(before) => json!({
                "change": "access_level", "from": before.words(), "to": words,
                "expiry_from": before.expires_at, "expiry_to": grant.expires_at, "as": words,
            }),
            Self::Overridden(now) => json!({"change": "override", "from": !now, "to": now, "as": words}),
            Self::TakenOver => json!({"change": "ldap", "from": false, "to": true, "as": words}),
            Self::Destroyed | Self::Declined | Self::RequestDenied => json!({"remove": "user_access", "as": words}),
            Self::Expired => json!({
                "remove": "user_access", "as": words, "system_event": true,
                "reason": grant.expires_at.map(|day| format!("access expired on {day}")),
            }),
            Self::StateSet(_) => json!({}),
        }
    }

    /// The word of the change log.
    const fn kind(&self, subject: &Subject) -> &'static str {
        match (self, subject.is_invitation()) {
            (Self::Created, false) => "member_added",
            (Self::Created, true) => INVITED,
            (Self::StateSet(MemberState::Active), _) => "member_approved",
            (Self::Updated(_) | Self::TakenOver | Self::StateSet(MemberState::Awaiting), false) => "member_updated",
            (Self::Updated(_) | Self::TakenOver | Self::StateSet(MemberState::Awaiting), true) => "invitation_updated",
            (Self::Overridden(_), _) => "member_overridden",
            (Self::Destroyed, false) => "member_removed",
            (Self::Expired, false) => "member_expired",
            (Self::Destroyed | Self::Expired, true) => "invitation_revoked",
            (Self::Accepted, _) => "invitation_accepted",
            (Self::Declined, _) => "invitation_declined",
            (Self::RequestDenied, _) => "access_request_denied",
        }
    }

    fn levels(&self, grant: &Grant) -> Value {
        let level = grant.level.number();
        match self {
            Self::Created | Self::Accepted => json!({"access_level_before": null, "access_level_after": level}),
            Self::Updated(before) => json!({"access_level_before": before.level.number(), "access_level_after": level}),
            Self::Overridden(_) | Self::TakenOver | Self::StateSet(_) => {
                json!({"access_level_before": level, "access_level_after": level})
            }
            Self::Destroyed | Self::Expired | Self::Declined => {
                json!({"access_level_before": level, "access_level_after": null})
            }
            Self::RequestDenied => no_levels(),
        }
    }
}

/// Writes an audit event for each row, in one statement for up to a thousand.
pub async fn audit(ctx: &Ctx, tx: &WriteTx, happening: &Happening, rows: &[(Scene, Subject)]) -> Result<()> {
    let event = |(scene, subject): &(Scene, Subject)| event(ctx, tx, happening, scene, subject);
    store(tx, rows.iter().map(event).collect()).await
}

async fn store(tx: &WriteTx, mut events: Vec<audit_event::ActiveModel>) -> Result<()> {
    while !events.is_empty() {
        let rest = events.split_off(events.len().min(BATCH));
        audit_event::Entity::insert_many(events)
            .exec_without_returning(&tx.conn())
            .await?;
        events = rest;
    }
    Ok(())
}

/// Notes for subscribers what happened to one row; it is numbered when the transaction commits.
pub fn announce(ctx: &Ctx, tx: &WriteTx, happening: &Happening, scene: &Scene, subject: &Subject) {
    let levels = happening.levels(&subject.grant);
    note(ctx, tx, happening.kind(subject), levels, scene, subject);
    // Whoever only asked, or is asked, takes no seat, and the directory's hold on a row makes no difference to one.
    if let (Some((user, _)), false) = (
        &subject.user,
        matches!(happening, Happening::RequestDenied | Happening::Overridden(_)),
    ) {
        let before = if let Happening::Updated(before) = happening {
            before.level
        } else {
            subject.grant.level
        };
        tx.touch(Touched::Member {
            root: scene.root,
            source: scene.source,
            user: *user,
            owner: before.max(subject.grant.level) == AccessLevel::Owner,
        });
    }
}

/// Notes for subscribers that somebody asks for access. Nothing was changed that anybody had, so that no audit event tells of it.
pub fn announce_request(ctx: &Ctx, tx: &WriteTx, scene: &Scene, subject: &Subject) {
    note(ctx, tx, "access_requested", no_levels(), scene, subject);
}

/// A request gives nothing.
fn no_levels() -> Value {
    json!({"access_level_before": null, "access_level_after": null})
}

fn note(ctx: &Ctx, tx: &WriteTx, kind: &'static str, payload: Value, scene: &Scene, subject: &Subject) {
    tx.record(Change {
        root: scene.root,
        kind,
        source: scene.source,
        ancestor_path: scene.ancestor_path.clone(),
        member: Some(subject.row),
        user: subject.user.as_ref().map(|(id, _)| *id),
        actor: ctx.actor.user_id(),
        payload,
    });
}

/// Both, for one row.
pub async fn record(ctx: &Ctx, tx: &WriteTx, happening: &Happening, scene: &Scene, subject: &Subject) -> Result<()> {
    audit(ctx, tx, happening, &[(scene.clone(), subject.clone())]).await?;
    announce(ctx, tx, happening, scene, subject);
    Ok(())
}

/// Both, for rows of one group or project to which different things happened; the events in one statement for up to a thousand.
pub async fn record_each(ctx: &Ctx, tx: &WriteTx, scene: &Scene, happened: &[(Happening, Subject)]) -> Result<()> {
    let event = |(happening, subject): &(Happening, Subject)| event(ctx, tx, happening, scene, subject);
    store(tx, happened.iter().map(event).collect()).await?;
    for (happening, subject) in happened {
        announce(ctx, tx, happening, scene, subject);
    }
    Ok(())
}

/// How many invitations were made in a hierarchy since then, whatever became of them.
pub async fn invited_since(ctx: &Ctx, root: NamespaceId, since: DateTime<Utc>) -> Result<u64> {
    let mut sql = ctx.conn().sql();
    let (root, since) = (sql.bind(root.0), sql.bind(since));
    // The sign keeps the whole log of a hierarchy from being read: what is new is found by its age.
    sql.push(format!(
        "SELECT COUNT(*) FROM change_log c WHERE c.created_at >= {since} AND +c.root_id = {root} AND c.kind = '{INVITED}'"
    ));
    Ok(u64::try_from(sql.number().await?).unwrap_or_default())
}

fn event(ctx: &Ctx, tx: &WriteTx, happening: &Happening, scene: &Scene, subject: &Subject) -> audit_event::ActiveModel {
    let (target_id, target_details) = match &subject.user {
        Some((id, name)) => (Some(id.0), name.as_str()),
        None => (None, happening.invitation_words()),
    };
    let told = Told {
        name: happening.event_name(),
        target: Target {
            kind: "User",
            id: target_id,
            name: target_details,
        },
        message: happening.message(&subject.grant),
        keys: json!({
            "member_id": subject.row,
            "member_role_id": subject.grant.role.as_ref().map(|(id, _)| id),
        }),
        details: happening.details(&subject.grant),
    };
    told.into_event(ctx, tx, scene)
}

/// What an event says beside who did it, and where.
struct Told<'a> {
    name: &'static str,
    target: Target<'a>,
    message: String,
    /// The rows that it is about, by number.
    keys: Value,
    details: Value,
}

/// To whom, or to what, it was done.
struct Target<'a> {
    /// `User`, `Group`, `MemberRole`
    kind: &'static str,
    id: Option<i64>,
    name: &'a str,
}

/// To whose events one belongs.
struct Entity<'a> {
    /// The hierarchy; none of a user.
    root: Option<NamespaceId>,
    /// `Group`, `Project`, `User`
    kind: &'static str,
    id: i64,
    /// The full path, or the user's name in paths.
    path: &'a str,
}

impl<'a> From<&'a Scene> for Entity<'a> {
    fn from(scene: &'a Scene) -> Self {
        Self {
            root: Some(scene.root),
            kind: entity_type(scene.source.kind()),
            id: scene.source.id(),
            path: &scene.full_path,
        }
    }
}

impl Told<'_> {
    fn into_event<'a>(self, ctx: &Ctx, tx: &WriteTx, of: impl Into<Entity<'a>>) -> audit_event::ActiveModel {
        let entity: Entity<'a> = of.into();
        let (author_id, author_name, author_email) = match &ctx.actor {
            Actor::User(caller) => (Some(caller.id), caller.name.as_str(), Some(caller.email.as_str())),
            Actor::System => (None, "(System)", None),
            // Whoever has the link of an invitation may decline it.
            Actor::Anonymous => (None, "An unauthenticated user", None),
        };
        let ip_address = ctx.origin.ip_address.map(|address| address.to_string());
        let common = json!({
            "event_name": self.name,
            "author_name": author_name,
            "author_class": "User",
            "author_email": author_email,
            "target_id": self.target.id,
            "target_type": self.target.kind,
            "target_details": self.target.name,
            "custom_message": self.message,
            "ip_address": ip_address,
            "entity_path": entity.path,
        });
        let mut details = Map::new();
        for part in [common, self.keys, self.details] {
            if let Value::Object(part) = part {
                details.extend(part);
            }
        }
        audit_event::ActiveModel {
            root_id: Set(entity.root),
            entity_type: Set(entity.kind.to_owned()),
            entity_id: Set(entity.id),
            entity_path: Set(entity.path.to_owned()),
            author_id: Set(author_id),
            author_name: Set(author_name.to_owned()),
            event_name: Set(self.name.to_owned()),
            // The column is for users.
            target_id: Set(self.target.id.filter(|_| self.target.kind == "User")),
            door: Set(ctx.origin.door.as_str().to_owned()),
            request_id: Set(Some(ctx.origin.request_id.to_string())),
            ip_address: Set(ip_address),
            details: Set(Value::Object(details)),
            created_at: Set(tx.now()),
            ..Default::default()
        }
    }
}

/// The word for a group or project in audit events.
pub(super) const fn entity_type(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Group => "Group",
        SourceKind::Project => "Project",
    }
}
