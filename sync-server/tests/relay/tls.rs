//! The relay over TLS: the websocket works, plain HTTP is sent to https, and who dawdles is cut off.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use samsyn_shared::sync::wire::{self, Channel, Decoded, Hello, Message};
use samsyn_sync_server::log::MemoryLog;
use samsyn_sync_server::serve::Server;
use samsyn_sync_server::tls::self_made;
use samsyn_sync_server::ws::Patience;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio_tungstenite::tungstenite::Message as Ws;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::PATIENCE;
use crate::pages::ask;
#[cfg(unix)]
use crate::process::Process;
use crate::support::flags;

fn relay(data: &TempDir, patience: Patience) -> Server {
    let folder = data.path().to_str().unwrap();
    let args = flags(&["--tls-self-made", "--data", folder]);
    Server::start(&args, Arc::new(MemoryLog::default()), patience).unwrap()
}

async fn connect(relay: &Server, data: &TempDir) -> std::io::Result<TlsStream<TcpStream>> {
    connect_to(relay.address, data).await
}

/// Connects, and trusts the certificate in a folder and no other.
async fn connect_to(relay: SocketAddr, data: &TempDir) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let cert = CertificateDer::from_pem_file(self_made(data.path())).unwrap();
    roots.add(cert).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(relay).await?;
    let name = ServerName::try_from("127.0.0.1").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

#[tokio::test]
async fn the_websocket_works_over_a_certificate_that_is_trusted() {
    let data = tempfile::tempdir().unwrap();
    let relay = relay(&data, Patience::default());
    let stream = connect(&relay, &data).await.unwrap();
    let mut socket = websocket(relay.address, stream).await;
    is_greeted(&mut socket).await;
    relay.stop().await;
}

type Socket = WebSocketStream<TlsStream<TcpStream>>;

async fn websocket(relay: SocketAddr, stream: TlsStream<TcpStream>) -> Socket {
    let url = format!("wss://{relay}/sync");
    client_async(url, stream).await.unwrap().0
}

/// Says hello, as often as one likes, and waits for the answer.
async fn is_greeted(socket: &mut Socket) {
    let hello = Message::Hello(Hello {
        version: wire::VERSION,
        oldest: wire::OLDEST_VERSION,
    });
    let hello = wire::encode(Channel::CONNECTION, &hello);
    socket.send(Ws::Binary(hello.into())).await.unwrap();
    let answer = timeout(PATIENCE, socket.next()).await.unwrap();
    let Some(Ok(Ws::Binary(bytes))) = answer else {
        panic!("{answer:?}")
    };
    let Ok(Decoded::Frame(frame)) = wire::decode(&bytes) else {
        panic!("{bytes:?}")
    };
    assert!(matches!(frame.message, Message::Welcome(_)));
}

#[tokio::test]
async fn a_certificate_of_another_relay_is_not_trusted() {
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let relay = relay(&data, Patience::default());
    self::relay(&other, Patience::default()).stop().await;
    assert!(connect(&relay, &other).await.is_err());
    relay.stop().await;
}

#[tokio::test]
async fn plain_http_is_sent_to_https_and_gets_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let relay = relay(&data, Patience::default());
    let answer = ask(relay.address, "/a?b=c", "").await;
    assert!(answer.starts_with("http/1.1 308"), "{answer}");
    let place = format!("location: https://{}/a?b=c", relay.address);
    assert!(answer.contains(&place), "{answer}");
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let answer = ask(relay.address, "/sync", upgrade).await;
    assert!(answer.starts_with("http/1.1 400"), "{answer}");
    relay.stop().await;
}

#[tokio::test]
async fn who_dawdles_before_within_or_after_the_handshake_is_cut_off() {
    let data = tempfile::tempdir().unwrap();
    let patience = Patience {
        head: Duration::from_millis(300),
        ..Patience::default()
    };
    let relay = relay(&data, patience);
    // Nothing at all, the first bytes of a handshake, the first bytes of plain HTTP.
    for begin in [b"".as_slice(), &[0x16, 3, 1, 2, 0, 1], b"GET / HT"] {
        let mut stream = TcpStream::connect(relay.address).await.unwrap();
        stream.write_all(begin).await.unwrap();
        let mut rest = Vec::new();
        let ended = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "{begin:?}");
    }
    let mut stream = connect(&relay, &data).await.unwrap();
    stream.write_all(b"GET / HT").await.unwrap();
    let mut rest = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "within TLS");
    relay.stop().await;
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_stop() {
    let (data, renewed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    relay(&data, Patience::default()).stop().await;
    relay(&renewed, Patience::default()).stop().await;
    let file = |folder: &TempDir, name: &str| folder.path().join("tls").join(name);
    let path = |name| file(&data, name).to_str().unwrap().to_owned();
    let args = flags(&[
        "--tls-cert",
        &path("cert.pem"),
        "--tls-key",
        &path("key.pem"),
    ]);
    let log = Arc::new(MemoryLog::default());
    let relay = Server::start(&args, log, Patience::default()).unwrap();
    assert!(connect(&relay, &renewed).await.is_err());
    for name in ["cert.pem", "key.pem"] {
        std::fs::copy(file(&renewed, name), path(name)).unwrap();
    }
    relay.renew(&args).unwrap();
    assert!(connect(&relay, &renewed).await.is_ok());
    relay.stop().await;
}

/// What a certificate's renewal does on a server: files are replaced, and the process gets a signal.
#[cfg(unix)]
#[tokio::test]
async fn sighup_reads_the_certificate_again_and_costs_nobody_their_connection() {
    let (data, renewed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [&data, &renewed] {
        relay(folder, Patience::default()).stop().await;
    }
    let file = |folder: &TempDir, name: &str| folder.path().join("tls").join(name);
    let used = |name| file(&data, name).to_str().unwrap().to_owned();
    let trusted = tempfile::tempdir().unwrap();
    copy_dir(&data, &trusted);
    let folder = tempfile::tempdir().unwrap();
    let flags = [
        "--tls-cert",
        &used("cert.pem"),
        "--tls-key",
        &used("key.pem"),
    ];
    let relay = Process::start_with(folder.path(), &flags);
    let before = connect_to(relay.address, &trusted).await.unwrap();
    let mut before = websocket(relay.address, before).await;
    is_greeted(&mut before).await;

    // A file that is no certificate: the old one stays.
    std::fs::write(used("cert.pem"), "torn").unwrap();
    relay.signal("-HUP");
    is_greeted(&mut before).await;
    assert!(connect_to(relay.address, &trusted).await.is_ok());

    for name in ["cert.pem", "key.pem"] {
        std::fs::copy(file(&renewed, name), used(name)).unwrap();
    }
    relay.signal("-HUP");
    let renewal = async { while connect_to(relay.address, &renewed).await.is_err() {} };
    timeout(PATIENCE, renewal).await.unwrap();
    assert!(connect_to(relay.address, &trusted).await.is_err());
    is_greeted(&mut before).await;
    let after = connect_to(relay.address, &renewed).await.unwrap();
    is_greeted(&mut websocket(relay.address, after).await).await;
    assert!(relay.stop().0, "it still leaves well");
}

#[cfg(unix)]
fn copy_dir(from: &TempDir, to: &TempDir) {
    let (from, to) = (from.path().join("tls"), to.path().join("tls"));
    samsyn_sync_server::log::sled::copy_folder(&from, &to).unwrap();
}

#[test]
fn flags_that_contradict_each_other_are_said() {
    let log = Arc::new(MemoryLog::default());
    let args = flags(&["--tls-cert", "cert.pem"]);
    let error = Server::start(&args, log, Patience::default())
        .err()
        .unwrap();
    assert!(error.to_string().contains("--tls-key"), "{error}");
}
