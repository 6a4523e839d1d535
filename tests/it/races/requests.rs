//! Access requests that many make and answer at once.

use roster::domain::access_requests;
use roster::domain::members::{self, NewMember, Whom};
use roster::domain::policy::{Code, Reason};
use roster::domain::{Error, Thing};
use roster::types::{AccessLevel, SourceKind};

use super::{CLIENTS, Race, acme, number, numbers, whole};
use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    a_user_who_asks_everywhere_at_once_asks_once,
    a_request_is_answered_once_however_many_answer,
);

async fn a_user_who_asks_everywhere_at_once_asks_once(app: TestApp) {
    let world = World::new()
        .user("ria", |user| user)
        .group("acme", |group| group.public().owner("ann"));
    app.import(&world.json()).await;
    let race = Race::over(&app).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(race.client(number, "ria").await);
    }
    let outcomes = Race::run(clients, |_, ctx| async move {
        access_requests::ask(&ctx, SourceKind::Group, &acme()).await
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        let Error::Faulty(faults) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!((faults.len(), faults[0].code), (1, Code::AlreadyInvited));
    }
    for rows in ["members WHERE requested_at IS NOT NULL", "outbox", "change_log"] {
        assert_eq!(number(&app, &format!("SELECT COUNT(*) FROM {rows}")).await, 1, "{rows}");
    }
}

/// What one of those who answer did.
#[derive(Debug)]
enum Answered {
    Approved,
    Denied,
    Added,
}

/// Some approve, some deny, some add: the request ends once, and who asked is a member by one row.
async fn a_request_is_answered_once_however_many_answer(app: TestApp) {
    let world = World::new().group("acme", |group| group.owner("ann").requested_by("ria", |row| row));
    app.import(&world.json()).await;
    let requested = number(&app, "SELECT id FROM members WHERE requested_at IS NOT NULL").await;
    let ria = number(&app, "SELECT user_id FROM members WHERE requested_at IS NOT NULL").await;
    let race = Race::over(&app).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(race.client(number, "ann").await);
    }
    let outcomes = Race::run(clients, |number, ctx| async move {
        let (kind, group) = (SourceKind::Group, acme());
        match number % 3 {
            0 => access_requests::approve(&ctx, kind, &group, ria, AccessLevel::Developer)
                .await
                .map(|_| Answered::Approved),
            1 => access_requests::deny(&ctx, kind, &group, ria, None)
                .await
                .map(|_| Answered::Denied),
            _ => {
                let new = NewMember {
                    access_level: level::DEVELOPER,
                    ..NewMember::default()
                };
                let added = members::add(&ctx, kind, &group, &Whom::Id(ria), &new).await;
                added.map(|_| Answered::Added)
            }
        }
    })
    .await;
    let count = |is: fn(&Answered) -> bool| outcomes.iter().flatten().filter(|answered| is(answered)).count();
    let (approved, denied, added) = (
        count(|answered| matches!(answered, Answered::Approved)),
        count(|answered| matches!(answered, Answered::Denied)),
        count(|answered| matches!(answered, Answered::Added)),
    );
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        let is_late = matches!(
            refused,
            Error::NotFound(Thing::Row) | Error::Refused(Reason::AlreadyMember)
        );
        assert!(is_late, "{refused:?}");
    }
    // Of those who add, the first after a denial makes a row of its own.
    assert_eq!(approved + added, 1, "{outcomes:?}");
    assert!(denied <= 1 && approved + denied <= 1, "{outcomes:?}");
    let rows = numbers(&app, &format!("SELECT id FROM members WHERE user_id = {ria}")).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0] == requested, denied == 0, "{outcomes:?}");
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM members WHERE requested_at IS NOT NULL").await,
        0
    );
    for (rows, expected) in [
        ("audit_events", 1 + denied),
        ("change_log", 1 + denied),
        ("outbox", 1 + denied),
    ] {
        let found = number(&app, &format!("SELECT COUNT(*) FROM {rows}")).await;
        assert_eq!(found, whole(expected), "{rows}");
    }
}
