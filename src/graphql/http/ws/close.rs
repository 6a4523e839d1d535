//! Why the server closes a socket: the codes of the protocol `graphql-transport-ws`, and those of WebSocket itself.

use std::error::Error;

use axum::extract::ws::{CloseFrame, close_code};
use axum::http::StatusCode;
use tokio_tungstenite::tungstenite;

use crate::graphql::error::{Refusal, RefusalStatus};

/// A control frame has 125 bytes at most, two of them for the code.
const LONGEST_REASON: usize = 123;

/// A code and a reason.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    reason: String,
}

impl Close {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { code, reason }
    }

    /// What came is no message of the protocol.
    pub(super) fn invalid(reason: impl Into<String>) -> Self {
        Self::new(4400, reason)
    }

    /// An operation before `connection_init`.
    pub(super) fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }

    pub(super) fn subprotocol_not_acceptable() -> Self {
        Self::new(4406, "Subprotocol not acceptable")
    }

    pub(super) fn init_timeout() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    pub(super) fn duplicate(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    pub(super) fn second_init() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }

    /// The server stops. Clients come again by themselves, and find another replica.
    pub(super) fn restart() -> Self {
        Self::new(close_code::RESTART, "Service restart")
    }

    /// Nothing came for so long that the client must be gone. If it is not, it comes again by itself.
    pub(super) fn silence() -> Self {
        Self::new(close_code::AWAY, "Nothing was heard of the client")
    }

    /// The client may not call: 4403, whatever status HTTP would have had for that; or the server cannot tell now.
    pub(super) fn refused(refusal: &Refusal) -> Self {
        let reason = refusal.errors.first().map_or("", |error| &error.message);
        match refusal.status {
            RefusalStatus::Always(StatusCode::SERVICE_UNAVAILABLE) => Self::new(close_code::AGAIN, reason),
            RefusalStatus::Always(status) if status.is_server_error() => Self::new(4500, reason),
            _ => Self::new(4403, reason),
        }
    }

    /// What is wrong with the frames themselves; none when there is nobody left to tell.
    pub(super) fn unreadable(error: axum::Error) -> Option<Self> {
        let error = error.into_inner();
        match (&*error as &(dyn Error + 'static)).downcast_ref::<tungstenite::Error>()? {
            tungstenite::Error::Capacity(_) => Some(Self::new(close_code::SIZE, "Message too big")),
            tungstenite::Error::Utf8(_) => Some(Self::invalid("Invalid message: no UTF-8")),
            tungstenite::Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => None,
            tungstenite::Error::Protocol(_) => Some(Self::new(close_code::PROTOCOL, "Protocol error")),
            _ => None,
        }
    }

    /// Whether more can be read after it: where a message that is too long ends is not known.
    pub(super) fn is_readable(&self) -> bool {
        !matches!(self.code, close_code::SIZE | close_code::PROTOCOL)
    }

    /// As it goes over the wire; a reason that is too long is cut.
    pub(super) fn frame(self) -> CloseFrame {
        let mut reason = self.reason;
        let fits = reason.floor_char_boundary(LONGEST_REASON);
        reason.truncate(fits);
        CloseFrame {
            code: self.code,
            reason: reason.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_the_frame() {
        let frame = Close::duplicate(&"ä".repeat(100)).frame();
        assert_eq!(frame.code, 4409);
        assert!(frame.reason.len() <= LONGEST_REASON, "{}", frame.reason.len());
        assert!(frame.reason.starts_with("Subscriber for ää"));
    }
}
