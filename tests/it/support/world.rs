//! Worlds for tests: a builder that writes the product's own import format, and the fixtures of `tests/worlds/`.
//!
//! Ids and times are fixed. Each kind has a range of its own (users from 1, groups from 1001, projects 2001, roles 3001,
//! rows 4001), so that a number of the wrong kind never happens to fit.

use std::path::Path;

use serde_json::{Map, Value, json};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/worlds");

/// Access levels as the contract numbers them.
pub(crate) mod level {
    pub(crate) const MINIMAL: i64 = 5;
    pub(crate) const GUEST: i64 = 10;
    pub(crate) const PLANNER: i64 = 15;
    pub(crate) const REPORTER: i64 = 20;
    pub(crate) const DEVELOPER: i64 = 30;
    pub(crate) const MAINTAINER: i64 = 40;
    pub(crate) const OWNER: i64 = 50;
}

const FIRST_GROUP: usize = 1001;
const FIRST_PROJECT: usize = 2001;
const FIRST_ROLE: usize = 3001;
const FIRST_ROW: usize = 4001;

/// When everything in a built world was made, unless a row says otherwise.
const MADE_AT: &str = "2026-01-01T00:00:00.000Z";

/// A world file in the making. User 1 is the admin `root`; every user has the token `<name>-api`.
#[derive(Clone, Debug)]
pub(crate) struct World {
    users: Vec<Value>,
    groups: Vec<Value>,
    projects: Vec<Value>,
    roles: Vec<Value>,
    members: Vec<Value>,
    invitations: Vec<Value>,
    access_requests: Vec<Value>,
    shares: Vec<Value>,
}

impl World {
    pub(crate) fn new() -> Self {
        let empty = Self {
            users: vec![],
            groups: vec![],
            projects: vec![],
            roles: vec![],
            members: vec![],
            invitations: vec![],
            access_requests: vec![],
            shares: vec![],
        };
        empty.user("root", |u| {
            u.admin().set(
                "tokens",
                json!([{"token": "root-api", "name": "root-api", "scopes": ["api", "sudo"]}]),
            )
        })
    }

    /// The fixture `tests/worlds/<name>.json`.
    pub(crate) fn fixture(name: &str) -> Value {
        read(&Path::new(FIXTURES).join(name).with_extension("json"))
    }

    /// The world file.
    pub(crate) fn json(&self) -> Value {
        json!({
            "version": 1,
            "users": self.users,
            "groups": self.groups,
            "projects": self.projects,
            "member_roles": self.roles,
            "members": self.members,
            "invitations": self.invitations,
            "access_requests": self.access_requests,
            "shares": self.shares,
        })
    }

    /// A user who is more than a name; one who is not appears with the first mention.
    pub(crate) fn user(mut self, name: &str, describe: impl FnOnce(Item) -> Item) -> Self {
        self.know(name);
        let user = self
            .users
            .iter_mut()
            .find(|user| user["username"] == name)
            .expect("the user was just made");
        *user = describe(Item(std::mem::take(user))).0;
        self
    }

    /// A private group, unless `describe` says otherwise. Its parent comes first.
    pub(crate) fn group(self, path: &str, describe: impl FnOnce(Group) -> Group) -> Self {
        if let Some((parent, _)) = path.rsplit_once('/') {
            assert!(self.has_group(parent), "the group {parent} comes before {path}");
        }
        self.source("group", path, describe)
    }

    /// A private project, unless `describe` says otherwise; personal when the path begins with a user's name.
    pub(crate) fn project(mut self, path: &str, describe: impl FnOnce(Group) -> Group) -> Self {
        let (namespace, _) = path.rsplit_once('/').expect("a project lies in a namespace");
        if !self.has_group(namespace) {
            self.know(namespace);
        }
        self.source("project", path, describe)
    }

    /// A custom role of a top-level group, with one permission.
    pub(crate) fn role(self, group: &str, name: &str, base: i64) -> Self {
        self.role_that(group, name, base, "read_code")
    }

    /// A custom role of a top-level group, with this permission.
    pub(crate) fn role_that(mut self, group: &str, name: &str, base: i64, permission: &str) -> Self {
        self.roles.push(json!({
            "id": FIRST_ROLE + self.roles.len(), "group": group, "name": name,
            "base_access_level": base, "permissions": [permission],
        }));
        self
    }

    fn source(mut self, kind: &'static str, path: &str, describe: impl FnOnce(Group) -> Group) -> Self {
        let name = path.rsplit('/').next().expect("a path has a last part");
        let described = describe(Group {
            own: Item(json!({"path": path, "name": name, "visibility": "private"})),
            members: vec![],
            invitations: vec![],
            access_requests: vec![],
            shares: vec![],
        });
        let (list, first) = match kind {
            "group" => (&mut self.groups, FIRST_GROUP),
            _ => (&mut self.projects, FIRST_PROJECT),
        };
        list.push(described.own.set("id", first + list.len()).0);

        for mut row in described.members.into_iter().chain(described.access_requests) {
            self.know(row["user"].as_str().expect("a row names its user"));
            row[kind] = json!(path);
            let id = self.next_row();
            number(&mut row, id);
            if row.get("requested_at").is_some() {
                self.access_requests.push(row);
            } else {
                self.members.push(row);
            }
        }
        for mut invitation in described.invitations {
            invitation[kind] = json!(path);
            let id = self.next_row();
            number(&mut invitation, id);
            self.invitations.push(invitation);
        }
        for mut share in described.shares {
            share[kind] = json!(path);
            self.shares.push(share);
        }
        self
    }

    fn next_row(&self) -> usize {
        FIRST_ROW + self.members.len() + self.invitations.len() + self.access_requests.len()
    }

    fn has_group(&self, path: &str) -> bool {
        self.groups.iter().any(|group| group["path"] == path)
    }

    fn know(&mut self, name: &str) {
        if self.users.iter().any(|user| user["username"] == name) {
            return;
        }
        let token = format!("{name}-api");
        let full_name = name[..1].to_uppercase() + &name[1..];
        self.users.push(json!({
            "id": 1 + self.users.len(), "username": name, "name": full_name, "email": format!("{name}@example.com"),
            "created_at": MADE_AT, "tokens": [{"token": token, "name": token, "scopes": ["api"]}],
        }));
    }
}

/// All fixtures.
pub(crate) fn fixtures() -> Vec<Value> {
    let files = std::fs::read_dir(FIXTURES).expect("the folder of the fixtures");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

/// A row without a number of its own gets the next.
fn number(row: &mut Value, id: usize) {
    if row.get("id").is_none() {
        row["id"] = json!(id);
    }
}

/// One object of the world file: a user, or a membership row.
#[derive(Clone, Debug)]
pub(crate) struct Item(Value);

impl Item {
    /// Any key of the format.
    pub(crate) fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0[key] = value.into();
        self
    }

    // Users.

    pub(crate) fn admin(self) -> Self {
        self.set("admin", true)
    }

    pub(crate) fn external(self) -> Self {
        self.set("external", true)
    }

    // Rows.

    /// The first day on which the row no longer counts.
    pub(crate) fn until(self, date: &str) -> Self {
        self.set("expires_at", date)
    }

    pub(crate) fn since(self, time: &str) -> Self {
        self.set("created_at", time)
    }

    pub(crate) fn awaiting(self) -> Self {
        self.set("state", "awaiting")
    }

    pub(crate) fn by(self, user: &str) -> Self {
        self.set("created_by", user)
    }

    pub(crate) fn with_role(self, name: &str) -> Self {
        self.set("member_role", name)
    }
}

/// A group or a project in the making, with the rows and links on it.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    own: Item,
    members: Vec<Value>,
    invitations: Vec<Value>,
    access_requests: Vec<Value>,
    shares: Vec<Value>,
}

impl Group {
    pub(crate) fn public(self) -> Self {
        self.set("visibility", "public")
    }

    pub(crate) fn internal(self) -> Self {
        self.set("visibility", "internal")
    }

    /// Any key of the format.
    pub(crate) fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.own = self.own.set(key, value);
        self
    }

    /// One key of a group's `settings`.
    pub(crate) fn setting(mut self, key: &str, value: impl Into<Value>) -> Self {
        let mut settings = self
            .own
            .0
            .get("settings")
            .cloned()
            .unwrap_or_else(|| Value::Object(Map::new()));
        settings[key] = value.into();
        self.own = self.own.set("settings", settings);
        self
    }

    pub(crate) fn guest(self, user: &str) -> Self {
        self.member(user, level::GUEST, |m| m)
    }

    pub(crate) fn reporter(self, user: &str) -> Self {
        self.member(user, level::REPORTER, |m| m)
    }

    pub(crate) fn developer(self, user: &str) -> Self {
        self.member(user, level::DEVELOPER, |m| m)
    }

    pub(crate) fn maintainer(self, user: &str) -> Self {
        self.member(user, level::MAINTAINER, |m| m)
    }

    pub(crate) fn owner(self, user: &str) -> Self {
        self.member(user, level::OWNER, |m| m)
    }

    /// A row that is more than a user and a level.
    pub(crate) fn member(mut self, user: &str, level: i64, describe: impl FnOnce(Item) -> Item) -> Self {
        let row = Item(json!({"user": user, "access_level": level, "created_at": MADE_AT}));
        self.members.push(describe(row).0);
        self
    }

    pub(crate) fn invited(mut self, email: &str, level: i64, describe: impl FnOnce(Item) -> Item) -> Self {
        let row = Item(json!({"email": email, "access_level": level, "created_at": MADE_AT}));
        self.invitations.push(describe(row).0);
        self
    }

    pub(crate) fn requested_by(mut self, user: &str, describe: impl FnOnce(Item) -> Item) -> Self {
        let row = Item(json!({"user": user, "requested_at": MADE_AT}));
        self.access_requests.push(describe(row).0);
        self
    }

    /// Gives the group `with` access here, at most at `level`.
    pub(crate) fn shared_with(self, with: &str, level: i64) -> Self {
        self.share(with, level, |s| s)
    }

    pub(crate) fn share(mut self, with: &str, level: i64, describe: impl FnOnce(Item) -> Item) -> Self {
        self.shares
            .push(describe(Item(json!({"with": with, "access_level": level}))).0);
        self
    }
}
