//! Counts and times of requests, by route template and status: nothing in them names anybody.

use super::status::Refusal;
use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use interval_core::fault::Fault;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::time::Duration;

/// Upper bounds of the times that are told apart, in seconds: an access decision is under a
/// millisecond, a list under 0.1 s, a wait for the provider up to 5 s.
const SECONDS: [f64; 8] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 5.0];

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// The one place where the process counts.
fn handle() -> Option<&'static PrometheusHandle> {
    let made = HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS).ok()?;
        builder.install_recorder().ok()
    });
    made.as_ref()
}

/// Counts one request.
pub fn count(route: &'static str, method: &'static str, status: StatusCode, took: Duration) {
    if handle().is_none() {
        return;
    }
    let labels = [
        ("route", route.to_owned()),
        ("method", method.to_owned()),
        ("status", status.as_u16().to_string()),
    ];
    metrics::counter!("interval_http_requests_total", &labels).increment(1);
    metrics::histogram!("interval_http_request_seconds", "route" => route)
        .record(took.as_secs_f64());
}

/// Counts one decision of the gate.
pub fn decided(action: &'static str, outcome: &'static str) {
    if handle().is_some() {
        metrics::counter!("interval_access_decisions_total", "action" => action, "outcome" => outcome)
            .increment(1);
    }
}

/// The listener of the monitoring: one page.
pub fn router() -> Router {
    Router::new().route("/metrics", get(page))
}

async fn page() -> axum::response::Response {
    let Some(handle) = handle() else {
        let away = Refusal::failed(Fault::Unavailable, "metrics cannot be recorded");
        return away.response(super::request::RequestId::random());
    };
    handle.run_upkeep();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
}
