//! `log:`: nothing leaves, one line says so.

use futures_util::future::BoxFuture;

use crate::domain::notices::{Letter, Mailer, NotSent};

/// Sends nothing.
#[derive(Debug)]
pub(super) struct Log;

impl Mailer for Log {
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), NotSent>> {
        // Neither whom it is for nor what it says: the log is read by more people than the mail.
        tracing::info!(
            mail.id = letter.id,
            mail.kind = letter.kind,
            "mail {} ({}) would be sent: the mail URL is log:",
            letter.id,
            letter.kind
        );
        Box::pin(async { Ok(()) })
    }
}
