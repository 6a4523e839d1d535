//! A process under test: what it says is kept, every wait for it has an end, and it does not outlive its test.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

/// Far more than anything here takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_mins(5);

/// How often a process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// The binary under test, in a folder of its own and without the settings of whoever runs the tests.
pub(super) fn roster(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
    command.args(arguments).current_dir(folder).env_clear();
    command
}

/// A started process; it is killed when this value goes.
#[derive(Debug)]
pub(crate) struct Program {
    command: String,
    child: Child,
    out: NamedTempFile,
    err: NamedTempFile,
}

/// How a process ended and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit status; none when a signal ended it.
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    Program::start(command).end()
}

/// Runs a command that must succeed, and gives what it printed.
pub(crate) fn output(command: &mut Command) -> String {
    let ended = run(command);
    assert_eq!(ended.status, Some(0), "{command:?}\n{}{}", ended.out, ended.err);
    ended.out
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        let [out, err] = [(), ()].map(|()| NamedTempFile::new().expect("a file for what it says"));
        let sink = |file: &NamedTempFile| file.reopen().expect("the file was just made");
        command.stdin(Stdio::null()).stdout(sink(&out)).stderr(sink(&err));
        let child = command.spawn();
        Self {
            command: format!("{command:?}"),
            child: child.unwrap_or_else(|fault| panic!("{command:?}: {fault}")),
            out,
            err,
        }
    }

    /// Everything printed to standard output so far.
    pub(super) fn out(&self) -> String {
        read(&self.out)
    }

    /// Looks at the process until `sees` gives something.
    pub(crate) fn wait_until<T>(&mut self, mut sees: impl FnMut(&mut Self) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(seen) = sees(self) {
                return seen;
            }
            assert!(
                Instant::now() < end,
                "too long: {}\n{}{}",
                self.command,
                self.out(),
                read(&self.err)
            );
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits for its end.
    pub(super) fn end(mut self) -> Ended {
        let status = self.wait_until(|program| program.child.try_wait().expect("it is our child"));
        Ended {
            status: status.code(),
            out: self.out(),
            err: read(&self.err),
        }
    }

    /// Asks it to end, as an operator's machine does.
    pub(super) fn terminate(&self) {
        let done = Command::new("sh")
            .args(["-c", &format!("kill -TERM {}", self.child.id())])
            .status();
        assert!(done.is_ok_and(|status| status.success()), "{}", self.command);
    }

    /// Panics with its last words when it has ended.
    pub(crate) fn must_live(&mut self) {
        if let Some(status) = self.child.try_wait().expect("it is our child") {
            panic!("{}: {status}\n{}{}", self.command, self.out(), read(&self.err));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(file: &NamedTempFile) -> String {
    let bytes = std::fs::read(file.path()).expect("the file stays as long as the process");
    String::from_utf8_lossy(&bytes).into_owned()
}
