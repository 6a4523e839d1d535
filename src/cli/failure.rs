//! Why a command did not do what it was asked, in words for the person at the terminal.

use std::fmt;
use std::process::ExitCode;

use sea_orm::{DbErr, RuntimeErr};

use crate::config;
use crate::db::ConnectError;

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

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Work(match &error {
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => match cause.as_database_error() {
                // SQLite and PostgreSQL say in one sentence what is the matter: full disk, read-only file, no such table.
                Some(said) => format!("the database refused: {}", said.message()),
                None => format!("the database failed: {cause}"),
            },
            other => format!("the database failed: {other}"),
        })
    }
}
