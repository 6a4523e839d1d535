mod invited;

use chrono::DateTime;

use super::*;
use crate::mail::Letterhead;
use crate::types::{AccessLevel, GroupId, ProjectId, Source, UserId};

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
