//! Invitations through a mail server of somebody else's, which reads them with a parser that is not ours.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use roster::clock::Clock;
use roster::db::{Db, Lock, Options};
use roster::domain::notices::{self, Mailer, Outcome};
use roster::mail::{self, Letterhead};
use sea_orm::{ConnectionTrait as _, DbErr, Statement};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::packages::python;
use super::program::{Program, output, roster};
use super::serving::Serving;
use crate::support::world::World;
use crate::support::{TestApp, halves, on_both_databases};

on_both_databases!(a_server_that_refuses_goes_away_and_takes_its_time_gets_the_mail_in_the_end);

const ADDRESS: &str = "nora@new.example";
const OURS: &str = "https://roster.example";

/// A mail server, and the folder in which it keeps what it gets.
struct MailServer {
    program: Option<Program>,
    folder: TempDir,
    port: String,
}

impl MailServer {
    /// None where it is left out.
    fn start() -> Option<Self> {
        let mut server = Self {
            program: None,
            folder: tempfile::tempdir().unwrap(),
            port: "0".to_owned(),
        };
        server.come_back().then_some(server)
    }

    /// On the same port as before. Whether it can be had at all.
    fn come_back(&mut self) -> bool {
        let Some(mut command) = python(&halves::MAIL_SERVER, "mail", "server.py") else {
            return false;
        };
        let mut program = Program::start(command.arg(self.folder.path()).arg(&self.port));
        self.port = program.wait_until(|program| {
            program.must_live();
            let said = program.out();
            Some(said.strip_prefix("listening on ")?.split_once('\n')?.0.to_owned())
        });
        self.program = Some(program);
        true
    }

    fn go_away(&mut self) {
        self.program = None;
    }

    fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    fn behave(&self, manner: &str) {
        std::fs::write(self.folder.path().join("manner"), manner).unwrap();
    }

    /// Waits until this many messages came.
    fn holds(&mut self, count: usize) -> Vec<Value> {
        let folder = self.folder.path().to_owned();
        let program = self.program.as_mut().expect("it runs");
        program.wait_until(|program| {
            program.must_live();
            Some(messages(&folder)).filter(|messages| messages.len() >= count)
        })
    }
}

fn messages(folder: &Path) -> Vec<Value> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .collect();
    files.sort();
    let read = |path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    files.into_iter().map(read).collect()
}

/// What comes behind the host in the link of a message, without what follows a `?`.
fn path(message: &Value) -> String {
    let text = message["parts"]["text/plain"].as_str().unwrap();
    let (_, rest) = text.split_once(OURS).expect("a link");
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn a_server_that_refuses_goes_away_and_takes_its_time_gets_the_mail_in_the_end(app: TestApp) {
    let Some(mut server) = MailServer::start() else {
        return;
    };
    app.import(&World::new().group("acme", |group| group.owner("ann")).json())
        .await;
    let body = json!({"email": ADDRESS, "access_level": 30});
    app.token("ann-api")
        .post("/groups/acme/invitations", &body)
        .await
        .expect(201);
    let letterhead = Letterhead::new(None, OURS).unwrap();
    let mailer: Arc<dyn Mailer> = mail::open(&server.url(), letterhead).unwrap();
    let try_it = || {
        let (ctx, mailer) = (app.system(), Arc::clone(&mailer));
        tokio::spawn(async move {
            notices::deliver(&ctx, &*mailer, || 1.0)
                .await
                .unwrap()
                .remove(0)
                .outcome
        })
    };

    server.behave("refuse");
    let outcome = try_it().await.unwrap();
    assert!(
        matches!(&outcome, Outcome::Failed(why) if why.contains("no such user") && !why.contains('@')),
        "{outcome:?}"
    );
    app.later(Duration::from_hours(1));
    server.behave("quote");
    let outcome = try_it().await.unwrap();
    assert!(
        matches!(&outcome, Outcome::Failed(why) if why.contains("spam") && !why.contains("/-/")),
        "{outcome:?}"
    );
    app.later(Duration::from_hours(1));
    server.go_away();
    let outcome = try_it().await.unwrap();
    assert!(matches!(&outcome, Outcome::Failed(_)), "{outcome:?}");
    app.later(Duration::from_hours(1));

    server.behave("hold");
    server.come_back();
    let trying = try_it();
    let message = server.holds(1).remove(0);
    // It is there, but nobody has said so yet.
    assert!(!trying.is_finished());
    server.behave("accept");
    assert_eq!(trying.await.unwrap(), Outcome::Sent);
    assert!(app.deliver().await.is_empty());

    let request = axum::http::Request::get(path(&message))
        .body(axum::body::Body::empty())
        .unwrap();
    app.anonymous().send(request).await.expect(200);
}

/// A folder with a database in which `ann`, whose name is a trap, owns a group, and in which `nora` has the address that will be invited, once she
/// is known by it.
fn people() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let user = |name: &str, full_name: &str, email: &str| {
        let token = json!({"token": format!("{name}-api"), "name": name, "scopes": ["api"]});
        json!({"username": name, "name": full_name, "email": email, "tokens": [token]})
    };
    let world = json!({
        "version": 1,
        "users": [
            user("ann", "Zoë Bcc: eve@evil.example <script>alert(1)</script>", "ann@acme.example"),
            user("nora", "Nora New", "nora@old.example"),
        ],
        "groups": [{"path": "acme", "name": "Acmé & Söhne"}],
        "members": [{"group": "acme", "user": "ann", "access_level": 50}],
    });
    std::fs::write(folder.path().join("world.json"), world.to_string()).unwrap();
    output(&mut roster(folder.path(), &["import", "world.json"]));
    execute(
        folder.path(),
        "UPDATE users SET name = REPLACE(name, 'Zoë ', 'Zoë' || CHAR(13, 10))",
    );
    folder
}

fn execute(folder: &Path, sql: &'static str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let options = Options::new(format!("sqlite://{}", folder.join("roster.db").display()));
        let db = Db::connect(&options, Clock::System).await.unwrap();
        let written = db.write(Lock::None, |tx| {
            Box::pin(async move {
                let conn = tx.conn();
                conn.execute_raw(Statement::from_string(conn.get_database_backend(), sql))
                    .await?;
                Ok::<_, DbErr>(())
            })
        });
        written.await.unwrap();
        db.close().await.unwrap();
    });
}

fn serve(folder: &Path, mail_url: &str) -> Serving {
    let arguments = [
        "serve",
        "--drain-delay",
        "1ms",
        "--external-url",
        OURS,
        "--mail-url",
        mail_url,
    ];
    Serving::start(roster(folder, &arguments).args(["--log", "debug"]))
}

fn invite(server: &Serving) {
    let body = json!({"email": ADDRESS, "access_level": 30}).to_string();
    let json = ["Content-Type: application/json"];
    let told = server.ask("POST", "/api/v4/groups/acme/invitations", "ann-api", &json, &body);
    assert!(told.ends_with(r#"{"status":"success"}"#), "{told}");
}

#[test]
fn an_invitation_goes_over_the_wire_and_its_link_leads_back() {
    let Some(mut mail_server) = MailServer::start() else {
        return;
    };
    let folder = people();
    let server = serve(folder.path(), &mail_server.url());
    invite(&server);
    let message = mail_server.holds(1).remove(0);

    assert_eq!(message["defects"], json!([]));
    assert_eq!(message["mail_from"], "roster@roster.example");
    assert_eq!(
        (&message["rcpt_tos"], &message["to"]),
        (&json!([ADDRESS]), &json!([ADDRESS]))
    );
    assert_eq!(message["type"], "multipart/alternative");
    let names = [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ];
    assert_eq!(message["names"], json!(names));
    let inviter = "Zoë Bcc: eve@evil.example <script>alert(1)</script>";
    assert_eq!(
        message["headers"]["subject"],
        format!("{inviter} invited you to join roster")
    );
    let text = message["parts"]["text/plain"].as_str().unwrap();
    assert!(
        text.contains(&format!("{inviter} invited you to join the Acmé & Söhne group")),
        "{text}"
    );
    let html = message["parts"]["text/html"].as_str().unwrap();
    let path = path(&message);
    let link = format!("<a href=\"{OURS}{path}?invite_type=initial_email\"");
    assert!(
        html.contains(&link) && html.contains("&lt;script&gt;") && !html.contains("<script"),
        "{html}"
    );

    // Only now the address is nora's.
    execute(
        folder.path(),
        "UPDATE users SET email = 'nora@new.example', email_norm = 'nora@new.example' WHERE username = 'nora'",
    );
    let page = server.ask("GET", &path, "", &["Accept: text/html"], "");
    assert!(
        page.starts_with("HTTP/1.1 200 ") && page.contains("Acmé &amp; Söhne"),
        "{page}"
    );
    let form = ["Content-Type: application/x-www-form-urlencoded", "Accept: text/html"];
    let refused = server.ask("POST", &format!("{path}/accept"), "", &form, "private_token=ann-api");
    assert!(refused.starts_with("HTTP/1.1 403 "), "{refused}");
    let welcome = server.ask("POST", &format!("{path}/accept"), "", &form, "private_token=nora-api");
    assert!(
        welcome.starts_with("HTTP/1.1 200 ") && welcome.contains("You have been granted access"),
        "{welcome}"
    );

    let messages = mail_server.holds(3);
    let subjects = |to: &str| {
        let sent = messages.iter().filter(|message| message["to"][0] == to);
        sent.map(|message| message["headers"]["subject"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(subjects("ann@acme.example"), ["Invitation accepted"]);
    assert_eq!(subjects(ADDRESS)[1..], ["Access to the Acmé & Söhne group was granted"]);
    let ended = server.terminate();
    let token = path.rsplit('/').next().unwrap();
    for secret in [token, "nora-api", ADDRESS, "evil.example"] {
        assert!(!ended.err.contains(secret), "{secret} in the log:\n{}", ended.err);
    }
    assert!(ended.err.contains("POST /-/invites/:token/accept 200"), "{}", ended.err);
}

#[test]
fn a_server_that_dies_before_it_hears_that_the_mail_was_taken_sends_it_again() {
    let Some(mut mail_server) = MailServer::start() else {
        return;
    };
    let folder = people();
    mail_server.behave("hold");
    let server = serve(folder.path(), &mail_server.url());
    invite(&server);
    mail_server.holds(1);
    // As if by an accident: nothing is put in order.
    drop(server);
    mail_server.behave("accept");
    // The minute is over for which the row was the dead server's.
    execute(folder.path(), "UPDATE outbox SET leased_until = created_at");

    let server = serve(folder.path(), &mail_server.url());
    let messages = mail_server.holds(2);
    let [first, second] = &messages[..] else {
        panic!("{messages:?}")
    };
    assert_eq!(first["headers"]["message-id"], second["headers"]["message-id"]);
    assert_ne!(path(first), path(second));
    for message in [first, second] {
        let page = server.ask("GET", &path(message), "", &["Accept: text/html"], "");
        assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    }
    let ended = server.terminate();
    assert_eq!(ended.status, Some(0), "{}", ended.err);
}
