//! The sentences of the contract about seats, one by one: the evaluator is only worth its agreement with them.

mod told;

use serde_json::{Value, json};

use crate::support::level::{DEVELOPER, GUEST, MAINTAINER, MINIMAL, OWNER, PLANNER, REPORTER};
use crate::support::oracle::{Caller, Oracle, Refusal};
use crate::support::world::{Group, Item, World};

const ROOT: Caller<'_> = Caller::User("root");
const URL: &str = "https://roster.example";

fn oracle(world: &World) -> Oracle {
    Oracle::new(&world.json(), "2026-11-21".parse().unwrap())
}

fn listed(answer: Result<Vec<Value>, Refusal>) -> Vec<Value> {
    answer.expect("the caller may")
}

fn names(world: &World, root: &str) -> Vec<String> {
    sorted(world, root, None, None)
}

fn sorted(world: &World, root: &str, sort: Option<&str>, search: Option<&str>) -> Vec<String> {
    let list = listed(oracle(world).billable_members(root, ROOT, sort, search, URL));
    let names = list.iter().map(|entry| entry["username"].as_str().unwrap().to_owned());
    names.collect()
}

fn entry(world: &World, root: &str, caller: Caller<'_>, name: &str) -> Value {
    let list = listed(oracle(world).billable_members(root, caller, None, None, URL));
    let found = list.into_iter().find(|entry| entry["username"] == name);
    found.unwrap_or_else(|| panic!("{name} takes no seat"))
}

fn without_guests(group: Group) -> Group {
    group.set("seats", json!({"exclude_guests": true}))
}

#[test]
fn active_humans_count_external_ones_and_admins_too() {
    let states = [
        "blocked",
        "ldap_blocked",
        "banned",
        "deactivated",
        "blocked_pending_approval",
    ];
    let types = ["project_bot", "group_bot", "service_account", "ghost"];
    let mut world = World::new()
        .user("ext", Item::external)
        .user("adm", Item::admin)
        .user("idle", Item::admin);
    for (key, values) in [("state", &states[..]), ("user_type", &types[..])] {
        for value in values {
            world = world.user(value, |user| user.set(key, *value));
        }
    }
    let world = world.group("a", |group| {
        let all = states.iter().chain(&types).chain(&["ext", "adm", "hum"]);
        all.fold(group, |group, name| group.developer(name))
    });
    assert_eq!(names(&world, "a"), ["ext", "adm", "hum"]);
}

#[test]
fn rows_that_wait_ask_have_ended_or_are_minimal_do_not_count() {
    let world = World::new().group("a", |g| {
        g.member("waits", DEVELOPER, Item::awaiting)
            .requested_by("asks", |r| r)
            .invited("pending@example.com", DEVELOPER, |i| i)
            .member("least", MINIMAL, |m| m)
            .member("ended", DEVELOPER, |m| m.until("2026-11-21"))
            .member("ends", DEVELOPER, |m| m.until("2026-11-22"))
            .guest("gus")
    });
    assert_eq!(names(&world, "a"), ["ends", "gus"]);
}

#[test]
fn the_row_of_a_last_owner_counts_although_it_has_ended() {
    let ended = |g: Group| g.member("old", OWNER, |m| m.until("2026-11-20"));
    let alone = World::new().group("a", ended);
    assert_eq!(names(&alone, "a"), ["old"]);
    assert_eq!(entry(&alone, "a", ROOT, "old")["is_last_owner"], true);
    let followed = World::new().group("a", |g| ended(g).owner("new"));
    assert_eq!(names(&followed, "a"), ["new"]);
    assert_eq!(entry(&followed, "a", ROOT, "new")["is_last_owner"], true);
}

/// Everybody below `a`, and a way in of every kind.
fn everywhere() -> World {
    World::new()
        .group("top", |g| g.guest("tom"))
        .group("top/h", |g| g.developer("hal").shared_with("top", DEVELOPER))
        .group("top/h/low", |g| g.developer("lou"))
        .group("far", |g| g.developer("fay"))
        .group("k", |g| g.developer("kim").shared_with("far", DEVELOPER))
        .group("a", |g| g.owner("ann"))
        .group("a/b", |g| g.developer("bob").shared_with("top/h", GUEST))
        .project("a/b/p", |p| p.guest("pia").shared_with("k", REPORTER))
        .project("ann/dots", |p| p.developer("dot"))
}

#[test]
fn the_four_sets_are_told_apart() {
    let world = everywhere();
    let list = listed(oracle(&world).billable_members("a", ROOT, None, None, URL));
    let told: Vec<_> = list
        .iter()
        .map(|entry| {
            let text = |key: &str| entry[key].as_str().unwrap().to_owned();
            (
                text("username"),
                text("membership_type"),
                entry["removable"].as_bool().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("tom", "group_invite", false),
        ("hal", "group_invite", false),
        ("kim", "project_invite", false),
        ("ann", "group_member", true),
        ("bob", "group_member", true),
        ("pia", "project_member", true),
    ];
    let expected = expected.map(|(name, set, removable)| (name.to_owned(), set.to_owned(), removable));
    assert_eq!(told, expected);
}

#[test]
fn the_first_set_that_applies_is_told() {
    let world = everywhere()
        .group("z", |g| g.developer("kim").developer("pia"))
        .group("a/c", |g| g.shared_with("z", GUEST))
        .project("a/c/p", |p| p.developer("tom"));
    let told = |name| entry(&world, "a", ROOT, name)["membership_type"].clone();
    assert_eq!(told("kim"), "group_invite");
    assert_eq!(told("pia"), "project_member");
    assert_eq!(told("tom"), "project_member");
}

#[test]
fn a_link_that_has_ended_brings_nobody_and_a_lock_keeps_nobody_out() {
    let world = World::new()
        .group("h", |g| g.developer("hal"))
        .group("k", |g| g.developer("kim"))
        .group("a", |g| {
            g.setting("share_with_group_lock", true)
                .share("h", DEVELOPER, |s| s.until("2026-11-21"))
        })
        .project("a/p", |p| {
            p.share("h", DEVELOPER, |s| s.until("2026-11-21"))
                .share("k", DEVELOPER, |s| s.until("2026-11-22"))
        });
    assert_eq!(names(&world, "a"), ["kim"]);
}

#[test]
fn an_invited_group_may_lie_in_the_same_hierarchy() {
    let world = World::new()
        .group("a", |g| g.developer("ann"))
        .group("a/b", |g| g.member("low", MINIMAL + 5, |m| m))
        .project("a/p", |p| p.shared_with("a/b", DEVELOPER));
    assert_eq!(names(&world, "a"), ["ann", "low"]);
    let indirect = |user| listed(oracle(&world).indirect_memberships("a", ROOT, user, URL)).len();
    assert_eq!((indirect(2), indirect(3)), (1, 1), "the chain of `a/b` leads to `a`");
}

#[test]
fn guests_take_no_seat_where_they_are_excluded_unless_their_role_does() {
    let world = World::new()
        .group("h", |g| {
            g.developer("hal")
                .guest("ida")
                .member("hea", GUEST, |m| m.with_role("Boss"))
        })
        .role_that("h", "Boss", GUEST, "admin_group_member")
        .group("k", |g| g.owner("kim"))
        .group("a", |g| {
            without_guests(g)
                .guest("gus")
                .member("planner", PLANNER, |m| m)
                .member("reader", GUEST, |m| m.with_role("Reader"))
                .member("boss", GUEST, |m| m.with_role("Boss"))
                .shared_with("h", REPORTER)
                .shared_with("k", GUEST)
        })
        .role("a", "Reader", GUEST)
        .role_that("a", "Boss", GUEST, "read_vulnerability");
    assert_eq!(names(&world, "a"), ["hal", "hea", "planner", "boss"]);
    let counted = World::new()
        .group("k", |g| g.owner("kim"))
        .group("a", |g| g.guest("gus").shared_with("k", GUEST));
    assert_eq!(names(&counted, "a"), ["kim", "gus"], "a guest link brings everybody");
}

#[test]
fn only_the_root_that_is_asked_about_says_whether_guests_count() {
    let world = World::new()
        .group("h", |g| without_guests(g).guest("gus"))
        .group("a", |g| g.owner("ann").shared_with("h", DEVELOPER));
    assert_eq!(names(&world, "a"), ["gus", "ann"]);
    assert_eq!(names(&world, "h"), [""; 0]);
}

#[test]
fn the_highest_level_and_the_first_joining_are_those_of_the_rows_that_count() {
    let on = |day: &str| format!("2026-{day}T00:00:00Z");
    let world = World::new()
        .group("h", |g| {
            g.member("hal", OWNER, |m| m.since(&on("01-05")))
                .member("ann", MAINTAINER, |m| m.since(&on("01-01")))
        })
        .group("a", |g| {
            g.member("ann", DEVELOPER, |m| m.since(&on("03-03")))
                .member("bob", MAINTAINER, |m| m.since(&on("01-02")).awaiting())
                .shared_with("h", REPORTER)
        })
        .project("a/p", |p| p.member("bob", DEVELOPER, |m| m.since(&on("01-03"))));
    let order = |sort| sorted(&world, "a", Some(sort), None);
    assert_eq!(order("access_level_asc"), ["hal", "ann", "bob"]);
    assert_eq!(order("access_level_desc"), ["ann", "bob", "hal"]);
    assert_eq!(order("oldest_joined"), ["ann", "bob", "hal"]);
    assert_eq!(order("last_joined"), ["hal", "bob", "ann"]);
    let usage = oracle(&world).seat_usage("a");
    assert_eq!(
        usage.by_level.into_iter().collect::<Vec<_>>(),
        [(REPORTER, 1), (DEVELOPER, 2)]
    );
    assert_eq!(usage.in_use, 3);
    assert_eq!(
        usage.by_type.into_iter().collect::<Vec<_>>(),
        [("group_invite", 1), ("group_member", 1), ("project_member", 1)]
    );
}
