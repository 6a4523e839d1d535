//! Why somebody has a level: every row and link of the contract's definition that leads there, one by one.
//!
//! The ways into a project are its own rows, the ways into its group, and for each of its links the ways into the invited group.

use chrono::NaiveDate;

use super::lists::{Candidate, best};
use super::{Caller, Group, Link, Oracle, Project, Row, Sight, Source};

/// What `effectiveAccess` tells this caller.
#[derive(Clone, Debug)]
pub(crate) struct Explanation {
    pub(crate) level: i64,
    /// In no order.
    pub(crate) grants: Vec<Grant>,
    /// The rows of which the contract lets any decide; None stands for a way of which nothing may be told. Empty: nothing decides.
    pub(crate) deciders: Vec<Option<i64>>,
    pub(crate) expires_at: Option<NaiveDate>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Grant {
    pub(crate) kind: &'static str,
    pub(crate) level: i64,
    /// The number of a custom role.
    pub(crate) role: Option<i64>,
    pub(crate) capped_from: Option<i64>,
    /// Full paths.
    pub(crate) via: Vec<String>,
    /// The row and the level it is shown with.
    pub(crate) member: Option<(Option<i64>, i64)>,
    pub(crate) expires_at: Option<NaiveDate>,
    pub(crate) ignored: Option<&'static str>,
}

/// A row of the user, the links that lead on from it, and the groups that lie on the way.
struct Way<'w> {
    kind: &'static str,
    row: &'w Row,
    links: Vec<&'w Link>,
    /// From the row's own on; what is asked about is not among them.
    stations: Vec<&'w str>,
    /// It comes through a link of the group that a project is shared with.
    nested: bool,
}

/// What is asked about.
#[derive(Clone, Copy)]
enum Asked<'w> {
    Group(&'w Group),
    Project(&'w Project),
}

impl Oracle {
    /// `group { effectiveAccess }`; None where it is null.
    pub(crate) fn explain_in_group(&self, path: &str, user: &str, caller: Caller<'_>) -> Option<Explanation> {
        let is_told = self.sight_of_group(path, caller) == Sight::Reads || caller == Caller::User(user);
        let group = self.world.group(path);
        let level = match self.group_level(path, user) {
            0 if self.has_minimal_row(group, user) => 5,
            level => level,
        };
        let ways = self.ways_into_group(group, user);
        (is_told && caller != Caller::Anonymous).then(|| self.explain(Asked::Group(group), user, caller, level, ways))
    }

    /// `project { effectiveAccess }`.
    pub(crate) fn explain_in_project(&self, path: &str, user: &str, caller: Caller<'_>) -> Option<Explanation> {
        let project = self.world.project(path);
        let level = self.project_level(path, user);
        let ways = self.ways_into_project(project, user);
        (caller != Caller::Anonymous).then(|| self.explain(Asked::Project(project), user, caller, level, ways))
    }

    fn ways_into_group<'w>(&'w self, group: &'w Group, user: &str) -> Vec<Way<'w>> {
        let mut ways = vec![];
        for above in self.chain(group) {
            for row in self.rows_on_group(above).into_iter().filter(|row| row.is_of(user)) {
                let kind = if above.path == group.path {
                    "DIRECT"
                } else {
                    "INHERITED"
                };
                ways.push(Way::new(kind, row, vec![], vec![&above.path]));
            }
            for link in self.links_of(&Source::Group(above.path.clone())) {
                let invited = self.world.group(&link.with);
                for row in self.rows_on_group(invited).into_iter().filter(|row| row.is_of(user)) {
                    let stations = vec![invited.path.as_str(), &above.path];
                    ways.push(Way::new("GROUP_SHARE", row, vec![link], stations));
                }
            }
        }
        ways
    }

    fn ways_into_project<'w>(&'w self, project: &'w Project, user: &str) -> Vec<Way<'w>> {
        let own_rows = self.rows_on_project(project).into_iter().filter(|row| row.is_of(user));
        let mut ways: Vec<Way<'w>> = own_rows
            .map(|row| {
                let is_holder = row.id.is_none();
                let kind = if is_holder { "PERSONAL_NAMESPACE" } else { "DIRECT" };
                Way::new(kind, row, vec![], vec![])
            })
            .collect();
        for mut way in self
            .group_of(project)
            .map_or(vec![], |group| self.ways_into_group(group, user))
        {
            if way.kind == "DIRECT" {
                way.kind = "INHERITED";
            }
            ways.push(way);
        }
        for link in self.links_of(&Source::Project(project.path.clone())) {
            for mut way in self.ways_into_group(self.world.group(&link.with), user) {
                way.nested = way.kind == "GROUP_SHARE";
                way.kind = "PROJECT_SHARE";
                way.links.push(link);
                way.stations.push(&link.with);
                ways.push(way);
            }
        }
        ways
    }

    /// Those that have ended, too.
    fn links_of(&self, source: &Source) -> Vec<&Link> {
        self.world.links.iter().filter(|link| link.source == *source).collect()
    }

    fn explain(&self, asked: Asked<'_>, user: &str, caller: Caller<'_>, level: i64, ways: Vec<Way<'_>>) -> Explanation {
        let (told, hidden): (Vec<_>, Vec<_>) = ways
            .into_iter()
            .partition(|way| caller == Caller::User(user) || self.may_be_told(asked, way, caller));
        let counts = |way: &&Way<'_>| self.ignored(asked, way, level).is_none();
        let mut grants: Vec<Grant> = told.iter().map(|way| self.grant(asked, way, level, caller)).collect();
        let counting: Vec<&Way<'_>> = told.iter().filter(counts).collect();
        let mut deciders = if counting.is_empty() {
            vec![]
        } else {
            deciders(asked, &counting)
        };
        if let Some(way) = hidden.iter().find(counts)
            && counting.is_empty()
        {
            deciders.push(None);
            grants.push(Grant::nameless(way.kind, level, asked));
        }
        if self.world.user(user).admin && (self.is_admin(caller) || caller == Caller::User(user)) {
            grants.push(Grant::nameless("ADMIN", 50, asked));
        }
        let ends: Option<Vec<NaiveDate>> = counting.iter().map(|way| self.end_of_what_counts(way)).collect();
        Explanation {
            level,
            grants,
            deciders,
            expires_at: ends.and_then(|ends| ends.into_iter().max()),
        }
    }

    fn grant(&self, asked: Asked<'_>, way: &Way<'_>, level: i64, caller: Caller<'_>) -> Grant {
        let sees_home = self.sees_home(asked, way, caller);
        let shown_level = if sees_home { way.row.level } else { way.level() };
        let seen = |path: &&str| asked.is_group(path) || self.sees_group(path, caller);
        let mut via: Vec<String> = way
            .stations
            .iter()
            .copied()
            .filter(seen)
            .map(ToOwned::to_owned)
            .collect();
        via.push(asked.path().to_owned());
        via.dedup();
        Grant {
            kind: way.kind,
            level: way.level(),
            role: way.role(),
            capped_from: (sees_home && way.level() < way.row.level).then_some(way.row.level),
            via,
            member: (!way.row.request).then_some((way.row.id, shown_level)),
            expires_at: way.end(),
            ignored: self.ignored(asked, way, level),
        }
    }

    fn ignored(&self, asked: Asked<'_>, way: &Way<'_>, level: i64) -> Option<&'static str> {
        let row = way.row;
        let is_minimal_here = matches!(way.kind, "DIRECT") && matches!(asked, Asked::Group(_)) && level == 5;
        if row.request {
            Some("ACCESS_REQUEST")
        } else if !self.live(row) {
            Some("EXPIRED")
        } else if !row.active {
            Some("AWAITING")
        } else if row.level < 10 {
            (!is_minimal_here).then_some("MINIMAL_ACCESS")
        } else if way.links.iter().any(|link| !self.lasts(link.expires_at)) {
            Some("SHARE_EXPIRED")
        } else if matches!(asked, Asked::Project(project) if way.kind == "PROJECT_SHARE" && self.is_locked(project)) {
            Some("SHARE_LOCKED")
        } else {
            (way.level() < level).then_some("LOWER_LEVEL")
        }
    }

    /// The list would show it, or the caller sees where the row lies; requests are for those who decide on them.
    fn may_be_told(&self, asked: Asked<'_>, way: &Way<'_>, caller: Caller<'_>) -> bool {
        let is_listed = match (way.kind, asked) {
            ("GROUP_SHARE", Asked::Group(group)) => {
                self.is_insider(group, caller) || self.sees_invited(way.home(), caller)
            }
            ("GROUP_SHARE", Asked::Project(project)) => {
                let group = self.group_of(project).expect("a group that is shared");
                self.is_insider(group, caller) || self.sees_invited(way.home(), caller)
            }
            ("PROJECT_SHARE", Asked::Project(project)) => {
                let belongs = self.is_admin(caller) || self.level_in_project(&project.path, caller) >= 10;
                belongs && !way.nested
            }
            _ => true,
        };
        let decides = match &way.row.source {
            Source::Group(path) => self.is_admin(caller) || self.level_in_group(path, caller) >= 50,
            Source::Project(path) => self.is_admin(caller) || self.level_in_project(path, caller) >= 40,
        };
        (is_listed || self.sees_home(asked, way, caller)) && (decides || !way.row.request)
    }

    fn sees_home(&self, asked: Asked<'_>, way: &Way<'_>, caller: Caller<'_>) -> bool {
        match &way.row.source {
            Source::Group(path) => asked.is_group(path) || self.sees_group(path, caller),
            Source::Project(_) => true,
        }
    }

    /// The row of a last owner goes on and on.
    fn end_of_what_counts(&self, way: &Way<'_>) -> Option<NaiveDate> {
        way.end().filter(|_| self.lasts(way.row.expires_at))
    }
}

impl<'w> Way<'w> {
    fn new(kind: &'static str, row: &'w Row, links: Vec<&'w Link>, stations: Vec<&'w str>) -> Self {
        Self {
            kind,
            row,
            links,
            stations,
            nested: false,
        }
    }

    fn level(&self) -> i64 {
        let caps = self.links.iter().map(|link| link.level);
        caps.fold(self.row.level, i64::min)
    }

    fn end(&self) -> Option<NaiveDate> {
        let links = self.links.iter().filter_map(|link| link.expires_at);
        self.row.expires_at.into_iter().chain(links).min()
    }

    fn role(&self) -> Option<i64> {
        self.candidate().role
    }

    fn candidate(&self) -> Candidate<'w> {
        match (self.kind, self.links.as_slice()) {
            ("GROUP_SHARE", [link]) => Candidate::shared(self.row, link),
            ("PROJECT_SHARE", _) => Candidate {
                level: self.level(),
                role: None,
                ..Candidate::own(self.row)
            },
            _ => Candidate::own(self.row),
        }
    }

    /// The group that the row lies on.
    fn home(&self) -> &'w str {
        self.stations.first().expect("the row is a group's")
    }
}

impl Grant {
    /// One without a row.
    fn nameless(kind: &'static str, level: i64, asked: Asked<'_>) -> Self {
        Self {
            kind,
            level,
            role: None,
            capped_from: None,
            via: vec![asked.path().to_owned()],
            member: None,
            expires_at: None,
            ignored: None,
        }
    }
}

impl<'w> Asked<'w> {
    fn path(self) -> &'w str {
        match self {
            Self::Group(group) => &group.path,
            Self::Project(project) => &project.path,
        }
    }

    fn is_group(self, path: &str) -> bool {
        matches!(self, Self::Group(group) if group.path == path)
    }
}

/// The tie rules of the list among the ways that give the level: in a project its own rows come first, then those of its group's list; which of
/// the others is shown the contract leaves open.
fn deciders(asked: Asked<'_>, counting: &[&Way<'_>]) -> Vec<Option<i64>> {
    let of_kinds = |kinds: &[&str]| -> Vec<Candidate<'_>> {
        let ways = counting.iter().filter(|way| kinds.contains(&way.kind));
        ways.map(|way| way.candidate()).collect()
    };
    let namespace = match asked {
        Asked::Group(group) => &group.path,
        Asked::Project(project) => &project.namespace,
    };
    let (own, of_group) = match asked {
        Asked::Group(_) => (vec![], of_kinds(&["DIRECT", "INHERITED", "GROUP_SHARE"])),
        Asked::Project(_) => (
            of_kinds(&["PERSONAL_NAMESPACE", "DIRECT"]),
            of_kinds(&["INHERITED", "GROUP_SHARE"]),
        ),
    };
    let group = Source::Group(namespace.clone());
    match (own.is_empty(), of_group.is_empty()) {
        (false, _) => vec![best(own, None).row.id],
        (true, false) => vec![best(of_group, Some(&group)).row.id],
        (true, true) => counting.iter().map(|way| way.row.id).collect(),
    }
}
