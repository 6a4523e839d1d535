//! Seats: who takes one in a top-level group, by which rows, and what that adds up to.

mod answers;
mod list;
mod memberships;
#[cfg(test)]
mod worked_examples;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::world_file::Role;
use super::{Group, Link, Oracle, Project, Row, User};

pub(crate) use answers::Refusal;
pub(crate) use list::SORTS;

/// How a user comes to take a seat. The first one that applies is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Set {
    Group,
    Project,
    GroupInvite,
    ProjectInvite,
}

impl Set {
    /// `membership_type`
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Group => "group_member",
            Self::Project => "project_member",
            Self::GroupInvite => "group_invite",
            Self::ProjectInvite => "project_invite",
        }
    }

    fn is_direct(self) -> bool {
        matches!(self, Self::Group | Self::Project)
    }
}

/// A row by which its user takes a seat.
#[derive(Clone, Copy)]
pub(super) struct Way<'w> {
    pub(super) row: &'w Row,
    pub(super) set: Set,
    /// Of the link by which the row comes.
    cap: Option<i64>,
}

impl Way<'_> {
    fn level(&self) -> i64 {
        self.cap.map_or(self.row.level, |cap| self.row.level.min(cap))
    }
}

/// A user who takes a seat.
pub(super) struct Seat<'w> {
    pub(super) user: &'w User,
    /// At least one.
    pub(super) ways: Vec<Way<'w>>,
}

impl Seat<'_> {
    fn membership_type(&self) -> Set {
        let sets = self.ways.iter().map(|way| way.set);
        sets.min().expect("a seat is taken by a row")
    }

    fn is_removable(&self) -> bool {
        self.ways.iter().any(|way| way.set.is_direct())
    }

    fn highest_level(&self) -> i64 {
        let levels = self.ways.iter().map(Way::level);
        levels.max().expect("a seat is taken by a row")
    }

    /// A row without a time was made by the import, later than every time in the file.
    fn first_joined(&self) -> (bool, Option<DateTime<Utc>>) {
        let times = self
            .ways
            .iter()
            .map(|way| (way.row.created_at.is_none(), way.row.created_at));
        times.min().expect("a seat is taken by a row")
    }
}

/// What a top-level group pays for, and what waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SeatUsage {
    pub(crate) in_use: usize,
    pub(crate) cap: Option<i64>,
    /// Users with a row that waits.
    pub(crate) awaiting: usize,
    /// Addresses with an invitation that nobody has accepted.
    pub(crate) pending_invitations: usize,
    /// By `membership_type`.
    pub(crate) by_type: BTreeMap<&'static str, usize>,
    /// By the user's highest level.
    pub(crate) by_level: BTreeMap<i64, usize>,
}

impl Oracle {
    pub(crate) fn top_level_groups(&self) -> Vec<&str> {
        let mut paths = self.group_paths();
        paths.retain(|path| !path.contains('/'));
        paths
    }

    /// The numbers of the users who take a seat, ascending.
    pub(crate) fn billable_users(&self, root: &str) -> Vec<i64> {
        self.seats(root).iter().map(|seat| seat.user.id).collect()
    }

    pub(crate) fn seat_usage(&self, root: &str) -> SeatUsage {
        let seats = self.seats(root);
        let waiting = self.rows_in(root).filter(|row| self.live(row) && !row.active);
        // “All pending invitations”: those too whose time is over, until they are tidied away.
        let invited = self.rows_in(root).filter(|row| row.invitation);
        SeatUsage {
            in_use: seats.len(),
            cap: self.world.group(root).seat_cap,
            awaiting: waiting.map(|row| &row.user).collect::<BTreeSet<_>>().len(),
            pending_invitations: invited.map(|row| &row.email).collect::<BTreeSet<_>>().len(),
            by_type: counted(seats.iter().map(|seat| seat.membership_type().name())),
            by_level: counted(seats.iter().map(Seat::highest_level)),
        }
    }

    /// The billable users by number, each once.
    pub(super) fn seats(&self, root: &str) -> Vec<Seat<'_>> {
        let mut ways = self.ways(root);
        ways.retain(|way| way.row.active);
        self.one_seat_a_user(ways)
    }

    /// Those who are not, and would be if what waits were active.
    pub(super) fn waiting_seats(&self, root: &str) -> Vec<Seat<'_>> {
        let billable = self.billable_users(root);
        let mut seats = self.one_seat_a_user(self.ways(root));
        seats.retain(|seat| !billable.contains(&seat.user.id));
        seats
    }

    fn one_seat_a_user<'w>(&'w self, ways: Vec<Way<'w>>) -> Vec<Seat<'w>> {
        let mut by_user: BTreeMap<i64, Seat<'_>> = BTreeMap::new();
        for way in ways {
            let user = self.user_of(way.row);
            let seat = by_user.entry(user.id).or_insert_with(|| Seat { user, ways: vec![] });
            seat.ways.push(way);
        }
        by_user.into_values().collect()
    }

    /// The four sets of the contract, one after the other, with what waits. A row is there once for each link that brings it.
    fn ways(&self, root: &str) -> Vec<Way<'_>> {
        let root = self.world.group(root);
        let own = |set| move |row| Way { row, set, cap: None };
        let mut ways = vec![];
        for group in self.groups_of(root) {
            ways.extend(self.rows_on_group(group).into_iter().map(own(Set::Group)));
            for link in self.live_links_of_group(group) {
                ways.extend(self.invited_by(link, Set::GroupInvite, root));
            }
        }
        for project in self.projects_of(root) {
            ways.extend(self.rows_on_project(project).into_iter().map(own(Set::Project)));
            for link in self.live_links_of_project(project) {
                ways.extend(self.invited_by(link, Set::ProjectInvite, root));
            }
        }
        ways.retain(|way| self.takes_a_seat(way.row, root));
        ways
    }

    /// The rows on the invited group and all its ancestors.
    fn invited_by<'w>(&'w self, link: &Link, set: Set, root: &Group) -> Vec<Way<'w>> {
        if root.exclude_guests && link.level == 10 {
            return vec![];
        }
        let groups = self.chain(self.world.group(&link.with)).into_iter();
        let rows = groups.flat_map(|group| self.rows_on_group(group));
        let cap = Some(link.level);
        rows.map(|row| Way { row, set, cap }).collect()
    }

    /// “A row counts when …”, not looking at whether it waits.
    fn takes_a_seat(&self, row: &Row, root: &Group) -> bool {
        self.live(row) && is_counted(self.user_of(row)) && row.level > 5 && {
            let has_paid_role = self.role_of(row).is_some_and(is_paid_for);
            !root.exclude_guests || row.level > 10 || row.level == 10 && has_paid_role
        }
    }

    fn role_of(&self, row: &Row) -> Option<&Role> {
        self.world.roles.iter().find(|role| Some(role.id) == row.role)
    }

    /// Of a row that is no pending invitation.
    fn user_of(&self, row: &Row) -> &User {
        self.world.user(row.user.as_deref().expect("the row of a user"))
    }

    /// The group and all its descendants.
    fn groups_of(&self, root: &Group) -> impl Iterator<Item = &Group> {
        let below = format!("{}/", root.path);
        let is_in = move |group: &&Group| group.id == root.id || group.path.starts_with(&below);
        self.world.groups.iter().filter(is_in)
    }

    /// Those in the group and all its descendants.
    fn projects_of(&self, root: &Group) -> impl Iterator<Item = &Project> {
        let below = format!("{}/", root.path);
        let is_in = move |project: &&Project| project.path.starts_with(&below);
        self.world.projects.iter().filter(is_in)
    }

    /// Rows of every kind on the groups and projects of the hierarchy.
    fn rows_in(&self, root: &str) -> impl Iterator<Item = &Row> {
        let root = self.world.group(root);
        let groups = self.groups_of(root).flat_map(|group| self.rows_on_group(group));
        let projects = self.projects_of(root).flat_map(|project| self.rows_on_project(project));
        groups.chain(projects)
    }
}

/// “A user counts when …”
fn is_counted(user: &User) -> bool {
    user.state == "active" && user.human
}

/// Whether a role takes a seat where guests do not.
fn is_paid_for(role: &Role) -> bool {
    role.base_level > 10 || role.permissions.iter().any(|permission| permission != "read_code")
}

fn counted<K: Ord>(keys: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}
