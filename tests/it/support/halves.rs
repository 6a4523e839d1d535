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

/// A part of the run that drives somebody else's program.
#[derive(Debug)]
pub(crate) struct Half {
    name: &'static str,
    programs: &'static [&'static str],
    /// Where Debian has them.
    debian: &'static str,
}

pub(crate) const AUDITS: Half = Half {
    name: "the audits of GraphQL over HTTP",
    programs: &["node", "npm"],
    debian: "nodejs npm",
};

pub(crate) const TOOLS: Half = Half {
    name: "the tools for schemas",
    programs: &["node", "npm"],
    debian: "nodejs npm",
};

pub(crate) const GITBEAKER: Half = Half {
    name: "@gitbeaker/rest",
    programs: &["node", "npm"],
    debian: "nodejs npm",
};

pub(crate) const PYTHON_GITLAB: Half = Half {
    name: "python-gitlab",
    programs: &["python3"],
    debian: "python3-venv",
};

pub(crate) const GQL: Half = Half {
    name: "the guide's programs in Python",
    programs: &["python3"],
    debian: "python3-venv",
};

pub(crate) const SCHEMATHESIS: Half = Half {
    name: "schemathesis",
    programs: &["python3"],
    debian: "python3-venv",
};

pub(crate) const BROWSER: Half = Half {
    name: "the pages in a browser",
    programs: &["node", "npm", "chromium"],
    debian: "nodejs npm chromium",
};

pub(crate) const MAIL_SERVER: Half = Half {
    name: "a mail server",
    programs: &["python3"],
    debian: "python3-venv",
};

pub(crate) const CURL: Half = Half {
    name: "the lines for curl",
    programs: &["curl"],
    debian: "curl",
};

pub(crate) const DIRECTORY: Half = Half {
    name: "a directory",
    programs: &["slapd"],
    debian: "slapd",
};

const HALVES: [Half; 10] = [
    AUDITS,
    TOOLS,
    GITBEAKER,
    PYTHON_GITLAB,
    GQL,
    SCHEMATHESIS,
    BROWSER,
    MAIL_SERVER,
    CURL,
    DIRECTORY,
];

impl Half {
    /// Why this half cannot even be tried here.
    pub(crate) fn missing_program(&self) -> Option<String> {
        let missing = self.programs.iter().find(|name| program(name).is_none())?;
        let Self { name, debian, .. } = self;
        Some(format!("{name}: no {missing} found (Debian: apt install {debian})"))
    }

    /// The file in which the tests note why they left this half out; none when they did not.
    pub(crate) fn note(&self) -> PathBuf {
        let file = format!("{}.left-out", self.name.replace('/', "-"));
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(file)
    }

    fn left_out(&self) -> Option<String> {
        self.missing_program().or_else(|| {
            let reason = std::fs::read_to_string(self.note()).ok()?;
            Some(format!("{}: {reason}", self.name))
        })
    }
}

/// A program on the search path; Chromium may be somewhere else, where `CHROMIUM` says.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let search_path = std::env::var_os("PATH").unwrap_or_default();
    let given = setting("CHROMIUM").filter(|_| name == "chromium").map(PathBuf::from);
    given
        .into_iter()
        .chain(std::env::split_paths(&search_path).map(|folder| folder.join(name)))
        // Servers lie where only root looks.
        .chain([Path::new("/usr/sbin").join(name)])
        .find(|file| file.is_file())
}

/// The world file of a real organisation, too big to be kept here.
pub(crate) fn organisation() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/kubernetes-org.world.json")
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
    if !organisation().is_file() {
        lines.push(format!("a real organisation: no file {}", organisation().display()));
    }
    lines.extend(HALVES.iter().filter_map(Half::left_out));
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
