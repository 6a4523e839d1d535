//! Through a mail server: one of ours, that says what a server says and keeps what it hears.

use std::sync::Arc;

use roster::domain::notices::{self, Mailer, Outcome};
use roster::mail::{self, Letterhead};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{ANN, people, queued};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_mail_server_gets_the_message_and_its_envelope,
    a_server_that_wants_a_name_and_a_password_gets_them,
    a_server_that_refuses_somebody_is_asked_again_later,
    a_server_that_is_not_there_is_a_failure_and_no_more,
);

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Plain,
    WithPassword,
    Refusing,
}

/// A conversation: what the client said, line by line.
type Heard = Vec<String>;

/// Listens on a free port; each conversation that ends with `QUIT` or a message is handed over.
async fn server(manner: Manner) -> (u16, UnboundedReceiver<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (hand_over, heard) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(converse(socket, manner, hand_over.clone()));
        }
    });
    (port, heard)
}

async fn converse(socket: TcpStream, manner: Manner, hand_over: UnboundedSender<Heard>) {
    let mut socket = BufReader::new(socket);
    let mut heard = Heard::new();
    let mut reply = "220 mail.example ESMTP";
    let mut in_message = false;
    loop {
        if !reply.is_empty() {
            let line = format!("{reply}\r\n");
            if socket.write_all(line.as_bytes()).await.is_err() {
                return;
            }
        }
        let mut line = String::new();
        if !matches!(socket.read_line(&mut line).await, Ok(1..)) {
            return;
        }
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        reply = if in_message {
            in_message = line != ".";
            if in_message { "" } else { "250 2.0.0 queued" }
        } else {
            in_message = line == "DATA";
            answer(&line, manner)
        };
        heard.push(line);
        if reply.starts_with("250 2.0.0") {
            hand_over.send(std::mem::take(&mut heard)).unwrap_or_default();
        }
    }
}

fn answer(line: &str, manner: Manner) -> &'static str {
    match line.split(' ').next().unwrap_or_default() {
        "EHLO" if manner == Manner::WithPassword => "250-mail.example\r\n250 AUTH PLAIN",
        "EHLO" => "250 mail.example",
        "AUTH" => "235 2.7.0 welcome",
        "RCPT" if manner == Manner::Refusing => "550 5.1.1 <ann@example.com>: no such user",
        "DATA" => "354 go on",
        "QUIT" => "221 bye",
        _ => "250 ok",
    }
}

fn mailer(url: &str) -> Arc<dyn Mailer> {
    let letterhead = Letterhead::new(None, "https://roster.example").unwrap();
    mail::open(url, letterhead).unwrap()
}

async fn outcome(app: &TestApp, mailer: Arc<dyn Mailer>) -> Outcome {
    people(app).await;
    queued(app, &[ANN]).await;
    let attempts = notices::deliver(&app.system(), &*mailer, || 1.0).await;
    attempts.unwrap().remove(0).outcome
}

async fn a_mail_server_gets_the_message_and_its_envelope(app: TestApp) {
    let (port, mut heard) = server(Manner::Plain).await;
    let outcome = outcome(&app, mailer(&format!("smtp://127.0.0.1:{port}"))).await;
    assert_eq!(outcome, Outcome::Sent);

    let heard = heard.recv().await.unwrap();
    let has = |line: &str| heard.iter().any(|heard| heard == line);
    assert!(has("EHLO roster.example"), "{heard:#?}");
    assert!(has("MAIL FROM:<roster@roster.example>"), "{heard:#?}");
    assert!(has("RCPT TO:<ann@example.com>"), "{heard:#?}");
    assert!(has("From: roster <roster@roster.example>"), "{heard:#?}");
    assert!(has("To: \"Ann Lee\" <ann@example.com>"), "{heard:#?}");
    assert!(
        has("Subject: Access to the Acme / Tools group was granted"),
        "{heard:#?}"
    );
    assert!(
        has("Content-Type: text/plain; charset=utf-8") && has("Content-Type: text/html; charset=utf-8"),
        "{heard:#?}"
    );
}

async fn a_server_that_wants_a_name_and_a_password_gets_them(app: TestApp) {
    let (port, mut heard) = server(Manner::WithPassword).await;
    let outcome = outcome(&app, mailer(&format!("smtp://mailer:p%40ss@127.0.0.1:{port}"))).await;
    assert_eq!(outcome, Outcome::Sent);
    let heard = heard.recv().await.unwrap();
    // `\0mailer\0p@ss`
    assert!(
        heard.iter().any(|line| line == "AUTH PLAIN AG1haWxlcgBwQHNz"),
        "{heard:#?}"
    );
}

async fn a_server_that_refuses_somebody_is_asked_again_later(app: TestApp) {
    let (port, _heard) = server(Manner::Refusing).await;
    let outcome = outcome(&app, mailer(&format!("smtp://127.0.0.1:{port}"))).await;
    let Outcome::Failed(why) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(why.contains("no such user") && !why.contains('@'), "{why}");
}

async fn a_server_that_is_not_there_is_a_failure_and_no_more(app: TestApp) {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let outcome = outcome(&app, mailer(&format!("smtp://127.0.0.1:{port}"))).await;
    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
}
