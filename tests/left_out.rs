//! Not a test: the last words of `cargo test`, one line for each part of the run that this machine cannot do.
//!
//! Nothing is said when nothing is missing; with `ROSTER_TEST_REQUIRE=all` (CI) what is missing is a failure.

use std::process::ExitCode;

#[path = "it/support/halves.rs"]
mod halves;

#[expect(clippy::print_stdout, reason = "saying it is all this does")]
fn main() -> ExitCode {
    // Runners other than cargo's ask for a list of tests first, and read the answer.
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let left_out = halves::left_out();
    for line in &left_out {
        println!("left out: {line}");
    }
    if halves::everything_is_required() && !left_out.is_empty() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
