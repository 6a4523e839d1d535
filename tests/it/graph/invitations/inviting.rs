//! `memberInvite` of addresses that are nobody's.

use serde_json::{Value, json};

use super::{INVITE, invitation, invite, mail, short, world};
use crate::graph::{count, done, faults, member, traces, user_id};
use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    an_address_of_nobody_is_invited_and_one_of_somebody_is_that_somebody,
    an_invitation_that_is_there_is_changed_and_no_second_mail_goes_out,
    results_come_in_the_order_of_the_invitees,
    an_invitation_waits_when_all_seats_are_taken,
    a_day_has_so_many_invitations_and_no_more,
    a_rehearsal_invites_nobody,
    an_invitation_that_is_sent_again_is_made_once,
    who_may_invite_invites_up_to_the_own_level,
    showing_invitations_costs_the_same_for_one_and_for_many,
);

async fn an_address_of_nobody_is_invited_and_one_of_somebody_is_that_somebody(app: TestApp) {
    app.import(&world().json()).await;
    let more = json!({"accessLevel": "REPORTER", "expiresAt": "2027-01-02", "clientMutationId": "m1"});
    let addresses = ["Zoë+1@Ex-ämple.com", "NEWT@Example.com", "nora@example.com"];
    let told = invite(&app, "ann", "acme", &addresses, more).await;
    assert_eq!((&told["clientMutationId"], &told["errors"]), (&json!("m1"), &json!([])));
    let mut made = told["results"][0]["invitation"].clone();
    let id = made["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("gid://gitlab/Invitation/"), "{id}");
    made.as_object_mut().unwrap().remove("id");
    let now = "2026-11-21T12:00:00.000Z";
    assert_eq!(
        made,
        json!({
            "email": "zoë+1@ex-ämple.com", "state": "PENDING", "awaiting": false, "sendCount": 1, "lastSentAt": now, "createdAt": now,
            "updatedAt": now, "expiresAt": "2027-01-02", "accessLevel": {"stringValue": "REPORTER"}, "memberRole": null,
            "createdBy": {"username": "ann"}, "user": null, "source": {"fullPath": "acme"}, "member": null,
        })
    );
    assert_eq!(told["results"][0]["member"], json!(null));
    for (place, name) in [(1, "newt"), (2, "nora")] {
        let result = &told["results"][place];
        assert_eq!(result["invitation"], json!(null));
        assert_eq!(
            result["member"],
            json!({"user": {"username": name}, "accessLevel": {"stringValue": "REPORTER"}, "state": "ACTIVE", "inviteEmail": null})
        );
    }
    // The public address is an address of the same person.
    let told = invite(
        &app,
        "ann",
        "other",
        &["Newt@Public.example", "newt@example.com"],
        json!({}),
    )
    .await;
    for result in told["results"].as_array().unwrap() {
        assert_eq!(result["member"]["user"]["username"], "newt");
    }
    assert_eq!(count(&app, "members WHERE email_norm LIKE 'newt%'").await, 0);
    assert_eq!(
        mail(&app).await,
        [
            "newt@example.com: Access to the acme group was granted",
            "newt@example.com: Access to the other group was granted",
            "nora@example.com: Access to the acme group was granted",
            "zoë+1@ex-ämple.com: Ann invited you to join roster",
        ]
    );
}

async fn an_invitation_that_is_there_is_changed_and_no_second_mail_goes_out(app: TestApp) {
    app.import(&world().json()).await;
    let before = invitation(&app, "acme", "eve@example.org").await;
    app.later(std::time::Duration::from_mins(5));
    let more =
        json!({"accessLevel": "GUEST", "expiresAt": "2027-03-04", "memberRoleId": "gid://gitlab/MemberRole/3001"});
    let told = invite(&app, "root", "acme", &["EVE@example.org"], more).await;
    let now = &told["results"][0]["invitation"];
    assert_eq!(faults(&told), json!([]));
    assert_eq!(
        (
            &now["id"],
            &now["createdAt"],
            &now["createdBy"]["username"],
            &now["sendCount"]
        ),
        (&before["id"], &before["createdAt"], &json!("ann"), &json!(0))
    );
    assert_eq!(
        (&now["expiresAt"], &now["memberRole"]["name"], &now["updatedAt"]),
        (
            &json!("2027-03-04"),
            &json!("Auditor"),
            &json!("2026-11-21T12:05:00.000Z")
        )
    );
    assert_eq!(short(now), json!(["eve@example.org", "GUEST"]));
    // What is not said goes.
    invite(&app, "ann", "acme", &["eve@example.org"], json!({})).await;
    let now = invitation(&app, "acme", "eve@example.org").await;
    assert_eq!((&now["expiresAt"], &now["memberRole"]), (&json!(null), &json!(null)));
    let events = count(&app, "audit_events").await;
    invite(&app, "ann", "acme", &["eve@example.org"], json!({})).await;
    assert_eq!(count(&app, "audit_events").await, events, "nothing changed");
    assert_eq!(invitation(&app, "acme", "eve@example.org").await, now);
    assert_eq!(mail(&app).await, [""; 0]);
}

async fn results_come_in_the_order_of_the_invitees(app: TestApp) {
    app.import(&world().json()).await;
    let nora = user_id(&app, "nora").await;
    let input = json!({"source": {"fullPath": "acme"}, "invitees": [
        {"email": " b@example.com "}, {"username": "nobody"}, {"email": "A@example.com"}, {"userId": nora}, {"email": "a@EXAMPLE.com"},
        {"email": "nope"}, {"email": "eve@example.org"}, {"email": "A@example.com"}, {"email": "nora@example.com"}, {"email": "\t"},
    ]});
    let told = done(&app.token("ann-api"), INVITE, input).await;
    let shown: Vec<Value> = told["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            let who = &result["member"]["user"]["username"];
            json!([result["invitee"], result["invitation"]["email"], who, faults(result)])
        })
        .collect();
    let taken = "The member's email address has already been taken";
    assert_eq!(
        json!(shown),
        json!([
            [" b@example.com ", "b@example.com", null, []],
            [
                "nobody",
                null,
                null,
                [["NOT_FOUND", "User not found", ["invitees", "1", "username"]]]
            ],
            ["A@example.com", "a@example.com", null, []],
            [nora, null, "nora", []],
            [
                "a@EXAMPLE.com",
                null,
                null,
                [["ALREADY_INVITED", taken, ["invitees", "4", "email"]]]
            ],
            [
                "nope",
                null,
                null,
                [["INVALID", "Invite email is invalid", ["invitees", "5", "email"]]]
            ],
            ["eve@example.org", "eve@example.org", null, []],
            ["A@example.com", "a@example.com", null, []],
            ["nora@example.com", null, "nora", []],
            [
                "\t",
                null,
                null,
                [["BLANK", "Invite email can't be blank", ["invitees", "9", "email"]]]
            ],
        ])
    );
    let all: Vec<Value> = shown
        .iter()
        .flat_map(|shown| shown[3].as_array().unwrap().clone())
        .collect();
    assert_eq!(faults(&told), json!(all), "the payload's are those of the results");
    assert_eq!(count(&app, "members WHERE email_norm = 'a@example.com'").await, 1);
    assert_eq!(count(&app, "outbox WHERE kind = 'invited'").await, 2);
}

async fn an_invitation_waits_when_all_seats_are_taken(app: TestApp) {
    app.import(&world().json()).await;
    let told = invite(
        &app,
        "ann",
        "full",
        &["new@example.com"],
        json!({"accessLevel": "GUEST"}),
    )
    .await;
    let made = &told["results"][0]["invitation"];
    assert_eq!((&made["awaiting"], &made["state"]), (&json!(true), &json!("PENDING")));
    // A change ends no waiting.
    let told = invite(&app, "ann", "full", &["new@example.com"], json!({})).await;
    assert_eq!(told["results"][0]["invitation"]["awaiting"], true);
    assert_eq!(count(&app, "outbox WHERE kind = 'invited'").await, 1);
}

async fn a_day_has_so_many_invitations_and_no_more(app: TestApp) {
    app.import(&world().json()).await;
    let app = app.with_invites_per_day(2);
    let too_many = json!([["TOO_MANY", "Invite limit of 2 per day exceeded.", ["invitees"]]]);
    let before = traces(&app).await;
    let told = invite(
        &app,
        "ann",
        "acme",
        &["a@example.com", "b@example.com", "c@example.com"],
        json!({}),
    )
    .await;
    assert_eq!((faults(&told), &told["results"]), (too_many.clone(), &json!([])));
    assert_eq!(traces(&app).await, before);
    // People and those who are invited already do not count, nor does another hierarchy.
    for (path, addresses) in [
        ("acme", ["nora@example.com", "a@example.com", "eve@example.org"]),
        ("acme/app", ["b@example.com", "owen@example.org", "dan@example.com"]),
        ("other", ["x@example.com", "y@example.com", "newt@example.com"]),
    ] {
        let told = invite(&app, "ann", path, &addresses, json!({"accessLevel": "OWNER"})).await;
        assert_eq!(faults(&told), json!([]), "{path}");
    }
    let told = invite(&app, "ann", "acme/tools", &["c@example.com"], json!({})).await;
    assert_eq!(faults(&told), too_many);
    // Taking one back makes no room; the next day does.
    let taken_back = super::invitation_id(&app, "acme", "a@example.com").await;
    done(&app.token("ann-api"), super::REVOKE, json!({ "id": taken_back })).await;
    let told = invite(&app, "ann", "acme/tools", &["c@example.com"], json!({})).await;
    assert_eq!(faults(&told), too_many);
    app.later(std::time::Duration::from_hours(12));
    let told = invite(
        &app,
        "ann",
        "acme/tools",
        &["c@example.com", "d@example.com"],
        json!({}),
    )
    .await;
    assert_eq!(faults(&told), json!([]));
}

async fn a_rehearsal_invites_nobody(app: TestApp) {
    app.import(&world().json()).await;
    let addresses = ["a@example.com", "eve@example.org", "nope", "nora@example.com"];
    let before = traces(&app).await;
    let mut told = invite(
        &app,
        "ann",
        "acme",
        &addresses,
        json!({"accessLevel": "GUEST", "dryRun": true}),
    )
    .await;
    assert_eq!(traces(&app).await, before);
    assert_eq!(mail(&app).await, [""; 0]);
    assert_eq!(
        invitation(&app, "acme", "eve@example.org").await["accessLevel"]["stringValue"],
        "DEVELOPER"
    );
    let mut real = invite(&app, "ann", "acme", &addresses, json!({"accessLevel": "GUEST"})).await;
    for told in [&mut told, &mut real] {
        // Numbers of rows are not kept.
        told["results"][0]["invitation"]["id"] = json!(null);
    }
    assert_eq!(told, real);
}

async fn an_invitation_that_is_sent_again_is_made_once(app: TestApp) {
    app.import(&world().json()).await;
    let document = INVITE.replace("(input: $input) {", "(input: $input) @idempotent(key: \"k1\") {");
    let ann = app.token("ann-api");
    let input = json!({"source": {"fullPath": "acme"}, "invitees": [{"email": "new@example.com"}, {"email": "nope"}]});
    let send = async || ann.graphql(&document, json!({ "input": input })).await.text();
    let first = send().await;
    assert!(first.contains("new@example.com"), "{first}");
    let after = traces(&app).await;
    assert_eq!(send().await, first, "to the letter");
    assert_eq!(traces(&app).await, after);
    assert_eq!(mail(&app).await, ["new@example.com: Ann invited you to join roster"]);
}

async fn who_may_invite_invites_up_to_the_own_level(app: TestApp) {
    app.import(&world().json()).await;
    let level_text = "the member access level can't be higher than the current user's one";
    let level = || json!([["ACCESS_LEVEL_NOT_ALLOWED", level_text, ["accessLevel"]]]);
    for (number, (who, path, given, expected)) in [
        ("ann", "acme", "OWNER", json!([])),
        ("root", "acme", "PLANNER", json!([])),
        ("mel", "acme", "DEVELOPER", json!([])),
        ("mel", "acme/tools", "REPORTER", json!([])),
        ("mel", "acme", "MAINTAINER", level()),
        ("mel", "acme", "PLANNER", level()),
        ("max", "acme/app", "MAINTAINER", json!([])),
        ("mia", "acme/app", "GUEST", json!([])),
        ("max", "acme/app", "PLANNER", level()),
        ("max", "acme/app", "OWNER", level()),
        ("ann", "acme/app", "OWNER", json!([])),
    ]
    .into_iter()
    .enumerate()
    {
        let told = invite(
            &app,
            who,
            path,
            &[&format!("n{number}@example.com")],
            json!({"accessLevel": given}),
        )
        .await;
        assert_eq!(faults(&told), expected, "{who} {path} {given}");
    }
    for (who, path) in [
        ("mia", "acme"),
        ("dan", "acme/app"),
        ("mel", "acme/app"),
        ("sven", "acme"),
    ] {
        let input = json!({"source": {"fullPath": path}, "invitees": [{"email": "x@example.com"}]});
        let refused = crate::graph::refused(&app.token(&format!("{who}-api")), INVITE, input).await;
        assert_eq!(refused, "RESOURCE_NOT_AVAILABLE", "{who} {path}");
    }
    assert_eq!(member(&app, "acme", "x").await, json!(null));
}

async fn showing_invitations_costs_the_same_for_one_and_for_many(app: TestApp) {
    const MANY: usize = 40;
    let world = World::new()
        .group("acme", |group| {
            let group = group.owner("ann");
            (0..MANY).fold(group, |group, n| {
                group.invited(&format!("n{n}@example.com"), level::GUEST, |row| {
                    row.by("ann").with_role("Auditor")
                })
            })
        })
        .role("acme", "Auditor", level::GUEST);
    app.import(&world.json()).await;
    let ann = app.token("ann-api");
    let cost = async |many: usize, selection: &str| {
        let document =
            format!("mutation($input: MemberInviteInput!) {{ done: memberInvite(input: $input) {{ {selection} }} }}");
        let invitees: Vec<_> = (0..many)
            .map(|n| json!({"email": format!("n{n}@example.com")}))
            .collect();
        let role = "gid://gitlab/MemberRole/3001";
        // Nothing changes, so that what is counted is reading.
        let input =
            json!({"source": {"fullPath": "acme"}, "invitees": invitees, "accessLevel": "GUEST", "memberRoleId": role});
        let answer = ann.graphql(&document, json!({ "input": input })).await;
        assert!(answer.json().get("errors").is_none(), "{}", answer.text());
        answer.statements
    };
    let rows = "errors results { invitation { email createdBy { username groupMemberships { nodes { id } } } memberRole { name }
                source { fullPath invitations { count } } member { id } } }";
    assert_eq!(cost(1, rows).await, cost(MANY, rows).await);
}
