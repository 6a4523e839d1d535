use chrono::DateTime;

use super::*;
use crate::mail::Letterhead;
use crate::types::{AccessLevel, GroupId, MemberId, ProjectId, Secret, Source, UserId};

const USER: UserId = UserId(7);

fn tools() -> Place {
    Place {
        source: Source::Group(GroupId(3)),
        full_name: "Acme / Tools".to_owned(),
        full_path: "acme/tools".to_owned(),
    }
}

fn granted(place: Place, role: Option<&str>) -> Notice {
    Notice::AccessGranted {
        user: USER,
        place,
        access_level: AccessLevel::Developer,
        role: role.map(ToOwned::to_owned),
    }
}

fn letter(notice: Notice) -> Letter {
    let stored = serde_json::to_value(&notice).unwrap();
    Letter {
        id: 12,
        kind: stored["kind"].as_str().unwrap().to_owned(),
        notice,
        name: Some("Ann Lee".to_owned()),
        address: "ann@acme.example".to_owned(),
        queued_at: DateTime::UNIX_EPOCH,
        link: None,
    }
}

fn letterhead() -> Letterhead {
    Letterhead::new(None, "https://roster.example").unwrap()
}

fn words(notice: Notice) -> Words {
    letterhead().words(&letter(notice)).unwrap()
}

fn message(letter: &Letter) -> String {
    String::from_utf8(letterhead().compose(letter).unwrap().formatted()).unwrap()
}

#[test]
fn a_grant_names_the_place_and_the_role() {
    let said = words(granted(tools(), None));
    assert_eq!(said.subject, "Access to the Acme / Tools group was granted");
    insta::assert_snapshot!(said.text, @r"
    Hi Ann Lee!

    You have been granted access to the Acme / Tools group with the following role: Developer.

    https://roster.example/groups/acme/tools

    -- 
    You receive this mail because of your account on https://roster.example.
    ");
    let link = r#"<a href="https://roster.example/groups/acme/tools">Acme / Tools</a> group"#;
    assert!(said.html.contains(link), "{}", said.html);
    assert!(said.html.contains("role: <strong>Developer</strong>."), "{}", said.html);
    assert!(said.html.ends_with("</html>"), "{}", said.html);
}

#[test]
fn a_custom_role_goes_by_its_own_name_and_a_project_is_called_one() {
    let project = Place {
        source: Source::Project(ProjectId(4)),
        full_name: "Acme / Tools / CLI".to_owned(),
        full_path: "acme/tools/cli".to_owned(),
    };
    let said = words(granted(project, Some("Auditor")));
    assert_eq!(said.subject, "Access to the Acme / Tools / CLI project was granted");
    assert!(said.text.contains("with the following role: Auditor."), "{}", said.text);
    assert!(
        said.text.contains("\nhttps://roster.example/acme/tools/cli\n"),
        "{}",
        said.text
    );
}

#[test]
fn an_end_that_moves_or_goes_is_told() {
    let changed = words(Notice::ExpiryChanged {
        user: USER,
        place: tools(),
        expires_at: "2027-01-31".parse().unwrap(),
    });
    assert_eq!(changed.subject, "Group membership expiration date changed");
    assert!(changed.text.contains("the Acme / Tools group now ends on 2027-01-31."));
    assert!(changed.html.contains("<strong>2027-01-31</strong>"));
    let removed = words(Notice::ExpiryRemoved {
        user: USER,
        place: tools(),
    });
    assert_eq!(removed.subject, "Group membership expiration date removed");
    assert!(removed.text.contains("the Acme / Tools group no longer has an end."));
}

fn requested(place: Place, name: &str) -> Notice {
    Notice::AccessRequested {
        user: USER,
        place,
        requester_name: name.to_owned(),
        requester_username: "zoe".to_owned(),
        access_level: AccessLevel::Developer,
    }
}

fn denied(place: Place, hidden: bool) -> Notice {
    Notice::AccessDenied {
        user: USER,
        place,
        hidden,
    }
}

#[test]
fn a_request_says_who_asks_for_what_and_where_to_answer() {
    let said = words(requested(tools(), "Zoe Zed"));
    assert_eq!(said.subject, "Request to join the Acme / Tools group");
    insta::assert_snapshot!(said.text, @r"
    Hi Ann Lee!

    Zoe Zed (https://roster.example/zoe) requested Developer access to the Acme / Tools group.

    https://roster.example/groups/acme/tools/-/group_members

    -- 
    You receive this mail because of your account on https://roster.example.
    ");
    let who = r#"<a href="https://roster.example/zoe">Zoe Zed</a> requested <strong>Developer</strong> access"#;
    assert!(said.html.contains(who), "{}", said.html);
    let project = Place {
        source: Source::Project(ProjectId(4)),
        ..tools()
    };
    let said = words(requested(project, "Zoe"));
    assert_eq!(said.subject, "Request to join the Acme / Tools project");
    let members = "\nhttps://roster.example/acme/tools/-/project_members\n";
    assert!(said.text.contains(members), "{}", said.text);
    let link = r#"href="https://roster.example/acme/tools/-/project_members""#;
    assert!(said.html.contains(link), "{}", said.html);
}

#[test]
fn a_denial_names_the_place_unless_it_is_hidden() {
    let said = words(denied(tools(), false));
    assert_eq!(said.subject, "Access to the Acme / Tools group was denied");
    insta::assert_snapshot!(said.text, @r"
    Hi Ann Lee!

    Your request to join the Acme / Tools group has been denied.

    https://roster.example/groups/acme/tools

    -- 
    You receive this mail because of your account on https://roster.example.
    ");
    let said = words(denied(tools(), true));
    assert_eq!(said.subject, "Access to the Hidden group was denied");
    insta::assert_snapshot!(said.text, @r"
    Hi Ann Lee!

    Your request to join the Hidden group has been denied.

    -- 
    You receive this mail because of your account on https://roster.example.
    ");
    for part in [said.subject, said.text, said.html] {
        assert!(!part.contains("Tools") && !part.contains("tools"), "{part}");
    }
}

#[test]
fn what_people_call_things_is_no_html() {
    let place = Place {
        full_name: "<script>alert(1)</script> & \"co\"".to_owned(),
        full_path: "a\"onclick=".to_owned(),
        ..tools()
    };
    for notice in [
        granted(place.clone(), Some("<b>")),
        requested(place.clone(), "<b>Zoe</b>"),
        denied(place, false),
    ] {
        let html = words(notice).html;
        assert!(
            !html.contains("<script") && !html.contains("<b>") && !html.contains("a\"onclick"),
            "{html}"
        );
        assert!(
            html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;co&quot;"),
            "{html}"
        );
    }
}

#[test]
fn no_name_begins_a_header() {
    let place = Place {
        full_name: "Acme\r\nBcc: eve@evil.example\r\n\r\nHello".to_owned(),
        ..tools()
    };
    let name = "Zoe\r\nBcc: eve@evil.example";
    for notice in [
        granted(place.clone(), None),
        requested(place.clone(), name),
        denied(place, false),
    ] {
        let mut letter = letter(notice);
        letter.name = Some("Ann\nCc: eve@evil.example\u{2028}\u{85}Lee".to_owned());
        let message = message(&letter);
        let (headers, _) = message.split_once("\r\n\r\n").unwrap();
        let names = headers.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        let names: Vec<_> = names.filter_map(|line| line.split(':').next()).collect();
        assert_eq!(
            names,
            [
                "From",
                "To",
                "Subject",
                "Date",
                "Message-ID",
                "Auto-Submitted",
                "MIME-Version",
                "Content-Type"
            ]
        );
        assert!(!message.contains("\nBcc") && !message.contains("\nCc"), "{message}");
    }
}

#[test]
fn a_letter_that_is_sent_again_has_the_same_number() {
    let first = message(&letter(granted(tools(), None)));
    let line = |message: &str| {
        message
            .lines()
            .find(|line| line.starts_with("Message-ID"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(line(&first), "Message-ID: <outbox.12.0@roster.example>");
    assert_eq!(line(&first), line(&message(&letter(granted(tools(), None)))));
    assert!(first.contains("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"), "{first}");
}

const ADDRESS: &str = "new@acme.example";

fn invited(inviter: Option<&str>, place: Place, role: Option<&str>) -> Notice {
    Notice::Invited {
        invitation: MemberId(9),
        inviter: inviter.map(ToOwned::to_owned),
        place,
        access_level: AccessLevel::Developer,
        role: role.map(ToOwned::to_owned),
    }
}

fn reminder(nth: u8, role: Option<&str>) -> Notice {
    Notice::InvitationReminder {
        invitation: MemberId(9),
        inviter: "Ann Lee".to_owned(),
        place: tools(),
        access_level: AccessLevel::Developer,
        role: role.map(ToOwned::to_owned),
        nth,
        age: 10,
    }
}

/// A letter to an address that is invited, and the token of its link.
fn letter_with_link(notice: Notice) -> (Letter, String) {
    let token = Secret::random();
    let told = token.reveal().to_owned();
    let letter = Letter {
        name: None,
        address: ADDRESS.to_owned(),
        link: Some(Link {
            token,
            expires_at: None,
        }),
        ..letter(notice)
    };
    (letter, told)
}

/// What such a letter says, with `TOKEN` in place of the token.
fn words_with_link(notice: Notice) -> Words {
    let (letter, token) = letter_with_link(notice);
    let said = letterhead().words(&letter).unwrap();
    assert!(!said.subject.contains(&token), "a subject is in every log of mail");
    Words {
        subject: said.subject,
        text: said.text.replace(&token, "TOKEN"),
        html: said.html.replace(&token, "TOKEN"),
    }
}

#[test]
fn an_invitation_says_who_where_to_as_what_and_has_one_link() {
    let said = words_with_link(invited(Some("Ann Lee"), tools(), None));
    assert_eq!(said.subject, "Ann Lee invited you to join roster");
    insta::assert_snapshot!(said.text, @r"
    Hi!

    Ann Lee invited you to join the Acme / Tools group on roster with the following role: Developer.

    Join now:
    https://roster.example/-/invites/TOKEN

    The link is for you alone. It shows the invitation and changes nothing: there you accept or decline.

    -- 
    You receive this mail because Ann Lee invited new@acme.example to Acme / Tools on https://roster.example.
    If you did not expect it, just leave it.
    ");
    let link = r#"href="https://roster.example/-/invites/TOKEN?invite_type=initial_email""#;
    assert_eq!(said.html.matches("/-/invites/").count(), 1, "{}", said.html);
    for part in [
        link,
        ">Join now</a>",
        "<strong>Ann Lee</strong>",
        "<strong>Acme / Tools</strong> group",
        "<strong>Developer</strong>",
    ] {
        assert!(said.html.contains(part), "no {part}: {}", said.html);
    }
}

#[test]
fn an_invitation_of_nobody_in_particular_names_the_place_in_its_subject() {
    let said = words_with_link(invited(None, tools(), Some("Auditor")));
    assert_eq!(said.subject, "Invitation to join the Acme / Tools group");
    assert!(
        said.text
            .contains("You are invited to join the Acme / Tools group on roster with the following role: Auditor.")
    );
    assert!(said.html.contains("<strong>Auditor</strong>"), "{}", said.html);
}

#[test]
fn an_invitation_that_ends_says_when() {
    let (mut letter, _) = letter_with_link(invited(Some("Ann Lee"), tools(), None));
    letter.link.as_mut().unwrap().expires_at = "2027-01-31".parse().ok();
    let said = letterhead().words(&letter).unwrap();
    let end = "Invitation and membership end on 2027-01-31.";
    assert!(said.text.contains(end) && said.html.contains(end), "{}", said.text);
}

#[test]
fn reminders_become_more_urgent_and_have_both_links() {
    for (nth, subject, begins) in [
        (
            1,
            "Ann Lee's invitation to roster is pending",
            "This is a friendly reminder: ",
        ),
        (2, "Ann Lee is waiting for you to join roster", "Ann Lee is waiting "),
        (
            3,
            "Ann Lee is still waiting for you to join roster",
            "It's been 10 days since ",
        ),
    ] {
        let said = words_with_link(reminder(nth, None));
        assert_eq!(said.subject, subject);
        assert!(said.text.starts_with(&format!("Hi!\n\n{begins}")), "{}", said.text);
        for part in [
            "Acme / Tools group",
            "role: developer.",
            "\nAccept the invitation:\nhttps://roster.example/-/invites/TOKEN\n",
            "\nDecline it:\nhttps://roster.example/-/invites/TOKEN/decline\n",
        ] {
            assert!(said.text.contains(part), "{nth}: no {part}: {}", said.text);
        }
        for part in [
            "<strong>Acme / Tools</strong> group",
            "<strong>developer</strong>",
            r#"href="https://roster.example/-/invites/TOKEN""#,
            r#"href="https://roster.example/-/invites/TOKEN/decline""#,
        ] {
            assert!(said.html.contains(part), "{nth}: no {part}: {}", said.html);
        }
        assert_eq!(said.text.contains("10 days"), nth == 3);
        assert_eq!(said.html.contains("10 days"), nth == 3);
    }
    assert!(
        words_with_link(reminder(1, Some("Security Auditor")))
            .text
            .contains("role: security auditor.")
    );
}

#[test]
fn whoever_invited_hears_what_became_of_it() {
    let accepted = words(Notice::InvitationAccepted {
        user: USER,
        address: ADDRESS.to_owned(),
        member: "Nora New".to_owned(),
        place: tools(),
    });
    assert_eq!(accepted.subject, "Invitation accepted");
    insta::assert_snapshot!(accepted.text, @r"
    Hi Ann Lee!

    Nora New (new@acme.example) accepted your invitation to join the Acme / Tools group.

    https://roster.example/groups/acme/tools

    -- 
    You receive this mail because of your account on https://roster.example.
    ");
    assert!(
        accepted
            .html
            .contains("<strong>Nora New</strong> (new@acme.example) accepted your invitation"),
        "{}",
        accepted.html
    );
    let declined = words(Notice::InvitationDeclined {
        user: USER,
        address: ADDRESS.to_owned(),
        place: tools(),
    });
    assert_eq!(declined.subject, "Invitation declined");
    insta::assert_snapshot!(declined.text, @r"
    Hi Ann Lee!

    new@acme.example declined your invitation to join the Acme / Tools group.

    https://roster.example/groups/acme/tools

    -- 
    You receive this mail because of your account on https://roster.example.
    ");
    for html in [accepted.html, declined.html] {
        let link = r#"<a href="https://roster.example/groups/acme/tools">Acme / Tools</a> group"#;
        assert!(html.contains(link), "{html}");
    }
}

#[test]
fn names_in_an_invitation_are_neither_headers_nor_html() {
    let place = Place {
        full_name: "<script>alert(1)</script>\r\nX-Evil: 1".to_owned(),
        ..tools()
    };
    for inviter in [None, Some("Eve\r\nBcc: eve@evil.example <b>")] {
        let (letter, _) = letter_with_link(invited(inviter, place.clone(), Some("\"><img src=x>\r\n\r\n")));
        let message = message(&letter);
        let (headers, _) = message.split_once("\r\n\r\n").unwrap();
        assert!(!headers.contains("\nBcc") && !headers.contains("\nX-Evil"), "{headers}");
        let html = letterhead().words(&letter).unwrap().html;
        assert!(
            !html.contains("<script") && !html.contains("<img") && !html.contains("<b>"),
            "{html}"
        );
        assert!(html.contains("&lt;script&gt;"), "{html}");
    }
}

#[test]
fn a_name_that_reads_backwards_does_not_turn_the_subject_around() {
    let said = words_with_link(invited(Some("Eve \u{202e}moc.elpmaxe\u{2066} Lee"), tools(), None));
    assert_eq!(said.subject, "Eve moc.elpmaxe Lee invited you to join roster");
}

#[test]
fn an_address_outside_ascii_is_written_so_that_any_server_takes_its_domain() {
    let (mut letter, _) = letter_with_link(invited(None, tools(), None));
    letter.address = "new@bücher.example".to_owned();
    let message = letterhead().compose(&letter).unwrap();
    assert_eq!(message.envelope().to()[0].to_string(), "new@xn--bcher-kva.example");
}

#[test]
fn a_letter_tells_its_token_to_nobody_who_only_looks_at_it() {
    let (letter, token) = letter_with_link(invited(None, tools(), None));
    assert!(!format!("{letter:?}").contains(&token));
}
