//! Two replicas over one database: who does what, and when.

use std::sync::Arc;
use std::time::Duration;

use roster::db::Lock;
use roster::domain::Error;
use roster::domain::leases::{self, Lease, TERM};
use roster::server::jobs::Jobs;

use super::{ANN, BOB, people, queued, rows};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    one_replica_has_a_duty_until_it_falls_silent,
    a_holder_that_was_replaced_writes_nothing,
    of_many_replicas_that_start_together_one_gets_the_duty,
    a_duty_that_is_given_back_need_not_be_waited_for,
    mail_leaves_as_soon_as_it_is_owed,
    a_mailer_that_panics_takes_nothing_down,
);

const TERM_TIME: Duration = Duration::from_secs(TERM.unsigned_abs());

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
    app.later(TERM_TIME - Duration::from_secs(1));
    assert_eq!(take(&app, "a").await.as_ref(), Some(&first));
    app.later(TERM_TIME - Duration::from_secs(1));
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
