//! A look at an invitation, which changes nothing.

use axum::http::Method;
use serde_json::json;

use super::{ADDRESS, BROWSER, GONE, TO_GROUP, TO_PROJECT, ask, at, mail, message, open, waiting, world};
use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    the_page_says_who_where_to_as_what_until_when_and_for_whom,
    the_page_has_a_form_to_accept_and_one_to_decline,
    the_link_to_decline_begins_with_that,
    a_program_is_told_the_same,
    an_invitation_of_nobody_with_a_custom_role_and_no_end,
    whoever_is_a_member_already_is_told_so,
    names_are_no_html,
    a_link_that_leads_nowhere_says_so,
    a_token_that_is_shown_must_be_one,
    looking_changes_nothing,
    a_page_is_asked_for_what_it_knows,
);

async fn the_page_says_who_where_to_as_what_until_when_and_for_whom(app: TestApp) {
    app.import(&world().json()).await;
    let page = open(&app.anonymous(), &at(TO_GROUP, "")).await.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let text = page.text();
    for part in [
        "<h1>Ann Lee invited you to join Acme / Tools</h1>",
        "<dt>Group</dt><dd>Acme / Tools <span class=\"path\">acme/tools</span></dd>",
        "<dt>Role</dt><dd>Developer</dd>",
        "<dt>Invited by</dt><dd>Ann Lee</dd>",
        "<time datetime=\"2026-12-24\">",
        ADDRESS,
    ] {
        assert!(text.contains(part), "no {part}: {text}");
    }
    assert_eq!(text.matches("<h1>").count(), 1);
    assert!(text.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));

    // Whoever names no wish is shown the page too.
    let plain = ask(
        &app.anonymous(),
        Method::GET,
        &at(TO_PROJECT, ""),
        &[("accept", "*/*")],
        "",
    )
    .await;
    let text = plain.expect(200).text();
    assert!(text.contains("<dt>Project</dt><dd>Acme / App "), "{text}");
    assert!(text.contains("<dt>Ends</dt><dd>Never</dd>"), "{text}");
}

async fn the_page_has_a_form_to_accept_and_one_to_decline(app: TestApp) {
    app.import(&world().json()).await;
    for (path, below) in [
        (at(TO_GROUP, ""), format!("./{TO_GROUP}/")),
        (at(TO_GROUP, "?invite_type=initial_email"), format!("./{TO_GROUP}/")),
        (at(TO_GROUP, "/decline"), "./".to_owned()),
        (at(TO_GROUP, "/accept"), "./".to_owned()),
    ] {
        let text = open(&app.anonymous(), &path).await.expect(200).text();
        for step in ["accept", "decline"] {
            let form = format!("<form method=\"post\" action=\"{below}{step}\">");
            assert_eq!(text.matches(&form).count(), 1, "{path}: no {form}: {text}");
        }
        assert!(text.contains("<label for=\"private_token\">"), "{text}");
        assert!(
            text.contains("type=\"password\" required autocomplete=\"off\""),
            "{text}"
        );
    }
}

async fn the_link_to_decline_begins_with_that(app: TestApp) {
    app.import(&world().json()).await;
    let text = open(&app.anonymous(), &at(TO_GROUP, "/decline"))
        .await
        .expect(200)
        .text();
    assert!(
        text.contains("<h1>Decline the invitation to Acme / Tools?</h1>"),
        "{text}"
    );
    assert!(text.find("<h2>Decline</h2>") < text.find("<h2>Accept</h2>"), "{text}");
}

async fn a_program_is_told_the_same(app: TestApp) {
    app.import(&world().json()).await;
    for step in ["", "/decline"] {
        let accept = [("accept", "application/json")];
        let told = ask(&app.anonymous(), Method::GET, &at(TO_GROUP, step), &accept, "")
            .await
            .expect(200);
        assert_eq!(told.header("content-type"), "application/json");
        assert_eq!(
            told.json(),
            json!({
                "source_type": "group", "source_id": 1002, "source_name": "Tools", "source_full_path": "acme/tools", "access_level": 30,
                "role": "Developer", "invite_email": ADDRESS, "invited_by": "Ann Lee", "expires_at": "2026-12-24",
            })
        );
    }
    let told = ask(
        &app.anonymous(),
        Method::GET,
        &at(TO_PROJECT, ""),
        &[("accept", "application/json")],
        "",
    )
    .await;
    let told = told.json();
    assert_eq!(
        (&told["source_type"], &told["source_id"], &told["expires_at"]),
        (&json!("project"), &json!(2001), &json!(null))
    );
}

async fn an_invitation_of_nobody_with_a_custom_role_and_no_end(app: TestApp) {
    let world = World::new()
        .role("acme", "Auditor", level::GUEST)
        .group("acme", |group| {
            group.invited(ADDRESS, level::GUEST, |row| {
                row.with_role("Auditor").set("token", TO_GROUP)
            })
        });
    app.import(&world.json()).await;
    let text = open(&app.anonymous(), &at(TO_GROUP, "")).await.expect(200).text();
    assert!(text.contains("<h1>You are invited to join acme</h1>"), "{text}");
    assert!(
        text.contains("<dd>Auditor</dd>") && !text.contains("Invited by"),
        "{text}"
    );
    let told = ask(
        &app.anonymous(),
        Method::GET,
        &at(TO_GROUP, ""),
        &[("accept", "application/json")],
        "",
    )
    .await;
    let told = told.json();
    assert_eq!((&told["role"], &told["invited_by"]), (&json!("Auditor"), &json!(null)));
}

async fn whoever_is_a_member_already_is_told_so(app: TestApp) {
    let world = world().group("acme/more", |group| {
        group
            .developer("nora")
            .invited(ADDRESS, level::OWNER, |row| row.set("token", "more"))
    });
    app.import(&world.json()).await;
    let note = "You are already a member of this group.";
    let nora = app.token("nora-api");
    assert!(open(&nora, &at("more", "")).await.expect(200).text().contains(note));
    assert!(!open(&nora, &at(TO_GROUP, "")).await.expect(200).text().contains(note));
    assert!(
        !open(&app.anonymous(), &at("more", ""))
            .await
            .expect(200)
            .text()
            .contains(note)
    );
}

async fn names_are_no_html(app: TestApp) {
    let world = World::new()
        .user("eve", |user| user.set("name", "<script>alert(1)</script>"))
        .group("acme", |group| {
            group
                .set("name", "\"><img src=x>")
                .invited(ADDRESS, level::GUEST, |row| row.by("eve").set("token", "odd\"'<&token"))
        });
    app.import(&world.json()).await;
    let path = at("odd%22'%3C&token", "");
    let text = open(&app.anonymous(), &path).await.expect(200).text();
    assert!(!text.contains("<script") && !text.contains("<img"), "{text}");
    assert!(text.contains("&lt;script&gt;"), "{text}");
    assert!(text.contains("action=\"./odd%22&#39;%3C&amp;token/accept\""), "{text}");
}

async fn a_link_that_leads_nowhere_says_so(app: TestApp) {
    app.import(&world().json()).await;
    for step in ["", "/decline", "/accept"] {
        let path = at("no-such-token", step);
        let page = open(&app.anonymous(), &path).await.expect(404);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(
            page.text().contains(GONE) && !page.text().contains("<form"),
            "{}",
            page.text()
        );
        for accept in ["application/json", "*/*"] {
            let told = ask(&app.anonymous(), Method::GET, &path, &[("accept", accept)], "").await;
            assert_eq!(told.expect(404).json(), message(GONE));
        }
    }
    for path in ["/-/invites", "/-/invites/", "/-/invites/x/y", "/-/invites/x/accept/"] {
        open(&app.anonymous(), path).await.expect(404);
    }
}

async fn a_token_that_is_shown_must_be_one(app: TestApp) {
    app.import(&world().json()).await;
    let path = at(TO_GROUP, "");
    let nobody = app.token("no-such-token");
    open(&nobody, &path).await.expect(401);
    open(&app.token("bob-api"), &path).await.expect(403);
    // To look it takes no more than to read.
    open(&app.token("rea-read"), &path).await.expect(200);
}

async fn looking_changes_nothing(app: TestApp) {
    app.import(&world().json()).await;
    let before = app
        .admin()
        .query("{ group(fullPath: \"acme\") { id } }", json!({}))
        .await;
    for caller in [app.anonymous(), app.token("nora-api"), app.token("ann-api")] {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            for step in ["", "/accept", "/decline", "?private_token=nora-api"] {
                ask(
                    &caller,
                    method.clone(),
                    &at(TO_GROUP, step),
                    &[BROWSER],
                    "private_token=nora-api",
                )
                .await;
            }
        }
    }
    assert_eq!(waiting(&app).await, 2);
    assert!(mail(&app).await.is_empty());
    let after = app
        .admin()
        .query("{ group(fullPath: \"acme\") { id } }", json!({}))
        .await;
    assert_eq!(before, after);
    assert_eq!(super::number(&app, "SELECT COUNT(*) FROM change_log").await, 0);
    assert_eq!(super::number(&app, "SELECT COUNT(*) FROM audit_events").await, 0);
}

async fn a_page_is_asked_for_what_it_knows(app: TestApp) {
    app.import(&world().json()).await;
    let nobody = app.anonymous();
    let head = ask(&nobody, Method::HEAD, &at(TO_GROUP, ""), &[BROWSER], "")
        .await
        .expect(200);
    assert_eq!(head.text(), "");
    for (step, allowed) in [
        ("", "OPTIONS, GET, HEAD"),
        ("/accept", "OPTIONS, GET, HEAD, POST"),
        ("/decline", "OPTIONS, GET, HEAD, POST"),
    ] {
        let options = ask(&nobody, Method::OPTIONS, &at(TO_GROUP, step), &[], "")
            .await
            .expect(204);
        assert_eq!(options.header("allow"), allowed);
        let refused = ask(&nobody, Method::DELETE, &at(TO_GROUP, step), &[], "")
            .await
            .expect(405);
        assert_eq!(refused.header("allow"), allowed);
    }
    ask(&nobody, Method::POST, &at(TO_GROUP, ""), &[], "").await.expect(405);
    assert_eq!(waiting(&app).await, 2);
}
