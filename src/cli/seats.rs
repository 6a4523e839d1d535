//! `roster seats`

use std::fmt::Write as _;

use clap::Subcommand;

use super::failure::Failure;
use super::{print, start};
use crate::config::{Flags, Settings};
use crate::domain::seats::{self, Finding, Report};

/// How many users a finding names.
const NAMED: usize = 10;

/// The summary of who takes a seat.
///
/// Example:
///
///     roster seats verify
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Verify(Verify),
}

/// Compare the seats of every top-level group with its members and links.
///
/// The summary is kept by every change; this recounts it, and says where the
/// two differ. The status is 1 when they do, unless they are repaired. A
/// server may run meanwhile; changes of a group wait while it is looked at.
///
/// Examples:
///
///     roster seats verify
///     roster seats verify --repair
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
struct Verify {
    /// Make the summary of the groups anew that are wrong
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    flags: Flags,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    match &args.verb {
        Verb::Verify(wanted) => verify(wanted),
    }
}

fn verify(wanted: &Verify) -> Result<(), Failure> {
    let mut settings = Settings::load(&wanted.flags)?;
    // To recount a large group takes its time, and is no reason to print the statement.
    settings.log.insert_str(0, "sqlx=error,");
    start::run(&settings, async {
        let db = start::migrated_database(&settings).await?;
        let report = seats::verify(&start::ctx(&db), wanted.repair).await?;
        db.close().await?;
        print(&told(&report, wanted.repair))?;
        if report.findings.is_empty() || wanted.repair {
            Ok(())
        } else {
            Err(Failure::Work("the seats are not what the members say".to_owned()))
        }
    })
}

fn told(report: &Report, repaired: bool) -> String {
    let Report {
        groups,
        seats,
        findings,
    } = report;
    let mut text = String::new();
    for Finding {
        full_path,
        users,
        miscounted,
    } in findings
    {
        let named: Vec<_> = users.iter().take(NAMED).map(ToString::to_string).collect();
        let more = if users.len() > NAMED { ", …" } else { "" };
        let _ = match users.len() {
            0 => write!(text, "{full_path}: every seat is right"),
            1 => write!(text, "{full_path}: 1 seat is wrong (user {})", named.join("")),
            wrong => write!(
                text,
                "{full_path}: {wrong} seats are wrong (users {}{more})",
                named.join(", ")
            ),
        };
        text += if *miscounted { ", their number is not\n" } else { "\n" };
    }
    let outcome = match findings.len() {
        0 => "all as the members say".to_owned(),
        wrong if repaired => format!("{wrong} repaired"),
        wrong => format!("{wrong} wrong"),
    };
    let _ = writeln!(text, "{groups} top-level groups, {seats} seats: {outcome}");
    text
}
