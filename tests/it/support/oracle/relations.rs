//! The graph's `relations`: any part of a member list, with the highest level among the chosen parts.

use super::lists::{Candidate, best};
use super::{Caller, Entry, Group, Oracle, Project, Source};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupRelation {
    Direct,
    Inherited,
    Descendants,
    SharedFromGroups,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProjectRelation {
    Direct,
    Inherited,
    Descendants,
    InvitedGroups,
    SharedIntoAncestors,
}

impl GroupRelation {
    pub(crate) const ALL: [Self; 4] = [Self::Direct, Self::Inherited, Self::Descendants, Self::SharedFromGroups];

    /// As the graph spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "DIRECT",
            Self::Inherited => "INHERITED",
            Self::Descendants => "DESCENDANTS",
            Self::SharedFromGroups => "SHARED_FROM_GROUPS",
        }
    }
}

impl ProjectRelation {
    pub(crate) const ALL: [Self; 5] = [
        Self::Direct,
        Self::Inherited,
        Self::Descendants,
        Self::InvitedGroups,
        Self::SharedIntoAncestors,
    ];

    /// As the graph spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "DIRECT",
            Self::Inherited => "INHERITED",
            Self::Descendants => "DESCENDANTS",
            Self::InvitedGroups => "INVITED_GROUPS",
            Self::SharedIntoAncestors => "SHARED_INTO_ANCESTORS",
        }
    }
}

impl Oracle {
    /// `group { groupMembers(relations:) }` by user id; None where the graph answers null.
    pub(crate) fn group_relations(
        &self,
        path: &str,
        caller: Caller<'_>,
        relations: &[GroupRelation],
    ) -> Option<Vec<Entry>> {
        self.user(caller)?;
        self.group_members(path, caller).ok()?;
        let group = self.world.group(path);
        let mut candidates = vec![];
        for relation in GroupRelation::ALL
            .into_iter()
            .filter(|relation| relations.contains(relation))
        {
            candidates.extend(match relation {
                GroupRelation::Direct => self.own_rows(group),
                GroupRelation::Inherited => self.rows_of_ancestors(group),
                GroupRelation::Descendants => self.rows_of_descendants(group),
                GroupRelation::SharedFromGroups => self.shared_rows_of_chain(group, caller),
            });
        }
        Some(
            self.one_a_user(candidates, group)
                .iter()
                .map(|candidate| self.entry(candidate, None))
                .collect(),
        )
    }

    /// `project { projectMembers(relations:) }`: the users with their levels, by user id; None where the graph answers null.
    pub(crate) fn project_relations(
        &self,
        path: &str,
        caller: Caller<'_>,
        relations: &[ProjectRelation],
    ) -> Option<Vec<(String, i64)>> {
        self.user(caller)?;
        self.project_members(path, caller).ok()?;
        let project = self.world.project(path);
        let parts: Vec<Part<'_>> = ProjectRelation::ALL
            .into_iter()
            .filter(|relation| relations.contains(relation))
            .map(|relation| self.part(project, caller, relation))
            .collect();

        let listed = |name: &str| {
            parts
                .iter()
                .any(|part| part.rows.iter().any(|candidate| candidate.user() == name))
        };
        let mut users: Vec<_> = self.world.users.iter().filter(|user| listed(&user.username)).collect();
        users.sort_by_key(|user| user.id);
        Some(
            users
                .into_iter()
                .map(|user| (user.username.clone(), self.level_among(&parts, project, &user.username)))
                .collect(),
        )
    }

    fn part<'w>(&'w self, project: &'w Project, caller: Caller<'_>, relation: ProjectRelation) -> Part<'w> {
        let rows = match (relation, self.group_of(project)) {
            (ProjectRelation::Direct, _) => {
                let source = Source::Project(project.path.clone());
                self.live_rows(&source).into_iter().map(Candidate::own).collect()
            }
            (ProjectRelation::InvitedGroups, _) => self.project_link_candidates(project, caller),
            (ProjectRelation::Inherited, Some(group)) => {
                let mut rows = self.own_rows_of_chain(group);
                rows.retain(|candidate| candidate.level >= 10);
                rows
            }
            (ProjectRelation::SharedIntoAncestors, Some(group)) => self.shared_rows_of_chain(group, caller),
            _ => vec![],
        };
        Part { relation, rows }
    }

    /// The highest level among the parts: what they grant, whether or not the caller sees all of it; where they grant
    /// nothing, the level of the row that is shown.
    fn level_among(&self, parts: &[Part<'_>], project: &Project, user: &str) -> i64 {
        let granted = parts
            .iter()
            .map(|part| self.granted_by(part.relation, project, user))
            .max()
            .unwrap_or(0);
        if granted > 0 {
            return granted;
        }
        let rows_by = |relations: &[ProjectRelation]| -> Vec<Candidate<'_>> {
            let chosen = parts.iter().filter(|part| relations.contains(&part.relation));
            chosen.flat_map(|part| part.rows_of(user)).cloned().collect()
        };
        let group = Source::Group(project.namespace.clone());
        let own = rows_by(&[ProjectRelation::Direct]);
        let of_group = rows_by(&[ProjectRelation::Inherited, ProjectRelation::SharedIntoAncestors]);
        let through_links = rows_by(&[ProjectRelation::InvitedGroups]);
        if !own.is_empty() {
            best(own, None).row.level
        } else if !of_group.is_empty() {
            best(of_group, Some(&group)).row.level
        } else if self.is_locked(project) {
            0
        } else {
            best(through_links, None).row.level
        }
    }

    fn granted_by(&self, relation: ProjectRelation, project: &Project, user: &str) -> i64 {
        match (relation, self.group_of(project)) {
            (ProjectRelation::Direct, _) => self.level_of_own_row(project, user),
            (ProjectRelation::InvitedGroups, _) => self.level_through_project_links(project, user),
            (ProjectRelation::Inherited, Some(group)) => self.level_of_rows_in_chain(group, user),
            (ProjectRelation::SharedIntoAncestors, Some(group)) => self.level_through_group_links(group, user),
            _ => 0,
        }
    }

    fn own_rows<'w>(&'w self, group: &'w Group) -> Vec<Candidate<'w>> {
        let here = Source::Group(group.path.clone());
        let mut rows = self.own_rows_of_chain(group);
        rows.retain(|candidate| candidate.row.source == here);
        rows
    }

    fn rows_of_ancestors<'w>(&'w self, group: &'w Group) -> Vec<Candidate<'w>> {
        let here = Source::Group(group.path.clone());
        let mut rows = self.own_rows_of_chain(group);
        rows.retain(|candidate| candidate.row.source != here);
        rows
    }

    /// Rows of the subgroups.
    fn rows_of_descendants<'w>(&'w self, group: &'w Group) -> Vec<Candidate<'w>> {
        let below = format!("{}/", group.path);
        let subgroups = self.world.groups.iter().filter(|other| other.path.starts_with(&below));
        subgroups.flat_map(|other| self.own_rows(other)).collect()
    }
}

/// What one relation contributes.
struct Part<'w> {
    relation: ProjectRelation,
    rows: Vec<Candidate<'w>>,
}

impl<'w> Part<'w> {
    fn rows_of(&self, user: &str) -> impl Iterator<Item = &Candidate<'w>> {
        self.rows.iter().filter(move |candidate| candidate.user() == user)
    }
}
