//! Why a socket is closed.

use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::*;

fn piece(text: impl Into<Vec<u8>>, kind: Data, last: bool) -> Message {
    Message::Frame(Frame::message(text.into(), OpCode::Data(kind), last))
}

#[tokio::test]
async fn a_client_that_does_not_say_who_it_is_is_closed_with_4408() {
    let app = App::of_streams(|streaming| streaming.init_time = Duration::from_millis(10));
    let mut socket = app.open().await;
    assert_eq!(
        socket.is_closed().await,
        (4408, "Connection initialisation timeout".to_owned())
    );
}

#[tokio::test]
async fn what_is_no_message_of_the_protocol_is_closed_with_4400() {
    let app = App::new();
    for text in [
        "",
        "{",
        "[]",
        "null",
        "{}",
        r#"{"type":"start"}"#,
        r#"{"type":"next","id":"1","payload":{}}"#,
        r#"{"type":"ping","payload":7}"#,
        r#"{"type":"connection_init","payload":"token"}"#,
        r#"{"type":"connection_init","payload":{"PRIVATE-TOKEN":["t"]}}"#,
        r#"{"type":"complete"}"#,
        r#"{"type":"complete","id":7}"#,
        r#"{"type":"subscribe","payload":{"query":"{ hello }"}}"#,
        r#"{"type":"subscribe","id":"1"}"#,
        r#"{"type":"subscribe","id":"1","payload":"{ hello }"}"#,
    ] {
        let mut socket = app.open().await;
        socket.sends(Message::text(text)).await;
        let (code, reason) = socket.is_closed().await;
        assert_eq!(code, 4400, "{text}");
        assert!(reason.starts_with("Invalid message: "), "{text}: {reason}");
    }
    for payload in [
        json!({}),
        json!({"query": 7}),
        json!({"query": null}),
        json!({"query": "{ hello }", "variables": []}),
        json!({"query": "{ hello }", "operationName": {}}),
        json!({"query": "{ hello }", "extensions": "x"}),
    ] {
        let mut socket = app.greeted("").await;
        socket
            .says(json!({"type": "subscribe", "id": "1", "payload": payload}))
            .await;
        assert_eq!(socket.is_closed().await.0, 4400, "{payload}");
    }
    let mut socket = app.greeted("").await;
    socket.subscribes("", "{ hello }").await;
    assert_eq!(socket.is_closed().await.0, 4400);
}

#[tokio::test]
async fn a_message_that_is_no_text_is_closed_with_4400() {
    let app = App::new();
    let mut socket = app.greeted("").await;
    socket.sends(Message::binary(br#"{"type":"ping"}"#.to_vec())).await;
    assert_eq!(socket.is_closed().await, (4400, "Invalid message: binary".to_owned()));
    let mut socket = app.greeted("").await;
    socket.sends(piece(b"{\"type\":\"\xff\xfe\"}", Data::Text, true)).await;
    assert_eq!(socket.is_closed().await, (4400, "Invalid message: no UTF-8".to_owned()));
}

#[tokio::test]
async fn frames_that_break_the_protocol_below_are_closed_with_1002() {
    let app = App::new();
    let mut socket = app.greeted("").await;
    socket.sends(piece("}", Data::Continue, true)).await;
    assert_eq!(socket.is_closed().await.0, 1002);
}

#[tokio::test]
async fn a_message_that_is_too_long_is_closed_with_1009() {
    let app = App::new();
    let message = |length: usize| {
        let ping = json!({"type": "ping", "payload": {"text": "x".repeat(length)}}).to_string();
        assert!(ping.len() > length);
        ping
    };
    for longer in [64 * 1024, 1024 * 1024] {
        let mut socket = app.greeted("").await;
        // What is refused half-way need not be sent to its end.
        let _ = socket.0.send(Message::text(message(longer))).await;
        assert_eq!(socket.is_closed().await, (1009, "Message too big".to_owned()));
    }
    let mut socket = app.greeted("").await;
    socket.sends(Message::text(message(60 * 1024))).await;
    assert_eq!(socket.hears().await["type"], "pong");
    let half = "x".repeat(40 * 1024);
    socket.sends(piece(half.clone(), Data::Text, false)).await;
    socket.sends(piece(half, Data::Continue, true)).await;
    assert_eq!(socket.is_closed().await.0, 1009);
}

#[tokio::test]
async fn a_message_in_several_frames_is_one() {
    let app = App::new();
    let mut socket = app.greeted("").await;
    socket.sends(piece(r#"{"ty"#, Data::Text, false)).await;
    // Control frames may come between.
    socket.sends(Message::Ping("still here".into())).await;
    socket.sends(piece(r#"pe":"pi"#, Data::Continue, false)).await;
    socket.sends(piece(r#"ng"}"#, Data::Continue, true)).await;
    assert_eq!(socket.receives().await, Message::Pong("still here".into()));
    assert_eq!(socket.hears().await, json!({"type": "pong"}));
}

#[tokio::test]
async fn an_operation_before_the_greeting_is_closed_with_4401() {
    let mut socket = App::new().open().await;
    socket.subscribes("1", "{ hello }").await;
    assert_eq!(socket.is_closed().await, (4401, "Unauthorized".to_owned()));
}

#[tokio::test]
async fn a_dead_token_and_a_user_who_may_not_call_are_closed_with_4403() {
    let app = App::new();
    for (token, reason) in [("dead", "Invalid token"), ("blocked", "Your account has been blocked.")] {
        let mut by_payload = app.open().await;
        by_payload
            .says(json!({"type": "connection_init", "payload": {"headers": {"Private-Token": token}}}))
            .await;
        let (mut by_header, _) = app.upgrade("/graphql", &[TRANSPORT, ("private-token", token)]).await;
        by_header.says(json!({"type": "connection_init"})).await;
        for socket in [&mut by_payload, &mut by_header] {
            assert_eq!(socket.is_closed().await, (4403, reason.to_owned()));
        }
    }
}

#[tokio::test]
async fn a_token_that_dies_meanwhile_is_closed_with_4403_at_the_next_operation() {
    let app = App::new();
    let mut socket = app.greeted("mortal").await;
    socket.subscribes("1", "{ hello }").await;
    assert_eq!(socket.hears().await["type"], "next");
    assert_eq!(socket.hears().await["type"], "complete");
    app.witness.dead.store(true, Ordering::SeqCst);
    socket.subscribes("2", "{ hello }").await;
    assert_eq!(socket.is_closed().await, (4403, "Invalid token".to_owned()));
}

#[tokio::test]
async fn another_subprotocol_and_none_are_closed_with_4406() {
    let app = App::new();
    // The client's library refuses a handshake in which its protocol is not chosen; a browser does, too.
    let (mut socket, handshake) = app.upgrade("/api/graphql", &[]).await;
    assert!(!handshake.headers().contains_key("sec-websocket-protocol"));
    assert_eq!(
        socket.is_closed().await,
        (4406, "Subprotocol not acceptable".to_owned())
    );
    let several = ("sec-websocket-protocol", "graphql-ws, graphql-transport-ws");
    let (_, handshake) = app.upgrade("/api/graphql", &[several]).await;
    assert_eq!(handshake.headers()["sec-websocket-protocol"], "graphql-transport-ws");
}

#[tokio::test]
async fn an_id_that_is_in_use_is_closed_with_4409() {
    let mut socket = App::new().greeted("").await;
    socket.subscribes("one", "subscription { silent }").await;
    socket.subscribes("one", "{ hello }").await;
    assert_eq!(
        socket.is_closed().await,
        (4409, "Subscriber for one already exists".to_owned())
    );
}

#[tokio::test]
async fn a_second_greeting_is_closed_with_4429() {
    let mut socket = App::new().greeted("").await;
    socket.says(json!({"type": "connection_init"})).await;
    assert_eq!(
        socket.is_closed().await,
        (4429, "Too many initialisation requests".to_owned())
    );
}

#[tokio::test]
async fn a_server_that_stops_closes_with_1012_greeted_or_not() {
    let app = App::new();
    let mut fresh = app.open().await;
    let mut busy = app.greeted("").await;
    busy.subscribes("1", "subscription { silent }").await;
    app.witness.started.notified().await;
    app.ending.send_replace(true);
    for socket in [&mut fresh, &mut busy] {
        assert_eq!(socket.is_closed().await, (1012, "Service restart".to_owned()));
    }
    app.witness.finished.notified().await;
}

#[tokio::test]
async fn a_client_that_says_nothing_to_two_pings_is_closed() {
    let app = App::of_streams(|streaming| streaming.ping_every = Duration::from_millis(10));
    let mut socket = app.greeted("").await;
    assert_eq!(socket.hears().await, json!({"type": "ping"}));
    assert_eq!(socket.hears().await, json!({"type": "ping"}));
    assert_eq!(socket.is_closed().await.0, 1001);
}

#[tokio::test]
async fn a_client_that_answers_pings_stays() {
    let app = App::of_streams(|streaming| streaming.ping_every = Duration::from_millis(50));
    let mut socket = app.greeted("").await;
    for _ in 0..6 {
        assert_eq!(socket.hears().await, json!({"type": "ping"}));
        socket.says(json!({"type": "pong"})).await;
    }
}

#[tokio::test]
async fn a_client_that_closes_is_told_goodbye_and_its_work_ends() {
    let app = App::new();
    let mut socket = app.greeted("").await;
    socket.subscribes("1", "subscription { silent }").await;
    app.witness.started.notified().await;
    socket.0.close(None).await.unwrap();
    assert_eq!(socket.receives().await, Message::Close(None));
    app.witness.finished.notified().await;
}

#[tokio::test]
async fn a_client_that_is_gone_ends_its_work() {
    let app = App::new();
    let mut socket = app.greeted("").await;
    socket.subscribes("1", "subscription { silent }").await;
    app.witness.started.notified().await;
    drop(socket);
    app.witness.finished.notified().await;
}

#[tokio::test]
async fn a_request_that_is_no_proper_upgrade_is_answered_by_http() {
    let app = App::new();
    let request = Request::get("/api/graphql").header("upgrade", "websocket");
    let answer = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.code()), (400, &json!("BAD_USER_INPUT")));
}
