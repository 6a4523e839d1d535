//! The world file as the evaluator reads it: only what bears on membership, every default filled in.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

pub(super) struct WorldFile {
    pub(super) users: Vec<User>,
    pub(super) groups: Vec<Group>,
    pub(super) projects: Vec<Project>,
    /// Memberships, invitations and access requests; the holders of personal projects too.
    pub(super) rows: Vec<Row>,
    pub(super) links: Vec<Link>,
    pub(super) roles: Vec<Role>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct User {
    pub(super) id: i64,
    pub(super) username: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) public_email: Option<String>,
    pub(super) state: String,
    pub(super) human: bool,
    /// The top-level group that owns the account.
    pub(super) enterprise_group: Option<String>,
    /// None: the moment of the import.
    pub(super) created_at: Option<DateTime<Utc>>,
    pub(super) last_sign_in_at: Option<DateTime<Utc>>,
    pub(super) last_activity_on: Option<NaiveDate>,
    pub(super) admin: bool,
    pub(super) external: bool,
    /// Of a project, of a group, or a service account.
    pub(super) bot: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub(super) struct Group {
    pub(super) id: i64,
    pub(super) path: String,
    pub(super) name: String,
    pub(super) visibility: String,
    pub(super) share_with_group_lock: bool,
    /// Of a top-level group: whether what is in it is shared inside it only.
    pub(super) kept_inside: bool,
    /// Whether a directory decides about its members.
    pub(super) synced: bool,
    /// Of a top-level group: whether guests take no seat.
    pub(super) exclude_guests: bool,
    /// Of a top-level group: its seats at most.
    pub(super) seat_cap: Option<i64>,
}

pub(super) struct Project {
    pub(super) id: i64,
    pub(super) path: String,
    pub(super) name: String,
    /// The path of its group, or the name of the user in whose namespace it lies.
    pub(super) namespace: String,
    pub(super) visibility: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Group(String),
    Project(String),
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    /// None: the holder of a personal project, who has no row in the file.
    pub(super) id: Option<i64>,
    pub(super) source: Source,
    /// None: a pending invitation.
    pub(super) user: Option<String>,
    /// Of a pending invitation.
    pub(super) email: Option<String>,
    pub(super) level: i64,
    pub(super) active: bool,
    pub(super) request: bool,
    pub(super) invitation: bool,
    pub(super) expires_at: Option<NaiveDate>,
    /// None: the moment of the import, later than every time in the file.
    pub(super) created_at: Option<DateTime<Utc>>,
    pub(super) created_by: Option<String>,
    /// The number of a custom role.
    pub(super) role: Option<i64>,
}

impl Row {
    pub(super) fn is_of(&self, user: &str) -> bool {
        self.user.as_deref() == Some(user)
    }
}

/// A custom role of a top-level group.
pub(super) struct Role {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) base_level: i64,
    pub(super) permissions: Vec<String>,
}

pub(super) struct Link {
    /// What is shared.
    pub(super) source: Source,
    /// The group that gets access.
    pub(super) with: String,
    pub(super) level: i64,
    pub(super) expires_at: Option<NaiveDate>,
    pub(super) role: Option<i64>,
}

impl WorldFile {
    pub(super) fn read(file: &Value) -> Self {
        let users: Vec<User> = numbered(&[list(file, "users")]).into_iter().map(user).collect();
        let groups: Vec<Group> = numbered(&[list(file, "groups")]).into_iter().map(group).collect();
        let projects: Vec<Project> = numbered(&[list(file, "projects")]).into_iter().map(project).collect();

        let roles = Roles(numbered(&[list(file, "member_roles")]));
        let files_rows = numbered(&[
            list(file, "members"),
            list(file, "invitations"),
            list(file, "access_requests"),
        ]);
        let holders = projects.iter().filter_map(|project| {
            let holder = users.iter().find(|user| user.username == project.namespace)?;
            Some(holder_row(project, &holder.username))
        });
        let rows = files_rows
            .into_iter()
            .map(|(id, entry)| row(id, entry, &roles))
            .chain(holders)
            .collect();
        let links = list(file, "shares").iter().map(|entry| link(entry, &roles)).collect();
        Self {
            users,
            groups,
            projects,
            rows,
            links,
            roles: roles.0.iter().map(role).collect(),
        }
    }

    pub(super) fn user(&self, name: &str) -> &User {
        self.users
            .iter()
            .find(|user| user.username == name)
            .unwrap_or_else(|| panic!("no user {name}"))
    }

    pub(super) fn group(&self, path: &str) -> &Group {
        self.groups
            .iter()
            .find(|group| group.path == path)
            .unwrap_or_else(|| panic!("no group {path}"))
    }

    pub(super) fn project(&self, path: &str) -> &Project {
        self.projects
            .iter()
            .find(|project| project.path == path)
            .unwrap_or_else(|| panic!("no project {path}"))
    }
}

/// Custom roles with their numbers.
struct Roles<'w>(Vec<(i64, &'w Value)>);

impl Roles<'_> {
    /// The role that `entry` names; roles belong to the top-level group of what they are used in.
    fn named_by(&self, entry: &Value, source: &Source) -> Option<i64> {
        let name = text(entry, "member_role")?;
        let (Source::Group(path) | Source::Project(path)) = source;
        let root = path.split('/').next();
        let role = self
            .0
            .iter()
            .find(|(_, role)| text(role, "name").as_deref() == Some(&name) && text(role, "group").as_deref() == root);
        Some(role.unwrap_or_else(|| panic!("no role {name} in {root:?}")).0)
    }
}

fn user((id, entry): (i64, &Value)) -> User {
    User {
        id,
        username: required(entry, "username"),
        name: required(entry, "name"),
        email: required(entry, "email"),
        public_email: text(entry, "public_email"),
        state: text(entry, "state").unwrap_or_else(|| "active".into()),
        admin: flag(entry, "admin"),
        external: flag(entry, "external"),
        human: text(entry, "user_type").is_none_or(|kind| kind == "human"),
        enterprise_group: text(entry, "enterprise_group"),
        created_at: time(entry, "created_at"),
        last_sign_in_at: time(entry, "last_sign_in_at"),
        last_activity_on: text(entry, "last_activity_on").map(|day| day.parse().expect("a date")),
        bot: matches!(
            entry["user_type"].as_str(),
            Some("project_bot" | "group_bot" | "service_account")
        ),
    }
}

fn group((id, entry): (i64, &Value)) -> Group {
    Group {
        id,
        name: required(entry, "name"),
        path: required(entry, "path"),
        visibility: visibility(entry),
        share_with_group_lock: flag(&entry["settings"], "share_with_group_lock"),
        kept_inside: flag(&entry["settings"], "prevent_sharing_groups_outside_hierarchy"),
        synced: !list(entry, "ldap_links").is_empty(),
        exclude_guests: flag(&entry["seats"], "exclude_guests"),
        seat_cap: entry["seats"]["cap"].as_i64(),
    }
}

fn project((id, entry): (i64, &Value)) -> Project {
    let path = required(entry, "path");
    let (namespace, _) = path.rsplit_once('/').expect("a project lies in a namespace");
    Project {
        id,
        name: required(entry, "name"),
        namespace: namespace.into(),
        visibility: visibility(entry),
        path,
    }
}

fn row(id: i64, entry: &Value, roles: &Roles<'_>) -> Row {
    let source = source(entry);
    Row {
        id: Some(id),
        user: text(entry, "user"),
        email: text(entry, "email"),
        level: entry["access_level"].as_i64().unwrap_or(30),
        active: text(entry, "state").is_none_or(|state| state == "active"),
        request: entry.get("requested_at").is_some(),
        invitation: entry.get("email").is_some(),
        expires_at: date(entry),
        created_at: time(entry, "created_at"),
        created_by: text(entry, "created_by"),
        role: roles.named_by(entry, &source),
        source,
    }
}

fn holder_row(project: &Project, holder: &str) -> Row {
    Row {
        id: None,
        source: Source::Project(project.path.clone()),
        user: Some(holder.into()),
        email: None,
        level: 50,
        active: true,
        request: false,
        invitation: false,
        expires_at: None,
        created_at: None,
        created_by: None,
        role: None,
    }
}

fn role((id, entry): &(i64, &Value)) -> Role {
    Role {
        id: *id,
        name: required(entry, "name"),
        base_level: entry["base_access_level"].as_i64().expect("a role has a base level"),
        permissions: list(entry, "permissions")
            .iter()
            .map(|permission| permission.as_str().expect("a name").to_owned())
            .collect(),
    }
}

fn link(entry: &Value, roles: &Roles<'_>) -> Link {
    let source = source(entry);
    Link {
        with: required(entry, "with"),
        level: entry["access_level"].as_i64().expect("a link has a level"),
        expires_at: date(entry),
        role: roles.named_by(entry, &source),
        source,
    }
}

/// The entries of lists that share their numbers: one without a number gets the next after the highest given.
fn numbered<'w>(lists: &[&'w [Value]]) -> Vec<(i64, &'w Value)> {
    let entries = || lists.iter().flat_map(|list| list.iter());
    let mut last = entries().filter_map(|entry| entry["id"].as_i64()).max().unwrap_or(0);
    let mut number = |entry: &Value| {
        entry["id"].as_i64().unwrap_or_else(|| {
            last += 1;
            last
        })
    };
    entries().map(|entry| (number(entry), entry)).collect()
}

fn source(entry: &Value) -> Source {
    match (text(entry, "group"), text(entry, "project")) {
        (Some(path), None) => Source::Group(path),
        (None, Some(path)) => Source::Project(path),
        _ => panic!("neither group nor project: {entry}"),
    }
}

fn list<'w>(file: &'w Value, key: &str) -> &'w [Value] {
    file[key].as_array().map_or(&[], Vec::as_slice)
}

fn required(entry: &Value, key: &str) -> String {
    text(entry, key).unwrap_or_else(|| panic!("no {key} in {entry}"))
}

fn text(entry: &Value, key: &str) -> Option<String> {
    entry[key].as_str().map(ToOwned::to_owned)
}

fn time(entry: &Value, key: &str) -> Option<DateTime<Utc>> {
    text(entry, key).map(|time| time.parse().expect("a time"))
}

fn visibility(entry: &Value) -> String {
    text(entry, "visibility").unwrap_or_else(|| "private".into())
}

fn flag(entry: &Value, key: &str) -> bool {
    entry[key].as_bool().unwrap_or(false)
}

fn date(entry: &Value) -> Option<NaiveDate> {
    text(entry, "expires_at").map(|day| day.parse().expect("a date"))
}
