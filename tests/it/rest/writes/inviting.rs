//! Inviting by `POST …/invitations`.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Outcome, Stage, error, forbidden, message};
use crate::support::world::{Group, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    addresses_and_numbers_come_in_every_form,
    faults_of_parameters_come_before_the_source_and_the_right,
    a_list_with_a_bad_address_is_refused_whole,
    whom_an_address_belongs_to_is_a_member_at_once,
    an_address_of_nobody_is_invited_once,
    who_fails_is_told_by_the_name_that_was_sent,
    an_entry_says_why_it_failed,
    addresses_must_be_of_the_domains_that_the_hierarchy_takes,
    levels_are_given_as_far_as_ones_own_goes,
    too_many_and_locked_are_told_in_place_of_results,
    inviting_takes_an_owner_in_a_group_and_a_maintainer_in_a_project,
    a_synced_group_refuses_everybody,
    several_members_with_addresses_among_them_are_invited_too,
    who_is_removed_takes_the_invitations_along,
);

const GROUP: &str = "/groups/acme";
const PROJECT: &str = "/projects/acme%2Fp";

fn place() -> World {
    World::new()
        .user("bob", |user| user)
        .user("cid", |user| user.set("public_email", "Cid@Public.example"))
        .group("acme", |group| group.set("name", "Acme").owner("ann").developer("dan"))
        .group("acme/tools", |group| group)
        .project("acme/p", |project| project.maintainer("mia"))
}

fn success() -> Outcome {
    (201, json!({"status": "success"}).to_string())
}

fn failed(texts: &Value) -> Outcome {
    (201, json!({"status": "error", "message": texts}).to_string())
}

fn refused(text: &str, reason: &str) -> Outcome {
    let body = json!({"status": "error", "message": text, "reason": reason});
    (201, body.to_string())
}

impl Stage {
    /// Invites `who`, as the call takes them.
    async fn invite(&self, by: &str, source: &str, who: Value) -> Outcome {
        let mut body = json!({"access_level": 30});
        for (key, value) in who.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.add(by, &format!("{source}/invitations"), body).await
    }

    /// The addresses that are invited there.
    async fn invited(&self, source: &str) -> Vec<String> {
        let list = self.read(&format!("{source}/invitations?per_page=100")).await;
        let text = |row: &Value| row["invite_email"].as_str().unwrap().to_owned();
        list.as_array().unwrap().iter().map(text).collect()
    }

    /// The subjects of all mail so far, each behind the address that it went to.
    async fn mail(&self) -> Vec<String> {
        let mail = self.app.mail().await.into_iter();
        mail.map(|mail| format!("{}: {}", mail.to, mail.subject)).collect()
    }
}

async fn addresses_and_numbers_come_in_every_form(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let path = format!("{GROUP}/invitations");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let json = ("content-type", "application/json");
    for (headers, body) in [
        (form, "access_level=30&email=a%40x.example%2C+b%40x.example"),
        (form, "access_level=30&email[]=a%40x.example&email[]=b%40x.example"),
        (form, "access_level=30&email[]=a%40x.example%2Cb%40x.example"),
        (json, r#"{"access_level": 30, "email": "a@x.example,b@x.example"}"#),
        (
            json,
            r#"{"access_level": "30", "email": [" a@x.example", "b@x.example,", "a@x.example"]}"#,
        ),
    ] {
        let answer = stage.by("ann").with(Method::POST, &path, &[headers], body).await;
        assert_eq!((answer.status.as_u16(), answer.text()), success(), "{body}");
        assert_eq!(stage.invited(GROUP).await, ["a@x.example", "b@x.example"], "{body}");
        for address in ["a%40x.example", "b%40x.example"] {
            assert_eq!(stage.delete("ann", &format!("{path}/{address}")).await.0, 204);
        }
    }
    let (bob, cid) = (stage.number_of("bob"), stage.number_of("cid"));
    for who in [
        json!({"user_id": format!("{bob}, {cid}")}),
        json!({"user_id": [bob, cid, bob]}),
        json!({"user_id": [bob.to_string(), format!("{cid},99999,word")]}),
        json!({"user_id": bob, "email": "cid@public.example"}),
    ] {
        assert_eq!(stage.invite("ann", GROUP, who.clone()).await, success(), "{who}");
        for user in ["bob", "cid"] {
            assert_eq!(stage.level(GROUP, user).await, Some(30), "{who}");
            stage.delete("ann", &stage.member(GROUP, user)).await;
        }
    }
    let nobody = json!({"user_id": "99999,word"});
    assert_eq!(stage.invite("ann", GROUP, nobody).await, success());
    assert_eq!(stage.invited(GROUP).await, Vec::<String>::new());
}

async fn faults_of_parameters_come_before_the_source_and_the_right(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    for source in [GROUP, PROJECT, "/groups/nowhere", "/projects/7"] {
        let path = format!("{source}/invitations");
        for (by, body, expected) in [
            ("nobody", json!({}), message(401, "401 Unauthorized")),
            (
                "dan",
                json!({"email": "a@x.example"}),
                error(400, "access_level is missing"),
            ),
            (
                "dan",
                json!({"access_level": 25, "email": "a b@x.example", "expires_at": "soon"}),
                error(
                    400,
                    "access_level does not have a valid value, email contains an invalid email address, expires_at is invalid",
                ),
            ),
            (
                "dan",
                json!({"access_level": "high", "email": "a@x.example"}),
                error(400, "access_level is invalid"),
            ),
            (
                "dan",
                json!({"access_level": 0, "email": "a@x.example"}),
                error(400, "access_level does not have a valid value"),
            ),
            (
                "dan",
                json!({"access_level": "", "email": "a@x.example"}),
                error(400, "access_level does not have a valid value"),
            ),
            (
                "dan",
                json!({"access_level": 30}),
                message(
                    400,
                    "400 Bad request - Must provide either email or user_id as a parameter",
                ),
            ),
            (
                "dan",
                json!({"access_level": 30, "email": " , ", "user_id": []}),
                message(
                    400,
                    "400 Bad request - Must provide either email or user_id as a parameter",
                ),
            ),
        ] {
            assert_eq!(
                stage.post(by, &path, body.clone()).await,
                expected,
                "{source} {by} {body}"
            );
        }
    }
    let invite = json!({"email": "a@x.example"});
    assert_eq!(
        stage.invite("dan", "/groups/nowhere", invite.clone()).await,
        message(404, "404 Group Not Found")
    );
    assert_eq!(
        stage.invite("bob", PROJECT, invite.clone()).await,
        message(404, "404 Project Not Found")
    );
    assert_eq!(stage.invite("dan", GROUP, invite.clone()).await, forbidden());
    let owner = json!({"email": "a@x.example", "access_level": 50});
    let before = stage.traces().await;
    assert_eq!(
        stage.invite("mia", PROJECT, owner).await,
        forbidden(),
        "no owner of a project by its maintainers"
    );
    assert_eq!(stage.traces().await, before);
}

async fn a_list_with_a_bad_address_is_refused_whole(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let before = stage.traces().await;
    let long = format!("{}@x.example", "y".repeat(65));
    for bad in [
        "word",
        "@x.example",
        "a@",
        "a@localhost",
        "a@x..example",
        "a b@x.example",
        ".a@x.example",
        "a.@x.example",
        "a..b@x.example",
        &long,
        "\u{212a}im@x.example",
        "a@x.example\r\nBcc: b@x.example",
    ] {
        for by in ["ann", "dan"] {
            let outcome = stage.invite(by, GROUP, json!({"email": ["good@x.example", bad]})).await;
            assert_eq!(
                outcome,
                error(400, "email contains an invalid email address"),
                "{bad:?}"
            );
        }
    }
    assert_eq!(stage.traces().await, before);
    for good in ["Zo\u{eb}@EX\u{c4}MPLE.com", "o'hara+tag@mail.x.example"] {
        assert_eq!(
            stage.invite("ann", GROUP, json!({"email": [good]})).await,
            success(),
            "{good}"
        );
    }
    assert_eq!(
        stage.invited(GROUP).await,
        ["zo\u{eb}@ex\u{e4}mple.com", "o'hara+tag@mail.x.example"]
    );
}

async fn whom_an_address_belongs_to_is_a_member_at_once(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .user("cid", |user| user.set("public_email", "Cid@Public.example"))
        .user("out", |user| user.set("state", "blocked"))
        .group("acme", |group| {
            group
                .owner("ann")
                .member("dan", 40, |row| row.until("2030-01-01"))
                .requested_by("req", |row| row)
        });
    let stage = Stage::new(app, &world).await;
    for (address, who) in [
        ("BOB@example.com", "bob"),
        ("cid@public.example", "cid"),
        ("out@example.com", "out"),
        ("dan@example.com", "dan"),
        ("req@example.com", "req"),
    ] {
        let rows = stage.count("members").await;
        assert_eq!(stage.invite("ann", GROUP, json!({"email": address})).await, success());
        let member = stage.read(&stage.member(GROUP, who)).await;
        assert_eq!(
            (&member["access_level"], &member["expires_at"]),
            (&json!(30), &Value::Null),
            "{who}"
        );
        let made = i64::from(!["dan", "req"].contains(&who));
        assert_eq!(stage.count("members").await, rows + made, "{who}");
    }
    assert_eq!(stage.invited(GROUP).await, Vec::<String>::new());
    assert_eq!(stage.read("/groups/acme/access_requests").await, json!([]));
    let granted = "Access to the acme group was granted";
    let mail = ["bob", "cid", "dan", "req"].map(|who| format!("{who}@example.com: {granted}"));
    assert_eq!(stage.mail().await, mail, "no invitation, and none to who is blocked");
    let again = json!({"email": "bob@example.com", "user_id": stage.number_of("bob"), "access_level": 20});
    assert_eq!(stage.invite("ann", GROUP, again).await, success());
    assert_eq!(stage.level(GROUP, "bob").await, Some(20), "a lower level too");
}

async fn an_address_of_nobody_is_invited_once(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    for (source, by) in [(GROUP, "ann"), (PROJECT, "mia")] {
        let invite = json!({"email": "New@Example.COM", "expires_at": "2030-01-02T22:00:00-08:00"});
        assert_eq!(stage.invite(by, source, invite).await, success());
        let first = stage.read(&format!("{source}/invitations")).await;
        assert_eq!(first.as_array().map(Vec::len), Some(1));
        let id = first[0]["id"].as_i64().unwrap();
        let made = first[0]["created_at"].clone();
        let name = if by == "ann" { "Ann" } else { "Mia" };
        assert_eq!(
            first[0].to_string(),
            json!({
                "access_level": 30, "created_at": made, "expires_at": "2030-01-02", "invite_email": "new@example.com",
                "created_by_name": name, "id": id, "invited_at": made, "email": "new@example.com",
            })
            .to_string()
        );
        let event = stage.last_event(source).await;
        let details = &event["details"];
        assert_eq!(
            (
                &event["event_name"],
                &details["target_id"],
                &details["target_details"],
                &details["member_id"]
            ),
            (
                &json!("member_created"),
                &Value::Null,
                &json!("Created Member"),
                &json!(id)
            )
        );

        // Once more: another level, by somebody else.
        stage.app.later(std::time::Duration::from_hours(1));
        let again = json!({"email": "NEW@example.com", "access_level": 20});
        assert_eq!(stage.invite("root", source, again).await, success());
        let second = stage.read(&format!("{source}/invitations")).await;
        let same = ["id", "created_at", "created_by_name", "invite_email"];
        assert!(
            same.iter().all(|field| second[0][*field] == first[0][*field]),
            "{second}"
        );
        assert_eq!(
            (&second[0]["access_level"], &second[0]["expires_at"]),
            (&json!(20), &Value::Null)
        );
        let details = &stage.last_event(source).await["details"];
        assert_eq!(
            (
                &details["event_name"],
                &details["target_details"],
                &details["from"],
                &details["to"]
            ),
            (
                &json!("member_updated"),
                &json!("Updated Member"),
                &json!("Default role: Developer"),
                &json!("Default role: Reporter")
            )
        );
        // Nothing changed: nothing noted.
        let before = stage.traces().await;
        let same = json!({"email": "new@example.com", "access_level": 20});
        assert_eq!(stage.invite("root", source, same).await, success());
        assert_eq!(stage.traces().await, before);
    }
    assert_eq!(stage.count("outbox").await, 2, "one mail an invitation");
    let all = stage.read(&format!("{GROUP}/members/all")).await;
    assert!(!all.to_string().contains("new@example.com"), "no member by it");
}

async fn who_fails_is_told_by_the_name_that_was_sent(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let above = "Access level should be greater than or equal to Developer inherited membership from group Acme";
    let who = json!({
        "email": ["Fresh@x.example", "FRESH@x.example", "Dan@Example.com", "Fresh@x.example"],
        "user_id": [stage.number_of("dan"), stage.number_of("bob")],
        "access_level": 20,
    });
    assert_eq!(
        stage.invite("ann", "/groups/acme%2Ftools", who).await,
        failed(&json!({
            "Dan@Example.com": above,
            "FRESH@x.example": "The member's email address has already been taken",
        })),
        "one person is one entry"
    );
    assert_eq!(stage.invited("/groups/acme%2Ftools").await, ["fresh@x.example"]);
    assert_eq!(stage.level("/groups/acme%2Ftools", "bob").await, Some(20));
    let by_number = json!({"user_id": [stage.number_of("dan")], "access_level": 20});
    assert_eq!(
        stage.invite("ann", "/groups/acme%2Ftools", by_number).await,
        failed(&json!({ "dan": above }))
    );
}

async fn an_entry_says_why_it_failed(app: TestApp) {
    let world = place()
        .user("bot", |user| user.set("user_type", "project_bot"))
        .group("other", |group| group.guest("bot"))
        .role("acme", "Auditor", 30)
        .role("other", "Stranger", 30);
    let stage = Stage::new(app, &world).await;
    let unlisted = "Access level is not included in the list";
    let past = "Expires at cannot be a date in the past";
    let top = "Access level supported on top level groups only";
    let roles = stage.world["member_roles"].as_array().unwrap();
    let role = |name: &str| roles.iter().find(|role| role["name"] == name).unwrap()["id"].clone();
    let yesterday = (crate::support::now().date_naive() - chrono::Days::new(1)).to_string();
    let before = stage.invited(GROUP).await;
    for (source, change, text) in [
        (GROUP, json!({"expires_at": yesterday}), past.to_owned()),
        (PROJECT, json!({"access_level": 5}), unlisted.to_owned()),
        (
            "/groups/acme%2Ftools",
            json!({"access_level": 5}),
            format!("{unlisted} and {top}"),
        ),
        (
            "/groups/acme%2Ftools",
            json!({"access_level": 5, "expires_at": yesterday}),
            format!("{unlisted}, {top}, and {past}"),
        ),
        (
            GROUP,
            json!({"member_role_id": role("Auditor"), "access_level": 20}),
            "Member role the custom role's base access level does not match the current access level".to_owned(),
        ),
        (
            GROUP,
            json!({"member_role_id": role("Stranger")}),
            "Member namespace must be in same hierarchy as custom role's namespace".to_owned(),
        ),
        (
            GROUP,
            json!({"member_role_id": 99999}),
            "Member role not found".to_owned(),
        ),
    ] {
        for (key, key_of_answer) in [("email", "new@x.example"), ("user_id", "bob")] {
            let mut who = change.clone();
            who[key] = if key == "email" {
                json!("new@x.example")
            } else {
                json!(stage.number_of("bob"))
            };
            assert_eq!(
                stage.invite("root", source, who.clone()).await,
                failed(&json!({ key_of_answer: text })),
                "{source} {who}"
            );
        }
    }
    let today = json!({"email": "today@x.example", "expires_at": crate::support::now().date_naive().to_string()});
    assert_eq!(stage.invite("ann", GROUP, today).await, success(), "today is fine");
    let minimal = json!({"email": "min@x.example", "access_level": 5});
    assert_eq!(stage.invite("ann", GROUP, minimal).await, success());
    let with_role = json!({"email": "role@x.example", "member_role_id": role("Auditor")});
    assert_eq!(stage.invite("ann", GROUP, with_role).await, success());
    assert_eq!(
        stage.invited(GROUP).await,
        ["today@x.example", "min@x.example", "role@x.example"],
        "{before:?}"
    );
    for (user, text) in [
        ("ann", "not authorized to update member"),
        ("bot", "User project bots cannot be added to other groups / projects"),
    ] {
        let who = json!({"user_id": stage.number_of(user)});
        assert_eq!(stage.invite("root", GROUP, who).await, failed(&json!({ user: text })));
    }
}

async fn addresses_must_be_of_the_domains_that_the_hierarchy_takes(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user.set("email", "bob@acme.example"))
        .user("eve", |user| user)
        .group("acme", |group| {
            group
                .setting("allowed_email_domains", json!(["acme.example"]))
                .owner("ann")
        })
        .group("acme/tools", |group| group)
        .project("acme/p", |project| project);
    let stage = Stage::new(app, &world).await;
    let setting = "Go to the group’s &#39;Settings &gt; General&#39; page, and check &#39;Restrict membership by email domain&#39;.";
    for (source, noun) in [
        (GROUP, "group"),
        ("/groups/acme%2Ftools", "group"),
        (PROJECT, "project"),
    ] {
        for (by, advice) in [("ann", "Check with your administrator."), ("root", setting)] {
            let text = format!("The member's email address is not allowed for this {noun}. {advice}");
            let who = json!({
                "email": ["in@ACME.example", "x@sub.acme.example", "x@notacme.example"],
                "user_id": [stage.number_of("bob"), stage.number_of("eve")],
            });
            assert_eq!(
                stage.invite(by, source, who).await,
                failed(&json!({"eve": text, "x@notacme.example": text, "x@sub.acme.example": text})),
                "{source} {by}"
            );
        }
        assert_eq!(stage.invited(source).await, ["in@acme.example"]);
    }
}

async fn levels_are_given_as_far_as_ones_own_goes(app: TestApp) {
    let world = place()
        .role_that("acme", "Manager", 20, "admin_group_member")
        .group("acme/sub", |group| {
            group.member("man", 20, |row| row.with_role("Manager"))
        })
        .group("home", |group| group.owner("zoe").member("min", 5, |row| row))
        .project("home/p", |project| {
            project.member("pla", 15, |row| row).maintainer("mia")
        });
    let stage = Stage::new(app, &world).await;
    let above = "the member access level can't be higher than the current user's one";
    for (by, source, level, text) in [
        ("mia", PROJECT, 40, None),
        ("mia", PROJECT, 15, Some(above)),
        ("ann", PROJECT, 15, None),
        ("man", "/groups/acme%2Fsub", 20, None),
        ("man", "/groups/acme%2Fsub", 30, Some(above)),
        ("man", "/groups/acme%2Fsub", 50, Some(above)),
    ] {
        let who = json!({"email": "n@x.example", "access_level": level});
        let expected = text.map_or_else(success, |text| failed(&json!({"n@x.example": text})));
        assert_eq!(stage.invite(by, source, who).await, expected, "{by} {source} {level}");
        stage
            .delete("root", &format!("{source}/invitations/n%40x.example"))
            .await;
    }
}

async fn too_many_and_locked_are_told_in_place_of_results(app: TestApp) {
    let world = World::new()
        .group("acme", |group| group.owner("ann"))
        .group("acme/locked", |group| group.setting("membership_lock", true))
        .project("acme/locked/p", |project| project.maintainer("mia"))
        .project("acme/p", |project| project);
    let stage = Stage::new(app, &world).await;
    let before = stage.traces().await;
    let many: Vec<_> = (0..61).map(|n| format!("n{n}@x.example")).collect();
    let ids: Vec<_> = (1..=40).collect();
    let too_many = refused("Too many users specified (limit is 100)", "too_many_invites_error");
    let who = json!({"email": many, "user_id": ids});
    assert_eq!(stage.invite("ann", PROJECT, who.clone()).await, too_many);
    let locked = refused("Membership is locked for this group", "membership_locked_error");
    for by in ["mia", "ann", "root"] {
        let one = json!({"email": "new@x.example"});
        assert_eq!(
            stage.invite(by, "/projects/acme%2Flocked%2Fp", one).await,
            locked,
            "{by}"
        );
    }
    assert_eq!(stage.invite("mia", "/projects/acme%2Flocked%2Fp", who).await, too_many);
    assert_eq!(stage.traces().await, before);
    let group = json!({"email": "new@x.example"});
    assert_eq!(
        stage.invite("ann", "/groups/acme%2Flocked", group).await,
        success(),
        "only projects are locked"
    );
}

async fn inviting_takes_an_owner_in_a_group_and_a_maintainer_in_a_project(app: TestApp) {
    let members = |source: Group| {
        source
            .guest("gus")
            .reporter("rep")
            .developer("dev")
            .maintainer("mia")
            .owner("own")
            .requested_by("req", |row| row)
    };
    let world = World::new()
        .user("sid", |user| user)
        .group("acme", |group| {
            members(group.public().invited("dev@example.com", 50, |row| row)).member("min", 5, |row| row)
        })
        .group("home", |group| group.public().owner("ann"))
        .project("home/p", |project| members(project.public()));
    let stage = Stage::new(app, &world).await;
    for (who, in_group, in_project) in [
        ("nobody", 401, 401),
        ("sid", 403, 403),
        ("req", 403, 403),
        ("min", 403, 403),
        ("gus", 403, 403),
        ("rep", 403, 403),
        ("dev", 403, 403),
        ("mia", 403, 201),
        ("own", 201, 201),
        ("root", 201, 201),
    ] {
        for (source, expected) in [(GROUP, in_group), ("/projects/home%2Fp", in_project)] {
            let new = json!({"email": "new@x.example", "access_level": 10});
            let path = format!("{source}/invitations");
            let one = format!("{path}/new%40x.example");
            assert_eq!(stage.invite(who, source, new).await.0, expected, "{who} {source}");
            let read = if expected == 201 { 200 } else { expected };
            let answer = stage.by(who).get(&path).await;
            assert_eq!(answer.status.as_u16(), read, "{who} {source}: {}", answer.text());
            let change = json!({"access_level": 20});
            assert_eq!(stage.put(who, &one, change).await.0, read, "{who} {source}");
            let gone = if expected == 201 { 204 } else { expected };
            assert_eq!(stage.delete(who, &one).await.0, gone, "{who} {source}");
        }
    }
    assert_eq!(
        stage
            .delete("dev", &format!("{GROUP}/invitations/dev%40example.com"))
            .await,
        forbidden(),
        "whom it invites has no right over it"
    );
}

async fn a_synced_group_refuses_everybody(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .user("svc", |user| user.set("user_type", "service_account"))
        .group("acme", |group| {
            group
                .set(
                    "ldap_links",
                    json!([{"provider": "ldapmain", "cn": "devs", "access_level": 30}]),
                )
                .owner("ann")
                .invited("new@x.example", 30, |row| row)
        });
    let stage = Stage::new(app, &world).await;
    let one = format!("{GROUP}/invitations/new%40x.example");
    for by in ["ann", "root"] {
        for who in [
            json!({"email": "x@x.example"}),
            json!({"user_id": stage.number_of("svc")}),
        ] {
            assert_eq!(stage.invite(by, GROUP, who).await, forbidden());
        }
        let list = stage.by(by).get(&format!("{GROUP}/invitations")).await;
        assert_eq!((list.status.as_u16(), list.text()), forbidden());
        assert_eq!(stage.put(by, &one, json!({"access_level": 20})).await, forbidden());
        assert_eq!(stage.delete(by, &one).await, forbidden());
    }
}

async fn several_members_with_addresses_among_them_are_invited_too(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let body = json!({"user_id": format!("{},new@x.example,cid@public.example,word", stage.number_of("bob")), "access_level": 20});
    let path = format!("{GROUP}/members");
    assert_eq!(stage.add("ann", &path, body).await, success());
    assert_eq!(stage.invited(GROUP).await, ["new@x.example"]);
    assert_eq!(stage.level(GROUP, "cid").await, Some(20));
    let failing = json!({"user_id": "new@x.example,other@x.example", "access_level": 77});
    let unlisted = "Access level is not included in the list";
    assert_eq!(
        stage.add("ann", &path, failing).await,
        failed(&json!(format!(
            "new@x.example: {unlisted} and other@x.example: {unlisted}"
        )))
    );
}

async fn who_is_removed_takes_the_invitations_along(app: TestApp) {
    let invited = |source: Group, by: &str| {
        source
            .invited(&format!("{by}1@x.example"), 30, |row| row.by(by))
            .invited("ann1@x.example", 30, |row| row.by("ann"))
    };
    let world = World::new()
        .group("acme", |group| invited(group.owner("ann").owner("own"), "own"))
        .group("acme/tools", |group| invited(group, "own"))
        .project("acme/tools/p", |project| invited(project.owner("own"), "own"))
        .group("other", |group| invited(group.owner("own"), "own"));
    let stage = Stage::new(app, &world).await;
    let places = [
        GROUP,
        "/groups/acme%2Ftools",
        "/projects/acme%2Ftools%2Fp",
        "/groups/other",
    ];
    assert_eq!(
        stage
            .delete("ann", &stage.member("/projects/acme%2Ftools%2Fp", "own"))
            .await
            .0,
        204
    );
    let left = |own: [bool; 4]| {
        let of_one = |own: bool| {
            if own {
                vec!["own1@x.example", "ann1@x.example"]
            } else {
                vec!["ann1@x.example"]
            }
        };
        own.map(of_one)
    };
    let mut now = vec![];
    for place in places {
        now.push(stage.invited(place).await);
    }
    assert_eq!(now, left([true, true, false, true]));
    let kept = format!("{}?skip_subresources=true", stage.member(GROUP, "own"));
    let again = json!({"user_id": stage.number_of("own"), "access_level": 50});
    assert_eq!(stage.delete("ann", &kept).await.0, 204);
    assert_eq!(stage.invited(GROUP).await.len(), 2, "kept");
    stage.post("ann", &format!("{GROUP}/members"), again).await;
    assert_eq!(stage.delete("ann", &stage.member(GROUP, "own")).await.0, 204);
    let mut now = vec![];
    for place in places {
        now.push(stage.invited(place).await);
    }
    assert_eq!(now, left([false, false, false, true]));
}
