//! The last part of the server's life: told to stop, it says so at `/-/readiness` before it does.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Whether the server is on its way out, and how far. Clones share one state.
#[derive(Clone, Debug)]
pub struct Lifecycle(Arc<State>);

#[derive(Debug)]
struct State {
    draining: watch::Sender<bool>,
    ending: watch::Sender<bool>,
}

impl Default for Lifecycle {
    fn default() -> Self {
        let [draining, ending] = [(); 2].map(|()| watch::Sender::new(false));
        Self(Arc::new(State { draining, ending }))
    }
}

impl Lifecycle {
    /// Whether new work should go elsewhere.
    pub fn is_draining(&self) -> bool {
        *self.0.draining.borrow()
    }

    /// Begins the end.
    pub fn drain(&self) {
        self.0.draining.send_replace(true);
    }

    /// Becomes true when no more sockets are taken: what would go on for ever ends then, and its clients, who come again at once, find another replica.
    pub fn ending(&self) -> watch::Receiver<bool> {
        self.0.ending.subscribe()
    }

    /// Ends what would go on for ever.
    pub fn end(&self) {
        self.0.ending.send_replace(true);
    }

    /// Waits for SIGTERM or SIGINT, begins to drain, and is ready when the server should take no more sockets:
    /// `delay` after SIGTERM, for a balancer has to notice first; at once after SIGINT or a second signal.
    ///
    /// Fails when the system does not let the process listen for signals.
    pub fn until_told_to_stop(&self, delay: Duration) -> std::io::Result<impl Future<Output = ()> + use<>> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let lifecycle = self.clone();
        Ok(async move {
            let patient = tokio::select! {
                _ = terminate.recv() => true,
                _ = interrupt.recv() => false,
            };
            tracing::info!("told to stop: no longer ready for new work");
            lifecycle.drain();
            if patient {
                tokio::select! {
                    () = tokio::time::sleep(delay) => {}
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            lifecycle.end();
        })
    }
}
