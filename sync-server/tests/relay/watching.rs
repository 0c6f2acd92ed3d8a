//! What those who look after a relay can read of it, and who else can.

use std::net::SocketAddr;
use std::sync::Arc;

use samsyn_shared::seal::Role;
use samsyn_shared::sync::wire::{Message, Presence};
use samsyn_sync_server::log::MemoryLog;
use samsyn_sync_server::serve::Server;
use samsyn_sync_server::ws::Patience;

use crate::client::Client;
use crate::pages::{ask, body};
use crate::support::{as_role, board, envelope, flags};

fn relay_with(more: &[&str]) -> Server {
    let log = Arc::new(MemoryLog::default());
    Server::start(&flags(more), log, Patience::default()).unwrap()
}

async fn value(place: SocketAddr, name: &str) -> Option<f64> {
    let text = body(place, "/metrics").await;
    let values = text.lines().find_map(|line| line.strip_prefix(name));
    values.map(|value| value.trim().parse().unwrap())
}

#[tokio::test]
async fn numbers_are_only_told_where_it_was_asked_for() {
    let quiet = relay_with(&[]);
    assert!(ask(quiet.address, "/metrics", "").await.contains(" 404 "));
    quiet.stop().await;

    let open = relay_with(&["--metrics", "same"]);
    assert!(ask(open.address, "/metrics", "").await.contains(" 200 "));
    open.stop().await;

    let apart = relay_with(&["--metrics", "127.0.0.1:0"]);
    let place = apart.metrics_address.unwrap();
    assert!(ask(apart.address, "/metrics", "").await.contains(" 404 "));
    let answer = ask(place, "/metrics", "").await;
    assert!(answer.contains("content-type: text/plain; version=0.0.4"));
    assert!(ask(place, "/readyz", "").await.contains(" 200 "));
    assert!(ask(place, "/", "").await.contains(" 404 "), "no app there");
    apart.stop().await;
}

#[tokio::test]
async fn what_happens_is_counted_and_no_board_is_named() {
    let relay = relay_with(&["--metrics", "same"]);
    let at = relay.address;
    let keys = board(1);
    let (mut anna, _) = Client::open(at, &keys, None).await;
    let (mut bo, _) = Client::open(at, &as_role(&keys, Role::Participant), None).await;
    anna.pull(None).await;
    bo.pull(None).await;
    let sealed = envelope(&keys, "ett");
    for reference in 1..=2 {
        anna.push(reference, &sealed).await;
        anna.acked(reference).await;
    }
    anna.push(3, b"no envelope").await;
    anna.refused(3).await;
    bo.item().await;
    let here = Presence {
        sealed: vec![1; 40].into(),
    };
    anna.say(Message::Presence(here)).await;
    bo.find(|message| matches!(message, Message::Presence(_)).then_some(()))
        .await;
    for (name, expected) in [
        ("samsyn_connections ", 2.0),
        ("samsyn_connections_behind ", 0.0),
        ("samsyn_boards_open ", 1.0),
        ("samsyn_appends_total{result=\"stored\"} ", 1.0),
        ("samsyn_appends_total{result=\"known\"} ", 1.0),
        ("samsyn_flush_seconds_count ", 2.0),
        ("samsyn_rejected_total{reason=\"bad_envelope\"} ", 1.0),
        ("samsyn_items_sent_total{from=\"live\"} ", 2.0),
        ("samsyn_presence_total{fate=\"passed\"} ", 1.0),
        ("samsyn_writes_fail ", 0.0),
    ] {
        assert_eq!(value(at, name).await, Some(expected), "{name}");
    }
    assert!(value(at, "samsyn_received_bytes_total ").await.unwrap() > sealed.len() as f64);
    assert!(value(at, "samsyn_sent_bytes_total ").await.unwrap() > 100.0);
    let text = body(at, "/metrics").await;
    assert!(!text.contains(&keys.board().to_string()));
    relay.stop().await;
}

#[tokio::test]
async fn the_size_of_the_data_folder_is_told() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("db"), [0; 500]).unwrap();
    let folder = data.path().to_str().unwrap();
    let relay = relay_with(&["--metrics", "same", "--data", folder]);
    assert_eq!(
        value(relay.address, "samsyn_data_bytes ").await,
        Some(500.0)
    );
    relay.stop().await;
}
