//! `worldgen SIZE [SEED]`: writes a world with SIZE memberships to standard output, the same one for the same seed.
//!
//! `cargo run --release -p worldgen -- 100k > /tmp/100k.world.json`

use std::io::{self, Write};
use std::process::ExitCode;

use worldgen::Size;

const USAGE: &str = "usage: worldgen SIZE [SEED]
  SIZE  memberships: a number, or 1k, 100k, 1M
  SEED  a number (default 1); the same seed gives the same world

example: worldgen 100k > 100k.world.json";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let Some((size, seed)) = understand(&arguments) else {
        let _ = writeln!(io::stderr(), "{USAGE}");
        return ExitCode::from(2);
    };
    let output = io::BufWriter::new(io::stdout().lock());
    match worldgen::write(size, seed, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "worldgen: {error}");
            ExitCode::FAILURE
        }
    }
}

fn understand(arguments: &[String]) -> Option<(Size, u64)> {
    match arguments {
        [size] => Some((size.parse().ok()?, 1)),
        [size, seed] => Some((size.parse().ok()?, seed.parse().ok()?)),
        _ => None,
    }
}
