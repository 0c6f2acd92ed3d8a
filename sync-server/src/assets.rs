//! The embedded app: files with their types, ages, encodings and tags.
//!
//! Boundary: it answers for a path and the headers that matter; it knows nothing of sockets or boards.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use base16ct::lower as hex;
use rust_embed::{EmbeddedFile, RustEmbed};

/// What the bundler wrote. It may be missing: then the relay works, and says so to a browser.
#[derive(RustEmbed)]
#[folder = "$SAMSYN_DIST"]
#[allow_missing = true]
struct Dist;

/// Where files come from; the tests have their own.
pub trait Files: Send + Sync + 'static {
    /// The file at a path without its leading slash.
    fn get(&self, path: &str) -> Option<File>;
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// SHA-256 of them.
    pub hash: [u8; 32],
}

/// The app in this binary.
#[derive(Clone, Copy, Debug, Default)]
pub struct Embedded;

impl Files for Embedded {
    fn get(&self, path: &str) -> Option<File> {
        let EmbeddedFile { data, metadata } = Dist::get(path)?;
        let hash = metadata.sha256_hash();
        Some(File { bytes: data, hash })
    }
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }

    /// Whether the client takes it. A file as it is may always be sent.
    fn is_accepted(self, headers: &HeaderMap) -> bool {
        if self == Self::Identity {
            return true;
        }
        let accepted = headers.get_all(ACCEPT_ENCODING).into_iter();
        let mut entries = accepted
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        entries.any(|entry| self.is_named_by(entry))
    }

    fn is_named_by(self, entry: &str) -> bool {
        let mut parts = entry.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(self.name()));
        let refused = parts.any(|part| {
            let weight = part.strip_prefix("q=").map(str::parse::<f32>);
            matches!(weight, Some(Ok(weight)) if weight <= 0.0)
        });
        named && !refused
    }
}

/// Answers a request for a path of the app.
#[must_use]
pub fn answer(files: &dyn Files, path: &str, headers: &HeaderMap) -> Response<Body> {
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let packed = name.ends_with(".br") || name.ends_with(".gz");
    match pick(files, name, headers).filter(|_| !packed) {
        Some((coding, file)) => found(name, coding, file, headers),
        None if name == "index.html" => missing_app(),
        None => not_found(),
    }
}

fn pick(files: &dyn Files, name: &str, headers: &HeaderMap) -> Option<(Coding, File)> {
    let accepted = Coding::ALL
        .into_iter()
        .filter(|coding| coding.is_accepted(headers));
    let mut found = accepted.filter_map(|coding| {
        let file = files.get(&format!("{name}{}", coding.suffix()))?;
        Some((coding, file))
    });
    found.next()
}

fn found(name: &str, coding: Coding, file: File, headers: &HeaderMap) -> Response<Body> {
    let tag = hex::encode_string(file.hash.get(..16).unwrap_or(&file.hash));
    let tag = format!("\"{tag}\"");
    let fresh = is_fresh(headers, &tag);
    let body = match (fresh, file.bytes) {
        (true, _) => Body::empty(),
        (false, Cow::Borrowed(bytes)) => Body::from(bytes),
        (false, Cow::Owned(bytes)) => Body::from(bytes),
    };
    let mut response = Response::new(body);
    if fresh {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(name)));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(age(name)));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    if coding != Coding::Identity {
        let name = HeaderValue::from_static(coding.name());
        headers.insert(CONTENT_ENCODING, name);
    }
    response
}

fn is_fresh(headers: &HeaderMap, tag: &str) -> bool {
    let sent = headers.get_all(IF_NONE_MATCH).into_iter();
    let mut tags = sent
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|sent| sent.trim().trim_start_matches("W/"));
    tags.any(|sent| sent == tag)
}

/// The bundler names every file in `assets/` by its content; the few others must be asked for anew each time.
fn age(name: &str) -> &'static str {
    if name.starts_with("assets/") {
        return "public, max-age=31536000, immutable";
    }
    "no-cache"
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// A short answer in plain text, never cached.
#[must_use]
pub fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    page(status, "text/plain; charset=utf-8", text)
}

fn page(status: StatusCode, media_type: &'static str, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn not_found() -> Response<Body> {
    plain(
        StatusCode::NOT_FOUND,
        "There is nothing here. The app is at /\n",
    )
}

fn missing_app() -> Response<Body> {
    let text = include_str!("assets/missing.html");
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "text/html; charset=utf-8",
        text,
    )
}

#[cfg(test)]
#[path = "assets/tests.rs"]
mod tests;
