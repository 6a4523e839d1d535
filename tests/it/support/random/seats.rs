//! Random worlds in which it matters who takes a seat: those of `worlds`, with all that bears on seats beside rows and links.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::worlds;

/// Equal ones, ones that differ by case only, and words of every length.
const NAMES: [&str; 10] = [
    "Ann Ash",
    "ann ash",
    "Al Bo",
    "al",
    "Bo",
    "Émile Zola",
    "émile",
    "Mary-Ann 100%_x",
    "Zoë q Ash",
    "A B C",
];
const STATES: [&str; 6] = [
    "active",
    "blocked",
    "ldap_blocked",
    "banned",
    "deactivated",
    "blocked_pending_approval",
];
const TYPES: [&str; 5] = ["human", "project_bot", "group_bot", "service_account", "ghost"];
const SIGN_INS: [Option<&str>; 4] = [
    None,
    Some("2026-01-02T03:04:05.006Z"),
    Some("2026-01-02T03:04:05.007Z"),
    Some("2025-05-05T05:05:05.000Z"),
];
const DAYS: [Option<&str>; 4] = [None, Some("2026-01-02"), Some("2026-01-03"), Some("2024-02-29")];
const PERMISSIONS: [&[&str]; 5] = [
    &[],
    &["read_code"],
    &["read_code", "admin_group_member"],
    &["admin_group_member"],
    &["read_vulnerability"],
];

/// Terms that find some of `NAMES`, their user names or their public addresses, or nobody.
pub(crate) const TERMS: [&str; 14] = [
    "ann",
    "ASH ann",
    "al",
    "al bo",
    "Bo zz",
    "ém",
    "ÉMILE q",
    "@u1",
    "U2",
    "u1@Elsewhere.example",
    "100%",
    "\"q ash\"",
    "@",
    " ",
];

#[derive(Clone, Debug)]
struct Traits {
    name: &'static str,
    /// Mostly the one that takes a seat.
    state: &'static str,
    user_type: &'static str,
    signed_in: Option<&'static str>,
    active_on: Option<&'static str>,
    /// Whether the address at which somebody may be invited is public.
    is_public: bool,
    enterprise: Option<Index>,
}

fn traits() -> impl Strategy<Value = Traits> {
    let state = prop_oneof![8 => Just(STATES[0]), 2 => select(&STATES)];
    let user_type = prop_oneof![8 => Just(TYPES[0]), 2 => select(&TYPES)];
    let enterprise = prop::option::weighted(0.3, any::<Index>());
    let known = (select(&SIGN_INS), select(&DAYS), any::<bool>());
    (select(&NAMES), state, user_type, known, enterprise).prop_map(
        |(name, state, user_type, (signed_in, active_on, is_public), enterprise)| Traits {
            name,
            state,
            user_type,
            signed_in,
            active_on,
            is_public,
            enterprise,
        },
    )
}

#[derive(Clone, Debug)]
struct Rules {
    exclude_guests: bool,
    cap: Option<u32>,
    synced: bool,
    permissions: &'static [&'static str],
}

fn rules() -> impl Strategy<Value = Rules> {
    let cap = prop::option::weighted(0.3, 0..6_u32);
    let (excluded, synced) = (prop::bool::weighted(0.4), prop::bool::weighted(0.1));
    (excluded, cap, synced, select(&PERMISSIONS)).prop_map(|(exclude_guests, cap, synced, permissions)| Rules {
        exclude_guests,
        cap,
        synced,
        permissions,
    })
}

/// World files as those of `worlds`. The user `u1` may be invited at `u1@elsewhere.example`.
pub(crate) fn seat_worlds() -> impl Strategy<Value = Value> {
    (worlds(), vec(traits(), 7), vec(rules(), 8)).prop_map(|(mut world, traits, rules)| {
        let paths: Vec<Value> = entries(&mut world, "groups")
            .map(|group| group["path"].clone())
            .collect();
        let tops: Vec<Value> = paths.into_iter().filter(|path| !is_below(path)).collect();
        // The first one is `root`.
        for (user, traits) in entries(&mut world, "users").skip(1).zip(&traits) {
            describe(user, traits, &tops);
        }
        for (group, rules) in entries(&mut world, "groups").zip(&rules) {
            group["seats"] = json!({"exclude_guests": rules.exclude_guests, "cap": rules.cap});
            if rules.synced {
                group["ldap_links"] = json!([{"provider": "ldapmain", "cn": "all", "access_level": 30}]);
            }
        }
        for (role, rules) in entries(&mut world, "member_roles").zip(&rules) {
            role["permissions"] = json!(rules.permissions);
        }
        world
    })
}

fn entries<'w>(world: &'w mut Value, list: &str) -> impl Iterator<Item = &'w mut Value> {
    world[list].as_array_mut().expect("a list").iter_mut()
}

fn is_below(path: &Value) -> bool {
    path.as_str().is_some_and(|path| path.contains('/'))
}

fn describe(user: &mut Value, traits: &Traits, tops: &[Value]) {
    user["name"] = json!(traits.name);
    user["state"] = json!(traits.state);
    user["user_type"] = json!(traits.user_type);
    if traits.is_public {
        let username = user["username"].as_str().expect("a name");
        user["public_email"] = json!(format!("{username}@elsewhere.example"));
    }
    if let Some(time) = traits.signed_in {
        user["last_sign_in_at"] = json!(time);
    }
    if let Some(day) = traits.active_on {
        user["last_activity_on"] = json!(day);
    }
    if let Some(index) = traits.enterprise {
        user["enterprise_group"] = tops[index.index(tops.len())].clone();
    }
}
