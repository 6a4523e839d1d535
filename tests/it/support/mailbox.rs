//! A mailer that keeps what it is given, and fails as it is told.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use roster::domain::notices::{Letter, Mailer, NotSent};
use roster::mail::{Letterhead, Words};
use tokio::sync::watch;

use super::app::EXTERNAL_URL;

/// Far more than any mail takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mail {
    /// The number of its row.
    pub(crate) id: i64,
    /// The address.
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

type Fault = Box<dyn Fn(&Letter) -> Option<String> + Send + Sync>;

/// Where all mail of a test goes. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Mailbox {
    kept: Arc<watch::Sender<Vec<Mail>>>,
    fault: Arc<Mutex<Option<Fault>>>,
}

impl Mailbox {
    pub(crate) fn new() -> Self {
        Self {
            kept: Arc::new(watch::Sender::new(Vec::new())),
            fault: Arc::default(),
        }
    }

    /// Refuses the letters for which `fault` has a text, from now on.
    pub(crate) fn refuse(&self, fault: impl Fn(&Letter) -> Option<String> + Send + Sync + 'static) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(fault));
    }

    /// Takes every letter again.
    pub(crate) fn accept(&self) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Everything sent so far.
    pub(crate) fn mail(&self) -> Vec<Mail> {
        self.kept.borrow().clone()
    }

    /// Waits until this many messages were sent.
    pub(crate) async fn holds(&self, count: usize) -> Vec<Mail> {
        let mut kept = self.kept.subscribe();
        let wait = kept.wait_for(|kept| kept.len() >= count);
        let kept = tokio::time::timeout(PATIENCE, wait).await;
        kept.expect("mail comes in time")
            .expect("the mailbox is still there")
            .clone()
    }

    fn take(&self, letter: &Letter) -> Result<(), NotSent> {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fault) = fault.as_ref().and_then(|fault| fault(letter)) {
            return Err(NotSent(fault));
        }
        let letterhead = Letterhead::new(None, EXTERNAL_URL).expect("the address is one");
        let Words { subject, text, html } = letterhead.words(letter)?;
        let mail = Mail {
            id: letter.id,
            to: letter.address.clone(),
            subject,
            text,
            html,
        };
        self.kept.send_modify(|kept| kept.push(mail));
        Ok(())
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox")
            .field("kept", &self.kept)
            .finish_non_exhaustive()
    }
}

impl Mailer for Mailbox {
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), NotSent>> {
        Box::pin(async move {
            // Others get a turn in between, as they do while a mail server thinks.
            tokio::task::yield_now().await;
            self.take(letter)
        })
    }
}
