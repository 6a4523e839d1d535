//! `roster migrate`

use super::failure::Failure;
use super::{print, start};
use crate::config::{Flags, Settings};

/// Apply pending migrations to the database and stop.
///
/// `serve` does this by itself; run it apart where the serving role may not
/// change tables. Nothing to do is no fault.
///
/// Example:
///
///     roster migrate --database-url postgres://roster@db.example.com/roster
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    #[command(flatten)]
    flags: Flags,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let settings = Settings::load(&args.flags)?;
    start::run(&settings, async {
        let db = start::database(&settings).await?;
        let outcome = if db.is_migrated().await? {
            "nothing to apply: the database is up to date\n"
        } else {
            db.migrate().await?;
            "applied every pending migration\n"
        };
        db.close().await?;
        print(outcome)
    })
}
