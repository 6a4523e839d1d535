//! The door for writes: one after the other within a hierarchy, numbered without a gap, all or nothing.

use roster::db::{Change, Lock, WriteTx};
use roster::domain::Error;
use roster::types::{AncestorPath, GroupId, NamespaceId, Source};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;

use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    writers_of_one_hierarchy_come_one_after_the_other,
    a_write_that_is_refused_leaves_nothing_behind,
);

const WRITERS: i64 = 32;

async fn acme(app: &TestApp) -> NamespaceId {
    let world = World::new().group("acme", |group| group.owner("ann")).json();
    app.import(&world).await;
    NamespaceId(number(app, "SELECT id FROM namespaces WHERE full_path = 'acme'").await)
}

async fn number(app: &TestApp, sql: &str) -> i64 {
    let conn = app.db.conn();
    let row = conn
        .query_one_raw(Statement::from_string(app.db.dialect().backend(), sql))
        .await;
    row.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// Adds one to the group's seat cap the way that loses updates when two do it at once: reads it, thinks, writes it.
async fn add_one(tx: &WriteTx, root: NamespaceId) -> Result<(), Error> {
    let mut read = tx.conn().sql();
    let id = read.bind(root.0);
    read.push(format!("SELECT COALESCE(seat_cap, 0) FROM namespaces WHERE id = {id}"));
    let cap = read.number().await?;
    tokio::task::yield_now().await;
    let mut write = tx.conn().sql();
    let (cap, id) = (write.bind(cap + 1), write.bind(root.0));
    write.push(format!("UPDATE namespaces SET seat_cap = {cap} WHERE id = {id}"));
    write.run().await?;
    tx.record(Change {
        root,
        kind: "member_updated",
        source: Source::Group(GroupId(root.0)),
        ancestor_path: AncestorPath::root(root.0),
        member: None,
        user: None,
        actor: None,
        payload: json!({}),
    });
    Ok(())
}

async fn writers_of_one_hierarchy_come_one_after_the_other(app: TestApp) {
    let root = acme(&app).await;
    let writers = (0..WRITERS).map(|_| {
        let db = app.db.clone();
        tokio::spawn(async move { db.write(Lock::Root(root), |tx| Box::pin(add_one(tx, root))).await })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap().unwrap();
    }

    assert_eq!(
        number(&app, "SELECT seat_cap FROM namespaces WHERE full_path = 'acme'").await,
        WRITERS
    );
    assert_eq!(
        number(&app, "SELECT seq FROM namespaces WHERE full_path = 'acme'").await,
        WRITERS
    );
    assert_eq!(number(&app, "SELECT COUNT(*) FROM change_log").await, WRITERS);
    assert_eq!(number(&app, "SELECT MIN(seq) FROM change_log").await, 1);
    assert_eq!(number(&app, "SELECT MAX(seq) FROM change_log").await, WRITERS);
}

async fn a_write_that_is_refused_leaves_nothing_behind(app: TestApp) {
    let root = acme(&app).await;
    let refused = app.db.write(Lock::Root(root), |tx| {
        Box::pin(async move {
            add_one(tx, root).await?;
            Err::<(), Error>(Error::Forbidden(None))
        })
    });
    assert!(matches!(refused.await, Err(Error::Forbidden(None))));
    assert_eq!(
        number(
            &app,
            "SELECT COALESCE(seat_cap, 0) FROM namespaces WHERE full_path = 'acme'"
        )
        .await,
        0
    );
    assert_eq!(number(&app, "SELECT COUNT(*) FROM change_log").await, 0);
}
