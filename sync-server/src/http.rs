//! What a browser or a client can ask for: the app, the websocket, the relay's health.
//!
//! Boundary: routes, origins and headers. Sockets are accepted in `listen`, bytes are carried in `ws`.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CONNECTION, HOST, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version};
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::assets::{self, Files, plain};
use crate::listen::Seat;
use crate::relay::Relay;
use crate::ws::{self, Patience};

pub mod ops;
mod secure;

pub use ops::Ops;
pub use secure::to_https;

/// Where the websocket is.
pub const SYNC_PATH: &str = "/sync";

/// Whose pages may open the websocket, besides those this relay serves itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Origins such as `https://board.example`, without a path.
    #[must_use]
    pub fn new(allowed: impl IntoIterator<Item = String>) -> Self {
        let trim = |origin: String| origin.trim_end_matches('/').to_ascii_lowercase();
        Self(allowed.into_iter().map(trim).collect())
    }

    /// Programs send no origin; a browser always does, and its page must come from here or be allowed.
    fn admit(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else {
            return true;
        };
        let text = |value: &HeaderValue| value.to_str().unwrap_or("").to_ascii_lowercase();
        let origin = text(origin);
        let host = headers.get(HOST).map(text).unwrap_or_default();
        let same = ["http://", "https://"]
            .into_iter()
            .any(|scheme| origin.strip_prefix(scheme) == Some(host.as_str()));
        (same && !host.is_empty()) || self.0.contains(&origin)
    }
}

/// What the routes work with.
#[derive(Clone)]
pub struct Site {
    /// The relay behind the websocket.
    pub relay: Relay,
    /// The app.
    pub files: Arc<dyn Files>,
    /// Whose pages may open the websocket.
    pub origins: Arc<Origins>,
    /// How long silent peers are waited for.
    pub patience: Patience,
    /// What those who look after the relay can ask.
    pub ops: Ops,
}

/// All routes.
pub fn router(site: Site) -> Router {
    let ops = site.ops.routes();
    Router::new()
        .route(SYNC_PATH, get(sync))
        .fallback(get(app))
        .with_state(site)
        .merge(ops)
        .layer(from_fn(secure))
}

async fn app(State(site): State<Site>, request: Request) -> Response<Body> {
    let path = request.uri().path();
    assets::answer(site.files.as_ref(), path, request.headers())
}

/// Makes a websocket of the connection (RFC 6455, section 4.2).
async fn sync(State(site): State<Site>, mut request: Request) -> Response<Body> {
    if !site.origins.admit(request.headers()) {
        let text = "This page may not use this relay. Allow its origin with --allow-origin.\n";
        return plain(StatusCode::FORBIDDEN, text);
    }
    let accept = match accept_key(&request) {
        Ok(accept) => accept,
        Err(refusal) => return refusal.answer(),
    };
    let Ok(conn) = site.relay.connect().await else {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "the relay is stopping\n");
    };
    let seat = request.extensions().get::<Seat>().cloned();
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        match upgrade.await {
            Ok(socket) => ws::serve(TokioIo::new(socket), conn, site.patience).await,
            Err(_) => conn.reporter().closed().await,
        }
        drop(seat);
    });
    switching(accept)
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let mut tokens = headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    tokens.any(|found| found.trim().eq_ignore_ascii_case(token))
}

/// Why a request to `/sync` makes no websocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// It asks for none, or for another version.
    NotAsked,
    /// It asks, and not as RFC 6455 says (section 4.2.1).
    BadHandshake,
}

impl Refusal {
    fn answer(self) -> Response<Body> {
        match self {
            Self::BadHandshake => {
                let text = "That is no handshake of a websocket: its key, its host or its version of HTTP is wrong.\n";
                plain(StatusCode::BAD_REQUEST, text)
            }
            Self::NotAsked => {
                let text = "This address speaks only websocket, version 13.\n";
                let mut response = plain(StatusCode::UPGRADE_REQUIRED, text);
                let headers = response.headers_mut();
                headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
                headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
                response
            }
        }
    }
}

/// What to answer a handshake with.
fn accept_key(request: &Request) -> Result<HeaderValue, Refusal> {
    let headers = request.headers();
    let asks = request.method() == Method::GET
        && has_token(headers, &CONNECTION, "upgrade")
        && has_token(headers, &UPGRADE, "websocket")
        && has_token(headers, &SEC_WEBSOCKET_VERSION, "13");
    if !asks {
        return Err(Refusal::NotAsked);
    }
    let mut keys = headers.get_all(SEC_WEBSOCKET_KEY).into_iter();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return Err(Refusal::BadHandshake);
    };
    let good = is_key(key.as_bytes())
        && headers.contains_key(HOST)
        && request.version() == Version::HTTP_11;
    let accept = good.then(|| derive_accept_key(key.as_bytes()).parse().ok());
    accept.flatten().ok_or(Refusal::BadHandshake)
}

/// Whether it is sixteen bytes in base64 (RFC 4648, section 4).
fn is_key(key: &[u8]) -> bool {
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    key.strip_suffix(b"==")
        .is_some_and(|digits| digits.len() == 22 && digits.iter().all(in_alphabet))
}

fn switching(accept: HeaderValue) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// Headers that keep a page to itself, on every answer.
const SECURITY: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    (
        "permissions-policy",
        "camera=(self), clipboard-write=(self), fullscreen=(self), screen-wake-lock=(self), \
         accelerometer=(), browsing-topics=(), display-capture=(), geolocation=(), gyroscope=(), \
         magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
    ),
];

async fn secure(request: Request, next: Next) -> Response<Body> {
    let policy = content_policy(request.headers().get(HOST));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert("content-security-policy", policy);
    }
    response
}

/// What the app's page may load: its own files and its own relay. Older WebKit does not count the websocket of the
/// same host as `'self'`, so it is named.
fn content_policy(host: Option<&HeaderValue>) -> String {
    let host = host.and_then(|host| host.to_str().ok());
    let plain = |host: &&str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || ".:-[]".contains(c);
        !host.is_empty() && host.chars().all(fits)
    };
    let sockets = host
        .filter(plain)
        .map_or_else(String::new, |host| format!(" ws://{host} wss://{host}"));
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; \
         img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; manifest-src 'self'; \
         connect-src 'self'{sockets}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
}

#[cfg(test)]
#[path = "http/tests.rs"]
mod tests;
