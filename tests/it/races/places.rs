//! Groups and projects that many make, rename and remove at once.

use std::sync::Arc;

use roster::domain::groups::{self, GroupChange, NewGroup, Settings};
use roster::domain::members::{self, NewMember, Whom};
use roster::domain::projects::{self, NewProject};
use roster::domain::shares::{self, NewShare};
use roster::domain::standing::Name;
use roster::domain::{Ctx, Error, Fault, Thing, seats};
use roster::types::{AccessLevel, SourceKind};

use super::{CLIENTS, Race, acme, number, whole};
use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    a_path_at_the_top_is_given_once,
    a_group_and_a_project_never_share_a_path,
    groups_are_numbered_one_by_one,
    what_is_made_below_a_renamed_group_lies_in_it,
    nobody_is_added_to_a_group_that_goes,
    nothing_is_shared_with_a_group_that_goes,
    groups_that_are_shared_with_each_other_go_at_once,
    a_group_is_removed_once,
);

async fn clients(app: &TestApp, world: World) -> Vec<Ctx> {
    app.import(&world.json()).await;
    let race = Race::over(app).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(race.client(number, "ann").await);
    }
    clients
}

fn new_group(name: &str, parent: Option<Name>) -> NewGroup {
    NewGroup {
        name: name.to_owned(),
        path: name.to_owned(),
        parent,
        settings: Settings::default(),
    }
}

fn taken(faults: &[Fault]) -> bool {
    faults.iter().all(|fault| fault.text == "has already been taken")
}

/// The summary of seats says what the rows say, and no row lies in what is gone.
async fn is_sound(app: &TestApp) {
    let report = seats::verify(&app.system(), false).await.unwrap();
    assert_eq!(report.findings, []);
    let lost = "SELECT COUNT(*) FROM members m WHERE NOT EXISTS (SELECT 1 FROM namespaces n WHERE m.source_kind = 1 AND n.id = m.source_id)
                   AND NOT EXISTS (SELECT 1 FROM projects p WHERE m.source_kind = 2 AND p.id = m.source_id)";
    assert_eq!(number(app, lost).await, 0);
    let paths = "SELECT COUNT(*) FROM namespaces n JOIN namespaces p ON p.id = n.parent_id WHERE n.full_path <> p.full_path || '/' || n.path
                    OR n.full_name <> p.full_name || ' / ' || n.name OR n.ancestor_path <> p.ancestor_path || n.id || '/'";
    assert_eq!(number(app, paths).await, 0);
    let paths = "SELECT COUNT(*) FROM projects p JOIN namespaces n ON n.id = p.namespace_id WHERE p.full_path <> n.full_path || '/' || p.path
                    OR p.full_path_key <> LOWER(p.full_path) OR p.ancestor_path <> n.ancestor_path";
    assert_eq!(number(app, paths).await, 0);
}

async fn a_path_at_the_top_is_given_once(app: TestApp) {
    let clients = clients(&app, World::new().group("acme", |group| group.owner("ann"))).await;
    let outcomes = Race::run(clients, |client, ctx| async move {
        if client % 2 == 0 {
            groups::create(&ctx, &new_group("new", None)).await.map(drop)
        } else {
            let change = GroupChange {
                path: Some("NEW".to_owned()),
                ..GroupChange::default()
            };
            groups::update(&ctx, &acme(), &change).await.map(drop)
        }
    })
    .await;
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        let is_told = match refused {
            Error::Faulty(faults) => taken(faults),
            Error::NotFound(thing) => *thing == Thing::Group,
            _ => false,
        };
        assert!(is_told, "{refused:?}");
    }
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM namespaces WHERE full_path_key = 'new'").await,
        1
    );
    is_sound(&app).await;
}

async fn a_group_and_a_project_never_share_a_path(app: TestApp) {
    let clients = clients(&app, World::new().group("acme", |group| group.owner("ann"))).await;
    let outcomes = Race::run(clients, |client, ctx| async move {
        if client % 2 == 0 {
            groups::create(&ctx, &new_group("new", Some(acme()))).await.map(drop)
        } else {
            let new = NewProject {
                path: Some("New".to_owned()),
                namespace: Some(acme()),
                ..NewProject::default()
            };
            projects::create(&ctx, &new).await.map(drop)
        }
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(refused, Error::Faulty(faults) if taken(faults)), "{refused:?}");
    }
    is_sound(&app).await;
}

async fn groups_are_numbered_one_by_one(app: TestApp) {
    let clients = clients(&app, World::new().group("acme", |group| group.owner("ann"))).await;
    let outcomes = Race::run(clients, |client, ctx| async move {
        let parent = (client % 2 == 0).then(acme);
        groups::create(&ctx, &new_group(&format!("g{client}"), parent)).await
    })
    .await;
    let mut numbers: Vec<_> = outcomes.into_iter().map(|made| made.unwrap().id.0).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1002..1002 + whole(CLIENTS)).collect::<Vec<_>>());
    assert_eq!(
        number(&app, "SELECT value FROM counters WHERE name = 'groups'").await,
        1001 + whole(CLIENTS)
    );
    is_sound(&app).await;
}

async fn what_is_made_below_a_renamed_group_lies_in_it(app: TestApp) {
    let world = World::new()
        .group("acme", |group| group.owner("ann"))
        .group("acme/sub", |group| group);
    let clients = clients(&app, world).await;
    let (top, sub) = (Name::Id(1001), Name::Id(1002));
    let outcomes = Race::run(clients, |client, ctx| {
        let (top, sub) = (top.clone(), sub.clone());
        async move {
            let name = format!("x{client}");
            match client % 4 {
                0 => {
                    let change = GroupChange {
                        name: Some(name.clone()),
                        path: Some(name),
                        ..GroupChange::default()
                    };
                    groups::update(&ctx, &top, &change).await.map(drop)
                }
                1 => {
                    let change = GroupChange {
                        path: Some(name),
                        ..GroupChange::default()
                    };
                    groups::update(&ctx, &sub, &change).await.map(drop)
                }
                2 => groups::create(&ctx, &new_group(&name, Some(sub))).await.map(drop),
                _ => {
                    let new = NewProject {
                        name: Some(name),
                        namespace: Some(sub),
                        ..NewProject::default()
                    };
                    projects::create(&ctx, &new).await.map(drop)
                }
            }
        }
    })
    .await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let quarter = whole(CLIENTS / 4);
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM namespaces WHERE parent_id = 1002").await,
        quarter
    );
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM projects WHERE namespace_id = 1002").await,
        quarter
    );
    is_sound(&app).await;
}

/// What may have been too late for a group that goes.
fn is_gone(error: &Error) -> bool {
    matches!(error, Error::NotFound(Thing::Group | Thing::Project))
}

async fn nobody_is_added_to_a_group_that_goes(app: TestApp) {
    let mut world = World::new().group("acme", |group| group.owner("ann"));
    for client in 0..CLIENTS {
        world = world.user(&format!("u{client}"), |user| user);
    }
    let world = world
        .group("acme/sub", |group| group)
        .project("acme/sub/app", |project| project);
    let clients = clients(&app, world).await;
    let outcomes = Race::run(clients, |client, ctx| async move {
        let sub = Name::Path("acme/sub".to_owned());
        if client % 8 == 4 {
            let gone = if client % 16 == 4 { acme() } else { sub };
            return groups::delete(&ctx, &gone, None).await.map(drop);
        }
        let new = NewMember {
            access_level: level::DEVELOPER,
            ..NewMember::default()
        };
        let whom = Whom::Username(format!("u{client}"));
        let (kind, name) = match client % 3 {
            0 => (SourceKind::Group, acme()),
            1 => (SourceKind::Group, sub),
            _ => (SourceKind::Project, Name::Path("acme/sub/app".to_owned())),
        };
        members::add(&ctx, kind, &name, &whom, &new).await.map(drop)
    })
    .await;
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(is_gone(refused), "{refused:?}");
    }
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM namespaces WHERE kind = 'group'").await,
        0
    );
    assert_eq!(number(&app, "SELECT COUNT(*) FROM members").await, 0);
    is_sound(&app).await;
}

fn with(group_id: i64) -> NewShare {
    NewShare {
        group_id,
        access_level: AccessLevel::Developer,
        expires_at: None,
        member_role_id: None,
    }
}

/// Ten groups share themselves with one below a group that is removed meanwhile, and it shares itself with each of them.
async fn nothing_is_shared_with_a_group_that_goes(app: TestApp) {
    const GROUPS: i64 = 10;
    let mut world = World::new()
        .group("acme", |group| group.owner("ann").developer("dev"))
        .group("acme/sub", |group| group.developer("dora"));
    for index in 0..GROUPS {
        world = world.group(&format!("g{index}"), |group| {
            group.owner("ann").developer(&format!("d{index}"))
        });
    }
    let clients = clients(&app, world).await;
    seats::verify(&app.system(), false).await.unwrap();
    let outcomes = Race::run(clients, |client, ctx| async move {
        let mut done = Vec::new();
        for index in 0..GROUPS {
            let other = 1003 + (index + i64::try_from(client).unwrap_or_default()) % GROUPS;
            let (shared, invited) = if client % 2 == 0 { (other, 1002) } else { (1002, other) };
            let made = shares::create(&ctx, SourceKind::Group, &Name::Id(shared), &with(invited)).await;
            done.push(made.map(drop));
            if client == 5 && index == 3 {
                done.push(groups::delete(&ctx, &acme(), None).await.map(drop));
            }
        }
        done
    })
    .await;
    for refused in outcomes.iter().flatten().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(is_gone(refused) || matches!(refused, Error::Refused(_)), "{refused:?}");
    }
    assert_eq!(number(&app, "SELECT COUNT(*) FROM group_shares").await, 0);
    assert_eq!(number(&app, "SELECT COUNT(*) FROM seats").await, 2 * GROUPS);
    is_sound(&app).await;
}

async fn groups_that_are_shared_with_each_other_go_at_once(app: TestApp) {
    let groups = CLIENTS / 2;
    let name = |index: usize| format!("g{:02}", index % groups);
    let mut world = World::new();
    for index in 0..groups {
        world = world.group(&name(index), |group| group.owner("ann").developer(&format!("d{index}")));
    }
    // Every one lets the three before it in, round in a ring.
    let mut world = world.json();
    let shares = (0..groups).flat_map(|index| (1..4).map(move |step| (index, index + step)));
    let share = |(shared, invited): (usize, usize)| serde_json::json!({"group": name(shared), "with": name(invited), "access_level": 30});
    world["shares"] = shares.map(share).collect();
    app.import(&world).await;
    let race = Race::over(&app).await;
    let mut clients = Vec::new();
    for number in 0..groups {
        clients.push(race.client(number, "ann").await);
    }
    seats::verify(&app.system(), false).await.unwrap();
    let names: Arc<Vec<String>> = Arc::new((0..groups).map(name).collect());
    let outcomes = Race::run(clients, |client, ctx| {
        let names = Arc::clone(&names);
        async move {
            if client % 4 == 0 {
                return Ok(());
            }
            groups::delete(&ctx, &Name::Path(names[client].clone()), None)
                .await
                .map(drop)
        }
    })
    .await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(number(&app, "SELECT COUNT(*) FROM group_shares").await, 0);
    assert_eq!(number(&app, "SELECT COUNT(*) FROM seats").await, 2 * whole(groups / 4));
    is_sound(&app).await;
}

async fn a_group_is_removed_once(app: TestApp) {
    let world = World::new()
        .group("acme", |group| group.owner("ann"))
        .group("acme/sub", |group| group)
        .project("acme/sub/app", |project| project);
    let clients = clients(&app, world).await;
    let outcomes = Race::run(clients, |client, ctx| async move {
        match client % 2 {
            0 => groups::delete(&ctx, &acme(), None).await.map(drop),
            _ => projects::delete(&ctx, &Name::Id(2001), None).await.map(drop),
        }
    })
    .await;
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(is_gone(refused), "{refused:?}");
    }
    let events = |name: &str| format!("SELECT COUNT(*) FROM audit_events WHERE event_name = '{name}'");
    assert_eq!(number(&app, &events("group_destroyed")).await, 2);
    assert_eq!(number(&app, &events("project_destroyed")).await, 1);
    is_sound(&app).await;
}
