//! Groups with their roles and directory links, and projects.

use super::Load;
use super::store::insert;
use crate::entity::{ldap_group_link, member_role, namespace, project};
use crate::types::{AccessLevel, GroupId, LdapGroupLinkId, NamespaceKind, Permissions, Visibility, Words, fold};
use crate::world::directory::{Place, parents_first};
use crate::world::error::{Fault, ImportError};
use crate::world::format::{Group, MemberRole, Project};
use crate::world::value::{Name, Text};

pub(super) async fn load(load: &Load<'_>) -> Result<(), ImportError> {
    load_groups(load).await?;
    load_roles(load).await?;
    load_links(load).await?;
    load_projects(load).await
}

/// The row of a namespace with everything switched off and no time set.
pub(super) fn namespace_row(place: Place, name: &str) -> namespace::Model {
    let path = place.full_path.rsplit('/').next().unwrap_or_default().to_owned();
    namespace::Model {
        id: place.id,
        kind: NamespaceKind::Group,
        owner_id: None,
        parent_id: place.parent,
        root_id: place.root,
        ancestor_path: place.ancestor_path,
        path,
        full_path_key: fold(&place.full_path),
        full_path: place.full_path,
        name: name.to_owned(),
        name_key: fold(name),
        full_name: place.full_name,
        description: String::new(),
        visibility: Visibility::Private,
        request_access_enabled: false,
        membership_lock: false,
        share_with_group_lock: false,
        prevent_sharing_groups_outside_hierarchy: false,
        allowed_email_domains: Words::default(),
        exclude_guests: false,
        seat_cap: None,
        saml_provider_id: None,
        ldap_sync_state: "ready".to_owned(),
        ldap_sync_error: None,
        ldap_sync_started_at: None,
        ldap_sync_finished_at: None,
        seq: 0,
        created_at: chrono::DateTime::UNIX_EPOCH,
        updated_at: chrono::DateTime::UNIX_EPOCH,
    }
}

async fn load_groups(load: &Load<'_>) -> Result<(), ImportError> {
    let groups = &load.world.survey.groups;
    let mut rows = Vec::with_capacity(groups.len());
    for index in parents_first(groups) {
        rows.push(group_row(load, &format!("groups[{index}]"), &groups[index])?);
    }
    insert(load.conn(), rows).await?;
    load.stored(groups.len());
    Ok(())
}

fn group_row(load: &Load<'_>, at: &str, group: &Group) -> Result<namespace::Model, Fault> {
    let place = load.names().group(&format!("{at}.path"), &group.path)?.clone();
    if group.saml_provider_id.is_some() && place.parent.is_some() {
        return Err(Fault::at(
            format!("{at}.saml_provider_id"),
            "only a top-level group can have SAML",
        ));
    }
    let (created_at, updated_at) = load.times(group.created_at, group.updated_at);
    let domains = group.settings.allowed_email_domains.iter();
    Ok(namespace::Model {
        description: group.description.0.clone(),
        visibility: group.visibility.0,
        request_access_enabled: group.settings.request_access_enabled,
        membership_lock: group.settings.membership_lock,
        share_with_group_lock: group.settings.share_with_group_lock,
        prevent_sharing_groups_outside_hierarchy: group.settings.prevent_sharing_groups_outside_hierarchy,
        allowed_email_domains: Words(domains.map(|Name(domain)| domain.clone()).collect()),
        exclude_guests: group.seats.exclude_guests,
        seat_cap: group.seats.cap.map(i64::from),
        saml_provider_id: place.saml_provider,
        created_at,
        updated_at,
        ..namespace_row(place, &group.name.0)
    })
}

async fn load_roles(load: &Load<'_>) -> Result<(), ImportError> {
    let mut rows = Vec::new();
    for (index, role) in load.world.survey.roles.iter().enumerate() {
        rows.push(role_row(load, &format!("member_roles[{index}]"), role)?);
    }
    let count = rows.len();
    insert(load.conn(), rows).await?;
    load.stored(count);
    Ok(())
}

fn role_row(load: &Load<'_>, at: &str, role: &MemberRole) -> Result<member_role::Model, Fault> {
    let base = role.base_access_level.0;
    if base == AccessLevel::Owner {
        return Err(Fault::at(
            format!("{at}.base_access_level"),
            "a role cannot be based on 50 (Owner)",
        ));
    }
    let root = load.names().group(&format!("{at}.group"), &role.group)?.id;
    let permissions = Permissions(role.permissions.iter().map(|permission| permission.0.clone()).collect());
    let id = load.names().role_id(&format!("{at}.name"), root, &role.name)?;
    Ok(member_role::Model {
        id,
        group_id: GroupId(root.0),
        name: role.name.0.clone(),
        name_key: fold(&role.name.0),
        description: role.description.as_ref().map(|Text(text)| text.clone()),
        base_access_level: base,
        occupies_seat: permissions.occupy_seat(base),
        permissions,
        created_at: load.times(role.created_at, None).0,
    })
}

async fn load_links(load: &Load<'_>) -> Result<(), ImportError> {
    let mut numbers = load.world.survey.ldap_link_numbers.clone();
    let mut rows = Vec::new();
    for (index, group) in load.world.survey.groups.iter().enumerate() {
        let place = load.names().group(&format!("groups[{index}].path"), &group.path)?;
        for (link_index, link) in group.ldap_links.iter().enumerate() {
            let at = format!("groups[{index}].ldap_links[{link_index}]");
            rows.push(ldap_group_link::Model {
                id: LdapGroupLinkId(numbers.of(link.id, &at)?),
                group_id: GroupId(place.id.0),
                provider: link.provider.0.clone(),
                cn: link.cn.as_ref().map(|Name(cn)| cn.clone()),
                filter: link.filter.as_ref().map(|Name(filter)| filter.clone()),
                access_level: link.access_level.0,
                member_role_id: load.names().role(&at, place.root, link.member_role.as_ref())?,
            });
        }
    }
    insert(load.conn(), rows).await?;
    Ok(())
}

async fn load_projects(load: &Load<'_>) -> Result<(), ImportError> {
    let mut projects = load.rows::<Project>("projects");
    while let Some(batch) = projects.next().await? {
        let count = batch.len();
        let mut rows = Vec::with_capacity(count);
        for (index, project) in batch {
            rows.push(project_row(load, &format!("projects[{index}]"), project)?);
        }
        insert(load.conn(), rows).await?;
        load.stored(count);
    }
    Ok(())
}

fn project_row(load: &Load<'_>, at: &str, project: Project) -> Result<project::Model, Fault> {
    let names = load.names();
    let path_at = format!("{at}.path");
    let id = names.project(&path_at, &project.path)?;
    let namespace = names.namespace_of(&path_at, &project.path.0)?;
    let path = project.path.0.rsplit('/').next().unwrap_or_default();
    let full_path = format!("{}/{path}", namespace.full_path);
    let (created_at, updated_at) = load.times(project.created_at, project.updated_at);
    Ok(project::Model {
        id,
        namespace_id: namespace.id,
        root_id: namespace.root,
        ancestor_path: namespace.ancestor_path,
        path: path.to_owned(),
        full_path_key: fold(&full_path),
        full_path,
        full_name: format!("{} / {}", namespace.full_name, project.name.0),
        name_key: fold(&project.name.0),
        name: project.name.0,
        description: project.description.0,
        visibility: project.visibility.0,
        request_access_enabled: project.settings.request_access_enabled,
        creator_id: names.user_id(&format!("{at}.creator"), project.creator.as_ref())?,
        created_at,
        updated_at,
    })
}
