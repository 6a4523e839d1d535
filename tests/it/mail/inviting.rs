//! Mail to addresses that are invited: the one kind that carries a secret, and goes to people without an account.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use roster::domain::notices::{self, Letter, Mailer, NotSent, Notice, Outcome};
use roster::entity::{invitation_token, outbox};
use roster::mail::Letterhead;
use roster::types::{AccessLevel, MemberId};
use sea_orm::EntityTrait as _;
use serde_json::json;

use super::{execute, queue, rows, tools};
use crate::support::world::World;
use crate::support::{Mail, TestApp, level, now, on_both_databases};

on_both_databases!(
    whoever_is_invited_gets_a_mail_whose_link_can_be_accepted,
    neither_the_outbox_nor_a_letter_that_is_looked_at_holds_the_token,
    each_try_makes_a_link_and_all_of_them_are_good,
    a_crash_before_the_mark_makes_two_mails_with_a_link_each,
    an_invitation_that_is_gone_or_answered_by_then_is_not_sent,
    on_the_last_day_one_is_invited_but_no_longer_reminded,
    a_mail_that_is_asked_for_again_has_a_link_of_its_own,
    all_addresses_of_a_call_get_a_mail_each,
    the_address_counts_as_it_is_when_the_mail_leaves,
    a_database_that_takes_no_link_delays_the_mail,
);

const ADDRESS: &str = "new@example.org";

async fn people(app: &TestApp) {
    let world = World::new()
        .user("ann", |user| user.set("name", "Ann Lee"))
        .user("newt", |user| user.set("email", "other@example.org"))
        .group("acme", |group| group.set("name", "Acme").owner("ann"));
    app.import(&world.json()).await;
}

async fn invite(app: &TestApp, addresses: &str) {
    let body = json!({"email": addresses, "access_level": 30});
    let told = app
        .token("ann-api")
        .post("/groups/acme/invitations", &body)
        .await
        .expect(201);
    assert_eq!(told.json(), json!({"status": "success"}));
}

/// As `newt` goes after a link.
async fn follow(app: &TestApp, token: &str, step: &str) -> u16 {
    let path = format!("/-/invites/{token}{step}");
    let method = if step.is_empty() { "GET" } else { "POST" };
    let request = axum::http::Request::builder().method(method).uri(path);
    let answer = app
        .token("newt-api")
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await;
    answer.status.as_u16()
}

fn token(mail: &Mail) -> String {
    let (_, rest) = mail
        .text
        .split_once("https://roster.example/-/invites/")
        .expect("a link");
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn only_row(app: &TestApp) -> outbox::Model {
    outbox::Entity::find().one(&app.db.conn()).await.unwrap().unwrap()
}

async fn outcomes(app: &TestApp) -> Vec<Outcome> {
    let attempts = app.deliver().await;
    attempts.into_iter().map(|attempt| attempt.outcome).collect()
}

async fn whoever_is_invited_gets_a_mail_whose_link_can_be_accepted(app: TestApp) {
    people(&app).await;
    invite(&app, "New@Example.org").await;
    let theirs = "UPDATE users SET public_email = 'new@example.org', public_email_norm = 'new@example.org' WHERE username = 'newt'";
    execute(&app, theirs).await;

    let [mail] = &app.mail().await[..] else {
        panic!("one mail")
    };
    assert_eq!(
        (mail.to.as_str(), mail.subject.as_str()),
        (ADDRESS, "Ann Lee invited you to join roster")
    );
    assert!(
        mail.text
            .contains("join the Acme group on roster with the following role: Developer."),
        "{}",
        mail.text
    );
    let token = token(mail);
    assert!(
        mail.html
            .contains(&format!("/-/invites/{token}?invite_type=initial_email\"")),
        "{}",
        mail.html
    );

    assert_eq!(follow(&app, &token, "").await, 200);
    assert_eq!(follow(&app, &token, "/accept").await, 200);
    let subjects: Vec<_> = app
        .mail()
        .await
        .iter()
        .map(|mail| format!("{} to {}", mail.subject, mail.to))
        .collect();
    assert_eq!(subjects[1..].len(), 2);
    assert!(
        subjects.contains(&"Invitation accepted to ann@example.com".to_owned()),
        "{subjects:?}"
    );
    assert!(
        subjects.contains(&"Access to the Acme group was granted to other@example.org".to_owned()),
        "{subjects:?}"
    );
}

/// Keeps what a mailer is given to look at, and the tokens.
#[derive(Debug, Default)]
struct Curious {
    seen: Mutex<Vec<String>>,
    tokens: Mutex<Vec<String>>,
}

impl Mailer for Curious {
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), NotSent>> {
        self.seen.lock().unwrap().push(format!("{letter:?} {letter:#?}"));
        let link = letter.link.as_ref().expect("a link");
        self.tokens.lock().unwrap().push(link.token.reveal().to_owned());
        // A mail server may quote what it was sent.
        let said = format!("554 spam: see https://roster.example/-/invites/{}", link.token.reveal());
        Box::pin(async { Err(NotSent(said)) })
    }
}

async fn neither_the_outbox_nor_a_letter_that_is_looked_at_holds_the_token(app: TestApp) {
    people(&app).await;
    invite(&app, ADDRESS).await;
    let before = only_row(&app).await;
    let curious = Curious::default();
    let attempts = notices::deliver(&app.system(), &curious, || 1.0).await.unwrap();
    let after = only_row(&app).await;

    let tokens = curious.tokens.lock().unwrap().clone();
    let [token] = &tokens[..] else { panic!("{tokens:?}") };
    assert!(
        token.len() >= 22 && token.chars().all(|c| c.is_ascii_alphanumeric()),
        "{token}"
    );
    let seen = curious.seen.lock().unwrap().join(" ");
    for told in [format!("{before:?} {after:?}"), seen, format!("{attempts:?}")] {
        assert!(!told.contains(token), "{told}");
    }
    assert_eq!(after.payload, before.payload);
    let stored = invitation_token::Entity::find().all(&app.db.conn()).await.unwrap();
    let digests: Vec<_> = stored.into_iter().map(|link| link.digest).collect();
    assert_eq!(digests, [roster::types::digest(token)]);
}

async fn each_try_makes_a_link_and_all_of_them_are_good(app: TestApp) {
    people(&app).await;
    invite(&app, ADDRESS).await;
    let curious = Curious::default();
    for _ in 0..3 {
        let tried = notices::deliver(&app.system(), &curious, || 1.0).await.unwrap();
        assert!(matches!(tried[0].outcome, Outcome::Failed(_)), "{tried:?}");
        app.later(Duration::from_hours(1));
    }
    let tokens = curious.tokens.lock().unwrap().clone();
    let mut different = tokens.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 3);
    // Any of them may have arrived in spite of what the mail server said.
    for token in &tokens {
        assert_eq!(follow(&app, token, "").await, 200);
    }
    assert_eq!(follow(&app, &tokens[0], "/decline").await, 200);
    for token in &tokens {
        assert_eq!(follow(&app, token, "").await, 404);
    }
    assert_eq!(rows(&app, "kind = 'invited' AND delivered_at IS NULL").await, 1);
    app.later(Duration::from_hours(1));
    // What is still owed has nobody left to go to.
    let outcomes = outcomes(&app).await;
    assert!(outcomes.contains(&Outcome::Untold), "{outcomes:?}");
}

/// Sends, and never comes back to say so.
#[derive(Debug)]
struct Crash {
    mailer: crate::support::Mailbox,
    sent: tokio::sync::Notify,
}

impl Mailer for Crash {
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), NotSent>> {
        Box::pin(async move {
            self.mailer.send(letter).await?;
            self.sent.notify_one();
            std::future::pending().await
        })
    }
}

async fn a_crash_before_the_mark_makes_two_mails_with_a_link_each(app: TestApp) {
    people(&app).await;
    invite(&app, ADDRESS).await;
    let crash = Arc::new(Crash {
        mailer: app.mailbox.clone(),
        sent: tokio::sync::Notify::new(),
    });
    let (ctx, mailer) = (app.system(), Arc::clone(&crash));
    let deliverer = tokio::spawn(async move { notices::deliver(&ctx, &*mailer, || 1.0).await });
    crash.sent.notified().await;
    deliverer.abort();
    assert!(deliverer.await.unwrap_err().is_cancelled());
    app.later(Duration::from_mins(1));

    let mail = app.mail().await;
    assert_eq!(mail.len(), 2);
    // By its number its receiver can tell that it is the same one; either link will do.
    assert_eq!(mail[0].id, mail[1].id);
    let tokens = [token(&mail[0]), token(&mail[1])];
    assert_ne!(tokens[0], tokens[1]);
    for token in &tokens {
        assert_eq!(follow(&app, token, "").await, 200);
    }
}

async fn an_invitation_that_is_gone_or_answered_by_then_is_not_sent(app: TestApp) {
    people(&app).await;
    invite(&app, "one@example.org,two@example.org,three@example.org").await;
    let gone = app
        .token("ann-api")
        .delete("/groups/acme/invitations/one%40example.org")
        .await;
    gone.expect(204);
    execute(
        &app,
        "UPDATE members SET user_id = 3, accepted_at = created_at WHERE invite_email = 'two@example.org'",
    )
    .await;
    execute(
        &app,
        "UPDATE members SET expires_at = '2026-11-20' WHERE invite_email = 'three@example.org'",
    )
    .await;

    assert_eq!(
        outcomes(&app).await,
        [Outcome::Untold, Outcome::Untold, Outcome::Untold]
    );
    assert!(app.mailbox.mail().is_empty());
    assert_eq!(rows(&app, "delivered_at IS NULL").await, 0);
    // And no link is made for nothing.
    assert!(
        invitation_token::Entity::find()
            .one(&app.db.conn())
            .await
            .unwrap()
            .is_none()
    );
}

async fn on_the_last_day_one_is_invited_but_no_longer_reminded(app: TestApp) {
    let world = World::new().group("acme", |group| {
        group.invited("last@example.org", level::GUEST, |row| {
            row.set("id", 7001).until("2026-11-21")
        })
    });
    app.import(&world.json()).await;
    let invited = Notice::Invited {
        invitation: MemberId(7001),
        inviter: None,
        place: tools(),
        access_level: AccessLevel::Guest,
        role: None,
    };
    let reminder = Notice::InvitationReminder {
        invitation: MemberId(7001),
        inviter: "Ann".to_owned(),
        place: tools(),
        access_level: AccessLevel::Guest,
        role: None,
        nth: 1,
        age: 2,
    };
    queue(&app, &[invited, reminder], Ok(())).await.unwrap();
    assert_eq!(outcomes(&app).await, [Outcome::Sent, Outcome::Untold]);
    assert!(
        app.mailbox.mail()[0]
            .text
            .contains("Invitation and membership end on 2026-11-21.")
    );
}

async fn a_mail_that_is_asked_for_again_has_a_link_of_its_own(app: TestApp) {
    people(&app).await;
    invite(&app, ADDRESS).await;
    app.deliver().await;
    let list = "{ group(fullPath: \"acme\") { invitations { nodes { id } } } }";
    let listed = app.token("ann-api").query(list, json!({})).await;
    let id = listed["group"]["invitations"]["nodes"][0]["id"].clone();
    let resend = "mutation($id: InvitationID!) { done: invitationResend(input: {id: $id}) { errors } }";
    let told = app.token("ann-api").query(resend, json!({ "id": id })).await;
    assert_eq!(told["done"]["errors"], json!([]));

    let mail = app.mail().await;
    let [first, second] = &mail[..] else { panic!("{mail:?}") };
    assert_ne!(token(first), token(second));
    for mail in [first, second] {
        assert_eq!(follow(&app, &token(mail), "").await, 200);
    }
}

async fn all_addresses_of_a_call_get_a_mail_each(app: TestApp) {
    people(&app).await;
    let addresses: Vec<_> = (0..40).map(|number| format!("u{number:02}@example.org")).collect();
    invite(&app, &addresses.join(",")).await;
    let mail = app.mail().await;
    let mut to: Vec<_> = mail.iter().map(|mail| mail.to.clone()).collect();
    to.sort();
    assert_eq!(to, addresses);
    let mut tokens: Vec<_> = mail.iter().map(token).collect();
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), addresses.len());
}

async fn the_address_counts_as_it_is_when_the_mail_leaves(app: TestApp) {
    people(&app).await;
    invite(&app, "jörg@bücher.example").await;
    let folder = tempfile::tempdir().unwrap();
    let letterhead = Letterhead::new(None, "https://roster.example").unwrap();
    let mailer = roster::mail::open(&format!("file://{}", folder.path().display()), letterhead).unwrap();
    let attempts = notices::deliver(&app.system(), &*mailer, || 1.0).await.unwrap();
    assert_eq!(attempts[0].outcome, Outcome::Sent);
    let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
    let message = std::fs::read_to_string(file.path()).unwrap();
    assert!(message.contains("\r\nTo: jörg@xn--bcher-kva.example\r\n"), "{message}");
}

async fn a_database_that_takes_no_link_delays_the_mail(app: TestApp) {
    people(&app).await;
    invite(&app, ADDRESS).await;
    execute(&app, "ALTER TABLE invitation_tokens RENAME TO elsewhere").await;
    let first = outcomes(&app).await;
    assert!(
        matches!(&first[..], [Outcome::Failed(why)] if why.starts_with("no link could be made")),
        "{first:?}"
    );
    execute(&app, "ALTER TABLE elsewhere RENAME TO invitation_tokens").await;
    app.clock.set(now() + TimeDelta::minutes(1));
    assert_eq!(outcomes(&app).await, [Outcome::Sent]);
}
