//! Delivery: what a letter says, and how it leaves.
//!
//! `letterhead` makes a message of a letter; `log`, `file` and `smtp` are the ways out, one of which the mail URL names.

mod file;
mod letterhead;
mod log;
mod smtp;
mod words;

use std::sync::Arc;

use crate::domain::notices::Mailer;

pub use letterhead::Letterhead;
pub use words::Words;

/// Why no mail can leave; the text is for the person at the terminal and names no password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL or the sender's address cannot be used.
    #[error("mail: {0}")]
    Setting(String),
    /// The folder cannot be written.
    #[error("mail: cannot use {folder}: {fault}")]
    Folder {
        /// Which one.
        folder: String,
        /// What the system said.
        fault: String,
    },
}

/// The way out that `url` names: `log:`, `file:///dir`, `smtp://…` or `smtps://…`.
pub fn open(url: &str, letterhead: Letterhead) -> Result<Arc<dyn Mailer>, OpenError> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("log") => Ok(Arc::new(log::Log)),
        Some("file") => Ok(Arc::new(file::Folder::open(url, letterhead)?)),
        Some("smtp" | "smtps") => Ok(Arc::new(smtp::Relay::open(url, letterhead)?)),
        _ => Err(OpenError::Setting(
            "expected log:, file:///…, smtp://… or smtps://…".to_owned(),
        )),
    }
}
