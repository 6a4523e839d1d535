//! `file:///dir`: one `.eml` a message, for tests and for programs that pick mail up.

use std::io::Write as _;
use std::path::PathBuf;

use futures_util::future::BoxFuture;
use percent_encoding::percent_decode_str;

use super::{Letterhead, OpenError};
use crate::domain::notices::{Letter, Mailer, NotSent};

/// A folder of messages.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    letterhead: Letterhead,
}

impl Folder {
    pub(super) fn open(url: &str, letterhead: Letterhead) -> Result<Self, OpenError> {
        let path = url.strip_prefix("file://").unwrap_or(url);
        let path = percent_decode_str(path)
            .decode_utf8()
            .map_err(|_| OpenError::Setting("the folder's name is not UTF-8".to_owned()))?;
        let unusable = |error: std::io::Error| OpenError::Folder {
            folder: path.to_string(),
            fault: error.to_string(),
        };
        std::fs::create_dir_all(&*path).map_err(unusable)?;
        // Found out now rather than at the first message.
        tempfile::tempfile_in(&*path).map_err(unusable)?;
        Ok(Self {
            path: PathBuf::from(&*path),
            letterhead,
        })
    }
}

impl Mailer for Folder {
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), NotSent>> {
        Box::pin(async move {
            let message = self.letterhead.compose(letter)?.formatted();
            let file = self.path.join(name(letter));
            let folder = self.path.clone();
            let written = tokio::task::spawn_blocking(move || write(&folder, &file, &message)).await;
            written
                .map_err(|_| NotSent("the writer of the file broke off".to_owned()))?
                .map_err(|error| NotSent(format!("cannot write a file: {error}")))
        })
    }
}

/// Sorted by time, then by number; a message that comes a second time takes the place of the first.
fn name(letter: &Letter) -> String {
    format!(
        "{}-{:010}.eml",
        letter.queued_at.format("%Y%m%dT%H%M%S%.6fZ"),
        letter.id
    )
}

/// Whoever looks at the folder sees a whole message or none.
fn write(folder: &std::path::Path, file: &std::path::Path, message: &[u8]) -> std::io::Result<()> {
    let mut draft = tempfile::Builder::new().prefix(".draft-").tempfile_in(folder)?;
    draft.write_all(message)?;
    draft.as_file().sync_all()?;
    draft.persist(file)?;
    Ok(())
}
