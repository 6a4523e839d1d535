//! Custom roles that many make, give and remove at once.

use std::collections::BTreeSet;

use roster::domain::members::{self, MemberChange};
use roster::domain::policy::{Code, Reason};
use roster::domain::roles::{self, NewRole};
use roster::domain::{Ctx, Error, Result, Thing};
use roster::types::{AccessLevel, Patch, Permissions, SourceKind};

use super::{CLIENTS, Race, acme, number};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_hierarchy_never_has_an_eleventh_role,
    a_name_is_given_once_however_many_give_it,
    a_role_is_not_removed_while_somebody_is_being_given_it,
);

async fn owners(app: &TestApp, world: World) -> Vec<Ctx> {
    app.import(&world.json()).await;
    let race = Race::over(app).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(race.client(number, "ann").await);
    }
    clients
}

fn role(name: String) -> NewRole {
    NewRole {
        name: Some(name),
        description: None,
        base_access_level: AccessLevel::Guest,
        permissions: Permissions(vec!["read_code".to_owned()]),
    }
}

/// The codes of everything that was wrong, and how often it went well.
fn codes<T>(outcomes: &[Result<T>]) -> (usize, BTreeSet<&'static str>) {
    let mut codes = BTreeSet::new();
    for outcome in outcomes {
        match outcome {
            Ok(_) => {}
            Err(Error::Items(problems)) => codes.extend(problems.iter().map(|problem| match problem.code {
                Code::Taken => "taken",
                Code::TooMany => "too many",
                code => panic!("{code:?}"),
            })),
            Err(error) => panic!("{error:?}"),
        }
    }
    (outcomes.iter().filter(|outcome| outcome.is_ok()).count(), codes)
}

async fn a_hierarchy_never_has_an_eleventh_role(app: TestApp) {
    let clients = owners(&app, World::new().group("acme", |group| group.owner("ann"))).await;
    let outcomes = Race::run(clients, |number, ctx| async move {
        roles::create(&ctx, &acme(), &role(format!("Role {number}"))).await
    })
    .await;
    assert_eq!(codes(&outcomes), (10, ["too many"].into()));
    assert_eq!(number(&app, "SELECT COUNT(*) FROM member_roles").await, 10);
    assert_eq!(number(&app, "SELECT COUNT(*) FROM audit_events").await, 10);
}

async fn a_name_is_given_once_however_many_give_it(app: TestApp) {
    let clients = owners(&app, World::new().group("acme", |group| group.owner("ann"))).await;
    let outcomes = Race::run(clients, |_, ctx| async move {
        roles::create(&ctx, &acme(), &role("Reader".to_owned())).await
    })
    .await;
    assert_eq!(codes(&outcomes), (1, ["taken"].into()));
    assert_eq!(number(&app, "SELECT COUNT(*) FROM member_roles").await, 1);
    assert_eq!(number(&app, "SELECT COUNT(*) FROM audit_events").await, 1);
}

/// Half of them give ten roles to a guest each, half remove them: whatever comes first, nobody has a role that is gone.
async fn a_role_is_not_removed_while_somebody_is_being_given_it(app: TestApp) {
    const ROLES: usize = 10;
    let guest = |index: usize| format!("g{index}");
    let mut world = World::new().group("acme", |group| {
        (0..ROLES).fold(group.owner("ann"), |group, index| group.guest(&guest(index)))
    });
    for index in 0..ROLES {
        world = world.role("acme", &format!("Role {index}"), 10);
    }
    let clients = owners(&app, world).await;
    let ids = super::numbers(&app, "SELECT id FROM member_roles ORDER BY id").await;
    let guests = super::numbers(&app, "SELECT user_id FROM members WHERE access_level = 10 ORDER BY id").await;
    let pairs: Vec<_> = ids.into_iter().zip(guests).collect();
    let outcomes = Race::run(clients, |client, ctx| {
        let pairs = pairs.clone();
        async move {
            let mut done = Vec::new();
            for (role, guest) in pairs {
                done.push(if client % 2 == 0 {
                    let change = MemberChange {
                        member_role_id: Patch::Set(role),
                        ..MemberChange::default()
                    };
                    let given = members::update(&ctx, SourceKind::Group, &acme(), guest, &change).await;
                    given.map(drop)
                } else {
                    roles::delete(&ctx, &acme(), role).await.map(drop)
                });
            }
            done
        }
    })
    .await;
    for refused in outcomes.iter().flatten().filter_map(|outcome| outcome.as_ref().err()) {
        let is_told = match refused {
            Error::Faulty(faults) => faults.iter().all(|fault| fault.text == "not found"),
            Error::Refused(reason) => *reason == Reason::RoleInUse,
            Error::NotFound(thing) => *thing == Thing::MemberRole,
            _ => false,
        };
        assert!(is_told, "{refused:?}");
    }
    let held = number(&app, "SELECT COUNT(DISTINCT member_role_id) FROM members").await;
    assert_eq!(number(&app, "SELECT COUNT(*) FROM member_roles").await, held);
    let events = |name: &str| format!("SELECT COUNT(*) FROM audit_events WHERE event_name = '{name}'");
    let (given, gone) = (
        number(&app, &events("member_updated")).await,
        number(&app, &events("member_role_deleted")).await,
    );
    assert_eq!((given, given + gone), (held, 10));
}
