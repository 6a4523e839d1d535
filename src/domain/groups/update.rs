//! Changing groups: their settings, and their names and paths with all that hangs on these.

use sea_orm::ActiveModelTrait as _;
use sea_orm::ActiveValue::{Set, Unchanged};
use serde_json::json;

use super::settings::{Present, Settings};
use crate::db::WriteTx;
use crate::domain::journal::{self, PlaceField, PlaceHappening, Scene};
use crate::domain::members::facts::{Facts, seen};
use crate::domain::paths::{self, Height};
use crate::domain::policy::{self, Code};
use crate::domain::projects::redirects;
use crate::domain::standing::{self, Group, Name, Standing};
use crate::domain::{Ctx, Error, Fault, Result, Thing};
use crate::entity::namespace;
use crate::types::{NamespaceId, SourceKind, Words, fold};

/// What of a group is to be another; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// Its own name.
    pub name: Option<String>,
    /// The last part of its full path.
    pub path: Option<String>,
    /// The rest.
    pub settings: Settings,
}

/// Changes a group; another name or path is also one of everything below it. Answers it as it now is.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Group)`; `Forbidden` for others than owners; `Faulty` with everything that is wrong.
pub async fn update(ctx: &Ctx, name: &Name, change: &GroupChange) -> Result<Group> {
    let (source, lock) = seen(ctx, SourceKind::Group, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::administer_group(&facts.hand)?;
        let Standing::Group(group) = &facts.standing else {
            return Err(Error::NotFound(Thing::Group));
        };
        let wanted = change.wanted(group);
        let faults = faults(&ctx, group, &wanted).await?;
        if !faults.is_empty() {
            return Err(Error::Faulty(faults));
        }
        store(&ctx, &tx, group, &wanted, facts.scene()).await?;
        standing::group(&ctx, &Name::Id(group.id.0)).await
    })
    .await
}

impl GroupChange {
    /// The group as it is to be.
    fn wanted(&self, group: &Group) -> Group {
        let mut wanted = group.clone();
        let settings = self.settings.clone();
        put(&mut wanted.name, self.name.clone());
        put(&mut wanted.path, self.path.clone());
        put(&mut wanted.description, settings.description);
        put(&mut wanted.visibility, settings.visibility);
        put(&mut wanted.request_access_enabled, settings.request_access_enabled);
        put(&mut wanted.membership_lock, settings.membership_lock);
        put(&mut wanted.share_with_group_lock, settings.share_with_group_lock);
        if group.is_top_level() {
            let kept_inside = settings.prevent_sharing_groups_outside_hierarchy;
            put(&mut wanted.prevent_sharing_groups_outside_hierarchy, kept_inside);
        }
        put(
            &mut wanted.allowed_email_domains,
            settings.allowed_email_domains.as_deref().map(words),
        );
        wanted.full_path = paths::with_last(&group.full_path, &group.path, &wanted.path);
        wanted.full_name = paths::with_last(&group.full_name, &group.name, &wanted.name);
        wanted
    }
}

/// Without blanks around them, and without blank ones.
fn words(given: &[String]) -> Words {
    let words = given.iter().map(|word| word.trim()).filter(|word| !word.is_empty());
    Words(words.map(str::to_owned).collect())
}

fn put<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

async fn faults(ctx: &Ctx, group: &Group, wanted: &Group) -> Result<Vec<Fault>> {
    let present = Present::load(ctx, group.parent_id, Some(group.id), &wanted.name, wanted.visibility).await?;
    let mut faults = Vec::new();
    if wanted.name != group.name {
        faults.extend(paths::name_fault(&wanted.name));
        faults.extend(present.name_taken.then(|| paths::taken("name")));
    }
    if wanted.path != group.path {
        let height = if group.is_top_level() {
            Height::Top
        } else {
            Height::Below
        };
        faults.extend(paths::path_fault("path", &wanted.path, height));
        if paths::is_moved(&group.full_path, &wanted.full_path) && paths::is_taken(ctx, &wanted.full_path).await? {
            faults.push(paths::taken("path"));
        }
    }
    if wanted.visibility != group.visibility {
        faults.extend(present.visibility_faults(wanted.visibility));
    }
    if !group.is_top_level() && wanted.allowed_email_domains != group.allowed_email_domains {
        let text = "are only permitted for top-level groups";
        faults.push(Fault::new("allowed_email_domains", text, Code::Invalid));
    }
    Ok(faults)
}

async fn store(ctx: &Ctx, tx: &WriteTx, group: &Group, wanted: &Group, scene: Scene) -> Result<()> {
    let changes = changes(group, wanted);
    if changes.is_empty() && group.description == wanted.description {
        return Ok(());
    }
    let row = namespace::ActiveModel {
        id: Unchanged(NamespaceId::of_group(group.id)),
        path: Set(wanted.path.clone()),
        full_path: Set(wanted.full_path.clone()),
        full_path_key: Set(fold(&wanted.full_path)),
        name: Set(wanted.name.clone()),
        name_key: Set(fold(&wanted.name)),
        full_name: Set(wanted.full_name.clone()),
        description: Set(wanted.description.clone()),
        visibility: Set(wanted.visibility),
        request_access_enabled: Set(wanted.request_access_enabled),
        membership_lock: Set(wanted.membership_lock),
        share_with_group_lock: Set(wanted.share_with_group_lock),
        prevent_sharing_groups_outside_hierarchy: Set(wanted.prevent_sharing_groups_outside_hierarchy),
        allowed_email_domains: Set(wanted.allowed_email_domains.clone()),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    row.update(&tx.conn()).await.map_err(paths::already_taken)?;
    let is_moved = paths::is_moved(&group.full_path, &wanted.full_path);
    if is_moved {
        redirects::leave_below(tx, &group.ancestor_path).await?;
    }
    if (&group.full_path, &group.full_name) != (&wanted.full_path, &wanted.full_name) {
        rename_below(tx, group, wanted).await?;
    }
    if is_moved {
        redirects::take_over_below(tx, &group.ancestor_path).await?;
    }
    let scene = Scene {
        full_path: wanted.full_path.clone(),
        ..scene
    };
    journal::record_changes(ctx, tx, &scene, changes).await
}

/// Full paths and names of everything below begin with those of the group.
async fn rename_below(tx: &WriteTx, group: &Group, wanted: &Group) -> Result<()> {
    // The group itself is the first of its own range, and changed already.
    for (table, which) in [("namespaces", ">"), ("projects", ">=")] {
        let mut sql = tx.conn().sql();
        let mut begins = |column: &str, before: &str, after: &str| {
            let (before, after) = (sql.bind(format!("{before}x")), sql.bind(after));
            // One character more than what goes, so that what stays begins there.
            format!("{column} = {after} || SUBSTR({column}, LENGTH({before}))")
        };
        let columns = [
            begins("full_path", &group.full_path, &wanted.full_path),
            begins("full_path_key", &fold(&group.full_path), &fold(&wanted.full_path)),
            begins("full_name", &group.full_name, &wanted.full_name),
        ]
        .join(", ");
        let (from, to) = (
            sql.bind(group.ancestor_path.0.clone()),
            sql.bind(group.ancestor_path.end()),
        );
        sql.push(format!(
            "UPDATE {table} SET {columns} WHERE ancestor_path {which} {from} AND ancestor_path < {to}"
        ));
        sql.run().await?;
    }
    Ok(())
}

/// What is to be told of it.
fn changes(group: &Group, wanted: &Group) -> Vec<PlaceHappening> {
    let fields = [
        (PlaceField::Name, json!(group.name), json!(wanted.name)),
        (PlaceField::Path, json!(group.path), json!(wanted.path)),
        (
            PlaceField::Visibility,
            json!(group.visibility.as_str()),
            json!(wanted.visibility.as_str()),
        ),
        (
            PlaceField::RequestAccess,
            json!(group.request_access_enabled),
            json!(wanted.request_access_enabled),
        ),
        (
            PlaceField::MembershipLock,
            json!(group.membership_lock),
            json!(wanted.membership_lock),
        ),
        (
            PlaceField::ShareLock,
            json!(group.share_with_group_lock),
            json!(wanted.share_with_group_lock),
        ),
        (
            PlaceField::PreventSharing,
            json!(group.prevent_sharing_groups_outside_hierarchy),
            json!(wanted.prevent_sharing_groups_outside_hierarchy),
        ),
        (
            PlaceField::EmailDomains,
            json!(group.allowed_email_domains.0),
            json!(wanted.allowed_email_domains.0),
        ),
    ];
    journal::place_changes(fields)
}
