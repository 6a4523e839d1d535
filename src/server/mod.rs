//! The outermost floor: the listener, what is wrapped around every request, the pages below `/-/`, and the end.

mod admission;
mod explorer;
mod face;
mod invites;
pub mod jobs;
mod lifecycle;
pub mod listen;
mod ops;
mod reference;
mod request;

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::{Json, Router};
use serde_json::json;

use crate::auth::throttle::Throttle;
use crate::config::Settings;
use crate::domain::App;
use crate::telemetry::Metrics;
use crate::{graphql, rest};

use admission::Admission;
use ops::Probes;
use request::RequestIds;

pub use lifecycle::Lifecycle;

const GRACE: Duration = Duration::from_millis(500);

/// Everything that is served, with all that is wrapped around it. `process` is a random number: it begins the request ids.
pub fn router(app: &Arc<App>, settings: &Settings, lifecycle: Lifecycle, process: u64) -> Router {
    let admission = Admission::new(
        settings.max_in_flight.get(),
        settings.body_timeout,
        // The graph keeps the time itself and says more about it; what is cut off here is what did not.
        settings.request_timeout + GRACE,
    );
    let streaming = graphql::Streaming {
        operations: settings.websocket_operations.get() as usize,
        init_time: settings.websocket_init_timeout,
        ping_every: settings.stream_ping_interval,
        write_time: listen::STALLED,
        ending: lifecycle.ending(),
        room: admission.room(),
    };
    let throttle = Arc::new(Throttle::new(settings, app.db.clock().clone()));
    let faces = Router::new()
        .merge(rest::router(Arc::clone(app), Arc::clone(&throttle)))
        .merge(graphql::router(
            Arc::clone(app),
            throttle,
            settings.graphql_introspection,
            graphql::limits::Limits::of(settings),
            streaming,
        ))
        .merge(invites::router(Arc::clone(app)))
        .fallback(no_such_page)
        .layer(from_fn_with_state(Arc::new(admission), admission::admit));
    let operations = ops::router(Probes {
        app: Arc::clone(app),
        lifecycle,
        metrics: Metrics::install(),
    });
    faces
        .merge(operations)
        .merge(explorer::router())
        .merge(reference::router())
        .layer(from_fn_with_state(Arc::new(RequestIds::new(process)), request::around))
}

async fn no_such_page() -> impl IntoResponse {
    (StatusCode::NOT_FOUND, Json(json!({"error": "404 Not Found"})))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt as _;

    use super::*;
    use crate::clock::Clock;
    use crate::db::{Db, Options};
    use crate::domain::live::Feed;

    #[tokio::test]
    async fn every_answer_carries_the_headers_of_the_edge() {
        let options = Options::new("sqlite::memory:");
        let app = Arc::new(App {
            db: Db::connect(&options, Clock::default()).await.unwrap(),
            external_url: String::new(),
            invites_per_day: None,
            directory: None,
            live: Feed::default(),
        });
        let router = router(&app, &Settings::default(), Lifecycle::default(), 1);
        for path in ["/-/health", "/-/readiness", "/-/metrics", "/api/v4/nowhere", "/nowhere"] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            for name in ["x-request-id", "x-runtime", "x-gitlab-meta", "x-frame-options"] {
                assert!(response.headers().contains_key(name), "{path} has no {name}");
            }
        }
    }
}
