//! How answers that go on for a while are kept going, and when they end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

/// What WebSockets and streams of events are held to, and what the server lends them.
#[derive(Clone, Debug)]
pub struct Streaming {
    /// Operations at once on one WebSocket.
    pub operations: usize,
    /// How long a client may take from the opening of a WebSocket to its `connection_init`.
    pub init_time: Duration,
    /// How often the server shows that it is there, also when there is nothing to tell.
    pub ping_every: Duration,
    /// A message on a WebSocket that is not taken within this is not taken any more, and the socket is dropped.
    pub write_time: Duration,
    /// Becomes true when the server stops: then every WebSocket and stream ends, and clients go on elsewhere.
    pub ending: watch::Receiver<bool>,
    /// The room for work, shared with requests: queries and mutations on a WebSocket take theirs one by one.
    pub room: Arc<Semaphore>,
}

/// Is ready when the server stops; never, when nobody is left who could say so.
pub(super) async fn ended(ending: &mut watch::Receiver<bool>) {
    if ending.wait_for(|ending| *ending).await.is_err() {
        std::future::pending().await
    }
}
