//! The lists of groups, projects, users and custom roles: who finds what, in which order, page by page.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use roster::db::Counter;
use roster::domain::live::Feed;
use roster::domain::members::Direction::{Asc, Desc};
use roster::domain::{Actor, App, Ctx, Door, Error, Origin, Page, Window, groups, projects, roles, tokens, users};
use roster::types::AccessLevel;
use serde_json::Value;

use crate::support::oracle::{Caller, Oracle};
use crate::support::random::worlds;
use crate::support::world::World;
use crate::support::{Kind, TestApp, on_both_databases, run_on, today};

on_both_databases!(
    groups_of_a_member_are_those_with_a_role_and_all_above,
    a_stranger_finds_open_groups_only_when_all_are_asked_for,
    groups_are_searched_by_full_path_at_the_top_and_by_name_below,
    projects_of_a_group_include_shared_ones_and_those_below_when_asked,
    users_are_ranked_by_how_well_they_match,
    blocked_users_are_listed_for_administrators_only,
    primary_addresses_are_for_administrators_and_oneself,
    anonymous_callers_find_users_by_name_only,
    the_name_of_a_bot_from_a_closed_project_is_hidden,
    details_of_an_account_are_for_administrators_and_oneself,
    custom_roles_are_shown_to_owners_of_their_group,
    pages_of_every_order_join_to_the_whole_list,
    a_position_of_another_order_is_refused,
    a_list_takes_one_statement_however_long_it_is,
);

async fn load(app: &TestApp, world: &Value) -> Arc<App> {
    let text = world.to_string().into_bytes();
    roster::world::import(&app.db, std::io::Cursor::new(text), Arc::new(|_| ()))
        .await
        .expect("the world is sound");
    Arc::new(App {
        db: app.db.clone(),
        external_url: "https://roster.example".to_owned(),
        invites_per_day: None,
        directory: None,
        live: Feed::default(),
    })
}

async fn acme(app: &TestApp) -> Arc<App> {
    load(app, &World::fixture("acme")).await
}

fn anonymous(app: &Arc<App>) -> Ctx {
    Ctx::new(Arc::clone(app), Actor::Anonymous, Origin::new(Door::System, "test"))
}

async fn as_user(app: &Arc<App>, name: &str) -> Ctx {
    let caller = tokens::authenticate(app, &format!("{name}-api")).await.unwrap();
    let caller = caller.expect("a token that works");
    anonymous(app).acting_as(Actor::User(Arc::new(caller)))
}

const WHOLE: Window = Window::first(100);

async fn group_paths(ctx: &Ctx, filter: groups::Filter) -> Vec<String> {
    let page = groups::page(ctx, &filter, groups::Order::default(), &WHOLE)
        .await
        .unwrap();
    assert_eq!(
        groups::count(ctx, &filter, 1000).await.unwrap(),
        page.items.len() as u64
    );
    page.into_rows().into_iter().map(|group| group.full_path).collect()
}

async fn project_paths(ctx: &Ctx, filter: projects::Filter) -> Vec<String> {
    let order = projects::Order::Id(Asc);
    let page = projects::page(ctx, &filter, order, &WHOLE).await.unwrap();
    assert_eq!(
        projects::count(ctx, &filter, 1000).await.unwrap(),
        page.items.len() as u64
    );
    page.into_rows().into_iter().map(|project| project.full_path).collect()
}

async fn usernames(ctx: &Ctx, filter: users::Filter, order: users::Order) -> Vec<String> {
    let page = users::page(ctx, &filter, order, &WHOLE).await.unwrap();
    page.into_rows().into_iter().map(|user| user.username).collect()
}

fn in_scope(scope: groups::Scope) -> groups::Filter {
    groups::Filter {
        scope,
        ..groups::Filter::default()
    }
}

async fn groups_of_a_member_are_those_with_a_role_and_all_above(app: TestApp) {
    let app = acme(&app).await;
    let dan = as_user(&app, "dan").await;

    let own = group_paths(&dan, in_scope(groups::Scope::Roles)).await;
    assert_eq!(own, ["acme", "acme/tools/core", "acme/tools"]);
    // In the graph what is closed is not there, and acme holds no project that would open it but one in tools.
    let seen = group_paths(&dan, groups::Filter::default()).await;
    assert_eq!(seen, ["acme", "acme/tools/core", "acme/open", "partners", "acme/tools"]);

    let xan = as_user(&app, "xan").await;
    let own = group_paths(&xan, in_scope(groups::Scope::Roles)).await;
    assert_eq!(
        own,
        ["acme", "acme/open", "partners", "partners/secret", "acme/tools"],
        "partners is named, although it is closed to an external user"
    );
    let seen = group_paths(&xan, groups::Filter::default()).await;
    assert!(!seen.contains(&"partners".to_owned()));
}

async fn a_stranger_finds_open_groups_only_when_all_are_asked_for(app: TestApp) {
    let app = acme(&app).await;
    let sid = as_user(&app, "sid").await;
    let scope = |all| groups::Scope::of_parameter(&sid.actor, all);
    assert!(group_paths(&sid, in_scope(scope(None))).await.is_empty());
    assert_eq!(
        group_paths(&sid, in_scope(scope(Some(true)))).await,
        ["acme/open", "partners"]
    );
    assert_eq!(
        group_paths(&anonymous(&app), in_scope(groups::Scope::Roles)).await,
        ["acme/open"]
    );

    let root = as_user(&app, "root").await;
    let scope = |all| groups::Scope::of_parameter(&root.actor, all);
    assert_eq!(group_paths(&root, in_scope(scope(None))).await.len(), 6);
    assert!(group_paths(&root, in_scope(scope(Some(false)))).await.is_empty());
}

async fn groups_are_searched_by_full_path_at_the_top_and_by_name_below(app: TestApp) {
    let app = acme(&app).await;
    let ann = as_user(&app, "ann").await;
    let acme = group_paths(&ann, groups::Filter::default()).await;
    assert!(acme.contains(&"acme".to_owned()));
    let search = |text: &str, below: Option<roster::types::AncestorPath>| groups::Filter {
        search: Some(text.to_owned()),
        below,
        ..groups::Filter::default()
    };
    let below = Some(roster::types::AncestorPath::root(10));
    let found = group_paths(&ann, search(" ACME/t ", None)).await;
    assert_eq!(found, ["acme/tools/core", "acme/tools"]);
    let found = group_paths(&ann, search("acme / T", None)).await;
    assert_eq!(found, ["acme/tools/core", "acme/tools"]);
    assert!(group_paths(&ann, search("acme", below.clone())).await.is_empty());
    assert_eq!(group_paths(&ann, search("TOO", below.clone())).await, ["acme/tools"]);
    assert_eq!(group_paths(&ann, search("", below)).await.len(), 3);

    let least = |level| groups::Filter {
        min_access_level: Some(level),
        ..groups::Filter::default()
    };
    let gus = as_user(&app, "gus").await;
    assert_eq!(
        group_paths(&gus, least(AccessLevel::Reporter)).await,
        ["acme/tools/core"]
    );
    assert_eq!(group_paths(&gus, least(AccessLevel::Guest)).await.len(), 4);
    let owned = groups::Filter {
        owned: true,
        ..groups::Filter::default()
    };
    assert_eq!(group_paths(&ann, owned.clone()).await, ["acme"]);
    assert!(group_paths(&anonymous(&app), owned).await.is_empty());
}

async fn projects_of_a_group_include_shared_ones_and_those_below_when_asked(app: TestApp) {
    let app = acme(&app).await;
    let root = as_user(&app, "root").await;
    let near = |id, include_subgroups, with_shared, include_ancestor_groups| projects::Filter {
        place: Some(projects::Place::Group {
            id: roster::types::GroupId(id),
            path: match id {
                15 => roster::types::AncestorPath::root(14).child(15),
                id => roster::types::AncestorPath::root(id),
            },
            include_subgroups,
            with_shared,
            include_ancestor_groups,
        }),
        ..projects::Filter::default()
    };
    assert!(project_paths(&root, near(10, false, true, false)).await.is_empty());
    assert_eq!(
        project_paths(&root, near(10, true, true, false)).await,
        ["acme/tools/cli", "acme/open/site"]
    );
    assert_eq!(
        project_paths(&root, near(15, false, true, false)).await,
        ["acme/tools/cli"]
    );
    assert_eq!(
        project_paths(&root, near(14, true, true, false)).await,
        ["acme/tools/cli"]
    );
    assert!(project_paths(&root, near(14, true, false, false)).await.is_empty());
    assert!(project_paths(&root, near(15, true, false, true)).await.is_empty());

    let mia = as_user(&app, "mia").await;
    let mine = |filter: projects::Filter| projects::Filter {
        membership: true,
        ..filter
    };
    assert_eq!(
        project_paths(&mia, mine(projects::Filter::default())).await,
        ["acme/tools/cli", "dan/dots"]
    );
    let dan = as_user(&app, "dan").await;
    let owned = projects::Filter {
        owned: true,
        ..projects::Filter::default()
    };
    assert_eq!(project_paths(&dan, owned).await, ["dan/dots"]);
    assert!(
        project_paths(&anonymous(&app), mine(projects::Filter::default()))
            .await
            .is_empty()
    );
}

async fn users_are_ranked_by_how_well_they_match(app: TestApp) {
    let world = World::new()
        .user("zed", |u| u.set("name", "mark").set("public_email", "z@example.com"))
        .user("mark", |u| u.set("name", "Zoe"))
        .user("amy", |u| u.set("name", "Amy Markham"))
        .user("bea", |u| u.set("name", "bea").set("public_email", "Mark"));
    let app = load(&app, &world.json()).await;
    let amy = as_user(&app, "amy").await;
    let search = |text: &str| users::Filter {
        search: Some(text.to_owned()),
        ..users::Filter::default()
    };
    let by_match = users::Order::Match;
    let found = usernames(&amy, search("@MARK"), by_match).await;
    assert_eq!(found, ["bea", "mark", "zed", "amy"]);
    assert_eq!(usernames(&amy, search("ma"), by_match).await, [] as [&str; 0]);
    assert_eq!(usernames(&amy, search("Bea"), by_match).await, ["bea"]);
    assert_eq!(usernames(&amy, search("@"), by_match).await, [] as [&str; 0]);
    assert_eq!(usernames(&amy, search(" "), users::Order::Id(Asc)).await.len(), 5);

    // Page by page the order is the same.
    let mut window = Window::first(1);
    let mut walked = Vec::new();
    loop {
        let page = users::page(&amy, &search("mark"), by_match, &window).await.unwrap();
        let last = page.items.last().map(|(place, _)| place.clone());
        walked.extend(page.items.iter().map(|(_, user)| user.username.clone()));
        if !page.has_next {
            break;
        }
        window = Window::Keyset {
            limit: 1,
            after: last,
            before: None,
            backward: false,
        };
    }
    assert_eq!(walked, ["bea", "mark", "zed", "amy"]);
}

async fn blocked_users_are_listed_for_administrators_only(app: TestApp) {
    let app = acme(&app).await;
    let (ann, root) = (as_user(&app, "ann").await, as_user(&app, "root").await);
    let bob = users::Filter {
        usernames: Some(vec!["BOB".to_owned()]),
        ..users::Filter::default()
    };
    let order = users::Order::default();
    assert!(usernames(&ann, bob.clone(), order).await.is_empty());
    assert_eq!(usernames(&root, bob, order).await, ["bob"]);
    let blocked = users::Filter {
        blocked: true,
        ..users::Filter::default()
    };
    assert_eq!(usernames(&root, blocked, order).await, ["bob"]);
    let idle = users::Filter {
        without_projects: true,
        ..users::Filter::default()
    };
    // pia's group is let into tools, and xan's into the command line itself.
    assert_eq!(usernames(&root, idle.clone(), order).await, ["sid", "root"]);
    assert_eq!(usernames(&ann, idle, order).await.len(), 8);
    assert_eq!(
        users::get(&ann, roster::types::UserId(9)).await.unwrap().username,
        "bob"
    );
}

async fn primary_addresses_are_for_administrators_and_oneself(app: TestApp) {
    let app = acme(&app).await;
    let root = as_user(&app, "root").await;
    let ann = as_user(&app, "ann").await;
    let all = users::Filter::default();
    let order = users::Order::Id(Asc);
    let seen = users::page(&root, &all, order, &WHOLE).await.unwrap().into_rows();
    assert!(seen.iter().all(|user| user.email.is_some()));
    let seen = users::page(&ann, &all, order, &WHOLE).await.unwrap().into_rows();
    let shown: Vec<_> = seen.iter().filter_map(|user| user.email.as_deref()).collect();
    assert_eq!(shown, ["ann@example.com"]);
    // Nor can it be found.
    let by_address = users::Filter {
        search: Some("dan@example.com".to_owned()),
        ..users::Filter::default()
    };
    assert!(usernames(&ann, by_address.clone(), order).await.is_empty());
    assert_eq!(usernames(&root, by_address, order).await, ["dan"]);
}

async fn anonymous_callers_find_users_by_name_only(app: TestApp) {
    let app = acme(&app).await;
    let nobody = anonymous(&app);
    let refused = users::page(&nobody, &users::Filter::default(), users::Order::default(), &WHOLE).await;
    assert!(matches!(
        refused,
        Err(Error::Forbidden(Some("Not authorized to access /api/v4/users")))
    ));
    assert_eq!(users::by_username(&nobody, "Ann").await.unwrap().email, None);
    let refused = users::get(&nobody, roster::types::UserId(2)).await;
    assert!(matches!(refused, Err(Error::Forbidden(Some("Not authorized!")))));
}

async fn the_name_of_a_bot_from_a_closed_project_is_hidden(app: TestApp) {
    let mut world = World::fixture("acme");
    let bot = serde_json::json!({"id": 50, "username": "cli-bot", "name": "CLI deployer", "email": "bot@example.com", "user_type": "project_bot"});
    world["users"].as_array_mut().unwrap().push(bot);
    let row = serde_json::json!({"id": 400, "project": "acme/tools/cli", "user": "cli-bot", "access_level": 30});
    world["members"].as_array_mut().unwrap().push(row);
    let app = load(&app, &world).await;
    let mut names = Vec::new();
    for caller in ["root", "mia", "sid"] {
        let ctx = as_user(&app, caller).await;
        names.push(users::by_username(&ctx, "cli-bot").await.unwrap().name);
    }
    assert_eq!(names, ["CLI deployer", "CLI deployer", "****"]);
}

async fn details_of_an_account_are_for_administrators_and_oneself(app: TestApp) {
    let world = World::new()
        .user("ann", |u| {
            u.set(
                "ldap_identity",
                serde_json::json!({"provider": "ldapmain", "dn": "uid=ann"}),
            )
        })
        .user("sid", |u| u)
        .group("acme", |g| g.owner("ann"));
    let app = load(&app, &world.json()).await;
    let (root, ann) = (as_user(&app, "root").await, as_user(&app, "ann").await);

    let own = users::current(&ann).await.unwrap();
    assert_eq!(own.identities[0].provider, "ldapmain");
    assert_eq!(own.highest_role, AccessLevel::Owner);
    assert!(own.using_license_seat);
    assert_eq!(own.namespace_id.0, 1_000_000_000 + own.user.id.0);

    let sid = users::by_username(&root, "sid").await.unwrap();
    let found = users::details(&root, &[sid.id, own.user.id]).await.unwrap();
    assert_eq!(found[0].highest_role, AccessLevel::NoAccess);
    assert!(!found[0].using_license_seat);
    assert_eq!(found[1].user.username, "ann");
    assert!(matches!(
        users::details(&ann, &[sid.id]).await,
        Err(Error::Forbidden(None))
    ));
    assert!(matches!(
        users::current(&anonymous(&app)).await,
        Err(Error::Unauthenticated)
    ));
}

async fn custom_roles_are_shown_to_owners_of_their_group(app: TestApp) {
    let app = acme(&app).await;
    for (name, seen) in [("root", 1), ("ann", 1), ("gus", 0)] {
        let ctx = as_user(&app, name).await;
        let page = roles::page(&ctx, &roles::Filter::default(), &WHOLE).await.unwrap();
        assert_eq!(page.items.len(), seen, "{name}");
        assert_eq!(
            roles::count(&ctx, &roles::Filter::default(), 10).await.unwrap(),
            seen as u64
        );
    }
    let gus = as_user(&app, "gus").await;
    let group = roster::domain::standing::group(&gus, &roster::domain::standing::Name::Id(10))
        .await
        .unwrap();
    assert!(matches!(
        roles::of_group(&gus, &group).await,
        Err(Error::Forbidden(None))
    ));
}

/// Walks a list by cursors forwards and backwards and by numbered pages, and asks for the same rows each time.
async fn walk<T>(size: u64, whole: &[i64], ask: impl AsyncFn(Window) -> Page<T>) {
    let ids = |page: &Page<T>| page.items.iter().map(|(place, _)| place.id).collect::<Vec<_>>();
    let (mut forwards, mut backwards, mut numbered) = (Vec::new(), Vec::new(), Vec::new());
    let mut after = None;
    loop {
        let page = ask(Window::Keyset {
            limit: size,
            after: after.clone(),
            before: None,
            backward: false,
        })
        .await;
        assert_eq!(page.has_previous, after.is_some());
        forwards.extend(ids(&page));
        after = page.items.last().map(|(place, _)| place.clone());
        if !page.has_next {
            break;
        }
    }
    let mut before = None;
    loop {
        let page = ask(Window::Keyset {
            limit: size,
            after: None,
            before: before.clone(),
            backward: true,
        })
        .await;
        backwards.splice(0..0, ids(&page));
        before = page.items.first().map(|(place, _)| place.clone());
        if !page.has_previous {
            break;
        }
    }
    for number in 1.. {
        let page = ask(Window::Offset {
            page: number,
            per_page: size,
        })
        .await;
        numbered.extend(ids(&page));
        if !page.has_next {
            break;
        }
    }
    assert_eq!(forwards, whole);
    assert_eq!(backwards, whole);
    assert_eq!(numbered, whole);
}

async fn pages_of_every_order_join_to_the_whole_list(app: TestApp) {
    let app = acme(&app).await;
    let ctx = as_user(&app, "root").await;
    for direction in [Asc, Desc] {
        for order in [
            groups::Order::Id(direction),
            groups::Order::Name(direction),
            groups::Order::Path(direction),
        ] {
            let filter = groups::Filter::default();
            let ask = async |window| groups::page(&ctx, &filter, order, &window).await.unwrap();
            let whole: Vec<_> = ask(WHOLE).await.into_rows().iter().map(|group| group.id.0).collect();
            assert_eq!(whole.len(), 6);
            walk(2, &whole, ask).await;
            walk(4, &whole, ask).await;
        }
        for order in [
            projects::Order::Id(direction),
            projects::Order::Name(direction),
            projects::Order::Path(direction),
            projects::Order::Updated(direction),
        ] {
            let filter = projects::Filter::default();
            let ask = async |window| projects::page(&ctx, &filter, order, &window).await.unwrap();
            let whole: Vec<_> = ask(WHOLE)
                .await
                .into_rows()
                .iter()
                .map(|project| project.id.0)
                .collect();
            assert_eq!(whole.len(), 3);
            walk(2, &whole, ask).await;
        }
        for order in [
            users::Order::Id(direction),
            users::Order::Name(direction),
            users::Order::Username(direction),
            users::Order::Created(direction),
            users::Order::Updated(direction),
        ] {
            let filter = users::Filter::default();
            let ask = async |window| users::page(&ctx, &filter, order, &window).await.unwrap();
            let whole: Vec<_> = ask(WHOLE).await.into_rows().iter().map(|user| user.id.0).collect();
            assert_eq!(whole.len(), 9);
            walk(2, &whole, ask).await;
        }
    }
}

async fn a_position_of_another_order_is_refused(app: TestApp) {
    let app = acme(&app).await;
    let ctx = as_user(&app, "root").await;
    let by_number = groups::page(
        &ctx,
        &groups::Filter::default(),
        groups::Order::Id(Asc),
        &Window::first(1),
    )
    .await
    .unwrap();
    let after = by_number.items.first().map(|(place, _)| place.clone());
    let window = Window::Keyset {
        limit: 1,
        after,
        before: None,
        backward: false,
    };
    let refused = groups::page(&ctx, &groups::Filter::default(), groups::Order::default(), &window).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
}

async fn a_list_takes_one_statement_however_long_it_is(app: TestApp) {
    let app = acme(&app).await;
    let ctx = as_user(&app, "ann").await;
    for limit in [1, 6] {
        let counter = Counter::default();
        let window = Window::first(limit);
        counter
            .scope(async {
                groups::page(&ctx, &groups::Filter::default(), groups::Order::default(), &window)
                    .await
                    .unwrap();
                projects::page(&ctx, &projects::Filter::default(), projects::Order::default(), &window)
                    .await
                    .unwrap();
                users::page(&ctx, &users::Filter::default(), users::Order::default(), &window)
                    .await
                    .unwrap();
            })
            .await;
        assert_eq!(counter.counts().statements, 3);
    }
}

/// Whether somebody's time as owner of a group is over in it. Such a row goes on counting while it is the last owner's, of which the evaluator
/// knows nothing.
fn has_expired_owner(world: &Value) -> bool {
    world["members"].as_array().into_iter().flatten().any(|row| {
        let ended = row["expires_at"]
            .as_str()
            .is_some_and(|day| day <= today().to_string().as_str());
        ended && row["access_level"] == 50 && row["group"].is_string()
    })
}

/// What the plain evaluator says the lists hold, for every caller of a world.
async fn agree(app: &Arc<App>, world: &Value) {
    let oracle = Oracle::new(world, today());
    let mut eyes = vec![(Caller::Anonymous, anonymous(app))];
    for name in oracle.callers() {
        eyes.push((Caller::User(name), as_user(app, name).await));
    }
    for (caller, ctx) in &eyes {
        let seen: BTreeSet<_> = group_paths(ctx, groups::Filter::default()).await.into_iter().collect();
        let expected: BTreeSet<_> = oracle
            .group_paths()
            .into_iter()
            .filter(|path| oracle.sees_group(path, *caller))
            .map(str::to_owned)
            .collect();
        assert_eq!(seen, expected, "groups that {caller:?} sees");
        let seen: BTreeSet<_> = project_paths(ctx, projects::Filter::default())
            .await
            .into_iter()
            .collect();
        let expected: BTreeSet<_> = oracle
            .project_paths()
            .into_iter()
            .filter(|path| oracle.sees_project(path, *caller))
            .map(str::to_owned)
            .collect();
        assert_eq!(seen, expected, "projects that {caller:?} sees");
        let Caller::User(name) = caller else { continue };
        let below = |path: &str, above: &str| path == above || path.starts_with(&format!("{above}/"));
        let own: Vec<_> = oracle
            .group_paths()
            .into_iter()
            .filter(|path| oracle.group_level(path, name) > 0)
            .collect();
        let worked_on: Vec<_> = oracle
            .project_paths()
            .into_iter()
            .filter(|path| oracle.project_level(path, name) > 0)
            .collect();
        let listed: BTreeSet<_> = group_paths(ctx, in_scope(groups::Scope::Roles))
            .await
            .into_iter()
            .collect();
        let expected: BTreeSet<_> = oracle
            .group_paths()
            .into_iter()
            .filter(|group| own.iter().chain(&worked_on).any(|path| below(path, group)))
            .map(str::to_owned)
            .collect();
        assert_eq!(listed, expected, "groups in which {name} has a role, and those above");
        for least in [AccessLevel::Guest, AccessLevel::Developer, AccessLevel::Owner] {
            let filter = projects::Filter {
                min_access_level: Some(least),
                ..projects::Filter::default()
            };
            let listed: BTreeSet<_> = project_paths(ctx, filter).await.into_iter().collect();
            let expected: BTreeSet<_> = oracle
                .project_paths()
                .into_iter()
                .filter(|path| oracle.project_level(path, name) >= i64::from(least.number()))
                .map(str::to_owned)
                .collect();
            assert_eq!(listed, expected, "projects in which {name} has {least:?}");
        }
    }
}

fn lists_agree_with_the_plain_evaluator(kind: Kind, cases: usize) {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::default()));
    for _ in 0..cases {
        let world = worlds().new_tree(&mut runner).expect("a world").current();
        if has_expired_owner(&world) {
            continue;
        }
        run_on(kind, |app| async move {
            let app = load(&app, &world).await;
            agree(&app, &world).await;
        });
    }
}

#[test]
fn lists_agree_with_the_plain_evaluator_on_sqlite() {
    lists_agree_with_the_plain_evaluator(Kind::Sqlite, 40);
}

#[test]
fn lists_agree_with_the_plain_evaluator_on_postgres() {
    lists_agree_with_the_plain_evaluator(Kind::Postgres, 10);
}
