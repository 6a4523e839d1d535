//! `invitationUpdate`, `invitationRevoke` and `invitationResend`.

mod faulty;

use std::time::Duration;

use serde_json::{Value, json};

use super::{ACCEPT, RESEND, REVOKE, TOKEN, UPDATE, invitation, invitation_id, invite, mail, offered, short, world};
use crate::graph::{REMOVE, count, done, faults, member_id, refused, traces};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    absent_null_and_a_value_are_three_things,
    who_administers_the_members_changes_invitations_and_nobody_else,
    what_is_no_pending_invitation_is_not_available,
    a_revoked_invitation_is_gone_and_can_be_made_anew,
    an_invitation_is_sent_once_more_and_the_first_link_stays_good,
    what_a_mutation_answers_is_what_a_query_says,
    who_is_removed_takes_the_own_invitations_along,
);

async fn absent_null_and_a_value_are_three_things(app: TestApp) {
    app.import(&world().json()).await;
    let mel = app.token("mel-api");
    let before = invitation(&app, "acme", "eve@example.org").await;
    let role = "gid://gitlab/MemberRole/3002";
    app.later(Duration::from_mins(5));
    for (change, level, end, name) in [
        (
            json!({"expiresAt": "2027-05-05", "memberRoleId": role}),
            "DEVELOPER",
            json!("2027-05-05"),
            json!("Manager"),
        ),
        (
            json!({"accessLevel": null, "expiresAt": "2027-05-06"}),
            "DEVELOPER",
            json!("2027-05-06"),
            json!("Manager"),
        ),
        (json!({"expiresAt": null}), "DEVELOPER", json!(null), json!("Manager")),
        (
            json!({"accessLevel": "GUEST", "memberRoleId": null}),
            "GUEST",
            json!(null),
            json!(null),
        ),
    ] {
        let mut input = change.clone();
        input["id"] = before["id"].clone();
        let told = done(&mel, UPDATE, input).await;
        let now = &told["invitation"];
        assert_eq!(faults(&told), json!([]), "{change}");
        assert_eq!(short(now), json!(["eve@example.org", level]), "{change}");
        assert_eq!(
            (&now["expiresAt"], &now["memberRole"]["name"]),
            (&end, &name),
            "{change}"
        );
        assert_eq!(
            (&now["createdBy"]["username"], &now["createdAt"]),
            (&json!("ann"), &before["createdAt"])
        );
        assert_eq!(now["updatedAt"], "2026-11-21T12:05:00.000Z");
    }
    assert_eq!(count(&app, "audit_events WHERE event_name = 'member_updated'").await, 4);
    // The same once more changes nothing, and nobody is told of any of it.
    let (traces_before, again) = (traces(&app).await, json!({"id": before["id"], "accessLevel": "GUEST"}));
    assert_eq!(faults(&done(&mel, UPDATE, again).await), json!([]));
    assert_eq!(traces(&app).await, traces_before);
    assert_eq!(mail(&app).await, [""; 0]);
}

async fn who_administers_the_members_changes_invitations_and_nobody_else(app: TestApp) {
    app.import(&world().json()).await;
    let before = traces(&app).await;
    for path in ["acme", "acme/app"] {
        let id = invitation_id(&app, path, "eve@example.org").await;
        // In the group mel may, in the project mia.
        let (one, other) = if path == "acme" {
            ("mia", "max")
        } else {
            ("mel", "newt")
        };
        for who in [one, other, "dan", "pia", "sven"] {
            for document in [UPDATE, REVOKE, RESEND] {
                let mut input = json!({ "id": id });
                if document == UPDATE {
                    input["accessLevel"] = json!("GUEST");
                }
                let code = refused(&app.token(&format!("{who}-api")), document, input).await;
                assert_eq!(code, "RESOURCE_NOT_AVAILABLE", "{who} {path}");
            }
        }
    }
    assert_eq!(traces(&app).await, before);
    for (path, who) in [
        ("acme", "mel"),
        ("acme", "root"),
        ("acme/app", "mia"),
        ("acme/app", "max"),
        ("acme/app", "ann"),
    ] {
        let id = invitation_id(&app, path, "eve@example.org").await;
        let client = app.token(&format!("{who}-api"));
        for (document, input) in [
            (UPDATE, json!({"id": id, "expiresAt": "2030-01-01"})),
            (RESEND, json!({ "id": id })),
            (REVOKE, json!({ "id": id })),
        ] {
            assert_eq!(faults(&done(&client, document, input).await), json!([]), "{who} {path}");
        }
        invite(&app, "root", path, &["eve@example.org"], json!({})).await;
    }
}

async fn what_is_no_pending_invitation_is_not_available(app: TestApp) {
    let world = world().group("club", |group| offered(group.owner("ann"), |row| row));
    app.import(&world.json()).await;
    let ann = app.token("ann-api");
    let accepted = invitation_id(&app, "club", "nora@example.com").await;
    done(&app.token("nora-api"), ACCEPT, json!({"token": TOKEN})).await;
    let member = member_id(&app, "club", "ann")
        .await
        .replace("GroupMember", "Invitation");
    let before = traces(&app).await;
    for id in [accepted.as_str(), &member, "gid://gitlab/Invitation/99999"] {
        for document in [UPDATE, REVOKE, RESEND] {
            assert_eq!(
                refused(&ann, document, json!({ "id": id })).await,
                "RESOURCE_NOT_AVAILABLE",
                "{id}"
            );
        }
    }
    assert_eq!(traces(&app).await, before);
    let answer = ann
        .graphql(REVOKE, json!({"input": {"id": "gid://gitlab/GroupMember/1"}}))
        .await
        .json();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
}

async fn a_revoked_invitation_is_gone_and_can_be_made_anew(app: TestApp) {
    let world = world().group("club", |group| offered(group.owner("ann"), |row| row));
    app.import(&world.json()).await;
    let (ann, nora) = (app.token("ann-api"), app.token("nora-api"));
    let id = invitation_id(&app, "club", "nora@example.com").await;
    let told = done(&ann, REVOKE, json!({"id": id, "clientMutationId": "m1"})).await;
    assert_eq!((&told["clientMutationId"], &told["errors"]), (&json!("m1"), &json!([])));
    assert_eq!(
        told["invitation"],
        json!({"id": id, "email": "nora@example.com", "state": "REVOKED", "source": {"fullPath": "club"}})
    );
    assert_eq!(invitation(&app, "club", "nora@example.com").await, json!(null));
    let told = done(&nora, ACCEPT, json!({"token": TOKEN})).await;
    assert_eq!(faults(&told)[0][0], "NOT_FOUND");
    assert_eq!(mail(&app).await, [""; 0], "nobody is told");
    assert_eq!(
        refused(&ann, REVOKE, json!({ "id": id })).await,
        "RESOURCE_NOT_AVAILABLE"
    );

    let told = invite(&app, "ann", "acme", &["eve@example.net"], json!({})).await;
    let first = told["results"][0]["invitation"]["id"].clone();
    done(&ann, REVOKE, json!({ "id": first })).await;
    let told = invite(&app, "ann", "acme", &["eve@example.net"], json!({})).await;
    let second = told["results"][0]["invitation"]["id"].clone();
    assert_ne!(first, second);
    // The number of the one that is gone does not reach the other.
    assert_eq!(
        refused(&ann, REVOKE, json!({ "id": first })).await,
        "RESOURCE_NOT_AVAILABLE"
    );
    assert_eq!(invitation(&app, "acme", "eve@example.net").await["id"], second);
    assert_eq!(
        mail(&app).await,
        ["eve@example.net: Ann invited you to join roster"],
        "the first is no longer true"
    );
}

async fn an_invitation_is_sent_once_more_and_the_first_link_stays_good(app: TestApp) {
    let world = world().group("club", |group| {
        let group = offered(group.owner("ann").owner("olga"), |row| row);
        group
            .invited("late@example.com", 30, |row| row.until("2026-11-20"))
            .invited("today@example.com", 30, |row| row.until("2026-11-21"))
    });
    app.import(&world.json()).await;
    let id = invitation_id(&app, "club", "nora@example.com").await;
    for sent in [1, 2] {
        let told = done(&app.token("olga-api"), RESEND, json!({ "id": id })).await;
        let now = "2026-11-21T12:00:00.000Z";
        assert_eq!(
            told["invitation"],
            json!({"id": id, "email": "nora@example.com", "state": "PENDING", "sendCount": sent, "lastSentAt": now})
        );
    }
    let sent = mail(&app).await;
    assert_eq!(sent, ["nora@example.com: Olga invited you to join roster"; 2]);
    let late = invitation_id(&app, "club", "late@example.com").await;
    let told = done(&app.token("ann-api"), RESEND, json!({ "id": late })).await;
    assert_eq!(
        faults(&told),
        json!([[
            "EXPIRES_IN_PAST",
            "Expires at cannot be a date in the past",
            ["expiresAt"]
        ]])
    );
    let today = invitation_id(&app, "club", "today@example.com").await;
    assert_eq!(
        faults(&done(&app.token("ann-api"), RESEND, json!({ "id": today })).await),
        json!([])
    );

    let told = done(&app.token("nora-api"), ACCEPT, json!({"token": TOKEN})).await;
    assert_eq!(faults(&told), json!([]));
}

async fn what_a_mutation_answers_is_what_a_query_says(app: TestApp) {
    app.import(&world().json()).await;
    let rows = "id email state awaiting sendCount lastSentAt createdAt updatedAt expiresAt accessLevel { integerValue humanAccess memberRole { name } }
                memberRole { id } createdBy { id } user { id } source { id maxAccessLevel { stringValue } invitations { count } } member { id }";
    let ann = app.token("ann-api");
    let id = invitation_id(&app, "acme", "eve@example.org").await;
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Invitation {{ {rows} }} }} }}");
    for (name, kind, input) in [
        (
            "invitationUpdate",
            "InvitationUpdateInput",
            json!({"id": id, "expiresAt": "2030-01-01", "memberRoleId": "gid://gitlab/MemberRole/3002"}),
        ),
        ("invitationResend", "InvitationIdInput", json!({ "id": id })),
    ] {
        let document =
            format!("mutation($input: {kind}!) {{ done: {name}(input: $input) {{ invitation {{ {rows} }} }} }}");
        let told = done(&ann, &document, input).await;
        let asked = ann.query(&query, json!({ "id": id })).await;
        assert_eq!(told["invitation"], asked["node"], "{name}");
    }
    let document = format!(
        "mutation($input: MemberInviteInput!) {{ done: memberInvite(input: $input) {{ results {{ invitation {{ {rows} }} }} }} }}"
    );
    let input = json!({"source": {"fullPath": "acme"}, "invitees": [{"email": "new@example.com"}]});
    let told = done(&ann, &document, input).await;
    let made: &Value = &told["results"][0]["invitation"];
    let asked = ann.query(&query, json!({"id": made["id"]})).await;
    assert_eq!(*made, asked["node"]);
}

async fn who_is_removed_takes_the_own_invitations_along(app: TestApp) {
    let world = world()
        .group("club", |group| group.owner("ann").owner("olga"))
        .group("club/sub", |group| {
            group.owner("olga").invited("b@example.com", 30, |row| row.by("olga"))
        })
        .project("club/sub/app", |project| {
            project.invited("c@example.com", 30, |row| row.by("olga"))
        })
        .project("club/app", |project| {
            let project = project
                .maintainer("max")
                .owner("olga")
                .invited("d@example.com", 30, |row| row.by("max"));
            project.invited("e@example.com", 30, |row| row.by("olga"))
        });
    app.import(&world.json()).await;
    let (ann, olga) = (app.token("ann-api"), app.token("olga-api"));
    let waiting = || count(&app, "members WHERE user_id IS NULL AND invite_email IS NOT NULL");
    let before = waiting().await;
    // A member of a project, with what they sent in the project.
    done(&ann, REMOVE, json!({"id": member_id(&app, "club/app", "max").await})).await;
    assert_eq!(waiting().await, before - 1);
    let spare = json!({"id": member_id(&app, "club/app", "olga").await, "skipSubresources": true});
    done(&ann, REMOVE, spare).await;
    assert_eq!(waiting().await, before - 1, "spared");
    // A member of a group, with what they sent in it and below; leaving is no different.
    let told = invite(&app, "olga", "club", &["a@example.com"], json!({})).await;
    assert_eq!(faults(&told), json!([]));
    done(&olga, REMOVE, json!({"id": member_id(&app, "club", "olga").await})).await;
    assert_eq!(waiting().await, before - 4, "all of olga's are gone, and no other");
    assert_eq!(
        count(
            &app,
            "audit_events WHERE target_id IS NULL AND event_name = 'member_destroyed'"
        )
        .await,
        5
    );
    // The mail that was not sent yet is no longer true.
    assert_eq!(mail(&app).await, [""; 0]);
}
