//! What somebody gets who speaks plain HTTP to a port with TLS: the way to https.
//!
//! Boundary: one answer. It is given without the app, so that nothing is loaded over an open connection.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{HOST, LOCATION, UPGRADE};
use axum::http::{HeaderValue, Response, StatusCode};

use crate::assets::plain;

/// The one route.
pub fn to_https() -> Router {
    Router::new().fallback(redirect)
}

async fn redirect(request: Request) -> Response<Body> {
    let host = request.headers().get(HOST).and_then(|it| it.to_str().ok());
    let is_name = |host: &&str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || ".:-[]".contains(c);
        !host.is_empty() && host.chars().all(fits)
    };
    let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
    let place = host
        .filter(is_name)
        .map(|host| format!("https://{host}{path}"));
    let place = place.and_then(|place| HeaderValue::from_str(&place).ok());
    // No websocket follows a redirect.
    let is_page = !request.headers().contains_key(UPGRADE) && path.starts_with('/');
    match place.filter(|_| is_page) {
        Some(place) => {
            let mut response = plain(StatusCode::PERMANENT_REDIRECT, "This port speaks https.\n");
            response.headers_mut().insert(LOCATION, place);
            response
        }
        None => plain(
            StatusCode::BAD_REQUEST,
            "This port speaks https and wss only.\n",
        ),
    }
}
