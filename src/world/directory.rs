//! Names become numbers: where everything of a surveyed file lies, and what it is called in the database.

use std::collections::HashMap;

use super::error::Fault;
use super::format::{Group, MemberRole};
use super::survey::{Numbers, Survey};
use super::value::Name;
use crate::types::{AncestorPath, GroupId, MemberRoleId, NamespaceId, ProjectId, SourceKind, UserId, fold};

/// How many ancestors a group may have: GitLab's limit, which keeps every list of ancestors short.
const ANCESTORS: usize = 20;

/// A user who has got a number.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: UserId,
    pub(super) username: String,
    pub(super) name: String,
}

/// A namespace, and what follows from where it lies.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) id: NamespaceId,
    pub(super) parent: Option<NamespaceId>,
    pub(super) root: NamespaceId,
    pub(super) ancestor_path: AncestorPath,
    pub(super) full_path: String,
    pub(super) full_name: String,
    /// Of a top-level group with SAML.
    pub(super) saml_provider: Option<i64>,
}

impl Place {
    fn child(&self, id: i64, segment: &str, name: &str) -> Self {
        Self {
            id: NamespaceId(id),
            parent: Some(self.id),
            root: self.root,
            ancestor_path: self.ancestor_path.child(id),
            full_path: format!("{}/{segment}", self.full_path),
            full_name: format!("{} / {name}", self.full_name),
            saml_provider: None,
        }
    }

    fn root(id: NamespaceId, path: &str, name: &str) -> Self {
        Self {
            id,
            parent: None,
            root: id,
            ancestor_path: AncestorPath::root(id.0),
            full_path: path.to_owned(),
            full_name: name.to_owned(),
            saml_provider: None,
        }
    }

    /// The namespace of a person's own projects.
    pub(super) fn personal(person: &Person) -> Self {
        Self::root(NamespaceId::personal(person.id), &person.username, &person.name)
    }
}

/// The source of a membership, an invitation, a request or a share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) kind: SourceKind,
    pub(super) id: i64,
    pub(super) root: NamespaceId,
}

impl Target {
    /// Whether it is a group without a parent.
    pub(super) fn is_root(self) -> bool {
        self.kind == SourceKind::Group && self.id == self.root.0
    }
}

/// Every name of a file.
#[derive(Debug)]
pub(super) struct Directory {
    people: HashMap<String, Person>,
    /// By folded path.
    groups: HashMap<String, Place>,
    projects: HashMap<String, ProjectId>,
    roles: HashMap<(NamespaceId, String), MemberRoleId>,
}

impl Directory {
    /// Numbers everything, and finds a place for every group.
    pub(super) fn of(survey: &mut Survey) -> Result<Self, Fault> {
        let mut directory = Self {
            people: number_people(survey)?,
            groups: HashMap::with_capacity(survey.groups.len()),
            projects: number_projects(survey)?,
            roles: HashMap::with_capacity(survey.roles.len()),
        };
        directory.place_groups(&survey.groups, &mut survey.group_numbers)?;
        directory.number_roles(&survey.roles, &mut survey.role_numbers)?;
        Ok(directory)
    }

    /// The user of a name that the key at `at` gives.
    pub(super) fn user(&self, at: &str, Name(name): &Name) -> Result<&Person, Fault> {
        self.people
            .get(&fold(name))
            .ok_or_else(|| Fault::at(at, format!("no user {name:?}")))
    }

    /// The same, where there may be none.
    pub(super) fn user_id(&self, at: &str, name: Option<&Name>) -> Result<Option<UserId>, Fault> {
        name.map(|name| self.user(at, name).map(|person| person.id)).transpose()
    }

    /// The group of a path.
    pub(super) fn group(&self, at: &str, Name(path): &Name) -> Result<&Place, Fault> {
        self.groups
            .get(&fold(path))
            .ok_or_else(|| Fault::at(at, format!("no group {path:?}")))
    }

    /// The top-level group of a path.
    pub(super) fn top_level_group(&self, at: &str, name: &Name) -> Result<&Place, Fault> {
        let place = self.group(at, name)?;
        if place.parent.is_some() {
            return Err(Fault::at(at, format!("{:?} is not a top-level group", name.0)));
        }
        Ok(place)
    }

    /// The number of a project that the survey has seen.
    pub(super) fn project(&self, at: &str, Name(path): &Name) -> Result<ProjectId, Fault> {
        self.projects
            .get(&fold(path))
            .copied()
            .ok_or_else(|| Fault::at(at, format!("no project {path:?}")))
    }

    /// The group or the project of the row at `at`: it names one of them.
    pub(super) fn target(&self, at: &str, group: Option<&Name>, project: Option<&Name>) -> Result<Target, Fault> {
        match (group, project) {
            (Some(path), None) => {
                let place = self.group(&format!("{at}.group"), path)?;
                Ok(Target {
                    kind: SourceKind::Group,
                    id: place.id.0,
                    root: place.root,
                })
            }
            (None, Some(path)) => {
                let at = format!("{at}.project");
                let id = self.project(&at, path)?;
                Ok(Target {
                    kind: SourceKind::Project,
                    id: id.0,
                    root: self.namespace_of(&at, &path.0)?.root,
                })
            }
            (None, None) => Err(Fault::at(at, "missing key \"group\" or \"project\"")),
            (Some(_), Some(_)) => Err(Fault::at(at, "\"group\" and \"project\" exclude each other")),
        }
    }

    /// The custom role of a name, in the hierarchy that `root` heads.
    pub(super) fn role(&self, at: &str, root: NamespaceId, name: Option<&Name>) -> Result<Option<MemberRoleId>, Fault> {
        name.map(|name| self.role_id(&format!("{at}.member_role"), root, name))
            .transpose()
    }

    pub(super) fn role_id(&self, at: &str, root: NamespaceId, Name(name): &Name) -> Result<MemberRoleId, Fault> {
        self.roles
            .get(&(root, name.clone()))
            .copied()
            .ok_or_else(|| Fault::at(at, format!("no role {name:?} in its top-level group")))
    }

    /// The namespace that a project's path begins with: a group, or a person.
    pub(super) fn namespace_of(&self, at: &str, path: &str) -> Result<Place, Fault> {
        let Some((parent, _)) = path.rsplit_once('/') else {
            return Err(Fault::at(
                at,
                format!("{path:?} lies in no group and in no user's namespace"),
            ));
        };
        let key = fold(parent);
        if let Some(place) = self.groups.get(&key) {
            return Ok(place.clone());
        }
        match self.people.get(&key) {
            Some(person) => Ok(Place::personal(person)),
            None => Err(self.no_parent(at, parent)),
        }
    }

    fn place_groups(&mut self, groups: &[Group], numbers: &mut Numbers) -> Result<(), Fault> {
        let mut ids = Vec::with_capacity(groups.len());
        for (index, group) in groups.iter().enumerate() {
            ids.push(numbers.of(group.id, &format!("groups[{index}]"))?);
        }
        for index in parents_first(groups) {
            let place = self.place_group(&format!("groups[{index}].path"), &groups[index], ids[index])?;
            self.groups.insert(fold(&groups[index].path.0), place);
        }
        Ok(())
    }

    fn place_group(&self, at: &str, group: &Group, id: i64) -> Result<Place, Fault> {
        let path = &group.path.0;
        let Some((parent, segment)) = path.rsplit_once('/') else {
            if self.people.contains_key(&fold(path)) {
                return Err(Fault::at(at, format!("{path:?} is a user's name")));
            }
            return Ok(Place {
                saml_provider: group.saml_provider_id.map(|provider| provider.0),
                ..Place::root(NamespaceId::of_group(GroupId(id)), path, &group.name.0)
            });
        };
        if path.split('/').count() > ANCESTORS + 1 {
            return Err(Fault::at(at, format!("more than {ANCESTORS} groups above it")));
        }
        match self.groups.get(&fold(parent)) {
            Some(place) => Ok(place.child(id, segment, &group.name.0)),
            None if self.people.contains_key(&fold(parent)) => Err(Fault::at(
                at,
                format!("{parent:?} is a user, who can have projects only"),
            )),
            None => Err(self.no_parent(at, parent)),
        }
    }

    fn no_parent(&self, at: &str, parent: &str) -> Fault {
        if self.projects.contains_key(&fold(parent)) {
            Fault::at(
                at,
                format!("{parent:?} is a project, which can hold neither groups nor projects"),
            )
        } else {
            Fault::at(at, format!("no group {parent:?}"))
        }
    }

    fn number_roles(&mut self, roles: &[MemberRole], numbers: &mut Numbers) -> Result<(), Fault> {
        for (index, role) in roles.iter().enumerate() {
            let at = format!("member_roles[{index}]");
            let root = self.top_level_group(&format!("{at}.group"), &role.group)?.id;
            let id = numbers.of(role.id, &at)?;
            let name = role.name.0.clone();
            if self.roles.insert((root, name), MemberRoleId(id)).is_some() {
                return Err(Fault::at(format!("{at}.name"), format!("{:?} is taken", role.name.0)));
            }
        }
        Ok(())
    }
}

/// The order in which every group follows its parent.
pub(super) fn parents_first(groups: &[Group]) -> Vec<usize> {
    let mut order: Vec<_> = (0..groups.len()).collect();
    order.sort_by_key(|&index| groups[index].path.0.matches('/').count());
    order
}

fn number_people(survey: &mut Survey) -> Result<HashMap<String, Person>, Fault> {
    let people = std::mem::take(&mut survey.people);
    let mut numbered = HashMap::with_capacity(people.len());
    for (index, person) in people.into_iter().enumerate() {
        let id = survey.user_numbers.of(person.id, &format!("users[{index}]"))?;
        let key = fold(&person.username);
        let person = Person {
            id: UserId(id),
            username: person.username,
            name: person.name,
        };
        numbered.insert(key, person);
    }
    Ok(numbered)
}

fn number_projects(survey: &mut Survey) -> Result<HashMap<String, ProjectId>, Fault> {
    let projects = std::mem::take(&mut survey.projects);
    let mut numbered = HashMap::with_capacity(projects.len());
    for (index, (key, given)) in projects.into_iter().enumerate() {
        let id = survey.project_numbers.of(given, &format!("projects[{index}]"))?;
        numbered.insert(key, ProjectId(id));
    }
    Ok(numbered)
}
