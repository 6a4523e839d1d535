//! The npm packages `graphql-ws` and `graphql-sse`, and a server that stops while somebody listens.

use std::net::TcpStream;

use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

use super::packages::{finds_all_well, node};
use super::serving::Serving;
use crate::documents::read;
use crate::support::{TestApp, halves, on_both_databases};

on_both_databases!(the_clients_for_streams_ask_change_and_are_refused);

async fn the_clients_for_streams_ask_change_and_are_refused(app: TestApp) {
    let Some(mut script) = node(&halves::GITBEAKER, "clients", "streams.mjs") else {
        return;
    };
    app.import(&serde_json::from_str(&read("src/cli/demo.world.json")).unwrap())
        .await;
    let server = Serving::over(&app);
    finds_all_well(&mut script, &server, &[&server.url, "demo-ada"]);
}

#[test]
fn a_server_that_stops_closes_its_sockets_and_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::server(folder.path());
    let mut socket = open(&server);
    server.terminate();
    match socket.read().unwrap() {
        Message::Close(Some(frame)) => assert_eq!(u16::from(frame.code), 1012),
        other => panic!("{other:?}"),
    }
}

/// A socket on which a client has said who it is: nobody.
fn open(server: &Serving) -> WebSocket<TcpStream> {
    let host = server.url.strip_prefix("http://").unwrap();
    let mut request = format!("ws://{host}/graphql").into_client_request().unwrap();
    let protocol = "graphql-transport-ws".parse().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let stream = TcpStream::connect(host).unwrap();
    let (mut socket, _) = client(request, stream).unwrap();
    socket.send(Message::text(r#"{"type":"connection_init"}"#)).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text(r#"{"type":"connection_ack"}"#));
    socket
}
