//! Mail about invitations.

use super::*;
use crate::types::{MemberId, Secret};

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
