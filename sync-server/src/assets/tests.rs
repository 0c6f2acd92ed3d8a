//! What a browser gets for a path.

use std::collections::BTreeMap;

use super::*;

struct Shelf(BTreeMap<&'static str, &'static [u8]>);

impl Files for Shelf {
    fn get(&self, path: &str) -> Option<File> {
        let bytes = *self.0.get(path)?;
        Some(File {
            bytes: Cow::Borrowed(bytes),
            hash: *blake3::hash(bytes).as_bytes(),
        })
    }
}

fn shelf() -> Shelf {
    Shelf(BTreeMap::from([
        ("index.html", b"<!doctype html>".as_slice()),
        ("sw.js", b"self"),
        ("assets/app-0123.wasm", b"raw wasm"),
        ("assets/app-0123.wasm.br", b"br wasm"),
        ("assets/app-0123.wasm.gz", b"gz wasm"),
    ]))
}

fn ask(path: &str, header: Option<(&'static str, &str)>) -> Response<Body> {
    let mut headers = HeaderMap::new();
    if let Some((name, value)) = header {
        headers.insert(name, value.parse().unwrap());
    }
    answer(&shelf(), path, &headers)
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

#[test]
fn the_smallest_accepted_packing_is_sent() {
    let coding = |accepted| {
        let response = ask("/assets/app-0123.wasm", Some(("accept-encoding", accepted)));
        assert_eq!(header(&response, "content-type"), "application/wasm");
        assert_eq!(header(&response, "vary"), "accept-encoding");
        header(&response, "content-encoding").to_owned()
    };
    assert_eq!(coding("gzip, deflate, br, zstd"), "br");
    assert_eq!(coding("gzip;q=0.5, br;q=0"), "gzip");
    assert_eq!(coding("identity"), "");
    assert_eq!(coding("brotli, xgzip"), "");
}

#[test]
fn a_file_without_a_packing_is_sent_as_it_is() {
    let response = ask("/", Some(("accept-encoding", "br, gzip")));
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, "content-encoding"), "");
    assert_eq!(
        header(&response, "content-type"),
        "text/html; charset=utf-8"
    );
}

#[test]
fn only_files_named_by_their_content_are_kept_for_good() {
    let age = |path| header(&ask(path, None), "cache-control").to_owned();
    assert!(age("/assets/app-0123.wasm").contains("immutable"));
    assert_eq!([age("/"), age("/sw.js")], ["no-cache", "no-cache"]);
}

#[test]
fn a_known_file_is_not_sent_again() {
    let first = ask("/sw.js", None);
    let tag = header(&first, "etag");
    assert!(tag.len() > 10);
    let sent = format!("\"other\", W/{tag}");
    let again = ask("/sw.js", Some(("if-none-match", &sent)));
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let changed = ask("/sw.js", Some(("if-none-match", "\"other\"")));
    assert_eq!(changed.status(), StatusCode::OK);
}

#[test]
fn packings_tag_themselves() {
    let packed = ask("/assets/app-0123.wasm", Some(("accept-encoding", "br")));
    let plain = ask("/assets/app-0123.wasm", None);
    assert_ne!(header(&packed, "etag"), header(&plain, "etag"));
}

#[test]
fn unknown_paths_and_packings_by_name_are_not_found() {
    for path in [
        "/x",
        "/assets/app-0123.wasm.br",
        "/../Cargo.toml",
        "//etc/passwd",
    ] {
        assert_eq!(ask(path, None).status(), StatusCode::NOT_FOUND, "{path}");
        let embedded = answer(&Embedded, path, &HeaderMap::new());
        assert_eq!(embedded.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn a_relay_without_the_app_says_so() {
    let response = answer(&Shelf(BTreeMap::new()), "/", &HeaderMap::new());
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(&response, "cache-control"), "no-store");
}
