//! The graph over WebSocket, by the protocol `graphql-transport-ws`: queries, mutations and subscriptions, several at once on one socket.
//!
//! Nothing is buffered for a slow reader: an operation goes on when its last answer has been written, and a socket that takes none is dropped.

mod close;
mod converse;
mod greeting;
mod message;
mod operate;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{ObjectType, SubscriptionType};
use axum::extract::FromRequestParts as _;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use tokio::time::timeout;
use tracing::Instrument as _;

use self::close::Close;
use self::converse::{Conversation, End};
use super::Graph;
use crate::graphql::error::Refusal;

const SUBPROTOCOL: &str = "graphql-transport-ws";

/// The longest message of a client, in bytes; no body of a request may be longer either.
const LONGEST_MESSAGE: usize = 64 * 1024;

/// Read at once. Most messages are short, and every idle socket keeps as much.
const READ_BUFFER: usize = 4 * 1024;

/// How long a client may take to see that the socket was closed.
const LINGER: Duration = Duration::from_secs(1);

/// Whether a request wants to become a WebSocket.
pub(super) fn is_wanted(parts: &Parts) -> bool {
    let upgrades = |headers: &HeaderMap| {
        headers
            .get(header::UPGRADE)
            .is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
    };
    parts.method == Method::GET && upgrades(&parts.headers)
}

/// Makes a WebSocket of a request. A token that it carries is looked at when the client says `connection_init`, for that may carry another.
pub(super) async fn upgrade<Q, M, S>(graph: Arc<Graph<Q, M, S>>, mut parts: Parts) -> Result<Response, Refusal>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &())
        .await
        .map_err(|rejection| Refusal::request(rejection.status(), super::code::BAD_USER_INPUT, rejection.body_text()))?
        .protocols([SUBPROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .max_message_size(LONGEST_MESSAGE)
        .max_frame_size(LONGEST_MESSAGE);
    let span = tracing::Span::current();
    Ok(upgrade.on_upgrade(move |socket| serve(graph, parts, socket).instrument(span)))
}

/// One socket, from its first message to its last.
async fn serve<Q, M, S>(graph: Arc<Graph<Q, M, S>>, parts: Parts, mut socket: WebSocket)
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let end = if socket.protocol().is_some() {
        Conversation::new(graph, parts, &mut socket).to_its_end().await
    } else {
        End::Close(Close::subprotocol_not_acceptable())
    };
    match end {
        End::Close(close) => {
            tracing::debug!(code = close.code, "the server closes a WebSocket");
            say_goodbye(socket, close).await;
        }
        // What answers the client's own goodbye goes out with the next read.
        End::Closed => drop(timeout(LINGER, socket.recv()).await),
        End::Gone => {}
    }
}

/// Closes a socket, and waits a moment for the client to see it: what it has sent meanwhile would otherwise make the system reset the connection,
/// and the reason would be lost.
async fn say_goodbye(mut socket: WebSocket, close: Close) {
    let readable = close.is_readable();
    let goodbye = socket.send(Message::Close(Some(close.frame())));
    if !matches!(timeout(LINGER, goodbye).await, Ok(Ok(()))) {
        return;
    }
    if readable {
        let _ = timeout(LINGER, async { while let Some(Ok(_)) = socket.recv().await {} }).await;
    } else {
        tokio::time::sleep(LINGER).await;
    }
}
