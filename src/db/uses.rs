//! Tokens that were shown, until that is written down: a request does not wait for it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use tokio::sync::Notify;

use super::Db;
use crate::types::TokenId;

/// More of them are forgotten: each is noted again when it is shown the next time.
const MOST: usize = 10_000;

/// What is noted, and who waits for it.
#[derive(Debug, Default)]
pub(super) struct Uses {
    noted: Mutex<HashMap<TokenId, Option<IpAddr>>>,
    bell: Notify,
}

impl Db {
    /// Notes that a token was shown, and from where.
    pub fn note_use(&self, token: TokenId, from: Option<IpAddr>) {
        let Ok(mut noted) = self.uses.noted.lock() else {
            return;
        };
        if noted.len() < MOST || noted.contains_key(&token) {
            noted.insert(token, from);
            self.uses.bell.notify_one();
        }
    }

    /// Waits for such a note; at once, when there was one since the last time.
    pub async fn uses_noted(&self) {
        self.uses.bell.notified().await;
    }

    /// All that was noted since this was asked last.
    pub fn take_uses(&self) -> HashMap<TokenId, Option<IpAddr>> {
        self.uses
            .noted
            .lock()
            .map(|mut noted| std::mem::take(&mut *noted))
            .unwrap_or_default()
    }
}
