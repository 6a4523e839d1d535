//! What a synchronisation makes of the rows of a group.

use std::sync::Arc;

use roster::db::Counter;
use roster::domain::ldap::{self, Outcome, Report};
use serde_json::json;

use super::{Book, cn, dn, events, execute, known, rows, sync, synced, texts, traces};
use crate::support::world::{Item, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    who_is_named_becomes_a_member_at_the_highest_level,
    a_row_follows_the_directory,
    an_override_holds_while_the_directory_names_the_user,
    the_last_owner_stays,
    a_subgroup_gives_no_less_than_is_inherited,
    who_asks_or_waits_is_taken_in_as_they_are,
    where_no_seat_is_left_a_newcomer_waits,
    minimal_access_is_for_top_level_groups,
    links_of_other_directories_are_passed_over,
    a_run_takes_the_same_statements_for_few_and_for_many,
);

/// People whom the directory knows, and a group that two of its groups and a filter are members of.
fn acme() -> World {
    let people = ["ann", "bob", "cat", "dan", "eve", "fay"];
    let world = people
        .into_iter()
        .fold(World::new(), |world, name| world.user(name, |user| known(user, name)));
    let filter =
        json!({"provider": "ldapmain", "filter": "(type=guest)", "access_level": 10, "member_role": "Auditor"});
    world
        .user("mia", |user| user)
        .user("svc", |user| user.set("user_type", "service_account"))
        .group("acme", |group| {
            group
                .set("ldap_links", json!([cn("developers", 30), cn("leads", 40), filter]))
                .owner("olga")
        })
        .role("acme", "Auditor", 10)
}

fn book(app: &TestApp) -> (TestApp, Book) {
    let book = Book::new();
    (app.with_directory(Arc::new(book.clone())), book)
}

async fn who_is_named_becomes_a_member_at_the_highest_level(app: TestApp) {
    let (app, book) = book(&app);
    app.import(&acme().json()).await;
    book.write("developers", &["ann", "bob", "nobody"])
        .write("leads", &["bob"])
        .write("(type=guest)", &["ann", "cat"]);
    let report = synced(&app, "acme").await;
    assert_eq!((report.added, report.changed, report.removed), (3, 0, 0));
    let after = ["ann 30 ldap", "bob 40 ldap", "cat 10 ldap Auditor", "olga 50"];
    assert_eq!(rows(&app, "acme").await, after);
    assert_eq!(
        events(&app, "acme").await,
        [
            "member_created Ann (System)",
            "member_created Bob (System)",
            "member_created Cat (System)"
        ]
    );
    let log = texts(&app, "SELECT kind FROM change_log ORDER BY seq").await;
    assert_eq!(log, ["member_added", "member_added", "member_added"]);
    assert!(app.mail().await.is_empty(), "nobody is told of the directory's rows");

    let before = traces(&app).await;
    assert_eq!(synced(&app, "acme").await, Report::default());
    assert_eq!(traces(&app).await, before, "a second run finds nothing to do");

    // The account that was not there yet: the directory names it, and now it is somebody's.
    let sql = "UPDATE user_identities SET extern_uid_norm = 'uid=nobody,ou=people,dc=example,dc=org'
                WHERE user_id = (SELECT id FROM users WHERE username = 'dan')";
    execute(&app, sql).await;
    synced(&app, "acme").await;
    assert!(rows(&app, "acme").await.contains(&"dan 30 ldap".to_owned()));
}

async fn a_row_follows_the_directory(app: TestApp) {
    let (app, book) = book(&app);
    let world = acme()
        .group("hand", |group| {
            group
                .set("ldap_links", json!([cn("developers", 30)]))
                .owner("olga")
                .member("ann", 20, |row| row.set("ldap", true).until("2027-01-01"))
                .member("bob", 30, |row| row.by("olga"))
                .member("cat", 40, |row| row.by("olga"))
                .member("dan", 30, |row| row.set("ldap", true))
                .member("eve", 10, |row| row.with_role("Looker").set("ldap", true))
                .member("fay", 30, |row| row.until("2026-01-01"))
                .developer("mia")
                .guest("svc")
                .invited("new@example.org", 30, |invitation| invitation)
        })
        .role("hand", "Looker", 10)
        .group("hand/below", |group| group.developer("dan").developer("cat"))
        .project("hand/app", |project| project.developer("dan"));
    app.import(&world.json()).await;
    book.write("developers", &["ann", "bob", "eve", "fay"]);
    let report = synced(&app, "hand").await;
    assert_eq!((report.added, report.changed, report.removed), (0, 4, 2));
    assert_eq!(
        rows(&app, "hand").await,
        [
            "ann 30 ldap",
            "bob 30 ldap made",
            "eve 30 ldap",
            "fay 30 ldap",
            "mia 30",
            "olga 50",
            "svc 10"
        ]
    );
    assert_eq!(
        rows(&app, "hand/below").await,
        ["cat 30", "dan 30"],
        "nothing below goes"
    );
    assert_eq!(
        app.admin().get("/projects/hand%2Fapp/members").await.json()[0]["username"],
        "dan"
    );
    let invited = app.token("olga-api").get("/groups/hand/invitations").await;
    assert_eq!(invited.status.as_u16(), 403, "the group is synced");
    assert_eq!(
        texts(&app, "SELECT invite_email FROM members WHERE invite_email IS NOT NULL")
            .await
            .len(),
        1
    );
    let mut told = events(&app, "hand").await;
    told.sort();
    assert_eq!(
        told,
        [
            "member_destroyed Cat (System)",
            "member_destroyed Dan (System)",
            "member_updated Ann (System)",
            "member_updated Bob (System)",
            "member_updated Eve (System)",
            "member_updated Fay (System)",
        ]
    );
    assert!(app.mail().await.is_empty());
}

async fn an_override_holds_while_the_directory_names_the_user(app: TestApp) {
    let (app, book) = book(&app);
    app.import(&acme().json()).await;
    book.write("developers", &["ann", "bob"]);
    synced(&app, "acme").await;
    let olga = app.token("olga-api");
    let ann = "/groups/acme/members/2";
    olga.put(ann, &json!({"access_level": 20})).await.expect(403);
    olga.post(&format!("{ann}/override"), &json!({})).await.expect(201);
    olga.put(ann, &json!({"access_level": 20, "expires_at": "2027-01-01"}))
        .await
        .expect(200);
    assert_eq!(synced(&app, "acme").await.rows(), 0);
    assert_eq!(rows(&app, "acme").await[0], "ann 20 ldap override ends");

    olga.delete(&format!("{ann}/override")).await.expect(200);
    assert_eq!(
        rows(&app, "acme").await[0],
        "ann 20 ldap ends",
        "the next run sets it back, not this"
    );
    synced(&app, "acme").await;
    assert_eq!(rows(&app, "acme").await[0], "ann 30 ldap");

    olga.post(&format!("{ann}/override"), &json!({})).await.expect(201);
    book.write("developers", &["bob"]);
    synced(&app, "acme").await;
    assert_eq!(
        rows(&app, "acme").await,
        ["bob 30 ldap", "olga 50"],
        "and whom it no longer names goes"
    );
}

async fn the_last_owner_stays(app: TestApp) {
    let (app, book) = book(&app);
    let world = acme()
        .group("alone", |group| {
            group.set("ldap_links", json!([cn("developers", 30)])).owner("ann")
        })
        .group("pair", |group| {
            group
                .set("ldap_links", json!([cn("leads", 30)]))
                .owner("ann")
                .owner("bob")
        });
    app.import(&world.json()).await;
    for named in [&[][..], &["ann"]] {
        book.write("developers", named);
        let report = synced(&app, "alone").await;
        assert_eq!(report.spared.len(), 1, "{named:?}");
        assert_eq!(rows(&app, "alone").await, ["ann 50 ldap"], "{named:?}");
    }
    let report = synced(&app, "pair").await;
    assert_eq!((report.removed, report.spared.len()), (1, 1));
    assert_eq!(rows(&app, "pair").await, ["bob 50 ldap"]);
}

async fn a_subgroup_gives_no_less_than_is_inherited(app: TestApp) {
    let (app, book) = book(&app);
    let world = acme().group("top", |group| {
        group
            .owner("olga")
            .maintainer("ann")
            .member("bob", 10, |row| row.with_role("Seer"))
            .developer("cat")
            .member("dan", 40, |row| row.until("2026-01-01"))
    });
    let world = world.role("top", "Seer", 10).group("top/sub", |group| {
        let guests = json!({"provider": "ldapmain", "cn": "guests", "access_level": 5});
        group.set("ldap_links", json!([cn("developers", 30), guests]))
    });
    app.import(&world.json()).await;
    book.write("developers", &["ann", "cat", "dan"])
        .write("guests", &["bob", "eve"]);
    synced(&app, "top/sub").await;
    assert_eq!(
        rows(&app, "top/sub").await,
        ["ann 40 ldap", "bob 10 ldap Seer", "cat 30 ldap", "dan 30 ldap"]
    );
}

async fn who_asks_or_waits_is_taken_in_as_they_are(app: TestApp) {
    let (app, book) = book(&app);
    let world = acme().group("open", |group| {
        group
            .set("ldap_links", json!([cn("developers", 30)]))
            .owner("olga")
            .requested_by("ann", |row| row)
            .requested_by("bob", |row| row)
            .member("cat", 20, Item::awaiting)
            .member("dan", 5, |row| row)
    });
    app.import(&world.json()).await;
    book.write("developers", &["ann", "cat", "dan"]);
    let report = synced(&app, "open").await;
    assert_eq!((report.added, report.changed, report.removed), (1, 2, 0));
    assert_eq!(
        rows(&app, "open").await,
        [
            "ann 30 ldap",
            "bob 30 asks",
            "cat 30 ldap awaiting",
            "dan 30 ldap",
            "olga 50"
        ]
    );
    assert!(
        events(&app, "open")
            .await
            .contains(&"member_created Ann (System)".to_owned())
    );
}

async fn where_no_seat_is_left_a_newcomer_waits(app: TestApp) {
    let (app, book) = book(&app);
    let world = acme().group("full", |group| {
        group
            .set("seats", json!({"exclude_guests": false, "cap": 3}))
            .set("ldap_links", json!([cn("developers", 30)]))
            .owner("olga")
            .member("eve", 20, |row| row.set("ldap", true))
            .member("fay", 5, |row| row)
    });
    let world = world.group("full/sub", |group| group.developer("dan"));
    app.import(&world.json()).await;
    book.write("developers", &["ann", "bob", "dan", "fay"]);
    synced(&app, "full").await;
    // Eve's seat is free for one of those who have none: who has a row already goes first.
    assert_eq!(
        rows(&app, "full").await,
        [
            "ann 30 ldap awaiting",
            "bob 30 ldap awaiting",
            "dan 30 ldap",
            "fay 30 ldap",
            "olga 50"
        ]
    );
}

async fn minimal_access_is_for_top_level_groups(app: TestApp) {
    let (app, book) = book(&app);
    let world = acme()
        .group("low", |group| {
            group.set("ldap_links", json!([cn("guests", 5)])).owner("olga")
        })
        .group("low/sub", |group| {
            group.set("ldap_links", json!([cn("guests", 5)])).reporter("cat")
        });
    app.import(&world.json()).await;
    book.write("guests", &["ann", "cat"]);
    synced(&app, "low").await;
    assert_eq!(rows(&app, "low").await, ["ann 5 ldap", "cat 5 ldap", "olga 50"]);
    synced(&app, "low/sub").await;
    assert_eq!(rows(&app, "low/sub").await, ["cat 20 ldap"]);
}

async fn links_of_other_directories_are_passed_over(app: TestApp) {
    let (app, book) = book(&app);
    let other = json!({"provider": "ldapother", "cn": "developers", "access_level": 50});
    let stranger = json!({"provider": "ldapother", "dn": dn("zoe")});
    let world = acme()
        .user("zoe", |user| user.set("ldap_identity", stranger))
        .group("both", |group| {
            group
                .set("ldap_links", json!([other, cn("developers", 30)]))
                .owner("olga")
                .developer("zoe")
        })
        .group("none", |group| group.set("ldap_links", json!([other])).owner("ann"));
    app.import(&world.json()).await;
    book.write("developers", &["ann", "zoe"]);
    synced(&app, "both").await;
    assert_eq!(rows(&app, "both").await, ["ann 30 ldap", "olga 50", "zoe 30"]);
    let before = rows(&app, "none").await;
    assert!(matches!(sync(&app, "none").await, Outcome::Failed(why) if why.contains("ldapmain")));
    assert_eq!(rows(&app, "none").await, before);
}

async fn a_run_takes_the_same_statements_for_few_and_for_many(app: TestApp) {
    let (app, book) = book(&app);
    let names: Vec<_> = (0..40).map(|index| format!("p{index:02}")).collect();
    let world = names
        .iter()
        .fold(World::new(), |world, name| world.user(name, |user| known(user, name)));
    let group = |world: World, path: &str, cn_: &str| {
        world.group(path, |group| {
            group.set("ldap_links", json!([cn(cn_, 30)])).owner("olga")
        })
    };
    let world = group(group(world, "few", "some"), "many", "all");
    app.import(&world.json()).await;
    let all: Vec<_> = names.iter().map(String::as_str).collect();
    book.write("some", &all[..2]).write("all", &all);
    let cost = async |path: &str| {
        app.admin()
            .post(&format!("/groups/{path}/ldap_sync"), &json!({}))
            .await
            .expect(202);
        let claim = ldap::claim_next(&app.system()).await.unwrap().unwrap();
        let counter = Counter::default();
        let run = counter.scope(async { ldap::sync(&app.system(), &claim).await });
        assert!(matches!(run.await.unwrap(), Outcome::Done(_)));
        counter.counts().statements
    };
    let joining = (cost("few").await, cost("many").await);
    assert_eq!(joining.0, joining.1, "joining");
    // Half of them go, the others change.
    book.write("some", &all[..1]).write("all", &all[..20]);
    for path in ["few", "many"] {
        let link =
            json!({"cn": if path == "few" { "some" } else { "all" }, "group_access": 40, "provider": "ldapmain"});
        let links = format!("/groups/{path}/ldap_group_links");
        app.admin()
            .delete(&format!("{links}/{}", link["cn"].as_str().unwrap()))
            .await
            .expect(204);
        app.admin().post(&links, &link).await.expect(201);
    }
    let changing = (cost("few").await, cost("many").await);
    assert_eq!(changing.0, changing.1, "changing");
    assert!(joining.0 < 30 && changing.0 < 30, "{joining:?} {changing:?}");
    assert_eq!(rows(&app, "many").await.len(), 21);
}
