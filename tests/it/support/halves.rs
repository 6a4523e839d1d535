//! What a test run may have to leave out, and the switch with which CI forbids that.
//!
//! Also compiled into `tests/left_out.rs`, which says at the end of `cargo test` what was left out; so: nothing but std.

use std::path::{Path, PathBuf};

/// A given server, used instead of a throwaway one: `postgres://user:password@host:port/database`, allowed to create databases.
pub(crate) const POSTGRES_URL: &str = "ROSTER_TEST_POSTGRES_URL";

/// `all`: nothing may be left out.
const REQUIRE: &str = "ROSTER_TEST_REQUIRE";

/// A setting of the test run; empty counts as not set.
#[expect(
    clippy::disallowed_methods,
    reason = "the tests' own settings, of which the product knows nothing"
)]
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether a part of the run that cannot be done is a failure.
pub(crate) fn everything_is_required() -> bool {
    setting(REQUIRE).is_some_and(|value| value == "all")
}

/// One line for each part of the run that cannot be done here.
pub(crate) fn left_out() -> Vec<String> {
    let mut lines = vec![];
    if setting(POSTGRES_URL).is_none() && postgres_programs().is_none() {
        lines.push(format!(
            "PostgreSQL: no server programs found (Debian: apt install postgresql), and {POSTGRES_URL} is not set"
        ));
    }
    lines
}

/// The folder with the newest `initdb`, `pg_ctl` and `postgres`: Debian's place first, then the search path.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    debian.sort_by_key(|bin| std::cmp::Reverse(major_version(bin)));
    let search_path = std::env::var_os("PATH").unwrap_or_default();
    debian
        .into_iter()
        .chain(std::env::split_paths(&search_path))
        .find(|bin| {
            ["initdb", "pg_ctl", "postgres"]
                .iter()
                .all(|program| bin.join(program).is_file())
        })
}

fn major_version(bin: &Path) -> u32 {
    bin.parent()
        .and_then(|version| version.file_name()?.to_str()?.parse().ok())
        .unwrap_or_default()
}
