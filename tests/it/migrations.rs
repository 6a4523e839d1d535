//! The history of the tables, forwards and back.

use crate::support::{TestApp, on_both_databases};

on_both_databases!(every_migration_can_be_taken_back_and_applied_again);

async fn every_migration_can_be_taken_back_and_applied_again(app: TestApp) {
    assert!(app.db.is_migrated().await.unwrap());

    app.db.migrate_down(u32::MAX).await.unwrap();
    assert!(!app.db.is_migrated().await.unwrap());

    app.db.migrate().await.unwrap();
    assert!(app.db.is_migrated().await.unwrap());
}
