//! Into the outbox, or not.

use futures_util::FutureExt as _;
use sea_orm::EntityTrait as _;

use roster::entity::outbox;
use serde_json::json;

use super::{ANN, BLOCKED, BOB, BOT, granted, people, queue, queued, refusal, rows};
use crate::support::{TestApp, now, on_both_databases};

on_both_databases!(
    a_notice_is_queued_with_the_change_that_it_tells_of,
    nothing_is_queued_by_a_change_that_is_rolled_back,
    neither_bots_nor_blocked_users_are_told,
    many_notices_are_one_statement,
    a_commit_that_owes_mail_wakes_whoever_waits_for_it,
);

async fn a_notice_is_queued_with_the_change_that_it_tells_of(app: TestApp) {
    people(&app).await;
    queued(&app, &[BOB, ANN]).await;

    let rows = outbox::Entity::find().all(&app.db.conn()).await.unwrap();
    let kinds: Vec<_> = rows.iter().map(|row| row.kind.as_str()).collect();
    let users: Vec<_> = rows.iter().map(|row| &row.payload["user"]).collect();
    assert_eq!(kinds, ["access_granted", "access_granted"]);
    assert_eq!(users, [&json!(BOB), &json!(ANN)]);
    assert_eq!(rows[0].payload["place"]["full_name"], "Acme / Tools");
    assert_eq!((rows[0].not_before, rows[0].created_at), (now(), now()));
}

async fn nothing_is_queued_by_a_change_that_is_rolled_back(app: TestApp) {
    people(&app).await;
    queue(&app, &[granted(ANN)], refusal()).await.unwrap_err();
    assert_eq!(rows(&app, "1 = 1").await, 0);
}

async fn neither_bots_nor_blocked_users_are_told(app: TestApp) {
    people(&app).await;
    queued(&app, &[BLOCKED, ANN, BOT]).await;
    assert_eq!(rows(&app, "1 = 1").await, 1);
}

async fn many_notices_are_one_statement(app: TestApp) {
    people(&app).await;
    queued(&app, &[ANN; 500]).await;
    assert_eq!(rows(&app, "1 = 1").await, 500);
}

async fn a_commit_that_owes_mail_wakes_whoever_waits_for_it(app: TestApp) {
    people(&app).await;
    let is_rung = || app.db.mail_owed().now_or_never().is_some();
    queue(&app, &[granted(ANN)], refusal()).await.unwrap_err();
    assert!(!is_rung(), "nothing was committed");
    queued(&app, &[BLOCKED]).await;
    assert!(!is_rung(), "nobody is told");
    queued(&app, &[ANN]).await;
    assert!(is_rung());
    assert!(!is_rung(), "once is enough");
}
