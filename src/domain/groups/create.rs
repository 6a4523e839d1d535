//! Making groups.

use sea_orm::ActiveModelTrait as _;
use sea_orm::ActiveValue::Set;

use super::GROUPS;
use super::settings::{self, Present, Settings};
use crate::db::{Lock, WriteTx};
use crate::domain::journal::{self, PlaceHappening};
use crate::domain::members::facts::{Facts, Whom, seen};
use crate::domain::members::store::{Wanted, create_untold};
use crate::domain::paths::{self, Height};
use crate::domain::standing::{self, Group, Name, Standing};
use crate::domain::{Actor, Ctx, Error, Result, Thing, policy};
use crate::entity::{namespace, seat_ledger};
use crate::types::{
    AccessLevel, AncestorPath, GroupId, NamespaceId, NamespaceKind, Source, SourceKind, SyncState, UserState,
    Visibility, Words, fold,
};

/// A group that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGroup {
    /// Its own name.
    pub name: String,
    /// The last part of its full path.
    pub path: String,
    /// The group that it is to lie in; none for one at the top.
    pub parent: Option<Name>,
    /// The rest; what is not said is as in any new group.
    pub settings: Settings,
}

/// Makes a group, and its maker an owner of it by a row of their own; answers it as its maker sees it.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Group)` for the group above; `Forbidden` for who may not make one there; `Faulty` with everything that is wrong.
pub async fn create(ctx: &Ctx, new: &NewGroup) -> Result<Group> {
    let caller = ctx.require_caller()?;
    let Some(parent) = &new.parent else {
        policy::create_group(caller.admin, caller.external)?;
        return ctx
            .write(Lock::None, |ctx, tx| async move { store(&ctx, &tx, new, None).await })
            .await;
    };
    let (source, lock) = seen(ctx, SourceKind::Group, parent).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::create_subgroup(&facts.hand)?;
        match &facts.standing {
            Standing::Group(parent) => store(&ctx, &tx, new, Some(parent)).await,
            Standing::Project(_) => Err(Error::NotFound(Thing::Group)),
        }
    })
    .await
}

async fn store(ctx: &Ctx, tx: &WriteTx, new: &NewGroup, parent: Option<&Group>) -> Result<Group> {
    let height = if parent.is_some() { Height::Below } else { Height::Top };
    // Whoever makes a group holds the counter, so that two who want one path come one after the other.
    let id = next_number(tx).await?;
    let full_path = joined(parent.map(|parent| &*parent.full_path), "/", &new.path);
    let visibility = new.settings.visibility.unwrap_or(Visibility::Private);
    let present = Present::load(ctx, parent.map(|parent| parent.id), None, &new.name, visibility).await?;
    let mut faults: Vec<_> = paths::name_fault(&new.name).into_iter().collect();
    faults.extend(present.name_taken.then(|| paths::taken("name")));
    faults.extend(paths::path_fault("path", &new.path, height));
    if paths::is_taken(ctx, &full_path).await? {
        faults.push(paths::taken("path"));
    }
    faults.extend(settings::wider_than_parent(
        visibility,
        parent.map(|parent| parent.visibility),
    ));
    if !faults.is_empty() {
        return Err(Error::Faulty(faults));
    }
    let ancestor_path = parent.map_or_else(|| AncestorPath::root(id), |parent| parent.ancestor_path.child(id));
    let root = parent.map_or(NamespaceId(id), |parent| NamespaceId::of_group(parent.root_id));
    let row = namespace::ActiveModel {
        id: Set(NamespaceId(id)),
        kind: Set(NamespaceKind::Group),
        owner_id: Set(None),
        parent_id: Set(parent.map(|parent| NamespaceId::of_group(parent.id))),
        root_id: Set(root),
        ancestor_path: Set(ancestor_path),
        path: Set(new.path.clone()),
        full_path_key: Set(fold(&full_path)),
        full_path: Set(full_path),
        name: Set(new.name.clone()),
        name_key: Set(fold(&new.name)),
        full_name: Set(joined(parent.map(|parent| &*parent.full_name), " / ", &new.name)),
        description: Set(new.settings.description.clone().unwrap_or_default()),
        visibility: Set(visibility),
        request_access_enabled: Set(new.settings.request_access_enabled.unwrap_or(true)),
        membership_lock: Set(new.settings.membership_lock.unwrap_or_default()),
        share_with_group_lock: Set(new.settings.share_with_group_lock.unwrap_or_default()),
        prevent_sharing_groups_outside_hierarchy: Set(false),
        allowed_email_domains: Set(Words::default()),
        exclude_guests: Set(false),
        seat_cap: Set(None),
        saml_provider_id: Set(None),
        ldap_sync_state: Set(SyncState::Ready.as_str().to_owned()),
        ldap_sync_error: Set(None),
        ldap_sync_started_at: Set(None),
        ldap_sync_finished_at: Set(None),
        seq: Set(0),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
    };
    row.insert(&tx.conn()).await.map_err(paths::already_taken)?;
    if parent.is_none() {
        // Nobody has a seat yet, and whoever gets one is counted from now on.
        let ledger = seat_ledger::ActiveModel {
            root_id: Set(NamespaceId(id)),
            complete: Set(true),
        };
        ledger.insert(&tx.conn()).await?;
    }
    own(ctx, tx, GroupId(id)).await?;
    standing::group(ctx, &Name::Id(id)).await
}

/// Makes the maker an owner, who until then may not even see it.
async fn own(ctx: &Ctx, tx: &WriteTx, group: GroupId) -> Result<()> {
    let caller = ctx.require_caller()?;
    let system = ctx.acting_as(Actor::System);
    let facts = Facts::load(&system, Source::Group(group)).await?;
    let person = facts.people(&system, &[Whom::Id(caller.id.0)]).await?.pop();
    // The account may have been shut since the token was looked at.
    let person = person.filter(|person| person.state == UserState::Active);
    let person = person.ok_or(Error::Forbidden(None))?;
    journal::record_places(ctx, tx, &[(PlaceHappening::Created, facts.scene())]).await?;
    let wanted = Wanted {
        level: AccessLevel::Owner,
        role: None,
        expires_at: None,
        invite_source: None,
    };
    create_untold(ctx, tx, &facts, &person, &wanted).await?;
    Ok(())
}

async fn next_number(tx: &WriteTx) -> Result<i64> {
    let mut sql = tx.conn().sql();
    sql.push(format!(
        "UPDATE counters SET value = value + 1 WHERE name = '{GROUPS}' RETURNING value"
    ));
    Ok(sql.number().await?)
}

fn joined(above: Option<&str>, between: &str, own: &str) -> String {
    above.map_or_else(|| own.to_owned(), |above| format!("{above}{between}{own}"))
}
