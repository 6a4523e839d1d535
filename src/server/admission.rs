//! What a request passes before a face works on it: its body is in, there is room for it, and its time is counted.
//!
//! A slow sender holds only its socket: room is taken after the body is in.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use http_body_util::BodyExt as _;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::face::{Face, Refusal};

/// A body up to this many bytes is in memory before the work begins. No face takes a longer one;
/// which words refuse it is theirs to say, so it is handed on with its end still out.
const HELD_BODY: u64 = 1024 * 1024;

/// The mutations by which somebody loses access: a document that names one may use the room that is kept for them.
const REVOKING: [&[u8]; 10] = [
    b"memberRemove",
    b"memberUpdate",
    b"memberSetState",
    b"MemberBulkUpdate",
    b"billableMemberRemove",
    b"invitationRevoke",
    b"shareDelete",
    b"groupDelete",
    b"projectDelete",
    b"personalAccessTokenRevoke",
];

/// The room for work, and the time that it may take.
#[derive(Debug)]
pub(super) struct Admission {
    room: Arc<Semaphore>,
    /// A part of it that only work may use by which somebody loses access: that must go through when everything else queues up.
    kept: Semaphore,
    body_timeout: Duration,
    request_timeout: Duration,
}

impl Admission {
    /// Room for `max_in_flight` requests at once, a quarter of it for those by which somebody loses access.
    pub(super) fn new(max_in_flight: u32, body_timeout: Duration, request_timeout: Duration) -> Self {
        let all = max_in_flight as usize;
        let kept = all / 4;
        Self {
            room: Arc::new(Semaphore::new(all - kept)),
            kept: Semaphore::new(kept),
            body_timeout,
            request_timeout,
        }
    }

    /// The room that is not kept, for work that comes by another way than a request of its own.
    pub(super) fn room(&self) -> Arc<Semaphore> {
        Arc::clone(&self.room)
    }

    async fn pass(&self, request: Request, next: Next) -> Result<Response, Refusal> {
        let (request, body) = timeout(self.body_timeout, with_body_in(request))
            .await
            .map_err(|_| Refusal::BodyTooSlow)??;
        let _room = match self.room.try_acquire() {
            Ok(room) => room,
            Err(_) if revokes(&request, &body) => self.kept.try_acquire().map_err(|_| Refusal::Busy)?,
            Err(_) => return Err(Refusal::Busy),
        };
        let work = AssertUnwindSafe(next.run(request)).catch_unwind();
        match timeout(self.request_timeout, work).await {
            Ok(Ok(response)) => Ok(response),
            // The hook of the panic has logged what and where.
            Ok(Err(_)) => Err(Refusal::Panicked),
            Err(_) => Err(Refusal::TooLong),
        }
    }
}

/// The layer around the faces.
pub(super) async fn admit(State(admission): State<Arc<Admission>>, request: Request, next: Next) -> Response {
    let face = Face::of(request.uri().path());
    let asked = request.headers().clone();
    admission
        .pass(request, next)
        .await
        .unwrap_or_else(|refusal| refusal.answer(face, &asked))
}

/// Whether somebody may lose access by it, as far as its outside tells.
fn revokes(request: &Request, body: &[u8]) -> bool {
    match Face::of(request.uri().path()) {
        Face::Rest => *request.method() == Method::DELETE,
        Face::Graph => REVOKING
            .iter()
            .any(|name| body.windows(name.len()).any(|part| part == *name)),
        Face::Operations | Face::Pages => false,
    }
}

/// The request once its body is in, and that body, unless it is one that is handed on with its end still out.
async fn with_body_in(request: Request) -> Result<(Request, Bytes), Refusal> {
    let (parts, mut body) = request.into_parts();
    if body.is_end_stream() || body.size_hint().lower() > HELD_BODY {
        return Ok((Request::from_parts(parts, body), Bytes::new()));
    }
    let mut held: Vec<Bytes> = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::BodyBroken)?;
        let Ok(data) = frame.into_data() else {
            continue; // Trailers: nobody asks for them.
        };
        length += data.len() as u64;
        held.push(data);
        if length > HELD_BODY {
            let rest = body.into_data_stream();
            let whole = stream::iter(held.into_iter().map(Ok)).chain(rest);
            return Ok((Request::from_parts(parts, Body::from_stream(whole)), Bytes::new()));
        }
    }
    let whole: Bytes = match held.len() {
        1 => held.remove(0),
        _ => held.concat().into(),
    };
    Ok((Request::from_parts(parts, Body::from(whole.clone())), whole))
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::header::RETRY_AFTER;
    use axum::middleware::from_fn_with_state;
    use axum::routing::{get, post};
    use std::convert::Infallible;
    use tokio::sync::Notify;
    use tower::ServiceExt as _;

    use super::*;

    const AGES: Duration = Duration::from_secs(20);
    const A_MOMENT: Duration = Duration::from_millis(20);

    fn around(faces: Router, admission: Admission) -> Router {
        faces.layer(from_fn_with_state(Arc::new(admission), admit))
    }

    async fn ask(app: &Router, path: &str, body: Body) -> (u16, String) {
        let request = Request::post(path).body(body).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn work_above_the_room_is_refused_and_told_when_to_come_again() {
        let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (Arc::clone(&begun), Arc::clone(&go));
        let held = get(async move || {
            tell.notify_one();
            wait.notified().await;
        });
        let app = around(Router::new().route("/api/v4/x", held), Admission::new(1, AGES, AGES));
        let request = || Request::get("/api/v4/x").body(Body::empty()).unwrap();
        let first = tokio::spawn(app.clone().oneshot(request()));
        begun.notified().await;
        let refused = timeout(AGES, app.clone().oneshot(request()));
        let refused = refused.await.expect("no second one is held").unwrap();
        assert_eq!(refused.status(), 503);
        assert_eq!(refused.headers()[RETRY_AFTER], "1");
        go.notify_one();
        assert_eq!(first.await.unwrap().unwrap().status(), 200);
        go.notify_one();
        assert_eq!(app.oneshot(request()).await.unwrap().status(), 200);
    }

    #[tokio::test]
    async fn room_is_kept_for_those_who_take_access_away() {
        let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let held = || {
            let (tell, wait) = (Arc::clone(&begun), Arc::clone(&go));
            axum::routing::any(async move || {
                tell.notify_one();
                wait.notified().await;
            })
        };
        let faces = Router::new().route("/api/v4/x", held()).route("/api/graphql", held());
        let app = around(faces, Admission::new(4, AGES, AGES));
        let ask = |method: Method, path: &str, body: &'static str| {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .body(Body::from(body))
                .unwrap();
            tokio::spawn(app.clone().oneshot(request))
        };
        let mut working = Vec::new();
        for _ in 0..3 {
            working.push(ask(Method::GET, "/api/v4/x", ""));
            begun.notified().await;
        }
        for (method, path, body) in [
            (Method::GET, "/api/v4/x", ""),
            (Method::POST, "/api/v4/x", "memberRemove"),
            (Method::POST, "/api/graphql", "{ currentUser { id } }"),
        ] {
            let refused = timeout(AGES, ask(method, path, body)).await.expect("it is not let in");
            assert_eq!(refused.unwrap().unwrap().status(), 503, "{path} {body}");
        }
        for (method, path, body) in [
            (Method::DELETE, "/api/v4/x", ""),
            (
                Method::POST,
                "/api/graphql",
                "mutation { memberRemove(input: $in) { errors } }",
            ),
        ] {
            let let_in = ask(method, path, body);
            timeout(AGES, begun.notified()).await.expect("it is let in");
            let_in.abort();
            let _ = let_in.await;
        }
        for task in working {
            task.abort();
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_takes_no_room() {
        let app = around(
            Router::new().route("/api/v4/x", post(async || "done")),
            Admission::new(1, AGES, AGES),
        );
        let never = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let slow = tokio::spawn({
            let app = app.clone();
            async move { ask(&app, "/api/v4/x", never).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(ask(&app, "/api/v4/x", Body::from("{}")).await.0, 200);
        slow.abort();
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let app = around(
            Router::new().route("/api/v4/x", post(async || "done")),
            Admission::new(1, A_MOMENT, AGES),
        );
        let never = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let answer = ask(&app, "/api/v4/x", never).await;
        assert_eq!(answer, (408, r#"{"message":"408 Request Timeout"}"#.to_owned()));
    }

    #[tokio::test]
    async fn an_answer_that_does_not_come_is_given_up() {
        let never = post(async || std::future::pending::<()>().await);
        let app = around(
            Router::new().route("/api/v4/x", never),
            Admission::new(1, AGES, A_MOMENT),
        );
        assert_eq!(ask(&app, "/api/v4/x", Body::empty()).await.0, 503);
        // And its room is free again.
        let (status, body) = ask(&app, "/api/v4/x", Body::empty()).await;
        assert_eq!(status, 503);
        assert!(body.contains("took too long"), "{body}");
    }

    #[tokio::test]
    async fn a_panic_is_answered_without_details() {
        async fn broken() {
            panic!("the secret of the house");
        }
        let app = around(
            Router::new().route("/api/v4/x", post(broken)),
            Admission::new(1, AGES, AGES),
        );
        let answer = ask(&app, "/api/v4/x", Body::empty()).await;
        assert_eq!(answer, (500, r#"{"message":"500 Internal Server Error"}"#.to_owned()));
    }

    #[tokio::test]
    async fn a_body_reaches_the_face_whole_whatever_its_length_and_its_pieces() {
        let app = around(
            Router::new().route(
                "/api/v4/x",
                post(async |request: Request| request.into_body().collect().await.unwrap().to_bytes()),
            ),
            Admission::new(1, AGES, AGES),
        );
        let text = "0123456789abcdef".repeat(100_000);
        for length in [0, 1, 1000, text.len()] {
            let pieces: Vec<_> = text.as_bytes()[..length]
                .chunks(100_000)
                .map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece)))
                .collect();
            for body in [
                Body::from(text[..length].to_owned()),
                Body::from_stream(stream::iter(pieces)),
            ] {
                let (status, echo) = ask(&app, "/api/v4/x", body).await;
                assert_eq!(status, 200);
                assert!(echo == text[..length], "{length} bytes came back as {}", echo.len());
            }
        }
    }
}
