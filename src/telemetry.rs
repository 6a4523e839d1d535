//! Logs and metrics: set up once, at start.

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Upper bounds of the time a request takes, in seconds: from a cached answer to the time-out.
const SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Sends the log to standard error, panics included. A second call changes nothing: the first one's choice stays.
pub fn log(filter: &str, format: LogFormat) {
    let lines = tracing_subscriber::fmt()
        // Five lines a migration, most of them about nothing; who asked for it gets it all the same.
        .with_env_filter(EnvFilter::new(format!("sea_orm_migration=warn,{filter}")))
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let first = match format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
    };
    if first.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// A panic is a line like any other, with the id of its request around it.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let message = panic.payload_as_str().unwrap_or("no message");
    tracing::error!(panic.location = place, "panicked at {place}: {message}");
}

/// The metrics of this process, to be rendered. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Starts to record; a second call gives the same record.
    pub fn install() -> Self {
        static RECORD: OnceLock<PrometheusHandle> = OnceLock::new();
        let handle = RECORD.get_or_init(|| {
            // Only an empty list of buckets is refused.
            let builder = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
                .unwrap_or_default();
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            // Only a foreign recorder can be in the way; then there is nothing to show, and nothing to do about it.
            let _ = metrics::set_global_recorder(recorder);
            handle
        });
        Self(handle.clone())
    }

    /// The text that Prometheus reads.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Sums up what was recorded since the last time, so that memory stays flat when nobody reads.
    pub fn tidy(&self) {
        self.0.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_can_be_installed_twice_and_are_one_record() {
        let first = Metrics::install();
        let second = Metrics::install();
        metrics::counter!("roster_test_total").increment(2);
        assert!(first.render().contains("roster_test_total 2"));
        assert!(second.render().contains("roster_test_total 2"));
    }
}
