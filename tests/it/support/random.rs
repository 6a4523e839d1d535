//! Random worlds, small enough to be read when one of them shows a fault: proptest shrinks them row by row.
//!
//! Everything the format can say about membership is in here, also what the product itself would refuse to make.

mod seats;

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::level;
use super::world::{Group, Item, World};

pub(crate) use seats::{TERMS, seat_worlds};

const MAX_DEPTH: usize = 4;
const VISIBILITIES: [&str; 3] = ["private", "internal", "public"];
const LEVELS: [i64; 7] = [
    level::MINIMAL,
    level::GUEST,
    level::PLANNER,
    level::REPORTER,
    level::DEVELOPER,
    level::MAINTAINER,
    level::OWNER,
];

/// Around the day of the tests' clock, the day itself included.
const ENDS: [Option<&str>; 6] = [
    None,
    None,
    Some("2026-11-20"),
    Some("2026-11-21"),
    Some("2026-11-22"),
    Some("2031-01-01"),
];
const STARTS: [&str; 3] = [
    "2026-01-01T00:00:00.000Z",
    "2026-02-02T02:02:02.222Z",
    "2026-03-03T03:03:03.333Z",
];

/// World files with up to 7 users beside `root`, 8 groups, 5 projects, and rows and links between them.
pub(crate) fn worlds() -> impl Strategy<Value = Value> {
    let users = vec(user(), 2..=7);
    let groups = vec(group(), 1..=8);
    let projects = vec(project(), 0..=5);
    let rows = vec(row(), 0..=24);
    let links = vec(link(), 0..=8);
    (users, groups, projects, rows, links).prop_map(|(users, groups, projects, rows, links)| {
        let plan = Plan {
            users,
            paths: paths(&groups),
            groups,
            projects,
            rows,
            links,
        };
        plan.world().json()
    })
}

/// What may happen to a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Share,
    End,
}

/// Something is shared, or no longer, or is tried to be.
#[derive(Clone, Debug)]
pub(crate) struct ShareChange {
    pub(crate) turn: Turn,
    /// Among groups and then projects; of a known share that ends, among the shares.
    pub(crate) source: Index,
    /// Among groups.
    pub(crate) with: Index,
    /// Whether what ends is a share that there is.
    pub(crate) known: bool,
    pub(crate) by_root: bool,
    /// Among those who may call.
    pub(crate) by: Index,
    pub(crate) level: i64,
    pub(crate) with_role: bool,
    pub(crate) ends: Option<&'static str>,
}

/// Up to eight changes of shares.
pub(crate) fn share_changes() -> impl Strategy<Value = Vec<ShareChange>> {
    let turn = prop_oneof![3 => Just(Turn::Share), 2 => Just(Turn::End)];
    let ends = (any::<Index>(), any::<Index>());
    let flags = (
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.5),
        prop::bool::weighted(0.3),
    );
    let change = (turn, ends, flags, any::<Index>(), select(&LEVELS[1..]), select(&ENDS)).prop_map(
        |(turn, (source, with), (known, by_root, with_role), by, level, ends)| ShareChange {
            turn,
            source,
            with,
            known,
            by_root,
            by,
            level,
            with_role,
            ends,
        },
    );
    vec(change, 0..=8)
}

#[derive(Clone, Debug)]
struct UserSeed {
    state: &'static str,
    user_type: &'static str,
    external: bool,
    admin: bool,
}

fn user() -> impl Strategy<Value = UserSeed> {
    let state = prop_oneof![8 => Just("active"), 1 => Just("blocked"), 1 => Just("deactivated")];
    let user_type = prop_oneof![8 => Just("human"), 1 => Just("project_bot"), 1 => Just("service_account")];
    (state, user_type, prop::bool::weighted(0.2), prop::bool::weighted(0.1)).prop_map(
        |(state, user_type, external, admin)| UserSeed {
            state,
            user_type,
            external,
            admin,
        },
    )
}

#[derive(Clone, Debug)]
struct GroupSeed {
    /// None: top-level.
    parent: Option<Index>,
    visibility: &'static str,
    locked: bool,
    /// Keeps shares inside, if it is top-level.
    kept: bool,
    /// The base level of its custom role, if it is top-level and has one.
    role: Option<i64>,
}

fn group() -> impl Strategy<Value = GroupSeed> {
    let role = prop::option::of(select(vec![level::GUEST, level::REPORTER, level::DEVELOPER]));
    (
        prop::option::weighted(0.7, any::<Index>()),
        select(&VISIBILITIES),
        prop::bool::weighted(0.25),
        prop::bool::weighted(0.1),
        role,
    )
        .prop_map(|(parent, visibility, locked, kept, role)| GroupSeed {
            parent,
            visibility,
            locked,
            kept,
            role,
        })
}

#[derive(Clone, Debug)]
struct ProjectSeed {
    namespace: Index,
    personal: bool,
    visibility: &'static str,
}

fn project() -> impl Strategy<Value = ProjectSeed> {
    (any::<Index>(), prop::bool::weighted(0.2), select(&VISIBILITIES)).prop_map(|(namespace, personal, visibility)| {
        ProjectSeed {
            namespace,
            personal,
            visibility,
        }
    })
}

#[derive(Clone, Debug)]
struct RowSeed {
    kind: RowKind,
    source: Index,
    user: Index,
    level: i64,
    with_role: bool,
    awaiting: bool,
    ldap: bool,
    ends: Option<&'static str>,
    starts: &'static str,
    maker: Option<Index>,
    /// Rows are numbered in this order, so that a row of a subgroup may be older than one of its parent.
    order: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RowKind {
    Membership,
    Invitation,
    Request,
}

fn row() -> impl Strategy<Value = RowSeed> {
    let kind = prop_oneof![8 => Just(RowKind::Membership), 1 => Just(RowKind::Invitation), 1 => Just(RowKind::Request)];
    let flags = (
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.15),
    );
    let times = (select(&ENDS), select(&STARTS), any::<u8>());
    let maker = prop::option::of(any::<Index>());
    (
        kind,
        any::<Index>(),
        any::<Index>(),
        select(&LEVELS),
        flags,
        times,
        maker,
    )
        .prop_map(
            |(kind, source, user, level, (with_role, awaiting, ldap), (ends, starts, order), maker)| RowSeed {
                kind,
                source,
                user,
                level,
                with_role,
                awaiting,
                ldap,
                ends,
                starts,
                maker,
                order,
            },
        )
}

#[derive(Clone, Debug)]
struct LinkSeed {
    source: Index,
    with: Index,
    level: i64,
    with_role: bool,
    ends: Option<&'static str>,
}

fn link() -> impl Strategy<Value = LinkSeed> {
    (
        any::<Index>(),
        any::<Index>(),
        select(&LEVELS[1..]),
        prop::bool::weighted(0.3),
        select(&ENDS),
    )
        .prop_map(|(source, with, level, with_role, ends)| LinkSeed {
            source,
            with,
            level,
            with_role,
            ends,
        })
}

/// Each group below one that came before it, as long as that is not too deep.
fn paths(groups: &[GroupSeed]) -> Vec<String> {
    let mut paths: Vec<String> = vec![];
    for (number, group) in groups.iter().enumerate() {
        let parent = group
            .parent
            .filter(|_| number > 0)
            .map(|parent| &paths[parent.index(number)]);
        paths.push(match parent {
            Some(parent) if parent.split('/').count() < MAX_DEPTH => format!("{parent}/g{number}"),
            _ => format!("g{number}"),
        });
    }
    paths
}

struct Plan {
    users: Vec<UserSeed>,
    groups: Vec<GroupSeed>,
    /// Of the groups.
    paths: Vec<String>,
    projects: Vec<ProjectSeed>,
    rows: Vec<RowSeed>,
    links: Vec<LinkSeed>,
}

impl Plan {
    fn world(&self) -> World {
        let mut world = World::new();
        for (number, user) in self.users.iter().enumerate() {
            world = world.user(&user_name(number), |u| {
                u.set("state", user.state)
                    .set("user_type", user.user_type)
                    .set("external", user.external)
                    .set("admin", user.admin)
            });
        }
        for (number, group) in self.groups.iter().enumerate() {
            let path = &self.paths[number];
            world = world.group(path, |g| {
                let g = g
                    .set("visibility", group.visibility)
                    .setting("share_with_group_lock", group.locked);
                let g = if group.kept && is_top_level(path) {
                    g.setting("prevent_sharing_groups_outside_hierarchy", true)
                } else {
                    g
                };
                self.furnish(g, number, path)
            });
            if let Some(base) = group.role.filter(|_| is_top_level(path)) {
                world = world.role(path, "Special", base);
            }
        }
        for (number, project) in self.projects.iter().enumerate() {
            let path = format!("{}/p{number}", self.namespace(project));
            world = world.project(&path, |p| {
                self.furnish(
                    p.set("visibility", project.visibility),
                    self.groups.len() + number,
                    &path,
                )
            });
        }
        world
    }

    fn namespace(&self, project: &ProjectSeed) -> String {
        if project.personal {
            user_name(project.namespace.index(self.users.len()))
        } else {
            self.paths[project.namespace.index(self.paths.len())].clone()
        }
    }

    /// Puts the rows and links of one source there; sources are numbered through groups and projects.
    fn furnish(&self, mut source: Group, number: usize, path: &str) -> Group {
        let sources = self.groups.len() + self.projects.len();
        let holder = path.split('/').next().expect("a path has a first part").to_owned();
        let mut taken = HashSet::from([holder]);
        for (index, row) in self
            .rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.source.index(sources) == number)
        {
            let user = user_name(row.user.index(self.users.len()));
            if taken.insert(user.clone()) {
                source = self.place(source, index, row, &user, path);
            }
        }
        let mut linked = HashSet::from([path]);
        for link in self.links.iter().filter(|link| link.source.index(sources) == number) {
            let with = &self.paths[link.with.index(self.paths.len())];
            if linked.insert(with) {
                source = self.join(source, link, with, path);
            }
        }
        source
    }

    fn place(&self, source: Group, index: usize, row: &RowSeed, user: &str, path: &str) -> Group {
        let role = self.role_of(path).filter(|_| row.with_role);
        let is_top_group = is_top_level(path);
        let level = match role {
            Some(base) => base,
            None if is_top_group => row.level,
            None => row.level.max(level::GUEST),
        };
        let rank = self
            .rows
            .iter()
            .enumerate()
            .filter(|(other, seed)| (seed.order, *other) < (row.order, index))
            .count();
        let details = |item: Item| {
            let item = item.set("id", 4001 + rank).since(row.starts);
            let item = if role.is_some() {
                item.with_role("Special")
            } else {
                item
            };
            let item = if row.awaiting { item.awaiting() } else { item };
            let item = row.ends.into_iter().fold(item, Item::until);
            row.maker
                .into_iter()
                .fold(item, |item, maker| item.by(&user_name(maker.index(self.users.len()))))
        };
        match row.kind {
            RowKind::Membership => {
                let by_ldap =
                    row.ldap && path.split('/').count() < MAX_DEPTH && self.paths.iter().any(|group| group == path);
                source.member(user, level, |m| {
                    if by_ldap {
                        details(m).set("ldap", true)
                    } else {
                        details(m)
                    }
                })
            }
            RowKind::Invitation => source.invited(&format!("{user}@elsewhere.example"), level.max(level::GUEST), |i| {
                details(i).set("token", json!(format!("invite-{rank}")))
            }),
            RowKind::Request => source.requested_by(user, |r| r.set("id", 4001 + rank)),
        }
    }

    fn join(&self, source: Group, link: &LinkSeed, with: &str, path: &str) -> Group {
        let role = self.role_of(path).filter(|_| link.with_role);
        source.share(with, role.unwrap_or(link.level), |s| {
            let s = if role.is_some() { s.with_role("Special") } else { s };
            link.ends.into_iter().fold(s, Item::until)
        })
    }

    /// The base level of the custom role in this hierarchy.
    fn role_of(&self, path: &str) -> Option<i64> {
        let root = path.split('/').next()?;
        let number = self.paths.iter().position(|group| group == root)?;
        self.groups[number].role
    }
}

fn user_name(number: usize) -> String {
    format!("u{number}")
}

fn is_top_level(path: &str) -> bool {
    !path.contains('/')
}
