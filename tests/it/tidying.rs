//! Invitations that nobody will accept any more go by themselves.

use std::time::Duration;

use chrono::TimeDelta;
use roster::domain::leases::{self, Lease};
use roster::domain::{Actor, Ctx, Door, Error, Origin, invitations};
use roster::entity::{audit_event, change_log, invitation_token};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, Statement};
use serde_json::json;

use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    what_has_ended_goes_on_its_last_day_and_leaves_a_trace,
    what_has_waited_for_more_than_ninety_days_goes,
    what_is_no_pending_invitation_stays,
    links_go_with_their_invitation,
    more_than_one_batch_goes,
    replicas_that_tidy_at_once_delete_each_row_once,
    a_replica_that_was_replaced_deletes_nothing,
    only_roster_itself_tidies,
);

const TODAY: &str = "2026-11-21";
const TOMORROW: &str = "2026-11-22";

async fn lease(app: &TestApp) -> Lease {
    leases::take(&app.system(), "tidy", "me").await.unwrap().unwrap()
}

async fn tidy(app: &TestApp) -> u64 {
    invitations::tidy(&app.system(), &lease(app).await).await.unwrap()
}

/// The addresses and users of all rows that are left, in alphabetical order.
async fn left(app: &TestApp) -> Vec<String> {
    let sql = "SELECT COALESCE(u.username, m.invite_email) AS who FROM members m LEFT JOIN users u ON u.id = m.user_id ORDER BY who";
    let conn = app.db.conn();
    let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql));
    let rows = rows.await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn what_has_ended_goes_on_its_last_day_and_leaves_a_trace(app: TestApp) {
    let world = World::new()
        .group("acme", |group| {
            group
                .owner("ann")
                .invited("today@example.org", level::DEVELOPER, |row| {
                    row.by("ann").until(TODAY).since("2026-11-01T00:00:00Z")
                })
                .invited("tomorrow@example.org", level::GUEST, |row| {
                    row.by("ann").until(TOMORROW).since("2026-11-01T00:00:00Z")
                })
        })
        .project("acme/app", |project| {
            project.invited("past@example.org", level::GUEST, |row| row.until("2020-02-29"))
        });
    app.import(&world.json()).await;
    assert_eq!(tidy(&app).await, 2);
    assert_eq!(left(&app).await, ["ann", "tomorrow@example.org"]);

    let events = audit_event::Entity::find().all(&app.db.conn()).await.unwrap();
    let [today, past] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(
        (today.event_name.as_str(), today.author_name.as_str()),
        ("member_destroyed", "(System)")
    );
    assert_eq!(
        (today.author_id, today.door.as_str(), today.entity_path.as_str()),
        (None, "system", "acme")
    );
    for (key, value) in [
        ("custom_message", json!("Membership expired on 2026-11-21")),
        ("reason", json!("access expired on 2026-11-21")),
        ("target_details", json!("Deleted Member")),
        ("as", json!("Default role: Developer")),
    ] {
        assert_eq!(today.details[key], value, "{}", today.details);
    }
    assert_eq!(
        (past.entity_type.as_str(), past.entity_path.as_str()),
        ("Project", "acme/app")
    );

    let changes = change_log::Entity::find().all(&app.db.conn()).await.unwrap();
    let kinds: Vec<_> = changes
        .iter()
        .map(|change| (change.seq, change.kind.as_str(), change.actor_id))
        .collect();
    assert_eq!(
        kinds,
        [(1, "invitation_revoked", None), (2, "invitation_revoked", None)]
    );
    // Nobody is told by mail, and nothing is left to do.
    assert!(app.mail().await.is_empty());
    assert_eq!(tidy(&app).await, 0);
}

async fn what_has_waited_for_more_than_ninety_days_goes(app: TestApp) {
    // 90 days before the day of the test begins the 23rd of August.
    let world = World::new().group("acme", |group| {
        group
            .invited("day91@example.org", level::GUEST, |row| {
                row.since("2026-08-22T23:59:59Z")
            })
            .invited("day90@example.org", level::GUEST, |row| {
                row.since("2026-08-23T00:00:00Z")
            })
            .invited("endless@example.org", level::GUEST, |row| {
                row.since("2025-01-01T00:00:00Z").until("2030-01-01")
            })
    });
    app.import(&world.json()).await;
    assert_eq!(tidy(&app).await, 2);
    assert_eq!(left(&app).await, ["day90@example.org"]);
    let events = audit_event::Entity::find().all(&app.db.conn()).await.unwrap();
    for event in &events {
        assert_eq!(
            event.details["custom_message"], "Membership destroyed",
            "its time was not over"
        );
    }
    app.clock.set(app.clock.now() + TimeDelta::days(1));
    assert_eq!(tidy(&app).await, 1);
}

async fn what_is_no_pending_invitation_stays(app: TestApp) {
    let long_ago = "2020-01-01T00:00:00Z";
    let world = World::new().group("acme", |group| {
        group
            .owner("ann")
            .member("old", level::GUEST, |row| row.since(long_ago))
            .member("ended", level::GUEST, |row| row.until(TODAY))
            .member("came", level::GUEST, |row| {
                row.since(long_ago).set("invite_email", "came@example.org")
            })
            .requested_by("roy", |row| row.since(long_ago))
    });
    app.import(&world.json()).await;
    assert_eq!(tidy(&app).await, 0);
    assert_eq!(left(&app).await, ["ann", "came", "ended", "old", "roy"]);
}

async fn links_go_with_their_invitation(app: TestApp) {
    let world = World::new().group("acme", |group| {
        group
            .invited("gone@example.org", level::GUEST, |row| {
                row.until(TODAY).set("token", "gone")
            })
            .invited("here@example.org", level::GUEST, |row| {
                row.until(TOMORROW).since("2026-11-01T00:00:00Z").set("token", "here")
            })
    });
    app.import(&world.json()).await;
    tidy(&app).await;
    let links = invitation_token::Entity::find().all(&app.db.conn()).await.unwrap();
    let digests: Vec<_> = links.into_iter().map(|link| link.digest).collect();
    assert_eq!(digests, [roster::types::digest("here")]);
}

const CROWD: usize = 120;

async fn crowd(app: &TestApp) {
    let world = World::new().group("acme", |group| {
        (0..CROWD).fold(group, |group, number| {
            group.invited(&format!("u{number}@example.org"), level::GUEST, |row| row.until(TODAY))
        })
    });
    app.import(&world.json()).await;
}

async fn more_than_one_batch_goes(app: TestApp) {
    crowd(&app).await;
    assert_eq!(tidy(&app).await, CROWD as u64);
    assert!(left(&app).await.is_empty());
    let changes = change_log::Entity::find().all(&app.db.conn()).await.unwrap();
    assert_eq!(changes.len(), CROWD);
}

fn system(app: std::sync::Arc<roster::domain::App>) -> Ctx {
    Ctx::new(app, Actor::System, Origin::new(Door::System, "test"))
}

async fn replicas_that_tidy_at_once_delete_each_row_once(app: TestApp) {
    crowd(&app).await;
    let lease = lease(&app).await;
    let mut replicas = Vec::new();
    for _ in 0..3 {
        let (replica, lease) = (app.replica().await, lease.clone());
        replicas.push(tokio::spawn(async move {
            invitations::tidy(&system(replica), &lease).await
        }));
    }
    let mut gone = 0;
    for replica in replicas {
        gone += replica.await.unwrap().unwrap();
    }
    let events = audit_event::Entity::find().all(&app.db.conn()).await.unwrap();
    assert_eq!((gone, events.len()), (CROWD as u64, CROWD));
}

async fn a_replica_that_was_replaced_deletes_nothing(app: TestApp) {
    crowd(&app).await;
    let old = lease(&app).await;
    app.later(Duration::from_mins(1));
    let replica = system(app.replica().await);
    leases::take(&replica, "tidy", "another").await.unwrap().unwrap();
    let refused = invitations::tidy(&app.system(), &old).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert_eq!(left(&app).await.len(), CROWD);
}

async fn only_roster_itself_tidies(app: TestApp) {
    let lease = lease(&app).await;
    let refused = invitations::tidy(&app.system().acting_as(Actor::Anonymous), &lease).await;
    assert!(matches!(refused, Err(Error::Forbidden(None))));
}
