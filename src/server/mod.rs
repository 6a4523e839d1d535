//! The outermost floor: the listener, what is wrapped around every request, the pages below `/-/`, and the end.

mod admission;
mod face;
mod lifecycle;
pub mod listen;
mod ops;
mod request;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;

use crate::config::Settings;
use crate::domain::App;
use crate::telemetry::Metrics;

use admission::Admission;
use ops::Probes;
use request::RequestIds;

pub use lifecycle::Lifecycle;

/// Everything that is served, with all that is wrapped around it. `process` is a random number: it begins the request ids.
pub fn router(app: &Arc<App>, settings: &Settings, lifecycle: Lifecycle, process: u64) -> Router {
    let admission = Admission::new(
        settings.max_in_flight.get(),
        settings.body_timeout,
        settings.request_timeout,
    );
    let faces = Router::new().layer(from_fn_with_state(Arc::new(admission), admission::admit));
    let operations = ops::router(Probes {
        app: Arc::clone(app),
        lifecycle,
        metrics: Metrics::install(),
    });
    faces
        .merge(operations)
        .layer(from_fn_with_state(Arc::new(RequestIds::new(process)), request::around))
}
