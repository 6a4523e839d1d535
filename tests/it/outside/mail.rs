//! Mail of the built binary, in a folder.

use std::path::Path;

use roster::clock::Clock;
use roster::db::{Db, Lock, Options};
use roster::domain::Error;
use roster::domain::notices::{self, Notice, Place};
use roster::types::{AccessLevel, ProjectId, Source, UserId};

use super::program::{output, roster, run};
use super::serving::Serving;

/// Leaves mail behind as a replica does that dies right after the commit.
fn owe(database: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let options = Options::new(format!("sqlite://{}", database.display()));
        let db = Db::connect(&options, Clock::System).await.unwrap();
        let written = db.write(Lock::None, |tx| {
            Box::pin(async move {
                let notice = Notice::AccessGranted {
                    user: UserId(1),
                    place: Place {
                        source: Source::Project(ProjectId(5)),
                        full_name: "Acme / Zürich".to_owned(),
                        full_path: "acme/zuerich".to_owned(),
                    },
                    access_level: AccessLevel::Owner,
                    role: None,
                };
                notices::queue(tx, &[notice]).await?;
                Ok::<_, Error>(())
            })
        });
        written.await.unwrap();
        db.close().await.unwrap();
    });
}

fn messages(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    let messages = paths.filter(|path| path.extension().is_some_and(|kind| kind == "eml"));
    messages.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn what_a_replica_owed_when_it_died_another_writes_to_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    output(&mut roster(folder.path(), &["import", super::files::WORLD]));
    owe(&folder.path().join("roster.db"));
    let mail = folder.path().join("mail box");
    let url = format!("file://{}", mail.display()).replace(' ', "%20");

    let mut serve = roster(folder.path(), &["serve", "--drain-delay", "1ms", "--mail-url", &url]);
    let mut server = Serving::start(serve.args(["--external-url", "https://roster.example"]));
    let messages = server.wait_until(|| Some(messages(&mail)).filter(|messages| !messages.is_empty()));
    let ended = server.terminate();

    assert_eq!(ended.status, Some(0), "{}", ended.err);
    let [message] = &messages[..] else {
        panic!("{messages:?}")
    };
    assert!(
        message.starts_with("From: roster <roster@roster.example>\r\nTo: "),
        "{message}"
    );
    assert!(
        message.contains("\r\nSubject: Access to the Acme / =?utf-8?b?WsO8cmljaA==?= project was granted\r\n"),
        "{message}"
    );
    assert!(message.contains("https://roster.example/acme/zuerich"), "{message}");
    // Whoever reads the log learns neither addresses nor texts.
    assert!(!ended.err.contains('@') && !ended.err.contains("Acme"), "{}", ended.err);
}

#[test]
fn a_way_out_that_leads_nowhere_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let no_folder = format!("file://{}/file/mail", folder.path().display());
    for (setting, value, status, said) in [
        ("--mail-url", no_folder.as_str(), 1, "roster: mail: cannot use "),
        (
            "--mail-url",
            "smtp://mail.example?tls=perhaps",
            2,
            "roster: mail: the URL of the server: ",
        ),
        ("--mail-from", "nobody", 2, "roster: --mail-from: expected an address"),
    ] {
        let mut serve = roster(folder.path(), &["serve", "--listen", "127.0.0.1:0", setting, value]);
        let refused = run(&mut serve);
        assert_eq!(refused.status, Some(status), "{value}: {}", refused.err);
        assert!(refused.err.contains(said), "{value}: {}", refused.err);
    }
}
