//! The two forms: to accept, which takes a token of the API, and to decline, which takes none.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    ADDRESS, BROWSER, FORM, GONE, JSON, NOT_ACCEPTED, TO_GROUP, TO_PROJECT, ask, at, mail, message, number, post,
    submit, waiting, world,
};
use crate::support::world::{Item, World};
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    whoever_was_invited_accepts_and_is_a_member_from_then_on,
    a_caller_proves_itself_in_every_way_that_the_api_knows,
    a_form_is_answered_with_a_page_and_a_program_with_json,
    without_a_caller_nothing_is_accepted,
    a_token_that_is_no_good_is_refused_as_everywhere,
    only_an_account_with_the_address_accepts,
    a_public_address_is_an_address_whatever_its_case,
    what_is_in_the_way_is_a_conflict,
    whoever_is_refused_can_try_again_on_the_page,
    whoever_has_the_link_declines,
    a_token_that_is_shown_to_decline_must_be_one,
    an_answer_is_given_once,
    of_two_who_accept_at_once_one_wins,
    a_body_that_cannot_be_read_changes_nothing,
    the_change_is_told_of_as_made_on_the_page,
);

async fn whoever_was_invited_accepts_and_is_a_member_from_then_on(app: TestApp) {
    app.import(&world().json()).await;
    let done = post(&app.token("nora-api"), &at(TO_GROUP, "/accept")).await.expect(200);
    assert_eq!(
        done.json(),
        json!({
            "message": "You have been granted access to the Tools group with the following role: Developer.",
            "source_type": "group", "source_id": 1002, "access_level": 30,
        })
    );
    let member = app
        .admin()
        .get("/groups/acme%2Ftools/members/2")
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&member["access_level"], &member["expires_at"]),
        (&json!(30), &json!("2026-12-24"))
    );
    assert_eq!(
        mail(&app).await,
        [
            "Access to the Acme / Tools group was granted to nora@new.example",
            "Invitation accepted to ann@example.com",
        ]
    );
    // The other invitation is another matter.
    let done = post(&app.token("nora-api"), &at(TO_PROJECT, "/accept"))
        .await
        .expect(200);
    assert_eq!(
        done.json(),
        json!({
            "message": "You have been granted access to the App project with the following role: Reporter.",
            "source_type": "project", "source_id": 2001, "access_level": 20,
        })
    );
}

async fn a_caller_proves_itself_in_every_way_that_the_api_knows(app: TestApp) {
    let tokens = ["header", "bearer", "form", "json", "multi"];
    let world = tokens.into_iter().fold(
        World::new().user("nora", |user| user.set("email", ADDRESS)),
        |world, token| {
            world.group(token, |group| {
                group.invited(ADDRESS, level::GUEST, |row| row.set("token", token))
            })
        },
    );
    app.import(&world.json()).await;
    let nobody = app.anonymous();
    let multipart = ("content-type", "multipart/form-data; boundary=b");
    let part = "--b\r\nContent-Disposition: form-data; name=\"private_token\"\r\n\r\nnora-api\r\n--b--\r\n";
    for (token, headers, body) in [
        ("header", vec![("private-token", "nora-api")], ""),
        ("bearer", vec![("authorization", "Bearer nora-api")], ""),
        ("form", vec![FORM], "private_token=nora-api"),
        ("json", vec![JSON], r#"{"private_token": "nora-api"}"#),
        ("multi", vec![multipart], part),
    ] {
        ask(&nobody, Method::POST, &at(token, "/accept"), &headers, body)
            .await
            .expect(200);
    }
    assert_eq!(waiting(&app).await, 0);
}

async fn a_form_is_answered_with_a_page_and_a_program_with_json(app: TestApp) {
    app.import(&world().json()).await;
    let nobody = app.anonymous();
    let page = submit(&nobody, &at(TO_GROUP, "/accept"), "private_token=nora-api")
        .await
        .expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let said = "You have been granted access to the Tools group with the following role: Developer.";
    assert!(
        page.text().contains(said) && !page.text().contains("<form"),
        "{}",
        page.text()
    );

    let page = submit(&nobody, &at(TO_PROJECT, "/decline"), "").await.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let said = "You have declined the invitation to join project Acme / App.";
    assert!(page.text().contains(said), "{}", page.text());

    // A request that is JSON is answered so, whatever else it takes; and so is one that asks for it with a form.
    for headers in [
        [JSON, BROWSER],
        [FORM, ("accept", "application/json")],
        [FORM, ("accept", "*/*")],
    ] {
        let told = ask(&nobody, Method::POST, &at(TO_GROUP, "/decline"), &headers, "")
            .await
            .expect(404);
        assert_eq!(told.json(), message(GONE));
    }
    let page = submit(&nobody, &at(TO_GROUP, "/decline"), "").await.expect(404);
    assert!(page.text().contains(GONE), "{}", page.text());
}

async fn without_a_caller_nothing_is_accepted(app: TestApp) {
    app.import(&world().json()).await;
    let nobody = app.anonymous();
    let path = at(TO_GROUP, "/accept");
    assert_eq!(
        post(&nobody, &path).await.expect(401).json(),
        message("401 Unauthorized")
    );
    for form in ["", "private_token=", "private_token", "token=nora-api"] {
        submit(&nobody, &path, form).await.expect(401);
    }
    // An address ends up in histories and logs: a token in it counts for nothing.
    post(&nobody, &format!("{path}?private_token=nora-api"))
        .await
        .expect(401);
    assert_eq!(waiting(&app).await, 2);
}

async fn a_token_that_is_no_good_is_refused_as_everywhere(app: TestApp) {
    app.import(&world().json()).await;
    let path = at(TO_GROUP, "/accept");
    let refused = async |token: &str, status| post(&app.token(token), &path).await.expect(status).json();
    assert_eq!(refused("no-such-token", 401).await, message("401 Unauthorized"));
    assert_eq!(refused("rea-old", 401).await["error"], "invalid_token");
    assert_eq!(refused("rea-read", 403).await["error"], "insufficient_scope");
    assert_eq!(
        refused("bob-api", 403).await,
        message("403 Forbidden - Your account has been blocked.")
    );
    assert_eq!(waiting(&app).await, 2);
    assert!(mail(&app).await.is_empty());
}

async fn only_an_account_with_the_address_accepts(app: TestApp) {
    app.import(&world().json()).await;
    // Neither the inviter nor an administrator.
    for token in ["ann-api", "root-api"] {
        let refused = post(&app.token(token), &at(TO_GROUP, "/accept")).await.expect(403);
        assert_eq!(refused.json(), message(NOT_ACCEPTED));
    }
    assert_eq!(waiting(&app).await, 2);
}

async fn a_public_address_is_an_address_whatever_its_case(app: TestApp) {
    app.import(&world().json()).await;
    post(&app.token("rea-api"), &at(TO_GROUP, "/accept")).await.expect(200);
    assert_eq!(waiting(&app).await, 1);
}

async fn what_is_in_the_way_is_a_conflict(app: TestApp) {
    let invited = |describe: fn(Item) -> Item| {
        move |group: crate::support::world::Group| group.invited(ADDRESS, level::GUEST, describe)
    };
    let world = World::new()
        .user("nora", |user| user.set("email", ADDRESS))
        .group("here", |group| {
            invited(|row| row.set("token", "member"))(group.owner("ann").developer("nora"))
        })
        .group("late", invited(|row| row.set("token", "late").until("2026-11-20")))
        .group("today", invited(|row| row.set("token", "today").until("2026-11-21")))
        .group("locked", |group| group.setting("membership_lock", true))
        .project("locked/app", invited(|row| row.set("token", "locked")))
        .group("here/below", invited(|row| row.set("token", "below")))
        .group("choosy", |group| {
            invited(|row| row.set("token", "choosy"))(group.setting("allowed_email_domains", json!(["acme.example"])))
        });
    app.import(&world.json()).await;
    let nora = app.token("nora-api");
    let before = waiting(&app).await;
    for token in ["member", "late", "locked", "below", "choosy"] {
        let refused = post(&nora, &at(token, "/accept")).await.expect(409);
        assert_eq!(refused.json(), message(NOT_ACCEPTED), "{token}");
        let page = submit(&app.anonymous(), &at(token, "/accept"), "private_token=nora-api")
            .await
            .expect(409);
        assert!(page.text().contains(NOT_ACCEPTED), "{token}: {}", page.text());
    }
    assert_eq!(waiting(&app).await, before);
    assert!(mail(&app).await.is_empty());
    // The last day is one on which one can still come.
    post(&nora, &at("today", "/accept")).await.expect(200);
}

async fn whoever_is_refused_can_try_again_on_the_page(app: TestApp) {
    app.import(&world().json()).await;
    let path = at(TO_GROUP, "/accept");
    for (token, status, said) in [
        ("", 401, "401 Unauthorized"),
        ("rst-typed-wrong", 401, "401 Unauthorized"),
        (
            "rea-old",
            401,
            "Token is expired. You can either do re-authorization or token refresh.",
        ),
        (
            "rea-read",
            403,
            "The request requires higher privileges than provided by the access token.",
        ),
        ("bob-api", 403, "403 Forbidden - Your account has been blocked."),
        ("ann-api", 403, NOT_ACCEPTED),
    ] {
        let page = submit(&app.anonymous(), &path, &format!("private_token={token}"))
            .await
            .expect(status);
        let text = page.text();
        assert!(
            text.contains(&format!("role=\"alert\" class=\"note bad\"><strong>{said}</strong>")),
            "{token}: {text}"
        );
        assert!(
            text.contains("aria-describedby=\"fault hint\" aria-invalid=\"true\""),
            "{token}: {text}"
        );
        assert!(text.contains("action=\"./accept\""), "{token}: {text}");
        assert!(text.contains("<title>Error: "), "{token}: {text}");
        // What was typed does not come back.
        assert!(token.is_empty() || !text.contains(token), "{token}: {text}");
    }
    submit(&app.anonymous(), &path, "private_token=nora-api")
        .await
        .expect(200);
}

async fn whoever_has_the_link_declines(app: TestApp) {
    app.import(&world().json()).await;
    let told = post(&app.anonymous(), &at(TO_GROUP, "/decline")).await.expect(200);
    assert_eq!(
        told.json(),
        message("You have declined the invitation to join group Tools.")
    );
    let told = post(&app.token("ann-api"), &at(TO_PROJECT, "/decline"))
        .await
        .expect(200);
    assert_eq!(
        told.json(),
        message("You have declined the invitation to join project Acme / App.")
    );
    assert_eq!(waiting(&app).await, 0);
    assert_eq!(mail(&app).await, ["Invitation declined to ann@example.com"; 2]);
}

async fn a_token_that_is_shown_to_decline_must_be_one(app: TestApp) {
    app.import(&world().json()).await;
    let path = at(TO_GROUP, "/decline");
    for (token, status) in [("no-such-token", 401), ("rea-read", 403), ("bob-api", 403)] {
        post(&app.token(token), &path).await.expect(status);
    }
    assert_eq!(waiting(&app).await, 2);
}

async fn an_answer_is_given_once(app: TestApp) {
    app.import(&world().json()).await;
    let nora = app.token("nora-api");
    post(&nora, &at(TO_GROUP, "/accept")).await.expect(200);
    post(&nora, &at(TO_PROJECT, "/decline")).await.expect(200);
    for token in [TO_GROUP, TO_PROJECT] {
        for step in ["/accept", "/decline"] {
            assert_eq!(post(&nora, &at(token, step)).await.expect(404).json(), message(GONE));
        }
    }
    let member = app.admin().get("/groups/acme%2Ftools/members/2").await;
    member.expect(200);
}

async fn of_two_who_accept_at_once_one_wins(app: TestApp) {
    app.import(&world().json()).await;
    let [nora, rea] = ["nora-api", "rea-api"].map(|token| {
        let client = app.token(token);
        tokio::spawn(async move { post(&client, &at(TO_GROUP, "/accept")).await.status.as_u16() })
    });
    let mut statuses = [nora.await.unwrap(), rea.await.unwrap()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
    let accepted = "SELECT COUNT(*) FROM members WHERE user_id IS NOT NULL AND accepted_at IS NOT NULL";
    assert_eq!(number(&app, accepted).await, 1);
    assert_eq!(mail(&app).await.len(), 2);
}

async fn a_body_that_cannot_be_read_changes_nothing(app: TestApp) {
    app.import(&world().json()).await;
    let nora = app.token("nora-api");
    let path = at(TO_GROUP, "/accept");
    let too_long = "x".repeat((1 << 20) + 1);
    for (headers, body, status) in [
        (&[JSON][..], "{", 400),
        (&[("content-type", "text/plain")], "private_token=nora-api", 415),
        (&[FORM], &too_long, 413),
        (&[FORM, BROWSER], &too_long, 413),
    ] {
        let refused = ask(&nora, Method::POST, &path, headers, body).await;
        assert_eq!(refused.status.as_u16(), status, "{headers:?}");
    }
    // A list or a number is no token, but something was shown.
    for body in [r#"{"private_token": ["nora-api"]}"#, r#"{"private_token": 7}"#] {
        ask(&app.anonymous(), Method::POST, &path, &[JSON], body)
            .await
            .expect(401);
    }
    assert_eq!(waiting(&app).await, 2);
}

async fn the_change_is_told_of_as_made_on_the_page(app: TestApp) {
    app.import(&world().json()).await;
    post(&app.token("nora-api"), &at(TO_GROUP, "/accept")).await.expect(200);
    post(&app.anonymous(), &at(TO_PROJECT, "/decline")).await.expect(200);
    let kinds = app.admin().get("/audit_events").await.expect(200).json();
    let names: Vec<&Value> = kinds
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["event_name"])
        .collect();
    assert_eq!(names, ["member_destroyed", "member_created"]);
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM audit_events WHERE door = 'page'").await,
        2
    );
    let changes = "SELECT COUNT(*) FROM change_log WHERE kind IN ('invitation_accepted', 'invitation_declined')";
    assert_eq!(number(&app, changes).await, 2);
}
