//! Accounts that are opened and shut while others do things with them.

use roster::domain::members::{self, NewMember, Whom};
use roster::domain::policy::{Act, Reason};
use roster::domain::standing::Name;
use roster::domain::{Error, seats, users};
use roster::types::{SourceKind, UserId};

use super::{CLIENTS, Race, number};
use crate::support::world::{Item, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    administrators_who_shut_each_other_out_leave_one,
    seats_are_exact_when_users_are_shut_out_while_they_are_added,
);

async fn administrators_who_shut_each_other_out_leave_one(app: TestApp) {
    let world = World::new().user("ann", Item::admin).user("bea", Item::admin);
    app.import(&world.json()).await;
    let race = Race::over(&app).await;
    let (ann, bea) = (
        number(&app, "SELECT id FROM users WHERE username = 'ann'").await,
        number(&app, "SELECT id FROM users WHERE username = 'bea'").await,
    );
    for _ in 0..8 {
        let mut clients = Vec::new();
        for number in 0..2 {
            clients.push(race.client(number, ["ann", "bea"][number]).await);
        }
        let outcomes = Race::run(clients, |number, ctx| async move {
            users::change_state(&ctx, UserId([bea, ann][number]), Act::Block).await
        })
        .await;
        assert_eq!(
            outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
            1,
            "{outcomes:?}"
        );
        assert!(
            outcomes
                .iter()
                .any(|outcome| matches!(outcome, Err(Error::Forbidden(None))))
        );
        let active = "SELECT COUNT(*) FROM users WHERE state = 'active'";
        assert_eq!(number(&app, active).await, 2, "root is the other one");
        crate::graph::run(&app, "UPDATE users SET state = 'active'").await;
    }
}

/// Every user is added to a group of their own, in a hierarchy of its own, while they are blocked.
async fn seats_are_exact_when_users_are_shut_out_while_they_are_added(app: TestApp) {
    let user = |index: usize| format!("u{index}");
    let mut world = World::new();
    for index in 0..CLIENTS / 2 {
        world = world.user(&user(index), |item| item);
        world = world.group(&format!("g{index}"), |group| group.owner("ann"));
    }
    app.import(&world.json()).await;
    // The summary of each group is there, and has to be kept.
    assert_eq!(seats::verify(&app.system(), false).await.unwrap().findings, []);
    let ids = super::numbers(&app, "SELECT id FROM users WHERE username LIKE 'u%' ORDER BY id").await;
    let race = Race::over(&app).await;
    for round in 0..4 {
        let mut clients = Vec::new();
        for number in 0..CLIENTS {
            clients.push(race.client(number, if number % 2 == 0 { "root" } else { "ann" }).await);
        }
        let outcomes = Race::run(clients, |client, ctx| {
            let (index, id) = (client / 2, ids[client / 2]);
            async move {
                if client % 2 == 0 {
                    let act = if round % 2 == 0 { Act::Block } else { Act::Unblock };
                    return users::change_state(&ctx, UserId(id), act).await.map(drop);
                }
                let group = Name::Path(format!("g{index}"));
                if round % 2 == 0 {
                    let new = NewMember {
                        access_level: 30,
                        ..NewMember::default()
                    };
                    members::add(&ctx, SourceKind::Group, &group, &Whom::Id(id), &new)
                        .await
                        .map(drop)
                } else {
                    let gone = members::remove(&ctx, SourceKind::Group, &group, id, &members::Removal::default()).await;
                    gone.map(drop)
                }
            }
        })
        .await;
        for outcome in outcomes {
            assert!(
                !matches!(&outcome, Err(error) if !matches!(error, Error::Refused(Reason::AlreadyMember))),
                "{outcome:?}"
            );
        }
        let report = seats::verify(&app.system(), false).await.unwrap();
        assert_eq!(report.findings, [], "round {round}");
        assert_eq!(report.groups, CLIENTS as u64 / 2);
    }
}
