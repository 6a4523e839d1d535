//! Member lists: direct, and `members/all` with its choice of one row a user.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::{Caller, Group, Link, Oracle, Project, Row, Sight, Source};

/// One line of a member list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) user_id: i64,
    pub(crate) username: String,
    pub(crate) level: i64,
    /// Of the chosen row; none for the holder of a personal project.
    pub(crate) row_id: Option<i64>,
    /// The full path of the group or project that the chosen row is on.
    pub(crate) source: String,
    pub(crate) active: bool,
    /// None: the moment of the import.
    pub(crate) created_at: Option<DateTime<Utc>>,
    pub(crate) expires_at: Option<NaiveDate>,
    /// As this caller sees it.
    pub(crate) created_by: Option<String>,
    /// The number of a custom role.
    pub(crate) role: Option<i64>,
    /// The contract leaves open which of several rows is shown; user and level are certain, the rest is not.
    pub(crate) row_is_open: bool,
}

/// A row that could stand for its user in a list.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'w> {
    pub(super) row: &'w Row,
    pub(super) level: i64,
    pub(super) role: Option<i64>,
    /// The group through whose share the row comes.
    pub(super) through: Option<&'w str>,
}

impl<'w> Candidate<'w> {
    pub(super) fn own(row: &'w Row) -> Self {
        Self {
            row,
            level: row.level,
            role: row.role,
            through: None,
        }
    }

    /// A row of an invited group, no higher than the link. The role goes with whichever of the two sets the level.
    pub(super) fn shared(row: &'w Row, link: &'w Link) -> Self {
        let role = match row.level.cmp(&link.level) {
            Ordering::Less => row.role,
            Ordering::Greater => link.role,
            Ordering::Equal => link.role.and(row.role),
        };
        Self {
            row,
            level: row.level.min(link.level),
            role,
            through: Some(&link.with),
        }
    }

    pub(super) fn user(&self) -> &'w str {
        self.row.user.as_deref().expect("a live row has a user")
    }
}

impl Oracle {
    /// `GET /groups/:id/members`, whole and in order; what the caller gets instead of it where there is none.
    pub(crate) fn group_members(&self, path: &str, caller: Caller<'_>) -> Result<Vec<Entry>, Sight> {
        readable(self.sight_of_group(path, caller))?;
        Ok(self.direct(&Source::Group(path.into())))
    }

    /// `GET /projects/:id/members`. The holder of a personal project comes first.
    pub(crate) fn project_members(&self, path: &str, caller: Caller<'_>) -> Result<Vec<Entry>, Sight> {
        readable(self.sight_of_project(path, caller))?;
        Ok(self.direct(&Source::Project(path.into())))
    }

    /// `GET /groups/:id/members/all`.
    pub(crate) fn group_members_all(&self, path: &str, caller: Caller<'_>) -> Result<Vec<Entry>, Sight> {
        readable(self.sight_of_group(path, caller))?;
        let group = self.world.group(path);
        let chosen = self.one_a_user(self.group_candidates(group, caller), group);
        let hides_makers = !self.is_admin(caller) && self.level_in_group(path, caller) < 50;
        Ok(chosen
            .into_iter()
            .map(|candidate| self.entry(&candidate, hides_makers.then_some(caller)))
            .collect())
    }

    /// `GET /projects/:id/members/all`.
    pub(crate) fn project_members_all(&self, path: &str, caller: Caller<'_>) -> Result<Vec<Entry>, Sight> {
        readable(self.sight_of_project(path, caller))?;
        let project = self.world.project(path);
        let hides_makers = !self.is_admin(caller) && self.level_in_project(path, caller) < 50;

        let mut by_user: BTreeMap<i64, Entry> = BTreeMap::new();
        for through_links in grouped(self.project_link_candidates(project, caller)) {
            let shown = best(through_links.clone(), None);
            let mut entry = self.entry(&shown, hides_makers.then_some(caller));
            entry.row_is_open = through_links.iter().any(|other| other.row.id != shown.row.id);
            entry.role = None;
            entry.level = match self.project_level(path, shown.user()) {
                0 if self.is_locked(project) => 0,
                0 => shown.row.level,
                level => level,
            };
            by_user.insert(entry.user_id, entry);
        }
        let own_rows = self
            .live_rows(&Source::Project(path.into()))
            .into_iter()
            .map(Candidate::own);
        for candidate in self.group_list_for_project(project, caller).into_iter().chain(own_rows) {
            let mut entry = self.entry(&candidate, hides_makers.then_some(caller));
            entry.level = match self.project_level(path, candidate.user()) {
                0 => candidate.row.level,
                level => level,
            };
            by_user.insert(entry.user_id, entry);
        }
        Ok(by_user.into_values().collect())
    }

    pub(super) fn level_in_group(&self, path: &str, caller: Caller<'_>) -> i64 {
        self.user(caller)
            .map_or(0, |user| self.group_level(path, &user.username))
    }

    pub(super) fn level_in_project(&self, path: &str, caller: Caller<'_>) -> i64 {
        self.user(caller)
            .map_or(0, |user| self.project_level(path, &user.username))
    }

    fn direct(&self, source: &Source) -> Vec<Entry> {
        let mut rows = self.live_rows(source);
        rows.sort_by_key(|row| row.id);
        rows.into_iter()
            .map(|row| self.entry(&Candidate::own(row), None))
            .collect()
    }

    pub(super) fn live_rows(&self, source: &Source) -> Vec<&Row> {
        self.rows_on(source).into_iter().filter(|row| self.live(row)).collect()
    }

    /// The rows that bear on the list of a group, for this caller.
    fn group_candidates<'w>(&'w self, group: &'w Group, caller: Caller<'_>) -> Vec<Candidate<'w>> {
        let mut candidates = self.own_rows_of_chain(group);
        candidates.extend(self.shared_rows_of_chain(group, caller));
        candidates
    }

    /// Live rows on the group and its ancestors; minimal ones only where the group is top-level.
    pub(super) fn own_rows_of_chain<'w>(&'w self, group: &'w Group) -> Vec<Candidate<'w>> {
        let is_top_level = !group.path.contains('/');
        let rows = self
            .chain(group)
            .into_iter()
            .flat_map(|group| self.rows_on_group(group));
        rows.filter(|row| self.live(row) && (row.level >= 10 || is_top_level))
            .map(Candidate::own)
            .collect()
    }

    /// Live rows of the groups that the group or an ancestor is shared with, as far as they are open to the caller.
    pub(super) fn shared_rows_of_chain<'w>(&'w self, group: &'w Group, caller: Caller<'_>) -> Vec<Candidate<'w>> {
        let insider = self.is_insider(group, caller);
        let mut candidates = vec![];
        for link in self
            .chain(group)
            .into_iter()
            .flat_map(|group| self.live_links_of_group(group))
        {
            let invited = self.world.group(&link.with);
            if insider || self.sees_invited(&link.with, caller) {
                let rows = self
                    .rows_on_group(invited)
                    .into_iter()
                    .filter(|row| self.live(row) && row.level >= 10);
                candidates.extend(rows.map(|row| Candidate::shared(row, link)));
            }
        }
        candidates
    }

    /// Of groups that something is shared with, also a minimal row lets the caller see them.
    pub(super) fn sees_invited(&self, path: &str, caller: Caller<'_>) -> bool {
        let has_minimal_row = |user: &str| self.has_minimal_row(self.world.group(path), user);
        self.sees_group(path, caller) || self.user(caller).is_some_and(|user| has_minimal_row(&user.username))
    }

    /// What a project takes from its group: one row a user, minimal ones left out.
    fn group_list_for_project<'w>(&'w self, project: &'w Project, caller: Caller<'_>) -> Vec<Candidate<'w>> {
        let Some(group) = self.group_of(project) else {
            return vec![];
        };
        let mut candidates = self.group_candidates(group, caller);
        candidates.retain(|candidate| candidate.row.level >= 10);
        self.one_a_user(candidates, group)
    }

    /// Rows of the groups that the project is shared with and of their ancestors, as far as they are open to the caller.
    pub(super) fn project_link_candidates<'w>(
        &'w self,
        project: &'w Project,
        caller: Caller<'_>,
    ) -> Vec<Candidate<'w>> {
        let belongs = self.level_in_project(&project.path, caller) >= 10;
        let mut candidates = vec![];
        for link in self.live_links_of_project(project) {
            for group in self.chain(self.world.group(&link.with)) {
                if belongs || self.sees_group(&group.path, caller) {
                    let rows = self
                        .rows_on_group(group)
                        .into_iter()
                        .filter(|row| self.live(row) && row.level >= 10);
                    candidates.extend(rows.map(|row| Candidate::shared(row, link)));
                }
            }
        }
        candidates
    }

    /// The chosen candidate of each user of the group's list, by user id.
    pub(super) fn one_a_user<'w>(&'w self, candidates: Vec<Candidate<'w>>, group: &Group) -> Vec<Candidate<'w>> {
        let here = Source::Group(group.path.clone());
        let mut chosen: Vec<Candidate<'w>> = grouped(candidates)
            .into_iter()
            .map(|rows| best(rows, Some(&here)))
            .collect();
        chosen.sort_by_key(|candidate| self.world.user(candidate.user()).id);
        chosen
    }

    /// `hidden_from`: a caller who learns who made a row that comes through a share only where the invited group is visible.
    pub(super) fn entry(&self, candidate: &Candidate<'_>, hidden_from: Option<Caller<'_>>) -> Entry {
        let row = candidate.row;
        let (Source::Group(source) | Source::Project(source)) = &row.source;
        let maker_is_hidden = match (candidate.through, hidden_from) {
            (Some(invited), Some(caller)) => !self.sees_invited(invited, caller),
            _ => false,
        };
        Entry {
            user_id: self.world.user(candidate.user()).id,
            username: candidate.user().into(),
            level: candidate.level,
            row_id: row.id,
            source: source.clone(),
            active: row.active,
            created_at: row.created_at,
            expires_at: row.expires_at,
            created_by: row.created_by.clone().filter(|_| !maker_is_hidden),
            role: candidate.role,
            row_is_open: false,
        }
    }
}

fn readable(sight: Sight) -> Result<(), Sight> {
    if sight == Sight::Reads { Ok(()) } else { Err(sight) }
}

fn grouped(candidates: Vec<Candidate<'_>>) -> Vec<Vec<Candidate<'_>>> {
    let mut by_user: BTreeMap<&str, Vec<Candidate<'_>>> = BTreeMap::new();
    for candidate in candidates {
        by_user.entry(candidate.user()).or_default().push(candidate);
    }
    by_user.into_values().collect()
}

/// The tie rules, in the order in which the contract gives them. `here`: the group asked about.
pub(super) fn best<'w>(candidates: Vec<Candidate<'w>>, here: Option<&Source>) -> Candidate<'w> {
    let rank = |candidate: &Candidate<'_>| {
        let row = candidate.row;
        (
            Reverse(row.active),
            Reverse(candidate.level),
            Reverse(Some(&row.source) == here),
            (candidate.role.is_none(), candidate.role),
            Reverse((row.expires_at.is_none(), row.expires_at)),
            (row.created_at.is_none(), row.created_at),
            row.id,
        )
    };
    candidates
        .into_iter()
        .min_by_key(rank)
        .expect("a user is listed because of a row")
}
