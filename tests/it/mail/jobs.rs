//! Two replicas over one database: who does what, and when.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use roster::db::Lock;
use roster::domain::Error;
use roster::domain::leases::{self, Lease, TERM};
use roster::domain::notices::{Letter, Mailer, NotSent};
use roster::server::jobs::Jobs;
use sea_orm::{ConnectionTrait as _, Statement};
use tokio::sync::Notify;

use super::{ANN, BOB, people, queued, rows};
use crate::support::world::World;
use crate::support::{Mailbox, TestApp, level, on_both_databases};

on_both_databases!(
    one_replica_has_a_duty_until_it_falls_silent,
    a_holder_that_was_replaced_writes_nothing,
    of_many_replicas_that_start_together_one_gets_the_duty,
    a_duty_that_is_given_back_need_not_be_waited_for,
    mail_leaves_as_soon_as_it_is_owed,
    a_mailer_that_panics_takes_nothing_down,
    a_message_under_way_arrives_before_the_end,
    one_of_two_replicas_does_the_duties_and_the_other_takes_over,
    replicas_that_start_remind_of_an_invitation_once_and_delete_none,
);

const TERM_TIME: Duration = Duration::from_secs(TERM.unsigned_abs());
const A_MOMENT_LESS: Duration = Duration::from_secs(TERM.unsigned_abs() - 1);

async fn take(app: &TestApp, holder: &str) -> Option<Lease> {
    leases::take(&app.system(), "sweep", holder).await.unwrap()
}

/// Whether the holder of the lease may write.
async fn writes(app: &TestApp, lease: &Lease) -> Result<(), Error> {
    let (ctx, lease) = (app.system(), lease.clone());
    ctx.write(Lock::None, |_, tx| {
        let lease = lease.clone();
        async move { leases::hold(&tx, &lease).await }
    })
    .await
}

async fn one_replica_has_a_duty_until_it_falls_silent(app: TestApp) {
    let first = take(&app, "a").await.unwrap();
    assert_eq!(take(&app, "b").await, None);
    // Whoever keeps asking keeps it, under the same number.
    app.later(A_MOMENT_LESS);
    assert_eq!(take(&app, "a").await.as_ref(), Some(&first));
    app.later(A_MOMENT_LESS);
    assert_eq!(take(&app, "b").await, None);

    app.later(Duration::from_secs(1));
    let second = take(&app, "b").await.unwrap();
    assert!(second.fence > first.fence, "{first:?} {second:?}");
    assert_eq!(take(&app, "a").await, None);
}

async fn a_holder_that_was_replaced_writes_nothing(app: TestApp) {
    let first = take(&app, "a").await.unwrap();
    writes(&app, &first).await.unwrap();
    app.later(TERM_TIME);
    let second = take(&app, "b").await.unwrap();

    assert!(matches!(writes(&app, &first).await, Err(Error::Conflict(_))));
    writes(&app, &second).await.unwrap();
    // Nor does it give away what is another's.
    leases::give_back(&app.system(), &first).await.unwrap();
    assert_eq!(take(&app, "c").await, None);
}

async fn of_many_replicas_that_start_together_one_gets_the_duty(app: TestApp) {
    let replicas = (0..8).map(|number| {
        let app = app.clone();
        tokio::spawn(async move { take(&app, &number.to_string()).await })
    });
    let mut leases = Vec::new();
    for replica in replicas.collect::<Vec<_>>() {
        leases.extend(replica.await.unwrap());
    }
    assert_eq!(leases.len(), 1, "{leases:?}");
}

async fn a_duty_that_is_given_back_need_not_be_waited_for(app: TestApp) {
    let first = take(&app, "a").await.unwrap();
    leases::give_back(&app.system(), &first).await.unwrap();
    let second = take(&app, "b").await.unwrap();
    assert!(second.fence > first.fence);
}

fn start(app: &TestApp) -> Jobs {
    Jobs::start(&app.app, Arc::new(app.mailbox.clone()), || 1.0, 7)
}

async fn stop(jobs: Jobs) {
    assert!(jobs.stop(Duration::from_mins(1)).await);
}

async fn mail_leaves_as_soon_as_it_is_owed(app: TestApp) {
    people(&app).await;
    // As another process would have left it.
    queued(&app, &[ANN]).await;
    let jobs = start(&app);
    app.mailbox.holds(1).await;

    queued(&app, &[BOB]).await;
    let mail = app.mailbox.holds(2).await;
    stop(jobs).await;

    assert_eq!(mail[1].to, "bob@example.com");
    // Stopped, it is marked, and sends no more.
    queued(&app, &[ANN]).await;
    assert_eq!(app.deliver().await.len(), 1);
}

async fn a_mailer_that_panics_takes_nothing_down(app: TestApp) {
    people(&app).await;
    app.mailbox
        .refuse(|letter| (letter.address == "ann@example.com").then(|| panic!("a mailer may be bad")));
    queued(&app, &[ANN, BOB]).await;
    let jobs = start(&app);
    app.mailbox.holds(1).await;
    queued(&app, &[BOB]).await;
    app.mailbox.holds(2).await;
    stop(jobs).await;
    assert_eq!(rows(&app, "last_error = 'the mailer panicked'").await, 1);
}

/// A mail server that takes its time.
#[derive(Debug)]
struct Slow {
    mailer: Mailbox,
    begun: Notify,
    go_on: Notify,
}

impl Mailer for Slow {
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), NotSent>> {
        Box::pin(async move {
            self.begun.notify_one();
            self.go_on.notified().await;
            self.mailer.send(letter).await
        })
    }
}

async fn a_message_under_way_arrives_before_the_end(app: TestApp) {
    people(&app).await;
    let slow = Arc::new(Slow {
        mailer: app.mailbox.clone(),
        begun: Notify::new(),
        go_on: Notify::new(),
    });
    let mailer: Arc<dyn Mailer> = Arc::<Slow>::clone(&slow);
    let jobs = Jobs::start(&app.app, mailer, || 1.0, 7);
    queued(&app, &[ANN]).await;
    slow.begun.notified().await;
    let stopped = tokio::spawn(stop(jobs));
    slow.go_on.notify_one();
    stopped.await.unwrap();
    assert_eq!(app.mailbox.mail().len(), 1);
    assert_eq!(rows(&app, "delivered_at IS NOT NULL").await, 1);
}

/// Looks until `sql` counts this many.
async fn counts(app: &TestApp, sql: &str, wanted: i64) {
    let look = async {
        loop {
            let conn = app.db.conn();
            let row = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), sql));
            let count: i64 = row.await.unwrap().unwrap().try_get_by_index(0).unwrap();
            if count == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_mins(1), look).await;
    assert!(in_time.is_ok(), "{sql}: not {wanted} in time");
}

async fn one_of_two_replicas_does_the_duties_and_the_other_takes_over(app: TestApp) {
    let world = World::new().group("acme", |group| {
        group
            .owner("ann")
            .member("eve", level::GUEST, |row| row.until("2026-11-21"))
    });
    app.import(&world.json()).await;
    let [first, second] = [1, 2].map(|process| Jobs::start(&app.app, Arc::new(app.mailbox.clone()), || 1.0, process));
    counts(&app, "SELECT COUNT(*) FROM audit_events", 1).await;
    counts(&app, "SELECT COUNT(*) FROM leases", 4).await;
    // Invitations are looked through for the first time after an hour.
    counts(&app, "SELECT COUNT(*) FROM leases WHERE name = 'tidy_invitations'", 0).await;
    stop(first).await;
    stop(second).await;
    // Whoever had them gave them back: a third need not wait.
    let third = Jobs::start(&app.app, Arc::new(app.mailbox.clone()), || 1.0, 3);
    counts(
        &app,
        "SELECT COUNT(*) FROM leases WHERE holder = '0000000000000003' AND fence > 1",
        4,
    )
    .await;
    stop(third).await;
}

async fn replicas_that_start_remind_of_an_invitation_once_and_delete_none(app: TestApp) {
    let world = World::new().group("acme", |group| {
        group
            .owner("ann")
            .invited("due@example.org", level::GUEST, |row| {
                row.by("ann").since("2026-11-19T08:00:00Z")
            })
            .invited("over@example.org", level::GUEST, |row| {
                row.by("ann").since("2026-11-19T08:00:00Z").until("2026-11-20")
            })
    });
    app.import(&world.json()).await;
    for process in [1, 2, 3] {
        let jobs = [process, process + 10]
            .map(|process| Jobs::start(&app.app, Arc::new(app.mailbox.clone()), || 1.0, process));
        let reminded = "SELECT COUNT(*) FROM members WHERE reminders_sent = 1 AND invite_email = 'due@example.org'";
        counts(&app, reminded, 1).await;
        let mail = app.mailbox.holds(1).await;
        assert_eq!(mail[0].to, "due@example.org");
        for jobs in jobs {
            stop(jobs).await;
        }
    }
    assert_eq!(app.mail().await.len(), 1);
    counts(&app, "SELECT COUNT(*) FROM members WHERE invite_email IS NOT NULL", 2).await;
}
