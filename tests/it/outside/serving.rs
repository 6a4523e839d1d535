//! A roster that listens.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::program::{Ended, Program, roster};
use crate::support::TestApp;

/// A running server or demo, on a port that was free.
#[derive(Debug)]
pub(super) struct Serving {
    program: Program,
    /// `http://127.0.0.1:…`
    pub(super) url: String,
    /// Held for its drop.
    folder: Option<TempDir>,
}

impl Serving {
    /// A demo, in which `demo-ada` and others have tokens.
    pub(super) fn demo() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut demo = Self::start(&mut roster(folder.path(), &["demo"]));
        demo.folder = Some(folder);
        demo
    }

    /// A server over the database `roster.db` in a folder.
    pub(super) fn server(folder: &Path) -> Self {
        Self::start(&mut roster(folder, &["serve", "--drain-delay", "1ms"]))
    }

    /// A server over the database of a test.
    pub(super) fn over(app: &TestApp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let serve = ["serve", "--drain-delay", "1ms", "--database-url", app.url()];
        let mut server = Self::start(&mut roster(folder.path(), &serve));
        server.folder = Some(folder);
        server
    }

    /// Starts a command that listens, and waits until it does.
    pub(super) fn start(command: &mut Command) -> Self {
        let mut program = Program::start(command.args(["--listen", "127.0.0.1:0"]));
        let url = program.wait_until(|program| {
            program.must_live();
            let said = program.out();
            // Only a whole line says the whole port.
            let line = said.strip_prefix("listening on ")?.split_once('\n')?.0;
            Some(line.to_owned())
        });
        Self {
            program,
            url,
            folder: None,
        }
    }

    /// Waits, while the server lives, until `sees` gives something.
    pub(super) fn wait_until<T>(&mut self, sees: impl Fn() -> Option<T>) -> T {
        self.program.wait_until(|program| {
            program.must_live();
            sees()
        })
    }

    /// Everything printed to standard output so far.
    pub(super) fn said(&self) -> String {
        self.program.out()
    }

    /// The answer to a GET: status line, headers and body as they came.
    pub(super) fn get(&self, path: &str, token: &str) -> String {
        self.ask("GET", path, token, &[], "")
    }

    /// The answer to any request, with a token unless that is empty.
    pub(super) fn ask(&self, method: &str, path: &str, token: &str, headers: &[&str], body: &str) -> String {
        let host = self.url.strip_prefix("http://").unwrap();
        let shown = format!("PRIVATE-TOKEN: {token}");
        let lines = headers.iter().copied().chain((!token.is_empty()).then_some(&*shown));
        let lines: Vec<_> = lines.map(|line| format!("{line}\r\n")).collect();
        let lines = lines.concat();
        let mut socket = TcpStream::connect(host).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(
            socket,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{lines}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Tells it to end, and waits until it has.
    pub(super) fn terminate(self) -> Ended {
        self.program.terminate();
        self.program.end()
    }
}
