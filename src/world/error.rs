//! What can go wrong with a world file, each in one line for the person at the terminal.

use std::{fmt, io};

use sea_orm::DbErr;

/// A fault of the file: where, as a JSON path, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `members[3].user`; empty when it is the file as a whole.
    pub path: String,
    /// `no user "jon"`
    pub text: String,
}

impl Fault {
    pub(super) fn at(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }

    /// What the parser has against the value at `path`, in the words of this format.
    pub(super) fn of_json(path: &str, error: &serde_json::Error) -> Self {
        let place = format!(" at line {} column {}", error.line(), error.column());
        let text = error.to_string();
        let text = text.strip_suffix(&place).unwrap_or(&text);
        let text = if error.is_data() {
            in_our_words(text)
        } else {
            format!("line {}, column {}: {text}", error.line(), error.column())
        };
        // The tracker's marks for the file itself, and for a key that is none.
        let path = path.strip_suffix(".?").unwrap_or(path);
        Self::at(if path == "." { "" } else { path }, text)
    }
}

/// JSON has keys where Rust has fields.
fn in_our_words(text: &str) -> String {
    if text.starts_with("unknown field") {
        return "unknown key".to_owned();
    }
    for (rusts, ours) in [("missing field", "missing key"), ("duplicate field", "duplicate key")] {
        if let Some(name) = text.strip_prefix(rusts) {
            return format!("{ours}{}", name.replace('`', "\""));
        }
    }
    text.replace('`', "")
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.text)
        } else {
            write!(f, "{}: {}", self.path, self.text)
        }
    }
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is not a world.
    #[error("{0}")]
    Fault(Fault),
    /// The file cannot be read, or there is no room for its copy.
    #[error("cannot read the file: {0}")]
    Read(#[from] io::Error),
    /// An import adds to nothing.
    #[error("the database holds users or groups already; a world file needs an empty one")]
    NotEmpty,
    /// The database refused.
    #[error("database: {0}")]
    Database(#[from] DbErr),
}

impl From<Fault> for ImportError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Why the export is not complete.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The output took no more.
    #[error("cannot write the file: {0}")]
    Write(#[from] io::Error),
    /// The database refused.
    #[error("database: {0}")]
    Database(#[from] DbErr),
}
