//! `roster import`

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use super::failure::Failure;
use super::{print, start};
use crate::config::{Flags, Settings};
use crate::domain::seats;
use crate::world::{self, Progress, Watcher};

/// Load a world file into an empty database: all of it, or nothing.
///
/// A file with a fault is refused with the place of the fault, such as
/// members[3].user, and nothing is written. Pending migrations are applied
/// first.
///
/// Examples:
///
///     roster import company.world.json
///     zcat company.world.json.gz | roster import -
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// The world file; - reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    flags: Flags,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let settings = Settings::load(&args.flags)?;
    let input = open(&args.file)?;
    start::run(&settings, async {
        let db = start::migrated_database(&settings).await?;
        let bar = bar();
        let counts = world::import(&db, input, watcher(bar.clone())).await;
        bar.finish_and_clear();
        let counts = counts?;
        // Whoever asks for seats first need not wait for them.
        seats::keep_all(&start::ctx(&db)).await?;
        print(&format!("imported {counts}\n"))?;
        Ok(db.close().await?)
    })
}

fn open(file: &Path) -> Result<Box<dyn Read + Send>, Failure> {
    if file == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    match File::open(file) {
        Ok(file) => Ok(Box::new(file)),
        Err(error) => Err(Failure::Work(format!("cannot read {}: {error}", file.display()))),
    }
}

/// On a terminal only; elsewhere it draws nothing.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} rows, {eta} to go");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn watcher(bar: ProgressBar) -> Watcher {
    Arc::new(move |Progress { done, total }| {
        bar.set_length(total);
        bar.set_position(done);
    })
}
