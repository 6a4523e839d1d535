//! Shares that many make and end at once.

use roster::domain::policy::Reason;
use roster::domain::shares::{self, NewShare};
use roster::domain::standing::Name;
use roster::domain::{Ctx, Error, Thing};
use roster::types::{AccessLevel, SourceKind};

use super::{CLIENTS, Race, number};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_pair_is_shared_once_when_everybody_shares_it_at_once,
    a_share_is_ended_once_when_everybody_ends_it_at_once,
    two_groups_shared_with_each_other_at_once_do_not_block_each_other,
);

/// What everybody shares with `friends`.
fn pair() -> [(SourceKind, Name); 2] {
    let name = |path: &str| Name::Path(path.to_owned());
    [
        (SourceKind::Group, name("acme")),
        (SourceKind::Project, name("acme/cli")),
    ]
}

async fn friends(app: &TestApp) -> (Vec<Ctx>, i64) {
    let world = World::new()
        .group("acme", |group| group.owner("ann"))
        .group("friends", |group| group.owner("ann"))
        .project("acme/cli", |project| project);
    app.import(&world.json()).await;
    let race = Race::over(app).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(race.client(number, "ann").await);
    }
    (
        clients,
        number(app, "SELECT id FROM namespaces WHERE full_path = 'friends'").await,
    )
}

fn with(group_id: i64) -> NewShare {
    NewShare {
        group_id,
        access_level: AccessLevel::Developer,
        expires_at: None,
        member_role_id: None,
    }
}

async fn a_pair_is_shared_once_when_everybody_shares_it_at_once(app: TestApp) {
    let (clients, friends) = friends(&app).await;
    for (kind, name) in pair() {
        let outcomes = Race::run(clients.clone(), |_, ctx| {
            let name = name.clone();
            async move { shares::create(&ctx, kind, &name, &with(friends)).await }
        })
        .await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            let already = Reason::AlreadyShared(kind);
            assert!(
                matches!(refused, Error::Refused(reason) if *reason == already),
                "{refused:?}"
            );
        }
    }
    for (table, rows) in [
        ("group_shares", 1),
        ("project_shares", 1),
        ("audit_events", 2),
        ("change_log", 2),
    ] {
        let count = number(&app, &format!("SELECT COUNT(*) FROM {table}")).await;
        assert_eq!(count, rows, "{table}");
    }
}

async fn a_share_is_ended_once_when_everybody_ends_it_at_once(app: TestApp) {
    let (clients, friends) = friends(&app).await;
    for (kind, name) in pair() {
        shares::create(&clients[0], kind, &name, &with(friends)).await.unwrap();
        let outcomes = Race::run(clients.clone(), |_, ctx| {
            let name = name.clone();
            async move { shares::delete(&ctx, kind, &name, friends, None).await }
        })
        .await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            assert!(matches!(refused, Error::NotFound(Thing::Link)), "{refused:?}");
        }
    }
    assert_eq!(number(&app, "SELECT COUNT(*) FROM audit_events").await, 4);
}

/// Each writer needs both hierarchies, half of them named in the one order and half in the other.
async fn two_groups_shared_with_each_other_at_once_do_not_block_each_other(app: TestApp) {
    let (clients, friends) = friends(&app).await;
    let acme = number(&app, "SELECT id FROM namespaces WHERE full_path = 'acme'").await;
    let outcomes = Race::run(clients, |number, ctx| {
        let (from, to) = if number % 2 == 0 {
            (acme, friends)
        } else {
            (friends, acme)
        };
        async move {
            let name = Name::Id(from);
            let made = shares::create(&ctx, SourceKind::Group, &name, &with(to))
                .await
                .map(drop);
            let gone = shares::delete(&ctx, SourceKind::Group, &name, to, None).await.map(drop);
            (made, gone)
        }
    })
    .await;
    let (mut made, mut gone) = (0, 0);
    for outcome in outcomes {
        match outcome.0 {
            Ok(()) => made += 1,
            Err(error) => assert!(matches!(error, Error::Refused(Reason::AlreadyShared(_))), "{error:?}"),
        }
        match outcome.1 {
            Ok(()) => gone += 1,
            Err(error) => assert!(matches!(error, Error::NotFound(Thing::Link)), "{error:?}"),
        }
    }
    assert!(made >= 2, "{made}");
    assert_eq!(number(&app, "SELECT COUNT(*) FROM group_shares").await, made - gone);
    assert_eq!(number(&app, "SELECT COUNT(*) FROM change_log").await, made + gone);
    let numbered = number(&app, "SELECT CAST(SUM(seq) AS BIGINT) FROM namespaces").await;
    assert_eq!(numbered, made + gone);
}
