//! Worlds of any size, for tests and benchmarks: the same seed gives the same bytes.
//!
//! Half of the groups hang below one top-level group, `org-0`, whose first branch is 20 groups deep and whose group `org-0/everyone` has a
//! fifth of all memberships; the rest is spread over smaller organisations. There are projects, shares of both kinds, invitations,
//! requests, waiting and ending memberships. Users are `user-0`, `user-1` …; `root` is the administrator. `root`'s token is
//! `roster-root-token`, and the first ten users have `token-0` to `token-9`.

mod rng;

use std::collections::HashSet;
use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use rng::Rng;

/// How many levels the deepest branch has.
pub const DEPTH: usize = 20;

/// How many of everything; all follows from the number of memberships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Rows of `members`; exact.
    pub memberships: usize,
}

impl Size {
    /// A world with that many memberships, 100 at least.
    pub fn of(memberships: usize) -> Self {
        Self {
            memberships: memberships.max(100),
        }
    }

    /// More than `org-0/everyone` can come to, as nobody is in it twice.
    fn users(self) -> usize {
        100 + self.memberships / 4
    }

    fn groups(self) -> usize {
        DEPTH + 2 + self.memberships / 100
    }

    fn projects(self) -> usize {
        1 + self.memberships / 50
    }

    fn invitations(self) -> usize {
        self.memberships / 100
    }

    fn requests(self) -> usize {
        self.memberships / 200
    }

    fn group_shares(self) -> usize {
        self.memberships / 500
    }

    fn project_shares(self) -> usize {
        self.memberships / 100
    }
}

/// The text was no size.
#[derive(Debug, PartialEq, Eq)]
pub struct NoSize;

impl FromStr for Size {
    type Err = NoSize;

    fn from_str(text: &str) -> Result<Self, NoSize> {
        let (digits, factor) = match text.strip_suffix(['k', 'K', 'm', 'M']) {
            Some(digits) if text.ends_with(['k', 'K']) => (digits, 1_000),
            Some(digits) => (digits, 1_000_000),
            None => (text, 1),
        };
        let count: usize = digits.parse().map_err(|_| NoSize)?;
        count.checked_mul(factor).map(Self::of).ok_or(NoSize)
    }
}

/// Writes the world of a size and a seed, row by row.
pub fn write(size: Size, seed: u64, output: impl Write) -> io::Result<()> {
    let mut rng = Rng::new(seed);
    let hierarchy = Hierarchy::grow(size, &mut rng);
    let mut world = World {
        size,
        rng,
        hierarchy,
        output,
    };
    world.write()
}

/// The paths of the groups, parents first, and the group of each project.
struct Hierarchy {
    groups: Vec<String>,
    depths: Vec<usize>,
    projects: Vec<usize>,
}

/// `org-0` and `org-0/everyone`, before the deep branch.
const GIANT: usize = 0;
const EVERYONE: usize = 1;

impl Hierarchy {
    fn grow(size: Size, rng: &mut Rng) -> Self {
        let mut hierarchy = Self {
            groups: vec!["org-0".to_owned()],
            depths: vec![1],
            projects: Vec::new(),
        };
        hierarchy.add(GIANT, "everyone");
        let mut parent = GIANT;
        while hierarchy.depths[parent] < DEPTH {
            parent = hierarchy.add(parent, "deep");
        }
        let giants = size.groups() / 2;
        while hierarchy.groups.len() < giants {
            let parent = rng.below(hierarchy.groups.len());
            hierarchy.add_below(parent);
        }
        while hierarchy.groups.len() < size.groups() {
            hierarchy.add_elsewhere(giants, rng);
        }
        hierarchy.projects = (0..size.projects())
            .map(|_| rng.below(hierarchy.groups.len()))
            .collect();
        hierarchy
    }

    /// Below one of the smaller organisations, or one more of them.
    fn add_elsewhere(&mut self, giants: usize, rng: &mut Rng) {
        let others = self.groups.len() - giants.min(self.groups.len());
        if others == 0 || rng.below(20) == 0 {
            self.groups.push(format!("org-{}", self.groups.len()));
            self.depths.push(1);
        } else {
            self.add_below(giants + rng.below(others));
        }
    }

    fn add_below(&mut self, parent: usize) {
        if self.depths[parent] < DEPTH {
            let segment = format!("team-{}", self.groups.len());
            self.add(parent, &segment);
        } else {
            self.add_below(GIANT);
        }
    }

    fn add(&mut self, parent: usize, segment: &str) -> usize {
        self.groups.push(format!("{}/{segment}", self.groups[parent]));
        self.depths.push(self.depths[parent] + 1);
        self.groups.len() - 1
    }
}

/// A group or a project, as the key and the value of a row.
struct Source<'a> {
    hierarchy: &'a Hierarchy,
    index: usize,
}

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = &self.hierarchy.groups;
        if let Some(group) = groups.get(self.index) {
            return write!(f, "\"group\": \"{group}\"");
        }
        let project = self.index - groups.len();
        write!(
            f,
            "\"project\": \"{}/project-{project}\"",
            groups[self.hierarchy.projects[project]]
        )
    }
}

struct World<W> {
    size: Size,
    rng: Rng,
    hierarchy: Hierarchy,
    output: W,
}

const GIVEN: [&str; 16] = [
    "Ada", "Bilal", "Chen", "Dana", "Emre", "Farah", "Goran", "Hana", "Ines", "Jonas", "Kira", "Liam", "Mira", "Noor",
    "Olga", "Pablo",
];
const FAMILY: [&str; 16] = [
    "Abel", "Brandt", "Costa", "Dahl", "Endo", "Fofana", "Grau", "Haas", "Ito", "Jansen", "Kaya", "Lind", "Moreau",
    "Novak", "Okafor", "Pires",
];
const LEVELS: [u8; 10] = [10, 20, 20, 30, 30, 30, 30, 40, 40, 50];
const VISIBILITIES: [&str; 3] = ["private", "internal", "public"];

impl<W: Write> World<W> {
    fn write(&mut self) -> io::Result<()> {
        write!(self.output, "{{\"version\": 1,\n\"users\": [\n")?;
        self.users()?;
        write!(self.output, "\n],\n\"groups\": [\n")?;
        self.groups()?;
        write!(self.output, "\n],\n\"projects\": [\n")?;
        self.projects()?;
        write!(self.output, "\n],\n\"members\": [\n")?;
        self.members()?;
        write!(self.output, "\n],\n\"invitations\": [\n")?;
        self.invitations()?;
        write!(self.output, "\n],\n\"access_requests\": [\n")?;
        self.requests()?;
        write!(self.output, "\n],\n\"shares\": [\n")?;
        self.shares()?;
        writeln!(self.output, "\n]}}")?;
        self.output.flush()
    }

    fn users(&mut self) -> io::Result<()> {
        write!(
            self.output,
            "{{\"username\": \"root\", \"name\": \"Administrator\", \"email\": \"root@example.com\", \"admin\": true, \
             \"created_at\": \"2024-01-01T00:00:00Z\", \"tokens\": [{{\"token\": \"roster-root-token\"}}]}}"
        )?;
        for index in 0..self.size.users() {
            let (given, family) = (self.rng.pick(GIVEN), self.rng.pick(FAMILY));
            let state = if self.rng.below(50) == 0 { "blocked" } else { "active" };
            let (made, seen) = (self.day(2024), self.day(2026));
            write!(
                self.output,
                ",\n{{\"username\": \"user-{index}\", \"name\": \"{given} {family}\", \"email\": \"user-{index}@example.com\", \
                 \"state\": \"{state}\", \"created_at\": \"{made}T00:00:00Z\", \"last_activity_on\": \"{seen}\""
            )?;
            if index < 10 {
                write!(self.output, ", \"tokens\": [{{\"token\": \"token-{index}\"}}]")?;
            }
            write!(self.output, "}}")?;
        }
        for index in 0..self.size.requests() {
            write!(
                self.output,
                ",\n{{\"username\": \"newcomer-{index}\", \"name\": \"Newcomer {index}\", \
                 \"email\": \"newcomer-{index}@example.com\", \"created_at\": \"2026-01-01T00:00:00Z\"}}"
            )?;
        }
        Ok(())
    }

    fn groups(&mut self) -> io::Result<()> {
        let (mut separator, output) = ("", &mut self.output);
        for path in &self.hierarchy.groups {
            let name = path.rsplit('/').next().unwrap_or(path);
            // A group is never more visible than its parents: the whole organisation has one visibility.
            let root = path.split('/').next().unwrap_or(path);
            let visibility = VISIBILITIES[root.bytes().map(usize::from).sum::<usize>() % VISIBILITIES.len()];
            write!(
                output,
                "{separator}{{\"path\": \"{path}\", \"name\": \"{name}\", \"visibility\": \"{visibility}\", \
                 \"created_at\": \"2024-01-01T00:00:00Z\"}}"
            )?;
            separator = ",\n";
        }
        Ok(())
    }

    fn projects(&mut self) -> io::Result<()> {
        let (mut separator, output) = ("", &mut self.output);
        for (index, group) in self.hierarchy.projects.iter().enumerate() {
            let group = &self.hierarchy.groups[*group];
            write!(
                output,
                "{separator}{{\"path\": \"{group}/project-{index}\", \"name\": \"Project {index}\", \"visibility\": \"private\", \
                 \"created_at\": \"2024-01-01T00:00:00Z\"}}"
            )?;
            separator = ",\n";
        }
        Ok(())
    }

    /// Four fifths are spread evenly but for chance; `org-0/everyone` gets the rest.
    fn members(&mut self) -> io::Result<()> {
        let sources = self.hierarchy.groups.len() + self.hierarchy.projects.len();
        let usual = self.size.memberships * 4 / 5 / sources;
        let mut left = self.size.memberships;
        let mut owed = 0;
        let mut separator = "";
        for index in (0..sources).filter(|index| *index != EVERYONE) {
            // What one gets too much, the next gets too little: the sum is exact.
            let count = if owed > 0 { usual - owed } else { usual };
            let extra = if owed > 0 { 0 } else { self.rng.below(usual) };
            owed = extra;
            left -= count + extra;
            self.members_of(index, count + extra, separator)?;
            separator = ",\n";
        }
        self.members_of(EVERYONE, left, separator)
    }

    fn members_of(&mut self, source: usize, count: usize, mut separator: &str) -> io::Result<()> {
        let users = self.size.users();
        let first = self.rng.below(users);
        for step in 0..count {
            let user = (first + step) % users;
            let level = if step == 0 { 50 } else { self.rng.pick(LEVELS) };
            let made = self.day(2025);
            let extra = self.member_extra(step);
            let source = Source {
                hierarchy: &self.hierarchy,
                index: source,
            };
            write!(
                self.output,
                "{separator}{{{source}, \"user\": \"user-{user}\", \"access_level\": {level}, \"created_at\": \"{made}T00:00:00Z\"{extra}}}"
            )?;
            separator = ",\n";
        }
        Ok(())
    }

    /// One in forty waits, one in twenty ends; never the owner that every source has.
    fn member_extra(&mut self, step: usize) -> String {
        match self.rng.below(40) {
            0 if step > 0 => ", \"state\": \"awaiting\"".to_owned(),
            1 | 2 if step > 0 => format!(", \"expires_at\": \"{}\"", self.day(2030)),
            _ => String::new(),
        }
    }

    fn invitations(&mut self) -> io::Result<()> {
        let mut separator = "";
        for index in 0..self.size.invitations() {
            let level = self.rng.pick(LEVELS);
            let made = self.day(2026);
            let source = self.any_source();
            let source = Source {
                hierarchy: &self.hierarchy,
                index: source,
            };
            write!(
                self.output,
                "{separator}{{{source}, \"email\": \"guest-{index}@example.org\", \"access_level\": {level}, \
                 \"created_by\": \"root\", \"created_at\": \"{made}T00:00:00Z\"}}"
            )?;
            separator = ",\n";
        }
        Ok(())
    }

    /// Everybody who asks is a member of nothing yet.
    fn requests(&mut self) -> io::Result<()> {
        let mut separator = "";
        for index in 0..self.size.requests() {
            let made = self.day(2026);
            let source = self.any_source();
            let source = Source {
                hierarchy: &self.hierarchy,
                index: source,
            };
            write!(
                self.output,
                "{separator}{{{source}, \"user\": \"newcomer-{index}\", \"requested_at\": \"{made}T00:00:00Z\"}}"
            )?;
            separator = ",\n";
        }
        Ok(())
    }

    fn shares(&mut self) -> io::Result<()> {
        let groups = self.hierarchy.groups.len();
        let mut separator = "";
        let mut pairs = HashSet::new();
        let wanted = self.size.group_shares() + self.size.project_shares();
        while pairs.len() < wanted {
            let of_group = pairs.len() < self.size.group_shares();
            let shared = if of_group {
                self.rng.below(groups)
            } else {
                groups + self.rng.below(self.hierarchy.projects.len())
            };
            let invited = self.rng.below(groups);
            if shared != invited && pairs.insert((shared, invited)) {
                self.share(shared, invited, separator)?;
                separator = ",\n";
            }
        }
        Ok(())
    }

    fn share(&mut self, shared: usize, invited: usize, separator: &str) -> io::Result<()> {
        let level = self.rng.pick([10, 20, 30, 30, 40, 50]);
        let with = &self.hierarchy.groups[invited];
        let source = Source {
            hierarchy: &self.hierarchy,
            index: shared,
        };
        write!(
            self.output,
            "{separator}{{{source}, \"with\": \"{with}\", \"access_level\": {level}, \"created_at\": \"2025-06-01T00:00:00Z\"}}"
        )
    }

    fn any_source(&mut self) -> usize {
        self.rng
            .below(self.hierarchy.groups.len() + self.hierarchy.projects.len())
    }

    fn day(&mut self, year: u16) -> String {
        format!("{year}-{:02}-{:02}", 1 + self.rng.below(12), 1 + self.rng.below(28))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(size: &str, seed: u64) -> String {
        let mut text = Vec::new();
        write(size.parse().unwrap(), seed, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_world_and_another_seed_another() {
        assert_eq!(world("1k", 7), world("1k", 7));
        assert_ne!(world("1k", 7), world("1k", 8));
    }

    #[test]
    fn a_size_is_the_exact_number_of_memberships() {
        for (size, memberships) in [("1k", 1_000), ("12345", 12_345), ("5", 100)] {
            let world = world(size, 1);
            let levels = world
                .lines()
                .filter(|line| line.contains("\"access_level\"") && line.contains("\"user\""));
            assert_eq!(levels.count(), memberships, "{size}");
        }
    }

    #[test]
    fn the_deepest_group_lies_twenty_levels_down() {
        let world = world("1k", 1);
        let paths = world
            .lines()
            .filter_map(|line| line.strip_prefix("{\"path\": \"")?.split('"').next());
        let groups = paths.filter(|path| !path.contains("/project-"));
        assert_eq!(groups.map(|path| path.split('/').count()).max(), Some(DEPTH));
    }

    #[test]
    fn a_size_is_a_number_of_ones_thousands_or_millions() {
        assert_eq!("100k".parse(), Ok(Size::of(100_000)));
        assert_eq!("1M".parse(), Ok(Size::of(1_000_000)));
        assert_eq!("250".parse(), Ok(Size::of(250)));
        assert_eq!("k".parse::<Size>(), Err(NoSize));
        assert_eq!("99999999999999999999M".parse::<Size>(), Err(NoSize));
    }
}
