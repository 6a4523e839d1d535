//! What is wrong with an invitation that is to be made: the same faults with the same texts through both doors.

use serde_json::{Value, json};

use super::{INVITE, invite, world};
use crate::graph::{count, done, faults, traces};
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    each_fault_of_an_address_has_its_code_and_place,
    rest_says_the_same_of_each_address,
    an_address_that_was_accepted_is_taken_for_good,
    an_address_that_has_no_form_of_one_is_refused,
);

/// Who invites where, with what else; the address; code, text and place of the faults.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    Value,
    Vec<(&'static str, String, Option<&'static str>)>,
);

const LEVEL: &str = "the member access level can't be higher than the current user's one";
const DOMAIN: &str = "The member's email address is not allowed for this group.";
const SETTINGS: &str =
    "Go to the group’s &#39;Settings &gt; General&#39; page, and check &#39;Restrict membership by email domain&#39;.";

/// A table's one fault.
fn one(
    code: &'static str,
    text: &str,
    place: Option<&'static str>,
) -> Vec<(&'static str, String, Option<&'static str>)> {
    vec![(code, text.to_owned(), place)]
}

fn cases() -> Vec<Case> {
    [faulty_rows(), missing_rights(), other_domains()].concat()
}

fn faulty_rows() -> Vec<Case> {
    vec![
        (
            "ann",
            "acme",
            "x@example.com",
            json!({"expiresAt": "2026-11-20"}),
            one(
                "EXPIRES_IN_PAST",
                "Expires at cannot be a date in the past",
                Some("expiresAt"),
            ),
        ),
        (
            "ann",
            "acme",
            "x@example.com",
            json!({"memberRoleId": "gid://gitlab/MemberRole/77"}),
            one("NOT_FOUND", "Member role not found", Some("memberRoleId")),
        ),
        (
            "ann",
            "acme",
            "x@example.com",
            json!({"memberRoleId": "gid://gitlab/MemberRole/3001"}),
            one(
                "INVALID",
                "Member role the custom role's base access level does not match the current access level",
                Some("memberRoleId"),
            ),
        ),
        (
            "ann",
            "acme",
            "x@example.com",
            json!({"memberRoleId": "gid://gitlab/MemberRole/3003", "accessLevel": "GUEST"}),
            one(
                "INVALID",
                "Member namespace must be in same hierarchy as custom role's namespace",
                Some("memberRoleId"),
            ),
        ),
        (
            "ann",
            "acme/tools",
            "x@example.com",
            json!({"accessLevel": "MINIMAL_ACCESS", "expiresAt": "2026-11-20"}),
            vec![
                (
                    "INVALID",
                    "Access level is not included in the list".to_owned(),
                    Some("accessLevel"),
                ),
                (
                    "INVALID",
                    "Access level supported on top level groups only".to_owned(),
                    Some("accessLevel"),
                ),
                (
                    "EXPIRES_IN_PAST",
                    "Expires at cannot be a date in the past".to_owned(),
                    Some("expiresAt"),
                ),
            ],
        ),
        (
            "ann",
            "acme/app",
            "x@example.com",
            json!({"accessLevel": "MINIMAL_ACCESS"}),
            one(
                "INVALID",
                "Access level is not included in the list",
                Some("accessLevel"),
            ),
        ),
    ]
}

/// Who may not touch what is there may not write over it either.
fn missing_rights() -> Vec<Case> {
    vec![
        (
            "mel",
            "acme",
            "x@example.com",
            json!({"memberRoleId": "gid://gitlab/MemberRole/3001", "accessLevel": "GUEST"}),
            one("ACCESS_LEVEL_NOT_ALLOWED", LEVEL, Some("accessLevel")),
        ),
        (
            "mel",
            "acme",
            "x@example.com",
            json!({"accessLevel": "MAINTAINER"}),
            one("ACCESS_LEVEL_NOT_ALLOWED", LEVEL, Some("accessLevel")),
        ),
        (
            "max",
            "acme/app",
            "x@example.com",
            json!({"accessLevel": "PLANNER"}),
            one("ACCESS_LEVEL_NOT_ALLOWED", LEVEL, Some("accessLevel")),
        ),
        (
            "max",
            "acme/app",
            "owen@example.org",
            json!({"accessLevel": "GUEST"}),
            one("ACCESS_LEVEL_NOT_ALLOWED", "not authorized to update member", None),
        ),
        (
            "mel",
            "acme",
            "Owen@example.org",
            json!({"accessLevel": "GUEST"}),
            one("ACCESS_LEVEL_NOT_ALLOWED", "not authorized to update member", None),
        ),
    ]
}

fn other_domains() -> Vec<Case> {
    let plain = || json!({});
    vec![
        (
            "ann",
            "choosy",
            "x@example.com",
            plain(),
            one("FORBIDDEN", &format!("{DOMAIN} Check with your administrator."), None),
        ),
        (
            "root",
            "choosy",
            "x@example.com",
            plain(),
            one("FORBIDDEN", &format!("{DOMAIN} {SETTINGS}"), None),
        ),
        (
            "ann",
            "choosy",
            "x@sub.acme.example",
            plain(),
            one("FORBIDDEN", &format!("{DOMAIN} Check with your administrator."), None),
        ),
        (
            "ann",
            "choosy",
            "newt@example.com",
            plain(),
            one("FORBIDDEN", &format!("{DOMAIN} Check with your administrator."), None),
        ),
        ("ann", "choosy", "New@ACME.example", plain(), vec![]),
    ]
}

async fn each_fault_of_an_address_has_its_code_and_place(app: TestApp) {
    app.import(&world().json()).await;
    for (who, path, address, more, expected) in cases() {
        let before = traces(&app).await;
        let told = invite(&app, who, path, &[address], more.clone()).await;
        let place = |place: Option<&str>| place.map_or_else(|| json!(["invitees", "0", "email"]), |name| json!([name]));
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(code, text, at)| json!([code, text, place(at)]))
            .collect();
        assert_eq!(faults(&told), json!(expected), "{who} {path} {address} {more}");
        assert_eq!(
            told["results"][0]["invitation"].is_null(),
            !expected.is_empty(),
            "{told}"
        );
        assert_eq!(
            traces(&app).await == before,
            !expected.is_empty(),
            "{who} {path} {address} {more}"
        );
    }
    // Of the call as a whole.
    for (path, fault) in [
        (
            "locked/app",
            json!(["MEMBERSHIP_LOCKED", "Membership is locked for this group", ["source"]]),
        ),
        (
            "synced",
            json!([
                "LDAP_MANAGED",
                "Members of this group are added and removed by LDAP",
                ["source"]
            ]),
        ),
    ] {
        for who in ["ann", "root"] {
            let told = invite(&app, who, path, &["x@example.com"], json!({})).await;
            assert_eq!(
                (faults(&told), &told["results"]),
                (json!([fault]), &json!([])),
                "{who} {path}"
            );
        }
    }
}

async fn rest_says_the_same_of_each_address(app: TestApp) {
    app.import(&world().json()).await;
    for (who, path, address, more, expected) in cases() {
        let levels = ["GUEST", "PLANNER", "DEVELOPER", "MAINTAINER", "MINIMAL_ACCESS"];
        let numbers = [
            level::GUEST,
            level::PLANNER,
            level::DEVELOPER,
            level::MAINTAINER,
            level::MINIMAL,
        ];
        let given = more["accessLevel"].as_str().unwrap_or("DEVELOPER");
        let place = levels
            .iter()
            .position(|level| *level == given)
            .expect("a level of the table");
        let role = more["memberRoleId"].as_str().and_then(|id| id.rsplit('/').next());
        let body = json!({"email": address, "access_level": numbers[place], "expires_at": more["expiresAt"], "member_role_id": role});
        let folder = if path.ends_with("/app") { "projects" } else { "groups" };
        let path = format!("/{folder}/{}/invitations", path.replace('/', "%2F"));
        let answer = app
            .token(&format!("{who}-api"))
            .post(&path, &body)
            .await
            .expect(201)
            .json();
        let texts: Vec<&str> = expected.iter().map(|(_, text, _)| text.as_str()).collect();
        let message = match texts.as_slice() {
            [] => {
                assert_eq!(answer, json!({"status": "success"}), "{who} {path} {body}");
                continue;
            }
            [one] => (*one).to_owned(),
            [one, other] => format!("{one} and {other}"),
            [one, other, last] => format!("{one}, {other}, and {last}"),
            more => panic!("{more:?}"),
        };
        assert_eq!(
            answer,
            json!({"status": "error", "message": {address: message}}),
            "{who} {path} {body}"
        );
    }
}

async fn an_address_that_was_accepted_is_taken_for_good(app: TestApp) {
    let world = world().group("club", |group| {
        group
            .owner("ann")
            .member("nora", level::GUEST, |row| row.set("invite_email", "old@example.com"))
    });
    app.import(&world.json()).await;
    let before = traces(&app).await;
    let told = invite(&app, "ann", "club", &["Old@example.com"], json!({})).await;
    let taken = "The member's email address has already been taken";
    assert_eq!(
        faults(&told),
        json!([["ALREADY_INVITED", taken, ["invitees", "0", "email"]]])
    );
    assert_eq!(traces(&app).await, before);
    // Who came by it has another address now, and may be named by that.
    let told = invite(
        &app,
        "ann",
        "club",
        &["nora@example.com"],
        json!({"accessLevel": "REPORTER"}),
    )
    .await;
    assert_eq!(told["results"][0]["member"]["inviteEmail"], "old@example.com");
    assert_eq!(told["results"][0]["member"]["accessLevel"]["stringValue"], "REPORTER");
}

async fn an_address_that_has_no_form_of_one_is_refused(app: TestApp) {
    app.import(&world().json()).await;
    let before = traces(&app).await;
    let long = format!("{}@example.com", "x".repeat(65));
    let bad = [
        "nope",
        "@example.com",
        "x@",
        "x@localhost",
        "x@exa..mple.com",
        "x y@example.com",
        "x@exam\u{a0}ple.com",
        ".x@example.com",
        "x@y@example.com",
        "\u{212a}im@example.com",
        "x@example.com\r\nBcc: y@example.com",
        "a@example.com,b@example.com",
        &long,
    ];
    let told = invite(&app, "ann", "acme", &bad, json!({})).await;
    for (index, result) in told["results"].as_array().unwrap().iter().enumerate() {
        let place = json!(["invitees", index.to_string(), "email"]);
        assert_eq!(
            faults(result),
            json!([["INVALID", "Invite email is invalid", place]]),
            "{}",
            bad[index]
        );
    }
    assert_eq!(traces(&app).await, before);
    let good = [
        "Ünï@exämple.com",
        "व@उदाहरण.परीक्षा",
        "o'hara+tag@mail_1.example.com",
        "\"a..b\"@example.com",
    ];
    let told = invite(&app, "ann", "acme", &good, json!({})).await;
    assert_eq!(faults(&told), json!([]));
    assert_eq!(count(&app, "outbox WHERE kind = 'invited'").await, 4);

    // One field at a time, and an empty list.
    let input = json!({"source": {"fullPath": "acme"}, "invitees": []});
    let told = done(&app.token("ann-api"), INVITE, input).await;
    assert_eq!(faults(&told), json!([["BLANK", "No users specified.", ["invitees"]]]));
}
