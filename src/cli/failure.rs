//! Why a command did not do what it was asked, in words for the person at the terminal.

use std::fmt;
use std::process::ExitCode;

use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteError;

use crate::config;
use crate::db::ConnectError;
use crate::domain;
use crate::mail;
use crate::world::{ExportError, ImportError};

/// The end of a command that failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// It was asked in a way that it does not understand.
    Usage(String),
    /// It was understood, and could not be done.
    Work(String),
}

impl Failure {
    /// 2 for wrong usage, 1 for work that failed.
    pub(super) fn status(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Work(_) => ExitCode::from(1),
        }
    }

    fn of_database(error: &DbErr) -> Self {
        // Both databases say in one sentence what is the matter: a full disk, a file that may only be read, a missing table.
        Self::Work(match said(error) {
            Some(said) => format!("the database refused: {}", said.message()),
            None => format!("the database failed: {error}"),
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Work(text) => f.write_str(text),
        }
    }
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Url(_) => Self::Usage(error.to_string()),
            ConnectError::Open(_) | ConnectError::NotDurable(_) => Self::Work(error.to_string()),
        }
    }
}

impl From<mail::OpenError> for Failure {
    fn from(error: mail::OpenError) -> Self {
        match error {
            mail::OpenError::Setting(_) => Self::Usage(error.to_string()),
            mail::OpenError::Folder { .. } => Self::Work(error.to_string()),
        }
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::of_database(&error)
    }
}

impl From<domain::Error> for Failure {
    fn from(error: domain::Error) -> Self {
        match error {
            domain::Error::Unavailable(cause) | domain::Error::Internal(cause) => Self::of_database(&cause),
            other => Self::Work(other.to_string()),
        }
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Database(error) => error.into(),
            ImportError::Fault(_) | ImportError::Read(_) | ImportError::NotEmpty => Self::Work(error.to_string()),
        }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Database(error) => error.into(),
            ExportError::Write(_) => Self::Work(error.to_string()),
        }
    }
}

/// Whether SQLite could write no change, whatever it is (`SQLITE_READONLY` and its variants).
pub(super) fn is_read_only(error: &DbErr) -> bool {
    let Some(sqlite) = said(error).and_then(|said| said.try_downcast_ref::<SqliteError>()) else {
        return false;
    };
    let code = DatabaseError::code(sqlite).and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 8)
}

/// What the database itself said.
fn said(error: &DbErr) -> Option<&dyn DatabaseError> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => cause.as_database_error(),
        _ => None,
    }
}
