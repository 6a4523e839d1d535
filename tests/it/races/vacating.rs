//! Users who are taken out of a hierarchy while others do the same, or add them.

use roster::domain::members::{self, NewMember, Whom};
use roster::domain::policy::Reason;
use roster::domain::standing::Name;
use roster::domain::{Error, seats};
use roster::types::SourceKind;

use super::{CLIENTS, Race, acme, name, number, whole};
use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    a_user_is_taken_out_once_when_everybody_does_it_at_once,
    a_group_keeps_an_owner_when_owners_take_each_other_out,
    a_removal_takes_all_that_was_added_before_and_nothing_after,
);

/// How many rows the user has in the world.
async fn rows_of(app: &TestApp, username: &str) -> i64 {
    let sql =
        format!("SELECT COUNT(*) FROM members m JOIN users u ON u.id = m.user_id WHERE u.username = '{username}'");
    number(app, &sql).await
}

async fn id_of(app: &TestApp, username: &str) -> i64 {
    number(app, &format!("SELECT id FROM users WHERE username = '{username}'")).await
}

async fn seats_are_right(app: &TestApp) {
    let report = seats::verify(&app.system(), false).await.unwrap();
    assert_eq!(report.findings, []);
}

async fn a_user_is_taken_out_once_when_everybody_does_it_at_once(app: TestApp) {
    let world = (0..8).fold(
        World::new().group("acme", |group| group.owner("ann").developer("dan")),
        |world, n| {
            world
                .group(&format!("acme/g{n}"), |group| group.developer("dan"))
                .project(&format!("acme/g{n}/p"), |project| project.developer("dan"))
        },
    );
    app.import(&world.json()).await;
    let (before, dan) = (rows_of(&app, "dan").await, id_of(&app, "dan").await);
    let race = Race::over(&app).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(race.client(number, "ann").await);
    }
    let outcomes = Race::run(clients, |_, ctx| async move { seats::remove(&ctx, &acme(), dan).await }).await;
    let mut done = 0;
    for outcome in outcomes {
        match outcome {
            Ok(gone) => {
                assert_eq!(whole(gone.len()), before);
                done += 1;
            }
            Err(error) => assert!(matches!(error, Error::Refused(Reason::NoMember)), "{error:?}"),
        }
    }
    assert_eq!((done, rows_of(&app, "dan").await), (1, 0));
    assert_eq!(number(&app, "SELECT COUNT(*) FROM audit_events").await, before);
    assert_eq!(number(&app, "SELECT COUNT(*) FROM change_log").await, before);
    let highest = number(&app, "SELECT MAX(seq) FROM change_log").await;
    assert_eq!(highest, before, "numbered without a gap");
    seats_are_right(&app).await;
}

async fn a_group_keeps_an_owner_when_owners_take_each_other_out(app: TestApp) {
    let world = World::new().group("acme", |group| {
        (0..CLIENTS).fold(group, |group, n| group.owner(&name(n)))
    });
    app.import(&world.json()).await;
    let race = Race::over(&app).await;
    let (mut clients, mut users) = (Vec::new(), Vec::new());
    for number in 0..CLIENTS {
        clients.push(race.client(number, &name(number)).await);
        users.push(id_of(&app, &name((number + 1) % CLIENTS)).await);
    }
    let outcomes = Race::run(clients, |number, ctx| {
        let user = users[number];
        async move { seats::remove(&ctx, &acme(), user).await }
    })
    .await;
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        let known = matches!(
            refused,
            Error::NotFound(_) | Error::Forbidden(_) | Error::Refused(Reason::LastOwnerGoes)
        );
        assert!(known, "{refused:?}");
    }
    let removed = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let left = number(&app, "SELECT COUNT(*) FROM members WHERE access_level = 50").await;
    assert_eq!(left, whole(CLIENTS - removed));
    assert!(left >= 1);
    seats_are_right(&app).await;
}

/// Half add the user to a group each, half take the user out: what is left was added later than the last removal.
async fn a_removal_takes_all_that_was_added_before_and_nothing_after(app: TestApp) {
    let world = World::new()
        .user("dan", |user| user)
        .group("acme", |group| group.owner("ann").owner("oto"));
    let world = (0..CLIENTS).fold(world, |world, n| world.group(&format!("acme/g{n}"), |group| group));
    app.import(&world.json()).await;
    let dan = id_of(&app, "dan").await;
    let race = Race::over(&app).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(race.client(number, "ann").await);
    }
    let outcomes = Race::run(clients, |number, ctx| async move {
        if number % 2 == 0 {
            let place = Name::Path(format!("acme/g{number}"));
            let new = NewMember {
                access_level: level::DEVELOPER,
                ..NewMember::default()
            };
            let added = members::add(&ctx, SourceKind::Group, &place, &Whom::Id(dan), &new).await;
            return added.map(|_| (1, 0));
        }
        let gone = seats::remove(&ctx, &acme(), dan).await;
        gone.map(|gone| (0, gone.len()))
    })
    .await;
    let (mut added, mut gone) = (0, 0);
    for outcome in outcomes {
        match outcome {
            Ok((more, fewer)) => (added, gone) = (added + more, gone + fewer),
            Err(error) => assert!(matches!(error, Error::Refused(Reason::NoMember)), "{error:?}"),
        }
    }
    assert_eq!(added, CLIENTS / 2, "whoever adds is not in the way of who removes");
    assert_eq!(rows_of(&app, "dan").await, whole(added - gone));
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM change_log").await,
        whole(added + gone)
    );
    seats_are_right(&app).await;
}
