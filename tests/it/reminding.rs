//! Reminders of invitations that nobody has answered.

use std::sync::Arc;

use chrono::TimeDelta;
use roster::domain::leases::{self, Lease};
use roster::domain::{Actor, Ctx, Door, Error, Origin, invitations};
use roster::entity::member;
use roster::types::MemberId;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, Statement};

use crate::support::world::{Item, World};
use crate::support::{TestApp, level, now, on_both_databases};

on_both_databases!(
    reminders_come_on_their_days_and_each_once,
    the_end_of_an_invitation_brings_its_reminders_closer_together,
    a_day_that_no_pass_saw_is_not_made_up_for,
    who_has_come_or_was_not_invited_by_anybody_is_not_reminded,
    days_begin_at_midnight_utc_whatever_the_hour,
    a_reminder_says_what_the_invitation_gives_now,
    what_was_imported_as_sent_is_not_sent_again,
    replicas_that_remind_at_once_send_each_reminder_once,
    a_reminder_that_is_rolled_back_is_sent_later,
    a_replica_that_was_replaced_reminds_nobody,
    more_than_one_batch_is_reminded_in_as_many_statements_as_needed,
    only_roster_itself_reminds,
);

/// The address of an invitation that is so many days old; `1` was made yesterday.
fn aged(days: i64) -> String {
    format!("d{days}@example.org")
}

/// Makes a row so many days old, and ann its inviter.
fn old(days: i64) -> impl Fn(Item) -> Item {
    move |row| row.by("ann").since(&(now() - TimeDelta::days(days)).to_rfc3339())
}

async fn lease(app: &TestApp) -> Lease {
    leases::take(&app.system(), "remind", "me").await.unwrap().unwrap()
}

async fn remind(app: &TestApp) -> u64 {
    invitations::remind(&app.system(), &lease(app).await).await.unwrap()
}

/// Runs the pass, and tells what was mailed since the last time: subject and address, in alphabetical order.
async fn reminded(app: &TestApp) -> Vec<String> {
    let before = app.mailbox.mail().len();
    remind(app).await;
    let mail = app.mail().await;
    let mut lines: Vec<_> = mail[before..]
        .iter()
        .map(|mail| format!("{}: {}", mail.to, mail.subject))
        .collect();
    lines.sort();
    lines
}

fn first(address: &str) -> String {
    format!("{address}: Ann Lee's invitation to roster is pending")
}

fn second(address: &str) -> String {
    format!("{address}: Ann Lee is waiting for you to join roster")
}

fn third(address: &str) -> String {
    format!("{address}: Ann Lee is still waiting for you to join roster")
}

fn world() -> World {
    World::new().user("ann", |user| user.set("name", "Ann Lee"))
}

async fn rows(app: &TestApp) -> Vec<member::Model> {
    member::Entity::find().all(&app.db.conn()).await.unwrap()
}

async fn execute(app: &TestApp, sql: &'static str) {
    let done = app.db.write(roster::db::Lock::None, |tx| {
        Box::pin(async move {
            let conn = tx.conn();
            conn.execute_raw(Statement::from_string(conn.get_database_backend(), sql))
                .await
        })
    });
    done.await.map(drop).unwrap();
}

async fn reminders_come_on_their_days_and_each_once(app: TestApp) {
    let world = world()
        .group("acme", |group| group.invited("g@example.org", level::GUEST, old(0)))
        .project("acme/app", |project| {
            project.invited("p@example.org", level::GUEST, old(0))
        });
    app.import(&world.json()).await;
    for day in 0..20 {
        app.clock.set(now() + TimeDelta::days(day));
        let both = |line: fn(&str) -> String| vec![line("g@example.org"), line("p@example.org")];
        let expected = match day {
            2 => both(first),
            5 => both(second),
            10 => both(third),
            _ => vec![],
        };
        assert_eq!(reminded(&app).await, expected, "day {day}");
        // The pass comes round every half hour.
        assert!(reminded(&app).await.is_empty(), "day {day}, again");
    }
    for row in rows(&app).await {
        assert_eq!((row.reminders_sent, row.send_count), (3, 3));
        assert_eq!(row.last_sent_at, Some(now() + TimeDelta::days(10)));
    }
    let mail = app.mailbox.mail();
    assert!(
        mail[4].text.contains("It's been 10 days since Ann Lee invited you"),
        "{}",
        mail[4].text
    );
}

async fn the_end_of_an_invitation_brings_its_reminders_closer_together(app: TestApp) {
    let spans = [1, 2, 3, 7, 14, 30];
    let world = spans.into_iter().fold(world(), |world, span| {
        let end = (now() + TimeDelta::days(span)).date_naive().to_string();
        world.group(&format!("g{span}"), |group| {
            group.invited(&aged(span), level::GUEST, |row| old(0)(row).until(&end))
        })
    });
    app.import(&world.json()).await;
    let mut sent = vec![];
    for day in 0..16 {
        app.clock.set(now() + TimeDelta::days(day));
        sent.extend(reminded(&app).await.into_iter().map(|line| (day, line)));
    }
    let mut expected = vec![];
    for (span, days) in [
        (2, &[1][..]),
        (3, &[1, 2]),
        (7, &[1, 3, 5]),
        (14, &[2, 5, 10]),
        (30, &[2, 5, 10]),
    ] {
        let texts: [fn(&str) -> String; 3] = [first, second, third];
        expected.extend(days.iter().zip(texts).map(|(day, text)| (*day, text(&aged(span)))));
    }
    expected.sort();
    sent.sort();
    assert_eq!(sent, expected);
}

async fn a_day_that_no_pass_saw_is_not_made_up_for(app: TestApp) {
    let world = (0..14).fold(world(), |world, days| {
        world.group(&format!("g{days}"), |group| {
            group.invited(&aged(days), level::GUEST, old(days))
        })
    });
    app.import(&world.json()).await;
    // One pass after an outage: only what falls on this very day, one text for each.
    let expected = [third(&aged(10)), first(&aged(2)), second(&aged(5))];
    assert_eq!(reminded(&app).await, expected);
}

async fn who_has_come_or_was_not_invited_by_anybody_is_not_reminded(app: TestApp) {
    let world = world().user("bob", |user| user).group("acme", |group| {
        let day = (now() - TimeDelta::days(2)).to_rfc3339();
        group
            .invited("nobodys@example.org", level::GUEST, |row| row.since(&day))
            .invited("here@example.org", level::GUEST, old(2))
            .invited("gone@example.org", level::GUEST, |row| row.by("bob").since(&day))
            .invited("awaited@example.org", level::GUEST, |row| old(2)(row).awaiting())
            .requested_by("roy", |row| row.set("requested_at", day.clone()).since(&day))
            .member("mia", level::GUEST, old(2))
    });
    app.import(&world.json()).await;
    execute(
        &app,
        "UPDATE members SET user_id = 1 WHERE invite_email = 'here@example.org'",
    )
    .await;
    execute(&app, "DELETE FROM users WHERE username = 'bob'").await;
    assert_eq!(reminded(&app).await, [first("awaited@example.org")]);
}

async fn days_begin_at_midnight_utc_whatever_the_hour(app: TestApp) {
    let world = world().group("acme", |group| {
        group
            .invited("early@example.org", level::GUEST, |row| {
                row.by("ann").since("2026-11-19T00:00:00Z")
            })
            .invited("late@example.org", level::GUEST, |row| {
                row.by("ann").since("2026-11-19T23:59:59.999Z")
            })
            .invited("next@example.org", level::GUEST, |row| {
                row.by("ann").since("2026-11-20T00:00:00Z")
            })
            .invited("abroad@example.org", level::GUEST, |row| {
                row.by("ann").since("2026-11-20T01:00:00+02:00")
            })
    });
    app.import(&world.json()).await;
    app.clock.set("2026-11-20T23:59:59Z".parse().unwrap());
    assert!(reminded(&app).await.is_empty());
    app.clock.set("2026-11-21T00:00:00Z".parse().unwrap());
    let expected = ["abroad", "early", "late"].map(|name| first(&format!("{name}@example.org")));
    assert_eq!(reminded(&app).await, expected);
}

async fn a_reminder_says_what_the_invitation_gives_now(app: TestApp) {
    let world = world()
        .role("acme", "Security Auditor", level::GUEST)
        .group("acme", |group| {
            group.set("name", "Acme").invited("a@example.org", level::GUEST, |row| {
                old(2)(row).with_role("Security Auditor")
            })
        });
    app.import(&world.json()).await;
    reminded(&app).await;
    let mail = app.mailbox.mail();
    assert!(
        mail[0]
            .text
            .contains("join the Acme group on roster with the following role: security auditor."),
        "{}",
        mail[0].text
    );
    execute(&app, "UPDATE members SET member_role_id = NULL, access_level = 40").await;
    app.clock.set(now() + TimeDelta::days(3));
    reminded(&app).await;
    let mail = app.mailbox.mail();
    assert!(
        mail[1].text.contains("with the following role: maintainer."),
        "{}",
        mail[1].text
    );
    // The link of the first one is still good.
    let (_, link) = mail[0].text.split_once("https://roster.example").unwrap();
    let path = link.split_whitespace().next().unwrap();
    let request = axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap();
    app.anonymous().send(request).await.expect(200);
}

async fn what_was_imported_as_sent_is_not_sent_again(app: TestApp) {
    let world = world().group("acme", |group| {
        group
            .invited("had-one@example.org", level::GUEST, |row| {
                old(2)(row).set("reminders_sent", 1)
            })
            .invited("had-none@example.org", level::GUEST, |row| {
                old(5)(row).set("reminders_sent", 0)
            })
            .invited("had-all@example.org", level::GUEST, |row| {
                old(10)(row).set("reminders_sent", 3)
            })
    });
    app.import(&world.json()).await;
    assert_eq!(reminded(&app).await, [second("had-none@example.org")]);
}

const CROWD: usize = 120;

/// A group with a crowd of invitations for which the first reminder is due.
async fn crowd(app: &TestApp) {
    let world = world().group("acme", |group| {
        (0..CROWD).fold(group, |group, number| {
            group.invited(&format!("u{number}@example.org"), level::GUEST, old(2))
        })
    });
    app.import(&world.json()).await;
}

async fn replicas_that_remind_at_once_send_each_reminder_once(app: TestApp) {
    crowd(&app).await;
    // The lease keeps them apart as a rule; here all believe that they have it.
    let lease = lease(&app).await;
    let mut replicas = Vec::new();
    for _ in 0..3 {
        let (replica, lease) = (app.replica().await, lease.clone());
        replicas.push(tokio::spawn(async move {
            let ctx = Ctx::new(replica, Actor::System, Origin::new(Door::System, "test"));
            invitations::remind(&ctx, &lease).await
        }));
    }
    let mut sent = 0;
    for replica in replicas {
        sent += replica.await.unwrap().unwrap();
    }
    assert_eq!(sent, CROWD as u64);
    let mut to: Vec<_> = app.mail().await.into_iter().map(|mail| mail.to).collect();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), app.mailbox.mail().len()), (CROWD, CROWD));
}

async fn a_reminder_that_is_rolled_back_is_sent_later(app: TestApp) {
    crowd(&app).await;
    execute(&app, "ALTER TABLE outbox RENAME TO elsewhere").await;
    let failed = invitations::remind(&app.system(), &lease(&app).await).await;
    assert!(failed.is_err());
    assert!(
        rows(&app)
            .await
            .iter()
            .all(|row| row.reminders_sent == 0 && row.send_count == 0)
    );
    execute(&app, "ALTER TABLE elsewhere RENAME TO outbox").await;
    assert_eq!(reminded(&app).await.len(), CROWD);
}

async fn a_replica_that_was_replaced_reminds_nobody(app: TestApp) {
    crowd(&app).await;
    let old = lease(&app).await;
    app.later(std::time::Duration::from_mins(1));
    let replica = app.replica().await;
    let ctx = Ctx::new(Arc::clone(&replica), Actor::System, Origin::new(Door::System, "test"));
    leases::take(&ctx, "remind", "another").await.unwrap().unwrap();
    let refused = invitations::remind(&app.system(), &old).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert!(app.mail().await.is_empty());
}

async fn more_than_one_batch_is_reminded_in_as_many_statements_as_needed(app: TestApp) {
    crowd(&app).await;
    let counter = roster::db::Counter::default();
    assert_eq!(counter.scope(remind(&app)).await, CROWD as u64);
    let for_many = counter.counts().statements;
    let ids: Vec<MemberId> = rows(&app).await.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), CROWD);
    execute(&app, "UPDATE members SET reminders_sent = 3").await;
    execute(&app, "UPDATE members SET reminders_sent = 0 WHERE id IN (4001, 4101)").await;
    let counter = roster::db::Counter::default();
    assert_eq!(counter.scope(remind(&app)).await, 2);
    let for_two = counter.counts().statements;
    execute(&app, "UPDATE members SET reminders_sent = 0 WHERE id = 4001").await;
    let counter = roster::db::Counter::default();
    assert_eq!(counter.scope(remind(&app)).await, 1);
    // One batch costs the same whatever it holds; the crowd is two.
    assert_eq!(counter.counts().statements, for_two);
    assert!(for_many < 2 * for_two, "{for_many} for two batches, {for_two} for one");
}

async fn only_roster_itself_reminds(app: TestApp) {
    let lease = lease(&app).await;
    let refused = invitations::remind(&app.system().acting_as(Actor::Anonymous), &lease).await;
    assert!(matches!(refused, Err(Error::Forbidden(None))));
}
