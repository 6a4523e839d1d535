//! The hourly round, and the jobs that do what is asked for.

use std::sync::Arc;
use std::time::Duration;

use roster::domain::ldap;
use roster::domain::leases;
use roster::server::jobs::Jobs;
use serde_json::json;

use super::{Book, cn, known, rows, synced, texts};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    every_synced_group_is_asked_for_once_an_hour,
    a_running_server_does_what_is_asked_for,
);

fn world() -> World {
    let linked = |path: &'static str, world: World| {
        world.group(path, |group| {
            group.set("ldap_links", json!([cn("developers", 30)])).owner("olga")
        })
    };
    let world = World::new().user("ann", |user| known(user, "ann"));
    linked("late", linked("acme", world)).group("plain", |group| group.owner("olga"))
}

async fn pending(app: &TestApp) -> Vec<String> {
    texts(
        app,
        "SELECT full_path FROM namespaces WHERE ldap_sync_state = 'pending' ORDER BY full_path",
    )
    .await
}

async fn every_synced_group_is_asked_for_once_an_hour(app: TestApp) {
    let without = app.clone();
    let book = Book::new();
    let app = app.with_directory(Arc::new(book.clone()));
    app.import(&world().json()).await;
    book.write("developers", &["ann"]);
    let lease = leases::take(&app.system(), "queue_ldap_syncs", "us")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        ldap::queue(&without.system(), &lease).await.unwrap(),
        0,
        "there is no directory"
    );
    synced(&app, "acme").await;
    assert_eq!(ldap::queue(&app.system(), &lease).await.unwrap(), 1);
    assert_eq!(pending(&app).await, ["late"]);
    assert_eq!(ldap::queue(&app.system(), &lease).await.unwrap(), 0);
    app.later(Duration::from_mins(59));
    assert_eq!(ldap::queue(&app.system(), &lease).await.unwrap(), 0);
    app.later(Duration::from_mins(1));
    assert_eq!(ldap::queue(&app.system(), &lease).await.unwrap(), 1);
    assert_eq!(pending(&app).await, ["acme", "late"]);
    let stale = leases::Lease {
        fence: lease.fence - 1,
        ..lease
    };
    app.later(Duration::from_hours(2));
    while let Some(claim) = ldap::claim_next(&app.system()).await.unwrap() {
        ldap::sync(&app.system(), &claim).await.unwrap();
    }
    app.later(Duration::from_hours(2));
    assert!(
        ldap::queue(&app.system(), &stale).await.is_err(),
        "another replica has the duty"
    );
}

async fn a_running_server_does_what_is_asked_for(app: TestApp) {
    let book = Book::new();
    let app = app.with_directory(Arc::new(book.clone()));
    app.import(&world().json()).await;
    book.write("developers", &["ann"]);
    let jobs = Jobs::start(&app.app, Arc::new(app.mailbox.clone()), || 1.0, 7);
    app.token("olga-api")
        .post("/groups/acme/ldap_sync", &json!({}))
        .await
        .expect(202);
    let is_done = async || rows(&app, "acme").await.contains(&"ann 30 ldap".to_owned());
    let done = tokio::time::timeout(Duration::from_mins(5), async {
        while !is_done().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    done.await.expect("it is done in the end");
    assert!(jobs.stop(Duration::from_mins(1)).await);
    assert_eq!(rows(&app, "late").await, ["olga 50"], "nobody asked for that one");
}
