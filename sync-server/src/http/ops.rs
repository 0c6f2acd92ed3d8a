//! What those who look after the relay can ask: whether it lives, whether it can store, and its numbers.
//!
//! Boundary: nothing here says anything of a board or a person.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::routing::get;

use crate::assets::plain;
use crate::metrics::{MEDIA_TYPE, Snapshot, folder_bytes};
use crate::relay::Relay;

/// A disk that has taken nothing for so long is not one to rely on.
const STUCK: Duration = Duration::from_secs(10);

/// Whether the numbers are served beside the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Whoever reaches this port may read them.
    Shown,
    /// Not here.
    Hidden,
}

/// See the module.
#[derive(Clone)]
pub struct Ops {
    /// The relay that is asked about.
    pub relay: Relay,
    /// The folder whose size is told.
    pub data: Option<Arc<Path>>,
    /// Whether `/metrics` is among the routes.
    pub numbers: Numbers,
}

impl Ops {
    /// For a relay over a folder.
    #[must_use]
    pub fn new(relay: Relay, data: Option<PathBuf>, numbers: Numbers) -> Self {
        let data = data.map(Arc::from);
        Self {
            relay,
            data,
            numbers,
        }
    }

    /// `/healthz`, `/readyz` and, if shown, `/metrics`.
    pub fn routes(&self) -> Router {
        let routes = Router::new()
            .route("/healthz", get(healthz))
            .route("/readyz", get(readyz));
        let routes = match self.numbers {
            Numbers::Shown => routes.route("/metrics", get(metrics)),
            Numbers::Hidden => routes,
        };
        routes.with_state(self.clone())
    }
}

/// The process answers.
async fn healthz() -> Response<Body> {
    plain(StatusCode::OK, "ok\n")
}

/// The relay takes connections and can store: the newest write reached the disk, or would now, and none hangs.
async fn readyz(State(ops): State<Ops>) -> Response<Body> {
    let not = |text| plain(StatusCode::SERVICE_UNAVAILABLE, text);
    if ops.relay.has_stopped() {
        return not("stopping\n");
    }
    let gauges = ops.relay.gauges();
    if gauges.writes_fail {
        return not("the newest write did not reach the disk; see the log\n");
    }
    if gauges.writing_since.is_some_and(|it| it.elapsed() > STUCK) {
        return not("the disk has not finished a write for more than ten seconds\n");
    }
    plain(StatusCode::OK, "ready\n")
}

async fn metrics(State(ops): State<Ops>) -> Response<Body> {
    let data = ops.data.clone();
    let size = tokio::task::spawn_blocking(move || data.map(|data| folder_bytes(&data)));
    let (size, behind) = tokio::join!(size, ops.relay.behind());
    let gauges = ops.relay.gauges();
    let now = Snapshot {
        connections: gauges.connections,
        behind: behind.unwrap_or(0),
        boards: gauges.boards,
        writes_fail: gauges.writes_fail,
        data_bytes: size.unwrap_or(None),
    };
    let mut response = Response::new(Body::from(ops.relay.metrics().text(now)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
