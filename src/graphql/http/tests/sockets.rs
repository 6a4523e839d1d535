//! The protocol `graphql-transport-ws`, message by message, over real sockets.

mod closing;
mod operations;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Response as Handshake;

use super::*;

const TRANSPORT: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

/// A client with an open socket.
struct Socket(WebSocketStream<TcpStream>);

impl App {
    fn of_streams(change: impl FnOnce(&mut Streaming)) -> Self {
        Self::streaming(Limits::default(), Introspection::On, change)
    }

    /// Serves the graph on a port of its own, and opens a socket there.
    async fn upgrade(&self, path: &str, headers: &[(&'static str, &str)]) -> (Socket, Handshake) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(address).await.unwrap();
        let (socket, handshake) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        (Socket(socket), handshake)
    }

    async fn open(&self) -> Socket {
        self.upgrade("/api/graphql", &[TRANSPORT]).await.0
    }

    /// A socket whose client has said who it is.
    async fn greeted(&self, token: &str) -> Socket {
        let mut socket = self.open().await;
        let payload = if token.is_empty() {
            Value::Null
        } else {
            json!({ "PRIVATE-TOKEN": token })
        };
        socket
            .says(json!({"type": "connection_init", "payload": payload}))
            .await;
        assert_eq!(socket.hears().await, json!({"type": "connection_ack"}));
        socket
    }
}

impl Socket {
    async fn says(&mut self, message: Value) {
        self.sends(Message::text(message.to_string())).await;
    }

    async fn sends(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    async fn subscribes(&mut self, id: &str, document: &str) {
        self.says(json!({"id": id, "type": "subscribe", "payload": {"query": document}}))
            .await;
    }

    async fn receives(&mut self) -> Message {
        let message = tokio::time::timeout(AGES, self.0.next())
            .await
            .expect("the server says something");
        message.expect("the socket is open").unwrap()
    }

    async fn hears(&mut self) -> Value {
        let message = self.receives().await;
        serde_json::from_str(message.to_text().unwrap()).unwrap_or_else(|_| panic!("{message:?}"))
    }

    /// The errors of an operation, which must be what is heard next.
    async fn hears_errors(&mut self, id: &str) -> Value {
        let heard = self.hears().await;
        assert_eq!((&heard["type"], &heard["id"]), (&json!("error"), &json!(id)), "{heard}");
        heard["payload"].clone()
    }

    /// Code and reason of the close, which must be what comes next.
    async fn is_closed(&mut self) -> (u16, String) {
        match self.receives().await {
            Message::Close(Some(frame)) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("{other:?}"),
        }
    }
}
