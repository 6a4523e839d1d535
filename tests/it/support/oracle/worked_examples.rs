//! The contract's worked examples, one test a line of its table: the evaluator is only worth its agreement with them.

use proptest::prelude::*;

use super::*;
use crate::support::level::{DEVELOPER, GUEST, MAINTAINER, OWNER, REPORTER};
use crate::support::random::worlds;
use crate::support::world::{Item, World};

const ROOT: Caller<'_> = Caller::User("root");

fn oracle(world: &World) -> Oracle {
    Oracle::new(&world.json(), "2026-11-21".parse().unwrap())
}

fn levels(list: &Result<Vec<Entry>, Sight>) -> Vec<(&str, i64)> {
    list.as_ref()
        .expect("the caller may read the list")
        .iter()
        .map(|entry| (entry.username.as_str(), entry.level))
        .collect()
}

fn only(list: Result<Vec<Entry>, Sight>) -> Entry {
    let [entry] = <[Entry; 1]>::try_from(list.expect("the caller may read the list")).expect("one entry");
    entry
}

#[test]
fn the_highest_row_of_the_chain_is_shown() {
    let world = World::new()
        .group("a", |g| g.developer("ann"))
        .group("a/b", |g| g.maintainer("ann"))
        .group("a/b/c", |g| g);
    let ann = only(oracle(&world).group_members_all("a/b/c", ROOT));
    assert_eq!((ann.level, ann.source.as_str()), (MAINTAINER, "a/b"));
}

#[test]
fn a_lower_direct_row_is_shown_directly_only() {
    let world = World::new()
        .group("a", |g| g.maintainer("ann"))
        .group("a/b", |g| g.reporter("ann"));
    let oracle = oracle(&world);
    let ann = only(oracle.group_members_all("a/b", ROOT));
    assert_eq!((ann.level, ann.source.as_str()), (MAINTAINER, "a"));
    assert_eq!(only(oracle.group_members("a/b", ROOT)).level, REPORTER);
}

#[test]
fn the_direct_row_wins_a_tie_although_it_ends() {
    let world = World::new()
        .group("a", |g| g.developer("ann"))
        .group("a/b", |g| g.member("ann", DEVELOPER, |m| m.until("2030-01-01")));
    let ann = only(oracle(&world).group_members_all("a/b", ROOT));
    assert_eq!((ann.level, ann.source.as_str()), (DEVELOPER, "a/b"));
    assert_eq!(ann.expires_at, "2030-01-01".parse().ok());
}

#[test]
fn the_later_expiry_wins_a_tie_between_ancestors() {
    let world = World::new()
        .group("a", |g| g.member("ann", DEVELOPER, |m| m.until("2031-01-01")))
        .group("a/b", |g| g.member("ann", DEVELOPER, |m| m.until("2030-01-01")))
        .group("a/b/c", |g| g);
    let ann = only(oracle(&world).group_members_all("a/b/c", ROOT));
    assert_eq!((ann.level, ann.source.as_str()), (DEVELOPER, "a"));
}

fn shared_as_reporter() -> World {
    World::new()
        .group("top", |g| g.owner("tom"))
        .group("top/h", |g| g.maintainer("hal").guest("ida"))
        .group("x", |g| g.shared_with("top/h", REPORTER))
        .group("x/sub", |g| g)
        .project("x/sub/proj", |p| p)
}

#[test]
fn a_share_brings_the_direct_members_of_the_invited_group_and_no_others() {
    let oracle = oracle(&shared_as_reporter());
    let expected = [("hal", REPORTER), ("ida", GUEST)];
    assert_eq!(levels(&oracle.group_members_all("x", ROOT)), expected);
    assert_eq!(levels(&oracle.group_members_all("x/sub", ROOT)), expected);
    assert_eq!(levels(&oracle.project_members_all("x/sub/proj", ROOT)), expected);
    assert_eq!(oracle.project_level("x/sub/proj", "hal"), REPORTER);
    assert_eq!(oracle.project_level("x/sub/proj", "tom"), 0);
}

#[test]
fn a_share_of_an_invited_group_gives_nothing_here() {
    let world = World::new()
        .group("k", |g| g.owner("kim"))
        .group("h", |g| g.shared_with("k", OWNER))
        .group("x", |g| g.shared_with("h", DEVELOPER));
    let oracle = oracle(&world);
    assert_eq!(levels(&oracle.group_members_all("x", ROOT)), []);
    assert_eq!(levels(&oracle.group_members_all("h", ROOT)), [("kim", OWNER)]);
}

fn project_shared(lock: bool) -> World {
    World::new()
        .group("k", |g| g.owner("kim"))
        .group("top", |g| g.owner("tom"))
        .group("top/h", |g| g.guest("hal").shared_with("k", MAINTAINER))
        .group("x", |g| g.setting("share_with_group_lock", lock))
        .project("x/p", |p| p.shared_with("top/h", DEVELOPER))
}

#[test]
fn a_project_share_brings_inherited_members_and_lets_in_unlisted_ones() {
    let oracle = oracle(&project_shared(false));
    assert_eq!(
        levels(&oracle.project_members_all("x/p", ROOT)),
        [("tom", DEVELOPER), ("hal", GUEST)]
    );
    assert_eq!(oracle.project_level("x/p", "kim"), DEVELOPER);
    assert_eq!(oracle.sight_of_project("x/p", Caller::User("kim")), Sight::Reads);
}

#[test]
fn a_locked_project_lists_those_who_come_through_links_with_no_level() {
    let oracle = oracle(&project_shared(true));
    assert_eq!(
        levels(&oracle.project_members_all("x/p", ROOT)),
        [("tom", 0), ("hal", 0)]
    );
    assert_eq!(oracle.sight_of_project("x/p", Caller::User("kim")), Sight::Nothing);
}

#[test]
fn the_row_of_the_project_is_shown_with_the_level_of_the_group() {
    let world = World::new().group("x", |g| g.developer("ann")).project("x/p", |p| {
        p.member("ann", GUEST, |m| m.since("2026-05-05T05:05:05Z").until("2030-01-01"))
    });
    let ann = only(oracle(&world).project_members_all("x/p", ROOT));
    assert_eq!((ann.level, ann.source.as_str()), (DEVELOPER, "x/p"));
    assert_eq!(ann.created_at, "2026-05-05T05:05:05Z".parse().ok());
    assert_eq!(ann.expires_at, "2030-01-01".parse().ok());
}

#[test]
fn the_better_of_two_shares_is_shown() {
    let world = World::new()
        .group("h", |g| g.developer("ann"))
        .group("k", |g| g.guest("ann"))
        .group("x", |g| g.shared_with("h", REPORTER).shared_with("k", MAINTAINER));
    assert_eq!(
        levels(&oracle(&world).group_members_all("x", ROOT)),
        [("ann", REPORTER)]
    );
}

#[test]
fn a_private_invited_group_is_open_to_its_own_members_and_to_those_of_the_shared_group_only() {
    let world = World::new()
        .user("stranger", |u| u)
        .group("h", |g| g.developer("hal"))
        .group("x", |g| g.public().guest("xia").shared_with("h", REPORTER));
    let oracle = oracle(&world);
    let seen_by = |name| oracle.group_members_all("x", Caller::User(name));
    assert_eq!(levels(&seen_by("stranger")), [("xia", GUEST)]);
    assert_eq!(levels(&seen_by("xia")), [("hal", REPORTER), ("xia", GUEST)]);
    assert_eq!(levels(&seen_by("hal")), [("hal", REPORTER), ("xia", GUEST)]);
}

#[test]
fn the_holder_of_a_personal_project_is_an_owner_of_it() {
    let world = World::new().project("ann/dots", |p| p.developer("bob"));
    let oracle = oracle(&world);
    assert_eq!(
        levels(&oracle.project_members_all("ann/dots", ROOT)),
        [("ann", OWNER), ("bob", DEVELOPER)]
    );
    assert_eq!(
        levels(&oracle.project_members("ann/dots", ROOT)),
        [("ann", OWNER), ("bob", DEVELOPER)]
    );
}

#[test]
fn all_shared_relations_together_are_the_whole_list() {
    let shown = [shared_as_reporter(), project_shared(false), project_shared(true)];
    shown.iter().map(World::json).for_each(|world| relations_add_up(&world));
}

proptest! {
    #[test]
    fn in_any_world_all_shared_relations_together_are_the_whole_list(world in worlds()) {
        relations_add_up(&world);
    }
}

fn relations_add_up(world: &serde_json::Value) {
    let oracle = Oracle::new(world, "2026-11-21".parse().unwrap());
    let shared = [
        GroupRelation::Direct,
        GroupRelation::Inherited,
        GroupRelation::SharedFromGroups,
    ];
    for caller in oracle.callers().into_iter().map(Caller::User) {
        for path in oracle.group_paths() {
            let parts = oracle.group_relations(path, caller, &shared).map(names);
            let whole = oracle.group_members_all(path, caller).ok().map(names);
            assert_eq!(parts, whole, "{path}, {caller:?}");
        }
        for path in oracle.project_paths() {
            let parts = oracle.project_relations(path, caller, &ProjectRelation::ALL);
            let whole = oracle.project_members_all(path, caller).ok().map(names);
            assert_eq!(parts, whole, "{path}, {caller:?}");
        }
    }
}

fn names(list: Vec<Entry>) -> Vec<(String, i64)> {
    list.into_iter().map(|entry| (entry.username, entry.level)).collect()
}

#[test]
fn what_is_not_yet_or_no_longer_a_membership_is_not_listed_and_opens_nothing() {
    let world = World::new().group("a", |g| {
        g.requested_by("req", |r| r)
            .invited("new@example.com", DEVELOPER, |i| i)
            .member("old", DEVELOPER, |m| m.until("2026-11-21"))
            .member("zoe", DEVELOPER, Item::awaiting)
            .member("min", crate::support::level::MINIMAL, |m| m)
    });
    let oracle = oracle(&world);
    assert_eq!(
        levels(&oracle.group_members_all("a", ROOT)),
        [("zoe", DEVELOPER), ("min", 5)]
    );
    for name in ["req", "old", "zoe", "min"] {
        assert_eq!(oracle.sight_of_group("a", Caller::User(name)), Sight::Nothing, "{name}");
    }
}

#[test]
fn an_internal_group_is_there_for_all_users_but_external_ones() {
    let world = World::new()
        .user("xan", Item::external)
        .user("sid", |u| u)
        .group("a", |g| g.internal().owner("ann"));
    let oracle = oracle(&world);
    assert_eq!(oracle.sight_of_group("a", Caller::User("sid")), Sight::Reads);
    assert_eq!(oracle.sight_of_group("a", Caller::User("xan")), Sight::Nothing);
    assert_eq!(oracle.sight_of_group("a", Caller::Anonymous), Sight::Nothing);
}

#[test]
fn the_last_owner_stays_although_the_row_has_ended() {
    let ended = |g: crate::support::world::Group| g.member("old", OWNER, |m| m.until("2026-11-21"));
    let alone = World::new().group("a", ended);
    assert_eq!(levels(&oracle(&alone).group_members_all("a", ROOT)), [("old", OWNER)]);
    let followed = World::new().group("a", |g| ended(g).owner("new"));
    assert_eq!(
        levels(&oracle(&followed).group_members_all("a", ROOT)),
        [("new", OWNER)]
    );
    let below = World::new().group("a", |g| g.owner("new")).group("a/b", ended);
    assert_eq!(levels(&oracle(&below).group_members("a/b", ROOT)), []);
}

#[test]
fn a_private_group_seen_only_because_of_a_project_keeps_its_list() {
    let world = World::new()
        .group("a", |g| g.owner("ann"))
        .group("a/b", |g| g)
        .project("a/b/p", |p| p.guest("pia"));
    let oracle = oracle(&world);
    assert_eq!(oracle.sight_of_group("a", Caller::User("pia")), Sight::SeesOnly);
    assert_eq!(oracle.sight_of_group("a/b", Caller::User("pia")), Sight::SeesOnly);
    assert_eq!(oracle.sight_of_project("a/b/p", Caller::User("pia")), Sight::Reads);
}
