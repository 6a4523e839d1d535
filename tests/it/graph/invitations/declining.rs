//! `invitationDecline`: whoever has the link says no.

use serde_json::json;

use super::{ACCEPT, DECLINE, TOKEN, invitation, invitation_id, mail, offered, world};
use crate::graph::{count, done, faults, traces};
use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    whoever_has_the_link_declines,
    a_declined_invitation_opens_nothing,
    what_is_over_is_declined_all_the_same,
);

fn club() -> World {
    world().group("club", |group| offered(group.owner("ann"), |row| row))
}

async fn whoever_has_the_link_declines(app: TestApp) {
    let world = club().project("acme/lib", |project| {
        let project = project.invited("a@example.com", level::GUEST, |row| row.by("mia").set("token", "lib-a"));
        project.invited("b@example.com", level::GUEST, |row| row.set("token", "lib-b"))
    });
    app.import(&world.json()).await;
    let id = invitation_id(&app, "club", "nora@example.com").await;
    let told = done(
        &app.anonymous(),
        DECLINE,
        json!({"token": TOKEN, "clientMutationId": "m1"}),
    )
    .await;
    assert_eq!((&told["clientMutationId"], faults(&told)), (&json!("m1"), json!([])));
    assert_eq!(
        told["invitation"],
        json!({"id": id, "email": "nora@example.com", "state": "DECLINED", "source": {"fullPath": "club"}})
    );
    assert_eq!(invitation(&app, "club", "nora@example.com").await, json!(null));
    for (who, token) in [("sven", "lib-a"), ("ann", "lib-b")] {
        let told = done(&app.token(&format!("{who}-api")), DECLINE, json!({ "token": token })).await;
        assert_eq!(faults(&told), json!([]), "{who}");
    }
    // Who invited is told; of the last one nobody knows who did.
    assert_eq!(
        mail(&app).await,
        [
            "ann@example.com: Invitation declined",
            "mia@example.com: Invitation declined"
        ]
    );
    let event =
        "{ group(fullPath: \"club\") { auditEvents { nodes { eventName authorName author { id } target { id } } } } }";
    let event = app.token("ann-api").query(event, json!({})).await["group"]["auditEvents"]["nodes"].clone();
    assert_eq!(
        event,
        json!([{"eventName": "member_destroyed", "authorName": "An unauthenticated user", "author": null, "target": null}])
    );
    assert_eq!(count(&app, "change_log WHERE kind = 'invitation_declined'").await, 3);

    let before = traces(&app).await;
    let gone = "The invitation can not be found with the provided invite token.";
    for (client, document) in [
        (app.anonymous(), DECLINE),
        (app.token("nora-api"), DECLINE),
        (app.token("nora-api"), ACCEPT),
    ] {
        let told = done(&client, document, json!({"token": TOKEN})).await;
        assert_eq!(faults(&told), json!([["NOT_FOUND", gone, ["token"]]]));
        assert_eq!(told["invitation"], json!(null));
    }
    assert_eq!(traces(&app).await, before);
}

async fn a_declined_invitation_opens_nothing(app: TestApp) {
    let world = club().project("acme/lib", |project| offered_to_all(project.public()));
    app.import(&world.json()).await;
    let before = traces(&app).await;
    let reader = app
        .token("rita-read")
        .graphql(DECLINE, json!({"input": {"token": TOKEN}}))
        .await
        .expect(403)
        .json();
    assert_eq!(reader["errors"][0]["extensions"]["code"], "INSUFFICIENT_SCOPE");
    let dead = app
        .token("nonsense")
        .graphql(DECLINE, json!({"input": {"token": TOKEN}}))
        .await
        .expect(401)
        .json();
    assert_eq!(dead["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(traces(&app).await, before);

    let document = "mutation($input: InvitationTokenInput!) { done: invitationDecline(input: $input) { userErrors { code message path }
        invitation { createdBy { username groupMemberships { count } } member { id } source { fullPath maxAccessLevel { stringValue }
            ... on Group { groupMembersCount groupMembers { count } } ... on Project { projectMembers { count } } } } } }";
    let none = json!({"stringValue": "NO_ACCESS"});
    let told = done(&app.anonymous(), document, json!({"token": TOKEN})).await;
    assert_eq!(
        told["invitation"],
        json!({
            "createdBy": {"username": "ann", "groupMemberships": null}, "member": null,
            "source": {"fullPath": "club", "maxAccessLevel": none, "groupMembersCount": 0, "groupMembers": null},
        })
    );
    // What everybody sees is seen.
    let told = done(&app.token("sven-api"), document, json!({"token": "lib-a"})).await;
    assert_eq!(
        told["invitation"]["source"],
        json!({"fullPath": "acme/lib", "maxAccessLevel": none, "projectMembers": {"count": 5}})
    );
}

fn offered_to_all(project: crate::support::world::Group) -> crate::support::world::Group {
    project.invited("a@example.com", level::GUEST, |row| row.set("token", "lib-a"))
}

async fn what_is_over_is_declined_all_the_same(app: TestApp) {
    let world = world().group("club", |group| {
        offered(group.owner("ann"), |row| row.until("2026-11-01"))
    });
    app.import(&world.json()).await;
    let told = done(&app.token("nora-api"), DECLINE, json!({"token": TOKEN})).await;
    assert_eq!(
        (faults(&told), &told["invitation"]["state"]),
        (json!([]), &json!("DECLINED"))
    );
}
