//! Shares: who may make and end them, and who is shown which of them.

use super::{Caller, Link, Oracle, Source};

/// A group or project by its full path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of<'a> {
    Group(&'a str),
    Project(&'a str),
}

impl<'a> Of<'a> {
    pub(crate) fn path(self) -> &'a str {
        match self {
            Self::Group(path) | Self::Project(path) => path,
        }
    }

    fn source(self) -> Source {
        match self {
            Self::Group(path) => Source::Group(path.to_owned()),
            Self::Project(path) => Source::Project(path.to_owned()),
        }
    }
}

/// A share as the graph shows it: what is shared, with whom, at most at which level.
pub(crate) type Shown = (String, String, i64);

impl Oracle {
    pub(crate) fn sees(&self, of: Of<'_>, caller: Caller<'_>) -> bool {
        match of {
            Of::Group(path) => self.sees_group(path, caller),
            Of::Project(path) => self.sees_project(path, caller),
        }
    }

    /// With which level the caller acts there.
    fn acting_level(&self, of: Of<'_>, caller: &str) -> i64 {
        match of {
            _ if self.is_admin(Caller::User(caller)) => 50,
            Of::Group(path) => self.group_level(path, caller),
            Of::Project(path) => self.project_level(path, caller),
        }
    }

    /// The status that sharing has, in the order of the contract's table.
    pub(crate) fn status_of_sharing(&self, of: Of<'_>, with: &str, caller: &str) -> u16 {
        let level = self.acting_level(of, caller);
        if !self.sees(of, Caller::User(caller)) {
            return 404;
        }
        if let Of::Project(path) = of {
            if level < 40 {
                return 403;
            }
            if self.is_locked(self.world.project(path)) {
                return 400;
            }
        }
        let is_stranger = self.acting_level(Of::Group(with), caller) < 10;
        if level < 50
            || !self.sees_group(with, Caller::User(caller))
            || matches!(of, Of::Project(_)) && is_stranger
            || self.is_kept_inside(of) && root(of.path()) != root(with)
        {
            return 404;
        }
        let lies_in = match of {
            Of::Group(path) => path == with,
            Of::Project(path) => {
                path.starts_with(&format!("{with}/")) && self.group_of(self.world.project(path)).is_some()
            }
        };
        let is_shared = self.live_links(&of.source()).into_iter().any(|link| link.with == with);
        if lies_in || is_shared { 409 } else { 201 }
    }

    /// The status that ending a share has.
    pub(crate) fn status_of_ending(&self, of: Of<'_>, with: &str, caller: &str) -> u16 {
        let level = self.acting_level(of, caller);
        let is_linked = self
            .world
            .links
            .iter()
            .any(|link| link.source == of.source() && link.with == with);
        if !self.sees(of, Caller::User(caller)) {
            return 404;
        }
        match of {
            Of::Project(_) if level < 40 => 403,
            _ if !is_linked => 404,
            Of::Project(_) if level < 50 && self.group_level(with, caller) < 50 => 403,
            Of::Group(_) if level < 50 => 404,
            _ => 204,
        }
    }

    fn is_kept_inside(&self, of: Of<'_>) -> bool {
        let root = root(of.path());
        self.world
            .groups
            .iter()
            .any(|group| group.path == root && group.kept_inside)
    }

    /// The links of the groups above it, nearest first.
    fn links_above(&self, of: Of<'_>) -> Vec<&Link> {
        let above = match of {
            Of::Group(path) => self.chain(self.world.group(path)).split_off(1),
            Of::Project(path) => match self.group_of(self.world.project(path)) {
                Some(group) => self.chain(group),
                None => vec![],
            },
        };
        above
            .into_iter()
            .flat_map(|group| self.live_links_of_group(group))
            .collect()
    }

    /// `GET …/invited_groups`
    pub(crate) fn invited_groups(&self, of: Of<'_>, caller: Caller<'_>, direct: bool, inherited: bool) -> Vec<String> {
        let own = self.live_links(&of.source()).into_iter().filter(|_| direct);
        let above = self.links_above(of).into_iter().filter(|_| inherited);
        let invited: Vec<&str> = own.chain(above).map(|link| link.with.as_str()).collect();
        self.newest_first(|path| invited.contains(&path) && self.sees_group(path, caller))
    }

    /// `GET /groups/:id/groups/shared`, in no order.
    pub(crate) fn groups_open_to(&self, path: &str, caller: Caller<'_>) -> Vec<String> {
        self.newest_first(|other| {
            let links = self.live_links_of_group(self.world.group(other));
            links.iter().any(|link| link.with == path) && self.sees_group(other, caller)
        })
    }

    /// `GET /groups/:id/projects/shared`, in no order.
    pub(crate) fn projects_open_to(&self, path: &str, caller: Caller<'_>) -> Vec<String> {
        let open = |project: &&str| {
            let links = self.live_links_of_project(self.world.project(project));
            links.iter().any(|link| link.with == path) && self.sees_project(project, caller)
        };
        self.project_paths()
            .into_iter()
            .filter(open)
            .map(str::to_owned)
            .collect()
    }

    /// `GET /projects/:id/groups`
    pub(crate) fn groups_around(&self, path: &str, caller: Caller<'_>, with_shared: bool) -> Vec<String> {
        let project = self.world.project(path);
        let links = self.live_links_of_project(project);
        let is_above = |group: &str| self.group_of(project).is_some() && path.starts_with(&format!("{group}/"));
        self.newest_first(|group| {
            let is_shared = with_shared && links.iter().any(|link| link.with == group);
            is_shared || is_above(group) && self.sees_group(group, caller)
        })
    }

    /// `GET /projects/:id/share_locations`
    pub(crate) fn share_locations(&self, path: &str, caller: &str) -> Vec<String> {
        let of = Of::Project(path);
        if self.acting_level(of, caller) < 40 || self.is_locked(self.world.project(path)) {
            return vec![];
        }
        // What is left of the table for an owner.
        self.newest_first(|group| {
            let is_above = self
                .groups_around(path, Caller::User("root"), false)
                .contains(&group.to_owned());
            let is_linked = self.live_links(&of.source()).iter().any(|link| link.with == group);
            let is_outside = self.is_kept_inside(of) && root(path) != root(group);
            !is_above && !is_linked && !is_outside && self.acting_level(Of::Group(group), caller) >= 10
        })
    }

    /// `sharedWithGroups` of the graph, sorted as texts.
    pub(crate) fn shares_of(&self, of: Of<'_>, caller: Caller<'_>, inherited: bool) -> Vec<Shown> {
        let own = self.live_links(&of.source());
        let above = self.links_above(of).into_iter().filter(|_| inherited);
        let seen = own.into_iter().chain(above).filter(|link| self.shows(link, caller));
        sorted(seen.map(shown))
    }

    /// `sharedGroups` and `sharedProjects` of the graph, sorted as texts.
    pub(crate) fn shares_given_to(&self, path: &str, caller: Caller<'_>) -> Vec<Shown> {
        let links = self.world.links.iter().filter(|link| self.lasts(link.expires_at));
        let given = links.filter(|link| link.with == path && self.shows(link, caller));
        sorted(given.map(shown))
    }

    fn shows(&self, link: &Link, caller: Caller<'_>) -> bool {
        let source_seen = match &link.source {
            Source::Group(path) => self.sees_group(path, caller),
            Source::Project(path) => self.sees_project(path, caller),
        };
        source_seen && self.sees_group(&link.with, caller)
    }

    /// Groups are numbered as they stand in the file.
    fn newest_first(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let paths = self.group_paths().into_iter().rev();
        paths.filter(|path| is_wanted(path)).map(str::to_owned).collect()
    }
}

fn root(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

fn shown(link: &Link) -> Shown {
    let (Source::Group(path) | Source::Project(path)) = &link.source;
    (path.clone(), link.with.clone(), link.level)
}

fn sorted(shares: impl Iterator<Item = Shown>) -> Vec<Shown> {
    let mut shares: Vec<_> = shares.collect();
    shares.sort();
    shares
}
