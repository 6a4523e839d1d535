//! The history of the tables, forwards and back.

use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    every_migration_can_be_taken_back_and_applied_again,
    replicas_that_start_together_migrate_once,
);

async fn every_migration_can_be_taken_back_and_applied_again(app: TestApp) {
    assert!(app.db.is_migrated().await.unwrap());

    app.db.migrate_down(u32::MAX).await.unwrap();
    assert!(!app.db.is_migrated().await.unwrap());

    app.db.migrate().await.unwrap();
    assert!(app.db.is_migrated().await.unwrap());
}

async fn replicas_that_start_together_migrate_once(app: TestApp) {
    app.db.migrate_down(u32::MAX).await.unwrap();

    let replicas = (0..4).map(|_| {
        let db = app.db.clone();
        tokio::spawn(async move { db.migrate().await })
    });
    for replica in replicas.collect::<Vec<_>>() {
        replica.await.unwrap().unwrap();
    }

    assert!(app.db.is_migrated().await.unwrap());
}
