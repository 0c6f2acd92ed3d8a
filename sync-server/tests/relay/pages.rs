//! What comes over plain HTTP: headers on every answer, and whose pages may open the websocket.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::relay;

/// Asks as written, and gives the answer up to the end of its head.
pub async fn ask(relay: SocketAddr, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(relay).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {relay}\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read_buf(&mut answer).await.unwrap();
        assert!(read > 0, "the head is whole");
    }
    String::from_utf8_lossy(&answer).to_ascii_lowercase()
}

/// The body of the answer.
pub async fn body(relay: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(relay).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {relay}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    body.to_owned()
}

fn handshake(origin: &str) -> String {
    format!(
        "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\norigin: {origin}\r\n"
    )
}

#[tokio::test]
async fn every_answer_keeps_its_page_to_itself() {
    let relay = relay();
    for path in ["/", "/nothing", "/healthz", "/sync"] {
        let answer = ask(relay.address, path, "").await;
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval';",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cross-origin-opener-policy: same-origin",
            "cross-origin-resource-policy: same-origin",
            "permissions-policy: ",
        ] {
            assert!(answer.contains(header), "{path} lacks {header}");
        }
        assert!(answer.contains("frame-ancestors 'none'"));
        assert!(!answer.contains("unsafe-inline") && !answer.contains("'unsafe-eval'"));
        let socket = format!("connect-src 'self' ws://{0} wss://{0};", relay.address);
        assert!(answer.contains(&socket));
    }
    relay.stop().await;
}

#[tokio::test]
async fn the_relay_says_whether_it_is_well() {
    let relay = relay();
    assert!(ask(relay.address, "/healthz", "").await.contains(" 200 "));
    assert!(ask(relay.address, "/readyz", "").await.contains(" 200 "));
    assert!(ask(relay.address, "/nothing", "").await.contains(" 404 "));
    relay.stop().await;
}

#[tokio::test]
async fn pages_of_other_hosts_get_no_websocket() {
    let relay = relay();
    let own = format!("http://{}", relay.address);
    let answer = ask(relay.address, "/sync", &handshake(&own)).await;
    assert!(answer.starts_with("http/1.1 101"), "{answer}");
    assert!(answer.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="));
    let answer = ask(
        relay.address,
        "/sync",
        &handshake("https://elsewhere.example"),
    )
    .await;
    assert!(answer.starts_with("http/1.1 403"), "{answer}");
    let answer = ask(relay.address, "/sync", "").await;
    assert!(answer.starts_with("http/1.1 426"), "{answer}");
    relay.stop().await;
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let relay = relay();
    let mut stream = TcpStream::connect(relay.address).await.unwrap();
    let line = format!("x-long: {}\r\n", "y".repeat(4_000));
    let mut sent = stream.write_all(b"GET / HTTP/1.1\r\n").await;
    for _ in 0..100 {
        if sent.is_ok() {
            sent = stream.write_all(line.as_bytes()).await;
        }
    }
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        sent.is_err() || read.is_err() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
    relay.stop().await;
}
