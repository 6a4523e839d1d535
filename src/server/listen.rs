//! The accept loop: what `axum::serve` does, with an end to every wait.
//!
//! A socket that says nothing, or stops in the middle of its headers, is closed; so is every idle one when the server stops.

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Sleep;
use tower::Service as _;

/// A client of HTTP/2 that does not answer a ping within this is gone.
const PING_EVERY: Duration = Duration::from_secs(20);
const PONG_WITHIN: Duration = Duration::from_secs(10);

/// A client that takes nothing of what is written to it for so long is cut off: it would hold its answer, or its stream, for ever.
pub const STALLED: Duration = Duration::from_secs(15);

/// The waits between two tries to accept while the process is out of file descriptors: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What one listener grants its clients.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the opening of a socket, or from the last answer, to the end of the next headers.
    pub header_timeout: Duration,
    /// How long a client may take nothing of what is written to it.
    pub write_timeout: Duration,
    /// How long requests may go on once the server stops.
    pub shutdown_timeout: Duration,
    /// Open sockets at once, upgraded ones included; the system queues what is beyond.
    pub max_connections: u32,
}

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every request was answered and every socket closed.
    Clean,
    /// This many sockets were still open when the time for shutting down was over.
    Abandoned(usize),
}

/// Serves `app` until `stop` is ready, then takes no more sockets and lets the open requests finish.
///
/// Requests carry the peer's address as [`ConnectInfo`].
pub async fn serve(listener: TcpListener, app: Router, limits: Limits, stop: impl Future<Output = ()>) -> Ending {
    let sockets = Arc::new(Semaphore::new(limits.max_connections as usize));
    let (closing, closed) = watch::channel(false);
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            (stream, peer) = accept(&listener, &sockets, limits.write_timeout) => {
                tokio::spawn(converse(stream, peer, app.clone(), limits, closed.clone()));
            }
        }
    }
    drop(listener);
    closing.send_replace(true);
    let every_socket = sockets.acquire_many(limits.max_connections);
    match tokio::time::timeout(limits.shutdown_timeout, every_socket).await {
        Ok(_) => Ending::Clean,
        Err(_) => Ending::Abandoned((limits.max_connections as usize).saturating_sub(sockets.available_permits())),
    }
}

/// The next socket, once there is room for it.
async fn accept(listener: &TcpListener, sockets: &Arc<Semaphore>, write_timeout: Duration) -> (Socket, SocketAddr) {
    let mut pause = FIRST_PAUSE;
    loop {
        let Ok(room) = Arc::clone(sockets).acquire_owned().await else {
            // Only a closed semaphore refuses, and nobody closes this one.
            return std::future::pending().await;
        };
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are written whole; waiting for more to send only adds latency.
                let _ = stream.set_nodelay(true);
                return (Socket::new(stream, room, write_timeout), peer);
            }
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                // No descriptor or no memory is left: asking again at once would only burn the processor.
                drop(room);
                tracing::error!(error = %error, "cannot accept a connection: {error}");
                tokio::time::sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        }
    }
}

/// Whether a failed accept means no more than that this one client is gone.
fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

/// One connection, from its first byte to its last.
async fn converse(socket: Socket, peer: SocketAddr, app: Router, limits: Limits, mut closing: watch::Receiver<bool>) {
    let begun = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&begun);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        seen.store(true, Ordering::Relaxed);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        // A router is always ready, and a clone of it is a counter.
        app.clone().call(request)
    });
    let protocol = protocol(limits);
    let mut connection = pin!(protocol.serve_connection_with_upgrades(socket, service));

    // hyper's own time-out begins after it has told HTTP/1 from HTTP/2, which a silent client can put off for ever.
    let mut first_request = pin!(tokio::time::sleep(limits.header_timeout));
    let mut waiting = true;
    let mut open = true;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(peer = %peer, error, "connection ended early");
                }
                return;
            }
            () = first_request.as_mut(), if waiting => {
                if !begun.load(Ordering::Relaxed) {
                    return;
                }
                waiting = false;
            }
            _ = closing.wait_for(|closing| *closing), if open => {
                connection.as_mut().graceful_shutdown();
                open = false;
            }
        }
    }
}

fn protocol(limits: Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PONG_WITHIN)
        .max_concurrent_streams(128);
    builder
}

/// A socket and its place among those that may be open: the place is given back when the socket closes,
/// also when it has become a WebSocket meanwhile.
struct Socket {
    stream: TokioIo<TcpStream>,
    /// Runs while the client takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    write_timeout: Duration,
    _room: OwnedSemaphorePermit,
}

impl Socket {
    fn new(stream: TcpStream, room: OwnedSemaphorePermit, write_timeout: Duration) -> Self {
        Self {
            stream: TokioIo::new(stream),
            stalled: None,
            write_timeout,
            _room: room,
        }
    }

    /// What came of a try to write, or that there were none for too long.
    fn patiently<T>(&mut self, cx: &mut Context<'_>, tried: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if tried.is_ready() {
            self.stalled = None;
            return tried;
        }
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(self.write_timeout)));
        stalled.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Read for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl Write for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.patiently(cx, tried)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.patiently(cx, tried)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use axum::extract::{ConnectInfo, Request, State};
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::{Notify, oneshot};
    use tokio::task::JoinHandle;

    use super::*;

    const LIMITS: Limits = Limits {
        header_timeout: Duration::from_secs(30),
        write_timeout: Duration::from_secs(30),
        shutdown_timeout: Duration::from_secs(30),
        max_connections: 16,
    };

    /// A server on a free port; it stops when told to.
    struct Server {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        ending: JoinHandle<Ending>,
    }

    impl Server {
        async fn start(app: Router, limits: Limits) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (stop, stopped) = oneshot::channel();
            let ending = tokio::spawn(serve(listener, app, limits, async {
                stopped.await.unwrap();
            }));
            Self { address, stop, ending }
        }

        async fn connect(&self) -> TcpStream {
            TcpStream::connect(self.address).await.unwrap()
        }
    }

    /// What the server still sends before it closes; a server that never closes fails the test.
    async fn rest(stream: &mut TcpStream) -> String {
        let mut text = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut text)).await;
        // A reset is a way to close, too.
        let _ = read.expect("the server closes the socket");
        String::from_utf8(text).unwrap()
    }

    async fn ask(stream: &mut TcpStream, path: &str) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: roster\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
    }

    /// Reads one answer that ends with `end`.
    async fn answer(stream: &mut TcpStream, end: &str) {
        let mut text = String::new();
        while !text.ends_with(end) {
            let mut some = [0; 512];
            let count = stream.read(&mut some).await.unwrap();
            assert_ne!(count, 0, "closed after {text:?}");
            text.push_str(std::str::from_utf8(&some[..count]).unwrap());
        }
    }

    fn hello() -> Router {
        Router::new().route("/", get(|| async { "hello" }))
    }

    fn impatient() -> Limits {
        Limits {
            header_timeout: Duration::from_millis(50),
            ..LIMITS
        }
    }

    #[tokio::test]
    async fn a_socket_that_says_nothing_is_closed() {
        let server = Server::start(hello(), impatient()).await;
        let mut stream = server.connect().await;
        assert_eq!(rest(&mut stream).await, "");
    }

    #[tokio::test]
    async fn a_socket_that_stops_within_the_words_that_tell_http_2_is_closed() {
        let server = Server::start(hello(), impatient()).await;
        for beginning in ["P", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
            let mut stream = server.connect().await;
            stream.write_all(beginning.as_bytes()).await.unwrap();
            let said = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut Vec::new())).await;
            assert!(said.is_ok(), "still open after {beginning:?}");
        }
    }

    #[tokio::test]
    async fn a_socket_that_stops_in_the_middle_of_its_headers_is_closed() {
        let server = Server::start(hello(), impatient()).await;
        let mut stream = server.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: ros").await.unwrap();
        assert_eq!(rest(&mut stream).await, "");
    }

    #[tokio::test]
    async fn a_socket_that_stops_in_the_middle_of_its_second_headers_is_closed() {
        let server = Server::start(hello(), impatient()).await;
        let mut stream = server.connect().await;
        ask(&mut stream, "/").await;
        answer(&mut stream, "hello").await;
        stream.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
        assert_eq!(rest(&mut stream).await, "");
    }

    #[tokio::test]
    async fn a_request_knows_the_address_of_its_peer() {
        let app = Router::new().route(
            "/",
            get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()),
        );
        let server = Server::start(app, LIMITS).await;
        let mut stream = server.connect().await;
        let own = stream.local_addr().unwrap().to_string();
        ask(&mut stream, "/").await;
        answer(&mut stream, &own).await;
    }

    /// Tells when it is dropped.
    struct Ended(Arc<Notify>);

    impl Drop for Ended {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_of_its_answer_is_cut_off() {
        let ended = Arc::new(Notify::new());
        let held = Arc::new(Ended(Arc::clone(&ended)));
        let handler = get(async move || {
            let held = Arc::clone(&held);
            Body::from_stream(futures_util::stream::repeat_with(move || {
                let _held = &held;
                Ok::<_, io::Error>("x".repeat(100_000))
            }))
        });
        let limits = Limits {
            write_timeout: Duration::from_millis(50),
            ..LIMITS
        };
        let server = Server::start(Router::new().route("/", handler), limits).await;
        let mut stream = server.connect().await;
        ask(&mut stream, "/").await;
        // The router ends with the server: only the answer holds on then.
        server.stop.send(()).unwrap();
        assert_eq!(server.ending.await.unwrap(), Ending::Clean);
        ended.notified().await;
    }

    #[tokio::test]
    async fn a_socket_above_the_cap_waits_until_another_closes() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let note = |State(order): State<Arc<Mutex<Vec<String>>>>, request: Request| async move {
            order.lock().unwrap().push(request.uri().path().to_owned());
            "done"
        };
        let app = Router::new().fallback(note).with_state(Arc::clone(&order));
        let limits = Limits {
            max_connections: 1,
            ..LIMITS
        };
        let server = Server::start(app, limits).await;
        let mut first = server.connect().await;
        ask(&mut first, "/1").await;
        answer(&mut first, "done").await;
        let mut second = server.connect().await;
        ask(&mut second, "/4").await;
        for path in ["/2", "/3"] {
            ask(&mut first, path).await;
            answer(&mut first, "done").await;
        }
        drop(first);
        answer(&mut second, "done").await;
        assert_eq!(*order.lock().unwrap(), ["/1", "/2", "/3", "/4"]);
    }

    /// A handler that says when it has begun and goes on when told.
    fn held() -> (Router, Arc<Notify>, Arc<Notify>) {
        let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (Arc::clone(&begun), Arc::clone(&go));
        let handler = get(async move || {
            tell.notify_one();
            wait.notified().await;
            "finished"
        });
        (Router::new().route("/", handler), begun, go)
    }

    #[tokio::test]
    async fn stopping_finishes_what_is_open_and_takes_nothing_new() {
        let (app, begun, go) = held();
        let server = Server::start(app, LIMITS).await;
        let mut idle = server.connect().await;
        let mut busy = server.connect().await;
        ask(&mut busy, "/").await;
        begun.notified().await;
        server.stop.send(()).unwrap();
        assert_eq!(rest(&mut idle).await, "");
        assert!(TcpStream::connect(server.address).await.is_err());
        go.notify_one();
        assert!(rest(&mut busy).await.ends_with("finished"));
        assert_eq!(server.ending.await.unwrap(), Ending::Clean);
    }

    #[tokio::test]
    async fn stopping_does_not_wait_for_ever() {
        let (app, begun, _go) = held();
        let limits = Limits {
            shutdown_timeout: Duration::from_millis(50),
            ..LIMITS
        };
        let server = Server::start(app, limits).await;
        let mut busy = server.connect().await;
        ask(&mut busy, "/").await;
        begun.notified().await;
        server.stop.send(()).unwrap();
        assert_eq!(server.ending.await.unwrap(), Ending::Abandoned(1));
    }

    #[test]
    fn only_a_fault_of_the_client_is_passed_over_at_once() {
        assert!(is_of_the_client(&io::ErrorKind::ConnectionAborted.into()));
        // EMFILE
        assert!(!is_of_the_client(&io::Error::from_raw_os_error(24)));
    }
}
