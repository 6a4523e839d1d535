//! Directories that do not answer, or only half.

use std::time::Duration;

use roster::directory::{Place, Server};
use roster::domain::ldap::{Asked, Directory};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::server::{Ldif, Slapd};

async fn ask(place: Place) -> Result<Vec<Vec<String>>, String> {
    let asked = vec![Asked::Filter("(uid=*)".to_owned())];
    let server = Server::new(place).unwrap();
    server.people(asked).await.map_err(|unread| unread.to_string())
}

fn at(port: u16, timeout: Duration) -> Place {
    Place {
        url: format!("ldap://127.0.0.1:{port}"),
        timeout,
        ..Place::default()
    }
}

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

const LONG: Duration = Duration::from_mins(5);

#[tokio::test]
async fn where_nobody_listens_nothing_is_read() {
    let (listener, port) = listener().await;
    drop(listener);
    let why = ask(at(port, LONG)).await.unwrap_err();
    assert!(why.starts_with("The directory cannot be reached: "), "{why}");
}

#[tokio::test]
async fn who_never_answers_is_not_waited_for() {
    let (listener, port) = listener().await;
    let silent = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        // Whatever is asked is read, until the other side gives up.
        let mut asked = Vec::new();
        let _ = socket.read_to_end(&mut asked).await;
        asked.len()
    });
    let why = ask(at(port, Duration::from_millis(200))).await.unwrap_err();
    assert_eq!(why, "The directory did not answer within 200ms");
    assert!(
        silent.await.unwrap() > 0,
        "it was asked, and the connection did not outlive the question"
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_no_answer() {
    for nonsense in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        &[0x30, 0x05, 0x02, 0x01, 0x01, 0x7f, 0x00],
    ] {
        let (listener, port) = listener().await;
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut asked = [0; 64];
            let _ = socket.read(&mut asked).await;
            let _ = socket.write_all(nonsense).await;
        });
        assert!(ask(at(port, LONG)).await.is_err(), "{nonsense:?}");
    }
}

#[tokio::test]
async fn a_server_without_a_certificate_is_not_talked_to_where_one_is_needed() {
    let (listener, port) = listener().await;
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut asked = [0; 64];
        let _ = socket.read(&mut asked).await;
        let _ = socket.write_all(b"no TLS here").await;
    });
    let url = format!("ldaps://127.0.0.1:{port}");
    let why = ask(Place { url, ..at(port, LONG) }).await.unwrap_err();
    assert!(why.starts_with("The directory cannot be reached: "), "{why}");
}

/// Passes everything on, and from the answers only so many bytes.
async fn cut_after(bytes: usize, to: u16) -> u16 {
    let (listener, port) = listener().await;
    tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
        let ((mut from_client, mut to_client), (from_server, mut to_server)) =
            (client.into_split(), server.into_split());
        let asking = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
        let _ = tokio::io::copy(&mut from_server.take(bytes as u64), &mut to_client).await;
        asking.abort();
    });
    port
}

#[test]
fn half_an_answer_is_none() {
    let names: Vec<_> = (0..200).map(|index| format!("p{index}")).collect();
    let Some(slapd) = Slapd::start(&Ldif::people(names.iter().map(|name| (name.as_str(), "staff"))), "") else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let through = async |bytes: usize| {
            let port = cut_after(bytes, slapd.port()).await;
            let url = at(port, LONG).url;
            ask(Place { url, ..slapd.place() }).await
        };
        assert_eq!(through(1 << 20).await.unwrap()[0].len(), 200);
        // In the answer to the bind, at its end, in an entry, between entries.
        for bytes in [0, 5, 14, 60, 500, 1_000, 4_001, 8_000] {
            let why = through(bytes).await.expect_err("half of it");
            assert!(why.starts_with("The directory "), "{bytes}: {why}");
        }
    });
}
