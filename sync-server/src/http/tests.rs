//! Whose page may speak to the relay, and what a page may do.

use super::*;

fn admits(origin: Option<&str>, host: &str, allowed: &[&str]) -> bool {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, host.parse().unwrap());
    if let Some(origin) = origin {
        headers.insert(ORIGIN, origin.parse().unwrap());
    }
    let allowed = allowed.iter().map(|origin| (*origin).to_owned());
    Origins::new(allowed).admit(&headers)
}

#[test]
fn only_pages_of_this_host_or_allowed_ones_may_connect() {
    assert!(admits(None, "10.0.0.2:3030", &[]));
    assert!(admits(Some("http://10.0.0.2:3030"), "10.0.0.2:3030", &[]));
    assert!(admits(Some("https://Board.example"), "board.example", &[]));
    assert!(!admits(Some("https://evil.example"), "board.example", &[]));
    assert!(!admits(Some("http://10.0.0.2:3031"), "10.0.0.2:3030", &[]));
    assert!(!admits(
        Some("http://board.example.evil"),
        "board.example",
        &[]
    ));
    assert!(!admits(Some("null"), "board.example", &[]));
    assert!(!admits(Some("http://"), "", &[]));
    let allowed = ["https://app.example/"];
    assert!(admits(
        Some("https://app.example"),
        "relay.example",
        &allowed
    ));
    assert!(!admits(
        Some("http://app.example"),
        "relay.example",
        &allowed
    ));
}

#[test]
fn the_policy_names_the_socket_of_a_plain_host_only() {
    let policy = |host: &'static str| content_policy(Some(&HeaderValue::from_static(host)));
    assert!(policy("[::1]:3030").contains("connect-src 'self' ws://[::1]:3030 wss://[::1]:3030;"));
    assert!(policy("a; script-src *").contains("connect-src 'self';"));
    assert!(content_policy(None).contains("connect-src 'self';"));
}

#[test]
fn a_handshake_has_all_its_parts() {
    let full = [
        ("host", "board.example"),
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "WebSocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let without = |left_out: &str| {
        let parts = full.iter().filter(|(name, _)| *name != left_out);
        let request = Request::builder().uri(SYNC_PATH);
        let request = parts.fold(request, |it, (name, value)| it.header(*name, *value));
        accept_key(&request.body(Body::empty()).unwrap())
    };
    let accept = without("").unwrap();
    assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    for (name, _) in full {
        assert!(without(name).is_err(), "{name}");
    }
}

#[test]
fn a_key_is_sixteen_bytes_in_base64() {
    assert!(is_key(b"dGhlIHNhbXBsZSBub25jZQ=="));
    assert!(is_key(b"+/+/+/+/+/+/+/+/+/+/+g=="));
    for wrong in [
        "",
        "==",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ=.",
        "dGhlIHNhbXBsZSBub25jZWQ=",
    ] {
        assert!(!is_key(wrong.as_bytes()), "{wrong}");
    }
}
