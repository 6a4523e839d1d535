//! A caller who hangs up while the change is under way.

use std::sync::Arc;
use std::time::Duration;

use roster::db::{End, Lock};
use roster::domain::Error;
use roster::types::NamespaceId;
use serde_json::json;
use tokio::sync::Notify;

use super::Stage;
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(a_change_goes_on_when_its_caller_hangs_up);

async fn a_change_goes_on_when_its_caller_hangs_up(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| group.owner("ann"));
    let stage = Stage::new(app, &world).await;
    let (held, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let other = tokio::spawn({
        let (db, held, release) = (stage.app.db.clone(), Arc::clone(&held), Arc::clone(&release));
        async move {
            let wait = |_| {
                let (held, release) = (Arc::clone(&held), Arc::clone(&release));
                async move {
                    held.notify_one();
                    release.notified().await;
                    Ok::<(), Error>(())
                }
            };
            db.transact(Lock::Root(NamespaceId(1001)), End::RollBack, wait).await
        }
    });
    held.notified().await;
    let body = json!({"username": "bob", "access_level": 30});
    let ann = stage.by("ann");
    let call = tokio::time::timeout(Duration::from_secs(2), ann.post("/groups/acme/members", &body));
    assert!(call.await.is_err(), "it waits behind the other");
    release.notify_one();
    other.await.unwrap().unwrap();
    let mut level = None;
    for _ in 0..600 {
        level = stage.level("/groups/acme", "bob").await;
        if level.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(level, Some(30));
}
