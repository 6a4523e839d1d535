//! `/-/health`, `/-/liveness`, `/-/readiness` and `/-/metrics`: for probes and for Prometheus, outside of every limit.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::Lifecycle;
use crate::domain::App;
use crate::telemetry::Metrics;

/// A database that takes longer than this for nothing is as good as gone.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// What the probes look at.
#[derive(Clone)]
pub(super) struct Probes {
    /// The process, and with it the database.
    pub(super) app: Arc<App>,
    /// Whether the end has begun.
    pub(super) lifecycle: Lifecycle,
    /// What was counted.
    pub(super) metrics: Metrics,
}

/// The pages of operations.
pub(super) fn router(probes: Probes) -> Router {
    Router::new()
        .route("/-/health", get(async || "roster OK"))
        .route("/-/liveness", get(async || Json(json!({"status": "ok"}))))
        .route("/-/readiness", get(readiness))
        .route("/-/metrics", get(metrics))
        .with_state(probes)
}

async fn readiness(State(probes): State<Probes>) -> impl IntoResponse {
    let fault = if probes.lifecycle.is_draining() {
        Some("shutting down")
    } else if let Ok(Ok(())) = tokio::time::timeout(PING_TIMEOUT, probes.app.db.ping()).await {
        None
    } else {
        Some("no database")
    };
    match fault {
        None => (StatusCode::OK, Json(json!({"status": "ok"}))),
        Some(fault) => (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({"status": "failed", "message": fault})),
        ),
    }
}

async fn metrics(State(probes): State<Probes>) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        probes.metrics.render(),
    )
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

    async fn probes() -> Probes {
        let options = Options::new("sqlite::memory:");
        let db = Db::connect(&options, Clock::default()).await.unwrap();
        Probes {
            app: Arc::new(App {
                db,
                external_url: String::new(),
                invites_per_day: None,
                directory: None,
                live: Feed::default(),
            }),
            lifecycle: Lifecycle::default(),
            metrics: Metrics::install(),
        }
    }

    async fn ask(probes: &Probes, path: &str) -> (u16, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router(probes.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_server_with_its_database_is_ready() {
        let answer = ask(&probes().await, "/-/readiness").await;
        assert_eq!(answer, (200, r#"{"status":"ok"}"#.to_owned()));
    }

    #[tokio::test]
    async fn a_server_without_its_database_is_alive_but_not_ready() {
        let probes = probes().await;
        probes.app.db.close().await.unwrap();
        let answer = ask(&probes, "/-/readiness").await;
        assert_eq!(
            answer,
            (503, r#"{"message":"no database","status":"failed"}"#.to_owned())
        );
        assert_eq!(ask(&probes, "/-/liveness").await.0, 200);
        assert_eq!(ask(&probes, "/-/health").await.0, 200);
    }

    #[tokio::test]
    async fn a_server_that_was_told_to_stop_is_not_ready() {
        let probes = probes().await;
        probes.lifecycle.drain();
        let answer = ask(&probes, "/-/readiness").await;
        assert_eq!(
            answer,
            (503, r#"{"message":"shutting down","status":"failed"}"#.to_owned())
        );
    }

    #[tokio::test]
    async fn metrics_are_in_the_text_form_of_prometheus() {
        let probes = probes().await;
        metrics::counter!("roster_ops_test_total").increment(1);
        let (status, text) = ask(&probes, "/-/metrics").await;
        assert_eq!(status, 200);
        assert!(text.contains("# TYPE roster_ops_test_total counter"), "{text}");
    }
}
