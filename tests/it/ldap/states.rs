//! How far a synchronisation is, and who may ask for one.

use std::sync::Arc;
use std::time::Duration;

use roster::domain::ldap::{self, Outcome};
use roster::domain::{Actor, Ctx, Door, Origin};
use serde_json::{Value, json};

use super::{Book, cn, events, known, rows, sync, synced, texts, traces};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    owners_ask_for_a_run_of_their_group,
    a_run_is_asked_for_once_until_it_ends,
    a_group_without_links_is_not_synchronised,
    a_directory_that_fails_changes_nobody,
    two_replicas_do_not_synchronise_a_group_twice,
    a_run_that_was_lost_counts_as_failed_after_an_hour,
    a_run_that_is_given_back_waits_again,
    links_that_change_while_the_directory_is_read_are_read_again,
    without_a_directory_a_run_that_is_asked_for_fails,
);

fn world() -> World {
    World::new()
        .user("ann", |user| known(user, "ann"))
        .user("bob", |user| known(user, "bob"))
        .user("sid", |user| user)
        .group("acme", |group| {
            group
                .set("ldap_links", json!([cn("developers", 30)]))
                .owner("olga")
                .maintainer("mia")
        })
        .group("acme/sub", |group| group)
        .group("plain", |group| group.owner("olga").developer("ann"))
}

const SYNC: &str = "/groups/acme/ldap_sync";

/// The state of a group, and what it says of the last run.
async fn state(app: &TestApp, group: &str) -> (String, bool, Option<String>) {
    let said = texts(
        app,
        &format!(
            "SELECT ldap_sync_state || '|' || CASE WHEN ldap_sync_finished_at IS NULL THEN '' ELSE 'ended' END || '|' || COALESCE(ldap_sync_error, '')
               FROM namespaces WHERE full_path = '{group}'"
        ),
    )
    .await
    .remove(0);
    let parts: Vec<_> = said.splitn(3, '|').collect();
    let error = (!parts[2].is_empty()).then(|| parts[2].to_owned());
    (parts[0].to_owned(), parts[1] == "ended", error)
}

async fn owners_ask_for_a_run_of_their_group(app: TestApp) {
    app.import(&world().json()).await;
    let ask = async |by: &str, path: &str| {
        let caller = match by {
            "nobody" => app.anonymous(),
            name => app.token(&format!("{name}-api")),
        };
        let answer = caller.post(path, &json!({})).await;
        (answer.status.as_u16(), answer.text())
    };
    let message = |text: &str| json!({ "message": text }).to_string();
    assert_eq!(ask("nobody", SYNC).await, (401, message("401 Unauthorized")));
    assert_eq!(ask("sid", SYNC).await, (404, message("404 Group Not Found")));
    assert_eq!(
        ask("olga", "/groups/nowhere/ldap_sync").await,
        (404, message("404 Group Not Found"))
    );
    assert_eq!(ask("mia", SYNC).await, (403, message("403 Forbidden")));
    assert_eq!(state(&app, "acme").await.0, "ready");
    for by in ["olga", "root"] {
        assert_eq!(ask(by, SYNC).await, (202, "202".to_owned()), "{by}");
        assert_eq!(state(&app, "acme").await.0, "pending");
        assert_eq!(
            state(&app, "acme/sub").await.0,
            "ready",
            "its subgroups are asked for apart"
        );
    }
}

async fn a_run_is_asked_for_once_until_it_ends(app: TestApp) {
    let book = Book::new();
    let app = app.with_directory(Arc::new(book.clone()));
    app.import(&world().json()).await;
    book.write("developers", &["ann"]);
    let ask = async || app.token("olga-api").post(SYNC, &json!({})).await.expect(202);
    ask().await;
    ask().await;
    let claim = ldap::claim_next(&app.system()).await.unwrap().unwrap();
    assert_eq!(state(&app, "acme").await.0, "started");
    ask().await;
    assert_eq!(state(&app, "acme").await.0, "started");
    assert_eq!(ldap::claim_next(&app.system()).await.unwrap(), None);
    assert!(matches!(
        ldap::sync(&app.system(), &claim).await.unwrap(),
        Outcome::Done(_)
    ));
    assert_eq!(state(&app, "acme").await, ("ready".to_owned(), true, None));
    assert_eq!(
        ldap::claim_next(&app.system()).await.unwrap(),
        None,
        "nothing was queued beside it"
    );
    ask().await;
    assert_eq!(state(&app, "acme").await.0, "pending");
}

async fn a_group_without_links_is_not_synchronised(app: TestApp) {
    let app = app.with_directory(Arc::new(Book::new()));
    app.import(&world().json()).await;
    let olga = app.token("olga-api");
    assert_eq!(
        olga.post("/groups/plain/ldap_sync", &json!({}))
            .await
            .expect(202)
            .text(),
        "202"
    );
    assert_eq!(ldap::claim_next(&app.system()).await.unwrap(), None);
    // One that lost its links while it waited is left alone, too.
    olga.post(SYNC, &json!({})).await.expect(202);
    olga.delete("/groups/acme/ldap_group_links/developers")
        .await
        .expect(204);
    let claim = ldap::claim_next(&app.system()).await.unwrap().unwrap();
    let before = rows(&app, "acme").await;
    let outcome = ldap::sync(&app.system(), &claim).await.unwrap();
    assert_eq!(outcome, Outcome::Done(ldap::Report::default()));
    assert_eq!(rows(&app, "acme").await, before);
    assert_eq!(state(&app, "acme").await.0, "ready");
}

async fn a_directory_that_fails_changes_nobody(app: TestApp) {
    let book = Book::new();
    let app = app.with_directory(Arc::new(book.clone()));
    app.import(&world().json()).await;
    book.write("developers", &["ann"]);
    synced(&app, "acme").await;
    let (before, log) = (rows(&app, "acme").await, traces(&app).await);
    book.refuse(Some("The directory is on holiday"));
    let outcome = sync(&app, "acme").await;
    assert_eq!(outcome, Outcome::Failed("The directory is on holiday".to_owned()));
    assert_eq!(rows(&app, "acme").await, before);
    let failed = (
        "failed".to_owned(),
        true,
        Some("The directory is on holiday".to_owned()),
    );
    assert_eq!(state(&app, "acme").await, failed);
    assert_eq!(
        events(&app, "acme").await,
        ["member_created Ann (System)", "ldap_group_sync_failed acme (System)"]
    );
    let event = app.admin().get("/groups/acme/audit_events?per_page=1").await.json();
    let details = &event[0]["details"];
    assert_eq!(
        details["custom_message"], "LDAP group sync failed for group acme",
        "{event}"
    );
    let difference = traces(&app)
        .await
        .iter()
        .zip(&log)
        .filter(|(now, then)| now != then)
        .count();
    assert_eq!(difference, 1, "one audit event, and nothing else");

    book.refuse(None);
    book.write("developers", &["bob"]);
    synced(&app, "acme").await;
    assert_eq!(state(&app, "acme").await, ("ready".to_owned(), true, None));
    assert_eq!(rows(&app, "acme").await, ["bob 30 ldap", "mia 40", "olga 50"]);
}

async fn two_replicas_do_not_synchronise_a_group_twice(app: TestApp) {
    let book = Book::new();
    let app = app.with_directory(Arc::new(book.clone()));
    app.import(&world().json()).await;
    book.write("developers", &["ann"]);
    let other = Ctx::new(app.replica().await, Actor::System, Origin::new(Door::System, "other"));
    app.token("olga-api").post(SYNC, &json!({})).await.expect(202);
    let system = app.system();
    let claims = tokio::join!(ldap::claim_next(&system), ldap::claim_next(&other));
    let claims = [claims.0.unwrap(), claims.1.unwrap()];
    assert_eq!(claims.iter().flatten().count(), 1, "{claims:?}");
}

async fn a_run_that_was_lost_counts_as_failed_after_an_hour(app: TestApp) {
    let book = Book::new();
    let app = app.with_directory(Arc::new(book.clone()));
    app.import(&world().json()).await;
    book.write("developers", &["ann"]);
    let olga = app.token("olga-api");
    olga.post(SYNC, &json!({})).await.expect(202);
    let lost = ldap::claim_next(&app.system()).await.unwrap().unwrap();
    app.later(Duration::from_hours(1));
    olga.post(SYNC, &json!({})).await.expect(202);
    assert_eq!(ldap::claim_next(&app.system()).await.unwrap(), None, "it may still end");
    app.later(Duration::from_mins(1));
    olga.post(SYNC, &json!({})).await.expect(202);
    let next = ldap::claim_next(&app.system())
        .await
        .unwrap()
        .expect("it may start again");
    // Whoever lost it comes back.
    let before = traces(&app).await;
    assert!(ldap::sync(&app.system(), &lost).await.is_err());
    assert!(ldap::fail(&app.system(), &lost, "too late").await.is_err());
    ldap::give_back(&app.system(), &lost).await.unwrap();
    assert_eq!(traces(&app).await, before);
    assert_eq!(state(&app, "acme").await.0, "started");
    assert!(matches!(
        ldap::sync(&app.system(), &next).await.unwrap(),
        Outcome::Done(_)
    ));
    assert_eq!(rows(&app, "acme").await[0], "ann 30 ldap");
}

async fn a_run_that_is_given_back_waits_again(app: TestApp) {
    let app = app.with_directory(Arc::new(Book::new()));
    app.import(&world().json()).await;
    app.token("olga-api").post(SYNC, &json!({})).await.expect(202);
    let claim = ldap::claim_next(&app.system()).await.unwrap().unwrap();
    ldap::give_back(&app.system(), &claim).await.unwrap();
    assert_eq!(state(&app, "acme").await.0, "pending");
    assert!(ldap::claim_next(&app.system()).await.unwrap().is_some());
}

/// A directory in which somebody makes a link while it is read.
#[derive(Debug)]
struct Slow {
    app: TestApp,
    link: Value,
}

impl ldap::Directory for Slow {
    fn provider(&self) -> &'static str {
        "ldapmain"
    }

    fn people(
        &self,
        asked: Vec<ldap::Asked>,
    ) -> futures_util::future::BoxFuture<'_, Result<Vec<Vec<String>>, ldap::Unread>> {
        Box::pin(async move {
            if asked.len() == 1 {
                let links = "/groups/acme/ldap_group_links";
                self.app.admin().post(links, &self.link).await.expect(201);
            }
            Ok(asked.iter().map(|_| vec![super::dn("ann")]).collect())
        })
    }
}

async fn links_that_change_while_the_directory_is_read_are_read_again(app: TestApp) {
    app.import(&world().json()).await;
    let link = json!({"cn": "leads", "group_access": 40, "provider": "ldapmain"});
    let app = app.with_directory(Arc::new(Slow { app: app.clone(), link }));
    let before = rows(&app, "acme").await;
    assert_eq!(sync(&app, "acme").await, Outcome::Again);
    assert_eq!(rows(&app, "acme").await, before);
    assert_eq!(state(&app, "acme").await.0, "pending");
    let claim = ldap::claim_next(&app.system()).await.unwrap().unwrap();
    assert!(matches!(
        ldap::sync(&app.system(), &claim).await.unwrap(),
        Outcome::Done(_)
    ));
    assert_eq!(rows(&app, "acme").await[0], "ann 40 ldap");
}

async fn without_a_directory_a_run_that_is_asked_for_fails(app: TestApp) {
    app.import(&world().json()).await;
    let outcome = sync(&app, "acme").await;
    assert_eq!(outcome, Outcome::Failed("No directory is set up".to_owned()));
    assert_eq!(state(&app, "acme").await.0, "failed");
    assert_eq!(rows(&app, "acme").await, ["mia 40", "olga 50"]);
}
