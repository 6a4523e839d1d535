//! `roster export`

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::start;
use crate::config::{Flags, Settings};
use crate::world;

/// Write the whole database as a world file.
///
/// The file loads into an empty database with `roster import` and gives the
/// same answers there. Tokens are left out: only their digests are stored.
///
/// Examples:
///
///     roster export company.world.json
///     roster export - | gzip > company.world.json.gz
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// The file to write; - writes to standard output
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    flags: Flags,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let settings = Settings::load(&args.flags)?;
    start::run(&settings, async {
        let db = start::database(&settings).await?;
        if !db.is_migrated().await? {
            let text = "the database is not up to date; `roster migrate` brings it there";
            return Err(Failure::Work(text.to_owned()));
        }
        let counts = world::export(&db, create(&args.file)?).await?;
        eprintln!("exported {counts}");
        Ok(db.close().await?)
    })
}

fn create(file: &Path) -> Result<Box<dyn Write + Send>, Failure> {
    if file == Path::new("-") {
        return Ok(Box::new(BufWriter::new(io::stdout())));
    }
    match File::create(file) {
        Ok(file) => Ok(Box::new(BufWriter::new(file))),
        Err(error) => Err(Failure::Work(format!("cannot write {}: {error}", file.display()))),
    }
}
