//! The slow, obvious evaluator: who belongs where, read off a world file by the definitions of the contract, word by word.
//!
//! It shares no code with the product. Where the product is clever, this walks every row again and again.

mod explanation;
mod lists;
mod relations;
mod seats;
mod shares;
mod totals;
#[cfg(test)]
mod worked_examples;
mod world_file;

use chrono::NaiveDate;

pub(crate) use explanation::{Explanation, Grant};
pub(crate) use lists::Entry;
pub(crate) use relations::{GroupRelation, ProjectRelation};
pub(crate) use seats::{Refusal, SORTS};
pub(crate) use shares::{Of, Shown};
pub(crate) use totals::{Organisation, Totals};
use world_file::{Group, Link, Project, Row, Source, User, WorldFile};

/// Answers about one world, on one day, for any caller.
pub(crate) struct Oracle {
    world: WorldFile,
    today: NaiveDate,
}

/// Whose eyes a list is seen with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller<'a> {
    Anonymous,
    User(&'a str),
}

/// What a caller gets when asking for the members of a group or project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// The list.
    Reads,
    /// 403: a private group, seen only because of a project in it.
    SeesOnly,
    /// 404.
    Nothing,
}

impl Oracle {
    /// Panics on a world that does not hang together.
    pub(crate) fn new(world: &serde_json::Value, today: NaiveDate) -> Self {
        Self {
            world: WorldFile::read(world),
            today,
        }
    }

    pub(crate) fn group_paths(&self) -> Vec<&str> {
        self.world.groups.iter().map(|group| group.path.as_str()).collect()
    }

    pub(crate) fn project_paths(&self) -> Vec<&str> {
        self.world
            .projects
            .iter()
            .map(|project| project.path.as_str())
            .collect()
    }

    /// Users who may call: their tokens are good. Ghosts may not.
    pub(crate) fn callers(&self) -> Vec<&str> {
        self.world
            .users
            .iter()
            .filter(|user| user.state == "active" && (user.human || user.bot))
            .map(|user| user.username.as_str())
            .collect()
    }

    pub(crate) fn usernames(&self) -> Vec<&str> {
        self.world.users.iter().map(|user| user.username.as_str()).collect()
    }

    pub(crate) fn user_id(&self, name: &str) -> i64 {
        self.world.user(name).id
    }

    pub(crate) fn user_ids(&self) -> Vec<i64> {
        self.world.users.iter().map(|user| user.id).collect()
    }

    // Rows and links.

    /// Has a user, is no request, no pending invitation, and has not expired; that of a group's last owner stays although it has.
    fn live(&self, row: &Row) -> bool {
        !row.request && !row.invitation && (self.lasts(row.expires_at) || self.is_of_last_owner(row))
    }

    fn is_of_last_owner(&self, row: &Row) -> bool {
        let Source::Group(group) = &row.source else {
            return false;
        };
        self.is_owner_that_counts(row) && !self.has_lasting_owner(self.world.group(group))
    }

    /// Not looking at when the row ends.
    fn is_owner_that_counts(&self, row: &Row) -> bool {
        let is_member = row.active && !row.request && !row.invitation;
        is_member && row.level == 50 && row.user.as_deref().is_some_and(|name| !self.world.user(name).bot)
    }

    /// Whether an owner that counts is there whose row has not ended: in a subgroup also one from above or through a link.
    fn has_lasting_owner(&self, group: &Group) -> bool {
        let has_owner_row = |group: &Group| {
            let rows = self.rows_on_group(group).into_iter();
            rows.filter(|row| self.is_owner_that_counts(row))
                .any(|row| self.lasts(row.expires_at))
        };
        if !group.path.contains('/') {
            return has_owner_row(group);
        }
        self.chain(group).into_iter().any(|group| {
            let owner_links = self
                .live_links_of_group(group)
                .into_iter()
                .filter(|link| link.level == 50);
            has_owner_row(group) || owner_links.map(|link| self.world.group(&link.with)).any(has_owner_row)
        })
    }

    fn grants(&self, row: &Row) -> bool {
        self.live(row) && row.active && row.level >= 10
    }

    fn lasts(&self, expires_at: Option<NaiveDate>) -> bool {
        expires_at.is_none_or(|day| day > self.today)
    }

    /// The group and all its ancestors, nearest first.
    fn chain(&self, group: &Group) -> Vec<&Group> {
        let mut chain = vec![];
        let mut path = group.path.as_str();
        loop {
            chain.push(self.world.group(path));
            match path.rsplit_once('/') {
                Some((parent, _)) => path = parent,
                None => return chain,
            }
        }
    }

    fn rows_on(&self, source: &Source) -> Vec<&Row> {
        self.world.rows.iter().filter(|row| row.source == *source).collect()
    }

    fn rows_on_group(&self, group: &Group) -> Vec<&Row> {
        self.rows_on(&Source::Group(group.path.clone()))
    }

    fn rows_on_project(&self, project: &Project) -> Vec<&Row> {
        self.rows_on(&Source::Project(project.path.clone()))
    }

    fn live_links(&self, source: &Source) -> Vec<&Link> {
        self.world
            .links
            .iter()
            .filter(|link| link.source == *source && self.lasts(link.expires_at))
            .collect()
    }

    fn live_links_of_group(&self, group: &Group) -> Vec<&Link> {
        self.live_links(&Source::Group(group.path.clone()))
    }

    fn live_links_of_project(&self, project: &Project) -> Vec<&Link> {
        self.live_links(&Source::Project(project.path.clone()))
    }

    // Levels.

    /// G-level: the user's level in a group, 0 when there is none.
    pub(crate) fn group_level(&self, path: &str, user: &str) -> i64 {
        let group = self.world.group(path);
        self.level_of_rows_in_chain(group, user)
            .max(self.level_through_group_links(group, user))
    }

    /// The first line of the G-level.
    fn level_of_rows_in_chain(&self, group: &Group, user: &str) -> i64 {
        let rows = self
            .chain(group)
            .into_iter()
            .flat_map(|group| self.rows_on_group(group));
        let granting = rows.filter(|row| row.is_of(user) && self.grants(row));
        granting.map(|row| row.level).max().unwrap_or(0)
    }

    /// The second line of the G-level: one step, and rows directly on the invited group only.
    fn level_through_group_links(&self, group: &Group, user: &str) -> i64 {
        let mut level = 0;
        for link in self
            .chain(group)
            .into_iter()
            .flat_map(|group| self.live_links_of_group(group))
        {
            for row in self.rows_on_group(self.world.group(&link.with)) {
                if row.is_of(user) && self.grants(row) {
                    level = level.max(row.level.min(link.level));
                }
            }
        }
        level
    }

    /// P-level: the user's level in a project, 0 when there is none.
    pub(crate) fn project_level(&self, path: &str, user: &str) -> i64 {
        let project = self.world.project(path);
        let own = self.level_of_own_row(project, user);
        let of_group = self
            .group_of(project)
            .map_or(0, |group| self.group_level(&group.path, user));
        own.max(of_group).max(self.level_through_project_links(project, user))
    }

    fn level_of_own_row(&self, project: &Project, user: &str) -> i64 {
        let rows = self
            .rows_on_project(project)
            .into_iter()
            .filter(|row| row.is_of(user) && self.grants(row));
        rows.map(|row| row.level).max().unwrap_or(0)
    }

    fn level_through_project_links(&self, project: &Project, user: &str) -> i64 {
        if self.is_locked(project) {
            return 0;
        }
        let levels = self
            .live_links_of_project(project)
            .into_iter()
            .map(|link| self.group_level(&link.with, user).min(link.level));
        levels.max().unwrap_or(0)
    }

    /// None for a personal project.
    fn group_of(&self, project: &Project) -> Option<&Group> {
        self.world.groups.iter().find(|group| group.path == project.namespace)
    }

    /// The lock of the project's own group; those of ancestors do not count.
    fn is_locked(&self, project: &Project) -> bool {
        self.group_of(project).is_some_and(|group| group.share_with_group_lock)
    }

    // Sight.

    fn user(&self, caller: Caller<'_>) -> Option<&User> {
        match caller {
            Caller::Anonymous => None,
            Caller::User(name) => Some(self.world.user(name)),
        }
    }

    pub(crate) fn is_admin(&self, caller: Caller<'_>) -> bool {
        self.user(caller).is_some_and(|user| user.admin)
    }

    fn shows_itself_to(&self, visibility: &str, caller: Caller<'_>) -> bool {
        match visibility {
            "public" => true,
            "internal" => self.user(caller).is_some_and(|user| !user.external),
            _ => false,
        }
    }

    pub(crate) fn sees_group(&self, path: &str, caller: Caller<'_>) -> bool {
        let projects_below = self
            .world
            .projects
            .iter()
            .filter(|project| project.path.starts_with(&format!("{path}/")));
        self.sees_group_itself(path, caller)
            || self.user(caller).is_some_and(|user| {
                projects_below
                    .into_iter()
                    .any(|project| self.project_level(&project.path, &user.username) >= 10)
            })
    }

    /// Not counting that a project in it lets the caller see it.
    fn sees_group_itself(&self, path: &str, caller: Caller<'_>) -> bool {
        self.is_admin(caller)
            || self.shows_itself_to(&self.world.group(path).visibility, caller)
            || self
                .user(caller)
                .is_some_and(|user| self.group_level(path, &user.username) >= 10)
    }

    pub(crate) fn sees_project(&self, path: &str, caller: Caller<'_>) -> bool {
        self.is_admin(caller)
            || self.shows_itself_to(&self.world.project(path).visibility, caller)
            || self
                .user(caller)
                .is_some_and(|user| self.project_level(path, &user.username) >= 10)
    }

    /// What the member lists of a group answer.
    pub(crate) fn sight_of_group(&self, path: &str, caller: Caller<'_>) -> Sight {
        if !self.sees_group(path, caller) {
            Sight::Nothing
        } else if self.world.group(path).visibility != "public" && !self.sees_group_itself(path, caller) {
            Sight::SeesOnly
        } else {
            Sight::Reads
        }
    }

    /// What the member lists of a project answer.
    pub(crate) fn sight_of_project(&self, path: &str, caller: Caller<'_>) -> Sight {
        if self.sees_project(path, caller) {
            Sight::Reads
        } else {
            Sight::Nothing
        }
    }

    /// Belongs to the group, if only minimally: to such a caller all groups it is shared with are open.
    fn is_insider(&self, group: &Group, caller: Caller<'_>) -> bool {
        self.is_admin(caller)
            || self.user(caller).is_some_and(|user| {
                self.group_level(&group.path, &user.username) >= 10 || self.has_minimal_row(group, &user.username)
            })
    }

    fn has_minimal_row(&self, group: &Group, user: &str) -> bool {
        self.rows_on_group(group)
            .into_iter()
            .any(|row| row.is_of(user) && self.live(row) && row.active && row.level == 5)
    }
}
