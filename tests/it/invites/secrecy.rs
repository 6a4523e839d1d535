//! The address of the page is a secret, and stays one.

use axum::http::Method;

use super::{BROWSER, FORM, TO_GROUP, ask, at, number, world};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    every_answer_keeps_the_address_to_itself,
    no_page_of_another_origin_may_read_it,
    a_token_is_stored_as_its_digest
);

async fn every_answer_keeps_the_address_to_itself(app: TestApp) {
    app.import(&world().json()).await;
    let nobody = app.anonymous();
    for (method, token, step, headers) in [
        (Method::GET, TO_GROUP, "", &[BROWSER][..]),
        (Method::HEAD, TO_GROUP, "", &[BROWSER]),
        (Method::GET, TO_GROUP, "", &[("accept", "application/json")]),
        (Method::OPTIONS, TO_GROUP, "/accept", &[]),
        (Method::PUT, TO_GROUP, "/accept", &[]),
        (Method::POST, TO_GROUP, "/accept", &[FORM, BROWSER]),
        (Method::POST, TO_GROUP, "/accept", &[]),
        (Method::GET, "gone", "/decline", &[BROWSER]),
        (Method::POST, "gone", "/decline", &[]),
        (Method::POST, TO_GROUP, "/decline", &[FORM, BROWSER]),
    ] {
        let answer = ask(&nobody, method, &at(token, step), headers, "").await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-robots-tag"), "noindex, nofollow");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "style-src 'sha256-",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        for open in ["script", "unsafe", "http", "*"] {
            assert!(!policy.contains(open), "{policy}");
        }
        // The page leads nowhere and loads nothing.
        for foreign in ["<script", " src=", "http:", "https:", "<a ", "@import", "url("] {
            assert!(!answer.text().contains(foreign), "{foreign}: {}", answer.text());
        }
        assert!(answer.headers.contains_key("x-request-id"));
    }
}

async fn no_page_of_another_origin_may_read_it(app: TestApp) {
    app.import(&world().json()).await;
    let elsewhere = ("origin", "https://evil.example");
    for (method, headers) in [
        (Method::GET, &[elsewhere][..]),
        (
            Method::OPTIONS,
            &[
                elsewhere,
                ("access-control-request-method", "POST"),
                ("access-control-request-headers", "private-token"),
            ],
        ),
    ] {
        let answer = ask(&app.anonymous(), method, &at(TO_GROUP, "/accept"), headers, "").await;
        for name in [
            "access-control-allow-origin",
            "access-control-allow-headers",
            "access-control-allow-methods",
        ] {
            assert_eq!(answer.header(name), "", "{name}");
        }
    }
}

async fn a_token_is_stored_as_its_digest(app: TestApp) {
    app.import(&world().json()).await;
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM invitation_tokens WHERE LENGTH(digest) = 32").await,
        2
    );
}
