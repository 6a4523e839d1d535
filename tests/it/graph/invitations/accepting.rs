//! `invitationAccept`: whoever has the link and the address becomes a member.

use serde_json::json;

use super::{ACCEPT, TOKEN, invitation_id, invite, mail, offered, world};
use crate::graph::{count, done, faults, member, refused, traces};
use crate::support::world::{Group, Item, World};
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    an_accepted_invitation_is_a_membership_by_the_same_row,
    a_link_from_a_mail_accepts,
    whoever_has_the_address_accepts_whatever_its_case,
    each_refusal_has_its_code_and_leaves_all_as_it_was,
    what_is_over_gives_way,
    seats_are_looked_at_once_more,
    an_answer_that_is_sent_again_is_given_once,
);

async fn an_accepted_invitation_is_a_membership_by_the_same_row(app: TestApp) {
    let world = world().group("club", |group| {
        let group = group.owner("ann").developer("dan");
        offered(group, |row| row.until("2026-12-24").with_role("Reader"))
    });
    let world = world.role("club", "Reader", level::DEVELOPER);
    app.import(&world.json()).await;
    let (ann, nora) = (app.token("ann-api"), app.token("nora-api"));
    let id = invitation_id(&app, "club", "nora@example.com").await;
    app.later(std::time::Duration::from_mins(5));
    let told = done(&nora, ACCEPT, json!({"token": TOKEN, "clientMutationId": "m1"})).await;
    assert_eq!((&told["clientMutationId"], faults(&told)), (&json!("m1"), json!([])));
    let row = id.replace("Invitation", "GroupMember");
    let developer = json!({"stringValue": "DEVELOPER"});
    let home = json!({"fullPath": "club", "maxAccessLevel": developer});
    assert_eq!(
        told["invitation"],
        json!({
            "id": id, "email": "nora@example.com", "state": "ACCEPTED", "user": {"username": "nora"}, "accessLevel": developer, "source": home,
            "member": {"id": row, "state": "ACTIVE", "expiresAt": "2026-12-24", "inviteEmail": null, "accessLevel": developer,
                       "user": {"username": "nora"}, "createdBy": {"username": "ann"}, "source": {"fullPath": "club"}},
        })
    );
    assert_eq!(member(&app, "club", "nora").await["memberRole"]["name"], "Reader");
    assert_eq!(
        mail(&app).await,
        [
            "ann@example.com: Invitation accepted",
            "nora@example.com: Access to the club group was granted"
        ]
    );
    // Who invited finds it among the accepted ones, with the membership that became of it.
    let query = "query($id: ID!) { node(id: $id) { ... on Invitation { state user { username } member { id inviteEmail } } }
                   group(fullPath: \"club\") { invitations { count } accepted: invitations(state: ACCEPTED) { nodes { id } } } }";
    let found = ann.query(query, json!({ "id": id })).await;
    assert_eq!(
        found,
        json!({
            "node": {"state": "ACCEPTED", "user": {"username": "nora"}, "member": {"id": row, "inviteEmail": "nora@example.com"}},
            "group": {"invitations": {"count": 0}, "accepted": {"nodes": [{"id": id}]}},
        })
    );
    // One event, by who accepted, and one entry of the change log.
    let events = "{ group(fullPath: \"club\") { auditEvents { nodes { eventName author { username } target { username } details } } } }";
    let events = ann.query(events, json!({})).await["group"]["auditEvents"]["nodes"].clone();
    let event = &events[0];
    assert_eq!(
        (
            events.as_array().unwrap().len(),
            &event["eventName"],
            &event["author"]["username"],
            &event["target"]["username"]
        ),
        (1, &json!("member_created"), &json!("nora"), &json!("nora"))
    );
    assert_eq!(event["details"]["as"], "Custom role: Reader");
    assert_eq!(count(&app, "change_log WHERE kind = 'invitation_accepted'").await, 1);
    assert_eq!(count(&app, "change_log").await, 1);

    let again = done(&nora, ACCEPT, json!({"token": TOKEN})).await;
    let gone = "The invitation can not be found with the provided invite token.";
    assert_eq!(faults(&again), json!([["NOT_FOUND", gone, ["token"]]]));
}

async fn a_link_from_a_mail_accepts(app: TestApp) {
    let world = world().user("zoe", |user| user.set("email", "other@example.com"));
    app.import(&world.json()).await;
    invite(
        &app,
        "max",
        "acme/app",
        &["zoe@example.com"],
        json!({"accessLevel": "REPORTER"}),
    )
    .await;
    let mail = app.mail().await.pop().expect("a mail");
    let (_, link) = mail.text.split_once("/-/invites/").expect("a link");
    let token = link.split_whitespace().next().unwrap().to_owned();
    // A stranger's address is not enough, and the one who has it by now is whom it means.
    let told = done(&app.token("zoe-api"), ACCEPT, json!({ "token": token })).await;
    assert_eq!(faults(&told)[0][0], "FORBIDDEN");
    rename(&app, "zoe", "Zoe@Example.com").await;
    let told = done(&app.token("zoe-api"), ACCEPT, json!({ "token": token })).await;
    assert_eq!(faults(&told), json!([]));
    assert_eq!(told["invitation"]["member"]["accessLevel"]["stringValue"], "REPORTER");
    assert!(
        told["invitation"]["member"]["id"]
            .as_str()
            .unwrap()
            .contains("ProjectMember")
    );
}

/// Gives somebody another primary address.
async fn rename(app: &TestApp, username: &str, address: &str) {
    let sql = format!(
        "UPDATE users SET email = '{address}', email_norm = '{}' WHERE username = '{username}'",
        address.to_lowercase()
    );
    crate::graph::run(app, &sql).await;
}

async fn whoever_has_the_address_accepts_whatever_its_case(app: TestApp) {
    let world = world()
        .group("club", |group| {
            group
                .owner("ann")
                .invited("Newt@PUBLIC.example", level::GUEST, |row| row.set("token", TOKEN))
        })
        .user("per", |user| user.set("email", "PER@example.org"))
        .group("den", |group| {
            group
                .owner("ann")
                .invited("per@example.org", level::GUEST, |row| row.set("token", "den-4Jq_0-x"))
        });
    app.import(&world.json()).await;
    for (who, token) in [("newt", TOKEN), ("per", "den-4Jq_0-x")] {
        let told = done(&app.token(&format!("{who}-api")), ACCEPT, json!({ "token": token })).await;
        assert_eq!(faults(&told), json!([]), "{who}");
        assert_eq!(told["invitation"]["user"]["username"], who);
    }
    // Nobody invited, so nobody is told but the new members.
    assert_eq!(count(&app, "outbox").await, 2);
}

/// Who tries, the code of the refusal, and what stands in the way: in a group whose path is the token.
type Refusal = (&'static str, &'static str, fn(World, &str) -> World);

const REFUSALS: [Refusal; 11] = [
    ("sven", "FORBIDDEN", |world, at| {
        world.group(at, |group| to_nora(group.owner("ann"), at))
    }),
    ("ann", "FORBIDDEN", |world, at| {
        world.group(at, |group| to_nora(group.owner("ann"), at))
    }),
    ("root", "FORBIDDEN", |world, at| {
        world.group(at, |group| to_nora(group, at))
    }),
    ("nora", "ALREADY_MEMBER", |world, at| {
        world.group(at, |group| to_nora(group.guest("nora"), at))
    }),
    ("nora", "ALREADY_MEMBER", |world, at| {
        world.group(at, |group| {
            to_nora(group.member("nora", level::MINIMAL, Item::awaiting), at)
        })
    }),
    ("nora", "ALREADY_MEMBER", |world, at| {
        world.project("nora/dots", |project| to_nora(project, at))
    }),
    ("nora", "EXPIRES_IN_PAST", |world, at| {
        world.group(at, |group| {
            group.invited(NORA, level::GUEST, |row| row.set("token", at).until("2026-11-20"))
        })
    }),
    ("nora", "MEMBERSHIP_LOCKED", |world, at| {
        world.project("locked/lib", |project| to_nora(project, at))
    }),
    ("nora", "INHERITED_HIGHER_ACCESS", |world, at| {
        let world = world.group(at, |group| group.maintainer("nora"));
        world.group(&format!("{at}/sub"), |group| to_nora(group, at))
    }),
    ("nora", "FORBIDDEN", |world, at| {
        let domains = json!(["acme.example"]);
        world.group(at, |group| to_nora(group.setting("allowed_email_domains", domains), at))
    }),
    // The address that was invited will do, the one that the member is known by will not.
    ("newt", "FORBIDDEN", |world, at| {
        world.group(at, |group| {
            let group = group.setting("allowed_email_domains", json!(["public.example"]));
            group.invited("newt@public.example", level::GUEST, |row| row.set("token", at))
        })
    }),
];

const NORA: &str = "nora@example.com";

fn to_nora(group: Group, token: &str) -> Group {
    group.invited(NORA, level::DEVELOPER, |row| row.set("token", token))
}

async fn each_refusal_has_its_code_and_leaves_all_as_it_was(app: TestApp) {
    let token = |number: usize| format!("nora-{number}");
    let numbered = REFUSALS.into_iter().enumerate();
    let world = numbered.fold(world(), |world, (number, (.., make))| make(world, &token(number)));
    app.import(&world.json()).await;
    let before = traces(&app).await;
    let text = "The invitation could not be accepted.";
    for (number, (who, code, _)) in REFUSALS.into_iter().enumerate() {
        let told = done(
            &app.token(&format!("{who}-api")),
            ACCEPT,
            json!({"token": token(number)}),
        )
        .await;
        assert_eq!(faults(&told), json!([[code, text, ["token"]]]), "{number}: {who}");
        assert_eq!((&told["invitation"], &told["errors"]), (&json!(null), &json!([text])));
    }
    let gone = "The invitation can not be found with the provided invite token.";
    for token in ["", "nonsense", "NORA-0", "nora-0 "] {
        let told = done(&app.token("nora-api"), ACCEPT, json!({ "token": token })).await;
        assert_eq!(faults(&told), json!([["NOT_FOUND", gone, ["token"]]]), "{token}");
    }
    assert_eq!(
        refused(&app.anonymous(), ACCEPT, json!({"token": "nora-0"})).await,
        "UNAUTHENTICATED"
    );
    let reader = app
        .token("rita-read")
        .graphql(ACCEPT, json!({"input": {"token": "nora-0"}}))
        .await;
    assert_eq!(
        reader.expect(403).json()["errors"][0]["extensions"]["code"],
        "INSUFFICIENT_SCOPE"
    );
    assert_eq!(traces(&app).await, before);
}

async fn what_is_over_gives_way(app: TestApp) {
    let world = world()
        .group("club", |group| {
            offered(
                group
                    .owner("ann")
                    .member("nora", level::OWNER, |row| row.until("2026-11-01")),
                |row| row,
            )
        })
        .project("acme/lib", |project| {
            let project = project.requested_by("nora", |row| row);
            project.invited("nora@example.com", level::REPORTER, |row| {
                row.set("token", "lib-4Jq_0-x").until("2026-11-21")
            })
        });
    app.import(&world.json()).await;
    let nora = app.token("nora-api");
    let told = done(&nora, ACCEPT, json!({"token": TOKEN})).await;
    assert_eq!(faults(&told), json!([]));
    assert_eq!(
        member(&app, "club", "nora").await["accessLevel"]["stringValue"],
        "DEVELOPER"
    );
    assert_eq!(count(&app, "change_log WHERE kind = 'member_expired'").await, 1);
    // The request is answered by it. On its last day an invitation can be accepted, and counts for nothing any more.
    let told = done(&nora, ACCEPT, json!({"token": "lib-4Jq_0-x"})).await;
    assert_eq!(faults(&told), json!([]));
    assert_eq!(told["invitation"]["member"]["expiresAt"], "2026-11-21");
    assert_eq!(
        told["invitation"]["source"],
        json!({"fullPath": "acme/lib", "maxAccessLevel": {"stringValue": "NO_ACCESS"}})
    );
    assert_eq!(count(&app, "members WHERE requested_at IS NOT NULL").await, 0);
}

async fn seats_are_looked_at_once_more(app: TestApp) {
    let world = world()
        .group("tight", |group| {
            let group = group.set("seats", json!({"cap": 1})).owner("ann");
            group
                .invited("nora@example.com", level::GUEST, |row| row.set("token", TOKEN))
                .invited("newt@example.com", level::GUEST, |row| row.set("token", "newt-4Jq_0-x"))
        })
        .group("tight/sub", |group| group.developer("newt"))
        .group("roomy", |group| {
            let group = group.set("seats", json!({"cap": 9})).owner("ann");
            group.invited("nora@example.com", level::GUEST, |row| {
                row.set("token", "room-4Jq_0-x").awaiting()
            })
        });
    app.import(&world.json()).await;
    let nora = app.token("nora-api");
    let query = "mutation($input: InvitationTokenInput!) { done: invitationAccept(input: $input) { userErrors { code message path }
        invitation { awaiting member { state } source { fullPath ... on Group { maxAccessLevel { stringValue } groupMembers { count } groupMembersCount } } } } }";
    let closed = json!({"maxAccessLevel": {"stringValue": "NO_ACCESS"}, "groupMembers": null, "groupMembersCount": 0});
    for (token, path) in [(TOKEN, "tight"), ("room-4Jq_0-x", "roomy")] {
        let told = done(&nora, query, json!({ "token": token })).await;
        let mut source = closed.clone();
        source["fullPath"] = json!(path);
        assert_eq!(
            told["invitation"],
            json!({"awaiting": true, "member": {"state": "AWAITING"}, "source": source}),
            "who waits sees nothing of it"
        );
    }
    // Who has a seat in the hierarchy needs no other.
    let told = done(&app.token("newt-api"), query, json!({"token": "newt-4Jq_0-x"})).await;
    let source = json!({"fullPath": "tight", "maxAccessLevel": {"stringValue": "GUEST"}, "groupMembers": {"count": 3}, "groupMembersCount": 3});
    assert_eq!(
        told["invitation"],
        json!({"awaiting": false, "member": {"state": "ACTIVE"}, "source": source})
    );
}

async fn an_answer_that_is_sent_again_is_given_once(app: TestApp) {
    let world = world().group("club", |group| offered(group.owner("ann"), |row| row));
    app.import(&world.json()).await;
    let document = ACCEPT.replace("(input: $input) {", "(input: $input) @idempotent(key: \"k1\") {");
    let nora = app.token("nora-api");
    let send = async || nora.graphql(&document, json!({"input": {"token": TOKEN}})).await.text();
    let first = send().await;
    assert!(first.contains("ACCEPTED"), "{first}");
    let after = traces(&app).await;
    assert_eq!(send().await, first, "to the letter");
    assert_eq!(traces(&app).await, after);
}
