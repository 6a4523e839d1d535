//! Mutations whose door is a link: whoever has the token is let in, and sees nothing of the place.

use serde_json::json;

use crate::graph::{self, invitations};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(a_link_lets_in_whoever_has_it_and_as_a_member_whom_it_invites);

pub(super) const LINKS: [(&str, &str); 2] = [
    ("invitationAccept", invitations::ACCEPT),
    ("invitationDecline", invitations::DECLINE),
];

async fn a_link_lets_in_whoever_has_it_and_as_a_member_whom_it_invites(app: TestApp) {
    app.import(&graph::place().json()).await;
    let before = graph::traces(&app).await;
    for (name, document) in LINKS {
        let input = json!({"input": {"token": "to-nora"}});
        for (token, status, code) in [
            ("nonsense", 401, "UNAUTHENTICATED"),
            ("rita-read", 403, "INSUFFICIENT_SCOPE"),
        ] {
            let answer = app
                .token(token)
                .graphql(document, input.clone())
                .await
                .expect(status)
                .json();
            assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{name}");
        }
    }
    let [(_, accept), (_, decline)] = LINKS;
    let code = graph::refused(&app.anonymous(), accept, json!({"token": "to-nora"})).await;
    assert_eq!(code, "UNAUTHENTICATED");
    for who in ["sven-api", "mia-api", "ann-api", "root-api"] {
        let told = graph::done(&app.token(who), accept, json!({"token": "to-nora"})).await;
        assert_eq!(told["userErrors"][0]["code"], "FORBIDDEN", "{who}");
    }
    assert_eq!(graph::traces(&app).await, before);
    let told = graph::done(&app.token("nora-api"), accept, json!({"token": "to-nora"})).await;
    assert_eq!(told["invitation"]["state"], "ACCEPTED");
    let told = graph::done(&app.anonymous(), decline, json!({"token": "to-ina"})).await;
    assert_eq!(told["invitation"]["state"], "DECLINED");
}
