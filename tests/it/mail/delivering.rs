//! Out of the outbox: sent, sent again, given up.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use roster::domain::notices::{self, Letter, Mailer, NotSent, Outcome};
use roster::domain::{Actor, Error};
use roster::entity::outbox;
use sea_orm::EntityTrait as _;
use tokio::sync::Notify;

use super::{ANN, BOB, execute, granted, people, queue, queued, refusal, rows};
use crate::support::{TestApp, now, on_both_databases};

on_both_databases!(
    what_is_committed_is_sent_and_done_with,
    what_is_rolled_back_is_never_sent,
    a_user_who_is_blocked_or_gone_by_then_is_not_told,
    a_crash_before_the_mark_sends_again,
    deliverers_side_by_side_send_each_message_once,
    a_message_that_fails_is_tried_again_at_longer_and_longer_intervals,
    a_message_that_fails_for_days_is_given_up_and_kept,
    a_poisoned_message_does_not_hold_up_the_others,
    a_row_of_a_kind_to_come_waits_for_who_can_read_it,
    the_address_that_a_server_names_is_not_kept,
    what_is_done_with_goes_after_a_while,
    only_roster_itself_delivers,
);

async fn only_row(app: &TestApp) -> outbox::Model {
    let row = outbox::Entity::find().one(&app.db.conn()).await;
    row.unwrap().unwrap()
}

async fn outcomes(app: &TestApp) -> Vec<Outcome> {
    let attempts = app.deliver().await;
    attempts.into_iter().map(|attempt| attempt.outcome).collect()
}

fn failed(why: &str) -> Outcome {
    Outcome::Failed(why.to_owned())
}

async fn what_is_committed_is_sent_and_done_with(app: TestApp) {
    people(&app).await;
    queued(&app, &[ANN, BOB]).await;

    let mail = app.mail().await;

    assert_eq!(mail.len(), 2);
    assert_eq!(mail[0].subject, "Access to the Acme / Tools group was granted");
    assert!(mail[0].text.starts_with("Hi Ann Lee!"), "{}", mail[0].text);
    let to: Vec<_> = mail.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["ann@example.com", "bob@example.com"]);
    // Neither what was said nor to whom stays behind.
    assert_eq!(rows(&app, "delivered_at IS NOT NULL").await, 2);
    assert_eq!(only_row(&app).await.payload, serde_json::json!({}));
    assert!(app.deliver().await.is_empty());
}

async fn what_is_rolled_back_is_never_sent(app: TestApp) {
    people(&app).await;
    queue(&app, &[granted(ANN)], refusal()).await.unwrap_err();
    assert!(app.mail().await.is_empty());
}

async fn a_user_who_is_blocked_or_gone_by_then_is_not_told(app: TestApp) {
    people(&app).await;
    queued(&app, &[ANN, BOB]).await;
    execute(&app, "UPDATE users SET state = 'blocked' WHERE id = 2").await;
    execute(&app, "DELETE FROM users WHERE id = 3").await;

    assert_eq!(outcomes(&app).await, [Outcome::Untold, Outcome::Untold]);
    assert!(app.mailbox.mail().is_empty());
    assert!(app.deliver().await.is_empty());
}

/// Sends, and never comes back to say so.
#[derive(Debug)]
struct Crash {
    mailer: crate::support::Mailbox,
    sent: Notify,
}

impl Mailer for Crash {
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), NotSent>> {
        Box::pin(async move {
            self.mailer.send(letter).await?;
            self.sent.notify_one();
            std::future::pending().await
        })
    }
}

async fn a_crash_before_the_mark_sends_again(app: TestApp) {
    people(&app).await;
    queued(&app, &[ANN]).await;
    let crash = Arc::new(Crash {
        mailer: app.mailbox.clone(),
        sent: Notify::new(),
    });
    let (ctx, mailer) = (app.system(), Arc::clone(&crash));
    let deliverer = tokio::spawn(async move { notices::deliver(&ctx, &*mailer, || 1.0).await });
    crash.sent.notified().await;
    deliverer.abort();
    assert!(deliverer.await.unwrap_err().is_cancelled());

    // The row is the dead deliverer's for a while; then it is anybody's.
    app.later(Duration::from_secs(59));
    assert!(app.deliver().await.is_empty());
    app.later(Duration::from_secs(1));
    assert_eq!(app.deliver().await[0].count, 2);
    let mail = app.mailbox.mail();
    assert_eq!(mail.len(), 2);
    // By this its receiver can tell.
    assert_eq!(mail[0].id, mail[1].id);
}

async fn deliverers_side_by_side_send_each_message_once(app: TestApp) {
    people(&app).await;
    queued(&app, &[ANN; 60]).await;
    let deliverers = (0..4).map(|_| {
        let app = app.clone();
        tokio::spawn(async move { app.deliver().await.len() })
    });
    let mut attempts = 0;
    for deliverer in deliverers.collect::<Vec<_>>() {
        attempts += deliverer.await.unwrap();
    }
    assert_eq!(attempts, 60);
    let mut sent: Vec<_> = app.mailbox.mail().iter().map(|mail| mail.id).collect();
    sent.sort_unstable();
    sent.dedup();
    assert_eq!(sent.len(), 60);
    assert_eq!(app.mailbox.mail().len(), 60);
}

async fn a_message_that_fails_is_tried_again_at_longer_and_longer_intervals(app: TestApp) {
    people(&app).await;
    queued(&app, &[ANN]).await;
    app.mailbox.refuse(|_| Some("the server is down".to_owned()));

    for pause in [30, 60, 120] {
        assert_eq!(outcomes(&app).await, [failed("the server is down")]);
        app.later(Duration::from_secs(pause - 1));
        assert!(app.deliver().await.is_empty(), "before the pause of {pause} s is over");
        app.later(Duration::from_secs(1));
    }
    let row = only_row(&app).await;
    assert_eq!(
        (row.attempts, row.last_error.as_deref()),
        (3, Some("the server is down"))
    );
    assert_eq!((row.leased_until, row.delivered_at), (None, None));

    app.mailbox.accept();
    assert_eq!(outcomes(&app).await, [Outcome::Sent]);
    assert_eq!(only_row(&app).await.last_error, None);
}

async fn a_message_that_fails_for_days_is_given_up_and_kept(app: TestApp) {
    people(&app).await;
    queued(&app, &[ANN]).await;
    app.mailbox.refuse(|_| Some("no such user".to_owned()));
    assert_eq!(outcomes(&app).await, [failed("no such user")]);
    app.clock.set(now() + TimeDelta::days(3) - TimeDelta::seconds(1));
    assert_eq!(outcomes(&app).await, [failed("no such user")]);

    app.later(Duration::from_hours(1));
    assert_eq!(outcomes(&app).await, [Outcome::GivenUp("no such user".to_owned())]);

    app.mailbox.accept();
    app.later(Duration::from_hours(24));
    assert!(app.deliver().await.is_empty());
    let row = only_row(&app).await;
    assert!(row.given_up_at.is_some() && row.delivered_at.is_none());
    assert_eq!(row.payload["user"], 2);
}

async fn a_poisoned_message_does_not_hold_up_the_others(app: TestApp) {
    people(&app).await;
    queued(&app, &[BOB; 20]).await;
    queued(&app, &[ANN; 3]).await;
    app.mailbox
        .refuse(|letter| (letter.address == "bob@example.com").then(|| "poison".to_owned()));
    let mail = app.mail().await;
    assert_eq!(mail.len(), 3);
    assert_eq!(rows(&app, "delivered_at IS NULL").await, 20);
}

async fn a_row_of_a_kind_to_come_waits_for_who_can_read_it(app: TestApp) {
    people(&app).await;
    queued(&app, &[ANN, BOB]).await;
    execute(&app, "UPDATE outbox SET kind = 'moon_landed' WHERE id = 1").await;
    let outcomes = outcomes(&app).await;
    assert!(
        matches!(&outcomes[0], Outcome::Failed(why) if why.contains("moon_landed")),
        "{outcomes:?}"
    );
    assert_eq!(outcomes[1], Outcome::Sent);
}

async fn the_address_that_a_server_names_is_not_kept(app: TestApp) {
    people(&app).await;
    queued(&app, &[ANN]).await;
    app.mailbox
        .refuse(|letter| Some(format!("550 <{}>: unknown", letter.address)));
    app.deliver().await;
    assert_eq!(
        only_row(&app).await.last_error.as_deref(),
        Some("550 (address) unknown")
    );
}

async fn what_is_done_with_goes_after_a_while(app: TestApp) {
    people(&app).await;
    queued(&app, &[ANN]).await;
    app.deliver().await;
    queued(&app, &[BOB]).await;
    execute(&app, "UPDATE outbox SET given_up_at = delivered_at WHERE id = 2").await;
    execute(
        &app,
        "UPDATE outbox SET given_up_at = created_at WHERE delivered_at IS NULL",
    )
    .await;
    queued(&app, &[ANN]).await;
    let ctx = app.system();
    let lease = roster::domain::leases::take(&ctx, "tidy", "me").await.unwrap().unwrap();
    let tidy = async || notices::tidy(&ctx, &lease).await.unwrap();

    app.clock.set(now() + TimeDelta::days(7) - TimeDelta::seconds(1));
    assert_eq!(tidy().await, 0);
    app.later(Duration::from_secs(1));
    assert_eq!(tidy().await, 1);
    app.clock.set(now() + TimeDelta::days(30));
    assert_eq!(tidy().await, 1);
    // What is owed stays, however old.
    assert_eq!(rows(&app, "delivered_at IS NULL AND given_up_at IS NULL").await, 1);
}

async fn only_roster_itself_delivers(app: TestApp) {
    let anonymous = app.system().acting_as(Actor::Anonymous);
    let refused = notices::deliver(&anonymous, &app.mailbox, || 1.0).await;
    assert!(matches!(refused, Err(Error::Forbidden(None))));
}
