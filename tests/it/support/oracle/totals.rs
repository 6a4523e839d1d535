//! A whole organisation at once: how many members of each level every group and project lists. Only for worlds of plain rows and links, where
//! the definitions need no more than this; so it can be quick and stay obvious.

use std::collections::{BTreeMap, HashMap};

use super::world_file::{Source, WorldFile};

/// How many members there are of each level.
pub(crate) type Totals = BTreeMap<i64, usize>;

/// Users with their levels.
type Levels<'w> = HashMap<&'w str, i64>;

/// Who belongs where, by source.
pub(crate) struct Organisation {
    world: WorldFile,
    rows: HashMap<Source, Vec<(String, i64)>>,
    /// The invited groups with the levels of the links.
    links: HashMap<Source, Vec<(String, i64)>>,
}

impl Organisation {
    /// Panics on a world that holds more than active memberships for good and links for good.
    pub(crate) fn new(file: &serde_json::Value) -> Self {
        let world = WorldFile::read(file);
        let mut rows: HashMap<Source, Vec<(String, i64)>> = HashMap::new();
        for row in &world.rows {
            let is_plain = row.active && !row.request && !row.invitation && row.expires_at.is_none() && row.level >= 10;
            assert!(is_plain, "{row:?}");
            let user = row.user.clone().expect("a membership has a user");
            rows.entry(row.source.clone()).or_default().push((user, row.level));
        }
        let mut links: HashMap<Source, Vec<(String, i64)>> = HashMap::new();
        for link in &world.links {
            assert!(link.expires_at.is_none(), "a link that ends");
            links
                .entry(link.source.clone())
                .or_default()
                .push((link.with.clone(), link.level));
        }
        assert!(!world.groups.iter().any(|group| group.share_with_group_lock));
        Self { world, rows, links }
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = (&str, Totals)> {
        let groups = self.world.groups.iter().map(|group| group.path.as_str());
        groups.map(|path| (path, totals(self.group(path).into_values())))
    }

    /// Everybody who is listed, with the P-level; who only comes through a link of an invited group is not listed.
    pub(crate) fn projects(&self) -> impl Iterator<Item = (&str, Totals)> {
        self.world.projects.iter().map(|project| {
            let own = Source::Project(project.path.clone());
            let mut levels = self.group(&project.namespace);
            raise(&mut levels, self.on(&own));
            let mut listed = levels.clone();
            for (invited, cap) in self.shared_with(&own) {
                raise(&mut levels, capped(self.group(invited), cap));
                for group in chain(invited) {
                    raise(&mut listed, self.on(&Source::Group(group.to_owned())));
                }
            }
            (
                project.path.as_str(),
                totals(listed.into_keys().map(|user| levels[user])),
            )
        })
    }

    /// The G-level of everybody.
    fn group(&self, path: &str) -> Levels<'_> {
        let mut levels = Levels::new();
        for group in chain(path) {
            let group = Source::Group(group.to_owned());
            raise(&mut levels, self.on(&group));
            for (invited, cap) in self.shared_with(&group) {
                raise(&mut levels, capped(self.on(&Source::Group(invited.to_owned())), cap));
            }
        }
        levels
    }

    fn on(&self, source: &Source) -> impl Iterator<Item = (&str, i64)> {
        let rows = self.rows.get(source).into_iter().flatten();
        rows.map(|(user, level)| (user.as_str(), *level))
    }

    fn shared_with(&self, source: &Source) -> impl Iterator<Item = (&str, i64)> {
        let links = self.links.get(source).into_iter().flatten();
        links.map(|(with, level)| (with.as_str(), *level))
    }
}

/// The path, and those of the groups above it.
fn chain(path: &str) -> impl Iterator<Item = &str> {
    let parents = path.match_indices('/').map(|(end, _)| &path[..end]);
    parents.chain([path])
}

fn raise<'w>(levels: &mut Levels<'w>, by: impl IntoIterator<Item = (&'w str, i64)>) {
    for (user, level) in by {
        let known = levels.entry(user).or_default();
        *known = level.max(*known);
    }
}

fn capped<'w>(levels: impl IntoIterator<Item = (&'w str, i64)>, cap: i64) -> impl Iterator<Item = (&'w str, i64)> {
    levels.into_iter().map(move |(user, level)| (user, level.min(cap)))
}

fn totals(levels: impl Iterator<Item = i64>) -> Totals {
    let mut totals = Totals::new();
    for level in levels {
        *totals.entry(level).or_default() += 1;
    }
    totals
}
