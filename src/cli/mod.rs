//! The command line: one file a sub-command. Standard output is for what was asked, standard error for everything else.

mod demo;
mod export;
mod failure;
mod import;
mod migrate;
mod openapi;
mod schema;
mod seats;
mod serve;
mod start;
mod token;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Who belongs where, with which access: a GraphQL gateway over the GitLab-style membership model, with a REST shim.
///
/// Start with `roster demo`: a lively organisation in memory, a playground, and tokens to try.
#[derive(Parser)]
#[command(name = "roster", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Migrate(migrate::Args),
    Import(import::Args),
    Export(export::Args),
    Token(token::Args),
    Seats(seats::Args),
    Schema(schema::Args),
    Openapi(openapi::Args),
}

/// Does what the arguments of the process ask for. Status: 0 done, 1 the work failed, 2 wrong usage.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(refusal) => {
            // Help and version come this way, too. Where they cannot be written, nothing can be said about it.
            let _ = refusal.print();
            return ExitCode::from(if refusal.use_stderr() { 2 } else { 0 });
        }
    };
    let outcome = match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Token(args) => token::run(args),
        Command::Seats(args) => seats::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Openapi(openapi::Args {}) => openapi::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("roster: {failure}");
            failure.status()
        }
    }
}

/// Writes `text` to standard output at once. A reader that has gone away (`| head`) has seen enough.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Work(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_of_the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_teaches_with_an_example() {
        let mut left: Vec<_> = Cli::command().get_subcommands().cloned().collect();
        while let Some(mut command) = left.pop() {
            let help = command.render_long_help().to_string();
            assert!(help.contains("Example"), "{help}");
            let below = command.get_subcommands().filter(|command| command.get_name() != "help");
            left.extend(below.cloned());
        }
    }
}
