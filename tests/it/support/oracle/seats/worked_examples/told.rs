//! Orders, search, objects, and who is told what.

use serde_json::{Value, json};

use super::{ROOT, URL, entry, listed, oracle, sorted};
use crate::support::level::{DEVELOPER, GUEST, MAINTAINER, MINIMAL, OWNER, REPORTER};
use crate::support::oracle::{Caller, Refusal};
use crate::support::world::{Group, Item, World};

fn bad_request() -> Refusal {
    (400, json!({"message": "400 Bad request"}))
}

/// Of each entry one thing.
fn each(list: &[Value], key: &str) -> Vec<Value> {
    list.iter().map(|entry| entry[key].clone()).collect()
}

#[test]
fn nulls_and_ties_lie_where_the_contract_says() {
    let seen = |name: &'static str, signed_in: Option<&'static str>, active: Option<&'static str>| {
        move |world: World| {
            world.user(name, |user| {
                let user = user.set("last_sign_in_at", json!(signed_in));
                user.set("last_activity_on", json!(active))
            })
        }
    };
    let world = [
        seen("never", None, None),
        seen("early", Some("2026-01-01T00:00:00Z"), Some("2026-01-01")),
        seen("late", Some("2026-02-01T00:00:00Z"), Some("2026-02-01")),
        seen("again", Some("2026-02-01T00:00:00Z"), Some("2026-02-01")),
        seen("not", None, None),
    ]
    .into_iter()
    .fold(World::new(), |world, describe| describe(world));
    let world = world.group("a", |g| {
        let all = ["never", "early", "late", "again", "not"];
        all.into_iter().fold(g, Group::developer)
    });
    let order = |sort| sorted(&world, "a", Some(sort), None);
    assert_eq!(order("recent_sign_in"), ["late", "again", "early", "never", "not"]);
    assert_eq!(order("oldest_sign_in"), ["early", "late", "again", "never", "not"]);
    assert_eq!(
        order("last_activity_on_desc"),
        ["late", "again", "early", "never", "not"]
    );
    assert_eq!(
        order("last_activity_on_asc"),
        ["not", "never", "early", "again", "late"]
    );
}

#[test]
fn names_are_ordered_whatever_their_case() {
    let named = |world: World, name: &str, full: &str| world.user(name, |user| user.set("name", full));
    let world = [("x", "bo"), ("y", "Ann"), ("z", "ann"), ("w", "Zed")]
        .into_iter()
        .fold(World::new(), |world, (name, full)| named(world, name, full));
    let world = world.group("a", |g| ["x", "y", "z", "w"].into_iter().fold(g, Group::developer));
    assert_eq!(sorted(&world, "a", Some("name_asc"), None), ["y", "z", "x", "w"]);
    assert_eq!(sorted(&world, "a", Some("name_desc"), None), ["w", "x", "y", "z"]);
}

#[test]
fn a_search_of_short_words_wants_the_whole_name() {
    let world = World::new()
        .user("mary", |user| {
            user.set("name", "Mary Ann Ash")
                .set("public_email", "Mary@public.example")
        })
        .user("al", |user| user.set("name", "Al Bo"))
        .user("alma", |user| user.set("name", "Alma X"))
        .group("a", |g| g.developer("mary").developer("al").developer("alma"));
    let found = |term| sorted(&world, "a", None, Some(term));
    assert_eq!(found("  "), ["mary", "al", "alma"], "as if absent");
    assert_eq!(found("@"), [""; 0]);
    assert_eq!(found("al"), ["al"], "the user name, and not a part of another");
    assert_eq!(found("@AL"), ["al"]);
    assert_eq!(found("al bo"), ["al"], "the name");
    assert_eq!(found("bo"), [""; 0]);
    assert_eq!(found("alma"), ["alma"]);
    assert_eq!(
        found("zz ANN q mary"),
        ["mary"],
        "short words do not matter beside a long one"
    );
    assert_eq!(found("ann alma"), [""; 0]);
    assert_eq!(found("\"ann ash\""), ["mary"]);
    assert_eq!(found("\"ash ann\""), [""; 0]);
    assert_eq!(found("mary@PUBLIC.example"), ["mary"]);
    assert_eq!(
        found("mary@example.com"),
        [""; 0],
        "the private address is never searched"
    );
    assert_eq!(found("m%y"), [""; 0]);
}

#[test]
fn a_billable_member_is_a_user_with_what_bears_on_the_seat() {
    let world = World::new()
        .user("ann", |user| {
            user.set("last_sign_in_at", "2026-02-03T04:05:06Z")
                .set("last_activity_on", "2026-11-01")
                .set("public_email", "ann@public.example")
        })
        .group("a", |g| g.owner("ann").developer("bob"));
    assert_eq!(
        entry(&world, "a", Caller::User("ann"), "ann"),
        json!({
            "id": 2, "username": "ann", "public_email": "ann@public.example", "name": "Ann", "state": "active", "locked": false,
            "avatar_url": null, "web_url": "https://roster.example/ann", "email": "ann@public.example",
            "last_activity_on": "2026-11-01", "membership_type": "group_member", "removable": true,
            "created_at": "2026-01-01T00:00:00.000Z", "is_last_owner": true, "last_login_at": "2026-02-03T04:05:06.000Z",
        })
    );
    let bob = entry(&world, "a", Caller::User("ann"), "bob");
    assert_eq!((&bob["email"], &bob["is_last_owner"]), (&json!(null), &json!(false)));
    assert_eq!(entry(&world, "a", ROOT, "bob")["email"], "bob@example.com");
}

#[test]
fn the_address_of_an_enterprise_user_is_shown_to_the_owners_of_its_group() {
    let ours = |group: &'static str| move |user: Item| user.set("enterprise_group", group);
    let world = World::new()
        .user("eva", ours("a"))
        .user("eli", ours("b"))
        .group("a", |g| g.owner("ann").developer("eva").developer("eli"))
        .group("b", |g| g);
    let shown = |name| entry(&world, "a", Caller::User("ann"), name)["email"].clone();
    assert_eq!((shown("eva"), shown("eli")), (json!("eva@example.com"), json!(null)));
}

#[test]
fn a_second_owner_or_none_means_no_last_one() {
    let last = |world: &World, name| entry(world, "a", ROOT, name)["is_last_owner"].clone();
    let blocked = World::new()
        .user("blo", |user| user.set("state", "blocked"))
        .group("a", |g| g.owner("ann").owner("blo"));
    assert_eq!(last(&blocked, "ann"), false, "blocked owners count");
    let bot = World::new()
        .user("bot", |user| user.set("user_type", "service_account"))
        .group("a", |g| g.owner("ann").owner("bot"));
    assert_eq!(last(&bot, "ann"), true);
    let linked = World::new()
        .group("h", |g| g.owner("hal"))
        .group("a", |g| g.owner("ann").shared_with("h", OWNER))
        .group("a/b", |g| g.owner("bob"));
    assert_eq!(last(&linked, "ann"), true);
    assert_eq!(last(&linked, "bob"), false);
    assert_eq!(last(&linked, "hal"), false);
}

#[test]
fn memberships_are_the_own_rows_in_the_hierarchy_and_indirect_those_elsewhere() {
    let world = World::new()
        .group("top", |g| g.set("name", "Top").guest("ann"))
        .group("top/h", |g| {
            g.member("ann", MAINTAINER, |m| m.until("2027-01-01"))
                .member("wim", DEVELOPER, Item::awaiting)
        })
        .group("a", |g| {
            g.set("name", "Acme")
                .member("ann", GUEST, |m| m.with_role("Reader"))
                .shared_with("top/h", REPORTER)
        })
        .group("a/b", |g| {
            g.set("name", "Tools")
                .member("ann", DEVELOPER, Item::awaiting)
                .requested_by("asks", |r| r)
        })
        .project("a/b/p", |p| {
            p.set("name", "CLI").developer("ann").shared_with("top/h", GUEST)
        })
        .role("a", "Reader", GUEST);
    let oracle = oracle(&world);
    let own = listed(oracle.billable_memberships("a", ROOT, 2, URL));
    assert_eq!(
        each(&own, "source_full_name"),
        ["Acme", "Acme / Tools", "Acme / Tools / CLI"]
    );
    assert_eq!(
        own[0],
        json!({
            "id": 4004, "source_id": 1003, "source_full_name": "Acme", "source_members_url": "https://roster.example/groups/a/-/group_members",
            "created_at": "2026-01-01T00:00:00.000Z", "expires_at": null,
            "access_level": {"string_value": "Reader", "integer_value": 10, "custom_role": {"id": 3001, "name": "Reader"}},
        })
    );
    assert_eq!(
        own[2]["source_members_url"],
        "https://roster.example/a/b/p/-/project_members"
    );
    assert_eq!(
        own[2]["access_level"],
        json!({"string_value": "Developer", "integer_value": 30, "custom_role": null})
    );
    let indirect = listed(oracle.indirect_memberships("a", ROOT, 2, URL));
    assert_eq!(
        each(&indirect, "source_full_name"),
        ["Top", "Top / h"],
        "each once, although two links bring it"
    );
    assert_eq!(
        indirect[1]["access_level"]["integer_value"], MAINTAINER,
        "its own level"
    );
    assert_eq!(indirect[1]["expires_at"], "2027-01-01");
    let nobody: Refusal = (404, json!({"message": "404 Not found"}));
    let no_seat: Refusal = (404, json!({"message": "404 User Not Found"}));
    assert_eq!(oracle.billable_memberships("a", ROOT, 99, URL), Err(nobody));
    assert_eq!(oracle.indirect_memberships("a", ROOT, 3, URL), Err(no_seat));
}

#[test]
fn who_may_not_is_told_so_in_the_order_of_the_contract() {
    let world = World::new()
        .user("sid", |user| user)
        .group("a", |g| {
            g.owner("ann")
                .maintainer("mia")
                .member("min", MINIMAL, |m| m)
                .member("man", DEVELOPER, |m| m.with_role("Manager"))
        })
        .group("a/b", |g| g.owner("bob"))
        .group("h", |g| g.owner("hal"))
        .group("p", |g| g.public().shared_with("h", OWNER))
        .group("s", |g| {
            let link = json!([{"provider": "main", "cn": "all", "access_level": 30}]);
            g.set("ldap_links", link).owner("ann")
        })
        .role_that("a", "Manager", DEVELOPER, "admin_group_member");
    let oracle = oracle(&world);
    let list = |path, caller| {
        oracle
            .billable_members(path, caller, None, None, URL)
            .map(|list| list.len())
    };
    let rows = |path, caller| oracle.billable_memberships(path, caller, 3, URL).map(|list| list.len());
    let hidden: Refusal = (404, json!({"message": "404 Group Not Found"}));
    let unknown: Refusal = (401, json!({"message": "401 Unauthorized"}));
    let by = Caller::User;
    for caller in [
        Caller::Anonymous,
        by("sid"),
        by("min"),
        by("mia"),
        by("man"),
        by("ann"),
        ROOT,
    ] {
        let (expected_list, expected_rows) = match caller {
            Caller::Anonymous => (Err(unknown.clone()), Err(unknown.clone())),
            Caller::User("sid" | "min") => (Err(hidden.clone()), Err(hidden.clone())),
            Caller::User("mia") => (Err(bad_request()), Err(bad_request())),
            Caller::User("man") => (Err(bad_request()), Ok(1)),
            Caller::User(_) => (Ok(4), Ok(1)),
        };
        assert_eq!(list("a", caller), expected_list, "{caller:?}");
        assert_eq!(rows("a", caller), expected_rows, "{caller:?}");
    }
    assert_eq!(list("a/b", by("bob")), Err(bad_request()), "a subgroup");
    assert_eq!(
        list("p", by("sid")),
        Err(bad_request()),
        "a stranger who sees the group"
    );
    assert_eq!(list("p", by("hal")), Ok(1), "an owner through a link");
    assert_eq!(list("s", by("ann")), Ok(1), "the list of a synced group");
    assert_eq!(rows("s", ROOT), Err(bad_request()), "nobody administers its members");
}

#[test]
fn what_waits_is_counted_once_a_user_and_once_an_address() {
    let invited = |g: Group, address| g.invited(address, DEVELOPER, Item::awaiting);
    let world = World::new()
        .group("a", |g| {
            let g = g.set("seats", json!({"cap": 3})).owner("ann");
            let g = g.member("wim", DEVELOPER, Item::awaiting).requested_by("asks", |r| r);
            invited(g, "new@example.com")
        })
        .group("a/b", |g| {
            invited(g.member("wim", GUEST, Item::awaiting), "new@example.com")
        })
        .project("a/p", |p| {
            p.invited("other@example.com", GUEST, |i| i.until("2026-11-20"))
        })
        .group("z", |g| g.member("zoe", DEVELOPER, Item::awaiting));
    let usage = oracle(&world).seat_usage("a");
    assert_eq!((usage.in_use, usage.cap), (1, Some(3)));
    assert_eq!((usage.awaiting, usage.pending_invitations), (1, 2));
}
