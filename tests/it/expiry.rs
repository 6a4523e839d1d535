//! The sweep of what has expired.

use std::sync::Arc;

use roster::db::Lock;
use roster::domain::leases::{self, Lease};
use roster::domain::{Actor, App, Ctx, Door, Error, Origin, members};
use roster::entity::{audit_event, change_log, member};
use roster::types::{MemberId, NamespaceId};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, Statement};
use serde_json::json;

use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    what_has_ended_goes_and_leaves_a_trace,
    what_lies_below_and_what_is_no_membership_stays,
    the_row_of_a_last_owner_stays_until_there_is_another,
    links_that_are_over_go,
    more_than_one_batch_goes,
    a_row_that_is_given_more_time_meanwhile_stays,
    replicas_that_sweep_at_once_sweep_each_row_once,
    a_replica_that_was_replaced_sweeps_nothing,
    only_roster_itself_sweeps,
);

const TODAY: &str = "2026-11-21";
const TOMORROW: &str = "2026-11-22";

async fn lease(app: &TestApp) -> Lease {
    leases::take(&app.system(), "sweep", "me").await.unwrap().unwrap()
}

async fn sweep(app: &TestApp) -> u64 {
    members::expire(&app.system(), &lease(app).await).await.unwrap()
}

async fn number(app: &TestApp, sql: &str) -> i64 {
    let conn = app.db.conn();
    let row = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), sql));
    row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// The names of the users who have a row in `acme` or below it, as `path name`.
async fn left(app: &TestApp) -> Vec<String> {
    let sql = "SELECT COALESCE(n.full_path, p.full_path) || ' ' || COALESCE(u.username, m.invite_email) AS who
                 FROM members m LEFT JOIN users u ON u.id = m.user_id
                 LEFT JOIN namespaces n ON m.source_kind = 1 AND n.id = m.source_id
                 LEFT JOIN projects p ON m.source_kind = 2 AND p.id = m.source_id
                ORDER BY who";
    let conn = app.db.conn();
    let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql));
    let rows = rows.await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn what_has_ended_goes_and_leaves_a_trace(app: TestApp) {
    let world = World::new()
        .user("eve", |user| user.set("name", "Eve Ended"))
        .group("acme", |group| {
            group
                .owner("ann")
                .member("eve", level::DEVELOPER, |row| row.until(TODAY))
                .member("liv", level::DEVELOPER, |row| row.until(TOMORROW))
        })
        .project("acme/cli", |project| {
            project.member("pia", level::GUEST, |row| row.until("2020-02-29"))
        });
    app.import(&world.json()).await;

    assert_eq!(sweep(&app).await, 2);
    assert_eq!(left(&app).await, ["acme ann", "acme liv"]);

    let events = audit_event::Entity::find().all(&app.db.conn()).await.unwrap();
    let [eve, pia] = &events[..] else { panic!("{events:?}") };
    assert_eq!(
        (eve.event_name.as_str(), eve.author_name.as_str()),
        ("member_destroyed", "(System)")
    );
    assert_eq!((eve.author_id, eve.door.as_str()), (None, "system"));
    assert_eq!((eve.entity_type.as_str(), eve.entity_path.as_str()), ("Group", "acme"));
    for (key, value) in [
        ("custom_message", json!("Membership expired on 2026-11-21")),
        ("reason", json!("access expired on 2026-11-21")),
        ("system_event", json!(true)),
        ("remove", json!("user_access")),
        ("as", json!("Default role: Developer")),
        ("target_details", json!("Eve Ended")),
    ] {
        assert_eq!(eve.details[key], value, "{}", eve.details);
    }
    assert_eq!(
        (pia.entity_type.as_str(), pia.entity_path.as_str()),
        ("Project", "acme/cli")
    );
    assert_eq!(pia.details["custom_message"], "Membership expired on 2020-02-29");

    let changes = change_log::Entity::find().all(&app.db.conn()).await.unwrap();
    let kinds: Vec<_> = changes
        .iter()
        .map(|change| (change.seq, change.kind.as_str(), change.actor_id))
        .collect();
    assert_eq!(kinds, [(1, "member_expired", None), (2, "member_expired", None)]);
    // Nobody is told by mail, and nothing is left to do.
    assert!(app.mail().await.is_empty());
    assert_eq!(sweep(&app).await, 0);
}

async fn what_lies_below_and_what_is_no_membership_stays(app: TestApp) {
    let world = World::new()
        .group("acme", |group| {
            group
                .owner("ann")
                .member("eve", level::MAINTAINER, |row| row.until(TODAY))
                .invited("new@example.com", level::DEVELOPER, |row| row.by("eve").until(TODAY))
                .requested_by("roy", |row| row)
        })
        .group("acme/tools", |group| group.developer("eve"));
    app.import(&world.json()).await;
    assert_eq!(sweep(&app).await, 1);
    assert_eq!(
        left(&app).await,
        ["acme ann", "acme new@example.com", "acme roy", "acme/tools eve"]
    );
}

async fn the_row_of_a_last_owner_stays_until_there_is_another(app: TestApp) {
    let ended =
        |user| move |group: crate::support::world::Group| group.member(user, level::OWNER, |row| row.until(TODAY));
    let world = World::new()
        .group("lone", ended("ann"))
        .group("pair", |group| ended("ann")(group).owner("bob"))
        .group("pair/sub", ended("ann"));
    app.import(&world.json()).await;
    // In the subgroup bob counts from above.
    assert_eq!(sweep(&app).await, 2);
    assert_eq!(left(&app).await, ["lone ann", "pair bob"]);
    assert_eq!(sweep(&app).await, 0);
}

async fn links_that_are_over_go(app: TestApp) {
    let world = World::new()
        .group("acme", |group| group.owner("ann"))
        .group("other", |group| group.owner("ann"))
        .group("third", |group| {
            group
                .owner("ann")
                .share("acme", level::GUEST, |link| link.until(TODAY))
                .share("other", level::GUEST, |link| link.until(TOMORROW))
        })
        .project("third/cli", |project| {
            project.share("acme", level::GUEST, |link| link.until(TODAY))
        })
        .project("acme/cli", |project| project.share("other", level::GUEST, |link| link));
    app.import(&world.json()).await;
    assert_eq!(sweep(&app).await, 2);
    assert_eq!(number(&app, "SELECT COUNT(*) FROM group_shares").await, 1);
    assert_eq!(number(&app, "SELECT COUNT(*) FROM project_shares").await, 1);
}

const CROWD: usize = 120;

/// A group with an owner and a crowd whose time is over.
async fn crowd(app: &TestApp) {
    let world = World::new().group("acme", |group| {
        let group = group.owner("ann");
        (0..CROWD).fold(group, |group, number| {
            group.member(&format!("u{number}"), level::GUEST, |row| row.until(TODAY))
        })
    });
    app.import(&world.json()).await;
}

async fn more_than_one_batch_goes(app: TestApp) {
    crowd(&app).await;
    assert_eq!(sweep(&app).await, CROWD as u64);
    assert_eq!(left(&app).await, ["acme ann"]);
    let last = number(&app, "SELECT MAX(seq) FROM change_log").await;
    assert_eq!(usize::try_from(last).unwrap(), CROWD);
}

/// Gives a row more time as an update does: behind the lock of its hierarchy. Whether it was still there.
async fn extend(app: &TestApp, root: NamespaceId, row: MemberId) -> bool {
    let extended = app
        .db
        .transact(Lock::Root(root), roster::db::End::Commit, |tx| async move {
            let mut sql = tx.conn().sql();
            let row = sql.bind(row.0);
            sql.push(format!("UPDATE members SET expires_at = NULL WHERE id = {row}"));
            Ok::<_, Error>(sql.run().await?)
        });
    extended.await.unwrap() == 1
}

async fn a_row_that_is_given_more_time_meanwhile_stays(app: TestApp) {
    crowd(&app).await;
    let root = NamespaceId(number(&app, "SELECT id FROM namespaces WHERE full_path = 'acme'").await);
    let rows = member::Entity::find().all(&app.db.conn()).await.unwrap();
    let rows: Vec<_> = rows
        .iter()
        .filter(|row| row.expires_at.is_some())
        .map(|row| row.id)
        .rev()
        .collect();
    let sweeper = {
        let app = app.clone();
        tokio::spawn(async move { sweep(&app).await })
    };
    let mut extended = Vec::new();
    for row in rows {
        if extend(&app, root, row).await {
            extended.push(row);
        }
    }
    let swept = sweeper.await.unwrap();

    // Each row had one fate, and those who extended one were told the truth.
    assert_eq!(swept, (CROWD - extended.len()) as u64);
    let kept = member::Entity::find().all(&app.db.conn()).await.unwrap();
    for row in &extended {
        assert!(
            kept.iter().any(|kept| kept.id == *row),
            "row {row} was extended, and is gone"
        );
    }
    let events = number(&app, "SELECT COUNT(*) FROM audit_events").await;
    assert_eq!(u64::try_from(events).unwrap(), swept);
}

fn system(app: &Arc<App>) -> Ctx {
    Ctx::new(Arc::clone(app), Actor::System, Origin::new(Door::System, "test"))
}

async fn replicas_that_sweep_at_once_sweep_each_row_once(app: TestApp) {
    crowd(&app).await;
    // The lease keeps them apart as a rule; here all believe that they have it.
    let lease = lease(&app).await;
    let mut sweepers = Vec::new();
    for _ in 0..3 {
        let (replica, lease) = (app.replica().await, lease.clone());
        sweepers.push(tokio::spawn(
            async move { members::expire(&system(&replica), &lease).await },
        ));
    }
    let mut swept = 0;
    for sweeper in sweepers {
        swept += sweeper.await.unwrap().unwrap();
    }
    assert_eq!(swept, CROWD as u64);
    let rows = number(&app, "SELECT COUNT(DISTINCT target_id) FROM audit_events").await;
    let events = number(&app, "SELECT COUNT(*) FROM audit_events").await;
    assert_eq!((rows, events), (swept.cast_signed(), swept.cast_signed()));
}

async fn a_replica_that_was_replaced_sweeps_nothing(app: TestApp) {
    crowd(&app).await;
    let old = lease(&app).await;
    app.later(std::time::Duration::from_mins(1));
    let replica = app.replica().await;
    leases::take(&system(&replica), "sweep", "another")
        .await
        .unwrap()
        .unwrap();

    let refused = members::expire(&app.system(), &old).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert_eq!(left(&app).await.len(), CROWD + 1);
}

async fn only_roster_itself_sweeps(app: TestApp) {
    let lease = lease(&app).await;
    let refused = members::expire(&app.system().acting_as(Actor::Anonymous), &lease).await;
    assert!(matches!(refused, Err(Error::Forbidden(None))));
}
