//! Numbers become names again: rows of the database as rows of the file.

#![expect(
    clippy::unnecessary_wraps,
    clippy::needless_pass_by_value,
    reason = "every kind of row is shown by a function of one shape"
)]

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::db::Conn;
use crate::entity::{
    group_share, ldap_group_link, member, member_role, namespace, project, project_share, user, user_identity,
};
use crate::types::{GroupId, MemberRoleId, NamespaceKind, ProjectId, SourceKind, UserId};
use crate::world::format::{
    AccessRequest, Group, GroupSettings, Invitation, LdapIdentity, LdapLink, Member, MemberRole, Project,
    ProjectSettings, SamlIdentity, Seats, Share, User,
};
use crate::world::value::{Day, Level, Name, Number, Permission, Text, Time, Word};

/// What rows refer to, by number; and the short lists that users and groups carry, until they are shown.
pub(super) struct Names {
    users: HashMap<UserId, String>,
    groups: HashMap<GroupId, String>,
    projects: HashMap<ProjectId, String>,
    roles: HashMap<MemberRoleId, String>,
    saml_groups: HashMap<i64, GroupId>,
    identities: HashMap<UserId, Vec<user_identity::Model>>,
    ldap_links: HashMap<GroupId, Vec<ldap_group_link::Model>>,
}

impl Names {
    pub(super) async fn read(conn: Conn<'_>) -> Result<Self, DbErr> {
        let users = user::Entity::find().select_only();
        let users = users.column(user::Column::Id).column(user::Column::Username);
        let groups = namespace::Entity::find().select_only();
        let groups = groups
            .column(namespace::Column::Id)
            .column(namespace::Column::FullPath)
            .column(namespace::Column::SamlProviderId)
            .filter(namespace::Column::Kind.eq(NamespaceKind::Group));
        let projects = project::Entity::find().select_only();
        let projects = projects.column(project::Column::Id).column(project::Column::FullPath);
        let roles = member_role::Entity::find().select_only();
        let roles = roles.column(member_role::Column::Id).column(member_role::Column::Name);
        let groups: Vec<(GroupId, String, Option<i64>)> = groups.into_tuple().all(&conn).await?;
        Ok(Self {
            users: users.into_tuple().all(&conn).await?.into_iter().collect(),
            saml_groups: groups
                .iter()
                .filter_map(|(id, _, saml)| Some(((*saml)?, *id)))
                .collect(),
            groups: groups.into_iter().map(|(id, path, _)| (id, path)).collect(),
            projects: projects.into_tuple().all(&conn).await?.into_iter().collect(),
            roles: roles.into_tuple().all(&conn).await?.into_iter().collect(),
            identities: identities(conn).await?,
            ldap_links: ldap_links(conn).await?,
        })
    }

    pub(super) fn user(&mut self, row: user::Model) -> Result<User, DbErr> {
        let (saml_identities, ldap_identity) = self.identities_of(row.id);
        Ok(User {
            id: number(row.id.0),
            username: Name(row.username),
            name: Name(row.name),
            email: Name(row.email),
            public_email: row.public_email.map(Name),
            state: Word(row.state),
            user_type: Word(row.user_type),
            admin: row.admin,
            external: row.external,
            note: row.note.map(Text),
            // Its group may be gone: no foreign key watches this one.
            enterprise_group: row
                .enterprise_group_id
                .and_then(|id| self.groups.get(&id).cloned().map(Name)),
            created_by: self.user_name(row.created_by_id),
            created_at: Some(Time(row.created_at)),
            updated_at: later(row.created_at, row.updated_at),
            last_sign_in_at: row.last_sign_in_at.map(Time),
            last_activity_on: row.last_activity_on.map(Day),
            saml_identities,
            ldap_identity,
            tokens: Vec::new(),
        })
    }

    fn identities_of(&mut self, user: UserId) -> (Vec<SamlIdentity>, Option<LdapIdentity>) {
        let (mut saml, mut ldap) = (Vec::new(), None);
        for row in self.identities.remove(&user).unwrap_or_default() {
            match row.saml_provider_id {
                None => {
                    ldap = Some(LdapIdentity {
                        provider: Name(row.provider),
                        dn: Name(row.extern_uid),
                    });
                }
                Some(provider) => saml.extend(self.saml_groups.get(&provider).map(|group| SamlIdentity {
                    group: Name(self.groups[group].clone()),
                    extern_uid: Name(row.extern_uid),
                })),
            }
        }
        (saml, ldap)
    }

    pub(super) fn group(&mut self, row: namespace::Model) -> Result<Group, DbErr> {
        let links = self.ldap_links.remove(&GroupId(row.id.0)).unwrap_or_default();
        let link = |link: ldap_group_link::Model| LdapLink {
            id: number(link.id.0),
            provider: Name(link.provider),
            cn: link.cn.map(Name),
            filter: link.filter.map(Name),
            access_level: Level(link.access_level),
            member_role: self.role_name(link.member_role_id),
        };
        Ok(Group {
            id: number(row.id.0),
            path: Name(row.full_path),
            name: Name(row.name),
            description: Text(row.description),
            visibility: Word(row.visibility),
            seats: Seats {
                exclude_guests: row.exclude_guests,
                cap: row.seat_cap.map(|cap| u32::try_from(cap).unwrap_or(u32::MAX)),
            },
            settings: GroupSettings {
                request_access_enabled: row.request_access_enabled,
                membership_lock: row.membership_lock,
                share_with_group_lock: row.share_with_group_lock,
                prevent_sharing_groups_outside_hierarchy: row.prevent_sharing_groups_outside_hierarchy,
                allowed_email_domains: row.allowed_email_domains.0.into_iter().map(Name).collect(),
            },
            saml_provider_id: row.saml_provider_id.map(Number),
            created_at: Some(Time(row.created_at)),
            updated_at: later(row.created_at, row.updated_at),
            ldap_links: links.into_iter().map(link).collect(),
        })
    }

    pub(super) fn project(&mut self, row: project::Model) -> Result<Project, DbErr> {
        Ok(Project {
            id: number(row.id.0),
            path: Name(row.full_path),
            name: Name(row.name),
            description: Text(row.description),
            visibility: Word(row.visibility),
            settings: ProjectSettings {
                request_access_enabled: row.request_access_enabled,
            },
            creator: self.user_name(row.creator_id),
            created_at: Some(Time(row.created_at)),
            updated_at: later(row.created_at, row.updated_at),
        })
    }

    pub(super) fn member_role(&mut self, row: member_role::Model) -> Result<MemberRole, DbErr> {
        Ok(MemberRole {
            id: number(row.id.0),
            group: self.group_path(row.group_id)?,
            name: Name(row.name),
            description: row.description.map(Text),
            base_access_level: Level(row.base_access_level),
            permissions: row.permissions.0.into_iter().map(Permission).collect(),
            created_at: Some(Time(row.created_at)),
        })
    }

    pub(super) fn member(&mut self, row: member::Model) -> Result<Member, DbErr> {
        let (group, project) = self.source(&row)?;
        Ok(Member {
            id: number(row.id.0),
            group,
            project,
            user: self.member_name(&row)?,
            access_level: Level(row.access_level),
            member_role: self.role_name(row.member_role_id),
            state: Word(row.state),
            ldap: row.ldap,
            r#override: row.r#override,
            expires_at: row.expires_at.map(Day),
            created_by: self.user_name(row.created_by_id),
            created_at: Some(Time(row.created_at)),
            updated_at: later(row.created_at, row.updated_at),
            invite_email: row.invite_email.map(Name),
            invite_source: row.invite_source.map(Text),
            accepted_at: row.accepted_at.map(Time),
            last_sent_at: row.last_sent_at.map(Time),
            send_count: u16::try_from(row.send_count).unwrap_or(u16::MAX),
        })
    }

    pub(super) fn invitation(&mut self, row: member::Model) -> Result<Invitation, DbErr> {
        let (group, project) = self.source(&row)?;
        let email = row
            .invite_email
            .ok_or_else(|| missing(format_args!("address of invitation {}", row.id)))?;
        Ok(Invitation {
            id: number(row.id.0),
            group,
            project,
            email: Name(email),
            access_level: Level(row.access_level),
            member_role: self.role_name(row.member_role_id),
            state: Word(row.state),
            expires_at: row.expires_at.map(Day),
            created_by: self.user_name(row.created_by_id),
            created_at: Some(Time(row.created_at)),
            updated_at: later(row.created_at, row.updated_at),
            token: None,
            invite_source: row.invite_source.map(Text),
            last_sent_at: row.last_sent_at.map(Time),
            send_count: u16::try_from(row.send_count).unwrap_or(u16::MAX),
            reminders_sent: u16::try_from(row.reminders_sent).unwrap_or(u16::MAX),
        })
    }

    pub(super) fn access_request(&mut self, row: member::Model) -> Result<AccessRequest, DbErr> {
        let (group, project) = self.source(&row)?;
        let requested_at = row.requested_at.unwrap_or(row.created_at);
        Ok(AccessRequest {
            id: number(row.id.0),
            group,
            project,
            user: self.member_name(&row)?,
            requested_at: Some(Time(requested_at)),
            created_at: later(requested_at, row.created_at),
            updated_at: later(row.created_at, row.updated_at),
        })
    }

    pub(super) fn group_share(&mut self, row: group_share::Model) -> Result<Share, DbErr> {
        Ok(Share {
            id: number(row.id.0),
            group: Some(self.group_path(row.shared_group_id)?),
            project: None,
            with: self.group_path(row.invited_group_id)?,
            access_level: Level(row.access_level),
            member_role: self.role_name(row.member_role_id),
            expires_at: row.expires_at.map(Day),
            created_at: Some(Time(row.created_at)),
        })
    }

    pub(super) fn project_share(&mut self, row: project_share::Model) -> Result<Share, DbErr> {
        Ok(Share {
            id: number(row.id.0),
            group: None,
            project: Some(self.project_path(row.project_id)?),
            with: self.group_path(row.invited_group_id)?,
            access_level: Level(row.access_level),
            member_role: self.role_name(row.member_role_id),
            expires_at: row.expires_at.map(Day),
            created_at: Some(Time(row.created_at)),
        })
    }

    /// The group or the project of a row.
    fn source(&self, row: &member::Model) -> Result<(Option<Name>, Option<Name>), DbErr> {
        match row.source_kind {
            SourceKind::Group => Ok((Some(self.group_path(GroupId(row.source_id))?), None)),
            SourceKind::Project => Ok((None, Some(self.project_path(ProjectId(row.source_id))?))),
        }
    }

    fn group_path(&self, id: GroupId) -> Result<Name, DbErr> {
        let path = self.groups.get(&id).cloned();
        path.map(Name).ok_or_else(|| missing(format_args!("group {id}")))
    }

    fn project_path(&self, id: ProjectId) -> Result<Name, DbErr> {
        let path = self.projects.get(&id).cloned();
        path.map(Name).ok_or_else(|| missing(format_args!("project {id}")))
    }

    fn member_name(&self, row: &member::Model) -> Result<Name, DbErr> {
        self.user_name(row.user_id)
            .ok_or_else(|| missing(format_args!("user of row {}", row.id)))
    }

    fn user_name(&self, id: Option<UserId>) -> Option<Name> {
        id.and_then(|id| self.users.get(&id).cloned()).map(Name)
    }

    fn role_name(&self, id: Option<MemberRoleId>) -> Option<Name> {
        id.and_then(|id| self.roles.get(&id).cloned()).map(Name)
    }
}

async fn identities(conn: Conn<'_>) -> Result<HashMap<UserId, Vec<user_identity::Model>>, DbErr> {
    let rows = user_identity::Entity::find().order_by_asc(user_identity::Column::Id);
    let mut by_user: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows.all(&conn).await? {
        by_user.entry(row.user_id).or_default().push(row);
    }
    Ok(by_user)
}

async fn ldap_links(conn: Conn<'_>) -> Result<HashMap<GroupId, Vec<ldap_group_link::Model>>, DbErr> {
    let rows = ldap_group_link::Entity::find().order_by_asc(ldap_group_link::Column::Id);
    let mut by_group: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows.all(&conn).await? {
        by_group.entry(row.group_id).or_default().push(row);
    }
    Ok(by_group)
}

/// A row whose group, project or user is gone: what no foreign key forbids, no write leaves behind.
fn missing(what: std::fmt::Arguments<'_>) -> DbErr {
    DbErr::RecordNotFound(format!("{what} is missing"))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a number is a key that an import may do without"
)]
fn number(id: i64) -> Option<Number> {
    Some(Number(id))
}

/// A time that says more than the one it defaults to.
fn later(default: DateTime<Utc>, time: DateTime<Utc>) -> Option<Time> {
    (time != default).then_some(Time(time))
}
